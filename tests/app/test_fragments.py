"""零星识别: the thresholds move the figures, the table and the map; a row flies to its piece."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from app.words import WORDS
from geo.study import conflicts
from geo.zone import Zone

Page = Callable[..., AppTest]
Told = Callable[[AppTest], str]


@pytest.fixture(autouse=True)
def _one_township(monkeypatch: pytest.MonkeyPatch, town_folder: Path) -> None:
    monkeypatch.setenv("TIANCHOU_ZONE", str(town_folder))


def blocks(zone: Zone, **given: object) -> int:
    return len(conflicts.run(zone, conflicts.SPEC.values(given)).fragments.blocks)


def test_figures_are_the_study_s_and_follow_the_slider(page: Page, town_zone: Zone, told: Told) -> None:
    app = page("fragments")
    assert not app.exception
    assert f"<b>{blocks(town_zone)}<i>" in told(app)
    assert len(app.dataframe[0].value) == blocks(town_zone)
    app.slider(key="form_conflicts_threshold_mu").set_value(20.1).run()
    more = blocks(town_zone, threshold_mu=20.1)
    assert more > blocks(town_zone)
    assert len(app.dataframe[0].value) == more
    app.checkbox(key="form_conflicts_lines_boundary_filled").uncheck().run()
    assert len(app.dataframe[0].value) < more


def test_no_line_at_all_is_told_in_words(page: Page) -> None:
    app = page("fragments")
    for line in ("boundary_filled", "redline_core", "redline_general", "redline_other"):
        app.checkbox(key=f"form_conflicts_lines_{line}").uncheck()
    app.run()
    assert not app.exception
    assert len(app.error) == 1
    assert "IO201" in app.error[0].value.replace("\\", "")


def test_one_township_only(page: Page, monkeypatch: pytest.MonkeyPatch, zone_folder: Path) -> None:
    monkeypatch.setenv("TIANCHOU_ZONE", str(zone_folder))
    app = page("fragments")
    everywhere = len(app.dataframe[0].value)
    app.selectbox(key="town_zh").select_index(1).run()
    here = app.dataframe[0].value
    assert len(here) < everywhere
    assert here[WORDS["col_town"][0]].nunique() <= 1


def test_sensitivity_is_shown_with_the_setting_in_force_framed(page: Page, told: Told) -> None:
    text = told(page("fragments"))
    assert 'class="tc-matrix"' in text
    assert text.count('class="tc-now"') == 1
