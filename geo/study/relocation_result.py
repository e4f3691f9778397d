"""What the study ``relocate`` asks, and what it answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from geo.study.conflicts import LINE_INPUTS, ConflictsResult
from geo.study.relocation_terms import MORE_TERMS, lets_unstable_in
from geo.study.spec import Input, Output, StudySpec
from geo.zone import Zone

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from geo.measure.fragmentation import PatchIndices
    from geo.plan.candidates import CandidateParams, CandidateTable
    from geo.plan.relocation.problem import Problem
    from geo.plan.relocation.solution import Solution
    from geo.policy.rule import Judgement
    from geo.policy.scenario import Scenario

PLACES_ZH = "也可成片：village:村代码或村名、town:镇代码或镇名、county:县代码"
PLACES_EN = "Or whole places: village:CODE or NAME, town:CODE or NAME, county:CODE"

SPEC = StudySpec(
    name="relocate",
    zh="布局调整",
    en="Relocation",
    summary_zh="编制零星永久基本农田布局调整方案，附最优性证明",
    summary_en="plan where fragmented farmland goes, optimal within a proven gap",
    inputs=(
        *LINE_INPUTS,
        Input(
            "area_ratio", "number", "调入/调出面积比", "Area in / out", unit="倍", low=0.5, high=3, step=0.01,
            parameter="relocation.area_ratio", help_zh="新增不少于调整面积的 5%", help_en="At least 5 % more comes in",
        ),
        Input(
            "town_cap_share", "number", "乡镇调整上限", "Township cap", unit="比例", low=0.0, high=1.0, step=0.01,
            parameter="relocation.town_cap_share", help_zh="调出不超过乡镇永久基本农田的此比例",
            help_en="Share of a township's farmland that may leave",
        ),
        Input(
            "high_standard", "flag", "允许调出高标准农田", "High-standard farmland may leave", default=False,
            help_zh="默认只报告、不移动", help_en="Reported, not moved, by default",
        ),
        Input(
            "sources", "choices", "调入来源", "Where land may come from", default=("reserve", "cropland"),
            choices=(("reserve", "储备区", "Reserve pool"), ("cropland", "稳定耕地", "Stable cropland")),
        ),
        Input(
            "edge_weight", "number", "外露边界权重", "Weight of exposed edge", unit="亩·km/m", default=0.02, low=0.0,
            high=10, step=0.01, help_zh="1 米外露边界相当于多少亩·公里；越大越连片",
            help_en="What a metre of exposed edge is worth; higher joins more",
        ),
        Input(
            "plot_weight", "number", "每增一块的代价", "Cost of one more plot", unit="亩·km", default=3.0, low=0.0,
            high=1000, step=0.5, advanced=True,
        ),
        Input(
            "distance_weight", "number", "距离权重", "Weight of distance", unit="", default=1.0, low=0.0, high=100,
            step=0.1, advanced=True, help_zh="1 亩移动 1 公里的代价", help_en="Cost of moving one mu by one km",
        ),
        Input(
            "outside_weight", "number", "非储备区附加代价", "Extra cost outside the pool", unit="亩·km/亩", default=1.0,
            low=0.0, high=1000, step=0.5, advanced=True,
        ),
        Input("lock_in", "ids", "锁定调入（标识码或 村:名称）", "Locked in (ids or village:NAME)", default=(),
              advanced=True, help_zh=PLACES_ZH, help_en=PLACES_EN),
        Input("lock_out", "ids", "禁止调入（标识码或 村:名称）", "Locked out (ids or village:NAME)", default=(),
              advanced=True, help_zh=PLACES_ZH, help_en=PLACES_EN),
        Input("hold", "ids", "暂不调出（永久基本农田标识码）", "Held back (farmland ids)", default=(), advanced=True,
              help_zh="所在的整块暂不调出", help_en="The whole block of each stays for now"),
        Input(
            "fair_level", "choice", "公平分担", "Fair shares", default="none", advanced=True,
            choices=(("none", "不要求", "not asked"), ("county", "县（区）之间", "between counties"),
                     ("town", "县内乡镇之间", "between townships of a county")),
            help_zh="谁的调入占比也不明显超过其份额", help_en="Nobody takes in much more than its share",
        ),
        Input(
            "fair_by", "choice", "份额按", "Shares by", default="farmland", advanced=True,
            choices=(("farmland", "现有永久基本农田", "farmland it has"), ("out", "调出面积", "land it gives up")),
        ),
        Input("fair_tolerance", "number", "份额容差", "Share tolerance", unit="比例", default=0.2, low=0.0, high=1.0,
              step=0.05, advanced=True),
        *MORE_TERMS,
        Input("gap", "number", "允许误差", "Gap allowed", unit="比例", default=0.001, low=0.0, high=0.5, step=0.001,
              advanced=True),
        Input("time_limit_s", "number", "求解时限", "Time limit", unit="s", default=600, low=1, high=86_400, step=10,
              advanced=True),
        Input("seed", "integer", "随机种子", "Seed", default=1, low=0, high=2_000_000_000, step=1, advanced=True),
    ),
    outputs=(
        Output("plan.json", "运行记录", "Run record"),
        Output("plan.gpkg", "方案图层", "Plan layers"),
        Output("JBNTHRHC.shp", "划入划出图层", "Layer of land moved in and out"),
        Output("plan.xlsx", "汇总表与清单（另有英文版）", "Tables and lists (also in English)"),
        Output("review_form.docx", "审查情况汇总表（另有 .xlsx 与英文版）", "Review form (also .xlsx, and in English)"),
        Output("plan_map.pdf", "A3 方案图（另有 .png）", "A3 map (also .png)"),
        Output("plan_before_after.pdf", "A3 前后对比图（另有 .png）", "A3 map before and after (also .png)"),
        Output("plan_fragments.pdf", "A3 零星分布图（另有 .png）", "A3 map of fragments (also .png)"),
        Output("plan.html", "单文件网页：双击打开，不联网", "Web page in one file, opens without a network"),
        Output("plan_certificate.csv", "最优性证书（分情形时另有 plan_cases.json.gz）",
               "Certificate of the bound (with plan_cases.json.gz where cases are told apart)"),
    ),
)  # fmt: skip


GROUND_INPUTS = (*(i.name for i in LINE_INPUTS), "town_cap_share", "high_standard", "sources", "hold")
"""Inputs that change what is measured; all others only change what is asked of the solver."""


@dataclass(frozen=True)
class Ground:
    """What a plan is made from, measured once: a change of weights, locks or ratios plans again on the same ground.

    moved_out, waiting: what leaves now and what waits; retained: farmland that stays; borders: shared borders between
    the accepted candidates (left, right, border_m).
    """

    zone: Zone
    key: str
    study: ConflictsResult
    moved_out: gpd.GeoDataFrame
    waiting: gpd.GeoDataFrame
    retained: gpd.GeoDataFrame
    params: CandidateParams
    candidates: CandidateTable
    borders: pd.DataFrame


def ground_key(values: Mapping[str, Any], scenario: Scenario | None) -> str:
    """Equal for two runs that can share their ground (of the same zone)."""
    told = [] if scenario is None else sorted((k, repr(v)) for k, v in scenario.overrides.items())
    return repr([(name, values[name]) for name in GROUND_INPUTS] + [lets_unstable_in(values)] + told)


@dataclass(frozen=True)
class RelocationResult:
    """A plan, its proof, and what it was made from. ``planned`` is False when no plan exists or was found in time.

    moved_out: pieces that leave; moved_in: chosen candidates with the columns of ``geo.plan.candidates`` and
    class_name, lot_kind, refine_code, crop_code; waiting: 零星 pieces that stay for now, with reason and limit;
    retained: farmland that stays; facts: what the rule book was told of the plan, its counties and its townships;
    judgements: its answer.
    """

    zone: Zone
    values: Mapping[str, Any]
    run_id: str
    scenario: Scenario | None
    study: ConflictsResult
    moved_out: gpd.GeoDataFrame
    moved_in: gpd.GeoDataFrame
    waiting: gpd.GeoDataFrame
    retained: gpd.GeoDataFrame
    candidates: CandidateTable
    params: CandidateParams
    problem: Problem | None
    solution: Solution | None
    before: PatchIndices
    after: PatchIndices
    judgements: tuple[Judgement, ...]
    editions: tuple[Mapping[str, Any], ...]
    facts: tuple[Mapping[str, Any], ...] = ()
    ground: Ground | None = None

    @property
    def planned(self) -> bool:
        return self.solution is not None and self.solution.has_plan
