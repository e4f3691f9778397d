"""What a store must do. Two engines keep it: ``SqliteStore`` (a file) and ``PostgresStore`` (an office server)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from geo.finding import Finding

# Tables in the order in which one transaction's rows are written, with the columns of each.
COLUMNS: dict[str, tuple[str, ...]] = {
    "txn": ("txn_id", "idem_key", "request_sha256", "kind", "actor", "approver", "reason", "basis", "recorded_at",
            "effective_on", "regime", "rules", "body", "reverses", "decides", "prev_hash", "hash"),
    "project": ("code", "name", "county", "txn_id"),
    "lot": ("lot_id", "code", "kind", "county", "regime", "area", "started_on", "due_on", "limit_on", "government",
            "project", "parent", "mechanism", "name", "txn_id"),
    "parcel": ("parcel_row", "lot_id", "pool", "parcel_id", "area", "grade", "srid", "wkb", "sha256", "area_method",
               "source_sha256"),
    "account": ("account_id", "kind", "lot_id", "project", "asset"),
    "transfer": ("transfer_id", "txn_id", "from_id", "to_id", "asset", "amount", "from_after", "to_after"),
    "member": ("member_row", "subject", "role", "granted", "txn_id"),
    "setting": ("setting_row", "name", "value", "txn_id"),
}  # fmt: skip
# One statement a table, written here once: no part of it ever comes from a request.
INSERT: dict[str, str] = {
    table: "INSERT INTO " + table + " (" + ", ".join(names) + ") VALUES (" + ", ".join("?" * len(names)) + ")"  # noqa: S608
    for table, names in COLUMNS.items()
}
SELECT: dict[str, str] = {
    table: "SELECT " + ", ".join(names) + " FROM " + table  # noqa: S608
    for table, names in COLUMNS.items()
}
# The newest entry and the last number of every numbered table, in one statement.
NUMBERED = ("lot", "parcel", "account", "transfer", "member", "setting")
HEAD = (
    "SELECT h.txn_id, h.hash, h.recorded_at, "
    "(SELECT COALESCE(MAX(lot_id), 0) FROM lot), (SELECT COALESCE(MAX(parcel_row), 0) FROM parcel), "
    "(SELECT COALESCE(MAX(account_id), 0) FROM account), (SELECT COALESCE(MAX(transfer_id), 0) FROM transfer), "
    "(SELECT COALESCE(MAX(member_row), 0) FROM member), (SELECT COALESCE(MAX(setting_row), 0) FROM setting) "
    "FROM txn h ORDER BY h.txn_id DESC LIMIT 1"
)


class Tx(Protocol):
    """One open transaction. SQL uses ``?`` and the same text on both engines."""

    def all(self, sql: str, *values: Any) -> list[tuple[Any, ...]]: ...

    def one(self, sql: str, *values: Any) -> tuple[Any, ...] | None: ...

    def run(self, sql: str, *values: Any) -> None: ...

    def many(self, sql: str, rows: Iterable[Sequence[Any]]) -> None: ...


class Store(Protocol):
    """Where a ledger lives."""

    @property
    def engine(self) -> str:
        """sqlite or postgres."""
        ...

    @property
    def name(self) -> str:
        """What a person calls it: a file path or a server's database (never a password)."""
        ...

    def create(self) -> None:
        """Make an empty ledger with all tables. Raises Refused LG908 where one exists already."""
        ...

    def upgrade(self) -> list[int]:
        """Apply the migrations that are missing, in one transaction; returns their numbers."""
        ...

    def write(self) -> AbstractContextManager[Tx]:
        """The only way to write: one at a time, all or nothing, durable when it returns."""
        ...

    def read(self) -> AbstractContextManager[Tx]:
        """A consistent picture for reading."""
        ...

    def check(self) -> list[Finding]:
        """The engine's own integrity check and the schema's fingerprint."""
        ...

    def close(self) -> None: ...
