"""The compiled loops behind ``clipping``: two polygons cut with one another, or an honest "doubtful".

Rings run with the surface on their left. Edges of the two polygons either cross well away from their ends, or share
ends exactly (neighbours of one survey do), or stay clear of one another by ``tol``: all else is doubtful and is left
to GEOS. Rings are split at the crossings and shared corners into chains; a chain lies inside, outside or on the other
polygon, told by the signs at its first end and checked at its last. The chains that bound the answer are joined again;
where they do not come in and go out of every node once, the pair is doubtful.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from geo.geometry._edge_kernel import band_of, crossing, edges_meet, near_edges, near_in_bands, within

NONE, WHOLE_A, WHOLE_B, CUT, DOUBTFUL = 0, 1, 2, 3, 4
_OUT, _IN, _SAME, _OPPOSITE = 0, 1, 2, 3
_MOST_NODES = 4096
# From so many pairs of edges on, bands are searched edge by edge.
_MANY_PAIRS = 2048


@njit(cache=True, error_model="numpy")
def _order(edge: Any, part: Any, n: int, out: Any) -> None:
    """Nodes 0 … n − 1 by edge, then by place on it."""
    gap = 1
    while gap < n // 9:
        gap = 3 * gap + 1
    for i in range(n):
        out[i] = i
    while gap:
        for i in range(gap, n):
            node = out[i]
            j = i
            while j >= gap:
                k = out[j - gap]
                if edge[k] < edge[node] or (edge[k] == edge[node] and part[k] <= part[node]):
                    break
                out[j] = k
                j -= gap
            out[j] = node
        gap //= 3


@njit(cache=True, error_model="numpy")
def _note(
    xy: Any, a: int, b: int, tol: float, n: int, marks: int, edge: Any, part: Any, kind: Any, point: Any, flag: Any,
    marked: Any,
) -> tuple[int, int]:  # fmt: skip
    """Writes down how two edges meet: nodes and marked edges so far, −1 when doubtful."""
    how, along_a, along_b = edges_meet(xy, a, b, tol)
    if how == 0:
        return n, marks
    if how == 9 or n + 2 > len(kind) or marks + 2 > len(marked):
        return -1, marks
    if how == 3 or how == 4:
        # Twice on one edge: a polygon touches itself here.
        if flag[a] or flag[b]:
            return -1, marks
        flag[a] = flag[b] = 1 if how == 3 else 2
        marked[marks], marked[marks + 1] = a, b
        marks += 2
    if how == 4:
        return n, marks
    edge[0, n], edge[1, n], part[0, n], part[1, n] = a, b, along_a, along_b
    if how == 1 or how == -1:
        kind[n] = how
        point[n, 0], point[n, 1] = crossing(xy, a, b)
    else:
        kind[n], point[n, 0], point[n, 1] = 2, xy[a, 0], xy[a, 1]
    return n + 1, marks


@njit(cache=True, error_model="numpy")
def _by_bands(
    xy: Any, few: int, found: Any, boxes: Any, box: Any, number: int, first: int, start: Any, items: Any, tol: float,
    edge: Any, part: Any, kind: Any, point: Any, flag: Any, marked: Any,
) -> tuple[int, int]:  # fmt: skip
    """Meetings of the edges found with a polygon in bands: nodes (−1: doubtful) and marked edges."""
    n = marks = 0
    for i in range(few):
        w, s, e, t = boxes[i, 0] - tol, boxes[i, 1] - tol, boxes[i, 2] + tol, boxes[i, 3] + tol
        low, high = band_of(s, box[1], box[3], number), band_of(t, box[1], box[3], number)
        for band in range(low, high + 1):
            for j in range(start[first + band], start[first + band + 1]):
                k = items[j]
                y = min(xy[k, 1], xy[k + 1, 1])
                if (
                    min(xy[k, 0], xy[k + 1, 0]) > e or max(xy[k, 0], xy[k + 1, 0]) < w
                    or y > t or max(xy[k, 1], xy[k + 1, 1]) < s
                ):  # fmt: skip
                    continue
                # An edge stands in several bands: it is met in the first that both have.
                if max(low, band_of(y, box[1], box[3], number)) != band:
                    continue
                n, marks = _note(xy, found[i], k, tol, n, marks, edge, part, kind, point, flag, marked)
                if n < 0:
                    return n, marks
    return n, marks


@njit(cache=True, error_model="numpy")
def _one_by_one(
    xy: Any, few: int, found: Any, boxes: Any, many: int, others: Any, other_boxes: Any, tol: float,
    edge: Any, part: Any, kind: Any, point: Any, flag: Any, marked: Any,
) -> tuple[int, int]:  # fmt: skip
    """Meetings of some edges with some others: nodes (−1: doubtful) and marked edges."""
    n = marks = 0
    for i in range(few):
        w, s, e, t = boxes[i, 0] - tol, boxes[i, 1] - tol, boxes[i, 2] + tol, boxes[i, 3] + tol
        for j in range(many):
            if w > other_boxes[j, 2] or e < other_boxes[j, 0] or s > other_boxes[j, 3] or t < other_boxes[j, 1]:
                continue
            n, marks = _note(xy, found[i], others[j], tol, n, marks, edge, part, kind, point, flag, marked)
            if n < 0:
                return n, marks
    return n, marks


@njit(cache=True, error_model="numpy")
def _wedge(xy: Any, k: int, ends: Any, to: int) -> Any:
    """Whether the way from corner k to corner ``to`` begins inside the ring that has corner k (ends: its range)."""
    before = k - 1 if k > ends[0] else ends[1] - 1
    x, y = xy[k, 0], xy[k, 1]
    ux, uy, wx, wy = xy[k + 1, 0] - x, xy[k + 1, 1] - y, xy[before, 0] - x, xy[before, 1] - y
    vx, vy = xy[to, 0] - x, xy[to, 1] - y
    if ux * wy - uy * wx > 0:
        return ux * vy - uy * vx > 0 and vx * wy - vy * wx > 0
    return not (wx * vy - wy * vx > 0 and vx * uy - vy * ux > 0)


@njit(cache=True, error_model="numpy")
def _chains(
    xy: Any, cuts: Any, r0: int, rn: int, side: int, n: int, edge: Any, part: Any, kind: Any, flag: Any, tol: float,
    order: Any, ends: Any, nxt: Any, size: Any, stat: Any, free: Any,
) -> bool:  # fmt: skip
    """Chains of one polygon from node to node: next node, corners between, where it lies; free: rings without nodes.

    False when doubtful.
    """
    turn = 1 - 2 * side
    at = 0
    for r in range(r0, r0 + rn):
        s, e = cuts[r], cuts[r + 1] - 1
        begin = at
        while at < n and edge[side, order[at]] < e:
            at += 1
        m = at - begin
        free[side, r - r0] = 1 if m == 0 else 0
        for i in range(m):
            node, to = order[begin + i], order[begin + (i + 1) % m]
            k, j = edge[side, node], edge[side, to]
            last = j if part[side, to] > 0 else j - 1
            size[side, node] = last - k + (e - s if i == m - 1 else 0)
            nxt[side, node] = to
            if i < m - 1 and j == k:
                reach = abs(xy[k + 1, 0] - xy[k, 0]) + abs(xy[k + 1, 1] - xy[k, 1])
                if (part[side, to] - part[side, node]) * reach <= 2 * tol:
                    return False
            if part[side, node] == 0.0 and flag[k]:
                stat[side, node] = _SAME if flag[k] == 1 else _OPPOSITE
                continue
            if kind[node] == 2:
                inside = _wedge(xy, edge[1 - side, node], ends[1 - side, node], k + 1)
            else:
                inside = kind[node] * turn > 0
            # The last end of the chain must say the same.
            if kind[to] == 2:
                again = _wedge(xy, edge[1 - side, to], ends[1 - side, to], j - 1 if j > s else e - 1)
            else:
                again = kind[to] * turn < 0
            if inside != again:
                return False
            stat[side, node] = _IN if inside else _OUT
    return at == n


@njit(cache=True, error_model="numpy")
def _joined(
    n: int, minus: bool, nxt: Any, stat: Any, used: Any, flow: Any
) -> tuple[bool, bool, bool, bool, bool]:  # fmt: skip
    """Which chains bound the answer (not ``used``): sure, and only/any chains of a, only/any of b that do."""
    only_a = only_b = sure = True
    took_a = took_b = False
    flow[:n] = 0
    for i in range(n):
        of_a, of_b = stat[0, i], stat[1, i]
        take_a = of_a in (_OUT, _OPPOSITE) if minus else of_a in (_IN, _SAME)
        take_b = of_b == _IN
        used[0, i], used[1, i] = not take_a, not take_b
        only_a &= take_a
        only_b &= take_b or of_b == _SAME
        took_a |= take_a and of_a != _SAME
        took_b |= take_b
        # What is taken away is walked the other way round. Out of a node counts 1, into it 16.
        if take_a:
            flow[i] += 1
            flow[nxt[0, i]] += 16
        if take_b:
            flow[nxt[1, i] if minus else i] += 1
            flow[i if minus else nxt[1, i]] += 16
    for i in range(n):
        sure &= flow[i] == 0 or flow[i] == 17
    return sure, only_a, took_a, only_b, took_b


@njit(cache=True, error_model="numpy")
def _walked(
    xy: Any, minus: bool, walk: int, edge: Any, point: Any, ends: Any, nxt: Any, size: Any, back: Any,
    used: Any, oxy: Any, corners: int,
) -> int:  # fmt: skip
    """Writes the ring of the answer that begins with the chain of a at node ``walk``; corners so far, −1: doubtful."""
    node = walk
    while True:
        oxy[corners, 0], oxy[corners, 1] = point[node, 0], point[node, 1]
        corners += 1
        side, chain, step = 0, node, 1
        if used[0, node]:
            side = 1
            if minus:
                chain, step = back[node], -1
            if used[1, chain]:
                return -1
        used[side, chain] = True
        k, s, e = edge[side, chain], ends[side, chain, 0], ends[side, chain, 1]
        length = size[side, chain]
        k = s + (k - s + (length if step < 0 else 1)) % (e - s)
        for _ in range(length):
            oxy[corners, 0], oxy[corners, 1] = xy[k, 0], xy[k, 1]
            corners += 1
            k += step
            if k == e:
                k = s
            elif k < s:
                k = e - 1
        node = chain if step < 0 else nxt[side, chain]
        if node == walk:
            return corners


@njit(cache=True, error_model="numpy")
def _closed(oxy: Any, begin: int, corners: int) -> float:
    """Closes the ring that begins at ``begin``; its area on the map, negative for a hole."""
    oxy[corners, 0], oxy[corners, 1] = oxy[begin, 0], oxy[begin, 1]
    total = 0.0
    x0, y0 = oxy[begin, 0], oxy[begin, 1]
    for i in range(begin, corners):
        total += (oxy[i, 0] - x0) * (oxy[i + 1, 1] - y0) - (oxy[i + 1, 0] - x0) * (oxy[i, 1] - y0)
    return total / 2


@njit(cache=True, error_model="numpy")
def _free_rings(
    xy: Any, cuts: Any, rbox: Any, ring0: Any, ringn: Any, box: Any, number: Any, first: Any, start: Any, items: Any,
    a: int, b: int, minus: bool, free: Any,
) -> bool:  # fmt: skip
    """Rings that meet nothing (1 in ``free``): those that bound the answer become 2; False when doubtful."""
    for side in range(2):
        mine, other = (a, b) if side == 0 else (b, a)
        for r in range(ringn[mine]):
            if free[side, r] != 1:
                continue
            q = ring0[mine] + r
            k = cuts[q]
            inside = 0
            if (
                rbox[q, 0] >= box[other, 0] and rbox[q, 2] <= box[other, 2]
                and rbox[q, 1] >= box[other, 1] and rbox[q, 3] <= box[other, 3]
            ):  # fmt: skip
                inside = within(xy, cuts, ring0, ringn, box, number, first, start, items, other, xy[k, 0], xy[k, 1])
            if inside < 0:
                return False
            if inside == (0 if minus and side == 0 else 1):
                free[side, r] = 2
    return True


@njit(cache=True, error_model="numpy")
def clip_pairs(
    xy: Any, cuts: Any, rbox: Any, ring0: Any, ringn: Any, box: Any, number: Any, first: Any, start: Any, items: Any,
    left: Any, right: Any, begin: int, minus: bool, tol: float, status: Any, out: Any, oxy: Any, ocut: Any, oinner: Any,
    flag: Any,
) -> tuple[int, int, int]:  # fmt: skip
    """The pairs from ``begin``: status of each, rings of the cut ones (``out``: first and last ring of a pair).

    ``minus``: what the right one leaves of the left one instead of what they share. Ends early when the room for
    corners (``oxy``) or rings (``ocut``) is used up: returns the next pair, corners and rings used.
    """
    edges = np.zeros(len(ring0), dtype=np.int64)
    for p in range(len(ring0)):
        if ringn[p]:
            edges[p] = cuts[ring0[p] + ringn[p]] - cuts[ring0[p]]
    widest, rings_most, top = edges.max(), ringn.max(), _MOST_NODES
    found, others = np.empty(widest, dtype=np.int64), np.empty(widest, dtype=np.int64)
    boxes, other_boxes = np.empty((widest, 4)), np.empty((widest, 4))
    edge, part = np.empty((2, top), dtype=np.int64), np.empty((2, top))
    kind, point = np.empty(top, dtype=np.int64), np.empty((top, 2))
    order, ends = np.empty((2, top), dtype=np.int64), np.empty((2, top, 2), dtype=np.int64)
    nxt, size, stat = np.empty((2, top), dtype=np.int64), np.empty((2, top), dtype=np.int64), np.empty_like(edge)
    used, flow = np.empty((2, top), dtype=np.bool_), np.empty(top, dtype=np.int64)
    marked = np.empty(2 * top, dtype=np.int64)
    free = np.empty((2, rings_most), dtype=np.int8)
    frame = np.empty(4)
    corners = rings = 0
    for pair in range(begin, len(left)):
        a, b = left[pair], right[pair]
        turned = not minus and edges[b] < edges[a]
        if turned:
            a, b = b, a
        if corners + edges[a] + edges[b] + 2 * top > len(oxy) or rings + ringn[a] + ringn[b] + top > len(oinner):
            return pair, corners, rings
        status[pair] = NONE
        out[pair, 0] = out[pair, 1] = rings
        for i in range(2):
            frame[i] = max(box[a, i], box[b, i]) - tol
            frame[2 + i] = min(box[a, 2 + i], box[b, 2 + i]) + tol
        if frame[0] > frame[2] or frame[1] > frame[3]:
            if minus:
                status[pair] = WHOLE_A
            continue
        n = marks = 0
        # Where no edge of the larger one comes near, the smaller one lies inside or outside: most parcels of a line.
        few = 0
        if number[b]:
            many = near_in_bands(xy, frame, box[b], number[b], first[b], start, items, others, other_boxes)
        else:
            many = near_edges(xy, cuts, rbox, ring0[b], ringn[b], frame, others, other_boxes)
        if many:
            few = near_edges(xy, cuts, rbox, ring0[a], ringn[a], frame, found, boxes)
        if few and few * many > _MANY_PAIRS and number[b]:
            n, marks = _by_bands(
                xy, few, found, boxes, box[b], number[b], first[b], start, items, tol, edge, part, kind, point, flag,
                marked,
            )  # fmt: skip
        elif few:
            n, marks = _one_by_one(
                xy, few, found, boxes, many, others, other_boxes, tol, edge, part, kind, point, flag, marked
            )
        sure = n >= 0
        free[0, : ringn[a]] = 1
        free[1, : ringn[b]] = 1
        for side in range(2):
            if sure and n > 0:
                mine = b if side else a
                _order(edge[side], part[side], n, order[side])
                r = ring0[mine]
                for i in range(n):
                    while cuts[r + 1] <= edge[side, order[side, i]]:
                        r += 1
                    ends[side, order[side, i], 0], ends[side, order[side, i], 1] = cuts[r], cuts[r + 1] - 1
        for side in range(2):
            if sure and n > 0:
                mine = b if side else a
                sure = _chains(
                    xy, cuts, ring0[mine], ringn[mine], side, n, edge, part, kind, flag, tol, order[side], ends, nxt,
                    size, stat, free,
                )  # fmt: skip
        for i in range(marks):
            flag[marked[i]] = 0
        sure = sure and _free_rings(
            xy, cuts, rbox, ring0, ringn, box, number, first, start, items, a, b, minus, free
        )  # fmt: skip
        if not sure:
            status[pair] = DOUBTFUL
            continue
        sure, only_a, took_a, only_b, took_b = _joined(n, minus, nxt, stat, used, flow)
        for r in range(ringn[a]):
            only_a &= free[0, r] != 1
            took_a |= free[0, r] == 2
        for r in range(ringn[b]):
            only_b &= free[1, r] != 1
            took_b |= free[1, r] == 2
        if not sure:
            status[pair] = DOUBTFUL
            continue
        if only_a and not took_b:
            status[pair] = WHOLE_B if turned else WHOLE_A
            continue
        if only_b and not took_a and not minus:
            status[pair] = WHOLE_A if turned else WHOLE_B
            continue
        if minus:
            for i in range(n):
                flow[nxt[1, i]] = i  # from the end of a chain of b to its start
        first_corner, first_ring = corners, rings
        shells = holes = 0
        total = 0.0
        for walk in range(n + ringn[a] + ringn[b]):
            c0 = corners
            if walk < n:
                if used[0, walk]:
                    continue
                corners = _walked(xy, minus, walk, edge, point, ends, nxt, size, flow, used, oxy, corners)
            else:
                side, r = (0, walk - n) if walk < n + ringn[a] else (1, walk - n - ringn[a])
                if free[side, r] != 2:
                    continue
                q = ring0[b if side else a] + r
                for i in range(cuts[q + 1] - cuts[q] - 1):
                    k = cuts[q + 1] - 2 - i if minus and side else cuts[q] + i
                    oxy[corners, 0], oxy[corners, 1] = xy[k, 0], xy[k, 1]
                    corners += 1
            if corners < c0 + 3:
                sure = False
                break
            size_of = _closed(oxy, c0, corners)
            corners += 1
            total += size_of
            oinner[rings] = size_of < 0
            if size_of > 0:
                shells += 1
            else:
                holes += 1
            rings += 1
            ocut[rings] = corners
        # A ring of the answer that only chains of b make (it touches a in a corner) is left to GEOS.
        for i in range(n):
            sure &= used[1, i]
        if rings == first_ring and sure:
            continue
        if not sure or total <= tol or shells == 0 or (shells > 1 and holes > 0):
            corners, rings = first_corner, first_ring
            status[pair] = DOUBTFUL
            continue
        status[pair] = CUT
        out[pair, 1] = rings
    return len(left), corners, rings
