"""THE ATTRIBUTE TABLE of the parcels: official fields, consistent with the surveyors' rules, invented throughout."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.geometry.crs import HOUSE_EPSG
from geo.geometry.ellipsoid import area_m2
from geo.sample.classes import is_cropland
from geo.sample.ground import Ground
from geo.sample.land import Land
from geo.sample.noise import Noise
from geo.standards.land import base_code, land_classes
from geo.standards.schema import schema

SURVEY_YEAR = 2023
_LINEAR = ("1001", "1003", "1004", "1006", "1101", "1107")
_NEEDS_SETTLEMENT = ("05", "06", "07", "08", "09")
_CROPS = {"LS": "种植粮食作物", "FLS": "种植非粮食作物", "LYFL": "粮与非粮轮作", "WG": "未耕种", "XG": "休耕",
          "JKHF": "即可恢复", "GCHF": "工程恢复"}  # fmt: skip


def spatial_order(land: Land) -> NDArray[np.intp]:
    """Rows by village, then polder and block, so that numbers run along the land."""
    return np.lexsort((np.arange(len(land.code)), land.block, land.polder, land.village))


def serial_ids(county: NDArray[np.str_], layer: str) -> NDArray[np.str_]:
    """Identifiers of 18 digits: county, layer, serial number within the county."""
    prefix = schema(layer).id_prefix
    out = np.empty(len(county), dtype="U18")
    for code in np.unique(county):
        rows = np.flatnonzero(county == code)
        out[rows] = [f"{code}{prefix}{k + 1:08d}" for k in range(len(rows))]
    return out


def parcels_frame(land: Land, ridge: NDArray[np.float64], was: NDArray[np.bool_], ground: Ground) -> Any:
    """The parcels layer in house names. Rows must be in their final order."""
    import geopandas as gpd
    import pandas as pd

    rng = ground.rng["rest"]
    code = land.code
    crop = is_cropland(code)
    area = np.round(area_m2(land.geoms), 2)
    ridge_area = np.round(area * ridge, 2)
    spots = ground.units.centres[land.polder]
    _, block = np.unique(land.block, return_inverse=True)
    quality = 5.3 + 1.25 * Noise(rng, (5200.0, 1700.0))(spots[:, 0], spots[:, 1])
    grade = quality + rng.normal(0, 0.45, block.max() + 1)[block] + 0.7 * (code != "0101") + 0.5 * (ridge > 0)
    grade = np.clip(np.rint(grade), 3, 8).astype(int)
    classes = land_classes()
    named = {c: classes[base_code(c)].zh for c in np.unique(code).tolist()}
    built = np.isin(np.array([c[:2] for c in code]), _NEEDS_SETTLEMENT) | np.isin(code, ("1004", "1005", "1201"))
    in_town = np.isin(ground.kind[land.polder], ("town", "works"))
    settlement = np.where(built, np.where(in_town, "202", "203"), "")
    settlement = np.where(built & (code == "0601") & ~in_town, "203A", settlement)
    crops, refine = _crops(land, crop, was, rng, block)
    number = pd.Series(land.village).groupby(land.village).cumcount().to_numpy() + 1
    width = np.where(np.isin(code, _LINEAR), land.width, np.nan)
    width = np.where((code == "1006") & ~(width > 0), 4.5, width)
    width = np.where(code == "1006", np.minimum(width, 7.9), width)
    village19 = np.char.add(land.village, "0000000")
    state = np.isin(code, ("1001", "1003", "1101", "1102", "1109"))
    return gpd.GeoDataFrame(
        {
            "parcel_id": serial_ids(land.village.astype("U6"), "parcels"),
            "feature_code": schema("parcels").feature_code,
            "parcel_no": [f"{n:04d}" for n in number],
            "class_code": code,
            "class_name": [named[c] for c in code.tolist()],
            "owner_kind": np.where(state, "10", "30"),
            "owner_code": village19,
            "village_code": village19,
            "village_name": [ground.units.names[v] for v in land.village.tolist()],
            "area_m2": area,
            "deduct_code": np.where(ridge > 0, "1203", ""),
            "ridge_factor": ridge,
            "ridge_area_m2": ridge_area,
            "net_area_m2": np.round(area - ridge_area, 2),
            "terrace_kind": np.where(ridge > 0, "TT", ""),
            "slope_grade": _integers(np.where(ridge > 0, 2, 1), crop),
            "line_width_m": np.round(np.where(width > 0, width, np.nan), 1),
            "refine_code": np.where(refine, "HQGD", ""),
            "refine_name": np.where(refine, "湖区耕地", ""),
            "crop_code": crops,
            "crop_name": [_CROPS.get(c, "") for c in crops],
            "grade": _integers(grade, crop),
            "settlement_code": settlement,
            "survey_year": SURVEY_YEAR,
            "note_code": "00",
        },
        geometry=land.geoms,
        crs=HOUSE_EPSG,
    )


def _integers(values: NDArray[Any], where: NDArray[np.bool_]) -> Any:
    """A column of optional whole numbers: the values where they apply, nothing elsewhere."""
    import pandas as pd

    return pd.arrays.IntegerArray(values.astype("int64"), ~where)


def _crops(
    land: Land, crop: NDArray[np.bool_], was: NDArray[np.bool_], rng: np.random.Generator, block: NDArray[np.intp]
) -> tuple[list[str], NDArray[np.bool_]]:
    """Planting attribute of each parcel, and which cropland lies unstable on a lake shore."""
    roll = rng.random(block.max() + 1)[block]
    single = rng.random(len(crop))
    shore = crop & (single < 0.006)
    planted = np.select(
        [roll < 0.80, roll < 0.92, roll < 0.97, single < 0.5], ["LS", "LYFL", "FLS", "WG"], default="XG"
    )
    planted = np.where(shore & np.isin(planted, ("WG", "XG")), "LS", planted)
    restorable = was & np.isin(land.code, ("0201", "0204", "0301", "0307", "1104A"))
    other = np.where(restorable, np.where(np.isin(land.code, ("1104A", "0301")), "GCHF", "JKHF"), "")
    return np.where(crop, planted, other).tolist(), shore
