"""A planning zone from its folder: the official layers by file name, ``zone.toml`` for what the files cannot say.

zone.toml (all optional)::

    [zone]                     code, name, name_en, survey_year, synthetic, dem, footprints = [TXT files]
    [layers]                   parcels = "别的文件名.shp", or "数据.gdb.zip"; "a.gpkg|图层" where it holds several
    [columns.parcels]          DLBM = "地类编码字段", "#row", "#area" or "=0101"   (see geo.io.house)
    [systems]                  parcels = 4549     the EPSG code of a file that does not say it, or says it wrongly
    [local_grid]               dx, dy, rotation_deg, scale: layers named in it as layers = ["parcels"]
    [context]                  folder = "context"
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geo.errors import InputProblem
from geo.finding import Finding
from geo.io.layer import Reading
from geo.io.store import kept
from geo.io.vector import choose, read_layer
from geo.io.zone_settings import save_mapping
from geo.io.zone_settings import settings as settings_of
from geo.standards.schema import LayerSchema, layer_names, schema
from geo.zone import Source, Zone

if TYPE_CHECKING:
    from collections.abc import Callable

    import geopandas as gpd

__all__ = ["layers_there", "read_zone", "save_mapping"]

CONTEXT_LAYERS = ("counties", "towns", "boundary", "redline", "lakes")


def read_zone(
    folder: Path | str, *, layers: tuple[str, ...] = (), progress: Callable[[str], None] | None = None
) -> Zone:
    """The zone in a folder. ``layers`` names the house layers wanted (all that are there when empty).

    Raises InputProblem with every fault of every layer at once: a missing folder, missing required layers, and all
    that ``read_layer`` refuses.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise InputProblem([Finding("IO101", "error", str(folder))])
    settings = settings_of(folder)
    about = settings.get("zone", {})
    frames: dict[str, gpd.GeoDataFrame] = {}
    sources: dict[str, Source] = {}
    notes: list[Finding] = []
    faults: list[Finding] = []
    paths = {
        name: _find(folder, schema(name), settings.get("layers", {}).get(name)) for name in layers or layer_names()
    }
    # Two at a time: while one layer is being reconciled here, the reading process opens the next.
    with ThreadPoolExecutor(2) as readers:
        opened = {n: readers.submit(_read, path, n, settings) for n, path in paths.items() if path is not None}
        for name, path in paths.items():
            spec = schema(name)
            if path is None:
                if spec.required or layers:
                    words = {"zh": spec.zh, "en": spec.en}
                    faults.append(Finding("IO102", "error", folder.name, measured=spec.official, values=words))
                continue
            if progress:
                progress(path.name)
            try:
                reading = opened[name].result()
            except InputProblem as problem:
                faults += problem.findings
                continue
            frames[name] = _with_units(reading.frame)
            sources[name] = reading.source
            notes += reading.findings
    footprints, footprint_faults = _footprints(folder, about.get("footprints", []))
    faults += footprint_faults
    dem = folder / about["dem"] if about.get("dem") else None
    if dem is not None and not dem.is_file():
        faults.append(Finding("IO117", "error", dem.name, measured="–"))
    if faults:
        raise InputProblem(faults)
    return Zone(
        code=str(about.get("code", "")),
        name=str(about.get("name", folder.name)),
        name_en=str(about.get("name_en", folder.name)),
        survey_year=int(about.get("survey_year", 0)),
        layers=frames,
        sources=sources,
        findings=tuple(notes),
        dem=dem,
        footprints=footprints,
        context=_context(folder, settings.get("context", {}).get("folder", "context")),
        synthetic=bool(about.get("synthetic", False)),
    )


def layers_there(folder: Path | str) -> tuple[str, ...]:
    """House names of the layers that the folder holds a file of; nothing is read. Raises InputProblem (IO101)."""
    folder = Path(folder)
    if not folder.is_dir():
        raise InputProblem([Finding("IO101", "error", str(folder))])
    named = settings_of(folder).get("layers", {})
    return tuple(n for n in layer_names() if _find(folder, schema(n), named.get(n)) is not None)


def _read(path: Path, name: str, settings: dict[str, Any]) -> Reading:
    """One layer by what zone.toml says of its columns, its system and its place in the file."""
    columns = {str(k): str(v) for k, v in settings.get("columns", {}).get(name, {}).items()}
    _, _, inner = str(settings.get("layers", {}).get(name, "")).partition("|")
    epsg = settings.get("systems", {}).get(name, 0)
    if not isinstance(epsg, int):
        raise InputProblem([Finding("IO116", "error", "zone.toml", measured=f"[systems] {name} = {epsg!r}")])
    grid = settings.get("local_grid", {})
    moved = {k: v for k, v in grid.items() if k != "layers"} if name in grid.get("layers", []) else {}

    def read() -> Reading:
        if moved:
            return choose(path, name, inner).with_local_grid(moved).to_house(name, mapping=columns)
        return read_layer(path, name, columns=columns, inner=inner, epsg=epsg)

    return kept(path, {"layer": name, "columns": columns, "inner": inner, "epsg": epsg, "grid": moved}, read)


_SUFFIXES = (".shp", ".gpkg", ".gdb", ".gdb.zip", ".zip", ".geojson", ".parquet")


def _find(folder: Path, spec: LayerSchema, named: str | None) -> Path | None:
    """The file of a layer: the one named in zone.toml, else <official or alias> with a suffix that doors know."""
    if named:
        path = folder / named.partition("|")[0]
        inside = path.resolve().is_relative_to(folder.resolve())
        return path if inside and path.exists() else None
    there = {p.name.lower(): p for p in folder.iterdir()}
    for stem in (spec.official, *spec.aliases):
        for suffix in _SUFFIXES:
            if hit := there.get((stem + suffix).lower()):
                return hit
    return None


def _with_units(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Township and county codes beside the village code they are cut from."""
    if "village_code" in frame.columns:
        frame = frame.assign(
            town_code=frame["village_code"].str.slice(0, 9), county_code=frame["village_code"].str.slice(0, 6)
        )
    return frame


def _footprints(folder: Path, names: list[str]) -> tuple[gpd.GeoDataFrame | None, list[Finding]]:
    from geo.io.boundary_txt import read_boundary_txt

    faults: list[Finding] = []
    frames = []
    for name in names:
        try:
            frames.append(read_boundary_txt(folder / name))
        except InputProblem as problem:
            faults += problem.findings
    if not frames:
        return None, faults
    import pandas as pd

    return pd.concat(frames, ignore_index=True), faults


def _context(folder: Path, sub: str) -> dict[str, gpd.GeoDataFrame]:
    """Outlines of the whole zone, shown behind the data; schematic, so a missing one is no fault."""
    from geo.io.gdal_guard import guard

    guard()
    import pyogrio

    found: dict[str, gpd.GeoDataFrame] = {}
    base = folder / sub
    for name in CONTEXT_LAYERS:
        for suffix in (".gpkg", ".shp"):
            path = base / (name + suffix)
            if path.is_file() and path.resolve().is_relative_to(folder.resolve()):
                found[name] = pyogrio.read_dataframe(str(path)).to_crs(4528)
                break
    return found
