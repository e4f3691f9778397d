"""A SCHEME MADE BETTER BY HAND: one hamlet elsewhere, two hamlets exchanged, a place closed, as long as it helps.

The solver proves; it does not always find a good scheme of a later wish before its time is over. These steps need no
clock: the same scheme gives the same better one on every machine, and every step keeps every condition.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from geo.plan.relocation.plots import Floats, Ints
from geo.plan.village.problem import VillageProblem
from geo.plan.village.proof import Kept

MOST_TRIED = 2_000
"""Schemes looked at in one call: ends a search that would go on for little."""
SLACK = 1e-9
TOLLS = (1.0,)
STAYS = -1


def improved(problem: VillageProblem, cost: Floats, kept: Sequence[Kept], scheme: Floats) -> Floats:
    """The scheme (columns), or one that costs less and keeps every condition and every wish kept."""
    if not problem.arcs:
        return scheme
    search = _Search(problem, cost, kept)
    choice = np.full(len(problem.hamlets), STAYS, dtype=np.int64)
    taken = np.flatnonzero(scheme[: problem.arcs] > 0.5)
    choice[problem.hamlet[taken]] = taken
    best = float(cost @ scheme)
    found = scheme
    better = True
    while better and search.tried < MOST_TRIED:
        better = False
        for steps in (search.single, search.exchanges, search.closings):
            for other in steps(choice):
                columns = search.kept_by(other)
                if columns is not None and float(cost @ columns) < best - SLACK * max(abs(best), 1.0):
                    choice, best, found, better = other, float(cost @ columns), columns, True
                    break
                if search.tried >= MOST_TRIED:
                    break
            if better:
                break
    return found


def guided(
    problem: VillageProblem, cost: Floats, kept: Sequence[Kept], scheme: Floats, prices: Mapping[str, float]
) -> Floats:
    """The best of several searches: by the wish itself, and first by the wish with the wishes kept at their price.

    prices: of the continuous program, ``level1`` … for the wishes kept: a step that saves what an earlier wish is short
    of makes room for steps that this wish is waiting for.
    """
    best = improved(problem, cost, kept, scheme)
    toll = sum((prices.get(f"level{n}", 0.0) * row for n, (row, _) in enumerate(kept, start=1)), np.zeros(problem.size))
    if not toll.any():
        return best
    for share in TOLLS:
        other = improved(problem, cost, kept, improved(problem, cost + share * toll, kept, best))
        if float(cost @ other) < float(cost @ best) - SLACK * max(abs(float(cost @ best)), 1.0):
            best = other
    return best


class _Search:
    """The steps from a choice (an arc or STAYS for each hamlet), those that promise most first."""

    def __init__(self, problem: VillageProblem, cost: Floats, kept: Sequence[Kept]) -> None:
        self.problem, self.cost, self.kept, self.tried = problem, cost, kept, 0
        self.matrix, limits, _ = problem.rows
        self.limits = limits + SLACK * np.maximum(np.abs(limits), 1.0)
        self.arc_cost = cost[: problem.arcs]
        self.open_cost = cost[problem.arcs : problem.arcs + len(problem.places)]
        # What lifting its small fields could bring at most: told by a hamlet, not by an arc.
        self.lifts = np.zeros(len(problem.hamlets))
        fields = cost[problem.arcs + len(problem.places) :]
        np.add.at(self.lifts, problem.lift_hamlet, np.minimum(fields[problem.lift_block], 0.0))
        self.at = {(int(h), int(p)): k for k, (h, p) in enumerate(zip(problem.hamlet, problem.place, strict=True))}
        self.must = np.array([h in problem.must for h in problem.hamlets], dtype=bool)

    def kept_by(self, choice: Ints) -> Floats | None:
        """The columns of a choice, or None when it breaks a condition or a wish kept."""
        self.tried += 1
        q = self.problem
        v = np.zeros(q.size)
        taken = choice[choice >= 0]
        v[taken] = 1.0
        v[q.arcs + np.unique(q.place[taken])] = 1.0
        moved = choice[q.lift_hamlet] >= 0
        v[q.arcs + len(q.places) + np.unique(q.lift_block[moved])] = 1.0
        if (self.matrix @ v > self.limits).any() or any(float(row @ v) > limit for row, limit in self.kept):
            return None
        return v

    def now(self, choice: Ints) -> Floats:
        """What each hamlet costs by its arc."""
        return np.where(choice >= 0, self.arc_cost[choice], 0.0)

    def single(self, choice: Ints) -> Iterator[Ints]:
        """One hamlet to another place, or back to where it is."""
        q, now = self.problem, self.now(choice)
        fresh = np.where(choice == STAYS, self.lifts, 0.0)
        gain = self.arc_cost - now[q.hamlet] + fresh[q.hamlet]
        gain[choice[choice >= 0]] = 0.0
        back = np.where((choice >= 0) & ~self.must, -now, 0.0)
        gains = np.concatenate([gain, back])
        order = np.argsort(gains, kind="stable")
        for k in order[gains[order] < -1e-12].tolist():
            other = choice.copy()
            if k < q.arcs:
                other[q.hamlet[k]] = k
            else:
                other[k - q.arcs] = STAYS
            yield other

    def exchanges(self, choice: Ints) -> Iterator[Ints]:
        """Two hamlets that move exchange their places."""
        q, now = self.problem, self.now(choice)
        moving = np.flatnonzero(choice >= 0)
        self.tried += len(moving) ** 2 // 100  # looking at pairs is work too
        told = []
        for n, h in enumerate(moving):
            for k in moving[n + 1 :]:
                a, b = int(q.place[choice[h]]), int(q.place[choice[k]])
                one, two = self.at.get((int(h), b), STAYS), self.at.get((int(k), a), STAYS)
                if a != b and one >= 0 and two >= 0:
                    gain = self.arc_cost[one] + self.arc_cost[two] - now[h] - now[k]
                    if gain < -1e-12:
                        told.append((float(gain), int(h), one, int(k), two))
        for _, first, one, second, two in sorted(told):
            other = choice.copy()
            other[first], other[second] = one, two
            yield other

    def closings(self, choice: Ints) -> Iterator[Ints]:
        """A place is closed, and maybe another opened for it: its hamlets go, the largest first, to the cheapest place
        with room."""
        q = self.problem
        taken = choice[choice >= 0]
        used = np.unique(q.place[taken])
        load = np.bincount(q.place[taken], weights=q.households[q.hamlet[taken]], minlength=len(q.places))
        now = self.now(choice)
        told = []
        for closed in used:
            mine = [int(h) for h in np.flatnonzero(choice >= 0) if q.place[choice[h]] == closed]
            mine.sort(key=lambda h: (-int(q.households[h]), h))
            before = float(now[mine].sum()) + self.open_cost[closed]
            rest = [int(p) for p in used if p != closed]
            # A place that not even half of them reach is no successor.
            reach = np.bincount(q.place[np.isin(q.hamlet, mine)], minlength=len(q.places))
            for fresh in (STAYS, *np.flatnonzero((load == 0) & (2 * reach >= len(mine))).tolist()):
                if self.tried >= MOST_TRIED:
                    break
                goes = self._placed(mine, rest if fresh == STAYS else [*rest, fresh], q.capacity - load)
                if goes is None:
                    continue
                gain = sum(self.arc_cost[k] for k in goes if k >= 0) - before
                gain += self.open_cost[fresh] if fresh >= 0 else 0.0
                if gain < -1e-12:
                    told.append((float(gain), int(closed), fresh, mine, goes))
        for _, _, _, mine, goes in sorted(told, key=lambda t: t[:3]):
            other = choice.copy()
            other[mine] = goes
            yield other

    def _placed(self, hamlets: Sequence[int], places: Sequence[int], room: Any) -> list[int] | None:
        """An arc (or STAYS) for each of the hamlets, one after the other; None when one that must move cannot."""
        self.tried += 1
        q, left, told = self.problem, room.copy(), []
        for h in hamlets:
            ways = [(float(self.arc_cost[k]), k) for p in places if left[p] >= q.households[h]
                    for k in (self.at.get((h, p), STAYS),) if k >= 0]  # fmt: skip
            if not ways and self.must[h]:
                return None
            arc = min(ways)[1] if ways else STAYS
            told.append(arc)
            if arc >= 0:
                left[q.place[arc]] -= q.households[h]
        return told
