"""``tianchou project FOOTPRINT …``: from a footprint to a replacement plan."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any


def add_project_commands(commands: Any, command: Callable[..., argparse.ArgumentParser]) -> None:
    """Adds ``project``; options come from the study's declaration."""
    from geo.cli import _study_options
    from geo.study.project_result import SPEC

    project = command(commands, SPEC.name, f"{SPEC.summary_zh} / {SPEC.summary_en}", _project)
    project.add_argument(
        "footprint",
        type=Path,
        nargs="+",
        metavar="FOOTPRINT",
        help="界址点 TXT、Shapefile、GeoPackage、GeoJSON；多个文件见 --several / boundary TXT or layer",
    )
    project.add_argument("--zone", type=Path, default=Path("data/shapefiles"), help="数据目录 / data folder")
    project.add_argument("-o", "--out", type=Path, default=Path("out"), help="输出目录 / output folder [out]")
    _study_options(project, SPEC)


def _project(args: argparse.Namespace) -> int:
    from geo.cli import DONE, REFUSED, _Bar, _files, _given, _tell
    from geo.io.zone_folder import read_zone
    from geo.study import project
    from geo.study.project_intake import read_footprint

    values = project.SPEC.values(_given(args, project.SPEC))
    several = values["several"] == "projects" and len(args.footprint) > 1
    with _Bar(args) as bar:
        begun = time.monotonic()
        footprint = read_footprint(args.footprint, width_m=values["width_m"], several=values["several"])
        zone = read_zone(args.zone)
        read_s = time.monotonic() - begun
        if several:
            return _several(args, zone, footprint, values, bar)
        result = project.run(zone, footprint, values, progress=bar)
        result = replace(result, seconds={"read": read_s, **result.seconds})
        files = project.write(result, args.out, progress=bar)
    told = {**project.summary(result), "seconds": dict(result.seconds), "files": [str(f) for f in files]}
    _tell(args, told, project.lines(result, args.lang) + _files(files, args.lang))
    return DONE if result.status in ("planned", "nothing") and result.allowed else REFUSED


def _several(args: argparse.Namespace, zone: Any, footprint: Any, values: Any, bar: Any) -> int:
    from geo.cli import DONE, REFUSED, _files, _tell
    from geo.study.project_several import run_several, several_lines, write_several
    from geo.study.project_tell import rows_of

    result = run_several(zone, footprint, values, progress=bar)
    files = write_several(result, args.out, progress=bar)
    told = {"projects": rows_of(result.table), "files": [str(f) for f in files]}
    _tell(args, told, several_lines(result, args.lang) + _files(files, args.lang))
    return DONE if bool(result.table["served"].all()) else REFUSED
