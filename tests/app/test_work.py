"""Undo and redo of any depth; links that are obeyed and never trusted; backgrounds that must be chosen."""

from __future__ import annotations

import pytest

from app import backdrops, map_link
from app.parts.map_view import MapEvent, _event
from app.state import Session
from app.work import Work, fresh


def test_undo_and_redo_of_any_depth() -> None:
    history = fresh()
    states = [history.now]
    for number in range(1_500):
        history = history.do(history.now.toggle(("parcels", f"P{number}")), ("选择", "selecting"))
        states.append(history.now)
    for wanted in reversed(states[:-1]):
        history = history.undo()
        assert history.now is wanted
    assert history.undo() is history
    assert history.undoes is None
    for wanted in states[1:]:
        history = history.redo()
        assert history.now is wanted
    assert history.redo() is history
    back = history.undo().do(Work(chosen=(("farmland", "F1"),)))
    assert back.redoes is None, "a new step forgets what was taken back"
    assert back.do(back.now) is back, "nothing done, nothing to undo"


def test_a_plot_is_never_both_in_and_out() -> None:
    work = Work().pin(["A", "B"], inside=True).pin(["B", "C"], inside=False)
    assert (work.lock_in, work.lock_out) == (("A",), ("B", "C"))
    assert work.pin(["C"], inside=True).lock_out == ("B",)


def test_shapes_keep_their_names_and_numbers() -> None:
    square = {"type": "Polygon", "coordinates": [[[121, 31], [121.1, 31], [121.1, 31.1], [121, 31]]]}
    work = Work().draw(square, "图形 {n}").draw(square, "图形 {n}")
    assert [(s.id, s.name) for s in work.shapes] == [("S1", "图形 1"), ("S2", "图形 2")]
    moved = {"type": "Polygon", "coordinates": [[[121, 31], [121.2, 31], [121.1, 31.1], [121, 31]]]}
    assert work.redraw("S2", moved).shapes[1].geojson == moved
    assert work.redraw("S9", moved) == work


HOSTILE = {
    "on": "parcels,<script>,../../etc,reserve", "off": "x" * 5_000,
    "fade": "parcels:0.5,farmland:9,towns:nan,a:b:c,redline:",
    "order": "a b,towns," + ",".join(f"L{i}" for i in range(900)), "cvd": "yes", "zone": "z" * 900,
    "sel": "parcels/<img src=x onerror=alert(1)>",
}  # fmt: skip


def test_a_link_is_obeyed_and_never_trusted() -> None:
    mind = Session()
    map_link.read(mind, HOSTILE)
    assert mind.shown == {"parcels": True, "reserve": True}
    assert mind.opacity == {"parcels": 0.5}
    assert len(mind.order) < 60
    assert not mind.cvd
    assert len(mind.linked_zone) == 40
    assert mind.selected == ("parcels", "<img src=x onerror=alert(1)>")  # looked up, not found, told escaped
    map_link.read(fresh_mind := Session(), {})
    assert (fresh_mind.shown, fresh_mind.selected, fresh_mind.linked_zone) == ({}, None, "")


@pytest.mark.parametrize(
    "told",
    [
        None, {}, {"kind": "click"}, {"kind": "click", "lon": "x", "lat": 1},
        {"kind": "click", "lon": float("nan"), "lat": 1},
        {"kind": "draw", "shape": "polygon", "geometry": {"type": "Polygon", "coordinates": [[["a", 1]]]}},
        {"kind": "draw", "shape": "circle", "geometry": {"type": "Point", "coordinates": [1, 2]}},
        {"kind": "draw", "shape": "polygon", "geometry": {"type": "Polygon"}}, {"kind": "lasso", "geometry": "POLYGON"},
        {"kind": "draw", "shape": "line", "geometry": {"type": "LineString", "coordinates": [[1, float("inf")]]}},
        {"kind": "elsewhere"},
    ],
)  # fmt: skip
def test_what_the_browser_says_is_taken_only_in_its_shape(told: dict[str, object] | None) -> None:
    assert _event(told) == MapEvent()


def test_a_drawn_shape_and_a_click_come_through() -> None:
    line = {"type": "LineString", "coordinates": [[121.0, 31.0], [121.1, 31.1]], "crs": "evil"}
    found = _event({"kind": "draw", "shape": "line", "geometry": line})
    assert found.drawn == {"type": "LineString", "coordinates": [[121.0, 31.0], [121.1, 31.1]]}
    assert found.drawn_as == "line"
    assert _event({"kind": "click", "lon": 121, "lat": 31, "more": True}) == MapEvent(clicked=(121.0, 31.0), more=True)
    assert _event({"kind": "overlay", "id": "F12"}).overlay_id == "F12"


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("https://tiles.office.example/{z}/{x}/{y}.png", True), ("http://10.1.2.3:8080/tms/{z}/{x}/{-y}.png", True),
        ("ftp://a/{z}/{x}/{y}", False), ("https://a/{z}/{x}.png", False), ("javascript:alert(1)//{z}{x}{y}", False),
        ("https://user:secret@a/{z}/{x}/{y}", False), ("https://a/{z}/{x}/{y}\"><script>", False),
        ("https://a/{z}/{x}/{y}/{__proto__}", False), ("", False),
    ],
)  # fmt: skip
def test_an_address_of_tiles(text: str, good: bool) -> None:
    assert bool(backdrops.tile_address(text)) is good


def test_tianditu_needs_a_key() -> None:
    assert backdrops.tianditu("") == ()
    assert backdrops.tianditu("abc<script>") == ()
    layers = backdrops.tianditu("0123456789abcdef0123456789abcdef")
    assert [one.url.count("{z}") for one in layers] == [1, 1]
    assert all("天地图" in one.attribution for one in layers)
