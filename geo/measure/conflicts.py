"""WHERE PERMANENT FARMLAND MEETS THE LINES: the urban growth boundary in both readings, and the ecological red line.

The boundary is drawn with holes where farmland stays inside a town (开天窗). ``boundary_net`` is the line as drawn,
``boundary_filled`` the line with its holes closed. The red line is told by control zone: ``redline_core``
(核心保护区), ``redline_general`` (一般控制区), ``redline_other`` (outside nature reserves).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from geo.geometry.ellipsoid import length_m
from geo.geometry.repair import polygons_only, valid_polygons
from geo.measure.overlay import overlay, split_by

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import geopandas as gpd
    import pandas as pd

    from geo.zone import Zone

LINES = ("boundary_filled", "boundary_net", "redline_core", "redline_general", "redline_other")
COUNTED = ("boundary_filled", "redline_core", "redline_general", "redline_other")
_CONTROL_ZONES = {"核心保护区": "redline_core", "一般控制区": "redline_general"}
_FEATURE_ZONE = "特别用途区"


@dataclass(frozen=True, slots=True)
class ConflictTable:
    """Farmland against the lines, parts and remainders of every parcel.

    pieces: one row a parcel and line feature: farmland_id, against (one of LINES), against_id, area_m2,
        net_area_m2 (= area · (1 − ridge factor)), whole, town_code, county_code, geometry. Lines overlap (the filled
        boundary contains the net one), so rows of different lines are never added up.
    inside: one row a parcel: its part inside the union of the lines asked for (by default filled boundary ∪ red
        line), nothing twice; same columns without against and against_id.
    remainders: one row a parcel: its part outside of it; same columns as inside. inside + remainders = parents.
    totals: county_code, town_code, against (LINES and ``any`` for the union), parcels, area_m2, net_area_m2.
    """

    pieces: gpd.GeoDataFrame
    inside: gpd.GeoDataFrame
    remainders: gpd.GeoDataFrame
    totals: pd.DataFrame


def fill_holes(boundary: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The boundary features with the holes of the whole boundary closed; same index and columns.

    A hole is an inner ring of all features together, so one that lies on the border of two townships counts as well.
    It goes to the feature that it shares the longest border with; a feature that lies in a hole keeps its land. So the
    filled features overlap no more than the drawn ones. The argument is untouched.
    """
    drawn = valid_polygons(boundary.geometry.to_numpy())
    parts = shapely.get_parts(shapely.union_all(drawn))
    rings, owner = shapely.get_rings(parts, return_index=True)
    inner = np.flatnonzero(owner[1:] == owner[:-1]) + 1
    holes = shapely.polygons(rings[inner])
    # Of the dissolved parts only one that lies in a hole takes land from it: the others meet it along its ring.
    of_hole, part = shapely.STRtree(parts).query(holes, predicate="covers")
    for k in np.unique(of_hole):
        holes[k] = shapely.difference(holes[k], shapely.union_all(parts[part[of_hole == k]]))
    tree = shapely.STRtree(drawn)
    gained: dict[int, list[Any]] = {}
    for hole in (h for h in polygons_only(holes) if h is not None):
        rows = np.sort(tree.query(hole, predicate="intersects"))
        border = length_m(shapely.intersection(drawn[rows], shapely.boundary(hole)), epsg=int(boundary.crs.to_epsg()))
        gained.setdefault(int(rows[np.argmax(border)]), []).append(hole)
    filled = drawn.copy()
    for row, some in gained.items():
        filled[row] = polygons_only([shapely.union_all([drawn[row], *some])])[0]
    return boundary.set_geometry(list(filled), crs=boundary.crs)


def farmland_conflicts(zone: Zone, *, include_features: bool = True, lines: Sequence[str] = COUNTED) -> ConflictTable:
    """Where the zone's permanent farmland lies inside the urban growth boundary or the ecological red line.

    ``lines`` (of LINES) make up the union that ``inside`` and ``remainders`` speak of; ``pieces`` always tells all.
    ``include_features``: count 特别用途区 of the boundary as well. Needs the layers farmland, boundary and redline;
    a line layer without features gives no pieces. Areas are ellipsoidal, m², not rounded. Raises KeyError for a
    missing layer, ValueError for an unknown line, OverlayProblem when parts and remainder do not make a parent.
    """
    farmland, boundary, redline = (zone.layer(name) for name in ("farmland", "boundary", "redline"))
    return conflicts_with(farmland, line_layers(boundary, redline, include_features=include_features), lines=lines)


