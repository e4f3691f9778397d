"""A small invented plan for the writers: a Voronoi coverage with canals, two towns a county, a few plots moved."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geo.geometry.crs import HOUSE_EPSG
from geo.geometry.ellipsoid import areas
from geo.report.content import (
    InputFile,
    Judgement,
    MapLayers,
    ParameterLine,
    PlanReport,
    SolutionFigures,
)
from geo.report.forms import balance
from geo.report.project_content import Project, ProjectReport

ORIGIN_E, ORIGIN_N, SIDE_M = 40_585_000.0, 3_435_000.0, 10_000.0
CLASSES = np.array(["0101", "0102", "0103", "0201", "0301", "0702", "0701", "0601", "1101", "1104A", "1006", "1202"])
SHARES = np.array([0.48, 0.03, 0.02, 0.05, 0.07, 0.09, 0.03, 0.03, 0.09, 0.07, 0.02, 0.02])
TOWNS = {
    "310118104": ("金泽镇", "310118", "青浦区"),
    "320509110": ("黎里镇", "320509", "吴江区"),
    "330421103": ("西塘镇", "330421", "嘉善县"),
    "330421111": ("姚庄镇", "330421", "嘉善县"),
}
NASTY = '=HYPERLINK("http://x","点我")'
NASTY_NAME = NASTY + "\x07<w:r>&\u202e"


def _frame(data: dict[str, object], geometry: object) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(data, geometry=geometry, crs=HOUSE_EPSG)


def make_report(count: int = 900, seed: int = 7, *, empty: bool = False) -> PlanReport:
    """A plan over ``count`` invented parcels; ``empty`` moves nothing."""
    rng = np.random.default_rng(seed)
    frame = shapely.box(ORIGIN_E, ORIGIN_N, ORIGIN_E + SIDE_M, ORIGIN_N + SIDE_M)
    points = shapely.points(ORIGIN_E + rng.random(count) * SIDE_M, ORIGIN_N + rng.random(count) * SIDE_M)
    cells = shapely.get_parts(shapely.voronoi_polygons(shapely.multipoints(points), extend_to=frame))
    cells = shapely.intersection(cells, frame)
    cells = cells[~shapely.is_empty(cells)]
    middle = shapely.get_coordinates(shapely.centroid(cells))
    east, north = middle[:, 0] > ORIGIN_E + SIDE_M / 2, middle[:, 1] > ORIGIN_N + SIDE_M / 2
    codes = np.array(list(TOWNS))
    town = codes[np.where(north, np.where(east, 0, 1), np.where(east, 3, 2))]
    parcels = _frame(
        {
            "parcel_id": [f"3304211001{k:08d}" for k in range(len(cells))],
            "class_code": rng.choice(CLASSES, len(cells), p=SHARES),
            "town_code": town,
        },
        cells,
    )
    parcels["area_m2"] = areas(parcels).round(2)
    parcels["grade"] = rng.integers(3, 8, len(parcels))
    crop = parcels[parcels["class_code"].isin(["0101", "0102", "0103"])]
    farmland = crop.sample(frac=0.85, random_state=seed).reset_index(drop=True)
    rest = crop[~crop["parcel_id"].isin(farmland["parcel_id"])].reset_index(drop=True)
    centre = shapely.Point(ORIGIN_E + 5000, ORIGIN_N + 5000)
    boundary = _frame(
        {"zone_name": ["城镇集中建设区", "特别用途区"]},
        [centre.buffer(1500, 6), shapely.box(ORIGIN_E + 7000, ORIGIN_N + 1500, ORIGIN_E + 8500, ORIGIN_N + 3000)],
    )
    redline = _frame(
        {"control_zone": ["核心保护区", "一般控制区", ""]},
        [
            shapely.box(ORIGIN_E + 500, ORIGIN_N + 7500, ORIGIN_E + 2200, ORIGIN_N + 9500),
            shapely.box(ORIGIN_E + 2200, ORIGIN_N + 7500, ORIGIN_E + 3000, ORIGIN_N + 9500),
            shapely.box(ORIGIN_E + 8200, ORIGIN_N + 6000, ORIGIN_E + 9600, ORIGIN_N + 7000),
        ],
    )
    inside = farmland[farmland.intersects(boundary.union_all().union(redline.union_all()))]
    out = farmland.loc[inside.index[: 0 if empty else 30]].reset_index(drop=True)
    # Those that lie in the red line say so; the rest stands inside the boundary.
    red = out.intersects(redline.union_all()).to_numpy()
    moved_out = _frame(
        {
            "farmland_id": out["parcel_id"].str.replace("1001", "2001", n=1),
            "block_id": [f"B{k // 2:04d}" for k in range(len(out))],
            "area_m2": out["area_m2"],
            "net_area_m2": (out["area_m2"] * 0.985).round(2),
            "grade": out["grade"],
            "paddy": out["class_code"].eq("0101"),
            "slope_grade": 1,
            "class_code": out["class_code"],
            "town_code": out["town_code"],
            "town_name": [TOWNS[t][0] for t in out["town_code"]],
            "county_code": [t[:6] for t in out["town_code"]],
            "village_name": [NASTY if k == 0 else "莺湖村" for k in range(len(out))],
            "against": np.where(red, "redline_core", "boundary_filled"),
            "high_standard": [k == 3 for k in range(len(out))],
        },
        out.geometry.to_numpy(),
    )
    lots = rest.iloc[: 0 if empty else 26].reset_index(drop=True)
    moved_in = _frame(
        {
            "candidate_id": lots["parcel_id"].str.replace("1001", "2002", n=1),
            "source": ["reserve" if k % 3 else "cropland" for k in range(len(lots))],
            "parent_id": lots["parcel_id"],
            "area_m2": lots["area_m2"],
            "net_area_m2": (lots["area_m2"] * 0.99).round(2),
            "grade": np.maximum(lots["grade"] - 1, 1),
            "paddy": lots["class_code"].eq("0101"),
            "slope_grade": 1,
            "class_code": lots["class_code"],
            "town_code": lots["town_code"],
            "town_name": [TOWNS[t][0] for t in lots["town_code"]],
            "county_code": [t[:6] for t in lots["town_code"]],
            "lot_kind": ["高标准" if k % 4 == 1 else "整治新增" if k % 3 else "" for k in range(len(lots))],
            "border_retained_m": rng.random(len(lots)) * 300,
            "distance_m": rng.random(len(lots)) * 2500,
        },
        lots.geometry.to_numpy(),
    )
    by_county = balance(moved_out, moved_in, key="county_code")
    by_county.insert(1, "county_name", [{t[1]: t[2] for t in TOWNS.values()}[c] for c in by_county["county_code"]])
    by_town = balance(moved_out, moved_in, key="town_code")
    by_town["town_name"] = [TOWNS[t][0] for t in by_town["town_code"]]
    by_town["county_name"] = [TOWNS[t][2] for t in by_town["town_code"]]
    net = farmland.groupby("town_code")["area_m2"].sum()
    by_town["farmland_net_m2"] = by_town["town_code"].map(net).astype(float)
    conflicts = pd.DataFrame(
        [
            (t[1], t[2], code, t[0], against, 12 + k, 52_345.678 + k, 51_111.239 + k)
            for k, (code, t) in enumerate(TOWNS.items())
            for against in ("boundary_filled", "boundary_net", "redline_core")
        ],
        columns=["county_code", "county_name", "town_code", "town_name", "against", "pieces", "area_m2", "net_area_m2"],
    )
    sensitivity = pd.DataFrame(
        [
            (gap, mu * 2000 / 3, 10 * k + int(mu), 3000.123 * mu * (k + 1), 2900.7 * mu * (k + 1))
            for k, gap in enumerate((0.0, 8.0, 20.0))
            for mu in (5, 10, 20)
        ],
        columns=["gap_m", "threshold_m2", "blocks", "area_m2", "net_area_m2"],
    )
    fragments = pd.DataFrame(
        {
            "block_id": moved_out["block_id"],
            "town_name": moved_out["town_name"],
            "against": moved_out["against"],
            "parcels": 1,
            "piece_area_m2": moved_out["area_m2"],
            "inside_net_area_m2": moved_out["net_area_m2"],
            "mean_width_m": 21.0,
            "shape_index": 1.4,
        }
    )
    refused = pd.DataFrame(
        {
            "candidate_id": [f"33042120020000{k:04d}" for k in range(8)],
            "reason": ["PL203", "PL205"] * 4,
            "reason_zh": ["坡度级过高", "位于生态保护红线内"] * 4,
            "reason_en": ["slope grade too high", "inside the ecological red line"] * 4,
            "measured": [5.0, 120.5] * 4,
            "limit": [4.0, 0.0] * 4,
            "unit": ["级", "m²"] * 4,
            "article": ["国土资规〔2018〕1号", "国土资规〔2018〕1号"] * 4,
        }
    )
    waiting = pd.DataFrame(
        {"farmland_id": ["330421200100000077"], "reason": ["cap"], "reason_zh": ["所在乡镇 5% 上限已满"],
         "reason_en": ["the 5% cap of the township is reached"], "net_area_m2": [2345.67],
         "town_name": ["西塘镇"]}
    )  # fmt: skip
    return PlanReport(
        zone_name="水乡客厅及周边（示例）",
        zone_name_en="Water-town parlour and around (sample)",
        synthetic=True,
        on=date(2026, 6, 1),
        run_id="0123456789ab",
        created="2026-06-01T09:30:00+08:00",
        software={"tianchou": "0.1.0", "python": "3.11"},
        inputs=(InputFile("DLTB.shp", "ab" * 32, len(parcels), 4528),),
        parameters=(
            ParameterLine("fragment.threshold_mu", "零星地块面积阈值", "Fragment threshold", 5.0, "亩",
                          "评审汇总表", "C"),
            ParameterLine("relocation.area_ratio", "调入面积与调出面积之比", "Area in over area out", 1.05, "",
                          "自然资发〔2019〕194号", "C"),
            ParameterLine("relocation.town_cap_share", "乡镇调整规模上限", "Cap per township", 0.05, "",
                          "自然资办发〔2023〕15号", "K"),
        ),
        farmland_net_m2=float(farmland["area_m2"].sum()),
        moved_out=moved_out,
        moved_in=moved_in,
        waiting=waiting,
        refused=refused,
        conflicts=conflicts,
        fragments=fragments,
        sensitivity=sensitivity,
        indices_before={"patches": 310.0, "mean_patch_m2": 51_000.0, "contiguity": 0.0123, "share_20mu": 0.81},
        indices_after={"patches": 292.0, "mean_patch_m2": 54_210.0, "contiguity": 0.0131, "share_20mu": 0.84},
        by_county=by_county,
        by_town=by_town,
        judgements=(
            Judgement("relocation.quantity", "调入面积不少于调出面积的1.05倍", "Area in at least 1.05 × area out", True,
                      1.0571, 1.05, "倍", "自然资发〔2019〕194号", "MNR 2019 No. 194", "C"),
            Judgement("relocation.cap", "调整规模不超过乡镇永久基本农田的5%", "At most 5 % of the township's farmland",
                      False, 6.1, 5.0, "%", "自然资办发〔2023〕15号", "MNR office 2023 No. 15", "K"),
            Judgement("relocation.layout", "布局有优化", "Layout improved", None, None, None, "", "审查汇总表",
                      "Review form", "C"),
        ),
        solution=SolutionFigures("optimal", 1234.5, 1235.0, 0.0004, 1.8, "HiGHS 1.11", {"contiguity": 1300.0},
                                 {"county 330421 quantity": 12.5}),
        layers=MapLayers(
            parcels=parcels,
            farmland=farmland.rename(columns={"parcel_id": "farmland_id"}),
            boundary=boundary,
            redline=redline,
            towns=parcels.dissolve("town_code").reset_index().assign(
                unit_code=lambda t: t["town_code"], unit_name=lambda t: [TOWNS[c][0] for c in t["town_code"]]
            )[["unit_code", "unit_name", "geometry"]],
        ),
        licence_zh="示例数据：Apache-2.0",
        licence_en="Sample data: Apache-2.0",
    )  # fmt: skip


@pytest.fixture(scope="session")
def report() -> PlanReport:
    return make_report()


@pytest.fixture(scope="session")
def empty_report() -> PlanReport:
    return make_report(200, empty=True)


@pytest.fixture(scope="session")
def make() -> Callable[..., PlanReport]:
    return make_report


ALTERNATIVES = ("label", "chosen", "plots", "net_area_m2", "grade", "paddy_m2", "distance_m", "leftover_m2", "differs",
                "worse_by")  # fmt: skip


def _cut(frame: gpd.GeoDataFrame, footprint: object, ridge: float) -> gpd.GeoDataFrame:
    """The pieces of a layer inside the footprint with official areas and ridges."""
    met = frame[frame.intersects(footprint)].reset_index(drop=True)
    pieces = met.assign(geometry=shapely.intersection(met.geometry.to_numpy(), footprint))
    crop = pieces["class_code"].isin(["0101", "0102", "0103"]).to_numpy()
    area = areas(pieces).to_numpy().round(2)
    ridges = np.where(crop, (area * ridge).round(2), 0.0)
    return pieces.assign(area_m2=area, ridge_m2=ridges, net_area_m2=(area - ridges).round(2),
                         whole=shapely.covers(footprint, met.geometry.to_numpy()))  # fmt: skip


def _placed(frame: gpd.GeoDataFrame, names: dict[str, str]) -> gpd.GeoDataFrame:
    return frame.assign(
        county_code=[t[:6] for t in frame["town_code"]], town_name=[names[t] for t in frame["town_code"]],
        village_code=[f"{t}201" for t in frame["town_code"]], village_name="莺湖村",
        parcel_no=[f"{k:04d}" for k in range(len(frame))], slope_grade=1,
    )  # fmt: skip


def make_scheme(plan: PlanReport, *, short: bool = False) -> ProjectReport:
    """A scheme on the plan's ground; ``short``: the replacement is too small and too poor."""
    parcels, farmland = plan.layers.parcels, plan.layers.farmland
    names = dict(zip(plan.layers.towns["unit_code"], plan.layers.towns["unit_name"], strict=True))
    west, south, east, north = parcels.total_bounds
    line = shapely.LineString([(west + 300, south + 2500), (east - 300, north - 2000)])
    footprint = shapely.intersection(line.buffer(60, cap_style="flat"), shapely.box(west, south, east, north))
    plots = gpd.GeoDataFrame(
        {"project_no": ["SL-1"], "project_name": ["示例道路"], "use": ["公路用地"], "phase": [""],
         "declared_area_m2": [np.nan], "geometry": [footprint]}, crs=parcels.crs,
    )  # fmt: skip
    occupied = _placed(_cut(parcels, footprint, 0.015), names).assign(owner_name="莺湖村集体")
    taken = _placed(_cut(farmland, footprint, 0.015), names).assign(high_standard=False)
    chosen = parcels[parcels["class_code"].eq("0101") & ~parcels["parcel_id"].isin(farmland["farmland_id"])]
    chosen = chosen.groupby("town_code").head(4)
    if short:
        chosen = chosen.groupby(chosen["town_code"].str[:6]).head(1)
    inn = _placed(chosen.reset_index(drop=True), names)
    replacement = inn.assign(
        candidate_id=inn["parcel_id"], lot_id=inn["parcel_id"], ridge_m2=0.0, net_area_m2=inn["area_m2"],
        grade=12 if short else 1, lot_kind="高标准", touches=True, distance_m=812.5, split=False,
    )  # fmt: skip
    options = pd.DataFrame(
        [("A", True, 6.1e5, 2.5e5, float(taken["net_area_m2"].sum()), 1.2e5, 2e3, 5.1, 0.0, 1e4),
         ("B", False, 6.3e5, 2.7e5, 9e5, 1.4e5, 0.0, 4.9, 2e3, 1e4)],
        columns=["option", "chosen", "area_m2", "cropland_m2", "farmland_net_m2", "farmland_paddy_m2",
                 "farmland_irrigated_m2", "farmland_grade", "redline_m2", "boundary_m2"],
    )  # fmt: skip
    return ProjectReport(
        project=Project("SL-1", NASTY_NAME if short else "示例道路（虚构）", "road", "国道", "National road",
                        "ab12cd34ef56"),
        zone_name=plan.zone_name, zone_name_en=plan.zone_name_en, synthetic=True, on=date(2026, 6, 1),
        run_id="0123456789ab", created="2026-06-01T09:30:00+08:00", software=plan.software, inputs=plan.inputs,
        parameters=plan.parameters, plots=plots.assign(area_m2=areas(plots)), occupied=occupied, taken=taken,
        replacement=replacement, options=options,
        overlays=pd.DataFrame([("redline", "生态保护红线", "Red line", "found", 2, 1234.5),
                               ("city", "城市周边", "Around", "no_layer", 0, 0.0)],
                              columns=["layer", "zh", "en", "status", "pieces", "area_m2"]),
        alternatives=pd.DataFrame(
            [("A", True, 4, 2e5, 1.0, 2e5, 812.5, 1e3, 0.0, 0.0),
             ("B", False, 5, 2.1e5, 1.5, 2e5, 900.0, 2e3, 0.4, 0.031)], columns=list(ALTERNATIVES)),
        indicators=pd.DataFrame([("330421", "B", "QTY", "数量", "Quantity", "公顷", 12.3456)],
                                columns=["county_code", "regime", "asset", "zh", "en", "unit", "needed"]),
        judgements=plan.judgements[:1], route=(("报国务院批准", "State Council"),), promises=(("不得承诺", "no"),),
        shortfalls=(("数量缺 1.0000 公顷", "1.0000 ha short"),) if short else (), solution=plan.solution,
        layers=plan.layers, gap_m=8.0,
    )  # fmt: skip


@pytest.fixture(scope="session")
def scheme(report: PlanReport) -> ProjectReport:
    return make_scheme(report)


@pytest.fixture(scope="session")
def short_scheme(report: PlanReport) -> ProjectReport:
    """A scheme whose replacement falls short, with a hostile name."""
    return make_scheme(report, short=True)
