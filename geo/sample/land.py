"""THE LAND: water, polders, towns and works of an extent as one exact coverage of polygons with their classes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.sample import outline
from geo.sample.ground import BUILT, Ground
from geo.sample.mesh import polygons
from geo.sample.overlay import Feature, absorb_small, join, lay_over
from geo.sample.polder import Cutter
from geo.sample.settlement import built_polder

Floats = NDArray[np.float64]
_FLOOR_M2 = 430.0
_SPACING_M = 55.0


@dataclass(frozen=True, slots=True)
class Land:
    """The coverage before attributes: one entry a parcel in every array."""

    geoms: NDArray[Any]
    code: NDArray[np.str_]
    role: NDArray[np.str_]
    block: NDArray[np.int64]
    polder: NDArray[np.int64]
    width: Floats
    village: NDArray[np.str_]

    def take(self, rows: NDArray[np.intp] | NDArray[np.bool_], geoms: NDArray[Any] | None = None) -> Land:
        """The rows named, in that order, with other geometries where given."""
        values = {f.name: getattr(self, f.name)[rows] for f in fields(self)}
        if geoms is not None:
            values["geoms"] = geoms
        return Land(**values)


def make_land(ground: Ground, *, tell: Callable[[str], None]) -> Land:
    """Cut the ground into parcels. The same seed gives the same coordinates to the last digit."""
    mesh = ground.mesh
    cutter = Cutter(mesh, ground.rng["cut"])
    for k, polder in enumerate(ground.polders):
        cutter.polder = k
        if polder.open_water:
            cutter.next_block()
            cutter.keep(polder.cell, "1102", "lake")
        elif ground.kind[k] in BUILT:
            built_polder(cutter, polder.cell, polder.axis, str(ground.kind[k]))
        else:
            cutter.rural_polder(polder.cell, polder.axis, str(ground.kind[k]), 0.36)
    pieces, reaches = cutter.pieces, ground.reaches
    rings, offsets = mesh.rings([p.cell for p in pieces] + [r.cell for r in reaches], spacing_m=_SPACING_M)
    geoms = polygons(rings, offsets, ground.bend(mesh.coordinates()))
    tell(f"{len(geoms)} pieces cut")
    spots = shapely.get_coordinates(shapely.centroid(geoms[len(pieces) :]))
    polder_of = np.concatenate([[p.polder for p in pieces], ground.units.nearest(spots)]).astype(np.int64)
    land = Land(
        geoms=geoms,
        code=np.array([p.code for p in pieces] + [r.code for r in reaches], dtype="U5"),
        role=np.array([p.role for p in pieces] + ["reach"] * len(reaches), dtype="U8"),
        block=np.array([p.block for p in pieces] + list(range(-len(reaches), 0)), dtype=np.int64),
        polder=polder_of,
        width=np.array([p.width_m for p in pieces] + [r.width_m for r in reaches]),
        village=ground.units.village[polder_of],
    )
    land = _laid_over(land, _features(ground))
    land = _without_holes(land, ground)
    geoms, first = absorb_small(land.geoms, floor_m2=_FLOOR_M2)
    land = land.take(first, geoms)
    tell(f"{len(geoms)} parcels")
    return land


def _without_holes(land: Land, ground: Ground) -> Land:
    """Patches between the polders that nothing covers, at the rim, become parcels of their own."""
    whole = shapely.get_parts(shapely.coverage_union_all(land.geoms))
    rings = np.array([shapely.Polygon(r) for p in whole for r in p.interiors], dtype=object)
    if not len(rings):
        return land
    spots = shapely.point_on_surface(rings)
    wet = shapely.intersects(shapely.union_all(list(ground.lakes)), spots)
    polder = ground.units.nearest(shapely.get_coordinates(spots))
    count = len(rings)
    return Land(
        geoms=np.concatenate([land.geoms, rings]),
        code=np.concatenate([land.code, np.where(wet, "1102", "0307")]),
        role=np.concatenate([land.role, np.full(count, "rim", dtype="U8")]),
        block=np.concatenate([land.block, -2_000_000 - np.arange(count)]),
        polder=np.concatenate([land.polder, polder]),
        width=np.concatenate([land.width, np.zeros(count)]),
        village=np.concatenate([land.village, ground.units.village[polder]]),
    )


def _laid_over(land: Land, features: list[Feature]) -> Land:
    geoms, origin, cover = lay_over(land.geoms, features)
    what = np.array([f.role for f in features], dtype="U8")
    inside = (cover < 0) | (what[cover] != "outside")
    land, cover = land.take(origin[inside], geoms[inside]), cover[inside]
    # A tree belt does not cross a canal; the road above it does.
    cover[(cover >= 0) & (what[cover] == "belt") & np.isin(land.code, ("1101", "1102"))] = -1
    laid = cover >= 0
    land.code[laid] = np.array([f.code for f in features], dtype="U5")[cover[laid]]
    land.role[laid] = what[cover[laid]]
    land.width[laid] = np.array([f.width_m for f in features])[cover[laid]]
    land.block[laid] = -1_000_000 - cover[laid]
    geoms, first = join(land.geoms, _groups(cover, land.role, land.village))
    return land.take(first, geoms)


def _features(ground: Ground) -> list[Feature]:
    """What is laid over the polders: creeks, belts, lakes, great rivers, roads, and the world outside the extent."""
    extent = ground.extent
    features = [Feature(g, "1102", "lake", 20) for g in ground.lakes]
    features += [Feature(_grid(g), "1101", "creek", 5, 12.0) for g in _creeks(ground)]
    for k, way in enumerate(outline.ways()):
        reach = way.course.intersection(extent.region.buffer(400.0))
        if reach.is_empty:
            continue
        outer = reach.buffer(way.width_m / 2 + way.belt_m, cap_style="flat", quad_segs=4)
        inner = reach.buffer(way.width_m / 2, cap_style="flat", quad_segs=4)
        features.append(Feature(_grid(outer), way.belt_code, "belt", 10, way.belt_m))
        features.append(Feature(_grid(inner), way.code, "way", (30 if way.code == "1101" else 40) + k, way.width_m))
    frame = shapely.box(*extent.region.buffer(6000.0).bounds)
    features.append(Feature(_grid(frame - ground.hull), "", "outside", 99))
    return features


def _grid(shape: Any) -> Any:
    return shapely.set_precision(shape, 0.001)


def _creeks(ground: Ground) -> list[Any]:
    """Dead-end creeks (浜): short winding arms that reach from a canal into a polder."""
    mesh, rng, bend = ground.mesh, ground.rng["creeks"], ground.bend
    creeks: list[Any] = []
    for polder, what in zip(ground.polders, ground.kind, strict=True):
        if polder.open_water or what == "works" or rng.random() > 0.42:
            continue
        corners = polder.cell[0]
        k = int(rng.integers(len(corners)))
        a, b = corners[k], corners[k + 1 - len(corners)]
        ax, ay, bx, by = mesh.x[a], mesh.y[a], mesh.x[b], mesh.y[b]
        length = float(np.hypot(bx - ax, by - ay))
        if length < 260:
            continue
        f = rng.uniform(0.3, 0.7)
        ux, uy = (bx - ax) / length, (by - ay) / length
        reach = float(rng.uniform(110, 340))
        sway = rng.normal(0, 0.16, 2)
        steps = np.linspace(-0.06, 1, 9)
        along = reach * steps
        across = reach * (sway[0] * np.sin(np.pi * steps) + sway[1] * steps)
        points = np.column_stack(
            [ax + f * (bx - ax) - uy * along + ux * across, ay + f * (by - ay) + ux * along + uy * across]
        )
        creeks.append(shapely.LineString(bend(points)).buffer(float(rng.uniform(4, 9)), quad_segs=3))
    return creeks


def _groups(cover: NDArray[np.intp], role: NDArray[np.str_], village: NDArray[np.str_]) -> NDArray[np.intp]:
    """Which pieces are one parcel: those under one feature within a village (a lake: within a town)."""
    unit = np.where(role == "lake", village.astype("U9"), village)
    keys = np.char.add(np.char.add(cover.astype("U8"), "/"), unit)
    _, number = np.unique(keys, return_inverse=True)
    return np.where(cover >= 0, number, -1).astype(np.intp)
