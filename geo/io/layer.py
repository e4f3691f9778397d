"""ONE LAYER AS A DOOR GIVES IT: its own columns, where it is, what it most likely is, and all that was found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from geo.errors import InputProblem
from geo.finding import Finding
from geo.geometry.crs import HOUSE_EPSG, ZONE_FRAME_DEG
from geo.io.house import flat, house_columns, row_numbers
from geo.io.place import Placing, Proposal, place
from geo.io.recognise import Recognition, mapping_for, recognise
from geo.standards.schema import personal_patterns, schema
from geo.zone import Source

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

# Notes that go on with the data; the rest is only of use where the file is looked at.
_TOLD = ("IO114", "IO151", "IO160")
_SHORT_M, _SHORT_DEG = 20.0, 0.0002
_FARTHEST, _AT_ONCE = 1e12, 50_000
_WIDEST_M, _WIDEST_DEG = 3_000_000.0, 30.0  # wider than any county or province: a vertex gone astray
Kind = Literal["vector", "table", "raster"]
Frame = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Reading:
    """What came through the door: the frame in house names and EPSG:4528, its source, and notes that are not faults."""

    frame: gpd.GeoDataFrame
    source: Source
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer of a file, read and reconciled, in the file's own columns and system.

    file: name of the file, with the name inside an archive; name: the layer's own name; kind: vector, table (a
    GeoDataFrame without shapes) or raster (one row, its frame); frame: RangeIndex, 2-D, personal columns left out;
    declared, read, usable: rows that the file says it has, that were read, that have a shape which can be used;
    findings: everything worth telling, errors included; recognised: the standard layer it most likely is; place:
    its system, whether to trust it, and the systems that would fit.
    """

    file: str
    name: str
    kind: Kind
    frame: gpd.GeoDataFrame
    source: Source
    declared: int
    read: int
    usable: int
    findings: tuple[Finding, ...]
    recognised: Recognition | None
    place: Placing
    zone_frame: Frame | None = ZONE_FRAME_DEG

    @property
    def errors(self) -> tuple[Finding, ...]:
        return tuple(f for f in self.findings if f.severity == "error")

    def areas_m2(self) -> pd.Series:
        """Official ellipsoidal area of each row (m², not rounded); 0 where there is no polygon, NaN where not finite
        or wider than a province.

        Raises InputProblem when the layer's system is not known or the coordinates contradict it.
        """
        import numpy as np
        import pandas as pd
        import shapely

        from geo.geometry.ellipsoid import area_m2

        if self.frame.crs is None:
            raise InputProblem([Finding("IO105", "error", self.subject)])
        if not self.place.trusted:
            raise InputProblem([f for f in self.place.findings if f.severity == "error"] or list(self.errors))
        shapes = self.frame.geometry.to_numpy()
        bounds = shapely.bounds(shapes)
        widest = _WIDEST_M if self.frame.crs.is_projected else _WIDEST_DEG
        fine = _finite(shapes) & (np.nan_to_num(bounds[:, 2:] - bounds[:, :2]).max(axis=1) < widest)
        sizes = np.full(len(shapes), np.nan)
        epsg = self.place.epsg
        kept = self.frame.geometry[fine]
        if epsg not in (4490, 4528, 4549):
            epsg = 4528 if self.place.trusted and self._in_zone() else 4490
            # Edges are straight in the layer's own system: short ones stay where they are in any other.
            step = _SHORT_M if self.frame.crs.is_projected else _SHORT_DEG
            kept = kept.segmentize(step).to_crs(epsg)
        sizes[fine] = area_m2(shapely.force_2d(kept.to_numpy()), epsg=epsg)
        return pd.Series(sizes, index=self.frame.index, name="area_m2")

    @property
    def subject(self) -> str:
        """What findings call this layer: file and, where a file holds several, layer."""
        return _subject(self.file, self.name)

    def placed(self, choice: Proposal | int) -> Layer:
        """The layer read in the system that the user chose: one of ``place.proposals`` or an EPSG code.

        Numbers stay as they are (axes swapped where the proposal says so); raises InputProblem when the code is none.
        """
        import pyproj
        import shapely

        epsg, swap = (choice, False) if isinstance(choice, int) else (choice.epsg, choice.swap)
        try:
            crs = pyproj.CRS(epsg)
        except pyproj.exceptions.CRSError:
            raise InputProblem([Finding("IO115", "error", self.subject, measured=f"EPSG:{epsg}")]) from None
        shapes = self.frame.geometry.to_numpy()
        if swap:
            shapes = shapely.transform(shapes, lambda xy: xy[:, ::-1])
        frame = self.frame.set_geometry(shapes, crs=None).set_crs(crs, allow_override=True)
        return self._moved(frame, f"EPSG:{epsg}", Finding("IO151", "info", self.subject, measured=f"EPSG:{epsg}"))

    def with_local_grid(self, parameters: Mapping[str, float]) -> Layer:
        """The layer brought from a local grid to EPSG:4528 by four parameters (dx, dy, rotation_deg, scale).

        Raises InputProblem (IO158) when a parameter is missing or is no number.
        """
        from geo.io.place import local_grid

        try:
            frame = local_grid(self.frame, parameters)
        except (KeyError, TypeError, ValueError):
            given = ", ".join(f"{k}={v}" for k, v in parameters.items()) or "–"
            raise InputProblem([Finding("IO158", "error", self.subject, measured=given)]) from None
        return self._moved(frame, f"EPSG:{HOUSE_EPSG}", Finding("IO151", "info", self.subject, measured="local grid"))

    def _moved(self, frame: gpd.GeoDataFrame, declared: str, told: Finding) -> Layer:
        placing = place(frame.total_bounds, declared, subject=self.subject, zone_frame=self.zone_frame)
        before = {id(f) for f in self.place.findings}
        findings = [f for f in self.findings if id(f) not in before]
        source = replace(self.source, epsg=placing.epsg)
        return replace(self, frame=frame, place=placing, source=source, findings=(*findings, told, *placing.findings))

    def _in_zone(self) -> bool:
        west, south, east, north = ZONE_FRAME_DEG
        centre = self.place.centre
        return centre is not None and west <= centre[0] <= east and south <= centre[1] <= north

    def to_house(self, layer: str = "", *, mapping: Mapping[str, str] | None = None, anywhere: bool = False) -> Reading:
        """The layer in house columns and EPSG:4528, as ``read_layer`` gives it.

        layer: house name (what was recognised when empty). mapping: official field to the file's column, ``#row``,
        ``#area`` or ``=text``; it is laid over the one that was recognised. anywhere: also outside of the zone.
        Raises InputProblem with every fault at once: a broken file, no system or one that the coordinates contradict,
        missing columns, rows without polygons, text in number columns, identifiers given twice.
        """
        name = layer or (self.recognised.layer if self.recognised else "")
        if not name:
            raise InputProblem([Finding("IO144", "error", self.subject)])
        spec = schema(name)
        known = mapping_for(self.frame, name) if mapping is None else {}
        asked = {**known, **(mapping or {})}
        house = self.frame
        if house.crs is not None and self.place.epsg != HOUSE_EPSG:
            house = house.to_crs(HOUSE_EPSG)
        elif house.crs is not None:
            house = house.set_crs(HOUSE_EPSG, allow_override=True)
        blocking = self._blocking(set(asked.values()), anywhere)
        if any(f.code in ("IO105", "IO120") for f in blocking):
            asked = {k: v for k, v in asked.items() if v != "#area"}
        frame, notes, faults = house_columns(house, spec, self.subject, asked)
        if spec.geometry == "polygon":
            faults += polygon_faults(self.frame, self.subject)
        if blocking and any(f.code in ("IO105", "IO120") for f in blocking):
            faults = [f for f in faults if not (f.code == "IO103" and self._area_field(f, spec.layer))]
        if any(f.code == "IO109" for f in faults):
            blocking = [f for f in blocking if f.code != "IO140"]
        if any(f.code == "IO109" for f in faults):
            blocking = [f for f in blocking if f.code != "IO109"]
        told = {(f.code, f.limit) for f in faults}
        faults = [*(f for f in blocking if (f.code, f.limit) not in told), *faults]
        if len(self.frame) == 0:
            faults = [Finding("IO104", "error", self.subject)]
        if faults:
            raise InputProblem(faults)
        notes = [f for f in self.findings if f.severity == "warning" or f.code in _TOLD] + notes
        if self.place.epsg != HOUSE_EPSG:
            named = f"EPSG:{self.place.epsg}" if self.place.epsg else self.place.crs.name
            notes.append(Finding("IO113", "info", self.subject, measured=named))
        return Reading(frame.reset_index(drop=True), self.source, tuple(notes))

    def _blocking(self, columns: set[str], anywhere: bool) -> list[Finding]:
        """Errors of the layer that stand in the way of using it: not those of columns that nobody reads."""
        found = [f for f in self.errors if f.code != "IO110" or f.measured in columns]
        found += [replace(f, severity="error") for f in self.findings if f.code == "IO159" and not anywhere]
        return found

    def _area_field(self, finding: Finding, layer: str) -> bool:
        area = {f.official for f in schema(layer).fields if f.name in ("area_m2", "net_area_m2")}
        return (
            finding.measured in area
            and self.recognised is not None
            and self.recognised.mapping.get(str(finding.measured)) == "#area"
        )


