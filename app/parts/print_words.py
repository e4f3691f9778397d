"""Words of the print dialog, Chinese first."""

# ruff: noqa: E501  # a sentence is one line
from __future__ import annotations

from app.state import session

WORDS: dict[str, tuple[str, str]] = {
    "title": ("打印 / 成果图", "Print a map"),
    "lead": (
        "按图上现有的图层出图：图名、图例、比例尺、指北针、方里网、数据来源与日期。",
        "Prints the layers that are on: title, legend, scale bar, north arrow, grid, source and date.",
    ),
    "area": ("范围", "Area"),
    "area_view": ("当前视图", "This view"),
    "area_zone": ("全域", "Whole zone"),
    "area_town": ("所选乡镇", "The township chosen"),
    "paper": ("纸张", "Paper"),
    "portrait": ("方向", "Orientation"),
    "wide": ("横向", "Landscape"),
    "tall": ("纵向", "Portrait"),
    "kind": ("格式", "Format"),
    "kind_pdf": ("PDF", "PDF"),
    "kind_png": ("PNG（300 dpi）", "PNG (300 dpi)"),
    "name": ("图名", "Title"),
    "side": ("卷帘的哪一侧", "Which side of the curtain"),
    "make": ("生成成果图", "Make the sheet"),
    "making": ("正在出图……", "Drawing …"),
    "ready": ("{paper} · 1:{scale} · {size}", "{paper} · 1:{scale} · {size}"),
    "take": ("下载 {name}", "Download {name}"),
    "marked": ("此前画的图形", "Drawn here"),
    "nothing": ("没有打开的图层，无图可出。请先在左侧打开图层。", "No layer is on, so there is nothing to print. Switch a layer on first."),
    "command": ("命令行同样可用：", "The same by command:"),
}  # fmt: skip


def w(key: str, **values: object) -> str:
    """A word of the print dialog in the visitor's language."""
    text = WORDS[key][1 if session().lang == "en" else 0]
    return text.format(**values) if values else text
