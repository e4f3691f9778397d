"""指标池: open a ledger where the user keeps it, under the rule book of the day, and answer what the morning asks."""

from __future__ import annotations

import getpass
import os
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from geo.errors import InputProblem
from geo.finding import Finding
from geo.ledger.asset import account_kinds, asset, assets
from geo.ledger.balance import Holding, ageing, by_county, dues, holdings, register, reserve_states
from geo.ledger.clock import instant_text, today_cn
from geo.ledger.entry import Parcel
from geo.ledger.invariants import overdue
from geo.ledger.ledger import Ledger, create_ledger, open_ledger
from geo.ledger.refusal import refuse
from geo.ledger.rules import Regime, Rules, Term
from geo.ledger.sqlite_store import SqliteStore
from geo.ledger.store import Store
from geo.standards.tables import rows

WARN_DAYS = 90  # the page's look ahead; a habit of the office, not of the law
AGE_DAYS = (365, 1095, 1825)
FILE = "ledger.db"


def default_place() -> str:
    """Where the pool is unless told otherwise: TIANCHOU_POOL, else pool/ledger.db here."""
    return os.environ.get("TIANCHOU_POOL") or str(Path("pool") / FILE)


def local_user() -> str:
    """Who sits at this machine, as the system knows it (an environment variable cannot say otherwise)."""
    try:
        import pwd
    except ImportError:  # Windows
        pwd = None  # type: ignore[assignment]
    try:
        return pwd.getpwuid(os.getuid()).pw_name if pwd else getpass.getuser()
    except (KeyError, OSError):
        return "local"


def counties() -> tuple[str, ...]:
    """The counties of the zone, shown even when their pool is empty."""
    from geo.standards.land import admin_units

    return tuple(code for code, unit in admin_units().items() if not unit.parent)


def pool_rules() -> Rules:
    """Regimes and terms from the rule book and the table of regimes, with the edition that each entry records.

    Raises PolicyProblem when the book lacks a parameter.
    """
    from geo.policy.book import load_book

    book = load_book()
    needed = ("offset.regime", "quota.turnover_years", "promise.term")
    missing = [n for n in needed if n not in book.parameters]
    if missing:
        raise InputProblem([Finding("POL201", "error", name) for name in missing])
    spec = {name: book.parameters[name] for name in needed}
    shape = {r["code"]: r for r in rows("ledger_regimes")}
    regimes = tuple(
        Regime(str(e.value), shape[str(e.value)]["zh"], shape[str(e.value)]["en"], e.start, e.end,
               "county" if shape[str(e.value)]["scope"] == "county" else "province",
               tuple(shape[str(e.value)]["indicators"].split()), e.article)
        for e in spec["offset.regime"].editions if not e.region
    )  # fmt: skip
    quota = spec["quota.turnover_years"].editions
    terms = tuple(Term(e.start, e.end, int(str(e.value))) for e in quota if not e.region)
    promise = spec["promise.term"].editions[-1].value
    checked = max(e.checked_on for s in spec.values() for e in s.editions)
    return Rules(regimes, terms, int(promise) if isinstance(promise, int) else None, f"book {checked.isoformat()}")


def capacity_terms(on: date) -> dict[str, int]:
    """The two numbers of the capacity formula in force on a day, as ``occupation`` takes them."""
    from geo.policy.book import load_book

    book = load_book()
    return {
        "kg_per_ha_grade": int(book.value("offset.capacity_kg_per_ha", on=on).number),
        "grade_base": int(book.value("offset.capacity_grade_base", on=on).number),
    }


def store_of(place: str | Path) -> Store:
    """A store by its place: a file, a folder that holds ledger.db, or a PostgreSQL address (optional #schema)."""
    text = str(place)
    if text.startswith(("postgresql://", "postgres://")):
        from geo.ledger.postgres_store import PostgresStore

        address, _, schema = text.partition("#")
        return PostgresStore(address, schema=schema) if schema else PostgresStore(address)
    path = Path(text)
    return SqliteStore(path / FILE if path.is_dir() or not path.suffix else path)


def open_pool(place: str | Path, *, actor: str = "", anchors: Path | None = None) -> Ledger:
    """The pool at a place as its user. Raises StoreTrouble or Refused in the house's words."""
    return open_ledger(store_of(place), pool_rules(), actor=actor or local_user(), anchors=anchors)


