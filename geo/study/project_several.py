"""Several projects at once against one reserve pool: who is served by which deadline, with which lots."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geo.errors import InputProblem
from geo.finding import Finding
from geo.measure.overlay import overlay
from geo.policy.book import load_book
from geo.study.conflicts import teller
from geo.study.project import plan, take
from geo.study.project_intake import check_footprint
from geo.study.project_result import ProjectResult, Taken
from geo.study.spec import Progress
from geo.zone import Zone

if TYPE_CHECKING:
    import geopandas as gpd

    from geo.plan.supplement.problem import SupplementProblem

MATCH_COLUMNS = ("project", "name", "deadline", "served", "status", "farmland_m2", "lots", "replaced_m2", "missing")


@dataclass(frozen=True)
class SeveralResult:
    """table: MATCH_COLUMNS, one row a project in the order of deadlines; results: the answer of each by its label;
    findings: projects that lie on one another."""

    table: pd.DataFrame
    results: Mapping[str, ProjectResult]
    findings: tuple[Finding, ...]


def run_several(
    zone: Zone, footprint: gpd.GeoDataFrame, values: Mapping[str, Any], *, progress: Progress | None = None
) -> SeveralResult:
    """Every ``option`` of the footprint is a project. Lots that are booked after a project's deadline do not serve it.

    Each project's own answer excludes the lots of the others, so it can be checked again alone. Raises InputProblem for
    deadlines that are no dates or not one a project, and as ``project.take`` does.
    """
    from geo.plan.supplement.match import match

    tell = teller(progress)
    tolerance = float(load_book().value("relocation.lines_tolerance_m2", on=values["on"]).value)  # type: ignore[arg-type]
    checked, _ = check_footprint(zone, footprint, tolerance_m2=tolerance)
    labels = list(dict.fromkeys(checked["option"]))
    due = _deadlines(values, labels)
    order = sorted(labels, key=lambda label: (due[label] or date.max, labels.index(label)))
    taken: dict[str, Taken] = {}
    for k, label in enumerate(labels):
        tell(0.05 + 0.4 * k / len(labels), f"切割项目 {label}", f"Cutting project {label}")
        own = checked[checked["option"] == label].reset_index(drop=True)
        taken[label] = take(zone, own, {**values, "option": ()})
    tell(0.5, "匹配储备地块", "Matching the pool")
    problem = _joint(taken, values, due)
    found = match(problem, order, gap=values["gap"], time_limit_s=values["time_limit_s"], seed=values["seed"])
    chosen = found.plan.chosen if found.plan else {}
    lots = {
        label: {i for name, ids in chosen.items() if name.partition("@")[0] == label for i in ids} for label in labels
    }
    under = _lots_under(zone, checked)
    results, rows = {}, []
    for k, label in enumerate(order):
        tell(0.6 + 0.35 * k / len(order), f"编制项目 {label}", f"Planning project {label}")
        others = set().union(
            *(v for name, v in lots.items() if name != label), *(v for n, v in under.items() if n != label)
        )
        late = _late(zone, due[label])
        barred = tuple(sorted(set(values["lock_out"]) | others | late))
        results[label] = plan(taken[label], {**values, "option": (), "lock_out": barred})
        rows.append(_row(label, taken[label], results[label], due[label], found.missing.get(label, ())))
    return SeveralResult(pd.DataFrame(rows, columns=list(MATCH_COLUMNS)), results, tuple(_overlaps(checked)))


def write_several(result: SeveralResult, folder: Path, *, progress: Progress | None = None) -> list[Path]:
    """One folder a project (its label), each as ``project.write`` makes it, and projects.csv."""
    from geo.report.text import csv_bytes
    from geo.study.project_tell import write

    made = [path for label, one in result.results.items() for path in write(one, folder / label, progress=progress)]
    path = folder / "projects.csv"
    draft = path.with_name(path.name + ".writing")
    draft.write_bytes(csv_bytes(result.table))
    draft.replace(path)
    return [*made, path]


def several_lines(result: SeveralResult, lang: str) -> list[Any]:
    """What the terminal shows: one row a project."""
    from rich.table import Table

    from geo.standards.units import to_ha

    zh = lang == "zh"
    table = Table(title="多个项目与储备区" if zh else "Projects and the pool", title_justify="left")
    heads = ("项目", "期限", "能否补划", "占用 公顷", "块数", "补划 公顷", "缺口") if zh else (
        "Project", "Deadline", "Served", "Taken ha", "Lots", "Replaced ha", "Missing")  # fmt: skip
    for head in heads:
        table.add_column(head)
    for row in result.table.itertuples():
        yes = ("是" if zh else "yes") if row.served else ("否" if zh else "no")
        table.add_row(f"{row.project} {row.name}", row.deadline or "–", yes, f"{to_ha(row.farmland_m2):,.4f}",
                      str(row.lots), f"{to_ha(row.replaced_m2):,.4f}", row.missing)  # fmt: skip
    return [table, *(f.text(lang) for f in result.findings)]


def _deadlines(values: Mapping[str, Any], labels: list[str]) -> dict[str, date | None]:
    given = list(values["deadlines"])
    if not given:
        return dict.fromkeys(labels, None)
    if len(given) != len(labels):
        raise InputProblem([Finding("PJ404", "error", "deadlines", measured=str(len(given)), limit=str(len(labels)))])
    faults, due = [], {}
    for label, text in zip(labels, given, strict=True):
        try:
            due[label] = date.fromisoformat(text)
        except ValueError:
            faults.append(Finding("IO201", "error", "deadlines", measured=str(text), limit="YYYY-MM-DD"))
    if faults:
        raise InputProblem(faults)
    return dict(due)


def _joint(taken: Mapping[str, Taken], values: Mapping[str, Any], due: Mapping[str, date | None]) -> SupplementProblem:
    """One problem of all projects: a demand a project and county, the pool without any project's ground."""
    import geopandas as gpd

    from geo.plan.supplement.pool import distances, pool_of
    from geo.plan.supplement.problem import Demand, Limits, SupplementProblem
    from geo.study.project_plan import pool_table

    first = next(iter(taken.values()))
    farmland = pd.concat([t.farmland_taken.assign(project=label) for label, t in taken.items()], ignore_index=True)
    farmland = gpd.GeoDataFrame(farmland, geometry="geometry", crs=first.footprint.crs)
    plots = pd.concat([t.footprint for t in taken.values()], ignore_index=True)
    ground = replace(first, footprint=gpd.GeoDataFrame(plots, geometry="geometry", crs=first.footprint.crs),
                     farmland_taken=farmland)  # fmt: skip
    accepted = pool_table(ground, values).accepted
    demands = tuple(
        Demand(r.county_code, r.area_m2, r.paddy_m2, r.grade, r.capacity_kg, project=label)
        for label, t in taken.items()
        for r in t.demand.itertuples()
    )
    away = distances(accepted, farmland, demands)
    for d, demand in enumerate(demands):
        late = _late(first.zone, due[demand.project])
        away[d, accepted["candidate_id"].isin(late).to_numpy()] = np.inf
    known = set(accepted["candidate_id"])
    return SupplementProblem(
        demands=demands,
        pool=pool_of(accepted),
        capacity_kg=accepted["capacity_kg"].to_numpy(dtype=float),
        distance_m=away,
        limits=Limits(
            area_ratio=values["area_ratio"], paddy_ratio=values["paddy_ratio"], grade_slack=values["grade_slack"]
        ),
        priorities=tuple(values["priorities"]),
        tolerance=float(values["tolerance"]),
        locked_out=frozenset(set(values["lock_out"]) & known),
    )


