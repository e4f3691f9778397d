"""LAID ON TOP: lakes, great rivers, highways cut through what is there, and small leftovers join their neighbours.

Only the parcels that a feature's outline crosses are noded again, together with that outline, on the 1 mm grid; since
every parcel that shares a crossed border is among them, the coverage stays exact.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.geometry.ellipsoid import area_m2, length_m

GRID_M = 0.001


@dataclass(frozen=True, slots=True)
class Feature:
    """A polygon laid over the land; a higher rank lies on top."""

    geometry: Any
    code: str
    role: str
    rank: int
    width_m: float = 0.0


def lay_over(geoms: NDArray[Any], features: list[Feature]) -> tuple[NDArray[Any], NDArray[np.intp], NDArray[np.intp]]:
    """Parcels after the features are laid over them.

    Returns polygons, the parcel each came from, and the feature that covers it (-1 where none does). Parts of one
    feature are not yet joined (``join`` does that).
    """
    shapes = np.array([f.geometry for f in features], dtype=object)
    ranks = np.array([f.rank for f in features])
    tree = shapely.STRtree(geoms)
    outlines = shapely.boundary(shapes)
    _, crossed = tree.query(outlines, predicate="intersects")
    crossed = np.unique(crossed)
    lines = np.concatenate([shapely.boundary(geoms[crossed]), outlines])
    noded = shapely.union_all(lines, grid_size=GRID_M)
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(noded)))
    points = shapely.point_on_surface(faces)
    inside, which = shapely.STRtree(geoms[crossed]).query(points, predicate="within")
    parent = np.full(len(faces), -1, dtype=np.intp)
    parent[inside] = crossed[which]
    faces, points, parent = faces[parent >= 0], points[parent >= 0], parent[parent >= 0]
    rest = np.setdiff1d(np.arange(len(geoms)), crossed)
    all_geoms = np.concatenate([geoms[rest], faces])
    all_parent = np.concatenate([rest, parent])
    spots = np.concatenate([shapely.point_on_surface(geoms[rest]), points])
    spot, feature = shapely.STRtree(spots).query(shapes, predicate="contains")[::-1]
    cover = np.full(len(all_geoms), -1, dtype=np.intp)
    order = np.argsort(ranks[feature], kind="stable")
    cover[spot[order]] = feature[order]
    sequence = np.argsort(all_parent, kind="stable")
    return all_geoms[sequence], all_parent[sequence], cover[sequence]


def join(geoms: NDArray[Any], groups: NDArray[np.intp]) -> tuple[NDArray[Any], NDArray[np.intp]]:
    """Pieces of one group joined into whole polygons; group -1 stays as it is.

    Returns polygons and, for each, the first piece it consists of.
    """
    alone = np.flatnonzero(groups < 0)
    members = np.flatnonzero(groups >= 0)
    members = members[np.argsort(groups[members], kind="stable")]
    starts = np.flatnonzero(np.diff(groups[members], prepend=-2))
    joined: list[Any] = []
    first: list[int] = []
    for a, b in zip(starts, [*starts[1:], len(members)], strict=True):
        chunk = members[a:b]
        if len(chunk) == 1:
            joined.append(geoms[chunk[0]])
            first.append(int(chunk[0]))
            continue
        for part in shapely.get_parts(shapely.coverage_union_all(geoms[chunk])):
            joined.append(part)
            first.append(int(chunk[0]))
    out = np.concatenate([geoms[alone], np.array(joined, dtype=object)])
    origin = np.concatenate([alone, np.array(first, dtype=np.intp)])
    sequence = np.argsort(origin, kind="stable")
    return out[sequence], origin[sequence]


def absorb_small(geoms: NDArray[Any], *, floor_m2: float) -> tuple[NDArray[Any], NDArray[np.intp]]:
    """Parcels below the floor join the neighbour with which they share the longest border.

    Returns polygons and the parcel whose attributes each carries.
    """
    origin = np.arange(len(geoms), dtype=np.intp)
    for _ in range(6):
        small = np.flatnonzero(area_m2(geoms) < floor_m2)
        if not len(small):
            break
        tree = shapely.STRtree(geoms)
        a, b = tree.query(geoms[small], predicate="intersects")
        a = small[a]
        pairs = a != b
        a, b = a[pairs], b[pairs]
        border = length_m(shapely.intersection(shapely.boundary(geoms[a]), shapely.boundary(geoms[b])))
        order = np.lexsort((b, -border, a))
        a, b, border = a[order], b[order], border[order]
        best = np.flatnonzero(np.diff(a, prepend=-1) != 0)
        best = best[border[best] > 0]
        target = np.arange(len(geoms))
        taken = np.zeros(len(geoms), dtype=bool)
        for i, j in zip(a[best], b[best], strict=True):
            # A parcel that has just been given away, or has just received, takes part in the next round.
            if not taken[i] and target[j] == j:
                target[i] = j
                taken[j] = True
        moved = np.flatnonzero(target != np.arange(len(geoms)))
        if not len(moved):
            break
        groups = np.full(len(geoms), -1, dtype=np.intp)
        groups[moved] = target[moved]
        groups[target[moved]] = target[moved]
        hosts = np.unique(target[moved])
        members = np.flatnonzero(groups >= 0)
        members = members[np.argsort(groups[members], kind="stable")]
        cuts = np.flatnonzero(np.diff(groups[members], prepend=-2))
        geoms = geoms.copy()
        for host, piece in zip(hosts, np.split(members, cuts[1:]), strict=True):
            geoms[host] = shapely.coverage_union_all(geoms[piece])
        stay = np.ones(len(geoms), dtype=bool)
        stay[moved] = False
        geoms, origin = geoms[stay], origin[stay]
    stay = np.ones(len(geoms), dtype=bool)
    stay[_crumbs(geoms, floor_m2)] = False
    return geoms[stay], origin[stay]


def _crumbs(geoms: NDArray[Any], floor_m2: float) -> NDArray[np.intp]:
    """Parcels below the floor that border on nothing: what trimming left over at the rim."""
    small = np.flatnonzero(area_m2(geoms) < floor_m2)
    if not len(small):
        return small
    a, b = shapely.STRtree(geoms).query(geoms[small], predicate="intersects")
    a = small[a]
    a, b = a[a != b], b[a != b]
    border = length_m(shapely.intersection(shapely.boundary(geoms[a]), shapely.boundary(geoms[b])))
    return np.setdiff1d(small, a[border > 0])
