"""THE WAY FOR LARGE POOLS: prices on the side rows, minimum cuts for the rest, cases where prices leave a gap.

1. Prices μ ≥ 0 on the rows turn the problem into a minimum cut (``min_cut``), whose value is a lower bound; the best
   prices come from the continuous problem on the plots that matter (``sift``).
2. A first plan: straight down from the split plan (``tree.dive``), then small exchanges (``polish``).
3. Both among the plots in doubt alone (``reduced``), a few thousand of 300,000, where minimum cuts are cheap.
4. Cases: a tree of cases (``tree``), in small pools also rows that follow because plots are whole (``rounding``), lift
   the bound; a plan made beside the split plan of every case (``polish``), and at last the plots around the best one
   decided exactly (``near``), by turns (``turns``) until both meet. The leaves are part of the certificate.
5. After a lock or a changed limit the earlier plan and proof are where it begins (``again``).
6. What is still open in a small problem is solved by HiGHS alone; only that part of a bound has no certificate.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from geo.plan.relocation.again import Begin, again
from geo.plan.relocation.dual import first_prices, solve_rest, split_prices
from geo.plan.relocation.near import near
from geo.plan.relocation.plots import Bools
from geo.plan.relocation.polish import polished
from geo.plan.relocation.reduced import reduced
from geo.plan.relocation.rounding import Rounding, tightened
from geo.plan.relocation.sift import Proof, ends_of, sift
from geo.plan.relocation.solution import Branch, Certificate, Derived, relative_gap
from geo.plan.relocation.tree import Cases, Part, Tree, dive, grow
from geo.plan.relocation.turns import SPLITS, by_turns, going

if TYPE_CHECKING:
    from geo.plan.relocation.model import Search

NEAREST = 2_500
"""Plots in the continuous problem of the cases beside those in doubt; a smaller pool is taken whole."""
NEAREST_OF_MANY = 400
ROUNDED_UP_TO = 20_000
STRICTER = 0.08
"""How much less of a gap the first proof leaves than asked: room for the plans that follow after a lock."""
ON_ALL = 60
"""Cases that may be split among all plots, once the plots in doubt have said what they can."""
POLISHES = 6
"""Ways from the first plan by small exchanges."""


def lagrangian(
    search: Search, *, exact_up_to: int, begin: Begin | None = None
) -> tuple[bool, Certificate | None, dict[str, float]]:
    """Bound, plan and certificate for the search; the first value is True when the rows cannot hold at all."""
    model = search.model
    earlier = again(search, begin, most=NEAREST_OF_MANY) if begin is not None else None
    if search.bound > model.dearest():
        return True, None, {}
    if earlier is not None and not going(search):
        return _told(search, [_certificate(search, earlier, ())])
    first = begin.price if begin is not None else first_prices(search)
    if first is None:
        return True, None, {}
    if begin is not None:
        search.offer(begin.chosen)
    proof, impossible = sift(search, first)
    if impossible or search.bound > model.dearest():
        return True, None, {}
    cases, derived = _all_cases(search, proof) if going(search) else (Cases(model.names, proof, []), ())
    if going(search) and len(search.best) and int(undecided(search, proof).sum()) <= exact_up_to:
        finish(search, proof)
    nothing = not (len(search.best) or search.cancelled) and search.left_s() > 0
    if nothing and split_prices(model, np.ones(model.size, dtype=bool), search.left_s()) is None:
        return True, None, {}
    proofs = [_certificate(search, cases, derived)]
    if earlier is not None:
        proofs.append(_certificate(search, earlier, ()))
    return _told(search, proofs)


def _certificate(search: Search, cases: Cases, derived: tuple[Derived, ...]) -> Certificate:
    root = cases.root
    names = search.model.names
    prices = {n: float(p) for n, p in zip(names, root.price[: len(names)], strict=True)}
    branches = branches_of(search, cases) if cases.proven > root.bound else ()
    return Certificate(prices, root.flow, root.bound, branches, derived if branches else ())


def _told(search: Search, proofs: list[Certificate]) -> tuple[bool, Certificate, dict[str, float]]:
    """The certificate that proves most, and its prices in the units of the rows."""
    best = max(proofs, key=lambda certificate: certificate.proven)
    scale = dict(zip(search.model.names, search.model.scale, strict=True))
    return False, best, {name: price / scale[name] for name, price in best.multipliers.items()}


def _all_cases(search: Search, proof: Proof) -> tuple[Cases, tuple[Derived, ...]]:
    """Plans and cases among the plots in doubt, where these are few, then among all."""
    if search.model.size <= ROUNDED_UP_TO:
        tree, cuts = _cases(Tree(search, search.model, proof, NEAREST), many=False)
        return tree.cases(), derived_of(search, cuts)
    part = reduced(search, proof, ends_of(search.model))
    if part is None:
        return _cases(Tree(search, search.model, proof, NEAREST_OF_MANY), many=True)[0].cases(), ()
    inner = Tree(part.search(search, stricter=STRICTER), part.model, part.proof(proof), NEAREST_OF_MANY, loss=part.loss)
    return _on_all(search, part.told(search, _cases(inner, many=True)[0])), ()


def _on_all(search: Search, cases: Cases) -> Cases:
    """The cases that are too weak looked at again among all plots; the cases as they are where none is."""
    if not going(search) or not len(search.model.lower):
        return cases
    tree = Tree(search, search.model, cases.root, NEAREST_OF_MANY)
    tree.open_[[plot for leaf in cases.leaves for plot, _ in leaf.path]] = True
    tree.load()
    for leaf in cases.leaves:
        tree.put(leaf)
    grow(tree, most=ON_ALL)
    return tree.cases()


def _cases(tree: Tree, *, many: bool) -> tuple[Tree, list[Rounding]]:
    """Plans and cases by turns until the gap is closed; the rows that the cases price besides those of the model."""
    search, model, proof = tree.search, tree.model, tree.root
    if many:
        straight = dive(tree)
        search.tell("dive")
        plans = polished(search, tree, straight, POLISHES)
        if going(search) and len(model.lower):
            by_turns(tree, plans)
        return tree, []
    if not len(search.best) or not _close(search):
        dive(tree)
        search.tell("dive")
        near(search, tree)
        search.tell("near")
    cuts: list[Rounding] = []
    if not going(search) or not len(model.lower):
        return tree, cuts
    found = tree.relaxation.solve(tree.small.low, tree.small.high)
    part = proof.inside.astype(float)
    part[tree.label >= 0] = found.x
    if tree.open_.sum() == ((model.low < 0.5) & (model.high > 0.5)).sum() and found.missing <= 1e-6:
        wider, cuts = tightened(model, part, found.price, found.value, tree.goal())
        if cuts:
            none = np.zeros(len(cuts))
            tree = Tree(search, wider, replace(proof, price=np.concatenate([proof.price, none])), NEAREST)
    # Of a small problem HiGHS settles the rest sooner than cases do, if it is allowed to.
    turns = SPLITS[:1] if search.may_finish else SPLITS
    for turn, splits in enumerate(turns):
        known = search.objective
        grow(tree, most=splits)
        search.tell(f"cases {tree.splits}")
        # The first cases, and every better plan, show where else to look.
        if going(search) and (turn == 0 or search.objective < known):
            near(search, tree)
            search.tell("near")
        if not tree.waiting or not going(search):
            break
    return tree, cuts


def _close(search: Search) -> bool:
    return relative_gap(search.objective, search.bound) <= 5 * search.gap


def branches_of(search: Search, cases: Cases) -> tuple[Branch, ...]:
    """The leaves as they are stored: prices by the names of the rows."""
    names, root, ids = cases.names, cases.root, search.ids
    none = Part(np.zeros(0, dtype=np.int64), np.zeros(0))
    found = []
    for leaf in sorted(cases.leaves, key=lambda leaf: leaf.path):
        price, flow = leaf.proof or (root.price, none)
        if not isinstance(flow, Part):
            differs = np.flatnonzero(flow != root.flow)
            flow = Part(differs, flow[differs])
        prices = {n: float(p) for n, p in zip(names, price, strict=True) if p > 0}
        path = tuple((ids[plot], inside) for plot, inside in leaf.path)
        found.append(Branch(path, prices, flow.edge, flow.flow, leaf.bound))
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


def undecided(search: Search, proof: Proof) -> Bools:
    """Nodes that a plan better than the best so far may still have on either side."""
    model = search.model
    free = (model.low < 0.5) & (model.high > 0.5)
    return np.asarray((np.abs(proof.reduced(model)) <= search.objective - proof.bound) & free)


def finish(search: Search, proof: Proof) -> None:
    """Fixes what the bound decides and solves what is left exactly."""
    solve_rest(search, proof.reduced(search.model), undecided(search, proof))
