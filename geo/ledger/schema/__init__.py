"""The numbered migrations of each engine, as SQL files beside this module."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Literal

Engine = Literal["sqlite", "postgres"]


@dataclass(frozen=True, slots=True)
class Migration:
    """One numbered step: its SQL text and the hash by which a ledger remembers having taken it."""

    number: int
    sql: str
    sha256: str


@cache
def migrations(engine: Engine) -> tuple[Migration, ...]:
    """All steps of an engine in order. Raises ValueError when a number is missing."""
    found = []
    folder = resources.files(__package__) / engine
    for file in sorted(folder.iterdir(), key=lambda f: f.name):
        if file.name.endswith(".sql"):
            text = file.read_text(encoding="utf-8")
            found.append(Migration(int(file.name[:4]), text, hashlib.sha256(text.encode()).hexdigest()))
    if [m.number for m in found] != list(range(1, len(found) + 1)):
        raise ValueError(f"migrations of {engine} are not numbered 1..n")
    return tuple(found)
