"""The acts of the pool. Each looks at the view and answers a draft or a refusal; none of them writes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from geo.finding import Finding
from geo.ledger.asked import (
    Args,
    check_parcels,
    check_reach,
    draw,
    draw_with_lots,
    due_text,
    enough,
    held_or,
    later,
    limit_of,
    new_code,
    of_lot,
    of_pool,
    past,
    project_of,
)
from geo.ledger.asset import asset, check_amounts, promise_kinds
from geo.ledger.entry import Draft, Key, Leg, Lot, Parcel
from geo.ledger.indicator import compare
from geo.ledger.refusal import refuse, refuse_all
from geo.ledger.verbs_plan import release_plan, reserve_plan, use_plan
from geo.ledger.view import SETTINGS, View
from geo.ledger.words import check_county, check_text

ROLES = ("viewer", "officer", "approver")


# -- credits


def credit(view: View, args: Args, parcels: tuple[Parcel, ...]) -> Draft:
    """An accepted project enters the pool as one lot, backed by its parcels (ISSUED → AVAILABLE)."""
    code, county = new_code(view, args["lot"]), check_county(args["county"])
    amounts = of_pool(check_amounts(args["amounts"]), "balance")
    accepted = past(view, args["accepted_on"], "accepted_on")
    expires = later(args.get("expires_on"), accepted, "expires_on")
    area = check_parcels(view, parcels, "balance")
    faults = [
        Finding("LG109", "error", code, asset("QTY").tell(amounts[a]), asset("QTY").tell(area), values={"asset": a})
        for a in ("QTY", "PADDY")
        if a in amounts and (amounts[a] != area if a == "QTY" else amounts[a] > area)
    ]
    refuse_all(faults)
    lot_id, regime = view.next_lot(), view.rules.regime(accepted).code
    lot = Lot(lot_id, code, "balance", county, regime, area, accepted.isoformat(), expires,
              name=check_text(args.get("name") or code, "name"))  # fmt: skip
    legs = tuple(Leg(Key("ISSUED", lot_id, "", a), Key("AVAILABLE", lot_id, "", a), n) for a, n in amounts.items())
    return Draft(legs, (lot,), tuple((lot_id, "balance", p) for p in parcels), regime=regime)


def import_lots(view: View, args: Args, parcels: tuple[Parcel, ...]) -> Draft:
    """Many lots of an existing pool enter at once, every one or none."""
    at, parts = 0, []
    for row in args["lots"]:
        parts.append(credit(view, row, parcels[at : at + row["parcels"]]))
        at += row["parcels"]
    check_parcels(view, parcels, "balance")
    return Draft(
        tuple(leg for p in parts for leg in p.legs), tuple(lot for p in parts for lot in p.lots),
        tuple(land for p in parts for land in p.parcels), regime=view.rules.regime(view.effective).code,
    )  # fmt: skip


def reserve_in(view: View, args: Args, parcels: tuple[Parcel, ...]) -> Draft:
    """Reserve parcels of permanent basic farmland enter the pool, one lot a parcel (ISSUED → AVAILABLE)."""
    county = check_county(args["county"])
    accepted = past(view, args["accepted_on"], "accepted_on")
    check_parcels(view, parcels, "reserve")
    regime = view.rules.regime(view.effective).code
    lots, legs, backed = [], [], []
    for parcel in parcels:
        code, lot_id = new_code(view, parcel.parcel_id), view.next_lot()
        lots.append(Lot(lot_id, code, "reserve", county, regime, parcel.area, accepted.isoformat(), name=code))
        legs.append(Leg(Key("ISSUED", lot_id, "", "PBF"), Key("AVAILABLE", lot_id, "", "PBF"), parcel.area))
        backed.append((lot_id, "reserve", parcel))
    return Draft(tuple(legs), tuple(lots), tuple(backed), regime=regime)


# -- spending


def reserve(view: View, args: Args, _: tuple[Parcel, ...]) -> Draft:
    """A project reserves from one named lot, or from the oldest lots within its reach (AVAILABLE → RESERVED)."""
    project, new = project_of(view, args)
    amounts = check_amounts(args["amounts"])
    regime = view.rules.regime(view.effective)
    legs: list[Leg] = []
    for code, wanted in amounts.items():
        if asset(code).pool == "quota":
            raise refuse("LG138", code)
        reach = project.county if asset(code).scope == "county" or regime.scope == "county" else project.county[:2]
        if args.get("lot"):
            lot = view.lot(args["lot"])
            check_reach(lot, reach, project)
            if lot.due_on and lot.due_on < view.effective.isoformat():
                raise refuse("LG135", lot.code, measured=lot.due_on)
            sources = [(lot, view.balance(Key("AVAILABLE", lot.lot_id, "", code)))]
        else:
            sources = view.open_lots(code, reach)
        legs += draw(sources, wanted, code, "AVAILABLE", "RESERVED", project.code, subject=args.get("lot") or reach)
    return Draft(tuple(legs), projects=new, regime=regime.code)


def release(view: View, args: Args, _: tuple[Parcel, ...]) -> Draft:
    """A project gives back part or all of what it reserved; a promise shrinks first (RESERVED → AVAILABLE or OWED)."""
    project = view.project(args["project"])
    legs: list[Leg] = []
    for code, wanted in held_or(view, args, project, "RESERVED").items():
        sources = of_lot(view.held(project.code, "RESERVED", code), args.get("lot"))
        sources.sort(key=lambda pair: pair[0].kind != "promise")
        for leg, lot in draw_with_lots(sources, wanted, code, "RESERVED", "AVAILABLE", project.code, project.code):
            owed = Key("OWED", lot.lot_id, project.code, code)
            legs.append(Leg(leg.source, owed, leg.amount) if lot.kind == "promise" else leg)
    return Draft(tuple(legs), regime=view.rules.regime(view.effective).code)


def use(view: View, args: Args, _: tuple[Parcel, ...]) -> Draft:
    """The approval number has come: what is reserved (promises included) is written off (RESERVED → USED).

    With a demand, every indicator of the regime must be covered by itself; a shortage is refused with its figures.
    """
    project = view.project(args["project"])
    regime = view.rules.regime(view.effective)
    wanted = held_or(view, args, project, "RESERVED")
    held = {c: sum(n for _, n in of_lot(view.held(project.code, "RESERVED", c), args.get("lot"))) for c in wanted}
    binding = {c: n for c, n in wanted.items() if c in regime.indicators or asset(c).pool != "balance"}
    outcome = compare(held, binding, promisable=promise_kinds()["upgrade"].assets)
    if outcome.verdict != "pass":
        code = "LG122" if outcome.verdict == "promise" else "LG106"
        refuse_all([
            Finding(code, "error", project.code, asset(c).tell(held[c]), asset(c).tell(wanted[c]),
                    values={"asset_zh": asset(c).zh, "asset_en": asset(c).en, "short": asset(c).tell(n)})
            for c, n in outcome.short.items()
        ])  # fmt: skip
    legs: list[Leg] = []
    for code, need in wanted.items():
        sources = of_lot(view.held(project.code, "RESERVED", code), args.get("lot"))[::-1]
        amount = min(need, held[code])
        if amount:
            legs += draw(sources, amount, code, "RESERVED", "USED", project.code, subject=project.code)
    return Draft(tuple(legs), regime=regime.code)


# -- promises


def promise(view: View, args: Args, _: tuple[Parcel, ...]) -> Draft:
    """A responsible government promises to replace later: it counts as reserved now and is owed (OWED → RESERVED)."""
    project, new = project_of(view, args)
    code, amounts = new_code(view, args["lot"]), of_pool(check_amounts(args["amounts"]), "balance")
    kind = promise_kinds().get(args.get("mechanism", ""))
    if kind is None:
        raise refuse("LG127", "mechanism", limit=", ".join(promise_kinds()))
    refuse_all([Finding("LG123", "error", a, kind.zh, values={"en": kind.en}) for a in amounts if a not in kind.assets])
    government = check_text(args.get("government"), "government")
    limit = "" if view.rules.promise_years is None else limit_of(view.effective, view.rules.promise_years)
    due = due_text(args.get("due_on"), view.effective, limit)
    lot_id, regime = view.next_lot(), view.rules.regime(view.effective).code
    lot = Lot(lot_id, code, "promise", project.county, regime, 0, view.effective.isoformat(), due, limit,
              government, project.code, mechanism=kind.code, name=code)  # fmt: skip
    legs = tuple(
        Leg(Key("OWED", lot_id, project.code, a), Key("RESERVED", lot_id, project.code, a), n)
        for a, n in amounts.items()
    )
    return Draft(legs, (lot,), projects=new, regime=regime)


def fulfil(view: View, args: Args, _: tuple[Parcel, ...]) -> Draft:
    """A promise is kept, partly or whole, out of a lot (AVAILABLE → OWED)."""
    promised, lot = view.lot(args["promise"], "promise"), view.lot(args["lot"], "balance", "transfer")
    project = view.project(promised.project)
    regime = view.rules.regime(view.effective)
    check_reach(lot, project.county if regime.scope == "county" else project.county[:2], project)
    legs = []
    for code, amount in of_pool(check_amounts(args["amounts"]), "balance").items():
        owed = Key("OWED", promised.lot_id, project.code, code)
        if amount > -view.balance(owed):
            raise refuse("LG139", promised.code, measured=asset(code).tell(-view.balance(owed)),
                         limit=asset(code).tell(amount))  # fmt: skip
        legs.append(Leg(Key("AVAILABLE", lot.lot_id, "", code), owed, amount))
    return Draft(tuple(legs), regime=regime.code)


# -- construction quota


def quota_issue(view: View, args: Args, _: tuple[Parcel, ...]) -> Draft:
    """A batch of turnover quota is issued to a county; its approval date starts the term (ISSUED → AVAILABLE)."""
    code, county = new_code(view, args["lot"]), check_county(args["county"])
    amounts = of_pool(check_amounts(args["amounts"]), "quota")
    approved = past(view, args["approved_on"], "approved_on")
    limit = limit_of(approved, view.rules.quota_years(approved))
    due = due_text(args.get("due_on") or limit, approved, limit)
    lot_id = view.next_lot()
    regime = view.rules.regime(view.effective).code
    lot = Lot(lot_id, code, "quota", county, regime, 0, approved.isoformat(), due, limit, name=code)
    legs = tuple(Leg(Key("ISSUED", lot_id, "", a), Key("AVAILABLE", lot_id, "", a), n) for a, n in amounts.items())
    return Draft(legs, (lot,), regime=regime)


def quota_use(view: View, args: Args, _: tuple[Parcel, ...]) -> Draft:
    """Quota is lent to a project, due back within the batch's term (AVAILABLE → LENT, a loan of its own)."""
    batch, code = view.lot(args["lot"], "quota"), new_code(view, args["loan"])
    project, new = project_of(view, args)
    check_reach(batch, project.county, project)
    due = due_text(args.get("due_on"), view.effective, min(batch.limit_on, batch.due_on))
    lot_id, regime = view.next_lot(), view.rules.regime(view.effective).code
    loan = Lot(lot_id, code, "loan", batch.county, regime, 0, view.effective.isoformat(), due,
               min(batch.limit_on, batch.due_on), str(args.get("government") or ""), project.code, batch.lot_id,
               name=code)  # fmt: skip
    legs: list[Leg] = []
    for a, wanted in of_pool(check_amounts(args["amounts"]), "quota").items():
        source = Key("AVAILABLE", batch.lot_id, "", a)
        enough(view.balance(source), wanted, a, batch.code)
        legs.append(Leg(source, Key("LENT", lot_id, project.code, a), wanted))
    return Draft(tuple(legs), (loan,), projects=new, regime=regime)


