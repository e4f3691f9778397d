"""Five hundred small problems against counting, two hundred middling ones against HiGHS, and tampered ones.

``recheck`` accepts every plan of them: its figures and its certificate, as stored.
"""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from small_problems import best_by_counting, random_problem

from bench._instances import KINDS, instance
from geo.plan.relocation.certificate import certificate_from, covers, flow_table, proven_by
from geo.plan.relocation.model import solve
from geo.plan.relocation.objective import Borders
from geo.plan.relocation.problem import Problem
from geo.plan.relocation.recheck import recheck_certificate, recheck_figures
from geo.plan.relocation.solution import Solution


def alone(problem: Problem, ids: tuple[str, ...]) -> Problem:
    """The problem with the plan's own candidates as its pool, as ``recheck`` measures it from the layers."""
    chosen = np.flatnonzero(problem.chosen_mask(ids))
    place = np.full(len(problem.pool), -1)
    place[chosen] = np.arange(len(chosen))
    left, right = place[problem.borders.left], place[problem.borders.right]
    kept = (left >= 0) & (right >= 0)
    return replace(
        problem,
        pool=problem.pool.take(chosen),
        borders=Borders(left[kept], right[kept], problem.borders.shared_m[kept]),
    )


def faults_of(problem: Problem, ids: tuple[str, ...], claims: dict[str, Any], table: Any) -> list[str]:
    """Codes of what ``recheck`` finds wrong in the figures and the certificate of a stored plan."""
    found = recheck_figures(alone(problem, ids), claims, rows=len(ids)) + recheck_certificate(problem, claims, table)
    return [f"{f.code} {f.subject}" for f in found if f.severity == "error"]


def assert_accepted(problem: Problem, found: Solution) -> None:
    """``recheck`` accepts the plan as it is stored, and the certificate proves the whole bound unless HiGHS helped."""
    assert found.certificate is not None
    told = json.loads(json.dumps(found.record()))
    table = flow_table(problem, found.certificate)
    assert faults_of(problem, found.chosen, told, table) == []
    proven = proven_by(problem, certificate_from(problem, told["certificate"], table))
    assert proven <= found.objective + 1e-6 * max(found.objective, 1.0)
    if found.method == "lagrangian":
        assert proven >= found.bound - 1e-9 * max(abs(proven), 1.0)


@pytest.mark.parametrize("part", range(5))
def test_five_hundred_small_problems_equal_the_best_of_all_plans(part):
    planned = 0
    for seed in range(100 * part, 100 * part + 100):
        problem = random_problem(5000 + seed, 3 + seed % 7)
        best, _ = best_by_counting(problem)
        found = solve(problem, gap=1e-7, method="auto" if seed % 10 else "cases")
        if not np.isfinite(best):
            assert found.status == "infeasible", seed
            continue
        planned += 1
        assert found.objective == pytest.approx(best, rel=1e-6, abs=1e-6), seed
        assert found.bound <= best + 1e-6 * max(best, 1.0), seed
        assert_accepted(problem, found)
    assert planned > 10


@pytest.mark.parametrize("part", range(4))
def test_two_hundred_middling_problems_never_prove_more_than_the_optimum(part):
    tried = 0
    for seed in range(50 * part, 50 * part + 50):
        problem = instance(14 + seed % 8, KINDS[seed % 3], seed, share=0.2).without_constraint("capacity")
        exact = solve(problem, gap=1e-6, method="exact", time_limit_s=300)
        # What the bound proves counts here, not how near it comes. That there is no plan is not for cases to prove.
        by_cases = exact.has_plan and seed % 10 == 0
        found = solve(problem, gap=0.2, method="cases" if by_cases else "lagrangian", time_limit_s=300)
        if not exact.has_plan:
            assert not found.has_plan, seed
            continue
        tried += 1
        assert found.bound <= exact.objective + 1e-6 * exact.objective, seed
        if found.has_plan:
            assert found.objective >= exact.bound - 1e-6 * exact.objective, seed
            assert_accepted(problem, found)
    assert tried > 5


@pytest.fixture(scope="module")
def proof() -> tuple[Problem, Solution, Any]:
    """A problem whose certificate tells cases apart and rounds rows."""
    for seed in range(40):
        problem = instance(60, KINDS[seed % 3], seed, share=0.15).without_constraint("capacity")
        found = solve(problem, gap=1e-3, method="cases")
        if found.certificate is not None and len(found.certificate.branches) > 3 and found.certificate.derived:
            return problem, found, flow_table(problem, found.certificate)
    raise AssertionError("no certificate with cases")


def claims_of(found: Solution) -> dict[str, Any]:
    return json.loads(json.dumps(found.record()))


def test_the_untouched_plan_is_accepted(proof):
    problem, found, table = proof
    assert faults_of(problem, found.chosen, claims_of(found), table) == []


def _tamper(told: dict[str, Any], how: str) -> None:
    branches, first = told["branches"], told["branches"][0]
    row = next(iter(first["multipliers"]))
    match how:
        case "root bound raised":
            told["bound"] *= 1.01
        case "case bound raised":
            first["bound"] += 0.01 * abs(first["bound"])
        case "case dropped":
            branches.pop()
        case "case given twice":
            branches.append(copy.deepcopy(first))
        case "side turned":
            first["path"][-1][1] = not first["path"][-1][1]
        case "other plot":
            first["path"][-1][0] = "nobody"
        case "last step cut off":
            first["path"].pop()
        case "one step more":
            first["path"].append([first["path"][0][0], True])
        case "no number":
            first["multipliers"][row] = float("nan")
        case "endless price":
            first["multipliers"][row] = float("inf")
        case "unknown row":
            first["multipliers"]["no such row"] = 1.0
        case "prices trebled":
            first["multipliers"] = {k: 3 * v + 1 for k, v in first["multipliers"].items()}
        case "prices gone":
            first["multipliers"] = {}
        case "multipliers missing":
            del first["multipliers"]
        case "root prices trebled":
            told["multipliers"] = {k: 3 * v + 1 for k, v in told["multipliers"].items()}


