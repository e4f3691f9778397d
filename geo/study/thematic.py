"""专题图: farmland by grade and block, parcels by owner, change: values, classes, colours, histogram in one value.

Change needs two surveys; see ``thematic_change``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np

from geo.errors import InputProblem
from geo.finding import Finding
from geo.geometry.ellipsoid import areas
from geo.measure.clusters import block_labels
from geo.report.palette import Style
from geo.report.text import plain
from geo.report.words import word
from geo.standards.land import base_code, cropland_codes
from geo.standards.units import MU_M2
from geo.study.conflicts import SPEC as CONFLICTS

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from geo.report.view_layers import ViewLayer
    from geo.zone import Zone

Kind = Literal["grade", "block", "owner", "change", "change_size"]
Method = Literal["natural", "quantile", "equal"]
MOST_CLASSES = 7
_MOST_VALUES = 1000
# Along ColorBrewer's YlGnBu, light to dark, in steps of CIEDE2000 13.7 or more for three kinds of eyes.
_RAMP = ("#FFFFB2", "#A2DAB8", "#65C3BF", "#2EA3C2", "#1F79B4", "#184898", "#081D59")
_PICK = {1: (3,), 2: (1, 5), 3: (0, 3, 6), 4: (0, 2, 4, 6), 5: (0, 2, 3, 5, 6), 6: (0, 1, 2, 3, 5, 6)}
# Okabe and Ito's colours for eyes of every kind.
_OWNERS = (("10", "state", "#56B4E9"), ("20", "state", "#56B4E9"), ("30", "collective", "#F0C94A"),
           ("40", "collective", "#F0C94A"))  # fmt: skip
_OTHER = ("other", "#8C8C8C")


@dataclass(frozen=True)
class Theme:
    """A layer by value. frame: id column and geometry (EPSG:4528); values: one a row, NaN for none (text themes).

    number: class of each row; signs: one a class, with its words; edges: k + 1 limits, class i holds
    edges[i] < value <= edges[i + 1] (the first holds its lower limit too), empty for a theme of names.
    areas_m2: ellipsoidal area of each class; run: of the comparison that a theme of change shows.
    """

    kind: Kind
    frame: gpd.GeoDataFrame
    id_column: str
    values: NDArray[np.float64]
    number: NDArray[np.intp]
    signs: tuple[Style, ...]
    edges: tuple[float, ...]
    areas_m2: tuple[float, ...]
    run: str = ""

    def title(self, lang: str) -> str:
        return word(f"theme.{self.kind}", lang)

    def layer(self, lang: str) -> ViewLayer:
        """As a layer of a printed sheet."""
        from geo.report.view_layers import ViewLayer

        return ViewLayer("theme", self.frame, self.signs, self.number, 1.0, "theme", self.title(lang))

    def histogram(self, bins: int = 36) -> list[dict[str, float]]:
        """Bars of equal width over the values: low, high, rows, class of their middle. Empty for a theme of names."""
        if not self.edges or not len(self.values):
            return []
        low, high = float(self.values.min()), float(self.values.max())
        # Grades are whole numbers: one bar each, around the number.
        limits: Any = np.arange(low - 0.5, high + 1.0) if self.kind == "grade" else bins
        count, at = np.histogram(self.values, bins=limits)
        middle = _classes((at[:-1] + at[1:]) / 2, self.edges)
        return [
            {"low": float(a), "high": float(b), "rows": int(n), "class": int(c)}
            for a, b, n, c in zip(at[:-1], at[1:], count, middle, strict=True)
        ]


def theme(
    zone: Zone, kind: Kind, *, method: Method = "natural", classes: int = 5, earlier: Zone | None = None
) -> Theme:
    """The theme of a zone. Raises InputProblem for an unknown theme, method or number of classes (MP208), no values
    (MP209), or change without an earlier survey (MP210).

    grade: cropland by its grade (耕地质量等别, 1 is best). block: permanent farmland by the area (亩) of the contiguous
    block that a plot belongs to, at the gap that 零星识别 uses. owner: parcels by kind of ownership (QSXZ). change:
    what became of the land since ``earlier``, by kind; change_size: the changed places by their area (亩).
    """
    asked = (kind in get_args(Kind), method in get_args(Method), 2 <= classes <= MOST_CLASSES)
    if not all(asked):
        told = plain(f"{kind}, {method}, {classes}")
        raise InputProblem([Finding("MP208", "error", "--theme", measured=told)])
    if kind == "owner":
        return _owner(zone)
    if kind in ("change", "change_size"):
        from geo.study.thematic_change import change_since, change_theme

        if earlier is None:
            raise InputProblem([Finding("MP210", "error", word(f"theme.{kind}", "zh"))])
        return change_theme(change_since(earlier, zone), kind, method=method, classes=classes)
    frame, id_column, values = _grade(zone) if kind == "grade" else _block(zone)
    return by_value(kind, frame, id_column, values, method=method, classes=classes)


def by_value(
    kind: Kind, frame: gpd.GeoDataFrame, id_column: str, values: NDArray[np.float64], *, method: Method, classes: int
) -> Theme:
    """A theme of numbers: the rows of a frame in classes of a value each. Raises InputProblem for no rows (MP209)."""
    if not len(frame):
        raise InputProblem([Finding("MP209", "error", word(f"theme.{kind}", "zh"))])
    edges = breaks(values, method=method, classes=classes)
    number = _classes(values, edges)
    signs = class_signs(kind, edges)
    return Theme(kind, frame, id_column, values, number, signs, edges, sums_m2(frame, number, len(signs)))


def class_signs(kind: str, edges: tuple[float, ...]) -> tuple[Style, ...]:
    """The signs of a theme's classes between these limits, in legend order."""
    many, whole = len(edges) - 1, kind == "grade"
    return tuple(_sign(kind, n, many, _words(edges, n, kind, whole=whole)) for n in range(many))