def quota_return(view: View, args: Args, _: tuple[Parcel, ...]) -> Draft:
    """A project returns quota that it borrowed, partly or whole (LENT → RETURNED)."""
    loan = view.lot(args["lot"], "loan")
    held = view.balance(Key("LENT", loan.lot_id, loan.project, "QUOTA"))
    amounts = of_pool(check_amounts(args.get("amounts") or {"QUOTA": held or None}), "quota")
    legs: list[Leg] = []
    for a, wanted in amounts.items():
        source = Key("LENT", loan.lot_id, loan.project, a)
        enough(view.balance(source), wanted, a, loan.code)
        legs.append(Leg(source, Key("RETURNED", loan.lot_id, loan.project, a), wanted))
    return Draft(tuple(legs), regime=view.rules.regime(view.effective).code)


# -- moving, ending, undoing


def transfer(view: View, args: Args, _: tuple[Parcel, ...]) -> Draft:
    """Part of a lot goes to another county as a lot of its own; the coefficient never makes more than left."""
    lot, code = view.lot(args["lot"], "balance", "transfer"), new_code(view, args["code"])
    county, settings = check_county(args["to_county"]), view.settings()
    if county == lot.county:
        raise refuse("LG117", county, measured=lot.county)
    if settings["cross_county"] != "on":
        raise refuse("LG117", county, measured=lot.county)
    if county[:2] != lot.county[:2] and settings["cross_province"] != "on":
        raise refuse("LG118", county, measured=lot.county)
    try:
        share = Decimal(str(args.get("coefficient") or "1"))
    except InvalidOperation:
        share = Decimal(0)
    if not (share.is_finite() and 0 < share <= 1) or isinstance(args.get("coefficient"), float):
        raise refuse("LG119", code, measured=str(args.get("coefficient")))
    lot_id = view.next_lot()
    moved = Lot(lot_id, code, "transfer", county, lot.regime, 0, lot.started_on, lot.due_on, parent=lot.lot_id,
                mechanism=str(share), name=code)  # fmt: skip
    legs: list[Leg] = []
    for a, wanted in of_pool(check_amounts(args["amounts"]), "balance").items():
        source = Key("AVAILABLE", lot.lot_id, "", a)
        enough(view.balance(source), wanted, a, lot.code)
        arrives = int(wanted * share)  # Decimal product, cut towards zero: nothing is created by rounding
        if not arrives:
            raise refuse("LG119", code, measured=str(share))
        legs.append(Leg(source, Key("AVAILABLE", lot_id, "", a), arrives))
        if wanted > arrives:
            legs.append(Leg(source, Key("DISCOUNT", lot.lot_id, "", a), wanted - arrives))
    return Draft(tuple(legs), (moved,), regime=view.rules.regime(view.effective).code)


