"""THE ANSWER VERIFIED AGAIN, from the layers alone, by plain arithmetic, without any solver.

Every row of the plan is looked up in the layers and measured anew; every refusal test is run again on what was chosen;
every constraint, total and claim is recomputed; the bound is added up from its certificate.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from geo.errors import PlanProblem
from geo.finding import Finding
from geo.geometry.ellipsoid import areas
from geo.measure.conflicts import fill_holes
from geo.measure.overlay import overlay, split_by
from geo.plan.candidates import (
    CandidateParams,
    base_rows,
    candidate_borders,
    find_candidates,
    measure_candidates,
    refusals,
)
from geo.plan.relocation.certificate import certificate_from, parts_of
from geo.plan.relocation.constraints import Constraint, Locks
from geo.plan.relocation.objective import Weights, objective_parts
from geo.plan.relocation.problem import Problem, pose
from geo.plan.relocation.solution import relative_gap
from geo.plan.retained import retained_farmland
from geo.standards.land import PADDY, base_code

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from geo.zone import Zone

AREA_TOLERANCE_M2 = 0.01
RELATIVE_TOLERANCE = 1e-6
OUT_COLUMNS = (
    "farmland_id", "area_m2", "net_area_m2", "grade", "paddy", "slope_grade", "town_code", "county_code", "geometry",
)  # fmt: skip
IN_COLUMNS = (
    "candidate_id", "source", "parent_id", "area_m2", "net_area_m2", "grade", "paddy", "slope_grade", "town_code",
    "county_code", "geometry",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class PlanRules:
    """Under which rules the plan was made: the limits of candidates, the named constraints, the weights, the locks.

    sliver_m2: a piece that leaves may reach out of the lines by less than this when the rest of its parcel would have
    been a sliver; overlap_tolerance_m2: overlap that is a matter of drawing.
    """

    candidates: CandidateParams
    constraints: tuple[Constraint, ...]
    weights: Weights
    sliver_m2: float
    overlap_tolerance_m2: float
    locks: Locks = field(default_factory=Locks)


def recheck(
    zone: Zone,
    *,
    moved_out: gpd.GeoDataFrame,
    moved_in: gpd.GeoDataFrame,
    claims: Mapping[str, Any],
    rules: PlanRules,
    certificate: pd.DataFrame | None = None,
) -> list[Finding]:
    """Everything that does not hold (severity error), then what was verified (pass, info).

    moved_out: OUT_COLUMNS; moved_in: IN_COLUMNS; claims: ``Solution.record()`` as stored with the plan; certificate:
    the flow table (left, right, flow) stored with it, None when there is none. The certificate is checked against the
    whole pool, measured again from the layers. Raises PlanProblem when a table lacks a column.
    """
    _require(moved_out, OUT_COLUMNS, "moved_out")
    _require(moved_in, IN_COLUMNS, "moved_in")
    moved_out, moved_in = moved_out.reset_index(drop=True), moved_in.reset_index(drop=True)
    found = _outgoing(zone, moved_out, rules)
    retained = retained_farmland(zone.layer("farmland"), moved_out)
    base = base_rows(zone, rules.candidates)
    chosen, faults = _incoming(base, moved_in, rules)
    found += faults
    refused = refusals(chosen, zone, retained=retained, params=rules.candidates)
    found += [
        Finding(code, "error", subject, measured, limit, unit, article)
        for code, subject, measured, limit, unit, article in refused[
            ["reason", "candidate_id", "measured", "limit", "unit", "article"]
        ].itertuples(index=False, name=None)
    ]
    if not len(moved_in) or not len(moved_out):
        return [*found, Finding("PL510", "error", "moved_in" if len(moved_out) else "moved_out")]
    measured = measure_candidates(
        chosen.drop_duplicates("candidate_id").dropna(subset=["grade", "slope_grade"]).reset_index(drop=True),
        outgoing=moved_out,
        retained=retained,
        params=rules.candidates,
    )
    try:
        problem = pose(
            moved_out, measured, candidate_borders(measured), constraints=rules.constraints, weights=rules.weights
        )
    except PlanProblem as fault:
        return [*found, Finding("PL510", "error", str(fault))]
    found += recheck_figures(replace(problem, locks=rules.locks), claims, rows=len(moved_in))
    if certificate is not None:
        accepted = find_candidates(zone, outgoing=moved_out, retained=retained, params=rules.candidates).accepted
        try:
            whole = pose(
                moved_out, accepted, candidate_borders(accepted), constraints=rules.constraints, weights=rules.weights
            ).lock(inn=rules.locks.inside, out=rules.locks.outside)
        except PlanProblem as fault:
            found.append(Finding("PL508", "error", str(fault), claims.get("bound"), "–"))
        else:
            found += recheck_certificate(whole, claims, certificate)
    if not any(f.severity == "error" for f in found):
        found.append(Finding("PL512", "pass"))
    return sorted(found, key=lambda f: f.severity != "error")


def _outgoing(zone: Zone, moved_out: gpd.GeoDataFrame, rules: PlanRules) -> list[Finding]:
    """Pieces that leave: parent known, inside it, inside the lines, not twice, figures as the layers have them."""
    farmland = zone.layer("farmland")
    place = {str(i): k for k, i in enumerate(farmland["farmland_id"])}
    ids = moved_out["farmland_id"].astype(str)
    found = [Finding("PL501", "error", i) for i in ids if i not in place]
    known = moved_out[ids.isin(place).to_numpy()]
    parents = farmland.iloc[[place[i] for i in known["farmland_id"].astype(str)]]
    area = areas(known).to_numpy()
    whole = areas(parents).to_numpy()
    geoms, parent_geoms = known.geometry.to_numpy(), parents.geometry.to_numpy()
    covered = shapely.covers(parent_geoms, geoms)
    for k in np.flatnonzero(~covered):
        piece = known.iloc[[k]].assign(row=0)
        _, outside = split_by(piece, parent_geoms[k : k + 1], left_id="row")
        loose = float(outside["area_m2"].sum())
        if loose > AREA_TOLERANCE_M2:
            found.append(Finding("PL504", "error", str(known["farmland_id"].iloc[k]), loose, 0.0, "m2"))
    expected = {
        "area_m2": area,
        "net_area_m2": area * (1.0 - parents["ridge_factor"].fillna(0.0).to_numpy(dtype=float)),
        "grade": parents["grade"].to_numpy(dtype=float, na_value=np.nan),
        "slope_grade": parents["slope_grade"].to_numpy(dtype=float, na_value=np.nan),
        "paddy": (parents["class_code"].map(base_code) == PADDY).to_numpy(),
        "town_code": parents["town_code"].to_numpy(dtype=str),
        "county_code": parents["county_code"].to_numpy(dtype=str),
    }
    found += _differences(known, known["farmland_id"].astype(str).tolist(), expected)
    lines = np.concatenate(
        [fill_holes(zone.layer("boundary")).geometry.to_numpy(), zone.layer("redline").geometry.to_numpy()]
    )
    _, outside = split_by(known.assign(row=np.arange(len(known))), lines, left_id="row")
    for row, loose in outside.groupby("row")["area_m2"].sum().items():
        entire = abs(area[int(row)] - whole[int(row)]) <= AREA_TOLERANCE_M2
        limit = rules.sliver_m2 if entire else rules.overlap_tolerance_m2
        if loose > limit:
            subject = str(known["farmland_id"].iloc[int(row)])
            found.append(Finding("PL505", "error", subject, float(loose), limit, "m2"))
    return found + _self_overlap("PL509", moved_out, "farmland_id", rules.overlap_tolerance_m2)


def _incoming(
    base: gpd.GeoDataFrame, moved_in: gpd.GeoDataFrame, rules: PlanRules
) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    """The chosen rows as the layers have them, and where the plan's table says otherwise."""
    ids = moved_in["candidate_id"].astype(str)
    place = {str(i): k for k, i in enumerate(base["candidate_id"])}
    found = [Finding("PL501", "error", i) for i in ids if i not in place]
    counts = ids.value_counts()
    found += [Finding("PL502", "error", str(i), float(n)) for i, n in counts.items() if n > 1]
    known = moved_in[ids.isin(place).to_numpy()]
    chosen = base.iloc[[place[i] for i in known["candidate_id"].astype(str)]].reset_index(drop=True)
    expected = {
        "source": chosen["source"].to_numpy(dtype=str),
        "parent_id": chosen["parent_id"].to_numpy(dtype=str),
        "area_m2": chosen["area_m2"].to_numpy(dtype=float),
        "net_area_m2": chosen["net_area_m2"].to_numpy(dtype=float),
        "grade": chosen["grade"].to_numpy(dtype=float, na_value=np.nan),
        "slope_grade": chosen["slope_grade"].to_numpy(dtype=float, na_value=np.nan),
        "paddy": (chosen["class_code"].map(base_code) == PADDY).to_numpy(),
        "town_code": chosen["town_code"].to_numpy(dtype=str),
        "county_code": chosen["county_code"].to_numpy(dtype=str),
    }
    subjects = known["candidate_id"].astype(str).tolist()
    found += _differences(known, subjects, expected)
    same = shapely.equals(known.geometry.to_numpy(), chosen.geometry.to_numpy())
    found += [
        Finding("PL503", "error", subjects[k], "≠", "=", values={"column": "geometry"}) for k in np.flatnonzero(~same)
    ]
    return chosen, found + _self_overlap("PL513", moved_in, "candidate_id", rules.overlap_tolerance_m2)


