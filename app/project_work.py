"""What a visitor works on at the 项目 page: the footprint, what it takes, the plan, its files; and their jobs."""

from __future__ import annotations

import hashlib
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.jobs import Job
from app.state import session
from geo.errors import InputProblem

if TYPE_CHECKING:
    import geopandas as gpd

    from app.cache import OpenZone
    from geo.study.project_result import ProjectResult, Taken

# Values that change what is taken and how it is judged; the others only change the plan.
TAKING = ("on", "type", "urgent", "option", "several", "width_m")


@dataclass
class Work:
    """One visitor's project. ``key`` names the footprint, ``taken_key`` what was last read (or failed to be read)."""

    footprint: gpd.GeoDataFrame | None = None
    key: str = ""
    drawn: list[dict[str, Any]] = field(default_factory=list)
    taken: Taken | None = None
    taken_key: str = ""
    result: ProjectResult | None = None
    job: Job | None = None
    files: Job | None = None
    written: Path | None = None
    notice: tuple[str, str] | None = None
    lock_in: tuple[str, ...] = ()
    lock_out: tuple[str, ...] = ()
    picked: str = ""
    receipt: Any = None
    refusal: str = ""
    drop: Any = None  # the folder of the dropped files, gone with the next drop

    def lock(self, lot: str, where: str) -> None:
        """Lock a lot in or out, or (``where`` empty) neither."""
        self.picked = ""
        self.lock_in = tuple(i for i in self.lock_in if i != lot) + ((lot,) if where == "in" else ())
        self.lock_out = tuple(i for i in self.lock_out if i != lot) + ((lot,) if where == "out" else ())


def work() -> Work:
    """This visitor's project."""
    mind = session()
    if mind.project is None:
        mind.project = Work()
    found: Work = mind.project
    return found


def read(uploads: Sequence[Any], pasted: str, *, width_m: float, several: str) -> None:
    """The footprint of the dropped files, what was drawn and what was pasted. Raises InputProblem with every fault."""
    from geo.study.project_intake import drawn_footprint, read_footprint

    mine = work()
    digest = hashlib.sha256(repr((width_m, several, pasted, mine.drawn)).encode())
    for upload in uploads:
        digest.update(upload.name.encode("utf-8", "replace") + hashlib.sha256(upload.getbuffer()).digest())
    key = digest.hexdigest()[:16]
    if key == mine.key:
        return
    mine.key, mine.footprint, mine.taken, mine.result = key, None, None, None
    mine.notice, mine.written, mine.lock_in, mine.lock_out, mine.picked = None, None, (), (), ""
    if not uploads and not mine.drawn and not pasted.strip():
        return
    try:
        if uploads:
            mine.footprint = read_footprint(_kept(uploads, mine), width_m=width_m, several=several)
        elif pasted.strip():
            mine.footprint = drawn_footprint(_pasted(pasted, width_m), width_m=width_m)
        else:
            mine.footprint = drawn_footprint(_projected(mine.drawn), width_m=width_m)
    except InputProblem as problem:
        mine.notice = ("error", problem.text(session().lang))


def _kept(uploads: Sequence[Any], mine: Work) -> list[Path]:
    """The dropped files in a folder of their own; a shapefile's parts lie beside it and are not files of their own."""
    from app.parts.data_files import file_name

    mine.drop = tempfile.TemporaryDirectory(prefix="tianchou-footprint-")
    paths: list[Path] = []
    for upload in sorted(uploads, key=lambda u: u.name):
        path = Path(mine.drop.name) / file_name(upload.name, [p.name for p in paths])
        path.write_bytes(upload.getbuffer())
        paths.append(path)
    shapes = {p.stem.lower() for p in paths if p.suffix.lower() == ".shp"}
    parts = (".shx", ".dbf", ".prj", ".cpg", ".sbn", ".sbx", ".qix", ".xml")
    return [p for p in paths if not (p.suffix.lower() in parts and p.name.split(".")[0].lower() in shapes)]


def _projected(shapes: Sequence[Mapping[str, Any]]) -> Any:
    import geopandas as gpd
    import shapely

    from geo.geometry.crs import GEOGRAPHIC_EPSG, HOUSE_EPSG

    return gpd.GeoSeries([shapely.geometry.shape(s) for s in shapes], crs=GEOGRAPHIC_EPSG).to_crs(HOUSE_EPSG)


