"""Study ``recheck``: a plan verified from its files and the layers alone, by plain arithmetic, without the solver."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from geo.errors import InputProblem
from geo.finding import Finding
from geo.standards.units import to_mu
from geo.study import conflicts as conflicts_study
from geo.study.conflicts import LINE_INPUTS, block_indices, indices_record
from geo.study.plan_cases import joined_cases
from geo.study.record import input_hashes
from geo.study.relocation import after_farmland, candidate_params, constraints_of, facts_of, judge, weights_of
from geo.study.relocation_result import SPEC
from geo.study.relocation_tell import CERTIFICATE, PLAN_GPKG, PLAN_JSON
from geo.zone import Zone

if TYPE_CHECKING:
    import geopandas as gpd

    from geo.policy.scenario import Scenario
    from geo.study.conflicts import ConflictsResult

TOLERANCE_M2 = 0.01


def run(plan: Path | str, zone_folder: Path | str, *, after: Path | str | None = None) -> list[Finding]:
    """Every statement of the plan in ``plan`` recomputed from the layers in ``zone_folder``.

    ``after``: the later survey, for a comparison of two surveys (``zone_folder`` is the earlier).
    Returns what does not hold (severity error) first, then what was verified. Raises InputProblem when the folder is
    not a plan or the layers cannot be read.
    """
    from geo.io.plan_folder import read_table
    from geo.io.zone_folder import read_zone

    plan = Path(plan)
    if (plan / "project.json").is_file():
        from geo.study.project_recheck import run as recheck_project

        return recheck_project(plan, zone_folder)
    if (plan / "consolidation.json").is_file():
        from geo.study.consolidation_recheck import run as recheck_consolidation

        return recheck_consolidation(plan, zone_folder)
    if (plan / "change.json").is_file():
        from geo.study.change_recheck import run as recheck_change

        return recheck_change(plan, zone_folder, after)
    if (plan / "village.json").is_file():
        from geo.study.village_recheck import run as recheck_village

        return recheck_village(plan, zone_folder)
    if (plan / "mixed.json").is_file():
        from geo.study.mixed_tell import recheck as recheck_mixed

        return recheck_mixed(plan, zone_folder)
    told = read_record(plan)
    moved_out, moved_in, waiting = (read_table(plan / PLAN_GPKG, n) for n in ("moved_out", "moved_in", "waiting"))
    return recheck(read_zone(zone_folder), told, moved_out, moved_in, waiting, certificate=read_certificate(plan))


def recheck(
    zone: Zone,
    told: Mapping[str, Any],
    moved_out: gpd.GeoDataFrame,
    moved_in: gpd.GeoDataFrame,
    waiting: gpd.GeoDataFrame,
    *,
    certificate: Any = None,
) -> list[Finding]:
    """The same from values: ``told`` is the run record of plan.json, the frames are the layers of plan.gpkg."""
    from geo.plan.relocation.constraints import Locks
    from geo.plan.relocation.recheck import PlanRules
    from geo.plan.relocation.recheck import recheck as recheck_plan
    from geo.plan.retained import retained_farmland

    given = dict(told["values"])
    scenario = scenario_of(given.pop("scenario", None))
    values = SPEC.values(given)
    results = told["results"]
    found = _data(zone, told)
    study = conflicts_study.run(zone, {i.name: values[i.name] for i in LINE_INPUTS})
    found += _fragments(study, moved_out, waiting, values)
    found += _sums(results, study, moved_out, moved_in)
    params = candidate_params(zone, values, scenario)
    if results["planned"]:
        rules = PlanRules(
            candidates=params,
            constraints=constraints_of(zone, values, scenario),
            weights=weights_of(values),
            sliver_m2=values["min_patch_m2"],
            overlap_tolerance_m2=params.overlap_tolerance_m2,
            locks=Locks(inside=frozenset(values["lock_in"]), outside=frozenset(values["lock_out"])),
        )
        found += recheck_plan(
            zone, moved_out=moved_out, moved_in=moved_in, claims=results["solution"], rules=rules,
            certificate=certificate,
        )  # fmt: skip
        if not any(f.code in ("PL501", "PL502") for f in found):
            retained = retained_farmland(zone.layer("farmland"), moved_out)
            after = block_indices(after_farmland(zone, retained, moved_in), gap_m=values["gap_m"], on=values["on"])
            found += _compare("after", results["after"], indices_record(after))
            facts = facts_of(zone, moved_out, moved_in, study.indices, after, params)
            found += _facts(results.get("facts", ()), facts)
            found += _verdicts(results["judgements"], judge(facts, on=values["on"], scenario=scenario))
    return sorted(found, key=lambda f: f.severity != "error")


def lines(findings: Sequence[Finding], lang: str) -> list[str]:
    """What the terminal shows: the verdict, then every fault, then what was verified."""
    bad = [f for f in findings if f.severity == "error"]
    zh = lang == "zh"
    if bad:
        head = f"方案未通过复核：{len(bad)} 处不符" if zh else f"The plan does not hold: {len(bad)} faults"
    else:
        head = "方案通过复核：由图层重算，全部一致" if zh else "The plan holds: recomputed from the layers, all agree"
    mark = {"error": "✗", "warning": "!", "info": "·", "pass": "✓"}
    return [head, "", *(f"{mark[f.severity]} {f.text(lang)}" for f in findings)]


def read_record(plan: Path) -> dict[str, Any]:
    """The run record of a plan's folder. Raises InputProblem when files or figures are missing."""
    missing = [n for n in (PLAN_JSON, PLAN_GPKG) if not (plan / n).is_file()]
    if missing:
        raise InputProblem([Finding("PL607", "error", plan.name, measured=" ".join(missing))])
    try:
        told = json.loads((plan / PLAN_JSON).read_text("utf-8"))
        for key in ("values", "inputs", "results"):
            told[key]
        for key in ("planned", "fragments", "lines", "out", "in", "after", "judgements", "solution"):
            told["results"][key]
        told["results"]["solution"] = joined_cases(told["results"]["solution"], plan)
    except (ValueError, KeyError, TypeError, AttributeError) as fault:
        raise InputProblem([Finding("PL608", "error", PLAN_JSON, measured=repr(fault))]) from None
    return dict(told)


