"""``tianchou pool …``: the ledger of the offset pool from the terminal. Every act prints its receipt."""

from __future__ import annotations

import argparse
import json
import sys
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geo.cli.pool_plan import add_plan_acts
from geo.cli.pool_schemes import add_scheme_acts
from geo.ledger.entry import Act, Receipt, txn_of, units_of

if TYPE_CHECKING:
    from geo.ledger.ledger import Ledger

DONE, REFUSED = 0, 1
Factory = Callable[[Any, str, str, Callable[[argparse.Namespace], int]], argparse.ArgumentParser]


def add_pool_commands(commands: Any, command_factory: Factory) -> None:
    """Add ``pool`` with its acts to the command line."""
    text = "指标池：入库、预留、核销、承诺、周转、余额、台账 / the offset pool"
    verbs = commands.add_parser("pool", help=text, description=text).add_subparsers(
        dest="pool_command", metavar="ACT", required=True
    )

    def add(name: str, told: str, run: Callable[[argparse.Namespace], int], *, writes: bool = True) -> Any:
        command = command_factory(verbs, name, told, run)
        command.add_argument("--pool", default="", metavar="PLACE",
                             help="台账文件或 postgresql:// 地址 / file or address [pool/ledger.db]")  # fmt: skip
        command.add_argument("--anchors", type=Path, default=None, metavar="DIR", help="锚点目录 / anchor folder")
        if writes:
            command.add_argument("--basis", required=True, metavar="TEXT", help="依据文号 / basis document")
            command.add_argument("--reason", default="", metavar="TEXT", help="事由 / why [act and basis]")
            command.add_argument("--key", default="", help="凭证键：同键重试不重复记账 / same key, never twice")
            command.add_argument("--effective", type=_day, default=None, metavar="YYYY-MM-DD", help="生效日 [today]")
        return command

    command = add("init", "建立台账 / make a ledger", _init)
    command.add_argument("--office", action="store_true", help="多人办公：按角色授权 / roles are checked")
    command.add_argument("--four-eyes", action="store_true", help="须另一人审批 / a second person approves")
    command.add_argument("--member", action="append", default=[], metavar="WHO=ROLE", help="viewer, officer, approver")
    command.add_argument("--upgrade", action="store_true", help="升级已有台账的结构 / upgrade an older ledger")

    command = add("credit", "验收项目入库 / credit an accepted project", _credit)
    _options(command, lot=True, county=True, amounts=True)
    command.add_argument("--name", default="", help="项目名称 / name")
    command.add_argument("--parcel", action="append", default=[], metavar="NO=HA", help="图斑=公顷 / parcel=ha")
    command.add_argument("--land", type=Path, default=None, metavar="FILE", help="图层或界址 TXT / layer or TXT")
    command.add_argument("--accepted", type=_day, required=True, metavar="YYYY-MM-DD", help="验收日期 / accepted on")
    command.add_argument("--expires", type=_day, default=None, metavar="YYYY-MM-DD", help="失效日期 / expires on")
    command.add_argument("--reserve-parcels", action="store_true", help="永久基本农田储备图斑 / reserve parcels")

    command = add("reserve", "为项目预留 / reserve for a project", _reserve)
    _options(command, project=True, amounts=True, pbf=True)
    command.add_argument("--lot", default="", help="批次；不填则先入先出 / lot, else oldest first")
    for name, told, run in (("release", "释放预留 / release", _release), ("use", "核销 / write off", _use)):
        command = add(name, told, run)
        _options(command, amounts=True, pbf=True)
        command.add_argument("--project", required=True, help="项目编号 / project")
        command.add_argument("--lot", default="", help="批次 / lot")

    add_plan_acts(add, _day)
    add_scheme_acts(add, _day)

    command = add("promise", "承诺补充，或用 --fulfil 履行 / promise, or fulfil one", _promise)
    _options(command, lot=True, project=False, amounts=True)
    command.add_argument("--fulfil", default="", metavar="PROMISE", help="以 --lot 履行 / fulfil from --lot")
    command.add_argument("--due", type=_day, default=None, metavar="YYYY-MM-DD", help="到期日 / due on")
    command.add_argument("--government", default="", help="责任政府 / responsible government")
    command.add_argument("--mechanism", choices=("zone", "upgrade"), default="zone", help="承诺机制 / mechanism")

    command = add("quota", "建设用地周转指标 / construction quota", _quota)
    command.add_argument("act", choices=("issue", "use", "return"))
    _options(command, lot=True, county=False, project=False)
    command.add_argument("--loan", default="", help="借据编号 / loan code (use)")
    command.add_argument("--ha", default="", help="公顷 / hectares")
    command.add_argument("--approved", type=_day, default=None, metavar="YYYY-MM-DD", help="批准日 / approved on")
    command.add_argument("--due", type=_day, default=None, metavar="YYYY-MM-DD", help="到期日 / due on")
    command.add_argument("--government", default="", help="责任政府 / responsible government")

    command = add("transfer", "跨县调剂 / transfer to another county", _transfer)
    _options(command, lot=True, county=True, amounts=True)
    command.add_argument("--code", required=True, help="新批次编号 / code of the new lot")
    command.add_argument("--coefficient", default="1", help="调剂系数 / coefficient [1]")

    command = add("reverse", "冲销一笔凭证 / reverse an entry", _reverse)
    command.add_argument("number", help="凭证号 / receipt number")
    for name, told in (("approve", "审批通过 / approve a proposal"), ("reject", "退回申请 / reject a proposal")):
        add(name, told, _decide).add_argument("number", help="凭证号 / receipt number")
    command = add("grant", "授予或收回角色 / give or take a role", _grant)
    command.add_argument("subject")
    command.add_argument("role", choices=("viewer", "officer", "approver"))
    command.add_argument("--take", action="store_true", help="收回 / take away")
    command = add("switch", "开关：four_eyes office cross_county cross_province / turn a switch", _switch)
    command.add_argument("name")
    command.add_argument("value", choices=("on", "off"))
    command = add("import", "由 XLSX 导入已有指标 / import an existing pool", _import)
    command.add_argument("file", type=Path, metavar="XLSX")
    command.add_argument("--sheet", default="", help="工作表 / sheet [first]")

    command = add("balance", "余额 / balances", _balance, writes=False)
    _when(command)
    command = add("due", "到期与逾期 / what falls due", _due, writes=False)
    _when(command)
    command.add_argument("--days", type=int, default=90, help="未来天数 / days ahead [90]")
    command.add_argument("--expire", action="store_true", help="将到期批次作失效处理 / expire lots past their last day")
    add("audit", "核查全部台账 / read and check everything", _audit, writes=False)
    command = add("backup", "备份并核查副本 / back up and audit the copy", _backup, writes=False)
    command.add_argument("file", type=Path)
    command = add("restore", "由备份恢复 / restore a backup", _restore, writes=False)
    command.add_argument("file", type=Path)
    command.add_argument("--accept-loss", default="", metavar="WHO-AND-WHY", help="接受旧备份 / accept an older one")
    command = add("export", "导出台账 XLSX 或 DOCX / print the register", _export, writes=False)
    command.add_argument("file", type=Path)
    _when(command)
    command.add_argument("--search", default="", help="筛选 / search")
    command = add("template", "导入用空表 / an empty sheet to fill in", _template, writes=False)
    command.add_argument("file", type=Path)


