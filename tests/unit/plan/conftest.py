"""Benchmarks and tests use the same instances: the repository's root and this folder are on the path here."""

from __future__ import annotations

import sys
from pathlib import Path

for folder in (Path(__file__).parents[3], Path(__file__).parent):
    if str(folder) not in sys.path:
        sys.path.append(str(folder))
