"""A maximum flow that goes on from any flow, compiled: plots below zero give what they can to plots above zero.

Push and relabel (Goldberg and Tarjan 1988), first in first out, heights set anew by a search back from the takers.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@njit(cache=True)
def _heights(
    weight: Floats, left: Ints, right: Ints, cap: Floats, flow: Floats, start: Ints, edge: Ints, height: Ints,
    queue: Ints, grain: float,
) -> None:  # fmt: skip
    """Steps of every plot to the nearest taker along borders that still let something through; size + 1: none."""
    size = len(weight)
    head = tail = 0
    for v in range(size):
        height[v] = size + 1
        if weight[v] > grain:
            height[v] = 0
            queue[tail] = v
            tail += 1
    while head < tail:
        v = queue[head]
        head += 1
        for place in range(start[v], start[v + 1]):
            k = edge[place]
            # What a neighbour may still give to v: the flow is taken from left and given to right.
            if left[k] == v:
                other, room = right[k], cap[k] - flow[k]
            else:
                other, room = left[k], cap[k] + flow[k]
            if room > grain and height[other] > size:
                height[other] = height[v] + 1
                queue[tail] = other
                tail += 1


@njit(cache=True)
def push(
    weight: Floats, left: Ints, right: Ints, cap: Floats, flow: Floats, start: Ints, edge: Ints, grain: float
) -> Bools:
    """Makes ``flow`` a maximum flow and ``weight`` what is left of the weights, both in place; the plots that are in.

    ``weight`` must hold the weights with ``flow`` already counted. What is smaller than ``grain`` is left alone.
    """
    size = len(weight)
    height = np.empty(size, dtype=np.int64)
    queue = np.empty(size, dtype=np.int64)
    waiting = np.zeros(size, dtype=np.bool_)
    stale = True
    while stale:
        stale = False
        _heights(weight, left, right, cap, flow, start, edge, height, queue, grain)
        head, held, work = 0, 0, 0
        for v in range(size):
            waiting[v] = weight[v] < -grain and height[v] <= size
            if waiting[v]:
                queue[held] = v
                held += 1
        while held:
            v = queue[head]
            head = head + 1 if head + 1 < size else 0
            held -= 1
            waiting[v] = False
            while weight[v] < -grain and height[v] <= size:
                lowest = size + 1
                for place in range(start[v], start[v + 1]):
                    k = edge[place]
                    mine = left[k] == v
                    other = right[k] if mine else left[k]
                    room = cap[k] + flow[k] if mine else cap[k] - flow[k]
                    if room <= grain:
                        continue
                    if height[other] == height[v] - 1:
                        given = min(room, -weight[v])
                        flow[k] += -given if mine else given
                        weight[v] += given
                        weight[other] -= given
                        if weight[other] < -grain and not waiting[other]:
                            waiting[other] = True
                            tail = head + held
                            queue[tail if tail < size else tail - size] = other
                            held += 1
                        if weight[v] >= -grain:
                            break
                        if given == room:
                            continue
                    lowest = min(lowest, height[other] + 1)
                work += start[v + 1] - start[v] + 1
                if weight[v] < -grain:
                    height[v] = max(lowest, height[v] + 1)
            if work > 4 * size:  # heights that grew by single steps are measured anew
                stale = True
                break
    # In is whatever a plot below zero could still give to.
    inside = np.zeros(size, dtype=np.bool_)
    head = tail = 0
    for v in range(size):
        if weight[v] < -grain:
            inside[v] = True
            queue[tail] = v
            tail += 1
    while head < tail:
        v = queue[head]
        head += 1
        for place in range(start[v], start[v + 1]):
            k = edge[place]
            mine = left[k] == v
            other = right[k] if mine else left[k]
            room = cap[k] + flow[k] if mine else cap[k] - flow[k]
            if room > grain and not inside[other]:
                inside[other] = True
                queue[tail] = other
                tail += 1
    return inside
