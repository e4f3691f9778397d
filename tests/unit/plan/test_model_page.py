"""docs/relocation-model.md says what the code says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]


def test_page_is_current():
    run = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "make_model_page.py"), "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