def read_certificate(plan: Path) -> Any:
    """The flow of a plan's proof as a table; None when the plan has none."""
    import pandas as pd

    path = plan / CERTIFICATE
    if not path.is_file():
        return None
    try:
        return pd.read_csv(path, dtype={"left": "str", "right": "str", "flow": "float64"})
    except (ValueError, pd.errors.ParserError) as fault:
        raise InputProblem([Finding("PL608", "error", CERTIFICATE, measured=str(fault))]) from None


def scenario_of(told: Any) -> Scenario | None:
    """The what-if of a run record."""
    if not told:
        return None
    from geo.policy.scenario import Scenario

    return Scenario(told["name"], {k: tuple(v) if isinstance(v, list) else v for k, v in told["overrides"].items()})


def _data(zone: Zone, told: Mapping[str, Any]) -> list[Finding]:
    """Whether these are the layers that the plan was made from."""
    now = {row["layer"]: row["sha256"] for row in input_hashes(zone)}
    then = {row["layer"]: row["sha256"] for row in told["inputs"]}
    found = [
        Finding("PL601", "error", layer, measured=now.get(layer, "–")[:12], limit=then.get(layer, "–")[:12])
        for layer in sorted(now.keys() | then.keys())
        if now.get(layer) != then.get(layer)
    ]
    return found or [Finding("PL609", "pass", "", measured=str(len(now)))]


