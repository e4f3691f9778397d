"""Study ``check``: are these files fit to be used? Read, recognise, reconcile, check, and offer what can be repaired.

``open_paths`` reads; ``examine`` checks what was read, with the choices that a person made (which layer it is, which
column holds what, which coordinate system). Every finding of every file is told at once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geo.errors import InputProblem
from geo.finding import Finding
from geo.qc.fault import Fault
from geo.qc.repair import Repair
from geo.standards.schema import layer_names, schema
from geo.study.spec import Input, Output, Progress, StudySpec
from geo.zone import Zone

if TYPE_CHECKING:
    import geopandas as gpd

    from geo.io.door import Opened
    from geo.io.layer import Layer

SPEC = StudySpec(
    name="check",
    zh="数据检查",
    en="Data check",
    summary_zh="读取、识别、核对并检查送来的数据：属性、图形、图层之间；可安全修复的列出并可撤销",
    summary_en="read, recognise, reconcile and check files: attributes, topology, layer against layer; safe repairs",
    inputs=(
        Input("on", "date", "检查日期", "Date of the rules", help_zh="按该日有效的最小上图面积",
              help_en="Smallest patches in force that day"),
    ),
    outputs=(
        Output("report.xlsx", "检查报告：图层、问题、可修复项、代码说明", "Report: layers, findings, repairs, codes"),
        Output("OUT.gpkg", "已修复的图层，附原图形（可撤销）", "Repaired layers, original shapes kept"),
    ),
)  # fmt: skip

FIT, FAULTY, UNREADABLE = 0, 1, 2
# The central meridian of the zone's system, and how far from it a layer is still brought to it.
_MERIDIAN_DEG, _REACH_DEG = 120.0, 6.0
PATCHES = {
    "farm": "survey.min_patch_farm_m2", "built": "survey.min_patch_built_m2", "other": "survey.min_patch_other_m2",
}  # fmt: skip


@dataclass(frozen=True)
class Choice:
    """What a person says about a layer; empty: as recognised. mapping: official field to the file's column."""

    layer: str = ""
    mapping: Mapping[str, str] = field(default_factory=dict)
    epsg: int = 0
    swap: bool = False


@dataclass(frozen=True)
class CheckedLayer:
    """One layer of a file as it was checked.

    layer: as the door gave it; house: house name of the standard layer, empty when nobody knows; frame: house columns
    in EPSG:4528, None when it cannot be used; rows: the row of the file for each row of ``frame``; findings: of
    reading; faults: of checking, in the order told; repairs: the safe ones; attributes: are its columns whole, or were
    only the shapes checked?
    """

    layer: Layer
    house: str = ""
    frame: gpd.GeoDataFrame | None = None
    rows: tuple[int, ...] = ()
    findings: tuple[Finding, ...] = ()
    faults: tuple[Fault, ...] = ()
    repairs: tuple[Repair, ...] = ()
    attributes: bool = True
    swapped: bool = False

    @property
    def everything(self) -> tuple[Finding, ...]:
        return (*self.findings, *(f.finding for f in self.faults))

    @property
    def subject(self) -> str:
        return str(self.layer.subject)


@dataclass(frozen=True)
class CheckResult:
    """files: findings about files that gave no layer; layers: in the order of the files."""

    values: Mapping[str, Any]
    files: tuple[Finding, ...]
    layers: tuple[CheckedLayer, ...]

    @property
    def everything(self) -> tuple[Finding, ...]:
        return (*self.files, *(f for layer in self.layers for f in layer.everything))

    @property
    def repairs(self) -> tuple[Repair, ...]:
        return tuple(r for layer in self.layers for r in layer.repairs)

    @property
    def verdict(self) -> int:
        """0 fit for use, 1 there are errors, 2 a file could not be read."""
        if any(f.severity == "error" for f in self.files) or not self.layers:
            return UNREADABLE
        return FAULTY if any(f.severity == "error" for f in self.everything) else FIT


def open_paths(paths: Sequence[Path | str]) -> Opened:
    """Read files, folders and archives; see ``geo.io.door.open_files``."""
    from geo.io.door import open_files

    return open_files(paths)


