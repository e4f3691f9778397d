"""WHERE IT IS: the system a layer declares, held against its coordinates; what it could be instead is only offered.

The zone's own systems are CGCS2000 in degrees (4490), 3° zone 40 with the zone number (4528) and without (4549). The
numbers of a layer without a system, or with a wrong one, are tried in every neighbour, also with the axes swapped.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from geo.finding import Finding
from geo.geometry.crs import GEOGRAPHIC_EPSG, HOUSE_EPSG, ZONE_FRAME_DEG

if TYPE_CHECKING:
    import geopandas as gpd
    import pyproj

Frame = tuple[float, float, float, float]
CHINA_DEG: Frame = (73.0, 3.0, 136.0, 54.0)
# Tried in this order: the zone's own, 3° neighbours with and without number, 6° zone 21, UTM 51, web Mercator.
_TRIED = (4490, 4528, 4549, 4527, 4529, 4548, 4550, 4499, 4510, 32651, 32650, 3857)
_LOCAL_REACH_M = 200_000.0
_DEGREES_AT_MOST = 1_000.0


@dataclass(frozen=True, slots=True)
class Proposal:
    """One way to read the numbers that puts them into the zone: an EPSG code, with the axes swapped or not."""

    epsg: int
    swap: bool
    name: str

    def text(self, lang: str = "zh") -> str:
        swapped = {"zh": "，坐标轴对调", "en": ", axes swapped", "": " (y, x)"}[lang] if self.swap else ""
        return f"EPSG:{self.epsg} {self.name}{swapped}"


@dataclass(frozen=True, slots=True)
class Placing:
    """The system of a layer: ``crs`` (None when unknown), ``epsg`` (0 when it has no code), the datum's name.

    trusted: coordinates and system agree and lie in the frame asked for. ``proposals`` are offered when they do not.
    ``centre`` is the middle of the layer in degrees, None when unknown.
    """

    crs: Any
    epsg: int
    datum: str
    trusted: bool
    centre: tuple[float, float] | None
    proposals: tuple[Proposal, ...]
    findings: tuple[Finding, ...]


def place(bounds: Any, declared: str, *, subject: str, zone_frame: Frame | None = ZONE_FRAME_DEG) -> Placing:
    """Judge the system that a file declares (WKT, ``EPSG:n`` or nothing) by the bounds of its coordinates.

    zone_frame: west, south, east, north in degrees where the data should lie; None when it may lie anywhere.
    Findings: IO105 no system, IO106 contradiction, IO115 a datum that cannot be converted, IO152 unreadable, IO154
    degrees under a metre system, IO155 metres under degrees, IO156 swapped axes, IO157 zone number, IO158 a local grid,
    IO159 outside of the frame, IO160 WGS 84 taken as CGCS2000.
    """
    crs, unreadable = _parsed(declared)
    box = np.asarray(bounds, dtype=np.float64)
    known = box.shape == (4,) and bool(np.isfinite(box).all())
    findings = [Finding("IO152", "warning", subject, measured=".prj")] if unreadable else []
    if crs is None:
        proposals = proposals_for(box, zone_frame or CHINA_DEG) if known else ()
        if known and not proposals and zone_frame is None and (np.abs(box) <= (180, 90, 180, 90)).all():
            proposals = (Proposal(4326, False, "WGS 84"),)
        findings.append(Finding("IO105", "error", subject, limit=_listed(proposals)))
        if known and not proposals and _local(box):
            findings.append(Finding("IO158", "error", subject, measured=_box(box)))
        return Placing(None, 0, "", False, None, proposals, tuple(findings))
    epsg = crs.to_epsg(min_confidence=60) or 0
    datum = datum_name(crs)
    if not known:
        return Placing(crs, epsg, datum, True, None, (), tuple(findings))
    centre = _centre(box, crs)
    inside = _inside(box, crs, zone_frame) if zone_frame else _in_use(box, crs)
    if inside:
        findings += _datum_findings(crs, epsg, datum, subject)
        return Placing(crs, epsg, datum, not any(f.severity == "error" for f in findings), centre, (), tuple(findings))
    proposals = tuple(p for p in proposals_for(box, zone_frame or CHINA_DEG) if p.epsg != epsg or p.swap)
    findings.append(_contradiction(box, crs, epsg, centre, proposals, subject, zone_frame))
    trusted = findings[-1].severity != "error"
    return Placing(crs, epsg, datum, trusted, centre, proposals, tuple(findings))


def _parsed(declared: str) -> tuple[pyproj.CRS | None, bool]:
    import pyproj

    if not declared.strip():
        return None, False
    try:
        crs = pyproj.CRS.from_user_input(declared)
    except (pyproj.exceptions.CRSError, ValueError):
        return None, True
    if crs.is_compound:
        crs = crs.sub_crs_list[0]
    if crs.is_bound and crs.source_crs is not None:
        crs = crs.source_crs
    if crs.is_geographic and len(crs.axis_info) == 3:
        crs = crs.to_2d()
    if not (crs.is_geographic or crs.is_projected):
        return None, True
    if crs.name.lower().startswith("undefined "):  # GeoPackage's systems 0 and -1
        return None, False
    return crs, False


def datum_name(crs: pyproj.CRS) -> str:
    """CGCS2000, WGS 84, or the datum's own name."""
    name = crs.geodetic_crs.datum.name if crs.geodetic_crs is not None and crs.geodetic_crs.datum is not None else ""
    plain = name.lower().replace("_", " ")
    if "china 2000" in plain or "china geodetic coordinate system 2000" in plain or "cgcs" in plain:
        return "CGCS2000"
    if "world geodetic system 1984" in plain or "wgs 84" in plain or plain in ("wgs 1984", "d wgs 1984"):
        return "WGS 84"
    return name


