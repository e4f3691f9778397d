"""The ledger in a SQLite file of its own, opened by Python's ``sqlite3`` alone.

GDAL carries a second SQLite that does not see this one's locks; both on one file lose committed rows. So no path
from here may reach pyogrio, rasterio or DuckDB, and the file is never a GeoPackage.
"""

from __future__ import annotations

import hashlib
import os
import re
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

from geo.finding import Finding
from geo.ledger.refusal import Refused, StoreTrouble, refuse, trouble
from geo.ledger.schema import migrations

try:
    import fcntl
except ImportError:  # Windows: BEGIN IMMEDIATE alone is still right, only less fair
    fcntl = None  # type: ignore[assignment]

# Read back after setting: a connection that did not take them must not write.
# synchronous NORMAL (1) syncs the log at checkpoints only; ``write`` itself forces the log to disk after it has let the
# next writer in and before it returns. An answer is as durable as with FULL (2), and writers share one sync.
_PRAGMAS = (
    ("journal_mode", "wal"), ("synchronous", 1 if fcntl else 2), ("foreign_keys", 1), ("recursive_triggers", 1),
    ("trusted_schema", 0), ("cell_size_check", 1), ("busy_timeout", 30000),
)  # fmt: skip
_MIGRATION_TABLE = (
    "CREATE TABLE migration (number INTEGER PRIMARY KEY, sha256 TEXT NOT NULL, fingerprint TEXT NOT NULL) STRICT"
)
APPLICATION_ID = 0x5A434C47  # 'ZCLG': a GeoPackage reader will not take it for its own


