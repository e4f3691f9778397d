"""THE GROUND PLAN OF A RUN: polders between waters, what each becomes, lakes, villages; nothing cut finer yet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.geometry.ellipsoid import area_m2
from geo.sample import outline
from geo.sample.extent import Extent, blob
from geo.sample.mesh import Cell, Mesh
from geo.sample.noise import Bend, Noise
from geo.sample.units import Units, make_units, town_at
from geo.sample.water import Polder, Reach, divide_land

Floats = NDArray[np.float64]
BUILT = ("town", "works", "fringe")
# One stream of chance for each step, so that a change in one does not move the others.
STREAMS = (
    "bend", "lakes", "water", "kinds", "cut", "units", "creeks", "lines", "classes", "farmland", "rest", "faults",
)  # fmt: skip


@dataclass(slots=True)
class Ground:
    """Polders with kind, outline, town score; reaches between them; lakes; the hull of it all; chance for later."""

    extent: Extent
    mesh: Mesh
    bend: Bend
    polders: list[Polder]
    reaches: list[Reach]
    shape: NDArray[Any]
    score: Floats
    kind: NDArray[np.str_]
    units: Units
    lakes: tuple[Any, ...]
    hull: Any
    rng: dict[str, np.random.Generator]


def make_ground(extent: Extent, seed: int) -> Ground:
    """Divide the extent into polders and decide what they become."""
    children = np.random.SeedSequence(seed).spawn(len(STREAMS))
    rng = {name: np.random.default_rng(child) for name, child in zip(STREAMS, children, strict=True)}
    bend = Bend(rng["bend"])
    lakes = _lakes(extent, rng["lakes"])
    mesh = Mesh()
    polders, reaches = _divide(mesh, extent, bend, lakes, rng["water"])
    shapes = _shapes(mesh, [p.cell for p in polders], bend)
    centres = shapely.get_coordinates(shapely.centroid(shapes))
    score = _urban_score(centres, rng["kinds"])
    kind = _kinds(extent, polders, shapes, centres, score, lakes, rng["kinds"])
    units = make_units(extent, centres, area_m2(shapes), rng["units"])
    hull = shapely.union_all(shapes)
    hull = hull.buffer(75.0, join_style="mitre", mitre_limit=2.0).buffer(-68.0, join_style="mitre", mitre_limit=2.0)
    hull = shapely.union_all([shapely.Polygon(part.exterior) for part in shapely.get_parts(hull)])
    # A lake on the rim ends at the extent's own line.
    rim = shapely.union_all(list(lakes)) - extent.region
    hull = shapely.set_precision(hull - rim, 0.001)
    return Ground(extent, mesh, bend, polders, reaches, shapes, score, kind, units, lakes, hull, rng)


def _lakes(extent: Extent, rng: np.random.Generator) -> tuple[Any, ...]:
    """Lakes of the extent: outlines from the ground plan and, where it has none, invented ones."""
    floor = extent.target["lake_floor_m2"]
    sway = [Noise(rng, (1300.0, 420.0)) for _ in range(2)]

    def shore(xy: Floats) -> Floats:
        return xy + np.column_stack([42.0 * wave(xy[:, 0], xy[:, 1]) for wave in sway])

    shapes = [
        shapely.transform(shapely.segmentize(g, 60.0), shore).buffer(0)
        for g in outline.lakes()
        if g.intersects(extent.region)
    ]
    shapes += [blob(rng, *where) for where in extent.invented_lakes]
    merged = shapely.get_parts(shapely.union_all(shapes))
    merged = shapely.set_precision(merged, 0.001)
    return tuple(merged[area_m2(merged) > floor])


def _divide(
    mesh: Mesh, extent: Extent, bend: Bend, lakes: tuple[Any, ...], rng: np.random.Generator
) -> tuple[list[Polder], list[Any]]:
    west, south, east, north = extent.region.bounds
    margin = 700.0
    start = mesh.polygon(
        [(west - margin, south - margin), (east + margin, south - margin), (east + margin, north + margin),
         (west - margin, north + margin)]
    )  # fmt: skip
    region = extent.region
    shapely.prepare(region)
    deep = shapely.union_all([g.buffer(-40.0) for g in lakes]) if lakes else shapely.Polygon()
    shapely.prepare(deep)

    def verdict(corners: list[tuple[float, float]]) -> str:
        piece = shapely.Polygon(bend(np.array(corners)))
        if not shapely.intersects(region, piece):
            return "drop"
        return "lake" if shapely.contains(deep, piece) else "divide"

    polders, reaches = divide_land(mesh, start, rng, axis=extent.axis, verdict=verdict)

    def within(cells: list[Any]) -> NDArray[np.bool_]:
        spots = bend(np.array([mesh.middle(c) for c in cells]))
        return np.asarray(shapely.contains_xy(region, spots[:, 0], spots[:, 1]))

    inside = within([p.cell for p in polders])
    if extent.towns:
        spots = bend(np.array([mesh.middle(p.cell) for p in polders]))
        inside &= np.isin(town_at(spots), list(extent.towns))
    kept = [p for p, ok in zip(polders, inside, strict=True) if ok]
    # A reach stays when it touches kept land; what hangs over the rim is trimmed later.
    land = shapely.union_all(_shapes(mesh, [p.cell for p in kept], bend)).buffer(60.0)
    shapely.prepare(land)
    near = shapely.intersects(land, _shapes(mesh, [r.cell for r in reaches], bend))
    return kept, [r for r, ok in zip(reaches, near, strict=True) if ok]


def _shapes(mesh: Mesh, cells: list[Cell], bend: Bend) -> NDArray[Any]:
    """Outlines of cells on the map."""
    corners = np.array([v for cell in cells for v in cell[0]], dtype=np.int64)
    ring = np.repeat(np.arange(len(cells)), [len(cell[0]) for cell in cells])
    shapes: NDArray[Any] = shapely.polygons(shapely.linearrings(bend(mesh.coordinates()[corners]), indices=ring))
    return shapes


def _urban_score(centres: Floats, rng: np.random.Generator) -> Floats:
    """How much of a town a place is: near centres, more so near large ones, unevenly."""
    score = np.zeros(len(centres))
    for place in outline.places():
        distance = np.hypot(centres[:, 0] - place.easting, centres[:, 1] - place.northing)
        score += place.weight * np.exp(-distance / (1500.0 * place.weight**0.5))
    return score * np.exp(0.45 * Noise(rng, (5200.0, 2100.0))(centres[:, 0], centres[:, 1]))


def _kinds(
    extent: Extent,
    polders: list[Polder],
    shapes: NDArray[Any],
    centres: Floats,
    score: Floats,
    lakes: tuple[Any, ...],
    rng: np.random.Generator,
) -> NDArray[np.str_]:
    """Kind of each polder by rank, so that each kind gets its share of the land whatever the seed."""
    size = area_m2(shapes)
    kind = np.full(len(polders), "paddy", dtype="U8")
    free = ~np.array([p.open_water for p in polders])
    if lakes:
        deep = shapely.union_all([g.buffer(60.0) for g in lakes])
        wet = area_m2(shapely.intersection(shapes, deep)) / size
    else:
        wet = np.zeros(len(polders))
    x, y = centres[:, 0], centres[:, 1]
    total = size[free].sum()
    grain = Noise(rng, (4200.0, 1500.0))(x, y)
    ranks = {
        "town": np.where(wet < 0.25, score, -1.0),
        "works": np.where(wet < 0.15, score * np.exp(0.8 * grain), -1.0),
        "fringe": np.where(wet < 0.25, score, -1.0),
        "pond": Noise(rng, (6500.0, 1800.0))(x, y) + 2.2 * wet,
        "orchard": Noise(rng, (5600.0, 1600.0))(x, y) + 0.5 * rng.normal(size=len(x)),
        "wood": Noise(rng, (7000.0, 2400.0))(x, y) + 1.2 * wet + 0.4 * rng.normal(size=len(x)),
    }
    for name, rank in ranks.items():
        order = np.argsort(-np.where(free, rank, -np.inf), kind="stable")
        taken = np.cumsum(np.where(free[order], size[order], 0)) <= extent.share[name] * total
        chosen = order[taken & free[order]]
        kind[chosen] = name
        free[chosen] = False
    return kind
