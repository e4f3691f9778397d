"""THE FRONT DOOR: whatever people send, layers and findings come out; nothing is guessed, nothing is lost silently.

Every file is told by its content, unpacked under guard, and read in a confined process (``geo.io.worker``). A file
that cannot be read is a finding with its name; only wrong use (no path at all) raises.
"""

from __future__ import annotations

import hashlib
import tempfile
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geo.errors import InputProblem
from geo.finding import Finding
from geo.geometry.crs import ZONE_FRAME_DEG
from geo.io import worker
from geo.io.archive import unpack
from geo.io.layer import Frame, Kind, Layer, Told, make_layer
from geo.io.sniff import kind_of
from geo.standards.messages import catalogue

if TYPE_CHECKING:
    import geopandas as gpd

MOST_FILES = 2_000
MOST_BYTES = 4_000_000_000
_PARTS = (".shx", ".dbf", ".prj", ".cpg", ".sbn", ".sbx", ".qix", ".qpj", ".qmd", ".xml")
_SHAPEFILE = (".shp", ".shx", ".dbf", ".prj", ".cpg")
# Files that lie beside data and are none: passed over in folders and archives without a word.
_BESIDE = (".qml", ".sld", ".lock", ".md", ".toml", ".html", ".jpg", ".png", ".jgw", ".tfw", ".ovr", ".sha256", ".mpk")


@dataclass(frozen=True, slots=True)
class Opened:
    """All layers of the files given, in their order; ``findings`` are about files that gave no layer."""

    layers: tuple[Layer, ...]
    findings: tuple[Finding, ...]

    @property
    def everything(self) -> tuple[Finding, ...]:
        """Findings of files and of layers."""
        return (*self.findings, *(f for layer in self.layers for f in layer.findings))


@dataclass(frozen=True, slots=True)
class _Item:
    path: Path
    name: str


def open_files(paths: Sequence[Path | str], *, zone_frame: Frame | None = ZONE_FRAME_DEG) -> Opened:
    """Open files, folders (all that lies in them) and archives; every layer of every one of them.

    zone_frame: where the data should lie, in degrees (west, south, east, north); None: anywhere. Data elsewhere is
    read all the same, with a finding (IO159).
    Raises InputProblem only when no path is given.
    """
    if not paths:
        raise InputProblem([Finding("IO101", "error", "–")])
    layers: list[Layer] = []
    findings: list[Finding] = []
    for path in map(Path, paths):
        with tempfile.TemporaryDirectory(prefix="tianchou-") as room:
            for item in _items(path, Path(room), findings):
                opened, told = _open(item, Path(room), zone_frame)
                layers += opened
                findings += told
    return Opened(tuple(layers), tuple(findings))


