"""Writes docs/findings.md from the message catalogue: ``python tools/make_findings_page.py`` (a test holds it)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from geo.qc.limits import limits
from geo.qc.repair import REPAIRABLE
from geo.standards.messages import Message, catalogue
from geo.standards.tables import rows

PAGE = Path(__file__).parents[1] / "docs" / "findings.md"

HEAD = """<!-- 本页由 tools/make_findings_page.py 生成，请勿手改。
     This page is generated; do not edit it by hand. -->

# 代码 / Codes

`tianchou check` 与“数据”页会说的每一条，按代码排列；代码不变，文字可改。“可安全修复”的条目在满足条件时才会提供修复
（面积变化在容差内、不产生新问题、保留原图形）。
Every statement that `tianchou check` and the data page make. Codes are stable, words may change. “Repair” marks
those for which a safe repair may be offered: the area stays within the tolerance, no new fault, the original kept.

`…` 是当时的对象、数值或单位。/ `…` stands for the subject, figure or unit of the case.
"""

SECTIONS = (
    ("QC1", "属性 / Attributes", "三调数据库标准 TD/T 1057-2020 与 TD/T 1055；限值见文末。"),
    ("QC2", "图形 / Topology", "面积为椭球面积；坐标按毫米比较。"),
    ("QC3", "图层之间 / Layer against layer", ""),
    ("IO1", "读取、识别、坐标系 / Reading, recognition, coordinate systems", ""),
    ("IO2", "选项 / Options", ""),
    ("IO3", "勘测定界 TXT / Boundary TXT", ""),
)


def page() -> str:
    """The whole page as Markdown."""
    found = catalogue()
    body = [HEAD]
    for start, title, note in SECTIONS:
        told = [found[code] for code in sorted(found) if code.startswith(start)]
        body += [f"## {title}\n", *([note + "\n"] if note else []), *_table(told), ""]
    body += ["## 限值 / Limits\n", *_limits()]
    return "\n".join(body).rstrip() + "\n"


def _table(told: list[Message]) -> Iterator[str]:
    yield "| 代码 / code | 内容 / what | 处理 / what to do | 修复 / repair |"
    yield "| --- | --- | --- | --- |"
    for m in told:
        hint = f"{_plain(m.hint_zh)}<br>{_plain(m.hint_en)}" if m.hint_zh or m.hint_en else "–"
        mark = "✓" if m.code in REPAIRABLE else ""
        yield f"| {m.code} | {_plain(m.zh)}<br>{_plain(m.en)} | {hint} | {mark} |"


def _limits() -> Iterator[str]:
    yield "| 名称 / name | 值 / value | 单位 / unit | 出处 / source |"
    yield "| --- | --- | --- | --- |"
    assert limits()
    for row in rows("qc_limits"):
        yield f"| `{row['name']}` | {_plain(row['value'])} | {row['unit'] or '–'} | {_plain(row['source'])} |"


def _plain(template: str) -> str:
    """Words of a template without its figures, safe in a table of Markdown."""
    text = re.sub(r"\{\w+\}", "…", template)
    return re.sub(r"([|<>*_`\[\]])", r"\\\1", text)


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
