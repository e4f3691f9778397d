"""Layers for the speed table, from a seed: parcels that share their edges, towns, red lines, farmland drawn apart.

Nothing here is real. Parcels are the cells of a shaken lattice with crooked edges that neighbours share, about 40
corners each, 1.2 ha on average, told to the millimetre. Towns and red lines are few large outlines with hundreds and
thousands of corners; farmland is a second lattice, turned against the first, so that its borders cut parcels anywhere.
The number of outlines grows with the number of parcels, so that the land looks the same at every size.
"""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import shapely

EAST, NORTH = 40_530_000.0, 3_400_000.0
PITCH_M = 110.0
CORNERS_ON_EDGE = 9


def lattice(rng: np.random.Generator, nx: int, ny: int, pitch: float, inner: int) -> np.ndarray:
    """Rings of nx × ny cells (cell, corner, 2), counter-clockwise, counted from the south-west corner."""
    base = np.stack(np.meshgrid(np.arange(nx + 1.0), np.arange(ny + 1.0), indexing="ij"), axis=-1) * pitch
    node = base + rng.uniform(-0.28, 0.28, base.shape) * pitch
    across = _crooked(rng, node[:-1], node[1:], inner)  # (nx, ny + 1, corners, 2)
    up = _crooked(rng, node[:, :-1], node[:, 1:], inner)
    ring = [across[:, :-1], up[1:], across[:, 1:, ::-1], up[:-1, :, ::-1]]
    open_ring = np.concatenate([side[..., :-1, :] for side in ring], axis=2)
    closed = np.concatenate([open_ring, open_ring[:, :, :1]], axis=2)
    return closed.reshape(nx * ny, -1, 2)


def _crooked(rng: np.random.Generator, a: np.ndarray, b: np.ndarray, inner: int) -> np.ndarray:
    """Each edge with ``inner`` corners between its ends, off the straight line by up to 3 % of its length."""
    t = (np.arange(inner + 2) / (inner + 1))[:, None]
    line = a[..., None, :] * (1 - t) + b[..., None, :] * t
    along = (b - a)[..., None, :]
    normal = np.stack([-along[..., 1], along[..., 0]], axis=-1)
    sway = rng.uniform(-0.03, 0.03, (*line.shape[:-1], 1))
    sway[..., 0, :] = sway[..., -1, :] = 0.0
    return line + normal * sway


def _told(xy: np.ndarray) -> np.ndarray:
    return np.round(xy + np.array([EAST, NORTH]), 3)


def outlines(rng: np.random.Generator, count: int, corners: int, radius: float, extent: np.ndarray) -> np.ndarray:
    """Large crooked outlines apart from one another: one in each cell of a coarse lattice, some with a hole."""
    side = max(1, int(np.ceil(np.sqrt(count * extent[0] / extent[1]))))
    tall = int(np.ceil(count / side))
    cell = extent / (side, tall)
    radius = min(radius, 0.46 * float(cell.min()))
    found = []
    for k in range(count):
        middle = (np.array([k % side, k // side]) + 0.5) * cell
        angle = np.linspace(0, 2 * np.pi, corners, endpoint=False)
        sway = sum(rng.uniform(-1, 1) * np.sin(m * angle + rng.uniform(0, 7)) / m for m in range(2, 9))
        reach = radius * (0.75 + 0.1 * sway) + rng.uniform(-0.35, 0.35, corners) * radius * 2 / corners
        ring = middle + np.minimum(reach, radius)[:, None] * np.c_[np.cos(angle), np.sin(angle)]
        hole = middle + 0.12 * radius * np.c_[np.cos(angle[::-4]), np.sin(angle[::-4])]
        found.append(shapely.Polygon(_told(ring), [_told(hole)] if k % 3 == 0 else None))
    return np.array(found, dtype=object)


def layers(parcels: int, *, seed: int = 1) -> dict[str, gpd.GeoDataFrame]:
    """parcels (parcel_id, village), urban, redline, farmland (id columns urban_id, redline_id, farmland_id)."""
    rng = np.random.default_rng([seed, parcels])
    nx = int(np.sqrt(parcels))
    ny = int(np.ceil(parcels / nx))
    extent = np.array([nx, ny]) * PITCH_M
    cells = lattice(rng, nx, ny, PITCH_M, CORNERS_ON_EDGE)[:parcels]
    column, row = np.divmod(np.arange(len(cells)), ny)
    village = (column // 19) * 10_000 + row // 19
    share = parcels / 200_000
    turned = np.array([[np.cos(0.3), np.sin(0.3)], [-np.sin(0.3), np.cos(0.3)]])
    across = int(np.hypot(*extent) / 150.0) + 2
    fields = lattice(rng, across, across, 150.0, 6)
    x, y = fields[:, 0].T / 150.0
    thick = np.sin(x / 9) + np.sin(y / 11) + rng.uniform(-0.8, 0.8, len(fields))
    fields = (fields - across * 75.0) @ turned + extent / 2
    inside = ((fields > 0) & (fields < extent)).all(axis=(1, 2))
    keep = np.flatnonzero(inside)
    keep = np.sort(keep[np.argsort(thick[keep])[: int(30_000 * share)]])
    found: dict[str, Any] = {
        "parcel": shapely.polygons(_told(cells)),
        "urban": outlines(rng, max(1, round(200 * share)), 800, 750.0, extent),
        "redline": outlines(rng, max(1, round(60 * share)), 6000, 2400.0, extent),
        "farmland": shapely.polygons(_told(fields[keep])),
    }
    made = {
        name: gpd.GeoDataFrame({f"{name}_id": np.arange(len(geoms))}, geometry=geoms, crs=4528)
        for name, geoms in found.items()
    }
    made["parcels"] = made.pop("parcel").assign(village=village)
    return made