def owner_signs() -> tuple[Style, ...]:
    """Every sign of the theme of ownership, in legend order."""
    names = dict.fromkeys([*((name, tone) for _, name, tone in _OWNERS), _OTHER])
    return tuple(
        Style(f"theme.owner.{name}", "theme", (), word(f"theme.owner.{name}", "zh"), word(f"theme.owner.{name}", "en"),
              tone, _edge(tone), 0.15, "", tone, _edge(tone), "自定")
        for name, tone in names
    )  # fmt: skip


def breaks(values: Any, *, method: Method, classes: int) -> tuple[float, ...]:
    """Limits of the classes, rising and all different: fewer classes where the values have few different ones.

    natural: the least squared deviation inside the classes, solved exactly (W. D. Fisher, On grouping for maximum
    homogeneity, 1958; the aim of Jenks' natural breaks). Raises ValueError for no values.
    """
    found = np.sort(np.asarray(values, dtype=float))
    if not len(found):
        raise ValueError("no values to classify")
    distinct = np.unique(found)
    if len(distinct) <= classes:
        return (float(distinct[0]), *(float(v) for v in distinct)) if len(distinct) > 1 else _around(distinct[0])
    low, high = float(found[0]), float(found[-1])
    if method == "equal":
        inner = np.linspace(low, high, classes + 1)[1:-1]
    elif method == "quantile":
        inner = np.quantile(found, np.linspace(0, 1, classes + 1)[1:-1], method="higher")
    else:
        inner = _natural(found, classes)
    # A class may hold the lowest value alone: its limits are then the same.
    inner = np.unique(inner[(inner >= low) & (inner < high)])
    return (low, *(float(v) for v in inner), high)


def _around(value: float) -> tuple[float, float]:
    return (float(value), float(value))


def _natural(found: NDArray[np.float64], classes: int) -> NDArray[np.float64]:
    """Upper limits of all classes but the last with the least squared deviation inside the classes."""
    # Of many values a thousand at equal steps of the sorted list stand for all: they keep the shares of each size.
    some = found[np.linspace(0, len(found) - 1, min(len(found), _MOST_VALUES)).round().astype(int)]
    value, weight = np.unique(some, return_counts=True)
    many = len(value)
    w = np.concatenate([[0.0], np.cumsum(weight)])
    s = np.concatenate([[0.0], np.cumsum(weight * value)])
    q = np.concatenate([[0.0], np.cumsum(weight * value**2)])
    low, high = np.meshgrid(np.arange(many), np.arange(many) + 1, indexing="ij")
    held = np.where(high > low, w[high] - w[low], 1.0)
    cost = np.where(high > low, q[high] - q[low] - (s[high] - s[low]) ** 2 / held, np.inf)
    best, cut = cost[0], []  # cheapest way to part the first n values into one class, then two, and so on
    for _ in range(min(classes, many) - 1):
        ways = np.concatenate([[np.inf], best[:-1]])[:, None] + cost
        cut.append(ways.argmin(axis=0))
        best = ways.min(axis=0)
    at, limits = many - 1, []
    for places in reversed(cut):
        first = int(places[at])
        limits.append(value[first - 1])
        at = first - 1
    return np.array(limits[::-1], dtype=np.float64)


