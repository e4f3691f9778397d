"""GeoJSON without GDAL: its ``crs`` link would be fetched, its large numbers rounded, its broken shapes lost."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from geo.io.inside.readers import GEOMETRY, Asked, Note, Raw, Refused, note, rows_text

_SHAPES = ("Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon", "GeometryCollection")
_TYPES = ("FeatureCollection", "Feature", *_SHAPES)
_EPSG = re.compile(r"(?:urn:(?:x-)?ogc:def:crs:)?EPSG:{1,2}(?:[\d.]*:)?(\d{4,6})", re.IGNORECASE)
_CRS84 = re.compile(r"(?:urn:ogc:def:crs:)?(?:OGC:)(?:1\.3:|:)?CRS84", re.IGNORECASE)


def read_geojson(asked: Asked) -> Iterator[Raw]:
    """The features of a GeoJSON file, properties as they are; a ``crs`` that names a system is kept, a link never."""
    path = asked.path
    text, encoding = decoded(path.read_bytes())
    try:
        body = json.loads(text, parse_constant=_no_constant)
    except RecursionError:
        raise Refused(note("IO107", "error", "JSON: nesting")) from None
    except ValueError as fault:
        raise Refused(note("IO107", "error", f"JSON: {str(fault)[:80]}")) from None
    if not isinstance(body, dict) or body.get("type") not in _TYPES:
        said = body.get("type") if isinstance(body, dict) else type(body).__name__
        raise Refused(note("IO119", "error", f"GeoJSON: type {said!r:.40}"))
    crs, notes = _crs(body.get("crs"))
    features = _features(body)
    if not features:
        raise Refused(note("IO104", "error"))
    import pyarrow as pa

    shapes, more = _shapes([f.get("geometry") for f in features])
    columns = _columns([f.get("properties") for f in features])
    if any("id" in f for f in features) and "id" not in columns:
        columns = {"id": _column([f.get("id") for f in features]), **columns}
    columns.pop(GEOMETRY, None)
    arrays = {**columns, GEOMETRY: pa.array(shapes, type=pa.binary())}
    name = str(body.get("name") or path.stem)
    yield Raw(name, pa.table(arrays), crs, len(features), encoding, "vector", notes + more)


def decoded(raw: bytes) -> tuple[str, str]:
    """Text of bytes: UTF-16 or UTF-8 by mark, strict UTF-8, else GB18030. Refused when none fits."""
    trials = ["utf-16"] if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else ["utf-8-sig", "gb18030"]
    for trial in trials:
        try:
            return raw.decode(trial), {"utf-8-sig": "UTF-8", "gb18030": "GB18030", "utf-16": "UTF-16"}[trial]
        except UnicodeDecodeError:
            continue
    raise Refused(note("IO112", "error"))


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is no number")


def _crs(said: Any) -> tuple[str, list[Note]]:
    """The system that a named ``crs`` gives; RFC 7946 says longitude and latitude on WGS 84 when there is none."""
    if said is None:
        return "OGC:CRS84", []
    named = ""
    if isinstance(said, dict) and said.get("type") == "name" and isinstance(said.get("properties"), dict):
        named = str(said["properties"].get("name", ""))
    if _CRS84.fullmatch(named):
        return "OGC:CRS84", []
    if hit := _EPSG.fullmatch(named):
        return f"EPSG:{hit[1]}", []
    kind = said.get("type") if isinstance(said, dict) else type(said).__name__
    return "", [note("IO133", "error", f"{str(kind)[:20]}")]


def _features(body: dict[str, Any]) -> list[dict[str, Any]]:
    if body["type"] == "FeatureCollection":
        features = body.get("features")
        if not isinstance(features, list):
            raise Refused(note("IO107", "error", "GeoJSON: features"))
    elif body["type"] == "Feature":
        features = [body]
    else:
        features = [{"type": "Feature", "properties": {}, "geometry": body}]
    bad = [i for i, f in enumerate(features) if not isinstance(f, dict) or f.get("type") != "Feature"]
    if bad:
        raise Refused(note("IO107", "error", "GeoJSON: Feature", rows_text(bad)))
    return features


def _shapes(given: list[Any]) -> tuple[list[bytes | None], list[Note]]:
    """Geometries as WKB. Rings that do not close are closed and noted; what is no geometry is None and noted."""
    import shapely

    texts = [None if g is None else json.dumps(_plain(g)) for g in given]
    shapes = shapely.from_geojson(texts, on_invalid="ignore")
    notes: list[Note] = []
    failed = [i for i, g in enumerate(given) if g is not None and shapes[i] is None]
    closed = []
    for i in failed:
        mended = _closed(given[i])
        if mended is not None:
            again = shapely.from_geojson([json.dumps(mended)], on_invalid="ignore")[0]
            if again is not None:
                shapes[i] = again
                closed.append(i)
    lost = [i for i in failed if shapes[i] is None]
    if closed:
        notes.append(note("IO137", "warning", len(closed), rows_text(closed)))
    if lost:
        notes.append(note("IO138", "error", len(lost), rows_text(lost)))
    if bool(shapely.has_z(shapes).any()):
        notes.append(note("IO127", "info"))
    return list(shapely.to_wkb(shapes)), notes


def _plain(shape: Any) -> Any:
    """Only what a geometry consists of: members of other software are left out."""
    if not isinstance(shape, dict):
        return shape
    return {k: shape[k] for k in ("type", "coordinates", "geometries") if k in shape}


def _closed(shape: Any) -> Any:
    """A polygon whose rings all end where they begin; None for anything else."""

    def ring(points: Any) -> Any:
        if len({tuple(p) for p in points}) < 3:
            raise IndexError
        return points if points[0] == points[-1] else [*points, points[0]]

    try:
        if shape["type"] == "Polygon":
            return {"type": "Polygon", "coordinates": [ring(r) for r in shape["coordinates"]]}
        if shape["type"] == "MultiPolygon":
            return {"type": "MultiPolygon", "coordinates": [[ring(r) for r in p] for p in shape["coordinates"]]}
    except (TypeError, KeyError, IndexError):
        return None
    return None


def _columns(properties: list[Any]) -> dict[str, Any]:
    names: dict[str, None] = {}
    rows = [p if isinstance(p, dict) else {} for p in properties]
    for row in rows:
        names.update(dict.fromkeys(row))
    return {str(name): _column([row.get(name) for row in rows]) for name in names}


def _column(values: list[Any]) -> Any:
    """One Arrow column: whole numbers, numbers or text; mixed values and lists become text."""
    import pyarrow as pa

    kinds = {type(v) for v in values if v is not None}
    try:
        if kinds == {bool}:
            return pa.array(values, type=pa.bool_())
        if kinds == {int}:
            return pa.array(values, type=pa.int64())
        if kinds and kinds <= {int, float}:
            return pa.array([None if v is None else float(v) for v in values], type=pa.float64())
    except (OverflowError, pa.ArrowInvalid):
        pass
    text = [v if v is None or isinstance(v, str) else json.dumps(v, ensure_ascii=False) for v in values]
    return pa.array([None if t is None else t.encode("utf-8", "replace").decode() for t in text], type=pa.string())