def _differences(plan: pd.DataFrame, subjects: list[str], expected: Mapping[str, Any]) -> list[Finding]:
    """Cells of the plan that are not what the layers give."""
    found: list[Finding] = []
    for column, should in expected.items():
        said = plan[column].to_numpy()
        if np.asarray(should).dtype.kind == "f":
            numbers = plan[column].to_numpy(dtype=float, na_value=np.nan)
            same = np.isclose(numbers, should, rtol=0.0, atol=AREA_TOLERANCE_M2 if "area" in column else 1e-9)
        else:
            same = said.astype(str) == np.asarray(should).astype(str)
            if column == "paddy":
                same = said.astype(bool) == should
        found += [
            Finding("PL503", "error", subjects[k], str(said[k]), str(should[k]), values={"column": column})
            for k in np.flatnonzero(~same)
        ]
    return found


def _self_overlap(code: str, frame: gpd.GeoDataFrame, column: str, tolerance_m2: float) -> list[Finding]:
    """Rows that lie on one another; a row given twice counts too."""
    if len(frame) < 2:
        return []
    numbered = frame[["geometry"]].assign(row=np.arange(len(frame)))
    pieces = overlay(numbered, numbered.rename(columns={"row": "other"}), left_id="row", right_id="other")
    pieces = pieces[(pieces["row"] < pieces["other"]) & (pieces["area_m2"] > tolerance_m2)]
    names = frame[column].astype(str).to_numpy()
    return [
        Finding(code, "error", f"{names[r]} + {names[o]}", float(a), tolerance_m2, "m2")
        for r, o, a in zip(pieces["row"], pieces["other"], pieces["area_m2"], strict=True)
    ]


