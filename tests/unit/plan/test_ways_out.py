"""Planted reasons why there is no plan: each is named with its shortfall, and a way out of it is found and tried."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from bench._instances import instance
from geo.plan.relocation.constraints import (
    Area,
    BlockSize,
    Budget,
    Capacity,
    Distance,
    FairShare,
    Joined,
    Paddy,
    PlotsLimit,
    Quality,
    ReserveShare,
    Slope,
    Stability,
    TownBalance,
    TownCap,
)
from geo.plan.relocation.infeasible import explain
from geo.plan.relocation.model import solve
from geo.plan.relocation.problem import Problem
from geo.plan.relocation.ways_out import short_by_town, ways_out

Plant = Callable[[Problem], Problem]


@pytest.fixture(scope="module")
def problem() -> Problem:
    """150 candidates without limits on townships: everything can hold until a cause is planted."""
    return instance(150, "mixed", 4, share=0.08).without_constraint("capacity").with_constraint(Slope(slack=0.2))


def ids_where(problem: Problem, mask: np.ndarray) -> list[str]:
    return [i for i, m in zip(problem.pool.ids, mask, strict=True) if m]


def tight_cap(problem: Problem) -> Problem:
    town = str(problem.leaving.town[0])
    farmland = dict.fromkeys(problem.leaving.town.tolist(), 1e9)
    return problem.with_constraint(TownCap(share=0.05, farmland_m2={**farmland, town: 20_000.0}))


def bad_land_locked_in(problem: Problem) -> Problem:
    """The worst land of every county locked in, the best locked out: quality must give way, or the locks."""
    worst = ids_where(problem, problem.pool.grade >= 7)
    return problem.lock(inn=worst, out=ids_where(problem, problem.pool.grade <= 5))


def no_reserve(problem: Problem) -> Problem:
    barred = problem.lock(out=ids_where(problem, problem.pool.source == "reserve"))
    return barred.with_constraint(ReserveShare(share=0.5))


PLANTED: dict[str, tuple[Plant, str]] = {
    "more land than the pool has": (lambda p: p.with_constraint(Area(ratio=20.0)), "area"),
    "more paddy than the pool has": (lambda p: p.with_constraint(Paddy(ratio=20.0)), "paddy"),
    "a grade that nobody has": (lambda p: p.with_constraint(Quality(slack=-4.0)), "quality"),
    "flatter than flat": (lambda p: p.with_constraint(Slope(slack=-0.5)), "slope"),
    "two plots for everything": (lambda p: p.with_constraint(PlotsLimit(limit=2)), "plots_limit"),
    "nearer than anything lies": (lambda p: p.with_constraint(Distance(limit_m=50.0)), "distance"),
    "no room in a county": (lambda p: p.with_constraint(Capacity(limit_m2={"310118": 500.0})), "capacity"),
    "a township over its cap": (tight_cap, "town_cap"),
    "locks against quality": (bad_land_locked_in, "locks"),
    "pool first without a pool": (no_reserve, "reserve_share"),
    "shares that do not add up": (lambda p: p.with_constraint(FairShare(level="county", by="out", tolerance=-0.1)),
                                  "fair_share"),
    "more back than a township has": (lambda p: p.with_constraint(TownBalance(ratio=30.0)), "town_balance"),
    "no money": (lambda p: p.with_constraint(Budget(limit_yuan=1_000.0, yuan_mu={"reserve": 50.0, "cropland": 80.0})),
                 "budget"),
    "joined along a border nobody has": (lambda p: p.with_constraint(Joined(share=0.8, border_m=1e7)), "joined"),
    "all of it unstable": (lambda p: p.with_constraint(Stability(unstable=frozenset(p.pool.ids), share=0.1)),
                           "stability"),
    "blocks larger than the county": (lambda p: p.with_constraint(
        BlockSize(share=0.9, least_m2=1e10, border_m=1e7)), "block_size"),
}  # fmt: skip


@pytest.mark.parametrize("kind", PLANTED)
def test_the_planted_cause_is_named_and_has_a_way_out(kind: str, problem: Problem) -> None:
    plant, cause = PLANTED[kind]
    asked = plant(problem)
    found = solve(asked, gap=1e-2, time_limit_s=20)
    assert found.status == "infeasible"
    assert cause in {name.split("@")[0] for name in found.clashing}, found.clashing
    assert cause in {s.constraint for s in found.shortfalls}
    for shortfall in found.shortfalls:
        assert shortfall.amount > 0
        assert shortfall.finding.text("zh") != shortfall.finding.text("en")
    ways = ways_out(asked, tuple(n for n in found.clashing if n.split("@")[0] == cause), time_limit_s=8)
    assert any(w.constraint == cause for w in ways), [w.constraint for w in ways]
    for way in ways:
        assert way.chosen
        mask = way.problem.chosen_mask(way.chosen)
        assert all(r.slack(mask.astype(float)) >= -10 * r.tolerance for r in way.problem.rows())
        assert (mask >= way.problem.fixed()[0]).all()
        assert way.finding.text("zh").startswith("[PL71")
        assert way.finding.text("en") != way.finding.text("zh")


def test_a_smallest_change_is_smallest(problem: Problem) -> None:
    """One plot less than the way out asks for is still too few; a tenth less room is still too little."""
    for planted in (PlotsLimit(limit=2), Capacity(limit_m2={"310118": 500.0})):
        asked = problem.with_constraint(planted)
        _, clashing = explain(asked)
        way = next(w for w in ways_out(asked, clashing, time_limit_s=8) if w.kind == "relax")
        if isinstance(planted, PlotsLimit):
            fewer = asked.with_constraint(PlotsLimit(limit=int(way.after) - 1))
        else:
            fewer = asked.with_constraint(Capacity(limit_m2={"310118": 0.9 * way.after}))
        assert explain(fewer)[1], way.after


def test_the_fewest_locks_are_released(problem: Problem) -> None:
    county = ids_where(problem, problem.pool.county == "330421")
    asked = problem.lock(out=county)
    way = next(w for w in ways_out(asked, ("locks@out",), time_limit_s=8) if w.kind == "unlock")
    assert 0 < len(way.ids) < len(county)
    assert set(way.ids) <= set(county)
    kept = asked.lock(out=[])
    for identifier in way.ids:  # all but one of them is not enough
        without = set(way.ids) - {identifier}
        locks = type(kept.locks)(outside=kept.locks.outside - without)
        assert explain(type(kept)(kept.leaving, kept.pool, kept.borders, kept.constraints, kept.weights, locks))[1]


def test_a_shortage_is_told_by_township(problem: Problem) -> None:
    towns = problem.leaving.town[problem.leaving.paddy & (problem.leaving.county == "330421")]
    town = str(towns[0])
    barred = problem.lock(out=ids_where(problem, problem.pool.town == town))
    lacking = {t.town: t for t in short_by_town(barred, "paddy@330421")}
    assert town in lacking
    assert lacking[town].supply_m2 == 0
    mine = (problem.leaving.town == town) & problem.leaving.paddy
    assert lacking[town].out_m2 == pytest.approx(float(problem.leaving.area_m2[mine].sum()))
    assert short_by_town(barred, "quality@330421") == []
