"""What a study asks and gives: one declaration drives the form in the app, the options of the command and the docs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from geo.errors import InputProblem
from geo.finding import Finding

# A study tells how far it is (0–1), in both languages, with figures; the answer False asks it to stop.
Progress = Callable[[float, str, str, Mapping[str, float]], bool]


LINE_LENGTH = 200  # characters of a text input


@dataclass(frozen=True, slots=True)
class Input:
    """One input of a study.

    kind: number, integer, flag, choice, choices (several), date, text (one line), ids (a list of identifiers).
    default: the value used when nothing is given; when ``parameter`` names a parameter of the rule book, the book's
    value at the study's date is the default instead and ``default`` is only its fallback type. A number without either
    is optional: nothing given means not asked. group: ``more`` for wishes that most never ask, under a heading of their
    own in the form; empty otherwise.
    """

    name: str
    kind: Literal["number", "integer", "flag", "choice", "choices", "date", "text", "ids"]
    zh: str
    en: str
    default: Any = None
    unit: str = ""
    low: float | None = None
    high: float | None = None
    step: float | None = None
    choices: tuple[tuple[str, str, str], ...] = ()
    parameter: str = ""
    help_zh: str = ""
    help_en: str = ""
    advanced: bool = False
    group: str = ""

    @property
    def optional(self) -> bool:
        """Whether nothing may be given: a number without a default."""
        return self.kind in ("number", "integer") and self.default is None and not self.parameter

    def label(self, lang: str) -> str:
        return self.zh if lang == "zh" else self.en

    def help(self, lang: str) -> str:
        return self.help_zh if lang == "zh" else self.help_en


@dataclass(frozen=True, slots=True)
class Output:
    """One thing a study leaves behind: a file in the output folder."""

    file: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class StudySpec:
    """A study's name, sentence, inputs and outputs."""

    name: str
    zh: str
    en: str
    summary_zh: str
    summary_en: str
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...] = field(default=())

    def label(self, lang: str) -> str:
        return self.zh if lang == "zh" else self.en

    def input(self, name: str) -> Input:
        """An input by name. Raises KeyError."""
        return next(i for i in self.inputs if i.name == name)

    def values(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """All inputs with defaults filled in and checked.

        Raises InputProblem with every unknown name and every value out of its range at once.
        """
        from geo.policy.book import load_book

        known = {i.name: i for i in self.inputs}
        faults = [Finding("IO202", "error", name, limit=", ".join(known)) for name in given if name not in known]
        on = given.get("on") or today_cn()
        on = _as_date(on) if isinstance(on, str) else on
        book = load_book()
        values: dict[str, Any] = {}
        for name, spec in known.items():
            value = given.get(name)
            if value is None:
                value = book.value(spec.parameter, on=on).value if spec.parameter else spec.default
            if spec.kind == "date" and value is None:
                value = on
            try:
                values[name] = None if value is None and spec.optional else _coerce(spec, value)
            except ValueError as fault:
                faults.append(Finding("IO201", "error", name, measured=str(value), limit=str(fault)))
        if faults:
            raise InputProblem(faults)
        return values


def today_cn() -> date:
    """Today in Beijing: the date by which the law is read, wherever the machine stands."""
    return datetime.now(ZoneInfo("Asia/Shanghai")).date()


def _as_date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputProblem([Finding("IO201", "error", "on", measured=text, limit="YYYY-MM-DD")]) from None


def _coerce(spec: Input, value: Any) -> Any:
    if spec.kind in ("number", "integer"):
        return _number(spec, value)
    if spec.kind == "flag":
        if not isinstance(value, bool):
            raise ValueError("true / false")
        return value
    if spec.kind == "date":
        return _as_date(value) if isinstance(value, str) else value
    if spec.kind == "text":
        line = " ".join(str(value or "").split())
        if len(line) > LINE_LENGTH:
            raise ValueError(f"≤ {LINE_LENGTH}")
        return line
    if spec.kind == "ids":
        items = value.replace("，", ",").replace("\n", ",").split(",") if isinstance(value, str) else value
        return tuple(dict.fromkeys(str(v).strip() for v in items or () if str(v).strip()))
    names = [c[0] for c in spec.choices]
    chosen = (value,) if spec.kind == "choice" else tuple(value.split(",") if isinstance(value, str) else value)
    if not chosen or any(v not in names for v in chosen):
        raise ValueError(" / ".join(names))
    return chosen[0] if spec.kind == "choice" else chosen


def _number(spec: Input, value: Any) -> float | int:
    span = f"{'' if spec.low is None else spec.low} – {'' if spec.high is None else spec.high} {spec.unit}".strip()
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise ValueError(span) from None
    low = spec.low if spec.low is not None else float("-inf")
    high = spec.high if spec.high is not None else float("inf")
    if not low <= number <= high or (spec.kind == "integer" and number != int(number)):
        raise ValueError(span)
    return int(number) if spec.kind == "integer" else number
