"""A file from a visitor as a layer of the map: read behind the house's doors, shown in place, never kept on disk."""

from __future__ import annotations

import tempfile
import zipfile
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from app.work import Shape, digest
from geo.errors import InputProblem
from geo.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd

KINDS = ("zip", "gpkg", "geojson", "json", "kml", "kmz", "txt")
MOST_BYTES = 300 * 1024 * 1024
_MOST_MEMBERS = 200
_LAYERS = (".shp", ".gpkg", ".geojson", ".kml", ".txt")
_SHAPE_PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")


def read_upload(name: str, body: bytes) -> gpd.GeoDataFrame:
    """Columns row_id, plot_no, plot_name and geometry (EPSG:4528). Raises InputProblem, all faults at once."""
    from geo.io.boundary_txt import read_boundary_txt
    from geo.io.footprint import read_shapes

    with tempfile.TemporaryDirectory(prefix="tianchou-upload-") as folder:
        path = _put(Path(folder), name, body)
        frame = read_boundary_txt(path) if path.suffix.lower() == ".txt" else read_shapes(path)
    return _plain(frame)


def _put(folder: Path, name: str, body: bytes) -> Path:
    """The file, or the one layer of an archive, in a folder of its own under a name of ours."""
    suffix = PurePosixPath(name.lower()).suffix
    if suffix.removeprefix(".") not in KINDS:
        raise InputProblem([Finding("PJ118", "error", name, measured=suffix or "–", limit=" ".join(KINDS))])
    if suffix != ".zip":
        path = folder / f"{_stem(name)}{suffix}"
        path.write_bytes(body)
        return path
    return _unpack(folder, name, body)


def _unpack(folder: Path, name: str, body: bytes) -> Path:
    import io

    try:
        archive = zipfile.ZipFile(io.BytesIO(body))
        members = [m for m in archive.infolist() if not m.is_dir()]
    except (zipfile.BadZipFile, OSError, ValueError) as fault:
        raise InputProblem([Finding("IO107", "error", name, measured=str(fault)[:120])]) from None
    if len(members) > _MOST_MEMBERS or sum(m.file_size for m in members) > MOST_BYTES:
        raise InputProblem([Finding("IO107", "error", name, measured=f"> {_MOST_MEMBERS} / {MOST_BYTES >> 20} MB")])
    layers = [m for m in members if PurePosixPath(m.filename.lower()).suffix in _LAYERS]
    layers = [m for m in layers if not PurePosixPath(m.filename).name.startswith(("._", "readme", "README"))]
    if len(layers) != 1:
        raise InputProblem([Finding("MP101", "error", name, measured=str(len(layers)))])
    wanted = PurePosixPath(layers[0].filename)
    found = folder / f"{_stem(wanted.name)}{wanted.suffix.lower()}"
    written = 0
    for member in members:
        part = PurePosixPath(member.filename)
        kin = part.parent == wanted.parent and part.stem.lower() == wanted.stem.lower()
        if not kin or (wanted.suffix.lower() == ".shp" and part.suffix.lower() not in _SHAPE_PARTS):
            continue
        try:
            with archive.open(member) as packed:
                content = packed.read(MOST_BYTES - written + 1)
        except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError) as fault:
            raise InputProblem([Finding("IO107", "error", name, measured=str(fault)[:120])]) from None
        written += len(content)
        if written > MOST_BYTES:  # the archive lied about its sizes
            raise InputProblem([Finding("IO107", "error", name, measured=f"> {MOST_BYTES >> 20} MB")])
        found.with_suffix(part.suffix.lower()).write_bytes(content)
    return found


def _stem(name: str) -> str:
    kept = "".join(c if c.isalnum() or c in "-_" else "_" for c in PurePosixPath(name).stem)[:60]
    return kept or "layer"


def _plain(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    import geopandas as gpd

    out: dict[str, Any] = {"row_id": [str(i + 1) for i in range(len(frame))]}
    for column in ("plot_no", "plot_name"):
        out[column] = frame[column].astype(str).to_numpy() if column in frame.columns else [""] * len(frame)
    return gpd.GeoDataFrame(out, geometry=frame.geometry.to_numpy(), crs=frame.crs)


def shapes_frame(shapes: Sequence[Shape]) -> gpd.GeoDataFrame:
    """Drawn polygons as a layer: row_id, plot_no, plot_name, area_m2 (official), geometry in EPSG:4528."""
    import geopandas as gpd
    import shapely

    from geo.geometry.crs import GEOGRAPHIC_EPSG, HOUSE_EPSG
    from geo.geometry.ellipsoid import areas

    solid = [s for s in shapes if s.geojson["type"] in ("Polygon", "MultiPolygon")]
    frame = gpd.GeoDataFrame(
        {"row_id": [s.id for s in solid], "plot_no": [s.id for s in solid], "plot_name": [s.name for s in solid]},
        geometry=[shapely.geometry.shape(s.geojson) for s in solid], crs=GEOGRAPHIC_EPSG,
    ).to_crs(HOUSE_EPSG)  # fmt: skip
    frame["area_m2"] = areas(frame).round(2)
    return frame


def as_gpkg(frame: gpd.GeoDataFrame, layer: str) -> bytes:
    """The layer as a GeoPackage for download."""
    from geo.io.plan_folder import write_tables

    with tempfile.TemporaryDirectory(prefix="tianchou-save-") as folder:
        return write_tables({_stem(layer): frame}, Path(folder) / "layer.gpkg").read_bytes()


def shelve_mine(kind: str, frame: gpd.GeoDataFrame) -> str:
    """Put a visitor's layer on the shelf; its address."""
    from app import cache

    content = digest(frame.geometry.to_wkb().tolist(), frame.drop(columns="geometry").to_csv())
    return cache.shelve(content, kind, frame, id_column="row_id")
