"""The lines of ``bench.planner`` as one table in both languages."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

BEGIN, END = "<!-- bench.planner: begin -->", "<!-- bench.planner: end -->"
HEAD = {
    "zh": ("问题", "方法", "目标（亩·千米）", "差距", "凭证书", "图斑", "连片", "平均连片（亩）", "外露边界（m）",
           "平均运距（km）", "处理器（秒）", "内存（GB）"),
    "en": ("instance", "way", "mu·km", "gap", "by certificate", "plots", "blocks", "mean block (mu)",
           "exposed edge (m)", "mean km", "cpu s", "peak GB"),
}  # fmt: skip
NAMES = {
    "ours": ("田畴", "Tianchou"), "replan": ("田畴，锁定一块后重算", "Tianchou, again after a lock"),
    "best": ("贪心：质量优先", "greedy, best first"), "nearest": ("贪心：就近优先", "greedy, nearest first"),
    "highs": ("HiGHS，同一模型", "HiGHS, same model"), "scip": ("SCIP，同一模型", "SCIP, same model"),
}  # fmt: skip
KINDS = {
    "mixed": "分散", "belt": "带状", "dear": "好地远", "shipped": "随附示例区", "zone": "全区，每个图斑都是候选",
}  # fmt: skip
ENGLISH = {"dear": "good land far", "shipped": "shipped zone", "zone": "whole zone, every parcel a candidate"}


def table(lines: Sequence[dict[str, Any]], lang: str = "en") -> str:
    """Markdown, a row for each way on each instance; the gap is to the best bound that any way proved."""
    names = list(dict.fromkeys(line["instance"] for line in lines))
    names.sort(key=lambda name: next(line["candidates"] for line in lines if line["instance"] == name))
    made = ["| " + " | ".join(HEAD[lang]) + " |", "|---|---|" + "---:|" * (len(HEAD[lang]) - 2)]
    for name in names:
        mine = {line["way"]: line for line in lines if line["instance"] == name}
        bound = max((mine[w]["bound"] for w in mine if w != "replan" and mine[w]["bound"] is not None), default=None)
        made += [
            _row(mine[way], mine[way]["bound"] if way == "replan" else bound, lang) for way in NAMES if way in mine
        ]
    return "\n".join([*made, ""])


def write(page: Path, made: str) -> None:
    """Puts the table between the two marks of a page. Raises ValueError where they are missing."""
    text = page.read_text(encoding="utf-8")
    if text.count(BEGIN) != 1 or text.count(END) != 1:
        raise ValueError(f"{page.name}: the marks {BEGIN} and {END} must stand there once each")
    before, rest = text.split(BEGIN)
    page.write_text(f"{before}{BEGIN}\n\n{made}\n{END}{rest.split(END)[1]}", encoding="utf-8")


def _row(line: dict[str, Any], bound: float | None, lang: str) -> str:
    kind = line["instance"].split()[0]
    told = KINDS[kind] if lang == "zh" else ENGLISH.get(kind, kind)
    start = [f"{told} {line['candidates']:,}", NAMES[line["way"]][lang == "en"]]
    end = [f"{line['cpu_s']:.1f}", f"{line['peak_gb']:.2f}"]
    if line["objective"] is None:
        broken = (
            {"zh": "违反规则", "en": "breaks a rule"}
            if line["breaks_a_rule"]
            else {"zh": "限时内无方案", "en": "no plan"}
        )
        return "| " + " | ".join([*start, broken[lang], *["–"] * 7, *end]) + " |"
    objective = line["objective"]
    certificate = line["certificate"]
    cells = [
        f"{objective:,.1f}", _share(objective, bound), _share(objective, certificate), f"{line['plots']:,}",
        f"{line['blocks']:,}", f"{line['block_mu']:.1f}", f"{line['exposed_m']:,.0f}", f"{line['mean_km']:.2f}",
    ]  # fmt: skip
    return "| " + " | ".join([*start, *cells, *end]) + " |"


def _share(objective: float, bound: float | None) -> str:
    return "–" if bound is None else f"{max(objective - bound, 0.0) / max(objective, 1.0):.3%}"
