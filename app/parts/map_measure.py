"""A measured line or outline in words: km and m; 公顷, 亩 and m²."""

from __future__ import annotations

from typing import Any

from geo.geometry.drawn import line_length_m, measure_outline
from geo.standards.units import round_half_up, to_mu

_WORDS = {
    "length": ("长度 {v}", "Length {v}"),
    "area": ("面积 {ha} 公顷 = {mu} 亩", "Area {ha} ha = {mu} mu"),
    "exact": ("{m2} m²（椭球面积）　周长 {v}", "{m2} m² (on the ellipsoid), perimeter {v}"),
    "how": ("CGCS2000 椭球上的测地线长", "geodesic on the CGCS2000 ellipsoid"),
    "crossing": (
        "轮廓自相交，不能量面积；请重画。",
        "The outline crosses itself: it has no area. Please draw it again.",
    ),
    "far": ("离 120°E 超过 3 度，不能按 3 度带第 40 带量面积。", "More than 3 degrees from 120°E: outside zone 40."),
    "few": ("点太少。", "Too few points."),
    "places": ("坐标无法识别。", "These are not places on the earth."),
}


def measured(kind: str, points: list[Any], lang: str) -> list[str]:
    """What to read about a line or an outline; a fault is one clear line."""

    def say(key: str, **values: str) -> str:
        return _WORDS[key][lang == "en"].format(**values)

    try:
        if kind == "line":
            return [say("length", v=_length(line_length_m(points))), say("how")]
        found = measure_outline(points)
    except ValueError as fault:
        return [say(str(fault) if str(fault) in _WORDS else "places")]
    return [
        say("area", ha=_number(found.area_m2 / 10_000, 4), mu=_number(to_mu(found.area_m2), 2)),
        say("exact", m2=_number(found.area_m2, 2), v=_length(found.length_m)),
    ]


def _length(metres: float) -> str:
    return f"{_number(metres, 2)} m" if metres < 10_000 else f"{_number(metres / 1000, 3)} km"


def _number(value: float, digits: int) -> str:
    return f"{round_half_up(value, digits):,.{digits}f}"
