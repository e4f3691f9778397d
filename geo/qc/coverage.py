"""COVERAGE: rings that cross themselves, parcels that overlap, gaps between them, slivers.

The parcels of a survey cover the land like tiles. An edge between two tiles stands in both of them in opposite
directions; those are taken away first (no geometry operation), and only what is left is closed to faces: the outer
edge of the layer, and around every fault. A face inside no parcel is a gap, a face inside two is an overlap.
Layers that do not cover the land (farmland, the reserve, the lines) are checked pair by pair for common interiors.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from geo.finding import Finding
from geo.geometry.ellipsoid import area_m2
from geo.geometry.repair import polygons_only, valid_polygons
from geo.geometry.topology import lone_edges, segments
from geo.qc.limits import number
from geo.standards.schema import schema

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import geopandas as gpd

    from geo.zone import Zone

_LAYERS = ("parcels", "farmland", "boundary", "redline", "reserve", "towns", "villages")
# Neighbours of a gap that a finding names.
_NAMED = 6
_NONE = np.zeros(0, dtype=np.int64)


def check_coverage(zone: Zone, *, min_patch_m2: float = 0.0, layers: Sequence[str] = _LAYERS) -> list[Finding]:
    """Broken rings, overlaps, gaps and slivers of a zone's layers, codes QC201–QC207 of ``messages_qc.csv``.

    ``min_patch_m2``: parcels smaller than this are slivers (0: none are). Overlaps and gaps below the noise of
    coordinates told to the millimetre are passed over. Ordered by layer; largest fault first within a code.
    """
    found: list[Finding] = []
    for name in layers:
        if zone.has(name) and len(zone.layer(name)):
            layer = _Layer(name, zone.layer(name))
            found += layer.rings()
            found += layer.tiles() if name == "parcels" else layer.pairs()
            if name == "parcels":
                found += layer.slivers(min_patch_m2)
                found += layer.closure(zone)
    return found


class _Layer:
    """One layer, repaired, with its names for findings."""

    def __init__(self, name: str, frame: gpd.GeoDataFrame) -> None:
        spec = schema(name)
        self.official = spec.official
        self.frame = frame
        self.ids = frame[spec.id_column].astype(str).to_numpy()
        self.drawn = frame.geometry.to_numpy()
        self.geoms = valid_polygons(self.drawn)
        self.epsg = int(frame.crs.to_epsg())
        self.sizes = area_m2(self.geoms, epsg=self.epsg)

    def subject(self, row: Any) -> str:
        return f"{self.official}#{self.ids[row]}"

    def rings(self) -> Iterator[Finding]:
        """QC201 and QC207."""
        missing = shapely.is_missing(self.geoms)
        for row in np.flatnonzero(missing):
            yield Finding("QC207", "error", self.subject(row))
        broken = ~shapely.is_valid(self.drawn) & ~shapely.is_missing(self.drawn) & ~missing
        for row in np.flatnonzero(broken):
            yield Finding("QC201", "error", self.subject(row), measured=str(shapely.is_valid_reason(self.drawn[row])))

    def tiles(self) -> list[Finding]:
        """QC202, QC203 and QC205 of a layer that covers the land."""
        edges = segments(self.geoms)
        rest = edges.ends[lone_edges(edges)]
        lines = shapely.union_all(shapely.linestrings(rest.reshape(-1, 2, 2)))
        faces = shapely.get_parts(shapely.polygonize([lines]))
        size = area_m2(faces, epsg=self.epsg)
        solid = size > number("surface_noise_m2")
        faces, size = faces[solid], size[solid]
        inner = shapely.point_on_surface(faces)
        tree = shapely.STRtree(self.geoms)
        face, row = tree.query(inner, predicate="intersects")
        count = np.bincount(face, minlength=len(faces))
        # What a ring that crosses itself encloses twice is told as QC201, not as a gap.
        mended = np.zeros(len(faces), dtype=bool)
        mended[shapely.STRtree(self.enclosed()).query(inner, predicate="intersects")[0]] = True
        found = [self.gap(faces[k], size[k], tree) for k in np.flatnonzero((count == 0) & ~mended)]
        # The inner point of a sound face may lie on a border within it, so the interiors are looked at as well.
        several = np.isin(face, np.flatnonzero(count > 1))
        pairs = {pair for k in np.unique(face[several]) for pair in itertools.combinations(sorted(row[face == k]), 2)}
        a, b = (
            (np.array(side, dtype=np.int64) for side in zip(*sorted(pairs), strict=True)) if pairs else (_NONE, _NONE)
        )
        return self.overlaps(a, b) + sorted(found, key=lambda f: -float(f.measured or 0))

    def enclosed(self) -> Any:
        """All that the rings of broken parcels enclose, whichever way round."""
        broken = self.drawn[~shapely.is_valid(self.drawn) & ~shapely.is_missing(self.drawn)]
        return [shapely.union_all(shapely.polygonize([shapely.union_all([shapely.boundary(g)])]).geoms) for g in broken]

    def gap(self, face: Any, size: float, tree: Any) -> Finding:
        beside = np.sort(tree.query(face, predicate="dwithin", distance=number("surface_noise_m2") / 10))
        x, y = shapely.get_coordinates(shapely.point_on_surface(face))[0]
        values = {"where": f"({x:.1f}, {y:.1f})", "other": ", ".join(self.ids[beside[:_NAMED]])}
        return Finding("QC203", "error", self.official, measured=float(size), unit="m²", values=values)

    def pairs(self) -> list[Finding]:
        """QC202 and QC205 of a layer that need not cover the land."""
        tree = shapely.STRtree(self.geoms)
        a, b = tree.query(self.geoms)
        once = a < b
        a, b = a[once], b[once]
        # Both frames must overlap by more than a line before the rings are looked at.
        first, second = shapely.bounds(self.geoms[a]), shapely.bounds(self.geoms[b])
        deep = np.minimum(first[:, 2:], second[:, 2:]) - np.maximum(first[:, :2], second[:, :2])
        a, b = (v[(deep > 0).all(axis=1)] for v in (a, b))
        shapely.prepare(self.geoms[np.unique(a)])
        inside = shapely.relate_pattern(self.geoms[a], self.geoms[b], "T********")
        return self.overlaps(a[inside], b[inside])

    def overlaps(self, a: Any, b: Any) -> list[Finding]:
        """QC202 and QC205 for pairs of rows that may overlap; the noise of coordinates is passed over."""
        size = area_m2(polygons_only(shapely.intersection(self.geoms[a], self.geoms[b])), epsg=self.epsg)
        same = shapely.equals(self.geoms[a], self.geoms[b])
        order = np.argsort(-size, kind="stable")
        return [
            Finding(
                "QC205" if same[k] else "QC202", "error", self.subject(a[k]), measured=float(size[k]), unit="m²",
                values={"other": self.subject(b[k])},
            )
            for k in order[size[order] > number("surface_noise_m2")]
        ]  # fmt: skip

    def slivers(self, min_patch_m2: float) -> list[Finding]:
        """QC204: parcels below the smallest patch that a survey keeps."""
        small = np.flatnonzero((self.sizes < min_patch_m2) & (self.sizes > 0))
        return [
            Finding("QC204", "warning", self.subject(k), measured=float(self.sizes[k]), limit=min_patch_m2, unit="m²")
            for k in small[np.argsort(-self.sizes[small], kind="stable")]
        ]

    def closure(self, zone: Zone) -> list[Finding]:
        """QC206: the parcels of a township add up to the township (gaps at the edge, wrong village codes)."""
        if not zone.has("towns") or "town_code" not in self.frame.columns:
            return []
        towns = zone.layer("towns")
        control = area_m2(valid_polygons(towns.geometry.to_numpy()), epsg=int(towns.crs.to_epsg()))
        sums = self.frame.assign(_size=self.sizes).groupby("town_code")["_size"].sum()
        found = []
        for code, limit in zip(towns["unit_code"].astype(str).str.slice(0, 9), control, strict=True):
            off = float(sums.get(code, 0.0)) - float(limit)
            if abs(off) > number("town_tolerance_m2"):
                subject = f"{schema('towns').official}#{code}"
                found.append(Finding("QC206", "warning", subject, measured=off, limit=float(limit), unit="m²"))
        return found
