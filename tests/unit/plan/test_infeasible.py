"""Where no plan exists the planted cause is named; where a problem is not well put it is refused in words."""

from __future__ import annotations

import pytest
from small_problems import pieces, three_fields

from bench._instances import instance
from geo.errors import PlanProblem
from geo.plan.relocation.constraints import (
    Area,
    Capacity,
    Distance,
    Paddy,
    PlotsLimit,
    Quality,
    ReserveShare,
    Slope,
    TownCap,
)
from geo.plan.relocation.model import solve
from geo.plan.relocation.objective import Weights
from geo.plan.relocation.problem import Problem, pose


@pytest.fixture(scope="module")
def problem() -> Problem:
    return instance(400, "mixed", 1, share=0.1)


def causes(problem: Problem) -> set[str]:
    found = solve(problem, gap=1e-3, time_limit_s=20)
    assert found.status == "infeasible"
    assert not found.has_plan
    assert found.shortfalls
    assert all(s.amount > 0 for s in found.shortfalls)
    for finding in found.findings():
        assert finding.text("zh")
        assert finding.text("en")
    return {name.split("@")[0] for name in found.clashing}


def test_area_beyond_the_pool(problem):
    assert causes(problem.with_constraint(Area(ratio=30.0))) == {"area"}


def test_paddy_beyond_the_pool(problem):
    assert causes(problem.with_constraint(Paddy(ratio=30.0))) == {"paddy"}


def test_quality_nobody_has(problem):
    assert "quality" in causes(problem.with_constraint(Quality(slack=-4.0)))


def test_slope_nobody_has(problem):
    assert "slope" in causes(problem.with_constraint(Slope(slack=-0.5)))


def test_too_few_plots(problem):
    assert "plots_limit" in causes(problem.with_constraint(PlotsLimit(limit=2)))


def test_too_near(problem):
    assert "distance" in causes(problem.with_constraint(Distance(limit_m=50.0)))


def test_no_room_in_a_county(problem):
    found = solve(problem.with_constraint(Capacity(limit_m2={"310118": 500.0})))
    assert "capacity@310118" in found.clashing


def test_a_pool_too_small_for_its_share(problem):
    cropland = [i for i, s in zip(problem.pool.ids, problem.pool.source, strict=True) if s == "reserve"]
    barred = problem.lock(out=cropland[2:]).with_constraint(ReserveShare(share=0.99))
    assert {"reserve_share", "locks"} <= causes(barred)


def test_locked_out_county_is_named_with_its_shortfall(problem):
    out = [i for i, c in zip(problem.pool.ids, problem.pool.county, strict=True) if c == "330421"]
    found = solve(problem.lock(out=out))
    assert "locks@out" in found.clashing
    assert any(name.endswith("@330421") for name in found.clashing)
    assert any(s.constraint == "locks" and s.unit == "m2" for s in found.shortfalls)


def test_locked_in_land_that_breaks_a_limit(problem):
    grades = dict(zip(problem.pool.ids, problem.pool.grade, strict=True))
    free = problem.without_constraint("capacity").with_constraint(Quality(scope="zone"))
    locked = free.lock(inn=[i for i, g in grades.items() if g >= 7], out=[i for i, g in grades.items() if g <= 4])
    assert causes(locked) == {"quality", "locks"}


def test_outgoing_over_the_township_cap(problem):
    farmland = dict.fromkeys(problem.leaving.town.tolist(), 1000000.0)
    town = problem.leaving.town[0]
    farmland[town] = 10.0
    found = solve(problem.with_constraint(TownCap(share=0.5, farmland_m2=farmland)))
    assert found.clashing == (f"town_cap@{town}",)
    out = float(problem.leaving.area_m2[problem.leaving.town == town].sum())
    assert found.shortfalls[0].amount == pytest.approx(out - 5.0)


def test_every_proper_subset_of_the_clash_has_a_plan():
    problem = three_fields().with_constraint(Quality()).with_constraint(PlotsLimit(limit=1))
    found = solve(problem)
    assert found.status == "infeasible"
    assert set(found.clashing) == {"area", "quality@310118", "plots_limit"}
    for name in ("quality", "plots_limit"):
        assert solve(problem.without_constraint(name)).has_plan


def test_whole_plots_matter():
    """Half of a and c would do for two plots; whole ones do not: found though splitting hides it."""
    problem = three_fields().with_constraint(Paddy(ratio=1.05)).lock(out=["b"])
    found = solve(problem)
    assert found.status == "infeasible"
    assert "locks@out" in found.clashing


def test_contradictory_and_unknown_locks_are_told_at_once():
    with pytest.raises(PlanProblem) as told:
        three_fields().lock(inn=["a", "b", "nobody"], out=["a", "b"])
    assert all(word in str(told.value) for word in ("a", "b", "nobody"))


def test_a_pool_of_nothing():
    problem = three_fields()
    empty = type(problem)(
        problem.leaving, problem.pool.take([]), type(problem.borders)(*(problem.borders.left[:0],) * 3),
        problem.constraints, problem.weights, problem.locks,
    )  # fmt: skip
    with pytest.raises(PlanProblem, match="PL201"):
        solve(empty)


def test_caps_of_zero_and_swamping_weights():
    problem = three_fields()
    for rule in (PlotsLimit(limit=0), TownCap(share=0.0), Capacity(limit_m2={"310118": 0.0})):
        with pytest.raises(PlanProblem, match="PL202"):
            solve(problem.with_constraint(rule))
    with pytest.raises(PlanProblem, match="weights"):
        Weights(plot=-1.0)
    with pytest.raises(PlanProblem, match="weights"):
        Weights(distance=float("nan"))


def test_faults_of_the_tables_are_gathered():
    out = pieces([(0.0, 5.0, 1.0, True, "310118")])
    good = three_fields()
    with pytest.raises(PlanProblem, match="net area"):
        pose(out, _table(good), _borders(), constraints=(Area(ratio=1.0),))
    with pytest.raises(PlanProblem, match="columns missing: grade"):
        pose(out.drop(columns="grade"), _table(good), _borders(), constraints=(Area(ratio=1.0),))
    with pytest.raises(PlanProblem, match="without a value in grade"):
        pose(out.assign(grade=None), _table(good), _borders(), constraints=(Area(ratio=1.0),))
    with pytest.raises(PlanProblem, match="given twice: area"):
        pose(
            pieces([(1.0, 5.0, 1.0, True, "310118")]), _table(good), _borders(),
            constraints=(Area(ratio=1.0), Area(ratio=2.0)),
        )  # fmt: skip


def _table(problem: Problem):
    import pandas as pd

    pool = problem.pool
    return pd.DataFrame(
        {
            "candidate_id": pool.ids, "source": pool.source, "net_area_m2": pool.area_m2, "grade": pool.grade,
            "slope_grade": pool.slope, "paddy": pool.paddy, "county_code": pool.county, "town_code": pool.town,
            "distance_m": pool.distance_m, "perimeter_m": pool.perimeter_m, "border_retained_m": pool.border_m,
        }
    )  # fmt: skip


def _borders():
    import pandas as pd

    return pd.DataFrame({"left": ["a"], "right": ["b"], "border_m": [40.0]})
