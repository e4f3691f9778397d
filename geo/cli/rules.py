"""``tianchou rules …``: which rule, which edition, since when, how sure, and where the number comes from."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from geo.study.rules import Behind, Change, Entry

DONE, REFUSED = 0, 1
_SIGN = {True: "✓", False: "✗", None: "–"}
Factory = Callable[[Any, str, str, Callable[[argparse.Namespace], int]], argparse.ArgumentParser]


def add_rules_commands(commands: Any, command_factory: Factory) -> None:
    """Add ``rules`` with list, show, check and explain to the command line."""
    text = "规则：查找、展开、自检、解释结论 / the rule book: list, show, check, explain a verdict"
    verbs = commands.add_parser("rules", help=text, description=text).add_subparsers(
        dest="rules_command", metavar="ACT", required=True
    )
    command = command_factory(verbs, "list", "查找规则、参数、条文 / find rules, parameters, articles", _list)
    command.add_argument(
        "words", nargs="*", metavar="WORD", help="关键词、编号或参考资料的节 / words, id or section (1.4)"
    )
    command.add_argument("--kind", action="append", default=[], metavar="KIND",
                         choices=("rule", "parameter", "article", "check", "definition", "mixed"),
                         help="rule, parameter, article, check, definition, mixed")  # fmt: skip
    command.add_argument("--theme", default="", help="主题，如 relocation / theme")
    command.add_argument("--unconfirmed", action="store_true", help="只看待核的 / only what is not confirmed")
    _when(command)

    command = command_factory(verbs, "show", "一条规则、参数或条文的全部 / one entry in full", _show)
    command.add_argument(
        "name", metavar="ID", help="如 relocation.quantity、D1、PL102 / rule, parameter, article, code"
    )
    command.add_argument("--region", default=None, metavar="CODE", help="县 6 位、市 4 位、省 2 位 / region")
    _when(command)
    _scenario(command)

    command = command_factory(verbs, "check", "规则库自检 / check the book itself", _check)
    _when(command)

    command = command_factory(verbs, "explain", "解释方案的结论或地块的去留 / why a verdict, or why a parcel", _explain)
    command.add_argument("finding", nargs="?", default="", metavar="FINDING",
                         help="规则、代码或地块编号；不填则全部 / rule, code, parcel; or all")  # fmt: skip
    command.add_argument("subject", nargs="?", default="", metavar="SUBJECT", help="县或乡镇代码 / county or township")
    command.add_argument("--plan", type=Path, default=None, metavar="DIR", help="方案目录 / folder of a plan [out]")
    _when(command)
    _scenario(command)


def _when(command: Any) -> None:
    command.add_argument("--on", type=_day, default=None, metavar="YYYY-MM-DD", help="按哪一天 / as of that day")


def _scenario(command: Any) -> None:
    command.add_argument("--scenario", type=Path, default=None, metavar="FILE", help="假设情景（YAML） / what-if")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text}: YYYY-MM-DD") from None


def _list(args: argparse.Namespace) -> int:
    from geo.policy.book import load_book
    from geo.study import rules

    found = rules.find(
        rules.entries(load_book(), on=args.on), " ".join(args.words), kinds=args.kind, theme=args.theme,
        unconfirmed=args.unconfirmed,
    )  # fmt: skip
    if args.json:
        return _json({"on": str(args.on or ""), "count": len(found), "entries": [e.record() for e in found]})
    _print(_list_table(found, args.lang))
    return DONE if found else REFUSED


def _list_table(found: Sequence[Entry], lang: str) -> list[Any]:
    from rich.table import Table

    from geo.policy.article import mark_text

    zh = lang == "zh"
    if not found:
        return [
            "没有找到；换个关键词，或去掉 --on、--kind。" if zh else "Nothing found; try other words, or fewer options."
        ]
    table = Table(box=None, pad_edge=False, header_style="bold", show_lines=False)
    heads = (
        ("编号", "名称与内容", "自", "至", "把握", "节") if zh else ("Id", "What it says", "From", "To", "Mark", "§")
    )
    for head in heads:
        table.add_column(head, overflow="fold", no_wrap=head in heads[2:4] or head == heads[5])
    for e in found:
        value = e.value(lang)
        told = e.title(lang) + (f" [{e.region}]" if e.region else "") + (f"\n  {value}" if value else "")
        no_law = "" if e.law else ("（约定）" if zh else " (convention)")
        table.add_row(e.id, told + no_law, e.start, e.end, mark_text(e.sure, lang), e.row)
    return [table, "", f"{len(found)} 条" if zh else f"{len(found)} entries"]


def _show(args: argparse.Namespace) -> int:
    from geo.policy.book import load_book
    from geo.study import rules

    book, day = load_book(), args.on or rules.today()
    scenario = rules.scenario_from(args.scenario)
    if args.json:
        found = [e.record() for e in rules.entries(book) if args.name in (e.id, e.id.partition(" ")[2])]
        texts = {
            lang: rules.show(book, args.name, on=day, region=args.region, scenario=scenario, lang=lang)
            for lang in ("zh", "en")
        }
        return _json({"on": str(day), "entries": found, "text": texts})
    _print([rules.show(book, args.name, on=day, region=args.region, scenario=scenario, lang=args.lang)])
    return DONE


def _check(args: argparse.Namespace) -> int:
    from importlib import resources

    from geo.policy.book import read_book
    from geo.study import rules

    day = args.on or rules.today()
    book = read_book(resources.files("geo.policy"))
    found = sorted(book.check(on=day), key=lambda f: ("error", "warning", "info").index(f.severity))
    bad = [f for f in found if f.severity == "error"]
    if args.json:
        _json({"on": str(day), "sound": not bad, "findings": [f.record() for f in found]})
        return REFUSED if bad else DONE
    zh = args.lang == "zh"
    counts = f"{len(book.articles)}/{len(book.parameters)}/{len(book.rules)}"
    if bad:
        head = f"规则库有 {len(bad)} 处错误" if zh else f"The book has {len(bad)} faults"
    else:
        head = "规则库自检通过" if zh else "The book is sound"
    tail = f"（条文/参数/规则 {counts}）" if zh else f" (articles/parameters/rules {counts})"
    sign = {"error": "✗", "warning": "!", "info": "·"}
    _print([head + tail, *(f"{sign[f.severity]} {f.text(args.lang)}" for f in found)])
    return REFUSED if bad else DONE


def _explain(args: argparse.Namespace) -> int:
    from geo.policy.book import load_book
    from geo.standards.messages import catalogue
    from geo.study import rules

    scenario = rules.scenario_from(args.scenario)
    plan = args.plan or _default_plan()
    name, is_rule = args.finding, args.finding in load_book().rules
    if not name and plan is None:
        args.plan = Path("out")
        rules.plan_record(args.plan)
    if name and not is_rule and (name in catalogue() or plan is None):
        return _show_instead(args, name)
    if name and plan is not None and not is_rule:
        return _why_parcel(args, plan, name)
    if is_rule and plan is None:
        return _show_instead(args, name)
    assert plan is not None
    if not name:
        return _all(args, rules.judge_again(rules.plan_record(plan), on=args.on, scenario=scenario))
    found = rules.explain(plan, name, args.subject, on=args.on, scenario=scenario)
    if args.json:
        return _json({"plan": str(plan), "verdicts": [_record(c, parcels) for c, parcels in found]})
    texts = [rules.explain_text(c, parcels, args.lang) for c, parcels in found]
    _print("\n\n".join(texts).split("\n"))
    return DONE


def _default_plan() -> Path | None:
    """out/, if a plan that carries its facts lies there."""
    from geo.errors import InputProblem
    from geo.study.rules import plan_record

    try:
        plan_record("out")
    except InputProblem:
        return None
    return Path("out")


def _show_instead(args: argparse.Namespace, name: str) -> int:
    """Without a plan, or for a code of a finding: what the book says of it."""
    args.name, args.region = name, None
    return _show(args)


def _why_parcel(args: argparse.Namespace, plan: Path, parcel: str) -> int:
    from geo.study import rules

    rules.plan_record(plan)
    found = rules.why_parcel(plan, parcel)
    zh = args.lang == "zh"
    if args.json:
        rows = [{"layer": layer, **row, "zh": rules.parcel_text(layer, row), "en": rules.parcel_text(layer, row, "en")}
                for layer, row in found]  # fmt: skip
        return _json({"plan": str(plan), "parcel": parcel, "rows": rows})
    if not found:
        text = (f"方案里没有 {parcel}：不是规则、提示代码，也不是方案涉及的地块。" if zh else
                f"The plan has no {parcel}: no rule, no code, no parcel of the plan.")  # fmt: skip
        print(text, file=sys.stderr)
        return REFUSED
    _print([f"{parcel}  {rules.parcel_text(layer, row, args.lang)}" for layer, row in found])
    return DONE


def _all(args: argparse.Namespace, changes: Sequence[Change]) -> int:
    if args.json:
        return _json({"verdicts": [_record(c, ()) for c in changes]})
    zh = args.lang == "zh"
    lines = []
    for c in sorted(changes, key=lambda c: (c.now.passed is not False, not c.verdict_changed)):
        was = ""
        if c.verdict_changed and c.then is not None:
            was = f"（原 {_SIGN[c.then.passed]}）" if zh else f" (was {_SIGN[c.then.passed]})"
        lines.append(f"{_SIGN[c.now.passed]}{was} {c.now.text(args.lang)}")
    moved = sum(c.verdict_changed for c in changes)
    tail = f"{len(changes)} 条结论，{moved} 条改变" if zh else f"{len(changes)} verdicts, {moved} changed"
    _print([*lines, "", tail])
    return DONE


def _record(change: Change, parcels: Sequence[Behind]) -> dict[str, object]:
    return {
        **change.now.record(),
        "changed": change.verdict_changed,
        "before": change.then.record() if change.then is not None else None,
        "parcels": {b.layer: {"ids": list(b.ids), "net_area_m2": b.net_m2} for b in parcels},
    }


def _print(lines: Sequence[Any]) -> None:
    from rich.console import Console

    console = Console(width=None if sys.stdout.isatty() else 140, highlight=False, markup=False, emoji=False)
    for line in lines:
        console.print(line)


def _json(data: object) -> int:
    from geo.study.record import plain

    print(json.dumps(plain(data), ensure_ascii=False, indent=1))
    return DONE
