"""What a visitor works on at the 村庄 page: what was measured, the scheme, its pins, its files; and their jobs."""

from __future__ import annotations

import hashlib
import tempfile
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
    from geo.study.village_result import Ground, VillageResult


@dataclass
class Work:
    """One visitor's villages. ``key`` names what was measured: data, tables given, values that are measured by."""

    ground: Ground | None = None
    key: str = ""
    result: VillageResult | None = None
    job: Job | None = None
    files: Job | None = None
    written: Path | None = None
    notice: tuple[str, str] | None = None
    pins: tuple[str, ...] = ()
    picked: str = ""
    households: tuple[dict[str, Any], ...] = ()
    capacities: tuple[dict[str, Any], ...] = ()
    receipt: Any = None
    refusal: str = ""

    def pin(self, hamlet: str, *, on: bool) -> None:
        """Pin a hamlet, or let it go."""
        self.picked = hamlet
        self.pins = tuple(h for h in self.pins if h != hamlet) + ((hamlet,) if on else ())


def work() -> Work:
    """This visitor's villages."""
    mind = session()
    if mind.village is None:
        mind.village = Work()
    found: Work = mind.village
    return found


def read_tables(households: Any, capacities: Any) -> None:
    """The tables dropped, read at the door. Raises InputProblem with every fault; a table without one is none."""
    from geo.study.village_households import read_capacities, read_households

    mine = work()
    mine.households = tuple(_read(households, read_households))
    mine.capacities = tuple(_read(capacities, read_capacities))


def _read(upload: Any, reader: Callable[[Path], list[dict[str, Any]]]) -> list[dict[str, Any]]:
    if upload is None:
        return []
    with tempfile.TemporaryDirectory(prefix="tianchou-village-") as folder:
        path = Path(folder) / "table.csv"
        path.write_bytes(upload.getbuffer())
        return reader(path)


def measured_by(opened: OpenZone, values: Mapping[str, Any]) -> str:
    """What must be measured anew when it changes."""
    from geo.study.village import PLANNING

    mine = work()
    told = [(k, str(v)) for k, v in sorted(values.items()) if k not in PLANNING]
    return hashlib.sha256(repr((opened.version, told, mine.households, mine.capacities)).encode()).hexdigest()[:16]


def start(opened: OpenZone, values: Mapping[str, Any]) -> None:
    """Measure (unless it is measured already) and plan, beside the page, with the pins as they stand."""
    from geo.study import village

    mine = work()
    key = measured_by(opened, values)
    asked = {**values, "pins": tuple(dict.fromkeys((*values["pins"], *mine.pins)))}
    ground = mine.ground if mine.key == key else None
    given = mine.households, mine.capacities
    mine.written, mine.notice = None, None

    def solve(report: Callable[..., bool]) -> tuple[str, Any]:
        there = ground
        if there is None:
            there = village.take(opened.zone, asked, households=given[0], capacities=given[1], progress=report)
        return key, village.plan(there, asked, progress=report)

    mine.job = Job(solve).start()


def start_writing(folder: Path) -> None:
    """Write the deliverables beside the page, into a folder of this process."""
    from geo.study import village_tell

    mine = work()
    result = mine.result
    target = folder / f"village-{result.run_id}-{time.monotonic_ns()}" if result else folder

    def write(report: Callable[..., bool]) -> Path:
        if result is not None:
            village_tell.write(result, target, progress=report)
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
            mine.key, mine.result = job.result
            mine.ground = mine.result
            session().fly_to(bounds(mine.result))
    if job.error is not None:
        known = isinstance(job.error, InputProblem)
        mine.notice = ("error", job.error.text(session().lang) if known else repr(job.error))  # type: ignore[attr-defined]
    elif job.cancelled:
        mine.notice = ("info", "cancelled")


def bounds(result: Any) -> tuple[tuple[float, float], tuple[float, float]]:
    """South-west and north-east corner of the hamlets in the area chosen, in degrees."""
    from geo.geometry.crs import GEOGRAPHIC_EPSG

    area = result.hamlets[result.hamlets["in_area"].to_numpy(dtype=bool)]
    west, south, east, north = (float(v) for v in area.to_crs(GEOGRAPHIC_EPSG).total_bounds)
    return ((south, west), (north, east))
