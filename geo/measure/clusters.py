"""CONTIGUOUS BLOCKS: parcels that belong together across small gaps (paths and ditches a few metres wide).

Two parcels are in one block when a chain of parcels leads from one to the other with no step wider than the gap.
Parcels that share a corner are joined first by a union of equal vertices, which leaves few pairs to measure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.geometry.crs import epsg_of
from geo.geometry.ellipsoid import area_m2
from geo.geometry.topology import KERNEL_CORNERS, MILLIMETRE, corner_keys, vertex_numbers

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

Ints = NDArray[np.int64]


def block_labels(geometries: Any, *, gap_m: float) -> Ints:
    """A block number for each geometry: 0, 1, 2 … by first appearance, equal for geometries at most gap_m apart.

    Distances are on the map (0.03 % longer at most in the zone) and compared with a millimetre of slack, the
    precision of the coordinates. None and empty geometries are blocks of their own. Raises ValueError for a
    negative gap.
    """
    if not gap_m >= 0:
        raise ValueError(f"a gap cannot be {gap_m} m")
    geoms = np.asarray(geometries, dtype=object).ravel()
    count = len(geoms)
    corners = shapely.get_num_coordinates(geoms)
    if int(corners.sum()) >= KERNEL_CORNERS:
        from geo.geometry._border_kernel import joined_by_corners

        starts = np.concatenate([[0], np.cumsum(corners)]).astype(np.int64)
        first = joined_by_corners(corner_keys(shapely.get_coordinates(geoms)), starts, count)
        labels = np.unique(first, return_inverse=True)[1].astype(np.int64)
    else:
        xy, owner = shapely.get_coordinates(geoms, return_index=True)
        vertex, vertices = vertex_numbers(xy)
        labels = _joined(count, np.empty(0, int), np.empty(0, int), owner, vertex, vertices)
    return _first_seen(labels[_joined_near(geoms, labels, gap_m)])


def _joined(count: int, a: Ints, b: Ints, owner: Ints, vertex: Ints, vertices: int) -> Ints:
    """Component of each of ``count`` things tied by pairs (a, b) and by common vertices."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    size = count + vertices
    rows, cols = np.concatenate([a, owner]), np.concatenate([b, count + vertex])
    graph = coo_array((np.ones(len(rows), dtype=np.int8), (rows, cols)), shape=(size, size))
    return np.asarray(connected_components(graph, directed=False)[1][:count], dtype=np.int64)


def _joined_near(geoms: Any, labels: Ints, gap_m: float) -> Any:
    """For each geometry the row that stands for its block after joining components at most gap_m apart."""
    reach = gap_m + MILLIMETRE
    bounds = shapely.bounds(geoms)
    tree = shapely.STRtree(geoms)
    # Of two parcels to be joined one at most is in the largest block: the others look for it.
    largest = int(np.bincount(labels).argmax()) if len(labels) else 0
    known = np.flatnonzero(np.isfinite(bounds[:, 0]) & (labels != largest))
    wide = bounds[known] + np.array([-reach, -reach, reach, reach])
    a, b = tree.query(shapely.box(*wide.T)) if len(known) else (np.zeros(0, int), np.zeros(0, int))
    a = known[a] if len(known) else a
    use = (labels[a] != labels[b]) & ((a < b) | (labels[b] == largest))
    a, b = a[use], b[use]
    shapely.prepare(geoms[np.unique(a)])
    near = shapely.dwithin(geoms[a], geoms[b], reach)
    joined = _joined(
        int(labels.max()) + 1 if len(labels) else 0, labels[a[near]], labels[b[near]],
        np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64), 0,
    )  # fmt: skip
    first = np.full(int(joined.max()) + 1 if len(joined) else 0, len(geoms), dtype=np.int64)
    np.minimum.at(first, joined[labels], np.arange(len(geoms)))
    return first[joined[labels]]


def _first_seen(labels: Ints) -> Ints:
    import pandas as pd

    return np.asarray(pd.factorize(labels)[0], dtype=np.int64)


def largest_joined(shapes: Any, geoms: Any, sizes: Any, *, gap_m: float) -> NDArray[np.float64]:
    """For each of ``shapes`` the largest size among ``geoms`` at most ``gap_m`` away; 0 where none is."""
    found = np.zeros(len(shapes))
    if len(shapes) and len(geoms):
        at, near = shapely.STRtree(geoms).query(shapes, predicate="dwithin", distance=gap_m + MILLIMETRE)
        np.maximum.at(found, at, sizes[near])
    return found


def blocks(
    frame: gpd.GeoDataFrame, *, id_column: str, gap_m: float, area_column: str = "net_area_m2"
) -> tuple[pd.Series, pd.DataFrame]:
    """The contiguous blocks of a layer.

    Returns labels: a Series ``block_id`` with the frame's index, the smallest id of the block's members, so that it
    does not depend on the order of rows; and facts, one row a block in the order of block_id: block_id, parcels,
    area_m2 (ellipsoidal), net_area_m2 (sum of ``area_column``; the ellipsoidal area where that is not told).
    Raises ValueError for a negative gap, and for a layer without a CRS or in degrees, where a gap of metres means
    nothing.
    """
    import pandas as pd

    epsg = epsg_of(frame)
    if frame.crs.is_geographic:
        raise ValueError(f"gaps are metres on the map, and EPSG:{epsg} is in degrees: bring the layer to EPSG:4528")

    number = block_labels(frame.geometry.to_numpy(), gap_m=gap_m)
    ids = frame[id_column].astype(str)
    named = ids.groupby(number).transform("min").to_numpy()
    labels = pd.Series(named, index=frame.index, name="block_id")
    gross = area_m2(frame.geometry.to_numpy(), epsg=epsg)
    net = frame[area_column].to_numpy(dtype=float) if area_column in frame.columns else gross
    rows = pd.DataFrame({"block_id": named, "area_m2": gross, "net_area_m2": np.where(np.isnan(net), gross, net)})
    facts = rows.groupby("block_id", as_index=False, sort=True).agg(
        parcels=("area_m2", "size"), area_m2=("area_m2", "sum"), net_area_m2=("net_area_m2", "sum")
    )
    return labels, facts
