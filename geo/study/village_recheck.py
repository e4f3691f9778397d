"""A village scheme verified from the layers alone, by plain arithmetic and without the solver.

Hamlets, places, fields and households are measured again; the scheme is taken as hamlet → place only. Every condition
and every wish is added up anew, every bound is proven by its prices, and every table is compared with what comes out.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from geo.errors import InputProblem
from geo.finding import Finding
from geo.plan.village.problem import Level, VillageProblem, VillageScheme
from geo.plan.village.proof import floor_of
from geo.study.record import input_hashes, plain
from geo.study.village import SPEC, assemble, take
from geo.study.village_plan import pose_all
from geo.study.village_tell import VILLAGE_GPKG, VILLAGE_JSON, layers, run_record

if TYPE_CHECKING:
    from geo.study.village_result import VillageResult
    from geo.zone import Zone

UNSTATED = frozenset({"created_utc", "software", "seconds", "solver", "study", "synthetic"})
RELATIVE, ABSOLUTE = 1e-9, 1e-6
MOST_TOLD = 200


def run(folder: Path | str, zone_folder: Path | str) -> list[Finding]:
    """What does not hold (severity error) first, then what was verified. Raises InputProblem for no village scheme."""
    from geo.io.zone_folder import read_zone

    folder = Path(folder)
    told = read_record(folder)
    zone = read_zone(zone_folder)
    result, found = recheck(zone, told)
    if result is not None:
        found += layer_findings(folder / VILLAGE_GPKG, layers(result), differs="VG501", agrees="VG507")
        found += _documents(folder, told)
    return sorted(found, key=lambda f: f.severity != "error")


def recheck(zone: Zone, told: Mapping[str, Any]) -> tuple[VillageResult | None, list[Finding]]:
    """The same from values: ``told`` is village.json. Returns the answer put together again, and what was found."""
    found = _data(zone, told)
    try:
        values = SPEC.values({k: tuple(v) if isinstance(v, list) else v for k, v in told["values"].items()})
        given = told["results"]["given"]
        ground = take(zone, values, households=given["households"], capacities=given["capacities"])
        from dataclasses import replace

        ground = replace(ground, run_id=str(told["run_id"]) if not any(given.values()) else ground.run_id)
        problems = pose_all(ground, values)
    except InputProblem as problem:
        return None, [*found, *problem.findings]
    except (KeyError, TypeError, ValueError, AttributeError) as fault:
        return None, [*found, Finding("VG509", "error", VILLAGE_JSON, measured=repr(fault)[:120])]
    try:
        schemes, more = _schemes(told, problems)
    except (KeyError, TypeError, ValueError, AttributeError) as fault:
        return None, [*found, Finding("VG509", "error", VILLAGE_JSON, measured=repr(fault)[:120])]
    found += more
    if any(f.code == "VG503" for f in more):
        return None, found
    result = assemble(ground, schemes)
    from geo.study.village import _run_id

    result = replace(result, run_id=_run_id(ground, values))
    now = plain(json.loads(json.dumps(plain(run_record(result)), ensure_ascii=False)))
    differ = list(differences(now, told))[:MOST_TOLD]
    found += differ
    if not differ:
        found.append(Finding("VG507", "pass", VILLAGE_JSON, measured=str(statements(now))))
    return result, found


def read_record(folder: Path) -> dict[str, Any]:
    """village.json of a scheme's folder. Raises InputProblem VG508, VG509."""
    missing = [n for n in (VILLAGE_JSON, VILLAGE_GPKG) if not (folder / n).is_file()]
    if missing:
        raise InputProblem([Finding("VG508", "error", folder.name, measured=" ".join(missing))])
    try:
        told = json.loads((folder / VILLAGE_JSON).read_text("utf-8"))
        for key in ("values", "inputs", "results", "run_id"):
            told[key]
        for key in ("status", "tables", "schemes", "given"):
            told["results"][key]
    except (ValueError, KeyError, TypeError) as fault:
        raise InputProblem([Finding("VG509", "error", VILLAGE_JSON, measured=repr(fault)[:120])]) from None
    return dict(told)


def _data(zone: Zone, told: Mapping[str, Any]) -> list[Finding]:
    now = {row["layer"]: row["sha256"] for row in input_hashes(zone)}
    then = {row.get("layer"): row.get("sha256") for row in told["inputs"]}
    return [
        Finding("VG510", "error", str(layer), measured=f"{str(then.get(layer))[:12]} ≠ {str(now.get(layer))[:12]}")
        for layer in sorted(now.keys() | then.keys(), key=str)
        if now.get(layer) != then.get(layer)
    ]


