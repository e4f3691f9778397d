"""``tianchou partition`` and ``--cluster``: large areas on one machine's processes or on an office's cluster."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any


def add_scale_commands(commands: Any, command: Any) -> None:
    """Add ``partition``."""
    from geo.io.parts import ROWS_PER_PART

    text = "把一县或多县的图层分块存为 GeoParquet / put the layers of one or many zones into a store in parts"
    sub = command(commands, "partition", text, _partition)
    sub.add_argument("zones", type=Path, nargs="+", metavar="ZONE", help="数据目录，可多个 / one or more data folders")
    sub.add_argument("-o", "--out", type=Path, required=True, metavar="STORE", help="新目录 / a new folder")
    sub.add_argument("--rows-per-part", type=int, default=ROWS_PER_PART, metavar="N",
                     help=f"每块行数 / rows of a part [{ROWS_PER_PART}]")  # fmt: skip


def add_cluster_option(sub: argparse.ArgumentParser) -> None:
    """Add ``--cluster`` to a study that can run over parts."""
    text = "分块并行：local:N 用本机 N 个进程，或集群调度器地址 / over parts: local:N, or a scheduler's address"
    sub.add_argument("--cluster", metavar="ADDRESS", default="", help=text)
    sub.add_argument("--rows-per-part", type=int, default=0, metavar="N",
                     help="分块行数（ZONE 不是分块数据时） / rows of a part, where ZONE is not a store")  # fmt: skip


def _partition(args: argparse.Namespace) -> int:
    from geo.cli import _Bar, _tell
    from geo.study.scaled import partition

    with _Bar(args) as bar:
        store = partition(args.zones, args.out, rows_per_part=max(1000, args.rows_per_part), progress=bar)
    counts = {name: {"rows": store.rows(name), "parts": len(parts)} for name, parts in store.parts.items()}
    text = [str(args.out), *(f"  {n}: {c['rows']:,} / {c['parts']}" for n, c in counts.items())]
    return _tell(args, {"store": str(args.out), "layers": counts}, text)


def run_over_parts(args: argparse.Namespace, values: dict[str, Any]) -> int:
    """``conflicts`` or ``facts`` with ``--cluster``."""
    from geo.cli import _Bar, _files, _tell
    from geo.study import scaled

    job = {"conflicts": scaled.run_conflicts, "facts": scaled.run_facts}[args.command]
    with _Bar(args) as bar:
        result = job(args.zone, values, args.out, cluster=args.cluster, rows_per_part=args.rows_per_part, progress=bar)
    figures = {**result.figures, "files": [str(f) for f in result.files]}
    return _tell(args, figures, scaled.lines(result, args.lang) + _files(result.files, args.lang))
