"""Study ``mixed``: which plots of industry, storage, research, offices and commerce lie close enough, and are
compatible enough, to share land and facilities; and where farming, villages and tourism could use land together.

Measure (neighbours, sites, walks along road parcels), judge (the matrix of article 8, shares of a site), rank by plain
reasons, tell. Nothing is decided: a site is a place to look at, with what speaks for it and against it.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import shapely

from geo.errors import InputProblem
from geo.finding import Finding
from geo.policy.book import load_book
from geo.policy.uses import rural_pairs, use_classes
from geo.study.conflicts import editions, teller
from geo.study.mixed_result import FACILITIES, SPEC, MixedResult
from geo.study.record import run_id
from geo.study.spec import Progress
from geo.zone import Zone

__all__ = ["SPEC", "MixedResult", "run"]

HOUSING = "居住"
RESEARCH = "研发"
FARM = ("0101", "0102", "0103", "0201", "0202", "0203", "0204", "1104", "1202")
TOURISM = ("05H1", "0810")
PARAMETERS = ("mixed.uses", "mixed.single_share", "mixed.each_share")


def run(zone: Zone, values: Mapping[str, Any], *, progress: Progress | None = None) -> MixedResult:
    """Measure, judge, rank. ``values`` from ``SPEC.values``. Raises InputProblem for a township that nothing has, or
    when there is no plot of any of the five uses; Cancelled when ``progress`` says stop."""
    from geo.measure.mixing import neighbours, plots_of, sites_of, with_walks
    from geo.measure.road_walk import walks

    tell = teller(progress)
    begun = time.monotonic()
    on, book = values["on"], load_book()
    tell(0.05, "按用途归类", "Sorting by use")
    classes = use_classes()
    boundary = zone.layer("boundary") if zone.has("boundary") else None
    parcels = zone.layer("parcels")
    plots = plots_of(parcels, {c: u.use for c, u in classes.items()}, boundary=boundary)
    plots = plots[_chosen(plots, values)].reset_index(drop=True)
    listed = [str(u) for u in book.value("mixed.uses", on=on).value]  # type: ignore[union-attr]
    notes = []
    five = plots["use"].isin(listed).to_numpy()
    if not five.any():
        raise InputProblem([Finding("MX101", "error", zone.code)])
    tell(0.2, "相邻用地", "Neighbours")
    pairs = neighbours(plots, reach_m=values["share_m"])
    places = {kind: parcels.geometry.to_numpy()[parcels["class_code"].str[: 4].isin(codes).to_numpy()]
              for kind, codes, _, _ in FACILITIES}  # fmt: skip
    tell(0.35, "道路网", "Road network")
    stack = np.concatenate([plots.geometry.to_numpy(), *places.values()])
    net = walks(parcels, stack, access_m=values["access_m"])
    # Homes matter as neighbours only: nobody asks how far they walk to a works beside them.
    use = plots["use"].to_numpy()
    both = ~((use[pairs["first"]] == HOUSING) | (use[pairs["second"]] == HOUSING))
    walked = with_walks(pairs[both], net, limit_m=values["walk_m"])
    pairs = pd.concat([walked, pairs[~both].assign(walk_m=np.nan, by="not_measured")]).sort_index()
    off = int((net.entry[: len(plots)] < 0).sum())
    if off:
        notes.append(Finding("MX201", "info", "", measured=str(off), limit=f"{values['access_m']:g}"))
    tell(0.55, "步行到设施", "Walks to facilities")
    plots = _reach(plots, places, net)
    site = np.full(len(plots), -1, dtype=np.int64)
    site[five] = sites_of(plots[five], reach_m=values["share_m"])
    plots = plots.assign(site=site)
    tell(0.7, "排序", "Ranking")
    pairs = _answered(pairs, plots)
    sites, plots = _sites(plots, pairs, values)
    judged = tuple(
        book.judge([{"subject": r["site_id"], "kind": "plot", "region": "31", "largest_share": r["largest_share"],
                     "second_share": r["second_share"]} for r in sites.drop(columns="geometry").to_dict("records")],
                   theme="mixed", on=on)
    ) if len(sites) else ()  # fmt: skip
    tell(0.85, "农业与村庄、旅游", "Farming, villages, tourism")
    rural = _rural(zone, values)
    if plots["use"].eq(RESEARCH).any():
        notes.append(Finding("MX202", "warning", ""))
    notes.append(Finding("MX203", "info", ""))
    return MixedResult(
        zone=zone, values=dict(values), run_id=run_id(SPEC.name, values, zone), plots=plots, pairs=pairs, sites=sites,
        coverage=_coverage(plots, values), rural=rural, matrix=matrix_table(), judgements=judged,
        findings=tuple(notes), editions=editions(on, [i.parameter for i in SPEC.inputs if i.parameter])
        + _regional(on), seconds={"measure": time.monotonic() - begun},
    )  # fmt: skip


def _regional(on: Any) -> tuple[Mapping[str, Any], ...]:
    book = load_book()
    told = []
    for name in PARAMETERS:
        for edition in book.parameters[name].editions:
            if edition.covers(on):
                p = book.parameters[name].resolve(edition)
                told.append({"id": p.id, "zh": p.zh, "en": p.en, "value": p.value, "unit": p.unit,
                             "article": p.article, "sure": p.sure, "region": p.region})  # fmt: skip
    return tuple(told)


def _chosen(plots: Any, values: Mapping[str, Any]) -> Any:
    keep = np.ones(len(plots), dtype=bool)
    if values["units"]:
        known = sorted(set(plots["town_code"].astype(str)))
        bad = [u for u in values["units"] if u not in known]
        if bad:
            raise InputProblem([Finding("MX102", "error", u, limit=", ".join(known)[:300]) for u in bad])
        keep &= plots["town_code"].isin(values["units"]).to_numpy()
    if values["boundary_only"]:
        keep &= plots["in_boundary"].to_numpy(dtype=bool)
    return keep


def _reach(plots: Any, places: Mapping[str, Any], net: Any) -> Any:
    """Columns <kind>_m and <kind>_by: how far the nearest facility of each kind is, and how measured."""
    from geo.measure.mixing import to_facilities

    own = np.arange(len(plots))
    at, offsets = len(plots), {}
    for kind, shapes in places.items():
        offsets[kind] = np.arange(at, at + len(shapes))
        at += len(shapes)
    told = to_facilities(plots.geometry.to_numpy(), places, net, offsets, own)
    for kind, (metres, by) in told.items():
        plots = plots.assign(**{f"{kind}_m": np.round(np.where(np.isfinite(metres), metres, np.nan), 1),
                                f"{kind}_by": by})  # fmt: skip
    return plots


def _answered(pairs: pd.DataFrame, plots: Any) -> pd.DataFrame:
    """The pairs with the matrix's answer, condition, article and mark."""
    book = load_book()
    use, ids = plots["use"].to_numpy(), plots["plot_id"].astype(str).to_numpy()
    a, b = pairs["first"].to_numpy(dtype=np.int64), pairs["second"].to_numpy(dtype=np.int64)
    told = {}
    for one, two in {(use[i], use[j]) for i, j in zip(a, b, strict=True)}:
        m = book.mixed_use(one, two)
        told[one, two] = (m.answer, m.care_zh, m.care_en, m.article, m.sure)
    rows = [told[use[i], use[j]] for i, j in zip(a, b, strict=True)]
    more = pd.DataFrame(rows, columns=["answer", "care_zh", "care_en", "article", "sure"], index=pairs.index)
    head = pd.DataFrame({"plot_a": ids[a], "plot_b": ids[b], "use_a": use[a], "use_b": use[b],
                         "site": plots["site"].to_numpy()[a]}, index=pairs.index)  # fmt: skip
    return pd.concat([head, pairs[["gap_m", "touch", "walk_m", "by"]], more], axis=1)


