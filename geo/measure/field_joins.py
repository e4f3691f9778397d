"""WHAT A VACATED HAMLET WOULD JOIN: cropland blocks that its land touches, and those that reach a hundred 亩 with it.

A block is cropland joined across small gaps over the whole layer. The land that a hamlet sets free is itself in pieces;
a piece together with the blocks that it touches is one field after reclamation. Where that field reaches the limit, the
piece and every touched block that was below it are newly *in* large fields: that is the gain counted here, hamlet by
hamlet. Several hamlets together may join more; ``fields_after`` measures that exactly.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from geo.geometry.topology import MILLIMETRE
from geo.measure.clusters import block_labels
from geo.standards.land import base_code

if TYPE_CHECKING:
    from collections.abc import Collection

    import geopandas as gpd


@dataclass(frozen=True, slots=True, eq=False)
class Joins:
    """What vacated land joins.

    own: a row a hamlet: hamlet_id, joined_m2 (its reclaimed land that comes to lie in a large field), touches (cropland
    blocks it touches). small: a row a hamlet and block below the limit that it lifts above: hamlet_id, block (number),
    area_m2 (net, of the block's parcels in ``part``), part. fields: number and area_m2 of large blocks as they are.
    """

    own: pd.DataFrame
    small: pd.DataFrame
    fields: tuple[int, float]


def cropland_of(parcels: gpd.GeoDataFrame, classes: Collection[str]) -> gpd.GeoDataFrame:
    """Cropland parcels with net_area_m2 (the parcel's own, else its area), village_code, town_code and geometry."""
    rows = parcels[parcels["class_code"].map(base_code).isin(set(classes))].reset_index(drop=True)
    net = rows["net_area_m2"] if "net_area_m2" in rows.columns else rows["area_m2"]
    return rows[["parcel_id", "town_code", "geometry"]].assign(
        village_code=rows["village_code"].astype(str).str[:12].to_numpy(),
        net_area_m2=net.fillna(rows["area_m2"]).to_numpy(dtype=float),
    )


def joins(
    members: gpd.GeoDataFrame, fields: gpd.GeoDataFrame, *, gap_m: float, limit_m2: float, yield_share: float,
    part: str = "town_code",
) -> Joins:  # fmt: skip
    """What each hamlet's freed land would join on its own.

    members: hamlet_id, freed, area_m2, geometry (``geo.measure.hamlets``), with the column ``part``; fields: cropland
    with net_area_m2 and ``part``. gap_m joins; limit_m2 is a large field; yield_share of freed land becomes cropland.
    A block is credited only with its parcels in the hamlet's own part (a township), so that parts can be planned apart.
    """
    block = block_labels(fields.geometry.to_numpy(), gap_m=gap_m)
    net = fields["net_area_m2"].to_numpy(dtype=float)
    sizes = np.bincount(block, weights=net) if len(block) else np.zeros(0)
    freed = members[members["freed"].to_numpy(dtype=bool)].reset_index(drop=True)
    shapes = freed.geometry.to_numpy()
    piece = _pieces(freed, gap_m)
    area = freed["area_m2"].to_numpy(dtype=float) * yield_share
    piece_area = np.bincount(piece, weights=area) if len(piece) else np.zeros(0)
    a, b = _near(shapes, fields.geometry.to_numpy(), gap_m)
    touch = pd.DataFrame({"piece": piece[a], "block": block[b]}).drop_duplicates()
    touch["size"] = sizes[touch["block"].to_numpy()] if len(touch) else 0.0
    total = piece_area + np.bincount(touch["piece"], weights=touch["size"], minlength=len(piece_area))
    large = total >= limit_m2
    touched = np.bincount(touch["piece"], minlength=len(piece_area)) > 0
    first = freed.groupby(piece)[["hamlet_id", part]].first()
    pieces = pd.DataFrame({
        "hamlet_id": first["hamlet_id"].to_numpy(), part: first[part].to_numpy(),
        "joined_m2": np.where(large & touched, piece_area, 0.0),
        "touches": np.bincount(touch["piece"], minlength=len(piece_area)),
    })  # fmt: skip
    own = pieces.groupby("hamlet_id", sort=True)[["joined_m2", "touches"]].sum().reset_index()
    lifted = touch[large[touch["piece"].to_numpy()] & (touch["size"].to_numpy() < limit_m2)] if len(touch) else touch
    lifted = lifted.merge(pieces[["hamlet_id", part]], left_on="piece", right_index=True)
    by_part = pd.DataFrame({"block": block, part: fields[part].to_numpy(), "area_m2": net})
    by_part = by_part.groupby(["block", part], as_index=False)["area_m2"].sum()
    small = lifted[["hamlet_id", "block", part]].drop_duplicates().merge(by_part, on=["block", part])
    small = small.rename(columns={part: "part"}).sort_values(["hamlet_id", "block"]).reset_index(drop=True)
    big = sizes >= limit_m2
    return Joins(own, small[["hamlet_id", "block", "part", "area_m2"]], (int(big.sum()), float(sizes[big].sum())))


def fields_after(
    members: gpd.GeoDataFrame, fields: gpd.GeoDataFrame, moved: Collection[str], *, gap_m: float, limit_m2: float,
    yield_share: float, near: Any = None,
) -> dict[str, float]:  # fmt: skip
    """Fields before and after the hamlets ``moved`` are cropland, measured on the joined layer, all hamlets together.

    near: a flag a row of ``fields``; only fields that hold such a row or freed land are told (all without it).
    Returns blocks_before, area_before_m2 (fields at or above the limit), blocks_after, area_after_m2, blocks_joined
    (fields above the limit after, that hold freed land), merged (blocks of before that are one field with another now).
    """
    gone = members[members["freed"].to_numpy(dtype=bool) & members["hamlet_id"].isin(set(moved)).to_numpy()]
    before = block_labels(fields.geometry.to_numpy(), gap_m=gap_m)
    net = fields["net_area_m2"].to_numpy(dtype=float)
    was = np.bincount(before, weights=net) if len(before) else np.zeros(0)
    shapes = np.concatenate([fields.geometry.to_numpy(), gone.geometry.to_numpy()])
    after = block_labels(shapes, gap_m=gap_m)
    weights = np.concatenate([net, gone["area_m2"].to_numpy(dtype=float) * yield_share])
    now = np.bincount(after, weights=weights) if len(after) else np.zeros(0)
    count = len(fields)
    holds = np.zeros(len(now), dtype=bool)
    holds[after[count:]] = True
    met = pd.DataFrame({"after": after[:count], "before": before}).drop_duplicates()
    parts = met.groupby("after")["before"].size()
    here = np.ones(count, dtype=bool) if near is None else np.asarray(near, dtype=bool)
    told_before, told_after = np.zeros(len(was), dtype=bool), holds.copy()
    told_before[before[here]] = told_after[after[:count][here]] = True
    # A field that freed land joins is told as it was, too.
    told_before[before[told_after[after[:count]]]] = True
    told_after[after[:count][told_before[before]]] = True
    was, now = np.where(told_before, was, 0.0), np.where(told_after, now, 0.0)
    large = now >= limit_m2
    merged = int((parts[parts > 1] - 1).sum())
    return {
        "blocks_before": int((was >= limit_m2).sum()), "area_before_m2": float(was[was >= limit_m2].sum()),
        "blocks_after": int(large.sum()), "area_after_m2": float(now[large].sum()),
        "blocks_joined": int((large & holds).sum()), "merged": merged,
    }  # fmt: skip


def _pieces(freed: gpd.GeoDataFrame, gap_m: float) -> Any:
    """A number for each connected piece of freed land within one hamlet."""
    hamlet = pd.factorize(freed["hamlet_id"])[0]
    found = np.zeros(len(freed), dtype=np.int64)
    shapes = freed.geometry.to_numpy()
    for rows in pd.Series(np.arange(len(freed))).groupby(hamlet).indices.values():
        found[rows] = block_labels(shapes[rows], gap_m=gap_m)
    return pd.factorize(pd.Series(hamlet.astype(str)) + "#" + pd.Series(found.astype(str)))[0]


def _near(shapes: Any, others: Any, gap_m: float) -> tuple[Any, Any]:
    """Pairs (position among shapes, position among others) at most gap_m apart."""
    if not len(shapes) or not len(others):
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    a, b = shapely.STRtree(others).query(shapes, predicate="dwithin", distance=gap_m + MILLIMETRE)
    return a, b
