"""THE PROOF BY CASES: where prices alone leave a gap, plots are set in or out, and every case gets prices of its own.

The tree grows on the continuous problem of the plots that matter (``open_``; the others stay where the root's minimum
cut has them): it tells which plot to set next, and finds plans on the way down. A case counts as settled only when a
minimum cut over all plots at its prices proves so; where the cut says that other plots matter too, they are opened.
The leaves, with prices and flows, are the certificate: that they cover every plan is a matter of reading, that each
bound holds is a matter of adding (``certificate``).
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from geo.plan.relocation.certificate import bound_from
from geo.plan.relocation.core import contract, expand
from geo.plan.relocation.cut_model import CutModel, Path, set_model
from geo.plan.relocation.highs import Relaxation, Relaxed, dear_price
from geo.plan.relocation.min_cut import Ends
from geo.plan.relocation.plots import Bools, Floats, Ints
from geo.plan.relocation.polish import polished
from geo.plan.relocation.sift import Proof, ends_of, labelled, nearest, priced_cut, turning

if TYPE_CHECKING:
    from geo.plan.relocation.model import Search

WHOLE = 1e-6
TRIED = 6
TRIED_PIVOTS = 50
RELIABLE = 3
MARGIN, SURE = 0.08, 0.2
"""Parts of the gap asked by which cases must promise more than the goal before they are proven, and before the best
plan counts as good."""
OPENED = 300
"""Plots that one look at a case may open."""
WAYS, STEPS, COOL = 2, 10_000, 0.02
"""Ways beside a split plan, their steps, and that they keep close to it."""
CHECKED_AT_THE_END = 30_000_000
"""Plots times cases that may be cut once more when the tree stops unfinished."""


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """A flow told by its values on some edges; on the others it is another one."""

    edge: Ints
    flow: Floats

    def whole(self, other: Floats) -> Floats:
        told = other.copy()
        told[self.edge] = self.flow
        return told


@dataclass(slots=True)
class Leaf:
    """One case: what is set (place in the pool, in or out), the bound that its open plots promise, its prices, and
    what is proven over all plots (``proof``; None: the root's proof, which holds for every case). A flow may be told by
    what differs from the root's (``Part``)."""

    path: Path
    hope: float
    price: Floats
    bound: float
    proof: tuple[Floats, Floats | Part] | None = None
    basis: Any = None


@dataclass(frozen=True, slots=True, eq=False)
class Cases:
    """A proof by cases: names of the rows that may be priced, the proof that holds for all, and the leaves."""

    names: tuple[str, ...]
    root: Proof
    leaves: list[Leaf]

    @property
    def proven(self) -> float:
        """What all cases prove together."""
        return min((leaf.bound for leaf in self.leaves), default=-np.inf)


@dataclass(slots=True)
class Tree:
    """The cases of one problem. ``waiting``: to be split, weakest first; ``settled``: good enough, or whole.

    ``open_``: the plots that matter: those that the split plan splits, the ``most`` that are turned at least cost
    (``far``), and those named in ``also``. ``loss``: what plots outside the model take from a bound at prices
    (``reduced``).
    """

    search: Search
    model: CutModel
    root: Proof
    most: int
    also: Bools | None = None
    loss: Callable[[Floats], float] | None = None
    waiting: list[tuple[float, int, Leaf]] = field(default_factory=list)
    settled: list[Leaf] = field(default_factory=list)
    splits: int = 0
    turn: int = 0
    label: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    base: Bools = field(default_factory=lambda: np.zeros(0, dtype=bool))
    gain: Floats = field(default_factory=lambda: np.zeros((2, 0)))
    tries: Ints = field(default_factory=lambda: np.zeros((2, 0), dtype=np.int64))
    open_: Bools = field(init=False)
    far: Floats = field(init=False)
    small: CutModel = field(init=False)
    ends: Ends = field(init=False)
    relaxation: Relaxation = field(init=False)
    x: Floats = field(default_factory=lambda: np.zeros(0))

    def __post_init__(self) -> None:
        self.gain, self.tries = np.zeros((2, self.model.size)), np.zeros((2, self.model.size), dtype=np.int64)
        self.ends = ends_of(self.model)
        self.far = turning(self.model, self.root, self.ends)
        self.open_ = np.ones(self.model.size, dtype=bool)
        if self.model.size > self.most:
            self.open_ = self.root.unsure | self.nearest(~self.root.unsure, self.most)
            if self.also is not None:
                self.open_ |= self.also
        self.load()

    def load(self) -> None:
        """Takes the open plots into the continuous problem."""
        free = (self.model.low < 0.5) & (self.model.high > 0.5)
        self.open_ &= free
        self.label = labelled(self.open_)
        self.base = (self.root.inside & (self.model.high > 0.5) | (self.model.low > 0.5)) & ~self.open_
        self.small = contract(self.model, self.base, self.label)
        self.relaxation = Relaxation(self.small, dear=dear_price(self.model, self.root.price))

    def nearest(self, among: Bools, most: int) -> Bools:
        """Those of some plots that matter first."""
        rows = self.model.matrix.shape[0]
        return nearest(self.model, self.root.price[:rows], np.where(among, self.far, np.inf), most)

    def goal(self) -> float:
        """The bound at which the best plan so far is good enough."""
        best = self.search.objective
        return best - self.search.gap * max(best, 1.0) if np.isfinite(best) else np.inf

    def aim(self) -> float:
        """What open plots must promise before a case is proven: a little more, as all plots prove a little less."""
        return self.goal() + MARGIN * self.search.gap * max(self.search.objective, 1.0)

    def leaves(self) -> list[Leaf]:
        return [*self.settled, *(leaf for _, _, leaf in self.waiting)]

    def proven(self) -> float:
        """What all cases prove together."""
        return min((leaf.bound for leaf in self.leaves()), default=-np.inf)

    def hoped(self) -> float:
        """What the cases promise together, as far as the open plots tell."""
        return min((max(leaf.hope, leaf.bound) for leaf in self.leaves()), default=self.root.bound)

    def good(self) -> bool:
        """Whether the best plan so far is good enough by what the cases promise, and not by a hair: to prove that takes
        longer than to find a better plan."""
        return self.hoped() >= self.goal() + SURE * self.search.gap * max(self.search.objective, 1.0)

    def cases(self) -> Cases:
        return Cases(self.model.names, self.root, self.leaves())

    def bound(self, path: Path, price: Floats, flow: Floats) -> float:
        """What prices and a flow prove for a case."""
        bound = bound_from(set_model(self.model, path), price, flow)
        return bound if self.loss is None else bound + self.loss(price)

    def limits(self, path: Path) -> tuple[Floats, Floats]:
        low, high = self.small.low.copy(), self.small.high.copy()
        for plot, inside in path:
            low[self.label[plot]] = high[self.label[plot]] = float(inside)
        return low, high

    def look(self, path: Path, *, basis: Any = None, most_pivots: int | None = None) -> tuple[Relaxed, float]:
        """The split plan of a case and what its prices promise."""
        low, high = self.limits(path)
        found = self.relaxation.solve(low, high, basis=basis, most_pivots=most_pivots)
        return found, bound_from(replace(self.small, low=low, high=high), found.price, found.flow)

    def put(self, leaf: Leaf) -> None:
        self.turn += 1
        heapq.heappush(self.waiting, (leaf.hope, self.turn, leaf))

    def prove(self, leaf: Leaf) -> Bools:
        """A minimum cut over all plots at the prices of a case; returns its sides."""
        model = set_model(self.model, leaf.path)
        price, told = leaf.proof or (self.root.price, self.root.flow)
        flow = told.whole(self.root.flow) if isinstance(told, Part) else told
        wishes = (leaf.price, (leaf.price + price) / 2)
        for wish in wishes:  # prices of few plots may go too far: then half the way
            cut = priced_cut(model, wish, self.ends, flow)
            bound = self.bound(leaf.path, wish, cut.flow)
            if bound > leaf.bound:
                leaf.bound, leaf.proof = bound, (wish, cut.flow)
                break
        return cut.inside

    def settle(self, leaf: Leaf) -> Bools | None:
        """None when a promising case is proven; else the plots that its cut has on another side than the tree."""
        sides = None if leaf.bound >= self.goal() else self.prove(leaf)  # proven before, or by the whole
        if leaf.bound < self.goal():
            return None if sides is None else np.asarray(sides != self.base)
        leaf.basis = None
        self.settled.append(leaf)
        return None

    def settle_waiting(self) -> None:
        """Settles the cases that wait, all of them promising; plots that their cuts take from their side are opened for
        all at once, and the cases not proven looked at again with them."""
        leaves, self.waiting = [leaf for _, _, leaf in sorted(self.waiting, key=lambda entry: entry[:2])], []
        weak, differ = [], np.zeros(self.model.size, dtype=bool)
        for leaf in leaves:
            sides = self.settle(leaf)
            if sides is not None:
                weak.append(leaf)
                differ |= sides
        others = self.nearest(differ & ~self.open_, OPENED * min(len(weak), 4)) if weak else differ
        if others.any():
            self.open_ |= others
            self.load()
        for leaf in weak:
            leaf.basis = None
            leaf.hope = leaf.bound  # no plot to open: it is divided
            if others.any():
                found, leaf.hope = self.look(leaf.path)
                leaf.price, leaf.basis = found.price, found.basis
            self.put(leaf)

    def offer(self, x: Floats) -> bool:
        return self.search.offer(expand(self.base, self.label, x > 0.5))


def _split(x: Floats) -> Bools:
    return np.asarray((x > WHOLE) & (x < 1.0 - WHOLE))


def dive(tree: Tree, path: Path = (), *, most: int = 80, any_plan: bool = False) -> Bools | None:
    """One plan straight down: the plots that are most in are set in, or out where that cannot be, again and again.

    Plots of equal parts move together: they are one cluster. The open plots of the plan that was found and offered;
    with ``any_plan`` the way is also gone to its end where it cannot be better than the best.
    """
    low, high = tree.limits(path)
    bar = np.inf if any_plan else tree.search.objective - 1e-9
    now = tree.relaxation.solve(low, high)
    tree.x = now.x
    for _ in range(most):
        if now.missing > WHOLE or now.value >= bar:
            return None
        split = _split(now.x)
        if not split.any():
            tree.offer(now.x)
            return np.asarray(now.x > 0.5)
        top = np.flatnonzero(split & (now.x >= now.x[split].max() - 1e-7))
        low[top] = 1.0
        then = tree.relaxation.solve(low, high, basis=now.basis)
        if then.missing > WHOLE or then.value >= bar:
            low[top], high[top] = tree.small.low[top], 0.0
            then = tree.relaxation.solve(low, high, basis=now.basis)
        now = then
        if not tree.search.tell("dive", silent=True):
            return None
    return None


def rounded(tree: Tree, path: Path, *, most: int) -> Bools:
    """The split plan of a case, after ``most`` steps down, rounded: open plots, and rows may be missed a little."""
    low, high = tree.limits(path)
    now = tree.relaxation.solve(low, high)
    for _ in range(most):
        split = _split(now.x)
        if not split.any():
            break
        top = np.flatnonzero(split & (now.x >= now.x[split].max() - 1e-7))
        low[top] = 1.0
        then = tree.relaxation.solve(low, high, basis=now.basis)
        if then.missing > WHOLE:
            low[top], high[top] = tree.small.low[top], 0.0
            then = tree.relaxation.solve(low, high, basis=now.basis)
        if then.missing > WHOLE:
            break
        now = then
    return np.asarray(now.x > 0.5)


def grow(tree: Tree, *, most: int, last: bool = True, beside: bool = False) -> None:
    """Splits cases, deep first and the weakest next, until the gap is closed or ``most`` splits are used up.

    last: what is still open then is proven as far as its prices go; beside: a plan is made beside every split plan.
    """
    search = tree.search
    if not tree.waiting and not tree.settled:
        found, hope = tree.look(())
        tree.put(Leaf((), hope, found.price, tree.root.bound, basis=found.basis))
    current: Leaf | None = None
    for turn in range(most):
        if current is None:
            if not tree.waiting:
                break
            current = heapq.heappop(tree.waiting)[2]
            if current.hope >= tree.aim():  # the weakest: then all of them
                tree.put(current)
                tree.settle_waiting()
                current = None
                continue
        made = _divide(tree, current)
        if beside and not tree.good():
            polished(search, tree, tree.x > 0.5, WAYS, hot_share=COOL, steps=STEPS, silent=True)
        current = None
        for leaf in made:
            deep = not np.isfinite(search.objective) or tree.splits % 40 < 10
            if deep and leaf.hope < tree.aim() and current is None:
                current = leaf
            else:
                tree.put(leaf)
        if not search.tell(f"cases {tree.splits}", silent=turn % 20 != 0):
            break
    if current is not None:
        tree.put(current)
    if last or not tree.waiting:
        end(tree)


def end(tree: Tree) -> None:
    """Proves what can be proven of the cases that wait, the weakest first, as long as it can lift the whole."""
    budget = max(CHECKED_AT_THE_END // max(tree.model.size, 1), 1)
    kept, tree.waiting = sorted(tree.waiting, key=lambda entry: entry[:2]), []
    for turn, (_, _, leaf) in enumerate(kept):
        weakest = leaf.proof is None or leaf.bound < leaf.hope - 1e-9
        going = tree.search.left_s() > 0 and not tree.search.cancelled
        if weakest and going and turn < budget and len(kept) <= budget:
            tree.prove(leaf)
        tree.put(leaf)
    tree.search.prove(min(tree.proven(), tree.search.objective))


def _divide(tree: Tree, leaf: Leaf) -> list[Leaf]:
    """The two halves of a case, the more promising first; none when it was whole (its plan is taken, it is settled)."""
    found, hope = tree.look(leaf.path, basis=leaf.basis)
    tree.splits += 1
    leaf.hope, leaf.price, leaf.basis = hope, found.price, found.basis
    tree.x = found.x
    split = np.flatnonzero(_split(found.x))
    if not len(split):
        if found.missing <= WHOLE:
            tree.offer(found.x)
        low, high = tree.limits(leaf.path)
        split = np.flatnonzero((low < 0.5) & (high > 0.5))[:1]
        if not len(split) or found.missing <= WHOLE:
            tree.settle(leaf)
            if not tree.settled or tree.settled[-1] is not leaf:
                tree.settled.append(leaf)
            return []
    plots = np.flatnonzero(tree.label >= 0)
    node, halves = _choose(tree, leaf, found, split, plots)
    plot, first = int(plots[node]), bool(found.x[node] > 0.5)
    made = []
    for inside in (first, not first):
        half = halves.get(inside)
        if half is None:
            half = _half(tree, leaf, plot, inside, float(found.x[node]), None)
        # What holds for the whole holds for its part.
        if half.hope < leaf.hope:
            half.hope, half.price = leaf.hope, leaf.price
        half.bound, half.proof = leaf.bound, leaf.proof
        made.append(half)
    return made


def _half(tree: Tree, leaf: Leaf, plot: int, inside: bool, x: float, most_pivots: int | None) -> Leaf:
    path = (*leaf.path, (plot, inside))
    found, hope = tree.look(path, basis=leaf.basis, most_pivots=most_pivots)
    tree.gain[int(inside), plot] += max(hope - leaf.hope, 0.0) / max(1.0 - x if inside else x, 1e-6)
    tree.tries[int(inside), plot] += 1
    return Leaf(path, hope, found.price, leaf.bound, basis=found.basis)


def _choose(tree: Tree, leaf: Leaf, found: Relaxed, split: Ints, plots: Ints) -> tuple[int, dict[bool, Leaf]]:
    """The plot that lifts both halves most, tried out with a few pivots while little is known of it."""
    x, known = found.x[split], tree.tries[:, plots[split]]
    mean = [float(tree.gain[k].sum() / max(tree.tries[k].sum(), 1)) or 1.0 for k in (0, 1)]
    guess = [np.where(known[k] > 0, tree.gain[k, plots[split]] / np.maximum(known[k], 1), mean[k]) for k in (0, 1)]
    score = np.maximum(guess[0] * x, 1e-6) * np.maximum(guess[1] * (1 - x), 1e-6)
    best, halves, top = int(split[np.argmax(score)]), dict[bool, Leaf](), -1.0
    for k in np.argsort(-score, kind="stable")[:TRIED]:
        node, plot = int(split[k]), int(plots[split[k]])
        if known[:, k].min() >= RELIABLE:
            both, value = dict[bool, Leaf](), float(score[k])
        else:
            both = {i: _half(tree, leaf, plot, i, float(x[k]), TRIED_PIVOTS) for i in (False, True)}
            value = float(np.prod([max(half.hope - leaf.hope, 1e-6) for half in both.values()]))
            if any(half.hope >= tree.aim() for half in both.values()):
                return node, both
        if value > top:
            best, halves, top = node, both, value
    return best, halves
