"""All cases of the corpus written into a folder, and the answers that the table expects."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Iterator
from pathlib import Path

from . import databases, hostile, shapefiles, texts
from .base import Case, forget

TABLE = Path(__file__).with_name("expected.csv")
MARK = "SECRET-BYTES-OF-ANOTHER-FILE"


def every_case(room: Path, *, secret: Path, port: int) -> Iterator[Case]:
    """Malformed cases first, then hostile ones."""
    yield from shapefiles.cases(room)
    yield from databases.cases(room)
    yield from texts.cases(room)
    yield from hostile.cases(room, secret=secret, port=port)


def write_corpus(folder: Path, *, secret: Path, port: int) -> list[str]:
    """Write every file below ``folder``; returns their names in order."""
    secret.parent.mkdir(parents=True, exist_ok=True)
    secret.write_text(f"{MARK}\nBSM,owner\n1,{MARK}\n", encoding="utf-8")
    names = []
    with tempfile.TemporaryDirectory() as room:
        forget()
        for case in every_case(Path(room), secret=secret.resolve(), port=port):
            path = folder / case.name
            path.parent.mkdir(parents=True, exist_ok=True)
            case.write(path)
            names.append(case.name)
        forget()
    return names


def expected() -> dict[str, dict[str, str]]:
    """The table: name to layers, rows, usable rows and the codes of errors and warnings."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        return {row["file"]: row for row in csv.DictReader(file)}


def answer(path: Path) -> dict[str, str]:
    """What the front door answers to a file, in the columns of the table."""
    from geo.io.door import open_files

    opened = open_files([path])
    codes = sorted({f.code for f in opened.everything if f.severity in ("error", "warning")})
    return {
        "layers": str(len(opened.layers)),
        "rows": str(sum(layer.read for layer in opened.layers)),
        "usable": str(sum(layer.usable for layer in opened.layers)),
        "codes": " ".join(codes),
    }
