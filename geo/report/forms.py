"""The figures of the official review form 《全域土地综合整治所涉永久基本农田布局调整事项审查情况汇总表》, and balances.

The rows of the form stand in ``geo/standards/tables/review_form.csv``. Areas are legal (net) areas; the rows of a
group add up to the total exactly, by largest remainder.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from geo.geometry.ellipsoid import balance_to
from geo.report.content import PlanReport
from geo.standards.land import PADDY, base_code, land_classes
from geo.standards.tables import rows
from geo.standards.units import HA_M2, MU_M2, figure_text, round_half_up

if TYPE_CHECKING:
    import pandas as pd

Side = Mapping[str, float | None]


@dataclass(frozen=True, slots=True)
class FormRow:
    """One row of the form: where it stands, its words and unit, its decimals, how it is measured."""

    key: str
    group_zh: str
    group_en: str
    zh: str
    en: str
    unit_zh: str
    unit_en: str
    decimals: int
    measure: str
    low: float
    high: float
    code: str
    sides: str

    def words(self, lang: str) -> tuple[str, str, str]:
        """Group, row, unit."""
        return (self.group_zh, self.zh, self.unit_zh) if lang == "zh" else (self.group_en, self.en, self.unit_en)


@dataclass(frozen=True, slots=True)
class Verdict:
    """One of the four verdicts of the form: passed, failed, or None where a person must decide; the figures as text."""

    key: str
    zh: str
    en: str
    passed: bool | None
    figures_zh: str
    figures_en: str

    def words(self, lang: str) -> tuple[str, str]:
        return (self.zh, self.figures_zh) if lang == "zh" else (self.en, self.figures_en)


@dataclass(frozen=True, slots=True)
class ReviewForm:
    """The form filled in: ``out`` and ``inn`` by row key (already rounded to the form's decimals), the verdicts."""

    towns: tuple[str, ...]
    farmland_mu: float
    out: Side
    inn: Side
    verdicts: tuple[Verdict, ...]


@cache
def form_rows() -> tuple[FormRow, ...]:
    """The rows of the form in order."""
    return tuple(
        FormRow(
            row["key"], row["group_zh"], row["group_en"], row["zh"], row["en"], row["unit_zh"], row["unit_en"],
            int(row["decimals"]), row["measure"], float(row["low"] or "-inf"), float(row["high"] or "inf"),
            row["codes"], row["sides"],
        )
        for row in rows("review_form")
    )  # fmt: skip


def review_form(report: PlanReport) -> ReviewForm:
    """The form of a plan. A mean of nothing is None."""
    out_m2 = float(report.moved_out["net_area_m2"].sum())
    towns = dict.fromkeys(
        str(t)
        for t in [*report.moved_out["town_name"], *report.moved_in["town_name"], *report.by_town["town_name"]]
        if t
    )
    return ReviewForm(
        towns=tuple(towns),
        farmland_mu=round_half_up(report.farmland_net_m2 / MU_M2, 2),
        out=_side(report.moved_out, side="out", of_m2=report.farmland_net_m2),
        inn=_side(report.moved_in, side="in", of_m2=out_m2),
        verdicts=verdicts(report),
    )


def _side(frame: pd.DataFrame, *, side: str, of_m2: float) -> Side:
    net = frame["net_area_m2"].to_numpy(dtype=float)
    total, count = float(net.sum()), len(frame)
    values: dict[str, float | None] = {}
    single = {
        "net_mu": total / MU_M2,
        "net_ha": total / HA_M2,
        "share": total / of_m2 * 100 if of_m2 else None,
        "grade": weighted_grade(frame),
        "pieces": float(count),
        "mean_mu": total / MU_M2 / count if count else None,
        "standard_mu": float(net[_standard(frame, side)].sum()) / MU_M2,
        "standard_ha": float(net[_standard(frame, side)].sum()) / HA_M2,
    }
    for group in ("class", "slope", "block"):
        members = [r for r in form_rows() if r.measure == group]
        sums = np.array([float(net[_mask(frame, r)].sum()) for r in members]) / MU_M2
        # A row outside every class (a plot without a slope grade) must not vanish from the total: the rest is told.
        digits = members[0].decimals
        total_mu = round_half_up(float(sums.sum()), digits)
        # Paddy is judged by itself: it keeps its own rounding, the others make up the total.
        fixed = [round_half_up(float(sums[0]), digits)] if group == "class" else []
        rest = balance_to(total_mu - sum(fixed), sums[len(fixed) :], digits=digits)
        rounded = [*fixed, *rest]
        values |= dict(zip([r.key for r in members], (float(v) for v in rounded), strict=True))
    for row in form_rows():
        if row.sides == "in" and side == "out":
            values[row.key] = None
        elif row.measure == "kind":
            known = "lot_kind" in frame.columns
            kind_m2 = (
                float(net[frame["lot_kind"].astype(str).str.contains(row.code).to_numpy()].sum()) if known else 0.0
            )
            values[row.key] = round_half_up(kind_m2 / HA_M2, row.decimals)
        elif row.measure in single:
            value = single[row.measure]
            values[row.key] = None if value is None else round_half_up(value, row.decimals)
    return values


def _mask(frame: pd.DataFrame, row: FormRow) -> Any:
    if row.measure == "class":
        codes = [base_code(str(c)) for c in frame["class_code"]]
        if len(row.code) == 1:
            classes = land_classes()
            fits = [c in classes and classes[c].three == row.code and not classes[c].cropland for c in codes]
        else:
            fits = [c == row.code for c in codes]
        return np.array(fits, dtype=bool)
    if row.measure == "slope":
        grade = frame["slope_grade"].astype("float").to_numpy()
        return (grade >= row.low) & (grade <= row.high)
    block_mu = block_net_m2(frame) / MU_M2
    return (block_mu > row.low) & (block_mu <= row.high)


def block_net_m2(frame: pd.DataFrame) -> Any:
    """Net area (m²) of the contiguous block that each row belongs to: ``block_net_m2``, else the rows of its block."""
    if "block_net_m2" in frame.columns:
        return frame["block_net_m2"].to_numpy(dtype=float)
    if "block_id" in frame.columns:
        return frame.groupby("block_id")["net_area_m2"].transform("sum").to_numpy(dtype=float)
    return frame["net_area_m2"].to_numpy(dtype=float)


def _standard(frame: pd.DataFrame, side: str) -> Any:
    if side == "out":
        return frame["high_standard"].fillna(False).to_numpy(dtype=bool)
    return frame["lot_kind"].astype(str).str.contains("高标准").to_numpy(dtype=bool)


def weighted_grade(frame: pd.DataFrame) -> float | None:
    """Mean grade weighted by net area, Σ g·a / Σ a over the rows that have a grade; None without any."""
    grade = frame["grade"].astype("float").to_numpy()
    net = frame["net_area_m2"].to_numpy(dtype=float)
    known = np.isfinite(grade) & (net > 0)
    return float((grade[known] * net[known]).sum() / net[known].sum()) if known.any() else None


def verdicts(report: PlanReport) -> tuple[Verdict, ...]:
    """数量有增加, 质量有提升, 生态有改善, 布局有优化: each with its figures, from the plan's own numbers."""
    out, inn = report.moved_out, report.moved_in
    out_mu, in_mu = (float(f["net_area_m2"].sum()) / MU_M2 for f in (out, inn))
    more = in_mu - out_mu
    percent = more / out_mu * 100 if out_mu else 0.0
    grade_out, grade_in = weighted_grade(out), weighted_grade(inn)
    before, after = report.indices_before, report.indices_after
    # What the form's own rows say, so that a reader who subtracts them by hand gets this figure.
    means = [round_half_up(mu / len(f), 2) if len(f) else 0.0 for mu, f in ((out_mu, out), (in_mu, inn))]
    plot = round_half_up(means[1] - means[0], 2)
    joined = (after["contiguity"] - before["contiguity"]) * 100
    red_mu = float(out.loc[out["against"].astype(str).str.contains("redline"), "net_area_m2"].sum()) / MU_M2
    moved = out_mu > 0 and in_mu > 0
    lifted = None
    if grade_out is not None and grade_in is not None:
        # The difference of the figures as printed: a reader subtracts them by hand.
        grade_out, grade_in = round_half_up(grade_out, 2), round_half_up(grade_in, 2)
        lifted = grade_out - grade_in
    gained = "" if lifted is None else figure_text(lifted, 2, sign=True)
    larger, closer = figure_text(plot, 2, sign=True), figure_text(joined, 3, sign=True)
    return (
        Verdict(
            "quantity", "数量有增加", "Quantity increased", more > 0 if moved else None,
            f"{'增加' if more >= 0 else '减少'} {abs(more):,.2f} 亩（{percent:+.2f}%）",
            f"{abs(more):,.2f} mu {'more' if more >= 0 else 'less'} ({figure_text(percent, 2, sign=True)}%)",
        ),
        Verdict(
            "quality", "质量有提升", "Quality raised", None if lifted is None else lifted > 0,
            "–" if lifted is None else f"平均等别 {grade_out:.2f} → {grade_in:.2f}（提升 {gained} 等，1等最优）",
            "–" if lifted is None else f"mean grade {grade_out:.2f} → {grade_in:.2f} ({gained}; 1 is best)",
        ),
        Verdict(
            "ecology", "生态有改善", "Ecology improved", True if red_mu > 0 else None,
            f"退出生态保护红线内 {red_mu:,.2f} 亩" if red_mu > 0 else "未涉及生态保护红线内地块，由审查人认定",
            f"{red_mu:,.2f} mu leave the ecological red line" if red_mu > 0
            else "nothing inside the red line moves; for the reviewer to decide",
        ),
        Verdict(
            "layout", "布局有优化", "Layout improved", plot > 0 and joined > 0 if moved else None,
            f"平均单个图斑面积 {larger} 亩；集中连片度 {closer} 个百分点",
            f"mean plot area {larger} mu; contiguity {closer} points",
        ),
    )  # fmt: skip


def balance(moved_out: pd.DataFrame, moved_in: pd.DataFrame, *, key: str) -> pd.DataFrame:
    """Out and in side by side for every unit of ``key`` (county_code, town_code): pieces, area, grade, paddy.

    Columns: key, then out_ and in_ each with pieces, net_m2, grade, paddy_m2; sorted by key. A grade is NaN where
    nothing moves.
    """
    import pandas as pd

    units = sorted({*map(str, moved_out[key]), *map(str, moved_in[key])})
    lines = []
    for unit in units:
        line: dict[str, Any] = {key: unit}
        for side, frame in (("out", moved_out), ("in", moved_in)):
            part = frame[frame[key].astype(str) == unit]
            paddy = part["class_code"].astype(str).map(base_code) == PADDY
            mean = weighted_grade(part)
            line |= {
                f"{side}_pieces": len(part),
                f"{side}_net_m2": float(part["net_area_m2"].sum()),
                f"{side}_grade": float("nan") if mean is None else mean,
                f"{side}_paddy_m2": float(part.loc[paddy.to_numpy(dtype=bool), "net_area_m2"].sum()),
            }
        lines.append(line)
    names = ("out_pieces", "out_net_m2", "out_grade", "out_paddy_m2",
             "in_pieces", "in_net_m2", "in_grade", "in_paddy_m2")  # fmt: skip
    return pd.DataFrame(lines, columns=[key, *names])
