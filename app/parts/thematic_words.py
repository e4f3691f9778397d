"""Words of the thematic page, Chinese first."""

# ruff: noqa: E501  # a sentence is one line
from __future__ import annotations

from app.state import session

WORDS: dict[str, tuple[str, str]] = {
    "page": ("专题图", "Thematic maps"),
    "lead": ("按等别、连片规模或权属着色；图例、直方图与打印出自同一组数据。", "Colour by grade, block size or owner; legend, histogram and print come from the same data."),
    "theme": ("专题", "Theme"),
    "theme_grade": ("耕地质量等别", "Grade of cropland"),
    "theme_block": ("连片规模", "Size of block"),
    "theme_owner": ("权属性质", "Ownership"),
    "method": ("分类方法", "Classes by"),
    "method_natural": ("自然间断", "Natural breaks"),
    "method_quantile": ("分位数", "Quantiles"),
    "method_equal": ("等间距", "Equal intervals"),
    "classes": ("分类数", "Number of classes"),
    "fewer": ("不同的值只有 {n} 种，故分 {n} 类。", "There are only {n} different values, so there are {n} classes."),
    "making": ("正在计算专题……", "Measuring …"),
    "col_class": ("类别", "Class"),
    "col_rows": ("图斑数", "Parcels"),
    "col_area": ("面积（亩）", "Area, mu"),
    "col_share": ("占比", "Share"),
    "histogram": ("直方图", "Histogram"),
    "rows": ("图斑数", "Parcels"),
    "value_grade": ("等别", "Grade"),
    "value_block": ("所在连片的净面积（亩）", "Net area of the block, mu"),
    "note_block": ("连片按“零星识别”的间距合并；每块耕地按其所在连片的净面积着色。", "Blocks join across the gap of the Fragments page; each plot has the net area of its block."),
    "note_change": ("变化与布局调整前后的专题见“变化”与“布局调整”。", "Change, and before and after a plan, have pages of their own: Change and Relocation."),
}  # fmt: skip


def w(key: str, **values: object) -> str:
    """A word of the thematic page in the visitor's language."""
    text = WORDS[key][1 if session().lang == "en" else 0]
    return text.format(**values) if values else text
