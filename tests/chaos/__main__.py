"""``python -m tests.chaos [--acts N] [--kills N] [--server-kills N] [--seed S] [--engine sqlite|postgres|both]``.

SQLite: 8 processes write random acts into one file with full durability while a killer sends SIGKILL. PostgreSQL: 8
processes write while the whole server is killed and started again. Each process notes a key before it asks and the
answer after; a successor asks again with the same key. At the end every acknowledged entry must be there once, with
the number it was acknowledged under, every key asked again must add nothing, and the audit must find nothing.
"""

# ruff: noqa: T201  # this is a command; its figures are its answer
from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from geo.ledger.audit import audit
from geo.ledger.entry import Act, Parcel, Receipt
from geo.ledger.ledger import Ledger, create_ledger, open_ledger
from geo.ledger.refusal import Refused, StoreTrouble
from geo.ledger.rules import Regime, Rules, Term
from geo.ledger.sqlite_store import SqliteStore
from geo.ledger.store import Store
from tests.chaos.server import Server

RULES = Rules((Regime("B", "", "", date(2025, 1, 1), None, "province", ("QTY",)),),
              (Term(date(2020, 7, 1), None, 5),), edition="chaos")  # fmt: skip
WRITERS, LOTS, PROJECTS = 8, 6, 12


@dataclass
class Outcome:
    """What one run showed."""

    engine: str
    acts: int
    kills: int
    seconds: float
    acknowledged: int
    refused: int
    lost: int
    doubled: int
    unheard: int
    again: int
    findings: list[str]

    @property
    def good(self) -> bool:
        return not (self.lost or self.doubled or self.again or self.findings)

    def print(self) -> None:
        verdict = "OK" if self.good else "BROKEN"
        print(
            f"{self.engine}: {verdict}  {self.acts} acts, {WRITERS} processes, {self.kills} kills, "
            f"{self.seconds:.0f} s\n"
            f"  acknowledged {self.acknowledged}  refused {self.refused}  lost {self.lost}  doubled {self.doubled}\n"
            f"  committed but unheard, then answered by their key {self.unheard}\n"
            f"  entries added by asking every key again {self.again}\n"
            f"  audit and invariants: {len(self.findings)} findings {self.findings[:3]}"
        )


def work(store: Store, anchors: Path, notes: Path, seed: int, acts: int) -> None:
    """One process: random acts until its share is done; starts with what its predecessor left unanswered."""
    ledger = open_ledger(store, RULES, actor="chaos", anchors=anchors)
    done, waiting = read_notes(notes)
    with notes.open("a", encoding="utf-8") as log:
        number = len(done) + (1 if waiting else 0)
        while number < acts or waiting:
            if waiting:
                key, waiting = waiting, ""
            else:
                key = f"{seed}-{number}"
                log.write(f"ask {key}\n")
                log.flush()
                number += 1
            log.write(f"{ask(ledger, key)}\n")
            log.flush()


def ask(ledger: Ledger, key: str) -> str:
    """The act of a key (the same key is always the same act) and what became of it, patiently."""
    while True:
        try:
            receipt = act_of(ledger, key)
            return f"ack {key} {receipt.txn_id}{' again' if receipt.replayed else ''}"
        except StoreTrouble as trouble:
            if trouble.code not in ("LG909", "LG904"):
                raise
            time.sleep(0.1)
        except Refused as refusal:
            return f"no {key} {refusal.code}"


def act_of(ledger: Ledger, key: str) -> Receipt:
    chance = random.Random(key)
    verb, amount = chance.choice(("reserve", "reserve", "release", "use", "promise", "reverse")), chance.randint(1, 900)
    project, act = f"P{chance.randrange(PROJECTS)}", Act("chaos", verb, "chaos", key)
    if verb == "reserve":
        receipt = ledger.reserve(project, {"QTY": amount, "CAP": amount}, name=project, county="330421", act=act,
                                 lot=f"L{chance.randrange(LOTS)}")  # fmt: skip
    elif verb == "promise":
        receipt = ledger.promise(f"K{key}", project, {"QTY": amount}, due_on=date(2099, 1, 1), government="g",
                                 mechanism="zone", name=project, county="330421", act=act)  # fmt: skip
    elif verb == "reverse":
        receipt = ledger.reverse(chance.randrange(2, 4000), act=act)
    else:
        receipt = (ledger.release if verb == "release" else ledger.use)(project, {"QTY": amount}, act=act)
    return receipt