def shown_name(name: str) -> str:
    """A file's name as text that can be shown: no control, direction-changing or broken characters, 120 at most."""
    text = name.encode("utf-8", "replace").decode()
    plain = "".join(c if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Cn") else "?" for c in text)
    return plain if len(plain) <= 120 else plain[:117] + "…"


def _items(path: Path, room: Path, findings: list[Finding]) -> Iterator[_Item]:
    """The data sets that a path stands for."""
    name = shown_name(path.name or str(path))
    if not path.exists():
        findings.append(Finding("IO107", "error", name, measured="没有这个文件 / no such file"))
    elif path.is_dir() and path.suffix.lower() != ".gdb":
        yield from _folder(path, name, room, findings)
    elif path.is_dir():
        yield _Item(path, name)
    elif not path.is_file():
        findings.append(Finding("IO119", "error", name, measured="–"))
    else:
        yield from _one(_Item(path, name), room, findings)


def _one(item: _Item, room: Path, findings: list[Finding]) -> Iterator[_Item]:
    kind, faults = kind_of(item.path, item.name)
    if kind not in ("zip", "kmz"):
        yield item  # told again, with its faults, when it is opened
        return
    inside = Path(tempfile.mkdtemp(prefix="zip-", dir=room))
    unpacked = unpack(item.path, inside, name=item.name)
    findings += [*faults, *unpacked.findings]
    files = [_Item(path, f"{item.name}/{shown_name(inner)}") for path, inner in unpacked.files]
    if kind == "kmz":
        files = [f for f in files if f.path.suffix.lower() == ".kml"]
    found = list(_grouped(files, inside, item.name))
    if not found and not unpacked.findings:
        findings.append(Finding("IO163", "error", item.name))
    yield from found


def _folder(path: Path, name: str, room: Path, findings: list[Finding]) -> Iterator[_Item]:
    files: list[_Item] = []
    for found in sorted(path.rglob("*")):
        hidden = any(p.startswith(".") for p in found.relative_to(path).parts)
        if found.is_symlink() or not found.is_file() or hidden:
            continue
        files.append(_Item(found, shown_name(f"{name}/{found.relative_to(path).as_posix()}")))
        if len(files) > MOST_FILES:
            findings.append(Finding("IO130", "error", name, measured=f"> {MOST_FILES}"))
            return
    grouped = list(_grouped(files, path, name))
    if not grouped:
        findings.append(Finding("IO163", "error", name))
    for item in grouped:
        if item.path.suffix.lower() in (".zip", ".kmz"):
            yield from _one(item, room, findings)
        else:
            yield item


def _grouped(files: list[_Item], top: Path, name: str) -> Iterator[_Item]:
    """Data sets among files: a .gdb folder is one, parts of a shapefile go with it, what is no data is left out.

    A flat archive of .gdbtable files is a FileGDB too.
    """
    bases: dict[Path, str] = {}
    for item in files:
        parts = item.path.relative_to(top).parts
        at = next((i for i, p in enumerate(parts[:-1]) if p.lower().endswith(".gdb")), None)
        if at is not None:
            base = top.joinpath(*parts[: at + 1])
            cut = len(parts) - at - 1
            bases.setdefault(base, "/".join(item.name.split("/")[:-cut]))
        elif item.path.suffix.lower() == ".gdbtable":
            bases.setdefault(item.path.parent, item.name.rpartition("/")[0])
    shapes = {(f.path.parent, f.path.stem.lower()) for f in files if f.path.suffix.lower() == ".shp"}
    for base, shown in bases.items():
        yield _Item(base, shown or name)
    for item in files:
        suffix = item.path.suffix.lower()
        if any(item.path.is_relative_to(base) for base in bases) or suffix in _BESIDE:
            continue
        part_of = item.path.name.removesuffix(".xml").rpartition(".")[0] if suffix == ".xml" else item.path.stem
        if suffix in _PARTS and (item.path.parent, part_of.lower()) in shapes:
            continue
        if suffix in _PARTS and suffix != ".dbf":
            continue
        if item.path.name.lower() in ("key.json", "store.json") or suffix == "":
            continue
        yield item


def _open(item: _Item, room: Path, zone_frame: Frame | None) -> tuple[list[Layer], list[Finding]]:
    """The layers of one data set, or why there are none."""
    kind, faults = kind_of(item.path, item.name)
    if faults:
        return [], faults
    files = _files(item.path, kind)
    size = sum(f.stat().st_size for f in files)
    if size > MOST_BYTES:
        return [], [Finding("IO130", "error", item.name, measured=f"{size} B > {MOST_BYTES} B")]
    if kind == "boundary":
        from geo.io.boundary_layer import open_boundary

        return open_boundary(item.path, item.name, zone_frame=zone_frame)
    sha256 = _fingerprint(files)
    options: dict[str, Any] = {}
    if kind in ("shapefile", "dbf"):
        options["parts"] = {f.suffix.lower(): str(f.resolve()) for f in files}
    if kind == "gpkg":
        options["parts"] = {f.name: str(f.resolve()) for f in files[1:]}
    with tempfile.TemporaryDirectory(prefix="read-", dir=room) as out:
        answer = worker.ask(kind, item.path, Path(out), size=size, options=options)
        if answer.status == "refused":
            return [], [_finding(told, item.name) for told in answer.told["refused"]]
        if answer.status != "ok":
            reason = f"{answer.status} {answer.reason}".strip()
            return [], [Finding("IO131", "error", item.name, measured=reason)]
        layers = []
        for told in answer.told["layers"]:
            try:
                layers.append(_layer(told, Path(out), item, sha256, zone_frame))
            except (ValueError, KeyError, TypeError, OSError) as fault:
                return [], [Finding("IO107", "error", item.name, measured=type(fault).__name__)]
    return layers, []


def _layer(told: dict[str, Any], out: Path, item: _Item, sha256: str, zone_frame: Frame | None) -> Layer:
    """A layer out of what the confined process left: an Arrow file and what it told about it."""
    frame, lost = _frame(out / Path(str(told["file"])).name)
    name = shown_name(str(told["name"]))
    stem = item.name.rpartition("/")[2].rpartition(".")[0]
    subject = item.name if name in ("", stem) else f"{item.name}:{name}"
    findings = [_finding(note, subject) for note in told["notes"]]
    if any(f.code == "IO138" for f in findings):  # told by the reader, which left nulls
        lost = _nulls(frame)
    elif len(lost):
        from geo.io.house import row_numbers

        findings.append(Finding("IO138", "error", subject, measured=str(len(lost)), limit=row_numbers(lost)))
    declared = len(frame) if told["declared"] is None else int(told["declared"])
    kinds: dict[str, Kind] = {"table": "table", "raster": "raster"}
    return make_layer(
        frame,
        Told(item.name, name, kinds.get(str(told["kind"]), "vector"), str(told["crs"]), declared, sha256,
             str(told["encoding"]), findings, lost),
        zone_frame=zone_frame,
    )  # fmt: skip


def _frame(path: Path) -> tuple[gpd.GeoDataFrame, Any]:
    """The frame of an Arrow file, and the rows whose shapes no library can build."""
    import geopandas as gpd
    import numpy as np
    import pyarrow as pa
    import shapely

    with pa.OSFile(str(path), "rb") as source, pa.ipc.open_file(source) as reader:
        table = reader.read_all()
    lost = np.zeros(0, dtype=np.intp)
    names = [n for n in table.column_names if n != "__geometry__"]
    plain = table.select(names).to_pandas()
    plain = plain.rename(columns={"geometry": "geometry_"}) if "geometry" in plain.columns else plain
    if "__geometry__" in table.column_names:
        raw = table.column("__geometry__").to_numpy(zero_copy_only=False)
        with np.errstate(invalid="ignore"):  # NaN coordinates are counted, not warned of
            shapes = shapely.from_wkb(raw, on_invalid="ignore")
        lost = np.flatnonzero(shapely.is_missing(shapes) & np.array([v is not None for v in raw], dtype=bool))
    else:
        shapes = np.full(table.num_rows, None, dtype=object)
    return gpd.GeoDataFrame(plain, geometry=shapes), lost


def _nulls(frame: gpd.GeoDataFrame) -> Any:
    import numpy as np
    import shapely

    return np.flatnonzero(shapely.is_missing(frame.geometry.to_numpy()))


def _finding(told: Sequence[Any], subject: str) -> Finding:
    """A note of the confined process as a finding; only codes of the catalogue, only text."""
    code, severity, measured, limit, words = told
    if code not in catalogue() or severity not in ("error", "warning", "info"):
        code, severity, measured = "IO107", "error", "–"
    values = {str(k): shown_name(str(v)) for k, v in dict(words or {}).items()}
    return Finding(code, severity, subject, shown_name(str(measured)), shown_name(str(limit)), values=values)


def _files(path: Path, kind: str) -> list[Path]:
    """The files that a data set consists of, the named one first."""
    if kind == "filegdb":
        return sorted(p for p in path.iterdir() if p.is_file())
    if kind in ("shapefile", "dbf"):
        parts: dict[str, Path] = {path.suffix.lower(): path}
        for other in sorted(path.parent.iterdir()):
            suffix = other.suffix.lower()
            if suffix in _SHAPEFILE and other.is_file() and other.stem.lower() == path.stem.lower():
                if kind == "dbf" and suffix != ".cpg":
                    continue
                if suffix not in parts or (other.stem == path.stem and parts[suffix].stem != path.stem):
                    parts[suffix] = other
        return [path, *(parts[s] for s in _SHAPEFILE if s in parts and parts[s] != path)]
    journals = [path.with_name(path.name + end) for end in ("-wal", "-journal")] if kind == "gpkg" else []
    return [path, *(j for j in journals if j.is_file())]


def _fingerprint(files: Sequence[Path]) -> str:
    """SHA-256 of a data set's bytes; a Shapefile in the order .shp, .shx, .dbf, .prj, .cpg."""
    digest = hashlib.sha256()
    for file in files:
        with file.open("rb") as source:
            while chunk := source.read(1 << 20):
                digest.update(chunk)
    return digest.hexdigest()
