"""The 项目 page as a script: pasted and drawn footprints, what is read of them, the plan, locks, and bad input."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

# A strip across fields of the shipped zone (northing, easting), and one far outside it.
INSIDE = "3436288.9,40584757.3\n3436910.5,40584977.2\n3437216.0,40585105.5"
OUTSIDE = "3400000,40550000\n3400000,40550100\n3400100,40550100"


def finished(app: AppTest, seconds: float = 120.0) -> Any:
    """Run the page until its job is over; the visitor's project."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        app.run()
        mine = app.session_state["tianchou"].project
        if mine.job is None and mine.files is None:
            return mine
        time.sleep(0.3)
    pytest.fail("the job did not end")


def test_a_pasted_line_with_a_width_is_read_planned_and_planned_again(page: Callable[..., AppTest]) -> None:
    app = page("project")
    assert not app.exception
    app.number_input(key="project_width").set_value(30.0)
    app.text_area(key="project_vertices").set_value(INSIDE)
    mine = finished(app)
    assert not app.exception
    assert mine.taken is not None
    assert mine.taken.footprint["area_m2"].sum() == pytest.approx(30 * 990, rel=0.05)
    app.button(key="project_plan").click()
    mine = finished(app)
    assert not app.exception
    assert mine.result.planned
    first = set(mine.result.replacement["lot_id"])
    pool = mine.result.candidates
    pool = pool[pool["county_code"].isin(mine.result.demand["county_code"])]
    free = [i for i in pool.sort_values(["grade", "net_area_m2"])["candidate_id"] if i not in first]
    gone = str(mine.result.replacement.sort_values("grade")["lot_id"].iloc[-1])
    mine.lock(free[0], "in")
    mine.lock(free[1], "in")
    mine.lock(gone, "out")
    app.button(key="project_plan").click()
    mine = finished(app)
    again = set(mine.result.replacement["lot_id"])
    assert set(free[:2]) <= again
    assert gone not in again
    app.button(key="project_choose_B").click().run()
    assert app.session_state["tianchou"].project.result.label == "B"
    assert not app.exception


def test_a_shape_drawn_on_the_map_is_the_footprint(
    page: Callable[..., AppTest], monkeypatch: pytest.MonkeyPatch
) -> None:
    shape = {"type": "Polygon", "coordinates": [[[120.889, 31.047], [120.891, 31.047], [120.891, 31.049],
                                                 [120.889, 31.047]]]}  # fmt: skip
    answers = [{"kind": "draw", "shape": "polygon", "geometry": shape}]
    app = page("project")
    monkeypatch.setattr("app.parts.map_component.show", lambda *_, **__: answers.pop() if answers else None)
    mine = finished(app)
    assert not app.exception
    assert mine.drawn == [shape]
    assert len(mine.footprint) == 1
    assert mine.taken is not None or mine.notice is not None


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_footprint_outside_the_zone_is_one_message(page: Callable[..., AppTest], lang: str) -> None:
    app = page("project", lang=lang)
    app.text_area(key="project_vertices").set_value(OUTSIDE)
    mine = finished(app)
    assert not app.exception
    assert mine.taken is None
    assert "PJ" in app.error[0].value
    app.text_area(key="project_vertices").set_value("3400000,x\n1")
    mine = finished(app)
    assert "IO301" in app.error[0].value
    assert not app.exception