def _pasted(text: str, width_m: float) -> list[Any]:
    """Shapes of pasted points: lines when there is a width, else polygons. Raises InputProblem with every bad line."""
    import shapely

    from geo.finding import Finding

    faults, shapes, points = [], [], list[tuple[float, float]]()
    for number, line in enumerate([*text.splitlines(), ""], start=1):
        cells = [c for c in line.replace("，", ",").replace("\t", ",").replace(" ", ",").split(",") if c]
        if not cells:
            if points and len(points) < (2 if width_m else 3):
                faults.append(Finding("IO301", "error", str(number), measured=str(len(points))))
            elif points:
                shapes.append(shapely.LineString(points) if width_m else shapely.Polygon(points))
            points = []
            continue
        try:
            north, east = (float(c) for c in cells[-2:])
        except ValueError:
            faults.append(Finding("IO301", "error", str(number), measured=line[:60]))
            continue
        points.append((east, north))
    if faults:
        raise InputProblem(faults)
    return shapes


def degrees(frame: gpd.GeoDataFrame) -> list[dict[str, Any]]:
    """The shapes of a frame as GeoJSON geometries in degrees, for the overlay of the map."""
    from shapely.geometry import mapping

    from geo.geometry.crs import GEOGRAPHIC_EPSG

    return [dict(mapping(shape)) for shape in frame.to_crs(GEOGRAPHIC_EPSG).geometry]


def bounds(*frames: gpd.GeoDataFrame) -> tuple[tuple[float, float], tuple[float, float]]:
    """South-west and north-east corner of all of them in degrees."""
    from geo.geometry.crs import GEOGRAPHIC_EPSG

    boxes = [[float(v) for v in frame.to_crs(GEOGRAPHIC_EPSG).total_bounds] for frame in frames]
    return ((min(b[1] for b in boxes), min(b[0] for b in boxes)), (max(b[3] for b in boxes), max(b[2] for b in boxes)))


def wanted(values: Mapping[str, Any]) -> str:
    """What must be read anew when it changes: the footprint, and the values that it is read by."""
    return f"{work().key}{[(k, str(values[k])) for k in TAKING]}"


def start_taking(opened: OpenZone, values: Mapping[str, Any]) -> None:
    """Read what the footprint takes, beside the page."""
    from geo.study import project

    mine = work()
    footprint = mine.footprint
    mine.taken_key, mine.taken, mine.result, mine.written = wanted(values), None, None, None
    mine.job = Job(lambda report: project.take(opened.zone, footprint, values, progress=report)).start()


def start_planning(values: Mapping[str, Any]) -> None:
    """Plan the replacement beside the page, with the locks as they stand."""
    from geo.study import project

    mine = work()
    taken, mine.written = mine.taken, None
    asked = {**values, "lock_in": mine.lock_in, "lock_out": mine.lock_out}
    mine.job = Job(lambda report: project.plan(taken, asked, progress=report)).start()  # type: ignore[arg-type]


def start_writing(folder: Path) -> None:
    """Write the deliverables of the plan beside the page, into a folder of this process."""
    from geo.study import project

    mine = work()
    result = mine.result
    target = folder / f"{result.run_id}-{result.label}-{time.monotonic_ns()}" if result else folder

    def write(report: Callable[..., bool]) -> Path:
        if result is not None:
            project.write(result, target, progress=report)
        return target

    mine.files = Job(write).start()


def finish(job: Job) -> None:
    """Take the answer of a job that is done."""
    from geo.study.project_result import ProjectResult

    mine = work()
    if job is mine.files:
        mine.files = None
        mine.written = job.result
    else:
        mine.job = None
        if isinstance(job.result, ProjectResult):
            mine.result = job.result
            if len(job.result.replacement):
                session().fly_to(bounds(job.result.footprint, job.result.replacement))
        elif job.result is not None:
            mine.taken = job.result
    if job.error is not None:
        known = isinstance(job.error, InputProblem)
        mine.notice = ("error", job.error.text(session().lang) if known else repr(job.error))  # type: ignore[attr-defined]
    elif job.cancelled:
        mine.notice = ("info", "cancelled")
    else:
        mine.notice = None


def choose(label: str) -> None:
    """Take another alternative as the plan."""
    from geo.study import project

    mine = work()
    if mine.result is not None:
        mine.result, mine.written = project.choose(mine.result, label), None
