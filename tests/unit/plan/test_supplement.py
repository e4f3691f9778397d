"""Replacement plans: never worse than an exact solve, proven, explained when short; locks kept, alternatives apart."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import shapely
import shapely.affinity

from geo.errors import PlanProblem
from geo.plan.supplement.alternatives import alternatives, first_wish
from geo.plan.supplement.explain import feasible, limit_relaxations
from geo.plan.supplement.match import match
from geo.plan.supplement.model import columns_of, solve
from geo.plan.supplement.problem import Supplement, SupplementProblem
from geo.plan.supplement.proof import floor_of, none_below
from tests.unit.plan.random_pools import by_looking_at_all, by_scipy, costs, holds, random_pool


def _vector(problem: SupplementProblem, plan: Supplement) -> np.ndarray:
    chosen = {i for ids in plan.chosen.values() for i in ids}
    return np.array([[1.0 if i in chosen else 0.0 for i in problem.pool.ids]])


@pytest.mark.parametrize("seed", range(60))
def test_no_subset_of_a_small_pool_is_better_at_any_level(seed: int) -> None:
    problem = random_pool(seed, 6 + seed % 9)
    best = by_looking_at_all(problem)
    plan = solve(problem, gap=1e-9, seed=seed)
    if best is None:
        assert plan.status == "infeasible"
        assert plan.shortages
        return
    assert plan.status == "optimal"
    assert holds(problem, _vector(problem, plan)).all()
    assert [level.value for level in plan.levels] == pytest.approx(best, rel=1e-7)


@pytest.mark.parametrize("seed", range(60, 100))
def test_a_general_solver_finds_nothing_better_in_a_larger_pool(seed: int) -> None:
    problem = random_pool(seed, 15 + seed % 26)
    best = by_scipy(problem)
    plan = solve(problem, gap=1e-6, seed=seed)
    if best is None:
        assert plan.status == "infeasible"
        return
    assert holds(problem, _vector(problem, plan)).all()
    assert plan.levels[0].value <= best * (1 + 2e-6) + 1e-9
    assert plan.levels[0].bound <= best * (1 + 2e-6) + 1e-9, "the bound is a bound"


@pytest.mark.parametrize(("size", "share"), [(300, 0.1), (900, 0.3)])
def test_the_gap_proven_on_large_pools(size: int, share: float) -> None:
    problem = replace(random_pool(7 + size, size, share=share), locked_in=frozenset(), locked_out=frozenset())
    plan = solve(problem, seed=1)
    assert plan.status == "optimal"
    assert max(level.gap for level in plan.levels) <= 1e-3
    assert holds(problem, _vector(problem, plan)).all()


@pytest.mark.parametrize("seed", range(12))
def test_the_floor_is_proven_by_addition_and_the_optimum_without_a_solver(seed: int) -> None:
    problem = random_pool(seed, 12)
    plan = solve(problem, gap=1e-9)
    if not plan.has_plan:
        return
    columns = columns_of(problem)
    level = plan.levels[0]
    cost = costs(problem)[level.priority][columns.lot]
    assert floor_of(columns, cost, (), level.prices) == pytest.approx(level.floor)
    assert level.floor <= level.value * (1 + 1e-9)
    assert none_below(columns, cost, (), level.prices, level.value * (1 - 1e-6)) is True
    assert none_below(columns, cost, (), level.prices, level.value * (1 + 1e-3)) is False, "the plan itself is found"


def test_the_same_problem_gives_the_same_plan() -> None:
    problem = random_pool(3, 40)
    assert solve(problem).chosen == solve(problem).chosen


def test_locks_hold_in_the_plan_and_in_every_alternative() -> None:
    problem = replace(
        random_pool(11, 40), locked_in=frozenset({"L0003", "L0009"}), locked_out=frozenset({"L0004", "L0005"})
    )
    plan = solve(problem)
    others = alternatives(problem, plan, count=3, difference=0.25, gap=1e-4, time_limit_s=20)
    assert len(others) == 3
    for chosen in [plan.chosen, *(o.chosen for o in others)]:
        lots = {i for ids in chosen.values() for i in ids}
        assert lots >= problem.locked_in
        assert not lots & problem.locked_out


def test_alternatives_hold_every_limit_and_really_differ() -> None:
    problem = random_pool(21, 60, share=0.2)
    plan = solve(problem)
    others = alternatives(problem, plan, count=4, difference=0.3, gap=1e-4, time_limit_s=30)
    area = dict(zip(problem.pool.ids, problem.pool.area_m2, strict=True))
    plans = [set(plan.chosen[problem.demands[0].name])] + [set(o.chosen[problem.demands[0].name]) for o in others]
    assert len(plans) == 5
    for k, lots in enumerate(plans):
        x = np.array([[1.0 if i in lots else 0.0 for i in problem.pool.ids]])
        assert holds(problem, x).all()
        for earlier in plans[:k]:
            assert sum(area[i] for i in lots & earlier) <= 0.7 * sum(area[i] for i in earlier) + 1e-6
    best = first_wish(problem, plan.chosen)
    for o in others:
        assert o.worse_by == pytest.approx(first_wish(problem, o.chosen) / best - 1)


def test_a_short_pool_says_what_is_short_and_what_would_do() -> None:
    base = random_pool(5, 20)
    usable = base.usable(0)
    demand = base.demands[0]
    total = float(base.pool.area_m2[usable].sum())
    problem = replace(
        base, demands=(replace(demand, area_m2=total + 1000.0, paddy_m2=0.0, grade=9.0, capacity_kg=0.0),)
    )
    plan = solve(problem)
    assert plan.status == "infeasible"
    assert not plan.chosen
    short = {s.limit: s for s in plan.shortages}
    assert set(short) == {"quantity"}
    assert short["quantity"].short == pytest.approx(1000.0 * 3 / 2000)
    change = {r.kind: r for r in limit_relaxations(problem)}
    assert change["quantity"].to_value == pytest.approx(total / (total + 1000.0))
    eased = replace(problem, limits=replace(problem.limits, area_ratio=change["quantity"].to_value - 1e-9))
    assert feasible(eased)


@pytest.mark.parametrize("seed", range(8))
def test_every_relaxation_told_does_work_and_a_smaller_one_does_not(seed: int) -> None:
    base = random_pool(seed, 12)
    problem = replace(base, demands=(replace(base.demands[0], grade=2.0),), locked_in=frozenset())
    assert not solve(problem).has_plan, "no lot is as good as grade 2"
    for r in limit_relaxations(problem):
        if r.kind != "quality":
            continue
        assert feasible(replace(problem, limits=replace(problem.limits, grade_slack=r.to_value)))
        assert not feasible(replace(problem, limits=replace(problem.limits, grade_slack=r.to_value - 2e-3)))


def test_an_ill_put_problem_is_refused_with_every_fault() -> None:
    problem = random_pool(2, 8)
    with pytest.raises(PlanProblem, match=r"unknown priority.*L9999.*in and out"):
        replace(
            problem, priorities=("nearest",), locked_in=frozenset({"L9999", "L0003"}), locked_out=frozenset({"L0003"})
        )


def test_one_straight_cut_leaves_the_surplus_in_the_pool_and_no_sliver() -> None:
    from geo.geometry.ellipsoid import area_m2, length_m
    from geo.plan.supplement.split import CutRules, cut_surplus, least_shares

    base = random_pool(31, 30, share=0.25)
    problem = replace(base, locked_in=frozenset(), locked_out=frozenset(), priorities=("plots",))
    plan = solve(problem)
    lots = plan.chosen[problem.demands[0].name]
    rng = np.random.default_rng(1)
    shapes = {}
    for k, (lot, size) in enumerate(zip(problem.pool.ids, problem.pool.area_m2, strict=True)):
        # A slanted strip of the lot's official area.
        wide = np.sqrt(size) * rng.uniform(0.7, 1.0)
        box = shapely.affinity.rotate(shapely.box(0, 0, size / wide, wide), 17.0 * k)
        box = shapely.transform(box, lambda xy, k=k: xy + np.array([40_585_000.0 + 500.0 * k, 3_431_000.0]))
        grown = float(np.sqrt(size / area_m2([box])[0]))
        shapes[lot] = shapely.affinity.scale(box, grown, grown)
    rules = CutRules(min_patch_m2=150.0, min_width_m=5.0)
    cut = cut_surplus(problem, 0, lots, shapes, dict.fromkeys(problem.pool.ids, 1.0), rules, [])
    assert cut is not None
    place = {i: k for k, i in enumerate(problem.pool.ids)}
    whole = float(problem.pool.area_m2[place[cut.lot_id]])
    assert cut.kept_m2 + cut.rest_m2 == pytest.approx(whole, abs=0.02)
    share = max(least_shares(problem, 0, lots)[cut.lot_id], rules.min_patch_m2 / whole)
    assert cut.kept_m2 == pytest.approx(share * whole, abs=0.02)
    for part in (cut.kept, cut.rest):
        assert part.geom_type == "Polygon"
        size = float(area_m2([part])[0])
        assert size >= rules.min_patch_m2
        assert 2 * size / float(length_m([part])[0]) >= rules.min_width_m
    x = _vector(problem, plan)
    x[0, place[cut.lot_id]] = cut.kept_m2 / whole
    assert holds(replace(problem, demands=(replace(problem.demands[0], area_m2=problem.demands[0].area_m2 - 0.02,
                 paddy_m2=problem.demands[0].paddy_m2 - 0.02),)), x).all()  # fmt: skip
    narrow = CutRules(min_patch_m2=150.0, min_width_m=1000.0)
    assert cut_surplus(problem, 0, lots, shapes, dict.fromkeys(problem.pool.ids, 1.0), narrow, []) is None


def _two_projects(seed: int, share: float) -> SupplementProblem:
    """Two projects that may use the same lots."""
    base = random_pool(seed, 8, share=share)
    demand = replace(base.demands[0], grade=9.0, paddy_m2=0.0, capacity_kg=0.0)
    rng = np.random.default_rng(seed)
    return replace(
        base,
        demands=(replace(demand, project="A"), replace(demand, project="B", area_m2=demand.area_m2 * 0.7)),
        distance_m=rng.uniform(50, 9000, (2, 8)),
        priorities=("distance",),
        locked_in=frozenset(),
        locked_out=frozenset(),
    )


@pytest.mark.parametrize("seed", range(6))
def test_projects_share_a_pool_as_well_as_any_assignment(seed: int) -> None:
    problem = _two_projects(seed, 0.25)
    found = match(problem, ["A", "B"])
    assert found.served == ("A", "B")
    assert found.plan is not None
    lots = list(found.plan.chosen.values())
    assert not set(lots[0]) & set(lots[1]), "a lot is spent once"
    area = problem.pool.area_m2 * 3 / 2000
    best = np.inf
    for code in range(3**8):
        to = np.array([code // 3**k % 3 for k in range(8)])
        if all((area * (to == d + 1)).sum() >= problem.demands[d].area_m2 * 3 / 2000 - 1e-9 for d in range(2)):
            best = min(best, sum((area * problem.distance_m[d] / 1000 * (to == d + 1)).sum() for d in range(2)))
    assert sum(level.value for level in found.plan.levels) == pytest.approx(best, rel=1e-4)


def test_the_earlier_deadline_is_served_and_the_other_told_what_it_misses() -> None:
    base = _two_projects(3, 0.5)
    total = float(base.pool.area_m2.sum())
    a, b = base.demands
    problem = replace(base, demands=(replace(a, area_m2=0.6 * total), replace(b, area_m2=0.6 * total)))
    for order in (["A", "B"], ["B", "A"]):
        found = match(problem, order)
        assert found.served == (order[0],)
        (short,) = found.missing[order[1]]
        assert short.limit == "quantity"
        assert 0.2 * total * 3 / 2000 <= short.short + 1e-6