def recheck_figures(plan: Problem, claims: Mapping[str, Any], *, rows: int) -> list[Finding]:
    """Every constraint and total of a plan recomputed and compared with what was told of it.

    plan: the problem with the plan's own candidates as its pool; claims: ``Solution.record()``; rows: plots in it.
    """
    checks = [c for noun in plan.named() for c in noun.check(plan.leaving, plan.pool)]
    found = [c.finding() for c in checks]
    said = {c["name"]: c for c in claims.get("checks", [])}
    for check in checks:
        claim = said.get(check.name)
        if claim is None:
            found.append(Finding("PL514", "error", check.name))
            continue
        for figure in ("measured", "limit"):
            found += _claim(f"{check.name}.{figure}", claim[figure], getattr(check, figure))
    return found + _claims(plan, rows, claims)


def _claims(problem: Problem, rows: int, claims: Mapping[str, Any]) -> list[Finding]:
    """Objective, its parts, number of plots, gap: recomputed and compared."""
    every = np.ones(len(problem.pool), dtype=bool)
    parts = asdict(objective_parts(problem.pool, problem.borders, problem.weights, every))
    found: list[Finding] = []
    said = claims.get("parts") or {}
    for name, value in parts.items():
        found += _claim(name, said.get(name), value)
    found += _claim("objective", claims.get("objective"), parts["total"])
    found += _claim("chosen", claims.get("chosen"), float(rows))
    objective, bound = claims.get("objective"), claims.get("bound")
    if objective is None or bound is None:
        return [*found, Finding("PL510", "error", "objective, bound")]
    if bound > objective + RELATIVE_TOLERANCE * max(abs(objective), 1.0):
        found.append(Finding("PL507", "error", "", float(bound), float(objective), "mu·km"))
    return found + _claim("gap", claims.get("gap"), relative_gap(objective, bound))