@dataclass(frozen=True, slots=True)
class Told:
    """What a door says of a frame it has read: names, kind, declared system and row count, hash, alphabet, findings.

    lost: rows whose shapes the findings have told of already.
    """

    file: str
    name: str
    kind: Kind
    crs: str
    declared: int
    sha256: str
    encoding: str
    findings: Sequence[Finding]
    lost: Any = ()


def make_layer(frame: gpd.GeoDataFrame, told: Told, *, zone_frame: Frame | None) -> Layer:
    """Reconcile a frame just read: personal columns out, shapes counted, its place judged, its kind recognised."""
    import numpy as np
    import shapely

    subject = _subject(told.file, told.name)
    frame, dropped = without_personal(frame)
    found = list(told.findings)
    if dropped:
        found.append(Finding("IO114", "info", subject, measured=" ".join(dropped)))
    shapes = flat(frame.geometry.to_numpy())
    usable = _finite(shapes)
    if told.kind == "table":
        placing, fine = Placing(None, 0, "", False, None, (), ()), len(frame)
    else:
        found += shape_findings(shapes, subject, told.lost)
        placing = place(_bounds(shapes[usable]), told.crs, subject=subject, zone_frame=zone_frame)
        fine = int(usable.sum())
    frame = frame.set_geometry(shapes, crs=None)
    if placing.crs is not None:
        frame = frame.set_crs(placing.crs, allow_override=True)
    if not len(frame):
        found.append(Finding("IO104", "error", subject))
    found += placing.findings
    recognised = recognise(frame, f"{told.file}/{told.name}") if told.kind != "raster" and len(frame) else None
    if told.kind == "vector" and recognised is not None and schema(recognised.layer).geometry == "polygon":
        other = np.flatnonzero(usable & ~np.isin(shapely.get_type_id(shapes), (3, 6)))
        if other.size:
            found.append(Finding("IO109", "error", subject, measured=str(other.size), limit=row_numbers(other)))
    source = Source(told.file, told.sha256, told.encoding, placing.epsg, len(frame))
    return Layer(
        told.file, told.name, told.kind, frame, source, told.declared, len(frame), fine, tuple(found), recognised,
        placing, zone_frame,
    )  # fmt: skip


