"""Laws of the planner for any problem: bounds below plans, checks that hold, nothing depends on the order of rows."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

ROOT = Path(__file__).parents[2]
for folder in (ROOT, ROOT / "tests" / "unit" / "plan"):
    if str(folder) not in sys.path:
        sys.path.append(str(folder))

from small_problems import random_problem  # noqa: E402 - found through the lines above

from geo.plan.relocation.certificate import bound_from  # noqa: E402
from geo.plan.relocation.core import contract, expand  # noqa: E402
from geo.plan.relocation.cut_model import cut_model  # noqa: E402
from geo.plan.relocation.min_cut import minimum_cut  # noqa: E402
from geo.plan.relocation.model import solve  # noqa: E402

SEEDS = st.integers(0, 2**31)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(SEEDS, st.integers(3, 10))
def test_a_plan_holds_its_checks_and_lies_above_its_bound(seed, size):
    found = solve(random_problem(seed, size), gap=1e-6)
    if found.has_plan:
        assert all(c.holds for c in found.checks)
        assert found.bound <= found.objective + 1e-9
        assert found.objective >= 0
        assert found.parts is not None
        assert abs(found.parts.total - found.objective) < 1e-9 * max(found.objective, 1)
    else:
        assert found.clashing


@settings(max_examples=20, deadline=None, derandomize=True)
@given(SEEDS)
def test_the_order_of_candidates_does_not_matter(seed):
    problem = random_problem(seed, 8)
    turn = np.random.default_rng(seed).permutation(8)
    where = np.argsort(turn)
    ends = np.sort(np.column_stack([where[problem.borders.left], where[problem.borders.right]]), axis=1)
    other = replace(
        problem,
        pool=problem.pool.take(turn),
        borders=replace(problem.borders, left=ends[:, 0], right=ends[:, 1]),
    )
    first, second = solve(problem, gap=1e-9), solve(other, gap=1e-9)
    assert first.status == second.status
    if first.has_plan:
        assert abs(first.objective - second.objective) < 1e-6 * max(first.objective, 1)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(SEEDS, st.integers(2, 9), st.integers(0, 20))
def test_a_minimum_cut_is_minimal_and_its_flow_proves_it(seed, size, edges):
    rng = np.random.default_rng(seed)
    node = rng.normal(0, 3, size) * (rng.random(size) < 0.9)
    ends = rng.integers(0, size, (edges, 2))
    ends = ends[ends[:, 0] != ends[:, 1]]
    left, right = np.ascontiguousarray(ends.T)  # as layers give them: each array in one piece of memory
    cap = rng.exponential(2, len(ends))
    cut = minimum_cut(node, left, right, cap)

    def value(x):
        return node[x].sum() + cap[x[left] != x[right]].sum()

    plans = (np.arange(2**size)[:, None] >> np.arange(size)) & 1 == 1
    best = min(value(x) for x in plans)
    assert abs(value(cut.inside) - best) < 1e-5
    assert (np.abs(cut.flow) <= cap + 1e-12).all()
    pushed = node - np.bincount(left, cut.flow, size) + np.bincount(right, cut.flow, size)
    assert best - 1e-5 <= np.minimum(pushed, 0).sum() <= best + 1e-9


@settings(max_examples=60, deadline=None, derandomize=True)
@given(SEEDS)
def test_a_contracted_plan_costs_what_the_whole_plan_costs(seed):
    rng = np.random.default_rng(seed)
    model = cut_model(random_problem(seed, 10))
    base = rng.random(10) < 0.5
    label = rng.integers(-1, 4, 10)
    label = np.where(label < 0, -1, np.unique(np.maximum(label, 0), return_inverse=True)[1])
    if (label >= 0).any():
        label[label >= 0] = np.unique(label[label >= 0], return_inverse=True)[1]
    small = contract(model, base, label)
    for _ in range(5):
        x = rng.random(small.size) < 0.5
        whole = expand(base, label, x)
        assert abs(small.value(x) - model.value(whole)) < 1e-9 * max(model.value(whole), 1)
        both = model.matrix @ whole.astype(float) - model.lower, small.matrix @ x.astype(float) - small.lower
        assert np.allclose(*both)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(SEEDS)
def test_a_proven_bound_lies_below_every_admissible_plan(seed):
    rng = np.random.default_rng(seed)
    model = cut_model(random_problem(seed, 9))
    bound = bound_from(model, rng.exponential(15, len(model.names)), rng.normal(0, 4, len(model.left)))
    for x in (np.arange(2**9)[:, None] >> np.arange(9)) & 1 == 1:
        if model.holds(x):
            assert bound <= model.value(x) + 1e-9
