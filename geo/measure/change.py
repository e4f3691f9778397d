"""WHAT BECAME WHAT: two surveys of one place, of different parcels, closed to each survey's own total.

Every parcel of the earlier survey is cut by every one of the later; a piece has both parents. Land that two parcels
of one survey cover counts once, for the earlier row; what is counted twice, and what only one survey covers, is told
in rows and columns of its own and never spread over the classes. So each row of the matrix adds up to what the earlier
survey has of a class, and each column to what the later has (to 0.01 m²).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.geometry.ellipsoid import area_m2
from geo.geometry.repair import polygons_only, valid_polygons
from geo.measure.overlay import collector_paused, overlay

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

Floats = NDArray[np.float64]
Geometries = NDArray[np.object_]

# What only one survey covers, or covers twice, is cut out as a shape where it is more than the noise of coordinates:
# a county has 10⁵ parcels, and its total must close to 0.01 m². It is shown and told from the second size on.
CUT_M2, SHOWN_M2 = 1e-6, 0.01
# Frames that share no more than this (m) only touch: eastings of 4e7 m carry 7e-9 m.
_TOUCH_M = 2e-8
ONLY, DOUBLED = "only", "doubled"
BEFORE, AFTER = "before", "after"


@dataclass(frozen=True, slots=True, eq=False)
class Cover:
    """A survey as one layer of land. geoms: each parcel without what an earlier row covers; own_m2: the parcel as it
    was drawn; doubled_m2: what it shares with earlier rows; lost: rows without a surface.
    """

    frame: gpd.GeoDataFrame
    geoms: Geometries
    own_m2: Floats
    doubled_m2: Floats
    lost: int


@dataclass(frozen=True, slots=True, eq=False)
class Crossing:
    """Two surveys laid over each other.

    pieces: before_row, after_row (rows of the two surveys), area_m2, geometry. alone: what only one survey covers:
    survey (before, after), row, area_m2, geometry; shapes from SHOWN_M2 on. before, after: the two covers.
    only_m2: by survey, for each of its rows, what the other does not cover (own - doubled - pieces; where the other
    covers all, the noise of coordinates, about 1e-6 m² on either side of 0).
    """

    pieces: gpd.GeoDataFrame
    alone: gpd.GeoDataFrame
    before: Cover
    after: Cover
    only_m2: Mapping[str, Floats]


@collector_paused()
def cover(frame: gpd.GeoDataFrame) -> Cover:
    """A survey whose parcels (geometry, EPSG:4528 or another that ``area_m2`` knows) cover nothing twice."""
    epsg = int(frame.crs.to_epsg())
    geoms = valid_polygons(frame.geometry.to_numpy())
    gone = shapely.is_missing(geoms)
    own = np.nan_to_num(area_m2(geoms, epsg=epsg))
    doubled = np.zeros(len(geoms))
    first, second = _crowded(geoms)
    if len(first):
        shared = polygons_only(shapely.intersection(geoms[first], geoms[second]))
        size = np.nan_to_num(area_m2(shared, epsg=epsg))
        first, second = first[size > CUT_M2], second[size > CUT_M2]
        for row in np.unique(second):
            taken = shapely.union_all(geoms[first[second == row]])
            left = polygons_only([shapely.difference(geoms[row], taken)])[0]
            stays = 0.0 if left is None else float(area_m2(np.array([left], dtype=object), epsg=epsg)[0])
            doubled[row], geoms[row] = own[row] - stays, left
    return Cover(frame, geoms, own, doubled, int(gone.sum()))


def _crowded(geoms: Geometries) -> tuple[Any, Any]:
    """Pairs of rows (the earlier first) whose inner points meet."""
    tree = shapely.STRtree(geoms)
    second, first = tree.query(geoms)
    second, first = second[first < second], first[first < second]
    a, b = shapely.bounds(geoms[first]), shapely.bounds(geoms[second])
    deep = (np.minimum(a[:, 2:], b[:, 2:]) - np.maximum(a[:, :2], b[:, :2]) > _TOUCH_M).all(axis=1)
    first, second = first[deep], second[deep]
    if not len(first):
        return first, second
    from geo.geometry.clipping import NONE, clip, surfaces
    from geo.measure.overlay import KERNEL_PAIRS

    if len(first) >= KERNEL_PAIRS:
        both = surfaces(geoms, valid=True)
        met = clip(both, first.astype(np.int64), second.astype(np.int64))[0] != NONE
    else:
        shapely.prepare(geoms[np.unique(first)])
        met = shapely.relate_pattern(geoms[first], geoms[second], "T********")
    return first[met], second[met]


@collector_paused()
def cross(before: Cover, after: Cover) -> Crossing:
    """Both surveys laid over each other: every piece with both parents, and what only one of them covers.

    Raises ValueError when they are in different systems, OverlayProblem when pieces are larger than their parcel.
    """
    import geopandas as gpd

    crs = before.frame.crs
    if crs != after.frame.crs:
        raise ValueError("the two surveys are not in the same coordinate system")
    epsg = int(crs.to_epsg())
    sides = {}
    for name, one in ((BEFORE, before), (AFTER, after)):
        rows = np.flatnonzero(~shapely.is_missing(one.geoms))
        sides[name] = gpd.GeoDataFrame({f"{name}_row": rows}, geometry=list(one.geoms[rows]), crs=crs)
    pieces = overlay(sides[BEFORE], sides[AFTER], left_id="before_row", right_id="after_row")
    pieces = pieces.drop(columns="whole")
    only, shapes = {}, []
    for name, one in ((BEFORE, before), (AFTER, after)):
        covered = np.bincount(pieces[f"{name}_row"], weights=pieces["area_m2"], minlength=len(one.geoms))
        rest = one.own_m2 - one.doubled_m2 - covered
        only[name] = rest
        shapes.append(_left_over(one, pieces, name, np.flatnonzero(rest > CUT_M2), epsg))
    import pandas as pd

    alone = gpd.GeoDataFrame(pd.concat(shapes, ignore_index=True), geometry="geometry", crs=crs)
    return Crossing(pieces, alone, before, after, only)


def _left_over(one: Cover, pieces: gpd.GeoDataFrame, name: str, rows: Any, epsg: int) -> pd.DataFrame:
    """Shapes of the parcels of ``rows`` without their pieces."""
    import pandas as pd

    mine = pieces[f"{name}_row"].to_numpy()
    order = np.argsort(mine, kind="stable")
    low, high = np.searchsorted(mine[order], rows), np.searchsorted(mine[order], rows, side="right")
    geoms = pieces.geometry.to_numpy()
    left = []
    for row, a, b in zip(rows, low, high, strict=True):
        shape = one.geoms[row]
        left.append(shape if a == b else shapely.difference(shape, shapely.union_all(geoms[order[a:b]])))
    shown = polygons_only(left) if left else np.zeros(0, dtype=object)
    size = np.nan_to_num(area_m2(shown, epsg=epsg)) if len(shown) else np.zeros(0)
    return pd.DataFrame({"survey": name, "row": rows, "area_m2": size, "geometry": list(shown)})


def transition_matrix(crossing: Crossing, before_class: Any, after_class: Any) -> pd.DataFrame:
    """The matrix in long form: before_class, after_class, area_m2; classes of the surveys' rows as given.

    Land that only one survey covers has the other's class ``only``, land counted twice has ``doubled``. Sums by
    before_class are the earlier survey's totals, sums by after_class the later's, but for ``only`` and ``doubled``.
    """
    import pandas as pd

    old, new = (np.asarray(v, dtype=object) for v in (before_class, after_class))
    pieces = crossing.pieces
    parts = [
        pd.DataFrame({"before_class": old[pieces["before_row"]], "after_class": new[pieces["after_row"]],
                      "area_m2": pieces["area_m2"].to_numpy()}),
    ]  # fmt: skip
    for name, one, classes in ((BEFORE, crossing.before, old), (AFTER, crossing.after, new)):
        other = "after_class" if name == BEFORE else "before_class"
        for kind, size in ((ONLY, crossing.only_m2[name]), (DOUBLED, one.doubled_m2)):
            rows = np.flatnonzero(size)
            parts.append(pd.DataFrame({f"{name}_class": classes[rows], other: kind, "area_m2": size[rows]}))
    long = pd.concat(parts, ignore_index=True)
    return long.groupby(["before_class", "after_class"], sort=False, as_index=False)["area_m2"].sum()


def totals(one: Cover, classes: Any) -> pd.Series:
    """What a survey has of each class, m², each parcel as it was drawn."""
    import pandas as pd

    return pd.Series(one.own_m2).groupby(np.asarray(classes, dtype=object)).sum()


def closing(crossing: Crossing) -> pd.DataFrame:
    """The account of each survey: parcels as drawn = both cover + only this one + counted twice + residual, m².

    Rows before, after; columns survey, parcels, parcels_m2, stated_m2 (of the attribute area_m2 where there is one),
    common_m2, only_m2 (as the shapes measure it), doubled_m2, residual_m2.
    """
    import pandas as pd

    common = float(crossing.pieces["area_m2"].sum())
    rows = []
    for name, one in ((BEFORE, crossing.before), (AFTER, crossing.after)):
        mine = crossing.alone["survey"] == name
        only = float(crossing.alone.loc[mine, "area_m2"].sum())
        drawn, doubled = float(one.own_m2.sum()), float(one.doubled_m2.sum())
        stated = float(one.frame["area_m2"].sum()) if "area_m2" in one.frame else float("nan")
        rows.append((name, len(one.frame), drawn, stated, common, only, doubled, drawn - doubled - only - common))
    columns = ["survey", "parcels", "parcels_m2", "stated_m2", "common_m2", "only_m2", "doubled_m2", "residual_m2"]
    return pd.DataFrame(rows, columns=columns)
