"""What the study ``village`` asks, and what it answers: plain tables, every area in m², every row with its parents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from geo.report.village_terms import MODES, STATES, WISHES
from geo.study.spec import Input, Output, StudySpec
from geo.zone import Zone

__all__ = ["MODES", "SPEC", "STATES", "WISHES", "Ground", "VillageResult"]

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from geo.finding import Finding
    from geo.plan.village.problem import VillageScheme
    from geo.policy.rule import Judgement

REACHES = (("town", "乡镇内", "Inside the township"), ("county", "县（区）内", "Inside the county"))


def _number(
    name: str, zh: str, en: str, unit: str, parameter: str, high: float, step: float, *, low: float = 0.0
) -> Input:
    return Input(name, "number", zh, en, unit=unit, low=low, high=high, step=step, parameter=parameter, advanced=True)


SPEC = StudySpec(
    name="village",
    zh="村庄布局",
    en="Villages",
    summary_zh="零散居民点的村内平移、跨村归并、城镇安置：去哪里、多少户、腾出多少地、连成多少百亩方",
    summary_en="scattered hamlets moved within the village, across villages or into town: where to, what comes free",
    inputs=(
        Input("on", "date", "判定日期", "Date of the law", help_zh="按该日有效的规则判定",
              help_en="Rules in force that day"),
        Input("units", "ids", "乡镇或村（代码）", "Townships or villages (codes)", default=(),
              help_zh="空则全部；9 位乡镇、12 位村", help_en="All when empty; 9 digits a township, 12 a village"),
        Input("modes", "choices", "方式", "Ways to move", default=("within", "across", "town"), choices=MODES),
        Input("reach", "choice", "归并范围", "Moves stay", default="town", choices=REACHES,
              help_zh="也是拆旧建新的项目区", help_en="Also the project area of the quota loop"),
        Input("small_households", "integer", "零散居民点户数上限", "Scattered: households up to", unit="户", low=1,
              high=1000, step=1, parameter="village.small_hamlet_households",
              help_zh="超过此户数的居民点保留并可接收", help_en="Larger hamlets stay and may receive"),
        Input("max_distance_m", "number", "每户最远", "No household farther than", unit="m", low=100, high=30_000,
              step=100, parameter="village.real_move_m", help_zh="直线距离；案例：平望莺湖村 6 公里",
              help_en="Straight line; a real case went 6 km"),
        Input("wishes", "choices", "次序", "Order of wishes", default=("joined", "cost", "distance"), choices=WISHES,
              help_zh="前者优先", help_en="Earlier first"),
        Input("pins", "ids", "钉住不动（居民点）", "Pinned (hamlets that will not move)", default=()),
        Input("must", "ids", "必须搬迁（居民点）", "Must move (hamlets)", default=(), advanced=True),
        Input("budget_wan", "number", "预算", "Budget", unit="万元", default=0.0, low=0.0, high=10_000_000, step=100,
              help_zh="每个项目区；0 为不限", help_en="Each project area; 0 for none"),
        Input("tolerance", "number", "每级让步", "Each wish may give way by", unit="比例", default=0.02, low=0.0,
              high=0.5, step=0.01, help_zh="为后一级留出的余地", help_en="Room left for the next wish", advanced=True),
        _number("hamlet_gap_m", "居民点内间隙", "Gap inside a hamlet", "m", "village.hamlet_gap_m", 200, 1),
        _number("lot_assumed_m2", "户均宅基地（无户数时）", "House lot a household (none given)", "m²",
                "village.lot_assumed_m2", 5000, 10, low=20),
        _number("persons", "户均人口（无人口时）", "Persons a household (none given)", "人",
                "village.persons_assumed", 20, 0.1, low=0.5),
        _number("site_factor", "安置点用地/宅基地", "Receiving land over house lots", "倍", "village.site_factor", 5,
                0.1, low=1.0),
        _number("town_land_m2", "城镇安置户均用地", "Land a household in town", "m²", "village.town_land_m2", 1000, 5,
                low=10),
        _number("town_share", "城镇空闲地可用比例", "Share of idle town land", "比例", "village.town_share", 1, 0.05),
        _number("build_reach_m", "可扩建距离", "Building land within", "m", "village.build_reach_m", 2000, 10),
        _number("reclaim_share", "复垦新增耕地比例", "Cropland from reclaimed land", "比例", "village.reclaim_share", 1,
                0.05),
        _number("cost_within_yuan", "户均费用：村内平移", "Cost a household: within", "元", "village.cost_within_yuan",
                10_000_000, 10_000),
        _number("cost_across_yuan", "户均费用：跨村归并", "Cost a household: across", "元",
                "village.cost_across_yuan", 10_000_000, 10_000),
        _number("cost_town_yuan", "户均费用：城镇安置", "Cost a household: in town", "元", "village.cost_town_yuan",
                10_000_000, 10_000),
        _number("cost_place_yuan", "启用安置点费用", "Cost of opening a place", "元", "village.cost_place_yuan",
                1e9, 100_000),
        _number("reclaim_yuan_mu", "复垦费用", "Cost of reclaiming", "元/亩", "village.reclaim_yuan_mu", 1e6, 1000),
        _number("gap_m", "连片间隙", "Gap bridged between fields", "m", "fragment.gap_m", 50, 1),
        Input("term_years", "integer", "周转指标归还期限", "Quota returned within", unit="年", low=1, high=5, step=1,
              parameter="quota.turnover_years", help_zh="示范区最长五年", help_en="Five years at most in the zone",
              advanced=True),
        Input("gap", "number", "允许误差", "Gap allowed", unit="比例", default=0.005, low=0.0, high=0.5, step=0.001,
              advanced=True),
        Input("time_limit_s", "number", "求解时限（每个项目区）", "Time limit (each project area)", unit="s",
              default=20, low=1, high=3600, step=10, advanced=True),
        Input("seed", "integer", "随机种子", "Seed", default=1, low=0, high=2_000_000_000, step=1, advanced=True),
    ),
    outputs=(
        Output("village.json", "运行记录与全部表格", "Run record and all tables"),
        Output("village.gpkg", "居民点、安置点、腾退地与搬迁图层", "Layers of hamlets, places, freed land and moves"),
        Output("village.xlsx", "村庄布局方案表（另有英文版）", "Tables of the scheme (also in English)"),
        Output("village.docx", "村庄布局调整汇总表（另有英文版）", "Summary form (also in English)"),
        Output("village_map.pdf", "村庄布局图（另有英文版）", "Map sheet (also in English)"),
    ),
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Ground:
    """What is there before any hamlet moves. Column names: docs/village.md.

    hamlets, members (their parcels), places, sites (building land of each place), fields (cropland), small_fields
    (a row a hamlet and a small field that it lifts). given: the households and capacities that a person gave.
    """

    zone: Zone
    values: Mapping[str, Any]
    run_id: str
    hamlets: gpd.GeoDataFrame
    members: gpd.GeoDataFrame
    places: gpd.GeoDataFrame
    sites: pd.DataFrame
    fields: gpd.GeoDataFrame
    small_fields: pd.DataFrame
    given: Mapping[str, Any]
    findings: tuple[Finding, ...]
    editions: tuple[Mapping[str, Any], ...]
    seconds: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class VillageResult(Ground):
    """The scheme. status: planned, nothing (no hamlet moves), infeasible, not_found.

    moves: a row a hamlet that moves; quota: a row a project area (拆旧建新); modes, bands, towns: sums; fields_change:
    fields of a hundred 亩 before and after; proof: a row a wish and project area; structure: land use of the area by
    line of the form, before and after; villages: the same a village; farmland_change: permanent farmland, which stays.
    """

    status: str
    schemes: tuple[VillageScheme, ...]
    moves: gpd.GeoDataFrame
    modes: pd.DataFrame
    bands: pd.DataFrame
    towns: pd.DataFrame
    quota: pd.DataFrame
    proof: pd.DataFrame
    structure: pd.DataFrame
    villages: pd.DataFrame
    fields_change: Mapping[str, float]
    farmland_change: Mapping[str, float]
    judgements: tuple[Judgement, ...]

    @property
    def planned(self) -> bool:
        return self.status == "planned"
