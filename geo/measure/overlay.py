"""EXACT PIECES: parcels cut by other layers, every piece with its parents' ids, nothing lost and nothing twice.

Two ways to the same pieces. Where many pairs meet, the compiled kernel of ``geo.geometry.clipping`` takes them, GEOS
every one that it doubts. For few, nothing is compiled: each large polygon is halved along its longer side again and
again, and each parcel is met by the smallest part of it that its frame fits in: a prepared test finds the parcels
wholly inside, and only those really cut are intersected, with a small polygon. No parcel is ever cut at such a halving
line, so pieces are the same as with the whole polygon. Floating-point overlay, no grid (a grid of 1 mm costs up to
0.5 m² a parcel); that parts and remainder make the parent is asserted on every run.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.geometry.clipping import COVER, CUT, NONE, WHOLE, Surfaces, clip, clip_sized, surfaces
from geo.geometry.crs import GEOGRAPHIC_EPSG, epsg_of
from geo.geometry.ellipsoid import area_m2
from geo.geometry.repair import polygons_only, valid_polygons

if TYPE_CHECKING:
    import geopandas as gpd

Ints = NDArray[np.int64]
Geometries = NDArray[np.object_]

# A polygon with fewer corners is not halved further: intersecting it is cheaper than cutting it.
_LEAF_CORNERS = 128
# Nor for fewer subjects than this: cutting costs about as much as ten intersections.
_FEW = 24
# From so many pairs of meeting frames on, the compiled kernel is worth loading (and compiling, once an installation).
KERNEL_PAIRS = 5_000
# Below this a piece is the noise of floating-point coordinates (eastings of 4e7 m carry 7e-9 m), not land.
NOISE_M2 = 1e-6
_RESIDUAL = 1e-6
# Columns that the pieces have besides the ids of their parents.
_OWN = ("area_m2", "whole", "geometry")


class OverlayProblem(ArithmeticError):
    """Parts and remainder of a parcel do not make the parcel: the overlay cannot be relied on."""


@contextmanager
def collector_paused() -> Iterator[None]:
    """Without the garbage collector, which would look through every geometry again and again as they are made."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


@collector_paused()
def overlay(left: gpd.GeoDataFrame, right: gpd.GeoDataFrame, *, left_id: str, right_id: str) -> gpd.GeoDataFrame:
    """The exact pieces of each left feature inside each right feature.

    Columns: left_id, right_id, area_m2 (ellipsoidal, not rounded), whole (the left feature lies wholly inside this
    right one), geometry. A left feature over several right ones has a row for each, also where those overlap one
    another. Rows follow the order of left, then right. Features that only touch give no row; rings that cross
    themselves are repaired first. Raises ValueError when the layers are in different systems or in none, or when the
    names of the id columns cannot stand side by side, OverlayProblem when a piece is larger than its parent.
    """
    import geopandas as gpd

    if left.crs != right.crs:
        raise ValueError("the two layers are not in the same coordinate system")
    if len({left_id, right_id, *_OWN}) < 2 + len(_OWN):
        raise ValueError(f"{left_id}, {right_id}: the pieces need two id columns with names of their own")
    epsg = epsg_of(left)
    covers = right.geometry.to_numpy()
    # Only features whose frames meet are looked at: a town touches few of a county's parcels.
    at_cover, at_left = shapely.STRtree(left.geometry.to_numpy()).query(covers)
    met = np.zeros(len(left), dtype=bool)
    met[at_left] = True
    near = np.flatnonzero(met)
    subjects = left.geometry.to_numpy()[near]
    if len(at_left) < KERNEL_PAIRS:
        subjects, covers = valid_polygons(subjects), valid_polygons(covers)
        i, j, geoms, whole = _pieces(subjects, covers)
        used = np.zeros(len(subjects), dtype=bool)
        used[i] = True
        own = np.zeros(len(subjects))
        own[used] = area_m2(subjects[used], epsg=epsg)
        parents = own[i]
        sizes = parents.copy()
        sizes[~whole] = area_m2(geoms[~whole], epsg=epsg)
    else:
        number = np.cumsum(met) - 1
        both, i, j, geoms, whole, sizes = _kernel_pieces(subjects, covers, number[at_left], at_cover, epsg)
        subjects, parents = both.geoms[: len(subjects)], both.sizes[i]
        if not np.isfinite(parents).all() or not np.isfinite(sizes).all():
            raise ValueError("a coordinate is not a finite number")
    keep = sizes > NOISE_M2
    # A piece that lacks no more than noise is the parcel itself.
    whole |= keep & (np.abs(parents - sizes) <= NOISE_M2)
    geoms[whole], sizes[whole] = subjects[i[whole]], parents[whole]
    worst = np.flatnonzero(sizes - parents > NOISE_M2 + _RESIDUAL * parents)
    if len(worst):
        raise OverlayProblem(f"{left[left_id].iloc[near[i[worst[0]]]]}: a piece is larger than its parent")
    order = np.lexsort((j, i))
    order = order[keep[order]]
    return gpd.GeoDataFrame(
        {
            left_id: left[left_id].to_numpy()[near[i[order]]],
            right_id: right[right_id].to_numpy()[j[order]],
            "area_m2": sizes[order],
            "whole": whole[order],
        },
        geometry=gpd.array.GeometryArray(geoms[order], crs=left.crs),
    )


