"""The compiled loops behind ``tiles_flat``: bring coordinates to the picture, find a tile's polygons, write them out.

All release Python's lock, so that tiles of several visitors are made side by side.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

_MOVE_TO, _LINE_TO, _CLOSE = 1, 2, 7


@njit(cache=True, nogil=True)
def warp(xy: Any, middle: Any, half: Any, across: Any, down: Any, out: Any) -> None:
    """out = (Σ across[i, j] u^i v^j, Σ down[i, j] u^i v^j) with u, v = (xy - middle) / half; i + j up to the degree."""
    degree = across.shape[0] - 1
    for k in range(xy.shape[0]):
        u, v = (xy[k, 0] - middle[0]) / half[0], (xy[k, 1] - middle[1]) / half[1]
        x = y = 0.0
        for i in range(degree, -1, -1):
            a = b = 0.0
            for j in range(degree - i, -1, -1):
                a = a * v + across[i, j]
                b = b * v + down[i, j]
            x = x * u + a
            y = y * u + b
        out[k, 0] = x
        out[k, 1] = y


@njit(cache=True, nogil=True)
def frames(xy: Any, ring_start: Any, part_ring: Any, box: Any, turn: Any) -> None:
    """The frame of each part, and which rings run the other way than the format asks (outer: positive, y down)."""
    for part in range(len(part_ring) - 1):
        west, north, east, south = np.inf, np.inf, -np.inf, -np.inf
        for ring in range(part_ring[part], part_ring[part + 1]):
            first, last = ring_start[ring], ring_start[ring + 1]
            area = 0.0
            for k in range(first, last):
                x, y = xy[k, 0], xy[k, 1]
                west, east, north, south = min(west, x), max(east, x), min(north, y), max(south, y)
                if k > first:
                    area += (xy[k - 1, 0] - xy[first, 0]) * (y - xy[first, 1]) - (x - xy[first, 0]) * (
                        xy[k - 1, 1] - xy[first, 1]
                    )
            turn[ring] = (area > 0) != (ring == part_ring[part])
        box[part, 0], box[part, 1], box[part, 2], box[part, 3] = west, north, east, south


@njit(cache=True, nogil=True)
def touching(order: Any, blocks: Any, size: int, box: Any, west: float, north: float, east: float, south: float) -> Any:
    """Parts whose frames reach into a box. ``blocks``: the frame of each ``size`` parts of ``order``."""
    found = np.empty(len(order), dtype=np.int64)
    many = 0
    for block in range(len(blocks)):
        if blocks[block, 0] > east or blocks[block, 2] < west or blocks[block, 1] > south or blocks[block, 3] < north:
            continue
        for at in range(block * size, min(len(order), (block + 1) * size)):
            part = order[at]
            if box[part, 0] <= east and box[part, 2] >= west and box[part, 1] <= south and box[part, 3] >= north:
                found[many] = part
                many += 1
    return found[:many].copy()


@njit(cache=True, nogil=True)
def _cut(xy: Any, many: int, axis: int, limit: float, keep_below: bool) -> Any:
    """A ring without its closing point, cut at one side of the tile (Sutherland and Hodgman)."""
    out = np.empty((2 * many + 2, 2), dtype=np.float64)
    n = 0
    for k in range(many):
        before = k - 1 if k else many - 1
        a, b = xy[before, axis], xy[k, axis]
        was, comes = (a <= limit, b <= limit) if keep_below else (a >= limit, b >= limit)
        if was != comes:
            t = (limit - a) / (b - a)
            out[n, axis] = limit
            out[n, 1 - axis] = xy[before, 1 - axis] + t * (xy[k, 1 - axis] - xy[before, 1 - axis])
            n += 1
        if comes:
            out[n, 0], out[n, 1] = xy[k, 0], xy[k, 1]
            n += 1
    return out[:n]


@njit(cache=True, nogil=True)
def _number(out: Any, at: int, value: int) -> int:
    """A protobuf varint written at a place; the place behind it."""
    while value > 0x7F:
        out[at] = value & 0x7F | 0x80
        value >>= 7
        at += 1
    out[at] = value
    return at + 1


@njit(cache=True, nogil=True)
def draw(
    xy: Any, ring_start: Any, part_ring: Any, turn: Any, parts: Any, sign: Any, scale: float, left: float, top: float,
    low: float, high: float, ends: Any,
) -> Any:  # fmt: skip
    """The geometry streams of a vector tile, one sign after another.

    parts: those of the tile, the same signs together; sign: theirs; a point's place in the tile is xy * scale minus
    (left, top); what lies beyond low and high is cut off. ``ends[s]``: bytes of the stream when sign s was done.
    """
    room = 64
    for part in parts:
        for ring in range(part_ring[part], part_ring[part + 1]):
            room += 20 * (ring_start[ring + 1] - ring_start[ring]) + 96
    out = np.empty(room, dtype=np.uint8)
    at, before = 0, -1
    x = y = 0
    for k in range(len(parts)):
        part = parts[k]
        if sign[k] != before:  # a feature of its own: the cursor starts at 0, 0
            before = sign[k]
            x = y = 0
        for ring in range(part_ring[part], part_ring[part + 1]):
            first, many = ring_start[ring], ring_start[ring + 1] - ring_start[ring] - 1
            if many < 3:
                if ring == part_ring[part]:
                    break
                continue
            points = np.empty((many, 2), dtype=np.float64)
            least, most = np.inf, -np.inf
            for i in range(many):
                px, py = xy[first + i, 0] * scale - left, xy[first + i, 1] * scale - top
                points[i, 0], points[i, 1] = px, py
                least, most = min(least, px, py), max(most, px, py)
            if least < low or most > high:
                points = _cut(points, len(points), 0, low, False)
                points = _cut(points, len(points), 0, high, True)
                points = _cut(points, len(points), 1, low, False)
                points = _cut(points, len(points), 1, high, True)
            # On the tile's grid, without points that fall on the one before.
            grid = np.empty((len(points), 2), dtype=np.int64)
            n = 0
            for i in range(len(points)):
                j = len(points) - 1 - i if turn[ring] else i
                gx, gy = round(points[j, 0]), round(points[j, 1])
                if n == 0 or gx != grid[n - 1, 0] or gy != grid[n - 1, 1]:
                    grid[n, 0], grid[n, 1] = gx, gy
                    n += 1
            while n > 1 and grid[n - 1, 0] == grid[0, 0] and grid[n - 1, 1] == grid[0, 1]:
                n -= 1
            if n < 3:
                if ring == part_ring[part]:
                    break  # its holes go with it
                continue
            for i in range(n):
                if i == 0:
                    at = _number(out, at, (1 << 3) | _MOVE_TO)
                elif i == 1:
                    at = _number(out, at, ((n - 1) << 3) | _LINE_TO)
                dx, dy = grid[i, 0] - x, grid[i, 1] - y
                x, y = grid[i, 0], grid[i, 1]
                at = _number(out, at, (dx << 1) ^ (dx >> 63))
                at = _number(out, at, (dy << 1) ^ (dy >> 63))
            at = _number(out, at, (1 << 3) | _CLOSE)
        ends[sign[k]] = at
    return out[:at].copy()