def _late(zone: Zone, due: date | None) -> set[str]:
    """Lots booked into the reserve after a deadline: they do not exist in time."""
    if due is None or not zone.has("reserve") or "booked_on" not in zone.layer("reserve").columns:
        return set()
    lots = zone.layer("reserve")
    return set(lots.loc[lots["booked_on"].fillna("").astype(str) > due.isoformat(), "lot_id"])


def _lots_under(zone: Zone, plots: gpd.GeoDataFrame) -> dict[str, set[str]]:
    """Reserve lots under each project's ground."""
    if not zone.has("reserve"):
        return {}
    numbered = plots[["geometry"]].assign(row=np.arange(len(plots)))
    met = overlay(zone.layer("reserve")[["lot_id", "geometry"]], numbered, left_id="lot_id", right_id="row")
    labels = plots["option"].to_numpy()[met["row"].to_numpy()]
    return {str(label): set(met.loc[labels == label, "lot_id"]) for label in np.unique(labels)}


def _overlaps(plots: gpd.GeoDataFrame) -> list[Finding]:
    """Projects that lie on one another."""
    numbered = plots[["geometry"]].assign(row=np.arange(len(plots)))
    met = overlay(numbered, numbered.rename(columns={"row": "other"}), left_id="row", right_id="other")
    option = plots["option"].to_numpy()
    return [
        Finding("PJ303", "error", f"{option[r]} × {option[o]}", float(a), None, "m²")
        for r, o, a in zip(met["row"], met["other"], met["area_m2"], strict=True)
        if r < o and option[r] != option[o]
    ]


def _row(label: str, taken: Taken, result: ProjectResult, due: date | None, missing: Any) -> dict[str, Any]:
    return {
        "project": label, "name": " ".join(dict.fromkeys(taken.footprint["plot_name"])),
        "deadline": due.isoformat() if due else "", "served": result.status in ("planned", "nothing"),
        "status": result.status, "farmland_m2": float(taken.demand["area_m2"].sum()), "lots": len(result.replacement),
        "replaced_m2": float(result.replacement["net_area_m2"].sum()) if len(result.replacement) else 0.0,
        "missing": "; ".join(f"{s.limit} {s.demand.partition('@')[2]} {s.short:,.2f} {s.unit}" for s in missing),
    }  # fmt: skip
