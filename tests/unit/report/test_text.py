"""Text on its way out: nothing runs, nothing is lost that a person needs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.report.fonts import BOLD, REGULAR, covered
from geo.report.text import cell_text, drawn, markup, plain
from geo.report.words import coded, word
from geo.standards.tables import rows

PAYLOADS = [
    '=HYPERLINK("http://x","y")', "=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1+1", "  =1+1",
    "=cmd|'/C calc'!A0", "|calc", "%0A=1", "＋1+x", "＠x",
]  # fmt: skip


@pytest.mark.parametrize("payload", PAYLOADS)
def test_nothing_runs(payload: str) -> None:
    assert cell_text(payload).startswith("'")


@pytest.mark.parametrize("value", ["-12.5", "+3", "1e5", "310118104", "330421200100000077", "金泽镇", "–", ""])
def test_figures_and_words_stay_as_they_are(value: str) -> None:
    assert cell_text(value) == value


@given(st.text(max_size=200))
def test_no_control_character_survives(text: str) -> None:
    shown = cell_text(text)
    assert not any(ord(c) < 32 or 0x7F <= ord(c) < 0xA0 or 0xD800 <= ord(c) < 0xE000 for c in shown)
    assert not shown.lstrip().startswith(("=", "@", "＝")) or shown.startswith("'")


def test_missing_values_are_empty() -> None:
    import pandas as pd

    assert [plain(v) for v in (None, float("nan"), pd.NA)] == ["", "", ""]


def test_a_cell_holds_no_more_than_a_cell() -> None:
    assert len(cell_text("田" * 40_000)) == 32_767


def test_markup_is_inert() -> None:
    assert markup("<img src=x onerror='alert(1)'>`") == "&lt;img src=x onerror=&#x27;alert(1)&#x27;&gt;&#96;"


def test_drawn_text_has_no_formula_and_no_missing_glyph() -> None:
    assert drawn("a$\\frac{1}{2}$\U0001f600") == "a＄\\frac{1}{2}＄〓"
    assert drawn("田畴圩浜溇漾荡") == "田畴圩浜溇漾荡"


def test_shipped_fonts_cover_gb2312_and_are_small() -> None:
    wanted = {bytes([h, low]).decode("gb2312") for h in range(0xB0, 0xD7) for low in range(0xA1, 0xFA)}
    assert {ord(c) for c in wanted} <= covered()
    assert REGULAR.stat().st_size < 4_500_000
    assert BOLD.stat().st_size < 4_500_000
    assert "SIL OPEN FONT LICENSE Version 1.1" in (REGULAR.parent / "OFL.txt").read_text("utf-8")


def test_every_word_of_the_report_is_bilingual_and_drawable() -> None:
    silent = {"unit.count", "unit.ratio", "unit.flag", "unit.code", "unit.deg"}
    for row in rows("report_words"):
        assert row["zh"] or row["key"] in silent, row
        assert row["en"] or row["key"] in silent, row
        assert all(ord(c) in covered() for c in row["zh"] + row["en"]), row
    for row in rows("styles"):
        assert all(ord(c) in covered() for c in row["zh"] + row["en"]), row


def test_words_by_key_and_by_code() -> None:
    assert word("north", "en") == "Grid north"
    assert coded("against", "redline_core") == "生态保护红线核心保护区"
    assert coded("against", "elsewhere") == "elsewhere"
    with pytest.raises(KeyError):
        word("no such key")


def test_no_word_of_the_reports_stands_in_two_tables() -> None:
    """A key in two tables would change a paper of another study without a sound (m² told as 亩, labelled 平方米)."""
    from geo.report.words import _TABLES
    from geo.standards.tables import rows

    keys = [row["key"] for table in _TABLES for row in rows(table)]
    assert sorted({k for k in keys if keys.count(k) > 1}) == []
