"""The compiled loops behind ``topology`` and ``clusters``: edges that stand in two rings, parcels that share corners.

Coordinates are told to the millimetre: two corners are one when they are equal as whole millimetres.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit

# Edges that share a square of the coarse grid, on average: a table of this size stays in the processor's memory.
_PER_TILE = 256


@njit(cache=True, error_model="numpy")
def _mixed(key: Any) -> Any:
    """The bits of a number well shaken (splitmix64)."""
    z = np.uint64(key)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


@njit(cache=True, error_model="numpy")
def corner_keys(xy: Any, west: float, south: float, grain: float) -> Any:
    """One whole number for each point, the same for points equal to the grain."""
    out = np.empty(len(xy), dtype=np.int64)
    for i in range(len(xy)):
        x, y = np.rint((xy[i, 0] - west) / grain), np.rint((xy[i, 1] - south) / grain)
        out[i] = (np.int64(x) << 31) + np.int64(y)
    return out


@njit(cache=True, error_model="numpy")
def lower_left(xy: Any) -> tuple[float, float]:
    """The smallest of each coordinate."""
    west, south = np.inf, np.inf
    for i in range(len(xy)):
        west, south = min(west, xy[i, 0]), min(south, xy[i, 1])
    return west, south


@njit(cache=True, error_model="numpy", inline="always")
def _tile(key: Any, shift: Any, across: Any, along: Any) -> Any:
    """The square of a coarse grid that a corner lies in."""
    x, y = key >> (31 + shift), (key & 0x7FFFFFFF) >> shift
    return min(max(x, 0), across - 1) * along + min(max(y, 0), along - 1)


@njit(cache=True, error_model="numpy")
def _rooms(key: Any, cuts: Any) -> tuple[Any, Any, Any, Any]:
    """Where the slots of each square of the coarse grid begin, half again as many as edges begin or end lowest there.

    Edges near one another on the ground are near one another in memory, in whatever way they are spread over it.
    """
    high_x, high_y = np.int64(0), np.int64(0)
    for k in range(len(key)):
        high_x, high_y = max(high_x, key[k] >> 31), max(high_y, key[k] & 0x7FFFFFFF)
    shift, most = 0, max(1, len(key) // _PER_TILE)
    while ((high_x >> shift) + 1) * ((high_y >> shift) + 1) > most and shift < 31:
        shift += 1
    across, along = (high_x >> shift) + 1, (high_y >> shift) + 1
    room = np.zeros(across * along + 1, dtype=np.int64)
    for r in range(len(cuts) - 1):
        for k in range(cuts[r], cuts[r + 1] - 1):
            room[_tile(min(key[k], key[k + 1]), shift, across, along) + 1] += 1
    for t in range(across * along):
        room[t + 1] = room[t] + room[t + 1] + room[t + 1] // 2 + 4
    return room, shift, across, along


@njit(cache=True, error_model="numpy")
def common_edges(key: Any, xy: Any, cuts: Any, owner: Any, meridian: float, radius: float) -> tuple[Any, Any, Any, Any]:
    """Pairs of owners with a common edge and its length on the ellipsoid, and the edges that stand alone.

    ``key``: corners of closed rings, rings of one owner one after another. A pair may come in several rows when an edge
    stands in more than two rings.
    """
    room, shift, across, along = _rooms(key, cuts)
    slots = np.full(room[-1], -1, dtype=np.int32)
    after = np.empty(len(key), dtype=np.int32)  # of an edge in the table or in a run: the next of the run, -1 none
    head = np.zeros(len(key), dtype=np.bool_)
    first, second, length = [np.int64(0)], [np.int64(0)], [0.0]
    near, sums = np.empty(1024, dtype=np.int64), np.empty(1024)
    held, ring = 0, np.int64(0)
    for r in range(len(cuts) - 1):
        me = owner[r]
        twin = -1
        for k in range(cuts[r], cuts[r + 1] - 1):
            a, b = key[k], key[k + 1]
            if a == b:
                continue
            # The neighbour walks the border the other way: the next edge is probably the one before its last.
            e = twin - 1
            if not (twin > 0 and head[e] and key[e] == b and key[e + 1] == a):
                low, high = min(a, b), max(a, b)
                tile = _tile(low, shift, across, along)
                base, size = room[tile], room[tile + 1] - room[tile]
                mix = _mixed(np.uint64(low) ^ _mixed(np.uint64(high))) >> np.uint64(32)
                at = np.int64((mix * np.uint64(size)) >> np.uint64(32))
                while True:
                    e = slots[base + at]
                    if e < 0 or (key[e] == a and key[e + 1] == b) or (key[e] == b and key[e + 1] == a):
                        break
                    at += 1
                    if at == size:
                        at = np.int64(0)
                if e < 0:
                    slots[base + at] = k
                    head[k] = True
                    after[k] = -1
            twin = e
            if e < 0:
                continue
            dx, dy = xy[k + 1, 0] - xy[k, 0], xy[k + 1, 1] - xy[k, 1]
            y = (xy[k, 0] + xy[k + 1, 0]) / 2 - meridian
            t = (y / radius) * (y / radius)
            long = math.sqrt(dx * dx + dy * dy) / (1 + t / 2 + t * t / 24)
            after[k] = -1
            while True:
                if not cuts[ring] <= e < cuts[ring + 1]:
                    ring = np.int64(np.searchsorted(cuts, e, side="right") - 1)
                other = owner[ring]
                if other != me:
                    j = 0
                    while j < held and near[j] != other:
                        j += 1
                    if j == held:
                        if held == len(near):
                            for i in range(held):
                                first.append(near[i])
                                second.append(me)
                                length.append(sums[i])
                            held = j = 0
                        near[j], sums[j] = other, 0.0
                        held += 1
                    sums[j] += long
                if after[e] < 0:
                    after[e] = k
                    break
                e = after[e]
        if r + 2 == len(cuts) or owner[r + 1] != me:
            for i in range(held):
                first.append(near[i])
                second.append(me)
                length.append(sums[i])
            held = 0
    for k in range(len(key)):
        head[k] = head[k] and after[k] < 0
    return np.array(first)[1:], np.array(second)[1:], np.array(length)[1:], np.flatnonzero(head)


@njit(cache=True, error_model="numpy")
def _root(parent: Any, i: int) -> int:
    while parent[i] != i:
        parent[i] = parent[parent[i]]
        i = parent[i]
    return i


@njit(cache=True, error_model="numpy")
def joined_by_corners(key: Any, starts: Any, count: int) -> Any:
    """The smallest number of those that corners tie together, for each of ``count`` owners of corners."""
    size = 16
    while 3 * size < 4 * len(key):
        size *= 2
    slot = np.full((size, 2), -1, dtype=np.int64)  # corner and one owner of it, side by side in memory
    mask = np.uint64(size - 1)
    parent = np.arange(count)
    for o in range(count):
        for k in range(starts[o], starts[o + 1]):
            if k > starts[o] and key[k] == key[k - 1]:
                continue
            at = _mixed(np.uint64(key[k])) & mask
            while slot[at, 1] >= 0 and slot[at, 0] != key[k]:
                at = (at + np.uint64(1)) & mask
            if slot[at, 1] < 0:
                slot[at, 0], slot[at, 1] = key[k], o
            else:
                i, j = _root(parent, slot[at, 1]), _root(parent, o)
                if i != j:
                    parent[max(i, j)] = min(i, j)
    for o in range(count):
        parent[o] = _root(parent, o)
    return parent