def _schemes(
    told: Mapping[str, Any], problems: list[VillageProblem]
) -> tuple[tuple[VillageScheme, ...], list[Finding]]:
    """The schemes as told, every condition, value and bound verified."""
    results = told["results"]
    claims = {str(s["area"]): s for s in results["schemes"]}
    moves: dict[str, dict[str, str]] = {}
    found: list[Finding] = []
    for row in results["tables"]["moves"]:
        mine = moves.setdefault(str(row["area"]), {})
        if str(row["hamlet_id"]) in mine:
            found.append(Finding("VG503", "error", str(row["hamlet_id"]), measured="×2"))
        mine[str(row["hamlet_id"])] = str(row["place_id"])
    names = {q.name for q in problems}
    found += [Finding("VG503", "error", area, measured="–") for area in sorted((set(moves) | set(claims)) - names)]
    schemes = []
    for problem in problems:
        claim = claims.get(problem.name)
        if claim is None:
            found.append(Finding("VG503", "error", problem.name, measured="–"))
            continue
        mine = moves.get(problem.name, {})
        rows = [r for r in results["tables"]["proof"] if str(r["area"]) == problem.name]
        levels: tuple[Level, ...] = ()
        try:
            v = problem.columns_of(mine)
        except KeyError as fault:
            found.append(Finding("VG503", "error", str(fault.args[0]), measured=problem.name))
            continue
        if claim["status"] in ("optimal", "feasible"):
            found += [Finding("VG502", "error", n, got, limit) for n, got, limit in problem.broken(v)]
            levels, more = _levels(problem, rows, v)
            found += more
        elif mine:
            found.append(Finding("VG503", "error", problem.name, measured=str(claim["status"])))
        schemes.append(
            VillageScheme(problem.name, str(claim["status"]), mine, levels, tuple(claim["clash"]), problem.hash(),
                          float(claim["seconds"]), str(claim["solver"]))
        )  # fmt: skip
    return tuple(schemes), found


def _levels(problem: VillageProblem, rows: list[dict[str, Any]], v: Any) -> tuple[tuple[Level, ...], list[Finding]]:
    """Each wish added up again from its own scheme, its floor from its prices; the scheme keeps to every wish."""
    found: list[Finding] = []
    levels: list[Level] = []
    kept: list[tuple[Any, float]] = []
    rows = sorted(rows, key=lambda r: int(r["level"]))
    if [str(r["wish"]) for r in rows] != list(problem.wishes):
        told = ", ".join(str(r["wish"]) for r in rows)
        return (), [Finding("VG501", "error", f"proof {problem.name}", told, ", ".join(problem.wishes))]
    last = {}
    for number, (row, wish) in enumerate(zip(rows, problem.wishes, strict=True), start=1):
        name = f"{problem.name} {number} {wish}"
        cost = problem.costs(wish)
        prices = {str(k): float(p) for k, p in json.loads(row["prices"]).items()}
        last = {str(k): str(p) for k, p in json.loads(row["moves"]).items()}
        own = problem.columns_of(last)
        found += [Finding("VG502", "error", f"{name} {n}", got, limit) for n, got, limit in problem.broken(own)]
        value, bound = float(cost @ own), float(row["bound"])
        held = problem.held_to(value)
        slack = 1e-6 * max(abs(value), 1.0)
        if abs(value - float(row["value"])) > slack:
            found.append(Finding("VG501", "error", name, measured=f"{row['value']}", limit=f"{value:.6f}"))
        if bound > value + slack:
            found.append(Finding("VG504", "error", name, bound, value))
        for k, (earlier, limit) in enumerate(kept, start=1):
            if float(earlier @ own) > limit + 1e-6 * max(abs(limit), 1.0):
                found.append(Finding("VG502", "error", f"{name} level{k}", float(earlier @ own), limit))
        if float(cost @ v) > held + 1e-6 * max(abs(held), 1.0):
            found.append(Finding("VG502", "error", name, float(cost @ v), held))
        floor = floor_of(problem, cost, kept, prices)
        found.append(Finding("VG506", "pass", name, floor, value))
        if bound > floor + slack:
            found.append(Finding("VG512", "info", name, bound, floor))
        levels.append(Level(problem.name, number, wish, value, bound, held, str(row["status"]), floor, prices, last))
        kept.append((cost, held + 1e-9 * max(abs(held), 1.0)))
    if last != problem.moves_of(v):
        found.append(Finding("VG501", "error", f"moves {problem.name}", measured="≠", limit="proof"))
    return tuple(levels), found


