"""Streamlit lives in app and nowhere below: no module of geo names it, and geo runs without it."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def test_no_module_of_geo_names_streamlit() -> None:
    found = []
    for path in (ROOT / "geo").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            found += [
                f"{path.relative_to(ROOT)}:{node.lineno}" for n in names if n.split(".")[0].startswith("streamlit")
            ]
    assert not found


@pytest.mark.parametrize("module", ["geo.policy.book", "geo.zone", "geo.io"])
def test_geo_runs_without_streamlit(module: str) -> None:
    code = f"import sys; sys.modules['streamlit'] = None; import {module}; print(sys.modules['streamlit'])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, "None"), done.stderr


def test_page_names_do_not_shadow_the_standard_library() -> None:
    """``streamlit run app/Home.py`` puts app/ first on the path: a file called ``random.py`` there breaks Python."""
    shadows = {p.stem for p in (ROOT / "app").glob("*.py")} | {p.name for p in (ROOT / "app").iterdir() if p.is_dir()}
    assert not shadows & sys.stdlib_module_names