def expire(view: View, args: Args, _: tuple[Parcel, ...]) -> Draft:
    """What is left of a lot past its last day expires (AVAILABLE → EXPIRED)."""
    lot = view.lot(args["lot"])
    if lot.kind not in ("balance", "transfer", "quota") or not lot.due_on or lot.due_on >= view.effective.isoformat():
        raise refuse("LG140", lot.code, measured=lot.due_on)
    codes = [a for a in ("QTY", "CAP", "PADDY", "QUOTA") if view.balance(Key("AVAILABLE", lot.lot_id, "", a))]
    if not codes:
        raise refuse("LG141", lot.code)
    legs = tuple(
        Leg(Key("AVAILABLE", lot.lot_id, "", a), Key("EXPIRED", lot.lot_id, "", a),
            view.balance(Key("AVAILABLE", lot.lot_id, "", a)))
        for a in codes
    )  # fmt: skip
    return Draft(legs, regime=view.rules.regime(view.effective).code)


def reverse(view: View, args: Args, _: tuple[Parcel, ...]) -> Draft:
    """A mistake is undone by its mirror image, once, in the regime of the original."""
    number = args["txn"]
    row = view.tx.one("SELECT kind, regime, effective_on FROM txn WHERE txn_id = ?", number)
    if row is None:
        raise refuse("LG129", str(number))
    if row[0] not in VERBS or not VERBS[row[0]].reversible:
        raise refuse("LG121", str(number), measured=str(row[0]))
    if view.tx.one("SELECT txn_id FROM txn WHERE reverses = ?", number):
        raise refuse("LG120", str(number))
    if view.effective.isoformat() < row[2]:
        raise refuse("LG115", str(number), measured=view.effective.isoformat(), limit=row[2])
    moves = view.tx.all(
        "SELECT s.kind, s.lot_id, s.project, s.asset, t.kind, t.lot_id, t.project, t.asset, m.amount FROM transfer m "
        "JOIN account s ON s.account_id = m.from_id JOIN account t ON t.account_id = m.to_id "
        "WHERE m.txn_id = ? ORDER BY m.transfer_id DESC", number,
    )  # fmt: skip
    legs = tuple(Leg(Key(*m[4:8]), Key(*m[:4]), int(m[8])) for m in moves)
    return Draft(legs, regime=str(row[1]), reverses=int(number))