def proposals_for(box: Any, frame: Frame) -> tuple[Proposal, ...]:
    """Every system of the neighbourhood in which the box lies inside the frame (degrees), likeliest first."""
    found = []
    for swap in (False, True):
        tried = box[[1, 0, 3, 2]] if swap else box
        for epsg in _TRIED:
            crs = _system(epsg)
            if _inside(tried, crs, frame):
                found.append(Proposal(epsg, swap, crs.name))
    return tuple(found)


@cache
def _system(epsg: int) -> Any:
    import pyproj

    return pyproj.CRS(epsg)


@cache
def _lonlat(wkt: str) -> Any:
    import pyproj

    crs = pyproj.CRS(wkt)
    base = crs.geodetic_crs if crs.is_projected else crs
    return pyproj.Transformer.from_crs(crs, base, always_xy=True)


def _degrees(box: Any, crs: Any) -> Any:
    """Corners of the box as longitude and latitude of the system's own datum."""
    x, y = box[[0, 2, 0, 2]], box[[1, 1, 3, 3]]
    if crs.is_projected:
        x, y = _lonlat(crs.to_wkt()).transform(x, y)
    return np.column_stack([x, y])


def _inside(box: Any, crs: Any, frame: Frame) -> bool:
    xy = _degrees(box, crs)
    if not np.isfinite(xy).all():
        return False
    if crs.is_projected and np.abs(box).max() < 1_000:  # degrees are no metres, even where 0, 0 would fit
        return False
    west, south, east, north = frame
    return bool(
        (xy[:, 0] >= west).all()
        and (xy[:, 0] <= east).all()
        and (xy[:, 1] >= south).all()
        and (xy[:, 1] <= north).all()
    )


def _in_use(box: Any, crs: Any) -> bool:
    """Whether the box touches where the system is meant to be used, with a degree around it."""
    xy = _degrees(box, crs)
    if not np.isfinite(xy).all() or np.abs(xy[:, 0]).max() > 180.001 or np.abs(xy[:, 1]).max() > 90.001:
        return False
    if crs.is_projected and np.abs(box).max() < 1_000:
        return False
    area = crs.area_of_use
    if area is None or area.west > area.east:
        return True
    return bool(
        xy[:, 0].max() >= area.west - 1 and xy[:, 0].min() <= area.east + 1
        and xy[:, 1].max() >= area.south - 1 and xy[:, 1].min() <= area.north + 1
    )  # fmt: skip


def _centre(box: Any, crs: Any) -> tuple[float, float] | None:
    xy = _degrees(box, crs)
    return (float(xy[:, 0].mean()), float(xy[:, 1].mean())) if np.isfinite(xy).all() else None


def _datum_findings(crs: Any, epsg: int, datum: str, subject: str) -> list[Finding]:
    if datum == "CGCS2000":
        return []
    if datum == "WGS 84":
        return [Finding("IO160", "info", subject, measured=f"EPSG:{epsg or '?'} {crs.name}")]
    return [Finding("IO115", "error", subject, measured=f"{crs.name} (EPSG:{epsg or '?'})")] if _chinese(crs) else []


def _chinese(crs: Any) -> bool:
    """Older Chinese and nameless datums: their conversion to CGCS2000 is not public."""
    name = crs.name.lower().replace("_", " ") + " " + datum_name(crs).lower().replace("_", " ")
    return any(word in name for word in ("xian", "beijing", "krassovsky", "krasovsky", "unknown", "unnamed", "上海"))


