"""``tianchou pool credit-scheme|village-quota DIR``: what a finished scheme gives the books, once, all or nothing."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any


def add_scheme_acts(add: Callable[..., Any], day: Callable[[str], Any]) -> None:
    """Adds ``credit-scheme`` and ``village-quota`` to ``pool``. add: makes one act; day: reads a date."""
    command = add("credit-scheme", "全域整治方案验收入库 / book an accepted consolidation scheme", _credit)
    _scheme(command, "consolidate")
    command.add_argument("--accepted", type=day, required=True, metavar="YYYY-MM-DD", help="验收日期 / accepted on")
    command.add_argument("--only", action="append", default=[], metavar="MEASURE",
                         help="只入库验收合格的措施（可重复） / only these measures")  # fmt: skip
    text = "村庄方案拆旧建新周转指标：发放并借出 / issue and lend a village scheme's quota"
    command = add("village-quota", text, _lend)
    _scheme(command, "village")
    command.add_argument("--approved", type=day, required=True, metavar="YYYY-MM-DD", help="批准日 / approved on")
    command.add_argument("--government", default="", help="责任政府 / responsible government")


def _scheme(command: Any, study: str) -> None:
    """The scheme's folder, and the layers to recheck it on first."""
    command.add_argument("plan", type=Path, metavar="DIR", help=f"tianchou {study} 的输出目录 / its output folder")
    command.add_argument("--zone", type=Path, default=None,
                         help="先以此数据目录复核方案 / recheck the scheme on these layers first")  # fmt: skip


def _rechecked(args: argparse.Namespace, recheck: Any) -> None:
    """Raises InputProblem when the scheme does not hold on the layers named."""
    from geo.errors import InputProblem

    if args.zone is not None:
        faults = [f for f in recheck.run(args.plan, args.zone) if f.severity == "error"]
        if faults:
            raise InputProblem(faults)


def _credit(args: argparse.Namespace) -> int:
    from geo.cli.pool import _act, _open, _receipt
    from geo.study import consolidation_pool, consolidation_recheck

    _rechecked(args, consolidation_recheck)
    told, measures = consolidation_pool.scheme_of(args.plan)
    args.key = args.key or consolidation_pool.key_of(told, args.only)
    args.reason = args.reason or f"全域整治验收入库：{args.basis}"
    ledger = _open(args)
    act = _act(args, ledger)
    receipt = consolidation_pool.credit(ledger, told, measures, accepted_on=args.accepted, act=act, only=args.only)
    return _receipt(args, receipt)


def _lend(args: argparse.Namespace) -> int:
    from geo.cli.pool import DONE, _open, _receipt
    from geo.study import village_pool, village_recheck

    _rechecked(args, village_recheck)
    receipts = village_pool.post(
        _open(args), village_recheck.read_record(args.plan), approved_on=args.approved, basis=args.basis,
        reason=args.reason or f"村庄布局拆旧建新：{args.basis}", government=args.government, effective=args.effective,
    )  # fmt: skip
    for receipt in receipts:
        _receipt(args, receipt)
    return DONE
