"""Two or more plans side by side: figures in a table, and which land only one of them moves, for the map."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geo.study.recheck import read_record
from geo.study.record import plain
from geo.study.relocation_result import RelocationResult
from geo.study.relocation_tell import PLAN_GPKG, summary

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

FIGURES = (
    ("out_m2", "调出净面积", "Net area out", "m2"),
    ("in_m2", "调入净面积", "Net area in", "m2"),
    ("plots", "调入图斑", "Plots in", ""),
    ("grade", "调入平均等别", "Mean grade in", ""),
    ("paddy_m2", "调入水田", "Paddy in", "m2"),
    ("distance_mu_km", "运距", "Distance", "亩·km"),
    ("exposed_m", "外露边界", "Exposed edge", "m"),
    ("outside_pool_mu", "非储备区", "Outside the pool", "亩"),
    ("contiguity", "调整后连片度", "Contiguity after", ""),
    ("mean_patch_m2", "调整后平均单片", "Mean block after", "m2"),
    ("objective", "总代价", "Total cost", "亩·km"),
    ("gap", "距最优不超过", "Proven within", ""),
    ("broken", "未通过的规则", "Rules broken", ""),
)
"""Key, Chinese, English, unit of every figure compared."""


@dataclass(frozen=True)
class PlanCard:
    """A plan as it is compared: a name, its figures (keys of FIGURES; NaN without a plan), what moves."""

    name: str
    figures: Mapping[str, float]
    moved_out: gpd.GeoDataFrame
    moved_in: gpd.GeoDataFrame


@dataclass(frozen=True)
class Comparison:
    """figures: one row a figure (key, zh, en, unit), one column a plan. moved: land that not every plan moves alike
    (side in or out, id, town_code, net_area_m2, plans ``A;B``, where ``all`` or the names, geometry). towns: net area
    (m²) in by township, one column a plan."""

    names: tuple[str, ...]
    figures: pd.DataFrame
    moved: gpd.GeoDataFrame
    towns: pd.DataFrame


def card(result: RelocationResult, name: str) -> PlanCard:
    """The card of a plan just made or opened."""
    return PlanCard(name, figures_of(plain(summary(result))), result.moved_out, result.moved_in)


def card_of_folder(folder: Path | str, name: str = "") -> PlanCard:
    """The card of a plan's folder. Raises InputProblem when it is no plan."""
    from geo.io.plan_folder import read_table

    folder = Path(folder)
    told = read_record(folder)
    frames = [read_table(folder / PLAN_GPKG, n) for n in ("moved_out", "moved_in")]
    return PlanCard(name or folder.name, figures_of(told["results"]), frames[0], frames[1])


def figures_of(results: Mapping[str, Any]) -> dict[str, float]:
    """The figures compared, from the results of a run record."""
    solution = results.get("solution") or {}
    parts = solution.get("parts") or {}
    found = {
        "out_m2": results["out"]["net_area_m2"], "in_m2": results["in"]["net_area_m2"],
        "plots": results["in"]["pieces"], "grade": results["in"]["grade"], "paddy_m2": results["in"]["paddy_m2"],
        "distance_mu_km": parts.get("distance_mu_km"), "exposed_m": parts.get("exposed_m"),
        "outside_pool_mu": parts.get("outside_pool_mu"), "contiguity": results["after"]["contiguity"],
        "mean_patch_m2": results["after"]["mean_patch_m2"], "objective": solution.get("objective"),
        "gap": solution.get("gap"), "broken": sum(j["passed"] is False for j in results["judgements"]),
    }  # fmt: skip
    return {k: float("nan") if v is None else float(v) for k, v in found.items()}


def compare(cards: Sequence[PlanCard]) -> Comparison:
    """Plans side by side; names given twice get a number."""
    import pandas as pd

    names: list[str] = []
    for c in cards:
        name, number = c.name, 2
        while name in names:
            name, number = f"{c.name} {number}", number + 1
        names.append(name)
    rows = [
        {"key": key, "zh": zh, "en": en, "unit": unit, **{n: c.figures[key] for n, c in zip(names, cards, strict=True)}}
        for key, zh, en, unit in FIGURES
    ]
    towns = pd.DataFrame(
        {n: c.moved_in.groupby("town_code")["net_area_m2"].sum() for n, c in zip(names, cards, strict=True)}
    )
    return Comparison(tuple(names), pd.DataFrame(rows), _moved(names, cards), towns.fillna(0.0).sort_index())


def _moved(names: Sequence[str], cards: Sequence[PlanCard]) -> gpd.GeoDataFrame:
    import geopandas as gpd
    import pandas as pd

    parts = []
    for side, key in (("in", "candidate_id"), ("out", "farmland_id")):
        frames = [
            getattr(c, f"moved_{side}").to_crs(cards[0].moved_in.crs)[[key, "town_code", "net_area_m2", "geometry"]]
            .rename(columns={key: "id"}).assign(side=side, plan=name)
            for name, c in zip(names, cards, strict=True)
        ]  # fmt: skip
        parts += [f for f in frames if len(f)]
    columns = ["side", "id", "town_code", "net_area_m2", "plans", "where", "geometry"]
    if not parts:
        return gpd.GeoDataFrame(columns=columns, geometry="geometry", crs=cards[0].moved_in.crs)
    every = gpd.GeoDataFrame(pd.concat(parts, ignore_index=True), geometry="geometry", crs=parts[0].crs)
    held = every.groupby(["side", "id"], sort=False)["plan"].agg(lambda p: ";".join(dict.fromkeys(p)))
    first = every.drop_duplicates(["side", "id"]).set_index(["side", "id"])
    first["plans"] = held
    all_of = ";".join(names)
    first["where"] = ["all" if p == all_of else p for p in first["plans"]]
    return gpd.GeoDataFrame(first.reset_index()[columns], geometry="geometry", crs=every.crs)
