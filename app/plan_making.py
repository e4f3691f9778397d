"""Plans made beside the page: the plan, its years, and the work that writes their files."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app import cache
from app.parts.stages_words import WORDS
from app.plan_view import PlanView, view_of
from geo.errors import Cancelled

if TYPE_CHECKING:
    from app.jobs import Report
    from geo.study.relocation_result import RelocationResult
    from geo.study.stages_result import Stages

Made = tuple[PlanView, Callable[["Report"], Path]]


def make_plan(
    opened: cache.OpenZone, values: Mapping[str, Any], report: Report, *, earlier: RelocationResult | None = None,
    years: int = 1,
) -> Made:  # fmt: skip
    """Plan; returns what the page shows, and the work that writes the files for download (maps take a while).

    earlier: a plan of this zone whose ground and search are taken up where they fit; years: in how many at most it is
    carried out (1: not staged). Raises Cancelled when stopped before the search began.
    """
    from geo.study import relocation

    def told(fraction: float, zh: str, en: str, figures: Mapping[str, float]) -> bool:
        return report(fraction / 2 if years > 1 else fraction, zh, en, figures)

    ground, start = (earlier.ground, earlier.solution) if earlier is not None else (None, None)
    result = relocation.run(opened.zone, values, progress=told, ground=ground, start=start)
    made = _staged(result, years, report) if years > 1 and result.planned else None
    return shown(result, made)


def _staged(result: RelocationResult, years: int, report: Report) -> Stages | None:
    """The years of a plan, told in the second half of a bar; None when the visitor stopped before the first was begun:
    the plan itself stays."""
    from geo.study import stages

    def told(fraction: float, zh: str, en: str, figures: Mapping[str, float]) -> bool:
        # The chart beside the page is of the plan's own search: of the years only the gap is told.
        return report(0.5 + fraction / 2, zh, en, {k: v for k, v in figures.items() if k == "gap"})

    try:
        if not told(0.0, *WORDS["working"], {}):
            return None
        return stages.run(
            result.zone, result.values, years=years, scenario=result.scenario, progress=told, ground=result.ground
        )
    except Cancelled:
        return None


def shown(result: RelocationResult, years: Stages | None = None) -> Made:
    """A plan as the page shows it, with its years where it is staged, and the work that writes its files."""
    from geo.study import relocation, stages

    folder = cache.plans_folder() / f"{result.run_id}-{time.monotonic_ns()}"

    def write(told: Report) -> Path:
        relocation.write(result, folder, progress=told)
        if years is not None:
            stages.write(years, folder)
        return folder

    return view_of(result, folder, years), write


def ask_standing(opened: cache.OpenZone, report: Report) -> RelocationResult:
    """The plan of the plan folder, its problem posed again so that questions can be asked of it."""
    from geo.study import plans

    return plans.open_plan(cache.out_folder(), opened.zone, progress=report)
