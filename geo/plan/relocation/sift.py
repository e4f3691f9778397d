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
from geo.plan.relocation.min_cut import Cut, Ends, minimum_cut
from geo.plan.relocation.plots import Bools, Floats, Ints

if TYPE_CHECKING:
    from geo.plan.relocation.model import Search

ALL_UP_TO = 12_000
"""A problem of no more plots is solved whole."""
OF_MANY = 6_000
"""Plots of a round in a larger one."""
MOST_ROUNDS = 12
MISSING = 1e-6
"""What a row may miss (scaled) in a split plan of few plots that stands for all."""


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


def ends_of(model: CutModel) -> Ends:
    """The edges of every node, for cuts that are asked again and again."""
    from geo.plan.relocation._peel_kernel import edges_by_node

    start, edge = edges_by_node(model.left, model.right, model.size)
    return np.asarray(start), np.asarray(edge)


def priced_cut(model: CutModel, price: Floats, ends: Ends | None = None, flow: Floats | None = None) -> Cut:
    """The minimum cut at prices, from a flow at other ones if there is one; locked nodes are held on their side."""
    return weighted_cut(model, model.weight - model.matrix.T @ price, ends, flow)


def weighted_cut(model: CutModel, node: Floats, ends: Ends | None = None, flow: Floats | None = None) -> Cut:
    """The minimum cut at node weights; locked nodes are held on their side."""
    if (model.low > 0.5).any() or (model.high < 0.5).any():
        reach = np.bincount(model.left, model.cap, model.size) + np.bincount(model.right, model.cap, model.size)
        node = np.where(model.low > 0.5, -(reach + 1.0), np.where(model.high < 0.5, reach + 1.0, node))
    return minimum_cut(node, model.left, model.right, model.cap, ends, flow)


def turning(model: CutModel, proof: Proof, ends: Ends) -> Floats:
    """What it costs, nearly, to have each plot on its other side at the prices of a proof; inf for locked ones."""
    from geo.plan.relocation._turning_kernel import turning_costs

    node = model.weight - model.matrix.T @ proof.price
    free = (model.low < 0.5) & (model.high > 0.5)
    return np.asarray(turning_costs(proof.inside, node, model.left, model.right, model.cap, *ends, free))


def least(far: Floats, most: int) -> Bools:
    """The ``most`` smallest finite values, as a mask; equal ones by their place."""
    kept = np.argsort(far, kind="stable")[:most]
    mask = np.zeros(len(far), dtype=bool)
    mask[kept[np.isfinite(far[kept])]] = True
    return mask


def nearest(model: CutModel, price: Floats, far: Floats, most: int) -> Bools:
    """The ``most`` plots (or fewer) that matter first: half of them the cheapest to turn, half the cheapest for what
    they give to the rows."""
    if most >= len(far):
        return np.isfinite(far)
    worth = abs(model.matrix).T @ price
    return least(far, most // 2) | least(far / np.maximum(worth, 1e-3 * float(worth.mean()) + 1e-12), most // 2)


def labelled(open_: Bools) -> Ints:
    """One label for each open plot, −1 for the others."""
    label = np.full(len(open_), -1, dtype=np.int64)
    label[open_] = np.arange(int(open_.sum()))
    return label


def _proof(model: CutModel, price: Floats, part: Floats | None, ends: Ends, flow: Floats | None) -> Proof:
    cut = priced_cut(model, price, ends, flow)
    unsure = np.zeros(model.size, dtype=bool) if part is None else np.abs(part - cut.inside) > 1e-6
    return Proof(price, cut.flow, bound_from(model, price, cut.flow), cut.inside, unsure)


def sift(search: Search, first: Floats) -> tuple[Proof, bool]:
    """The best proof without cases, and whether the rows cannot hold even when plots may be split."""
    model = search.model
    ends = ends_of(model)
    best = _proof(model, first, None, ends, None)
    search.prove(best.bound)
    free = (model.low < 0.5) & (model.high > 0.5)
    latest, used, missing = best, np.zeros(model.size, dtype=bool), 0.0
    most = OF_MANY if model.size > ALL_UP_TO else model.size
    far, measured_at, factor = np.zeros(0), None, 1.0
    for turn in range(MOST_ROUNDS):
        if measured_at is not best:
            far, measured_at = turning(model, best, ends), best
        open_ = (used | (best.inside & (turn == 0))) & free
        open_ |= nearest(model, best.price, far, most)
        open_ |= nearest(model, best.price, np.where((latest.inside != best.inside) & ~open_, far, np.inf), most)
        # The first prices are a guess: nothing but what is locked in is taken for granted.
        base = best.inside if turn else model.low > 0.5
        small = contract(model, base, labelled(open_))
        found = Relaxation(small, dear=factor * dear_price(model, best.price)).solve(small.low, small.high)
        missing = found.missing
        used[open_] = found.x > 1e-9
        part = base.astype(float)
        part[open_] = found.x
        latest = _proof(model, found.price, part, ends, best.flow)
        whole = bool(open_[free].all())
        if latest.bound < best.bound and not whole:  # too far: half the way
            latest = _proof(model, (found.price + best.price) / 2, part, ends, best.flow)
        if latest.bound > best.bound:
            best = latest
        search.prove(best.bound)
        going = search.tell(f"bound {turn + 1}")
        close = found.value - best.bound <= max(1e-9, 0.05 * search.gap * max(abs(best.bound), 1.0))
        if not going or whole or best.bound > model.dearest():
            return best, whole and missing > 1e-7
        if close and missing <= MISSING:
            return best, False
        if close:  # what is missing is made dearer, until no plan could cost so much
            factor *= 100.0
    return best, False
