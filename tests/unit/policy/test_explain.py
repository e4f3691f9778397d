"""Every verdict can say why: the test, the numbers with their editions and marks, the articles with their words."""

from __future__ import annotations

import json
from datetime import date
from types import MappingProxyType

import pytest

from geo.errors import PolicyProblem
from geo.policy.book import load_book
from geo.policy.explain import explain_rule, explain_verdict
from geo.policy.scenario import Scenario

BOOK = load_book()
DAY = date(2026, 1, 1)
TOWN = {"subject": "310118102", "kind": "town", "out_area_m2": 60.0, "town_farmland_m2": 1000.0}


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_verdict_in_full(lang: str) -> None:
    (verdict,) = BOOK.judge(TOWN, rules=["relocation.town_cap"], on=DAY)
    text = explain_verdict(BOOK, verdict, lang=lang)
    for word in (
        "310118102",
        "out_area_m2 ≤ town_farmland_m2 × relocation.town_cap_share",
        "5 %",
        "2023-12-31",
        "自然资办发〔2023〕15号",
        "待核" if lang == "zh" else "unconfirmed",
        "parameters/relocation.yaml:",
        "百分之五" if lang == "zh" else "five per cent",
    ):
        assert word in text


def test_a_what_if_is_told_with_the_value_it_replaced() -> None:
    what_if = Scenario("放宽", MappingProxyType({"relocation.town_cap_share": 0.1}))
    (verdict,) = BOOK.judge(TOWN, rules=["relocation.town_cap"], on=DAY, scenario=what_if)
    text = explain_verdict(BOOK, verdict)
    assert verdict.passed
    assert "放宽" in text
    assert "10 %" in text


@pytest.mark.parametrize("code", BOOK.rules)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_rule_can_be_read_on_any_day(code: str, lang: str) -> None:
    for day in (date(2021, 1, 1), DAY):
        text = explain_rule(BOOK, code, on=day, region="310118", lang=lang)
        assert code in text
        assert BOOK.rules[code].formula in text
        assert "{" not in text


def test_a_rule_not_yet_in_force_says_so() -> None:
    assert "2021-01-01" in explain_rule(BOOK, "relocation.town_cap", on=date(2021, 1, 1))


def test_a_convention_is_not_told_as_law() -> None:
    assert "非法律" in explain_rule(BOOK, "relocation.high_standard", on=DAY)


def test_an_unknown_rule_raises() -> None:
    with pytest.raises(PolicyProblem, match=r"relocation\.luck"):
        explain_rule(BOOK, "relocation.luck", on=DAY)


def test_a_verdict_goes_into_a_run_record() -> None:
    (verdict,) = BOOK.judge(TOWN, rules=["relocation.town_cap"], on=DAY)
    record = json.loads(json.dumps(verdict.record(), ensure_ascii=False))
    assert record["passed"] is False
    assert record["parameters"][0]["id"] == "relocation.town_cap_share"
    assert record["parameters"][0]["from"] == "2023-12-31"
    assert (record["sure"], record["on"], record["scenario"]) == ("medium", "2026-01-01", "")
