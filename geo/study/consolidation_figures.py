"""The figures of a consolidation scheme: balance before and after, quality, sources, the fund, facts for the rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geo.policy.book import load_book
from geo.report.words import coded
from geo.standards.comparison import comparison_classes, comparison_key
from geo.standards.units import MU_M2
from geo.study.consolidation_result import EVERY, KINDS, Ground, what_if

if TYPE_CHECKING:
    from geo.plan.consolidation.problem import Scheme

EDITION = "survey3"


def _figure(parameter: Any) -> float:
    return float(parameter.value)


def limit_name(name: str, lang: str) -> str:
    """A limit of the scheme in words."""
    base, _, place = name.partition("@")
    return coded("limit", base, lang) + (f" {place}" if place else "")


def moved_in_of(ground: Ground, measures: Any, scheme: Scheme) -> Any:
    """Plots and new cropland that become permanent farmland, columns as a relocation has them; None without one."""
    import geopandas as gpd

    from geo.geometry.topology import borders_between, perimeter_m
    from geo.study.relocation import incoming

    if ground.candidates is None or ground.moved_out is None or ground.retained is None:
        return None
    if not len(ground.moved_out):
        return incoming_empty(ground)
    plots = incoming(ground.zone, ground.candidates, scheme.plots)
    new = measures[measures["measure_id"].isin(scheme.farmland)].reset_index(drop=True)
    if not len(new):
        return plots
    border = (
        borders_between(new, ground.retained, a_id="measure_id", b_id="farmland_id").groupby("left")["border_m"].sum()
    )
    rows = gpd.GeoDataFrame(
        {
            "candidate_id": new["measure_id"], "source": "new", "parent_id": new["parcel_id"],
            "class_code": new["new_class"], "area_m2": new["area_m2"], "net_area_m2": new["gain_m2"],
            "grade": new["grade"], "paddy": new["new_class"] == "0101", "slope_grade": new["slope_grade"],
            "town_code": new["town_code"], "county_code": new["county_code"],
            "perimeter_m": perimeter_m(new).to_numpy(),
            "border_retained_m": border.reindex(new["measure_id"]).fillna(0.0).to_numpy(), "distance_m": 0.0,
            "class_name": "", "lot_kind": "整治新增", "refine_code": "", "crop_code": "",
        },
        geometry=list(new.geometry), crs=new.crs,
    )  # fmt: skip
    return gpd.GeoDataFrame(pd.concat([plots, rows], ignore_index=True), geometry="geometry", crs=new.crs)


def incoming_empty(ground: Ground) -> Any:
    """No plot, with the columns of incoming land."""
    import geopandas as gpd

    from geo.report.content import MOVED_IN

    columns = [c for c in (*MOVED_IN, "class_name", "refine_code", "crop_code", "perimeter_m") if c != "geometry"]
    return gpd.GeoDataFrame({c: [] for c in columns}, geometry=[], crs=ground.parcels.crs)


def balance(ground: Ground, measures: Any) -> pd.DataFrame:
    """By comparison class, before and after, m² of ground: 总量平衡, 结构优化.

    A measure turns its parcel into new cropland and, for what it does not yield, farm works (ridges, ditches, roads).
    """
    from geo.geometry.ellipsoid import areas

    parcels = ground.parcels
    size = areas(parcels).to_numpy()
    key = [comparison_key(str(c), EDITION) for c in parcels["class_code"]]
    before = pd.Series(size).groupby(key).sum()
    ridge = (
        parcels["ridge_area_m2"].fillna(0.0).to_numpy(dtype=float)
        if "ridge_area_m2" in parcels
        else np.zeros(len(size))
    )
    told = pd.Series(-ridge).groupby(key).sum()
    before = before.add(told, fill_value=0.0)
    before["ridge"] = before.get("ridge", 0.0) + float(ridge.sum())
    after = before.copy()
    for row in measures.itertuples():
        if row.lift > 0:  # a field made better stays a field, of the class it then has
            old, new = (comparison_key(str(c), EDITION) for c in (row.class_code, row.new_class))
            after[old] = after.get(old, 0.0) - row.area_m2
            after[new] = after.get(new, 0.0) + row.area_m2
            continue
        new = comparison_key(str(row.new_class), EDITION)
        old = "ridge" if row.source == "ridge" else comparison_key(str(row.class_code), EDITION)
        after[old] = after.get(old, 0.0) - row.area_m2
        after[new] = after.get(new, 0.0) + row.gain_m2
        after["ridge"] = after.get("ridge", 0.0) + row.area_m2 - row.gain_m2
    order = [k for k in comparison_classes() if k in after.index]
    return pd.DataFrame({"class": order, "before_m2": before.reindex(order).fillna(0.0).to_numpy(),
                         "after_m2": after.reindex(order).to_numpy()})  # fmt: skip


def quality(ground: Ground, measures: Any) -> pd.DataFrame:
    """质量提升 and joined fields: mean grade of cropland, paddy share, improved fields, border won."""
    from geo.measure.newland import cropland_grade
    from geo.study.consolidation import areas_of

    state = areas_of(ground)
    gain, area, lift = (measures[c].to_numpy(dtype=float) for c in ("gain_m2", "area_m2", "lift"))
    graded, mean = cropland_grade(ground.parcels)
    later = graded + float(gain.sum())
    moved = float(measures["grade"].to_numpy(dtype=float) @ gain) - float(lift @ area)
    paddy = np.array([comparison_key(str(c), EDITION) == "paddy" for c in measures["new_class"]], dtype=bool)
    was = np.array([comparison_key(str(c), EDITION) == "paddy" for c in measures["class_code"]], dtype=bool)
    wet = float(gain[paddy].sum()) + float(area[paddy & ~was & (lift > 0)].sum())
    before, after = state["cropland"], state["cropland"] + float(gain.sum())
    rows = [
        ("cropland_m2", before, after),
        ("grade", mean, (graded * mean + moved) / later if later > 0 else np.nan),
        ("paddy_share", state["paddy"] / before if before else np.nan,
         (state["paddy"] + wet) / after if after else np.nan),
        ("improved_m2", 0.0, float(area[lift > 0].sum())),
        ("joined_m", 0.0, float(measures["border_m"].sum())),
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["item", "before", "after"])


def sources(ground: Ground, measures: Any, values: Mapping[str, Any]) -> pd.DataFrame:
    """By source: how many and how much there is, what is taken, what it costs; rates and how sure they are."""
    book, every, own = load_book(), ground.new.measures, what_if(values)
    new = {k for k, _, _ in KINDS}
    rows = []
    for kind, _, _ in EVERY:
        rate = book.value(f"consolidation.cost_{kind}_yuan_mu", on=values["on"], scenario=own)
        got = book.value(f"consolidation.yield_{kind}", on=values["on"], scenario=own) if kind in new else None
        all_of, mine = every[every["source"] == kind], measures[measures["source"] == kind]
        refused = ground.new.refused
        rows.append({
            "source": kind, "possible": len(all_of), "possible_m2": float(all_of["gain_m2"].sum()),
            "taken": len(mine), "taken_area_m2": float(mine["area_m2"].sum()), "taken_m2": float(mine["gain_m2"].sum()),
            "refused": int((refused["source"] == kind).sum()), "yield": np.nan if got is None else _figure(got),
            "rate_yuan_mu": _figure(rate),
            "cost_yuan": float(mine["area_m2"].sum()) / MU_M2 * _figure(rate), "sure": rate.sure,
        })  # fmt: skip
    return pd.DataFrame(rows)


def fund(ground: Ground, measures: Any, values: Mapping[str, Any], scheme: Scheme) -> pd.DataFrame:
    """Cost against the zone's special fund (article 3): lines of cost, the fund's share, what is left for others."""
    table = sources(ground, measures, values)
    lines = [(f"source.{r.source}", r.cost_yuan) for r in table.itertuples() if r.cost_yuan > 0]
    each = _figure(load_book().value("consolidation.plot_yuan", on=values["on"], scenario=what_if(values)))
    plots = (len(scheme.plots) + len(scheme.farmland)) * each
    lines.append(("plots", plots))
    total = sum(v for _, v in lines)
    share = float(values["fund_share"])
    budget = float(values["budget_wan"]) * 1e4
    lines += [("total", total), ("fund_line", total * share), ("local", total * (1 - share))]
    if budget > 0:
        lines.append(("budget_left", budget - total))
    return pd.DataFrame(lines, columns=["item", "yuan"])


def facts_of(
    ground: Ground, measures: Any, moved_out: Any, moved_in: Any, before: Any, after: Any
) -> tuple[Mapping[str, Any], ...]:
    """What the rule book is asked: the area, and the farmland plan as a relocation has it."""
    from geo.measure.overlay import overlay
    from geo.study.consolidation import areas_of
    from geo.study.relocation import facts_of as farmland_facts

    state = areas_of(ground)
    built = float(measures.loc[measures["source"].isin(("idle", "village")), "area_m2"].sum())
    forest = measures["class_code"].astype(str).str.startswith("03").to_numpy(dtype=bool)
    red = 0.0
    if len(measures):
        layer = ground.zone.layer("redline")[["redline_id", "geometry"]]
        met = overlay(measures[["measure_id", "geometry"]], layer, left_id="measure_id", right_id="redline_id")
        tolerance = _figure(
            load_book().value("relocation.lines_tolerance_m2", on=ground.values["on"], scenario=what_if(ground.values))
        )
        sums = met.groupby("measure_id")["area_m2"].sum()
        red = float(sums[sums > tolerance].sum())
    grade = quality(ground, measures).set_index("item").loc["grade"]
    known = np.isfinite(grade["before"])
    graded = {"cropland_grade_before": grade["before"], "cropland_grade_after": grade["after"]} if known else {}
    area = {
        "subject": "unit", "kind": "area", "cropland_before_m2": state["cropland"],
        "new_cropland_m2": float(measures["gain_m2"].sum()), "construction_before_m2": state["construction"],
        "construction_after_m2": state["construction"] - built,
        "forest_cleared_m2": float(measures.loc[forest, "area_m2"].sum()), "redline_touched_m2": red,
        **graded,
    }  # fmt: skip
    if moved_out is None or moved_in is None or not len(moved_out) or ground.params is None:
        return (area,)
    return (area, *farmland_facts(ground.zone, moved_out, moved_in, before, after, ground.params))


def judged(facts: Sequence[Mapping[str, Any]], values: Mapping[str, Any]) -> tuple[Any, ...]:
    """The rule book's verdicts on the unit and on its farmland plan."""
    if not facts:
        return ()
    book = load_book()
    own = what_if(values)
    found = book.judge([facts[0]], theme="consolidation", on=values["on"], scenario=own)
    if len(facts) > 1:
        found += book.judge(list(facts[1:]), theme="relocation", on=values["on"], scenario=own)
    return tuple(found)
