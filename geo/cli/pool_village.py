"""``tianchou pool village-quota DIR``: the construction quota of a village scheme is issued and lent, once."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any


def add_village_act(add: Callable[..., Any], day: Callable[[str], Any]) -> None:
    """Adds ``village-quota`` to ``pool``. add: makes one act; day: reads a date."""
    command = add(
        "village-quota", "村庄方案拆旧建新周转指标：发放并借出 / issue and lend a village scheme's quota", _post
    )
    command.add_argument("plan", type=Path, metavar="DIR", help="tianchou village 的输出目录 / its output folder")
    command.add_argument("--approved", type=day, required=True, metavar="YYYY-MM-DD", help="批准日 / approved on")
    command.add_argument("--government", default="", help="责任政府 / responsible government")
    command.add_argument("--zone", type=Path, default=None,
                         help="先以此数据目录复核方案 / recheck the scheme on these layers first")  # fmt: skip


def _post(args: argparse.Namespace) -> int:
    from geo.cli.pool import DONE, _open, _receipt
    from geo.errors import InputProblem
    from geo.study import village_pool, village_recheck

    if args.zone is not None:
        faults = [f for f in village_recheck.run(args.plan, args.zone) if f.severity == "error"]
        if faults:
            raise InputProblem(faults)
    receipts = village_pool.post(
        _open(args), village_recheck.read_record(args.plan), approved_on=args.approved, basis=args.basis,
        reason=args.reason or f"村庄布局拆旧建新：{args.basis}", government=args.government, effective=args.effective,
    )  # fmt: skip
    for receipt in receipts:
        _receipt(args, receipt)
    return DONE
