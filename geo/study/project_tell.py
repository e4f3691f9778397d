"""Telling a study ``project``: the record and its tables, the layers, and what the terminal shows."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from geo.errors import InputProblem
from geo.finding import Finding
from geo.standards.units import to_ha, to_mu
from geo.study.conflicts import banner
from geo.study.record import record, write_json
from geo.study.spec import Progress

if TYPE_CHECKING:
    import pandas as pd

    from geo.study.project_result import ProjectResult

PROJECT_JSON, PROJECT_GPKG = "project.json", "project.gpkg"
TABLES = (
    "options", "closing", "totals", "crosstab", "overlays", "offsets", "promises", "demand", "comparison", "plans",
    "plan_lots", "proof", "shortfalls", "relaxations",
)  # fmt: skip
LAYERS = (
    "footprints", "occupation", "remainders", "uncovered", "farmland_taken", "overlay_pieces", "replacement",
)  # fmt: skip


def summary(result: ProjectResult) -> dict[str, Any]:
    """Every statement of the study as plain data: status, facts, judgement, tables, proof."""
    tables = {name: rows_of(getattr(result, name)) for name in TABLES}
    solution = result.solution
    return {
        "status": result.status,
        "planned": result.planned,
        "allowed": result.allowed,
        "label": result.label,
        "facts": dict(result.facts),
        "route": {
            "project": result.route.project, "quota": result.route.quota, "land": result.route.land,
            "zh": result.route.text("zh"), "en": result.route.text("en"),
            "reasons": [r.record() for r in result.route.reasons],
        },
        "eligible": result.eligible.record(),
        "judgements": [j.record() for j in result.judgements],
        "findings": [f.record() for f in result.findings],
        "refused": len(result.refused),
        "candidates": len(result.candidates),
        "solution": None if solution is None else {
            "status": solution.status, "seconds": solution.seconds, "solver": solution.solver,
            "problem_hash": solution.problem_hash, "chosen": {k: list(v) for k, v in solution.chosen.items()},
        },
        "tables": tables,
    }  # fmt: skip


def rows_of(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """A table as plain rows: numbers as they are, what is not known as None."""
    return [{str(k): _cell(v) for k, v in row.items()} for row in frame.to_dict("records")]


def run_record(result: ProjectResult) -> dict[str, Any]:
    """The run record of project.json."""
    from geo.study.project import footprint_hash

    data = record("project", result.zone, result.values, editions=result.editions, results=summary(result))
    data["run_id"] = result.run_id
    data["footprint"] = footprint_hash(result.footprints)
    data["seconds"] = dict(result.seconds)
    return data


def write(result: ProjectResult, folder: Path | str, *, progress: Progress | None = None) -> list[Path]:
    """Write project.json, project.gpkg and the deliverables into the folder; all of them or none.

    Raises InputProblem when the folder cannot be written, Cancelled when ``progress`` says stop.
    """
    from geo.study.conflicts import teller
    from geo.study.project_deliver import picture_hashes, write_deliverables
    from geo.study.record import plain

    folder = Path(folder)
    tell = teller(progress)
    begun = time.monotonic()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(dir=folder, prefix=".writing-"))
    except OSError as fault:
        raise InputProblem([Finding("IO118", "error", str(folder), measured=str(fault))]) from None
    try:
        tell(0.92, "写出图层", "Writing the layers")
        _layers(result, draft)
        data = run_record(result)
        write_deliverables(result, plain(data), draft, tell)
        data["pictures"] = picture_hashes(draft)
        data["seconds"]["write"] = time.monotonic() - begun
        write_json(data, draft / PROJECT_JSON)
        made = sorted(p for p in draft.rglob("*") if p.is_file())
        for path in made:
            path.replace(folder / path.name)
        return [folder / p.name for p in made]
    except OSError as fault:
        raise InputProblem([Finding("IO118", "error", str(folder), measured=str(fault))]) from None
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def write_core(result: ProjectResult, folder: Path) -> dict[str, Any]:
    """Only project.gpkg and project.json, without papers and maps; returns the run record."""
    _layers(result, folder)
    data = run_record(result)
    write_json(data, folder / PROJECT_JSON)
    return data


def _layers(result: ProjectResult, folder: Path) -> None:
    from geo.io.plan_folder import write_tables

    frames = {name: getattr(result, name) for name in LAYERS}
    frames = {name: f.assign(run_id=result.run_id) for name, f in frames.items() if len(f)}
    write_tables(frames, folder / PROJECT_GPKG)


def lines(result: ProjectResult, lang: str) -> list[Any]:
    """What the terminal shows: what it takes, who decides, what replaces it, the proof."""
    zh = lang == "zh"
    told: list[Any] = [*banner(result.zone, lang)]
    if len(result.options) > 1:
        told += [_options_table(result, lang), ""]
    told += [_taken_table(result, lang), "", *result.route.text(lang).splitlines()[:4], ""]
    told += [f.text(lang) for f in result.findings]
    told += ["", result.eligible.text(lang)] if len(result.farmland_taken) else []
    if result.status == "nothing":
        told.append(
            "不占用永久基本农田，无需补划。" if zh else "No permanent basic farmland is taken; nothing to replace."
        )
    elif result.planned:
        told += ["", _comparison_table(result, lang), "", _plans_table(result, lang), "", *_proof_lines(result, lang)]
    else:
        told += ["", *_short_lines(result, lang)]
    return told


def _taken_table(result: ProjectResult, lang: str) -> Any:
    zh = lang == "zh"
    table = _table(
        "占用情况" if zh else "What it takes", ("", "图斑", "公顷", "亩") if zh else ("", "Parcels", "ha", "mu")
    )
    rows = result.totals[result.totals["by"].isin(["county", "three", "class"])]
    total = float(result.footprint["area_m2"].sum())
    _row(table, "用地总面积" if zh else "Footprint", result.occupation["parcel_id"].nunique(), total)
    for row in rows.itertuples():
        indent = "" if row.by == "county" else "  " if row.by == "three" else "    "
        _row(table, indent + (row.zh if zh else row.en), row.parcels, row.area_m2)
    farmland = result.farmland_taken
    _row(table, "永久基本农田（净）" if zh else "Permanent basic farmland (net)", farmland["farmland_id"].nunique(),
         float(farmland["net_area_m2"].sum()))  # fmt: skip
    return table


def _options_table(result: ProjectResult, lang: str) -> Any:
    zh = lang == "zh"
    heads = ("方案", "用地 公顷", "耕地 公顷", "永久基本农田 公顷", "其中水田", "平均等别", "红线 公顷") if zh else (
        "Option", "Area ha", "Cropland ha", "Farmland ha", "Paddy", "Mean grade", "Red line ha")  # fmt: skip
    table = _table("比选方案" if zh else "Route options", heads)
    for row in result.options.itertuples():
        mark = f"{row.option or 'A'}{' ★' if row.chosen else ''} {row.name}"
        table.add_row(
            mark,
            *(f"{to_ha(v):,.4f}" for v in (row.area_m2, row.cropland_m2, row.farmland_m2, row.farmland_paddy_m2)),
            f"{row.farmland_grade:.2f}",
            f"{to_ha(row.redline_m2):,.4f}",
        )
    return table


def _comparison_table(result: ProjectResult, lang: str) -> Any:
    zh = lang == "zh"
    heads = ("县", "占用 公顷", "补划 公顷", "占用水田", "补划水田", "占用等别", "补划等别", "块数") if zh else (
        "County", "Out ha", "In ha", "Paddy out", "Paddy in", "Grade out", "Grade in", "Lots")  # fmt: skip
    table = _table("占用与补划对比" if zh else "Out and in", heads)
    for row in result.comparison.itertuples():
        name = row.county_name if zh or row.county_code != "all" else "All"
        table.add_row(
            name,
            *(f"{to_ha(v):,.4f}" for v in (row.out_area_m2, row.in_area_m2, row.out_paddy_m2, row.in_paddy_m2)),
            f"{row.out_grade:.3f}",
            f"{row.in_grade:.3f}",
            str(row.in_plots),
        )
    return table


def _plans_table(result: ProjectResult, lang: str) -> Any:
    zh = lang == "zh"
    heads = ("方案", "块数", "公顷", "等别", "亩·km", "余量 公顷", "差于最优", "与 A 重合") if zh else (
        "Plan", "Lots", "ha", "Grade", "mu·km", "Left over ha", "Worse by", "Shared with A")  # fmt: skip
    table = _table("方案与备选" if zh else "The plan and alternatives", heads)
    for row in result.plans.itertuples():
        table.add_row(
            row.alternative,
            str(row.plots),
            f"{to_ha(row.area_m2):,.4f}",
            f"{row.grade:.3f}",
            f"{row.distance_mu_km:,.2f}",
            f"{to_ha(row.leftover_m2):,.4f}",
            f"{row.worse_by:.1%}",
            f"{row.shared:.0%}",
        )
    return table


def _proof_lines(result: ProjectResult, lang: str) -> list[str]:
    zh = lang == "zh"
    worst = float(result.proof["gap"].max()) if len(result.proof) else 0.0
    solver = result.solution.solver if result.solution else "–"
    if zh:
        return [f"最优性：逐县逐级求解，最大误差 {worst:.4%}（{solver}）。复核：tianchou recheck 目录 --zone 数据目录"]
    return [f"Proof: solved county by county and wish by wish, greatest gap {worst:.4%} ({solver})."]


def _short_lines(result: ProjectResult, lang: str) -> list[str]:
    zh = lang == "zh"
    told = [
        "储备区不足，没有满足全部规则的补划方案：" if zh else "The reserve is short: no replacement keeps every rule:"
    ]
    for row in result.shortfalls.itertuples():
        needed, possible, short = (_amount(v, row.unit, lang) for v in (row.needed, row.possible, row.short))
        told.append(
            f"  {row.county_code} {row.zh}：需 {needed}，至多 {possible}，缺 {short}"
            if zh
            else f"  {row.county_code} {row.en}: needs {needed}, at most {possible}, short {short}"
        )
    told.append("单独放宽一项即可的最小幅度：" if zh else "Smallest single changes that would do:")
    barred = "（须修改规则，不可自行放宽）" if zh else " (needs a change of the rule)"
    for row in result.relaxations.itertuples():
        change = f"{row.from_value:g} → {row.to_value:.4f} {row.unit}"
        told.append(f"  {row.county_code} {row.zh if zh else row.en} {change}{'' if row.lawful else barred}")
    if not len(result.relaxations):
        told.append("  无：须扩充储备区" if zh else "  none: the reserve must grow")
    return told


def _amount(value: float, unit: str, lang: str) -> str:
    if unit == "m2":
        return f"{to_mu(value):,.2f} {'亩' if lang == 'zh' else 'mu'}"
    return f"{value:,.2f} {unit}"


def _table(title: str, heads: tuple[str, ...]) -> Any:
    from rich.table import Table

    table = Table(title=title, title_justify="left")
    for k, head in enumerate(heads):
        table.add_column(head, justify="right" if k else "left")
    return table


def _row(table: Any, name: str, parcels: Any, area_m2: float) -> None:
    table.add_row(name, f"{int(parcels):,}", f"{to_ha(area_m2):,.4f}", f"{to_mu(area_m2):,.2f}")


def _cell(value: Any) -> Any:
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and value != value:
        return None
    return value


def told_tables(told: Mapping[str, Any]) -> Mapping[str, Any]:
    """The tables of a run record as read from project.json."""
    tables: Mapping[str, Any] = told["results"]["tables"]
    return tables
