"""WALKING ALONG THE ROADS of the survey: road parcels as a network, distances between plots by it.

A road parcel meets another at a *port* (where they touch); inside a parcel one walks straight from port to port. A plot
enters at the nearest point of the nearest road parcel. Walks inside one bent parcel are a little short, as a straight
line is; nothing is invented where no road leads: such pairs are told apart, and their distance is straight.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.geometry.topology import MILLIMETRE
from geo.standards.land import base_code

if TYPE_CHECKING:
    from collections.abc import Collection

    import geopandas as gpd

ROADS = ("1003", "1004", "1006")
TOUCH_M = 1.0
"""Road parcels this close meet: surveys leave slivers between them."""
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Walks:
    """Plots on the network. graph: sparse metres between nodes; entry: node of each plot (-1: no road near);
    part: connected part of the network of each plot (-1 without); roads: road parcels used."""

    graph: Any
    entry: Ints
    part: Ints
    roads: int

    def to_nearest(self, targets: Ints) -> Floats:
        """Metres by road from each plot to the nearest of the plots ``targets`` (positions); inf where none leads."""
        from scipy.sparse.csgraph import dijkstra

        out = np.full(len(self.entry), np.inf)
        nodes = np.unique(self.entry[targets])
        nodes = nodes[nodes >= 0]
        if not len(nodes):
            return out
        metres = dijkstra(self.graph, directed=False, indices=nodes, min_only=True)
        on = self.entry >= 0
        out[on] = metres[self.entry[on]]
        return out

    def between(self, pairs: tuple[Ints, Ints], *, limit_m: float) -> Floats:
        """Metres by road of pairs of plots; inf beyond ``limit_m`` or where no road leads."""
        from scipy.sparse.csgraph import dijkstra

        a, b = pairs
        out = np.full(len(a), np.inf)
        on = (self.entry[a] >= 0) & (self.entry[b] >= 0)
        for start in np.unique(a[on]) if on.any() else ():
            mine = np.flatnonzero(on & (a == start))
            metres = dijkstra(self.graph, directed=False, indices=int(self.entry[start]), limit=limit_m)
            out[mine] = metres[self.entry[b[mine]]]
        return out


def walks(parcels: gpd.GeoDataFrame, plots: Any, *, access_m: float, classes: Collection[str] = ROADS) -> Walks:
    """The road network of a parcel layer with ``plots`` (an array of geometries) on it.

    access_m: how far a plot may lie from its road; from a plot to its entry the straight way counts.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    roads = parcels.geometry.to_numpy()[parcels["class_code"].map(base_code).isin(set(classes)).to_numpy()]
    plots = np.asarray(plots, dtype=object)
    none = np.full(len(plots), -1, dtype=np.int64)
    if not len(roads) or not len(plots):
        return Walks(coo_array((1, 1)).tocsr(), none, none, len(roads))
    tree = shapely.STRtree(roads)
    a, b = tree.query(roads, predicate="dwithin", distance=TOUCH_M)
    a, b = a[a < b], b[a < b]
    ports = shapely.get_coordinates(shapely.point_on_surface(shapely.shortest_line(roads[a], roads[b]))).reshape(-1, 2)
    # Each plot enters at the nearest road within reach.
    got = tree.query_nearest(plots, max_distance=access_m + MILLIMETRE, return_distance=True, all_matches=False)
    (p, r), away = got
    entry_xy = shapely.get_coordinates(shapely.get_point(shapely.shortest_line(roads[r], plots[p]), 0)).reshape(-1, 2)
    count = len(ports)
    entry = none.copy()
    entry[p] = count + np.arange(len(p))
    xy = np.concatenate([ports, entry_xy])
    extra = np.concatenate([np.zeros(count), away])
    node = np.concatenate([np.arange(count), np.arange(count), count + np.arange(len(p))])
    road = np.concatenate([a, b, r])
    left, right = _pairs_by(road, node)
    metres = np.hypot(*(xy[left] - xy[right]).T) + extra[left] + extra[right]
    size = len(xy)
    # A nought would be no edge: the shortest step is a millimetre.
    graph = coo_array((np.maximum(metres, MILLIMETRE), (left, right)), shape=(size, size)).tocsr()
    part_of = connected_components(graph, directed=False)[1]
    part = none.copy()
    part[p] = part_of[entry[p]]
    return Walks(graph, entry, part, len(roads))


def _pairs_by(group: Ints, member: Ints) -> tuple[Ints, Ints]:
    """Every pair of members of the same group, once; pairs of a member with itself left out."""
    order = np.lexsort((member, group))
    group, member = group[order], member[order]
    starts = np.flatnonzero(np.concatenate([[True], group[1:] != group[:-1]])) if len(group) else np.zeros(0, dtype=int)
    sizes = np.diff(np.append(starts, len(group)))
    left, right = [], []
    for size in np.unique(sizes):
        at = starts[sizes == size]
        i, j = np.triu_indices(size, 1)
        left.append((at[:, None] + i[None, :]).ravel())
        right.append((at[:, None] + j[None, :]).ravel())
    a = member[np.concatenate(left)] if left else np.zeros(0, dtype=np.int64)
    b = member[np.concatenate(right)] if right else np.zeros(0, dtype=np.int64)
    low, high = np.minimum(a, b), np.maximum(a, b)
    keep = low < high
    both = np.unique(np.stack([low[keep], high[keep]], axis=1), axis=0)
    return both[:, 0], both[:, 1]
