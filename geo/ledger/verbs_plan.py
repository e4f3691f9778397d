"""The acts of a replacement plan: its reserve parcels are reserved, released, written off together or not at all."""

from __future__ import annotations

from geo.finding import Finding
from geo.ledger.asked import Args, check_reach, draw, project_of
from geo.ledger.entry import Draft, Key, Leg, Lot, Parcel, Project
from geo.ledger.refusal import Refused, refuse, refuse_all
from geo.ledger.view import View
from geo.ledger.words import check_county

PBF = "PBF"


def reserve_plan(view: View, args: Args, _: tuple[Parcel, ...]) -> Draft:
    """A plan locks its reserve parcels for a project (AVAILABLE → RESERVED).

    Each parcel lies in the county whose farmland it replaces; a parcel wanted whole must still be whole. Every fault
    is told at once.
    """
    project, new = project_of(view, args)
    legs: list[Leg] = []
    faults: list[Finding] = []
    for row in _rows(args):
        try:
            lot = view.lot(str(row["lot"]), "reserve")
            legs += _take(view, lot, row, project)
        except Refused as problem:
            faults += problem.findings
    refuse_all(faults)
    return Draft(tuple(legs), projects=new, regime=view.rules.regime(view.effective).code)


def release_plan(view: View, args: Args, _: tuple[Parcel, ...]) -> Draft:
    """What a project reserved of a plan's parcels goes back (RESERVED → AVAILABLE)."""
    return _settled(view, args, "AVAILABLE")


def use_plan(view: View, args: Args, _: tuple[Parcel, ...]) -> Draft:
    """The approval number has come: a plan's parcels are written off (RESERVED → USED)."""
    return _settled(view, args, "USED")


def _rows(args: Args) -> list[dict[str, object]]:
    rows = [dict(row) for row in args.get("lots") or ()]
    codes = [str(row["lot"]) for row in rows]
    if not rows:
        raise refuse("LG127", "lots")
    refuse_all([Finding("LG107", "error", c, measured=c) for c in sorted({c for c in codes if codes.count(c) > 1})])
    return rows


def _take(view: View, lot: Lot, row: dict[str, object], project: Project) -> list[Leg]:
    check_reach(lot, check_county(row["county"]), project)
    free = view.balance(Key("AVAILABLE", lot.lot_id, "", PBF))
    # A parcel that is wanted whole and was begun by another plan is not the parcel that was planned with.
    wanted = lot.area if row.get("amount") is None else row["amount"]
    if type(wanted) is not int or wanted <= 0:
        raise refuse("LG102", lot.code, measured=str(wanted), limit=f"1 – {lot.area}")
    return draw([(lot, free)], wanted, PBF, "AVAILABLE", "RESERVED", project.code, subject=lot.code)


def _settled(view: View, args: Args, to: str) -> Draft:
    project = view.project(str(args["project"]))
    held = {lot.code: (lot, amount) for lot, amount in view.held(project.code, "RESERVED", PBF)}
    wanted = [str(code) for code in args.get("lots") or ()]
    refuse_all([Finding("LG141", "error", code) for code in wanted if code not in held])
    if not wanted:
        raise refuse("LG127", "lots")
    legs: list[Leg] = []
    for code in dict.fromkeys(wanted):
        lot, amount = held[code]
        legs += draw([(lot, amount)], amount, PBF, "RESERVED", to, project.code, subject=code)
    return Draft(tuple(legs), regime=view.rules.regime(view.effective).code)
