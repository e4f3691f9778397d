"""THE BEST PRICES of the rows: the continuous problem solved on the plots that matter, checked on all of them.

The plots whose side is not clear at the prices so far are solved exactly (HiGHS, continuous), the others stay where the
last minimum cut has them; a minimum cut over all plots at the new prices proves a bound and shows who else matters.
Two to five rounds at any size, because few plots are ever in doubt.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from geo.plan.relocation.certificate import bound_from
from geo.plan.relocation.core import contract, reduced_weights
from geo.plan.relocation.cut_model import CutModel
from geo.plan.relocation.highs import Relaxation, dear_price
from geo.plan.relocation.min_cut import Cut, minimum_cut
from geo.plan.relocation.plots import Bools, Floats, Ints

if TYPE_CHECKING:
    from geo.plan.relocation.model import Search

ALL_UP_TO = 12_000
"""Plots of a first round; a smaller problem is solved whole."""
MOST_ROUNDS = 12


@dataclass(slots=True)
class Proof:
    """The best prices so far, the flow that goes with them, the bound they prove, the sides of their minimum cut, and
    the plots that the split plan does not leave on those sides."""

    price: Floats
    flow: Floats
    bound: float
    inside: Bools
    unsure: Bools

    def reduced(self, model: CutModel) -> Floats:
        return reduced_weights(model, self.price, self.flow)


def priced_cut(model: CutModel, price: Floats) -> Cut:
    """The minimum cut at prices; locked nodes are held on their side."""
    node = model.weight - model.matrix.T @ price
    if (model.low > 0.5).any() or (model.high < 0.5).any():
        reach = np.bincount(model.left, model.cap, model.size) + np.bincount(model.right, model.cap, model.size)
        node = np.where(model.low > 0.5, -(reach + 1.0), np.where(model.high < 0.5, reach + 1.0, node))
    return minimum_cut(node, model.left, model.right, model.cap)


def doubt(model: CutModel, proof: Proof) -> Floats:
    """How little is decided of each plot, 0 least: its reduced weight as part of all its costs."""
    reach = np.bincount(model.left, model.cap, model.size) + np.bincount(model.right, model.cap, model.size)
    return np.asarray(np.abs(proof.reduced(model)) / (np.abs(model.weight) + reach + 1e-9))


def labelled(open_: Bools) -> Ints:
    """One label for each open plot, −1 for the others."""
    label = np.full(len(open_), -1, dtype=np.int64)
    label[open_] = np.arange(int(open_.sum()))
    return label


def sift(search: Search, first: Floats) -> tuple[Proof, bool]:
    """The best proof without cases, and whether the rows cannot hold even when plots may be split."""
    model = search.model
    cut = priced_cut(model, first)
    best = Proof(first, cut.flow, bound_from(model, first, cut.flow), cut.inside, np.zeros(model.size, dtype=bool))
    search.prove(best.bound)
    free = (model.low < 0.5) & (model.high > 0.5)
    latest, used, missing = best, np.zeros(model.size, dtype=bool), 0.0
    for turn in range(MOST_ROUNDS):
        open_ = (used | (latest.inside != best.inside)) & free
        far = np.where(free, doubt(model, best), np.inf)
        open_ |= (far <= np.partition(far, ALL_UP_TO)[ALL_UP_TO] if model.size > ALL_UP_TO else True) & free
        # The first prices are a guess: nothing but what is locked in is taken for granted.
        base = best.inside if turn else model.low > 0.5
        small = contract(model, base, labelled(open_))
        found = Relaxation(small, dear=dear_price(model)).solve(small.low, small.high)
        missing = found.missing
        used[open_] = found.x > 1e-9
        cut = priced_cut(model, found.price)
        part = base.astype(float)
        part[open_] = found.x
        unsure = np.abs(part - cut.inside) > 1e-6
        latest = Proof(found.price, cut.flow, bound_from(model, found.price, cut.flow), cut.inside, unsure)
        whole = bool(open_[free].all())
        if latest.bound > best.bound:
            best = latest
        search.prove(best.bound)
        going = search.tell(f"bound {turn + 1}")
        close = found.value - best.bound <= max(1e-9, 0.05 * search.gap * max(abs(best.bound), 1.0))
        if not going or whole or close:
            return best, whole and missing > 1e-7
    return best, False
