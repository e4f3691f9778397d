"""Recheck accepts the plan that was made, and refuses every tampered one, without a solver."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from typing import Any

import pytest
from grid_zone import PARAMS, grid_zone, outgoing, rules

from geo.errors import PlanProblem
from geo.plan.candidates import candidate_borders, find_candidates
from geo.plan.relocation.certificate import flow_table
from geo.plan.relocation.model import solve
from geo.plan.relocation.objective import Weights
from geo.plan.relocation.problem import pose
from geo.plan.relocation.recheck import PlanRules, recheck
from geo.plan.retained import retained_farmland

RULES = PlanRules(candidates=PARAMS, constraints=rules(), weights=Weights(), sliver_m2=400.0, overlap_tolerance_m2=1.0)


@pytest.fixture(scope="module")
def plan() -> dict[str, Any]:
    zone, out = grid_zone(), outgoing()
    retained = retained_farmland(zone.layer("farmland"), out)
    accepted = find_candidates(zone, outgoing=out, retained=retained, params=PARAMS).accepted
    problem = pose(out, accepted, candidate_borders(accepted), constraints=rules(), weights=Weights())
    found = solve(problem, gap=1e-6)
    assert found.status == "optimal"
    assert found.certificate is not None
    return {
        "zone": zone,
        "moved_out": out,
        "moved_in": accepted[accepted["candidate_id"].isin(found.chosen)].reset_index(drop=True),
        "claims": json.loads(json.dumps(found.record())),
        "certificate": flow_table(problem, found.certificate),
        "pool": accepted,
    }


def codes(plan: dict[str, Any], **changed: Any) -> set[str]:
    """Error codes of a recheck with some tables changed."""
    given = {k: v for k, v in (plan | changed).items() if k != "pool"}
    zone = given.pop("zone")
    return {f.code for f in recheck(zone, rules=RULES, **given) if f.severity == "error"}


def claims(plan: dict[str, Any], **changed: Any) -> dict[str, Any]:
    return copy.deepcopy(plan["claims"]) | changed


def test_accepts_the_plan(plan):
    found = recheck(
        plan["zone"], moved_out=plan["moved_out"], moved_in=plan["moved_in"], claims=plan["claims"], rules=RULES,
        certificate=plan["certificate"],
    )  # fmt: skip
    assert [f.text("en") for f in found if f.severity == "error"] == []
    assert {"PL301", "PL302", "PL303", "PL304", "PL305", "PL511", "PL512"} <= {f.code for f in found}
    for finding in found:
        assert finding.text("zh")


def swap(plan, *, keep_figures: bool):
    """One chosen parcel replaced by hand with another admissible one."""
    chosen = plan["moved_in"]
    other = plan["pool"][~plan["pool"]["candidate_id"].isin(chosen["candidate_id"])].iloc[-1]
    inn = chosen.copy()
    for column in ("candidate_id", "parent_id", "geometry") if keep_figures else inn.columns:
        inn[column] = [other[column], *inn[column].tolist()[1:]]
    return inn.set_crs(chosen.crs)


def test_refuses_a_swapped_parcel(plan):
    assert "PL506" in codes(plan, moved_in=swap(plan, keep_figures=False))
    assert codes(plan, moved_in=swap(plan, keep_figures=True))


def changed(frame, column, value, row=0):
    out = frame.copy()
    values = out[column].tolist()
    values[row] = value
    out[column] = values
    return out


@pytest.mark.parametrize(
    ("table", "column", "value", "code"),
    [
        ("moved_in", "net_area_m2", 5000.0, "PL503"),
        ("moved_in", "area_m2", 3599.0, "PL503"),
        ("moved_in", "grade", 1, "PL503"),
        ("moved_in", "slope_grade", 2, "PL503"),
        ("moved_in", "paddy", False, "PL503"),
        ("moved_in", "county_code", "310118", "PL503"),
        ("moved_in", "source", "elsewhere", "PL503"),
        ("moved_in", "candidate_id", "nobody", "PL501"),
        ("moved_in", "candidate_id", "P011", "PL106"),
        ("moved_in", "candidate_id", "R086", "PL108"),
        ("moved_out", "net_area_m2", 100.0, "PL503"),
        ("moved_out", "grade", 9, "PL503"),
        ("moved_out", "paddy", False, "PL503"),
        ("moved_out", "farmland_id", "nobody", "PL501"),
        ("moved_out", "farmland_id", "F040", "PL504"),
    ],
)
def test_refuses_a_changed_cell(plan, table, column, value, code):
    assert code in codes(plan, **{table: changed(plan[table], column, value)})


def test_refuses_rows_dropped_or_given_twice(plan):
    import pandas as pd

    inn, out = plan["moved_in"], plan["moved_out"]
    assert {"PL301", "PL506"} <= codes(plan, moved_in=inn.iloc[1:])
    assert "PL506" in codes(plan, moved_out=out.iloc[1:])
    assert {"PL502", "PL513"} <= codes(plan, moved_in=pd.concat([inn, inn.iloc[:1]], ignore_index=True))
    assert "PL509" in codes(plan, moved_out=pd.concat([out, out.iloc[:1]], ignore_index=True))
    assert "PL510" in codes(plan, moved_in=inn.iloc[:0])


def test_refuses_a_piece_outside_the_lines(plan):
    zone, out = plan["zone"], plan["moved_out"]
    stray = zone.layer("farmland").set_index("farmland_id").loc["F040"]
    moved = changed(changed(out, "farmland_id", "F040"), "geometry", stray["geometry"]).set_crs(out.crs)
    assert "PL505" in codes(plan, moved_out=moved)


@pytest.mark.parametrize(
    ("key", "factor", "code"),
    [("objective", 0.9, "PL506"), ("bound", 1.2, "PL507"), ("gap", 0.5, "PL506"), ("chosen", 2, "PL506")],
)
def test_refuses_a_changed_claim(plan, key, factor, code):
    value = max(plan["claims"][key], 0.01) * factor
    assert code in codes(plan, claims=claims(plan, **{key: value}))


def test_refuses_faked_checks_parts_and_certificates(plan):
    said = claims(plan)
    said["checks"][0]["measured"] += 1.0
    assert "PL506" in codes(plan, claims=said)
    assert "PL514" in codes(plan, claims=claims(plan, checks=[]))
    said = claims(plan)
    said["parts"]["exposed_m"] -= 5.0
    assert "PL506" in codes(plan, claims=said)
    said = claims(plan)
    said["certificate"]["bound"] *= 1.05
    assert "PL508" in codes(plan, claims=said)
    said = claims(plan)
    said["certificate"]["multipliers"] = {k: 3 * v + 1 for k, v in said["certificate"]["multipliers"].items()}
    assert "PL508" in codes(plan, claims=said)
    said = claims(plan)
    said["certificate"]["multipliers"]["no such row"] = 1.0
    assert "PL508" in codes(plan, claims=said)
    assert "PL506" in codes(plan, claims=claims(plan, problem_hash="0" * 64))
    assert "PL510" in codes(plan, claims=claims(plan, certificate=None))
    flow = plan["certificate"].assign(left="P000")
    if len(flow):
        assert "PL508" in codes(plan, certificate=flow)


def test_refuses_a_plan_that_breaks_a_lock(plan):
    from dataclasses import replace

    from geo.plan.relocation.constraints import Locks

    barred = frozenset(plan["moved_in"]["candidate_id"].tolist()[:1])
    strict = replace(RULES, locks=Locks(outside=barred))
    given = {k: v for k, v in plan.items() if k not in ("pool", "zone")}
    assert "PL310" in {f.code for f in recheck(plan["zone"], rules=strict, **given) if f.severity == "error"}


def test_a_missing_column_is_bad_use(plan):
    with pytest.raises(PlanProblem, match="moved_in: columns missing: grade"):
        codes(plan, moved_in=plan["moved_in"].drop(columns="grade"))


def test_imports_no_solver():
    script = "import sys, geo.plan.relocation.recheck; sys.exit('highspy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
