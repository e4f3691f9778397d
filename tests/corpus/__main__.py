"""Write the corpus: ``python -m tests.corpus FOLDER``."""

from __future__ import annotations

import sys
from pathlib import Path

from .make import write_corpus

if __name__ == "__main__":
    folder = Path(sys.argv[1])
    names = write_corpus(folder, secret=folder / "secret.txt", port=9)
    sys.stdout.write(f"{len(names)} files in {folder}\n")
