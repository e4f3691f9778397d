"""What the study ``consolidate`` asks, and what it answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from geo.study.spec import Input, Output, StudySpec
from geo.zone import Zone

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from geo.finding import Finding
    from geo.measure.fragmentation import PatchIndices
    from geo.measure.newland import NewLand
    from geo.plan.candidates import CandidateParams, CandidateTable
    from geo.plan.consolidation.problem import Consolidation, Scheme
    from geo.policy.rule import Judgement
    from geo.policy.scenario import Scenario
    from geo.study.conflicts import ConflictsResult

KINDS = (
    ("pond", "坑塘", "Ponds"),
    ("orchard_ready", "园地（即可恢复）", "Orchards, recover at once"),
    ("orchard_works", "园地（工程恢复）", "Orchards, need works"),
    ("idle", "空闲地", "Idle land"),
    ("village", "农村宅基地", "Village land"),
    ("unused", "其他草地、裸地", "Grass and bare land"),
    ("ridge", "田坎归并", "Field ridges"),
)
WORKS = (
    ("upgrade", "提质改造", "Fields improved"),
    ("repaddy", "旱改水", "Dry fields made paddy"),
)
EVERY = (*KINDS, *WORKS)
SPEC = StudySpec(
    name="consolidate",
    zh="全域整治",
    en="Consolidation",
    summary_zh="一个整治单元：现状、新增耕地来源、整治方案（附证明）、永久基本农田调整与审查表",
    summary_en="one consolidation unit: what is there, sources of cropland, a proven scheme, farmland moved, the form",
    inputs=(
        Input("on", "date", "规则日期", "Date of the rules"),
        Input("units", "ids", "整治单元（乡镇或村代码）", "Unit (townships or villages)", default=(),
              help_zh="乡镇 9 位或村 12 位代码；空为全部", help_en="9 digits a township, 12 a village; empty: all"),
        Input("sources", "choices", "新增耕地来源与提质措施", "Sources of cropland and works", choices=EVERY,
              default=("pond", "orchard_ready", "orchard_works", "idle", "unused", "ridge", "upgrade", "repaddy")),
        Input("adjust", "flag", "调整零星永久基本农田", "Move fragmented permanent farmland", default=True,
              help_zh="单元内、控制线内的零星地块调出，同步调入",
              help_en="Fragments of the unit inside the lines move out"),
        Input("new_cropland_share", "number", "新增耕地比例下限", "Least share of new cropland", unit="比例", low=0.0,
              high=0.5, step=0.01, parameter="consolidation.new_cropland_share"),
        Input("pond_keep_share", "number", "坑塘保留比例", "Share of ponds that stays", unit="比例", low=0.0, high=1.0,
              step=0.05, parameter="consolidation.pond_keep_share"),
        Input("budget_wan", "number", "资金上限（0 为不限）", "Budget (0: none)", unit="万元", default=0.0, low=0.0,
              high=1e7, step=10),
        Input("fund_share", "number", "专项资金承担比例", "Share of the special fund", unit="比例", low=0.0, high=1.0,
              step=0.05, parameter="consolidation.fund_share", advanced=True),
        Input("border_yuan", "number", "连片一米的价值", "Worth of a metre of border", unit="元", low=0.0, high=10_000,
              step=10, parameter="consolidation.border_yuan", advanced=True),
        Input("lock_in", "ids", "必选措施", "Measures that must be", default=(), advanced=True),
        Input("lock_out", "ids", "禁用措施或地块", "Measures or plots left out", default=(), advanced=True),
        Input("gap", "number", "允许误差", "Gap allowed", unit="比例", default=0.001, low=0.0, high=0.5, step=0.001,
              advanced=True),
        Input("time_limit_s", "number", "求解时限", "Time limit", unit="s", default=120, low=1, high=86_400, step=10,
              advanced=True),
        Input("seed", "integer", "随机种子", "Seed", default=1, low=0, high=2_000_000_000, step=1, advanced=True),
    ),
    outputs=(
        Output("consolidation.json", "运行记录与方案", "Run record and scheme"),
        Output("consolidation.gpkg", "方案图层", "Plan layers"),
        Output("consolidation.xlsx", "前后平衡、措施、资金、规则、清单", "Balance, measures, fund, rules, lists"),
        Output("map_consolidation.pdf", "整治方案图（A3）", "Map of the scheme (A3)"),
        Output("review_form.docx", "审查情况汇总表（另有 XLSX）", "Official review form (also as XLSX)"),
    ),
)  # fmt: skip


def with_rates(values: Mapping[str, Any], scenario: Scenario | None) -> dict[str, Any]:
    """Values of ``SPEC.values`` with the user's own rates: they replace the book's, also where an input has one."""
    if scenario is None:
        return dict(values)
    inputs = {i.parameter: i.name for i in SPEC.inputs if i.parameter}
    own = {inputs[p]: v for p, v in scenario.overrides.items() if p in inputs}
    return {**values, **own, "scenario": {"name": scenario.name, "overrides": dict(scenario.overrides)}}


def what_if(values: Mapping[str, Any]) -> Scenario | None:
    """The user's own rates of a study's values; None without any."""
    told = values.get("scenario")
    if not told:
        return None
    from geo.policy.scenario import make_scenario

    return make_scenario(
        told["name"], {k: tuple(v) if isinstance(v, list) else v for k, v in told["overrides"].items()}
    )


@dataclass(frozen=True, eq=False)
class Blocks:
    """Farmland that stays: its net area, the squares of its blocks summed, how many; and by plot and by measure the net
    area (m²) of the largest block that it joins (0: none)."""

    area_m2: float
    squares_m4: float
    count: int
    plots_m2: Any
    measures_m2: Any


@dataclass(frozen=True, eq=False)
class Ground:
    """What a unit has: parcels of the unit, sources and refusals, farmland that moves and may come in.

    outline: WKT of the area drawn ('' for none). moved_out, waiting, retained, candidates, params, study: as a
    relocation measures them, cut down to the unit; None without an adjustment.
    """

    zone: Zone
    values: Mapping[str, Any]
    outline: str
    parcels: gpd.GeoDataFrame
    new: NewLand
    study: ConflictsResult | None
    moved_out: gpd.GeoDataFrame | None
    waiting: gpd.GeoDataFrame | None
    retained: gpd.GeoDataFrame | None
    candidates: CandidateTable | None
    params: CandidateParams | None
    findings: tuple[Finding, ...]
    blocks: Blocks | None = None


@dataclass(frozen=True, eq=False)
class ConsolidationResult:
    """A scheme and what it comes to; tables as plain frames (m², yuan).

    measures: chosen measures; moved_in: plots and new cropland that become farmland. balance: class, before, after.
    sources: by source, possible and taken. fund: lines of the cost table. indices of the whole farmland layer.
    """

    ground: Ground
    run_id: str
    problem: Consolidation
    scheme: Scheme
    measures: gpd.GeoDataFrame
    moved_out: gpd.GeoDataFrame | None
    moved_in: gpd.GeoDataFrame | None
    balance: pd.DataFrame
    quality: pd.DataFrame
    sources: pd.DataFrame
    fund: pd.DataFrame
    facts: tuple[Mapping[str, Any], ...]
    judgements: tuple[Judgement, ...]
    before: PatchIndices | None
    after: PatchIndices | None
    editions: tuple[Mapping[str, Any], ...]
    findings: tuple[Finding, ...]
    seconds: Mapping[str, float] = field(default_factory=dict)

    @property
    def zone(self) -> Zone:
        return self.ground.zone

    @property
    def values(self) -> Mapping[str, Any]:
        return self.ground.values

    @property
    def planned(self) -> bool:
        return self.scheme.has_plan

    @property
    def allowed(self) -> bool:
        """No rule that is an error is broken."""
        return not any(j.passed is False and j.rule.severity == "error" for j in self.judgements)
