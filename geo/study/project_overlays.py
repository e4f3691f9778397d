"""The catalogue of overlays (合规性审查): a footprint against every layer of the zone: area, parcels and shapes.

``geo/standards/tables/overlay_catalogue.csv`` names 21 analyses. What the zone has no layer for says so (``no_layer``);
it is never told as zero.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geo.measure.occupation import cents
from geo.measure.overlay import overlay
from geo.standards.land import base_code, land_classes
from geo.standards.tables import rows

if TYPE_CHECKING:
    import geopandas as gpd

    from geo.zone import Zone

OVERLAY_COLUMNS = (
    "analysis", "zh", "en", "status", "code", "subject_zh", "subject_en", "parcels", "area_m2", "net_area_m2", "share",
)  # fmt: skip
_WATER = frozenset({"1101", "1102", "1103", "1104", "1105", "1106", "1107"})


def overlays(
    zone: Zone, footprint: gpd.GeoDataFrame, pieces: gpd.GeoDataFrame, farmland: gpd.GeoDataFrame
) -> tuple[pd.DataFrame, gpd.GeoDataFrame]:
    """Every analysis of the catalogue: OVERLAY_COLUMNS, and the shapes (analysis, code, feature_id, area_m2, geometry).

    pieces: the occupation; farmland: permanent basic farmland taken. Rows of one analysis do not overlap; those of
    different analyses do, and are never added up.
    """
    import geopandas as gpd

    total = float(footprint["area_m2"].sum()) or 1.0
    told, shapes = [], []
    for line in rows("overlay_catalogue"):
        found = _found(zone, footprint, pieces, farmland, line)
        head = {"analysis": line["id"], "zh": line["zh"], "en": line["en"]}
        blank = {
            "code": "",
            "subject_zh": "",
            "subject_en": "",
            "parcels": 0,
            "area_m2": 0.0,
            "net_area_m2": 0.0,
            "share": 0.0,
        }
        if found is None:
            told.append({**head, "status": "no_layer", **blank})
            continue
        if not len(found):
            told.append({**head, "status": "none", **blank})
            continue
        for code, group in found.groupby("code", sort=True):
            area = float(cents(group["area_m2"].sum()))
            told.append(
                {**head, "status": "found", "code": code, "subject_zh": _subject(line["of"], str(code), "zh"),
                 "subject_en": _subject(line["of"], str(code), "en"), "parcels": int(group["feature_id"].nunique()),
                 "area_m2": area, "net_area_m2": float(cents(group["net_area_m2"].sum())), "share": area / total}
            )  # fmt: skip
        shapes.append(found.assign(analysis=line["id"])[["analysis", "code", "feature_id", "area_m2", "geometry"]])
    drawn = pd.concat(shapes, ignore_index=True) if shapes else pieces[[]].iloc[:0]
    if not len(drawn):
        drawn = gpd.GeoDataFrame(
            {"analysis": [], "code": [], "feature_id": [], "area_m2": []}, geometry=[], crs=footprint.crs
        )
    return pd.DataFrame(told, columns=list(OVERLAY_COLUMNS)), gpd.GeoDataFrame(
        drawn, geometry="geometry", crs=footprint.crs
    )


def same_project(zone: Zone, footprint: gpd.GeoDataFrame, *, tolerance_m2: float) -> Any:
    """Which of the zone's own footprints are this very project: nearly the same shape (difference up to tolerance)."""
    from geo.geometry.ellipsoid import area_m2

    if zone.footprints is None or not len(zone.footprints):
        return np.zeros(0, dtype=bool)
    mine = footprint.geometry.union_all()
    apart = zone.footprints.geometry.symmetric_difference(mine).to_numpy()
    return np.asarray(area_m2(apart) <= tolerance_m2)


def approved_footprints(zone: Zone, footprint: gpd.GeoDataFrame, *, tolerance_m2: float) -> gpd.GeoDataFrame | None:
    """Footprints of other projects that the zone knows; None when it knows of none at all."""
    if zone.footprints is None or not len(zone.footprints):
        return None
    others = zone.footprints[~same_project(zone, footprint, tolerance_m2=tolerance_m2)].reset_index(drop=True)
    return others.assign(number=[f"{n or 'P'}#{k}" for k, n in enumerate(others["project_no"])])


