"""What a visitor works on at the 混合用地 page: the answer, its files, and their jobs."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.jobs import Job
from app.state import session
from geo.errors import InputProblem

if TYPE_CHECKING:
    from app.cache import OpenZone
    from geo.study.mixed_result import MixedResult


@dataclass
class Work:
    """One visitor's mixed use."""

    result: MixedResult | None = None
    job: Job | None = None
    files: Job | None = None
    written: Path | None = None
    notice: tuple[str, str] | None = None
    picked: str = ""


def work() -> Work:
    """This visitor's mixed use."""
    mind = session()
    if mind.mixed is None:
        mind.mixed = Work()
    found: Work = mind.mixed
    return found


def start(opened: OpenZone, values: Mapping[str, Any]) -> None:
    """Measure and rank, beside the page."""
    from geo.study import mixed

    mine = work()
    mine.written, mine.notice = None, None
    mine.job = Job(lambda report: mixed.run(opened.zone, values, progress=report)).start()


def start_writing(folder: Path) -> None:
    """Write the deliverables beside the page, into a folder of this process."""
    from geo.study import mixed_tell

    mine = work()
    result = mine.result
    target = folder / f"mixed-{result.run_id}-{time.monotonic_ns()}" if result else folder

    def write(report: Callable[..., bool]) -> Path:
        if result is not None:
            mixed_tell.write(result, target, progress=report)
        return target

    mine.files = Job(write).start()


def finish(job: Job) -> None:
    """Take the answer of a job that is done."""
    mine = work()
    if job is mine.files:
        mine.files, mine.written = None, job.result
    else:
        mine.job = None
        if job.result is not None:
            mine.result = job.result
            if len(job.result.sites):
                look_at(job.result.sites.head(1))
    if job.error is not None:
        known = isinstance(job.error, InputProblem)
        mine.notice = ("error", job.error.text(session().lang) if known else repr(job.error))  # type: ignore[attr-defined]
    elif job.cancelled:
        mine.notice = ("info", "cancelled")


def look_at(frame: Any, *, margin: float = 0.004) -> None:
    """Fly to a row, with its surroundings."""
    from geo.geometry.crs import GEOGRAPHIC_EPSG

    west, south, east, north = (float(v) for v in frame.to_crs(GEOGRAPHIC_EPSG).total_bounds)
    session().fly_to(((south - margin, west - margin), (north + margin, east + margin)))
