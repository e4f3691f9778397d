"""docs/findings.md is what the catalogue says, and every code that the checks use is in it."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest

from geo.standards.messages import catalogue

ROOT = Path(__file__).parents[3]


def test_the_page_is_up_to_date() -> None:
    spec = importlib.util.spec_from_file_location("make_findings_page", ROOT / "tools" / "make_findings_page.py")
    assert spec
    assert spec.loader
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    assert (ROOT / "docs" / "findings.md").read_text("utf-8") == tool.page(), "python tools/make_findings_page.py"


def test_every_code_in_the_rooms_has_words_and_a_line_on_the_page() -> None:
    page = (ROOT / "docs" / "findings.md").read_text("utf-8")
    used = set()
    for room in ("qc", "io", "study"):
        for file in (ROOT / "geo" / room).rglob("*.py"):
            used |= set(re.findall(r'"((?:QC|IO)\d{3})"', file.read_text("utf-8")))
    assert len(used) > 60
    for code in sorted(used):
        assert code in catalogue(), code
        assert f"| {code} |" in page, code


@pytest.mark.parametrize("code", sorted(c for c in catalogue() if c.startswith("QC")))
def test_each_check_says_the_same_in_both_languages(code: str) -> None:
    entry = catalogue()[code]
    names = [set(re.findall(r"\{(\w+)\}", text)) for text in (entry.zh, entry.en)]
    assert names[0] == names[1]
    assert bool(entry.hint_zh) == bool(entry.hint_en)