def _sites(plots: Any, pairs: pd.DataFrame, values: Mapping[str, Any]) -> tuple[Any, Any]:
    """Groups of at least two uses of article 8, ranked with the reason; and the plots with their site's name."""
    import geopandas as gpd

    walk = float(values["walk_m"])
    rows = []
    inside = plots[plots["site"] >= 0]
    shares = inside.pivot_table(
        index="site", columns="use", values="area_m2", aggfunc="sum", fill_value=0.0, observed=True
    )
    counts = (shares > 0).sum(axis=1)
    near_home = set(
        pairs.loc[pairs["use_a"].eq(HOUSING) | pairs["use_b"].eq(HOUSING), ["plot_a", "plot_b"]].to_numpy().ravel()
    )
    inside = inside.assign(beside_homes=inside["plot_id"].isin(list(near_home)))
    by_site = inside.groupby("site")
    named_pairs = pairs[pairs["answer"].eq("named")].groupby("site")
    for number in counts.index[counts >= 2]:
        mine = by_site.get_group(number)
        sizes = shares.loc[number]
        sizes = sizes[sizes > 0].sort_values(ascending=False, kind="stable")
        total = float(sizes.sum())
        own = named_pairs.get_group(number)
        kinds = [
            k for k, _, _, _ in FACILITIES if float(mine.loc[mine[f"{k}_m"] <= walk, "area_m2"].sum()) >= total / 2
        ]
        homes = float(mine.loc[mine["beside_homes"], "area_m2"].sum())
        rows.append({
            "site": number, "plots": len(mine), "uses": len(sizes), "use_list": " ".join(sizes.index),
            "area_m2": total, "largest_share": float(sizes.iloc[0]) / total,
            "second_share": float(sizes.iloc[1]) / total,
            "pairs": len(own), "touching": int(own["touch"].sum()), "by_road": int(own["by"].eq("road").sum()),
            "covered": len(kinds), "covered_list": " ".join(kinds), "beside_homes_m2": homes,
            "in_boundary_share": float(mine.loc[mine["in_boundary"], "area_m2"].sum()) / total,
            "care": int(own["care_zh"].ne("").sum()), "town_code": mine["town_code"].mode().iloc[0],
            "county_code": mine["county_code"].mode().iloc[0],
            "geometry": shapely.union_all(mine.geometry.to_numpy()),
        })  # fmt: skip
    columns = ["site_id", "rank", "plots", "uses", "use_list", "area_m2", "largest_share", "second_share", "pairs",
               "touching", "by_road", "covered", "covered_list", "beside_homes_m2", "in_boundary_share", "care",
               "town_code", "county_code", "reason_zh", "reason_en", "geometry"]  # fmt: skip
    if not rows:
        empty = gpd.GeoDataFrame({c: [] for c in columns[:-1]}, geometry=[], crs=plots.crs)
        return empty, plots.assign(site_id="")
    frame = pd.DataFrame(rows)
    frame["inside"] = frame["in_boundary_share"].round(4)
    frame["alone"] = (frame["beside_homes_m2"] <= 0).astype(int)
    frame["balance"] = frame["second_share"].round(4)
    # Plain order, no weights: inside the boundary, more uses, no homes beside, better balance, more facilities, larger.
    frame = frame.sort_values(["inside", "uses", "alone", "balance", "covered", "area_m2", "site"],
                              ascending=[False, False, False, False, False, False, True], kind="stable")  # fmt: skip
    frame["rank"] = np.arange(1, len(frame) + 1)
    frame["site_id"] = [f"M{k:04d}" for k in frame["rank"]]
    frame["reason_zh"] = [_reason(r, "zh") for r in frame.to_dict("records")]
    frame["reason_en"] = [_reason(r, "en") for r in frame.to_dict("records")]
    named = dict(zip(frame["site"], frame["site_id"], strict=True))
    sites = gpd.GeoDataFrame(frame[columns].reset_index(drop=True), geometry="geometry", crs=plots.crs)
    return sites, plots.assign(site_id=[named.get(s, "") for s in plots["site"]])


