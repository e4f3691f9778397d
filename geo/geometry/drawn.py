"""HOW LONG, HOW LARGE: a line or an outline drawn on the map, given in degrees.

The outline's edges are straight on the official map sheet (EPSG:4528), as those of every parcel are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from geo.geometry.crs import CENTRAL_MERIDIAN_DEG, GEOGRAPHIC_EPSG, HOUSE_EPSG
from geo.geometry.ellipsoid import area_m2

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

REACH_DEG = 3.0  # the projection of zone 40 is not asked about places farther from its meridian
# CGCS2000: semi-major axis and flattening (GB 22021-2008, as in geo.geometry.ellipsoid).
_AXIS_M, _INVERSE_FLATTENING = 6_378_137.0, 298.257222101


@dataclass(frozen=True, slots=True)
class Drawn:
    """Length (of the line, or all round the outline) in m on the ellipsoid; official area in m², 0 for a line."""

    length_m: float
    area_m2: float


def line_length_m(points: Sequence[Sequence[float]]) -> float:
    """Length of a line through places in CGCS2000 degrees: the sum of its geodesics on the ellipsoid, in m.

    points: (longitude, latitude), at least two. Raises ValueError for fewer, or for what is not a place on the earth.
    Geodesics after Karney (2013) by PROJ.
    """
    from pyproj import Geod

    at = _places(points, least=2)
    return float(Geod(a=_AXIS_M, rf=_INVERSE_FLATTENING).line_length(at[:, 0], at[:, 1]))


def measure_outline(points: Sequence[Sequence[float]]) -> Drawn:
    """Official ellipsoidal area and length all round of an outline in CGCS2000 degrees (closed or not).

    Raises ValueError for fewer than three places, for one more than three degrees from 120°E, and for an outline that
    crosses itself: its area would be a silent guess.
    """
    import shapely
    from pyproj import Transformer

    at = _places(points, least=3)
    if np.abs(at[:, 0] - CENTRAL_MERIDIAN_DEG).max() > REACH_DEG:
        raise ValueError("far")
    change = Transformer.from_crs(GEOGRAPHIC_EPSG, HOUSE_EPSG, always_xy=True)
    east, north = change.transform(at[:, 0], at[:, 1])
    shape = shapely.Polygon(np.column_stack((east, north)))
    if not shapely.is_valid(shape):
        raise ValueError("crossing")
    return Drawn(line_length_m(np.vstack((at, at[:1])).tolist()), float(area_m2([shape])[0]))


def _places(points: Sequence[Sequence[float]], *, least: int) -> NDArray[np.float64]:
    try:
        at = np.asarray(points, dtype=np.float64)
    except (TypeError, ValueError):
        raise ValueError("places") from None
    if at.ndim != 2 or at.shape[1] != 2 or len(at) < least:
        raise ValueError("few")
    if not np.isfinite(at).all() or np.abs(at[:, 0]).max() > 180 or np.abs(at[:, 1]).max() > 85:
        raise ValueError("places")
    return at
