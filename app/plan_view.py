"""A relocation plan as the page shows it: one frozen value, read from a plan's folder (``plan.json``, ``plan.gpkg``).

The plan that ``make run`` left and a plan made on the page are read the same way.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.plan_stages import StagesView, read_stages, stages_of
from geo.errors import InputProblem
from geo.finding import Finding
from geo.study.record import plain

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from geo.study.relocation_result import RelocationResult
    from geo.study.stages_result import Stages
    from geo.zone import Zone


@dataclass(frozen=True)
class Side:
    """What moves out, or in: pieces, net area, mean grade (1 best), paddy."""

    pieces: int
    net_m2: float
    grade: float
    paddy_m2: float


@dataclass(frozen=True)
class Verdict:
    """One rule about the plan or one of its units. ``passed`` None: not judged, or for a person to decide."""

    code: str
    subject: str
    passed: bool | None
    measured: float | str | None
    limit: float | str | None
    unit: str
    article_zh: str
    article_en: str
    sure: str


@dataclass(frozen=True)
class PlanView:
    """A plan, or why there is none. ``shortfalls``: what clashes, both languages; ``told``: what it was judged by.
    ``result``: the plan itself where it was made or opened here; questions are asked of it. ``stages``: its years."""

    run_id: str
    folder: Path
    planned: bool
    status: str
    gap: float
    seconds: float
    out: Side
    inn: Side
    before: Mapping[str, float]
    after: Mapping[str, float]
    verdicts: tuple[Verdict, ...]
    by_county: pd.DataFrame
    by_town: pd.DataFrame
    moved_out: gpd.GeoDataFrame
    moved_in: gpd.GeoDataFrame
    waits: gpd.GeoDataFrame
    refused: int
    shortfalls: tuple[tuple[str, str], ...] = ()
    told: Mapping[str, Any] = field(default_factory=dict)
    objective: float = math.nan
    bound: float = math.nan
    result: RelocationResult | None = None
    stages: StagesView | None = None


def read_plan(folder: Path) -> PlanView:
    """The plan of a folder. Raises InputProblem when ``plan.json`` or ``plan.gpkg`` cannot be read."""
    from geo.io.plan_folder import read_table

    record = _record(folder / "plan.json")
    tables = folder / "plan.gpkg"
    frames = [read_table(tables, name) for name in ("moved_out", "moved_in", "waiting")]
    stages = read_stages(folder, str(record["run_id"]))
    told = _told(record.get("values", {}), record["results"])
    return replace(_view(record["results"], frames, folder), told=told, stages=stages)


def view_of(result: RelocationResult, folder: Path, stages: Stages | None = None) -> PlanView:
    """A plan just made, with its years where it is staged; ``folder`` is where its files will be."""
    from geo.study import relocation

    frames = [result.moved_out, result.moved_in, result.waiting]
    figures = plain(relocation.summary(result))
    found = replace(_view(figures, frames, folder), told=_told(plain(relocation.told_values(result)), figures))
    missing = result.solution.shortfalls if result.solution else ()
    words = tuple((s.finding.text("zh"), s.finding.text("en")) for s in missing)
    years = stages_of(stages) if stages is not None else None
    return replace(found, shortfalls=words or found.shortfalls, result=result, stages=years)


def _view(figures: Mapping[str, Any], frames: list[gpd.GeoDataFrame], folder: Path) -> PlanView:
    from geo.report.forms import balance

    moved_out, moved_in, waits = frames
    solution = figures.get("solution") or {}
    return PlanView(
        run_id=str(figures["run_id"]),
        folder=folder,
        planned=bool(figures["planned"]),
        status=str(solution.get("status", "nothing")),
        gap=_number(solution.get("gap")),
        seconds=_number(solution.get("seconds")),
        objective=_number(solution.get("objective")),
        bound=_number(solution.get("bound")),
        out=_side(figures["out"]),
        inn=_side(figures["in"]),
        before=figures["before"],
        after=figures["after"],
        verdicts=tuple(_verdict(row) for row in figures["judgements"]),
        by_county=balance(moved_out, moved_in, key="county_code"),
        by_town=balance(moved_out, moved_in, key="town_code"),
        moved_out=moved_out,
        moved_in=moved_in,
        waits=waits,
        refused=int(figures["candidates"]["refused"]),
        shortfalls=tuple((c, c) for c in solution.get("clashing", ())),
    )


def _told(values: Mapping[str, Any], figures: Mapping[str, Any]) -> dict[str, Any]:
    """As ``geo.study.rules.judge_again`` reads it; empty when the plan does not carry its facts."""
    if not figures.get("facts") or "on" not in values:
        return {}
    kept = {"on": values["on"], "scenario": values.get("scenario")}
    return {"values": kept, "results": {"facts": figures["facts"]}}


def same_data(folder: Path, zone: Zone) -> bool:
    """Was the plan of a folder made from this zone's files?"""
    made = {(i["file"], i["sha256"]) for i in _record(folder / "plan.json").get("inputs", ())}
    return {(s.file, s.sha256) for s in zone.sources.values()} == made


def _record(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text("utf-8"))
        if not {"run_id", "results"} <= set(found):
            raise ValueError("run_id, results")
    except (OSError, ValueError) as fault:
        raise InputProblem([Finding("IO107", "error", path.name, measured=str(fault))]) from None
    return dict(found)


def _side(row: Mapping[str, Any]) -> Side:
    return Side(int(row["pieces"]), _number(row["net_area_m2"]), _number(row["grade"]), _number(row["paddy_m2"]))


def _verdict(row: Mapping[str, Any]) -> Verdict:
    return Verdict(
        code=row["code"], subject=row["subject"], passed=row["passed"], measured=row["measured"], limit=row["limit"],
        unit=row["unit"], article_zh=row["article_zh"], article_en=row["article_en"], sure=row["sure"],
    )  # fmt: skip


def _number(value: Any) -> float:
    return math.nan if value is None else float(value)
