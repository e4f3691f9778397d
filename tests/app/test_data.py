"""The data page before anything was dropped, its words, and the names that it gives to files."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any

import pytest

from app.parts import data_words
from app.parts.data_files import accept, file_name


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_page_opens_without_files(lang: str, page: Any, told: Any) -> None:
    app = page("data", lang=lang)
    assert not app.exception
    assert data_words._WORDS["empty"][lang == "en"] in told(app)


def test_words_in_both_languages() -> None:
    for key, (zh, en) in data_words._WORDS.items():
        assert zh.strip(), key
        assert en.strip(), key
        assert set(re.findall(r"\{(\w+)\}", zh)) == set(re.findall(r"\{(\w+)\}", en)), key
        assert not re.search(r"[\u4e00-\u9fff]", en), key


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("DLTB.shp", "DLTB.shp"),
        ("../../etc/passwd", "passwd"),
        ("..\\..\\evil<img src=x>.zip", "evil_img src=x_.zip"),
        ("/abs/地类图斑.gdb.zip", "地类图斑.gdb.zip"),
        ("...", "file"),
        ("a\x00b\n.gpkg", "a?b?.gpkg".replace("?", "_")),
        ("x" * 300 + ".geojson", "x" * 92 + ".geojson"),
    ],
)
def test_file_names_stay_in_their_folder(given: str, kept: str) -> None:
    name = file_name(given)
    assert name == kept or len(name) <= 100
    assert not {"/", "\\", "\x00", "\n"} & set(name)
    assert name.strip(". ")
    assert file_name(given, [name]) != name


def test_a_file_that_is_nothing_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    mind = SimpleNamespace(data=None)
    monkeypatch.setattr("app.parts.data_files.session", lambda: mind)
    sent = SimpleNamespace(name="../DLTB.shp", getbuffer=lambda: memoryview(b"rubbish"))
    drop = accept([sent])
    assert drop.result.verdict == 2
    assert drop.result.layers == ()
    assert accept([sent]) is drop
