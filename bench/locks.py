"""How long a plan takes again after a lock, kind by kind, on the whole zone with every parcel a candidate.

    python -m bench.locks --zone FOLDER

Every line is one lock on top of the same first plan: processor seconds, the gap proven, the cases of its proof, and the
proof added up once more from nothing. Nothing here is timed by the clock on the wall.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import breadth_first_order

from bench._instances import instance
from bench._zone_instance import zone_problem
from geo.plan.relocation.certificate import proven_by
from geo.plan.relocation.model import solve
from geo.plan.relocation.problem import Problem
from geo.plan.relocation.solution import Solution

ASKED = 1e-3


def kinds(problem: Problem, plan: Solution, seed: int = 1) -> dict[str, tuple[list[str], list[str]]]:
    """Locks by name: plots that must come in, plots that must stay out."""
    dice = np.random.default_rng(seed)
    ids, chosen = np.array(problem.pool.ids), list(plan.chosen)
    inside = problem.chosen_mask(chosen)
    beside = np.zeros(len(ids), dtype=bool)
    beside[problem.borders.left[inside[problem.borders.right]]] = True
    beside[problem.borders.right[inside[problem.borders.left]]] = True
    near = ids[beside & ~inside]

    def some(among: list[str] | np.ndarray, count: int) -> list[str]:
        return [str(i) for i in dice.choice(np.asarray(among), count, replace=False)]

    return {
        "out, the middle one": ([], [chosen[len(chosen) // 2]]),
        "out, 1": ([], some(chosen, 1)),
        "out, 5": ([], some(chosen, 5)),
        "out, 20": ([], some(chosen, 20)),
        "in, 1 beside": (some(near, 1), []),
        "in, 5 beside": (some(near, 5), []),
        "in, 10 anywhere": (some(ids, 10), []),
        "in 3 and out 3": (some(near, 3), some(chosen, 3)),
        "50 kept": (chosen[:50], []),
        "fields of 100, out": ([], [str(i) for i in ids[_around(problem, some(chosen, 1)[0], 100)]]),
        "a polder of 10, in": ([str(i) for i in ids[_around(problem, some(ids, 1)[0], 10)]], []),
    }


def _around(problem: Problem, plot: str, count: int) -> np.ndarray:
    """Places of a plot and the nearest by neighbours, ``count`` in all where so many hang together."""
    size = len(problem.pool)
    one = np.ones(len(problem.borders.left))
    beside = sparse.coo_matrix((one, (problem.borders.left, problem.borders.right)), shape=(size, size))
    order = breadth_first_order(beside.tocsr(), problem.pool.ids.index(plot), directed=False, return_predecessors=False)
    return np.sort(order[:count])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--zone", type=Path, required=True, help="folder of a whole zone")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    problem = zone_problem(given.zone)
    for size in (300, 20_001):  # compiled code is read before anything is measured
        solve(instance(size, "mixed"), gap=0.5)
    first = _told("first plan", problem, None)
    for name, (come, stay) in kinds(problem, first, given.seed).items():
        _told(name, problem.lock(inn=come, out=stay), first)


def _told(name: str, problem: Problem, start: Solution | None) -> Solution:
    begun = time.process_time()
    found = solve(problem, gap=ASKED, time_limit_s=2400, start=start)
    spent = time.process_time() - begun
    cases, added = 0, np.nan
    if found.certificate is not None:
        cases, added = len(found.certificate.branches), proven_by(problem, found.certificate)
    print(
        f"{name:<20} {spent:6.1f} cpu s  {found.objective:10,.1f} mu·km  gap {found.gap:.4%}  cases {cases:>3}"
        f"  added up again {added:,.1f}  {found.status}",
        flush=True,
    )
    return found


if __name__ == "__main__":
    main()
