"""``tianchou pool …-plan``: the reserve parcels of a replacement plan booked, locked once, given back, written off."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

PLAN_ACTS = ("reserve-plan", "release-plan", "use-plan")


def add_plan_acts(add: Callable[..., Any], day: Callable[[str], Any]) -> None:
    """Adds the acts of a plan to ``pool``. add: makes one act; day: reads a date."""
    command = add("book-reserve", "储备区图斑入库：数据目录中可用的全部 / book the zone's reserve lots", _book)
    command.add_argument("--zone", type=Path, default=Path("data/shapefiles"), help="数据目录 / data folder")
    command.add_argument("--accepted", type=day, required=True, metavar="YYYY-MM-DD", help="验收日期 / accepted on")
    for name, told in (
        (PLAN_ACTS[0], "预留补划方案的全部储备图斑 / lock a plan's reserve lots"),
        (PLAN_ACTS[1], "释放方案的储备图斑 / give a plan's lots back"),
        (PLAN_ACTS[2], "核销方案的储备图斑，依据为批准文号 / write a plan's lots off"),
    ):
        command = add(name, told, _plan_act)
        command.add_argument("plan", type=Path, metavar="DIR", help="tianchou project 的输出目录 / its output folder")
        command.add_argument("--zone", type=Path, default=None,
                             help="先以此数据目录复核方案 / recheck the plan on these layers first")  # fmt: skip


def _book(args: argparse.Namespace) -> int:
    import uuid

    from geo.cli.pool import DONE, _open, _receipt
    from geo.finding import Finding
    from geo.io.zone_folder import read_zone
    from geo.study.project_pool import book_reserve

    ledger, key = _open(args), args.key or uuid.uuid4().hex
    receipts = book_reserve(ledger, read_zone(args.zone), accepted_on=args.accepted, basis=args.basis, key=key)
    for receipt in receipts:
        _receipt(args, receipt)
    if not receipts:
        print("[]" if args.json else Finding("LG144", "info", args.zone.name).text(args.lang))
    return DONE


def _plan_act(args: argparse.Namespace) -> int:
    from geo.cli.pool import _act, _open, _receipt
    from geo.errors import InputProblem
    from geo.study import project_pool, project_recheck

    if args.zone is not None:
        faults = [f for f in project_recheck.run(args.plan, args.zone) if f.severity == "error"]
        if faults:
            raise InputProblem(faults)
    plan = project_pool.plan_lots(*project_recheck.plan_of(args.plan))
    ledger = _open(args)
    verbs = dict(zip(PLAN_ACTS, (project_pool.reserve, project_pool.release, project_pool.write_off), strict=True))
    return _receipt(args, verbs[args.pool_command](ledger, plan, act=_act(args, ledger)))