def choices_beside(paths: Sequence[Path | str], opened: Opened) -> dict[str, Choice]:
    """What a ``zone.toml`` beside the files (or in a folder given) says about their layers, by subject.

    Raises InputProblem (IO116) when one cannot be read.
    """
    from geo.io.zone_settings import settings

    found: dict[str, Choice] = {}
    for path in map(Path, paths):
        told = settings(path if path.is_dir() else path.parent)
        files, columns, systems = (told.get(key, {}) for key in ("layers", "columns", "systems"))
        for layer in opened.layers:
            file = layer.file.removeprefix(f"{path.name}/") if path.is_dir() else layer.file
            if not path.is_dir() and file.split("/")[0] != path.name:
                continue
            names = {file, file.split("/")[0], f"{file}|{layer.name}", f"{file.split('/')[0]}|{layer.name}"}
            named = next((house for house, given in files.items() if given in names), "")
            house = named or (layer.recognised.layer if layer.recognised else "")
            if house and (named or house in columns or house in systems):
                mapping = {str(k): str(v) for k, v in columns.get(house, {}).items()}
                found[layer.subject] = Choice(named, mapping, int(systems.get(house, 0)))
    return found


def examine(
    opened: Opened,
    values: Mapping[str, Any],
    *,
    choices: Mapping[str, Choice] | None = None,
    progress: Progress | None = None,
) -> CheckResult:
    """Check what was read. ``values`` from ``SPEC.values``; ``choices`` by the layer's subject.

    The first layer of each kind stands for its kind when layers are held against each other; further ones of the same
    kind are checked alone. Raises Cancelled when ``progress`` asks to stop.
    """
    from geo.study.conflicts import teller

    tell = teller(progress)
    tell(0.05, "识别图层", "Recognising layers")
    found = [_in_house(layer, (choices or {}).get(layer.subject, Choice())) for layer in opened.layers]
    firsts: dict[str, int] = {}
    for place, one in enumerate(found):
        if one.frame is not None:
            firsts.setdefault(one.house, place)
    zone = _zone({name: found[place].frame for name, place in firsts.items()})
    patches = _patches(values)
    for place, one in enumerate(found):
        tell(0.1 + 0.8 * place / max(1, len(found)), f"检查 {one.subject}", f"Checking {one.subject}")
        if one.frame is not None and one.house in layer_names():
            own = zone if firsts[one.house] == place else zone.with_layer(one.house, one.frame)
            found[place] = _checked(one, own, patches, alone=firsts[one.house] != place)
    tell(0.95, "图层之间", "Layer against layer")
    bare = {name for name, place in firsts.items() if not found[place].attributes}
    whole = _zone({name: found[place].frame for name, place in firsts.items() if name not in bare})
    _across(found, firsts, whole)
    return CheckResult(dict(values), tuple(opened.findings), tuple(found))


def _in_house(layer: Layer, choice: Choice) -> CheckedLayer:
    """The layer in house columns; what stands in the way of that is told, and rows that can be used are kept."""
    told: list[Finding] = []
    if choice.epsg:
        from geo.io.place import Proposal

        try:
            layer = layer.placed(Proposal(choice.epsg, choice.swap, ""))
        except InputProblem as problem:
            told += problem.findings
    house = choice.layer or (layer.recognised.layer if layer.recognised else "")
    told = [*layer.findings, *told]
    if layer.kind != "vector":
        return CheckedLayer(layer, "", findings=tuple(told))
    if any(f.code == "IO311" for f in told) and not choice.layer:
        return CheckedLayer(layer, "", findings=tuple(told))
    if not house:
        told.append(Finding("IO144", "warning", str(layer.subject)))
        return CheckedLayer(layer, "", findings=tuple(told), faults=tuple(_shapes(layer)))
    frame, rows, whole, faults = _frame(layer, house, dict(choice.mapping))
    counted = any(f.code in ("IO109", "IO120", "IO138", "IO140") for f in told)  # rows without a polygon, by the door
    told += [f for f in faults if f not in told and not (counted and f.code == "IO109")]
    if frame is None:
        return CheckedLayer(layer, house, findings=tuple(told), faults=tuple(_shapes(layer)), attributes=whole)
    return CheckedLayer(layer, house, _with_units(frame), rows, tuple(told), attributes=whole, swapped=choice.swap)