def _reason(row: Mapping[str, Any], lang: str) -> str:
    """Why a site stands where it does, in one line."""
    from geo.policy.uses import USES

    zh = lang == "zh"
    uses = row["use_list"].split()
    names = {k: (a if zh else b) for k, _, a, b in FACILITIES}
    kinds = [names[k] for k in row["covered_list"].split()]
    if zh:
        parts = [f"{'、'.join(uses)}相邻，第二用途占 {row['second_share']:.0%}"]
        parts.append(f"{row['touching']} 对共边，{row['by_road']} 对沿道路可达" if row["pairs"] else "隔街相望")
        parts.append("全在开发边界内" if row["inside"] >= 1 else f"开发边界内 {row['inside']:.0%}")
        parts.append(f"半数以上步行可达{'、'.join(kinds)}" if kinds else "没有步行可达的共用设施")
        parts.append("紧邻住宅，第八条未列居住" if row["beside_homes_m2"] > 0 else "不紧邻住宅")
        return "；".join(parts)
    parts = [f"{', '.join(USES[u] for u in uses)} side by side, second use {row['second_share']:.0%}"]
    parts.append(f"{row['touching']} pairs share a border, {row['by_road']} joined by road")
    parts.append("inside the boundary" if row["inside"] >= 1 else f"{row['inside']:.0%} inside the boundary")
    parts.append(
        f"most of it walks to {', '.join(kinds).lower()}" if kinds else "no shared facility in walking distance"
    )
    parts.append("beside homes, which article 8 does not list" if row["beside_homes_m2"] > 0 else "not beside homes")
    return "; ".join(parts)


