"""THE FIGURES of a 占用补划方案: every number that its text, its annexes and its maps show, made once.

Areas in 公顷 with four decimals, balanced from the total down: project, county, class, plot. So the rows of an annex
add up to its totals, the counties to the project, and the text says what the tables say, to the last digit.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from geo.geometry.ellipsoid import balance_to
from geo.report.project_content import ProjectReport
from geo.standards.land import PADDY, admin_units, base_code, land_classes
from geo.standards.units import HA_M2, round_half_up

if TYPE_CHECKING:
    import pandas as pd

DIGITS = 4  # 公顷 of the forms
RIDGE = "1203"
CLASSES = ("0101", "0102", "0103")  # 水田, 水浇地, 旱地: the columns of the county statements


@dataclass(frozen=True, slots=True)
class Side:
    """What is taken, or what replaces it, in one place: plots, 公顷 in all and by class, mean grade, highest slope."""

    plots: int
    ha: float
    by_class: Mapping[str, float]
    grade: float | None
    slope: int | None
    towns: tuple[str, ...]
    villages: int
    peripheral_ha: float
    standard_ha: float
    touching: int

    @property
    def paddy_ha(self) -> float:
        return self.by_class.get(PADDY, 0.0)


@dataclass(frozen=True, slots=True)
class County:
    """One county's statement: taken, replaced, and the differences of the figures shown."""

    code: str
    name: str
    out: Side
    inn: Side

    @property
    def more_ha(self) -> float:
        return round_half_up(self.inn.ha - self.out.ha, DIGITS)

    @property
    def more_paddy_ha(self) -> float:
        return round_half_up(self.inn.paddy_ha - self.out.paddy_ha, DIGITS)

    @property
    def lifted(self) -> float | None:
        """Grades by which the replacement is better (1 is best); None when one side is empty."""
        if self.out.grade is None or self.inn.grade is None:
            return None
        return round_half_up(self.out.grade - self.inn.grade, 2)


@dataclass(frozen=True, slots=True)
class SchemeFigures:
    """All figures. taken, replacement and occupied carry ``ha`` as shown; land: county, class, ha (ridges as 1203)."""

    taken: pd.DataFrame
    replacement: pd.DataFrame
    occupied: pd.DataFrame
    land: pd.DataFrame
    total_ha: float
    whole: County
    counties: tuple[County, ...]

    def land_ha(self, *, county: str = "", group: str = "", three: str = "") -> float:
        """公顷 of the land taken in a county (or all), of a class group (01 …) or of one of the great classes."""
        rows = self.land
        if county:
            rows = rows[rows["county_code"] == county]
        if group:
            rows = rows[rows["class_code"].str.startswith(group)]
        if three:
            rows = rows[rows["three"] == three]
        return round_half_up(float(rows["ha"].sum()), DIGITS)


def scheme_figures(report: ProjectReport) -> SchemeFigures:
    """Every figure of the scheme. Rows keep their order; an empty side has noughts and no grade."""
    taken = _shown(report.taken)
    replacement = _shown(report.replacement)
    land = _land(report.occupied)
    codes = sorted({*_counties(report.occupied), *_counties(report.taken), *_counties(report.replacement)})
    units = admin_units()
    counties = tuple(
        County(
            code, units[code].zh if code in units else code,
            _side(taken[taken["county_code"].astype(str) == code]),
            _side(replacement[replacement["county_code"].astype(str) == code]),
        )
        for code in codes
    )  # fmt: skip
    total = round_half_up(float(land["ha"].sum()), DIGITS)
    whole = County("", "", _side(taken), _side(replacement))
    occupied = _occupied(report.occupied)
    return SchemeFigures(taken, replacement, occupied, land, total, whole, counties)


def _counties(frame: pd.DataFrame) -> list[str]:
    return [str(c) for c in frame["county_code"].unique()]


