"""PLANS AND CASES BY TURNS: cases lift the bound, a plan is made beside every split plan, until both meet.

A few cases lift the bound sooner than a better plan is found, and the higher it is, the more plans are good enough: so
the cases come first, and each of them shows where a plan may be. Exact looks around a plan (``near``) cost most and
come last, when little is missing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from geo.plan.relocation.near import near
from geo.plan.relocation.plots import Bools
from geo.plan.relocation.polish import polished
from geo.plan.relocation.tree import Tree, end, grow, rounded

if TYPE_CHECKING:
    from geo.plan.relocation.model import Search

SPLITS = (30, 60, 120, 240, 480, 960, 1920)
"""Cases that may be split in a turn."""
LEAVES, DOWN, STEPS = 6, 6, 20_000
"""Cases from whose split plans plans are made in a turn, the steps down before they are rounded, and those of a way."""
WAYS = 3
"""Ways from each of them."""
LAST, NARROW = 3, 1.5
"""The turn from which on exact looks are worth their time, and what may be missing then, as a part of the gap asked."""
KNOWN = 8
"""The best of the other plans, which an exact look compares with the best."""
BESIDE, CLOSE, BRANCHINGS = 160, 0.1, 60
"""Plots decided exactly beside those in which plans differ, what share of the gap asked that may leave, and the
branchings it may take."""


def by_turns(tree: Tree, plans: Sequence[Bools] = (), *, turns: Sequence[int] = SPLITS) -> None:
    """Goes on with a tree of cases until the gap is closed or the turns are over; ``plans``: other plans known."""
    search, known = tree.search, [*plans]
    for turn, splits in enumerate(turns):
        if not going(search):
            break
        grow(tree, most=splits, last=False, beside=True)
        search.tell(f"cases {tree.splits}")
        if not tree.good():
            known += _from_cases(search, tree)
            search.tell("plans of cases")
        if turn >= LAST and _close(tree) and not tree.good() and going(search):
            best = sorted((plan for plan in known if tree.model.holds(plan)), key=tree.model.value)[:KNOWN]
            near(search, tree, best, beside=BESIDE, close=CLOSE, branchings=BRANCHINGS)
            search.tell("near")
        if going(search) and tree.good():
            grow(tree, most=splits, beside=True)
            search.tell(f"cases {tree.splits}")
        if not tree.waiting:
            break
    end(tree)


def going(search: Search) -> bool:
    """Whether there is still something to do, and time for it."""
    return not (search.settled() or search.cancelled) and search.left_s() > 0


def _close(tree: Tree) -> bool:
    """Whether a little better a plan would do: then an exact look around it is worth its time."""
    best = tree.search.objective
    return bool(tree.hoped() >= best - NARROW * (best - tree.goal()))


def _from_cases(search: Search, tree: Tree) -> list[Bools]:
    """Plans beside the split plans of the weakest cases, until one is good enough by what all cases promise."""
    plans: list[Bools] = []
    for leaf in sorted(tree.leaves(), key=lambda leaf: leaf.hope)[:LEAVES]:
        if tree.good() or not going(search):
            break
        plans += polished(search, tree, rounded(tree, leaf.path, most=DOWN), WAYS, steps=STEPS)
    return plans
