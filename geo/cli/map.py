"""``tianchou map``: a view of the zone as a printed sheet (PDF, PNG), or a plan as one web page (HTML)."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

Factory = Callable[[Any, str, str, Callable[[argparse.Namespace], int]], argparse.ArgumentParser]


def add_map_commands(commands: Any, command_factory: Factory) -> None:
    """Add ``map``."""
    text = "成果图：按视图、乡镇或全域打印 A3/A4 的 PDF 或 PNG / a printed sheet of a view, a township or the zone"
    command = command_factory(commands, "map", text, _map)
    command.add_argument("zone", type=Path, metavar="ZONE", help="数据目录 / folder with the official layers")
    command.add_argument(
        "-o", "--out", type=Path, required=True, metavar="FILE", help="FILE.pdf / FILE.png / FILE.html"
    )
    command.add_argument(
        "--plan",
        type=Path,
        metavar="OUT",
        help="方案目录：图上加绘方案；.html 为单文件网页 / a plan on the sheet; .html: the plan as one web page",
    )
    command.add_argument("--view", default="", metavar="LINK", help="应用中复制的视图链接 / a link copied in the app")
    command.add_argument("--town", default="", metavar="NAME", help="乡镇代码或名称 / code or name of a township")
    command.add_argument("--bounds", default="", metavar="W,S,E,N", help="经纬度范围 / degrees (CGCS2000)")
    command.add_argument("--layers", default="", metavar="A,B", help="图层，自下而上 / layers, bottom first")
    command.add_argument(
        "--theme", default="", metavar="NAME", help="grade、block、owner、change、change_size 专题 / theme"
    )
    command.add_argument(
        "--before", type=Path, metavar="ZONE", help="变化专题的前一期数据目录 / earlier survey, for change"
    )
    command.add_argument("--method", default="natural", metavar="NAME", help="natural, quantile, equal [natural]")
    command.add_argument("--classes", type=int, default=5, metavar="N", help="分类数 / classes [5]")
    command.add_argument("--size", default="A3", choices=("A3", "A4"), help="纸张 / paper [A3]")
    command.add_argument("--portrait", action="store_true", help="纵向 / upright")
    command.add_argument("--title", default="", help="图名 / title")
    command.add_argument("--cvd", action="store_true", help="色觉友好配色 / for colour-blind readers")
    command.add_argument("--dpi", type=int, default=300, choices=range(72, 601), metavar="N", help="[300]")


def _map(args: argparse.Namespace) -> int:
    from dataclasses import replace

    from geo.cli import _tell
    from geo.errors import InputProblem
    from geo.finding import Finding
    from geo.report.text import plain
    from geo.report.view_layers import STANDING
    from geo.study import map_sheet

    wish = map_sheet.Wish(town=args.town, title=args.title, lang=args.lang, cvd=args.cvd, paper=args.size,
                          portrait=args.portrait)  # fmt: skip
    if args.view:
        wish = map_sheet.wish_of_link(args.view, wish)
    if args.bounds:
        try:
            west, south, east, north = (float(v) for v in args.bounds.split(","))
        except ValueError:
            raise InputProblem([Finding("MP206", "error", "--bounds", measured=plain(args.bounds))]) from None
        wish = replace(wish, bounds=(west, south, east, north))
    if args.layers:
        level = {n: opacity for n, _, opacity, _ in STANDING}
        wish = replace(wish, layers=tuple((n, level.get(n, 1.0)) for n in args.layers.split(",") if n))
    page_wanted = args.out.suffix.lower() == ".html"
    if page_wanted and args.plan is None:
        raise InputProblem([Finding("MP207", "error", args.out.name)])
    try:
        args.out.parent.mkdir(parents=True, exist_ok=True)
        if page_wanted:
            page = map_sheet.run_page(args.zone, args.plan, args.out)
            return _tell(args, page, [f"{page['file']}  {page['bytes']:,} B"])
        told = map_sheet.run(args.zone, wish, args.out, plan=args.plan, dpi=args.dpi,
                             theme=(args.theme, args.method, args.classes) if args.theme else None,
                             before=args.before)  # fmt: skip
    except OSError as fault:
        raise InputProblem([Finding("IO118", "error", str(args.out), measured=str(fault))]) from None
    line = f"{told['file']}  {told['title']}  1:{told['scale']}  {told['paper']}  {told['source']}"
    return _tell(args, told, [line])