def layer_findings(path: Path, now: Mapping[str, Any], *, differs: str, agrees: str) -> list[Finding]:
    """Every row of every layer of a GeoPackage against what was measured again; codes for what differs and agrees."""
    from geo.io.plan_folder import read_table, table_names

    there = set(table_names(path))
    found: list[Finding] = []
    for name in sorted(now.keys() | there):
        if name not in there or name not in now:
            found.append(Finding(differs, "error", f"{path.name} {name}", str(name in there), str(name in now)))
            continue
        given = read_table(path, name)
        found += same_rows(f"{path.name} {name}", now[name].reset_index(drop=True), given, code=differs)
    return found or [Finding(agrees, "pass", path.name, measured=str(sum(len(f) for f in now.values())))]


def same_rows(name: str, now: Any, told: Any, *, code: str = "VG501") -> list[Finding]:
    """Where a layer's rows, columns or shapes differ from what they must be; a figure to nine digits."""
    import shapely

    if len(now) != len(told):
        return [Finding(code, "error", name, measured=str(len(told)), limit=str(len(now)))]
    found: list[Finding] = []
    for column in now.columns:
        if column not in told.columns:
            found.append(Finding(code, "error", f"{name}.{column}", measured="–", limit="+"))
            continue
        a, b = now[column], told[column]
        if column == "geometry":
            bad = ~shapely.equals_exact(_one(a.to_numpy()), _one(b.to_numpy()), tolerance=1e-6)
        elif np.issubdtype(np.asarray(a.to_numpy()).dtype, np.number):
            bad = ~np.isclose(a.to_numpy(dtype=float), b.to_numpy(dtype=float, na_value=np.nan), rtol=RELATIVE,
                              atol=ABSOLUTE, equal_nan=True)  # fmt: skip
        else:
            bad = a.fillna("").astype(str).to_numpy() != b.fillna("").astype(str).to_numpy()
        for k in np.flatnonzero(bad)[:10]:
            said = ("≠", "=") if column == "geometry" else (_short(b.iloc[k]), _short(a.iloc[k]))
            found.append(Finding(code, "error", f"{name}#{k + 1}.{column}", *said))
    return found


def _one(shapes: Any) -> Any:
    import shapely

    shapes = np.array(shapes, dtype=object)
    single = (shapely.get_type_id(shapes) == 6) & (shapely.get_num_geometries(shapes) == 1)
    shapes[single] = shapely.get_geometry(shapes[single], 0)
    return shapely.normalize(shapes)


def _documents(folder: Path, told: Mapping[str, Any]) -> list[Finding]:
    from geo.study.village_deliver import check_documents

    try:
        return check_documents(folder, told)
    except (KeyError, ValueError, TypeError, AttributeError) as fault:
        return [Finding("VG509", "error", VILLAGE_JSON, measured=repr(fault)[:120])]


def differences(now: Any, told: Any, path: str = "") -> Iterator[Finding]:
    """Where a record says something else than what was computed again; numbers to nine digits."""
    if isinstance(now, Mapping) and isinstance(told, Mapping):
        for key in sorted(now.keys() | told.keys()):
            if key not in UNSTATED:
                yield from differences(now.get(key), told.get(key), f"{path}.{key}" if path else str(key))
        return
    if isinstance(now, list) and isinstance(told, list):
        if len(now) != len(told):
            yield Finding("VG501", "error", path, measured=str(len(told)), limit=str(len(now)))
            return
        for k, (a, b) in enumerate(zip(now, told, strict=True)):
            yield from differences(a, b, f"{path}[{k}]")
        return
    number = isinstance(now, int | float) and isinstance(told, int | float)
    if number and not isinstance(now, bool) and not isinstance(told, bool):
        if abs(float(now) - float(told)) <= ABSOLUTE + RELATIVE * abs(float(now)):
            return
    elif now == told and isinstance(now, bool) == isinstance(told, bool):
        return
    yield Finding("VG501", "error", path, measured=_short(told), limit=_short(now))


def statements(now: Any) -> int:
    """How many figures and words of a record were compared."""
    if isinstance(now, Mapping):
        return sum(statements(v) for k, v in now.items() if k not in UNSTATED)
    return sum(statements(v) for v in now) if isinstance(now, list) else 1


def _short(value: Any) -> str:
    text = "–" if value is None else f"{value:.6f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
    return text if len(text) <= 60 else text[:57] + "…"
