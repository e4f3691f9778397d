"""WHO TOUCHES WHOM: borders that parcels share, with their lengths, and perimeters.

Parcels of one survey share their vertices, so a shared border is a segment that stands in two rings. Segments are
matched by their end points told to the millimetre (exact integers, no geometry operation). What is left over,
where a corner of one parcel lies in the middle of its neighbour's edge (a T-junction), is matched by the overlap
of nearly collinear segments. Lengths are on the ellipsoid (``ellipsoid.line_scale``), in m.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.geometry.crs import FALSE_EASTING_M, HOUSE_EPSG, epsg_of
from geo.geometry.ellipsoid import SPHERE_M, length_m, line_scale

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# Coordinates of the official layers are told to the millimetre.
MILLIMETRE = 0.001
# From so many corners on, edges are matched by the compiled hash rather than by sorting.
KERNEL_CORNERS = 200_000


@dataclass(frozen=True, slots=True)
class Segments:
    """Every edge of every ring: its polygon (``owner``), end points (``ends``: x0, y0, x1, y1) and identity.

    ``key`` is the same integer for two edges with the same end points to the millimetre, whatever their direction;
    ``left`` says that the polygon lies to the left when walking from the end with the smaller vertex number.
    """

    owner: Ints
    ends: Floats
    key: Ints
    left: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.owner)


def vertex_numbers(xy: Floats) -> tuple[Ints, int]:
    """A number for each point, equal for points equal to the millimetre, and how many there are."""
    import pandas as pd

    if not len(xy):
        return np.zeros(0, dtype=np.int64), 0
    grid = np.rint((xy - xy.min(axis=0)) / MILLIMETRE).astype(np.int64)
    # The extent of any layer is below 2^31 mm = 2,147 km, so both fit in one 64-bit number.
    codes, found = pd.factorize(grid[:, 0] * (1 << 31) + grid[:, 1])
    return codes.astype(np.int64), len(found)


def segments(geometries: Any) -> Segments:
    """The edges of all rings of polygons and multipolygons; other kinds, empty and None have none."""
    geoms = np.asarray(geometries, dtype=object).ravel()
    areal = np.flatnonzero(np.isin(shapely.get_type_id(geoms), (3, 6)))
    parts, part_of = shapely.get_parts(geoms[areal], return_index=True)
    rings, ring_part = shapely.get_rings(parts, return_index=True)
    if not len(rings):
        none = np.zeros(0, dtype=np.int64)
        return Segments(none, np.zeros((0, 4)), none, none.astype(bool))
    xy, ring_of = shapely.get_coordinates(rings, return_index=True)
    inner = np.zeros(len(rings), dtype=bool)
    inner[1:] = ring_part[1:] == ring_part[:-1]
    number, count = vertex_numbers(xy)
    same_ring = ring_of[1:] == ring_of[:-1]
    first = np.flatnonzero(same_ring & (number[1:] != number[:-1]))
    a, b = number[first], number[first + 1]
    # An outer ring that runs counter-clockwise has its polygon on the left, and so has a clockwise inner one.
    keeps_left = (shapely.is_ccw(rings) ^ inner)[ring_of[first]]
    low, high = np.minimum(a, b), np.maximum(a, b)
    owner = areal[part_of[ring_part[ring_of[first]]]].astype(np.int64)
    return Segments(owner, np.hstack([xy[first], xy[first + 1]]), low * count + high, keeps_left == (a < b))


def lone_edges(edges: Segments) -> NDArray[np.bool_]:
    """Edges that are not the common border of exactly two polygons on opposite sides of it.

    In a faultless coverage these are the outer edge; around gaps and overlaps there are more.
    """
    order = np.argsort(edges.key, kind="stable")
    key, left = edges.key[order], edges.left[order]
    starts = np.flatnonzero(np.concatenate([[True], key[1:] != key[:-1]])) if len(key) else np.zeros(0, dtype=int)
    sizes = np.diff(np.append(starts, len(key)))
    # A run of two with one polygon on the left and one on the right is a proper border.
    proper = (sizes == 2) & (np.add.reduceat(left.astype(int), starts) == 1) if len(key) else sizes == 2
    lone = np.ones(len(key), dtype=bool)
    lone[order] = ~np.repeat(proper, sizes)
    return lone


def segment_lengths(ends: Floats, *, epsg: int = HOUSE_EPSG) -> Floats:
    """Length of each edge on the ellipsoid, m."""
    planar = np.hypot(ends[:, 2] - ends[:, 0], ends[:, 3] - ends[:, 1])
    return np.asarray(planar / line_scale((ends[:, 0] + ends[:, 2]) / 2, epsg=epsg), dtype=np.float64)


def shared_borders(frame: gpd.GeoDataFrame, *, id_column: str) -> pd.DataFrame:
    """Which parcels share a border and how long it is: columns left, right (ids), border_m; each pair once.

    Parcels that only touch in a point are not listed. Rows are ordered by the parcels' order in the frame.
    Parcels are taken to lie side by side; two that overlap may be told a border where their rings coincide.
    Raises ValueError when the frame is in neither EPSG:4528 nor 4549, or in no system.
    """
    geoms = frame.geometry.to_numpy()
    ids, epsg = frame[id_column].to_numpy(), _epsg(frame)
    line_scale(np.zeros(0), epsg=epsg)
    if int(shapely.get_num_coordinates(geoms).sum()) >= KERNEL_CORNERS:
        left, right, size, edges = _common_edges(geoms, epsg)
        rest = np.arange(len(edges))
    else:
        edges = segments(geoms)
        tied, pair_a, pair_b = _same_key(edges.key)
        left, right, size = edges.owner[pair_a], edges.owner[pair_b], segment_lengths(edges.ends[pair_a], epsg=epsg)
        rest = np.flatnonzero(~tied)
    for a, b, ends in _collinear(edges, rest, edges, rest, same=True):
        left, right = np.concatenate([left, a]), np.concatenate([right, b])
        size = np.concatenate([size, segment_lengths(ends, epsg=epsg)])
    return _summed(np.minimum(left, right), np.maximum(left, right), size, ids, ids)


def corner_keys(xy: Floats) -> Ints:
    """A number for each point, equal for points equal to the millimetre (compiled; not counted from 0 up)."""
    from geo.geometry import _border_kernel

    west, south = _border_kernel.lower_left(xy) if len(xy) else (0.0, 0.0)
    # The extent of any layer is below 2^31 mm = 2,147 km, so both fit in one 64-bit number.
    return np.asarray(_border_kernel.corner_keys(xy, west, south, MILLIMETRE), dtype=np.int64)


def _common_edges(geoms: Any, epsg: int) -> tuple[Ints, Ints, Floats, Segments]:
    """Pairs of rows with common edges, the length of these in m, and the edges that stand alone (compiled)."""
    from geo.geometry._border_kernel import common_edges
    from geo.geometry.clipping import all_rings

    xy, cuts, _, ring0, ringn = all_rings(geoms)
    rows = np.argsort(ring0, kind="stable")
    owner = np.repeat(rows, ringn[rows])
    meridian = FALSE_EASTING_M if epsg == HOUSE_EPSG else 500_000.0
    left, right, size, alone = common_edges(corner_keys(xy), xy, cuts, owner, meridian, SPHERE_M)
    ring = np.searchsorted(cuts, alone, side="right") - 1
    ends = np.hstack([xy[alone], xy[alone + 1]])
    return left, right, size, Segments(owner[ring], ends, alone, np.zeros(len(alone), dtype=bool))


def borders_between(a: gpd.GeoDataFrame, b: gpd.GeoDataFrame, *, a_id: str, b_id: str) -> pd.DataFrame:
    """Borders that features of ``a`` share with features of ``b``: columns left (id in a), right (id in b), border_m.

    Features that overlap share a border only where their rings coincide. Raises ValueError when the two are not in
    the same system.
    """
    if _epsg(a) != _epsg(b):
        raise ValueError("the two layers are not in the same coordinate system")
    geoms_a, geoms_b = a.geometry.to_numpy(), b.geometry.to_numpy()
    # Only features whose frames meet can share anything; this keeps a small layer against a large one cheap.
    tree = shapely.STRtree(geoms_b)
    hit_a, hit_b = tree.query(_frames(geoms_a))
    use_a, use_b = np.unique(hit_a), np.unique(hit_b)
    count_a = len(use_a)
    both = segments(np.concatenate([geoms_a[use_a], geoms_b[use_b]]))
    of_a = both.owner < count_a
    _, first, second = _same_key(both.key)
    swap = ~of_a[first]
    first, second = np.where(swap, second, first), np.where(swap, first, second)
    across = of_a[first] & ~of_a[second]
    first, second = first[across], second[across]
    done = np.zeros(len(both), dtype=bool)
    done[first] = done[second] = True
    pairs = [(both.owner[first], both.owner[second], both.ends[first])]
    pairs += _collinear(both, np.flatnonzero(of_a & ~done), both, np.flatnonzero(~of_a & ~done), same=False)
    # Rows of b were numbered after those of a; _table compares numbers only to drop a feature paired with itself.
    ids = np.concatenate([a[a_id].to_numpy()[use_a].astype(object), b[b_id].to_numpy()[use_b].astype(object)])
    out = _table(pairs, ids, ids, _epsg(a), ordered=False)
    return out.astype({"left": a[a_id].dtype, "right": b[b_id].dtype})


def perimeter_m(frame: gpd.GeoDataFrame) -> pd.Series:
    """Length of all rings of each feature on the ellipsoid, m, as a Series ``perimeter_m`` with the frame's index."""
    import pandas as pd

    values = length_m(frame.geometry.to_numpy(), epsg=_epsg(frame))
    return pd.Series(values, index=frame.index, name="perimeter_m")