class _SqliteTx:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    def all(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        return self.connection.execute(sql, values).fetchall()

    def one(self, sql: str, *values: Any) -> tuple[Any, ...] | None:
        row: tuple[Any, ...] | None = self.connection.execute(sql, values).fetchone()
        return row

    def run(self, sql: str, *values: Any) -> None:
        self.connection.execute(sql, values)

    def many(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        self.connection.executemany(sql, rows)


class SqliteStore:
    """One ledger file. Safe to share between threads; each thread (and forked process) gets its own connection."""

    engine = "sqlite"

    def __init__(self, path: Path | str, *, must_exist: bool = True) -> None:
        self.path = Path(path)
        self.must_exist = must_exist
        self._local = threading.local()

    @property
    def name(self) -> str:
        return str(self.path)

    # -- making and upgrading

    def create(self) -> None:
        """A new file with all tables. Raises Refused LG908 when it exists, StoreTrouble when it cannot be made."""
        if self.path.exists():
            raise refuse("LG908", self.name)
        if not self.path.parent.is_dir():
            raise trouble("LG901", str(self.path.parent))
        self.must_exist = False
        try:
            with self._told():
                connection = self._connection()
                connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            self.upgrade()
        except Refused:
            self.close()
            for suffix in ("", "-wal", "-shm"):
                with suppress(OSError):
                    self.path.with_name(self.path.name + suffix).unlink(missing_ok=True)
            raise
        finally:
            self.must_exist = True

    def upgrade(self) -> list[int]:
        """Apply missing migrations in one transaction. Raises Refused LG907 when the file is of another edition."""
        done = []
        with self._exclusive() as tx:
            connection = tx.connection
            known = self._applied(connection)
            steps = migrations("sqlite")
            _same_edition(known, steps, self.name)
            if not known:
                connection.execute(_MIGRATION_TABLE)
            for step in steps[len(known) :]:
                for statement in statements(step.sql):
                    connection.execute(statement)
                connection.execute(
                    "INSERT INTO migration VALUES (?, ?, ?)", (step.number, step.sha256, fingerprint(connection))
                )
                done.append(step.number)
        self._force()
        return done

    # -- transactions

    @contextmanager
    def write(self) -> Iterator[_SqliteTx]:
        """Queue up on a side file (SQLite's own lock is unfair), BEGIN IMMEDIATE … COMMIT, then force it to disk."""
        with self._exclusive() as tx:
            self._check_edition(tx.connection)
            yield tx
        self._force()

    @contextmanager
    def read(self) -> Iterator[_SqliteTx]:
        """A snapshot. Raises StoreTrouble in the house's words."""
        with self._told():
            connection = self._connection()
            connection.execute("BEGIN")
            try:
                self._check_edition(connection)
                yield _SqliteTx(connection)
            finally:
                _roll_back(connection)

    def close(self) -> None:
        """Close this thread's connection."""
        connection = getattr(self._local, "connection", None)
        if connection is not None:
            if self._local.pid == os.getpid():  # a connection inherited through fork belongs to the parent
                connection.close()
            self._local.connection = None

    # -- checking

    def check(self) -> list[Finding]:
        """SQLite's integrity and foreign-key checks and the fingerprint against a fresh schema."""
        found: list[Finding] = []
        try:
            with self.read() as tx:
                rows = [str(r[0]) for r in tx.all("PRAGMA integrity_check(20)")]
                found += [Finding("LG310", "error", self.name, measured=r) for r in rows if r != "ok"]
                broken = tx.all("PRAGMA foreign_key_check")
                found += [Finding("LG310", "error", self.name, measured=f"foreign key {r[0]}#{r[1]}") for r in broken]
        except StoreTrouble as problem:
            found += problem.findings
        return found

    # -- inside

    @contextmanager
    def _exclusive(self) -> Iterator[_SqliteTx]:
        with self._told():
            connection = self._connection()
            queue = self._queue()
            try:
                connection.execute("BEGIN IMMEDIATE")
                try:
                    yield _SqliteTx(connection)
                    connection.execute("COMMIT")
                finally:
                    _roll_back(connection)
            finally:
                if queue is not None:
                    os.close(queue)

    def _force(self) -> None:
        """Return only when everything committed so far is on the disk.

        The log is written in order, so forcing it covers every earlier entry too; what is no longer in the log was
        synced by the checkpoint that moved it. SQLite holds no lock on the log, so a second handle on it is harmless.
        """
        if fcntl is None:
            return  # synchronous = FULL did it
        with self._told():
            try:
                handle = os.open(self.path.with_name(self.path.name + "-wal"), os.O_RDONLY | os.O_CLOEXEC)
            except FileNotFoundError:
                return
            try:
                os.fsync(handle)
            finally:
                os.close(handle)

    def _queue(self) -> int | None:
        if fcntl is None:
            return None
        handle = os.open(self.path.with_name(self.path.name + ".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o664)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
        except BaseException:
            os.close(handle)
            raise
        return handle

    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is not None and self._local.pid == os.getpid():
            if self._same_file():
                return connection
            self.close()
        if self.must_exist and not self.path.is_file():
            raise trouble("LG901", self.name)
        connection = sqlite3.connect(self.path, isolation_level=None, timeout=30, check_same_thread=False)
        try:
            self._prepare(connection)
        except BaseException:
            connection.close()
            raise
        self._local.connection, self._local.pid = connection, os.getpid()
        self._local.file, self._local.edition = self._identity(), -1
        return connection

    def _prepare(self, connection: sqlite3.Connection) -> None:
        connection.execute("PRAGMA busy_timeout = 30000")
        for name, value in _PRAGMAS:
            connection.execute(f"PRAGMA {name} = {value}")
            got = connection.execute(f"PRAGMA {name}").fetchone()[0]
            if got != value:
                raise trouble("LG907", self.name, measured=f"{name} = {got}", limit=str(value))

    def _identity(self) -> tuple[int, int]:
        status = self.path.stat()
        return status.st_dev, status.st_ino

    def _same_file(self) -> bool:
        # A restored copy put in place while we run must be seen, not written around.
        try:
            return bool(self._local.file == self._identity())
        except OSError:
            return False

    def _check_edition(self, connection: sqlite3.Connection) -> None:
        if self._local.edition == connection.execute("PRAGMA schema_version").fetchone()[0]:
            return
        known, steps = self._applied(connection), migrations("sqlite")
        _same_edition(known, steps, self.name)
        if len(known) < len(steps):
            raise refuse("LG911", self.name, measured=str(len(known)), limit=str(len(steps)))
        now = fingerprint(connection)
        if now != known[-1][2] or now != expected_fingerprint():
            raise trouble("LG907", self.name, measured=now[:12], limit=expected_fingerprint()[:12])
        self._local.edition = connection.execute("PRAGMA schema_version").fetchone()[0]

    def _applied(self, connection: sqlite3.Connection) -> list[tuple[int, str, str]]:
        if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'migration'").fetchone() is None:
            if self.must_exist:
                raise trouble("LG905", self.name, measured="no ledger in this file")
            return []
        return connection.execute("SELECT number, sha256, fingerprint FROM migration ORDER BY number").fetchall()

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Turn SQLite's and the system's errors into the house's words; a refusal passes through."""
        try:
            yield
        except sqlite3.Error as fault:
            raise self._words(fault) from fault
        except UnicodeDecodeError as fault:  # a damaged name or message
            raise trouble("LG905", self.name, measured=str(fault)) from fault
        except OSError as fault:
            raise trouble("LG902", self.name, measured=fault.strerror or str(fault)) from fault

    def _words(self, fault: sqlite3.Error) -> Refused:
        text = str(fault)
        if isinstance(fault, sqlite3.IntegrityError):
            return refuse("LG906", self.name, measured=text)
        low = text.lower()
        for words, code in (
            ("full", "LG903"), ("readonly", "LG902"), ("unable to open", "LG902"), ("disk i/o", "LG903"),
            ("locked", "LG904"), ("busy", "LG904"), ("not a database", "LG905"), ("malformed", "LG905"),
        ):  # fmt: skip
            if words in low:
                return trouble(code, self.name, measured=text)
        return trouble("LG905", self.name, measured=text)


def statements(sql: str) -> list[str]:
    """The statements of a migration (``executescript`` would commit behind our back)."""
    found, current = [], ""
    for line in sql.splitlines():
        if not current and (not line.strip() or line.lstrip().startswith("--")):
            continue
        current += line + "\n"
        if sqlite3.complete_statement(current):
            found.append(current.strip().rstrip(";"))
            current = ""
    return found


def fingerprint(connection: sqlite3.Connection) -> str:
    """Hash of every table, index and trigger as they stand in the file."""
    rows = connection.execute(
        "SELECT type, name, tbl_name, COALESCE(sql, '') FROM sqlite_master WHERE name NOT LIKE 'sqlite_stat%' "
        "ORDER BY type, name"
    ).fetchall()
    text = "\n".join("|".join((*row[:3], re.sub(r"\s+", " ", row[3]))) for row in rows)
    return hashlib.sha256(text.encode()).hexdigest()


@cache
def expected_fingerprint() -> str:
    """The fingerprint that this version of the code makes, from a schema built in memory (once a process)."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        connection.execute(_MIGRATION_TABLE)
        for step in migrations("sqlite"):
            for statement in statements(step.sql):
                connection.execute(statement)
        return fingerprint(connection)


def _same_edition(known: Sequence[tuple[int, str, str]], steps: Sequence[Any], name: str) -> None:
    if len(known) > len(steps) or any(k[1] != s.sha256 for k, s in zip(known, steps, strict=False)):
        raise trouble("LG907", name, measured=str(len(known)), limit=str(len(steps)))


def _roll_back(connection: sqlite3.Connection) -> None:
    if connection.in_transaction:
        with suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
