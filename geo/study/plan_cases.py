"""The cases of a plan's proof in a file of their own beside plan.json, which keeps its hash."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from geo.errors import InputProblem
from geo.finding import Finding

CASES = "plan_cases.json.gz"
PARTS = ("branches", "derived")
LARGEST = 400_000_000
"""Bytes that an unpacked file may have."""


def part_cases(solution: Mapping[str, Any] | None, folder: Path) -> dict[str, Any] | None:
    """The record of a solution without the cases of its certificate, which are written to their file in ``folder``.

    In their place stand how many there are, the file's name and the SHA-256 of its unpacked text.
    """
    if solution is None or not (solution.get("certificate") or {}).get("branches"):
        return None if solution is None else dict(solution)
    certificate = dict(solution["certificate"])
    text = json.dumps({part: certificate.pop(part) for part in PARTS}, ensure_ascii=False, separators=(",", ":"))
    data = text.encode("utf-8")
    (folder / CASES).write_bytes(gzip.compress(data, 9, mtime=0))
    certificate["cases"] = {
        "file": CASES,
        "count": len(solution["certificate"]["branches"]),
        "sha256": hashlib.sha256(data).hexdigest(),
    }
    return {**solution, "certificate": certificate}


def joined_cases(solution: Mapping[str, Any] | None, folder: Path) -> dict[str, Any] | None:
    """The record of a solution with the cases of its certificate read back from ``folder``.

    Raises InputProblem when the file is missing, unreadable, or not the one that the plan was written with.
    """
    if solution is None or not (solution.get("certificate") or {}).get("cases"):
        return None if solution is None else dict(solution)
    certificate = dict(solution["certificate"])
    said = certificate.pop("cases")
    try:
        with gzip.open(folder / CASES) as file:
            data = file.read(LARGEST + 1)
        if len(data) > LARGEST:
            raise ValueError(f"> {LARGEST:,} bytes")
        if hashlib.sha256(data).hexdigest() != said["sha256"]:
            raise ValueError("SHA-256 ≠ plan.json")
        cases = json.loads(data)
        certificate |= {part: cases[part] for part in PARTS}
    except (OSError, EOFError, ValueError, KeyError, TypeError) as fault:
        raise InputProblem([Finding("PL608", "error", CASES, measured=f"{CASES}: {fault}")]) from None
    return {**solution, "certificate": certificate}
