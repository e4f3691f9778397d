"""Late and cheap: ``import geo`` costs next to nothing, and the law is read without the heavy libraries."""

from __future__ import annotations

import subprocess
import sys

import pytest

LIMIT_US = 100_000
HEAVY = (
    "numpy",
    "pandas",
    "geopandas",
    "shapely",
    "pyogrio",
    "rasterio",
    "numba",
    "highspy",
    "matplotlib",
    "streamlit",
)


def _import_time_us(module: str) -> int:
    """Cumulative microseconds of one import in a fresh interpreter, from -X importtime."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", f"import {module}"], capture_output=True, text=True, check=True
    )
    line = next(x for x in reversed(done.stderr.splitlines()) if x.rpartition("|")[2].strip() == module)
    return int(line.split("|")[1])


def test_import_geo_is_cheap() -> None:
    """Best of five, so that a busy machine does not decide."""
    assert min(_import_time_us("geo") for _ in range(5)) < LIMIT_US


@pytest.mark.parametrize("module", ["geo", "geo.policy.book", "geo.errors", "geo.finding"])
def test_import_pulls_in_nothing_heavy(module: str) -> None:
    code = f"import sys, {module}; print(*[m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
