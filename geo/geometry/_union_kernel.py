"""The compiled loop behind ``dissolve``: borders that two parcels share fall away, the rest is walked into rings."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit

from geo.geometry._border_kernel import _mixed


@njit(cache=True, error_model="numpy")
def _corners(xy: Any, bits: Any, table: Any) -> Any:
    """For each point the first one with exactly its coordinates; ``bits``: the same memory as whole numbers."""
    mask = np.uint64(len(table) - 1)
    table[:] = -1
    same = np.empty(len(xy), dtype=np.int32)
    for i in range(len(xy)):
        at = _mixed(bits[i, 0] ^ np.int64(_mixed(bits[i, 1]) >> np.uint64(1))) & mask
        while table[at] >= 0 and (xy[table[at], 0] != xy[i, 0] or xy[table[at], 1] != xy[i, 1]):
            at = (at + np.uint64(1)) & mask
        if table[at] < 0:
            table[at] = i
        same[i] = table[at]
    return same


@njit(cache=True, error_model="numpy")
def _turn(xy: Any, before: Any, here: Any, after: Any) -> float:
    """Clockwise angle at ``here`` from the way back to the way on: the smallest stays beside the same land."""
    back = math.atan2(xy[before, 1] - xy[here, 1], xy[before, 0] - xy[here, 0])
    on = math.atan2(xy[after, 1] - xy[here, 1], xy[after, 0] - xy[here, 0])
    return (back - on) % (2.0 * math.pi)


@njit(cache=True, error_model="numpy")
def outline(xy: Any, bits: Any, cuts: Any) -> tuple[Any, Any]:
    """Points and starts of the simple closed rings that bound all rings together; no points when it is no coverage.

    Rings come closed, the surface on their left. Two rings may run along an edge once each, against one another: it
    falls away. What is left is walked along the same land; where a walk meets itself its loop becomes a ring.
    """
    none = np.empty(0, dtype=np.int64)
    size = 16
    while size < 2 * len(xy):
        size *= 2
    table = np.empty(size, dtype=np.int32)
    corner = _corners(xy, bits, table)
    mask = np.uint64(size - 1)
    table[:] = -1
    alive = np.zeros(len(xy), dtype=np.bool_)
    for r in range(len(cuts) - 1):
        for k in range(cuts[r], cuts[r + 1] - 1):
            a, b = corner[k], corner[k + 1]
            if a == b:
                return none, none
            at = _mixed((np.int64(min(a, b)) << 32) | np.int64(max(a, b))) & mask
            while table[at] >= 0:
                c, d = corner[table[at]], corner[table[at] + 1]
                if (a == c and b == d) or (a == d and b == c):
                    break
                at = (at + np.uint64(1)) & mask
            if table[at] < 0:
                table[at], alive[k] = k, True
            elif alive[table[at]] and a == corner[table[at] + 1]:
                alive[table[at]] = False
            else:
                return none, none  # twice the same way, or a third time
    first = np.full(len(xy), -1, dtype=np.int32)  # the last edge told to leave a corner; ``after``: the one before it
    after = np.full(len(xy), -1, dtype=np.int32)
    for k in range(len(xy)):
        if alive[k]:
            after[k], first[corner[k]] = first[corner[k]], k
    place = np.full(len(xy), -1, dtype=np.int32)  # where on the walk a corner is left
    walk = np.empty(len(xy), dtype=np.int32)
    points, starts = [np.int64(0)], [np.int64(0)]
    points.clear()
    for k in range(len(xy)):
        if not alive[k]:
            continue
        alive[k] = False
        walk[0], place[corner[k]], steps = k, 0, 1
        while steps:
            end = corner[walk[steps - 1] + 1]
            if place[end] >= 0:
                loop = place[end]
                for s in range(loop, steps):
                    points.append(np.int64(walk[s]))
                    place[corner[walk[s]]] = -1
                points.append(np.int64(walk[loop]))
                starts.append(np.int64(len(points)))
                steps = loop
                if not steps:
                    break
            best, least = np.int32(-1), np.inf
            e = first[end]
            while e >= 0:
                if alive[e]:
                    angle = 0.0 if best < 0 and after[e] < 0 else _turn(xy, walk[steps - 1], e, e + 1)
                    if angle < least:
                        best, least = e, angle
                e = after[e]
            if best < 0:
                return none, none
            alive[best] = False
            walk[steps], place[end] = best, steps
            steps += 1
    return np.array(points), np.array(starts)
