"""What several acts ask before they move anything: codes, dates, reach, parcels, and where to draw from."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from geo.finding import Finding
from geo.ledger.asset import asset, check_amounts
from geo.ledger.clock import add_years, read_date
from geo.ledger.entry import Key, Leg, Lot, Parcel, Project
from geo.ledger.refusal import refuse, refuse_all
from geo.ledger.view import View
from geo.ledger.words import check_county, check_text

Args = Mapping[str, Any]


def new_code(view: View, code: object) -> str:
    """A code that no living lot bears. Raises Refused LG108."""
    text = check_text(code, "lot")
    if view.find_lot(text):
        raise refuse("LG108", text)
    return text


def past(view: View, value: object, subject: str) -> date:
    """A day no later than the day of effect. Raises Refused LG114."""
    day = read_date(value, subject)
    if day > view.effective:
        raise refuse("LG114", subject, measured=day.isoformat(), limit=view.effective.isoformat())
    return day


def later(value: object, start: date, subject: str) -> str:
    """A day after the start as text; '' when none is given. Raises Refused LG112."""
    if not value:
        return ""
    day = read_date(value, subject)
    if day <= start:
        raise refuse("LG112", subject, measured=day.isoformat(), limit=start.isoformat())
    return day.isoformat()


def limit_of(start: date, years: int) -> str:
    """The last day of a term of years."""
    return add_years(start, years).isoformat()


def due_text(value: object, start: date, limit: str) -> str:
    """A due date after the start and no later than the limit. Raises Refused LG112 or LG111."""
    if not value:
        raise refuse("LG112", "due_on", measured="–", limit=start.isoformat())
    due = later(value, start, "due_on")
    if limit and due > limit:
        raise refuse("LG111", "due_on", measured=due, limit=limit)
    return due


def of_pool(amounts: dict[str, int], pool: str) -> dict[str, int]:
    """The same amounts, all of one pool. Raises Refused LG138."""
    refuse_all([Finding("LG138", "error", a) for a in amounts if asset(a).pool != pool])
    return amounts


def project_of(view: View, args: Args) -> tuple[Project, tuple[Project, ...]]:
    """The project, and what must be registered when this is its first act. Raises Refused LG127, LG131."""
    code = check_text(args.get("project"), "project")
    known = view.find_project(code)
    name, county = str(args.get("name") or "").strip(), args.get("county") or ""
    if known is None:
        fresh = Project(code, check_text(name, "name"), check_county(county))
        return fresh, (fresh,)
    if (name and name != known.name) or (county and county != known.county):
        raise refuse("LG131", code, measured=f"{name or known.name} {county or known.county}",
                     limit=f"{known.name} {known.county}")  # fmt: skip
    return known, ()


def check_reach(lot: Lot, reach: str, project: Project) -> None:
    """The lot lies where the project may draw. Raises Refused LG116."""
    if not lot.county.startswith(reach):
        raise refuse("LG116", lot.code, measured=lot.county, limit=project.county)


def check_parcels(view: View, parcels: tuple[Parcel, ...], pool: str) -> int:
    """Sum of the parcels' areas; each counts once in a pool. Raises Refused LG107 with every parcel taken."""
    if not parcels:
        raise refuse("LG127", "parcels")
    faults: list[Finding] = []
    ids: set[str] = set()
    shapes: set[str] = set()
    for p in parcels:
        taken = view.parcel_taken(pool, p.parcel_id, p.sha256)
        if taken or p.parcel_id in ids or (p.sha256 and p.sha256 in shapes):
            faults.append(Finding("LG107", "error", p.parcel_id, measured=taken or "–"))
        ids.add(p.parcel_id)
        shapes.add(p.sha256)
    refuse_all(faults)
    return sum(p.area for p in parcels)


def held_or(view: View, args: Args, project: Project, kind: str) -> dict[str, int]:
    """The amounts asked for, or everything that the project holds."""
    if args.get("amounts") is not None:
        return check_amounts(args["amounts"])
    held = {
        code: sum(n for _, n in of_lot(view.held(project.code, kind, code), args.get("lot")))
        for code in ("QTY", "CAP", "PADDY", "PBF")
    }
    held = {code: n for code, n in held.items() if n}
    if not held:
        raise refuse("LG141", project.code)
    return held


def of_lot(sources: list[tuple[Lot, int]], code: str | None) -> list[tuple[Lot, int]]:
    """Only the named lot, or all."""
    return [pair for pair in sources if not code or pair[0].code == code]


def draw_with_lots(
    sources: list[tuple[Lot, int]], wanted: int, code: str, kind: str, to: str, project: str, subject: str
) -> list[tuple[Leg, Lot]]:
    """Legs that draw an amount from lots in order. Raises Refused LG106, LG134."""
    enough(sum(n for _, n in sources), wanted, code, subject, sources[0][0] if sources else None)
    legs: list[tuple[Leg, Lot]] = []
    for lot, free in sources:
        take = min(free, wanted)
        if take:
            source = Key(kind, lot.lot_id, "" if kind == "AVAILABLE" else project, code)
            legs.append((Leg(source, Key(to, lot.lot_id, "" if to == "AVAILABLE" else project, code), take), lot))
        wanted -= take
    return legs


def draw(
    sources: list[tuple[Lot, int]], wanted: int, code: str, kind: str, to: str, project: str, *, subject: str
) -> list[Leg]:  # fmt: skip
    """As ``draw_with_lots``, the legs alone."""
    return [leg for leg, _ in draw_with_lots(sources, wanted, code, kind, to, project, subject)]


def enough(free: int, wanted: int, code: str, subject: str, lot: Lot | None = None) -> None:
    """Raises Refused LG106 (or LG134 for a spent reserve parcel) when more is asked than is free."""
    if wanted > free:
        spent = lot is not None and lot.kind == "reserve" and not free
        raise refuse("LG134" if spent else "LG106", subject, measured=asset(code).tell(free),
                     limit=asset(code).tell(wanted),
                     values={"asset_zh": asset(code).zh, "asset_en": asset(code).en,
                             "short": asset(code).tell(wanted - free)})  # fmt: skip
