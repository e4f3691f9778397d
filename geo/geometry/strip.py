"""A line and a width: the strip of ground that a road or canal of that width takes."""

from __future__ import annotations

from typing import Any

import shapely

from geo.geometry.crs import HOUSE_EPSG
from geo.geometry.ellipsoid import line_scale


def strip(line: Any, width_m: float, *, epsg: int = HOUSE_EPSG) -> Any:
    """The polygon within half a width (m on the ground) of a line, ends cut square, bends mitred.

    Ground metres are brought to the map by the scale of the projection at the line's middle. Raises ValueError for a
    width that is not above zero, a shape that is no line, or a line without length.
    """
    if not width_m > 0:
        raise ValueError("width must be above zero")
    if line is None or line.geom_type not in ("LineString", "MultiLineString") or shapely.length(line) <= 0:
        raise ValueError("not a line")
    west, _, east, _ = shapely.bounds(line)
    half = width_m / 2 * float(line_scale((west + east) / 2, epsg=epsg))
    return shapely.buffer(line, half, cap_style="flat", join_style="mitre", mitre_limit=2.0)
