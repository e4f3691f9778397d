"""The best exchange of one to three groups of plots, again and again, as one compiled search.

What turning a plot (and the neighbours that gain by turning with it) adds at the prices, and gives to the rows, is told
once for every plot; an exchange then is a sum. Rows priced p with room r leave no exchange that is better than its
priced cost minus p·r: so only plots that cost little at the prices come into question, and few sums are looked at.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from geo.plan.relocation._polish_kernel import MOST_TURNED, _turn

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Ints32 = NDArray[np.int32]
Bools = NDArray[np.bool_]

GROUPS = 3
BANS = 8
"""Exchanges that turn out to be worse than their sum (their plots are neighbours) before the search ends."""
STEPS = 60
BETTER = 1e-6
"""What an exchange must gain at least (mu·km)."""


@njit(cache=True)
def _best_exchange(
    cost: Floats, delta: Floats, room: Floats, price: Floats, tolerance: Floats, most: int
) -> tuple[Ints, float]:
    """Places of the groups whose exchange gains most, and what it adds; ``cost`` ascends. At most so many sums."""
    count, rows = delta.shape
    found, tried = np.full(GROUPS, -1, dtype=np.int64), np.full(GROUPS, -1, dtype=np.int64)
    at = np.zeros(GROUPS + 1, dtype=np.int64)
    left, spent = np.zeros((GROUPS + 1, rows)), np.zeros(GROUPS + 1)
    left[0] = room
    worth = 0.0
    for r in range(rows):
        worth += price[r] * room[r]
    saved = np.zeros(GROUPS + 1)
    for k in range(GROUPS):
        saved[k + 1] = saved[k] + (min(cost[k], 0.0) if k < count else 0.0)
    best, depth, sums = -BETTER, 0, 0
    while depth >= 0:
        place = at[depth]
        added = spent[depth] + cost[place] if place < count else np.inf
        if sums >= most or added + saved[GROUPS - depth - 1] - worth >= best:
            depth -= 1
            continue
        at[depth] = place + 1
        sums += 1
        holds, value = True, added - worth
        for r in range(rows):
            then = left[depth, r] + delta[place, r]
            left[depth + 1, r] = then
            value += price[r] * then
            if then < -tolerance[r]:
                holds = False
        tried[depth] = place
        if holds and value < best:
            best = value
            found[:] = -1
            found[: depth + 1] = tried[: depth + 1]
        if depth + 1 < GROUPS:
            depth += 1
            spent[depth], at[depth] = added, place + 1
    return found, best


@njit(cache=True)
def exchange(
    x: Bools, node: Floats, left: Ints, right: Ints, cap: Floats, start: Ints, edge: Ints, free: Bools,
    row_start: Ints32, row: Ints32, value: Floats, room: Floats, tolerance: Floats, price: Floats, seeds: Ints,
    most: int,
) -> float:  # fmt: skip
    """Makes a plan that holds every row better until no exchange gains; ``x`` and ``room`` are changed. What it adds.

    The arguments are those of ``polish``; most: sums of groups looked at for one exchange.
    """
    many, rows = len(seeds), len(room)
    turned_by = np.zeros(len(x), dtype=np.int64)
    group, moved = np.empty(MOST_TURNED, dtype=np.int64), np.empty(GROUPS * MOST_TURNED, dtype=np.int64)
    cost, delta, same = np.zeros(many), np.zeros((many, rows)), np.zeros(many, dtype=np.int64)
    banned = np.zeros(many, dtype=np.bool_)
    stamp, bans, gained = 0, 0, 0.0
    for _ in range(STEPS):
        delta[:] = 0.0
        for s in range(many):
            stamp += 1
            count, cost[s] = _turn(seeds[s], x, node, left, right, cap, start, edge, free, turned_by, stamp, group)
            same[s] = seeds[s]
            for i in range(count):
                v = group[i]
                sign = 1.0 if x[v] else -1.0
                for place in range(row_start[v], row_start[v + 1]):
                    delta[s, row[place]] += sign * value[place]
                same[s] = min(same[s], v)
            same[s] = same[s] * (MOST_TURNED + 1) + count
            for i in range(count):
                x[group[i]] = not x[group[i]]
        ordered, kept = np.argsort(cost, kind="mergesort"), np.empty(many, dtype=np.int64)
        count = 0
        for s in ordered:
            new = not banned[s]
            before = count - 1
            while new and before >= 0 and cost[s] - cost[kept[before]] < 1e-9:
                new = same[kept[before]] != same[s]
                before -= 1
            if new:
                kept[count] = s
                count += 1
        kept = kept[:count]
        # Rows that no exchange can break need not be added up, if they have no price.
        matters = np.zeros(rows, dtype=np.bool_)
        for r in range(rows):
            matters[r] = price[r] > 0.0 or room[r] + GROUPS * delta[:, r].min() < -tolerance[r]
        used = np.flatnonzero(matters)
        sums = np.empty((count, len(used)))
        for k in range(count):
            for r in range(len(used)):
                sums[k, r] = delta[kept[k], used[r]]
        found, added = _best_exchange(cost[kept], sums, room[used], price[used], tolerance[used], most)
        if added >= -BETTER:
            break
        then, turned, told, holds = room.copy(), 0, 0.0, True
        for k in found:
            if k < 0:
                break
            pick = seeds[kept[k]]
            for i in range(turned):
                holds = holds and moved[i] != pick
            stamp += 1
            count, more = _turn(pick, x, node, left, right, cap, start, edge, free, turned_by, stamp, group)
            told += more
            for i in range(count):
                v = group[i]
                sign = 1.0 if x[v] else -1.0
                for place in range(row_start[v], row_start[v + 1]):
                    then[row[place]] += sign * value[place]
                moved[turned] = v
                turned += 1
        for r in range(rows):
            told += price[r] * (then[r] - room[r])
            holds = holds and then[r] >= -tolerance[r]
        if holds and told < -BETTER:
            room[:] = then
            gained += told
            banned[:] = False
            bans = 0
            continue
        for i in range(turned - 1, -1, -1):
            x[moved[i]] = not x[moved[i]]
        bans += 1
        if bans > BANS or found[1] < 0:
            break
        banned[kept[found[found >= 0][-1]]] = True
    return gained
