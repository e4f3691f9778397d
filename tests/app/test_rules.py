"""规则 without a browser: search, date, what-if, and a verdict opened to its articles and parcels."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from app.parts.rules_words import _WORDS
from app.plan_view import PlanView
from geo.policy.book import load_book
from geo.study import rules

Page = Callable[..., AppTest]
Told = Callable[[AppTest], str]
DAY = "2026-11-23"
FACTS = [
    {
        "subject": "plan", "kind": "plan", "out_area_m2": 1000.0, "in_area_m2": 1100.0, "out_grade": 5.0,
        "in_grade": 4.0, "out_paddy_m2": 500.0, "in_paddy_m2": 800.0, "out_slope": 1.0, "in_slope": 1.0,
        "max_slope_grade_in": 1.0,
        "unstable_in": 0, "in_lines_m2": 0.0, "not_available_in": 0, "used_twice_in": 0, "contiguity_before": 0.01,
        "contiguity_after": 0.02, "mean_patch_before_m2": 10.0, "mean_patch_after_m2": 20.0, "cross_county_m2": 0.0,
        "cross_province_m2": 0.0, "out_high_standard_m2": 0.0, "slivers": 0, "balance_residual_m2": 0.0,
        "boundary_multiple_before": 1.0, "boundary_multiple_after": 1.0,
    },
    {"subject": "330421103", "kind": "town", "region": "330421", "out_area_m2": 1000.0, "town_farmland_m2": 50_000.0},
    {"subject": "330421", "kind": "county", "region": "330421", "out_area_m2": 1000.0, "in_area_m2": 1100.0},
]  # fmt: skip
TOLD = {"values": {"on": DAY, "scenario": None}, "results": {"facts": FACTS}}


@pytest.fixture
def plan(monkeypatch: pytest.MonkeyPatch) -> None:
    """A plan of three subjects, as if it lay in the plan folder."""
    import geopandas as gpd
    import pandas as pd

    from app.plan_view import Side

    out = pd.DataFrame({"farmland_id": ["A", "B"], "net_area_m2": [600.0, 400.0], "town_code": "330421103",
                        "county_code": "330421", "paddy": [True, False], "high_standard": False})  # fmt: skip
    inn = out.rename(columns={"farmland_id": "candidate_id"})
    side, none = Side(2, 1000.0, 5.0, 500.0), pd.DataFrame()
    view = PlanView("r", Path("nowhere"), True, "optimal", 0.0, 0.0, side, side, {}, {}, (), none, none,
                    gpd.GeoDataFrame(out), gpd.GeoDataFrame(inn), gpd.GeoDataFrame(), 0, (), TOLD)  # fmt: skip
    monkeypatch.setattr("app.cache.standing_plan", lambda _: view)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_without_a_plan_the_book_can_be_read(lang: str, page: Page, told: Told, clicks: object) -> None:
    app = page("rules", lang=lang)
    assert not app.exception
    text = told(app)
    assert _WORDS["lead"][lang == "en"] in text
    assert _WORDS["no_plan"][lang == "en"][:8] in text
    for rule in load_book().rules.values():
        assert rule.code in text


def test_search_theme_kind_and_mark_narrow_the_book(page: Page, clicks: object) -> None:
    app = page("rules")

    def rows(app: AppTest) -> int:
        return len(app.dataframe[-1].value)

    everything = rows(app)
    app.text_input(key="rules_search").input("零星").run()
    some = rows(app)
    app.toggle(key="rules_unconfirmed").set_value(True).run()
    assert 0 < rows(app) < some < everything
    assert set(app.dataframe[-1].value["把握"]) <= {"待核·中", "待核·低"}
    app.toggle(key="rules_unconfirmed").set_value(False).run()
    app.text_input(key="rules_search").input("").run()
    app.selectbox(key="rules_theme").select("relocation").run()
    assert all("relocation" in code for code in app.dataframe[-1].value["编号"] if not code[0].isupper())


def test_the_day_chooses_the_editions(page: Page, clicks: object) -> None:
    app = page("rules")
    app.text_input(key="rules_search").input("offset.regime").run()
    app.slider(key="rules_on").set_value(dt.date(2024, 12, 31)).run()
    before = app.dataframe[-1].value
    app.slider(key="rules_on").set_value(dt.date(2025, 1, 1)).run()
    after = app.dataframe[-1].value
    assert list(before[before["编号"] == "offset.regime"]["内容"]) == ["A"]
    assert list(after[after["编号"] == "offset.regime"]["内容"]) == ["B"]


def test_a_number_moved_changes_the_verdict_that_rests_on_it(
    page: Page, plan: None, told: Told, clicks: object
) -> None:
    app = page("rules")
    assert not app.exception
    first = app.dataframe[0].value
    assert "原结论" not in first
    app.selectbox(key="rules_what_if").select("relocation.area_ratio").run()
    app.slider(key="rules_value_relocation_area_ratio").set_value(1.2).run()
    changed = app.dataframe[0].value
    assert changed["结论"].iloc[0] == "✕ 不通过"
    assert changed["原结论"].iloc[0] == "✓ 通过"
    assert sum(x != "" for x in changed["原结论"]) == 1
    app.selectbox(key="rules_what_if").select("relocation.town_cap_share").run()
    app.slider(key="rules_value_relocation_town_cap_share").set_value(1.0).run()
    assert sum(x != "" for x in app.dataframe[0].value["原结论"]) == 1
    assert not app.exception


def test_a_day_before_a_rule_leaves_its_verdict_open(page: Page, plan: None, clicks: object) -> None:
    app = page("rules", lang="en")
    app.slider(key="rules_on").set_value(dt.date(2021, 1, 1)).run()
    table = app.dataframe[0].value
    assert not app.exception
    assert (table["Verdict"] == "– not judged").any()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_verdict_opens_to_article_words_dates_figures_and_parcels(
    lang: str, page: Page, plan: None, told: Told, clicks: object
) -> None:
    app = page("rules", lang=lang)
    app.session_state["tianchou"].verdict = ("relocation.town_cap", "330421103")
    app.run()
    text = told(app)
    article = load_book().article("cons2023.town_cap")
    for word in (article.zh if lang == "zh" else article.en, "2023-12-31", "parameters/relocation.yaml:",
                 "out_area_m2 ≤", "1.50", "data-rule=\"relocation.town_cap\"", "A  B"):  # fmt: skip
        assert word in text
    app.session_state["tianchou"].rule = next(
        f"{e.kind}|{e.id}|{e.where}" for e in rules.entries(load_book()) if e.id == "offset.regime"
    )
    app.run()
    assert "2024-12-31" in told(app)


@pytest.mark.parametrize("kind", rules.KINDS)
def test_every_kind_of_entry_has_a_card(kind: str, page: Page, told: Told, clicks: object) -> None:
    entry = next(e for e in rules.entries(load_book()) if e.kind == kind)
    app = page("rules", lang="en")
    app.session_state["tianchou"].rule = f"{entry.kind}|{entry.id}|{entry.where}"
    app.run()
    assert not app.exception
    assert f'data-rule="{entry.id}"' in told(app)


def test_every_word_is_said_in_both_languages() -> None:
    assert all(zh.strip() and en.strip() for zh, en in _WORDS.values())
    assert not [en for _, en in _WORDS.values() if any("\u4e00" <= c <= "\u9fff" for c in en)]
    assert json.dumps(_WORDS)
