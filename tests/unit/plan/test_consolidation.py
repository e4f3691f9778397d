"""A hundred small schemes against every possible choice; the floor of the prices; what is short where there is none."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from geo.errors import PlanProblem
from geo.plan.consolidation import model
from geo.plan.consolidation.model import solve
from geo.plan.consolidation.problem import Consolidation, Limits, Measures, Plots, floor_of


def invented(seed: int) -> Consolidation:
    rng = np.random.default_rng(seed)
    m, n = int(rng.integers(2, 6)), int(rng.integers(1, 5))
    gain = rng.uniform(500, 9000, m)
    measures = Measures(
        ids=tuple(f"m{k}" for k in range(m)), gain_m2=gain,
        lift_m2=rng.uniform(0, 12000, m) * (rng.random(m) < 0.5), pond_m2=gain * (rng.random(m) < 0.5),
        built_m2=gain * (rng.random(m) < 0.3), cost_yuan=rng.uniform(1e4, 4e5, m), border_m=rng.uniform(0, 300, m),
        grade=rng.integers(4, 9, m).astype(float), slope=rng.integers(1, 3, m).astype(float),
        paddy=rng.random(m) < 0.6, farmland=rng.random(m) < 0.8,
        county=tuple(rng.choice(["310118", "320509"], m)),
    )  # fmt: skip
    plots = Plots(
        ids=tuple(f"p{k}" for k in range(n)), net_m2=rng.uniform(800, 6000, n),
        grade=rng.integers(4, 9, n).astype(float), slope=rng.integers(1, 3, n).astype(float),
        paddy=rng.random(n) < 0.7, county=tuple(rng.choice(["310118", "320509"], n)),
    )  # fmt: skip
    out = float(rng.uniform(0, 5000)) * (rng.random() < 0.8)
    limits = Limits(
        cropland_before_m2=float(rng.uniform(2e4, 3e5)), new_cropland_share=0.05,
        ponds_m2=float(measures.pond_m2.sum() * rng.uniform(1.0, 2.0)), pond_keep_share=0.5, construction_growth_m2=0.0,
        budget_yuan=float(rng.choice([np.inf, 9e5])), cropland_grade=float(rng.choice([np.nan, 6.0, 6.5])),
        graded_m2=2e4, grade_slack=float(rng.choice([0.0, 0.1])), out_m2=out, out_grade=float(rng.uniform(5, 8)),
        out_slope=2.0,
        out_paddy_m2=out * 0.4, farmland_ratio=1.05, paddy_ratio=1.0,
        county_out_m2=(("310118", out * 0.3),), county_ratio=float(rng.choice([0.0, 1.0])),
    )  # fmt: skip
    locked = frozenset({"m0"}) if rng.random() < 0.2 else frozenset()
    out_of_it = frozenset({"p0"}) if rng.random() < 0.2 else frozenset()
    if rng.random() < 0.5:  # farmland in blocks, some of which the plots would join
        sizes = rng.uniform(2e4, 4e5, 4)
        measures, plots = (replace(part, block_m2=rng.choice([0.0, *sizes], len(part))) for part in (measures, plots))
        total = float(sizes.sum())
        share = float((sizes**2).sum()) / total**2 * float(rng.uniform(0.97, 1.0))
        mean = total / 4 * float(rng.uniform(0.9, 1.0))
        limits = replace(limits, stays_m2=total, stays_squares_m4=float((sizes**2).sum()), stays_blocks=4,
                         contiguity_before=share, mean_patch_before_m2=mean)  # fmt: skip
    return Consolidation(measures=measures, plots=plots, limits=limits, border_yuan_m=100.0, plot_yuan=2e3,
                         locked_in=locked, locked_out=out_of_it)  # fmt: skip


def by_hand(problem: Consolidation) -> float:
    """The least objective over every possible choice; inf when none keeps the limits."""
    size, m = problem.size, len(problem.measures)
    every = ((np.arange(1 << size)[:, None] >> np.arange(size)) & 1).astype(float)
    low, high = problem.bounds()
    fits = ((every >= low) & (every <= high)).all(axis=1) & (every[:, size - m :] <= every[:, :m]).all(axis=1)
    for line in problem.lines():
        fits &= every @ line.row >= line.need - 1e-7
    return float((every[fits] @ problem.cost()).min()) if fits.any() else float("inf")


@pytest.mark.parametrize("block", range(10))
def test_a_hundred_small_schemes_equal_every_possible_choice(block: int) -> None:
    planned = 0
    for seed in range(block * 10, block * 10 + 10):
        problem = invented(seed)
        scheme, best = solve(problem, gap=1e-9), by_hand(problem)
        assert scheme.has_plan == np.isfinite(best), seed
        if not scheme.has_plan:
            assert scheme.status == "infeasible"
            assert scheme.shortages, seed
            continue
        planned += 1
        assert scheme.objective == pytest.approx(best, rel=1e-7, abs=1e-3), seed
        assert scheme.bound <= best + 1e-3, seed
        assert scheme.floor <= best + 1e-3, seed
        assert floor_of(problem, scheme.prices) == scheme.floor
        taken = [i in scheme.measures for i in problem.measures.ids]
        taken += [i in scheme.plots for i in problem.plots.ids] + [i in scheme.farmland for i in problem.measures.ids]
        assert problem.holds(np.array(taken))
        assert min(scheme.slacks.values()) > -1e-6
    assert planned


def test_locks_that_contradict_are_refused() -> None:
    good = invented(3)
    with pytest.raises(PlanProblem, match="locked in and out"):
        Consolidation(measures=good.measures, plots=good.plots, limits=good.limits, border_yuan_m=1.0, plot_yuan=1.0,
                      locked_in=frozenset({"m1"}), locked_out=frozenset({"m1"}))  # fmt: skip


def many(count: int = 5_000) -> Consolidation:
    """Measures of a few kinds, all of a kind at one rate: the prices leave thousands of them equally good."""
    rng = np.random.default_rng(7)
    kind = rng.integers(0, 4, count)
    area = rng.uniform(600, 20_000, count)
    gain = area * np.array([0.9, 0.8, 0.7, 0.0])[kind]
    measures = Measures(
        ids=tuple(f"m{k}" for k in range(count)), gain_m2=gain, lift_m2=np.where(kind == 3, area, 0.0),
        pond_m2=np.where(kind == 0, area, 0.0), built_m2=np.zeros(count),
        cost_yuan=area * np.array([45.0, 20.0, 60.0, 6.0])[kind], border_m=300.0 * (kind == 1),
        grade=np.round(rng.uniform(5, 8, count), 1), slope=np.ones(count), paddy=kind == 0, farmland=kind != 3,
        county=("310118",) * count,
    )  # fmt: skip
    plots = Plots(
        ids=tuple(f"p{k}" for k in range(400)), net_m2=rng.uniform(800, 6000, 400),
        grade=rng.integers(4, 9, 400).astype(float), slope=np.ones(400), paddy=rng.random(400) < 0.7,
        county=("310118",) * 400,
    )  # fmt: skip
    limits = Limits(
        cropland_before_m2=2e8, new_cropland_share=0.1, ponds_m2=float(area[kind == 0].sum()), pond_keep_share=0.5,
        construction_growth_m2=0.0, cropland_grade=5.5, graded_m2=2e8, out_m2=2e5, out_grade=5.6, out_slope=1.0,
        out_paddy_m2=1e5, farmland_ratio=1.05, paddy_ratio=1.0, county_out_m2=(("310118", 2e5),), county_ratio=1.0,
    )  # fmt: skip
    return Consolidation(measures=measures, plots=plots, limits=limits, border_yuan_m=10.0, plot_yuan=2e3)


def test_thousands_of_measures_at_the_same_rate_get_a_proven_scheme_and_a_stop_keeps_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    problem = many()
    scheme = solve(problem, gap=1e-3)
    assert scheme.status == "optimal"
    assert scheme.gap <= 1.01e-3
    assert scheme.bound == scheme.floor == floor_of(problem, scheme.prices)  # proven by addition alone
    assert scheme.problem_hash == many().hash()
    monkeypatch.setattr(model, "CORE_NODES", 20)
    stopped = solve(problem, gap=0.0, time_limit_s=0.0)
    assert stopped.status == "feasible"
    assert stopped.objective <= scheme.objective + 1e-6
    assert 0 < stopped.gap < 1e-3
    assert min(stopped.slacks.values()) > -1e-6