def _coverage(plots: Any, values: Mapping[str, Any]) -> pd.DataFrame:
    """Facilities by use: the share of plots and of land within walking distance, by road and straight."""
    rows = []
    for use, mine in plots.groupby("use", sort=True):
        for kind, _, _, _ in FACILITIES:
            near = mine[f"{kind}_m"] <= values["walk_m"]
            by = mine.loc[near, f"{kind}_by"]
            total = float(mine["area_m2"].sum())
            rows.append({"use": use, "kind": kind, "plots": len(mine), "near": int(near.sum()),
                         "near_road": int(by.eq("road").sum()), "near_straight": int(by.eq("straight").sum()),
                         "area_m2": total, "near_m2": float(mine.loc[near, "area_m2"].sum())})  # fmt: skip
    return pd.DataFrame(rows)


def _rural(zone: Zone, values: Mapping[str, Any]) -> Any:
    """Hamlets with the farm land, idle land and places of tourism beside them, and what may not be built on."""
    from geo.measure.hamlets import hamlets
    from geo.standards.land import base_code

    parcels = zone.layer("parcels")
    found, _ = hamlets(parcels, gap_m=values["hamlet_gap_m"], reclaimed=("1201",))
    if values["units"]:
        found = found[found["town_code"].isin(values["units"]).to_numpy()].reset_index(drop=True)
    codes = parcels["class_code"].map(base_code)
    kinds = {
        "crops_m2": codes.isin(("0101", "0102", "0103")), "garden_m2": codes.str.startswith("02"),
        "pond_m2": codes.eq("1104"), "facility_m2": codes.eq("1202"), "tourism_m2": codes.isin(TOURISM),
    }  # fmt: skip
    shapes = found.geometry.to_numpy()
    told = found.rename(columns={"freed_m2": "idle_m2"})
    for name, rows in kinds.items():
        told[name] = _beside(shapes, parcels[rows.to_numpy()], values["share_m"])
    told["farmland_m2"] = _beside(shapes, zone.layer("farmland"), values["share_m"]) if zone.has("farmland") else 0.0
    told["redline"] = _meets(shapes, zone.layer("redline")) if zone.has("redline") else False
    told["kinds"] = sum(
        (told[k] > 0).astype(int) for k in ("garden_m2", "pond_m2", "facility_m2", "idle_m2", "tourism_m2")
    )
    told = told.sort_values(
        ["redline", "kinds", "garden_m2", "hamlet_id"], ascending=[True, False, False, True], kind="stable"
    )
    told["rank"] = np.arange(1, len(told) + 1)
    keep = ["rank", "hamlet_id", "village_name", "town_code", "county_code", "land_m2", "lot_m2", "idle_m2", *kinds,
            "farmland_m2", "redline", "kinds", "geometry"]  # fmt: skip
    return told[keep].reset_index(drop=True)


def _beside(shapes: Any, layer: Any, reach_m: float) -> Any:
    """m² of a layer's rows at most reach_m from each shape, each row counted whole."""
    if not len(layer) or not len(shapes):
        return np.zeros(len(shapes))
    a, b = shapely.STRtree(layer.geometry.to_numpy()).query(shapes, predicate="dwithin", distance=reach_m)
    size = layer["area_m2"].to_numpy(dtype=float)
    return np.bincount(a, weights=np.nan_to_num(size[b]), minlength=len(shapes))


def _meets(shapes: Any, layer: Any) -> Any:
    out = np.zeros(len(shapes), dtype=bool)
    if len(layer) and len(shapes):
        out[shapely.STRtree(layer.geometry.to_numpy()).query(shapes, predicate="intersects")[0]] = True
    return out


def matrix_table() -> pd.DataFrame:
    """Both matrices as rows: which, first, second, answer, condition, article, how sure."""
    rows = [("mixed", m) for m in load_book().mixed_uses] + [("rural", m) for m in rural_pairs()]
    return pd.DataFrame([
        {"matrix": name, "first": m.first, "second": m.second, "answer": m.answer, "care_zh": m.care_zh,
         "care_en": m.care_en, "article": m.article, "sure": m.sure, "care_article": m.care_article,
         "care_sure": m.care_sure}
        for name, m in rows
    ])  # fmt: skip
