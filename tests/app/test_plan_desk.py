"""The desk of a plan: words in both languages, answers that leave with their plan, kept plans that stay."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from app.parts.plan_words import WORDS
from app.plan_desk import Desk, change
from app.plan_view import PlanView, view_of
from geo.study import plan_scenarios, plans, relocation
from geo.zone import Zone


def test_every_word_is_said_in_both_languages() -> None:
    for key, (zh, en) in WORDS.items():
        assert zh.strip(), key
        assert en.strip(), key
        assert set(re.findall(r"\{(\w+)\}", zh)) == set(re.findall(r"\{(\w+)\}", en)), key
        assert not re.search(r"[\u4e00-\u9fff]", en), key


@pytest.fixture(scope="module")
def plan(town_zone: Zone) -> PlanView:
    result = relocation.run(town_zone, relocation.SPEC.values({"on": "2026-01-01", "gap": 0.1}))
    return view_of(result, Path("nowhere"))


def test_a_desk_is_about_one_plan_and_keeps_what_was_kept(plan: PlanView, tmp_path: Path) -> None:
    desk = Desk().about(plan)
    assert desk.result is plan.result
    assert plan.result is not None
    assert plan.result.solution is not None
    plot = plan.result.solution.chosen[0]
    reason = desk.reason(plot)
    assert reason is not None
    assert reason.chosen
    assert desk.reason("nobody") is None
    desk.explanation = plans.explain_plan(plan.result)
    desk.keep("甲", plan)
    other = replace(plan, run_id="another", result=None)
    desk.about(other)
    assert desk.explanation is None
    assert desk.result is None
    assert desk.reason(plot) is None
    assert [k.name for k in desk.kept] == ["甲"]
    side = desk.comparison(["甲"])
    assert side.names == ("甲",)
    path = tmp_path / "kept.yaml"
    path.write_text(desk.kept[0].scenario, encoding="utf-8")
    assert plan_scenarios.load_scenarios([path])[0].full()["gap"] == 0.1


def test_a_change_between_plans_is_counted(plan: PlanView) -> None:
    assert change(None, plan) is None
    fewer = replace(plan, moved_in=plan.moved_in.iloc[1:], objective=plan.objective - 2.0)
    told = change(plan, fewer)
    assert told == {"inn": 0, "out": 1, "cost": pytest.approx(-2.0)}
