"""Alternatives, importance, what if not and the frontier, held against every plan of small problems counted out."""

from __future__ import annotations

import numpy as np
import pytest
from small_problems import best_by_counting, every_plan, random_problem, three_fields

from geo.errors import PlanProblem
from geo.plan.relocation.alternatives import alternatives, letter
from geo.plan.relocation.constraints.differ import differ_from
from geo.plan.relocation.frontier import frontier
from geo.plan.relocation.importance import IMPORTANCE_COLUMNS, importance
from geo.plan.relocation.model import solve
from geo.plan.relocation.objective import objective_parts
from geo.plan.relocation.prices import prices
from geo.plan.relocation.problem import Problem
from geo.plan.relocation.reasons import switching_costs, what_if_not, why
from geo.plan.relocation.solution import Solution

SEEDS = [s for s in range(40) if np.isfinite(best_by_counting(random_problem(s, 8))[0])][:12]


@pytest.fixture(scope="module", params=SEEDS)
def solved(request: pytest.FixtureRequest) -> tuple[Problem, Solution]:
    problem = random_problem(request.param, 8)
    return problem, solve(problem, gap=1e-7, time_limit_s=20)


def feasible(problem: Problem) -> list[np.ndarray]:
    rows = problem.rows()
    return [x for x in every_plan(len(problem.pool)) if all(r.slack(x.astype(float)) >= -r.tolerance for r in rows)]


def test_every_alternative_differs_and_is_the_best_that_does(solved: tuple[Problem, Solution]) -> None:
    problem, plan = solved
    found = alternatives(problem, plan, count=2, within=0.5, differ=0.4)
    earlier = {"A": plan.chosen}
    for other in found.plans[1:]:
        assert all(share >= 0.4 - 1e-9 for share in other.replaces.values())
        assert 0 <= other.worse_by <= 0.5
        best, _ = best_by_counting(problem.with_constraint(differ_from(problem.pool, earlier, 0.4)))
        assert best - 1e-6 <= other.solution.objective <= best * (1 + 0.125) + 1e-6
        earlier[other.label] = other.solution.chosen
    if found.ended != "enough":  # what ends the search is true of every plan there is
        best, _ = best_by_counting(problem.with_constraint(differ_from(problem.pool, earlier, 0.4)))
        assert found.ended in ("none_left", "too_dear")
        assert np.isinf(best) if found.ended == "none_left" else best > 1.5 * plan.objective - 1e-6


def test_what_a_plot_costs_lies_between_the_proven_figures(solved: tuple[Problem, Solution]) -> None:
    problem, plan = solved
    least = switching_costs(problem, plan)
    found = alternatives(problem, plan, count=2, within=0.5, differ=0.4)
    answers = {i: what_if_not(problem, plan, i, gap=1e-7) for i in problem.pool.ids[:3]}
    table = importance(problem, found, answers).set_index("candidate_id")
    best, _ = best_by_counting(problem)
    for k, identifier in enumerate(problem.pool.ids):
        other = problem.lock(out=[identifier]) if identifier in plan.chosen else problem.lock(inn=[identifier])
        true = best_by_counting(other)[0] - best
        assert least[k] <= true + 1e-6
        if identifier in answers:
            assert answers[identifier].at_least <= true + 1e-5
            assert answers[identifier].at_most >= true - 1e-5 or np.isinf(true)
        if identifier in table.index:
            row = table.loc[identifier]
            assert row["at_least_mu_km"] <= true + 1e-5
            assert row["at_most_mu_km"] >= min(true, 1e12) - 1e-5
            assert row["kind"] in ("needed", "always", "exchangeable")
            assert (row["times"] == row["of"]) == (row["kind"] != "exchangeable")
    assert table.reset_index().columns.tolist() == list(IMPORTANCE_COLUMNS)


def test_no_plan_lies_in_the_empty_region(solved: tuple[Problem, Solution]) -> None:
    problem, plan = solved
    found = frontier(problem, plan, factors=(0.0, 0.5, 2.0), gap=1e-6)
    assert sum(p.given for p in found.points) == 1
    assert [p.exposed_m for p in found.points] == sorted(p.exposed_m for p in found.points)
    for x in feasible(problem):
        parts = objective_parts(problem.pool, problem.borders, problem.weights, x)
        cost = parts.total - problem.weights.exposed_m * parts.exposed_m
        assert cost >= found.least_cost(parts.exposed_m) - 1e-6 * max(cost, 1.0)


def test_a_plan_s_reckonings_add_up_to_its_objective(solved: tuple[Problem, Solution]) -> None:
    problem, plan = solved
    reasons = [why(problem, plan, i) for i in plan.chosen]
    total = sum(sum(r.costs.values()) for r in reasons) - sum(r.together for r in reasons) / 2
    assert total == pytest.approx(plan.objective)
    assert all(r.chosen for r in reasons)
    told = prices(problem, plan)
    assert {p.name for p in told} == {r.name for r in problem.rows()}
    for price in told:
        assert price.room >= -1e-3
        assert price.saves >= 0
        assert price.finding.text("zh") != price.finding.text("en")


def test_without_a_plot_there_may_be_no_plan() -> None:
    problem = three_fields().lock(out=["c"])
    plan = solve(problem, gap=1e-9)
    assert set(plan.chosen) == {"a", "b"}
    answer = what_if_not(problem, plan, "a")
    assert not answer.solution.has_plan
    assert np.isinf(answer.at_least)
    with pytest.raises(PlanProblem, match="locked"):
        what_if_not(problem, plan, "c")
    with pytest.raises(PlanProblem, match="not a candidate"):
        why(problem, plan, "nobody")


def test_the_end_of_the_search_is_proven() -> None:
    problem = three_fields()
    plan = solve(problem, gap=1e-9)
    found = alternatives(problem, plan, count=5, within=10.0, differ=1.0)
    assert found.ended in ("none_left", "too_dear")  # a bound above every price is a proof as well
    assert [p.label for p in found.plans] == ["A", "B"]
    assert not set(found.plans[0].solution.chosen) & set(found.plans[1].solution.chosen)
    assert alternatives(problem, plan, count=1, within=0.0001, differ=1.0).ended == "too_dear"
    with pytest.raises(PlanProblem):
        alternatives(problem, plan, differ=0.0)
    assert [letter(n) for n in (0, 25, 26)] == ["A", "Z", "A2"]


def test_a_cancelled_search_keeps_what_it_has() -> None:
    problem = random_problem(SEEDS[0], 8)
    plan = solve(problem, gap=1e-7)
    found = frontier(problem, plan, factors=(0.0, 2.0), progress=lambda _n, _p: False)
    assert any(p.given for p in found.points)
    assert len(found.points) <= 2
