"""THE RINGS OF A LAYER: their direction, repeated points, spikes, whether they cross themselves, and lone edges.

All in flat arrays and two compiled passes, so that a whole county is looked at in a second. What a pass cannot tell
for sure (a ring that comes within a micrometre of itself, a polygon with holes) is told by GEOS.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.geometry.topology import MILLIMETRE

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

SPIKE_DEG = 1.0


@dataclass(frozen=True, slots=True)
class Walk:
    """By ring: ``ccw`` (counter-clockwise), ``simple`` (plainly, no crossing). By point: ``repeat``, ``spike``."""

    ccw: Flags
    simple: Flags
    repeat: Flags
    spike: Flags


class Rings:
    """Every ring of polygons and multipolygons: points ``xy`` from ``starts[r]`` to ``starts[r + 1]``, closed.

    ``owner``: row of the ring; ``outer``: shell or hole; ``parts``: parts of each row. Other kinds, empty and None
    have no ring, and neither has a row with a coordinate that is not finite (those are in ``endless``).
    """

    def __init__(self, geometries: Any) -> None:
        geoms = np.array(geometries, dtype=object).ravel()
        self.size = len(geoms)
        geoms[shapely.is_empty(geoms)] = None
        self.endless = np.zeros(0, dtype=np.int64)
        self._take(geoms)
        if not np.isfinite(self.xy).all():
            self.endless = np.unique(self.owner[self.ring_of[~np.isfinite(self.xy).all(axis=1)]])
            geoms[self.endless] = None
            self.__dict__.pop("ring_of")
            self._take(geoms)

    def _take(self, geoms: Any) -> None:
        kinds = shapely.get_type_id(geoms)
        self.parts = np.where(kinds == 6, shapely.get_num_geometries(geoms), (kinds == 3).astype(int))
        plain = (kinds == 3) & (shapely.get_num_interior_rings(geoms) == 0)
        single, other = np.flatnonzero(plain), np.flatnonzero(np.isin(kinds, (3, 6)) & ~plain)
        parts, part_of = shapely.get_parts(geoms[other], return_index=True)
        rings, ring_part = shapely.get_rings(parts, return_index=True)
        inner = np.zeros(len(rings), dtype=bool)
        inner[1:] = ring_part[1:] == ring_part[:-1]
        counts = [shapely.get_num_coordinates(geoms[single]), shapely.get_num_coordinates(rings)]
        self.owner = np.concatenate([single, other[part_of[ring_part]]]).astype(np.int64)
        self.outer = np.concatenate([np.ones(len(single), dtype=bool), ~inner])
        self.single_ring = plain
        self.starts = np.concatenate([[0], np.cumsum(np.concatenate(counts))]).astype(np.int64)
        self.xy = np.concatenate([shapely.get_coordinates(geoms[single]), shapely.get_coordinates(rings)])

    @cached_property
    def walk(self) -> Walk:
        """What the rings do on their way."""
        from geo.geometry._ring_kernel import walk_rings

        twice, simple, repeat, spike = walk_rings(
            self.xy, self.starts, MILLIMETRE / 2, math.sin(math.radians(SPIKE_DEG))
        )
        return Walk(twice > 0, simple, repeat, spike)

    def area_m2(self, *, epsg: int) -> Floats:
        """Official area of each row, m² (0.0 for rows without rings); see ``ellipsoid.area_m2``."""
        from geo.geometry.ellipsoid import ring_areas_m2

        size = np.abs(ring_areas_m2(self.xy, self.starts, epsg=epsg))
        return np.bincount(self.owner, weights=np.where(self.outer, size, -size), minlength=self.size).astype(float)

    @cached_property
    def ring_of(self) -> Ints:
        """The ring of each point."""
        return np.repeat(np.arange(len(self.owner)), np.diff(self.starts))

    def broken(self, geometries: Any) -> Flags:
        """Rows whose geometry is not valid, as ``shapely.is_valid`` says (None and empty are not broken)."""
        geoms = np.asarray(geometries, dtype=object).ravel()
        sure = np.zeros(self.size, dtype=bool)
        sure[self.owner[self.walk.simple]] = True
        sure &= self.single_ring
        doubt = np.flatnonzero(~sure & ~shapely.is_missing(geoms))
        out = np.zeros(self.size, dtype=bool)
        out[doubt] = ~shapely.is_valid(geoms[doubt])
        return out

    def misdirected(self) -> Ints:
        """Rows with a hole that runs the same way round as its shell."""
        shell = np.maximum.accumulate(np.where(self.outer, np.arange(len(self.owner)), 0))
        wrong = ~self.outer & (self.walk.ccw == self.walk.ccw[shell])
        return np.unique(self.owner[wrong])

    def counterclockwise(self) -> Ints:
        """Rows with an outer ring that runs counter-clockwise."""
        return np.unique(self.owner[self.outer & self.walk.ccw])

    def lone_edges(self, *, instead: tuple[Flags, Rings] | None = None) -> tuple[Ints, Floats]:
        """Edges without a twin that runs the other way in just one other ring: their rows, and ends (x0, y0, x1, y1).

        In a faultless coverage these are its outer edge; around gaps and overlaps there are more. Points are the same
        when they are equal to the millimetre. ``instead``: rows whose rings are left out, and the rings in their place
        (owners count within those rows).
        """
        from geo.geometry._ring_kernel import twins

        xy, starts, owner, left = self.xy, self.starts, self.owner, self.walk.ccw == self.outer
        if instead is not None:
            out, other = instead
            keep = ~out[owner]
            counts = np.concatenate([np.diff(starts)[keep], np.diff(other.starts)])
            xy = np.concatenate([xy[keep[self.ring_of]], other.xy])
            owner = np.concatenate([owner[keep], np.flatnonzero(out)[other.owner]])
            left = np.concatenate([left[keep], other.walk.ccw == other.outer])
            starts = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        if not len(xy):
            return np.zeros(0, dtype=np.int64), np.zeros((0, 4))
        grid = np.rint((xy - xy.min(axis=0)) / MILLIMETRE).astype(np.int64)
        # The extent of any layer is below 2^31 mm = 2,147 km, so both fit in one 64-bit number.
        place = grid[:, 0] * (1 << 31) + grid[:, 1]
        state = twins(place, starts, left, max(4, math.ceil(math.log2(2 * len(xy) + 1))))
        lone = np.flatnonzero(state == 1)
        ring = np.searchsorted(starts, lone, side="right") - 1
        return owner[ring], np.hstack([xy[lone], xy[lone + 1]])
