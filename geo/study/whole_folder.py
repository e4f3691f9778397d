"""A folder of deliverables is written whole or not at all: into a draft beside it first, then moved file by file."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from geo.errors import InputProblem
from geo.finding import Finding


@contextmanager
def draft_of(folder: Path | str, made: list[Path]) -> Iterator[Path]:
    """A draft folder; when the block ends well its files are moved into ``folder`` and ``made`` names them, sorted.

    Whatever goes wrong in the block, nothing of it reaches the folder. Raises InputProblem IO118 when it cannot be
    written; other faults pass as they are.
    """
    folder = Path(folder)
    draft: Path | None = None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(dir=folder, prefix=".writing-"))
        yield draft
        files = sorted(p for p in draft.rglob("*") if p.is_file())
        made.extend(path.replace(folder / path.name) for path in files)
    except OSError as fault:
        raise InputProblem([Finding("IO118", "error", str(folder), measured=str(fault))]) from None
    finally:
        if draft is not None:
            shutil.rmtree(draft, ignore_errors=True)
