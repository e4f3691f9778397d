"""LAND USE STRUCTURE (用地结构): what an area consists of, by the lines of the village form.

Lines are those of ``geo/standards/tables/village_lines.csv``: farm land, construction land, water and unused land, with
what they hold. Works and shops stay business land even inside a village, since they stay when the village moves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from geo.geometry.ellipsoid import areas
from geo.standards.land import base_code, land_classes
from geo.standards.tables import rows

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

CROPS = {"0101": "paddy", "0102": "irrigated", "0103": "dry"}
FARM = {"02": "garden", "03": "forest", "04": "grass"}
BUSINESS = ("05H1", "0508", "0601", "0602", "0603")
TOWN_MARKS, VILLAGE_MARK, HOUSE_LOT = ("201", "202"), "203", "0702"
TRAFFIC_GROUP, WATER_WORKS = "10", "1109"
RIVERS = ("1101", "1102")


def lines() -> list[dict[str, str]]:
    """The lines in their order: key, parent (empty at the top), zh, en, kept (shown when nought)."""
    return rows("village_lines")


def line_of(class_code: str, settlement_code: str) -> str:
    """The line that a parcel belongs to; ``unknown`` for a class that the survey does not have."""
    code, mark = base_code(class_code), settlement_code.strip()
    found = land_classes().get(code)
    if found is None:
        return "unknown"
    if found.three == "N":
        return CROPS.get(code) or FARM.get(found.group, "otherfarm")
    if found.three == "W":
        return "river" if code in RIVERS else "unused"
    if mark.startswith(TOWN_MARKS):
        return "town"
    if code in BUSINESS:
        return "business"
    if mark == VILLAGE_MARK or (code == HOUSE_LOT and not mark):
        return "village"
    return "traffic" if found.group == TRAFFIC_GROUP or code == WATER_WORKS else "otherbuilt"


def by_line(parcels: gpd.GeoDataFrame) -> pd.DataFrame:
    """Each parcel's line: parcel_id, village_code (12 digits), line, area_m2 (ellipsoid), ridge_m2 (of cropland, booked
    as other farm land), in the order of the layer."""
    import pandas as pd

    mark = parcels["settlement_code"].fillna("") if "settlement_code" in parcels.columns else ""
    keys = pd.DataFrame({"c": parcels["class_code"].fillna("").astype(str), "m": mark}).astype(str)
    known = {pair: line_of(*pair) for pair in keys.drop_duplicates().itertuples(index=False, name=None)}
    line = np.array([known[pair] for pair in keys.itertuples(index=False, name=None)], dtype=object)
    area = areas(parcels).to_numpy(dtype=float) if len(parcels) else np.zeros(0)
    factor: Any = 0.0
    if "ridge_factor" in parcels.columns:
        factor = np.nan_to_num(parcels["ridge_factor"].to_numpy(dtype=float, na_value=0.0))
    ridge = np.where(np.isin(line, list(CROPS.values())), area * factor, 0.0)
    return pd.DataFrame({
        "parcel_id": parcels["parcel_id"].astype(str).to_numpy(),
        "village_code": parcels["village_code"].astype(str).str[:12].to_numpy(),
        "line": line, "area_m2": area, "ridge_m2": ridge,
    })  # fmt: skip


def structure(leaves: dict[str, tuple[float, float]]) -> pd.DataFrame:
    """Every line with before_m2 and after_m2 from the leaves' figures; a line that holds others is their sum."""
    import pandas as pd

    order = lines()
    children: dict[str, list[str]] = {}
    for row in order:
        children.setdefault(row["parent"], []).append(row["key"])

    def both(key: str) -> tuple[float, float]:
        if key not in children:
            return leaves.get(key, (0.0, 0.0))
        parts = [both(child) for child in children[key]]
        return sum(p[0] for p in parts), sum(p[1] for p in parts)

    told = [(row["key"], row["parent"], *both(row["key"])) for row in order]
    total = both("")
    return pd.DataFrame([*told, ("total", "", *total)], columns=["line", "parent", "before_m2", "after_m2"])
