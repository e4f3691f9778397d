"""Words of the map's tools, Chinese first."""

# a sentence is one line
from __future__ import annotations

from app.state import session

WORDS: dict[str, tuple[str, str]] = {
    "back": ("上一视图", "Previous view"),
    "forward": ("下一视图", "Next view"),
    "search": ("查找乡镇、村、图斑编号或坐标", "Find a township, village, parcel number or coordinates"),
    "length": ("量距离", "Measure a distance"),
    "area": ("量面积（椭球面积）", "Measure an area (on the ellipsoid)"),
    "link": ("复制本视图的链接", "Copy the link of this view"),
    "polygon": ("画面", "Draw a polygon"),
    "line": ("画线", "Draw a line"),
    "rectangle": ("画矩形", "Draw a rectangle"),
    "edit": ("修改图形", "Edit the shape"),
    "lasso": ("框选地块", "Select by an outline"),
    "edit_hint": ("拖动节点修改；再按一次“修改图形”完成。", "Drag the corners; press Edit again when done."),
    "nothing_to_edit": ("还没有可修改的图形。", "There is no shape to edit yet."),
    "link_copied": ("链接已复制", "The link is copied"),
    "link_here": ("本视图的链接", "The link of this view"),
    "no_answer": ("没有得到结果，请再试一次。", "No answer came; please try again."),
    "nothing_found": ("没有找到", "Nothing found"),
    "clear": ("清除", "Clear"),
}  # fmt: skip


def w(key: str, **values: object) -> str:
    """A word of the map in the visitor's language."""
    zh, en = WORDS[key]
    text = en if session().lang == "en" else zh
    return text.format(**values) if values else text
