"""Writes docs/studies.md from the studies' declarations: ``python tools/make_studies_page.py`` (a test holds it)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

from geo.policy.book import load_book
from geo.study import check, conflicts, facts, mixed_result, project, relocation, village_result
from geo.study.spec import Input, StudySpec

PAGE = Path(__file__).parents[1] / "docs" / "studies.md"
# The day whose editions the page shows as defaults; a study itself asks the book on its own date.
SHOWN_ON = date(2026, 11, 23)

HEAD = """<!-- 本页由 tools/make_studies_page.py 生成，请勿手改。
     This page is generated; do not edit it by hand. -->

# 研究 / Studies

每项研究声明一次输入与输出；应用里的表单、命令行选项和本页都来自这份声明。默认值取自规则库的，注明参数编号。
A study declares its inputs and outputs once; the form in the app, the options of the command and this page come from
there. A default from the rule book names its parameter (values as of 2026-11-23).
"""


SPECS = (check.SPEC, conflicts.SPEC, facts.SPEC, relocation.SPEC, project.SPEC, village_result.SPEC, mixed_result.SPEC)


def page() -> str:
    """The whole page as Markdown."""
    return "\n".join([HEAD, *(line for s in SPECS for line in _study(s))]).rstrip() + "\n"


def _study(spec: StudySpec) -> Iterator[str]:
    asked = {"project": "FOOTPRINT --zone ZONE -o OUT", "check": "PATH… [-o REPORT.xlsx] [--repair OUT.gpkg]"}
    yield f"## {spec.zh} / {spec.en}: `tianchou {spec.name} {asked.get(spec.name, 'ZONE -o OUT')}`\n"
    yield f"{spec.summary_zh}。{spec.summary_en[0].upper()}{spec.summary_en[1:]}.\n"
    yield "| 选项 / option | 含义 / meaning | 单位 / unit | 默认 / default | 范围 / range |"
    yield "| --- | --- | --- | --- | --- |"
    for item in spec.inputs:
        meaning = f"{item.zh} / {item.en}"
        if item.help_zh:
            meaning += f"<br>{item.help_zh} / {item.help_en}"
        option = "--" + item.name.replace("_", "-")
        yield f"| `{option}` | {meaning} | {item.unit or '–'} | {_default(item)} | {_range(item)} |"
    yield "\n| 文件 / file | 内容 / content |\n| --- | --- |"
    for output in spec.outputs:
        yield f"| `{output.file}` | {output.zh} / {output.en} |"
    yield ""


def _default(item: Input) -> str:
    if item.parameter:
        found = load_book().value(item.parameter, on=SHOWN_ON)
        return f"{found.value} (`{item.parameter}`)"
    if item.kind == "date":
        return "今天（北京） / today in Beijing"
    if isinstance(item.default, tuple):
        return " ".join(item.default) or "–"
    return "–" if item.default is None else str(item.default)


def _range(item: Input) -> str:
    if item.choices:
        return "<br>".join(f"`{name}` {zh} / {en}" for name, zh, en in item.choices)
    if item.low is None and item.high is None:
        return "–"
    return f"{item.low:g} – {item.high:g}"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
