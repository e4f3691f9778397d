"""Study ``facts``: what the planner asks of every cropland parcel (候选地块事实), as a table that others can use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geo.study.conflicts import banner, editions, teller
from geo.study.record import record, write_json
from geo.study.spec import Input, Output, Progress, StudySpec
from geo.zone import Zone

if TYPE_CHECKING:
    import pandas as pd

SPEC = StudySpec(
    name="facts",
    zh="候选地块事实",
    en="Candidate facts",
    summary_zh="逐块量算耕地图斑与控制线、永久基本农田的重叠和共用边界",
    summary_en="measure every cropland parcel: overlaps with the lines and with permanent farmland, shared borders",
    inputs=(
        Input("on", "date", "判定日期", "Date of the law", help_zh="按该日有效的地类规则",
              help_en="Land classes in force that day"),
    ),
    outputs=(
        Output("facts.parquet", "地块事实，一图斑一行", "Facts, one row a parcel"),
        Output("borders.parquet", "共用边界，一对一行", "Shared borders, one row a pair"),
        Output("facts.json", "运行记录", "Run record"),
    ),
)  # fmt: skip

PARAMETER = "candidate.classes"


@dataclass(frozen=True)
class FactsResult:
    """facts: ``parcel_facts`` of all cropland parcels; borders: left, right (parcel ids), border_m."""

    zone: Zone
    values: Mapping[str, Any]
    facts: pd.DataFrame
    borders: pd.DataFrame


def classes(values: Mapping[str, Any]) -> tuple[str, ...]:
    """Base codes of the land classes that count as cropland on the day."""
    from geo.policy.book import load_book

    found: Any = load_book().value(PARAMETER, on=values["on"]).value
    return tuple(str(v) for v in found)


def run(zone: Zone, values: Mapping[str, Any], *, progress: Progress | None = None) -> FactsResult:
    """Measure. ``values`` from ``SPEC.values``. Raises KeyError for a missing layer, Cancelled on request."""
    from geo.geometry.topology import shared_borders
    from geo.measure.conflicts import line_layers
    from geo.measure.parcel_facts import cropland, parcel_facts

    tell = teller(progress)
    tell(0.1, "量算地块", "Measuring parcels")
    own = cropland(zone.layer("parcels"), classes(values))
    redline = zone.layer("redline").rename(columns={"redline_id": "line_id"})
    filled = line_layers(zone.layer("boundary"), zone.layer("redline"))["boundary_filled"]
    facts = parcel_facts(own, farmland=zone.layer("farmland"), filled=filled, redline=redline)
    tell(0.7, "共用边界", "Shared borders")
    return FactsResult(zone, dict(values), facts, shared_borders(own, id_column="parcel_id"))


def figures(facts: pd.DataFrame, pairs: int) -> dict[str, Any]:
    """Sums of the facts as plain data."""
    sums = {n: float(facts[n].sum()) for n in facts.columns if n.endswith(("_m2", "_m"))}
    return {"parcels": len(facts), "pairs": pairs, "sums": sums}


def summary(result: FactsResult) -> dict[str, Any]:
    """The figures of the study as plain data."""
    return {
        "zone": result.zone.name, "synthetic": result.zone.synthetic, **figures(result.facts, len(result.borders)),
    }  # fmt: skip


def told(zone: Zone, figures: Mapping[str, Any], lang: str) -> list[Any]:
    """What the terminal shows."""
    from geo.standards.units import to_ha, to_mu

    sums, zh = figures["sums"], lang == "zh"
    rows = (
        ("耕地图斑" if zh else "Cropland parcels", f"{figures['parcels']:,}"),
        ("图斑面积" if zh else "Area", _areas(sums["area_m2"], to_mu, to_ha)),
        ("在永久基本农田内" if zh else "In permanent farmland", _areas(sums["in_farmland_m2"], to_mu, to_ha)),
        ("在城镇开发边界（含天窗）内" if zh else "In the boundary", _areas(sums["in_boundary_m2"], to_mu, to_ha)),
        ("在生态保护红线内" if zh else "In the red line", _areas(sums["in_redline_m2"], to_mu, to_ha)),
        ("相邻图斑对" if zh else "Pairs that share a border", f"{figures['pairs']:,}"),
    )  # fmt: skip
    return [*banner(zone, lang), *(f"{name}: {value}" for name, value in rows)]


def lines(result: FactsResult, lang: str) -> list[Any]:
    """What the terminal shows."""
    return told(result.zone, summary(result), lang)


def write(result: FactsResult, folder: Path) -> list[Path]:
    """Write ``facts.parquet``, ``borders.parquet`` and ``facts.json``."""
    from geo.io.parts import write_frame

    files = [
        write_frame(result.facts, folder / "facts.parquet"),
        write_frame(result.borders, folder / "borders.parquet"),
    ]
    law = editions(result.values["on"], [PARAMETER])
    data = record(SPEC.name, result.zone, result.values, editions=law, results=summary(result))
    return [*files, write_json(data, folder / "facts.json")]


def _areas(m2: float, to_mu: Any, to_ha: Any) -> str:
    return f"{to_mu(m2):,.2f} 亩 / {to_ha(m2):,.4f} ha"