def without_personal(frame: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, list[str]]:
    """The frame without columns of personal data, and the names of those left out."""
    patterns = personal_patterns()
    dropped = [
        c for c in frame.columns
        if c != "geometry" and any(p == str(c).upper() or (not p.isascii() and p in str(c)) for p in patterns)
    ]  # fmt: skip
    return (frame.drop(columns=dropped) if dropped else frame), [str(c) for c in dropped]


def shape_findings(shapes: Any, subject: str, lost: Any = ()) -> list[Finding]:
    """Rows without a shape (but those ``lost``, told already), and rows whose coordinates are not finite."""
    import numpy as np
    import shapely

    found = []
    gone = np.setdiff1d(np.flatnonzero(shapely.is_missing(shapes) | shapely.is_empty(shapes)), lost)
    if gone.size:
        found.append(Finding("IO140", "error", subject, measured=str(gone.size), limit=row_numbers(gone)))
    endless = np.flatnonzero(~_finite(shapes) & ~(shapely.is_missing(shapes) | shapely.is_empty(shapes)))
    if endless.size:
        found.append(Finding("IO120", "error", subject, measured=str(endless.size), limit=row_numbers(endless)))
    return found


def polygon_faults(frame: gpd.GeoDataFrame, subject: str) -> list[Finding]:
    """Rows that are no polygons or have no shape."""
    import numpy as np
    import shapely

    shapes = frame.geometry.to_numpy()
    bad = np.flatnonzero(~np.isin(shapely.get_type_id(shapes), (3, 6)) | shapely.is_empty(shapes))
    return [Finding("IO109", "error", subject, measured=str(bad.size), limit=row_numbers(bad))] if bad.size else []


def _finite(shapes: Any) -> Any:
    """Which shapes are there, not empty, and finite in every coordinate."""
    import numpy as np
    import shapely

    fine = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    # Part by part, which takes less memory; NaN is not below anything.
    parts = (shapes[at : at + _AT_ONCE] for at in range(0, len(shapes), _AT_ONCE))
    if all((np.abs(shapely.get_coordinates(part)) <= _FARTHEST).all() for part in parts):
        return fine
    xy, owner = shapely.get_coordinates(shapes, return_index=True)
    fine[np.unique(owner[~np.isfinite(xy).all(axis=1) | (np.abs(xy) > _FARTHEST).any(axis=1)])] = False
    return fine


def _bounds(shapes: Any) -> Any:
    import numpy as np
    import shapely

    return shapely.total_bounds(shapes) if len(shapes) else np.full(4, np.nan)


def _subject(file: str, name: str) -> str:
    stem = file.rpartition("/")[2].rpartition(".")[0]
    return file if name in ("", stem) else f"{file}:{name}"
