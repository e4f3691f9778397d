"""``tianchou pool credit-scheme``: an accepted consolidation scheme is booked, every lot or none."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any


def add_scheme_act(add: Callable[..., Any], day: Callable[[str], Any]) -> None:
    """Adds ``credit-scheme`` to ``pool``. add: makes one act; day: reads a date."""
    command = add("credit-scheme", "全域整治方案验收入库 / book an accepted consolidation scheme", _credit)
    command.add_argument("plan", type=Path, metavar="DIR", help="tianchou consolidate 的输出目录 / its output folder")
    command.add_argument("--accepted", type=day, required=True, metavar="YYYY-MM-DD", help="验收日期 / accepted on")
    command.add_argument("--only", action="append", default=[], metavar="MEASURE",
                         help="只入库验收合格的措施（可重复） / only these measures")  # fmt: skip
    command.add_argument("--zone", type=Path, default=None,
                         help="先以此数据目录复核方案 / recheck the scheme on these layers first")  # fmt: skip


def _credit(args: argparse.Namespace) -> int:
    from geo.cli.pool import _act, _open, _receipt
    from geo.errors import InputProblem
    from geo.study import consolidation_pool, consolidation_recheck

    if args.zone is not None:
        faults = [f for f in consolidation_recheck.run(args.plan, args.zone) if f.severity == "error"]
        if faults:
            raise InputProblem(faults)
    told, measures = consolidation_pool.scheme_of(args.plan)
    args.key = args.key or consolidation_pool.key_of(told, args.only)
    args.reason = args.reason or f"全域整治验收入库：{args.basis}"
    ledger = _open(args)
    act = _act(args, ledger)
    receipt = consolidation_pool.credit(ledger, told, measures, accepted_on=args.accepted, act=act, only=args.only)
    return _receipt(args, receipt)
