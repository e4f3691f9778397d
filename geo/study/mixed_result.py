"""What the study ``mixed`` asks, and what it answers: plain tables, every area in m², every distance with how it was
measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from geo.report.mixed_terms import BY, FACILITIES
from geo.study.spec import Input, Output, StudySpec
from geo.zone import Zone

__all__ = ["BY", "FACILITIES", "SPEC", "MixedResult"]

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from geo.finding import Finding
    from geo.policy.rule import Judgement

SPEC = StudySpec(
    name="mixed",
    zh="混合用地",
    en="Mixed use",
    summary_zh="工业、仓储、研发、办公、商业哪些相邻且可混合，共用哪些设施；农业与村庄、旅游的复合利用",
    summary_en="which plots of different use lie close and may share, what facilities they share; farms with villages",
    inputs=(
        Input("on", "date", "判定日期", "Date of the law", help_zh="按该日有效的规则判定",
              help_en="Rules in force that day"),
        Input("units", "ids", "乡镇（代码）", "Townships (codes)", default=(), help_zh="空则全部",
              help_en="All when empty"),
        Input("share_m", "number", "可共用的相邻距离", "Close enough to share", unit="m", low=0, high=500, step=5,
              parameter="mixed.share_m", help_zh="隔一条街", help_en="Across a street"),
        Input("walk_m", "number", "步行可达距离", "Walking distance", unit="m", low=50, high=5000, step=50,
              parameter="mixed.walk_m", help_zh="沿道路；没有道路处为直线",
              help_en="By road; straight where none leads"),
        Input("access_m", "number", "接入道路的距离", "A plot's road lies within", unit="m", low=0, high=500, step=5,
              parameter="mixed.access_m", advanced=True),
        Input("boundary_only", "flag", "只看开发边界内", "Inside the growth boundary only", default=False),
        Input("hamlet_gap_m", "number", "居民点内间隙", "Gap inside a hamlet", unit="m", low=0, high=200, step=1,
              parameter="village.hamlet_gap_m", advanced=True),
    ),
    outputs=(
        Output("mixed.json", "运行记录与全部表格", "Run record and all tables"),
        Output("mixed.gpkg", "用地、混合地块组与复合利用图层", "Layers of plots, sites and the country"),
        Output("mixed.xlsx", "混合用地分析表（另有英文版）", "Tables of mixed use (also in English)"),
        Output("mixed_map.pdf", "混合用地图（另有英文版）", "Map sheet (also in English)"),
    ),
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class MixedResult:
    """The answer. Column names: docs/mixed.md.

    plots: every plot with a use, its site and its distances; pairs: neighbours of different use with the matrix's
    answer; sites: groups of plots of at least two uses of article 8, ranked; coverage: facilities by use and kind;
    rural: hamlets with the farm land beside them.
    """

    zone: Zone
    values: Mapping[str, Any]
    run_id: str
    plots: gpd.GeoDataFrame
    pairs: pd.DataFrame
    sites: gpd.GeoDataFrame
    coverage: pd.DataFrame
    rural: gpd.GeoDataFrame
    matrix: pd.DataFrame
    judgements: tuple[Judgement, ...]
    findings: tuple[Finding, ...]
    editions: tuple[Mapping[str, Any], ...]
    seconds: Mapping[str, float] = field(default_factory=dict)
