"""零星永久基本农田: small blocks of permanent farmland caught inside the urban boundary or the red line.

A block is a contiguous piece of the whole farmland layer (gaps up to ``gap_m`` do not break it), so a large field
that a line merely cuts is not small. It is 零星 when its net area is at most the threshold and the part inside the
filled boundary ∪ red line is at least the smallest patch a survey keeps. The limits are arguments: the rule book
has them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from geo.geometry.ellipsoid import area_m2, length_m
from geo.geometry.repair import valid_polygons
from geo.geometry.topology import borders_between
from geo.measure.clusters import block_labels, blocks
from geo.measure.conflicts import LINES, ConflictTable
from geo.measure.overlay import overlay
from geo.standards.land import PADDY, base_code, land_classes

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import geopandas as gpd
    import pandas as pd

    from geo.zone import Zone

_TRAITS = ("grade", "slope_grade", "class_code", "ridge_factor", "town_code", "county_code")


@dataclass(frozen=True, slots=True)
class Fragments:
    """The 零星 blocks of a zone.

    blocks: one row a block, ordered by block_id: block_id, piece_area_m2, piece_net_area_m2 (whole block),
        inside_area_m2, inside_net_area_m2 (its part inside filled boundary ∪ red line), <line>_m2 for each of
        ``conflicts.LINES``, against (lines met, joined by ";"), parcels, town_code, county_code (where most of the
        inside part lies), mean_width_m (2A/P), shape_index (P/4√A), built_border_share (of the perimeter, NaN
        without parcels), distance_to_next_m (to farmland of another block), high_standard, geometry (whole block).
    members: one row a parcel of such a block that has a part inside: farmland_id, block_id, area_m2, net_area_m2 (the
        part inside), whole, against, grade, slope_grade, class_code, paddy, ridge_factor, town_code, county_code,
        high_standard, geometry (exactly the part inside).
    parcels: all parcels of these blocks, also those outside: farmland_id, block_id, area_m2, net_area_m2, geometry.
    """

    blocks: gpd.GeoDataFrame
    members: gpd.GeoDataFrame
    parcels: gpd.GeoDataFrame


@dataclass(frozen=True, slots=True)
class PatchIndices:
    """Figures of one state of a layer, all from the net areas of its contiguous blocks.

    patches; area_m2; mean_patch_m2; contiguity C = Σa²/(Σa)² (1: a single block, → 0: crumbs);
    share_at_least: for each limit (m²) the share of the area in blocks of at least that size;
    bins: (upper limit m² or inf, patches, area_m2) in rising order, each bin without its lower limit.
    """

    patches: int
    area_m2: float
    mean_patch_m2: float
    contiguity: float
    share_at_least: tuple[tuple[float, float], ...]
    bins: tuple[tuple[float, int, float], ...]


def fragmented(
    zone: Zone, conflicts: ConflictTable, *, threshold_m2: float, gap_m: float, min_patch_m2: float
) -> Fragments:
    """The 零星 blocks of the zone's permanent farmland and what they are like.

    threshold_m2: largest net area of a block; gap_m: widest gap inside one; min_patch_m2: smallest part inside the
    lines that counts. Uses the layers farmland and, where the zone has them, parcels (built-up neighbours) and
    highstandard. Raises KeyError without farmland.
    """
    farmland = zone.layer("farmland")
    labels, facts = blocks(farmland, id_column="farmland_id", gap_m=gap_m)
    inside = _inside_by_block(labels, farmland, conflicts)
    facts = facts.merge(inside, on="block_id", how="left").fillna({"inside_area_m2": 0.0, "inside_net_area_m2": 0.0})
    facts = facts[is_fragment(facts, threshold_m2, min_patch_m2)]
    found = describe(facts, labels, zone, conflicts, min_patch_m2=min_patch_m2)
    apart = distance_to_next(found.blocks, farmland, labels)
    return replace(found, blocks=found.blocks.assign(distance_to_next_m=apart))


def describe(
    facts: pd.DataFrame, labels: pd.Series, zone: Zone, conflicts: ConflictTable, *, min_patch_m2: float
) -> Fragments:
    """What chosen blocks are like, all but the distance to the next one.

    facts: block_id, parcels, area_m2, net_area_m2, inside_area_m2, inside_net_area_m2 of the chosen blocks; labels:
    block_id of every row of the zone's farmland. The zone and the conflicts need hold no more than these blocks and
    what touches them, which is what lets a partition stand for the whole.
    """
    import geopandas as gpd

    farmland = zone.layer("farmland")
    facts = facts.rename(columns={"area_m2": "piece_area_m2", "net_area_m2": "piece_net_area_m2"})
    facts = facts.reset_index(drop=True)
    chosen = labels.isin(set(facts["block_id"])).to_numpy()
    parcels = farmland.loc[chosen, ["farmland_id", "net_area_m2", "geometry"]].assign(block_id=labels[chosen])
    parcels["area_m2"] = area_m2(parcels.geometry.to_numpy(), epsg=int(farmland.crs.to_epsg()))
    parcels = parcels[["farmland_id", "block_id", "area_m2", "net_area_m2", "geometry"]].reset_index(drop=True)
    members = _members(farmland[chosen], parcels, conflicts, zone, min_patch_m2)
    shapes = parcels.groupby("block_id")["geometry"].agg(lambda g: shapely.union_all(valid_polygons(g.to_numpy())))
    facts = gpd.GeoDataFrame(facts, geometry=list(shapes.reindex(facts["block_id"]).to_numpy()), crs=farmland.crs)
    facts = _with_lines(facts, members, conflicts)
    facts = _with_shape(facts)
    return Fragments(facts.assign(built_border_share=_built_share(facts, zone)), members, parcels)


def sensitivity(
    farmland: gpd.GeoDataFrame,
    conflicts: ConflictTable,
    *,
    thresholds_m2: Iterable[float],
    gaps_m: Iterable[float],
    min_patch_m2: float = 0.0,
) -> pd.DataFrame:
    """How the number of 零星 blocks depends on the definition: one row a gap and threshold.

    Columns: gap_m, threshold_m2, blocks, area_m2, net_area_m2 (of the parts inside the lines), piece_net_area_m2 (of
    the whole blocks).
    """
    import pandas as pd

    limits = list(thresholds_m2)
    rows = []
    for gap in gaps_m:
        labels, facts = blocks(farmland, id_column="farmland_id", gap_m=gap)
        facts = facts.merge(_inside_by_block(labels, farmland, conflicts), on="block_id", how="left")
        facts = facts.fillna({"inside_area_m2": 0.0, "inside_net_area_m2": 0.0})
        for limit in limits:
            hit = facts[is_fragment(facts, limit, min_patch_m2)]
            sums = hit[["inside_area_m2", "inside_net_area_m2", "net_area_m2"]].sum()
            rows.append((float(gap), float(limit), len(hit), *(float(v) for v in sums)))
    names = ["gap_m", "threshold_m2", "blocks", "area_m2", "net_area_m2", "piece_net_area_m2"]
    return pd.DataFrame(rows, columns=names)


def patch_indices(
    frame: gpd.GeoDataFrame,
    *,
    gap_m: float,
    bin_limits_m2: Sequence[float] = (),
    shares_at_least_m2: Sequence[float] = (),
    area_column: str = "net_area_m2",
) -> PatchIndices:
    """Patch and contiguity indices of a layer whose ``area_column`` holds net areas in m².

    Gaps up to ``gap_m`` do not break a block. An empty layer has no patches and indices of 0.
    """
    number = block_labels(frame.geometry.to_numpy(), gap_m=gap_m)
    sizes = np.bincount(number, weights=frame[area_column].to_numpy(dtype=float))
    return indices_of(sizes, bin_limits_m2=bin_limits_m2, shares_at_least_m2=shares_at_least_m2)


def indices_of(
    sizes: Any, *, bin_limits_m2: Sequence[float] = (), shares_at_least_m2: Sequence[float] = ()
) -> PatchIndices:
    """Patch and contiguity indices from the net areas (m²) of all contiguous blocks."""
    total = float(sizes.sum())
    limits = [*sorted(bin_limits_m2), np.inf]
    at = np.searchsorted(limits, sizes, side="left")
    return PatchIndices(
        patches=len(sizes),
        area_m2=total,
        mean_patch_m2=total / len(sizes) if len(sizes) else 0.0,
        contiguity=float((sizes**2).sum() / total**2) if total > 0 else 0.0,
        share_at_least=tuple(
            (float(m), float(sizes[sizes >= m].sum() / total) if total > 0 else 0.0) for m in shares_at_least_m2
        ),
        bins=tuple((float(m), int((at == k).sum()), float(sizes[at == k].sum())) for k, m in enumerate(limits)),
    )


def outgoing_pieces(fragments: Fragments, conflicts: ConflictTable, *, min_patch_m2: float) -> gpd.GeoDataFrame:
    """What leaves permanent farmland with the 零星 blocks: the part inside the lines, tidied at parcel level.

    A parcel whose part outside would be smaller than ``min_patch_m2`` leaves whole; one whose part inside is smaller
    stays (a touch only); when both are, the larger part decides. Columns: farmland_id, block_id, area_m2,
    net_area_m2, grade, paddy, slope_grade, class_code, town_code, county_code, against, high_standard, whole_leaves,
    reason (``inside``, ``part``, ``remainder_too_small``), geometry.
    """
    members = fragments.members.reset_index(drop=True)
    outside = conflicts.remainders.set_index("farmland_id")["area_m2"].reindex(members["farmland_id"]).fillna(0.0)
    rest, part = outside.to_numpy(dtype=float), members["area_m2"].to_numpy(dtype=float)
    whole = members["whole"].to_numpy(dtype=bool)
    sliver = ~whole & (rest < min_patch_m2)
    stays = ~whole & (part < min_patch_m2) & ~(sliver & (part >= rest))
    grows = sliver & ~stays
    parents = fragments.parcels.set_index("farmland_id").reindex(members["farmland_id"])
    geoms = members.geometry.to_numpy().copy()
    geoms[grows] = parents["geometry"].to_numpy()[grows]
    size = np.where(grows, parents["area_m2"].to_numpy(dtype=float), part)
    reason = np.where(whole, "inside", np.where(grows, "remainder_too_small", "part"))
    out = members.assign(
        area_m2=size,
        net_area_m2=size * (1.0 - members["ridge_factor"].to_numpy(dtype=float)),
        whole_leaves=whole | grows,
        reason=reason,
    ).set_geometry(list(geoms), crs=members.crs)
    names = [
        "farmland_id", "block_id", "area_m2", "net_area_m2", "grade", "paddy", "slope_grade", "class_code",
        "town_code", "county_code", "against", "high_standard", "whole_leaves", "reason", "geometry",
    ]  # fmt: skip
    return out.loc[~stays, names].reset_index(drop=True)


def is_fragment(facts: pd.DataFrame, threshold_m2: float, min_patch_m2: float) -> Any:
    """Which blocks are 零星: net_area_m2 at most the threshold, inside_area_m2 at least the smallest patch."""
    inside = facts["inside_area_m2"]
    return (facts["net_area_m2"] <= threshold_m2) & (inside > 0) & (inside >= min_patch_m2)


def _inside_by_block(labels: pd.Series, farmland: gpd.GeoDataFrame, conflicts: ConflictTable) -> pd.DataFrame:
    """inside_area_m2 and inside_net_area_m2 of each block that has a part inside."""
    of = labels.set_axis(farmland["farmland_id"])
    got = conflicts.inside[["farmland_id", "area_m2", "net_area_m2"]]
    got = got.assign(block_id=of.reindex(got["farmland_id"]).to_numpy())
    sums: pd.DataFrame = got.groupby("block_id", as_index=False)[["area_m2", "net_area_m2"]].sum()
    return sums.rename(columns={"area_m2": "inside_area_m2", "net_area_m2": "inside_net_area_m2"})


def _members(
    farmland: gpd.GeoDataFrame, parcels: gpd.GeoDataFrame, conflicts: ConflictTable, zone: Zone, min_patch_m2: float
) -> gpd.GeoDataFrame:
    import pandas as pd

    parts = conflicts.inside[conflicts.inside["farmland_id"].isin(set(parcels["farmland_id"]))]
    parts = parts[["farmland_id", "area_m2", "net_area_m2", "whole", "geometry"]].reset_index(drop=True)
    key = parts["farmland_id"]
    traits = farmland.set_index("farmland_id").reindex(key)
    block = parcels.set_index("farmland_id")["block_id"].reindex(key)
    columns = {name: traits[name].to_numpy() for name in _TRAITS if name in traits.columns}
    paddy = traits["class_code"].map(base_code).eq(PADDY).to_numpy()
    met = conflicts.pieces[conflicts.pieces["farmland_id"].isin(set(key))]
    lines = met.groupby("farmland_id")["against"].agg(_in_order) if len(met) else pd.Series(dtype=str)
    built = _high_standard(farmland, zone, min_patch_m2)
    return parts.assign(
        block_id=block.to_numpy(),
        against=lines.reindex(key).fillna("").to_numpy(),
        **columns,
        paddy=paddy,
        high_standard=key.isin(built).to_numpy(),
    )


def _in_order(names: pd.Series) -> str:
    there = set(names)
    return ";".join(name for name in LINES if name in there)


def _high_standard(farmland: gpd.GeoDataFrame, zone: Zone, min_patch_m2: float) -> set[str]:
    """Parcels in built high-standard farmland: wholly, or by a patch that counts."""
    if not zone.has("highstandard") or not len(zone.layer("highstandard")) or not len(farmland):
        return set()
    met = overlay(farmland, zone.layer("highstandard"), left_id="farmland_id", right_id="project_id")
    return set(met.loc[met["whole"] | (met["area_m2"] >= min_patch_m2), "farmland_id"])


def _with_lines(facts: gpd.GeoDataFrame, members: gpd.GeoDataFrame, conflicts: ConflictTable) -> gpd.GeoDataFrame:
    """Area inside each line, the lines met, the place, and whether any member is high-standard farmland."""
    block_of = members.set_index("farmland_id")["block_id"]
    met = conflicts.pieces[["farmland_id", "against", "area_m2"]]
    met = met.assign(block_id=block_of.reindex(met["farmland_id"]).to_numpy()).dropna(subset="block_id")
    by_line = met.pivot_table(index="block_id", columns="against", values="area_m2", aggfunc="sum")
    by_line = by_line.reindex(index=facts["block_id"], columns=list(LINES)).fillna(0.0)
    out = facts.assign(**{f"{line}_m2": by_line[line].to_numpy(dtype=float) for line in LINES})
    out["against"] = [";".join(n for n, v in zip(LINES, row, strict=True) if v > 0) for row in by_line.to_numpy()]
    for unit in ("town_code", "county_code"):
        largest = members.groupby(["block_id", unit])["area_m2"].sum().reset_index()
        largest = largest.sort_values(["area_m2", unit], ascending=[False, True]).drop_duplicates("block_id")
        out[unit] = largest.set_index("block_id")[unit].reindex(out["block_id"]).to_numpy()
    high = members.groupby("block_id")["high_standard"].any()
    out["high_standard"] = high.reindex(out["block_id"]).fillna(False).to_numpy(dtype=bool)
    return out


def _with_shape(facts: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    geoms = facts.geometry.to_numpy()
    round_it = length_m(geoms, epsg=int(facts.crs.to_epsg()))
    size = facts["piece_area_m2"].to_numpy(dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):
        return facts.assign(mean_width_m=2 * size / round_it, shape_index=round_it / (4 * np.sqrt(size)))


def _built_share(facts: gpd.GeoDataFrame, zone: Zone) -> Any:
    """Share of each block's perimeter that borders built-up land (class group J of the survey)."""
    if not zone.has("parcels") or not len(facts):
        return np.full(len(facts), np.nan)
    parcels = zone.layer("parcels")
    built_codes = {c.code for c in land_classes().values() if c.three == "J"}
    built = parcels[parcels["class_code"].map(base_code).isin(built_codes)]
    borders = borders_between(facts, built, a_id="block_id", b_id="parcel_id").groupby("left")["border_m"].sum()
    whole = length_m(facts.geometry.to_numpy(), epsg=int(facts.crs.to_epsg()))
    return borders.reindex(facts["block_id"]).fillna(0.0).to_numpy(dtype=float) / whole


def distance_to_next(facts: gpd.GeoDataFrame, farmland: gpd.GeoDataFrame, labels: pd.Series) -> Any:
    """Distance from each block to the nearest farmland of another block, m on the map; inf when there is none."""
    geoms = farmland.geometry.to_numpy()
    tree = shapely.STRtree(geoms)
    shapes, names, label = facts.geometry.to_numpy(), facts["block_id"].to_numpy(), labels.to_numpy()
    out = np.full(len(facts), np.inf)
    left, reach = np.arange(len(facts)), 100.0
    extent = tree.geometries.size and float(
        np.nanmax(np.abs(np.diff(shapely.total_bounds(geoms).reshape(2, 2), axis=0)))
    )
    while len(left):
        b, p = tree.query(shapes[left], predicate="dwithin", distance=reach)
        other = names[left[b]] != label[p]
        b, p = b[other], p[other]
        np.minimum.at(out, left[b], shapely.distance(shapes[left[b]], geoms[p]))
        left = left[~np.isfinite(out[left])]
        if reach > 2 * extent:
            break
        reach *= 4
    return out