@pytest.mark.parametrize(
    "how",
    [
        "root bound raised", "case bound raised", "case dropped", "case given twice", "side turned", "other plot",
        "last step cut off", "one step more", "no number", "endless price", "unknown row", "prices trebled",
        "prices gone", "multipliers missing", "root prices trebled",
    ],
)  # fmt: skip
def test_a_tampered_certificate_is_refused(proof, how):
    problem, found, table = proof
    claims = claims_of(found)
    _tamper(claims["certificate"], how)
    assert faults_of(problem, found.chosen, claims, table)


@pytest.mark.parametrize("how", ["unknown pair", "unknown case", "no number", "flows gone", "flows turned"])
def test_tampered_flows_are_refused(proof, how):
    problem, found, table = proof
    table = table.copy()
    match how:
        case "unknown pair":
            table.loc[0, "left"] = "nobody"
        case "unknown case":
            table.loc[0, "branch"] = 10_000
        case "no number":
            table.loc[0, "flow"] = np.nan
        case "flows gone":
            table = table.iloc[:0]
        case "flows turned":
            table["flow"] = -table["flow"]
    assert faults_of(problem, found.chosen, claims_of(found), table)


@pytest.mark.parametrize("how", ["plot dropped", "plot added", "plot swapped", "objective", "bound", "gap", "check"])
def test_a_tampered_plan_is_refused(proof, how):
    problem, found, table = proof
    claims, chosen = claims_of(found), list(found.chosen)
    other = next(i for i in problem.pool.ids if i not in found.chosen)
    match how:
        case "plot dropped":
            chosen.pop()
        case "plot added":
            chosen.append(other)
        case "plot swapped":
            chosen[0] = other
        case "objective":
            claims["objective"] *= 0.999
        case "bound":
            claims["bound"] = claims["objective"] * 1.01
        case "gap":
            claims["gap"] = claims["gap"] + 0.001
        case "check":
            claims["checks"][0]["measured"] *= 1.01
    assert faults_of(problem, tuple(chosen), claims, table)


def test_cases_that_cover_every_plan():
    assert covers([()])
    assert covers([(("a", True),), (("a", False), ("b", True)), (("a", False), ("b", False))])
    assert not covers([(("a", True),), (("a", False), ("b", True))])
    assert not covers([(("a", True),), (("b", False),)])
    assert not covers([(), (("a", True),)])
    assert not covers([(("a", True),), (("a", True),)])
    assert not covers([])


def test_a_plan_made_again_after_locks_equals_the_best_of_all_plans():
    planned, carried = 0, 0
    for seed in range(30):
        problem = random_problem(9000 + seed, 8)
        first = solve(problem, gap=1e-7, method="cases")
        if not first.has_plan or len(first.chosen) == len(problem.pool):
            continue
        other = next(i for i in problem.pool.ids if i not in first.chosen)
        locked = problem.lock(out=[first.chosen[0]]) if seed % 2 else problem.lock(inn=[other])
        best, _ = best_by_counting(locked)
        found = solve(locked, gap=1e-7, method="cases", start=first)
        if not np.isfinite(best):
            assert found.status == "infeasible", seed
            continue
        planned += 1
        carried += bool(found.certificate and found.certificate.branches)
        assert found.objective == pytest.approx(best, rel=1e-6, abs=1e-6), seed
        assert found.bound <= best + 1e-6 * max(best, 1.0), seed
        assert_accepted(locked, found)
    assert planned > 5
    assert carried


def test_plots_in_doubt_alone_give_the_same_plans_and_hold_for_all(monkeypatch):
    """Small problems made to take the way of pools above 20,000: the cases are told among the plots in doubt."""
    from geo.plan.relocation import again, large, reduced

    parts = []

    own = reduced.reduced

    def watched(*given, **named):
        parts.append(own(*given, **named))
        return parts[-1]

    monkeypatch.setattr(reduced, "AT_LEAST", 0)
    monkeypatch.setattr(reduced, "AT_MOST", 1)
    monkeypatch.setattr(large, "ROUNDED_UP_TO", 0)
    monkeypatch.setattr(large, "reduced", watched)
    monkeypatch.setattr(again, "reduced", watched)
    planned = 0
    for seed in range(24):
        problem = random_problem(9000 + seed, 8)
        best, _ = best_by_counting(problem)
        if not np.isfinite(best):
            continue
        first = solve(problem, gap=1e-7, method="cases")
        locked = problem.lock(out=[first.chosen[0]])
        for posed, found in ((problem, first), (locked, solve(locked, gap=1e-7, method="cases", start=first))):
            least, _ = best_by_counting(posed)
            if not np.isfinite(least):
                assert found.status == "infeasible", seed
                continue
            planned += 1
            assert found.bound <= least + 1e-6 * max(least, 1.0), seed
            assert proven_by(posed, found.certificate) <= least + 1e-6 * max(least, 1.0), seed
            assert_accepted(posed, found)
    assert planned > 10
    assert any(part is not None and len(part.kept) < part.whole.size for part in parts)
