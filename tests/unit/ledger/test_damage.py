"""What a file can suffer: torn logs, flipped bits, full disk, read-only folder, a stranger's hand, old copies."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from geo.ledger.audit import audit
from geo.ledger.backup import back_up, restore
from geo.ledger.entry import Act
from geo.ledger.ledger import create_ledger, open_ledger
from geo.ledger.refusal import Refused, StoreTrouble
from geo.ledger.sqlite_store import SqliteStore
from geo.ledger.store import SELECT

SEED = 20261123


def refused(code: str, act: Callable[[], object]) -> Refused:
    with pytest.raises(Refused) as caught:
        act()
    assert caught.value.code == code, caught.value.text()
    return caught.value


def hashes(path: Path) -> list[str]:
    store = SqliteStore(path)
    try:
        with store.read() as tx:
            return [str(h) for (h,) in tx.all("SELECT hash FROM txn ORDER BY txn_id")]
    finally:
        store.close()


def rows_of(path: Path) -> Any:
    """Every row of every table that the chain or the schema stands on; None when SQLite cannot read them."""
    connection = sqlite3.connect(path)
    try:
        names = [*SELECT, "ledger_meta", "asset", "migration", "sqlite_master"]
        return {name: connection.execute(f"SELECT * FROM {name}").fetchall() for name in names}
    except (sqlite3.Error, UnicodeDecodeError):
        return None
    finally:
        connection.close()


def filled(pool: Any, acts: int) -> None:
    pool.credit("L1", 10_000_000)
    for n in range(acts):
        pool.reserve(10 + n, f"P{n % 5}")


def test_two_hundred_torn_logs_recover_to_a_valid_prefix(sqlite_pool: Any, quick_folder: Path) -> None:
    """Cut, garbled and bit-flipped write-ahead logs: what is left is a prefix of history that passes every check."""
    path = sqlite_pool.ledger.store.path
    keep = sqlite3.connect(path)  # holds the log open: nothing is folded into the file while it grows
    keep.execute("PRAGMA wal_autocheckpoint = 0")
    keep.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # the empty ledger is in the file, its history in the log
    keep.execute("BEGIN")
    keep.execute("SELECT COUNT(*) FROM txn").fetchone()
    filled(sqlite_pool, 40)
    whole, log = path.read_bytes(), path.with_name(path.name + "-wal").read_bytes()
    history = hashes(path)
    chance = random.Random(SEED)
    lengths = set()
    for number in range(200):
        copy = quick_folder / f"torn{number}.db"
        copy.write_bytes(whole)
        at = chance.randrange(len(log))
        torn = (log[:at], log[:at] + chance.randbytes(min(4096, len(log) - at)),
                log[:at] + bytes([log[at] ^ (1 << chance.randrange(8))]) + log[at + 1 :])[number % 3]  # fmt: skip
        copy.with_name(copy.name + "-wal").write_bytes(torn)
        found = hashes(copy)
        outcome = audit(SqliteStore(copy))
        assert outcome.sound, (number, outcome.findings)
        assert found == history[: len(found)], number
        lengths.add(len(found))
        if found and len(found) < len(history):  # the lost tail is seen from outside, by the anchor
            assert not audit(SqliteStore(copy), sqlite_pool.ledger.anchor).sound
    assert len(lengths) > 20
    keep.close()


def test_bit_flips_in_rows_are_found_by_the_audit(sqlite_pool: Any, quick_folder: Path) -> None:
    """Any flip that changes what a table says, or makes it unreadable, is a finding; in free space it is none."""
    filled(sqlite_pool, 60)
    path = sqlite_pool.ledger.store.path
    copy = back_up(sqlite_pool.ledger.store, quick_folder / "clean.db").path
    clean, body = rows_of(copy), copy.read_bytes()
    chance = random.Random(SEED)
    changed = 0
    for number in range(600):
        bad = bytearray(body)
        at = chance.randrange(len(body))
        bad[at] ^= 1 << chance.randrange(8)
        flipped = quick_folder / f"flip{number}.db"
        flipped.write_bytes(bad)
        now = rows_of(flipped)
        if now == clean:
            continue
        changed += 1
        assert not audit(SqliteStore(flipped), sqlite_pool.ledger.anchor).sound, (number, at)
    assert changed > 100
    assert path.is_file()


def test_full_disk_refuses_and_loses_nothing(sqlite_pool: Any) -> None:
    filled(sqlite_pool, 5)
    store = sqlite_pool.ledger.store
    connection = store._connection()
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count = {pages}")  # SQLite's own way of having no more room

    def fill_up() -> None:
        for n in range(2000):
            sqlite_pool.reserve(1, f"满{n}")

    with pytest.raises(StoreTrouble) as caught:
        fill_up()
    assert caught.value.code == "LG903"
    assert "磁盘已满" in caught.value.text("zh")
    before = sqlite_pool.entries()
    assert audit(store, sqlite_pool.ledger.anchor).findings == ()
    connection.execute("PRAGMA max_page_count = 1000000")
    sqlite_pool.reserve(1)
    assert sqlite_pool.entries() == before + 1


def test_an_answer_waits_for_the_disk(sqlite_pool: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every answer, a repeated one too, comes after the log was forced to disk; where that fails there is no answer."""
    from geo.ledger import sqlite_store

    forced: list[int] = []
    monkeypatch.setattr(sqlite_store.os, "fsync", lambda handle: forced.append(os.fstat(handle).st_size))
    sqlite_pool.credit("L1", 1000)
    act = sqlite_pool.act(key="k")
    sqlite_pool.reserve(5, act=act)
    assert sqlite_pool.reserve(5, act=act).replayed
    log = sqlite_pool.ledger.store.path
    assert len(forced) == 3
    assert forced[1] <= log.with_name(log.name + "-wal").stat().st_size

    def broken(_: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(sqlite_store.os, "fsync", broken)
    refused("LG902", lambda: sqlite_pool.reserve(7, act=sqlite_pool.act(key="k2")))
    monkeypatch.undo()
    assert sqlite_pool.reserve(7, act=sqlite_pool.act(key="k2")).replayed  # the same key: once, whatever happened
    assert sqlite_pool.amounts()["RESERVED"] == 12


def test_read_only_folder(sqlite_pool: Any, quick_folder: Path) -> None:
    """As an account that may not write (root may always): the house's words, and the ledger is as it was."""
    import subprocess
    import sys

    sqlite_pool.credit("L1", 1000)
    sqlite_pool.ledger.store.close()
    folder = quick_folder / "locked"
    folder.mkdir()
    shutil.copy(sqlite_pool.ledger.store.path, folder / "ledger.db")
    for name in (folder / "ledger.db", folder):
        name.chmod(0o555)
    quick_folder.chmod(0o755)
    code = (
        "import os, sys\n"
        "from pathlib import Path\n"
        "from geo.ledger.refusal import StoreTrouble\n"
        "from geo.ledger.sqlite_store import SqliteStore, expected_fingerprint\n"
        "from geo.standards.messages import catalogue\n"
        "expected_fingerprint(), catalogue()  # read now: the other account cannot see our files\n"
        "if os.geteuid() == 0: os.setuid(65534)\n"
        "old, new = SqliteStore(sys.argv[1] + '/ledger.db'), SqliteStore(sys.argv[1] + '/n.db')\n"
        "for store, act in ((old, 'write'), (new, 'create')):\n"
        "    try:\n"
        "        (store.create() if act == 'create' else store.write().__enter__())\n"
        "    except StoreTrouble as trouble: print(trouble.code)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(folder)], capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["LG902", "LG902"], done.stderr
    folder.chmod(0o755)
    assert len(hashes(folder / "ledger.db")) == 2


STRANGE = [
    "UPDATE account SET balance = balance + 5 WHERE kind = 'AVAILABLE'",
    "UPDATE account SET balance = 5, last_transfer = 99 WHERE kind = 'AVAILABLE'",
    "UPDATE account SET asset = 'CAP'",
    "DELETE FROM transfer",
    "DELETE FROM txn WHERE txn_id = 2",
    "UPDATE txn SET reason = 'x'",
    "UPDATE lot SET due_on = '2099-01-01'",
    "DELETE FROM parcel",
    "INSERT OR REPLACE INTO txn SELECT * FROM txn WHERE txn_id = 2",
    "INSERT OR REPLACE INTO account (account_id, kind, lot_id, asset, balance) VALUES (1, 'AVAILABLE', 1, 'QTY', 9)",
    "INSERT INTO transfer VALUES (99, 2, 1, 2, 'QTY', 5, 0, 0)",
    "INSERT INTO transfer VALUES (2, 99, 1, 2, 'QTY', 5, -1005, 1005)",
    "INSERT INTO parcel SELECT 2, lot_id, pool, parcel_id, area, grade, srid, wkb, sha256, '', '' FROM parcel",
    "INSERT INTO account (account_id, kind, lot_id, project, asset) VALUES (3, 'RESERVED', 1, '没有', 'QTY')",
    "INSERT INTO account (account_id, kind, lot_id, project, asset) VALUES (3, 'RESERVED', 1, '', 'QTY')",
    "INSERT OR REPLACE INTO ledger_meta VALUES ('ledger_id', 'x')",
    "INSERT OR REPLACE INTO asset VALUES ('QTY', 'm2', 1)",
]


@pytest.mark.parametrize("statement", STRANGE)
def test_a_connection_without_our_pragmas_is_stopped_by_the_tables(sqlite_pool: Any, statement: str) -> None:
    sqlite_pool.credit("L1", 1000)
    stranger = sqlite3.connect(sqlite_pool.ledger.store.path)
    with pytest.raises(sqlite3.IntegrityError):
        stranger.execute(statement)
    stranger.close()
    assert audit(sqlite_pool.ledger.store, sqlite_pool.ledger.anchor).findings == ()


def test_altered_tables_are_refused_and_audited(sqlite_pool: Any) -> None:
    sqlite_pool.credit("L1", 1000)
    stranger = sqlite3.connect(sqlite_pool.ledger.store.path)
    stranger.execute("DROP TRIGGER txn_no_update")
    stranger.execute("UPDATE txn SET reason = '改过' WHERE txn_id = 2")
    stranger.commit()
    refused("LG907", lambda: sqlite_pool.reserve(1))
    assert [f.code for f in audit(sqlite_pool.ledger.store).findings] == ["LG907"]
    stranger.execute("CREATE TRIGGER txn_no_update BEFORE UPDATE ON txn BEGIN SELECT RAISE(ABORT, 'append_only'); END")
    stranger.commit()
    stranger.close()
    assert [f.code for f in audit(sqlite_pool.ledger.store).findings] == ["LG302"]


def test_an_old_copy_put_back_is_noticed(sqlite_pool: Any, quick_folder: Path) -> None:
    sqlite_pool.credit("L1", 1000)
    ledger = sqlite_pool.ledger
    old = back_up(ledger.store, quick_folder / "old.db", anchor=ledger.anchor).path
    sqlite_pool.reserve(10)
    ledger.store.close()
    for suffix in ("-wal", "-shm"):
        ledger.store.path.with_name(ledger.store.path.name + suffix).unlink(missing_ok=True)
    shutil.copy(old, ledger.store.path)
    refused("LG910", lambda: sqlite_pool.reserve(5))
    refused("LG910", lambda: open_ledger(ledger.store, ledger.rules, actor="u", anchors=sqlite_pool.anchors))
    assert "LG308" in {f.code for f in audit(ledger.store, ledger.anchor).findings}


def test_backup_and_restore_audit_the_copy(sqlite_pool: Any, quick_folder: Path) -> None:
    sqlite_pool.credit("L1", 1000)
    ledger, now = sqlite_pool.ledger, datetime(2026, 11, 23, tzinfo=UTC)
    copy = back_up(ledger.store, quick_folder / "b1.db", anchor=ledger.anchor)
    assert (copy.audit.entries, copy.audit.sound) == (2, True)
    refused("LG908", lambda: back_up(ledger.store, quick_folder / "b1.db"))
    sqlite_pool.reserve(10)
    refused("LG914", lambda: restore(copy.path, ledger.store, anchors=sqlite_pool.anchors, now=now))
    second = back_up(ledger.store, quick_folder / "b2.db", anchor=ledger.anchor)
    ledger.store.close()
    for suffix in ("", "-wal", "-shm"):
        ledger.store.path.with_name(ledger.store.path.name + suffix).unlink(missing_ok=True)
    assert restore(second.path, ledger.store, anchors=sqlite_pool.anchors, now=now).entries == 3
    sqlite_pool.reserve(10)
    # an older one only with a name and a reason, which the anchor keeps; the ledger that was there is set aside
    lost = restore(copy.path, ledger.store, anchors=sqlite_pool.anchors, accept_loss="局长 磁盘损坏", now=now)
    assert lost.entries == 2
    assert "restored 局长 磁盘损坏" in ledger.anchor.path.read_text(encoding="utf-8")
    assert list(quick_folder.glob("ledger.db.replaced-*"))
    assert sqlite_pool.reserve(7).txn_id == 3
    assert audit(ledger.store, ledger.anchor).sound
    bad = quick_folder / "bad.db"
    bad.write_bytes(second.path.read_bytes()[:9000])
    with pytest.raises(Refused):
        restore(bad, ledger.store, anchors=sqlite_pool.anchors, now=now)
    assert sqlite_pool.entries() == 3


def test_copying_the_file_while_it_is_in_use_is_not_a_backup(sqlite_pool: Any, quick_folder: Path) -> None:
    """What sits in the log is missing from a plain copy; the anchor says so."""
    sqlite_pool.credit("L1", 1000)
    shutil.copy(sqlite_pool.ledger.store.path, quick_folder / "cp.db")
    assert not audit(SqliteStore(quick_folder / "cp.db"), sqlite_pool.ledger.anchor).sound


def test_not_a_ledger(quick_folder: Path, sqlite_pool: Any) -> None:
    refused("LG901", lambda: SqliteStore(quick_folder / "none.db").read().__enter__())
    (quick_folder / "text.db").write_text("not a database " * 100)
    refused("LG905", lambda: SqliteStore(quick_folder / "text.db").read().__enter__())
    empty = sqlite3.connect(quick_folder / "other.db")
    empty.execute("CREATE TABLE t (x)")
    empty.close()
    refused("LG905", lambda: SqliteStore(quick_folder / "other.db").read().__enter__())
    refused("LG908", lambda: sqlite_pool.ledger.store.create())
    refused("LG901", lambda: SqliteStore(quick_folder / "no" / "folder.db").create())
    refused("LG142", lambda: create_ledger(
        SqliteStore(quick_folder / "o.db"), sqlite_pool.ledger.rules, actor="u", basis="b", settings={"office": "on"},
        anchors=sqlite_pool.anchors))  # fmt: skip


def test_another_process_and_another_thread_write_at_the_same_time(sqlite_pool: Any) -> None:
    """The page, a notebook and the command line at once: no error, no gap."""
    from concurrent.futures import ThreadPoolExecutor

    sqlite_pool.credit("L1", 100_000)

    def work(n: int) -> int:
        act = Act(sqlite_pool.ledger.actor, "r", "b", f"t{n}")
        return int(sqlite_pool.reserve(1, f"P{n % 7}", act=act).txn_id)

    with ThreadPoolExecutor(8) as many:
        numbers = sorted(many.map(work, range(200)))
    assert numbers == list(range(3, 203))
    assert audit(sqlite_pool.ledger.store, sqlite_pool.ledger.anchor).findings == ()


def test_no_door_of_the_ledger_leads_to_gdal() -> None:
    """F1: the ledger's file is opened by Python's sqlite3 alone; its modules import no library that carries GDAL."""
    import ast

    import geo.ledger

    for module in Path(geo.ledger.__file__).parent.glob("**/*.py"):
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else (
                [node.module or ""] if isinstance(node, ast.ImportFrom) else [])  # fmt: skip
            for name in names:
                top = name.split(".")[0]
                assert top not in {"pyogrio", "rasterio", "fiona", "geopandas", "duckdb", "osgeo", "shapely"}, module
                assert not name.startswith(("geo.io", "geo.geometry", "geo.qc", "geo.measure", "geo.policy")), module


def test_a_future_edition_and_an_older_one(sqlite_pool: Any) -> None:
    sqlite_pool.credit("L1", 5)
    stranger = sqlite3.connect(sqlite_pool.ledger.store.path)
    stranger.execute("INSERT INTO migration VALUES (2, 'x', 'y')")
    stranger.commit()
    fresh = SqliteStore(sqlite_pool.ledger.store.path)
    refused("LG907", lambda: fresh.read().__enter__())
    stranger.execute("DELETE FROM migration")
    stranger.commit()
    stranger.close()
    refused("LG911", lambda: SqliteStore(sqlite_pool.ledger.store.path).read().__enter__())


def test_dates_in_beijing_and_terms_of_years() -> None:
    """40 dates: year ends, leap days and hours at which Beijing is a day ahead of the server."""
    from geo.ledger.clock import add_years, today_cn

    for year in range(2020, 2036):
        assert today_cn(datetime(year, 12, 31, 15, 59, 59, tzinfo=UTC)) == date(year, 12, 31)
        assert today_cn(datetime(year, 12, 31, 16, 0, tzinfo=UTC)) == date(year + 1, 1, 1)
    for start in (date(2020, 2, 29), date(2024, 2, 29), date(2028, 2, 29)):
        for years in (1, 3, 4, 5):
            end = add_years(start, years)
            assert (end.year - start.year, end.month) == (years, 2)
            assert end.day == (29 if years == 4 else 28)