def _options(
    command: Any, *, lot: bool = False, county: bool = False, project: bool | None = None, amounts: bool = False,
    pbf: bool = False,
) -> None:  # fmt: skip
    if lot:
        command.add_argument("--lot", required=True, metavar="CODE", help="批次编号 / lot")
    if county or project is not None:
        command.add_argument("--county", default="", required=county, metavar="330421", help="县级代码 / county")
    if project is not None:
        command.add_argument("--project", default="", required=project, metavar="CODE", help="项目编号 / project")
        command.add_argument("--name", default="", help="项目名称（首次必填） / project name (first time)")
    if amounts:
        command.add_argument("--ha", default="", help="数量 公顷 / quantity, ha")
        command.add_argument("--kg", default="", help="粮食产能 千克 / capacity, kg")
        command.add_argument("--paddy-ha", default="", help="水田 公顷 / paddy, ha")
    if pbf:
        command.add_argument("--reserve-ha", default="", help="储备图斑 公顷 / basic-farmland reserve, ha")


def _when(command: Any) -> None:
    command.add_argument("--on", type=_day, default=None, metavar="YYYY-MM-DD", help="生效日截至 / up to [today]")
    command.add_argument("--recorded", default="", metavar="UTC", help="记录时间截至 / as recorded")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text}: YYYY-MM-DD") from None