def _fragments(
    study: ConflictsResult, moved_out: gpd.GeoDataFrame, waiting: gpd.GeoDataFrame, values: Mapping[str, Any]
) -> list[Finding]:
    """What leaves is exactly what the definition names, less what is told to wait."""
    from geo.measure.fragmentation import outgoing_pieces

    pieces = outgoing_pieces(study.fragments, study.conflicts, min_patch_m2=values["min_patch_m2"])
    size = dict(zip(pieces["farmland_id"], pieces["area_m2"], strict=True))
    block = dict(zip(pieces["farmland_id"], pieces["block_id"].astype(str), strict=True))
    found = []
    for row in moved_out.itertuples():
        same = abs(size.get(row.farmland_id, np.inf) - row.area_m2) <= TOLERANCE_M2
        if not same or block[row.farmland_id] != str(row.block_id):
            found.append(Finding("PL602", "error", str(row.farmland_id)))
    told = set(moved_out["farmland_id"]) | set(waiting["farmland_id"])
    found += [Finding("PL603", "error", str(i)) for i in sorted(set(size) - told)]
    return found


def _sums(
    results: Mapping[str, Any], study: ConflictsResult, moved_out: gpd.GeoDataFrame, moved_in: gpd.GeoDataFrame
) -> list[Finding]:
    figures = conflicts_study.summary(study)
    found = _compare("fragments", results["fragments"], figures["fragments"])
    found += _compare("before", results["before"], figures["indices"])
    for line in sorted(figures["lines"].keys() | results["lines"].keys()):
        found += _compare(f"lines.{line}", results["lines"].get(line, {}), figures["lines"].get(line, {"parcels": 0}))
    for side, frame in (("out", moved_out), ("in", moved_in)):
        sums = {
            "pieces": len(frame),
            "area_m2": float(frame["area_m2"].sum()),
            "net_area_m2": float(frame["net_area_m2"].sum()),
            "paddy_m2": float(frame.loc[frame["paddy"].astype(bool), "net_area_m2"].sum()),
        }
        found += _compare(side, results[side], sums)
    return found


def _compare(what: str, said: Mapping[str, Any], computed: Mapping[str, Any]) -> list[Finding]:
    """Every figure that differs by more than 0.01 m² (areas) or 1e-9 relative (the rest)."""
    found = []
    for key, value in computed.items():
        claim = said.get(key)
        slack = TOLERANCE_M2 if key.endswith("_m2") else 1e-9 * max(abs(float(value)), 1.0)
        if not isinstance(claim, (int, float)) or abs(float(claim) - float(value)) > slack:
            shown = f"{value:,.2f} m² ({to_mu(value):,.2f} 亩)" if key.endswith("_m2") else f"{value:.9g}"
            found.append(Finding("PL604", "error", f"{what}.{key}", measured=str(claim), limit=shown))
    return found


def _facts(said: Sequence[Mapping[str, Any]], facts: Sequence[Mapping[str, Any]]) -> list[Finding]:
    """The facts written into the plan, which rules are explained from, against those measured again."""
    then = {str(row.get("subject")): row for row in said}
    found = []
    for row in facts if said else ():
        figures = {k: v for k, v in row.items() if isinstance(v, (int, float)) and v == v}
        found += _compare(f"facts.{row['subject']}", then.get(str(row["subject"]), {}), figures)
    return found


def _verdicts(said: Sequence[Mapping[str, Any]], verdicts: Sequence[Any]) -> list[Finding]:
    """The rule book asked again: the same rules, the same answers, none broken."""
    then = {(v["code"], v["subject"]): v["passed"] for v in said}
    now = {(v.rule.code, v.subject): v.passed for v in verdicts}
    word = {True: "✓", False: "✗", None: "–"}
    found = [
        Finding("PL605", "error", f"{code} {subject}".strip(), measured=word[then.get((code, subject))],
                limit=word[now.get((code, subject))])
        for code, subject in sorted(then.keys() | now.keys())
        if then.get((code, subject), "absent") != now.get((code, subject), "absent")
    ]  # fmt: skip
    broken = [v for v in verdicts if v.passed is False and v.rule.severity == "error"]
    found += [Finding("PL606", "error", f"{v.rule.code} {v.subject}") for v in broken]
    return found or [Finding("PL610", "pass", "", measured=str(len(now)))]
