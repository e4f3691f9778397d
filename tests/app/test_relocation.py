"""布局调整: the plan that ``make run`` left is shown; a new one is made beside the page; none is told in words."""

from __future__ import annotations

import json
import re
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from app import plan_making
from app.jobs import Job
from app.parts.safe_text import esc
from app.words import WORDS
from geo.errors import Cancelled
from geo.policy.book import load_book
from geo.study import relocation
from geo.zone import Zone

Page = Callable[..., AppTest]
Told = Callable[[AppTest], str]


def nothing(*_: Any, **__: Any) -> list[Path]:
    return []


@pytest.fixture(scope="module", autouse=True)
def _no_pictures() -> Iterator[None]:
    """Maps and workbooks have tests of their own, and take their time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("geo.report.maps.render_map", nothing)
        patch.setattr("geo.report.workbook.write_workbook", nothing)
        yield


@pytest.fixture(scope="module")
def made(town_zone: Zone, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A plan folder as ``tianchou relocate`` leaves it."""
    folder = tmp_path_factory.mktemp("made")
    relocation.write(relocation.run(town_zone, relocation.SPEC.values({})), folder)
    return folder


@pytest.fixture(autouse=True)
def _town(_house: None, monkeypatch: pytest.MonkeyPatch, town_folder: Path) -> None:
    """One township: what the page shows of a plan does not depend on how large the zone is."""
    monkeypatch.setenv("TIANCHOU_ZONE", str(town_folder))


