"""Dropped layers and the places of their findings, as the map takes them."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import shapely

from app import cache
from app.parts.data_files import Drop
from app.parts.map_view import MapLayer
from app.state import Bounds, session
from geo.finding import Finding
from geo.geometry.crs import to_degrees
from geo.qc.fault import Fault
from geo.report.view_layers import STYLE_COLUMN
from geo.standards.schema import schema
from geo.study.check import CheckedLayer

_MOST = 1500  # features of the overlay; the picked one is always among them
_COLOURS = {"error": "#B3261E", "warning": "#B98900", "info": "#1B6FC0"}
_PICKED, _OUTLINE = "#E8168B", "#1B6FC0"
_AROUND_M = 3.0  # a point or a hair crack is shown this wide
_DRAWN = ("parcels", "farmland", "boundary", "redline", "reserve", "towns", "villages", "highstandard")


def map_layers(drop: Drop) -> list[MapLayer]:
    """The dropped layers that can be drawn, in the order of the house's map."""
    found = []
    for one in sorted(drop.result.layers, key=lambda o: _DRAWN.index(o.house) if o.house in _DRAWN else 99):
        if one.frame is None or one.house not in _DRAWN:
            continue
        place = drop.result.layers.index(one)
        spec = schema(one.house)
        column = STYLE_COLUMN.get(one.house, "")
        source = cache.shelve(
            f"{drop.run}x{place}", one.house, one.frame, id_column=spec.id_column, class_column=column
        )
        pale = 0.55 if one.house == "farmland" else 0.9
        found.append(MapLayer(f"data_{place}", source, True, pale))
    return found


def place_of(drop: Drop, key: str) -> Any:
    """The shape of a finding in EPSG:4528; None when it has none. ``key``: layer's place / finding's place."""
    one, number = _layer(drop, key)
    if one is None:
        return None
    number -= len(one.findings)
    return _shape(one, one.faults[number]) if 0 <= number < len(one.faults) else None


def finding_of(drop: Drop, key: str) -> Finding | None:
    """The finding of a key; None for an unknown one."""
    one, number = _layer(drop, key)
    told = drop.result.files if key.startswith("-/") else () if one is None else one.everything
    return told[number] if 0 <= number < len(told) else None


def bounds_of(shape: Any) -> Bounds:
    """Where the map shall fly for a shape."""
    west, south, east, north = to_degrees(gpd.GeoSeries([shape.buffer(40.0)], crs=4528)).total_bounds
    return ((float(south), float(west)), (float(north), float(east)))


def home(drop: Drop) -> Bounds | None:
    """The frame of everything that was dropped and could be placed; None when nothing could."""
    frames = [one.frame for one in drop.result.layers if one.frame is not None and len(one.frame)]
    shapes = [shapely.box(*frame.total_bounds) for frame in frames]
    return bounds_of(shapely.box(*shapely.total_bounds(shapes))) if shapes else None


def overlay(drop: Drop) -> dict[str, Any]:
    """The places of the findings and the project boundaries as GeoJSON in degrees."""
    lang = session().lang
    told: list[tuple[str, Any, str, str, bool]] = []
    for place, one in enumerate(drop.result.layers):
        if one.frame is None and one.layer.kind == "vector" and one.layer.place.trusted and one.layer.usable < 200:
            outline = one.layer.frame.to_crs(4528).geometry
            told += [
                (f"outline-{place}", shape, one.subject, "#1B6FC0", True) for shape in outline if shape is not None
            ]
        for number, fault in enumerate(one.faults, len(one.findings)):
            if len(told) >= _MOST or fault.finding.severity == "info":
                continue
            shape = _shape(one, fault)
            if shape is not None and f"{place}/{number}" != drop.picked:
                told.append(
                    (f"{place}/{number}", shape, fault.finding.text(lang), _COLOURS[fault.finding.severity], False)
                )
    picked, finding = place_of(drop, drop.picked), finding_of(drop, drop.picked)
    if picked is not None and finding is not None:
        told.append((drop.picked, picked, finding.text(lang), _PICKED, False))
    if not told:
        return {"type": "FeatureCollection", "features": []}
    shapes = to_degrees(gpd.GeoSeries([row[1] for row in told], crs=4528))
    features = [
        {
            "type": "Feature", "geometry": shapely.geometry.mapping(shape),
            "properties": {"id": key, "title": title, "colour": colour, "dashed": dashed, "fill": colour == _PICKED},
        }
        for shape, (key, _, title, colour, dashed) in zip(shapes, told, strict=True)
    ]  # fmt: skip
    return {"type": "FeatureCollection", "features": features}


def _layer(drop: Drop, key: str) -> tuple[CheckedLayer | None, int]:
    place, _, number = key.partition("/")
    if not number.isdigit():
        return None, -1
    known = place.isdigit() and int(place) < len(drop.result.layers)
    return (drop.result.layers[int(place)] if known else None), int(number)


def _shape(one: CheckedLayer, fault: Fault) -> Any:
    """What to show of a fault: its own shape, wide enough to be seen, or the row that it is about."""
    if fault.shape is not None and not fault.shape.is_empty:
        thin = fault.shape.geom_type == "Point" or fault.shape.buffer(-0.5).is_empty
        return fault.shape.buffer(_AROUND_M) if thin else fault.shape
    if fault.rows and one.frame is not None and fault.layer == one.house and fault.rows[0] < len(one.frame):
        return one.frame.geometry.iloc[fault.rows[0]]
    return None
