"""A PLAN AGAIN, after a lock or a changed limit, from what the earlier one left: its plots, prices, flows and cases.

Prices and flows prove a bound for any problem on the same plots and borders (``certificate``), so the earlier proof is
added up again instead of searched again. A case that a lock decides is dropped with its step: what is left still covers
every plan. The earlier plan, locks kept, is mended and improved by small exchanges; only cases that have become too
weak are looked at again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from geo.plan.relocation.certificate import bound_from
from geo.plan.relocation.cut_model import CutModel, Path
from geo.plan.relocation.plots import Bools, Floats
from geo.plan.relocation.polish import polished
from geo.plan.relocation.reduced import Reduced, reduced
from geo.plan.relocation.sift import Proof, ends_of, priced_cut
from geo.plan.relocation.solution import Certificate, Solution
from geo.plan.relocation.tree import Cases, Leaf, Part, Tree, rounded
from geo.plan.relocation.turns import DOWN, by_turns

if TYPE_CHECKING:
    from geo.plan.relocation.model import Search
    from geo.plan.relocation.problem import Problem

WIDTHS = (0.015, 0.006)
"""How far prices may move from those of the earlier cases, which tell most of it (``reduced.WIDTHS``)."""
LOOKS, OPENED = 8, 400
"""Looks at the prices before the cases, and plots that each may open."""
POLISHES, STEPS, COOL = 4, 20_000, 0.02
"""Ways from the mended plan by small exchanges, their steps, and that they keep close to it."""
FEW_SPLITS = (30, 60)
"""Cases that may be split in the turns before the search begins anew."""
USEFUL = 0.5
"""The part of the gap asked by which the earlier cases must lift the bound to be gone on with."""


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """A case of the earlier proof: plots set (place in the pool, in or out), prices of the rows, flow on the edges."""

    path: Path
    price: Floats
    flow: Part


@dataclass(frozen=True, slots=True, eq=False)
class Begin:
    """Where a search begins that has seen a like problem: its row prices (scaled), its plan with the locks kept, and,
    where plots and borders are the same, the flow and the cases of its proof."""

    price: Floats
    chosen: Bools
    flow: Floats | None = None
    cases: tuple[Case, ...] = ()


def begin_from(problem: Problem, model: CutModel, start: Solution | None) -> Begin | None:
    """What an earlier solution gives this search; None when it has no certificate."""
    if start is None or start.certificate is None:
        return None
    proof = start.certificate
    chosen = problem.among(set(start.chosen))
    chosen = (chosen | (model.low > 0.5)) & (model.high > 0.5)
    price = _prices(model, proof.multipliers)
    if len(proof.flow) != len(model.left):
        return Begin(price, chosen)
    return Begin(price, chosen, proof.flow, _cases(problem, model, proof))


def _prices(model: CutModel, known: object) -> Floats:
    told = dict(known)  # type: ignore[call-overload]
    return np.array([max(float(told.get(name, 0.0)), 0.0) for name in model.names])


def _cases(problem: Problem, model: CutModel, proof: Certificate) -> tuple[Case, ...]:
    """The earlier cases that the locks leave; none where a plot of theirs is no candidate any more."""
    if proof.derived:
        return ()
    used = {i for branch in proof.branches for i, _ in branch.path}
    place = {i: k for k, i in enumerate(problem.pool.ids) if i in used}
    if len(place) != len(used):
        return ()
    kept = []
    for branch in proof.branches:
        steps = [(place[i], inside) for i, inside in branch.path]
        if any((model.high[k] < 0.5) if inside else (model.low[k] > 0.5) for k, inside in steps):
            continue
        path = tuple((k, inside) for k, inside in steps if model.low[k] < 0.5 < model.high[k])
        kept.append(Case(path, _prices(model, branch.multipliers), Part(branch.edge, branch.flow)))
    return tuple(kept)


def _priced_anew(tree: Tree) -> Proof:
    """The tree's proof without cases at the prices of the problem as it is now; plots that these bring into doubt are
    opened at once, not case by case."""
    model = tree.model
    for _ in range(LOOKS):
        found, _hope = tree.look(())
        cut = priced_cut(model, found.price, tree.ends, tree.root.flow)
        bound = tree.bound((), found.price, cut.flow)
        differ = cut.inside != tree.base
        if bound > tree.root.bound:
            tree.root = Proof(found.price, cut.flow, bound, cut.inside, tree.root.unsure)
        elif (differ & ~tree.open_).any():
            # Prices of few plots go too far: half the way shows better who matters.
            differ = priced_cut(model, (found.price + tree.root.price) / 2, tree.ends, cut.flow).inside != tree.base
        others = tree.nearest(differ & ~tree.open_, OPENED)
        if not others.any():
            break
        tree.open_ |= others
        tree.load()
    return tree.root


def again(search: Search, begin: Begin, *, most: int) -> Cases | None:
    """Plan and proof from the earlier ones; None when they are of no use here."""
    model = search.model
    if begin.flow is None:
        return None
    ends = ends_of(model)
    cut = priced_cut(model, begin.price, ends, begin.flow)
    root = Proof(
        begin.price, cut.flow, bound_from(model, begin.price, cut.flow), cut.inside, cut.inside != begin.chosen
    )
    also = root.unsure.copy()
    also[[plot for case in begin.cases for plot, _ in case.path]] = True
    part = reduced(search, root, ends, prices=[case.price for case in begin.cases], also=also, widths=WIDTHS)
    if part is None:
        tree = Tree(search, model, root, most, also=also)
        plans = _mended(tree, begin)
        _earlier(tree, begin)
        return _gone_on(tree, begin, plans).cases()
    inner = _inside(begin, part)
    tree = Tree(part.search(search), part.model, part.proof(root), most, also=also[part.kept], loss=part.loss)
    plans = _mended(tree, inner)
    price = tree.root.price
    beyond = np.max([price, *(case.price + price - begin.price for case in begin.cases)], axis=0) > part.reach
    if not _earlier(tree, inner) and beyond.any():
        # Prices have moved so far that other plots come into doubt.
        root = part.proof_of_all(tree.root)
        part.plan(search, tree)
        wider = reduced(search, root, ends, also=begin.chosen)
        if wider is not None:
            part, inner = wider, _inside(replace(begin, cases=()), wider)
            tree = Tree(part.search(search), part.model, part.proof(root), most, loss=part.loss)
            plans = _mended(tree, inner)
            _earlier(tree, inner)
    if tree.root.bound > model.dearest():
        search.prove(tree.root.bound)  # more than any plan could cost: nothing holds
        return None
    return part.told(search, _gone_on(tree, inner, plans))


def _inside(begin: Begin, part: Reduced) -> Begin:
    """The same beginning for the plots in doubt."""
    place = {int(plot): k for k, plot in enumerate(part.kept)}
    every = np.arange(len(part.model.left))
    cases = []
    whole = np.zeros(0) if begin.flow is None else begin.flow.copy()
    for case in begin.cases:
        whole[case.flow.edge] = case.flow.flow
        path = tuple((place[plot], inside) for plot, inside in case.path)
        cases.append(Case(path, case.price, Part(every, part.flow_in(whole))))
        if begin.flow is not None:
            whole[case.flow.edge] = begin.flow[case.flow.edge]
    return Begin(begin.price, begin.chosen[part.kept], None, tuple(cases))


def _mended(tree: Tree, begin: Begin) -> list[Bools]:
    """Prices anew, and plans beside the earlier plan and the split plan, the best of them offered."""
    _priced_anew(tree)
    tree.search.prove(tree.root.bound)
    tree.search.offer(begin.chosen)
    plans: list[Bools] = []
    for way in (begin.chosen[tree.open_], rounded(tree, (), most=DOWN)):
        plans += polished(tree.search, tree, way, POLISHES, hot_share=COOL, steps=STEPS)
    return plans


def _earlier(tree: Tree, begin: Begin) -> bool:
    """Adds the earlier cases up again and, where too weak, looks at them again; False where prices and plots have moved
    so far that they no longer tell the plans apart: then there is one case, the whole."""
    search, root = tree.search, tree.root
    first = Case((), begin.price, Part(np.zeros(0, dtype=np.int64), np.zeros(0)))
    earlier = root.flow if begin.flow is None else begin.flow
    for case in begin.cases or (first,):
        flow = case.flow.whole(earlier)
        bound = tree.bound(case.path, case.price, flow)
        found, hope = tree.look(case.path)
        leaf = Leaf(case.path, max(hope, bound), found.price, root.bound, basis=found.basis)
        if bound > root.bound:
            leaf = replace(leaf, bound=bound, proof=(case.price, flow))
        tree.put(leaf)
    found, hope = tree.look(())
    if tree.hoped() >= min(tree.goal(), hope + USEFUL * search.gap * hope):
        return True
    tree.waiting.clear()
    tree.put(Leaf((), hope, found.price, root.bound, basis=found.basis))
    return False


def _gone_on(tree: Tree, begin: Begin, plans: list[Bools]) -> Tree:
    """Plans and cases by turns."""
    tree.search.prove(min(tree.proven(), tree.search.objective))
    tree.search.tell("again")
    by_turns(tree, [*(plan for plan in plans if tree.model.holds(plan)), begin.chosen], turns=FEW_SPLITS)
    return tree
