"""The compiled loops behind ``rings``: what a ring does on its way, and which edges have their twin in a neighbour."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit

# Segments further apart than this are surely apart, whatever the rounding of a double (m).
_MARGIN = 1e-6


@njit(cache=True)
def _apart(ax: float, ay: float, bx: float, by: float, cx: float, cy: float, dx: float, dy: float) -> bool:
    """Do the segments a–b and c–d surely not meet? False means only that somebody else must look."""
    if (
        max(ax, bx) + _MARGIN < min(cx, dx)
        or max(cx, dx) + _MARGIN < min(ax, bx)
        or max(ay, by) + _MARGIN < min(cy, dy)
        or max(cy, dy) + _MARGIN < min(ay, by)
    ):
        return True
    ux, uy = bx - ax, by - ay
    reach = _MARGIN * (abs(ux) + abs(uy))
    c = ux * (cy - ay) - uy * (cx - ax)
    d = ux * (dy - ay) - uy * (dx - ax)
    if (c > reach and d > reach) or (c < -reach and d < -reach):
        return True
    vx, vy = dx - cx, dy - cy
    reach = _MARGIN * (abs(vx) + abs(vy))
    a = vx * (ay - cy) - vy * (ax - cx)
    b = vx * (by - cy) - vy * (bx - cx)
    return (a > reach and b > reach) or (a < -reach and b < -reach)


@njit(cache=True)
def _plainly_simple(px: Any, py: Any, n: int, order: Any) -> bool:
    """Does the closed ring of n distinct points surely not meet itself? Sweep over segments ordered by their west."""
    if n < 3:
        return False
    for i in range(n):
        # neighbours must not fold back on each other
        j, k = (i + 1) % n, (i + 2) % n
        ux, uy = px[j] - px[i], py[j] - py[i]
        vx, vy = px[k] - px[j], py[k] - py[j]
        size = abs(ux) + abs(uy) + abs(vx) + abs(vy)
        if ux * vx + uy * vy < 0 and abs(ux * vy - uy * vx) <= _MARGIN * size:
            return False
    for place in range(n):
        i = order[place]
        i1 = (i + 1) % n
        east = max(px[i], px[i1]) + _MARGIN
        for later in range(place + 1, n):
            j = order[later]
            j1 = (j + 1) % n
            if min(px[j], px[j1]) > east:
                break
            if j == i1 or i == j1:
                continue
            if not _apart(px[i], py[i], px[i1], py[i1], px[j], py[j], px[j1], py[j1]):
                return False
    return True


@njit(cache=True)
def walk_rings(xy: Any, starts: Any, near: float, sine: float) -> Any:
    """Each ring once: twice its signed area, is it plainly simple; each point: is it a repeat, is it a spike's tip.

    near: points closer than this to the one before are repeats (m); sine: of the angle below which a corner is a spike.
    """
    rings = len(starts) - 1
    twice = np.zeros(rings)
    simple = np.zeros(rings, np.bool_)
    repeat = np.zeros(len(xy), np.bool_)
    spike = np.zeros(len(xy), np.bool_)
    longest = 0
    for r in range(rings):
        longest = max(longest, starts[r + 1] - starts[r])
    px, py = np.empty(longest), np.empty(longest)
    qx, qy, at = np.empty(longest), np.empty(longest), np.empty(longest, np.int64)
    west = np.empty(longest)
    for r in range(rings):
        first, last = starts[r], starts[r + 1] - 1  # the last point closes the ring: it is the first again
        if last - first < 2:
            continue
        x0, y0 = xy[first, 0], xy[first, 1]
        n = m = 0
        total = 0.0
        for i in range(first, last):
            x, y = xy[i, 0] - x0, xy[i, 1] - y0
            if n == 0 or x != px[n - 1] or y != py[n - 1]:
                px[n], py[n] = x, y
                n += 1
            if m and abs(x - qx[m - 1]) <= near and abs(y - qy[m - 1]) <= near:
                repeat[i] = True
            else:
                qx[m], qy[m], at[m] = x, y, i
                m += 1
            total += x * (xy[i + 1, 1] - y0) - y * (xy[i + 1, 0] - x0)
        while n > 1 and px[n - 1] == px[0] and py[n - 1] == py[0]:
            n -= 1
        while m > 1 and abs(qx[m - 1] - qx[0]) <= near and abs(qy[m - 1] - qy[0]) <= near:
            repeat[at[m - 1]] = True
            m -= 1
        twice[r] = total
        for i in range(m if m > 2 else 0):
            j, k = (i + m - 1) % m, (i + 1) % m
            ux, uy = qx[j] - qx[i], qy[j] - qy[i]
            vx, vy = qx[k] - qx[i], qy[k] - qy[i]
            if ux * vx + uy * vy > 0:
                size = math.sqrt((ux * ux + uy * uy) * (vx * vx + vy * vy))
                spike[at[i]] = abs(ux * vy - uy * vx) < sine * size
        for i in range(n):
            west[i] = min(px[i], px[(i + 1) % n])
        if n <= 12:  # insertion: most parcels have few corners
            for i in range(n):
                k = i
                while k > 0 and west[at[k - 1]] > west[i]:
                    at[k] = at[k - 1]
                    k -= 1
                at[k] = i
        else:
            at[:n] = np.argsort(west[:n])
        simple[r] = _plainly_simple(px, py, n, at)
    return twice, simple, repeat, spike


@njit(cache=True)
def twins(place: Any, starts: Any, left: Any, bits: int) -> Any:
    """Which edges (named by their first point) have exactly one twin, with its polygon on the other side.

    place: a whole number for each point, the same for the same place; left: does the ring's polygon lie to the left
    of its direction? bits: the table has 2**bits slots, more than twice the edges. Returns
    by point 0 no edge, 1 lone, 2 twinned.
    """
    slots = 1 << bits
    mask = slots - 1
    head = np.full(slots, -1, np.int32)
    count = np.zeros(slots, np.uint8)
    lean = np.zeros(slots, np.int8)
    slot_of = np.full(len(place), -1, np.int32)
    for r in range(len(starts) - 1):
        for i in range(starts[r], starts[r + 1] - 1):
            a, b = place[i], place[i + 1]
            if a == b:
                continue
            low, high = min(a, b), max(a, b)
            mix = (np.uint64(low) * np.uint64(0x9E3779B97F4A7C15)) ^ (np.uint64(high) * np.uint64(0xC2B2AE3D27D4EB4F))
            mix ^= mix >> np.uint64(29)
            mix *= np.uint64(0xBF58476D1CE4E5B9)
            slot = np.int64(mix >> np.uint64(64 - bits)) & mask
            while head[slot] >= 0:
                j = head[slot]
                c, d = place[j], place[j + 1]
                if (c == low and d == high) or (c == high and d == low):
                    break
                slot = (slot + 1) & mask
            if head[slot] < 0:
                head[slot] = i
            if count[slot] < 255:
                count[slot] += 1
                if count[slot] < 3:
                    lean[slot] += 1 if left[r] == (a == low) else -1
            slot_of[i] = slot
    state = np.zeros(len(place), np.uint8)
    for i in range(len(place)):
        slot = slot_of[i]
        if slot >= 0:
            state[i] = 2 if count[slot] == 2 and lean[slot] == 0 else 1
    return state
