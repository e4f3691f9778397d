"""Five hundred small problems against counting, two hundred middling ones against HiGHS, and tampered certificates."""

from __future__ import annotations

import copy
import json
from typing import Any

import numpy as np
import pytest
from small_problems import best_by_counting, random_problem

from bench._instances import KINDS, instance
from geo.plan.relocation.certificate import certificate_from, covers, flow_table, parts_of, proven_by
from geo.plan.relocation.model import solve
from geo.plan.relocation.objective import objective_parts
from geo.plan.relocation.problem import Problem
from geo.plan.relocation.solution import Certificate, Solution


def assert_holds(problem: Problem, found: Solution) -> None:
    """Every constraint, the objective and the bound again, by plain arithmetic and from the stored certificate."""
    chosen = problem.chosen_mask(found.chosen)
    plots = problem.pool.take(np.flatnonzero(chosen))
    assert all(c.holds for noun in problem.named() for c in noun.check(problem.leaving, plots))
    total = objective_parts(problem.pool, problem.borders, problem.weights, chosen).total
    assert found.objective == pytest.approx(total, rel=1e-9)
    assert found.certificate is not None
    told = json.loads(json.dumps(found.certificate.record()))
    proven = proven_by(problem, certificate_from(problem, told, flow_table(problem, found.certificate)))
    assert proven >= found.certificate.proven - 1e-9 * max(abs(proven), 1.0)
    assert proven <= total + 1e-6 * max(total, 1.0)
    if found.method == "lagrangian":
        assert proven >= found.bound - 1e-9 * max(abs(proven), 1.0)


@pytest.mark.parametrize("part", range(5))
def test_five_hundred_small_problems_equal_the_best_of_all_plans(part):
    planned = 0
    for seed in range(100 * part, 100 * part + 100):
        problem = random_problem(5000 + seed, 3 + seed % 7)
        best, _ = best_by_counting(problem)
        found = solve(problem, gap=1e-7)
        if not np.isfinite(best):
            assert found.status == "infeasible", seed
            continue
        planned += 1
        assert found.objective == pytest.approx(best, rel=1e-6, abs=1e-6), seed
        assert found.bound <= best + 1e-6 * max(best, 1.0), seed
        assert_holds(problem, found)
    assert planned > 10


@pytest.mark.parametrize("part", range(4))
def test_two_hundred_middling_problems_never_prove_more_than_the_optimum(part):
    tried = 0
    for seed in range(50 * part, 50 * part + 50):
        problem = instance(16 + seed % 8, KINDS[seed % 3], seed, share=0.2).without_constraint("capacity")
        exact = solve(problem, gap=1e-6, method="exact", time_limit_s=30)
        found = solve(problem, gap=3e-2, method="lagrangian", time_limit_s=30)
        if not exact.has_plan:
            assert not found.has_plan, seed
            continue
        tried += 1
        assert found.bound <= exact.objective + 1e-6 * exact.objective, seed
        if found.has_plan:
            assert found.objective >= exact.bound - 1e-6 * exact.objective, seed
            assert_holds(problem, found)
    assert tried > 5


@pytest.fixture(scope="module")
def proof() -> tuple[Problem, dict[str, Any], Any]:
    """A problem whose certificate tells cases apart."""
    for seed in range(40):
        problem = instance(120, KINDS[seed % 3], seed, share=0.15).without_constraint("capacity")
        found = solve(problem, gap=1e-3, method="lagrangian")
        if found.certificate is not None and len(found.certificate.branches) > 3:
            record = json.loads(json.dumps(found.certificate.record()))
            return problem, record, flow_table(problem, found.certificate)
    raise AssertionError("no certificate with cases")


def refused(problem: Problem, told: dict[str, Any], table: Any) -> bool:
    """Whether a reader refuses the certificate, or finds that it claims more than it proves."""
    try:
        read: Certificate = certificate_from(problem, told, table)
        parts = parts_of(problem, read)
    except ValueError:
        return True
    claims = [read.bound, *(b.bound for b in read.branches)]
    return any(not c <= p + 1e-6 * max(abs(p), 1.0) for c, p in zip(claims, parts, strict=True))


def test_the_untouched_certificate_is_accepted(proof):
    assert not refused(*proof)


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
    problem, told, table = proof
    told = copy.deepcopy(told)
    _tamper(told, how)
    assert refused(problem, told, table)


@pytest.mark.parametrize("how", ["unknown pair", "unknown case", "no number", "flows gone", "flows turned"])
def test_tampered_flows_are_refused(proof, how):
    problem, told, table = proof
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
    assert refused(problem, told, table)


def test_cases_that_cover_every_plan():
    assert covers([()])
    assert covers([(("a", True),), (("a", False), ("b", True)), (("a", False), ("b", False))])
    assert not covers([(("a", True),), (("a", False), ("b", True))])
    assert not covers([(("a", True),), (("b", False),)])
    assert not covers([(), (("a", True),)])
    assert not covers([(("a", True),), (("a", True),)])
    assert not covers([])
