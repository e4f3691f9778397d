"""THE SAMPLE ON DISK: official layers, zone.toml, project boundary, relief, context, key, README with hashes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from geo.io.boundary_txt import write_boundary_txt
from geo.io.vector import fingerprint, write_layer
from geo.sample.attributes import SURVEY_YEAR
from geo.sample.make import SampleZone
from geo.sample.readme import readme_text
from geo.sample.terrain import write_relief
from geo.standards.schema import schema

FOOTPRINT_FILE = "project_boundary.txt"


def write_zone(sample: SampleZone, folder: Path | str) -> tuple[Path, ...]:
    """Write a sample into a folder: Shapefiles for the corner, one GeoPackage a layer for the whole zone.

    The red line is written in degrees (EPSG:4490), as it is delivered; CZKFBJ has holes cut for farmland, CZKFBJ_full
    has none. Returns the files a reader opens. Raises OSError when it cannot be written.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    suffix = ".shp" if sample.extent.key == "corner" else ".gpkg"
    written: dict[str, Path] = {}
    for name, frame in sample.frames.items():
        official = schema(name).official
        path = folder / (official + suffix)
        written[official] = _fresh(frame, path, name, 4490 if name == "redline" else 4528)
    written["CZKFBJ_full"] = _fresh(sample.boundary_full, folder / ("CZKFBJ_full" + suffix), "boundary", 4528)
    write_relief(sample.relief, folder / "DEM.tif")
    header = {"数据产生单位": "示例数据（虚构）", "数据产生日期": "2024-01-01"}
    write_boundary_txt(sample.footprints, folder / FOOTPRINT_FILE, header=header)
    _context(sample, folder / "context")
    (folder / "zone.toml").write_text(_settings(sample), encoding="utf-8")
    key = json.dumps(sample.key, ensure_ascii=False, indent=1)
    (folder / "key.json").write_text(key + "\n", encoding="utf-8")
    hashes = {f"{name}{suffix}": fingerprint(path) for name, path in sorted(written.items())}
    hashes |= {name: fingerprint(folder / name) for name in ("DEM.tif", FOOTPRINT_FILE, "key.json")}
    (folder / "README.md").write_text(readme_text(sample, hashes), encoding="utf-8")
    others = ("DEM.tif", FOOTPRINT_FILE, "zone.toml", "key.json", "README.md")
    return (*written.values(), *(folder / name for name in others))


def _fresh(frame: Any, path: Path, layer: str, epsg: int) -> Path:
    if path.suffix == ".gpkg":
        path.unlink(missing_ok=True)
        if (frame.geom_type == "MultiPolygon").any():
            frame = frame.set_geometry([_many(g) for g in frame.geometry], crs=frame.crs)
    return write_layer(frame, path, layer, epsg=epsg)


def _many(shape: Any) -> Any:
    """A GeoPackage layer holds one type: where one row has several parts, every row is a multipolygon."""
    import shapely

    return shapely.MultiPolygon([shape]) if shape.geom_type == "Polygon" else shape


def _context(sample: SampleZone, folder: Path) -> None:
    import pyogrio

    folder.mkdir(exist_ok=True)
    for name, frame in sample.context.items():
        pyogrio.write_dataframe(
            frame, str(folder / f"{name}.shp"), driver="ESRI Shapefile", encoding="UTF-8",
            layer_options={"DBF_DATE_LAST_UPDATE": "2020-01-01"}, promote_to_multi=False,
        )  # fmt: skip


def _settings(sample: SampleZone) -> str:
    extent = sample.extent
    return f"""# 示例数据，非真实地块 / Sample data, not real parcels
[zone]
code = "{extent.code}"
name = "{extent.name}"
name_en = "{extent.name_en}"
survey_year = {SURVEY_YEAR}
synthetic = true
dem = "DEM.tif"
footprints = ["{FOOTPRINT_FILE}"]

[context]
folder = "context"
"""
