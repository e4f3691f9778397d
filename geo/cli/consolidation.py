"""``tianchou consolidate ZONE …``: one consolidation unit, its sources of cropland and a proven scheme."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any


def add_consolidation_commands(commands: Any, command: Callable[..., argparse.ArgumentParser]) -> None:
    """Adds ``consolidate``; options come from the study's declaration."""
    from geo.cli import _study_options
    from geo.study.consolidation_result import SPEC

    sub = command(commands, SPEC.name, f"{SPEC.summary_zh} / {SPEC.summary_en}", _consolidate)
    sub.add_argument("zone", type=Path, metavar="ZONE", help="数据目录 / folder with the official layers")
    sub.add_argument("-o", "--out", type=Path, default=Path("out"), help="输出目录 / output folder [out]")
    sub.add_argument("--area", dest="outline", type=Path, default=None, metavar="FILE",
                     help="整治范围（面图层），代替单元代码 / a polygon file in place of units")  # fmt: skip
    sub.add_argument("--scenario", type=Path, default=None, metavar="YAML",
                     help="当地单价与参数（覆盖约定值） / local rates in place of the conventions")  # fmt: skip
    _study_options(sub, SPEC)


def _consolidate(args: argparse.Namespace) -> int:
    from geo.cli import DONE, REFUSED, _Bar, _files, _given, _tell
    from geo.io.zone_folder import read_zone
    from geo.study import consolidation, consolidation_tell
    from geo.study.consolidation_result import with_rates

    values = with_rates(consolidation.SPEC.values(_given(args, consolidation.SPEC)), _rates(args.scenario))
    with _Bar(args) as bar:
        zone = read_zone(args.zone)
        result = consolidation.run(zone, values, area=_area(args.outline), progress=bar)
        files = consolidation_tell.write(result, args.out, lang=args.lang, progress=bar)
    told = {**consolidation_tell.summary(result), "files": [str(f) for f in files]}
    _tell(args, told, consolidation_tell.lines(result, args.lang) + _files(files, args.lang))
    return DONE if result.planned and result.allowed else REFUSED


def _rates(path: Path | None) -> Any:
    """The user's own rates. Raises PolicyProblem naming file, line and field."""
    if path is None:
        return None
    from geo.policy.book import load_book
    from geo.policy.scenario import load_scenario

    return load_scenario(path, parameters=load_book().parameters)


def _area(path: Path | None) -> Any:
    """The polygons of a file as one shape in EPSG:4528; None without a file. Raises InputProblem."""
    if path is None:
        return None
    from geo.study.project_intake import read_footprint

    return read_footprint([path]).geometry.union_all()
