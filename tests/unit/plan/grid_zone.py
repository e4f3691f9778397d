"""A zone drawn by hand for tests: 12 × 8 fields of 60 m, one block of farmland, one boundary with a hole, one red line.

Column i, row j. Farmland: columns 4–7 whole, and the lone fields (0,0) (a hole of the boundary) and (0,2) that leave.
Boundary: columns 0–1 and a field around, without the hole. Red line: column 11 and a strip over (10,6) and (10,7).
Reserve: column 8.
"""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from geo.geometry.ellipsoid import areas
from geo.plan.candidates import CandidateParams
from geo.plan.relocation.constraints import Area, Paddy, Quality, Slope, TownCap
from geo.zone import Zone

SIDE = 60.0
EAST, NORTH = 40_585_000.0, 3_430_000.0
CRS = "EPSG:4528"

PARAMS = CandidateParams(
    classes=("0101", "0102", "0103"),
    max_slope_grade=4,
    unstable_codes=("HDGD", "HQGD"),
    excluded_crops=("WG",),
    allowed_status=("可用",),
    min_patch_m2=350.0,
    overlap_tolerance_m2=1.0,
    contiguity_gap_m=7.0,
    articles={"PL102": "pbf2018.parcel"},
)


def field(i: float, j: float, wide: float = 1.0, high: float = 1.0) -> shapely.Polygon:
    """A box of the grid, its corners in the grid's order."""
    x, y = EAST + i * SIDE, NORTH + j * SIDE
    return shapely.box(x, y, x + wide * SIDE, y + high * SIDE)


def _frame(rows: list[dict[str, Any]]) -> gpd.GeoDataFrame:
    frame = gpd.GeoDataFrame(rows, geometry="geometry", crs=CRS)
    for column in ("grade", "slope_grade"):
        if column in frame.columns:
            frame[column] = frame[column].astype("Int64")
    if "class_code" in frame.columns:
        frame["town_code"], frame["county_code"] = "330421103", "330421"
        frame["ridge_factor"] = 0.0
        frame["area_m2"] = areas(frame).round(2)
        frame["net_area_m2"] = frame["area_m2"]
    return frame


def _parcels() -> gpd.GeoDataFrame:
    odd: dict[tuple[int, int], dict[str, Any]] = {
        (2, 0): {"refine_code": "HDGD"},
        (2, 1): {"crop_code": "WG"},
        (2, 2): {"grade": None},
        (2, 3): {"slope_grade": None},
        (2, 4): {"class_code": "0201"},
        (2, 5): {"slope_grade": 5},
        (10, 0): {"geometry": shapely.Polygon([
            (EAST + 600, NORTH), (EAST + 660, NORTH + 60), (EAST + 660, NORTH), (EAST + 600, NORTH + 60)])},
    }  # fmt: skip
    rows = []
    for i in range(12):
        for j in range(8):
            row: dict[str, Any] = {
                "parcel_id": f"P{i:02d}{j}",
                "class_code": "0103" if i == 9 else "0101",
                "grade": 6 if i == 9 else 3 + (i + j) % 3,
                "slope_grade": 1,
                "refine_code": "",
                "crop_code": "LS",
                "geometry": field(i, j),
            }
            rows.append(row | odd.get((i, j), {}))
    return _frame(rows)


def grid_zone() -> Zone:
    """The zone described above."""
    parcels = _parcels()
    keep = [(i, j) for i in range(4, 8) for j in range(8)] + [(0, 0), (0, 2)]
    farmland = _frame(
        [
            {"farmland_id": f"F{i:02d}{j}", "class_code": "0101", "grade": 5, "slope_grade": 1, "geometry": field(i, j)}
            for i, j in keep
        ]
    )
    lots = [
        {"lot_id": f"R08{j}", "class_code": "0101", "grade": 4 + j % 2, "slope_grade": 5 if j == 7 else 1,
         "status": "锁定" if j == 6 else "可用", "stable": "是", "geometry": field(8, j)}
        for j in range(8)
    ]  # fmt: skip
    lots.append(
        {"lot_id": "R09S", "class_code": "0101", "grade": 4, "slope_grade": 1, "status": "可用", "stable": "是",
         "geometry": field(9, 0, 0.2, 0.2)}
    )  # fmt: skip
    boundary = shapely.difference(field(-1, -1, 3, 10), field(0, 0))
    redline = shapely.union_all([field(11, 0, 1, 8), field(10.9999, 6, 0.5, 1), field(10.9, 7, 0.5, 1)])
    return Zone(
        code="test",
        name="试",
        name_en="test",
        survey_year=2025,
        layers={
            "parcels": parcels,
            "farmland": farmland,
            "reserve": _frame(lots),
            "boundary": _frame([{"boundary_id": "B", "zone_name": "城镇集中建设区", "geometry": boundary}]),
            "redline": _frame([{"redline_id": "L", "control_zone": "", "geometry": redline}]),
        },
        footprints=gpd.GeoDataFrame({"project_no": ["S1"]}, geometry=[field(10.2, 1.2, 0.5, 0.5)], crs=CRS),
        synthetic=True,
    )


def outgoing() -> gpd.GeoDataFrame:
    """The two lone fields, as they leave."""
    farmland = grid_zone().layer("farmland")
    out = farmland[farmland["farmland_id"].isin(["F000", "F002"])].reset_index(drop=True)
    area = areas(out)
    return out.assign(
        block_id=out["farmland_id"], area_m2=area, net_area_m2=area, paddy=True, against="boundary_filled"
    )


def rules() -> tuple[Any, ...]:
    """Constraints of the test plan."""
    return (
        Area(ratio=1.05, county_ratio=1.0),
        Quality(),
        Paddy(),
        Slope(),
        TownCap(share=0.2, farmland_m2={"330421103": 34 * SIDE * SIDE}),
    )


def reasons(refused: pd.DataFrame, candidate: str) -> set[str]:
    """Reason codes of one plot."""
    return set(refused.loc[refused["candidate_id"] == candidate, "reason"])
