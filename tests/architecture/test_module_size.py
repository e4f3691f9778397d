"""A module that outgrew a screenful of ideas is two modules: none over 500 lines, none called utils."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
LONGEST = 500
NO_NAMES = {"utils", "common", "helpers", "base", "core", "misc"}


def _modules() -> Iterator[Path]:
    for room in ("geo", "app"):
        yield from (ROOT / room).rglob("*.py")


def test_no_module_is_too_long() -> None:
    lengths = {
        p: len(p.read_text("utf-8").splitlines()) for room in ("geo", "app") for p in (ROOT / room).rglob("*.py")
    }
    assert not {str(p.relative_to(ROOT)): n for p, n in lengths.items() if n > LONGEST}


def test_no_module_is_a_drawer() -> None:
    assert not [p for p in _modules() if p.stem in NO_NAMES]


def test_every_room_says_what_it_is_for() -> None:
    rooms = [p.parent for p in (ROOT / "geo").rglob("__init__.py")]
    mute = [r for r in rooms if not ast.get_docstring(ast.parse((r / "__init__.py").read_text("utf-8")))]
    assert not [str(r.relative_to(ROOT)) for r in mute]
