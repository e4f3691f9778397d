"""Each lie that a hand could write into the file has its own finding; and refusals that no other test meets."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from geo.ledger.anchor import Anchor
from geo.ledger.asset import asset
from geo.ledger.audit import audit
from geo.ledger.backup import back_up
from geo.ledger.indicator import capacity
from geo.ledger.refusal import Refused
from geo.ledger.store import INSERT

# What is done to the file, and the findings that must be among the answers. Guards are taken off and put back.
LIES = [
    ("UPDATE txn SET hash = 'x' WHERE txn_id = 2", {"LG301", "LG302", "LG309"}),
    ("UPDATE txn SET actor = '别人' WHERE txn_id = 2", {"LG302"}),
    ("UPDATE txn SET txn_id = 9 WHERE txn_id = 3", {"LG304"}),
    ("UPDATE transfer SET amount = 999 WHERE transfer_id = 1", {"LG302", "LG303"}),
    ("DELETE FROM transfer WHERE transfer_id = 1", {"LG302", "LG303", "LG304"}),
    ("UPDATE account SET balance = balance + 1 WHERE kind = 'AVAILABLE'", {"LG303", "LG305"}),
    ("UPDATE account SET last_effective = '2020-01-01'", {"LG303"}),
    ("PRAGMA ignore_check_constraints = ON; UPDATE account SET balance = -5 WHERE kind = 'RESERVED'",
     {"LG303", "LG305", "LG306", "LG310"}),
    ("UPDATE parcel SET wkb = x'00'", {"LG307"}),
    ("UPDATE parcel SET area = area + 1", {"LG302", "LG315"}),
    ("UPDATE lot SET area = area + 1", {"LG302", "LG315"}),
    ("UPDATE project SET code = '另一个'", {"LG302", "LG312"}),
    ("INSERT INTO project VALUES ('多', '多', '330421', 2)", {"LG302"}),
    ("INSERT INTO setting VALUES (99, 'office', 'off', 77)", {"LG302", "LG310"}),
    ("UPDATE asset SET per_unit = 1 WHERE code = 'QTY'", {"LG318"}),
    ("UPDATE ledger_meta SET value = 'x'", {"LG302"}),
    ("DELETE FROM transfer WHERE txn_id = 3; DELETE FROM txn WHERE txn_id = 3", {"LG308", "LG303"}),
]  # fmt: skip


@pytest.mark.parametrize(("lie", "codes"), LIES, ids=[lie for lie, _ in LIES])
def test_every_lie_is_found(sqlite_pool: Any, lie: str, codes: set[str]) -> None:
    sqlite_pool.credit("L1", 1000)
    sqlite_pool.reserve(10)
    store = sqlite_pool.ledger.store
    hand = sqlite3.connect(store.path, isolation_level=None)
    guards = hand.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
    for name, _ in guards:
        hand.execute(f"DROP TRIGGER {name}")
    hand.executescript(lie)
    for _, sql in guards:
        hand.execute(sql)
    hand.close()
    found = {f.code for f in audit(store, sqlite_pool.ledger.anchor).findings}
    assert codes <= found
    with pytest.raises(Refused) as caught:
        back_up(store, store.path.with_name("copy.db"), anchor=sqlite_pool.ledger.anchor)
    assert caught.value.code == "LG913"
    assert not store.path.with_name("copy.db").exists()


def test_a_sound_ledger_is_said_to_be_sound(sqlite_pool: Any) -> None:
    outcome = audit(sqlite_pool.ledger.store, sqlite_pool.ledger.anchor)
    assert (outcome.sound, outcome.entries, outcome.findings) == (True, 1, ())


def refused(code: str, act: Callable[[], object]) -> None:
    with pytest.raises(Refused) as caught:
        act()
    assert caught.value.code == code


def test_refusals_of_words_and_figures(pool: Any) -> None:
    pool.credit("L1", 1000)
    pool.reserve(10)
    refused("LG131", lambda: pool.ledger.reserve("P1", {"QTY": 1}, name="别的路", act=pool.act()))
    pool.ledger.release("P1", act=pool.act())
    refused("LG141", lambda: pool.ledger.release("P1", act=pool.act()))
    refused("LG136", lambda: capacity({16: 5}, kg_per_ha_grade=1500, grade_base=16))
    refused("LG101", lambda: capacity({1: 5.0}, kg_per_ha_grade=1500, grade_base=16))  # type: ignore[dict-item]
    for bad in ("0.0000001", "一亩", "", "1e-9"):
        refused("LG132", lambda b=bad: asset("QTY").read(b))
    refused("LG101", lambda: asset("QTY").read(1.5))
    assert asset("QTY").read("12.345678") == 12_345_678
    assert asset("CAP").read("1,942,500.00") == 194_250_000


def test_a_row_that_breaks_the_books_is_refused_by_the_tables(pool: Any) -> None:
    """A bug of ours would meet the same wall: one code, nothing written."""
    pool.credit("L1", 1000)
    store, before = pool.ledger.store, pool.entries()

    def overdraw() -> None:
        with store.write() as tx:
            tx.run(INSERT["transfer"], 2, before, 2, 1, "QTY", 5000, -4000, 4000)

    refused("LG906", overdraw)
    assert audit(store, pool.ledger.anchor).findings == ()


def test_an_anchor_that_cannot_be_written_is_told(sqlite_pool: Any, quick_folder: Path) -> None:
    from dataclasses import replace

    (quick_folder / "block").mkdir()
    ledger = replace(sqlite_pool.ledger, anchor=Anchor(quick_folder / "block"))
    refused("LG912", lambda: ledger.reserve("P", {"QTY": 1}, name="n", county="330421", act=sqlite_pool.act()))


def test_half_a_line_of_the_anchor_is_skipped(sqlite_pool: Any) -> None:
    sqlite_pool.credit("L1", 1000)
    with sqlite_pool.ledger.anchor.path.open("a", encoding="utf-8") as file:
        file.write("99 abc")
    assert sqlite_pool.ledger.anchor.newest()[0] == 2
    sqlite_pool.reserve(1)
    assert audit(sqlite_pool.ledger.store, sqlite_pool.ledger.anchor).findings == ()


def test_a_restored_line_wipes_what_was_before(tmp_path: Path) -> None:
    anchor = Anchor(tmp_path / "a" / "x.anchor")
    anchor.append(5, "a" * 64)
    anchor.append(3, "b" * 64, "restored 局长")
    assert anchor.newest() == (3, "b" * 64)
