"""THE FAST WAY: prices on the side rows, minimum cuts for the rest, a small exact core for the plan.

1. Oracle: for prices μ ≥ 0 on the rows the problem is a minimum cut (``min_cut``), whose value is a lower bound.
2. Bundle: a cutting-plane master over μ (HiGHS, continuous), one cut a group of connected components, kept near the
   best point, raises the bound.
3. Core: the cuts that the master mixes, and a few perturbed ones, disagree about few nodes; those are decided exactly.
4. Nodes whose other side would lift the bound above the best plan are fixed for good; when few are left the remaining
   problem is solved exactly and its bound is the bound of the whole.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from geo.plan.relocation.certificate import bound_from
from geo.plan.relocation.core import contract, expand, labels_of, reduced_weights
from geo.plan.relocation.cut_model import CutModel
from geo.plan.relocation.highs import Program, run, solve_cut_model
from geo.plan.relocation.plots import Bools, Floats, Ints
from geo.plan.relocation.sift import priced_cut
from geo.plan.relocation.solution import Certificate, good_enough

if TYPE_CHECKING:
    from geo.plan.relocation.again import Begin
    from geo.plan.relocation.model import Search

GROUPS = 120
MOST_ROUNDS = 40
STALLED_ROUNDS = 8
CORE_NODES = 2500
SAMPLE_NODES = 30_000
FEW_OPEN = 1500
CORE_BRANCHINGS = 100


@dataclass(slots=True)
class Bundle:
    """Cuts found so far, by group: price-free cost and left-hand sides of the rows; the best prices and flow."""

    model: CutModel
    group: Ints
    groups: int
    cost: list[Floats] = field(default_factory=list)
    side: list[Floats] = field(default_factory=list)
    inside: list[Bools] = field(default_factory=list)
    price: Floats = field(default_factory=lambda: np.zeros(0))
    flow: Floats = field(default_factory=lambda: np.zeros(0))
    bound: float = -np.inf

    def ask(self, price: Floats) -> float:
        """One minimum cut at these prices: stores it, keeps the best bound, returns the bound it proves."""
        cut = priced_cut(self.model, price)
        proven = bound_from(self.model, price, cut.flow)
        self.add(cut.inside)
        if proven > self.bound:
            self.price, self.flow, self.bound = price.copy(), cut.flow, proven
        return proven

    def add(self, inside: Bools) -> None:
        """Stores a 0/1 vector as one cut a group."""
        model = self.model
        differ = inside[model.left] != inside[model.right]
        cost = np.bincount(self.group, model.weight * inside, self.groups).astype(float)
        cost += np.bincount(self.group[model.left[differ]], model.cap[differ], self.groups)
        rows = model.matrix.shape[0]
        entry = model.matrix.tocoo()
        kept = inside[entry.col]
        place = entry.row[kept].astype(np.int64) * self.groups + self.group[entry.col[kept]]
        side = np.bincount(place, entry.data[kept], rows * self.groups).reshape(rows, self.groups).astype(float)
        self.cost.append(cost)
        self.side.append(side)
        self.inside.append(inside)

    def master(self, low: Floats, high: Floats) -> tuple[Floats, float, Floats]:
        """Best prices within a box by the cuts so far: prices, their promised bound, weight of each cut by group."""
        rows, count, groups = len(low), len(self.cost), self.groups
        cost = np.array(self.cost).T.ravel()
        side = np.array(self.side).transpose(2, 0, 1).reshape(groups * count, rows)
        _, first = np.unique(np.column_stack([np.repeat(np.arange(groups), count), cost, side]), axis=0,
                             return_index=True)  # fmt: skip
        first.sort()
        owner = np.repeat(np.arange(groups), count)[first]
        pick = sparse.csr_matrix((np.ones(len(first)), (np.arange(len(first)), owner)), shape=(len(first), groups))
        out = run(
            Program(
                cost=np.concatenate([-self.model.lower, -np.ones(groups)]),
                low=np.concatenate([low, np.full(groups, -np.inf)]),
                high=np.concatenate([high, np.full(groups, np.inf)]),
                integer=np.zeros(rows + groups, dtype=bool),
                matrix=sparse.hstack([sparse.csr_matrix(side[first]), pick], format="csr"),
                row_low=np.full(len(first), -np.inf),
                row_high=cost[first],
            )
        )
        share = np.zeros(groups * count)
        if len(out.duals):
            share[first] = np.abs(out.duals)
        return out.values[:rows], -out.objective + self.model.constant, share.reshape(groups, count)


def lagrangian(
    search: Search, *, seed: int, exact_up_to: int, begin: Begin | None = None
) -> tuple[bool, Certificate | None, dict[str, float]]:
    """Bound, plan and certificate for the search; the first value is True when the rows cannot hold at all."""
    model = search.model
    first = begin.price if begin is not None else first_prices(search)
    if first is None:
        return True, None, {}
    bundle = _bundle(model)
    if begin is not None:
        search.offer(begin.chosen)
        bundle.add(begin.chosen)
    share = _raise_bound(search, bundle, first, reach=0.5 if begin is None else 0.1)
    if not search.cancelled:
        _plans(search, bundle, share, np.random.default_rng(seed))
    going = not (search.settled() or search.cancelled) and search.left_s() > 0
    if going and len(search.best) and int(undecided(search, bundle).sum()) <= exact_up_to:
        finish(search, bundle)
    nothing = not (len(search.best) or search.cancelled) and model.size >= 2 * SAMPLE_NODES and search.left_s() > 0
    if nothing and split_prices(model, np.ones(model.size, dtype=bool), search.left_s()) is None:
        return True, None, {}
    prices = {n: float(p) for n, p in zip(model.names, bundle.price, strict=True)}
    certificate = Certificate(prices, bundle.flow, bundle.bound)
    return False, certificate, {n: p / s for (n, p), s in zip(prices.items(), model.scale, strict=True)}


def first_prices(search: Search) -> Floats | None:
    """Prices of the rows when togetherness counts half and plots may be split; None when the rows cannot hold.

    Of a large pool every k-th plot is asked, with the limits scaled to their part: prices need not be exact to start
    from. Only the whole pool can say that nothing is possible.
    """
    model = search.model
    step = model.size // SAMPLE_NODES
    if step > 1:
        picked = np.zeros(model.size, dtype=bool)
        picked[::step] = True
        picked |= model.low > 0.5
        prices = split_prices(model, picked, search.left_s())
        if prices is not None:
            return prices
    return split_prices(model, np.ones(model.size, dtype=bool), search.left_s())


def split_prices(model: CutModel, picked: Bools, time_limit_s: float) -> Floats | None:
    """Row prices of the continuous problem over the picked nodes; None when it has no solution."""
    reach = np.bincount(model.left, model.cap, model.size) + np.bincount(model.right, model.cap, model.size)
    matrix = model.matrix[:, picked]
    whole = np.asarray(abs(model.matrix).sum(axis=1)).ravel()
    part = np.asarray(abs(matrix).sum(axis=1)).ravel() / np.maximum(whole, 1e-12)
    out = run(
        Program(
            cost=(model.weight + 0.4 * reach)[picked],
            low=model.low[picked],
            high=model.high[picked],
            integer=np.zeros(int(picked.sum()), dtype=bool),
            matrix=matrix,
            row_low=np.where(whole > 0, model.lower * part, model.lower) - model.tolerance,
            row_high=np.full(len(model.lower), np.inf),
        ),
        time_limit_s=time_limit_s,
    )
    if out.status == "infeasible":
        return None
    return np.maximum(out.duals, 0.0) if len(out.duals) else np.zeros(len(model.lower))


def _bundle(model: CutModel) -> Bundle:
    graph = sparse.coo_matrix((np.ones(len(model.left)), (model.left, model.right)), shape=(model.size, model.size))
    count, part = connected_components(graph, directed=False)
    groups = min(GROUPS, count)
    sizes = np.bincount(part, minlength=count)
    # Components in the order of their first plot, cut into groups of about equal size.
    upto = np.cumsum(sizes) - sizes / 2
    group_of_part = np.minimum((upto * groups / model.size).astype(np.int64), groups - 1)
    return Bundle(model, group_of_part[part], groups)


def _raise_bound(search: Search, bundle: Bundle, first: Floats, *, reach: float = 0.5) -> Floats:
    """Rounds of master and minimum cut; returns how the master mixes the cuts (groups × cuts)."""
    model = bundle.model
    bundle.add(model.low > 0.5)
    bundle.ask(first)
    unit = np.maximum(first, 0.05 * first.max(initial=1.0) + 1e-9)
    stalled, share = 0, np.zeros((bundle.groups, 2))
    for turn in range(MOST_ROUNDS):
        low, high = np.maximum(bundle.price - reach * unit, 0.0), bundle.price + reach * unit
        wish, promised, mix = bundle.master(low, high)
        if not len(wish):  # the master did not finish in its time
            break
        share = mix
        at_wall = bool((((wish <= low + 1e-12) & (low > 0)) | (wish >= high - 1e-12)).any())
        before = bundle.bound
        search.prove(before)
        room = promised - before
        fine = max(1e-9, 0.05 * search.gap * max(abs(before), 1.0))
        if not search.tell(f"bound {turn + 1}") or (room <= fine and not at_wall):
            break
        got = bundle.ask(wish)
        if got < before + 0.1 * room:
            got = max(got, bundle.ask(0.6 * bundle.price + 0.4 * wish))
        gained = bundle.bound - before
        stalled = 0 if gained > fine else stalled + 1
        if stalled == STALLED_ROUNDS:
            break
        reach = min(reach * 2.5, 1e6) if at_wall and gained > 0.3 * room else reach if gained > 0 else reach * 0.5
    search.prove(bundle.bound)
    if share.shape[1] < len(bundle.cost):
        share = np.pad(share, ((0, 0), (0, len(bundle.cost) - share.shape[1])))
    return share


def _plans(search: Search, bundle: Bundle, share: Floats, rng: np.random.Generator) -> None:
    """Cores of growing width until the gap is closed, little is left open, or the clock says stop."""
    model = bundle.model
    mixed = share[bundle.group] > 1e-7
    stack = [np.where(mixed[:, k], cut, -1).astype(np.int8) for k, cut in enumerate(bundle.inside) if mixed[:, k].any()]
    for turn, spread in enumerate((0.01, 0.03, 0.08, 0.2, 0.4)):
        steps = (1 + spread, 1 - spread, 1 + spread * rng.random(len(model.lower)))
        stack += [priced_cut(model, bundle.price * step).inside.astype(np.int8) for step in steps]
        _core(search, bundle, stack[-40:], turn, rng)
        if search.settled() or not search.tell(f"core {turn + 1}"):
            return
        few = len(search.best) and int(undecided(search, bundle).sum()) <= FEW_OPEN
        if few or search.left_s() < search.allowed_s / 2:  # the rest of the time belongs to the exact solver
            return


def _core(search: Search, bundle: Bundle, stack: list[np.ndarray], turn: int, rng: np.random.Generator) -> None:
    model = search.model
    table = np.array(stack)
    if len(search.best):
        table = np.vstack([table, search.best.astype(np.int8)])
    ones, zeros = (table != 0).all(axis=0), (table != 1).all(axis=0)
    reduced = np.abs(reduced_weights(model, bundle.price, bundle.flow))
    open_ = ~(ones | zeros)
    key = rng.integers(1, 2**40, len(table)) @ (table + 1).astype(np.int64)
    loose = min(150 * (turn + 1), model.size)
    near = np.zeros(model.size, dtype=bool)
    near[np.argsort(reduced, kind="stable")[:loose]] = True
    key = np.where(near, -np.arange(model.size) - 1, key)
    open_ |= near
    open_ &= (model.low < 0.5) & (model.high > 0.5)
    label = labels_of(model, key, open_)
    if label.max(initial=-1) + 1 > CORE_NODES * 2:
        label = _largest(label, reduced, CORE_NODES * 2)
    base = ones & ~open_ | (model.low > 0.5)
    _solve_small(search, base, label, most_nodes=CORE_BRANCHINGS * (turn + 1))


def _largest(label: Ints, reduced: Floats, most: int) -> Ints:
    """Keeps only the ``most`` labels with the smallest reduced weight (the least decided)."""
    count = int(label.max()) + 1
    least = np.full(count, np.inf)
    np.minimum.at(least, label[label >= 0], reduced[label >= 0])
    kept = np.sort(np.argsort(least, kind="stable")[:most])
    lead = np.full(count + 1, -1, dtype=np.int64)
    lead[kept] = np.arange(len(kept))
    return lead[label]


def _solve_small(search: Search, base: Bools, label: Ints, *, most_nodes: int) -> float:
    """Solves the contracted problem, offers its plan and returns its bound; stops once the whole search is settled."""
    small = contract(search.model, base, label)
    start = None
    if len(search.best):
        fits = np.zeros(small.size, dtype=bool)
        fits[label[label >= 0]] = search.best[label >= 0]
        start = fits if small.holds(fits) else None

    def tick(_seconds: float, _objective: float, _bound: float) -> bool:
        return search.tell("core", silent=True)

    out, chosen = solve_cut_model(
        small, gap=search.gap / 2, time_limit_s=0.3 * search.left_s(), start=start, most_nodes=most_nodes,
        enough=good_enough(search.bound, search.gap), tick=tick,
    )  # fmt: skip
    if len(chosen):
        search.offer(expand(base, label, chosen))
    return out.bound


def undecided(search: Search, bundle: Bundle) -> Bools:
    """Nodes that a plan better than the best so far may still have on either side."""
    model = search.model
    reduced = reduced_weights(model, bundle.price, bundle.flow)
    free = (model.low < 0.5) & (model.high > 0.5)
    return np.asarray((np.abs(reduced) <= search.objective - bundle.bound) & free)


def finish(search: Search, bundle: Bundle) -> None:
    """Fixes what the bound decides and solves what is left exactly."""
    solve_rest(search, reduced_weights(search.model, bundle.price, bundle.flow), undecided(search, bundle))


def solve_rest(search: Search, reduced: Floats, open_: Bools) -> None:
    """Solves the open nodes exactly, every other one set by the sign of its reduced weight.

    A plan better than the best so far lies in the restricted problem, so its bound, or the best plan where that is
    lower, holds for all.
    """
    model = search.model
    base = ((reduced < 0) & ~open_ & (model.high > 0.5)) | (model.low > 0.5)
    label = np.full(model.size, -1, dtype=np.int64)
    label[open_] = np.arange(int(open_.sum()))
    small = contract(model, base, label)
    held = search.best[open_] if len(search.best) else None

    def tick(_seconds: float, objective: float, bound: float) -> bool:
        if np.isfinite(bound):
            search.prove(min(bound, search.objective, objective))
        return search.tell("exact")

    out, chosen = solve_cut_model(
        small,
        gap=search.gap,
        time_limit_s=search.left_s(),
        start=held if held is not None and small.holds(held) else None,
        enough=good_enough(search.bound, search.gap),
        tick=tick,
    )
    if len(chosen):
        search.offer(expand(base, label, chosen))
    search.prove(min(out.bound, search.objective))
    search.finished = True