def _contradiction(
    box: Any, crs: Any, epsg: int, centre: Any, proposals: tuple[Proposal, ...], subject: str, frame: Frame | None
) -> Finding:
    """What is wrong with a system that does not put its coordinates where they belong."""
    words = {"box": _box(box), "offers": _listed(proposals)}
    named = f"EPSG:{epsg}" if epsg else crs.name
    degrees = np.abs(box[[0, 2]]).max() <= 180.0 and np.abs(box[[1, 3]]).max() <= 180.0
    if crs.is_projected and degrees:
        return Finding("IO154", "error", subject, measured=named, limit=words["box"], values=words)
    if not crs.is_projected and np.abs(box).max() > _DEGREES_AT_MOST:
        return Finding("IO155", "error", subject, measured=named, limit=words["box"], values=words)
    if any(p.swap and p.epsg == epsg for p in proposals):
        return Finding("IO156", "error", subject, measured=named, limit=words["box"], values=words)
    if crs.is_projected and any(not p.swap for p in proposals):
        return Finding("IO157", "error", subject, measured=named, limit=words["box"], values=words)
    if crs.is_projected and _local(box):
        return Finding("IO158", "error", subject, measured=words["box"])
    if frame is not None and centre is not None and _in_use(box, crs):
        where = f"{centre[0]:.3f}°, {centre[1]:.3f}°"
        return Finding("IO159", "warning", subject, measured=where, limit=named)
    return Finding("IO106", "error", subject, measured=named, limit=words["box"], values=words)


def _local(box: Any) -> bool:
    """Metres near an origin of their own: a city's local grid (Shanghai's lies at 国际饭店)."""
    return bool(np.abs(box).max() < _LOCAL_REACH_M and np.abs(box).max() > 200.0)


def _box(box: Any) -> str:
    return f"x {box[0]:.10g}–{box[2]:.10g}, y {box[1]:.10g}–{box[3]:.10g}"


def _listed(proposals: tuple[Proposal, ...]) -> str:
    return "; ".join(p.text("") for p in proposals[:4]) or "–"


def local_grid(frame: gpd.GeoDataFrame, parameters: Mapping[str, float]) -> gpd.GeoDataFrame:
    """A local grid brought to EPSG:4528 by the four parameters of the surveyor: dx, dy (m), rotation_deg, scale.

    E = dx + scale (x cos r − y sin r), N = dy + scale (x sin r + y cos r). Raises KeyError for a missing parameter.
    """
    import shapely

    dx, dy = float(parameters["dx"]), float(parameters["dy"])
    turn, scale = np.radians(float(parameters["rotation_deg"])), float(parameters["scale"])
    cos, sin = scale * np.cos(turn), scale * np.sin(turn)
    turned = np.array([[cos, sin], [-sin, cos]])
    shapes = shapely.transform(frame.geometry.to_numpy(), lambda xy: xy @ turned + [dx, dy])
    return frame.set_geometry(shapes, crs=None).set_crs(HOUSE_EPSG, allow_override=True)


@dataclass(frozen=True, slots=True)
class WebReading:
    """One reading of web data: name, share of the layer's corners inside the outline, distance of its rim (m)."""

    name: str
    inside: float
    rim_m: float
    frame: gpd.GeoDataFrame


def web_readings(frame: gpd.GeoDataFrame, outline: Any) -> tuple[WebReading, ...]:
    """The three readings of degrees (CGCS2000/WGS 84, GCJ-02, BD-09) against an outline; best first, none applied.

    frame: a layer in degrees. outline: a polygon in EPSG:4528 that the layer should fill or lie in. ``rim_m`` is the
    median distance of the layer's outer corners to the outline's rim: for a layer that fills the outline (counties,
    townships, all parcels) the right reading is the one that lies near; for a few parcels the figures do not tell.
    """
    import shapely

    from geo.geometry.web_shift import from_bd09, from_gcj02

    rim = outline.boundary
    shapely.prepare([outline, rim])
    found = []
    for name, back in (("CGCS2000", None), ("GCJ-02", from_gcj02), ("BD-09", from_bd09)):
        shapes = frame.geometry.to_numpy()
        moved = frame if back is None else frame.set_geometry(shapely.transform(shapes, back), crs=frame.crs)
        moved = moved.set_crs(GEOGRAPHIC_EPSG, allow_override=True).to_crs(HOUSE_EPSG)
        whole = shapely.union_all(shapely.make_valid(moved.geometry.to_numpy()))
        points = shapely.points(shapely.get_coordinates(moved.geometry.to_numpy()))
        outer = shapely.points(shapely.get_coordinates(shapely.boundary(whole)))
        share = float(shapely.contains(outline, points).mean()) if len(points) else 0.0
        distance = float(np.median(shapely.distance(rim, outer))) if len(outer) else float("inf")
        found.append(WebReading(name, share, distance, moved))
    return tuple(sorted(found, key=lambda r: (r.rim_m, -r.inside)))