def _epsg(frame: gpd.GeoDataFrame) -> int:
    """The layer's system; one without a row needs none."""
    return HOUSE_EPSG if frame.crs is None and not len(frame) else epsg_of(frame)


def _frames(geoms: Any) -> Any:
    bounds = shapely.bounds(geoms)
    return shapely.box(
        bounds[:, 0] - MILLIMETRE, bounds[:, 1] - MILLIMETRE, bounds[:, 2] + MILLIMETRE, bounds[:, 3] + MILLIMETRE
    )


def _same_key(key: Ints) -> tuple[NDArray[np.bool_], Ints, Ints]:
    """Edges with an equal in the list, and all pairs of equals (a run of three gives three pairs)."""
    order = np.argsort(key, kind="stable")
    ordered = key[order]
    starts = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]])) if len(key) else np.zeros(0, int)
    sizes = np.diff(np.append(starts, len(key)))
    tied = np.zeros(len(key), dtype=bool)
    tied[order] = np.repeat(sizes > 1, sizes)
    a, b = [np.zeros(0, dtype=np.int64)], [np.zeros(0, dtype=np.int64)]
    for size in np.unique(sizes[sizes > 1]):
        heads = starts[sizes == size]
        for i in range(size):
            for j in range(i + 1, size):
                a.append(order[heads + i])
                b.append(order[heads + j])
    return tied, np.concatenate(a), np.concatenate(b)


