"""Writes docs/rules.md from the rule book: ``python tools/make_rules_page.py`` (a test holds the page to the book)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from geo.policy.article import SURE, mark_text
from geo.policy.book import RuleBook, load_book
from geo.policy.parameter import Edition, ParameterSpec, shown_value
from geo.policy.rule import Rule
from geo.standards.messages import message

PAGE = Path(__file__).parents[1] / "docs" / "rules.md"

HEAD = """<!-- 本页由 tools/make_rules_page.py 从 geo/policy 的数据生成，请勿手改。
     This page is generated from the data in geo/policy; do not edit it by hand. -->

# 规则 / Rules

哪一条规则、哪一版、自何时起、把握多大、数从哪里来：都在这里。
条文在 `geo/policy/articles/`，数值在 `geo/policy/parameters/`，判定在 `geo/policy/rules/`，例子在 `tests/cases/`。
改一行 YAML 就改了判定，昨天的方案仍按昨天的版本判。

Which rule, which edition, since when, how sure, and where the number comes from. Articles live in
`geo/policy/articles/`, numbers in `geo/policy/parameters/`, tests in `geo/policy/rules/`, examples in
`tests/cases/`. One line of YAML changes a verdict; a plan of yesterday is still judged as of yesterday.

* **把握标记 / marks**: {marks}。
  结论的把握等于它所依据的条文和数值中最弱的一个；未核实的依据总在结论旁标出，低把握的依据最多提出警告。
  A verdict is no surer than the weakest article or number behind it; an unconfirmed basis is always shown, and
  a low one never does more than warn.
* **日期 / dates**: 取判定日有效的版本；没有版本覆盖的日期报错，不借用邻近版本。
  The edition in force on the day; a day that nothing covers raises, the book never takes the nearest.
* **地区 / regions**: 县（6 位）先于市（4 位）先于省（2 位）先于通用。
  County before prefecture before province before all.
* **假设情景 / what-if**: 写有 `name` 和 `overrides`（参数: 值）的 YAML 文件；每个受影响的结论写明情景名。
  A YAML file with `name` and `overrides`; every verdict it touched names it.
* **核对日 / checked on**: 与项目参考资料核对的日期；标为“已核实”的，公开来源由参考资料的编者见过。
  The day the entry was compared with the project's reference sheet; what is marked confirmed was seen in a
  public source by its authors.
* **怎样查 / how to look things up**: 应用里的“规则”页，或终端 / the Rules page of the app, or the terminal:

  | 问题 / question | 命令 / command |
  | --- | --- |
  | 有没有这一条 / is there a rule on this | `tianchou rules list 零星`、`tianchou rules list 1.4 --on 2024-12-31` |
  | 哪些还没核实 / what is unconfirmed | `tianchou rules list --unconfirmed` |
  | 一条的全部 / one entry in full | `tianchou rules show relocation.town_cap_share` |
  | 方案为何通过或不通过 / why a verdict | `tianchou rules explain relocation.quantity --plan out` |
  | 地块为何落选 / why a parcel was refused | `tianchou rules explain 310118100100000797 --plan out` |
  | 限值变了会怎样 / what if a limit moved | `tianchou rules explain --plan out --scenario what-if.yaml` |
  | 换一天会怎样 / on another day | `tianchou rules explain --plan out --on 2025-01-01` |
  | 规则库本身有无错误 / is the book sound | `tianchou rules check` |

  假设情景只重判；要重新规划，用 `tianchou relocate 数据 --scenario what-if.yaml`。
  A what-if only judges again; to plan again, give the file to `tianchou relocate`.

  ```yaml
  name: 收紧到 1.2 倍
  overrides: {{relocation.area_ratio: 1.2}}
  ```

* **文件名称 / titles**: 参考资料只给文号的，名称凭记忆补写，以文号为准。
  Where the sheet gives only a number, the title of the instrument was added from memory; the number counts.
