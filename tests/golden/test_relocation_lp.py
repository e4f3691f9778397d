"""One small LP text for each constraint, readable. To rewrite them: ``python tests/golden/test_relocation_lp.py``."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
sys.path.append(str(HERE.parent / "unit" / "plan"))

from small_problems import three_fields, two_counties  # noqa: E402 - found through the line above

from geo.plan.relocation import constraints  # noqa: E402
from geo.plan.relocation.constraints import (  # noqa: E402
    Area,
    BlockSize,
    Budget,
    Capacity,
    Constraint,
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
from geo.plan.relocation.lp_text import lp_text  # noqa: E402

RULES: tuple[Constraint, ...] = (
    Area(ratio=1.05, county_ratio=1.0),
    Quality(),
    Paddy(),
    Slope(slack=0.25),
    TownCap(share=0.05, farmland_m2={"310118103": 1_000_000.0}),
    Capacity(limit_m2={"310118103": 1000.0}),
    Distance(limit_m=800.0),
    PlotsLimit(limit=2),
    ReserveShare(share=0.5),
    Differ(plans={"A": ("a", "b")}, keep_m2={"A": 1000.0}),
    FairShare(tolerance=0.1, farmland_m2={"310118103": 600.0, "310118104": 400.0}),
    TownBalance(ratio=0.5),
    Budget(limit_yuan=9000.0, yuan_mu={"cropland": 2000.0, "reserve": 500.0}, yuan_plot=1000.0),
    Joined(share=0.4, border_m=5.0),
    BlockSize(share=0.6, least_m2=1500.0, border_m=5.0),
    Stability(unstable=frozenset({"c"}), share=0.1),
)


def texts() -> dict[str, str]:
    """The LP of the three fields with each constraint in turn, and with locks."""
    problem = three_fields()
    found = {rule.name: lp_text(problem.with_constraint(rule)) for rule in RULES}
    found |= {Locks.name: lp_text(problem.lock(inn=["a"], out=["c"]))}
    # Contiguity is part of what is minimised, and the balance by county needs two counties.
    return found | {"contiguity": lp_text(problem), "area_by_county": lp_text(two_counties())}


@pytest.mark.parametrize("name", sorted(texts()))
def test_lp_is_as_agreed(name):
    assert texts()[name] == (HERE / f"relocation_{name}.lp").read_text(encoding="utf-8")


def test_every_constraint_has_its_lp():
    nouns = {getattr(constraints, n).name for n in constraints.__all__ if hasattr(getattr(constraints, n), "zh")}
    assert {n for n in nouns if isinstance(n, str)} | {"contiguity", "area_by_county"} == set(texts())


def test_solver_reads_the_text_and_finds_the_same(tmp_path):
    import highspy

    from geo.plan.relocation.model import solve

    path = tmp_path / "three.lp"
    path.write_text(lp_text(three_fields()), encoding="utf-8")
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    assert solver.readModel(str(path)) == highspy.HighsStatus.kOk
    solver.run()
    assert solver.getObjectiveValue() == pytest.approx(solve(three_fields(), gap=1e-9).objective)


if __name__ == "__main__":
    for key, text in texts().items():
        (HERE / f"relocation_{key}.lp").write_text(text, encoding="utf-8")
