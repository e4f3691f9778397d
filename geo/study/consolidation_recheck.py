"""A consolidation plan verified from its files and the layers alone, by plain arithmetic, without the solver."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from geo.errors import InputProblem
from geo.finding import Finding
from geo.study.consolidation_result import SPEC, Ground, what_if, with_rates
from geo.study.consolidation_tell import PLAN_GPKG, PLAN_JSON, summary
from geo.study.record import input_hashes, plain

TOLERANCE = 0.01
# Figures of the solver's own run, which arithmetic does not make again.
_OWN = ("seconds", "solver", "gap")


def run(plan: Path | str, zone_folder: Path | str) -> list[Finding]:
    """Every statement of the plan computed again. Faults (CN401–CN409) first, then what was verified.

    Raises InputProblem when the folder is no plan or the layers cannot be read.
    """
    from geo.io.zone_folder import read_zone
    from geo.study import consolidation as study

    plan = Path(plan)
    told = read_scheme(plan)
    zone = read_zone(zone_folder)
    values, results = values_of(told), told["results"]
    ground = study.take(zone, values, area=shapely.from_wkt(results["area"]) if results["area"] else None)
    return verify(plan, told, ground)


def values_of(told: Mapping[str, Any]) -> dict[str, Any]:
    """The study's values of a record, the user's own rates among them."""
    given = dict(told["values"])
    rates = {"scenario": given.pop("scenario", None)}
    return with_rates(SPEC.values(given), what_if(rates))


def verify(plan: Path, told: Mapping[str, Any], ground: Ground) -> list[Finding]:
    """The same on a ground that was measured from the layers already."""
    from geo.plan.consolidation.problem import Scheme
    from geo.study import consolidation as study

    values, results = values_of(told), told["results"]
    found = _data(ground.zone, told)
    problem = study.pose(ground, values)
    claim = results["scheme"]
    known = {*problem.measures.ids, *problem.plots.ids}
    named = [*claim["measures"], *claim["plots"], *claim["farmland"]]
    faults = [Finding("CN402", "error", str(i)) for i in named if i not in known]
    faults += [Finding("CN402", "error", str(i)) for i in claim["farmland"] if i not in set(claim["measures"])]
    if faults:
        return [*faults, *found]
    chosen = _columns(problem, claim)
    if results["planned"]:
        found += _limits(problem, chosen)
        found += _proof(problem, claim, chosen)
    lacks = {"bound": -np.inf, "floor": -np.inf, "objective": np.inf}
    figures = {k: lacks[k] if claim.get(k) is None else float(claim[k]) for k in lacks}
    scheme = Scheme(
        status=results["status"], measures=tuple(claim["measures"]), plots=tuple(claim["plots"]),
        farmland=tuple(claim["farmland"]), objective=figures["objective"], bound=figures["bound"],
        floor=figures["floor"], prices=dict(claim["prices"]), slacks=dict(claim["slacks"]), shortages=(),
        problem_hash=problem.hash(), seconds=0.0, solver="",
    )  # fmt: skip
    again = plain(summary(study.assemble(ground, problem, scheme)))
    for key in ("balance", "quality", "sources", "fund", "facts", "credits", "before", "after", "parcels", "refused",
                "allowed"):  # fmt: skip
        found += _same(key, results.get(key), again[key])
    found += _same("problem_hash", claim["problem_hash"], problem.hash())
    found += _verdicts(results["judgements"], again["judgements"])
    found += _layers(plan, results)
    if not any(f.severity == "error" for f in found):
        count = (str(len(claim["measures"])), str(len(problem.lines())))
        found.append(Finding("CN405", "pass", "", measured=count[0], limit=count[1]))
    return sorted(found, key=lambda f: f.severity != "error")


def read_scheme(plan: Path) -> dict[str, Any]:
    """The record of a scheme's folder. Raises InputProblem (CN406) when something of it is missing."""
    missing = [n for n in (PLAN_JSON, PLAN_GPKG) if not (plan / n).is_file()]
    if missing:
        raise InputProblem([Finding("CN406", "error", " ".join(missing))])
    try:
        told = json.loads((plan / PLAN_JSON).read_text("utf-8"))
        for key in ("values", "inputs", "results"):
            told[key]
        for key in ("planned", "allowed", "status", "area", "scheme", "balance", "sources", "fund", "facts",
                    "judgements", "credits"):  # fmt: skip
            told["results"][key]
        for key in ("measures", "plots", "farmland", "objective", "bound", "prices", "slacks", "problem_hash"):
            told["results"]["scheme"][key]
    except (ValueError, KeyError, TypeError) as fault:
        raise InputProblem([Finding("CN406", "error", f"{PLAN_JSON} {fault!r}")]) from None
    return dict(told)