def _shown(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows with ``ha`` (net area as shown), ``ridge_ha`` and ``paddy_ha``, balanced county by county and class."""
    rows = frame.drop(columns="geometry", errors="ignore").reset_index(drop=True)
    classes = [base_code(str(c)) for c in rows["class_code"]]
    rows = rows.assign(base=classes, county_code=rows["county_code"].astype(str))
    ha = balanced(rows["net_area_m2"].to_numpy(dtype=float) / HA_M2, [rows["county_code"].tolist(), classes])
    return rows.assign(ha=ha, paddy_ha=np.where(rows["base"] == PADDY, ha, 0.0))


def balanced(values: Any, keys: Sequence[Sequence[str]], *, digits: int = DIGITS) -> Any:
    """Values rounded so that they add up at every level: all, each first key, each pair of keys, each row.

    A level's rounded sums are made to add up to the rounded sum above by largest remainder.
    """
    whole = np.asarray(values, dtype=float)
    shown = np.zeros(len(whole))
    total = round_half_up(float(whole.sum()), digits)
    for rows, value in _levels(np.arange(len(whole)), whole, list(keys), total, digits):
        shown[rows] = value
    return shown


def _levels(rows: Any, values: Any, keys: list[Sequence[str]], total: float, digits: int) -> Iterator[tuple[Any, Any]]:
    if not len(rows):
        return
    if not keys:
        yield rows, balance_to(total, values[rows], digits=digits)
        return
    names = np.asarray(keys[0], dtype=object)[rows]
    groups = [rows[names == name] for name in sorted(set(names))]
    sums = balance_to(total, np.array([float(values[g].sum()) for g in groups]), digits=digits)
    for group, value in zip(groups, sums, strict=True):
        yield from _levels(group, values, keys[1:], float(value), digits)


def _side(rows: pd.DataFrame) -> Side:
    ha = rows["ha"].to_numpy(dtype=float)
    grade = rows["grade"].astype("float").to_numpy()
    slope = rows["slope_grade"].astype("float").to_numpy()
    known = np.isfinite(grade) & (ha > 0)
    mean = float((grade[known] * ha[known]).sum() / ha[known].sum()) if known.any() else None
    standard = rows["high_standard"].fillna(False).to_numpy(dtype=bool) if "high_standard" in rows else (
        rows["lot_kind"].astype(str).str.contains("高标准").to_numpy(dtype=bool)
    )  # fmt: skip
    around = (
        rows["peripheral"].fillna(False).to_numpy(dtype=bool) if "peripheral" in rows else np.zeros(len(rows), bool)
    )
    return Side(
        plots=len(rows),
        ha=_sum(ha),
        by_class={c: _sum(ha[(rows["base"] == c).to_numpy(dtype=bool)]) for c in CLASSES},
        grade=None if mean is None else round_half_up(mean, 2),
        slope=int(np.nanmax(slope)) if np.isfinite(slope).any() else None,
        towns=tuple(dict.fromkeys(str(t) for t in rows["town_name"] if str(t))),
        villages=int(rows["village_code"].astype(str).nunique()),
        peripheral_ha=_sum(ha[around]),
        standard_ha=_sum(ha[standard]),
        touching=int(rows["touches"].fillna(False).astype(bool).sum()) if "touches" in rows else 0,
    )


def _sum(values: Any) -> float:
    return round_half_up(float(np.sum(values)), DIGITS)


def _land(occupied: pd.DataFrame) -> pd.DataFrame:
    """Land taken by county and class, ridges of cropland under 1203: county_code, class_code, three, pieces, ha."""
    import pandas as pd

    rows = _pieces(occupied)
    groups = rows.groupby(["county_code", "class_code"], sort=True).agg(area_m2=("m2", "sum"), pieces=("m2", "size"))
    groups = groups[groups["area_m2"] > 0].reset_index()
    classes = land_classes()
    three = [classes[c].three if c in classes else "" for c in groups["class_code"]]
    groups["three"] = three
    ha = balanced(groups["area_m2"].to_numpy(dtype=float) / HA_M2, [groups["county_code"].tolist(), three])
    return pd.DataFrame(
        {"county_code": groups["county_code"], "class_code": groups["class_code"], "three": three,
         "pieces": groups["pieces"], "ha": ha}
    )  # fmt: skip


def _pieces(occupied: pd.DataFrame) -> pd.DataFrame:
    """Every piece under its own class, and its ridges under 1203: county_code, class_code, m2."""
    import pandas as pd

    code = occupied["class_code"].map(lambda c: base_code(str(c)))
    county = occupied["county_code"].astype(str)
    own = pd.DataFrame({"county_code": county, "class_code": code, "m2": occupied["net_area_m2"].astype(float)})
    ridges = occupied["ridge_m2"].fillna(0.0).astype(float)
    booked = pd.DataFrame({"county_code": county, "class_code": RIDGE, "m2": ridges})[ridges > 0]
    return pd.concat([own, booked], ignore_index=True) if len(booked) else own


def _occupied(frame: pd.DataFrame) -> pd.DataFrame:
    """The pieces of parcels with ``ha`` (net) and ``ridge_ha`` as shown; both together are the total, by county."""
    rows = frame.drop(columns="geometry", errors="ignore").reset_index(drop=True)
    net = rows["net_area_m2"].to_numpy(dtype=float)
    ridge = rows["ridge_m2"].fillna(0.0).to_numpy(dtype=float)
    county = rows["county_code"].astype(str).tolist()
    both = balanced(np.concatenate([net, ridge]) / HA_M2, [[*county, *county]])
    return rows.assign(ha=both[: len(rows)], ridge_ha=both[len(rows) :])
