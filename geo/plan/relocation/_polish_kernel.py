"""A plan made better by small exchanges, compiled: plots turned in and out together, worse steps taken at first."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Ints32 = NDArray[np.int32]
Bools = NDArray[np.bool_]

MOST_TURNED = 64


@njit(cache=True)
def _turn(
    seed: int, x: Bools, node: Floats, left: Ints, right: Ints, cap: Floats, start: Ints, edge: Ints, free: Bools,
    turned_by: Ints, stamp: int, group: Ints,
) -> tuple[int, float]:  # fmt: skip
    """Turns a plot and then the neighbours that gain by turning with it: how many, and what it adds at the prices."""
    side = x[seed]
    sign = -1.0 if side else 1.0
    group[0] = seed
    turned_by[seed] = stamp
    total = sign * node[seed]
    for place in range(start[seed], start[seed + 1]):
        k = edge[place]
        other = right[k] if left[k] == seed else left[k]
        total += cap[k] if x[other] == side else -cap[k]
    x[seed] = not side
    count, head = 1, 0
    while head < count and count < MOST_TURNED:
        at = group[head]
        head += 1
        for place in range(start[at], start[at + 1]):
            k = edge[place]
            v = right[k] if left[k] == at else left[k]
            if turned_by[v] == stamp or x[v] != side or not free[v]:
                continue
            gain = sign * node[v]
            for place_v in range(start[v], start[v + 1]):
                k_v = edge[place_v]
                w = right[k_v] if left[k_v] == v else left[k_v]
                gain += cap[k_v] if x[w] == side else -cap[k_v]
            if gain < 0.0:
                turned_by[v] = stamp
                x[v] = not side
                group[count] = v
                count += 1
                total += gain
                if count == MOST_TURNED:
                    break
    return count, total


@njit(cache=True)
def polish(
    x: Bools, node: Floats, left: Ints, right: Ints, cap: Floats, start: Ints, edge: Ints, free: Bools,
    row_start: Ints32, row: Ints32, value: Floats, room: Floats, tolerance: Floats, price: Floats, penalty: Floats,
    seeds: Ints, hot: float, cold: float, steps: int, seed: int,
) -> Bools:  # fmt: skip
    """The best plan that holds every row, met on a way from ``x`` (which is changed) by exchanges of one to three.

    node: weights at the prices; row_start, row, value: the rows by column; room: what each row has over its limit;
    penalty: of a unit that a row misses; hot, cold: how much worse a step may be, at first and at last.
    """
    np.random.seed(seed)  # noqa: NPY002 - numba knows no Generator by seed here
    turned_by = np.zeros(len(x), dtype=np.int64)
    group = np.empty(MOST_TURNED, dtype=np.int64)
    moved = np.empty(3 * MOST_TURNED, dtype=np.int64)
    then = room.copy()
    stamp = 0
    owed = 0.0
    for r in range(len(room)):
        owed += penalty[r] * max(-room[r], 0.0)
    now, best, kept = 0.0, 0.0, x.copy()
    if owed > 0.0:
        best = np.inf
    for step in range(steps):
        heat = hot * (cold / hot) ** (step / steps)
        draw = np.random.random()  # noqa: NPY002 - numba knows no Generator by seed here
        parts = 1 if draw < 0.3 else 2 if draw < 0.8 else 3
        many, added = 0, 0.0
        then[:] = room
        wanted = False
        for part in range(parts):
            pick = seeds[np.random.randint(len(seeds))]  # noqa: NPY002 - numba knows no Generator by seed here
            for _ in range(4):  # what comes in is set against what goes out
                if part == 0 or x[pick] == wanted:
                    break
                pick = seeds[np.random.randint(len(seeds))]  # noqa: NPY002 - numba knows no Generator by seed here
            stamp += 1
            count, cost = _turn(pick, x, node, left, right, cap, start, edge, free, turned_by, stamp, group)
            added += cost
            wanted = x[pick]
            for i in range(count):
                v = group[i]
                sign = 1.0 if x[v] else -1.0
                for place in range(row_start[v], row_start[v + 1]):
                    then[row[place]] += sign * value[place]
                moved[many] = v
                many += 1
        debt, holds = 0.0, True
        for r in range(len(room)):
            added += price[r] * (then[r] - room[r])
            debt += penalty[r] * max(-then[r], 0.0)
            holds = holds and then[r] >= -tolerance[r]
        worse = added + debt - owed
        if worse <= 0.0 or np.random.random() < np.exp(-worse / heat):  # noqa: NPY002 - numba knows no Generator by seed here
            room[:] = then
            now += added
            owed = debt
            if holds and now < best - 1e-9:
                best = now
                kept[:] = x
        else:
            for i in range(many - 1, -1, -1):
                x[moved[i]] = not x[moved[i]]
    return kept
