"""THE PLOTS IN DOUBT as a problem of their own: whoever stays out at the most favourable prices stays out at all.

At prices p plot j weighs w_j − (Aᵀp)_j. Take for every plot the least of that over prices that may come up, and cut:
minimum cuts only shrink when weights grow, so a plot outside this cut is outside the cut of every such price, and the
flow found here proves it. What is left (a few thousand plots of 300,000) is cut, searched and told into cases alone.
Should a price go further than expected, ``loss`` says what the plots outside then take from a bound: nothing is
assumed, every bound holds for the whole problem.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from geo.plan.relocation.core import contract
from geo.plan.relocation.cut_model import CutModel, Path
from geo.plan.relocation.min_cut import Ends
from geo.plan.relocation.plots import Bools, Floats, Ints
from geo.plan.relocation.sift import Proof, labelled, weighted_cut
from geo.plan.relocation.tree import Cases, Leaf, Part, Tree

if TYPE_CHECKING:
    from geo.plan.relocation.model import Search

WIDTHS = (0.03, 0.015, 0.006)
"""How far prices may move, as a part of what a plot is worth at them, the widest first; a row without a price a
sixth of it."""
CEILING = 0.1
"""The same, for prices that are not expected."""
AT_LEAST, AT_MOST = 5_000, 16
"""The plots in doubt are worth a problem of their own in a pool of so many, when they are fewer than one of so many."""


@dataclass(frozen=True, slots=True, eq=False)
class Reduced:
    """A part of a problem: ``kept``, the places of its plots in the whole; ``flow``, that of the whole for all other
    edges; ``edge``, ``to``, ``sign``: edges of the whole between kept plots, and theirs in the part; ``rest`` and
    ``rows``: weights of the plots outside, flow counted, and what they give to the rows; ``reach``: prices up to which
    none of them comes in; ``close``: those of them that could at some prices up to ``ceiling``."""

    whole: CutModel
    model: CutModel
    kept: Ints
    flow: Floats
    edge: Ints
    to: Ints
    sign: Floats
    rest: Floats
    rows: sparse.csr_matrix
    reach: Floats
    ceiling: Floats
    close: Ints
    close_rows: sparse.csr_matrix

    def loss(self, price: Floats) -> float:
        """What the plots outside take from a bound at prices (mu·km): 0 as long as none of them would come in."""
        if (price <= self.ceiling).all():
            return float(np.minimum(self.rest[self.close] - self.close_rows @ price, 0.0).sum())
        return float(np.minimum(self.rest - self.rows @ price, 0.0).sum())

    def flow_in(self, flow: Floats) -> Floats:
        """A flow of the whole on the edges of the part."""
        return np.bincount(self.to, self.sign * flow[self.edge], len(self.model.left)).astype(float)

    def flow_out(self, flow: Floats) -> Floats:
        """A flow of the part as one of the whole."""
        return self.part_out(flow).whole(self.flow)

    def part_out(self, flow: Floats) -> Part:
        """The same, told by what differs from another one."""
        return Part(self.edge, self.sign * flow[self.to] * (self.whole.cap[self.edge] / self.model.cap[self.to]))

    def search(self, search: Search, *, stricter: float = 1e-6) -> Search:
        """The search on the part; clock, watcher and history stay the same."""
        # A hair stricter, so that adding up over all plots never ends just outside the gap.
        inner = replace(
            search, model=self.model, ids=tuple(search.ids[k] for k in self.kept), gap=search.gap * (1 - stricter),
            best=np.zeros(0, dtype=bool), objective=np.inf,
        )  # fmt: skip
        if len(search.best):
            inner.offer(search.best[self.kept])
        return inner

    def proof(self, proof: Proof) -> Proof:
        """A proof of the whole as one of the part."""
        return replace(
            proof, flow=self.flow_in(proof.flow), inside=proof.inside[self.kept], unsure=proof.unsure[self.kept]
        )

    def proof_of_all(self, proof: Proof) -> Proof:
        """A proof of the part as one of the whole."""
        inside, unsure = np.zeros((2, self.whole.size), dtype=bool)
        inside[self.kept], unsure[self.kept] = proof.inside, proof.unsure
        return replace(proof, flow=self.flow_out(proof.flow), inside=inside, unsure=unsure)

    def plan(self, search: Search, tree: Tree) -> None:
        """Offers the best plan of the part to the search of the whole."""
        if len(tree.search.best):
            plan = np.zeros(self.whole.size, dtype=bool)
            plan[self.kept] = tree.search.best
            search.offer(plan)

    def told(self, search: Search, tree: Tree) -> Cases:
        """Plan and cases of the part handed to the search of the whole."""
        model = self.whole
        search.cancelled = tree.search.cancelled
        self.plan(search, tree)
        root = self.proof_of_all(tree.root)
        leaves = tree.leaves()
        # Halves of one case often share its proof: one flow of the whole for all of them.
        shared = {id(leaf.proof): leaf.proof for leaf in leaves if leaf.proof is not None}
        proofs = {
            key: (price, self.part_out(flow)) for key, (price, flow) in shared.items() if not isinstance(flow, Part)
        }
        cases = Cases(model.names, root, [self._leaf(leaf, proofs.get(id(leaf.proof))) for leaf in leaves])
        search.prove(root.bound)
        search.prove(min(cases.proven, search.objective))
        return cases

    def _leaf(self, leaf: Leaf, proof: tuple[Floats, Part] | None) -> Leaf:
        path: Path = tuple((int(self.kept[plot]), inside) for plot, inside in leaf.path)
        return replace(leaf, path=path, proof=proof, basis=None)


def reduced(
    search: Search, proof: Proof, ends: Ends, *, prices: Sequence[Floats] = (), also: Bools | None = None,
    widths: Sequence[float] = WIDTHS,
) -> Reduced | None:  # fmt: skip
    """The part of the plots in doubt around the prices of a proof and other ``prices``; None when it is not small.

    also: plots that must be in it; the best plan so far always is.
    """
    model = search.model
    if model.size < AT_LEAST:
        return None
    forced = proof.inside | proof.unsure | (model.low > 0.5)
    if len(search.best):
        forced |= search.best
    if also is not None:
        forced |= also
    least = model.weight - model.matrix.T @ proof.price
    for price in prices:
        np.minimum(least, model.weight - model.matrix.T @ price, out=least)
    size = abs(model.matrix)
    step = float((size.T @ proof.price).mean()) / np.maximum(
        np.asarray(size.sum(axis=1)).ravel() / np.maximum(np.diff(model.matrix.indptr), 1), 1e-12
    )
    step = np.where(proof.price > 0, step, step / 6)
    more = model.matrix.maximum(0).T @ step - model.matrix.minimum(0).T @ np.minimum(step, proof.price)
    held = replace(model, low=np.where(forced & (model.high > 0.5), 1.0, 0.0))
    for width in widths:
        cut = weighted_cut(held, least - width * more, ends, proof.flow)
        few = int(cut.inside.sum()) * AT_MOST <= model.size
        if few and bool((cut.inside & (model.low < 0.5)).any()):
            known = np.max([proof.price, *prices], axis=0)
            return _part(model, cut.inside, cut.flow, known + width * step, known + CEILING * step)
    return None


def _part(model: CutModel, mask: Bools, flow: Floats, reach: Floats, ceiling: Floats) -> Reduced:
    kept, label = np.flatnonzero(mask), labelled(mask)
    small = contract(model, np.zeros(model.size, dtype=bool), label)
    left, right = mask[model.left], mask[model.right]
    flow = np.where(left & ~right, -model.cap, np.where(right & ~left, model.cap, flow))
    edge = np.flatnonzero(left & right)
    a, b = label[model.left[edge]], label[model.right[edge]]
    key = small.left * small.size + small.right
    order = np.argsort(key)
    to = order[np.searchsorted(key[order], np.minimum(a, b) * small.size + np.maximum(a, b))]
    out = ~mask & (model.high > 0.5)
    rest = model.weight - np.bincount(model.left, flow, model.size) + np.bincount(model.right, flow, model.size)
    rest, rows = rest[out], model.matrix.T.tocsr()[out]
    close = np.flatnonzero(rest < rows.maximum(0) @ ceiling)
    sign = np.where(a < b, 1.0, -1.0)
    return Reduced(model, small, kept, flow, edge, to, sign, rest, rows, reach, ceiling, close, rows[close])