def split_by(left: gpd.GeoDataFrame, cover: Any, *, left_id: str) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Each left feature split into what lies inside a cover and what remains outside.

    ``cover``: polygons that may overlap one another; they are dissolved first, so nothing counts twice.
    Returns (inside, remainder), both with columns left_id, area_m2 (ellipsoidal), whole (the feature lies wholly on
    this side), geometry (one row a feature, in the order of left). Parts and remainder make the parent to 1e-6 m²
    and 1e-6 of its area, or OverlayProblem is raised. Features without a surface appear on neither side. Raises
    ValueError when the layer has no CRS; the cover must be in the same system.
    """
    epsg = epsg_of(left)
    subjects = valid_polygons(left.geometry.to_numpy())
    parents = area_m2(subjects, epsg=epsg)
    blocks = _dissolved(cover)
    outer = subjects.copy()
    at_block, at_subject = shapely.STRtree(subjects).query(blocks)
    if len(at_subject) < KERNEL_PAIRS:
        i, _, geoms, whole = _pieces(subjects, blocks, rest=outer)
    else:
        _, i, _, geoms, whole, _ = _kernel_pieces(subjects, blocks, at_subject, at_block, epsg, rest=outer)
    inner = np.full(len(subjects), None, dtype=object)
    inner[i] = geoms
    # The dissolved blocks are apart: a feature in several of them is the sum of its pieces there.
    seen, count = np.unique(i, return_counts=True)
    for k in seen[count > 1]:
        inner[k] = shapely.union_all(geoms[i == k])
    outer[i[whole]] = None
    outer = polygons_only(outer)
    size_in, size_out = area_m2(inner, epsg=epsg), area_m2(outer, epsg=epsg)
    # Nothing but noise on one side: the other side is the feature itself.
    only_in = (size_in > NOISE_M2) & (size_out <= NOISE_M2)
    only_out = (size_in <= NOISE_M2) & (size_out > NOISE_M2)
    inner[only_in], size_in[only_in] = subjects[only_in], parents[only_in]
    outer[only_out], size_out[only_out] = subjects[only_out], parents[only_out]
    inner[only_out], size_in[only_out], outer[only_in], size_out[only_in] = None, 0.0, None, 0.0
    gap = np.abs(size_in + size_out - parents)
    worst = int(np.argmax(gap - _RESIDUAL * parents)) if len(gap) else 0
    if len(gap) and gap[worst] > NOISE_M2 + _RESIDUAL * parents[worst]:
        name = left[left_id].iloc[worst]
        raise OverlayProblem(f"{name}: parts and remainder differ from the parent by {gap[worst]:.3g} m²")
    return (
        _side(left, left_id, inner, size_in, only_in),
        _side(left, left_id, outer, size_out, only_out),
    )


def _side(left: gpd.GeoDataFrame, left_id: str, geoms: Geometries, sizes: Any, whole: Any) -> gpd.GeoDataFrame:
    import geopandas as gpd

    rows = np.flatnonzero(sizes > NOISE_M2)
    columns = {left_id: left[left_id].to_numpy()[rows], "area_m2": sizes[rows], "whole": whole[rows]}
    return gpd.GeoDataFrame(columns, geometry=list(geoms[rows]), crs=left.crs)


def _dissolved(cover: Any) -> Geometries:
    """Single polygons, apart from one another, with the surface of the cover."""
    whole = valid_polygons(np.asarray(cover, dtype=object))
    whole = whole[~shapely.is_missing(whole)]
    if not len(whole):
        return np.zeros(0, dtype=object)
    return np.asarray(shapely.get_parts(shapely.union_all(whole)), dtype=object)


def _pieces(
    subjects: Geometries, covers: Geometries, *, rest: Geometries | None = None
) -> tuple[Ints, Ints, Geometries, NDArray[np.bool_]]:
    """Pieces of subjects in covers: subject row, cover row, geometry, and whether the subject is wholly inside.

    ``rest``: an array of the subjects, from which what the covers take of cut subjects is taken away in place.
    """
    none = np.zeros(0, dtype=np.int64)
    rows_i, rows_j, geoms, wholes = [none], [none], [np.zeros(0, dtype=object)], [none.astype(bool)]
    for j, part, idx in _meetings(subjects, covers):
        shapely.prepare(part)
        inside = shapely.covers(part, subjects[idx])
        cut = idx[~inside]
        cut = cut[shapely.intersects(part, subjects[cut])]
        made = polygons_only(shapely.intersection(subjects[cut], part))
        solid = ~shapely.is_missing(made)
        cut, made = cut[solid], made[solid]
        if rest is not None:
            rest[cut] = shapely.difference(rest[cut], part)
        rows_i += [idx[inside], cut]
        rows_j.append(np.full(inside.sum() + len(cut), j, dtype=np.int64))
        geoms += [subjects[idx[inside]], made]
        wholes.append(np.arange(inside.sum() + len(cut)) < inside.sum())
    i, geometry, whole = np.concatenate(rows_i), np.concatenate(geoms), np.concatenate(wholes)
    return i.astype(np.int64), np.concatenate(rows_j), geometry, whole


def _kernel_pieces(
    subjects: Geometries, covers: Geometries, i: Ints, j: Ints, epsg: int, *, rest: Geometries | None = None
) -> tuple[Surfaces, Ints, Ints, Geometries, NDArray[np.bool_], Any]:
    """The same by the compiled kernel, for the pairs (i, j) given, and the area of each piece, m².

    First all surfaces, subjects before covers, repaired where broken.
    """
    degrees = epsg == GEOGRAPHIC_EPSG
    valid = rest is not None
    geoms, count = np.concatenate([subjects, covers]), len(subjects)
    epsg = 0 if valid else epsg  # parts and remainder are measured together later
    both = surfaces(geoms, degrees=degrees, valid=valid, epsg=epsg)
    if not valid and not both.fit.all():
        geoms = geoms.copy()
        geoms[~both.fit] = valid_polygons(geoms[~both.fit])
        both = surfaces(geoms, degrees=degrees, epsg=epsg)
    order = np.argsort(i, kind="stable")
    i, j = i[order], j[order]
    status, made, sizes = clip_sized(both, i, j + count, degrees=degrees, epsg=epsg)
    if rest is not None:
        _take_away(both, count, i, j, status, rest, degrees)
    solid = np.flatnonzero(status != NONE)
    return both, i[solid], j[solid], made[solid], status[solid] == WHOLE, sizes[solid]


def _take_away(both: Any, count: int, i: Ints, j: Ints, status: Ints, rest: Geometries, degrees: bool) -> None:
    """Takes what the covers cut off from the subjects in ``rest``."""
    cut = np.flatnonzero((status == CUT) | (status == COVER))
    times = np.bincount(i[cut], minlength=len(rest))
    once = cut[times[i[cut]] == 1]
    rest[i[once]] = clip(both, i[once], j[once] + count, minus=True, degrees=degrees)[1]
    for k in cut[times[i[cut]] > 1]:
        rest[i[k]] = shapely.difference(rest[i[k]], both.geoms[count + j[k]])


def _meetings(subjects: Geometries, covers: Geometries) -> Iterator[tuple[int, Any, Ints]]:
    """For each cover the subjects whose frames meet it, together with a part of it that is the same to them."""
    tree = shapely.STRtree(subjects)
    bounds = shapely.bounds(subjects)
    of_cover, row = tree.query(covers)
    starts = np.searchsorted(of_cover, np.arange(len(covers) + 1))
    for j, cover in enumerate(covers):
        idx = row[starts[j] : starts[j + 1]]
        if len(idx):
            for part, few in _halved(cover, shapely.bounds(cover), bounds, np.sort(idx)):
                yield j, part, few


def _halved(polygon: Any, frame: Any, bounds: Any, idx: Ints) -> Iterator[tuple[Any, Ints]]:
    """Parts of a polygon, halved until small, each with the subjects (frames ``bounds``) that it decides."""
    if polygon is None or polygon.is_empty or not len(idx):
        return
    if len(idx) < _FEW or shapely.get_num_coordinates(polygon) <= _LEAF_CORNERS:
        yield polygon, idx
        return
    west, south, east, north = frame
    axis = 0 if east - west >= north - south else 1
    middle = (frame[axis] + frame[axis + 2]) / 2
    low, high = bounds[idx, axis + 2] <= middle, bounds[idx, axis] >= middle
    across = ~low & ~high
    if across.any():
        yield polygon, idx[across]
    for side, chosen in ((0, low), (1, high & ~low)):
        if chosen.any():
            half = np.array([west, south, east, north])
            half[axis + 2 if side == 0 else axis] = middle
            part = polygons_only([shapely.intersection(polygon, shapely.box(*half))])[0]
            yield from _halved(part, half, bounds, idx[chosen])