def _open(args: argparse.Namespace) -> Ledger:
    from geo.study.pool import default_place, open_pool

    return open_pool(args.pool or default_place(), anchors=args.anchors)


def _act(args: argparse.Namespace, ledger: Ledger) -> Act:
    from geo.report.register import verb_label

    act = f"quota_{args.act}" if args.pool_command == "quota" else args.pool_command.replace("-", "_")
    reason = args.reason or f"{verb_label(act, args.lang)}：{args.basis}"
    return Act(ledger.actor, reason, args.basis, args.key or uuid.uuid4().hex, args.effective)


def _amounts(args: argparse.Namespace) -> dict[str, int] | None:
    from geo.study.pool import read_amounts

    given = {"QTY": args.ha, "CAP": args.kg, "PADDY": args.paddy_ha, "PBF": getattr(args, "reserve_ha", "")}
    return read_amounts(given) or None


def _receipt(args: argparse.Namespace, receipt: Receipt) -> int:
    from geo.report.register import verb_label

    if args.json:
        print(json.dumps(receipt.record(), ensure_ascii=False, indent=1))
        return DONE
    zh = args.lang == "zh"
    words = {"posted": "已记账" if zh else "posted", "pending": "待审批" if zh else "waits for approval"}
    again = ("（重复提交，未再记）" if zh else " (same key, not posted again)") if receipt.replayed else ""
    label = verb_label(receipt.kind, args.lang)
    print(f"{receipt.number}  {label}  {words[receipt.status]}{again}  {receipt.effective_on}  {receipt.hash[:12]}")
    return DONE


def _init(args: argparse.Namespace) -> int:
    from geo.study.pool import create_pool, default_place, local_user, store_of

    place = args.pool or default_place()
    if args.upgrade:
        _say(args, {"applied": store_of(place).upgrade()})
        return DONE
    members = [(who, role) for who, _, role in (m.rpartition("=") for m in args.member)]
    if args.office and not members:
        members = [(local_user(), "approver"), (local_user(), "officer")]
    settings = {"office": "on" if args.office else "off", "four_eyes": "on" if args.four_eyes else "off"}
    ledger = create_pool(place, basis=args.basis, anchors=args.anchors, settings=settings, members=members)
    return _receipt(args, ledger.receipt(1))


def _credit(args: argparse.Namespace) -> int:
    from geo.study.pool import read_parcels

    ledger, amounts = _open(args), _amounts(args) or {}
    if args.land:
        from geo.study.pool_land import read_land

        parcels = read_land(args.land, county=args.county, reserve=args.reserve_parcels)
        if not amounts and not args.reserve_parcels:
            amounts = {"QTY": units_of(parcels)}
    else:
        parcels = read_parcels(args.parcel) or read_parcels([f"{args.lot}-1={args.ha}"] if args.ha else [])
    act = _act(args, ledger)
    if args.reserve_parcels:
        return _receipt(args, ledger.reserve_in(args.county, parcels, accepted_on=args.accepted, act=act))
    return _receipt(args, ledger.credit(args.lot, args.county, amounts, parcels, accepted_on=args.accepted, act=act,
                                        expires_on=args.expires, name=args.name))  # fmt: skip


def _reserve(args: argparse.Namespace) -> int:
    ledger = _open(args)
    return _receipt(args, ledger.reserve(args.project, _amounts(args) or {}, act=_act(args, ledger), name=args.name,
                                         county=args.county, lot=args.lot))  # fmt: skip


