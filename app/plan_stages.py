"""A plan in years as the page shows it: read from ``stages.json`` and ``stages.gpkg``, or just made."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geo.errors import InputProblem
from geo.finding import Finding
from geo.study import stages_tell
from geo.study.record import plain

if TYPE_CHECKING:
    import geopandas as gpd

    from geo.study.stages_result import Stages

SIDES: Mapping[str, str] = {"moved_out": "farmland_id", "moved_in": "candidate_id"}


@dataclass(frozen=True)
class StagesView:
    """``figures`` of ``stages_tell.summary``; what leaves and what comes by year (None when nothing does), and what
    is left with its reason."""

    figures: Mapping[str, Any]
    moved_out: gpd.GeoDataFrame | None
    moved_in: gpd.GeoDataFrame | None
    left: gpd.GeoDataFrame

    @cached_property
    def years(self) -> Mapping[tuple[str, str], int]:
        """The year of each row by side (moved_out, moved_in) and identifier."""
        found: dict[tuple[str, str], int] = {}
        for side, key in SIDES.items():
            frame = getattr(self, side)
            if frame is not None:
                found |= {(side, str(i)): int(y) for i, y in zip(frame[key], frame["year"], strict=True)}
        return found


def stages_of(made: Stages) -> StagesView:
    """Stages just made."""
    layers = stages_tell.layers(made)
    return StagesView(plain(stages_tell.summary(made)), layers.get("moved_out"), layers.get("moved_in"), layers["left"])


def read_stages(folder: Path, plan_run_id: str) -> StagesView | None:
    """The stages beside a plan; None where there are none, or they are of another plan. Raises InputProblem."""
    from geo.io.plan_folder import read_table

    record = folder / stages_tell.STAGES_JSON
    if not record.is_file():
        return None
    try:
        figures = json.loads(record.read_text("utf-8"))["results"]
        if figures["plan_run_id"] != plan_run_id:
            return None
        moved = bool(figures["years"])
    except (OSError, ValueError, KeyError, TypeError) as fault:
        raise InputProblem([Finding("IO107", "error", record.name, measured=str(fault))]) from None
    tables = folder / stages_tell.STAGES_GPKG
    sides = [read_table(tables, side) if moved else None for side in SIDES]
    return StagesView(figures, *sides, read_table(tables, "left"))
