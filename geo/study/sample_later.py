"""Study ``sample --later-of``: an invented later survey of a zone (示例数据，非真实地块), its changes known."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from geo.errors import InputProblem
from geo.finding import Finding
from geo.study.conflicts import teller
from geo.study.spec import Progress
from geo.zone import Zone

YEARS = 1
KEY = "key_later.json"
_KEPT = ("farmland", "towns", "villages")


def later_zone(zone: Zone, *, seed: int, shift_m: float, years: int = YEARS) -> tuple[Zone, Mapping[str, Any]]:
    """A zone surveyed again some years later, and the key of what was planted. Raises InputProblem (CH113) unless the
    zone is itself invented: nobody's real land is changed by chance.
    """
    from dataclasses import replace

    from geo.sample.later import later_parcels

    if not zone.synthetic:
        raise InputProblem([Finding("CH113", "error", zone.name)])
    year = (zone.survey_year or 2023) + years
    made = later_parcels(zone.layer("parcels"), seed=seed, year=year, shift_m=shift_m)
    layers = {"parcels": made.parcels, **{n: zone.layer(n) for n in _KEPT if zone.has(n)}}
    return replace(zone, survey_year=year, layers=layers, sources={}, footprints=None, dem=None), made.key


def run(earlier: Path, folder: Path, *, seed: int, shift_m: float, progress: Progress | None = None) -> dict[str, Any]:
    """Make and write a later survey of the zone in ``earlier``: DLTB, YJJBNTBHTB, XZQ, CJDCQ, zone.toml, the key.

    Raises InputProblem when the zone cannot be read or DIR cannot be written.
    """
    from geo.io.vector import write_layer
    from geo.io.zone_folder import read_zone
    from geo.standards.schema import schema

    tell = teller(progress)
    tell(0.05, "读取前期数据", "Reading the earlier survey")
    if folder.resolve() == earlier.resolve():
        raise InputProblem([Finding("IO172", "error", folder.name)])
    zone = read_zone(earlier)
    tell(0.3, "生成后一期调查", "Making the later survey")
    later, key = later_zone(zone, seed=seed, shift_m=shift_m)
    tell(0.7, "写出图层", "Writing layers")
    many = len(later.layer("parcels")) > 50_000
    try:
        folder.mkdir(parents=True, exist_ok=True)
        files = []
        for name, frame in later.layers.items():
            path = folder / (schema(name).official + (".gpkg" if many else ".shp"))
            if many:
                path.unlink(missing_ok=True)
            files.append(write_layer(_one_type(frame) if many else frame, path, name, epsg=4528))
        (folder / "zone.toml").write_text(_settings(later), encoding="utf-8")
        (folder / KEY).write_text(json.dumps(key, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    except OSError as fault:
        raise InputProblem([Finding("IO118", "error", str(folder), measured=str(fault))]) from None
    told = {name: len(frame) for name, frame in later.layers.items()}
    return {"folder": str(folder), "seed": seed, "synthetic": True, "layers": told, "year": later.survey_year,
            "planted_m2": key["planted_m2"], "files": sorted(str(f) for f in files)}  # fmt: skip


def _one_type(frame: Any) -> Any:
    """A GeoPackage layer holds one type: where one row has several parts, every row is a multipolygon."""
    import shapely

    if not (frame.geom_type == "MultiPolygon").any():
        return frame
    many = [g if g.geom_type == "MultiPolygon" else shapely.MultiPolygon([g]) for g in frame.geometry]
    return frame.set_geometry(many, crs=frame.crs)


def _settings(zone: Zone) -> str:
    return f"""# 示例数据，非真实地块 / Sample data, not real parcels
[zone]
code = "{zone.code}"
name = "{zone.name}"
name_en = "{zone.name_en}"
survey_year = {zone.survey_year}
synthetic = true
"""