def line_layers(
    boundary: gpd.GeoDataFrame, redline: gpd.GeoDataFrame, *, include_features: bool = True
) -> dict[str, gpd.GeoDataFrame]:
    """The five lines by name (LINES): columns line_id (the feature's own id) and geometry.

    Holes are holes of the whole boundary, so this asks for the whole layer even where farmland comes in parts.
    """
    if not include_features and "zone_name" in boundary.columns:
        boundary = boundary[boundary["zone_name"] != _FEATURE_ZONE].reset_index(drop=True)
    kinds = _redline_kinds(redline)
    drawn = boundary.rename(columns={"boundary_id": "line_id"})[["line_id", "geometry"]]
    red = redline.rename(columns={"redline_id": "line_id"})[["line_id", "geometry"]]
    layers = {"boundary_filled": fill_holes(drawn), "boundary_net": drawn}
    return layers | {name: red[kinds == name].reset_index(drop=True) for name in LINES[2:]}


def conflicts_with(
    farmland: gpd.GeoDataFrame, layers: Mapping[str, gpd.GeoDataFrame], *, lines: Sequence[str] = COUNTED
) -> ConflictTable:
    """Permanent farmland (farmland_id, ridge_factor, town_code, county_code) against the lines of ``line_layers``.

    Every parcel's rows depend on the features that touch it and on nothing else. Raises as ``farmland_conflicts``.
    """
    import pandas as pd

    if unknown := set(lines) - set(LINES):
        raise ValueError(f"there is no line named {', '.join(sorted(unknown))}")
    found = []
    for name in LINES:
        got = overlay(farmland, layers[name], left_id="farmland_id", right_id="line_id")
        found.append(got.rename(columns={"line_id": "against_id"}).assign(against=name))
    pieces = _with_parents(pd.concat(found, ignore_index=True), farmland)
    head = ["farmland_id", "against", "against_id", "area_m2", "net_area_m2", "whole", "town_code", "county_code"]
    pieces = pieces[[*head, "geometry"]]
    # The net boundary adds nothing to the filled one.
    union = [name for name in LINES if name in lines and not (name == "boundary_net" and "boundary_filled" in lines)]
    cover = np.concatenate([np.zeros(0, dtype=object), *(layers[name].geometry.to_numpy() for name in union)])
    parts = split_by(farmland, cover, left_id="farmland_id")
    inside, remainders = (_with_parents(part, farmland) for part in parts)
    return ConflictTable(pieces, inside, remainders, conflict_totals(pieces, inside))


def _redline_kinds(redline: gpd.GeoDataFrame) -> pd.Series:
    import pandas as pd

    if "control_zone" not in redline.columns:
        return pd.Series("redline_other", index=redline.index)
    return pd.Series(redline["control_zone"].map(_CONTROL_ZONES).fillna("redline_other"))


def _with_parents(part: gpd.GeoDataFrame, farmland: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Net area and place of each piece, from the parcel it was cut from."""
    facts = farmland.set_index("farmland_id")[["ridge_factor", "town_code", "county_code"]]
    parent = facts.reindex(part["farmland_id"])
    net = part["area_m2"].to_numpy() * (1.0 - parent["ridge_factor"].to_numpy(dtype=float))
    town, county = parent["town_code"].to_numpy(), parent["county_code"].to_numpy()
    out = part.assign(net_area_m2=net, town_code=town, county_code=county)
    rest = [c for c in out.columns if c not in ("farmland_id", "geometry")]
    return out[["farmland_id", *rest, "geometry"]]


def conflict_totals(pieces: pd.DataFrame, inside: pd.DataFrame) -> pd.DataFrame:
    """Farmland by county, town and line, and by their union (``any``): parcels, area_m2, net_area_m2."""
    import pandas as pd

    keys = ["county_code", "town_code", "against"]
    rows = pd.concat(
        [pieces[[*keys, "farmland_id", "area_m2", "net_area_m2"]],
         inside.assign(against="any")[[*keys, "farmland_id", "area_m2", "net_area_m2"]]],
        ignore_index=True,
    )  # fmt: skip
    out: pd.DataFrame = rows.groupby(keys, as_index=False, sort=True).agg(
        parcels=("farmland_id", "nunique"), area_m2=("area_m2", "sum"), net_area_m2=("net_area_m2", "sum")
    )
    order = {name: k for k, name in enumerate((*LINES, "any"))}
    out = out.assign(rank=out["against"].map(order)).sort_values(["county_code", "town_code", "rank"])
    return out.drop(columns="rank").reset_index(drop=True)
