"""What only the office's server has: rights of its users, geometry to look at, copies between the engines."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest

from geo.ledger.audit import audit
from geo.ledger.backup import back_up, restore
from geo.ledger.entry import Parcel
from geo.ledger.ledger import Ledger, create_ledger, open_ledger
from geo.ledger.postgres_store import PostgresStore
from geo.ledger.refusal import Refused
from geo.ledger.rules import Regime, Rules, Term

pytestmark = pytest.mark.postgis
RULES = Rules((Regime("B", "", "", date(2025, 1, 1), None, "province", ("QTY",)),), (Term(date(2020, 7, 1), None, 5),))


@pytest.fixture
def office(postgis: str, quick_folder: Path) -> Iterator[tuple[Ledger, PostgresStore]]:
    store = PostgresStore(postgis, schema=f"office_{os.getpid()}", durable=False)
    ledger = create_ledger(store, RULES, actor="u", basis="b", anchors=quick_folder / "anchors")
    yield ledger, store
    store.close()
    with psycopg.connect(postgis, autocommit=True) as owner:
        owner.execute("SET client_min_messages = error")
        owner.execute(f"DROP SCHEMA {store.schema} CASCADE")


def credit(ledger: Ledger, code: str, wkb: bytes) -> None:
    ledger.credit(code, "330421", {"QTY": 10_000}, [Parcel(code, 10_000, wkb, 4528)], accepted_on=date(2026, 1, 1),
                  act=ledger.act("r", "b"))  # fmt: skip


@pytest.fixture
def wkb() -> bytes:
    import struct

    ring = [(40500000.0, 3430000.0), (40500010.0, 3430000.0), (40500010.0, 3430010.0), (40500000.0, 3430000.0)]
    return struct.pack("<BIII", 1, 3, 1, 4) + b"".join(struct.pack("<dd", *p) for p in ring)


def test_evidence_is_geometry_too(office: Any, wkb: bytes) -> None:
    ledger, store = office
    credit(ledger, "L1", wkb)
    with store.read() as tx:
        row = tx.one("SELECT public.ST_SRID(geom), public.ST_Area(geom), public.ST_AsBinary(geom) = wkb FROM parcel")
    assert row == (4528, 50.0, True)


def test_an_office_user_may_append_and_read_and_nothing_else(office: Any, postgis: str, wkb: bytes) -> None:
    ledger, store = office
    with psycopg.connect(postgis, autocommit=True) as owner:
        owner.execute("DROP ROLE IF EXISTS clerk")
        owner.execute("CREATE ROLE clerk LOGIN")
    try:
        store.let_write("clerk")
        address = postgis.replace("user=tianchou", "user=clerk")
        mine = PostgresStore(address, schema=store.schema, durable=False)
        clerk = open_ledger(mine, RULES, actor="clerk", anchors=ledger.anchor.path.parent)
        credit(clerk, "L1", wkb)
        mine.close()
        with psycopg.connect(address, autocommit=True) as stranger:
            stranger.execute(f"SET search_path = {store.schema}")
            for statement in ("UPDATE account SET balance = 0", "DELETE FROM txn", "TRUNCATE txn CASCADE",
                              "ALTER TABLE txn DISABLE TRIGGER ALL", "DROP TABLE txn CASCADE",
                              "INSERT INTO asset VALUES ('X', 'm2', 1)"):  # fmt: skip
                with pytest.raises(psycopg.Error):
                    stranger.execute(statement)
        assert audit(store, ledger.anchor).findings == ()
    finally:
        with psycopg.connect(postgis, autocommit=True) as owner:
            owner.execute("DROP OWNED BY clerk")
            owner.execute("DROP ROLE clerk")


def test_even_the_owner_is_stopped_by_the_tables(office: Any, postgis: str, wkb: bytes) -> None:
    ledger, store = office
    credit(ledger, "L1", wkb)
    with psycopg.connect(postgis, autocommit=True) as owner:
        owner.execute(f"SET search_path = {store.schema}, public")
        for statement in ("UPDATE account SET balance = balance + 5 WHERE kind = 'AVAILABLE'", "DELETE FROM transfer",
                          "UPDATE txn SET reason = 'x'", "TRUNCATE transfer", "TRUNCATE txn CASCADE"):  # fmt: skip
            with pytest.raises(psycopg.Error):
                owner.execute(statement)
        assert audit(store, ledger.anchor).findings == ()
        owner.execute("ALTER TABLE txn DISABLE TRIGGER txn_no_change")
        owner.execute("UPDATE txn SET reason = '改过' WHERE txn_id = 2")
    store.close()
    assert {f.code for f in audit(store, ledger.anchor).findings} == {"LG907"}
    with psycopg.connect(postgis, autocommit=True) as owner:
        owner.execute(f"ALTER TABLE {store.schema}.txn ENABLE TRIGGER txn_no_change")
    store.close()
    assert {f.code for f in audit(store, ledger.anchor).findings} == {"LG302"}


def test_a_backup_of_the_server_is_a_file_and_goes_back(
    office: Any, postgis: str, wkb: bytes, quick_folder: Path
) -> None:
    ledger, store = office
    credit(ledger, "L1", wkb)
    ledger.reserve("P1", {"QTY": 77}, name="n", county="330421", act=ledger.act("r", "b"))
    ledger.use("P1", {"QTY": 7}, act=ledger.act("r", "b"))
    copy = back_up(store, quick_folder / "office.db", anchor=ledger.anchor)
    assert (copy.audit.entries, copy.audit.head) == ledger.head()
    target = PostgresStore(postgis, schema=f"again_{os.getpid()}", durable=False)
    try:
        after = restore(copy.path, target, anchors=ledger.anchor.path.parent, now=datetime.now(UTC))
        assert (after.entries, after.head) == ledger.head()
        again = open_ledger(target, RULES, actor="u", anchors=ledger.anchor.path.parent)
        assert again.release("P1", {"QTY": 1}, act=again.act("r", "b")).txn_id == after.entries + 1
    finally:
        target.close()
        with psycopg.connect(postgis, autocommit=True) as owner:
            owner.execute("SET client_min_messages = error")
            owner.execute(f"DROP SCHEMA {target.schema} CASCADE")


def test_a_server_that_is_away_or_not_durable_is_refused_in_words(postgis: str, quick_folder: Path) -> None:
    with pytest.raises(Refused) as caught:
        open_ledger(PostgresStore("host=127.0.0.1 port=1 dbname=x"), RULES, actor="u", anchors=quick_folder)
    assert caught.value.code == "LG909"
    with pytest.raises(Refused) as caught:  # the tests' own server runs without fsync
        open_ledger(PostgresStore(postgis), RULES, actor="u", anchors=quick_folder)
    assert caught.value.code == "LG907"
    nobody = PostgresStore(postgis, schema="nobody", durable=False)
    with pytest.raises(Refused) as caught:
        open_ledger(nobody, RULES, actor="u", anchors=quick_folder)
    nobody.close()
    assert caught.value.code == "LG901"
    with pytest.raises(Refused):
        PostgresStore(postgis, schema="x; DROP SCHEMA public")
