"""FLAT COORDINATES: the polygons of a layer as three arrays in picture units, from which any vector tile is written.

Half a million parcels as geometry objects in picture units took four seconds to make and half a gigabyte to hold; as
arrays they take one second and a third of that, and a tile is written from them without Python's lock.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from geo.report.tiles_mvt import EXTENT, wrap

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Change = Callable[[NDArray[np.float64]], NDArray[np.float64]]

_BLOCK = 64
_FITTED_FROM = 50_000  # points from which a fitted polynomial saves time
_DEGREE = 8
_EXACT = 2e-12  # of the world: 0.08 mm, of which a picture shows nothing
_POLYGON, _MULTI = 3, 6


class Flat:
    """The polygons of an array of shapes, whatever else it holds, in Web Mercator world units (0..1, y down).

    shapes: geometries, None allowed; change: coordinates of theirs to world units. ``xy``: points of all closed rings
    one after another; ``ring_start``: first point of each ring and one more; ``part_ring``: first ring of each polygon
    and one more; ``row``: the shape that each polygon belongs to; ``box``: west, north, east, south of each.
    """

    def __init__(self, shapes: NDArray[Any], change: Change) -> None:
        import shapely

        from geo.report._tile_kernel import frames

        parts, self.row = _polygons(shapes)
        points, rings = shapely.get_num_coordinates(parts), 1 + shapely.get_num_interior_rings(parts)
        self.part_ring = np.r_[0, np.cumsum(rings)].astype(np.int64)
        # A polygon without holes is its ring; only the others are taken apart, which makes an object of each ring.
        length = np.empty(int(self.part_ring[-1]), dtype=np.int64)
        holed = rings > 1
        in_holed = np.repeat(holed, rings)
        length[~in_holed] = points[~holed]
        length[in_holed] = shapely.get_num_coordinates(shapely.get_rings(parts[holed]))
        self.ring_start = np.r_[0, np.cumsum(length)]
        self.xy = placed(shapely.get_coordinates(parts), change)
        self.box = np.empty((len(parts), 4))
        self.turn = np.empty(len(length), dtype=np.bool_)
        frames(self.xy, self.ring_start, self.part_ring, self.box, self.turn)
        self._order, self._blocks = _blocks(self.box)

    def __len__(self) -> int:
        return len(self.row)

    def touching(self, west: float, north: float, east: float, south: float) -> NDArray[np.int64]:
        """Numbers of the polygons whose frames reach into a box of world units."""
        from geo.report._tile_kernel import touching

        found: NDArray[np.int64] = touching(self._order, self._blocks, _BLOCK, self.box, west, north, east, south)
        return found

    def mvt(
        self, z: int, x: int, y: int, *, edge: float, signs: NDArray[np.intp], names: list[str], layer: str
    ) -> bytes:
        """The vector tile; empty bytes when nothing is there. ``edge``: how far it reaches over, in tiles; signs:
        index into ``names`` of each polygon."""
        from geo.report._tile_kernel import draw

        side = 1.0 / (1 << z)
        parts = self.touching((x - edge) * side, (y - edge) * side, (x + 1 + edge) * side, (y + 1 + edge) * side)
        if not len(parts):
            return b""
        sign = signs[parts].astype(np.int64)
        order = np.argsort(sign, kind="stable")
        parts, sign = parts[order], sign[order]
        ends = np.zeros(len(names), dtype=np.int64)
        scale = float(1 << z) * EXTENT
        body = draw(
            self.xy, self.ring_start, self.part_ring, self.turn, parts, sign, scale, float(x) * EXTENT,
            float(y) * EXTENT, -edge * EXTENT, (1 + edge) * EXTENT, ends,
        )  # fmt: skip
        streams, begin = [], 0
        for number in dict.fromkeys(sign.tolist()):
            if ends[number] > begin:
                streams.append((names[number], body[begin : ends[number]].tobytes()))
                begin = int(ends[number])
        return wrap(layer, streams)


def _polygons(shapes: NDArray[Any]) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """The polygons in an array of shapes, and the place of the shape that each belongs to."""
    import shapely

    plain = shapely.get_type_id(shapes) == _POLYGON
    parts, row = shapely.get_parts(shapes[~plain], return_index=True)
    if (shapely.get_type_id(parts) == _MULTI).any():  # in a collection
        parts, of = shapely.get_parts(parts, return_index=True)
        row = row[of]
    parts = np.concatenate([shapes[plain], parts])
    owner = np.concatenate([np.flatnonzero(plain), np.flatnonzero(~plain)[row]])
    solid = (shapely.get_type_id(parts) == _POLYGON) & ~shapely.is_empty(parts)
    return (parts, owner) if solid.all() else (parts[solid], owner[solid])


def placed(xy: NDArray[np.float64], change: Change) -> NDArray[np.float64]:
    """``change(xy)``; for many points by a polynomial that agrees with it to 0.1 mm, where there is one, in place."""
    from geo.report._tile_kernel import warp

    if len(xy) < _FITTED_FROM:
        return np.ascontiguousarray(change(xy))
    low, high = xy.min(axis=0), xy.max(axis=0)
    middle, half = (low + high) / 2, np.maximum((high - low) / 2, 1e-9)
    powers = [(i, j) for i in range(_DEGREE + 1) for j in range(_DEGREE + 1 - i)]

    def terms(uv: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack([uv[:, 0] ** i * uv[:, 1] ** j for i, j in powers])

    def grid(knots: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack([m.ravel() for m in np.meshgrid(knots, knots)])

    at = grid(np.cos(np.pi * (np.arange(14) + 0.5) / 14))
    held, *_ = np.linalg.lstsq(terms(at), change(at * half + middle), rcond=None)
    tried = grid(np.linspace(-1, 1, 15))
    if not np.abs(terms(tried) @ held - change(tried * half + middle)).max() < _EXACT:
        return np.ascontiguousarray(change(xy))
    across, down = np.zeros((2, _DEGREE + 1, _DEGREE + 1))
    for (i, j), (a, b) in zip(powers, held, strict=True):
        across[i, j], down[i, j] = a, b
    warp(xy, middle, half, across, down, xy)
    return xy


def _blocks(box: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Polygons in an order in which neighbours stand together, and the frame of each block of them."""
    if not len(box):
        return np.zeros(0, dtype=np.int64), np.zeros((0, 4))
    cell = (((box[:, :2] + box[:, 2:]) / 2).clip(0, 1) * ((1 << 24) - 1)).astype(np.uint64)
    order = np.argsort(_spread(cell[:, 0]) | (_spread(cell[:, 1]) << np.uint64(1)), kind="stable")
    starts = np.arange(0, len(order), _BLOCK)
    low = np.minimum.reduceat(box[order, :2], starts)
    high = np.maximum.reduceat(box[order, 2:], starts)
    return order.astype(np.int64), np.column_stack([low, high])


def _spread(value: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The 24 bits of each number with a nought between them (Morton order)."""
    for shift, mask in ((16, 0x0000FFFF0000FFFF), (8, 0x00FF00FF00FF00FF), (4, 0x0F0F0F0F0F0F0F0F),
                        (2, 0x3333333333333333), (1, 0x5555555555555555)):  # fmt: skip
        value = (value | (value << np.uint64(shift))) & np.uint64(mask)
    return value
