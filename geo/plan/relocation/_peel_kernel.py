"""The peeling of ``min_cut`` as one compiled pass over a queue: a border is looked at twice at most, at any size."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@njit(cache=True)
def edges_by_node(left: Ints, right: Ints, size: int) -> tuple[Ints, Ints]:
    """Edges of every node: ``start[v]:start[v + 1]`` in ``edge``."""
    start = np.zeros(size + 1, dtype=np.int64)
    for k in range(len(left)):
        start[left[k] + 1] += 1
        start[right[k] + 1] += 1
    for v in range(size):
        start[v + 1] += start[v]
    at = start[:-1].copy()
    edge = np.empty(2 * len(left), dtype=np.int64)
    for k in range(len(left)):
        edge[at[left[k]]] = k
        at[left[k]] += 1
        edge[at[right[k]]] = k
        at[right[k]] += 1
    return start, edge


@njit(cache=True)
def peel(
    weight: Floats, left: Ints, right: Ints, cap: Floats, start: Ints, edge: Ints
) -> tuple[NDArray[np.int8], Floats, NDArray[np.bool_]]:
    """Sides (0 out, 1 in, −1 open), flow on the edges of decided nodes, and which edges are left.

    A node whose weight is at least the sum of its open edges is out, one at most minus that sum is in; its edges then
    count as weight of its neighbours. ``weight`` is changed in place.
    """
    size = len(weight)
    reach = np.zeros(size)
    for k in range(len(left)):
        reach[left[k]] += cap[k]
        reach[right[k]] += cap[k]
    side = np.full(size, -1, dtype=np.int8)
    flow = np.zeros(len(left))
    live = np.ones(len(left), dtype=np.bool_)
    queue = np.arange(size)
    waiting = np.ones(size, dtype=np.bool_)
    head, held = 0, size
    while held:
        v = queue[head]
        head = head + 1 if head + 1 < size else 0
        held -= 1
        waiting[v] = False
        if side[v] >= 0:
            continue
        if weight[v] >= reach[v]:
            side[v], sign = 0, 1.0
        elif weight[v] <= -reach[v]:
            side[v], sign = 1, -1.0
        else:
            continue
        for place in range(start[v], start[v + 1]):
            k = edge[place]
            if not live[k]:
                continue
            live[k] = False
            other = right[k] if left[k] == v else left[k]
            flow[k] = sign * cap[k] if left[k] == v else -sign * cap[k]
            weight[other] += sign * cap[k]
            reach[other] -= cap[k]
            if side[other] < 0 and not waiting[other]:
                waiting[other] = True
                tail = head + held
                queue[tail if tail < size else tail - size] = other
                held += 1
    return side, flow, live
