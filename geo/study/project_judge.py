"""The law on a footprint: who approves, may it take farmland, conflicts, what must balance, what may be promised."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geo.finding import Finding
from geo.measure.occupation import cents
from geo.measure.overlay import split_by
from geo.policy.book import load_book
from geo.policy.project_kind import ProjectKind, project_kinds
from geo.policy.rules.approval import Route, route
from geo.qc.limits import number
from geo.standards.land import admin_units
from geo.standards.units import HA_M2

if TYPE_CHECKING:
    import geopandas as gpd

    from geo.policy.rule import Judgement

OFFSET_COLUMNS = ("regime", "in_force", "unit_code", "unit_name", "indicator", "occupied", "unit", "article", "sure")
PROMISE_COLUMNS = ("indicator", "zh", "en", "taken", "unit", "may", "why_zh", "why_en", "article", "sure")
_REGIMES = {"A": "offset2017.three", "B": "offset2024.all"}


def kind_of(values: Mapping[str, Any]) -> ProjectKind:
    """The kind of project that the values name."""
    return project_kinds()[values["type"]]


def project_facts(
    pieces: gpd.GeoDataFrame, farmland: gpd.GeoDataFrame, uncovered_m2: float, values: Mapping[str, Any], subject: str
) -> dict[str, Any]:
    """What the rule book is asked about a project: counties, area outside the pilot towns, farmland, other land."""
    pilot = load_book().value("approval.pilot_towns", on=values["on"]).value
    area = pieces.groupby("county_code")["area_m2"].sum() if len(pieces) else pd.Series(dtype=float)
    counties = int((area > number("surface_noise_m2")).sum())
    outside = float(pieces.loc[~pieces["town_code"].isin(list(_codes(pilot))), "area_m2"].sum()) + uncovered_m2
    crop = pieces[pieces["cropland"].to_numpy(dtype=bool)]
    rest = crop.iloc[:0]
    other_crop = gross = 0.0
    if len(crop):
        rest = split_by(crop[["piece_id", "geometry"]], farmland.geometry.to_numpy(), left_id="piece_id")[1]
        factor = (
            rest["piece_id"].map(dict(zip(crop["piece_id"], crop["ridge_factor"], strict=True))).to_numpy(dtype=float)
        )
        gross = float(rest["area_m2"].sum())
        other_crop = float((rest["area_m2"].to_numpy() * (1.0 - factor)).sum())
    total = float(pieces["area_m2"].sum()) + uncovered_m2
    return {
        "subject": subject,
        "counties": counties,
        "outside_pilot_m2": float(cents(outside)),
        "farmland_m2": float(cents(farmland["net_area_m2"].sum())) if len(farmland) else 0.0,
        "cropland_m2": float(cents(other_crop)),
        "other_m2": float(cents(max(total - gross - float(farmland["area_m2"].sum()), 0.0))),
    }


def approval_route(facts: Mapping[str, Any], values: Mapping[str, Any]) -> Route:
    """Who approves; the kind of project in the words of article 6."""
    kind = kind_of(values)
    return route(load_book(), {**facts, "project_kind": kind.quota_as or kind.id}, on=values["on"])


def eligibility(facts: Mapping[str, Any], values: Mapping[str, Any]) -> Judgement:
    """Whether this kind of project may take permanent basic farmland: the kind in the words of the list of 2018."""
    kind = kind_of(values)
    fact = {"subject": facts["subject"], "kind": "project", "project_kind": kind.eligible_as or kind.id}
    return load_book().judge(fact, rules=["replacement.eligible"], on=values["on"])[0]


def conflicts(
    overlays: pd.DataFrame, farmland: pd.DataFrame, eligible: Judgement, values: Mapping[str, Any]
) -> list[Finding]:
    """Findings on what the footprint meets: red line, other projects, reserve, high-standard farmland, eligibility."""

    def met(analysis: str) -> pd.DataFrame:
        return overlays[(overlays["analysis"] == analysis) & (overlays["status"] == "found")]

    found: list[Finding] = []
    for _, row in met("redline").iterrows():
        core = row["code"] == "核心保护区"
        code, severity, article = (
            ("PJ301", "error", "lines2019.core") if core else ("PJ302", "warning", "redline2022.limited")
        )
        found.append(
            Finding(code, severity, row["subject_zh"], float(row["area_m2"]), None, "m²", article,  # type: ignore[arg-type]
                    {"en": row["subject_en"]})
        )  # fmt: skip
    for _, row in met("approved").iterrows():
        found.append(Finding("PJ303", "error", str(row["code"]), float(row["area_m2"]), None, "m²"))
    for _, row in met("reserve").iterrows():
        found.append(
            Finding("PJ304", "warning", str(row["code"]), float(row["area_m2"]), None, "m²", "pbf2019.reserve")
        )
    high = float(farmland["high_standard_m2"].sum()) if len(farmland) else 0.0
    if high > number("surface_noise_m2"):
        found.append(Finding("PJ305", "warning", str(int(farmland["high_standard"].sum())), high, None, "m²"))
    if len(farmland):
        kind, area = kind_of(values), float(farmland["net_area_m2"].sum())
        words = {"kind_zh": kind.zh, "kind_en": kind.en, "note_zh": kind.note_zh, "note_en": kind.note_en}
        code, severity = ("PJ307", "info") if eligible.passed else ("PJ306", "error")
        found.append(Finding(code, severity, kind.id, area, None, "m²", "major2018.list", words))  # type: ignore[arg-type]
    return found


def offsets(pieces: pd.DataFrame, values: Mapping[str, Any]) -> pd.DataFrame:
    """The indicators that the project must balance, in both regimes: OFFSET_COLUMNS.

    Regime A by county (quantity m², capacity kg, paddy m²), regime B by province (quantity m²). A grade that is not
    known makes the capacity unknown (NaN): it is never guessed.
    """
    book, on = load_book(), values["on"]
    force = book.value("offset.regime", on=on).value
    crop = pieces[pieces["cropland"].to_numpy(dtype=bool)]
    names = admin_units()
    rows: list[dict[str, Any]] = []

    def add(regime: str, unit_code: str, name: str, indicator: str, value: float, unit: str) -> None:
        article = book.article(_REGIMES[regime])
        rows.append(
            {"regime": regime, "in_force": regime == force, "unit_code": unit_code, "unit_name": name,
             "indicator": indicator, "occupied": value, "unit": unit, "article": article.id, "sure": article.sure}
        )  # fmt: skip

    for county, group in crop.groupby("county_code", sort=True):
        name = names[county].zh if county in names else str(county)
        add("A", str(county), name, "quantity", float(cents(group["net_area_m2"].sum())), "m2")
        add(
            "A",
            str(county),
            name,
            "paddy",
            float(cents(group.loc[group["paddy"].astype(bool), "net_area_m2"].sum())),
            "m2",
        )
        add(
            "A",
            str(county),
            name,
            "capacity",
            float(capacity_kg(group["net_area_m2"], group["grade"], values).sum()),
            "kg",
        )
    for province, group in crop.groupby(crop["county_code"].str[:2], sort=True):
        add("B", str(province), {"31": "上海市", "32": "江苏省", "33": "浙江省"}.get(str(province), str(province)),
            "quantity", float(cents(group["net_area_m2"].sum())), "m2")  # fmt: skip
    return pd.DataFrame(rows, columns=list(OFFSET_COLUMNS))


def capacity_kg(net_m2: Any, grade: Any, values: Mapping[str, Any]) -> Any:
    """Grain capacity of land: net ha · (base − grade) · kg per ha; NaN where the grade is not known.

    Source: 国土资规〔2017〕13号; figures from the rule book.
    """
    book, on = load_book(), values["on"]
    base = float(book.value("offset.capacity_grade_base", on=on).value)  # type: ignore[arg-type]
    each = float(book.value("offset.capacity_kg_per_ha", on=on).value)  # type: ignore[arg-type]
    return np.asarray(net_m2, dtype=float) / HA_M2 * (base - np.asarray(grade, dtype=float)) * each


def promises(pieces: pd.DataFrame, farmland: pd.DataFrame, values: Mapping[str, Any]) -> pd.DataFrame:
    """What may be promised under article 7(d) and what not: PROMISE_COLUMNS. Farmland must be replaced at once (7c)."""
    book = load_book()
    kind = kind_of(values)
    may = kind.promise and bool(values["urgent"])
    why = _why(kind, urgent=bool(values["urgent"]))
    crop = pieces[pieces["cropland"].to_numpy(dtype=bool)]
    paddy = crop[crop["paddy"].to_numpy(dtype=bool)]
    forest = pieces[pieces["group_code"] == "03"]
    open_, shut = book.article("zone2020.7d"), book.article("zone2020.7c")
    no = (
        "永久基本农田须同步在储备区内补划，不得承诺",
        "Permanent basic farmland is replaced from the reserve at once; it cannot be promised",
    )
    taken = [
        (
            "farmland",
            "永久基本农田补划",
            "Replacement of permanent basic farmland",
            float(farmland["net_area_m2"].sum()),
            "m2",
            False,
            no,
            shut,
        ),
        ("cropland", "补充耕地数量", "Cropland, quantity", float(crop["net_area_m2"].sum()), "m2", may, why, open_),
        ("paddy", "补充水田", "Paddy", float(paddy["net_area_m2"].sum()), "m2", may, why, open_),
        (
            "capacity",
            "补充粮食产能",
            "Grain capacity",
            float(capacity_kg(crop["net_area_m2"], crop["grade"], values).sum()),
            "kg",
            may,
            why,
            open_,
        ),
        ("forest", "补充林地", "Woodland", float(forest["area_m2"].sum()), "m2", may, why, open_),
    ]
    return pd.DataFrame(
        [
            {
                "indicator": i,
                "zh": zh,
                "en": en,
                "taken": float(cents(t)) if t == t else t,
                "unit": unit,
                "may": bool(ok and (t != t or t > 0)),
                "why_zh": w[0],
                "why_en": w[1],
                "article": article.id,
                "sure": article.sure,
            }
            for i, zh, en, t, unit, ok, w, article in taken
        ],
        columns=list(PROMISE_COLUMNS),
    )


def _why(kind: ProjectKind, *, urgent: bool) -> tuple[str, str]:
    if not kind.promise:
        return (
            f"{kind.zh}不属于第七条所列基础设施、生态治理项目",
            f"{kind.en}: not among the works that article 7 names",
        )
    if not urgent:
        return ("未标明“重大、急需”", "Not stated to be major and urgent")
    return (
        "第七条：重大、急需的基础设施、生态治理项目可承诺补充；期限由承诺载明，条文未规定",
        "Article 7: major and urgent works may promise; the promise names its own due date, the text sets none",
    )


def _codes(value: Any) -> tuple[str, ...]:
    return tuple(str(v) for v in value) if isinstance(value, tuple | list) else (str(value),)
