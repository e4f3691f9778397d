"""VECTOR TILES: polygons of one map tile written as a Mapbox Vector Tile 2.1, all rings at once in numpy.

The map needs no ids (a click is answered by the server), so every polygon of one sign becomes one multipolygon
feature: the tile is smaller, and the browser fills one path a sign instead of thousands. Measured beside
``mapbox-vector-tile`` in ``docs/decisions/0003-tiles.md``.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

EXTENT = 4096
STYLE_TAG = "k"
_MOVE_TO, _LINE_TO, _CLOSE = 1, 2, 7
_POLYGON = 3


def encode_tile(
    name: str,
    points: NDArray[np.float64],
    ring_of_point: NDArray[np.intp],
    style_of_ring: NDArray[np.intp],
    styles: list[str],
) -> bytes:
    """One MVT layer. Empty bytes when nothing is left after rounding to the tile's grid.

    points: closed rings one after another, in tile units (0..4096, y down), outer rings with a positive shoelace area;
    ring_of_point: number of the ring of each point, rising from 0; style_of_ring: index into ``styles``, not falling,
    so that the rings of one sign stand together.
    """
    if len(points) == 0:
        return b""
    grid = np.rint(points).astype(np.int64)
    ring = np.asarray(ring_of_point)
    # The closing point goes (ClosePath says it), and so does a point that falls on its predecessor.
    last = np.r_[ring[1:] != ring[:-1], True]
    same = np.r_[False, (grid[1:] == grid[:-1]).all(axis=1) & (ring[1:] == ring[:-1])]
    keep = ~(last | same)
    grid, ring = grid[keep], ring[keep]
    count = np.bincount(ring, minlength=int(ring_of_point[-1]) + 1)
    solid = count >= 3
    stays = solid[ring]
    grid, count, style = grid[stays], count[solid], style_of_ring[solid]
    if len(grid) == 0:
        return b""

    # Integer stream of every ring: MoveTo(1) dx dy | LineTo(n-1) dx dy … | ClosePath  ->  2 n + 3 numbers.
    first_point = np.r_[0, np.cumsum(count)[:-1]]
    style_starts = np.flatnonzero(np.r_[True, style[1:] != style[:-1]])
    delta = np.diff(grid, axis=0, prepend=np.zeros((1, 2), dtype=np.int64))
    delta[first_point[style_starts]] = grid[first_point[style_starts]]  # the cursor starts at 0,0 in each feature
    zigzag = (delta << 1) ^ (delta >> 63)
    first_number = np.r_[0, np.cumsum(2 * count + 3)]
    stream = np.empty(int(first_number[-1]), dtype=np.uint64)
    start = first_number[:-1]
    stream[start] = (1 << 3) | _MOVE_TO
    stream[start + 3] = ((count - 1) << 3) | _LINE_TO
    stream[first_number[1:] - 1] = (1 << 3) | _CLOSE
    within = np.arange(len(grid)) - np.repeat(first_point, count)
    slot = np.repeat(start, count) + 1 + 2 * within + (within > 0)
    stream[slot] = zigzag[:, 0].astype(np.uint64)
    stream[slot + 1] = zigzag[:, 1].astype(np.uint64)

    blob, offset = _varints(stream)
    body = bytearray()
    used: list[str] = []
    edges = np.r_[style_starts, len(count)]
    for begin, end in pairwise(edges):
        geometry = blob[offset[first_number[begin]] : offset[first_number[end]]].tobytes()
        tags = _varint(0) + _varint(len(used))
        used.append(styles[int(style[begin])])
        feature = _bytes(2, tags) + _number(3, _POLYGON) + _bytes(4, geometry)
        body += _bytes(2, feature)
    head = _number(15, 2) + _bytes(1, name.encode())
    words = _bytes(3, STYLE_TAG.encode()) + b"".join(_bytes(4, _bytes(1, word.encode())) for word in used)
    return _bytes(3, head + bytes(body) + words + _number(5, EXTENT))


def _varints(values: NDArray[np.uint64]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Protobuf varints of all numbers in one array, and the byte offset of each number (one more at the end)."""
    size = np.ones(len(values), dtype=np.int64)
    for bits in (7, 14, 21, 28):
        size += values >= (1 << bits)
    offset = np.r_[0, np.cumsum(size)]
    blob = np.empty(int(offset[-1]), dtype=np.uint8)
    for place in range(int(size.max())):
        has = size > place
        part = (values[has] >> np.uint64(7 * place)) & np.uint64(0x7F)
        more = (size[has] > place + 1).astype(np.uint64) << np.uint64(7)
        blob[offset[:-1][has] + place] = (part | more).astype(np.uint8)
    return blob, offset


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _bytes(field: int, value: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(value)) + value