@pytest.fixture
def out(made: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    folder = tmp_path / "left"
    shutil.copytree(made, folder)
    monkeypatch.setenv("TIANCHOU_OUT", str(folder))
    return folder


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_plan_that_was_left_is_shown(lang: str, page: Page, told: Told, out: Path) -> None:
    app = page("relocation", lang=lang)
    assert not app.exception, app.exception
    text = told(app)
    figures = json.loads((out / "plan.json").read_text("utf-8"))["results"]
    assert figures["planned"]
    for side in ("out", "in"):
        assert f"{figures[side]['pieces']} {'块' if lang == 'zh' else 'pieces'}" in text
    rules = {j["code"] for j in figures["judgements"]}
    book = load_book()
    for code in rules:
        assert esc(book.rules[code].title(lang)) in text
    assert text.count('class="tc-sign-good"') >= 12
    assert 'class="tc-chip tc-unsure"' in text  # a verdict that rests on an unconfirmed rule carries its mark
    assert not app.get("progress")


def test_the_lists_and_balances_are_the_plan_s(page: Page, out: Path) -> None:
    figures = json.loads((out / "plan.json").read_text("utf-8"))["results"]
    tables = [e.value for e in page("relocation").dataframe]
    counties, towns, gone, come = tables[:4]
    assert len(gone) == figures["out"]["pieces"]
    assert len(come) == figures["in"]["pieces"]
    for table in (counties, towns):
        assert table[WORDS["col_out_pieces"][0]].sum() == figures["out"]["pieces"]
        assert table[WORDS["col_out_mu"][0]].sum() == pytest.approx(figures["out"]["net_area_m2"] * 3 / 2000, abs=0.05)


def test_swipe_shows_two_states_side_by_side(page: Page, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from app.parts import map_view

    heard: list[dict[str, Any]] = []
    plain = map_view._view
    monkeypatch.setattr(map_view, "_view", lambda state: heard.append(plain(state)) or heard[-1])
    app = page("relocation")
    assert heard[-1]["swipe"] is None
    next(b for b in app.button_group if b.key == "compare").set_value("swipe").run()
    assert not app.exception
    assert heard[-1]["swipe"] == {"left": "调整前", "right": "调整后"}
    sides = {e["id"]: e["side"] for e in heard[-1]["layers"] if e["side"]}
    assert sides == {"farmland": "before", "moved_out": "before", "farmland_after": "after", "moved_in": "after"}


def test_a_plan_of_other_data_is_not_shown(page: Page, told: Told, out: Path) -> None:
    record = json.loads((out / "plan.json").read_text("utf-8"))
    record["inputs"][0]["sha256"] = "0" * 64
    (out / "plan.json").write_text(json.dumps(record), "utf-8")
    assert WORDS["plan_other_data"][0] in told(page("relocation"))


@pytest.mark.parametrize("text", ["", "{}", "[1]", "not json"])
def test_a_broken_record_is_one_message(text: str, page: Page, out: Path) -> None:
    (out / "plan.json").write_text(text, "utf-8")
    app = page("relocation")
    assert not app.exception
    assert len(app.error) == 1
    assert "IO107" in app.error[0].value.replace("\\", "")


def wait(app: AppTest) -> AppTest:
    """Run the page until its job is over."""
    until = time.monotonic() + 120
    while app.session_state["tianchou"].job is not None and time.monotonic() < until:
        time.sleep(0.3)
        app.run()
    return app


def test_a_plan_is_made_on_the_page(page: Page, told: Told, made: Path) -> None:
    app = page("relocation")
    assert WORDS["plan_none"][0] in told(app)
    app.button(key="plan").click().run()
    assert app.session_state["tianchou"].job is not None
    wait(app)
    assert not app.exception, app.exception
    assert WORDS["fact_proof"][0] in told(app)
    assert app.session_state["tianchou"].plan.planned
    # Its files are written for who comes to take them, and are then those of the command line.
    mind = app.session_state["tianchou"]
    assert not mind.files.begun
    assert not mind.plan.folder.exists()
    app.session_state["plan_tabs_zh"] = WORDS["tab_files"][0]
    app.run()
    assert mind.files.begun
    assert WORDS["files_writing"][0] in app.get("progress")[0].proto.text or mind.files.done
    taken(app, made)


def taken(app: AppTest, made: Path) -> None:
    """Wait for the files of the plan on the page; they are those of the command line, and each has its button."""
    mind = app.session_state["tianchou"]
    until = time.monotonic() + 120
    while not mind.files.done and time.monotonic() < until:
        time.sleep(0.1)
    app.run()
    assert not app.exception, app.exception
    assert mind.files.error is None
    assert {p.name for p in mind.plan.folder.iterdir()} == {p.name for p in made.iterdir()}
    here, there = (json.loads((f / "plan.json").read_text("utf-8")) for f in (mind.plan.folder, made))
    assert here["results"]["in"] == there["results"]["in"]
    assert here["results"]["run_id"] == there["results"]["run_id"]
    offered = " ".join(b.label for b in app.get("download_button"))
    assert all(f.name in offered for f in made.iterdir() if f.suffix in (".json", ".gpkg", ".docx", ".html"))


def test_the_results_page_writes_the_files_too(page: Page) -> None:
    app = page("relocation")
    app.button(key="plan").click().run()
    wait(app)
    app.switch_page("pages/results.py").run()
    mind = app.session_state["tianchou"]
    assert mind.files.begun
    mind.files.cancel()  # what it writes is what 下载 writes


def test_terms_that_no_plan_meets_are_explained(page: Page, told: Told) -> None:
    app = page("relocation")
    app.number_input(key="form_relocate_area_ratio").set_value(3.0)
    app.number_input(key="form_relocate_town_cap_share").set_value(1.0)
    app.number_input(key="form_relocate_threshold_mu").set_value(60.0)
    app.checkbox(key="form_relocate_sources_cropland").uncheck()
    app.button(key="plan").click().run()
    wait(app)
    assert not app.exception, app.exception
    assert WORDS["no_plan"][0] in told(app)
    assert len(app.session_state["tianchou"].plan.shortfalls) >= 1
    zh, _ = app.session_state["tianchou"].plan.shortfalls[0]
    assert re.search(r"[\u4e00-\u9fff]", zh)


def test_bad_terms_are_one_message(page: Page) -> None:
    app = page("relocation")
    for source in ("reserve", "cropland"):
        app.checkbox(key=f"form_relocate_sources_{source}").uncheck()
    app.button(key="plan").click().run()
    assert not app.exception
    assert "IO201" in app.error[0].value.replace("\\", "")
    assert app.session_state["tianchou"].job is None


def test_cancelling_is_told(page: Page, told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(_: Any, __: Any, report: Any) -> Any:
        while report(0.3, "慢", "slow", {}):
            time.sleep(0.02)
        raise Cancelled

    monkeypatch.setattr(plan_making, "make_plan", slow)
    app = page("relocation")
    app.button(key="plan").click().run()
    app.button(key="cancel_plan").click().run()
    wait(app)
    assert not app.exception
    assert WORDS["job_cancelled"][0] in told(app)


def test_a_fault_in_the_work_is_told_not_raised(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> Any:
        raise RuntimeError("disk on fire")

    monkeypatch.setattr(plan_making, "make_plan", broken)
    app = page("relocation")
    app.button(key="plan").click().run()
    wait(app)
    assert not app.exception
    assert "disk on fire" in app.error[0].value


def test_a_job_reports_and_stops() -> None:
    seen = []

    def work(report: Any) -> str:
        seen.append(report(0.5, "一半", "half", {"gap": 0.1}))
        return "done"

    job = Job(work).start()
    until = time.monotonic() + 5
    while not job.done and time.monotonic() < until:
        time.sleep(0.01)
    assert (job.result, job.fraction, job.figures, seen) == ("done", 0.5, {"gap": 0.1}, [True])
    assert not job.stopping
