"""A plan in years on 布局调整: chosen with the other terms, told by year against the cap, kept and taken away."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from app import plan_making
from app.parts.plan_words import WORDS as PLAN_WORDS
from app.parts.safe_text import esc
from app.parts.stages_words import WORDS
from app.plan_stages import read_stages
from app.plan_view import PlanView
from app.words import WORDS as APP_WORDS
from geo.plan.relocation.infeasible import labels_of
from geo.study import plan_scenarios, relocation
from geo.study.relocation_result import RelocationResult
from geo.zone import Zone

Page = Callable[..., AppTest]
Told = Callable[[AppTest], str]
CAP, YEARS = 0.002, 4


@pytest.fixture(autouse=True)
def _town(_house: None, monkeypatch: pytest.MonkeyPatch, town_folder: Path) -> None:
    monkeypatch.setenv("TIANCHOU_ZONE", str(town_folder))


@pytest.fixture(scope="module")
def result(town_zone: Zone) -> RelocationResult:
    """The plan of the first year."""
    return relocation.run(town_zone, relocation.SPEC.values({"gap": 0.1, "town_cap_share": CAP}))


def choose_years(app: AppTest, years: int, cap: float) -> AppTest:
    app.number_input(key="form_relocate_town_cap_share").set_value(cap)
    app.number_input(key="form_relocate_gap").set_value(0.05)
    app.number_input(key="plan_years").set_value(years)
    app.button(key="plan").click().run()
    until = time.monotonic() + 120
    while app.session_state["tianchou"].job is not None and time.monotonic() < until:
        time.sleep(0.2)
        app.run()
    assert not app.exception, app.exception
    return app


def show_years(app: AppTest) -> AppTest:
    next(b for b in app.button_group if b.key == "desk_view_zh_years").set_value("stages").run()
    assert not app.exception, app.exception
    return app


def test_years_are_chosen_told_kept_and_taken_away(page: Page, told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("geo.study.relocation.write", lambda *_, **__: [])  # the plan's own files have tests elsewhere
    app = choose_years(page("relocation"), YEARS, CAP)
    mind = app.session_state["tianchou"]
    stages = mind.plan.stages
    figures = stages.figures
    assert figures["ended"] == "done"
    assert 2 <= len(figures["years"]) <= YEARS
    assert WORDS["ended_done"][0].format(n=len(figures["years"])) in told(app)
    # The first year leaves what the plan itself lets leave; in the end everything has left once.
    gone = stages.moved_out
    assert set(gone.loc[gone["year"] == 1, "farmland_id"]) == set(mind.plan.moved_out["farmland_id"])
    assert sorted(gone["farmland_id"]) == sorted({*mind.plan.moved_out["farmland_id"], *mind.plan.waits["farmland_id"]})
    # The table of the years: 公顷 and 亩, and never above the cap.
    text = told(show_years(app))
    table = next(str(e.proto.body) for e in app.get("html") if 'class="tc-years"' in str(e.proto.body))
    assert table.count("<tr>") == 1 + len(figures["years"])
    assert "公顷" in table
    assert "亩" in table
    assert all(float(share) <= 100.0 for share in re.findall(r"<b>([\d.]+)%</b>", table))
    caps, out, inn = (e.value for e in app.dataframe[:3])
    assert set(caps[APP_WORDS["col_year"][0]]) == {r["year"] for r in figures["years"]}
    assert (caps[WORDS["col_out_mu"][0]] <= caps[WORDS["col_cap_mu"][0]] + 0.005).all()
    assert len(out) == len(gone)
    assert out[APP_WORDS["col_year"][0]].is_monotonic_increasing
    assert set(inn[APP_WORDS["col_year"][0]]) == set(stages.moved_in["year"])
    assert WORDS["none_left"][0] in text
    # On the map each parcel has the colour of its year; a parcel chosen says it.
    app.toggle(key="years_on_map").set_value(True).run()
    assert mind.desk.marks == "years"
    # What is too much to mark is said.
    every = len(stages.moved_out) + len(stages.moved_in)
    monkeypatch.setattr("app.parts.plan_desk_view.MOST_MARKS", every)
    assert "只标出" not in told(app.run())
    monkeypatch.setattr("app.parts.plan_desk_view.MOST_MARKS", 2)
    assert PLAN_WORDS["shown_first"][0].format(n=2, all=every) in told(app.run())
    last = stages.moved_in.iloc[-1]
    mind.select("reserve" if last["source"] == "reserve" else "parcels", str(last["candidate_id"]))
    app.run()
    assert WORDS["comes"][0].format(n=int(last["year"])) in told(app)
    # What she takes away: the files, and a scenario that the command runs again.
    mind.desk.keep("分年", mind.plan)
    assert f"years: {YEARS}" in mind.desk.kept[-1].scenario
    folder = mind.files.work(lambda *_: True)
    assert {"stages.xlsx", "stages_en.xlsx", "stages.gpkg", "stages.json"} <= {p.name for p in folder.iterdir()}
    again = read_stages(folder, mind.plan.run_id)
    assert again is not None
    assert again.years == stages.years
    assert again.figures["years"] == figures["years"]
    assert read_stages(folder, "another") is None
    assert plan_scenarios.years_of_folder(folder, mind.plan.run_id) == YEARS
    file = folder / "kept.yaml"
    file.write_text(mind.desk.kept[-1].scenario, encoding="utf-8")
    saved = plan_scenarios.load_scenarios([file])[0]
    made = plan_scenarios.years_of(mind.plan.result, saved)
    assert made is not None
    assert made.run_id == mind.plan.run_id
    assert [s.solution.chosen for s in made.stages] == [
        tuple(stages.moved_in.loc[stages.moved_in["year"] == s.year, "candidate_id"]) for s in made.stages
    ]


@pytest.fixture(scope="module")
def short(result: RelocationResult) -> PlanView:
    """One year of a plan that needs more."""
    made = plan_making._staged(result, 1, lambda *_: True)
    assert made is not None
    assert made.ended == "years"
    return plan_making.shown(result, made)[0]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_years_that_cannot_be_are_explained_in_words(lang: str, page: Page, told: Told, short: PlanView) -> None:
    app, at = page("relocation", lang=lang), lang == "en"
    mind = app.session_state["tianchou"]
    mind.desk_view = "stages"
    assert short.stages is not None
    lacking: dict[str, Any] = {
        "shortfalls": [{"constraint": "area", "scope": "330421", "amount": 6667.0, "unit": "m2"}], "clashing": ["area"],
    }  # fmt: skip
    for ended, more in (("years", {}), ("stuck", {}), ("infeasible", lacking), ("time", {}), ("cancelled", {})):
        stages = replace(short.stages, figures={**short.stages.figures, "ended": ended, **more})
        mind.plan = replace(short, stages=stages)
        app.run()
        assert not app.exception, app.exception
        text = told(app)
        assert esc(WORDS[f"ended_{ended}"][at].rpartition("}")[2]) in text
        assert not re.search(r"PL\d{3}", text.split("tc-card")[-1])
        if ended == "infeasible":
            assert labels_of("area")[at] in text
            assert ("10.00 亩" if lang == "zh" else "10.00 mu") in text
            assert WORDS["ways"][at] in text


def test_a_stop_keeps_the_plan_and_the_years_planned_in_full(result: RelocationResult) -> None:
    assert plan_making._staged(result, 3, lambda *_: False) is None
    heard: list[str] = []

    def until_the_second_year(_: float, zh: str, *__: Any) -> bool:
        heard.append(zh)
        return not zh.startswith("第 2 年")

    stopped = plan_making._staged(result, 3, until_the_second_year)
    assert stopped is not None
    assert stopped.ended == "cancelled"
    assert [s.year for s in stopped.stages] == [1]
    assert set(stopped.left["reason"]) >= {"PL407"}


def test_every_word_is_said_in_both_languages() -> None:
    for key, (zh, en) in WORDS.items():
        assert set(re.findall(r"\{(\w+)\}", zh)) == set(re.findall(r"\{(\w+)\}", en)), key
        assert not re.search(r"[\u4e00-\u9fff]", en), key
