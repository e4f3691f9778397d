"""SAFE REPAIRS: offered, listed, applied only on request, and undone by the original geometry that each one keeps.

Safe is a repair that leaves the meaning of a parcel alone: repeated points go, holes are turned against their shell,
a spike that no neighbour shares is cut, crossing rings are rebuilt where the area stays, and hair cracks and hair
overlaps narrower than the accuracy of a boundary point are closed. Whatever would change an area by more than the
tolerance, split a parcel, or make a new fault with a neighbour, is not offered; it stays a finding for the surveyor.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from geo.geometry.ellipsoid import area_m2
from geo.geometry.repair import mean_width_m, moved_m, snapped, turned, valid_polygons, without_holes, without_points
from geo.geometry.rings import Rings
from geo.geometry.topology import MILLIMETRE
from geo.qc.coverage import coverage_faults
from geo.qc.limits import number
from geo.standards.schema import schema

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import geopandas as gpd

    from geo.qc.fault import Fault
    from geo.zone import Zone

# Codes that a repair may answer.
REPAIRABLE = ("QC201", "QC202", "QC203", "QC208", "QC209", "QC210", "QC214")
# A crack along a whole canal, or thousands of them, is a matter of how the layer was made, not of its parcels.
_BESIDE, _MOST = 24, 5_000


@dataclass(frozen=True, slots=True)
class Repair:
    """One feature repaired: which (layer, row, subject), for which codes, areas in m², how far the outline moved in m.

    before and after are geometries in the system of the layer; ``before`` undoes the repair.
    """

    layer: str
    row: int
    subject: str
    codes: tuple[str, ...]
    area_before_m2: float
    area_after_m2: float
    moved_m: float
    before: Any
    after: Any


def offer_repairs(zone: Zone, faults: Sequence[Fault]) -> list[Repair]:
    """The safe repairs for the faults of a zone (``coverage_faults``), at most one a feature; nothing is changed.

    A repair after which the feature or a neighbour would have a fault that it did not have is withdrawn.
    """
    by_layer: dict[str, list[Fault]] = defaultdict(list)
    for fault in faults:
        if fault.finding.code in REPAIRABLE and fault.rows:
            by_layer[fault.layer].append(fault)
    offered: list[Repair] = []
    for layer, found in by_layer.items():
        offered += _sound(zone, layer, _Bench(layer, zone.layer(layer)).repair(found))
    return offered


def apply_repairs(frame: gpd.GeoDataFrame, repairs: Iterable[Repair], layer: str) -> gpd.GeoDataFrame:
    """A new frame with the repaired geometries of that layer; attributes stay."""
    return _with(frame, {r.row: r.after for r in repairs if r.layer == layer})


def undo_repairs(frame: gpd.GeoDataFrame, repairs: Iterable[Repair], layer: str) -> gpd.GeoDataFrame:
    """A new frame with the geometries as they were before the repairs of that layer."""
    return _with(frame, {r.row: r.before for r in repairs if r.layer == layer})


def _with(frame: gpd.GeoDataFrame, shapes: dict[int, Any]) -> gpd.GeoDataFrame:
    geoms = frame.geometry.to_numpy().copy()
    for row, shape in shapes.items():
        geoms[row] = shape
    return frame.set_geometry(type(frame.geometry)(geoms, index=frame.index, crs=frame.crs))


class _Bench:
    """The repairs of one layer, step by step; each step is kept only if it is safe."""

    def __init__(self, layer: str, frame: gpd.GeoDataFrame) -> None:
        self.layer, self.frame = layer, frame
        spec = schema(layer)
        self.names = spec.official + "#" + frame[spec.id_column].astype(str).to_numpy(dtype=object)
        self.epsg = int(frame.crs.to_epsg())
        self.geoms = frame.geometry.to_numpy()
        self.now: dict[int, Any] = {}
        self.codes: dict[int, list[str]] = defaultdict(list)
        self.slack = number("repair_tolerance_m2")

    def repair(self, faults: Sequence[Fault]) -> list[Repair]:
        rows: dict[str, list[int]] = defaultdict(list)
        for fault in faults:
            if fault.finding.code in ("QC201", "QC208", "QC209", "QC210"):
                rows[fault.finding.code].append(fault.rows[0])
        for row in rows["QC208"]:
            self.step(row, "QC208", shapely.remove_repeated_points(self.shape(row), MILLIMETRE / 2))
        self.spikes(rows["QC209"])
        for row in rows["QC201"]:
            sound = valid_polygons([self.shape(row)])[0]
            # A loop inside a parcel leaves crumbs of holes, which would be gaps: without them, if the area allows.
            if not (self.drawn_holes(row) == 0 and self.step(row, "QC201", without_holes(sound))):
                self.step(row, "QC201", sound)
        for row in rows["QC210"]:
            self.step(row, "QC210", turned(self.shape(row)))
        for fault in [f for f in faults if f.finding.code == "QC214" and len(f.rows) <= _MOST]:
            for row in fault.rows:
                self.step(row, "QC214", shapely.orient_polygons(self.shape(row), exterior_cw=True))
        for fault in [f for f in faults if f.finding.code in ("QC202", "QC203")][:_MOST]:
            self.close(fault)
        return self.made()

    def shape(self, row: int) -> Any:
        return self.now.get(row, self.geoms[row])

    def size(self, shape: Any) -> float:
        """Area that the rings enclose as they are drawn."""
        return float(Rings([shape]).area_m2(epsg=self.epsg)[0])

    def declared(self, row: int) -> float:
        return float(self.frame["area_m2"].iloc[row]) if "area_m2" in self.frame.columns else float("nan")

    def drawn_holes(self, row: int) -> int:
        return int(shapely.get_num_interior_rings(shapely.get_parts(self.geoms[row])).sum())

    def step(self, row: int, code: str, shape: Any) -> bool:
        """Keep a repaired shape if it is one sound surface of the same area (as drawn, or as declared)."""
        old = self.shape(row)
        if shape is None or shape.is_empty or (code != "QC208" and not shape.is_valid):
            return False
        if shapely.get_num_geometries(shape) != shapely.get_num_geometries(old):
            return False
        after = self.size(shape)
        if not min(abs(after - self.size(self.geoms[row])), abs(after - self.declared(row))) <= self.slack:
            return False
        self.now[row] = shape
        self.codes[row].append(code)
        return True

    def spikes(self, rows: Sequence[int]) -> None:
        """Tips that no other feature has as a corner are cut off."""
        if not rows:
            return
        every = Rings(self.geoms)
        tips = {row: (own := Rings([self.shape(row)])).xy[own.walk.spike] for row in dict.fromkeys(rows)}
        low = every.xy.min(axis=0)
        places = _places(every.xy, low)
        shared = np.flatnonzero(np.isin(places, np.concatenate([_places(t, low) for t in tips.values()])))
        users: dict[int, set[int]] = defaultdict(set)
        for point in shared:
            users[int(places[point])].add(int(every.owner[every.ring_of[point]]))
        for row, points in tips.items():
            alone = all(users[int(place)] <= {row} for place in _places(points, low))
            if len(points) and alone:
                self.step(row, "QC209", without_points(self.shape(row), points))

    def close(self, fault: Fault) -> None:
        """A hair crack or hair overlap between two features: both are drawn on one border."""
        tolerance = number("snap_tolerance_m")
        if fault.shape is None or not 2 <= len(fault.rows) <= _BESIDE or mean_width_m([fault.shape])[0] > tolerance:
            return
        around = fault.shape.buffer(tolerance)
        near = [r for r in fault.rows if self.shape(r) is not None and self.shape(r).is_valid]
        near = [r for r in near if self.shape(r).boundary.intersects(around)]
        for k, a in enumerate(near):
            for b in near[k + 1 :]:
                first, second = snapped(self.shape(a), self.shape(b), tolerance_m=tolerance)
                kept = dict(self.now), {r: list(c) for r, c in self.codes.items()}
                for row, shape in ((a, first), (b, second)):
                    if not shape.equals_exact(self.shape(row), 0.0):
                        self.step(row, fault.finding.code, shape)
                if any(moved_m([self.geoms[r]], [self.shape(r)])[0] > 2 * tolerance for r in (a, b)):
                    self.now, self.codes = kept[0], defaultdict(list, kept[1])

    def made(self) -> list[Repair]:
        rows = sorted(self.now)
        before, after = [self.geoms[r] for r in rows], [self.now[r] for r in rows]
        sizes = Rings(before).area_m2(epsg=self.epsg), area_m2(np.array(after, dtype=object), epsg=self.epsg)
        far = moved_m(before, after)
        return [
            Repair(
                self.layer, row, str(self.names[row]), tuple(dict.fromkeys(self.codes[row])), float(sizes[0][k]),
                float(sizes[1][k]), float(far[k]), before[k], after[k],
            )
            for k, row in enumerate(rows)
        ]  # fmt: skip


def _places(xy: Any, low: Any) -> Any:
    """A number for each point, the same for points that are equal to the millimetre."""
    grid = np.rint((xy - low) / MILLIMETRE).astype(np.int64)
    return grid[:, 0] * (1 << 31) + grid[:, 1]


def _sound(zone: Zone, layer: str, repairs: list[Repair]) -> list[Repair]:
    """The repairs that answer a fault and make none: the neighbourhood is checked again, until nothing is withdrawn."""
    frame = zone.layer(layer)
    clockwise = any("QC214" in r.codes for r in repairs)
    tree = shapely.STRtree(frame.geometry.to_numpy())
    while repairs:
        touched = sorted({r.row for r in repairs})
        reach = shapely.buffer(shapely.envelope(frame.geometry.to_numpy()[touched]), 1.0)
        rows = np.unique(np.concatenate([tree.query(reach)[1], touched]))
        part = frame.iloc[rows]
        place = {int(r): k for k, r in enumerate(rows)}
        mended = _with(part, {place[r.row]: r.after for r in repairs})
        was, now = (
            _told(zone.with_layer(layer, f.reset_index(drop=True)), layer, clockwise=clockwise) for f in (part, mended)
        )
        worse = {row for row, codes in now.items() if codes - was.get(row, set())}
        answered = {row for row, codes in was.items() if codes - now.get(row, set())}
        bad = [r for r in repairs if place[r.row] in worse or not _near(place[r.row], answered, r, was)]
        if not bad:
            return repairs
        gone = {r.row for r in bad}
        repairs = [r for r in repairs if r.row not in gone]
    return []


def _near(row: int, answered: set[int], repair: Repair, was: dict[int, set[str]]) -> bool:
    """Is the feature, or for a common border one of its neighbours, rid of a fault?"""
    return row in answered or (row not in was and bool({"QC202", "QC203"} & set(repair.codes)))


def _told(zone: Zone, layer: str, *, clockwise: bool) -> dict[int, set[str]]:
    """Codes by row; a gap or overlap concerns every row beside it."""
    told: dict[int, set[str]] = defaultdict(set)
    for fault in coverage_faults(zone, layers=(layer,), clockwise=(layer,) if clockwise else ()):
        if fault.finding.code in (*REPAIRABLE, "QC205", "QC207", "QC211"):
            for row in fault.rows:
                told[row].add(fault.finding.code)
    return dict(told)
