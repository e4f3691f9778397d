"""THE FAST WAY: prices on the side rows, minimum cuts for the rest, cases where prices leave a gap.

1. Prices μ ≥ 0 on the rows turn the problem into a minimum cut (``min_cut``), whose value is a lower bound; the best
   prices come from the continuous problem on the plots that matter (``sift``).
2. Plan: straight down from the split plan (``tree.dive``), then the plots around it decided exactly (``_near``).
3. Cases: rows that follow because plots are whole (``rounding``) and a tree of cases (``tree``) lift the bound and
   find better plans; the leaves are part of the certificate.
4. What is still open in a small problem is solved by HiGHS alone; only that part of a bound has no certificate.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from geo.plan.relocation.core import contract, expand
from geo.plan.relocation.cut_model import CutModel
from geo.plan.relocation.highs import Program, run, solve_cut_model
from geo.plan.relocation.plots import Bools, Floats, Ints
from geo.plan.relocation.rounding import Rounding, tightened
from geo.plan.relocation.sift import Proof, ends_of, labelled, least, sift
from geo.plan.relocation.solution import Branch, Certificate, Derived, relative_gap
from geo.plan.relocation.tree import Tree, dive, grow

if TYPE_CHECKING:
    from geo.plan.relocation.model import Search

SAMPLE_NODES = 30_000
NEAREST = 2_500
"""Plots in the continuous problem of the cases beside those in doubt; a smaller pool is taken whole."""
NEAREST_OF_MANY = 400
ROUNDED_UP_TO = 20_000
SPLITS = (30, 60, 120, 240, 480, 960, 1920)
"""Cases between two looks for a better plan."""
POLISHES, POLISH_STEPS, HOT = 4, 300_000, 0.08
"""Ways from a plan by small exchanges, their steps, and how much of a plot's mean cost a step may add at first."""
NEAR = 600
NEAR_BRANCHINGS = 400


@dataclass(frozen=True, slots=True, eq=False)
class Begin:
    """Where a search begins that has seen a like problem: its row prices (scaled) and its plan, the locks kept."""

    price: Floats
    chosen: Bools


def lagrangian(
    search: Search, *, exact_up_to: int, begin: Begin | None = None
) -> tuple[bool, Certificate | None, dict[str, float]]:
    """Bound, plan and certificate for the search; the first value is True when the rows cannot hold at all."""
    model = search.model
    first = begin.price if begin is not None else _first_prices(search)
    if first is None:
        return True, None, {}
    if begin is not None:
        search.offer(begin.chosen)
    proof, impossible = sift(search, first)
    if impossible:
        return True, None, {}
    branches, derived = _cases(search, proof) if _going(search) else ((), ())
    if _going(search) and len(search.best) and int(undecided(search, proof).sum()) <= exact_up_to:
        finish(search, proof)
    nothing = not (len(search.best) or search.cancelled) and search.left_s() > 0
    if nothing and _split_prices(model, np.ones(model.size, dtype=bool), search.left_s()) is None:
        return True, None, {}
    prices = {n: float(p) for n, p in zip(model.names, proof.price, strict=True)}
    certificate = Certificate(prices, proof.flow, proof.bound, branches, derived)
    return False, certificate, {n: p / s for (n, p), s in zip(prices.items(), model.scale, strict=True)}


def _going(search: Search) -> bool:
    return not (search.settled() or search.cancelled) and search.left_s() > 0


def _cases(search: Search, proof: Proof) -> tuple[tuple[Branch, ...], tuple[Derived, ...]]:
    """Plans and cases by turns until the gap is closed; the proof by cases, empty where the root's proof is as good."""
    model, many = search.model, search.model.size > ROUNDED_UP_TO
    tree = Tree(search, model, proof, NEAREST_OF_MANY if many else NEAREST)
    if not len(search.best) or not _close(search):
        straight = dive(tree)
        search.tell("dive")
        if many:
            _polish(search, tree, straight, POLISHES)
        _near(search, proof, tree)
        search.tell("near")
    if not _going(search) or not len(model.lower):
        return (), ()
    cuts: list[Rounding] = []
    if not many:
        found = tree.relaxation.solve(tree.small.low, tree.small.high)
        part = proof.inside.astype(float)
        part[tree.label >= 0] = found.x
        if tree.open_.sum() == ((model.low < 0.5) & (model.high > 0.5)).sum() and found.missing <= 1e-6:
            wider, cuts = tightened(model, part, found.price, found.value, tree.goal())
            if cuts:
                none = np.zeros(len(cuts))
                tree = Tree(search, wider, replace(proof, price=np.concatenate([proof.price, none])), NEAREST)
    # Of a small problem HiGHS settles the rest sooner than cases do, if it is allowed to.
    for turn, splits in enumerate(SPLITS if many or not search.may_finish else SPLITS[:1]):
        known = search.objective
        grow(tree, most=splits)
        search.tell(f"cases {tree.splits}")
        # The first cases, and every better plan, show where else to look.
        if _going(search) and (turn == 0 or search.objective < known):
            _near(search, proof, tree)
            search.tell("near")
        if not tree.waiting or not _going(search):
            break
    if tree.proven() <= proof.bound:
        return (), ()
    return branches_of(tree), derived_of(search, cuts)


def _close(search: Search) -> bool:
    return relative_gap(search.objective, search.bound) <= 5 * search.gap


def branches_of(tree: Tree) -> tuple[Branch, ...]:
    """The leaves as they are stored: prices by the names of the rows."""
    names, root, ids = tree.model.names, tree.root, tree.search.ids
    found = []
    for leaf in sorted(tree.leaves(), key=lambda leaf: leaf.path):
        price, flow = leaf.proof or (root.price, root.flow)
        prices = {n: float(p) for n, p in zip(names, price, strict=True) if p > 0}
        path = tuple((ids[plot], inside) for plot, inside in leaf.path)
        found.append(Branch(path, prices, flow, leaf.bound))
    return tuple(found)


