"""零星 PIECES: what counts as one, found by plain arithmetic, and pieces carved to lie just at the threshold.

Definition (domain rules, all figures are parameters of the sample): permanent basic farmland within ``gap_m`` of each
other is one block, over the whole layer; a block is 零星 when its net area is at most ``threshold_m2`` and at least
``min_inside_m2`` of it lies inside the filled growth boundary or the red line.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.geometry.ellipsoid import area_m2
from geo.sample.classes import is_cropland
from geo.sample.ground import Ground
from geo.sample.land import Land
from geo.sample.overlay import Feature, absorb_small, lay_over

Floats = NDArray[np.float64]
MU_M2 = 2000 / 3
_CRUMB_M2 = 400.0
DEFINITION = {"gap_m": 8.0, "threshold_m2": 5 * MU_M2, "min_inside_m2": 400.0}


@dataclass(frozen=True, slots=True)
class Inside:
    """How each polygon lies to an area: wholly in it, partly, and how much of it is inside (m²)."""

    whole: NDArray[np.bool_]
    partly: NDArray[np.bool_]
    area_m2: Floats


def inside(geoms: NDArray[Any], area: Any) -> Inside:
    """Measure polygons against an area (a polygon or many)."""
    parts = np.array([p for p in shapely.get_parts(area) if not p.is_empty], dtype=object)
    size = np.zeros(len(geoms))
    whole = np.zeros(len(geoms), dtype=bool)
    if not len(parts):
        return Inside(whole, whole.copy(), size)
    shapely.prepare(parts)
    tree = shapely.STRtree(geoms)
    part, row = tree.query(parts, predicate="intersects")
    full = np.zeros(len(row), dtype=bool)
    for k in np.unique(part):
        mine = part == k
        full[mine] = shapely.covers(parts[k], geoms[row[mine]])
    whole[row[full]] = True
    np.add.at(size, row[full], area_m2(geoms[row[full]]))
    crossing = ~full
    pieces = shapely.intersection(geoms[row[crossing]], parts[part[crossing]])
    np.add.at(size, row[crossing], area_m2(pieces))
    return Inside(whole, ~whole & (size > 0.5), size)


def components(geoms: NDArray[Any], gap_m: float) -> NDArray[np.intp]:
    """Block number of each polygon: polygons within the gap of each other are one block."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    tree = shapely.STRtree(geoms)
    a, b = tree.query(geoms, predicate="dwithin", distance=gap_m)
    links = coo_matrix((np.ones(len(a), dtype=np.int8), (a, b)), shape=(len(geoms), len(geoms)))
    return np.asarray(connected_components(links, directed=False)[1], dtype=np.intp)


@dataclass(frozen=True, slots=True)
class Blocks:
    """Blocks of farmland: number of each parcel's block; per block net area and areas inside the two lines (m²)."""

    label: NDArray[np.intp]
    net_m2: Floats
    boundary_m2: Floats
    redline_m2: Floats

    @property
    def inside_m2(self) -> Floats:
        return self.boundary_m2 + self.redline_m2

    def fragmented(self) -> NDArray[np.intp]:
        """Numbers of the blocks that are 零星 by the definition."""
        small = self.net_m2 <= DEFINITION["threshold_m2"]
        return np.flatnonzero(small & (self.inside_m2 >= DEFINITION["min_inside_m2"]))


def blocks_of(geoms: NDArray[Any], net_m2: Floats, boundary_m2: Floats, redline_m2: Floats) -> Blocks:
    """Blocks of a farmland layer from each parcel's net area and its areas inside the lines."""
    label = components(geoms, DEFINITION["gap_m"])

    def per_block(values: Floats) -> Floats:
        return np.bincount(label, weights=values).astype(np.float64)

    return Blocks(label, per_block(net_m2), per_block(boundary_m2), per_block(redline_m2))


def carve(land: Land, ridge: Floats, boundary: Any, ground: Ground, *, each: int) -> tuple[Land, NDArray[np.intp]]:
    """Cut fields inside the boundary so that pieces of 4.9 and 5.1 亩 come to lie there, ``each`` per county and size.

    The piece gets the role ``at4.9`` or ``at5.1``, what is left of its field ``barred``. Returns the land and, for each
    parcel, the one it came from.
    """
    rng = ground.rng["farmland"]
    size = area_m2(land.geoms)
    fit = is_cropland(land.code) & (land.role == "field") & (ridge == 0) & (size > 4300) & (size < 16_000)
    rows = np.flatnonzero(fit)
    where = inside(land.geoms[rows], boundary)
    rows = rng.permutation(rows[where.whole])
    county = land.village[rows].astype("U6")
    features: list[Feature] = []
    wanted = [(4.9 * MU_M2, "at4.9"), (5.1 * MU_M2, "at5.1")] * each
    taken: list[Any] = []
    hosts: list[int] = []
    for code in np.unique(county):
        goals = list(wanted)
        for k in rows[county == code]:
            if not goals:
                break
            field = land.geoms[k]
            if any(field.distance(other) < 60 for other in taken):
                continue
            piece = _portion(field, goals[-1][0])
            if piece is None:
                continue
            features.append(Feature(piece, "", goals.pop()[1], 1))
            taken.append(field)
            hosts.append(int(k))
    if not features:
        return land, np.arange(len(land.code))
    tags = np.array([f.role for f in features], dtype="U8")
    geoms, origin, cover = lay_over(land.geoms, features)
    fresh = land.take(origin, geoms)
    fresh.role[np.isin(origin, hosts)] = "barred"
    fresh.role[cover >= 0] = tags[cover[cover >= 0]]
    # A cut on the 1 mm grid may leave a crumb along a border.
    whole, kept = absorb_small(fresh.geoms, floor_m2=_CRUMB_M2)
    return fresh.take(kept, whole), origin[kept]


def _portion(field: Any, goal: float) -> Any | None:
    """A part of the field of the wanted area, cut off across its longer side; None when that leaves crumbs."""
    box = shapely.get_coordinates(shapely.minimum_rotated_rectangle(field))[:4]
    sides = [box[1] - box[0], box[2] - box[1]]
    lengths = [float(np.hypot(*s)) for s in sides]
    long, short = (sides[0], sides[1]) if lengths[0] >= lengths[1] else (sides[1], sides[0])
    origin = box[0] if lengths[0] >= lengths[1] else box[1]
    across = short * 3

    def part(f: float) -> Any:
        edge = origin + f * long
        return field & shapely.Polygon([origin - across - long, origin + across - long, edge + across, edge - across])

    low, high = 0.0, 1.0
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if area_m2([part(middle)])[0] < goal else (low, middle)
    piece = shapely.set_precision(part(high), 0.001)
    rest = float(area_m2([field])[0]) - float(area_m2([piece])[0])
    simple = piece.geom_type == "Polygon" and (field - piece).geom_type == "Polygon"
    return piece if simple and rest > 700 and abs(float(area_m2([piece])[0]) - goal) < 2 else None