def _shapes(layer: Layer) -> list[Fault]:
    """The shapes of a layer that is no standard one; outside of the zone without their places on the map."""
    import geopandas as gpd

    from geo.geometry.ellipsoid import area_m2
    from geo.qc.coverage import shape_faults

    if layer.frame.crs is None or not (layer.place.trusted or layer.place.centre):
        return []
    part, rows = _usable(layer)
    if not rows:
        return []
    subject = str(layer.subject)
    clockwise = _clockwise(layer)
    if layer.place.trusted and layer.place.epsg in (4490, 4528, 4549):
        frame = part.frame.to_crs(4528)
        found = shape_faults(frame, subject, rows, clockwise=clockwise)
        return [f if f.shape is not None else replace(f, shape=frame.geometry.iloc[f.rows[0]]) for f in found]
    try:
        frame = part.frame.to_crs(part.frame.estimate_utm_crs())
    except (RuntimeError, ValueError):  # no zone of UTM for such coordinates: told by the layer's place
        return []

    def measure(shapes: Any) -> Any:
        degrees = gpd.GeoSeries(list(shapes), crs=frame.crs).to_crs(4490)
        return area_m2(degrees.to_numpy(), epsg=4490)

    return [replace(f, shape=None) for f in shape_faults(frame, subject, rows, measure=measure, clockwise=clockwise)]


def _clockwise(layer: Layer) -> bool:
    """Does the format want outer rings clockwise?"""
    return str(layer.file).lower().endswith(".shp")


def _frame(
    layer: Layer, house: str, mapping: dict[str, str]
) -> tuple[gpd.GeoDataFrame | None, tuple[int, ...], bool, tuple[Finding, ...]]:
    """The layer in house columns as far as it goes, the rows of the file, are its attributes whole, and its faults.

    Rows without a finite polygon are left out, identifiers given twice become row numbers, and where a required column
    is missing or holds text the shapes alone are checked: so that one fault does not hide the others.
    """
    rows = tuple(range(len(layer.frame)))
    # A county beside the zone can be measured in the zone's system; one overseas cannot.
    near = layer.place.centre is not None and abs(layer.place.centre[0] - _MERIDIAN_DEG) < _REACH_DEG
    whole = True
    faults: tuple[Finding, ...] = ()
    for attempt in range(3):
        try:
            frame = layer.to_house(house, mapping=mapping or None, anywhere=near).frame if rows else None
            break
        except InputProblem as problem:
            frame = None
            faults = faults or problem.findings
            if attempt == 0:
                layer, rows = _usable(layer)
            mapping, complete = _filled(layer, house, mapping, problem.findings)
            whole &= complete
    if frame is not None and (frame.crs is None or frame.crs.to_epsg() != 4528):
        frame = None
    return frame, rows if frame is not None else (), whole, faults


def _filled(
    layer: Layer, house: str, mapping: dict[str, str], faults: Sequence[Finding]
) -> tuple[dict[str, str], bool]:
    """The mapping with what stands in the way filled (row numbers, areas, nothing); was no column left empty?"""
    from geo.io.recognise import mapping_for

    spec = schema(house)
    known = {**mapping_for(layer.frame, house), **mapping}
    columns = {column: official for official, column in known.items()}
    areas = {f.official for f in spec.fields if f.name in ("area_m2", "net_area_m2")}
    complete = True
    for fault in faults:
        if fault.code == "IO111":
            known[spec.fields[0].official] = "#row"
        if fault.code in ("IO103", "IO110"):
            named = str(fault.measured).partition(" ")[0]
            official = named if any(f.official == named for f in spec.fields) else columns.get(named, "")
            if official:
                known[official] = "#area" if official in areas else "="
                complete = False
    return known, complete


