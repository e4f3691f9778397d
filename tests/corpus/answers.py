"""Write ``expected.csv`` anew from what the front door answers today: read the difference before you keep it.

python -m tests.corpus.answers
"""

from __future__ import annotations

import csv
import sys
import tempfile
from pathlib import Path

from .make import TABLE, answer, write_corpus

if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        top = Path(folder)
        names = write_corpus(top / "files", secret=top / "secret" / "secret.txt", port=9)
        rows = [{"file": name, **answer(top / "files" / name)} for name in names]
    with TABLE.open("w", encoding="utf-8", newline="") as sink:
        writer = csv.DictWriter(sink, ["file", "layers", "rows", "usable", "codes"], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    sys.stdout.write(f"{len(rows)} answers in {TABLE}\n")