def _collinear(left: Segments, i: Ints, right: Segments, j: Ints, *, same: bool) -> list[tuple[Ints, Ints, Floats]]:
    """Overlaps of edges that lie on one line to the millimetre though they do not have the same ends.

    Each edge of the right list is projected on the one of the left list; where it runs within a millimetre of it,
    the stretch they have in common counts.
    """
    if not len(i) or not len(j):
        return []
    lines = shapely.linestrings(right.ends[j].reshape(-1, 2, 2))
    query = shapely.linestrings(left.ends[i].reshape(-1, 2, 2))
    # Most edges that meet follow one another round one polygon: those are left out before anything is measured.
    at_i, at_j = shapely.STRtree(lines).query(_frames(query))
    apart = left.owner[i[at_i]] != right.owner[j[at_j]]
    if same:
        apart &= i[at_i] < j[at_j]
    at_i, at_j = at_i[apart], at_j[apart]
    near = shapely.dwithin(query[at_i], lines[at_j], MILLIMETRE)
    hit_i, hit_j = i[at_i[near]], j[at_j[near]]
    p, q = left.ends[hit_i], right.ends[hit_j]
    along = p[:, 2:] - p[:, :2]
    size = np.hypot(along[:, 0], along[:, 1])
    unit = along / size[:, None]
    from_p = np.stack([q[:, :2] - p[:, :2], q[:, 2:] - p[:, :2]], axis=1)
    t = np.einsum("nkd,nd->nk", from_p, unit)
    off = from_p[:, :, 0] * unit[:, None, 1] - from_p[:, :, 1] * unit[:, None, 0]
    low, high = np.clip(t.min(axis=1), 0, size), np.clip(t.max(axis=1), 0, size)
    # Sideways distance of the right edge where the common stretch begins and ends.
    run = t[:, 1] - t[:, 0]
    with np.errstate(divide="ignore", invalid="ignore"):
        slope = np.where(np.abs(run) > MILLIMETRE, (off[:, 1] - off[:, 0]) / run, np.inf)
        side = np.abs(off[:, :1] + slope[:, None] * (np.stack([low, high], axis=1) - t[:, :1])).max(axis=1)
    keep = (high - low > 2 * MILLIMETRE) & (side <= 1.5 * MILLIMETRE)
    start = p[:, :2] + unit * low[:, None]
    end = p[:, :2] + unit * high[:, None]
    return [(left.owner[hit_i[keep]], right.owner[hit_j[keep]], np.hstack([start, end])[keep])]


def _table(
    pairs: list[tuple[Ints, Ints, Floats]], ids_left: Any, ids_right: Any, epsg: int, *, ordered: bool
) -> pd.DataFrame:
    left = np.concatenate([p[0] for p in pairs])
    right = np.concatenate([p[1] for p in pairs])
    size = segment_lengths(np.concatenate([p[2] for p in pairs]), epsg=epsg)
    if ordered:
        left, right = np.minimum(left, right), np.maximum(left, right)
    return _summed(left, right, size, ids_left, ids_right)


def _summed(left: Ints, right: Ints, size: Floats, ids_left: Any, ids_right: Any) -> pd.DataFrame:
    """One row a pair of different rows, in their order, lengths added up."""
    import pandas as pd

    keep = left != right
    left, right, size = left[keep], right[keep], size[keep]
    code = left * (int(right.max(initial=0)) + 1) + right
    order = np.argsort(code, kind="stable")
    code = code[order]
    starts = np.flatnonzero(np.concatenate([[True], code[1:] != code[:-1]])) if len(code) else np.zeros(0, dtype=int)
    total = np.add.reduceat(size[order], starts) if len(code) else size
    first = order[starts]
    return pd.DataFrame({"left": ids_left[left[first]], "right": ids_right[right[first]], "border_m": total})
