"""The groups of the menu in the officials' own words (GB/T 39972-2021), Chinese first; and the results page."""

# ruff: noqa: E501  # a sentence is one line
from __future__ import annotations

from app.state import session

WORDS: dict[str, tuple[str, str]] = {
    "browse": ("资源浏览", "Browse"),
    "query": ("查询统计", "Query"),
    "compare": ("对比分析", "Compare"),
    "thematic": ("专题制图", "Thematic"),
    "share": ("成果共享", "Results"),
    "comply": ("合规性审查", "Compliance"),
    "trace": ("留痕", "Records"),
    "results": ("成果", "Files and prints"),
    "results_lead": ("打印成果图，取走方案的文件；全部在本机生成，不联网。", "Print a map, take the plan's files; all is made here, offline."),
    "results_files": ("方案文件", "Files of the plan"),
    "results_none": ("还没有方案。请到“布局调整”生成，文件随后列在这里。", "There is no plan yet. Make one on the Relocation page; its files are then listed here."),
}  # fmt: skip


def w(key: str) -> str:
    """A word of the menu in the visitor's language."""
    return WORDS[key][1 if session().lang == "en" else 0]