# -- people and switches


def grant(view: View, args: Args, _: tuple[Parcel, ...]) -> Draft:
    """A role is given to or taken from a person; the last approver of an office cannot be taken away."""
    subject, role = check_text(args["subject"], "subject"), args["role"]
    if role not in ROLES:
        raise refuse("LG127", "role", limit=", ".join(ROLES))
    given = 1 if args.get("granted", True) else 0
    if not given and role == "approver" and view.settings()["office"] == "on":
        rest = [s for (s,) in view.tx.all("SELECT DISTINCT subject FROM member WHERE role = 'approver'")]
        if not any("approver" in view.roles(s) for s in rest if s != subject):
            raise refuse("LG142", subject)
    return Draft(members=((subject, role, given),))


def setting(view: View, args: Args, _: tuple[Parcel, ...]) -> Draft:
    """A switch is turned; the change is an entry like any other."""
    name, value = args["name"], args["value"]
    if name not in SETTINGS or value not in ("on", "off"):
        raise refuse("LG127", str(name), limit=", ".join(SETTINGS))
    if name == "office" and value == "on" and not any(
        "approver" in view.roles(s) for (s,) in view.tx.all("SELECT DISTINCT subject FROM member")
    ):  # fmt: skip
        raise refuse("LG142", view.act.actor)
    return Draft(settings=((name, value),))


