"""专题图: every theme opens in both languages; change asks for a second survey, and is there once one is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from app.parts.thematic_words import WORDS

Page = Callable[..., AppTest]
Told = Callable[[AppTest], str]


@pytest.fixture(autouse=True)
def _one_township(monkeypatch: pytest.MonkeyPatch, town_folder: Path) -> None:
    monkeypatch.setenv("TIANCHOU_ZONE", str(town_folder))


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_themes_open_and_change_asks_for_a_second_survey(lang: str, page: Page, told: Told) -> None:
    app = page("thematic", lang=lang)
    other = lang == "en"
    for kind in ("grade", "block", "owner"):
        app.button_group(key="theme_kind").set_value(kind).run()
        assert not app.exception
        assert not app.error
        assert WORDS["col_share"][other] in told(app)
    app.button_group(key="theme_kind").set_value("change").run()
    assert not app.exception
    assert WORDS["two_title"][other] in told(app)
    assert WORDS["two_before"][other] in told(app)
    app.button(key="theme_sample").click().run()
    assert not app.exception
    assert not app.error
    assert WORDS["col_share"][other] in told(app)
    assert WORDS["two_title"][other] not in told(app)
    app.radio(key="theme_by").set_value("change_size").run()
    assert not app.exception
    assert not app.error


def test_an_earlier_survey_that_the_office_named_is_taken(
    page: Page, told: Told, monkeypatch: pytest.MonkeyPatch, town_folder: Path
) -> None:
    monkeypatch.setenv("TIANCHOU_BEFORE", str(town_folder))
    app = page("thematic")
    app.button_group(key="theme_kind").set_value("change").run()
    assert not app.exception
    assert "MP209" in app.error[0].value.replace("\\", "")  # the same survey twice: told, not an empty map
    assert WORDS["two_title"][0] not in told(app)
