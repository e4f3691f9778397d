"""A pool to play with on either engine: the same tests run on SQLite and on PostgreSQL."""

from __future__ import annotations

import itertools
import os
import struct
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from geo.ledger.entry import Act, Parcel, Receipt
from geo.ledger.ledger import Ledger, create_ledger, open_ledger
from geo.ledger.postgres_store import PostgresStore
from geo.ledger.rules import Regime, Rules, Term
from geo.ledger.sqlite_store import SqliteStore

JIASHAN, WUJIANG, QINGPU = "330421", "320509", "310118"
RULES = Rules(
    (
        Regime("A", "三类指标", "three", date(2017, 12, 11), date(2024, 12, 31), "county", ("QTY", "CAP", "PADDY")),
        Regime("B", "省级台账", "province", date(2025, 1, 1), None, "province", ("QTY",)),
    ),
    (Term(date(2008, 12, 31), date(2020, 6, 30), 3), Term(date(2020, 7, 1), None, 5)),
    edition="tests",
)
_numbers = itertools.count(1)


class Clock:
    """A clock that only moves when told."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        self.now += timedelta(microseconds=1)
        return self.now

    def forward(self, **span: float) -> None:
        self.now += timedelta(**span)


@dataclass
class Pool:
    """A ledger with the shortest words for tests."""

    ledger: Ledger
    clock: Clock
    anchors: Path
    _lots: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def act(self, **options: Any) -> Act:
        return self.ledger.act("事由", "文号1", **options)

    def as_(self, actor: str) -> Pool:
        ledger = open_ledger(self.ledger.store, self.ledger.rules, actor=actor, anchors=self.anchors, clock=self.clock)
        return Pool(ledger, self.clock, self.anchors, self._lots)

    def credit(self, lot: str = "L1", qty: int = 1000, *, county: str = JIASHAN, on: date = date(2026, 1, 5),
               act: Act | None = None, expires: date | None = None, **more: int) -> Receipt:  # fmt: skip
        amounts = {k: v for k, v in {"QTY": qty, **more}.items() if v}
        parcels = [Parcel(f"{lot}-p1", qty or 500, square(next(self._lots)), 4528)]
        return self.ledger.credit(
            lot, county, amounts, parcels, accepted_on=on, expires_on=expires, act=act or self.act()
        )

    def reserve(self, qty: int, project: str = "P1", *, act: Act | None = None, **more: Any) -> Receipt:
        more.setdefault("county", JIASHAN)
        amounts = more.pop("amounts", {"QTY": qty})
        return self.ledger.reserve(project, amounts, name="某路", act=act or self.act(), **more)

    def amounts(self, **where: str) -> dict[str, int]:
        """Sums by kind of account of asset QTY (or ``asset=``), optionally of one project or lot."""
        from geo.ledger.balance import holdings

        code = where.pop("asset", "QTY")
        sums: dict[str, int] = {}
        with self.ledger.look() as tx:
            for h in holdings(tx):
                if h.asset == code and all(getattr(h, k) == v for k, v in where.items()):
                    sums[h.kind] = sums.get(h.kind, 0) + h.amount
        return sums

    def entries(self) -> int:
        return self.ledger.head()[0]


def square(number: int) -> bytes:
    """WKB of a square that no other number has."""
    x, y = 40_500_000.0 + 100 * number, 3_430_000.0
    ring = [(x, y), (x + 10, y), (x + 10, y + 10), (x, y + 10), (x, y)]
    return struct.pack("<BIII", 1, 3, 1, 5) + b"".join(struct.pack("<dd", *p) for p in ring)


@pytest.fixture
def quick_folder() -> Iterator[Path]:
    """A folder in memory where there is one: a forced write to disk costs nothing there."""
    base = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="tianchou-ledger-", dir=base) as folder:
        yield Path(folder)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgis)])
def make_pool(request: pytest.FixtureRequest, quick_folder: Path) -> Iterator[Callable[..., Pool]]:
    """Make pools on the engine at hand: ``make_pool(settings=…, members=…, actor=…)``."""
    conninfo = request.getfixturevalue("postgis") if request.param == "postgres" else ""
    stores: list[Any] = []

    def make(*, actor: str = "经办", now: datetime = datetime(2026, 11, 23, 1, 0, tzinfo=UTC), **options: Any) -> Pool:
        number = next(_numbers)
        store: Any = (
            PostgresStore(conninfo, schema=f"pool_{os.getpid()}_{number}", durable=False)
            if conninfo
            else SqliteStore(quick_folder / f"ledger{number}.db")
        )
        stores.append(store)
        clock, anchors = Clock(now), quick_folder / "anchors"
        ledger = create_ledger(store, RULES, actor=actor, basis="批文", anchors=anchors, clock=clock, **options)
        return Pool(ledger, clock, anchors)

    yield make
    for store in stores:
        store.close()
        if conninfo:
            import psycopg

            with psycopg.connect(conninfo, autocommit=True) as connection:
                connection.execute("SET client_min_messages = error")
                connection.execute(f"DROP SCHEMA {store.schema} CASCADE")


@pytest.fixture
def pool(make_pool: Callable[..., Pool]) -> Pool:
    return make_pool()


@pytest.fixture
def sqlite_pool(quick_folder: Path) -> Iterator[Pool]:
    """A pool in a file, for what only a file can suffer."""
    clock, anchors = Clock(datetime(2026, 11, 23, 1, 0, tzinfo=UTC)), quick_folder / "anchors"
    store = SqliteStore(quick_folder / "ledger.db")
    yield Pool(create_ledger(store, RULES, actor="经办", basis="批文", anchors=anchors, clock=clock), clock, anchors)
    store.close()
