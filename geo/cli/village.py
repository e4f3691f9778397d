"""``tianchou village ZONE …``: which scattered hamlets move where."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any


def add_village_commands(commands: Any, command: Callable[..., argparse.ArgumentParser]) -> None:
    """Adds ``village``; options come from the study's declaration."""
    from geo.cli import _study_options
    from geo.study.village_result import SPEC

    village = command(commands, SPEC.name, f"{SPEC.summary_zh} / {SPEC.summary_en}", _village)
    village.add_argument("zone", type=Path, metavar="ZONE", help="数据目录 / folder with the official layers")
    village.add_argument("-o", "--out", type=Path, default=Path("out"), help="输出目录 / output folder [out]")
    village.add_argument("--households", type=Path, metavar="CSV",
                         help="户数表：hamlet_id, households[, persons] / households")  # fmt: skip
    village.add_argument("--capacities", type=Path, metavar="CSV",
                         help="安置点容量：place_id,capacity（户） / room of receiving places")  # fmt: skip
    _study_options(village, SPEC)


def _village(args: argparse.Namespace) -> int:
    from geo.cli import DONE, REFUSED, _Bar, _files, _given, _tell
    from geo.io.zone_folder import read_zone
    from geo.study import village, village_tell
    from geo.study.village_households import read_capacities, read_households

    values = village.SPEC.values(_given(args, village.SPEC))
    households = read_households(args.households) if args.households else []
    capacities = read_capacities(args.capacities) if args.capacities else []
    with _Bar(args) as bar:
        zone = read_zone(args.zone)
        result = village.run(zone, values, households=households, capacities=capacities, progress=bar)
        files = village_tell.write(result, args.out, progress=bar)
    told = {**village_tell.summary(result), "seconds": dict(result.seconds), "files": [str(f) for f in files]}
    _tell(args, told, village_tell.lines(result, args.lang) + _files(files, args.lang))
    return DONE if result.status in ("planned", "nothing") else REFUSED