def _release(args: argparse.Namespace) -> int:
    ledger = _open(args)
    return _receipt(args, ledger.release(args.project, _amounts(args), act=_act(args, ledger), lot=args.lot))


def _use(args: argparse.Namespace) -> int:
    ledger = _open(args)
    return _receipt(args, ledger.use(args.project, _amounts(args), act=_act(args, ledger), lot=args.lot))


def _promise(args: argparse.Namespace) -> int:
    ledger = _open(args)
    act = _act(args, ledger)
    if args.fulfil:
        return _receipt(args, ledger.fulfil(args.fulfil, args.lot, _amounts(args) or {}, act=act))
    return _receipt(args, ledger.promise(args.lot, args.project, _amounts(args) or {}, due_on=args.due, act=act,
                                         government=args.government, mechanism=args.mechanism, name=args.name,
                                         county=args.county))  # fmt: skip


def _quota(args: argparse.Namespace) -> int:
    from geo.ledger.asset import asset

    ledger = _open(args)
    act, amount = _act(args, ledger), asset("QUOTA").read(args.ha) if args.ha else None
    if args.act == "issue":
        return _receipt(args, ledger.quota_issue(args.lot, args.county, amount or 0, approved_on=args.approved,
                                                 due_on=args.due, act=act))  # fmt: skip
    if args.act == "use":
        return _receipt(args, ledger.quota_use(args.lot, args.loan, args.project, amount or 0, due_on=args.due,
                                               name=args.name, county=args.county, government=args.government,
                                               act=act))  # fmt: skip
    return _receipt(args, ledger.quota_return(args.lot, amount, act=act))


def _transfer(args: argparse.Namespace) -> int:
    ledger = _open(args)
    return _receipt(args, ledger.transfer(args.lot, args.code, args.county, _amounts(args) or {},
                                          act=_act(args, ledger), coefficient=args.coefficient))  # fmt: skip


def _reverse(args: argparse.Namespace) -> int:
    ledger = _open(args)
    return _receipt(args, ledger.reverse(_number(args.number), act=_act(args, ledger)))


def _decide(args: argparse.Namespace) -> int:
    ledger = _open(args)
    answer = ledger.approve if args.pool_command == "approve" else ledger.reject
    return _receipt(args, answer(_number(args.number), act=_act(args, ledger)))


def _grant(args: argparse.Namespace) -> int:
    ledger = _open(args)
    return _receipt(args, ledger.grant(args.subject, args.role, granted=not args.take, act=_act(args, ledger)))


def _switch(args: argparse.Namespace) -> int:
    ledger = _open(args)
    return _receipt(args, ledger.setting(args.name, args.value, act=_act(args, ledger)))


def _import(args: argparse.Namespace) -> int:
    from geo.study.pool_import import import_pool

    ledger = _open(args)
    return _receipt(args, import_pool(ledger, args.file, act=_act(args, ledger), sheet=args.sheet))


def _number(text: str) -> int:
    from geo.ledger.refusal import refuse

    try:
        return txn_of(text)
    except ValueError:
        raise refuse("LG129", text) from None


def _view(args: argparse.Namespace, **more: Any) -> dict[str, Any]:
    from geo.study.pool import picture

    return picture(_open(args), on=args.on, recorded_until=_instant(args.recorded), lang=args.lang, **more)


def _instant(text: str) -> str:
    from geo.ledger.clock import instant_text
    from geo.ledger.refusal import refuse

    if not text:
        return ""
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        raise refuse("LG130", "--recorded", measured=text) from None
    return instant_text(when if when.tzinfo else when.replace(tzinfo=UTC))


def _balance(args: argparse.Namespace) -> int:
    from geo.report.register import tables

    view = _view(args)
    if args.json:
        keep = ("place", "engine", "on", "recorded_until", "entries", "head", "regime", "balances")
        _say(args, {k: view[k] for k in keep})
        return DONE
    _grid(tables(view, args.lang)[0])
    print(f"{view['on']}  {view['entries']}  {view['head'][:12]}")
    return DONE


