"""Scenarios kept as small files: a name, what differs from the defaults, what is overridden in the rule book.

The same file is written by the page, by the command and by hand, and makes the same plan again on the same data.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from geo.errors import InputProblem
from geo.finding import Finding
from geo.study import stages
from geo.study.plans import ALTERNATIVE
from geo.study.record import plain
from geo.study.relocation import run
from geo.study.relocation_result import SPEC, RelocationResult
from geo.study.spec import Progress
from geo.study.stages_result import MOST_YEARS
from geo.study.stages_tell import STAGES_JSON

if TYPE_CHECKING:
    from geo.policy.scenario import Scenario
    from geo.study.stages_result import Stages
    from geo.zone import Zone

MOST_BYTES = 1_000_000
_HEAD = "# 田畴布局调整情景：tianchou plans run 此文件 --zone 数据目录 / a relocation scenario\n"


@dataclass(frozen=True)
class SavedScenario:
    """name: shown beside every answer; values: inputs of the study that are not the defaults; what_if: overrides of
    the rule book, or None; years: in how many years at most it is carried out (1: not staged)."""

    name: str
    values: Mapping[str, Any]
    what_if: Scenario | None = None
    years: int = 1

    def full(self) -> dict[str, Any]:
        """All inputs of the study. Raises InputProblem for unknown names and values out of range."""
        return SPEC.values(dict(self.values))


def scenario_of_result(result: RelocationResult, name: str, *, years: int = 1) -> SavedScenario:
    """The scenario that makes a plan again; its day is kept, so that the law is read as it was."""
    values = dict(result.values)
    if result.solution is not None and result.solution.method == ALTERNATIVE:
        values["lock_in"] = tuple(sorted({*values["lock_in"], *result.solution.chosen}))  # nothing else names this plan
    return scenario_of_values(values, result.scenario, name.strip() or result.run_id, years=years)


def scenario_of_values(
    values: Mapping[str, Any], what_if: Scenario | None, name: str, *, years: int = 1
) -> SavedScenario:
    """The scenario of a run's values: what differs from the defaults of its day, and the day."""
    full = SPEC.values(dict(values))
    defaults = SPEC.values({"on": full["on"]})
    kept = {"on": full["on"], **{k: v for k, v in full.items() if v != defaults[k]}}
    return SavedScenario(name, kept, what_if, years)


def years_of_folder(folder: Path | str, plan_run_id: str) -> int:
    """In how many years at most the plan of a folder is carried out, as its ``stages.json`` says; 1 where it has none,
    or one of another plan.

    Raises InputProblem when the file cannot be read.
    """
    path = Path(folder) / STAGES_JSON
    if not path.is_file():
        return 1
    try:
        told = json.loads(path.read_text("utf-8"))["results"]
        return int(told["years_asked"]) if told["plan_run_id"] == plan_run_id else 1
    except (OSError, ValueError, KeyError, TypeError) as fault:
        raise InputProblem([Finding("IO107", "error", path.name, measured=str(fault))]) from None


def save_scenario(scenario: SavedScenario, path: Path | str) -> Path:
    """Write the file, complete or not at all. Raises InputProblem when the folder cannot be written."""
    path = Path(path)
    draft = path.with_name(path.name + ".writing")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft.write_text(scenario_text(scenario), encoding="utf-8")
        draft.replace(path)
    except OSError as fault:
        raise InputProblem([Finding("IO118", "error", str(path.parent), measured=str(fault))]) from None
    return path


def scenario_text(scenario: SavedScenario) -> str:
    """The file as text."""
    body: dict[str, Any] = {"name": scenario.name, "values": plain(scenario.values)}
    if scenario.years > 1:
        body["years"] = scenario.years
    if scenario.what_if is not None:
        body["overrides"] = plain(dict(scenario.what_if.overrides))
    return _HEAD + yaml.safe_dump(body, allow_unicode=True, sort_keys=False)


def load_scenarios(paths: Sequence[Path | str]) -> list[SavedScenario]:
    """Scenarios from files, all checked before any is run. Raises InputProblem with the faults of every file."""
    found, faults = [], []
    for path in paths:
        try:
            found.append(_load(Path(path)))
        except InputProblem as problem:
            faults += list(problem.findings)
    if faults:
        raise InputProblem(faults)
    return found


def _load(path: Path) -> SavedScenario:
    from geo.policy.book import load_book
    from geo.policy.parameter import frozen_value, suits
    from geo.policy.scenario import make_scenario

    def fault(problem: object) -> InputProblem:
        return InputProblem([Finding("PL722", "error", path.name, measured=str(problem)[:300])])

    try:
        if path.stat().st_size > MOST_BYTES:
            raise fault(f"> {MOST_BYTES} B")
        body = yaml.safe_load(path.read_text("utf-8"))
    except (OSError, UnicodeError, yaml.YAMLError) as problem:
        raise fault(problem) from None
    if not isinstance(body, dict) or not set(body) <= {"name", "values", "years", "overrides"}:
        raise fault("name, values, years, overrides")
    values, overrides = body.get("values") or {}, body.get("overrides") or {}
    if not isinstance(values, dict) or not isinstance(overrides, dict):
        raise fault("values: {…}, overrides: {…}")
    parameters = load_book().parameters
    faults = [
        Finding("PL722", "error", path.name, measured=f"overrides.{key} = {value!r}")
        for key, value in overrides.items()
        if key not in parameters or not suits(value, parameters[key].unit)
    ]
    years = body.get("years", 1)
    if not isinstance(years, int) or isinstance(years, bool) or not 1 <= years <= MOST_YEARS:
        faults.append(Finding("PL722", "error", path.name, measured=f"years = {years!r} (1–{MOST_YEARS})"))
    given = {str(k): tuple(v) if isinstance(v, list) else v for k, v in values.items()}
    if "on" in given:
        given["on"] = str(given["on"])
    try:
        SPEC.values(given)
    except InputProblem as problem:
        faults += list(problem.findings)
    if faults:
        raise InputProblem(faults)
    name = str(body.get("name") or path.stem)
    what_if = make_scenario(name, {k: frozen_value(v) for k, v in overrides.items()}) if overrides else None
    return SavedScenario(name, given, what_if, years)


def run_scenarios(
    zone: Zone, scenarios: Sequence[SavedScenario], *, progress: Progress | None = None
) -> list[RelocationResult]:
    """Each scenario's plan, in order; what they share is measured once. Its years are ``years_of``'s."""
    found: list[RelocationResult] = []
    for saved in scenarios:
        ground = found[-1].ground if found else None
        found.append(run(zone, saved.full(), progress=progress, scenario=saved.what_if, ground=ground))
    return found


def years_of(result: RelocationResult, saved: SavedScenario, *, progress: Progress | None = None) -> Stages | None:
    """The years of a scenario's plan; None for one that is not staged, or has no plan to carry out."""
    if saved.years < 2 or not result.planned:
        return None
    return stages.run(
        result.zone, result.values, years=saved.years, scenario=saved.what_if, progress=progress, ground=result.ground
    )
