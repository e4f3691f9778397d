"""Polygons fit to be measured: rings that cross themselves repaired, everything that is not a surface dropped."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

Geometries = NDArray[np.object_]


def polygons_only(geometries: Any) -> Geometries:
    """The areal part of each geometry, as a polygon or multipolygon; None where there is none.

    Intersections of touching parcels come back as points, lines or collections: only their surface counts.
    """
    out = np.array(geometries, dtype=object).ravel()
    kinds = shapely.get_type_id(out)
    out[(kinds != 3) & (kinds != 6) & (kinds != 7)] = None
    for i in np.flatnonzero(kinds == 7):
        parts = shapely.get_parts(out[i])
        areal = parts[np.isin(shapely.get_type_id(parts), (3, 6))]
        out[i] = shapely.union_all(areal) if len(areal) else None
    out[shapely.is_empty(out)] = None
    return out


def valid_polygons(geometries: Any) -> Geometries:
    """Each geometry as a valid polygon or multipolygon; None for what has no surface (None, empty, lines).

    Valid ones are passed on as they are. Broken ones are rebuilt with ``make_valid(method="structure")``, which
    keeps the surface that the rings enclose; ``buffer(0)`` is never used, it drops lobes of a figure of eight.
    """
    out = np.array(geometries, dtype=object).ravel()
    broken = np.flatnonzero(~shapely.is_valid(out) & ~shapely.is_missing(out))
    if len(broken):
        out[broken] = shapely.make_valid(out[broken], method="structure", keep_collapsed=False)
    return polygons_only(out)