def _due(args: argparse.Namespace) -> int:
    from geo.report.register import tables

    if args.expire:
        _open(args).expire_due(basis="台账", reason="到期失效")
    view = _view(args, within_days=args.days)
    if args.json:
        due = [{s: getattr(d, s) for s in d.__slots__} for d in view["dues"]]
        _say(args, {"on": view["on"], "due": due, "overdue": [f.record() for f in view["overdue"]],
                    "open": [x.number for x in view["open"]]})  # fmt: skip
        return DONE
    _grid(tables(view, args.lang)[1])
    for finding in view["overdue"]:
        print(finding.text(args.lang))
    for line in view["open"]:
        print(("待审批 " if args.lang == "zh" else "to approve ") + f"{line.number} {line.actor} {line.reason}")
    return DONE


def _audit(args: argparse.Namespace) -> int:
    from geo.finding import Finding
    from geo.ledger.anchor import Anchor, default_folder
    from geo.ledger.audit import audit
    from geo.ledger.ledger import ledger_id
    from geo.study.pool import default_place, store_of

    store = store_of(args.pool or default_place())
    anchor = Anchor((args.anchors or default_folder()) / f"{ledger_id(store)}.anchor")
    outcome = audit(store, anchor)
    good = Finding("LG317", "pass", store.name, str(outcome.entries), outcome.head[:12])
    found = outcome.findings or (good,)
    if args.json:
        _say(args, {"sound": outcome.sound, "entries": outcome.entries, "head": outcome.head,
                    "findings": [f.record() for f in found]})  # fmt: skip
    else:
        for finding in found:
            print(finding.text(args.lang))
    return DONE if outcome.sound else REFUSED


def _backup(args: argparse.Namespace) -> int:
    from geo.ledger.backup import back_up

    ledger = _open(args)
    copy = back_up(ledger.store, args.file, anchor=ledger.anchor)
    _say(args, {"file": str(copy.path), "entries": copy.audit.entries, "head": copy.audit.head})
    return DONE


def _restore(args: argparse.Namespace) -> int:
    from geo.ledger.backup import restore
    from geo.study.pool import default_place, store_of

    target = store_of(args.pool or default_place())
    outcome = restore(args.file, target, anchors=args.anchors, accept_loss=args.accept_loss, now=datetime.now(UTC))
    _say(args, {"place": target.name, "entries": outcome.entries, "head": outcome.head})
    return DONE


def _export(args: argparse.Namespace) -> int:
    from geo.ledger.refusal import refuse, trouble
    from geo.report.register import write_register_docx, write_register_xlsx

    writers = {".xlsx": write_register_xlsx, ".docx": write_register_docx}
    if args.file.suffix not in writers:
        raise refuse("LG127", "file", measured=str(args.file), limit=", ".join(writers))
    view = _view(args, search=args.search, within_days=None)
    try:
        writers[args.file.suffix](view, args.file, lang=args.lang)
    except OSError as fault:
        raise trouble("LG902", str(args.file), measured=fault.strerror) from fault
    _say(args, {"file": str(args.file), "entries": view["entries"], "head": view["head"]})
    return DONE


def _template(args: argparse.Namespace) -> int:
    from geo.study.pool_import import write_template

    _say(args, {"file": str(write_template(args.file))})
    return DONE


def _say(args: argparse.Namespace, answer: Mapping[str, Any]) -> None:
    if args.json:
        print(json.dumps(answer, ensure_ascii=False, indent=1, default=str))
    else:
        for name, value in answer.items():
            print(f"{name}: {value}")


def _grid(table: tuple[str, Sequence[str], Sequence[Sequence[Any]]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    title, header, body = table
    grid = Table(title=title, header_style="bold")
    for name in header:
        grid.add_column(name)
    for row in body:
        grid.add_row(*(Text(f"{v:,.4f}".rstrip("0").rstrip(".") if isinstance(v, float) else str(v)) for v in row))
    Console(width=None if sys.stdout.isatty() else 140, highlight=False).print(grid)
