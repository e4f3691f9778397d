"""Every statement of a project's deliverable verified from the layers alone: measured, judged and added up again.

The footprint of project.gpkg is cut out of the zone's layers anew; tables, shapes, verdicts and texts of project.json
are compared with what comes out. The plan is taken as lot ids only: every lot is looked up, sifted and measured again,
every limit and wish is plain arithmetic, and the bound is proven by prices and, where those leave something open, by
trying every choice they leave (``geo.plan.supplement.proof``), without the solver. A short pool is solved again.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from geo.errors import InputProblem
from geo.finding import Finding
from geo.plan.supplement.alternatives import measured as measured_alternative
from geo.plan.supplement.model import columns_of
from geo.plan.supplement.problem import Level, Supplement, SupplementProblem
from geo.plan.supplement.proof import floor_of, none_below
from geo.study.project import SPEC, assemble, take
from geo.study.project_tell import LAYERS, PROJECT_GPKG, PROJECT_JSON, run_record
from geo.study.record import plain

if TYPE_CHECKING:
    import geopandas as gpd

    from geo.plan.candidates import CandidateTable
    from geo.study.project_result import ProjectResult, Taken
    from geo.zone import Zone

RELATIVE, ABSOLUTE, AREA_M2 = 1e-9, 1e-9, 0.005
_UNSTATED = frozenset({"created_utc", "software", "seconds", "solver", "study", "pictures"})
_KEYS = {
    "footprints": ("option", "plot_no"), "occupation": ("piece_id",), "remainders": ("parcel_id",),
    "farmland_taken": ("piece_id",), "replacement": ("lot_id",), "uncovered": (), "overlay_pieces": (),
}  # fmt: skip
MOST_TOLD = 200


def run(folder: Path | str, zone_folder: Path | str) -> list[Finding]:
    """What does not hold (severity error) first, then what was verified. Raises InputProblem when the folder is not a
    project's deliverable or the layers cannot be read."""
    from geo.io.zone_folder import read_zone

    folder = Path(folder)
    _record(folder)
    return check_folder(folder, read_zone(zone_folder))


def check_folder(folder: Path, zone: Zone) -> list[Finding]:
    """The same on layers that are read already."""
    told = _record(folder)
    found = recheck(zone, told, _layers(folder))
    return sorted([*found, *_documents(folder, told)], key=lambda f: f.severity != "error")


