"""COVERAGE: rings that cross themselves, parcels that overlap, gaps between them, slivers, spikes, ring order.

The parcels of a survey cover the land like tiles. An edge between two tiles stands in both of them in opposite
directions; those are taken away first (no geometry operation), and only what is left is closed to faces: the outer
edge of the layer, and around every fault. How many parcels cover a face is the same everywhere in it: none is a gap,
two or more an overlap. Layers that do not cover the land (farmland, the reserve, the lines) may have gaps.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from geo.finding import Finding
from geo.geometry.ellipsoid import area_m2
from geo.geometry.repair import polygons_only, valid_polygons
from geo.geometry.rings import Rings
from geo.qc.fault import Fault
from geo.qc.limits import number
from geo.standards.schema import schema

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import geopandas as gpd

    from geo.zone import Zone

_LAYERS = ("parcels", "farmland", "boundary", "redline", "reserve", "towns", "villages")
_COVERING = ("parcels",)
# A parcel is one piece of land; a line or an administrative unit may have several.
_SINGLE = ("parcels", "farmland", "reserve")
# Neighbours of a gap that a finding names.
_NAMED = 6
# What the door has told already of a layer that is no standard one.
_READ = ("QC207", "QC213")


def check_coverage(
    zone: Zone, *, min_patch_m2: float | Mapping[str, float] = 0.0, layers: Sequence[str] = _LAYERS
) -> list[Finding]:
    """Broken rings, overlaps, gaps, slivers, spikes of a zone's layers, codes QC201–QC214 of ``messages_qc.csv``.

    ``min_patch_m2``: parcels smaller than this are slivers (0: none are); one figure, or by base code of the land
    class. Overlaps and gaps below the noise of coordinates told to the millimetre are passed over. Ordered by layer;
    largest fault first within a code.
    """
    return [fault.finding for fault in coverage_faults(zone, min_patch_m2=min_patch_m2, layers=layers)]


def coverage_faults(
    zone: Zone, *, min_patch_m2: float | Mapping[str, float] = 0.0, layers: Sequence[str] = _LAYERS,
    clockwise: Sequence[str] = (),
) -> list[Fault]:  # fmt: skip
    """The same as ``check_coverage``, each finding with the rows that it concerns and the shape to show.

    clockwise: layers whose format wants outer rings clockwise (Shapefile); in those QC214 is told.
    """
    found: list[Fault] = []
    for name in layers:
        if zone.has(name) and len(zone.layer(name)):
            layer = Surface(name, zone.layer(name))
            found += layer.rings()
            found += layer.faces(gaps=name in _COVERING)
            if name in _COVERING:
                found += layer.slivers(min_patch_m2)
                found += layer.closure(zone)
            found += layer.details()
            found += layer.reversed_shells() if name in clockwise else ()
    return found


def shape_faults(
    frame: gpd.GeoDataFrame, subject: str, rows: Sequence[int], *, measure: Callable[[Any], Any] | None = None,
    clockwise: bool = False,
) -> list[Fault]:  # fmt: skip
    """Broken rings, overlaps, doubled shapes, repeated points, spikes of any layer of polygons in metres.

    Features are named ``subject#row``, counted from 1; ``rows``: their rows in the file. Overlaps are warnings: nobody
    knows whether such a layer may have them. ``measure``: area in m² of an array of shapes, where the system is not
    one that ``area_m2`` takes. ``clockwise``: the format wants outer rings so.
    """
    layer = Surface("", frame, named=(subject, (np.asarray(rows, dtype=np.int64) + 1).astype(str)), measure=measure)
    found = [*layer.rings(), *layer.faces(gaps=False), *layer.details()]
    found += layer.reversed_shells() if clockwise else ()
    found = [f for f in found if f.finding.code not in _READ]
    milder = ("QC202", "QC205")
    return [
        replace(f, finding=replace(f.finding, severity="warning")) if f.finding.code in milder else f for f in found
    ]


class Surface:
    """One layer of polygons, repaired for measuring, with its names for findings."""

    def __init__(
        self, name: str, frame: gpd.GeoDataFrame, *, named: tuple[str, Any] | None = None,
        measure: Callable[[Any], Any] | None = None,
    ) -> None:  # fmt: skip
        self.name = name
        self.frame = frame
        if named is None:
            self.official, self.ids = schema(name).official, frame[schema(name).id_column].astype(str).to_numpy()
        else:
            self.official, self.ids = named
        self.drawn = frame.geometry.to_numpy()
        self.table = Rings(self.drawn)
        self.broken = self.table.broken(self.drawn)
        self.broken[self.table.endless] = False
        self.geoms = np.array(self.drawn, dtype=object)
        self.geoms[self.table.endless] = None
        self.geoms[self.table.parts == 0] = None
        self.geoms[self.broken] = valid_polygons(self.drawn[self.broken])
        self.epsg = 0 if measure else int(frame.crs.to_epsg())
        self.measure = measure or (lambda shapes: area_m2(shapes, epsg=self.epsg))

    @cached_property
    def sizes(self) -> Any:
        """Area of each row, m², broken ones as repaired."""
        found = self.table.area_m2(epsg=self.epsg)
        found[self.broken] = self.measure(self.geoms[self.broken])
        return found

    def subject(self, row: Any) -> str:
        return f"{self.official}#{self.ids[row]}"

    def fault(self, code: str, severity: Any, row: Any, *, shape: Any = None, **words: Any) -> Fault:
        return Fault(Finding(code, severity, self.subject(row), **words), self.name, (int(row),), shape)

    def rings(self) -> Iterator[Fault]:
        """QC201, QC207 and QC213."""
        for row in self.table.endless:
            yield self.fault("QC213", "error", row)
        missing = shapely.is_missing(self.geoms)
        missing[self.table.endless] = False
        for row in np.flatnonzero(missing):
            yield self.fault("QC207", "error", row)
        for row in np.flatnonzero(self.broken & ~missing):
            reason = str(shapely.is_valid_reason(self.drawn[row]))
            yield self.fault("QC201", "error", row, measured=reason, shape=_place(reason))

    def faces(self, *, gaps: bool) -> list[Fault]:
        """QC202 and QC205 of any layer, QC203 of one that covers the land."""
        # A parcel that was repaired has other rings than the drawn ones.
        mended = (self.broken, Rings(self.geoms[self.broken])) if self.broken.any() else None
        _, rest = self.table.lone_edges(instead=mended)
        lines = shapely.union_all(shapely.linestrings(rest.reshape(-1, 2, 2)))
        faces = shapely.get_parts(shapely.polygonize([lines]))
        size = self.measure(faces)
        solid = size > number("surface_noise_m2")
        faces, size = faces[solid], size[solid]
        inner = shapely.point_on_surface(faces)
        tree = shapely.STRtree(self.geoms)
        face, _row = tree.query(inner, predicate="intersects")
        count = np.bincount(face, minlength=len(faces))
        found = self.overlaps(*self.crowded(faces[count > 1], tree))
        if gaps:
            # What a ring that crosses itself encloses twice is told as QC201, not as a gap.
            told = np.zeros(len(faces), dtype=bool)
            told[shapely.STRtree(self.enclosed()).query(inner, predicate="intersects")[0]] = True
            holes = np.flatnonzero((count == 0) & ~told)
            found += [self.gap(faces[k], size[k], tree) for k in holes[np.argsort(-size[holes], kind="stable")]]
        return found

    def crowded(self, faces: Any, tree: Any) -> tuple[Any, Any]:
        """Pairs of rows that may overlap within faces that several cover, each once, the earlier row first.

        The inner point of a sound face may lie on a border within it, and two whole blocks laid over each other are
        one face: all rows that meet a face are paired where their frames overlap by more than a line.
        """
        rows = np.unique(tree.query(faces, predicate="intersects")[1])
        if not len(rows):
            return rows, rows
        a, b = shapely.STRtree(self.geoms[rows]).query(self.geoms[rows])
        a, b = rows[a[a < b]], rows[b[a < b]]
        first, second = shapely.bounds(self.geoms[a]), shapely.bounds(self.geoms[b])
        deep = np.minimum(first[:, 2:], second[:, 2:]) - np.maximum(first[:, :2], second[:, :2])
        a, b = (v[(deep > 0).all(axis=1)] for v in (a, b))
        shapely.prepare(self.geoms[np.unique(a)])
        meet = shapely.intersects(self.geoms[a], self.geoms[b]) & ~shapely.touches(self.geoms[a], self.geoms[b])
        return a[meet], b[meet]

    def enclosed(self) -> Any:
        """All that the rings of broken parcels enclose, whichever way round."""
        broken = self.drawn[self.broken]
        return [shapely.union_all(shapely.polygonize([shapely.union_all([shapely.boundary(g)])]).geoms) for g in broken]

    def gap(self, face: Any, size: float, tree: Any) -> Fault:
        beside = np.sort(tree.query(face, predicate="dwithin", distance=number("surface_noise_m2") / 10))
        x, y = shapely.get_coordinates(shapely.point_on_surface(face))[0]
        values = {"where": f"({x:.1f}, {y:.1f})", "other": ", ".join(self.ids[beside[:_NAMED]])}
        finding = Finding("QC203", "error", self.official, measured=float(size), unit="m²", values=values)
        return Fault(finding, self.name, tuple(beside.tolist()), face)

    def overlaps(self, a: Any, b: Any) -> list[Fault]:
        """QC202 and QC205 for pairs of rows that may overlap; the noise of coordinates is passed over."""
        common = polygons_only(shapely.intersection(self.geoms[a], self.geoms[b]))
        size = self.measure(common)
        same = shapely.equals(self.geoms[a], self.geoms[b])
        order = np.argsort(-size, kind="stable")
        return [
            Fault(
                Finding(
                    "QC205" if same[k] else "QC202", "error", self.subject(a[k]), measured=float(size[k]), unit="m²",
                    values={"other": self.subject(b[k])},
                ),
                self.name, (int(a[k]), int(b[k])), common[k],
            )
            for k in order[size[order] > number("surface_noise_m2")]
        ]  # fmt: skip

    def slivers(self, min_patch_m2: float | Mapping[str, float]) -> list[Fault]:
        """QC204: parcels below the smallest patch that a survey keeps."""
        if isinstance(min_patch_m2, float | int):
            least = np.full(len(self.sizes), float(min_patch_m2))
        else:
            from geo.standards.land import base_code

            codes = self.frame["class_code"].astype(str)
            by_code = {code: min_patch_m2.get(base_code(code), 0.0) for code in codes.unique()}
            least = codes.map(by_code).to_numpy(dtype=float)
        small = np.flatnonzero((self.sizes < least) & (self.sizes > 0))
        return [
            self.fault("QC204", "warning", k, measured=float(self.sizes[k]), limit=float(least[k]), unit="m²")
            for k in small[np.argsort(-self.sizes[small], kind="stable")]
        ]

    def closure(self, zone: Zone) -> list[Fault]:
        """QC206: the parcels of a township add up to the township (gaps at the edge, wrong village codes)."""
        if not zone.has("towns") or "town_code" not in self.frame.columns:
            return []
        towns = zone.layer("towns")
        control = area_m2(valid_polygons(towns.geometry.to_numpy()), epsg=int(towns.crs.to_epsg()))
        sums = self.frame.assign(_size=self.sizes).groupby("town_code")["_size"].sum()
        found = []
        for row, (code, limit) in enumerate(zip(towns["unit_code"].astype(str).str.slice(0, 9), control, strict=True)):
            off = float(sums.get(code, 0.0)) - float(limit)
            if abs(off) > number("town_tolerance_m2"):
                subject = f"{schema('towns').official}#{code}"
                finding = Finding("QC206", "warning", subject, measured=off, limit=float(limit), unit="m²")
                found.append(Fault(finding, "towns", (row,)))
        return found

    def details(self) -> Iterator[Fault]:
        """QC208 repeated points, QC209 spikes, QC210 ring order, QC211 several parts where one is due."""
        table, walk = self.table, self.table.walk
        for code, flags in (("QC208", walk.repeat), ("QC209", walk.spike)):
            points = np.flatnonzero(flags)
            rows, first, times = np.unique(table.owner[table.ring_of[points]], return_index=True, return_counts=True)
            for row, k, count in zip(rows, first, times, strict=True):
                x, y = table.xy[points[k]]
                values = {"where": f"({x:.3f}, {y:.3f})"}
                yield self.fault(code, "warning", row, measured=str(count), values=values, shape=shapely.Point(x, y))
        for row in table.misdirected():
            yield self.fault("QC210", "warning", row)
        if self.name in _SINGLE:
            for row in np.flatnonzero(table.parts > 1):
                yield self.fault("QC211", "warning", row, measured=str(table.parts[row]))

    def reversed_shells(self) -> list[Fault]:
        """QC214, one finding a layer: outer rings that run counter-clockwise where the format says clockwise."""
        rows = self.table.counterclockwise()
        if not len(rows):
            return []
        values = {"other": ", ".join(self.ids[rows[:_NAMED]])}
        finding = Finding("QC214", "warning", self.official, measured=str(len(rows)), values=values)
        return [Fault(finding, self.name, tuple(rows.tolist()), self.drawn[rows[0]])]


def _place(reason: str) -> Any:
    """The point that GEOS names: ``Self-intersection[40585012.5 3430007.1]``; None when it names none."""
    found = re.search(r"\[(-?[\d.e+]+) (-?[\d.e+]+)\]", reason)
    return shapely.Point(float(found[1]), float(found[2])) if found else None
