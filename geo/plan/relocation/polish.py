"""A PLAN MADE BETTER BY SMALL EXCHANGES among the plots that matter, priced by the multipliers: first by chance
(``_polish_kernel``), then the best exchange again and again (``_exchange_kernel``)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from geo.plan.relocation.core import expand
from geo.plan.relocation.plots import Bools
from geo.plan.relocation.sift import ends_of

if TYPE_CHECKING:
    from geo.plan.relocation.model import Search
    from geo.plan.relocation.tree import Tree

STEPS, HOT = 50_000, 0.08
"""Steps of one way, and how much of a plot's mean cost a step may add at first."""
SUMS = 300_000
"""Exchanges looked at for the best one."""


def polished(
    search: Search, tree: Tree, begin: Bools | None, times: int, *, hot_share: float = HOT, steps: int = STEPS,
    silent: bool = False,
) -> list[Bools]:  # fmt: skip
    """The best plan met on each of ``times`` ways from ``begin`` (open plots; None: the best plan or the root's)."""
    from geo.plan.relocation._exchange_kernel import exchange
    from geo.plan.relocation._polish_kernel import polish

    small, open_ = tree.small, tree.open_
    if begin is None:
        fits = len(search.best) and bool((search.best == tree.base)[~open_].all())
        begin = search.best[open_] if fits else tree.root.inside[open_]
    free = (small.low < 0.5) & (small.high > 0.5)
    if not free.any():
        return []
    price = tree.root.price
    size = abs(small.matrix)
    worth = float((size.T @ price).mean())
    each = np.asarray(size.sum(axis=1)).ravel() / np.maximum(np.diff(small.matrix.tocsr().indptr), 1)
    penalty = np.maximum(1.5 * price, worth / np.maximum(each, 1e-12))
    columns = small.matrix.tocsc()
    hot = hot_share * max(abs(small.value(begin)), 1.0) / max(int(begin.sum() + tree.base.sum()), 1)
    graph = (small.weight - small.matrix.T @ price, small.left, small.right, small.cap, *ends_of(small), free)
    rows = (columns.indptr, columns.indices, columns.data)
    seeds = np.flatnonzero(free)
    plans = []
    for seed in range(times):
        room = small.matrix @ begin.astype(float) - small.lower
        found = polish(
            begin.copy(), *graph, *rows, room, small.tolerance, price, penalty, seeds, hot, hot / 40, steps, seed
        )
        room = small.matrix @ found.astype(float) - small.lower
        if (room >= -small.tolerance).all():
            exchange(found, *graph, *rows, room, small.tolerance, price, seeds, SUMS)
        plans.append(expand(tree.base, tree.label, found))
        search.offer(plans[-1])
        if not search.tell("polish", silent=silent):
            break
    return plans
