"""The compiled loops on rings and edges behind ``clipping``: order, bands, how two edges meet, what lies within."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit


@njit(cache=True, error_model="numpy")
def put_in_order(xy: Any, starts: Any, inner: Any) -> tuple[Any, Any, Any, Any]:
    """Closed rings without repeated corners, surface on the left, and the frame of each; bad: fewer than 3 corners."""
    rings = len(starts) - 1
    out = np.empty_like(xy)
    cuts = np.zeros(rings + 1, dtype=np.int64)
    box = np.empty((rings, 4))
    bad = np.zeros(rings, dtype=np.bool_)
    n = 0
    for r in range(rings):
        first = n
        x0, y0 = xy[starts[r], 0], xy[starts[r], 1]
        total = 0.0
        box[r, 0] = box[r, 2] = x0
        box[r, 1] = box[r, 3] = y0
        for k in range(starts[r], starts[r + 1]):
            x, y = xy[k, 0], xy[k, 1]
            if n > first and x == out[n - 1, 0] and y == out[n - 1, 1]:
                continue
            if n > first:
                total += (out[n - 1, 0] - x0) * (y - y0) - (x - x0) * (out[n - 1, 1] - y0)
            out[n, 0], out[n, 1] = x, y
            n += 1
            box[r, 0], box[r, 2] = min(box[r, 0], x), max(box[r, 2], x)
            box[r, 1], box[r, 3] = min(box[r, 1], y), max(box[r, 3], y)
        bad[r] = n - first < 4
        if (total < 0) != inner[r]:
            i, j = first, n - 1
            while i < j:
                tx, ty = out[i, 0], out[i, 1]
                out[i, 0], out[i, 1] = out[j, 0], out[j, 1]
                out[j, 0], out[j, 1] = tx, ty
                i += 1
                j -= 1
        cuts[r + 1] = n
    return out[:n], cuts, box, bad


@njit(cache=True, error_model="numpy")
def bands(xy: Any, cuts: Any, ring0: Any, ringn: Any, box: Any, least: int) -> tuple[Any, Any, Any, Any]:
    """Edges of large polygons by horizontal bands: count of bands, first band, starts of bands, edges."""
    count = len(ring0)
    number = np.zeros(count, dtype=np.int64)
    first = np.zeros(count, dtype=np.int64)
    total = 0
    for p in range(count):
        edges = 0
        for r in range(ring0[p], ring0[p] + ringn[p]):
            edges += cuts[r + 1] - cuts[r] - 1
        first[p] = total
        if edges > least:
            number[p] = min(edges // 2, 1 << 16)
            total += number[p]
    start = np.zeros(total + 1, dtype=np.int64)
    items = np.zeros(0, dtype=np.int64)
    for fill in range(2):
        for p in range(count):
            if not number[p]:
                continue
            for r in range(ring0[p], ring0[p] + ringn[p]):
                for k in range(cuts[r], cuts[r + 1] - 1):
                    low = band_of(min(xy[k, 1], xy[k + 1, 1]), box[p, 1], box[p, 3], number[p])
                    high = band_of(max(xy[k, 1], xy[k + 1, 1]), box[p, 1], box[p, 3], number[p])
                    for b in range(first[p] + low, first[p] + high + 1):
                        if fill:
                            items[start[b]] = k
                        start[b + (0 if fill else 1)] += 1
        if not fill:
            for b in range(total):
                start[b + 1] += start[b]
            items = np.empty(start[total], dtype=np.int64)
        else:
            for b in range(total, 0, -1):
                start[b] = start[b - 1]
            start[0] = 0
    return number, first, start, items


@njit(cache=True, error_model="numpy")
def band_of(y: float, low: float, high: float, number: int) -> int:
    if high <= low:
        return 0
    return min(max(int((y - low) / (high - low) * number), 0), number - 1)


@njit(cache=True, error_model="numpy")
def edges_meet(xy: Any, a: int, b: int, tol: float) -> tuple[int, float, float]:
    """Edge a against edge b: 0 apart, 1/−1 crosses to the left/right of b, 2 same start, 3 same, 4 turned, 9 doubtful.

    With where they cross, as parts of a and of b.
    """
    ax, ay, bx, by = xy[a, 0], xy[a, 1], xy[b, 0], xy[b, 1]
    vx, vy, ux, uy = xy[a + 1, 0] - ax, xy[a + 1, 1] - ay, xy[b + 1, 0] - bx, xy[b + 1, 1] - by
    wx, wy = bx - ax, by - ay
    # end of b counted from the start of a, and the other two differences (all exact: they are near each other)
    ex, ey = xy[b + 1, 0] - ax, xy[b + 1, 1] - ay
    fx, fy = bx - xy[a + 1, 0], by - xy[a + 1, 1]
    gx, gy = xy[b + 1, 0] - xy[a + 1, 0], xy[b + 1, 1] - xy[a + 1, 1]
    ss, se, es, ee = (
        wx == 0.0 and wy == 0.0,
        ex == 0.0 and ey == 0.0,
        fx == 0.0 and fy == 0.0,
        gx == 0.0 and gy == 0.0,
    )
    if ss or se or es or ee:
        if ss and ee:
            return 3, 0.0, 0.0
        if se and es:
            return 4, 0.0, 0.0
        # Directions away from the common end.
        if ss:
            px, py, qx, qy = vx, vy, ux, uy
        elif se:
            px, py, qx, qy = vx, vy, -ux, -uy
        elif es:
            px, py, qx, qy = -vx, -vy, ux, uy
        else:
            px, py, qx, qy = -vx, -vy, -ux, -uy
        reach = max(abs(px) + abs(py), abs(qx) + abs(qy))
        if abs(px * qy - py * qx) <= tol * reach and px * qx + py * qy > 0:
            return 9, 0.0, 0.0
        return (2 if ss else 0), 0.0, 0.0
    near_b, near_a = tol * (abs(ux) + abs(uy)), tol * (abs(vx) + abs(vy))
    d1 = uy * wx - ux * wy  # u × (a0 − b0)
    d2 = uy * fx - ux * fy
    if (d1 > near_b and d2 > near_b) or (d1 < -near_b and d2 < -near_b):
        return 0, 0.0, 0.0
    d3 = vx * wy - vy * wx
    d4 = vx * ey - vy * ex
    if (d3 > near_a and d4 > near_a) or (d3 < -near_a and d4 < -near_a):
        return 0, 0.0, 0.0
    if abs(d1) <= near_b or abs(d2) <= near_b or abs(d3) <= near_a or abs(d4) <= near_a:
        return 9, 0.0, 0.0
    return (1 if d2 > 0 else -1), d1 / (d1 - d2), d3 / (d3 - d4)


@njit(cache=True, error_model="numpy")
def simple(xy: Any, cuts: Any, tol: float, most: int) -> Any:
    """Whether each ring certainly meets itself nowhere; False also for rings of more than ``most`` edges."""
    out = np.zeros(len(cuts) - 1, dtype=np.bool_)
    west, south, east, north = np.empty(most), np.empty(most), np.empty(most), np.empty(most)
    for r in range(len(cuts) - 1):
        s, n = cuts[r], cuts[r + 1] - cuts[r] - 1
        if n < 3 or n > most:
            continue
        for i in range(n):
            k = s + i
            west[i], east[i] = min(xy[k, 0], xy[k + 1, 0]), max(xy[k, 0], xy[k + 1, 0])
            south[i], north[i] = min(xy[k, 1], xy[k + 1, 1]), max(xy[k, 1], xy[k + 1, 1])
        good = True
        for i in range(n):
            w, o, e, t = west[i] - tol, south[i] - tol, east[i] + tol, north[i] + tol
            if i + 1 < n:
                good &= edges_meet(xy, s + i, s + i + 1, tol)[0] == 0
            near = 0  # without a branch, so that it runs over several at once
            for j in range(i + 2, n):
                near += (west[j] <= e) & (east[j] >= w) & (south[j] <= t) & (north[j] >= o)
            if near:
                for j in range(i + 2, n):
                    if west[j] <= e and east[j] >= w and south[j] <= t and north[j] >= o:
                        good &= edges_meet(xy, s + i, s + j, tol)[0] == 0
            if not good:
                break
        out[r] = good
    return out


@njit(cache=True, error_model="numpy")
def crossing(xy: Any, a: int, b: int) -> tuple[float, float]:
    """Where two edges cross: homogeneous coordinates counted from the middle of the common frame, as GEOS does."""
    x1, y1, x2, y2 = xy[a, 0], xy[a, 1], xy[a + 1, 0], xy[a + 1, 1]
    x3, y3, x4, y4 = xy[b, 0], xy[b, 1], xy[b + 1, 0], xy[b + 1, 1]
    mx = (max(min(x1, x2), min(x3, x4)) + min(max(x1, x2), max(x3, x4))) / 2.0
    my = (max(min(y1, y2), min(y3, y4)) + min(max(y1, y2), max(y3, y4))) / 2.0
    x1, x2, x3, x4 = x1 - mx, x2 - mx, x3 - mx, x4 - mx
    y1, y2, y3, y4 = y1 - my, y2 - my, y3 - my, y4 - my
    px, py, pw = y1 - y2, x2 - x1, x1 * y2 - x2 * y1
    qx, qy, qw = y3 - y4, x4 - x3, x3 * y4 - x4 * y3
    w = px * qy - qx * py
    return (py * qw - qy * pw) / w + mx, (qx * pw - px * qw) / w + my


@njit(cache=True, error_model="numpy")
def _side(xy: Any, k: int, x: float, y: float) -> int:
    """Whether a ray eastwards from (x, y) crosses edge k: 1 yes, 0 no, −1 too near to tell."""
    y0, y1 = xy[k, 1], xy[k + 1, 1]
    if (y0 <= y) == (y1 <= y):
        return 0
    one, two = (xy[k + 1, 0] - xy[k, 0]) * (y - y0), (x - xy[k, 0]) * (y1 - y0)
    if abs(one - two) <= 1e-15 * (abs(one) + abs(two)):
        return -1
    return 1 if (one > two) == (y1 > y0) else 0


@njit(cache=True, error_model="numpy")
def within(
    xy: Any, cuts: Any, ring0: Any, ringn: Any, box: Any, number: Any, first: Any, start: Any, items: Any,
    p: int, x: float, y: float,
) -> int:  # fmt: skip
    """Whether a point lies in polygon p: 1, 0, or −1 too near its border to tell."""
    if x < box[p, 0] or x > box[p, 2] or y < box[p, 1] or y > box[p, 3]:
        return 0
    odd = 0
    if number[p]:
        b = first[p] + band_of(y, box[p, 1], box[p, 3], number[p])
        for n in range(start[b], start[b + 1]):
            s = _side(xy, items[n], x, y)
            if s < 0:
                return -1
            odd ^= s
        return odd
    for r in range(ring0[p], ring0[p] + ringn[p]):
        for k in range(cuts[r], cuts[r + 1] - 1):
            s = _side(xy, k, x, y)
            if s < 0:
                return -1
            odd ^= s
    return odd


@njit(cache=True, error_model="numpy")
def near_edges(xy: Any, cuts: Any, rbox: Any, r0: int, rn: int, frame: Any, found: Any, boxes: Any) -> int:
    """The edges of rings r0 … r0 + rn − 1 whose frames meet ``frame``, and these frames; how many."""
    west, south, east, north = frame
    count = 0
    for r in range(r0, r0 + rn):
        if rbox[r, 0] > east or rbox[r, 2] < west or rbox[r, 1] > north or rbox[r, 3] < south:
            continue
        for k in range(cuts[r], cuts[r + 1] - 1):
            w, e = min(xy[k, 0], xy[k + 1, 0]), max(xy[k, 0], xy[k + 1, 0])
            s, n = min(xy[k, 1], xy[k + 1, 1]), max(xy[k, 1], xy[k + 1, 1])
            if w <= east and e >= west and s <= north and n >= south:
                found[count] = k
                boxes[count, 0], boxes[count, 1], boxes[count, 2], boxes[count, 3] = w, s, e, n
                count += 1
    return count


@njit(cache=True, error_model="numpy")
def near_in_bands(
    xy: Any, frame: Any, box: Any, number: int, first: int, start: Any, items: Any, found: Any, boxes: Any
) -> int:
    """The same for a polygon in bands: each edge once, from the first of its bands that the frame meets."""
    west, south, east, north = frame
    low, high = band_of(south, box[1], box[3], number), band_of(north, box[1], box[3], number)
    count = 0
    for band in range(low, high + 1):
        for j in range(start[first + band], start[first + band + 1]):
            k = items[j]
            w, e = min(xy[k, 0], xy[k + 1, 0]), max(xy[k, 0], xy[k + 1, 0])
            if w > east or e < west:
                continue
            s, n = min(xy[k, 1], xy[k + 1, 1]), max(xy[k, 1], xy[k + 1, 1])
            if s > north or n < south or max(low, band_of(s, box[1], box[3], number)) != band:
                continue
            found[count] = k
            boxes[count, 0], boxes[count, 1], boxes[count, 2], boxes[count, 3] = w, s, e, n
            count += 1
    return count