def init(_view: View, args: Args, _: tuple[Parcel, ...]) -> Draft:
    """The first entry: the ledger's identity, its assets and its first members."""
    return Draft(
        members=tuple((s, r, 1) for s, r in args["members"]), settings=tuple((n, v) for n, v in args["settings"])
    )


@dataclass(frozen=True, slots=True)
class Verb:
    """One act: how it is planned, who may do it, whether a second person must approve, whether it can be undone."""

    plan: Callable[[View, Args, tuple[Parcel, ...]], Draft]
    role: str = "officer"
    approved: bool = False
    reversible: bool = True


VERBS: Mapping[str, Verb] = {
    "credit": Verb(credit, approved=True),
    "import_lots": Verb(import_lots, approved=True),
    "reserve_in": Verb(reserve_in, approved=True),
    "reserve": Verb(reserve),
    "release": Verb(release),
    "use": Verb(use, approved=True),
    "reserve_plan": Verb(reserve_plan),
    "release_plan": Verb(release_plan),
    "use_plan": Verb(use_plan, approved=True),
    "promise": Verb(promise),
    "fulfil": Verb(fulfil, approved=True),
    "quota_issue": Verb(quota_issue, approved=True),
    "quota_use": Verb(quota_use, approved=True),
    "quota_return": Verb(quota_return),
    "transfer": Verb(transfer, approved=True),
    "expire": Verb(expire),
    "reverse": Verb(reverse, approved=True, reversible=False),
    "grant": Verb(grant, role="approver", reversible=False),
    "setting": Verb(setting, role="approver", reversible=False),
    "init": Verb(init, role="approver", reversible=False),
}
