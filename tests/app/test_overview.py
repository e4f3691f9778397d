"""总览: a click is read in plain words; the tree, the towns and the palette reach the map."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from app import cache
from app.parts import map_view as view
from app.words import WORDS
from geo.standards.units import to_mu

Page = Callable[..., AppTest]
Told = Callable[[AppTest], str]


def paddy_spot() -> tuple[tuple[float, float], dict[str, Any]]:
    """A point inside a paddy parcel of the shipped zone, and the parcel's row."""
    index = cache.layer_index("parcels")
    place = int((index.frame["class_code"] == "0101").to_numpy().argmax())
    return index.inside(place), index.frame.iloc[place].to_dict()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_clicked_parcel_is_read_in_plain_words(
    lang: str, page: Page, clicks: Callable[..., None], told: Told
) -> None:
    app = page("overview", lang=lang)
    assert WORDS["card_hint_title"][lang == "en"] in told(app)
    (lon, lat), row = paddy_spot()
    clicks(lon, lat)
    app.run()
    text = told(app)
    assert not app.exception
    assert ("水田" if lang == "zh" else "Paddy") in text
    area = f"{to_mu(row['area_m2']):,.2f}"
    assert area in text
    assert row["parcel_id"] in text
    assert ("镇" in text) == (lang == "zh") or lang == "en"


def test_clearing_and_clicking_elsewhere(page: Page, clicks: Callable[..., None], told: Told) -> None:
    app = page("overview")
    (lon, lat), _ = paddy_spot()
    clicks(lon, lat)
    app.run()
    app.button(key="card_close").click().run()
    assert WORDS["card_hint_title"][0] in told(app)
    clicks(110.0, 20.0)
    app.run()
    assert not app.exception
    assert WORDS["card_hint_title"][0] in told(app)


def sent(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What the pages tell the map."""
    found: list[dict[str, Any]] = []
    plain = view._view

    def keep(state: view.MapState) -> dict[str, Any]:
        found.append(plain(state))
        return found[-1]

    monkeypatch.setattr(view, "_view", keep)
    return found


def test_tree_palette_and_towns_reach_the_map(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    heard = sent(monkeypatch)
    app = page("overview")
    assert {e["id"]: e["on"] for e in heard[-1]["layers"]}["reserve"] is False
    app.checkbox(key="layer_reserve").check().run()
    assert {e["id"]: e["on"] for e in heard[-1]["layers"]}["reserve"] is True
    app.slider(key="opacity_farmland").set_value(0.2).run()
    assert {e["id"]: e["opacity"] for e in heard[-1]["layers"]}["farmland"] == 0.2
    before = heard[-1]["layers"]
    app.toggle(key="cvd").set_value(True).run()
    after = heard[-1]["layers"]
    assert [e["styles"] for e in before] != [e["styles"] for e in after]
    assert all(e["cvd"] for e in after)
    assert heard[-1]["fly"] is None
    app.selectbox(key="town_zh").select_index(1).run()
    (south, west), (north, east) = heard[-1]["fly"]["bounds"]
    assert 30 < south < north < 32
    assert 120 < west < east < 122
    assert heard[-1]["badge"] == WORDS["sample_mark"][0]


def test_the_map_carries_no_parcel_data_and_its_script_never_changes(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[tuple[str, dict[str, Any]]] = []
    monkeypatch.setattr("app.parts.map_component.show", lambda data, *, key: heard.append((key, data)))
    app = page("overview")
    app.checkbox(key="layer_reserve").check().run()
    app.button_group[0].set_value("en").run()
    assert not app.exception
    assert len({key for key, _ in heard}) == 1, "another key would build the map anew"
    assert len({json.dumps(data["scripts"]) for _, data in heard}) == 1
    assert all(len(json.dumps(data)) < 20_000 for _, data in heard)
