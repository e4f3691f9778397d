"""Every constraint: rows for a solver and the plain check say the same; figures worked by hand."""

from __future__ import annotations

import numpy as np
import pytest
from small_problems import random_problem, three_fields

from geo.plan.relocation.constraints import (
    Area,
    BlockSize,
    Budget,
    Capacity,
    Differ,
    Distance,
    FairShare,
    Joined,
    Locks,
    Paddy,
    PlotsLimit,
    Quality,
    ReserveShare,
    Slope,
    Stability,
    TownBalance,
    TownCap,
)

MU = 2000.0 / 3.0
ALL = (
    Area(ratio=1.05, county_ratio=1.0), Area(ratio=1.0), Area(ratio=1.0, county_ratio=1.0),
    Quality(), Quality(scope="zone", slack=0.3), Paddy(), Paddy(scope="zone"), Slope(), Slope(scope="zone", slack=0.1),
    Capacity(limit_m2={"310118": 6000.0, "330421101": 4000.0}), Distance(limit_m=3000.0), PlotsLimit(limit=4),
    Differ(plans={"A": ("c1", "c3", "c4"), "B": ("c2", "c5")}, keep_m2={"A": 6000.0, "B": 5000.0}),
    FairShare(level="county", by="out", tolerance=0.1),
    FairShare(tolerance=0.2, farmland_m2={"310118101": 3.0, "310118102": 2.0, "330421101": 1.0, "330421103": 1.0}),
    TownBalance(ratio=0.3),
    Budget(limit_yuan=20_000.0, yuan_mu={"cropland": 2500.0, "reserve": 800.0}, yuan_plot=500.0),
    Joined(share=0.5, border_m=10.0), BlockSize(share=0.7, least_m2=3000.0, border_m=10.0),
    Stability(unstable=frozenset({"c0", "c4"}), share=0.2),
    ReserveShare(share=0.6), Locks(inside=frozenset({"c1"}), outside=frozenset({"c2"})),
)  # fmt: skip


@pytest.mark.parametrize("rule", ALL, ids=lambda r: r.name)
def test_rows_and_check_agree(rule):
    """A plan holds the rows exactly when it holds the plain check."""
    rng = np.random.default_rng(3)
    seen = set()
    for seed in range(30):
        problem = random_problem(seed, 9)
        for _ in range(12):
            chosen = rng.random(9) < rng.random()
            if not chosen.any():
                continue
            rows = all(r.slack(chosen.astype(float)) >= -r.tolerance for r in rule.rows(problem.leaving, problem.pool))
            checks = all(c.holds for c in rule.check(problem.leaving, problem.pool.take(np.flatnonzero(chosen))))
            assert rows == checks, (seed, chosen)
            seen.add(rows)
    assert seen == {True, False}


@pytest.mark.parametrize("rule", [*ALL, TownCap(share=0.05, farmland_m2={"310118103": 1.0})], ids=lambda r: r.name)
def test_findings_read_in_both_languages(rule):
    problem = three_fields()
    for check in rule.check(problem.leaving, problem.pool):
        finding = check.finding()
        assert finding.severity in ("pass", "error")
        assert finding.text("zh") != finding.text("en")
        assert finding.text("zh").startswith(f"[{rule.code}]")
    assert rule.label("zh") != rule.label("en")


def test_figures_by_hand():
    problem = three_fields()
    pool, leaving = problem.pool, problem.leaving
    a_and_b = pool.take(np.array([0, 1]))
    (area,) = Area(ratio=1.05).check(leaving, a_and_b)
    assert (area.measured, area.limit) == (pytest.approx(2.2 * MU), pytest.approx(2.1 * MU))
    assert area.holds
    grade = Quality().check(leaving, a_and_b)[0]
    assert grade.measured == pytest.approx((4 * 1 + 5 * 1.2) / 2.2)
    assert grade.limit == 5.0
    (cap,) = TownCap(share=0.05, farmland_m2={"310118103": 30 * MU}).check(leaving, a_and_b)
    assert (cap.measured, cap.limit, cap.holds) == (pytest.approx(2 * MU), pytest.approx(1.5 * MU), False)
    (together,) = TownCap(share=0.05, farmland_m2={"310118103": 60 * MU}, together=True).check(leaving, a_and_b)
    assert together.holds
    (share,) = ReserveShare(share=0.5).check(leaving, pool)
    assert share.measured == pytest.approx(2.2 / 5.2)
    (distance,) = Distance(limit_m=800.0).check(leaving, pool)
    assert distance.measured == pytest.approx((1000 * 2.2 + 500 * 3) / 5.2)


def test_area_asks_for_the_total_only_when_counties_ask_for_less():
    problem = random_problem(3, 9)
    assert len(problem.leaving.counties()) == 2
    names = [r.name for r in Area(ratio=1.05, county_ratio=1.0).rows(problem.leaving, problem.pool)]
    assert names == ["area@310118", "area@330421", "area"]
    names = [r.name for r in Area(ratio=1.0, county_ratio=1.0).rows(problem.leaving, problem.pool)]
    assert names == ["area@310118", "area@330421"]