def read_notes(notes: Path) -> tuple[dict[str, str], str]:
    """Answers by key, and the key asked last that has none."""
    done: dict[str, str] = {}
    waiting = ""
    text = notes.read_text(encoding="utf-8") if notes.exists() else ""
    for line in text.splitlines(keepends=True):
        words = line.split()
        if not line.endswith("\n"):
            continue  # half a line: the process died writing it
        if words[0] == "ask":
            waiting = words[1]
        elif words[0] in ("ack", "no"):
            done[words[1]] = f"{words[0]} {words[2]}"
            waiting = ""
    if text and not text.endswith("\n"):
        notes.write_text(text[: text.rfind("\n") + 1], encoding="utf-8")
    return done, waiting


def start(store: Store, anchors: Path, notes: Path, seed: int, acts: int) -> int:
    """A writer in a process of its own."""
    sys.stdout.flush()
    child = os.fork()
    if child:
        return child
    status = 1
    try:
        work(store, anchors, notes, seed, acts)
        status = 0
    except BaseException as fault:
        print(f"writer {seed}: {fault!r}", file=sys.stderr, flush=True)
    finally:
        os._exit(status)


def fill(store: Store, anchors: Path) -> Ledger:
    ledger = create_ledger(store, RULES, actor="chaos", basis="chaos", anchors=anchors)
    for n in range(LOTS):
        ledger.credit(f"L{n}", "330421", {"QTY": 400_000, "CAP": 400_000}, [Parcel(f"L{n}", 400_000)],
                      accepted_on=date(2026, 1, 1), act=Act("chaos", "r", "b", f"fill{n}"))  # fmt: skip
    ledger.store.close()
    return ledger


