"""Names on the map: where they stand and at which zooms they are read."""

from __future__ import annotations

from typing import Any

from app.cache import open_zone
from app.words import place
from geo.geometry.crs import to_degrees

# kind -> (layer of the zone, first zoom, last zoom)
_LAYERS = (("county", "context_counties", 6, 11), ("lake", "context_lakes", 11, 15), ("town", "towns", 11, 14),
           ("village", "villages", 14, 18))  # fmt: skip
_NAME_COLUMNS = ("unit_name", "name", "name_zh", "NAME", "XZQMC")


def place_names(lang: str) -> list[dict[str, Any]]:
    """Counties, lakes, townships and villages. Raises InputProblem for a bad zone."""
    zone = open_zone().zone
    found: list[dict[str, Any]] = []
    for kind, layer, first, last in _LAYERS:
        frame = (
            zone.context.get(layer.removeprefix("context_"))
            if layer.startswith("context_")
            else (zone.layer(layer) if zone.has(layer) else None)
        )
        column = next((c for c in _NAME_COLUMNS if frame is not None and c in frame.columns), "")
        if frame is None or not column:
            continue
        if kind == "lake":  # most outlines carry the same word for "a lake"; only names of their own are worth reading
            frame = frame[~frame[column].duplicated(keep=False)]
        spots = to_degrees(frame[[column, "geometry"]]).geometry.representative_point()
        for name, spot in zip(frame[column].astype(str), spots, strict=True):
            if name and spot is not None and not spot.is_empty:
                found.append({"kind": kind, "text": place(name, lang), "lon": round(spot.x, 6),
                              "lat": round(spot.y, 6), "from": first, "to": last})  # fmt: skip
    return found
