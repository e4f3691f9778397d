"""The shipped Chinese font (OFL, see README.md): its files, and which characters it can draw."""

from __future__ import annotations

from functools import cache
from pathlib import Path

REGULAR = Path(__file__).parent / "NotoSansSC-Regular-subset.ttf"
BOLD = Path(__file__).parent / "NotoSansSC-Bold-subset.ttf"


@cache
def covered() -> frozenset[int]:
    """Code points that both weights can draw."""
    from fontTools.ttLib import TTFont

    found: list[frozenset[int]] = []
    for path in (REGULAR, BOLD):
        with TTFont(path, lazy=True) as font:
            found.append(frozenset(font.getBestCmap()))
    return found[0] & found[1]
