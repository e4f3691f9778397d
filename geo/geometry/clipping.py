"""MANY POLYGONS CUT WITH MANY OTHERS: what each pair shares, or what one leaves of the other.

A compiled kernel (``_clip_kernel``) decides the pairs whose edges cross clearly or share their ends exactly; every
pair that it doubts goes to GEOS. Corners of the result are the parents' corners and the same crossing points that
GEOS computes, so both give the same pieces; on every run some of the kernel's pieces are cut again by GEOS and
compared. ``docs/decisions/0009-clipping.md`` says how it is proven.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.geometry.ellipsoid import area_m2, ring_areas_m2
from geo.geometry.repair import polygons_only

Ints = NDArray[np.int64]
Geometries = NDArray[np.object_]

NONE, WHOLE, COVER, CUT = 0, 1, 2, 3

# Corners and edges nearer to one another than this are doubtful: a hundred times the grain of an easting of 4e7 m.
_NEAR_M, _NEAR_DEG = 1e-6, 1e-11
# Polygons of more edges are searched by bands; rings of more edges are proven simple by GEOS.
_MANY_EDGES, _SIMPLE_EDGES = 48, 128
_ROOM = 1 << 21
# One piece in so many is cut again by GEOS.
_SAMPLE = 1009


class ClippingProblem(ArithmeticError):
    """A piece of the compiled kernel differs from that of GEOS: the result cannot be relied on."""


@dataclass(frozen=True, slots=True)
class Surfaces:
    """Polygons as flat arrays, ready to be cut: closed rings with the surface on their left, large ones by bands.

    ``fit``: polygons that the kernel may take; the others are missing, broken or not polygons. ``sizes``: official
    areas, m² (0.0 for what is no polygon); None when no system was named.
    """

    geoms: Geometries
    arrays: tuple[Any, ...]
    fit: NDArray[np.bool_]
    sizes: Any = None

    def __len__(self) -> int:
        return len(self.geoms)


def surfaces(geometries: Any, *, degrees: bool = False, valid: bool = False, epsg: int = 0) -> Surfaces:
    """Polygons and multipolygons as flat arrays. ``valid``: they are known to be; otherwise every ring is tested.

    ``epsg``: their system, when their official areas are wanted too. Raises ValueError for one without.
    """
    from geo.geometry._edge_kernel import bands, put_in_order, simple

    geoms = np.asarray(geometries, dtype=object).ravel()
    xy, starts, inner, ring0, ringn = all_rings(geoms)
    sizes = None
    if epsg:
        size = np.abs(ring_areas_m2(xy, starts, epsg=epsg))
        sizes = np.bincount(_owners(ring0, ringn, len(inner)), np.where(inner, -size, size), minlength=len(geoms))
    ordered, cuts, rbox, bad = put_in_order(xy, starts, inner)
    del xy
    finite = np.isfinite(rbox).all(axis=1)
    fit = np.ones(len(geoms), dtype=bool)
    fit[_owners(ring0, ringn, len(bad))[bad | ~finite]] = False
    if not valid:
        sure = np.zeros(len(geoms), dtype=bool)
        one = ringn == 1
        sure[one] = simple(ordered, cuts, _NEAR_DEG if degrees else _NEAR_M, _SIMPLE_EDGES)[ring0[one]]
        unsure = np.flatnonzero(~sure & fit)
        fit[unsure] = shapely.is_valid(geoms[unsure])
    fit &= ringn > 0
    box = np.full((len(geoms), 4), np.nan)
    if len(rbox):
        some = np.flatnonzero(ringn > 0)
        order = np.argsort(ring0[some], kind="stable")
        at = ring0[some][order]
        box[some[order]] = np.hstack(
            [np.minimum.reduceat(rbox[:, :2], at, axis=0), np.maximum.reduceat(rbox[:, 2:], at, axis=0)]
        )
    flat = (ordered, cuts, rbox, ring0, ringn, box)
    return Surfaces(geoms, (*flat, *bands(ordered, cuts, ring0, np.where(fit, ringn, 0), box, _MANY_EDGES)), fit, sizes)


def clip(
    both: Surfaces, left: Ints, right: Ints, *, minus: bool = False, degrees: bool = False
) -> tuple[Ints, Geometries]:
    """What polygons ``left`` (rows of ``both``) share with polygons ``right``, or leave of them when ``minus``.

    Returns for each pair NONE, WHOLE (the left one as it is), COVER (the right one as it is) or CUT, and the geometry
    (None for NONE). Raises ClippingProblem when the two ways to a piece do not agree.
    """
    status, geoms, _ = clip_sized(both, left, right, minus=minus, degrees=degrees, epsg=0)
    return status, geoms


def clip_sized(
    both: Surfaces, left: Ints, right: Ints, *, epsg: int, minus: bool = False, degrees: bool = False
) -> tuple[Ints, Geometries, Any]:
    """The same with the official area of each piece, m², for surfaces of a named system ``epsg`` (0: without)."""
    status, geoms, doubtful, sizes = _by_kernel(both, left, right, minus, degrees, epsg)
    operation = shapely.difference if minus else shapely.intersection
    if len(doubtful):
        made = polygons_only(operation(both.geoms[left[doubtful]], both.geoms[right[doubtful]]))
        geoms[doubtful] = made
        status[doubtful] = np.where(shapely.is_missing(made), NONE, CUT)
        same = doubtful[shapely.equals_exact(made, both.geoms[left[doubtful]])]
        status[same], geoms[same] = WHOLE, both.geoms[left[same]]
        if epsg:
            sizes[doubtful] = area_m2(made, epsg=epsg)
    if epsg:
        whole, cover = status == WHOLE, status == COVER
        sizes[whole], sizes[cover] = both.sizes[left[whole]], both.sizes[right[cover]]
    probe = np.setdiff1d(np.arange(0, len(left), _SAMPLE), doubtful)
    ours = np.where(shapely.is_missing(geoms[probe]), shapely.Polygon(), geoms[probe])
    apart = shapely.area(ours) - shapely.area(operation(both.geoms[left[probe]], both.geoms[right[probe]]))
    limit = 1e-9 * shapely.area(both.geoms[left[probe]]) + (1e-6 if not degrees else 1e-16)
    if (np.abs(apart) > limit).any():
        worst = probe[np.argmax(np.abs(apart) - limit)]
        raise ClippingProblem(f"polygons {left[worst]} and {right[worst]}: {np.abs(apart).max():.3g} apart")
    return status, geoms, sizes


def doubted(both: Surfaces, left: Ints, right: Ints, *, minus: bool = False, degrees: bool = False) -> Ints:
    """The pairs that the kernel leaves to GEOS."""
    return _by_kernel(both, left, right, minus, degrees, 0)[2]


def _by_kernel(
    both: Surfaces, left: Ints, right: Ints, minus: bool, degrees: bool, epsg: int
) -> tuple[Ints, Geometries, Ints, Any]:
    from geo.geometry._clip_kernel import DOUBTFUL, WHOLE_A, WHOLE_B, clip_pairs

    left, right = np.ascontiguousarray(left, dtype=np.int64), np.ascontiguousarray(right, dtype=np.int64)
    status = np.full(len(left), DOUBTFUL, dtype=np.int64)
    geoms = np.full(len(left), None, dtype=object)
    sizes = np.zeros(len(left))
    rows = np.flatnonzero(both.fit[left] & both.fit[right])
    xy, _, _, _, ringn = both.arrays[:5]
    flag = np.zeros(len(xy), dtype=np.int8)
    a, b = left[rows], right[rows]
    told, out = np.full(len(rows), DOUBTFUL, dtype=np.int64), np.zeros((len(rows), 2), dtype=np.int64)
    room = min(_ROOM, 40 * len(rows) + 64) + 2 * len(xy) if len(xy) < _ROOM else 4 * len(xy)
    rings_room = room // 4 + 2 * int(ringn.max(initial=0)) + 8192
    room += 16384
    at = 0
    while at < len(rows):
        oxy, cut = np.empty((room, 2)), np.zeros(rings_room + 1, dtype=np.int64)
        inner = np.zeros(rings_room, dtype=bool)
        end, corners, rings = clip_pairs(
            *both.arrays, a, b, at, minus, _NEAR_DEG if degrees else _NEAR_M, told, out, oxy, cut, inner, flag
        )
        some = at + np.flatnonzero(told[at:end] == CUT)
        made = _polygons(oxy[:corners], cut[: rings + 1], inner[:rings], out[some])
        if epsg:
            size = np.abs(ring_areas_m2(oxy[:corners], cut[: rings + 1], epsg=epsg))
            sizes[rows[some]] = _ring_sums(np.where(inner[:rings], -size, size), out[some])
        # A multipolygon or a hole may touch its own shell: where the answer then touches itself, GEOS tells it apart.
        risky = np.flatnonzero((ringn[a[some]] > 1) | (ringn[b[some]] > 1))
        told[some[risky[~shapely.is_valid(made[risky])]]] = DOUBTFUL
        geoms[rows[some]] = made
        at = end
    status[rows] = told
    whole, cover = status == WHOLE_A, status == WHOLE_B
    geoms[whole], geoms[cover] = both.geoms[left[whole]], both.geoms[right[cover]]
    return status, geoms, np.flatnonzero(status == DOUBTFUL), sizes


def _ring_sums(signed: Any, ranges: Ints) -> Any:
    """The sum over each range of rings."""
    counts = np.diff(ranges, axis=1)[:, 0]
    total = signed[ranges[:, 0]] if len(ranges) else np.zeros(0)
    several = np.flatnonzero(counts > 1)
    for k in several:
        total[k] = signed[ranges[k, 0] : ranges[k, 1]].sum()
    return total


def _polygons(xy: Any, cuts: Ints, inner: NDArray[np.bool_], ranges: Ints) -> Geometries:
    """The polygon of each range of rings: one ring, one shell with holes, or several shells."""
    count = len(cuts) - 1
    if not count:
        return np.zeros(0, dtype=object)
    single = shapely.from_ragged_array(shapely.GeometryType.POLYGON, xy, (cuts, np.arange(count + 1)))
    made = single[ranges[:, 0]]
    several = np.flatnonzero(np.diff(ranges, axis=1)[:, 0] > 1)
    if len(several):
        sizes = np.diff(ranges[several], axis=1)[:, 0]
        owner = np.repeat(np.arange(len(several)), sizes)
        rows = np.arange(sizes.sum()) + np.repeat(ranges[several, 0] - np.cumsum(sizes) + sizes, sizes)
        holed = np.bincount(owner, weights=inner[rows]) > 0
        # A pair has several shells, or one with holes; never both.
        shells = ~holed[owner]
        if shells.any():
            made[several[~holed]] = shapely.multipolygons(
                single[rows[shells]], indices=np.unique(owner[shells], return_inverse=True)[1]
            )
        for k in np.flatnonzero(holed):
            mine = rows[owner == k]
            rings = shapely.get_exterior_ring(single[mine])
            made[several[k]] = shapely.polygons(rings[~inner[mine]][0], holes=rings[inner[mine]])
    return np.asarray(made, dtype=object)


def ordered_rings(geometries: Any) -> tuple[Any, Ints, Ints, Ints, Any, NDArray[np.bool_]]:
    """All rings closed, without repeated corners, the surface on their left.

    Coordinates and starts of the rings, first ring and number of rings of each geometry (none for what is no polygon),
    frame of each ring, and whether a ring has too few corners.
    """
    from geo.geometry._edge_kernel import put_in_order

    xy, starts, inner, ring0, ringn = all_rings(np.asarray(geometries, dtype=object).ravel())
    ordered, cuts, rbox, bad = put_in_order(xy, starts, inner)
    return ordered, cuts, ring0, ringn, rbox, bad


def all_rings(geoms: Geometries) -> tuple[Any, Ints, NDArray[np.bool_], Ints, Ints]:
    """Coordinates, starts and kind (inner) of all rings, and the first ring and number of rings of each polygon.

    What is no polygon has none. Rings run as they are drawn.
    """
    kinds = shapely.get_type_id(geoms)
    plain = (kinds == 3) & (shapely.get_num_interior_rings(geoms) == 0) & ~shapely.is_empty(geoms)
    if plain.all() and len(geoms):  # one ring each: nothing to put together
        count = shapely.get_num_coordinates(geoms)
        starts = np.concatenate([[0], np.cumsum(count)]).astype(np.int64)
        one = np.arange(len(geoms), dtype=np.int64)
        return shapely.get_coordinates(geoms), starts, np.zeros(len(geoms), dtype=bool), one, np.ones_like(one)
    single = np.flatnonzero(plain)
    other = np.flatnonzero(((kinds == 3) | (kinds == 6)) & ~plain)
    parts, part_of = shapely.get_parts(geoms[other], return_index=True)
    rings, ring_part = shapely.get_rings(parts, return_index=True)
    counts = np.concatenate([shapely.get_num_coordinates(geoms[single]), shapely.get_num_coordinates(rings)])
    xy = np.concatenate([shapely.get_coordinates(geoms[single]), shapely.get_coordinates(rings)])
    inner = np.zeros(len(counts), dtype=bool)
    inner[len(single) + 1 :] = ring_part[1:] == ring_part[:-1]
    ring0, ringn = np.zeros(len(geoms), dtype=np.int64), np.zeros(len(geoms), dtype=np.int64)
    ring0[single], ringn[single] = np.arange(len(single)), 1
    owner = part_of[ring_part]
    ringn[other] = np.bincount(owner, minlength=len(other))
    ring0[other] = len(single) + np.searchsorted(owner, np.arange(len(other)))
    starts = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    return xy, starts, inner, ring0, ringn


def _owners(ring0: Ints, ringn: Ints, rings: int) -> Ints:
    """The polygon of each ring."""
    owner = np.zeros(rings, dtype=np.int64)
    order = np.argsort(ring0, kind="stable")
    order = order[ringn[order] > 0]
    owner[:] = np.repeat(order, ringn[order])
    return owner
