"""The ledger in a PostgreSQL schema, for an office: the same tables and contract, evidence also as geometry."""

from __future__ import annotations

import hashlib
import os
import re
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from geo.finding import Finding
from geo.ledger.refusal import Refused, StoreTrouble, refuse, trouble
from geo.ledger.schema import migrations

if TYPE_CHECKING:
    import psycopg

_IDENTIFIER = re.compile(r"[a-z_][a-z0-9_]{0,50}")
_MIGRATION_TABLE = "CREATE TABLE migration (number BIGINT PRIMARY KEY, sha256 TEXT NOT NULL, fingerprint TEXT NOT NULL)"
_SETTLED = {"synchronous_commit": "on", "default_transaction_isolation": "read committed", "fsync": "on"}


class _PostgresTx:
    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self.cursor = connection.cursor()

    def all(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        self.cursor.execute(_dialect(sql), values or None)
        return self.cursor.fetchall()

    def one(self, sql: str, *values: Any) -> tuple[Any, ...] | None:
        self.cursor.execute(_dialect(sql), values or None)
        row: tuple[Any, ...] | None = self.cursor.fetchone()
        return row

    def run(self, sql: str, *values: Any) -> None:
        self.cursor.execute(_dialect(sql), values or None)

    def many(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        self.cursor.executemany(_dialect(sql), rows)


class PostgresStore:
    """One ledger in one schema of a database. Safe to share between threads: each has its own connection.

    conninfo: libpq connection text; a password belongs in ~/.pgpass or PGPASSWORD, never on a command line.
    durable: refuse a server whose settings could lose an acknowledged entry at power loss (off only for tests).
    """

    engine = "postgres"

    def __init__(self, conninfo: str, *, schema: str = "tianchou_ledger", durable: bool = True) -> None:
        if not _IDENTIFIER.fullmatch(schema):
            raise refuse("LG127", "schema", measured=schema)
        self.conninfo, self.schema, self.durable = conninfo, schema, durable
        self._local = threading.local()

    @property
    def name(self) -> str:
        from psycopg.conninfo import conninfo_to_dict

        parts = conninfo_to_dict(self.conninfo)
        return f"postgresql {parts.get('host', '')}/{parts.get('dbname', '')}#{self.schema}"

    def create(self) -> None:
        """Make the schema and its tables. Raises Refused LG908 when it exists, StoreTrouble when the server is away."""
        with self._told():
            connection = self._connection()
            found = connection.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", (self.schema,)).fetchone()
            if found:
                raise refuse("LG908", self.name)
        self.upgrade()

    def upgrade(self) -> list[int]:
        """Apply missing migrations in one transaction."""
        done = []
        with self._exclusive() as tx:
            tx.run("CREATE SCHEMA IF NOT EXISTS " + self.schema)
            known, steps = self._applied(tx), migrations("postgres")
            _same_edition(known, steps, self.name)
            if not known:
                tx.run(_MIGRATION_TABLE)
            for step in steps[len(known) :]:
                tx.cursor.execute(step.sql)
                tx.run("INSERT INTO migration VALUES (?, ?, ?)", step.number, step.sha256, self.fingerprint(tx))
                done.append(step.number)
        return done

    def let_write(self, role: str) -> None:
        """Give a database role what the office's users need: reading and appending, nothing else."""
        if not _IDENTIFIER.fullmatch(role):
            raise refuse("LG127", "role", measured=role)
        with self._exclusive() as tx:
            tx.run(f"GRANT USAGE ON SCHEMA {self.schema} TO {role}")
            tx.run(f"REVOKE ALL ON ALL TABLES IN SCHEMA {self.schema} FROM {role}")
            tx.run(f"GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA {self.schema} TO {role}")
            for table in ("migration", "asset", "ledger_meta"):
                tx.run(f"REVOKE INSERT ON {self.schema}.{table} FROM {role}")

    @contextmanager
    def write(self) -> Iterator[_PostgresTx]:
        """One writer at a time by an advisory lock of the transaction, READ COMMITTED after it, durable at COMMIT."""
        with self._exclusive() as tx:
            self._check_edition(tx)
            yield tx

    @contextmanager
    def read(self) -> Iterator[_PostgresTx]:
        """A snapshot (REPEATABLE READ, read only)."""
        with self._told():
            connection = self._connection()
            connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            try:
                tx = _PostgresTx(connection)
                self._check_edition(tx)
                yield tx
            finally:
                _roll_back(connection)

    def close(self) -> None:
        connection = getattr(self._local, "connection", None)
        if connection is not None:
            if self._local.pid == os.getpid():
                connection.close()
            self._local.connection = None

    def check(self) -> list[Finding]:
        """The schema's fingerprint (checked by reading) and that no foreign key points nowhere."""
        try:
            with self.read() as tx:
                sql = "SELECT conname FROM pg_constraint WHERE connamespace = ?::regnamespace AND NOT convalidated"
                bad = tx.all(sql, self.schema)
                return [Finding("LG310", "error", self.name, measured=str(r[0])) for r in bad]
        except StoreTrouble as problem:
            return list(problem.findings)

    def fingerprint(self, tx: _PostgresTx) -> str:
        """Hash of columns, constraints, indexes, triggers and functions as they stand in the schema."""
        rows: list[tuple[Any, ...]] = []
        for sql in (
            "SELECT 'column', table_name, column_name, data_type, is_nullable, COALESCE(column_default, '') "
            "FROM information_schema.columns WHERE table_schema = ? ORDER BY 2, 3",
            "SELECT 'constraint', conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint "
            "WHERE connamespace = ?::regnamespace ORDER BY 2, 3",
            "SELECT 'index', tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = ? ORDER BY 2, 3",
            "SELECT 'trigger', c.relname, t.tgname, pg_get_triggerdef(t.oid), t.tgenabled::text FROM pg_trigger t "
            "JOIN pg_class c ON c.oid = t.tgrelid WHERE c.relnamespace = ?::regnamespace AND NOT t.tgisinternal "
            "ORDER BY 2, 3",
            "SELECT 'function', proname, prosrc, prosecdef::text FROM pg_proc WHERE pronamespace = ?::regnamespace "
            "ORDER BY 2",
        ):
            rows += tx.all(sql, self.schema)
        text = "\n".join("|".join(str(v) for v in row) for row in rows).replace(self.schema + ".", "")
        return hashlib.sha256(re.sub(r"\s+", " ", text).encode()).hexdigest()

    # -- inside

    @contextmanager
    def _exclusive(self) -> Iterator[_PostgresTx]:
        with self._told():
            connection = self._connection()
            connection.execute("BEGIN")
            try:
                tx = _PostgresTx(connection)
                tx.run("SELECT pg_advisory_xact_lock(hashtextextended(?, 20251))", self.schema)
                yield tx
                connection.execute("COMMIT")
            finally:
                _roll_back(connection)

    def _connection(self) -> psycopg.Connection[Any]:
        import psycopg

        connection: psycopg.Connection[Any] | None = getattr(self._local, "connection", None)
        if connection is not None and self._local.pid == os.getpid() and not connection.closed:
            return connection
        connection = psycopg.connect(self.conninfo, autocommit=True, connect_timeout=10)
        try:
            self._settle(connection)
        except BaseException:
            connection.close()
            raise
        self._local.connection, self._local.pid, self._local.edition = connection, os.getpid(), False
        return connection

    def _settle(self, connection: psycopg.Connection[Any]) -> None:
        connection.prepare_threshold = 3
        connection.execute("SET search_path = " + self.schema)
        for name, value in _SETTLED.items():
            if name != "fsync":
                connection.execute("SELECT set_config(%s, %s, false)", (name, value))
            row = connection.execute("SELECT current_setting(%s)", (name,)).fetchone()
            if self.durable and (row is None or row[0] != value):
                raise trouble("LG907", self.name, measured=f"{name} = {row}", limit=value)

    def _applied(self, tx: _PostgresTx) -> list[tuple[Any, ...]]:
        if tx.one("SELECT to_regclass(?)", f"{self.schema}.migration") == (None,):
            return []
        return tx.all("SELECT number, sha256, fingerprint FROM migration ORDER BY number")

    def _check_edition(self, tx: _PostgresTx) -> None:
        if self._local.edition:
            return
        known, steps = self._applied(tx), migrations("postgres")
        if not known:
            raise trouble("LG901", self.name)
        _same_edition(known, steps, self.name)
        if len(known) < len(steps):
            raise refuse("LG911", self.name, measured=str(len(known)), limit=str(len(steps)))
        now = self.fingerprint(tx)
        if now != known[-1][2]:
            raise trouble("LG907", self.name, measured=now[:12], limit=str(known[-1][2])[:12])
        self._local.edition = True

    @contextmanager
    def _told(self) -> Iterator[None]:
        import psycopg

        try:
            yield
        except psycopg.Error as fault:
            raise self._words(fault) from fault

    def _words(self, fault: psycopg.Error) -> Refused:
        state, text = fault.sqlstate or "", str(fault).strip().split("\n")[0]
        if state.startswith("23") or state == "ZC001":
            return refuse("LG906", self.name, measured=text)
        if state == "42501":
            return trouble("LG902", self.name, measured=text)
        if state in ("53100", "53200"):
            return trouble("LG903", self.name, measured=text)
        if state in ("40001", "40P01", "55P03"):
            return trouble("LG904", self.name, measured=text)
        if not state or state.startswith(("08", "57P", "53")):
            self.close()
            return trouble("LG909", self.name, measured=text)
        return trouble("LG905", self.name, measured=text)


def _dialect(sql: str) -> str:
    return sql.replace("?", "%s")


def _same_edition(known: Sequence[tuple[Any, ...]], steps: Sequence[Any], name: str) -> None:
    if len(known) > len(steps) or any(k[1] != s.sha256 for k, s in zip(known, steps, strict=False)):
        raise trouble("LG907", name, measured=str(len(known)), limit=str(len(steps)))


def _roll_back(connection: psycopg.Connection[Any]) -> None:
    import psycopg

    if not connection.closed and connection.info.transaction_status != psycopg.pq.TransactionStatus.IDLE:
        with suppress(psycopg.Error):
            connection.execute("ROLLBACK")
