"""What the study ``project`` asks, and what it answers: plain tables, every area in m², every row with its parents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from geo.policy.project_kind import project_kinds
from geo.study.spec import Input, Output, StudySpec
from geo.zone import Zone

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from geo.finding import Finding
    from geo.plan.supplement.problem import Supplement, SupplementProblem
    from geo.policy.rule import Judgement
    from geo.policy.rules.approval import Route

WISHES = (
    ("distance", "由近及远（面积×距离）", "Near before far (area × distance)"),
    ("quality", "质量由高到低（面积×等别）", "Good before poor (area × grade)"),
    ("plots", "地块少", "Few plots"),
    ("leftover", "余量小", "Little left over"),
)

SPEC = StudySpec(
    name="project",
    zh="项目占用补划",
    en="Project and replacement",
    summary_zh="由项目范围到占用补划方案：占用统计、合规判定、补划地块优选，附最优性证明",
    summary_en="from a project's footprint to its replacement plan: what it takes, who approves, which reserve lots",
    inputs=(
        Input(
            "on",
            "date",
            "判定日期",
            "Date of the law",
            help_zh="按该日有效的规则判定",
            help_en="Rules in force that day",
        ),
        Input(
            "type",
            "choice",
            "项目类型",
            "Kind of project",
            default="其他",
            choices=tuple((k.id, k.zh, k.en) for k in project_kinds().values()),
            help_zh="决定能否占用永久基本农田、指标由谁统筹、可否承诺补充",
            help_en="Decides whether farmland may be taken, whose quota it is, and what may be promised",
        ),
        Input("project_name", "text", "项目名称", "Name of the project", default="",
              help_zh="空则取范围文件中的地块名称", help_en="From the footprint when empty"),
        Input("project_no", "text", "项目编号", "Project number", default=""),
        Input("applicant", "text", "建设单位", "Applicant", default="", advanced=True),
        Input("designer", "text", "编制单位", "Drafted by", default="", advanced=True),
        Input("basis", "text", "建设依据（批复文件与文号）", "Documents that make it a major project", default="",
              advanced=True),
        Input(
            "urgent",
            "flag",
            "重大、急需",
            "Major and urgent",
            default=False,
            help_zh="承诺补充（政策第七条）的前提",
            help_en="Needed for a promise (article 7)",
        ),
        Input(
            "width_m",
            "number",
            "线状范围宽度",
            "Width of a line",
            unit="m",
            default=0.0,
            low=0.0,
            high=2000.0,
            step=1,
            help_zh="范围是线时，按此宽度生成用地范围",
            help_en="A line becomes a strip of this width",
        ),
        Input(
            "several",
            "choice",
            "多个范围是",
            "Several footprints are",
            default="options",
            choices=(
                ("options", "比选方案", "Route options"),
                ("phases", "同一项目的分期", "Phases of one project"),
                ("projects", "多个项目", "Projects"),
            ),
        ),
        Input(
            "option",
            "ids",
            "编制方案的比选方案",
            "Option that is planned",
            default=(),
            help_zh="空则取第一个",
            help_en="The first when empty",
            advanced=True,
        ),
        Input(
            "area_ratio",
            "number",
            "补划/占用面积比",
            "Area in / out",
            unit="倍",
            low=0.5,
            high=3,
            step=0.01,
            parameter="replacement.area_ratio",
        ),
        Input(
            "paddy_ratio",
            "number",
            "补划/占用水田比",
            "Paddy in / out",
            unit="倍",
            low=0.0,
            high=3,
            step=0.01,
            parameter="replacement.paddy_ratio",
            advanced=True,
        ),
        Input(
            "grade_slack",
            "number",
            "平均等别可劣于占用",
            "Mean grade may be worse by",
            unit="等",
            low=0.0,
            high=5,
            step=0.1,
            parameter="replacement.grade_slack",
            advanced=True,
        ),
        Input(
            "require_contiguity",
            "flag",
            "须与现有永久基本农田相连",
            "Must join existing farmland",
            default=True,
            help_zh="规则为“原则上集中连片”",
            help_en="The rule says: in principle",
        ),
        Input(
            "gap_m",
            "number",
            "相连间隙",
            "Gap that still joins",
            unit="m",
            low=0,
            high=1000,
            step=1,
            parameter="relocation.contiguity_gap_m",
            advanced=True,
        ),
        Input(
            "priorities",
            "choices",
            "次序",
            "Order of wishes",
            default=("distance", "quality", "plots", "leftover"),
            choices=WISHES,
            help_zh="前者优先；规则：空间由近及远、质量由高到低",
            help_en="Earlier first; the rule: near before far, good before poor",
        ),
        Input(
            "tolerance",
            "number",
            "每级让步",
            "Each wish may give way by",
            unit="比例",
            default=0.02,
            low=0.0,
            high=0.5,
            step=0.01,
            help_zh="为后一级留出的余地",
            help_en="Room left for the next wish",
            advanced=True,
        ),
        Input(
            "allow_split",
            "flag",
            "允许切割一块",
            "One lot may be cut",
            default=False,
            help_zh="整块优先；每县最多切一块，直线切割，两部分都不小于最小图斑",
            help_en="Whole lots first; at most one a county, by a straight line, no sliver",
        ),
        Input("alternatives", "integer", "备选方案数", "Alternatives", default=3, low=0, high=9, step=1),
        Input(
            "difference",
            "number",
            "备选差异",
            "Alternatives differ by",
            unit="比例",
            default=0.25,
            low=0.01,
            high=1.0,
            step=0.05,
            help_zh="每个备选至少这一比例的面积不与已有方案重复",
            help_en="Least share of area not used by earlier plans",
            advanced=True,
        ),
        Input(
            "near_equal",
            "number",
            "相近界限",
            "Near-equal up to",
            unit="比例",
            default=0.10,
            low=0.0,
            high=10.0,
            step=0.05,
            help_zh="首要目标差于最优不超过此比例为相近",
            help_en="Worse than the best by no more than this",
            advanced=True,
        ),
        Input("lock_in", "ids", "锁定补划（标识码）", "Locked in (ids)", default=(), advanced=True),
        Input("lock_out", "ids", "禁止补划（标识码）", "Locked out (ids)", default=(), advanced=True),
        Input(
            "deadlines",
            "ids",
            "各项目期限",
            "Deadlines of the projects",
            default=(),
            help_zh="YYYY-MM-DD，按范围次序",
            help_en="YYYY-MM-DD, in the order of the footprints",
            advanced=True,
        ),
        Input(
            "gap",
            "number",
            "允许误差",
            "Gap allowed",
            unit="比例",
            default=0.0001,
            low=0.0,
            high=0.5,
            step=0.0001,
            advanced=True,
        ),
        Input(
            "time_limit_s",
            "number",
            "求解时限",
            "Time limit",
            unit="s",
            default=60,
            low=1,
            high=3600,
            step=10,
            advanced=True,
        ),
        Input("seed", "integer", "随机种子", "Seed", default=1, low=0, high=2_000_000_000, step=1, advanced=True),
    ),
    outputs=(
        Output("project.json", "运行记录与全部表格", "Run record and all tables"),
        Output("project.gpkg", "占用、补划与叠加图层", "Layers of what is taken, what replaces it, and the overlays"),
        Output("scheme.docx", "占用补划方案（另有英文版）", "The scheme (also in English)"),
        Output("annexes.xlsx", "附表（另有英文版）", "Annexes (also in English)"),
        Output("map_location.pdf", "A3 位置图、占用图、补划图、前后对比图（另有 .png）",
               "A3 maps: location, occupation, replacement, before and after (also .png)"),
        Output("JBNTHRHC.shp", "划入划出图层（另有 .gpkg）", "Layer of land moved in and out (also .gpkg)"),
        Output("boundary_in.txt", "补划、占用与项目范围界址点（boundary_out、footprint）",
               "Boundary points in, out and of the project (boundary_out, footprint)"),
        Output("scheme.json", "方案陈述的每一个数字", "Every figure that the scheme states"),
    ),
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Taken:
    """What the footprint takes and how it is judged, before any replacement is planned.

    Column names of every table: docs/project.md. ``demand`` has a row a county that loses permanent basic farmland.
    """

    zone: Zone
    values: Mapping[str, Any]
    footprints: gpd.GeoDataFrame
    footprint: gpd.GeoDataFrame
    options: pd.DataFrame
    occupation: gpd.GeoDataFrame
    remainders: gpd.GeoDataFrame
    closing: pd.DataFrame
    uncovered: gpd.GeoDataFrame
    totals: pd.DataFrame
    crosstab: pd.DataFrame
    farmland_taken: gpd.GeoDataFrame
    overlays: pd.DataFrame
    overlay_pieces: gpd.GeoDataFrame
    route: Route
    eligible: Judgement
    findings: tuple[Finding, ...]
    offsets: pd.DataFrame
    promises: pd.DataFrame
    demand: pd.DataFrame
    facts: Mapping[str, Any]
    seconds: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class ProjectResult(Taken):
    """A footprint, what it takes, its judgement and its replacement with the proof.

    status: planned, nothing (no permanent basic farmland taken), infeasible, not_found (none in the time allowed).
    ``planned`` is False without a plan. A plan for a project that may not take farmland is still made, and says so.
    """

    run_id: str
    status: str
    candidates: gpd.GeoDataFrame
    refused: pd.DataFrame
    problem: SupplementProblem | None
    solution: Supplement | None
    label: str
    replacement: gpd.GeoDataFrame
    comparison: pd.DataFrame
    plans: pd.DataFrame
    plan_lots: pd.DataFrame
    proof: pd.DataFrame
    shortfalls: pd.DataFrame
    relaxations: pd.DataFrame
    judgements: tuple[Judgement, ...]
    editions: tuple[Mapping[str, Any], ...]

    @property
    def planned(self) -> bool:
        return self.status == "planned"

    @property
    def allowed(self) -> bool:
        """Whether this kind of project may take permanent basic farmland at all (True when it takes none)."""
        return self.status == "nothing" or self.eligible.passed is True
