"""Transactions a second of the ledger with 1 and 8 writers, on both engines, with durable settings on.

``python -m bench.ledger [--acts N]``. One transaction is a reservation of three indicators: three legs, six balances,
the hash chain, the anchor. SQLite: WAL, the log forced to disk before every answer, a queue on a side file.
PostgreSQL 15: fsync and synchronous_commit on, one advisory lock. Aim (issue 6): 350 a second and p99 under 150 ms
with 8 writers on SQLite.
"""

from __future__ import annotations

import argparse
import multiprocessing
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Any

from geo.ledger.audit import audit
from geo.ledger.entry import Act, Parcel
from geo.ledger.ledger import create_ledger, open_ledger
from geo.ledger.rules import Regime, Rules, Term
from geo.ledger.sqlite_store import SqliteStore

RULES = Rules((Regime("B", "", "", date(2025, 1, 1), None, "province", ("QTY",)),),
              (Term(date(2020, 7, 1), None, 5),), edition="bench")  # fmt: skip
AMOUNTS = {"QTY": 100, "CAP": 100, "PADDY": 100}


def store_of(engine: str, place: str, schema: str) -> Any:
    if engine == "sqlite":
        return SqliteStore(Path(place) / f"{schema}.db")
    from geo.ledger.postgres_store import PostgresStore

    return PostgresStore(place, schema=schema)


def writer(job: tuple[str, str, str, str, int, int]) -> list[float]:
    """Seconds of each reservation of one process."""
    engine, place, schema, anchors, number, acts = job
    ledger = open_ledger(store_of(engine, place, schema), RULES, actor="bench", anchors=Path(anchors))
    took = []
    for n in range(acts):
        act = Act("bench", "bench", "bench", f"{number}-{n}")
        began = time.perf_counter()
        ledger.reserve(f"P{number}", AMOUNTS, name="n", county="330421", lot=f"L{n % 4}", act=act)
        took.append(time.perf_counter() - began)
    return took


def measure(engine: str, place: str, anchors: str, writers: int, acts: int) -> str:
    """One line of the table."""
    schema = f"bench{writers}"
    store = store_of(engine, place, schema)
    ledger = create_ledger(store, RULES, actor="bench", basis="bench", anchors=Path(anchors))
    for n in range(4):
        ledger.credit(f"L{n}", "330421", dict.fromkeys(AMOUNTS, 10**9), [Parcel(f"L{n}", 10**9)],
                      accepted_on=date(2026, 1, 1), act=Act("bench", "r", "b", f"fill{n}"))  # fmt: skip
    store.close()
    jobs = [(engine, place, schema, anchors, n, acts // writers) for n in range(writers)]
    with multiprocessing.get_context("forkserver").Pool(writers) as pool:
        pool.map(time.sleep, [0.3] * writers)  # everyone has started
        began = time.perf_counter()
        took = sorted(t for part in pool.map(writer, jobs, chunksize=1) for t in part)
        seconds = time.perf_counter() - began
    began = time.perf_counter()
    outcome = audit(store, ledger.anchor)
    audited = time.perf_counter() - began
    assert outcome.sound, outcome.findings
    store.close()
    p50, p99, worst = (1000 * took[min(int(len(took) * q), len(took) - 1)] for q in (0.5, 0.99, 1))
    return (f"{engine:<9} {writers:>7} {len(took):>6} {len(took) / seconds:>8.0f} {p50:>9.1f} {p99:>9.1f} "
            f"{worst:>9.1f} {audited:>8.2f}")  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--acts", type=int, default=1600)
    acts = parser.parse_args().acts
    head = ("engine", "writers", "acts", "tps", "p50 ms", "p99 ms", "max ms", "audit s")
    print("{:<9} {:>7} {:>6} {:>8} {:>9} {:>9} {:>9} {:>8}".format(*head))
    with tempfile.TemporaryDirectory(prefix="tianchou-bench-") as folder:
        for writers in (1, 8):
            print(measure("sqlite", folder, f"{folder}/anchors", writers, acts), flush=True)
        try:
            from tests.chaos.server import Server

            server = Server()
        except (IndexError, ImportError, KeyError) as fault:
            print(f"postgres: not run, {fault!r}: apt-get install postgresql postgresql-15-postgis-3")
            return
        try:
            server.start()
            for writers in (1, 8):
                print(measure("postgres", server.address, f"{folder}/anchors", writers, acts), flush=True)
        finally:
            server.remove()


if __name__ == "__main__":
    main()
