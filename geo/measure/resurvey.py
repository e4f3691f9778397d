"""REAL CHANGE OR ANOTHER PEN: borders that two surveys draw a little apart make strips that nothing happened on.

A piece whose class changed is told to be of re-surveying when both hold:

1. *narrow*: nowhere wider than the border tolerance (a piece that is wider in places is split: its wide part is real,
   each narrow rest is looked at alone);
2. *along a border that both surveys have*: of its outline, at least a share runs beside land that was of its new
   class already, and at least the same share beside land that still is of its old class. So has a border drawn anew,
   and a ditch drawn beside itself; a new road across a field is narrow too, but no road was beside it, and where a
   ditch was filled no ditch is left.

Where a survey was made from a raster, a place is known to half a cell's diagonal in each survey, and what is thinner
than a cell comes out as a row of cells that hang together by their corners. There the second test also holds when at
least half of the strip lies within a cell's diagonal of land that was of its new class, and at least half within as
much of land that still is of its old class.

Pieces that are real by this but smaller than the smallest patch that the survey maps are told apart as ``small``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.geometry.ellipsoid import area_m2, length_m
from geo.geometry.opening import opened, without
from geo.geometry.repair import mean_width_m
from geo.geometry.topology import shared_borders
from geo.measure.overlay import collector_paused

if TYPE_CHECKING:
    import geopandas as gpd

Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]

REAL, RESURVEY, SMALL = "real", "resurvey", "small"
# A narrow rest of a wide piece smaller than this stays with it: it is the noise of cutting, not a strip.
CRUMB_M2 = 0.5
# Of a raster-made strip, the share that must lie within reach of either class: more than not. The reach, in cells: half
# a diagonal for each survey.
_WITHIN, _REACH = 0.5, float(np.sqrt(2.0))


@collector_paused()
def changed_parts(
    pieces: gpd.GeoDataFrame, *, width_m: float, contact: float, least_m2: Any = 0.0, cell_m: float = 0.0
) -> gpd.GeoDataFrame:  # fmt: skip
    """The pieces whose class changed, each part told real, small or of re-surveying.

    pieces: columns before_class, after_class, area_m2, geometry and parents, of the whole crossing (those that did not
    change are the neighbours). width_m: border tolerance; contact: share of the outline on either side; least_m2: the
    smallest patch of the new class that a survey maps, one figure or by row of ``pieces``; cell_m: of the raster that a
    survey was made from (0: of none).
    Returns the parents' columns, kind, width_m (mean), area_m2, geometry; parts of a piece add up to it.
    """
    import pandas as pd

    epsg = int(pieces.crs.to_epsg())
    least = np.broadcast_to(np.asarray(least_m2, dtype=float), (len(pieces),))
    moved = np.flatnonzero(pieces["before_class"].to_numpy() != pieces["after_class"].to_numpy())
    parts, of = shapely.get_parts(pieces.geometry.to_numpy()[moved], return_index=True)
    rows = moved[of]
    core = opened(parts, width_m)
    rest = without(parts, core)
    strips, strip_of = shapely.get_parts(rest[~shapely.is_missing(rest)], return_index=True)
    strip_part = np.flatnonzero(~shapely.is_missing(rest))[strip_of]
    size = area_m2(strips, epsg=epsg) if len(strips) else np.zeros(0)
    whole = shapely.is_missing(core[strip_part])
    keep = (size > CRUMB_M2) | whole
    strips, strip_part, size = strips[keep], strip_part[keep], size[keep]
    along = np.zeros(0, dtype=bool)
    if len(strips):
        wide = _rest_of(parts, strips, strip_part, epsg)[0]
        there = ~shapely.is_missing(wide)
        tiles = np.concatenate([strips, wide[there]]), np.concatenate([rows[strip_part], rows[there]])
        along = _along(pieces, tiles, len(strips), contact, epsg)
        if cell_m > 0:
            other = np.flatnonzero(~along)
            along[other] = _within(pieces, strips[other], rows[strip_part[other]], cell_m)
    strips, strip_part, size = strips[along], strip_part[along], size[along]
    # What is of re-surveying leaves its part; the rest of the part is real.
    kept, kept_size = _rest_of(parts, strips, strip_part, epsg)
    stay = kept_size > 0
    row = np.concatenate([rows[strip_part], rows[stay]])
    geoms = np.concatenate([strips, kept[stay]])
    area = np.concatenate([size, kept_size[stay]])
    kind = np.where(np.arange(len(row)) < len(strips), RESURVEY, REAL).astype(object)
    small = (kind == REAL) & (area < least[row])
    kind[small] = SMALL
    out = pieces.iloc[row].drop(columns=["geometry", "area_m2"]).reset_index(drop=True)
    out = out.assign(kind=kind, width_m=mean_width_m(geoms), area_m2=area).set_geometry(list(geoms), crs=pieces.crs)
    order = np.argsort(row, kind="stable")
    found: gpd.GeoDataFrame = out.iloc[order].reset_index(drop=True)
    return found if isinstance(found, pd.DataFrame) else out


def _rest_of(parts: Any, strips: Any, strip_part: Any, epsg: int) -> tuple[Any, Floats]:
    """Each part without its strips, and its area; strips and rest together measure the part."""
    taken = np.full(len(parts), None, dtype=object)
    for strip, part in zip(strips, strip_part, strict=True):
        taken[part] = strip if taken[part] is None else shapely.union(taken[part], strip)
    # Most parts are one strip: what is taken whole is not cut.
    whole = shapely.equals_exact(taken, parts)
    taken[whole] = None
    rest = without(parts, taken)
    rest[whole] = None
    own = area_m2(parts, epsg=epsg) if len(parts) else np.zeros(0)
    gone = np.zeros(len(parts))
    if len(strips):
        np.add.at(gone, strip_part, area_m2(strips, epsg=epsg))
    return rest, np.where(shapely.is_missing(rest), 0.0, own - gone)


def _along(pieces: gpd.GeoDataFrame, tiles: tuple[Any, Any], strips: int, contact: float, epsg: int) -> Flags:
    """Which of the first tiles (strips) run beside land that was of their new class, and that still is of their old.

    tiles: shapes that lie side by side and the piece that each is of; pieces that did not change are added.
    """
    import geopandas as gpd

    shapes, rows = tiles
    old, new = pieces["before_class"].to_numpy(), pieces["after_class"].to_numpy()
    geoms = pieces.geometry.to_numpy()
    near = np.unique(shapely.STRtree(geoms).query(shapes[:strips])[1])
    near = near[old[near] == new[near]]
    of = np.concatenate([rows, near])
    frame = gpd.GeoDataFrame(
        {"tile": np.arange(len(of))}, geometry=list(np.concatenate([shapes, geoms[near]])), crs=pieces.crs
    )
    met = shared_borders(frame, id_column="tile")
    a, b = met["left"].to_numpy(dtype=np.int64), met["right"].to_numpy(dtype=np.int64)
    mine, other = np.concatenate([a, b]), np.concatenate([b, a])
    size = np.concatenate([met["border_m"], met["border_m"]])
    keep = mine < strips
    mine, other, size = mine[keep], other[keep], size[keep]
    around = np.maximum(length_m(shapes[:strips], epsg=epsg), 1e-9)
    sides = (old[of[other]] == new[of[mine]], new[of[other]] == old[of[mine]])
    share = [np.bincount(mine[same], weights=size[same], minlength=strips) / around for same in sides]
    return np.asarray((share[0] >= contact) & (share[1] >= contact))


def _within(pieces: gpd.GeoDataFrame, strips: Any, rows: Any, cell_m: float) -> Flags:
    """Which strips (each of a row of ``pieces``) lie mostly within reach of their new class as it was, and of their old
    class as it is now."""
    reach_m = _REACH * cell_m
    old, new = pieces["before_class"].to_numpy(), pieces["after_class"].to_numpy()
    geoms = pieces.geometry.to_numpy()
    strip, near = shapely.STRtree(geoms).query(strips, predicate="dwithin", distance=reach_m)
    held = np.ones(len(strips), dtype=bool)
    epsg = int(pieces.crs.to_epsg())
    size = area_m2(strips, epsg=epsg)
    for mine, other in ((new[rows[strip]], old[near]), (old[rows[strip]], new[near])):
        same = mine == other
        reach = shapely.buffer(geoms[near[same]], reach_m, join_style="mitre")
        met = shapely.intersection(strips[strip[same]], reach)
        share = np.zeros(len(strips))
        order = np.argsort(strip[same], kind="stable")
        found, first = np.unique(strip[same][order], return_index=True)
        for k, group in zip(found, np.split(met[order], first[1:]), strict=True):
            whole = np.array([shapely.union_all(group)], dtype=object)
            share[k] = float(area_m2(whole, epsg=epsg)[0]) / max(size[k], 1e-9)
        held &= share >= _WITHIN
    return held