def run(engine: str, store: Store, folder: Path, options: argparse.Namespace, server: Server | None) -> Outcome:
    """Writers, a killer, and the reckoning."""
    anchors, share = folder / "anchors", -(-options.acts // WRITERS)
    ledger = fill(store, anchors)
    chance = random.Random(options.seed)
    notes = {n: folder / f"{engine}-notes{n}" for n in range(WRITERS)}
    began = time.monotonic()
    seeds = {n: options.seed * 100 + n for n in notes}
    running = {start(store, anchors, notes[n], seeds[n], share): n for n in notes}
    kills, wanted = 0, options.kills if server is None else options.server_kills
    pace = 0.05
    while running:
        time.sleep(chance.uniform(0, 2 * pace) if server is None else 0.1)
        progress = sum(len(read_only(p)) for p in notes.values()) / (share * WRITERS)
        if server is not None and kills < wanted and progress > (kills + 1) / (wanted + 1):
            server.kill()
            kills += 1
            server.start()
        elif server is None and kills < wanted and progress * wanted >= kills:
            victims = list(running) if chance.random() < 0.02 else [chance.choice(list(running))]
            for child in victims:
                os.kill(child, signal.SIGKILL)
                kills += 1
        for child in list(running):
            found, status = os.waitpid(child, os.WNOHANG)
            if found:
                n = running.pop(child)
                if os.WIFSIGNALED(status):
                    running[start(store, anchors, notes[n], seeds[n], share)] = n
                elif status:
                    raise SystemExit(f"writer {n} failed")
    return reckon(engine, ledger, notes, kills, time.monotonic() - began)


def read_only(notes: Path) -> list[str]:
    """Lines of answers so far, without touching the file."""
    text = notes.read_text(encoding="utf-8") if notes.exists() else ""
    return [line for line in text.splitlines() if not line.startswith("ask")]


def reckon(engine: str, ledger: Ledger, notes: dict[int, Path], kills: int, seconds: float) -> Outcome:
    """Compare what was promised with what is there."""
    told: dict[str, str] = {}
    for path in notes.values():
        told.update(read_notes(path)[0])
    lines = [line for p in notes.values() for line in p.read_text(encoding="utf-8").splitlines()]
    asked = [line.split()[1] for line in lines if line.startswith("ask")]
    with ledger.look() as tx:
        real = {str(k): int(i) for k, i in tx.all("SELECT idem_key, txn_id FROM txn")}
    acks = {k: int(v.split()[1]) for k, v in told.items() if v.startswith("ack")}
    lost = sum(1 for k, i in acks.items() if real.get(k) != i)
    doubled = len(acks) - len(set(acks.values()))
    mine = set(real) & set(asked)
    lost += len(mine - set(acks))  # an entry that nobody was ever told of
    unheard = sum(1 for line in lines if line.endswith(" again"))
    before = ledger.head()[0]
    for key in acks:
        if act_of(ledger, key).txn_id != acks[key]:
            doubled += 1
    again = ledger.head()[0] - before
    findings = [f.text("en") for f in audit(ledger.store, ledger.anchor).findings]
    # every entry beyond the first ones must belong to a key that was asked
    doubled += len(real) - len(mine) - 1 - LOTS
    return Outcome(engine, len(asked), kills, seconds, len(acks), len(told) - len(acks), lost, doubled, unheard, again,
                   findings)  # fmt: skip


def full_disk(folder: Path) -> str:
    """A real disk that is full: a small memory disk, where the system lets us make one."""
    place = folder / "small"
    place.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", place], capture_output=True, check=False)
    if made.returncode:
        return "full disk: not run (needs the right to mount)"
    try:
        store = SqliteStore(place / "ledger.db")
        ledger = create_ledger(store, RULES, actor="chaos", basis="b", anchors=folder / "anchors")
        ledger.credit("L", "330421", {"QTY": 10**9}, [Parcel("L", 10**9)], accepted_on=date(2026, 1, 1),
                      act=ledger.act("r", "b"))  # fmt: skip
        written, code = 0, ""
        while not code:
            try:
                ledger.reserve(f"P{written}", {"QTY": 1}, name="n" * 400, county="330421",
                               act=ledger.act("r" * 400, "b"))  # fmt: skip
                written += 1
            except StoreTrouble as trouble:
                code = trouble.code
        kept = ledger.head()[0] - 2
        sound = audit(store, ledger.anchor).sound
        subprocess.run(["mount", "-o", "remount,size=30m", place], check=True)
        ledger.reserve("P", {"QTY": 1}, name="n", county="330421", act=ledger.act("r", "b"))
        store.close()
        good = code == "LG903" and kept == written and sound
        return f"full disk: {'OK' if good else 'BROKEN'}  {code} after {written} entries, all kept, goes on with space"
    finally:
        subprocess.run(["umount", place], check=False)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--acts", type=int, default=10_000)
    parser.add_argument("--kills", type=int, default=300)
    parser.add_argument("--server-kills", type=int, default=3)
    parser.add_argument("--server-acts", type=int, default=3_000)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--engine", choices=("sqlite", "postgres", "both"), default="both")
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)
    good = True
    with tempfile.TemporaryDirectory(prefix="tianchou-chaos-") as name:
        folder = Path(name)
        if options.engine != "postgres":
            outcome = run("sqlite", SqliteStore(folder / "ledger.db"), folder, options, None)
            outcome.print()
            told = full_disk(folder)
            print(told)
            good = outcome.good and "BROKEN" not in told
        if options.engine != "sqlite":
            from geo.ledger.postgres_store import PostgresStore

            server = Server()
            try:
                server.start()
                options.acts = options.server_acts
                store: Any = PostgresStore(server.address, schema="chaos")
                outcome = run("postgres", store, folder, options, server)
                outcome.print()
                good = good and outcome.good
            finally:
                server.remove()
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
