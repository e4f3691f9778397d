"""WHERE IS THAT: a pair of coordinates as people write them, read in every system in which it lies in the zone.

Nothing is guessed: a pair that fits two systems gives two readings, and the person chooses. Beijing 1954, Xi'an 1980
and city grids are not among them: without an office's own transformation they would be wrong by 50 to 130 m.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from geo.geometry.crs import GEOGRAPHIC_EPSG, ZONE_FRAME_DEG


@dataclass(frozen=True, slots=True)
class Reading:
    """One meaning of a pair: place in CGCS2000 degrees, and the system in both languages."""

    lon: float
    lat: float
    zh: str
    en: str


_DEGREES = ("CGCS2000 经纬度", "CGCS2000 longitude, latitude")
# EPSG code -> how the system is called; eastings of the first four carry the zone number.
_PLANE = {
    4528: ("CGCS2000 3度带 40带", "CGCS2000 3-degree zone 40"),
    4529: ("CGCS2000 3度带 41带", "CGCS2000 3-degree zone 41"),
    4498: ("CGCS2000 6度带 20带", "CGCS2000 6-degree zone 20"),
    4499: ("CGCS2000 6度带 21带", "CGCS2000 6-degree zone 21"),
    4549: ("CGCS2000 中央经线 120°（无带号）", "CGCS2000, central meridian 120°E, no zone number"),
    4550: ("CGCS2000 中央经线 123°（无带号）", "CGCS2000, central meridian 123°E, no zone number"),
    4548: ("CGCS2000 中央经线 117°（无带号）", "CGCS2000, central meridian 117°E, no zone number"),
    32651: ("WGS84 UTM 51N", "WGS84 UTM zone 51N"),
    3857: ("Web 墨卡托", "Web Mercator"),
}
_NUMBER = r"[-+]?\d+(?:\.\d+)?"
_DMS = re.compile(r"(\d{1,3})\s*[°度dD]\s*(\d{1,2})\s*['′分mM]\s*(?:(\d{1,2}(?:\.\d+)?)\s*(?:[\"″秒sS]|''))?")


def read_coordinates(text: str) -> list[Reading]:
    """Every reading of a text of two coordinates that lies in or near the zone; none when it is no such pair.

    Understood: decimal degrees and degrees-minutes-seconds in either order; Gauss–Krüger of CGCS2000 with and without
    zone number, 3 and 6 degrees; UTM 51N; Web Mercator; X and Y in either order.
    """
    plain = text.translate(str.maketrans("，；、：（）０１２３４５６７８９．－", ",;,:()0123456789.-"))
    angles = [int(d) + int(m) / 60 + float(s or 0) / 3600 for d, m, s in _DMS.findall(plain)]
    if len(angles) == 2:
        return _as_degrees(angles[0], angles[1])
    if re.search(r"[^\d\s.,;:+\-()°NESWnesw度東东经北纬XYxy=]", plain):
        return []
    numbers = [float(v) for v in re.findall(_NUMBER, plain)]
    if len(numbers) != 2:
        return []
    a, b = numbers
    if abs(a) <= 180 and abs(b) <= 180:
        return _as_degrees(a, b)
    return _as_plane(a, b)


def _as_degrees(a: float, b: float) -> list[Reading]:
    return [Reading(lon, lat, *_DEGREES) for lon, lat in ((a, b), (b, a)) if _near(lon, lat)]


def _as_plane(a: float, b: float) -> list[Reading]:
    from pyproj import Transformer

    found: list[Reading] = []
    for epsg, words in _PLANE.items():
        change = Transformer.from_crs(epsg, GEOGRAPHIC_EPSG, always_xy=True)
        for east, north in ((a, b), (b, a)):
            lon, lat = change.transform(east, north)
            if _near(lon, lat):
                found.append(Reading(float(lon), float(lat), *words))
    return found


def _near(lon: float, lat: float) -> bool:
    west, south, east, north = ZONE_FRAME_DEG
    return west <= lon <= east and south <= lat <= north