def plan_of(folder: Path | str) -> tuple[dict[str, Any], gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """What a deliverable plans: its run record, the lots that come in, the plots they are for.

    Raises InputProblem when the folder is not a project's deliverable.
    """
    folder = Path(folder)
    told, layers = _record(folder), _layers(folder)
    chosen = [str(row["option"]) for row in told["results"]["tables"]["options"] if row["chosen"]]
    plots = layers["footprints"]
    plots = plots[plots["option"].fillna("").astype(str).isin(chosen)]
    return told, layers.get("replacement", plots.iloc[:0]), plots


def _documents(folder: Path, told: Mapping[str, Any]) -> list[Finding]:
    """The papers, layers and boundary TXT of the folder against its record."""
    from geo.study.project_deliver import check_documents

    try:
        return check_documents(folder, told)
    except (KeyError, ValueError, TypeError, AttributeError) as fault:
        return [Finding("PJ509", "error", PROJECT_JSON, measured=repr(fault)[:120])]


def recheck(zone: Zone, told: Mapping[str, Any], layers: Mapping[str, gpd.GeoDataFrame]) -> list[Finding]:
    """The same from values: told is project.json, layers are those of project.gpkg (a layer without rows is absent)."""
    try:
        values = SPEC.values({k: tuple(v) if isinstance(v, list) else v for k, v in told["values"].items()})
        footprint = layers["footprints"].drop(columns=["run_id"], errors="ignore")
        taken = take(zone, footprint.assign(**{c: footprint[c].fillna("") for c in _TEXTS}), values)
        result, found = _again(taken, told, values)
    except InputProblem as problem:
        return list(problem.findings)
    now = plain(json.loads(json.dumps(plain(run_record(result)), ensure_ascii=False)))
    found += list(_differences(now, told))[:MOST_TOLD]
    found += _shapes(result, layers)
    if not any(f.severity == "error" for f in found):
        found.append(Finding("PJ507", "pass", "", measured=str(_statements(now))))
    return sorted(found, key=lambda f: f.severity != "error")


_TEXTS = ("plot_no", "plot_name", "option", "phase", "use")


def _record(folder: Path) -> dict[str, Any]:
    missing = [n for n in (PROJECT_JSON, PROJECT_GPKG) if not (folder / n).is_file()]
    if missing:
        raise InputProblem([Finding("PJ508", "error", folder.name, measured=" ".join(missing))])
    try:
        told = json.loads((folder / PROJECT_JSON).read_text("utf-8"))
        for key in ("values", "inputs", "results", "footprint", "run_id"):
            told[key]
        for key in ("status", "tables", "solution"):
            told["results"][key]
    except (ValueError, KeyError, TypeError) as fault:
        raise InputProblem([Finding("PJ509", "error", PROJECT_JSON, measured=repr(fault))]) from None
    return dict(told)


def _layers(folder: Path) -> dict[str, gpd.GeoDataFrame]:
    from geo.io.plan_folder import read_table, table_names

    there = set(table_names(folder / PROJECT_GPKG))
    if "footprints" not in there:
        raise InputProblem([Finding("PJ508", "error", PROJECT_GPKG, measured="footprints")])
    return {name: read_table(folder / PROJECT_GPKG, name) for name in LAYERS if name in there}


def _again(taken: Taken, told: Mapping[str, Any], values: Mapping[str, Any]) -> tuple[ProjectResult, list[Finding]]:
    """The answer put together again from the told lot ids, and what is wrong with the plan itself."""
    from geo.study.project import choose
    from geo.study.project_plan import Planned, pool_table, pose
    from geo.study.project_short import relaxations_of

    claim = told["results"]["solution"]
    table = pool_table(taken, values)
    if claim is None or not len(taken.demand):
        if claim is not None or len(taken.demand):
            return assemble(taken, Planned(table, None, None, ()), None), [Finding("PJ501", "error", "solution")]
        return assemble(taken, Planned(table, None, None, ()), None), []
    problem = pose(taken, table, values)
    if claim["status"] == "infeasible":
        from geo.plan.supplement.model import solve

        solution = solve(problem, gap=values["gap"], time_limit_s=values["time_limit_s"], seed=values["seed"])
        short = relaxations_of(taken, problem, solution, values) if solution.status == "infeasible" else None
        return assemble(taken, Planned(table, problem, solution, ()), short), []
    tables = told["results"]["tables"]
    plans = _plans(tables["plan_lots"], problem)
    found = _unknown(plans, problem, table)
    if found or "A" not in plans:
        return assemble(taken, Planned(table, problem, None, ()), None), found or [Finding("PJ501", "error", "plan A")]
    found += _limits(plans, problem)
    levels, more = _levels(tables["proof"], problem, plans["A"])
    found += more
    chosen = {k: tuple(v) for k, v in claim["chosen"].items()}
    if {k: sorted(v) for k, v in chosen.items()} != {k: sorted(v) for k, v in plans["A"].items()}:
        found.append(Finding("PJ501", "error", "solution.chosen", measured="≠", limit="plan_lots A"))
    solution = Supplement(
        claim["status"], chosen, tuple(levels), (), problem.hash(), float(claim["seconds"]), str(claim["solver"])
    )
    others = [measured_alternative(problem, plans["A"], k, v) for k, v in plans.items() if k != "A"]
    result = assemble(taken, Planned(table, problem, solution, tuple(others)), None)
    label = told["results"]["label"]
    return (choose(result, label) if label in plans else result), found


def _plans(rows: list[dict[str, Any]], problem: SupplementProblem) -> dict[str, dict[str, tuple[str, ...]]]:
    """Lot ids by plan and demand, as told."""
    by_county = {d.county: d.name for d in problem.demands}
    plans: dict[str, dict[str, list[str]]] = {}
    for row in rows:
        plan = plans.setdefault(str(row["alternative"]), {d.name: [] for d in problem.demands})
        plan.setdefault(by_county.get(str(row["county_code"]), str(row["county_code"])), []).append(str(row["lot_id"]))
    return {label: {k: tuple(v) for k, v in plan.items()} for label, plan in plans.items()}


def _unknown(
    plans: Mapping[str, Mapping[str, tuple[str, ...]]], problem: SupplementProblem, table: CandidateTable
) -> list[Finding]:
    """Lots that may not come in, with the reason; counties that lose nothing; lots named twice."""
    known = set(problem.pool.ids)
    why = table.refused.groupby("candidate_id")["reason"].agg(" ".join).to_dict() if len(table.refused) else {}
    names = {d.name for d in problem.demands}
    found = []
    for label, plan in plans.items():
        lots = [i for ids in plan.values() for i in ids]
        found += [Finding("PJ504", "error", f"{label} {i}", measured=why.get(i, "–")) for i in lots if i not in known]
        found += [
            Finding("PJ504", "error", f"{label} {i}", measured="×2")
            for i in sorted({i for i in lots if lots.count(i) > 1})
        ]
        found += [Finding("PJ504", "error", f"{label} {name}", measured="–") for name in plan if name not in names]
    return found


def _limits(plans: Mapping[str, Mapping[str, tuple[str, ...]]], problem: SupplementProblem) -> list[Finding]:
    """Every limit and lock of every plan by plain arithmetic."""
    place = {i: k for k, i in enumerate(problem.pool.ids)}
    found = []
    for label, plan in plans.items():
        for d, demand in enumerate(problem.demands):
            at = np.array([place[i] for i in plan[demand.name]], dtype=np.int64)
            away = [i for i in plan[demand.name] if not np.isfinite(problem.distance_m[d][place[i]])]
            found += [Finding("PJ504", "error", f"{label} {i}", measured=demand.name) for i in away]
            for line in problem.lines(d, at):
                got = float(line.value.sum())
                if got < line.need - 1e-6 * max(abs(line.need), 1.0):
                    found.append(Finding("PJ505", "error", f"{label} {line.name}", got, line.need, line.unit))
        lots = {i for ids in plan.values() for i in ids}
        found += [Finding("PJ505", "error", f"{label} {i}", 0.0, 1.0) for i in sorted(problem.locked_in - lots)]
        found += [Finding("PJ505", "error", f"{label} {i}", 1.0, 0.0) for i in sorted(problem.locked_out & lots)]
    return found


def _levels(
    rows: list[dict[str, Any]], problem: SupplementProblem, plan: Mapping[str, tuple[str, ...]]
) -> tuple[list[Level], list[Finding]]:
    """Every level measured again from its lots, its floor added up, its bound proven; the plan keeps to every level."""
    levels: list[Level] = []
    found: list[Finding] = []
    expected = [(d.name, k) for d in problem.demands for k in range(1, len(problem.priorities) + 1)]
    if sorted((str(r["county_code"]), int(r["level"])) for r in rows) != sorted(expected):
        found.append(Finding("PJ501", "error", "proof", measured=str(len(rows)), limit=str(len(expected))))
    for d, demand in enumerate(problem.demands):
        alone = problem.only(d)
        columns = columns_of(alone)
        ids = np.array(alone.pool.ids, dtype=object)[columns.lot]
        kept: list[tuple[Any, float]] = []
        mine = sorted((r for r in rows if str(r["county_code"]) == demand.name), key=lambda r: int(r["level"]))
        for number, row in enumerate(mine, start=1):
            name = f"proof {demand.name} {number}"
            priority = problem.priorities[min(number, len(problem.priorities)) - 1]
            cost = columns.cost(priority)
            try:
                lots = {k: tuple(v) for k, v in json.loads(row["lots"]).items()}
                prices = {str(k): float(v) for k, v in json.loads(row["prices"]).items()}
                bound = float(row["bound"])
            except (ValueError, TypeError, KeyError, AttributeError) as fault:
                found.append(Finding("PJ501", "error", name, measured=repr(fault)))
                continue
            x = np.isin(ids, lots.get(demand.name, ()))
            if x.sum() != len(lots.get(demand.name, ())) or any(
                float(row_ @ x) < need - 1e-6 * max(abs(need), 1.0) for _, row_, need in columns.rows()
            ):
                found.append(Finding("PJ505", "error", name))
            value = float(cost @ x)
            room = alone.tolerance * abs(value)
            held = value + (np.floor(room + 1e-9) if priority == "plots" else room)
            floor = floor_of(columns, cost, kept, prices)
            final = float(cost @ np.isin(ids, plan[demand.name]))
            if final > held + 1e-6 * max(abs(held), 1.0):
                found.append(Finding("PJ505", "error", name, final, float(held)))
            found += _bound(name, columns, cost, kept, prices, bound, value)
            levels.append(
                Level(demand.name, number, priority, value, bound, float(held), str(row["status"]), floor, prices, lots)
            )
            kept.append((cost, held + 1e-9 * max(abs(held), 1.0)))
    return levels, found


def _bound(
    name: str,
    columns: Any,
    cost: Any,
    kept: list[tuple[Any, float]],
    prices: Mapping[str, float],
    bound: float,
    value: float,
) -> list[Finding]:
    """Whether nothing cheaper than the told bound can exist: by prices, then by trying what they leave open."""
    if bound > value + 1e-9 * max(abs(value), 1.0):
        return [Finding("PJ506", "error", name, bound, value)]
    proven = none_below(columns, cost, kept, prices, bound - 1e-6 * max(abs(bound), 1e-3))
    if proven is False:
        return [Finding("PJ506", "error", name, bound, None)]
    if proven is None:
        return [Finding("PJ510", "info", name, bound, floor_of(columns, cost, kept, prices))]
    return [Finding("PJ511", "pass", name, bound, value)]


def _differences(now: Any, told: Any, path: str = "") -> Iterator[Finding]:
    """Where the record says something else than what was computed again; numbers to nine digits."""
    if isinstance(now, Mapping) and isinstance(told, Mapping):
        for key in sorted(now.keys() | told.keys()):
            if key not in _UNSTATED:
                yield from _differences(now.get(key), told.get(key), f"{path}.{key}" if path else str(key))
        return
    if isinstance(now, list) and isinstance(told, list):
        if len(now) != len(told):
            yield Finding("PJ501", "error", path, measured=str(len(told)), limit=str(len(now)))
            return
        for k, (a, b) in enumerate(zip(now, told, strict=True)):
            yield from _differences(a, b, f"{path}[{k}]")
        return
    number = isinstance(now, int | float) and isinstance(told, int | float)
    if number and not isinstance(now, bool) and not isinstance(told, bool):
        if abs(float(now) - float(told)) <= ABSOLUTE + RELATIVE * abs(float(now)):
            return
    elif now == told and isinstance(now, bool) == isinstance(told, bool):
        return
    yield Finding("PJ501", "error", path, measured=_short(told), limit=_short(now))


def _shapes(result: ProjectResult, layers: Mapping[str, gpd.GeoDataFrame]) -> list[Finding]:
    """Every row of every layer of project.gpkg against what was cut anew."""
    found: list[Finding] = []
    for name in LAYERS:
        now = getattr(result, name)
        told = layers.get(name)
        count = 0 if told is None else len(told)
        if count != len(now):
            found.append(
                Finding("PJ502", "error", name, measured=str(count), limit=str(len(now)), values={"column": "rows"})
            )
            continue
        if told is None or not len(now):
            continue
        now = now.assign(run_id=result.run_id)
        keys = list(_KEYS[name])
        if keys:
            now = now.sort_values(keys, kind="stable").reset_index(drop=True)
            told = (
                told.assign(**{k: told[k].fillna("") for k in keys})
                .sort_values(keys, kind="stable")
                .reset_index(drop=True)
            )
        found += _rows(name, now, told, keys)
    return found


def _rows(name: str, now: gpd.GeoDataFrame, told: gpd.GeoDataFrame, keys: list[str]) -> list[Finding]:
    found: list[Finding] = []
    labels = now[keys].astype(str).agg(" ".join, axis=1) if keys else now.index.astype(str)
    labels = [f"{name}#{label.strip()}" for label in labels]
    for column in now.columns:
        if column == "geometry":
            same = shapely.equals_exact(_plain_shapes(told), _plain_shapes(now), tolerance=1e-6)
            bad = np.flatnonzero(~same)
        elif column not in told.columns:
            found.append(Finding("PJ502", "error", name, measured="–", limit=column, values={"column": column}))
            continue
        elif np.issubdtype(np.asarray(now[column].to_numpy()).dtype, np.number):
            a, b = now[column].to_numpy(dtype=float), told[column].to_numpy(dtype=float, na_value=np.nan)
            bad = np.flatnonzero(~np.isclose(a, b, rtol=RELATIVE, atol=1e-6, equal_nan=True))
        else:
            a, b = now[column].fillna("").astype(str).to_numpy(), told[column].fillna("").astype(str).to_numpy()
            bad = np.flatnonzero(a != b)
        for k in bad[:10]:
            words = {"column": column}
            said, should = (
                ("≠", "=") if column == "geometry" else (_short(told[column].iloc[k]), _short(now[column].iloc[k]))
            )
            found.append(Finding("PJ502", "error", labels[k], measured=said, limit=should, values=words))
    return found


def _plain_shapes(frame: gpd.GeoDataFrame) -> Any:
    """Shapes in one order of rings and points, a single part as a polygon: a file may say the same in several ways."""
    geoms = frame.geometry.to_numpy().copy()
    single = (shapely.get_type_id(geoms) == 6) & (shapely.get_num_geometries(geoms) == 1)
    geoms[single] = shapely.get_geometry(geoms[single], 0)
    return shapely.normalize(geoms)


def _statements(now: Any) -> int:
    """How many figures and words of the record were compared."""
    if isinstance(now, Mapping):
        return sum(_statements(v) for k, v in now.items() if k not in _UNSTATED)
    return sum(_statements(v) for v in now) if isinstance(now, list) else 1


def _short(value: Any) -> str:
    text = "–" if value is None else f"{value:.6f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
    return text if len(text) <= 60 else text[:57] + "…"
