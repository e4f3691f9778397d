"""Words of the thematic page, Chinese first."""

# ruff: noqa: E501  # a sentence is one line
from __future__ import annotations

from app.state import session

WORDS: dict[str, tuple[str, str]] = {
    "page": ("专题图", "Thematic maps"),
    "lead": ("按等别、连片规模、权属或两期变化着色；图例、直方图与打印出自同一组数据。", "Colour by grade, block size, owner or change; legend, histogram and print come from the same data."),
    "theme": ("专题", "Theme"),
    "theme_grade": ("等别", "Grade"),
    "theme_block": ("连片", "Block"),
    "theme_owner": ("权属", "Owner"),
    "theme_change": ("变化", "Change"),
    "by": ("着色依据", "Colour by"),
    "by_change": ("变化性质", "Kind of change"),
    "by_change_size": ("变化图斑大小", "Size of the changed place"),
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
    "value_change_size": ("变化图斑面积（亩）", "Area of the changed place, mu"),
    "area_mu": ("面积（亩）", "Area, mu"),
    "note_change": ("前期：{before}；后期：{after}。界线重测与零碎不算变化，依据见“变化”页。", "Earlier: {before}; later: {after}. Re-survey and small pieces are not change; the page Change tells why."),
    "note_plan": ("布局调整前后的对比见“布局调整”。", "Before and after a plan: see the page Relocation."),
    "two_title": ("变化专题需要两期调查", "A map of change needs two surveys"),
    "two_text": ("当前只有一期数据{year}。得到另一期的办法：", "There is one survey at hand{year}. How to get a second:"),
    "two_page": ("在“变化”页上传前一期（或后一期）的地类图斑，比较之后回到这里；", "Upload the earlier (or later) parcels on the page Change, compare, and come back."),
    "two_before": ("请管理员在启动前设 TIANCHOU_BEFORE=前一期数据目录，之后每次打开都有；", "Have TIANCHOU_BEFORE=folder of the earlier survey set before the start: it is there ever after."),
    "two_sample": ("先用示例后一期试看（示例数据，非真实地块）。", "Look at it first with an invented later survey (sample data, not real parcels)."),
    "two_only": ("命令行：tianchou map 目录 --theme change --before 前一期目录 -o 图.pdf", "Command: tianchou map FOLDER --theme change --before EARLIER -o map.pdf"),
    "go_change": ("打开“变化”页", "Open the page Change"),
    "go_sample": ("用示例后一期试看", "Try the invented later survey"),
    "comparing": ("正在比较两期……", "Comparing the surveys …"),
    "areas_chart": ("各类面积", "Area by class"),
}  # fmt: skip


def w(key: str, **values: object) -> str:
    """A word of the thematic page in the visitor's language."""
    text = WORDS[key][1 if session().lang == "en" else 0]
    return text.format(**values) if values else text