def create_pool(
    place: str | Path, *, basis: str, actor: str = "", anchors: Path | None = None,
    settings: Mapping[str, str] | None = None, members: Sequence[tuple[str, str]] = (),
) -> Ledger:  # fmt: skip
    """A new pool; folders on the way to a file are made."""
    store = store_of(place)
    if isinstance(store, SqliteStore):
        try:
            store.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as fault:
            raise refuse("LG902", str(store.path.parent), measured=str(fault.strerror)) from fault
    return create_ledger(store, pool_rules(), actor=actor or local_user(), basis=basis, anchors=anchors,
                         settings=settings, members=members)  # fmt: skip


def read_amounts(given: Mapping[str, object]) -> dict[str, int]:
    """Smallest units from told figures (``{"QTY": "12.5", "CAP": "900"}``); empty ones and noughts are left out.

    A nought says what leaving the figure out says: none of that indicator. Raises Refused for what is no number.
    """
    return {code: asset(code).read(text) for code, text in given.items() if not _none_of_it(text)}


def _none_of_it(text: object) -> bool:
    if text in (None, ""):
        return True
    try:
        return Decimal(str(text)) == 0
    except InvalidOperation:
        return False


def read_parcels(texts: Sequence[str]) -> list[Parcel]:
    """Parcels from ``number=hectares`` texts. Raises Refused LG127 for any other shape."""
    found = []
    for text in texts:
        number, sign, area = text.rpartition("=")
        if not sign or not number.strip():
            raise refuse("LG127", "parcel", measured=text, limit="编号=公顷")
        found.append(Parcel(number.strip(), asset("QTY").read(area, number.strip())))
    return found


# -- what the morning asks


def balance_rows(found: Sequence[Holding], lang: str = "zh") -> list[dict[str, Any]]:
    """One row a county and asset: told figures by kind of account, and the smallest units beside them."""
    from geo.standards.land import admin_units

    sums = by_county(list(found))
    told = [k for k in account_kinds().values() if k.told]
    table = []
    for county in sorted({key[0] for key in sums}):
        for a in assets().values():
            units = {k.code: abs(sums.get((county, a.code, k.code), 0)) for k in told}
            if not any(units.values()):
                continue
            name = admin_units()[county].zh if county in admin_units() else county
            table.append({"county": county, "county_name": name, "asset": a.code, "asset_name": a.label(lang),
                          "unit": a.told_unit(lang), "units": units,
                          **{k: str(a.figure(n)) for k, n in units.items()}})  # fmt: skip
    return table


def picture(
    ledger: Ledger, *, on: date | None = None, recorded_until: str = "", search: str = "", lang: str = "zh",
    within_days: int | None = WARN_DAYS,
) -> dict[str, Any]:  # fmt: skip
    """Everything the page, the command and the printed register show, read in one snapshot."""
    day = on or today_cn(ledger.clock())
    with ledger.look() as tx:
        found = holdings(tx, on=day, recorded_until=recorded_until)
        head = tx.one("SELECT txn_id, hash, recorded_at FROM txn ORDER BY txn_id DESC LIMIT 1")
        lines = register(tx, search=search, last=day)
        if recorded_until:
            lines = [x for x in lines if x.recorded_at <= recorded_until]
        return {
            "place": ledger.store.name,
            "engine": ledger.store.engine,
            "on": day.isoformat(),
            "recorded_until": recorded_until,
            "entries": head[0] if head else 0,
            "head": head[1] if head else "",
            "head_recorded_at": head[2] if head else "",
            "regime": ledger.rules.regime(day).code,
            "balances": balance_rows(found, lang),
            "holdings": found,
            "ageing": ageing(found, on=day, edges_days=AGE_DAYS),
            "dues": dues(tx, on=day, within_days=within_days),
            "overdue": overdue(tx, on=day),
            "reserve": reserve_states(tx),
            "lines": lines,
            "open": [x for x in register(tx) if x.state == "open"],
        }


def end_of_day(day: date) -> str:
    """The last instant of a day in Beijing, as the register writes instants."""
    midnight = datetime.combine(day + timedelta(days=1), time(), ZoneInfo("Asia/Shanghai"))
    return instant_text(midnight - timedelta(microseconds=1))


def flows(lines: Sequence[Any]) -> dict[tuple[str, str, str], int]:
    """What moved from one kind of account to another, by asset, over the lines given; an undone act and its mirror
    cancel out."""
    sums: dict[tuple[str, str, str], int] = {}
    for line in lines:
        for source, target, _lot, code, amount in line.legs:
            sums[source, target, code] = sums.get((source, target, code), 0) + amount
    net: dict[tuple[str, str, str], int] = {}
    for (source, target, code), amount in sums.items():
        back = sums.get((target, source, code), 0)
        if amount > back:
            net[source, target, code] = amount - back
    return net
