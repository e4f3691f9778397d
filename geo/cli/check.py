"""``tianchou check``: are these files fit? For people a page, for scripts an exit code and JSON."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import Any

from geo.errors import InputProblem
from geo.finding import Finding


def add_check_commands(commands: Any, command: Any) -> None:
    """Add ``check``."""
    text = "检查送来的数据：退出码 0 可用、1 有错误、2 无法读取 / check files: exit 0 fit, 1 errors, 2 unreadable"
    sub = command(commands, "check", text, _check)
    sub.add_argument("paths", type=Path, nargs="+", metavar="PATH", help="文件、文件夹、压缩包 / files, folders, zips")
    sub.add_argument("-o", "--out", type=Path, default=None, metavar="REPORT.xlsx", help="检查报告 / report as XLSX")
    sub.add_argument("--repair", type=Path, default=None, metavar="OUT.gpkg",
                     help="写出安全修复后的图层，附原图形 / safely repaired layers")  # fmt: skip
    sub.add_argument("--undo", type=Path, default=None, metavar="BACK.gpkg",
                     help="撤销 --repair 写出的 PATH / undo PATH, a file of --repair")  # fmt: skip
    sub.add_argument("--epsg", type=int, default=0, metavar="N",
                     help="没有坐标系的图层按此读取 / system of layers that have none")  # fmt: skip
    sub.add_argument("--on", default=None, metavar="YYYY-MM-DD", help="规则日期 / date of the rules [today]")


def _check(args: argparse.Namespace) -> int:
    from geo.cli import DONE, _Bar, _files, _tell
    from geo.study import check, check_tell

    if args.undo:
        back = check_tell.undo(args.paths[0], _apart(args.undo, args.paths))
        return _tell(args, {"files": [str(back)]}, _files([back], args.lang)) or DONE
    values = check.SPEC.values({} if args.on is None else {"on": args.on})
    for target in (args.repair, args.out):
        if target is not None:
            _apart(target, args.paths)
    with _Bar(args) as bar:
        opened = check.open_paths(args.paths)
        bar(0.05, "读取完毕", "Files read", {})
        named = check.choices_beside(args.paths, opened)
        for layer in opened.layers if args.epsg else ():
            if layer.place.crs is None:
                named[layer.subject] = replace(named.get(layer.subject, check.Choice()), epsg=args.epsg)
        result = check.examine(opened, values, choices=named, progress=bar)
    files = []
    if args.out:
        files.append(check_tell.write_report(result, args.out, args.lang))
    if args.repair and result.repairs:
        files.append(check_tell.write_repairs(result, args.repair))
    told = {**check_tell.summary(result), "files": [str(f) for f in files]} if args.json else {}
    text = check_tell.lines(result, args.lang) + (_files(files, args.lang) if files else [])
    if args.repair and not result.repairs:
        none = {"zh": "没有可安全修复的问题，未写出文件。"}
        text.append(none.get(args.lang, "Nothing to repair safely; no file written."))
    _tell(args, told, text)
    return result.verdict


def _apart(target: Path, paths: list[Path]) -> Path:
    """The output, which must not be one of the inputs."""
    if any(target.resolve() == p.resolve() for p in paths):
        raise InputProblem([Finding("IO172", "error", target.name)])
    return target
