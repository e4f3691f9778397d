"""THE PLOTS AROUND A PLAN decided exactly: where good plans and the split plan differ; all others stay as they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from geo.plan.relocation.core import contract, expand
from geo.plan.relocation.highs import solve_cut_model
from geo.plan.relocation.plots import Bools, Ints
from geo.plan.relocation.sift import labelled, least
from geo.plan.relocation.solution import good_enough

if TYPE_CHECKING:
    from geo.plan.relocation.model import Search
    from geo.plan.relocation.tree import Tree

NEAR = 600
"""Plots decided around one plan."""
BESIDE, CLOSE = 40, 0.3
"""Plots beside those in which several plans differ, and the part of the gap asked that such a small problem may leave;
around one plan it is ``LOOSE``."""
LOOSE = 0.7
NEAR_BRANCHINGS = 400


def near(
    search: Search, tree: Tree, plans: Sequence[Bools] = (), *, beside: int = BESIDE, close: float = CLOSE,
    branchings: int = NEAR_BRANCHINGS,
) -> None:  # fmt: skip
    """Decides exactly, plot by plot, where the best plan, other ``plans`` and the split plan of the last case differ,
    and a few plots more; the rest stays."""
    model = search.model
    part = tree.base.astype(float)
    if len(tree.x) == tree.small.size:
        part[tree.label >= 0] = tree.x
    base = search.best if len(search.best) else tree.root.inside
    free = (model.low < 0.5) & (model.high > 0.5)
    open_ = (np.abs(part - base) > 1e-6) & free
    if plans:
        table = np.array(plans)
        open_ |= (table.any(axis=0) != table.all(axis=0)) & free
    far = np.where(free & tree.open_ & ~open_, tree.far, np.inf)
    open_ |= least(far, beside if plans else max(NEAR - int(open_.sum()), NEAR // 4))
    label = labelled(open_)
    aim = tree.hoped() if tree.leaves() else search.bound
    gap = (close if plans else LOOSE) * search.gap
    _solve_small(search, base & (label < 0), label, gap=gap, aim=aim, branchings=branchings)


def _solve_small(search: Search, base: Bools, label: Ints, *, gap: float, aim: float, branchings: int) -> None:
    """Solves the contracted problem and offers its plan; stops at one that ``aim``, promised by the cases, settles."""
    small = contract(search.model, base, label)
    start = None
    if len(search.best):
        fits = np.zeros(small.size, dtype=bool)
        fits[label[label >= 0]] = search.best[label >= 0]
        start = fits if small.holds(fits) else None

    def tick(_seconds: float, _objective: float, _bound: float) -> bool:
        return search.tell("core", silent=True)

    _, chosen = solve_cut_model(
        small, gap=gap, time_limit_s=0.3 * search.left_s(), start=start, most_nodes=branchings,
        enough=good_enough(max(aim, search.bound), 0.95 * search.gap), tick=tick,
    )  # fmt: skip
    if len(chosen):
        search.offer(expand(base, label, chosen))
