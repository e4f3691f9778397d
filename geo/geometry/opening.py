"""WHERE A POLYGON IS WIDE: the part of it that a square of a given width can reach (morphological opening)."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.geometry.repair import polygons_only

Geometries = NDArray[np.object_]

# A strip of exactly the width counts as narrow, although its edges carry the grain of an easting of 4e7 m.
_INCLUSIVE_M = 1e-4
# A raster that parcels are made from has cells of this size, and so many edges, of which so many are one cell long.
_CELL_M, _EDGES, _STAIRS, _LENGTHS = (0.2, 60.0), 200, 0.2, 4


def opened(geometries: Any, width_m: float) -> Geometries:
    """The part of each polygon that is wider than ``width_m`` (m in the plane); None where there is none.

    Eroded by half the width and grown again with sharp corners, cut to the polygon itself.
    """
    geoms = np.array(geometries, dtype=object).ravel()
    half = width_m / 2 + _INCLUSIVE_M
    inner = shapely.buffer(geoms, -half, join_style="mitre", mitre_limit=2.0)
    out = np.full(len(geoms), None, dtype=object)
    there = np.flatnonzero(~(shapely.is_missing(inner) | shapely.is_empty(inner)))
    if len(there):
        grown = shapely.buffer(inner[there], half, join_style="mitre", mitre_limit=2.0)
        out[there] = polygons_only(shapely.intersection(grown, geoms[there]))
    return out


def without(geometries: Any, parts: Any) -> Geometries:
    """What stays of each polygon without its part (None: all of it)."""
    geoms, taken = (np.array(v, dtype=object).ravel() for v in (geometries, parts))
    out = geoms.copy()
    some = np.flatnonzero(~shapely.is_missing(taken))
    if len(some):
        out[some] = polygons_only(shapely.difference(geoms[some], taken[some]))
    return out


def cell_m(geometries: Any, *, least_share: float = 0.99) -> float:
    """The cell of the raster that polygons were made from, m; 0.0 when they do not look so.

    Their edges run in two directions at right angles only, and are whole multiples of one length.
    """
    from geo.geometry.rings import Rings

    table = Rings(np.array(geometries, dtype=object).ravel())
    if len(table.xy) < 5:
        return 0.0
    step = np.diff(table.xy, axis=0)
    within = np.ones(len(step), dtype=bool)
    within[np.asarray(table.starts[1:-1], dtype=np.int64) - 1] = False
    step = step[within]
    size = np.hypot(step[:, 0], step[:, 1])
    step, size = step[size > 1e-3], size[size > 1e-3]
    if not len(size):
        return 0.0
    turn = np.exp(4j * np.arctan2(step[:, 1], step[:, 0]))
    main = (turn * size).sum()
    along = np.abs(np.angle(turn * np.conj(main / abs(main)))) < np.deg2rad(2.0) if abs(main) > 0 else turn.real > 2
    if size[along].sum() < least_share * size.sum():
        return 0.0
    cell = float(np.quantile(size, 0.02))
    if not _CELL_M[0] <= cell <= _CELL_M[1] or len(size) < _EDGES:
        return 0.0
    times = size / cell
    whole = np.abs(times - np.rint(times)) < 0.05 * np.maximum(1.0, np.rint(times) / 4)
    # Fields laid out on a grid have equal sides; only a raster has stairs: many edges of one cell among longer ones.
    stairs = np.rint(times) == 1
    kinds = len(np.unique(np.rint(times)))
    return cell if whole.mean() >= least_share and stairs.mean() >= _STAIRS and kinds >= _LENGTHS else 0.0