def _classes(values: Any, edges: tuple[float, ...]) -> NDArray[np.intp]:
    inner = np.asarray(edges[1:-1])
    return np.searchsorted(inner, np.asarray(values, dtype=float), side="left").astype(np.intp)


def _grade(zone: Zone) -> tuple[gpd.GeoDataFrame, str, NDArray[np.float64]]:
    parcels = zone.layer("parcels")
    codes = parcels["class_code"].astype(str)
    crop = codes.isin([c for c in codes.unique() if base_code(c) in cropland_codes()])
    kept = parcels.loc[crop & parcels["grade"].notna(), ["parcel_id", "grade", "geometry"]].reset_index(drop=True)
    return kept[["parcel_id", "geometry"]], "parcel_id", kept["grade"].to_numpy(dtype=float)


def _block(zone: Zone) -> tuple[gpd.GeoDataFrame, str, NDArray[np.float64]]:
    farmland = zone.layer("farmland")[["farmland_id", "net_area_m2", "geometry"]].reset_index(drop=True)
    gap = float(CONFLICTS.values({})["gap_m"])
    label = block_labels(farmland.geometry.to_numpy(), gap_m=gap)
    net = farmland["net_area_m2"].to_numpy(dtype=float)
    sizes = np.bincount(label, weights=net) / MU_M2
    return farmland[["farmland_id", "geometry"]], "farmland_id", sizes[label]


def _owner(zone: Zone) -> Theme:
    parcels = zone.layer("parcels")[["parcel_id", "owner_kind", "geometry"]].reset_index(drop=True)
    signs = owner_signs()
    place = {sign.style.rsplit(".", 1)[1]: n for n, sign in enumerate(signs)}
    known = {code: name for code, name, _ in _OWNERS}
    # The first digit is the group of the survey's table of rights (10, 20 state; 30, 40 collective).
    groups = parcels["owner_kind"].astype(str).str[:1] + "0"
    number = np.array([place[known.get(g, _OTHER[0])] for g in groups], dtype=np.intp)
    used = np.unique(number)
    number = np.searchsorted(used, number).astype(np.intp)
    frame = parcels[["parcel_id", "geometry"]]
    values = np.full(len(frame), np.nan)
    return Theme("owner", frame, "parcel_id", values, number, tuple(signs[n] for n in used), (),
                 sums_m2(frame, number, len(used)))  # fmt: skip


def sums_m2(frame: gpd.GeoDataFrame, number: NDArray[np.intp], classes: int) -> tuple[float, ...]:
    """Ellipsoidal area of each class."""
    found = np.bincount(number, weights=np.nan_to_num(np.asarray(areas(frame), dtype=float)), minlength=classes)
    return tuple(float(v) for v in found)


def _sign(kind: str, number: int, classes: int, words: tuple[str, str]) -> Style:
    tones = _RAMP if classes == MOST_CLASSES else tuple(_RAMP[i] for i in _PICK[classes])
    # Grade 1 is best: the darkest tone stands for the best land.
    tone = tones[::-1][number] if kind == "grade" else tones[number]
    edge = _edge(tone)
    return Style(f"theme.{kind}.{number}", "theme", (), *words, tone, edge, 0.15, "", tone, edge, "自定")


def _edge(tone: str) -> str:
    from geo.report.map_draw import blend

    return blend(tone, "#000000", 0.3)


def _words(edges: tuple[float, ...], number: int, kind: str, *, whole: bool) -> tuple[str, str]:
    low, high = edges[number], edges[number + 1]
    unit = (word(f"theme.unit.{kind}", "zh"), word(f"theme.unit.{kind}", "en"))
    if whole:
        first = int(low) if number == 0 else int(np.floor(low)) + 1
        last = int(np.floor(high))
        span = f"{first}" if first >= last else f"{first}–{last}"
    else:
        span = f"{low:,.1f}–{high:,.1f}"
    return f"{span} {unit[0]}".strip(), f"{unit[1]} {span}".strip() if whole else f"{span} {unit[1]}".strip()
