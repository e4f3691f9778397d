"""PARAMETER: one number of the law (or of practice), with unit, region, dates, article and how sure we are."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise
from types import MappingProxyType
from typing import Any, TypeAlias, cast

from geo.policy.article import SURE, Sure, mark_text
from geo.policy.reading import Card
from geo.standards.messages import message
from geo.standards.units import HA_M2, MU_M2

Value: TypeAlias = bool | int | float | str | tuple[float, ...] | tuple[str, ...]

# unit -> (unit of the facts, factor). The law speaks in 亩, 公顷 and 万亩; facts are in SI.
UNITS = MappingProxyType(
    {
        "ratio": ("ratio", 1.0),
        "share": ("share", 1.0),
        "count": ("count", 1.0),
        "grade": ("grade", 1.0),
        "deg": ("deg", 1.0),
        "year": ("year", 1.0),
        "day": ("day", 1.0),
        "m": ("m", 1.0),
        "m2": ("m2", 1.0),
        "mu": ("m2", MU_M2),
        "ha": ("m2", HA_M2),
        "km2": ("m2", HA_M2 * 100),
        "wan_mu": ("m2", MU_M2 * 10_000),
        "kg": ("kg", 1.0),
        "kg_per_ha": ("kg_per_m2", 1 / HA_M2),
        "yuan": ("yuan", 1.0),
        "yuan_per_mu": ("yuan_per_m2", 1 / MU_M2),
        "flag": ("flag", 1.0),
        "code": ("code", 1.0),
    }
)
USERS = ("measure", "plan", "report", "study", "ledger", "qc", "app", "shown")


@dataclass(frozen=True, slots=True)
class Edition:
    """The value in one region from one day to another (both included; ``end`` None = still in force)."""

    value: Value
    region: str
    start: date
    end: date | None
    article: str
    sure: Sure
    checked_on: date
    note_zh: str
    note_en: str
    where: str

    def covers(self, on: date) -> bool:
        return self.start <= on and (self.end is None or on <= self.end)


@dataclass(frozen=True, slots=True)
class ParameterSpec:
    """A parameter with all its editions, as it stands in ``parameters/<theme>.yaml``.

    used_by: the rooms that read it besides the rules (``shown``: only told to people, nothing is decided by it).
    """

    id: str
    theme: str
    zh: str
    en: str
    unit: str
    used_by: tuple[str, ...]
    editions: tuple[Edition, ...]
    where: str

    def edition(self, on: date, region: str | None) -> Edition | None:
        """The edition in force on a day in the most specific region that has one; None if no edition covers it.

        Regions are county (6 digits) within prefecture (4) within province (2) within '' (everywhere).
        """
        for part in _wider(region):
            for edition in self.editions:
                if edition.region == part and edition.covers(on):
                    return edition
        return None

    def resolve(self, edition: Edition) -> Parameter:
        """The parameter as it stands in one edition."""
        return Parameter(
            id=self.id,
            zh=self.zh,
            en=self.en,
            value=edition.value,
            unit=self.unit,
            region=edition.region,
            start=edition.start,
            end=edition.end,
            article=edition.article,
            sure=edition.sure,
            checked_on=edition.checked_on,
            note_zh=edition.note_zh,
            note_en=edition.note_en,
            where=edition.where,
        )


@dataclass(frozen=True, slots=True)
class Parameter:
    """One value in force: what the planner and the rules read.

    value: as the text writes it, in ``unit``; ``si`` is the same in the unit of the facts (m², kg/m²).
    start, end: first and last day of the edition. sure: how sure we are of the number.
    scenario: name of the what-if that replaced the value, '' if it is the book's own; ``book_value`` is then the
    value of the book.
    """

    id: str
    zh: str
    en: str
    value: Value
    unit: str
    region: str
    start: date
    end: date | None
    article: str
    sure: Sure
    checked_on: date
    note_zh: str = ""
    note_en: str = ""
    where: str = ""
    scenario: str = ""
    book_value: Value | None = field(default=None)

    @property
    def confirmed(self) -> bool:
        """Whether the number was seen in a public source."""
        return self.sure == SURE[0]

    @property
    def number(self) -> float:
        """The value as one number, in ``unit``. Raises TypeError when it is a list, a code or a switch."""
        if isinstance(self.value, bool) or not isinstance(self.value, (int, float)):
            raise TypeError(f"{self.id} is not a number: {self.value!r}")
        return float(self.value)

    @property
    def si(self) -> Value:
        """The value in the unit of the facts: 亩, 公顷 and km² become m²; codes and switches stay."""
        factor = UNITS[self.unit][1]
        if factor == 1.0 or isinstance(self.value, (bool, str)):
            return self.value
        if isinstance(self.value, tuple):
            return tuple(float(v) * factor for v in self.value)
        return self.value * factor

    @property
    def si_unit(self) -> str:
        """The unit of ``si``."""
        return UNITS[self.unit][0]

    def note(self, lang: str = "zh") -> str:
        return self.note_zh if lang == "zh" else self.note_en

    def record(self) -> dict[str, object]:
        """The edition as a plain dict for run records and JSON."""
        value = list(self.value) if isinstance(self.value, tuple) else self.value
        return {
            "id": self.id,
            "value": value,
            "unit": self.unit,
            "region": self.region,
            "from": self.start.isoformat(),
            "to": self.end.isoformat() if self.end else None,
            "article": self.article,
            "sure": self.sure,
            "checked_on": self.checked_on.isoformat(),
            "scenario": self.scenario,
        }

    def shown(self, lang: str = "zh") -> str:
        """The value as a person reads it, with its unit and, unless confirmed, its mark."""
        text = shown_value(self.value, self.unit, lang)
        if self.scenario:
            text += message("rule.what_if").text(lang).format(scenario=self.scenario)
        return text if self.confirmed else f"{text} [{mark_text(self.sure, lang)}]"


def shown_value(value: Value, unit: str, lang: str = "zh") -> str:
    """A value with its unit as a person reads it: shares in per cent, switches as yes or no."""
    if isinstance(value, bool):
        return message(f"switch.{value_text(value)}").text(lang)
    if unit == "share" and isinstance(value, (int, float)):
        return f"{value:.4%}".rstrip("%").rstrip("0").rstrip(".") + " %"
    return f"{value_text(value)} {message(f'unit.{unit}').text(lang)}".strip()


def value_text(value: Value) -> str:
    """A value as text: lists joined by a slash, numbers without a tail of zeros."""
    if isinstance(value, tuple):
        return " / ".join(value_text(v) for v in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) and abs(value) < 1e6 else str(value)


def suits(value: Any, unit: str) -> bool:
    """Whether a plain YAML value is of the kind that a unit asks for."""
    if unit == "flag":
        return isinstance(value, bool)
    items = value if isinstance(value, list) else [value]
    if unit == "code":
        return bool(items) and all(isinstance(item, str) for item in items)
    return bool(items) and all(isinstance(i, (int, float)) and not isinstance(i, bool) for i in items)


def frozen_value(value: Any) -> Value:
    """A plain YAML value as an immutable one."""
    return cast(Value, tuple(value) if isinstance(value, list) else value)


def read_parameters(sheet: Card, *, theme: str) -> list[ParameterSpec]:
    """The parameters of one YAML sheet; faults (units, dates, overlaps, gaps) are noted on the sheet."""
    found = []
    for card in sheet.cards("parameters"):
        unit = card.one_of("unit", tuple(UNITS), code="POL107")
        spec = ParameterSpec(
            id=card.text("id"),
            theme=theme,
            zh=card.text("zh"),
            en=card.text("en"),
            unit=unit,
            used_by=card.texts("used_by"),
            editions=tuple(_edition(item, unit) for item in card.cards("editions")),
            where=card.where("id"),
        )
        for user in spec.used_by:
            if user not in USERS:
                card.fault("POL103", "used_by", wanted=", ".join(USERS), problem=user)
        card.close()
        _check_dates(spec, card)
        found.append(spec)
    sheet.close()
    return found


def _edition(card: Card, unit: str) -> Edition:
    value = card.raw("value")
    if value is not None and not suits(value, unit):
        card.fault("POL103", "value", wanted=unit, problem=repr(value))
    region = card.text("region", needed=False)
    if region and not (region.isdigit() and len(region) in (2, 4, 6)):
        card.fault("POL103", "region", wanted="2, 4 or 6 digits", problem=region)
    start, end = card.day("from", needed=True), card.day("to")
    if start and end and end < start:
        card.fault("POL113", "to", problem=str(end), wanted=str(start))
    edition = Edition(
        value=frozen_value(value),
        region=region,
        start=start or date.min,
        end=end,
        article=card.text("article"),
        sure=cast(Sure, card.one_of("sure", SURE, code="POL108")),
        checked_on=card.day("checked_on", needed=True) or date.min,
        note_zh=card.text("note_zh", needed=False),
        note_en=card.text("note_en", needed=False),
        where=card.where("value"),
    )
    card.close()
    return edition


def _check_dates(spec: ParameterSpec, card: Card) -> None:
    """Within one region, editions follow one another day by day: no overlap, no gap."""
    for region in sorted({e.region for e in spec.editions}):
        ordered = sorted((e for e in spec.editions if e.region == region), key=lambda e: e.start)
        for before, after in pairwise(ordered):
            words = {"id": spec.id, "problem": str(after.start), "wanted": str(before.end or "–")}
            if before.end is None or after.start <= before.end:
                card.faults.note("POL111", after.where, "from", **words)
            elif after.start > before.end + timedelta(days=1):
                card.faults.note("POL112", after.where, "from", **words)


def _wider(region: str | None) -> list[str]:
    """A region and everything around it, from the most specific: county, prefecture, province, everywhere."""
    code = region or ""
    return [code[:n] for n in (6, 4, 2) if len(code) >= n] + [""]