def _data(zone: Any, told: Mapping[str, Any]) -> list[Finding]:
    now = {row["layer"]: row["sha256"] for row in input_hashes(zone)}
    then = {row["layer"]: row["sha256"] for row in told["inputs"]}
    return [Finding("CN407", "error", n) for n in sorted(now.keys() | then.keys()) if now.get(n) != then.get(n)]


def _columns(problem: Any, claim: Mapping[str, Any]) -> Any:
    measures, plots, farmland = (set(claim[k]) for k in ("measures", "plots", "farmland"))
    ids = problem.measures.ids
    told = [i in measures for i in ids] + [i in plots for i in problem.plots.ids] + [i in farmland for i in ids]
    return np.array(told, dtype=bool)


def _limits(problem: Any, chosen: Any) -> list[Finding]:
    found = []
    low, high = problem.bounds()
    if ((chosen < low) | (chosen > high)).any():
        found.append(Finding("CN403", "error", "locks", measured="–", limit="–", unit=""))
    for line in problem.lines():
        got = float(line.row @ chosen)
        if got < line.need - 1e-6:
            found.append(Finding("CN403", "error", line.name, measured=got, limit=line.need, unit=line.unit))
    return found


def _proof(problem: Any, claim: Mapping[str, Any], chosen: Any) -> list[Finding]:
    """The objective by addition; the bound not above it; the floor that the prices prove."""
    from geo.plan.consolidation.problem import floor_of

    value = float(problem.cost() @ chosen)
    floor = floor_of(problem, {k: max(float(v), 0.0) for k, v in claim["prices"].items()})
    found = []
    for name, limit, off in (("objective", value, abs(float(claim["objective"]) - value)),
                             ("bound", value, float(claim["bound"]) - value),
                             ("floor", floor, abs(float(claim["floor"]) - floor))):  # fmt: skip
        if off > TOLERANCE + 1e-9 * abs(value):
            found.append(Finding("CN404", "error", name, measured=str(claim[name]), limit=f"{limit:.4f}"))
    return [*found, Finding("CN408", "pass", "", measured=round(floor, 2), limit=round(value, 2))]


def _same(where: str, said: Any, computed: Any) -> list[Finding]:
    """Every figure and text of a statement that differs, areas and money by more than 0.01."""
    if isinstance(computed, Mapping):
        keys = [k for k in computed if k not in _OWN]
        return [f for k in keys for f in _same(f"{where}.{k}", said.get(k) if isinstance(said, Mapping) else None,
                                               computed[k])]  # fmt: skip
    if isinstance(computed, list):
        if not isinstance(said, list) or len(said) != len(computed):
            count = len(said) if isinstance(said, list) else "–"
            return [Finding("CN401", "error", where, measured=str(count), limit=str(len(computed)))]
        return [f for k, (a, b) in enumerate(zip(said, computed, strict=True)) for f in _same(f"{where}[{k}]", a, b)]
    if isinstance(computed, float) and isinstance(said, (int, float)):
        near = abs(float(said) - computed) <= TOLERANCE * (1e-4 if abs(computed) < 10 else 1) + 1e-9 * abs(computed)
        return [] if near else [Finding("CN401", "error", where, measured=str(said), limit=str(computed))]
    return [] if said == computed else [Finding("CN401", "error", where, measured=str(said), limit=str(computed))]


def _verdicts(said: Any, again: Any) -> list[Finding]:
    then = {(v["code"], v["subject"]): v["passed"] for v in said}
    now = {(v["code"], v["subject"]): v["passed"] for v in again}
    word = {True: "✓", False: "✗", None: "–"}
    return [
        Finding("CN409", "error", " ".join(k), measured=word.get(then.get(k)), limit=word.get(now.get(k)))
        for k in sorted(then.keys() | now.keys())
        if then.get(k, "absent") != now.get(k, "absent")
    ]


def _layers(plan: Path, results: Mapping[str, Any]) -> list[Finding]:
    """The layer of measures names what the record names, with the same areas as its lots."""
    from geo.io.plan_folder import read_table

    layer = read_table(plan / PLAN_GPKG, "measures")
    sizes = np.where(layer["lift"] > 0, layer["area_m2"], layer["gain_m2"])
    gain = {str(i): float(g) for i, g in zip(layer["measure_id"], sizes, strict=True)}
    named = set(results["scheme"]["measures"])
    found = [Finding("CN402", "error", i) for i in sorted(set(gain) ^ named)]
    lots = {row["measure_id"]: row["area_m2"] for row in results["credits"]}
    return found + [
        Finding("CN401", "error", i, measured=gain[i], limit=lots.get(i, 0.0))
        for i in sorted(set(gain) & named)
        if abs(gain[i] - lots.get(i, 0.0)) > TOLERANCE
    ]
