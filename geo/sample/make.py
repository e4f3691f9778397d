"""THE SAMPLE ZONE, made in order: ground, lines, land, classes, attributes, farmland, pools, faults, key."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.sample.attributes import SURVEY_YEAR, parcels_frame, spatial_order
from geo.sample.classes import calibrate
from geo.sample.context import context_frames
from geo.sample.extent import Extent
from geo.sample.extent import extent as extent_named
from geo.sample.farmland import Choice, choose_farmland
from geo.sample.faults import plant_faults
from geo.sample.fragments import DEFINITION, carve
from geo.sample.ground import Ground, make_ground
from geo.sample.key import TEXT, cut_large, fragment_rows
from geo.sample.land import Land, make_land
from geo.sample.lines import Lines, line_frames, make_lines, with_holes
from geo.sample.pools import farmland_frame, footprint_frame, projects_frame, reserve_frame, unit_frames
from geo.sample.terrain import Relief, make_relief
from geo.sample.units import dissolve
from geo.zone import Zone

_DOOR_CODES = ("village_code", "unit_code")


@dataclass(frozen=True, slots=True)
class SampleZone:
    """An invented zone: layers in house names (EPSG:4528), boundary without holes, relief, context, the key.

    ``clean_parcels`` are the parcels before faults were planted: an exact coverage.
    """

    extent: Extent
    seed: int
    frames: Mapping[str, Any]
    boundary_full: Any
    clean_parcels: Any
    footprints: Any
    relief: Relief
    context: Mapping[str, Any]
    key: Mapping[str, Any]

    @property
    def layers(self) -> Mapping[str, Any]:
        """The standard layers by house name, with faults and holes, as they are written."""
        return self.frames

    def zone(self) -> Zone:
        """The same as a Zone in memory, as if it had come through the door (no elevation file, no personal fields)."""
        from geo.standards.schema import schema

        layers = {}
        for name, frame in self.frames.items():
            personal = [f.name for f in schema(name).fields if f.personal and f.name in frame.columns]
            out = frame.drop(columns=personal)
            for column in _DOOR_CODES:
                if column in out.columns:
                    out[column] = out[column].str.slice(0, 12)
            if "village_code" in out.columns:
                out["town_code"] = out["village_code"].str.slice(0, 9)
                out["county_code"] = out["village_code"].str.slice(0, 6)
            layers[name] = out
        return Zone(
            code=self.extent.code,
            name=self.extent.name,
            name_en=self.extent.name_en,
            survey_year=SURVEY_YEAR,
            layers=layers,
            footprints=self.footprints,
            context=dict(self.context),
            synthetic=True,
        )


def make_zone(
    *, extent: Literal["corner", "zone"] | str, seed: int, progress: Callable[[str], None] | None = None
) -> SampleZone:
    """Invent a zone: 'corner' (about 100 km² where the three counties meet) or 'zone' (all of it).

    The same extent and seed give the same coordinates and attributes. Raises ValueError for another extent.
    """
    tell = progress or (lambda _: None)
    plan = extent_named(extent)
    ground = make_ground(plan, seed)
    tell(f"{len(ground.polders)} polders")
    drawn = make_lines(ground)
    land = make_land(ground, tell=tell)
    land = land.take(spatial_order(land))
    towns = dissolve(land.geoms, land.village.astype("U9"))
    boundary, redline = line_frames(drawn, towns)
    lines = _as_written(boundary, redline)
    tell("lines")
    land, ridge, was = calibrate(land, ground, np.zeros(len(land.code), dtype=bool))
    land, ridge, was = _carved(land, ridge, was, lines, ground)
    parcels = parcels_frame(land, ridge, was, ground)
    choice = choose_farmland(parcels, land, lines, ground)
    tell(f"{len(choice.rows)} farmland parcels")
    farmland = farmland_frame(parcels, choice, ground)
    holed, in_hole = _holes(boundary, choice, farmland, ground)
    area = shapely.union_all([lines.boundary, lines.red])
    reserve = reserve_frame(parcels, land, choice, area, ground)
    projects = projects_frame(ground, _planted_spots(choice, farmland), area)
    footprints = footprint_frame(farmland, towns, ground)
    fragments, traps = fragment_rows(choice, farmland, in_hole, projects, redline)
    villages = dissolve(land.geoms, land.village)
    town_frame, village_frame = unit_frames(parcels, towns, villages, ground.units.names)
    keep_off = _keep_off(parcels, land, choice, reserve)
    faulty, faults = plant_faults(parcels, keep_off, ground)
    tell("faults and key")
    if plan.key == "zone":
        context = context_frames(ground, lines, None, None)
    else:
        whole = make_ground(extent_named("zone"), seed)
        context = context_frames(whole, make_lines(whole), ground, lines)
    frames = {
        "parcels": faulty, "farmland": farmland, "boundary": holed, "redline": redline, "reserve": reserve,
        "towns": town_frame, "villages": village_frame, "highstandard": projects,
    }  # fmt: skip
    key = {
        "synthetic": "示例数据，非真实地块 / Sample data, not real parcels",
        "extent": plan.key,
        "seed": seed,
        "definition": {**DEFINITION, **TEXT},
        "counts": {
            "layers": {name: len(frame) for name, frame in frames.items()},
            "fragments": len(fragments),
            "faults": len(faults),
            "traps": len(traps),
        },
        "fragments": fragments,
        "traps": traps,
        "large_fields_cut_by_a_line": cut_large(farmland, choice),
        "faults": faults,
    }
    relief = make_relief(ground)
    return SampleZone(plan, seed, frames, boundary, parcels, footprints, relief, context, key)


def _as_written(boundary: Any, redline: Any) -> Lines:
    """The lines as their rows make them: what is measured is what is written."""
    zones = {
        str(name): shapely.union_all(group.geometry.to_numpy())
        for name, group in redline.groupby("control_zone", sort=True)
    }
    return Lines(shapely.union_all(boundary.geometry.to_numpy()), zones)


def _carved(
    land: Land, ridge: NDArray[np.float64], was: NDArray[np.bool_], lines: Lines, ground: Ground
) -> tuple[Land, NDArray[np.float64], NDArray[np.bool_]]:
    land, origin = carve(land, ridge, lines.boundary, ground, each=2 if ground.extent.key == "corner" else 10)
    return land, ridge[origin], was[origin]


def _holes(boundary: Any, choice: Choice, farmland: Any, ground: Ground) -> tuple[Any, NDArray[np.bool_]]:
    """The boundary with holes around part of the farmland blocks inside it, and the farmland rows in holes."""
    blocks = choice.blocks
    if blocks is None:
        raise ValueError("the choice has no blocks")
    geoms = farmland.geometry.to_numpy()
    touched = np.flatnonzero(np.bincount(blocks.label, weights=choice.boundary_m2) > 0.5)
    rows = np.flatnonzero(np.isin(blocks.label, touched))
    rows = rows[np.argsort(blocks.label[rows], kind="stable")]
    chunks = np.split(rows, np.flatnonzero(np.diff(blocks.label[rows])) + 1)
    # A block of several touching parcels is one hole; parcels of a block that do not touch are several.
    pieces: list[Any] = []
    members: list[NDArray[np.intp]] = []
    for chunk in chunks:
        for part in shapely.get_parts(shapely.union_all(geoms[chunk])):
            pieces.append(part)
            members.append(chunk[shapely.covers(part, geoms[chunk])])
    holed, cut = with_holes(boundary, np.array(pieces, dtype=object), ground.rng["rest"])
    in_hole = np.zeros(len(geoms), dtype=bool)
    for mine, was_cut in zip(members, cut, strict=True):
        in_hole[mine] = was_cut
    return holed, in_hole


def _planted_spots(choice: Choice, farmland: Any) -> dict[str, NDArray[np.float64]]:
    """County code to points of the planted pieces."""
    place = {int(r): k for k, r in enumerate(choice.rows)}
    rows = np.array(sorted(place[r] for r in choice.planted), dtype=np.intp)
    spots = shapely.get_coordinates(shapely.point_on_surface(farmland.geometry.to_numpy()[rows]))
    county = farmland["village_code"].str.slice(0, 6).to_numpy(dtype="U6")[rows]
    return {str(c): spots[county == c] for c in np.unique(county)}


def _keep_off(parcels: Any, land: Land, choice: Choice, reserve: Any) -> NDArray[np.bool_]:
    """Parcels where no fault is planted: 零星 pieces, traps, reserve lots and the land around them."""
    special = np.zeros(len(parcels), dtype=bool)
    blocks = choice.blocks
    if blocks is not None:
        special[choice.rows[np.isin(blocks.label, blocks.fragmented())]] = True
    special[sorted(choice.traps)] = True
    tree = shapely.STRtree(land.geoms)
    wanted = np.concatenate([land.geoms[special], reserve.geometry.to_numpy()])
    out = np.isin(land.role, ("lake", "way", "reach"))
    out[tree.query(wanted, predicate="dwithin", distance=12.0)[1]] = True
    return out
