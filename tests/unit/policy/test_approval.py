"""Who approves: every branch of articles 2 and 6 and of the Land Administration Law, with its reason."""

from __future__ import annotations

from datetime import date

import pytest

from geo.errors import PolicyProblem
from geo.policy.book import load_book
from geo.policy.rules.approval import route
from geo.policy.rules.redline import exit_class

DAY = date(2026, 1, 1)
PROJECT = {
    "subject": "跨界河桥",
    "project_kind": "桥梁",
    "counties": 1,
    "outside_pilot_m2": 0.0,
    "farmland_m2": 0.0,
    "cropland_m2": 0.0,
    "other_m2": 0.0,
}


@pytest.mark.parametrize(
    ("changes", "project", "quota", "land"),
    [
        ({}, "ordinary", "ordinary", "province"),
        ({"counties": 2}, "committee", "ordinary", "province"),
        ({"counties": 3, "outside_pilot_m2": 5000.0}, "ordinary", "ordinary", "province"),
        ({"counties": 1, "outside_pilot_m2": None}, "ordinary", "ordinary", "province"),
        ({"counties": 2, "outside_pilot_m2": None}, "unknown", "ordinary", "province"),
        ({"project_kind": "轨道"}, "ordinary", "province", "province"),
        ({"project_kind": None}, "ordinary", "unknown", "province"),
        ({"farmland_m2": 0.01}, "ordinary", "ordinary", "state"),
        ({"cropland_m2": 350000.0}, "ordinary", "ordinary", "province"),
        ({"cropland_m2": 350000.1}, "ordinary", "ordinary", "state"),
        ({"other_m2": 700001.0}, "ordinary", "ordinary", "state"),
        ({"other_m2": None}, "ordinary", "ordinary", "unknown"),
        ({"other_m2": None, "farmland_m2": 1.0}, "ordinary", "ordinary", "state"),
    ],
)
def test_route(changes: dict[str, object], project: str, quota: str, land: str) -> None:
    found = route(load_book(), PROJECT | changes, on=DAY)
    assert (found.project, found.quota, found.land) == (project, quota, land)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_reason_is_told_in_words(lang: str) -> None:
    text = route(load_book(), PROJECT | {"counties": 2, "farmland_m2": 100.0}, on=DAY).text(lang)
    assert ("执委会" if lang == "zh" else "executive committee") in text
    assert ("国务院" if lang == "zh" else "State Council") in text
    assert ("待核" if lang == "zh" else "unconfirmed") in text, "the delegation of 2020 is not confirmed"


def test_a_condition_that_does_not_hold_is_no_breach() -> None:
    assert {r.severity for r in route(load_book(), PROJECT, on=DAY).reasons} == {"info"}


def test_missing_facts_are_named() -> None:
    with pytest.raises(PolicyProblem, match="outside_pilot_m2"):
        route(load_book(), {"subject": "x", "counties": 2}, on=DAY)


@pytest.mark.parametrize(
    ("zone", "expected"),
    [("核心保护区", "exit_gradually"), ("一般控制区", "exit_if_harmful"), ("", "classify"), ("其他", "classify")],
)
def test_exit_classes_of_the_red_line(zone: str, expected: str) -> None:
    assert exit_class(load_book(), zone, on=DAY).value == expected


def test_farming_outside_reserves_rests_on_the_notice_of_2022() -> None:
    assert exit_class(load_book(), "", on=date(2022, 8, 15)).article == "lines2019.conflict"
    assert exit_class(load_book(), "", on=date(2022, 8, 16)).article == "redline2022.limited"
