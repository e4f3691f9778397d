"""``tianchou change BEFORE AFTER``: what became what between two surveys."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any


def add_change_commands(commands: Any, command: Callable[..., argparse.ArgumentParser]) -> None:
    """Adds ``change``; options come from the study's declaration."""
    from geo.cli import _study_options
    from geo.study.change import SPEC

    change = command(commands, SPEC.name, f"{SPEC.summary_zh} / {SPEC.summary_en}", _change)
    for name, zh, en in (("before", "前期", "earlier"), ("after", "后期", "later")):
        text = f"{zh}调查：数据目录、文件或压缩包 / the {en} survey: folder, file or archive"
        change.add_argument(name, type=Path, metavar=name.upper(), help=text)
    change.add_argument("-o", "--out", type=Path, default=Path("out"), help="输出目录 / output folder [out]")
    _study_options(change, SPEC)


def _change(args: argparse.Namespace) -> int:
    from geo.cli import _Bar, _files, _given, _tell
    from geo.study import change, change_tell

    values = change.SPEC.values(_given(args, change.SPEC))
    with _Bar(args) as bar:
        bar(0.01, "读取两期调查", "Reading both surveys", {})
        before, after = change.read_surveys(args.before, args.after)
        result = change.run(before, after, values, progress=bar)
        files = change.write(result, args.out, lang=args.lang, progress=bar)
    told = {**change_tell.summary(result), "files": [str(f) for f in files]}
    return _tell(args, told, change_tell.lines(result, args.lang) + _files(files, args.lang))