def _claim(name: str, said: object, computed: float) -> list[Finding]:
    """A finding when a claimed figure is not the recomputed one (1e-6 relative, 1e-6 absolute)."""
    if isinstance(said, int | float) and not isinstance(said, bool):
        tolerance = RELATIVE_TOLERANCE * max(abs(computed), 1.0)
        if abs(float(said) - computed) <= tolerance:
            return []
    return [Finding("PL506", "error", name, str(said), f"{computed:.6f}")]


def recheck_certificate(problem: Problem, claims: Mapping[str, Any], table: pd.DataFrame) -> list[Finding]:
    """The bound added up again over the whole pool.

    problem: with every candidate and the locks; claims: ``Solution.record()``; table: the flows (``flow_table``).
    """
    said = claims.get("certificate") or {}
    objective, bound = claims.get("objective"), claims.get("bound")
    if "multipliers" not in said or "bound" not in said or objective is None or bound is None:
        return [Finding("PL510", "error", "certificate")]
    try:
        told = certificate_from(problem, said, table)
        parts = parts_of(problem, told)
    except (PlanProblem, ValueError) as fault:
        return [Finding("PL508", "error", str(fault), said["bound"], "–")]
    proven = max(parts[0], min(parts[1:], default=parts[0]))
    tolerance = RELATIVE_TOLERANCE * max(abs(proven), 1.0)
    found = []
    claimed = [told.bound, *(b.bound for b in told.branches), float(said.get("proven", told.bound))]
    for one, added in zip(claimed, [*parts, proven], strict=True):
        if not one <= added + tolerance:
            found.append(Finding("PL508", "error", "", one, added, "mu·km"))
    if claims.get("problem_hash") not in (None, problem.hash()):
        found.append(Finding("PL506", "error", "problem_hash", claims["problem_hash"], problem.hash()))
    if float(bound) > proven + tolerance and claims.get("method") == "lagrangian":
        found.append(Finding("PL508", "error", "", float(bound), proven, "mu·km"))
    elif float(bound) > proven + tolerance:
        found.append(Finding("PL515", "info", "", float(bound), proven, "mu·km"))
    gap = f"{100 * relative_gap(float(objective), proven):.3f} %"
    return [*found, Finding("PL511", "pass", "", gap)]


def _require(frame: pd.DataFrame, columns: tuple[str, ...], what: str) -> None:
    missing = [c for c in columns if c not in frame.columns]
    if missing:
        raise PlanProblem(f"{what}: columns missing: {', '.join(missing)}")