def derived_of(search: Search, cuts: list[Rounding]) -> tuple[Derived, ...]:
    """The rounded rows as they are stored."""
    names, ids = search.model.names, search.ids
    return tuple(
        Derived(
            {n: float(w) for n, w in zip(names, c.weights, strict=True) if w > 0},
            c.divisor,
            tuple(ids[plot] for plot in c.turned),
        )
        for c in cuts
    )


def _polish(search: Search, tree: Tree, begin: Bools | None, times: int) -> None:
    """A plan of the plots that matter made better by small exchanges among them (``_polish_kernel``)."""
    from geo.plan.relocation._polish_kernel import polish

    small, open_ = tree.small, tree.open_
    if begin is None:
        fits = len(search.best) and bool((search.best == tree.base)[~open_].all())
        begin = search.best[open_] if fits else tree.root.inside[open_]
    price = tree.root.price
    size = abs(small.matrix)
    worth = float((size.T @ price).mean())
    each = np.asarray(size.sum(axis=1)).ravel() / np.maximum(np.diff(small.matrix.tocsr().indptr), 1)
    penalty = np.maximum(1.5 * price, worth / np.maximum(each, 1e-12))
    columns = small.matrix.tocsc()
    hot = HOT * max(abs(small.value(begin)), 1.0) / max(int(begin.sum() + tree.base.sum()), 1)
    for seed in range(times):
        x = begin.copy()
        found = polish(
            x, small.weight - small.matrix.T @ price, small.left, small.right, small.cap, *ends_of(small),
            (small.low < 0.5) & (small.high > 0.5), columns.indptr, columns.indices, columns.data,
            small.matrix @ x.astype(float) - small.lower, small.tolerance, price, penalty,
            np.flatnonzero((small.low < 0.5) & (small.high > 0.5)), hot, hot / 40, POLISH_STEPS, seed,
        )  # fmt: skip
        search.offer(expand(tree.base, tree.label, found))
        if not search.tell("polish"):
            break


def _near(search: Search, proof: Proof, tree: Tree) -> None:
    """Decides exactly, plot by plot, where the best plan and the split plan of the last case differ; the rest stays."""
    model = search.model
    part = tree.base.astype(float)
    if len(tree.x) == tree.small.size:
        part[tree.label >= 0] = tree.x
    base = search.best if len(search.best) else proof.inside
    free = (model.low < 0.5) & (model.high > 0.5)
    open_ = (np.abs(part - base) > 1e-6) & free
    far = np.where(free & tree.open_ & ~open_, tree.far, np.inf)
    open_ |= least(far, max(NEAR - int(open_.sum()), NEAR // 4))
    label = labelled(open_)
    _solve_small(search, base & (label < 0), label, most_nodes=NEAR_BRANCHINGS)


def _first_prices(search: Search) -> Floats | None:
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
        prices = _split_prices(model, picked, search.left_s())
        if prices is not None:
            return prices
    return _split_prices(model, np.ones(model.size, dtype=bool), search.left_s())


def _split_prices(model: CutModel, picked: Bools, time_limit_s: float) -> Floats | None:
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


def _solve_small(search: Search, base: Bools, label: Ints, *, most_nodes: int) -> float:
    """Solves the contracted problem, offers its plan and returns its bound; stops once the whole search is settled."""
    small = contract(search.model, base, label)
    start = None
    if len(search.best):
        fits = np.zeros(small.size, dtype=bool)
        fits[label[label >= 0]] = search.best[label >= 0]
        start = fits if small.holds(fits) else None

    def tick(_seconds: float, objective: float, _bound: float) -> bool:
        enough = relative_gap(objective, search.bound) <= search.gap
        return search.tell("core", silent=True) and not enough

    out, chosen = solve_cut_model(
        small, gap=0.7 * search.gap, time_limit_s=0.3 * search.left_s(), start=start, most_nodes=most_nodes, tick=tick
    )
    if len(chosen):
        search.offer(expand(base, label, chosen))
    return out.bound


def undecided(search: Search, proof: Proof) -> Bools:
    """Nodes that a plan better than the best so far may still have on either side."""
    model = search.model
    free = (model.low < 0.5) & (model.high > 0.5)
    return np.asarray((np.abs(proof.reduced(model)) <= search.objective - proof.bound) & free)


def finish(search: Search, proof: Proof) -> None:
    """Fixes what the bound decides and solves what is left exactly.

    A plan better than the best so far lies in the restricted problem, so its bound, or the best plan where that is
    lower, holds for all.
    """
    model = search.model
    reduced = proof.reduced(model)
    open_ = undecided(search, proof)
    base = ((reduced < 0) & ~open_ & (model.high > 0.5)) | (model.low > 0.5)
    label = labelled(open_)
    small = contract(model, base, label)
    held = search.best[open_] if len(search.best) else None

    def tick(_seconds: float, objective: float, bound: float) -> bool:
        if np.isfinite(bound):
            search.prove(min(bound, search.objective, objective))
        return search.tell("exact") and relative_gap(min(objective, search.objective), search.bound) > search.gap

    out, chosen = solve_cut_model(
        small,
        gap=search.gap,
        time_limit_s=search.left_s(),
        start=held if held is not None and small.holds(held) else None,
        tick=tick,
    )
    if len(chosen):
        search.offer(expand(base, label, chosen))
    search.prove(min(out.bound, search.objective))
    search.finished = True
