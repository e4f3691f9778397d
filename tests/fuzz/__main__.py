"""Fuzz the boundary TXT reader: ``python -m tests.fuzz [--minutes 10] [--seed 1] [--keep FOLDER]``.

With atheris (``pip install atheris``) the search is guided by coverage; without it, seeds are mutated at random.
New inputs that reach new code are kept in FOLDER; an input that breaks the reader is written to ``fuzz-crash.txt``.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import random
import sys
import time
from pathlib import Path

from .target import boundary_bytes

SEEDS = Path(__file__).with_name("seeds")
_WORDS = [
    w.encode() for w in (
        "@", ",", "，", "J1,1,3440000.000,40585000.000", "J1,3440000,40585000,5,1,", "带号=", "40", "-", ".", "nan",
        "1e9", "【", "\r", "\x00", "面", "121.0", "31.0", "999999999", "\ufeff",
    )
]  # fmt: skip


def guided(minutes: float, seed: int, keep: Path) -> None:
    """Coverage-guided search by atheris (libFuzzer)."""
    atheris = importlib.import_module("atheris")
    with atheris.instrument_imports(include=["geo.io.boundary_parse", "geo.io.boundary_txt"]):
        for name in ("geo.io.boundary_txt", "geo.io.boundary_parse", "tests.fuzz.target"):
            sys.modules.pop(name, None)
        from tests.fuzz.target import boundary_bytes as target
    options = [f"-max_total_time={int(minutes * 60)}", f"-seed={seed}", "-max_len=4000", "-timeout=20"]
    atheris.Setup([sys.argv[0], *options, str(keep), str(SEEDS)], target)
    atheris.Fuzz()


def blind(minutes: float, seed: int) -> int:
    """Random mutations of the seeds until the time is over; how many were tried."""
    chance = random.Random(seed)
    seeds = [p.read_bytes() for p in sorted(SEEDS.iterdir())]
    until, tried = time.monotonic() + minutes * 60, 0
    while time.monotonic() < until:
        raw = mutated(chance.choice(seeds), chance)
        try:
            boundary_bytes(raw)
        except Exception:
            Path("fuzz-crash.txt").write_bytes(raw)
            raise
        tried += 1
    return tried


def mutated(raw: bytes, chance: random.Random) -> bytes:
    """A seed with a few pieces cut, doubled, overwritten or put in."""
    body = bytearray(raw)
    for _ in range(chance.randint(1, 8)):
        at = chance.randrange(len(body) + 1)
        end = min(len(body), at + chance.randint(1, 40))
        how = chance.randrange(5)
        if how == 0:
            del body[at:end]
        elif how == 1:
            body[at:at] = body[at:end]
        elif how == 2:
            body[at:at] = chance.choice(_WORDS)
        elif how == 3 and body:
            body[chance.randrange(len(body))] = chance.randrange(256)
        else:
            other = chance.randrange(len(body) + 1)
            body[at:at] = body[other : other + chance.randint(1, 80)]
    return bytes(body[:20_000])


if __name__ == "__main__":
    asked = argparse.ArgumentParser(prog="python -m tests.fuzz")
    asked.add_argument("--minutes", type=float, default=10.0)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--keep", type=Path, default=Path("fuzz-corpus"))
    given = asked.parse_args()
    given.keep.mkdir(exist_ok=True)
    if importlib.util.find_spec("atheris") is None:
        sys.stdout.write(f"{blind(given.minutes, given.seed)} inputs, seed {given.seed}, no fault\n")
    else:
        guided(given.minutes, given.seed, given.keep)
