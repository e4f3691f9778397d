"""Copies to trust: made from one snapshot, audited before they are kept, never older than the anchor unknowingly."""

from __future__ import annotations

import os
import sqlite3
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from geo.ledger.anchor import Anchor, default_folder
from geo.ledger.audit import Audit, audit
from geo.ledger.ledger import ledger_id
from geo.ledger.refusal import refuse, refuse_all, trouble
from geo.ledger.sqlite_store import SqliteStore
from geo.ledger.store import INSERT, SELECT, Store, Tx

_LOTS_OF = "SELECT lot_id FROM lot WHERE txn_id = ?"


@dataclass(frozen=True, slots=True)
class Copy:
    """A backup that passed its audit."""

    path: Path
    audit: Audit


def back_up(store: Store, target: Path, *, anchor: Anchor | None = None) -> Copy:
    """Copy a ledger of either engine into a new SQLite file and audit the copy; a copy that fails is not kept.

    Raises Refused LG908 (target exists), LG913 (audit failed) or StoreTrouble.
    """
    if target.exists():
        raise refuse("LG908", str(target))
    if not target.parent.is_dir():
        raise trouble("LG901", str(target.parent))
    part = target.with_name(target.name + ".part")
    _remove(part)
    try:
        if isinstance(store, SqliteStore):
            _vacuum_into(store, part)
        else:
            fresh = SqliteStore(part)
            _copy_rows(store, fresh)
            fresh.close()
        checked = SqliteStore(part)
        outcome = audit(checked, anchor)
        checked.close()
        if not outcome.sound:
            raise refuse("LG913", str(target), measured=outcome.findings[0].text("en"))
        _settle(part)
        part.replace(target)
    except OSError as fault:
        raise trouble("LG903", str(target), measured=fault.strerror or str(fault)) from fault
    finally:
        _remove(part)
    return Copy(target, outcome)


def restore(
    copy: Path, target: Store, *, anchors: Path | None = None, accept_loss: str = "", now: datetime
) -> Audit:  # fmt: skip
    """Put a backup in the place of a ledger, after auditing it against the anchor.

    A SQLite target that exists is moved aside, never overwritten. A backup older than the anchor is refused (LG914)
    unless ``accept_loss`` says who accepts it and why; the anchor then records that.
    """
    source = SqliteStore(copy)
    anchor = Anchor((anchors or default_folder()) / f"{ledger_id(source)}.anchor")
    outcome = audit(source)
    refuse_all([f for f in outcome.findings if f.severity == "error"])
    anchored = anchor.lines()
    with source.read() as tx:
        lost = anchor.findings(tx, anchored)
    if lost and not accept_loss:
        newest = max(anchored)[0]
        raise refuse("LG914", str(copy), measured=str(outcome.entries), limit=str(newest))
    if isinstance(target, SqliteStore):
        _put_in_place(source, target, now)
    else:
        _copy_rows(source, target)
    after = audit(target)
    refuse_all([f for f in after.findings if f.severity == "error"])
    if lost:
        anchor.append(after.entries, after.head, "restored " + " ".join(accept_loss.split()))
    return after


def _vacuum_into(store: SqliteStore, part: Path) -> None:
    with store.read():
        pass  # the edition check: a backup of a strange file helps nobody
    connection = sqlite3.connect(store.path, isolation_level=None, timeout=30)
    try:
        connection.execute("VACUUM INTO ?", (str(part),))
    except sqlite3.Error as fault:
        raise trouble("LG903" if "full" in str(fault) else "LG902", str(part), measured=str(fault)) from fault
    finally:
        connection.close()


def _put_in_place(source: SqliteStore, target: SqliteStore, now: datetime) -> None:
    fresh = target.path.with_name(target.path.name + ".restoring")
    _remove(fresh)
    _vacuum_into(source, fresh)
    _settle(fresh)
    target.close()
    if target.path.exists():
        aside = f"{target.path.name}.replaced-{now:%Y%m%dT%H%M%S}"
        for suffix in ("-wal", "-shm", ""):
            old = target.path.with_name(target.path.name + suffix)
            if old.exists():
                old.replace(target.path.with_name(aside + suffix))
    fresh.replace(target.path)


def _settle(path: Path) -> None:
    """Fold the copy's log into the file, leave one file, and force it to disk."""
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        connection.execute("PRAGMA journal_mode = DELETE")
    finally:
        connection.close()
    for name in (path, path.parent):
        handle = os.open(name, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _copy_rows(source: Store, target: Store) -> None:
    """Every entry again in order, through the target's own guards; the target must be empty or new."""
    target.create()
    with source.read() as old, target.write() as new:
        new.many("INSERT INTO ledger_meta (name, value) VALUES (?, ?)", old.all("SELECT name, value FROM ledger_meta"))
        scale = old.all("SELECT code, unit, per_unit FROM asset")
        new.many("INSERT INTO asset (code, unit, per_unit) VALUES (?, ?, ?)", scale)
        accounts = {int(r[0]): r for r in old.all(SELECT["account"])}
        opened = 0
        for (txn_id,) in old.all("SELECT txn_id FROM txn ORDER BY txn_id"):
            _copy_part(old, new, "txn", txn_id)
            _copy_part(old, new, "project", txn_id)
            _copy_part(old, new, "lot", txn_id, "lot_id")
            parcels = SELECT["parcel"] + " WHERE lot_id IN (" + _LOTS_OF + ") ORDER BY parcel_row"
            new.many(INSERT["parcel"], [(*r[:7], bytes(r[7]), *r[8:]) for r in old.all(parcels, txn_id)])
            for row in old.all(SELECT["transfer"] + " WHERE txn_id = ? ORDER BY transfer_id", txn_id):
                while opened < max(row[2], row[3]):
                    opened += 1
                    new.run(INSERT["account"], *accounts[opened])
                new.run(INSERT["transfer"], *row)
            _copy_part(old, new, "member", txn_id, "member_row")
            _copy_part(old, new, "setting", txn_id, "setting_row")


def _copy_part(old: Tx, new: Tx, table: str, txn_id: int, order: str = "txn_id") -> None:
    rows: list[tuple[Any, ...]] = old.all(SELECT[table] + " WHERE txn_id = ? ORDER BY " + order, txn_id)
    if rows:
        new.many(INSERT[table], rows)


def _remove(path: Path) -> None:
    for suffix in ("", "-wal", "-shm", ".lock"):
        with suppress(OSError):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