"""


def page(book: RuleBook) -> str:
    """The whole page as Markdown."""
    marks = "；".join(f"`{sure}` {mark_text(sure)} / {mark_text(sure, 'en')}" for sure in SURE)
    parts = [
        [HEAD.format(marks=marks)],
        _checks(book),
        _unconfirmed(book),
        _rules(book),
        _definitions(book),
        _mixed(book),
        _parameters(book),
        _rows(book),
        _facts(book),
    ]
    return "\n".join(line for part in parts for line in part).rstrip() + "\n"


def _table(*head: str, rows: Iterable[Iterable[str]]) -> Iterator[str]:
    yield "| " + " | ".join(head) + " |"
    yield "|" + " --- |" * len(head)
    for row in rows:
        yield "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in row) + " |"
    yield ""


def _checks(book: RuleBook) -> Iterator[str]:
    yield "## 审查十二项 / The reviewer's twelve checks\n"
    by_check = {n: [r for r in book.rules.values() if r.check == n] for n in book.checks}
    yield from _table(
        "#",
        "审查要点 / check",
        "规则 / rules",
        rows=(
            (check.id, f"{check.zh}<br>{check.en}", "<br>".join(f"`{r.code}`" for r in by_check[check.id]))
            for check in book.checks.values()
        ),
    )


def _unconfirmed(book: RuleBook) -> Iterator[str]:
    yield "## 未核实而参与判定的数值 / Unconfirmed numbers that decide something\n"
    yield "改动它们，或请主管部门确认。Change them, or ask the authority.\n"
    deciding = {name: rule.code for rule in book.rules.values() for name in rule.parameters}
    rows = []
    for spec in book.parameters.values():
        edition = spec.editions[-1]
        weakest = max(edition.sure, book.article(edition.article).sure, key=SURE.index)
        if weakest in ("medium", "low") and spec.used_by != ("shown",):
            used = deciding.get(spec.id, "")
            rows.append((f"`{spec.id}`", _value(spec, edition), mark_text(weakest), f"`{used}`" if used else "–"))
    yield from _table("参数 / parameter", "值 / value", "标记 / mark", "规则 / rule", rows=rows)


def _rules(book: RuleBook) -> Iterator[str]:
    yield "## 规则 / Rules\n"
    yield "实测与限值以平方米、级、个计。Figures are in m², grades and counts.\n"
    for theme in dict.fromkeys(rule.theme for rule in book.rules.values()):
        yield f"### {theme}\n"
        yield from _table(
            "规则 / rule",
            "判定 / test",
            "问谁 / asked of",
            "依据 / articles",
            "不通过 / if it fails",
            rows=(_rule(book, rule) for rule in book.rules_of(theme)),
        )


def _rule(book: RuleBook, rule: Rule) -> tuple[str, ...]:
    fails = "（条件 condition）" if rule.condition else rule.severity
    articles = "<br>".join(f"{book.article(a).citation()}（{mark_text(book.article(a).sure)}）" for a in rule.articles)
    words = f"`{rule.code}`<br>{rule.title()}<br>{rule.title('en')}"
    optional = f"<br>可选 optional: {', '.join(rule.optional)}" if rule.optional else ""
    return words, f"`{rule.formula}`{optional}", ", ".join(rule.kinds), articles, fails


def _definitions(book: RuleBook) -> Iterator[str]:
    yield "## “零星”的八种说法 / Eight ways to say what is scattered\n"
    yield "没有文件给出数值；缺省为 D1，并总附敏感性表。"
    yield "No text gives a number; D1 is the default, the sensitivity table is always told.\n"
    yield from _table(
        "#",
        "说法 / definition",
        "面积不大于 / at most",
        "间距 / gap",
        "碎屑下限 / floor",
        rows=(
            (
                f"{d.id}{' （缺省 default）' if d.default else ''}",
                f"{d.zh}<br>{d.en}",
                *(_named(book, name) for name in (d.threshold, d.gap, d.min_patch)),
            )
            for d in book.definitions.values()
        ),
    )


def _mixed(book: RuleBook) -> Iterator[str]:
    yield "## 用途混合 / Mixed use\n"
    yield "第八条只列出五种可以混合的用途；附加条件和条文以外的组合是本工具的约定，低把握，不是法律，不参与判定。"
    yield "Article 8 only lists five uses. Conditions and pairs beyond the text are this tool's own convention, of low"
    yield "confidence; they are not law and decide nothing.\n"
    yield from _table(
        "用途 / uses",
        "结论 / answer",
        "标记 / mark",
        "建议条件（约定）/ suggested care (convention)",
        "标记 / mark",
        rows=(
            (
                f"{pair.first} ＋ {pair.second}",
                f"{message(f'mixed.{pair.answer}').text('zh')}<br>`{pair.article}`",
                mark_text(pair.sure),
                f"{pair.care_zh}<br>{pair.care_en}" if pair.care_zh else "–",
                mark_text(pair.care_sure) if pair.care_sure else "–",
            )
            for pair in book.mixed_uses
        ),
    )


def _named(book: RuleBook, parameter: str) -> str:
    if not parameter:
        return "–"
    spec = book.parameters[parameter]
    return f"{_value(spec, spec.editions[-1])}<br>`{parameter}`"


def _parameters(book: RuleBook) -> Iterator[str]:
    yield "## 参数 / Parameters\n"
    for theme in dict.fromkeys(spec.theme for spec in book.parameters.values()):
        yield f"### parameters/{theme}.yaml\n"
        yield from _table(
            "参数 / parameter",
            "值 / value",
            "地区 / region",
            "自–至 / from–to",
            "依据 / article",
            "标记 / mark",
            "核对 / checked",
            rows=(
                _edition(book, spec, edition)
                for spec in book.parameters.values()
                if spec.theme == theme
                for edition in spec.editions
            ),
        )


def _edition(book: RuleBook, spec: ParameterSpec, edition: Edition) -> tuple[str, ...]:
    article = book.article(edition.article)
    note = f"<br>{edition.note_zh}<br>{edition.note_en}" if edition.note_zh else ""
    return (
        f"`{spec.id}`<br>{spec.zh}<br>{spec.en}",
        _value(spec, edition) + note,
        edition.region or "–",
        f"{edition.start} – {edition.end or ''}",
        f"{article.citation()}<br>`{article.id}`",
        mark_text(edition.sure),
        str(edition.checked_on),
    )


def _value(spec: ParameterSpec, edition: Edition) -> str:
    return f"**{shown_value(edition.value, spec.unit)}**"


def _rows(book: RuleBook) -> Iterator[str]:
    yield "## 条文，按参考资料的节 / Articles, by section of the reference sheet\n"
    yield "每一行都能找到它的条文、数值和规则。Every row of the sheet with its article, numbers and rules.\n"
    yield from _table(
        "节 / section",
        "条文 / article",
        "要点 / what it says",
        "施行 / in force",
        "标记 / mark",
        "参数与规则 / parameters and rules",
        rows=(
            (
                section,
                f"`{article.id}`<br>{article.citation()}{'' if article.law else '<br>（非法律 not law）'}",
                f"{article.zh}<br>{article.en}",
                _in_force(article.effective, article.assumed_from, article.repealed),
                mark_text(article.sure),
                "<br>".join(_users(book, article.id)) or "（只作说明 told only）",
            )
            for section, article in sorted(
                ((_section(a.source), a) for a in book.articles.values()), key=lambda pair: _order(pair[0])
            )
        ),
    )


def _in_force(effective: object, assumed: object, repealed: object) -> str:
    start = str(effective) if effective else f"{assumed}（暂计 assumed）"
    return f"{start} – {repealed or ''}"


def _users(book: RuleBook, article: str) -> Iterator[str]:
    names = [s.id for s in book.parameters.values() if any(e.article == article for e in s.editions)]
    yield from (f"`{name}`" for name in names)
    for rule in book.rules.values():
        if article in rule.articles:
            yield f"规则 `{rule.code}`"


def _section(source: str) -> str:
    found = re.search(r"\d\.\d", source)
    return found.group() if found else "0"


def _order(section: str) -> tuple[int, ...]:
    return tuple(int(part) for part in section.split("."))


def _facts(book: RuleBook) -> Iterator[str]:
    yield "## 事实表的列 / Columns of the facts\n"
    yield "每个主体一行，另有 `subject`、`kind`，可有 `region`（地区代码）。空格不判。"
    yield "One row a subject, with `subject`, `kind` and, if wanted, `region`. An empty cell is not judged.\n"
    yield from _table(
        "列 / column",
        "单位 / unit",
        "主体 / kinds",
        "含义 / meaning",
        rows=((f"`{f.name}`", f.unit, ", ".join(f.kinds), f"{f.zh}<br>{f.en}") for f in book.facts.values()),
    )


if __name__ == "__main__":
    PAGE.write_text(page(load_book()), "utf-8")
