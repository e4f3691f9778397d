"""The pages keep their word: named tests exist, the quick start runs as printed, the sheet's columns are those read."""

from __future__ import annotations

import re
import shlex
import zipfile
from pathlib import Path

import pytest

from geo.cli import main
from geo.standards.tables import rows


def test_every_promise_names_a_test_that_is_there(repo_root: Path) -> None:
    page = (repo_root / "docs" / "ledger.md").read_text(encoding="utf-8")
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", page)
    assert len(named) >= 20
    for file, function in named:
        assert f"def {function}(" in (repo_root / file).read_text(encoding="utf-8"), f"{file}::{function}"
    numbers = re.findall(r"^\| I(\d+) \|", page, re.MULTILINE)
    assert numbers == [str(n) for n in range(1, len(numbers) + 1)]


def test_the_quick_start_runs_as_printed(
    repo_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """From an empty folder to a printed register, by the page alone."""
    page = (repo_root / "docs" / "ledger.md").read_text(encoding="utf-8")
    block = re.search(r"```sh\n(.*?)```", page, re.DOTALL)
    assert block is not None
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TIANCHOU_POOL", raising=False)
    monkeypatch.setenv("TIANCHOU_ANCHORS", str(tmp_path / "anchors"))
    for line in block.group(1).splitlines():
        words = shlex.split(line)
        assert words[0] == "tianchou"
        assert main(words[1:]) == 0, f"{line}\n{capsys.readouterr().err}"
    assert "ZC-" in capsys.readouterr().out
    with zipfile.ZipFile(tmp_path / "register.docx") as paper:
        assert "公路-7" in paper.read("word/document.xml").decode()


def test_the_sheet_of_the_page_is_the_sheet_that_is_read(repo_root: Path) -> None:
    page = (repo_root / "docs" / "pool-import.md").read_text(encoding="utf-8")
    table = [line.split("|")[1].strip() for line in page.splitlines() if line.startswith("| ")]
    assert table[1:] == [r["zh"] for r in rows("ledger_import")]
