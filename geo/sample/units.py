"""COUNTIES, TOWNS, VILLAGES of the sample: schematic, made of whole polders, named after nothing real."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.sample import outline
from geo.sample.extent import Extent
from geo.standards.land import admin_units

Floats = NDArray[np.float64]
_VILLAGE_M2 = 3.3e6


@dataclass(frozen=True, slots=True)
class Units:
    """Village (12 digits) of each polder, names of villages, and the polders' centres to find the nearest one."""

    village: NDArray[np.str_]
    names: dict[str, str]
    centres: Floats

    def nearest(self, points: Floats) -> NDArray[np.intp]:
        """Number of the polder whose centre is nearest to each point."""
        from scipy.spatial import cKDTree

        return np.asarray(cKDTree(self.centres).query(points)[1], dtype=np.intp)


def county_at(points: Floats) -> NDArray[np.str_]:
    """County code of each point: the outline it lies in, else the nearest."""
    codes = np.array(list(outline.counties()), dtype="U6")
    spots = shapely.points(points)
    gaps = np.column_stack([shapely.distance(shape, spots) for shape in outline.counties().values()])
    nearest: NDArray[np.str_] = codes[gaps.argmin(axis=1)]
    return nearest


def town_at(points: Floats, *, among: frozenset[str] = frozenset()) -> NDArray[np.str_]:
    """Town code (9 digits) of each point: the nearest town centre in its county (schematic cells, not real towns).

    among: the only towns allowed, whatever the county; all when empty.
    """
    county = county_at(points)
    places = outline.places()
    codes = np.array([p.town_code for p in places], dtype="U9")
    gaps = np.hypot(
        points[:, :1] - np.array([p.easting for p in places]), points[:, 1:] - np.array([p.northing for p in places])
    )
    if among:
        gaps[:, ~np.isin(codes, sorted(among))] = np.inf
    else:
        gaps[county[:, None] != codes.astype("U6")[None, :]] = np.inf
    nearest: NDArray[np.str_] = codes[gaps.argmin(axis=1)]
    return nearest


def make_units(extent: Extent, centres: Floats, sizes: Floats, rng: np.random.Generator) -> Units:
    """Group the polders of each town into villages of about 3 km²."""
    town = town_at(centres)
    if extent.towns:
        strays = ~np.isin(town, sorted(extent.towns))
        town[strays] = town_at(centres, among=extent.towns)[strays]
    village = np.empty(len(centres), dtype="U12")
    names: dict[str, str] = {}
    for code in np.unique(town):
        members = np.flatnonzero(town == code)
        count = max(1, round(float(sizes[members].sum()) / _VILLAGE_M2))
        label = _gather(centres[members], count, rng)
        for k in range(count):
            names[f"{code}{201 + k}"] = f"{admin_units()[str(code)].zh}示例{k + 1:02d}村"
        village[members] = np.char.add(str(code), (201 + label).astype("U3"))
    return Units(village, {k: names[k] for k in sorted(set(village))}, centres)


def _gather(points: Floats, count: int, rng: np.random.Generator) -> NDArray[np.intp]:
    from scipy.spatial import cKDTree

    count = min(count, len(points))
    seeds = points[rng.choice(len(points), count, replace=False)]
    label = np.zeros(len(points), dtype=np.intp)
    for _ in range(8):
        label = np.asarray(cKDTree(seeds).query(points)[1], dtype=np.intp)
        seeds = np.array([points[label == k].mean(axis=0) if (label == k).any() else seeds[k] for k in range(count)])
    _, label = np.unique(label, return_inverse=True)
    return label.astype(np.intp)


def dissolve(geoms: NDArray[Any], keys: NDArray[np.str_]) -> dict[str, Any]:
    """Union of the parcels of each key; shared vertices are kept."""
    order = np.argsort(keys, kind="stable")
    cuts = np.flatnonzero(keys[order][1:] != keys[order][:-1]) + 1
    return {str(keys[chunk[0]]): shapely.coverage_union_all(geoms[chunk]) for chunk in np.split(order, cuts)}
