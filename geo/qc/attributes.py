"""ATTRIBUTES AGAINST THE DATA STANDARD: the rules that surveyors check by (TD/T 1057-2020), one code each.

A rule is told to the rows it concerns as a vector; each row that breaks it becomes a Finding ``DLTB#<id>``. A column
that nobody filled is told once (QC190) and the rules on it are left out, so that a layer without optional columns
does not drown in findings. Figures and code lists come from ``standards/tables/qc_limits.csv``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from geo.finding import Finding, Severity
from geo.geometry.rings import Rings
from geo.qc.limits import number, words
from geo.standards.land import admin_units, base_code, cropland_codes, land_classes
from geo.standards.schema import schema

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from geo.zone import Zone

_LAYERS = ("parcels", "farmland", "reserve")
_LINES = ("boundary", "redline")
# Column -> its code list in qc_limits.csv, and how sure a breach is; those of cropland bind cropland only.
_LISTS: tuple[tuple[str, str, Severity, bool], ...] = (
    ("owner_kind", "owner_kinds", "warning", False),
    ("settlement_code", "settlement_codes", "error", False),
    ("crop_code", "crop_codes", "error", False),
    ("refine_code", "unstable_refinement", "warning", True),
    ("note_code", "note_codes", "warning", False),
)
# Columns whose rules are left out when nobody filled them.
_OPTIONAL = (
    "slope_grade", "terrace_kind", "deduct_code", "line_width_m", "crop_code", "settlement_code", "grade",
    "ridge_area_m2", "net_area_m2", "parcel_no",
)  # fmt: skip


def check_attributes(zone: Zone, *, layers: Sequence[str] = (*_LAYERS, *_LINES)) -> list[Finding]:
    """Every breach of the attribute rules in the layers parcels, farmland and reserve of a zone (those it has).

    Also the declared areas of the lines. Codes QC101–QC121 and QC190 of ``messages_qc.csv``; ordered by layer, code
    and row. Needs the required columns of the layers, which reading has made sure of.
    """
    found: list[Finding] = []
    for layer in (name for name in _LAYERS if name in layers):
        if zone.has(layer) and len(zone.layer(layer)):
            check = _Check(layer, zone)
            for part in (
                check.classes, check.slope, check.ridges, check.parcels_only, check.areas, check.places, check.lists,
                check.names,
            ):  # fmt: skip
                found += part()
            found += check.unfilled()
    found = sorted(found, key=lambda f: (_LAYERS.index(_layer_of(f)), f.code))
    lines = [name for name in _LINES if name in layers and zone.has(name)]
    return found + [f for name in lines for f in _line_areas(name, zone.layer(name))]


def _layer_of(finding: Finding) -> str:
    official = finding.subject.split("#")[0]
    return next(name for name in _LAYERS if schema(name).official == official)


class _Check:
    """The rules on one layer. Columns that are missing or empty throughout are None and recorded."""

    def __init__(self, layer: str, zone: Zone) -> None:
        self.layer = layer
        self.zone = zone
        self.frame: gpd.GeoDataFrame = zone.layer(layer)
        self.spec = schema(layer)
        self.ids = self.frame[self.spec.id_column].astype(str).to_numpy()
        self.code = self.frame["class_code"].astype(str)
        self.base = self.code.map(base_code)
        self.cropland = self.base.isin(cropland_codes()).to_numpy()

    def column(self, name: str) -> pd.Series | None:
        """A column with something in it; None when the layer does not have it or nobody filled it."""
        if name not in self.frame.columns:
            return None
        values = self.frame[name]
        empty = values.isna() | (values.astype(str) == "")
        return None if bool(empty.all()) else values

    def unfilled(self) -> list[Finding]:
        """QC190 for columns of the standard that stand in the layer with nothing in them."""
        officials = {field.name: field.official for field in self.spec.fields}
        return [
            Finding("QC190", "info", self.spec.official, measured=officials[name])
            for name in _OPTIONAL
            if name in officials and name in self.frame.columns and self.column(name) is None
        ]

    def classes(self) -> Iterator[Finding]:
        unknown = ~self.base.isin(set(land_classes()))
        yield from self.tell("QC101", "error", unknown, self.code)
        if self.layer == "farmland":
            yield from self.tell("QC116", "warning", ~unknown & ~self.cropland, self.code)

    def slope(self) -> Iterator[Finding]:
        slope = self.column("slope_grade")
        if slope is None:
            return
        grade = slope.astype("Int64").astype("string").fillna("")
        known = grade.isin(words("cropland_slope_grades"))
        if self.layer == "parcels":
            bad = np.where(self.cropland, ~known, grade != "")
            limit = np.where(self.cropland, "1–5", "–")
            yield from self.tell("QC102", "error", bad, grade.replace("", "–"), limit=limit, class_code=self.code)
        flat = self.cropland & (grade == "1").to_numpy()
        steep = self.cropland & known.to_numpy() & ~flat
        terrace = self.column("terrace_kind")
        factor = self.factor()
        kind = terrace.astype(str).to_numpy() if terrace is not None else np.full(len(self.frame), "")
        bad = flat & ((kind != "") | (factor > 0))
        what = {row: f"{kind[row] or '–'}, {factor[row]:g}" for row in np.flatnonzero(bad)}
        yield from self.tell("QC103", "error", bad, what)
        if terrace is None:
            return
        kinds = words("terrace_kinds")
        yield from self.tell("QC104", "error", steep & ~np.isin(kind, kinds), grade, limit=" / ".join(kinds))
        is_terrace = self.cropland & (kind == words("terrace")[0])
        yield from self.tell("QC105", "error", is_terrace & (factor <= 0), factor)

    def ridges(self) -> Iterator[Finding]:
        deduct = self.column("deduct_code")
        factor = self.factor()
        bad = (factor > 0) & ~self.cropland
        code = np.full(len(self.frame), "")
        if deduct is not None:
            code = deduct.astype(str).to_numpy()
            bad |= (factor > 0) != (code != "")
        limit = np.where(code == "", "–", code)
        yield from self.tell("QC106", "error", bad, factor, limit=limit, class_code=self.code)

    def parcels_only(self) -> Iterator[Finding]:
        if self.layer != "parcels":
            return
        width = self.column("line_width_m")
        if width is not None:
            widest = number("country_road_width_m")
            value = width.to_numpy(dtype=float)
            road = (self.base == words("country_road")[0]).to_numpy()
            yield from self.tell("QC107", "warning", road & (value > widest), value, limit=widest, unit="m")
        refine, crop = self.column("refine_code"), self.column("crop_code")
        if refine is not None and crop is not None:
            bad = refine.isin(words("unstable_refinement")) & ~crop.isin(words("cropped"))
            yield from self.tell("QC108", "error", bad, refine, limit=crop.where(crop != "", "–"))
        settlement = self.column("settlement_code")
        if settlement is not None:
            built = self.base.str.startswith(words("settlement_classes"))
            yield from self.tell("QC109", "error", built & (settlement == ""), self.code)

    def areas(self) -> Iterator[Finding]:
        declared = self.frame["area_m2"].to_numpy(dtype=float)
        ridge, net = self.column("ridge_area_m2"), self.column("net_area_m2")
        slack = number("deduction_tolerance_m2")
        deducted = np.zeros(len(self.frame))
        if ridge is not None:
            deducted = ridge.fillna(0.0).to_numpy(dtype=float)
            due = declared * self.factor()
            yield from self.tell("QC110", "error", np.abs(deducted - due) > slack, deducted, limit=due, unit="m²")
        if net is not None:
            value = net.to_numpy(dtype=float)
            due = declared - deducted
            yield from self.tell("QC111", "error", ~(np.abs(value - due) <= slack), value, limit=due, unit="m²")
        geoms = self.frame.geometry
        rings = Rings(geoms.to_numpy())
        true = rings.area_m2(epsg=int(self.frame.crs.to_epsg()))
        # What a broken ring encloses is a matter of its repair: it is told as QC201 alone.
        off = (np.abs(declared - true) > number("area_tolerance_m2")) & ~rings.broken(geoms.to_numpy())
        yield from self.tell("QC112", "warning", off, declared, limit=true, unit="m²")

    def places(self) -> Iterator[Finding]:
        grade = self.column("grade")
        if grade is not None:
            best, worst = words("grade_range")
            value = grade.astype("Int64")
            good = value.between(int(best), int(worst)).fillna(False).to_numpy(dtype=bool)
            told = value.astype("string").fillna("–")
            yield from self.tell("QC113", "error", self.cropland & ~good, told, limit=f"{best}–{worst}")
        village = self.frame["village_code"].astype(str)
        if self.zone.has("villages") and len(self.zone.layer("villages")):
            unknown = ~village.isin(set(self.zone.layer("villages")["unit_code"].astype(str)))
        else:
            unknown = ~village.str.slice(0, 9).isin(set(admin_units()))
        yield from self.tell("QC114", "error", unknown, village)
        numbers = self.column("parcel_no")
        if numbers is not None and self.layer == "parcels":
            pair = village + "/" + numbers.astype(str)
            yield from self.tell("QC115", "warning", (numbers != "") & pair.duplicated(keep=False), numbers)

    def lists(self) -> Iterator[Finding]:
        """QC117: values outside the code list of their column (domain reference 2.1)."""
        officials = {field.name: field.official for field in self.spec.fields}
        for name, table, severity, on_cropland in _LISTS:
            column = self.column(name)
            if column is None or name not in officials:
                continue
            text = column.astype("string").fillna("").str.strip()
            bad = (~text.isin(("", *words(table)))).to_numpy(dtype=bool) & (self.cropland | (not on_cropland))
            limit = " ".join(words(table))
            for finding in self.tell("QC117", severity, bad, text, limit=limit):
                yield replace(finding, values={"field": officials[name]})

    def names(self) -> Iterator[Finding]:
        """QC118 class names, QC119 identifiers, QC120 feature codes, QC121 areas that are none."""
        class_name = self.column("class_name")
        if class_name is not None:
            due = self.base.map({c.code: c.zh for c in land_classes().values()}).fillna("")
            text = class_name.astype("string").fillna("").str.strip()
            # 可调整, 高教 and the like stand behind the name of the class or in its place, with a suffix in the code
            bad = (text != "") & (due != "") & (text != due) & (self.code == self.base)
            yield from self.tell("QC118", "warning", bad, text, limit=due, class_code=self.code)
        county = self.frame["village_code"].astype(str).str.slice(0, 6).to_numpy(dtype="U6")
        ids = self.ids.astype("U32")
        sound = np.char.isdigit(ids) & (np.char.str_len(ids) == int(number("identifier_length")))
        sound &= np.isin(ids.astype("U6"), np.unique(county))
        yield from self.tell("QC119", "warning", ~sound, self.ids, limit=county)
        feature = self.column("feature_code")
        if feature is not None and self.spec.feature_code:
            text = feature.astype("string").fillna("").str.strip()
            bad = (text != "") & (text != self.spec.feature_code)
            yield from self.tell("QC120", "warning", bad, text, limit=self.spec.feature_code)
        declared = self.frame["area_m2"].to_numpy(dtype=float)
        yield from self.tell("QC121", "error", ~(declared > 0), declared, unit="m²")

    def factor(self) -> Any:
        if "ridge_factor" not in self.frame.columns:
            return np.zeros(len(self.frame))
        return self.frame["ridge_factor"].fillna(0.0).to_numpy(dtype=float)

    def tell(
        self, code: str, severity: Severity, bad: Any, measured: Any, *, limit: Any = None, unit: str = "",
        class_code: Any = None,
    ) -> Iterator[Finding]:  # fmt: skip
        """A Finding for each row where ``bad`` holds; figures are taken from that row."""
        for row in np.flatnonzero(np.asarray(bad, dtype=bool)):
            values = {} if class_code is None else {"class_code": str(_at(class_code, row))}
            yield Finding(
                code, severity, f"{self.spec.official}#{self.ids[row]}", measured=_at(measured, row),
                limit=_at(limit, row), unit=unit, values=values,
            )  # fmt: skip


def _line_areas(layer: str, frame: gpd.GeoDataFrame) -> Iterator[Finding]:
    """QC112 of a control line that declares an area."""
    if "declared_area_m2" not in frame.columns or not len(frame):
        return
    spec = schema(layer)
    geoms = frame.geometry.to_numpy()
    rings = Rings(geoms)
    true = rings.area_m2(epsg=int(frame.crs.to_epsg()))
    declared = frame["declared_area_m2"].to_numpy(dtype=float)
    slack = number("area_tolerance_m2") + number("area_tolerance_ratio") * true
    off = np.isfinite(declared) & (np.abs(declared - true) > slack) & ~rings.broken(geoms)
    for row in np.flatnonzero(off):
        subject = f"{spec.official}#{frame[spec.id_column].iloc[row]}"
        yield Finding("QC112", "warning", subject, measured=float(declared[row]), limit=float(true[row]), unit="m²")


def _at(values: Any, row: Any) -> float | str | None:
    """The value of a row, from a column or from a single value that holds for all."""
    if values is None or isinstance(values, str | float):
        return values
    value = values.iloc[row] if hasattr(values, "iloc") else values[row]
    return float(value) if isinstance(value, float | np.floating) else str(value)
