"""The floors of the house hold: every import contract of pyproject.toml is kept."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
LINT = "from importlinter.cli import lint_imports; raise SystemExit(lint_imports(no_cache=True, config_filename={!r}))"


def test_import_contracts_are_kept() -> None:
    """Run apart, because the linter puts the project on sys.path and imports nothing of it."""
    done = subprocess.run(
        [sys.executable, "-c", LINT.format(str(ROOT / "pyproject.toml"))],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    assert "0 broken" in done.stdout
