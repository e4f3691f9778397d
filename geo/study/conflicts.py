"""Study ``conflicts``: where permanent basic farmland meets the lines, and which pieces of it are 零星.

Measure the overlay with the urban growth boundary (both readings) and the red line (by control zone), join farmland
into blocks across small gaps over the whole layer, and name the small blocks that lie inside (domain 1.7).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from geo.errors import Cancelled
from geo.standards.units import from_mu, to_ha, to_mu
from geo.study.record import record, run_id, write_json
from geo.study.spec import Input, Output, Progress, StudySpec
from geo.zone import Zone

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from geo.measure.conflicts import ConflictTable
    from geo.measure.fragmentation import Fragments, PatchIndices
    from geo.policy.parameter import Parameter

LINES = (
    ("boundary_filled", "城镇开发边界（含天窗）", "Urban boundary, holes filled"),
    ("boundary_net", "城镇开发边界（扣除天窗）", "Urban boundary, holes kept"),
    ("redline_core", "生态红线 核心保护区", "Red line, core zone"),
    ("redline_general", "生态红线 一般控制区", "Red line, general control zone"),
    ("redline_other", "生态红线 自然保护地以外", "Red line, outside nature reserves"),
)
LINE_INPUTS = (
    Input(
        "on", "date", "判定日期", "Date of the law", help_zh="按该日有效的规则判定", help_en="Rules in force that day"
    ),
    Input(
        "threshold_mu",
        "number",
        "零星上限",
        "Fragment threshold",
        unit="亩",
        low=0.1,
        high=100,
        step=0.5,
        parameter="fragment.threshold_mu",
        help_zh="连片净面积不超过此值为零星",
        help_en="Blocks up to this net area",
    ),
    Input(
        "gap_m",
        "number",
        "连片间隙",
        "Gap bridged",
        unit="m",
        low=0,
        high=50,
        step=1,
        parameter="fragment.gap_m",
        help_zh="间隔不超过此值视为连片",
        help_en="Farmland this close counts as one block",
    ),
    Input(
        "lines",
        "choices",
        "控制线",
        "Lines",
        default=("boundary_filled", "redline_core", "redline_general", "redline_other"),
        choices=LINES,
        help_zh="在哪些线内识别",
        help_en="Lines to look inside",
    ),
    Input(
        "min_patch_m2",
        "number",
        "最小上图面积",
        "Minimum patch",
        unit="m²",
        low=0,
        high=5000,
        step=50,
        parameter="fragment.min_patch_m2",
        help_zh="线内部分小于此值仅为擦边",
        help_en="Smaller inside parts only touch",
        advanced=True,
    ),
)

SPEC = StudySpec(
    name="conflicts",
    zh="零星识别",
    en="Fragments",
    summary_zh="识别城镇开发边界和生态保护红线内的零星永久基本农田",
    summary_en="find fragmented permanent basic farmland inside the urban boundary and the red line",
    inputs=LINE_INPUTS,
    outputs=(
        Output("conflicts.gpkg", "冲突图斑与零星地块", "Conflict pieces and fragments"),
        Output("conflicts.json", "运行记录", "Run record"),
    ),
)


@dataclass(frozen=True)
class ConflictsResult:
    """What the study found. Areas in m²; ``fragments`` one row a 零星 block (see ``geo.measure.fragmentation``)."""

    zone: Zone
    values: Mapping[str, Any]
    run_id: str
    conflicts: ConflictTable
    fragments: Fragments
    sensitivity: pd.DataFrame
    indices: PatchIndices
    editions: tuple[Mapping[str, Any], ...]


def run(zone: Zone, values: Mapping[str, Any], *, progress: Progress | None = None) -> ConflictsResult:
    """Measure and name. ``values`` from ``SPEC.values``. Raises KeyError for a missing layer, Cancelled on request."""
    from geo.measure.conflicts import farmland_conflicts
    from geo.measure.fragmentation import fragmented, sensitivity

    tell = teller(progress)
    on: date = values["on"]
    farmland = zone.layer("farmland")
    tell(0.05, "量算永久基本农田与控制线的重叠", "Measuring farmland against the lines")
    conflicts = farmland_conflicts(zone, lines=values["lines"])
    tell(0.45, "识别零星地块", "Naming fragments")
    fragments = fragmented(
        zone,
        conflicts,
        threshold_m2=from_mu(values["threshold_mu"]),
        gap_m=values["gap_m"],
        min_patch_m2=values["min_patch_m2"],
    )
    tell(0.7, "敏感性分析", "Sensitivity")
    table = sensitivity(
        farmland,
        conflicts,
        thresholds_m2=[from_mu(v) for v in numbers("fragment.sensitivity_thresholds_mu", on)],
        gaps_m=numbers("fragment.sensitivity_gaps_m", on),
        min_patch_m2=values["min_patch_m2"],
    )
    tell(0.95, "连片指标", "Contiguity")
    return ConflictsResult(
        zone=zone,
        values=dict(values),
        run_id=run_id(SPEC.name, values, zone),
        conflicts=conflicts,
        fragments=fragments,
        sensitivity=table,
        indices=block_indices(farmland, gap_m=values["gap_m"], on=on),
        editions=editions(on, [i.parameter for i in SPEC.inputs if i.parameter]),
    )


def teller(progress: Progress | None) -> Callable[..., None]:
    """A function that reports and raises Cancelled when the watcher answers False."""

    def tell(fraction: float, zh: str, en: str, figures: Mapping[str, float] | None = None) -> None:
        if progress is not None and not progress(fraction, zh, en, figures or {}):
            raise Cancelled

    return tell


def _several(parameter: Parameter) -> list[float]:
    """The numbers of a parameter that the book keeps as a list."""
    return list(cast("tuple[float, ...]", parameter.value))


def block_indices(frame: gpd.GeoDataFrame, *, gap_m: float, on: date) -> PatchIndices:
    """Patch and contiguity indices with the size bins and shares of the rule book."""
    from geo.measure.fragmentation import patch_indices

    bins = [from_mu(v) for v in numbers("report.bins_mu", on)]
    shares = [bins[-1], from_mu(numbers("fragment.hundred_mu", on)[0])]
    return patch_indices(frame, gap_m=gap_m, bin_limits_m2=bins, shares_at_least_m2=shares)


def numbers(name: str, on: date) -> list[float]:
    """A parameter of the rule book as a list of numbers (one that is a single number gives a list of one)."""
    from geo.policy.book import load_book

    value: Any = load_book().value(name, on=on).value
    return [float(v) for v in (value if isinstance(value, (list, tuple)) else (value,))]


def editions(on: date, names: Sequence[str], scenario: Any = None) -> tuple[dict[str, Any], ...]:
    """The editions of the parameters used, for the run record and the report."""
    from geo.policy.book import load_book

    book = load_book()
    found = []
    for name in dict.fromkeys(names):
        p = book.value(name, on=on, scenario=scenario)
        found.append(
            {"id": p.id, "zh": p.zh, "en": p.en, "value": p.value, "unit": p.unit, "article": p.article, "sure": p.sure}
        )
    return tuple(found)


def summary(result: ConflictsResult) -> dict[str, Any]:
    """The figures of the study as plain data."""
    farmland = result.zone.layer("farmland")
    return {
        "run_id": result.run_id,
        "zone": result.zone.name,
        "synthetic": result.zone.synthetic,
        "farmland_parcels": len(farmland),
        "farmland_net_m2": float(farmland["net_area_m2"].sum()),
        **figures(result.conflicts.totals, result.fragments.blocks, len(result.fragments.members)),
        "sensitivity": result.sensitivity.to_dict("records"),
        "indices": indices_record(result.indices),
    }


def figures(totals: pd.DataFrame, blocks: pd.DataFrame, members: int) -> dict[str, Any]:
    """Parcels and areas by line, and what the 零星 blocks come to."""
    return {
        "lines": {
            name: {"parcels": int(rows["parcels"].sum()), "area_m2": float(rows["area_m2"].sum()),
                   "net_area_m2": float(rows["net_area_m2"].sum())}
            for name, rows in totals.groupby("against")
        },
        "fragments": {
            "blocks": len(blocks),
            "parcels": members,
            "inside_area_m2": float(blocks["inside_area_m2"].sum()),
            "inside_net_area_m2": float(blocks["inside_net_area_m2"].sum()),
            "high_standard": int(blocks["high_standard"].sum()),
        },
    }  # fmt: skip


def indices_record(indices: PatchIndices) -> dict[str, Any]:
    """Indices as a flat mapping; shares are named by their limit in 亩."""
    flat: dict[str, Any] = {
        "patches": indices.patches,
        "area_m2": indices.area_m2,
        "mean_patch_m2": indices.mean_patch_m2,
        "contiguity": indices.contiguity,
    }
    for limit, share in indices.share_at_least:
        flat[f"share_{to_mu(limit):.0f}_mu"] = share
    return flat


def lines(result: ConflictsResult, lang: str) -> list[Any]:
    """What the terminal shows: one table by line, the fragments, the sensitivity table."""
    return told(result.zone, result.values, summary(result), lang)


def told(zone: Zone, v: Mapping[str, Any], figures: Mapping[str, Any], lang: str) -> list[Any]:
    """The same from the figures of ``summary`` and the values of the run."""
    import pandas as pd
    from rich.table import Table

    zh = lang == "zh"
    label = {name: (a if zh else b) for name, a, b in LINES} | {"any": "合计（不重复）" if zh else "All (counted once)"}
    table = Table(title=("永久基本农田与控制线冲突" if zh else "Farmland inside the lines"), title_justify="left")
    for head in ("控制线", "图斑", "净面积 亩", "净面积 公顷") if zh else ("Line", "Parcels", "Net 亩", "Net ha"):
        table.add_column(head, justify="left" if head in ("控制线", "Line") else "right")
    for name in label:
        if row := figures["lines"].get(name):
            table.add_row(label[name], f"{row['parcels']:,}", f"{to_mu(row['net_area_m2']):,.2f}",
                          f"{to_ha(row['net_area_m2']):,.4f}")  # fmt: skip
    found = figures["fragments"]
    text = (
        f"零星地块（连片净面积 ≤ {v['threshold_mu']:g} 亩，间隙 {v['gap_m']:g} m）：{found['blocks']} 处，"
        f"线内净面积 {to_mu(found['inside_net_area_m2']):,.2f} 亩，其中高标准农田 {found['high_standard']} 处"
        if zh
        else f"Fragments (block ≤ {v['threshold_mu']:g} 亩 net, gaps {v['gap_m']:g} m): {found['blocks']}, "
        f"{to_mu(found['inside_net_area_m2']):,.2f} 亩 net inside, {found['high_standard']} in high-standard farmland"
    )
    spread = Table(title="敏感性（处数 / 亩）" if zh else "Sensitivity (blocks / 亩)", title_justify="left")
    spread.add_column("间隙 m" if zh else "Gap m", justify="right")
    grid = pd.DataFrame(figures["sensitivity"])
    limits = sorted(grid["threshold_m2"].unique())
    for limit in limits:
        spread.add_column(f"≤ {to_mu(limit):g} 亩", justify="right")
    for gap, rows in grid.groupby("gap_m"):
        cells = rows.set_index("threshold_m2")
        spread.add_row(
            f"{gap:g}", *(f"{cells.loc[m, 'blocks']:.0f} / {to_mu(cells.loc[m, 'net_area_m2']):,.1f}" for m in limits)
        )
    return [*banner(zone, lang), table, "", text, "", spread]


def banner(zone: Zone, lang: str) -> list[str]:
    """The zone's name, and that it is synthetic where it is."""
    mark = "示例数据，非真实地块" if lang == "zh" else "Sample data, not real parcels"
    name = zone.name if lang == "zh" else zone.name_en
    said = ("非真实地块" if lang == "zh" else "not real parcels") in name
    return [name if said or not zone.synthetic else f"{name}（{mark}）", ""]


def write(result: ConflictsResult, folder: Path) -> list[Path]:
    """Write ``conflicts.gpkg`` (pieces, fragments, members) and ``conflicts.json``; all or nothing."""
    from geo.io.plan_folder import write_tables

    layers = {
        "pieces": result.conflicts.pieces,
        "fragments": result.fragments.blocks,
        "members": result.fragments.members,
    }
    data = record(SPEC.name, result.zone, result.values, editions=result.editions, results=summary(result))
    gpkg = write_tables(layers, folder / "conflicts.gpkg")
    return [gpkg, write_json(data, folder / "conflicts.json")]
