"""``tianchou mixed ZONE …``: plots of different use that could share land and facilities."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any


def add_mixed_commands(commands: Any, command: Callable[..., argparse.ArgumentParser]) -> None:
    """Adds ``mixed``; options come from the study's declaration."""
    from geo.cli import _study_options
    from geo.study.mixed_result import SPEC

    mixed = command(commands, SPEC.name, f"{SPEC.summary_zh} / {SPEC.summary_en}", _mixed)
    mixed.add_argument("zone", type=Path, metavar="ZONE", help="数据目录 / folder with the official layers")
    mixed.add_argument("-o", "--out", type=Path, default=Path("out"), help="输出目录 / output folder [out]")
    _study_options(mixed, SPEC)


def _mixed(args: argparse.Namespace) -> int:
    from geo.cli import _Bar, _files, _given, _tell
    from geo.io.zone_folder import read_zone
    from geo.study import mixed, mixed_tell

    values = mixed.SPEC.values(_given(args, mixed.SPEC))
    with _Bar(args) as bar:
        result = mixed.run(read_zone(args.zone), values, progress=bar)
        files = mixed_tell.write(result, args.out, progress=bar)
    told = {**mixed_tell.summary(result), "seconds": dict(result.seconds), "files": [str(f) for f in files]}
    return _tell(args, told, mixed_tell.lines(result, args.lang) + _files(files, args.lang))
