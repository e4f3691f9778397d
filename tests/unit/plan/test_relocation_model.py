"""The solvers against counting: the same optimum, bounds never above it, locks kept, no plan where there is none."""

from __future__ import annotations

import json

import numpy as np
import pytest
from small_problems import best_by_counting, random_problem, three_fields

from bench._instances import KINDS, instance
from geo.plan.relocation.certificate import bound_of, certificate_from, flow_table, proven_by
from geo.plan.relocation.constraints import Area, Paddy, PlotsLimit, Quality
from geo.plan.relocation.cut_model import cut_model
from geo.plan.relocation.model import solve
from geo.plan.relocation.objective import objective_parts
from geo.plan.relocation.solution import Progress, relative_gap


def test_three_fields_by_hand():
    """a + b: 2.2 mu·km + 2 plots × 2 + 0.1 × (220 − 80) = 20.2; c: 1.5 + 2 + 15 + 3 (outside the pool) = 21.5."""
    found = solve(three_fields(), gap=1e-9)
    assert found.chosen == ("a", "b")
    assert found.objective == pytest.approx(20.2, abs=1e-9)
    assert found.parts is not None
    assert (found.parts.plots, found.parts.exposed_m) == (2, pytest.approx(140.0))
    assert found.parts.outline_m == pytest.approx(150.0)


@pytest.mark.parametrize("method", ["auto", "exact"])
def test_equals_the_best_of_all_plans(method):
    planned = 0
    for seed in range(40 if method == "auto" else 20):
        problem = random_problem(seed, 3 + seed % 10)
        best, _ = best_by_counting(problem)
        found = solve(problem, gap=1e-7, method=method)
        if not np.isfinite(best):
            assert found.status == "infeasible", seed
            assert found.clashing, seed
            continue
        planned += 1
        assert found.status == "optimal", (seed, found.reason)
        assert found.objective == pytest.approx(best, rel=1e-6, abs=1e-6), seed
        assert found.bound <= best + 1e-6 * max(best, 1), seed
        assert all(c.holds for c in found.checks), seed
        assert min(found.slacks.values()) >= -1e-3, seed
    assert planned > 5


def test_lagrangian_bound_never_exceeds_the_optimum_and_its_certificate_proves_it():
    tried = 0
    for seed in range(30):
        problem = random_problem(1000 + seed, 4 + seed % 8)
        best, _ = best_by_counting(problem)
        found = solve(problem, gap=1e-7, method="lagrangian")
        if found.certificate is None or not np.isfinite(best):
            continue
        tried += 1
        proven = proven_by(problem, found.certificate)
        assert proven >= found.certificate.proven - 1e-9
        assert proven <= best + 1e-6, seed
        table = flow_table(problem, found.certificate)
        read = certificate_from(problem, json.loads(json.dumps(found.certificate.record())), table)
        assert proven_by(problem, read) == proven
    assert tried > 8


def test_any_multipliers_and_flow_prove_only_true_bounds():
    rng = np.random.default_rng(7)
    for seed in range(60):
        problem = random_problem(seed, 8)
        best, _ = best_by_counting(problem)
        model = cut_model(problem)
        for _ in range(5):
            prices = dict(zip(model.names, rng.exponential(20, len(model.names)), strict=True))
            assert bound_of(model, prices, rng.normal(0, 5, len(model.left))) <= best + 1e-9


@pytest.mark.parametrize("kind", KINDS)
def test_middling_problems_bound_below_exact(kind):
    for seed in range(2):
        problem = instance(150, kind, seed, share=0.15).without_constraint("capacity")
        fast = solve(problem, gap=3e-2, method="lagrangian", time_limit_s=4)
        exact = solve(problem, gap=3e-2, method="exact", time_limit_s=4)
        assert fast.certificate is not None
        assert fast.certificate.bound <= exact.objective + 1e-6
        assert exact.bound <= fast.objective + 1e-6 * fast.objective
        assert all(c.holds for c in (*fast.checks, *exact.checks))


def test_large_problem_is_near_optimal_quickly():
    found = solve(instance(20_000, "belt"), gap=1e-3, time_limit_s=600)
    assert found.status == "optimal"
    assert found.gap <= 1e-3
    assert found.certificate is not None
    assert found.certificate.proven >= found.bound - 1e-6 * found.bound