def _found(
    zone: Zone, footprint: gpd.GeoDataFrame, pieces: gpd.GeoDataFrame, farmland: gpd.GeoDataFrame, line: dict[str, str]
) -> gpd.GeoDataFrame | None:
    """Shapes of one analysis: code, feature_id, area_m2, net_area_m2, geometry; None without the layer."""
    layer, of = line["layer"], line["of"]
    if layer == "parcels":
        mine = pieces[_chosen(pieces, line["id"])]
        return _own(mine, "parcel_id", of, zone)
    if layer == "farmland":
        return _own(farmland, "farmland_id", of, zone)
    if layer == "footprints":
        others = approved_footprints(zone, footprint, tolerance_m2=1.0)
        if others is None:
            return None
        if not len(others):
            return pieces.iloc[:0]
        if of == "class_code":
            crop = pieces[pieces["cropland"].to_numpy(dtype=bool)]
            met = overlay(crop, others, left_id="piece_id", right_id="number")
            own = crop.set_index("piece_id").reindex(met["piece_id"])
            net = met["area_m2"].to_numpy() * (1.0 - own["ridge_factor"].to_numpy(dtype=float))
            return met.assign(
                code=own["class_code"].to_numpy(), feature_id=own["parcel_id"].to_numpy(), net_area_m2=net
            )
        met = overlay(others, footprint, left_id="number", right_id="plot_no")
        return met.assign(
            code=[str(n).rpartition("#")[0] for n in met["number"]],
            feature_id=met["number"],
            net_area_m2=met["area_m2"],
        )
    if not layer or not zone.has(layer):
        return None
    frame = zone.layer(layer)
    key = frame.columns[0]
    met = overlay(frame[[key, "geometry"]], footprint[["plot_no", "geometry"]], left_id=key, right_id="plot_no")
    own = frame.set_index(key).reindex(met[key])
    codes = own[of].fillna("").astype(str).to_numpy() if of in own.columns else np.full(len(met), "", dtype=object)
    if of == key:
        codes = met[key].astype(str).to_numpy()
    factor = own["ridge_factor"].fillna(0.0).to_numpy(dtype=float) if "ridge_factor" in own.columns else 0.0
    out = met.assign(code=codes, feature_id=met[key].astype(str), net_area_m2=met["area_m2"] * (1.0 - factor))
    return out[["code", "feature_id", "area_m2", "net_area_m2", "geometry"]]


def _own(mine: gpd.GeoDataFrame, key: str, of: str, zone: Zone) -> gpd.GeoDataFrame:
    if of == "refine_code":
        codes = mine[key].map(
            dict(zip(zone.layer("parcels")[key], zone.layer("parcels").get("refine_code", ""), strict=False))
        )
    elif of in ("grade", "slope_grade"):
        codes = mine[of].map(lambda v: "" if v != v else str(int(v)))
    else:
        codes = mine[of].map(base_code) if of == "class_code" else mine[of]
    out = mine.assign(code=codes.astype(str), feature_id=mine[key].astype(str))
    return out[["code", "feature_id", "area_m2", "net_area_m2", "geometry"]]


def _chosen(pieces: pd.DataFrame, analysis: str) -> Any:
    if analysis in ("cropland", "cropland_quality", "cropland_slope"):
        return pieces["cropland"].to_numpy(dtype=bool)
    if analysis == "cropland_unstable":
        return pieces["cropland"].to_numpy(dtype=bool) & (pieces["refine_code"] != "").to_numpy()
    if analysis == "forest":
        return (pieces["group_code"] == "03").to_numpy()
    if analysis == "built":
        return (pieces["three"] == "J").to_numpy()
    return pieces["class_code"].map(base_code).isin(_WATER).to_numpy()


def _subject(of: str, code: str, lang: str) -> str:
    zh = lang == "zh"
    if of == "class_code":
        known = land_classes().get(code)
        return code if known is None else ((known.zh if zh else known.en) or known.zh)
    if of in ("grade", "slope_grade"):
        if not code:
            return "未填" if zh else "not given"
        word = ("等" if of == "grade" else "级") if zh else ("grade " if of == "grade" else "slope grade ")
        return f"{code} {word}" if zh else f"{word}{code}"
    if of == "control_zone":
        blank = ("自然保护地以外", "outside nature reserves")
        names = {"核心保护区": "core zone", "一般控制区": "general control zone"}
        return (code or blank[0]) if zh else names.get(code, code or blank[1])
    return code
