"""Every page in both languages: no exception, its own words, the mark of sample data, no personal field."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from app.words import FIELDS, WORDS

Page = Callable[..., AppTest]
Told = Callable[[AppTest], str]
PAGES = ("overview", "fragments", "relocation", "about")


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("name", PAGES)
def test_page_opens(name: str, lang: str, page: Page, told: Told) -> None:
    app = page(name, lang=lang)
    assert not app.exception, app.exception
    text = told(app)
    if name != "overview":
        assert WORDS[f"page_{name}"][lang == "en"] in text
    assert WORDS["sample_mark"][lang == "en"] in text
    for personal in ("承包人", "责任人", "证件号码", "联系电话", "居住地址"):
        assert personal not in text


@pytest.mark.parametrize("name", PAGES)
def test_english_page_speaks_english(name: str, page: Page) -> None:
    """Chinese may appear only where the data or a citation carries it: file names, villages, articles."""
    app = page(name, lang="en")
    labels = [e.label for kind in (app.button, app.checkbox, app.slider, app.selectbox, app.toggle) for e in kind]
    labels += [str(c) for e in app.dataframe for c in e.value.columns]
    chinese = [text for text in labels if re.search(r"[\u4e00-\u9fff]", text)]
    assert not chinese


def test_switch_of_language_stays(page: Page, told: Told) -> None:
    app = page("overview")
    app.button_group[0].set_value("en").run()
    assert WORDS["overview_lead"][1] in told(app)
    app.switch_page("pages/about.py").run()
    assert WORDS["about_lead"][1] in told(app)


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("name", PAGES)
def test_missing_folder_is_one_clear_message(
    name: str, lang: str, page: Page, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TIANCHOU_ZONE", str(tmp_path / "nothing"))
    app = page(name, lang=lang)
    assert not app.exception
    assert len(app.error) == 1
    assert WORDS["bad_input"][lang == "en"] in app.error[0].value
    assert "IO101" in app.error[0].value.replace("\\", "")


def test_folder_without_a_layer_names_every_missing_layer(
    page: Page, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TIANCHOU_ZONE", str(tmp_path))
    app = page("overview")
    assert len(app.error) == 1
    for file in ("DLTB", "YJJBNTBHTB", "CZKFBJ", "STBHHX", "XZQ"):
        assert file in app.error[0].value


def test_every_word_is_said_in_both_languages() -> None:
    for key, (zh, en) in WORDS.items():
        assert zh.strip(), key
        assert en.strip(), key
        assert set(re.findall(r"\{(\w+)\}", zh)) == set(re.findall(r"\{(\w+)\}", en)), key
        assert not re.search(r"[\u4e00-\u9fff]", en) or key == "language", key
    assert all(FIELDS.values())