def test_same_seed_same_plan():
    problem = instance(3000, "belt", 3)
    first, second = (solve(problem, gap=2e-2, seed=5) for _ in range(2))
    assert first.chosen == second.chosen
    assert first.problem_hash == second.problem_hash
    assert first.objective == second.objective


def test_locks_are_kept():
    for seed in range(25):
        problem = random_problem(seed, 9)
        locked = problem.lock(inn=["c1"], out=["c2", "c3"])
        best, _ = best_by_counting(locked)
        found = solve(locked, gap=1e-7)
        assert found.has_plan == bool(np.isfinite(best)), seed
        if found.has_plan:
            assert "c1" in found.chosen
            assert not {"c2", "c3"} & set(found.chosen)
            assert found.objective == pytest.approx(best, rel=1e-6, abs=1e-6)


def test_tighter_limits_never_improve():
    for seed in range(25):
        problem = random_problem(seed, 9)
        loose = solve(problem, gap=1e-7)
        for rule in (Area(ratio=1.4, county_ratio=1.2), PlotsLimit(limit=2)):
            old = next((c for c in problem.constraints if c.name == rule.name), None)
            if isinstance(old, PlotsLimit):
                continue
            tight = solve(problem.with_constraint(rule), gap=1e-7)
            assert tight.objective >= loose.objective - 1e-6, seed


def test_progress_is_told_and_cancel_keeps_the_best_plan():
    seen: list[Progress] = []

    def watch(now: Progress) -> bool:
        seen.append(now)
        return not np.isfinite(now.objective)

    found = solve(instance(3000, "dear"), gap=1e-9, progress=watch, time_limit_s=20)
    assert found.status == "cancelled"
    assert found.has_plan
    assert all(c.holds for c in found.checks)
    assert found.bound <= found.objective
    assert [p.seconds for p in seen] == sorted(p.seconds for p in seen)
    bounds = [p.bound for p in seen]
    assert bounds == sorted(bounds)


def test_cancelled_before_any_plan():
    found = solve(instance(3000, "dear"), gap=1e-9, progress=lambda _: False)
    assert (found.status, found.chosen, found.parts) == ("cancelled", (), None)
    assert found.record()["objective"] is None


def test_time_limit_returns_what_there_is():
    found = solve(instance(3000, "dear"), gap=1e-9, time_limit_s=1.5)
    assert found.status == "time"
    assert found.seconds < 6
    assert found.bound <= found.objective


def test_problem_is_a_value():
    problem = three_fields()
    before = problem.hash()
    assert problem.with_constraint(Quality()).hash() != before
    assert problem.lock(inn=["a"]).hash() != before
    assert problem.hash() == before
    assert problem.with_constraint(Paddy()).without_constraint("paddy").hash() == before
    assert three_fields().hash() == before


def test_parts_add_up_to_the_model():
    problem = instance(500, "belt")
    model = cut_model(problem)
    rng = np.random.default_rng(0)
    for _ in range(10):
        chosen = rng.random(500) < 0.3
        parts = objective_parts(problem.pool, problem.borders, problem.weights, chosen)
        assert parts.total == pytest.approx(model.value(chosen), rel=1e-12)
        assert parts.exposed_m >= -1e-6


def test_gap_is_guarded():
    assert relative_gap(0.5, 0.4) == pytest.approx(0.1)
    assert relative_gap(2000.0, 1999.0) == pytest.approx(5e-4)
    assert relative_gap(10.0, 11.0) == 0.0
    assert relative_gap(np.inf, 1.0) == np.inf


def test_a_start_leads_to_the_same_optimum():
    """Prices and plan of an earlier run are a beginning, nothing more; a locked plot is kept out of the old plan."""
    for seed in range(12):
        problem = random_problem(seed, 9)
        before = solve(problem, gap=1e-7)
        if not before.has_plan:
            continue
        locked = problem.lock(out=[before.chosen[0]])
        cold, warm = solve(locked, gap=1e-7), solve(locked, gap=1e-7, start=before)
        assert warm.status == cold.status, seed
        if cold.has_plan:
            assert warm.objective == pytest.approx(cold.objective, rel=1e-6), seed
            assert before.chosen[0] not in warm.chosen