def _usable(layer: Layer) -> tuple[Layer, tuple[int, ...]]:
    """The rows of a layer that have a finite polygon, as a layer without the findings on the others."""
    import numpy as np
    import shapely

    shapes = layer.frame.geometry.to_numpy()
    fine = np.isin(shapely.get_type_id(shapes), (3, 6)) & ~shapely.is_empty(shapes)
    xy, owner = shapely.get_coordinates(shapes, return_index=True)
    fine[np.unique(owner[~np.isfinite(xy).all(axis=1)])] = False
    rows = np.flatnonzero(fine)
    kept = tuple(f for f in layer.findings if f.code not in ("IO109", "IO120", "IO138", "IO140"))
    part = replace(layer, frame=layer.frame.iloc[rows].reset_index(drop=True), findings=kept)
    return part, tuple(rows.tolist())


def _with_units(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    if "village_code" not in frame.columns:
        return frame
    code = frame["village_code"].astype(str)
    return frame.assign(town_code=code.str.slice(0, 9), county_code=code.str.slice(0, 6))


def _zone(frames: Mapping[str, Any]) -> Zone:
    known = {name: frame for name, frame in frames.items() if name in layer_names()}
    return Zone("", "", "", 0, known)


def _patches(values: Mapping[str, Any]) -> dict[str, float]:
    """Smallest mapped patch by base code of the land class, m², as of the day."""
    from geo.policy.book import load_book
    from geo.standards.land import land_classes

    book = load_book()
    least = {kind: float(str(book.value(name, on=values["on"]).value)) for kind, name in PATCHES.items()}
    facilities = "1202"  # 设施农用地 counts with construction land
    kinds = {"N": "farm", "J": "built", "W": "other"}
    return {c.code: least["built" if c.code == facilities else kinds[c.three]] for c in land_classes().values()}


def _checked(one: CheckedLayer, zone: Zone, patches: Mapping[str, float], *, alone: bool) -> CheckedLayer:
    from geo.qc.attributes import check_attributes
    from geo.qc.coverage import coverage_faults
    from geo.qc.repair import offer_repairs

    official = schema(one.house).official
    place = {str(v): k for k, v in enumerate(zone.layer(one.house)[schema(one.house).id_column].astype(str))}
    elsewhere = not zone.has("villages") and any(f.code == "IO159" for f in one.findings)
    faults = []
    for finding in check_attributes(zone, layers=(one.house,)) if one.attributes else ():
        name, _, row = finding.subject.partition("#")
        # Codes of places are held to the zone's own list, which a layer from elsewhere does not know.
        if name == official and not (finding.code == "QC114" and elsewhere):
            faults.append(Fault(finding, one.house, (place[row],) if row in place else ()))
    clockwise = (one.house,) if _clockwise(one.layer) and not one.swapped else ()
    shapes = coverage_faults(zone, min_patch_m2=patches, layers=(one.house,), clockwise=clockwise)
    if alone:  # the sums of the townships are those of the layer that stands for its kind
        shapes = [f for f in shapes if f.finding.code != "QC206"]
    repairs = offer_repairs(zone, shapes)
    return replace(one, faults=(*faults, *shapes), repairs=tuple(repairs))


def _across(found: list[CheckedLayer], firsts: Mapping[str, int], zone: Zone) -> None:
    """Findings between layers, each put to the layer that it is about."""
    from geo.qc.across import across_faults

    of: dict[str, list[Fault]] = defaultdict(list)
    for fault in across_faults(zone):
        of[fault.layer].append(fault)
    for name, faults in of.items():
        one = found[firsts[name]]
        found[firsts[name]] = replace(one, faults=(*one.faults, *faults))


def house_frame(layer: Layer, house: str) -> tuple[gpd.GeoDataFrame | None, tuple[Finding, ...]]:
    """A layer in house columns as far as it goes (None when it cannot be used), and what was found on the way.

    Rows without a finite polygon are left out; identifiers and areas that are missing are numbered and measured.
    """
    frame, _, _, faults = _frame(layer, house, {})
    usable = frame is not None and frame.crs is not None and frame.crs.to_epsg() == 4528
    return (_with_units(frame) if usable and frame is not None else None), faults
