"""Changing any parameter changes the verdicts that depend on it, and nothing else."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
import yaml

from geo.policy.book import load_book
from geo.policy.parameter import Value
from geo.policy.rule import Judgement
from geo.policy.scenario import Scenario

BOOK = load_book()
CASES: list[dict[str, Any]] = [
    case
    for path in sorted((Path(__file__).parents[2] / "cases").glob("*.yaml"))
    for case in yaml.safe_load(path.read_text("utf-8"))["cases"]
]
DECIDING = sorted({p for rule in BOOK.rules.values() for p in rule.parameters})


def judged(case: dict[str, Any], scenario: Scenario | None) -> Judgement:
    rule = BOOK.rules[case["rule"]]
    facts = {"subject": case["case"], "kind": case.get("kind", rule.kinds[0]), **case["facts"]}
    region = case.get("region")
    return BOOK.judge(facts, rules=[rule.code], on=case["date"], region=region, scenario=scenario)[0]


def what_if(parameter: str, value: Value) -> Scenario:
    return Scenario("假设", MappingProxyType({parameter: value}))


def others(value: Value) -> list[Value]:
    """Some other values of the same kind: far less, a little more, far more, the opposite, an empty list."""
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, tuple):
        return [("没有",)]
    assert isinstance(value, (int, float))
    return [value * 0.1 - 1, value * 0.97, value * 1.03 + 1e-3, value * 10 + 1]


DAY = date(2026, 1, 1)
EVERYTHING = [
    {"subject": case["case"], "kind": case.get("kind", BOOK.rules[case["rule"]].kinds[0]), **case["facts"]}
    for case in CASES
]


def judge_everything(what_if: Scenario | None) -> list[Judgement]:
    """Every rule over the facts of all cases in one table, on one day."""
    return BOOK.judge(EVERYTHING, on=DAY, region="310118", scenario=what_if)


PLAIN = [(verdict, repr(verdict)) for verdict in judge_everything(None)]  # as text: what is not known equals itself


@pytest.mark.parametrize("parameter", DECIDING)
def test_a_parameter_moves_no_verdict_of_rules_that_do_not_read_it(parameter: str) -> None:
    value = others(BOOK.parameters[parameter].editions[-1].value)[-1]
    for answer, (plain, told) in zip(judge_everything(what_if(parameter, value)), PLAIN, strict=True):
        if parameter not in plain.rule.parameters:
            assert repr(answer) == told, f"{plain.rule.code} changed though it does not read {parameter}"
        elif answer.reason != "not_in_force":
            assert answer.scenario == "假设"


@pytest.mark.parametrize("parameter", DECIDING)
def test_a_parameter_moves_a_verdict_of_every_rule_that_reads_it(parameter: str) -> None:
    readers = {rule.code for rule in BOOK.rules.values() if parameter in rule.parameters}
    moved = set()
    for case in (case for case in CASES if case["rule"] in readers):
        plain = judged(case, None).passed
        for value in others(BOOK.parameters[parameter].editions[-1].value):
            moved |= {case["rule"]} if judged(case, what_if(parameter, value)).passed != plain else set()
    assert moved == readers, f"no case shows what {parameter} does in {sorted(readers - moved)}"


@pytest.mark.parametrize("rule", BOOK.rules.values(), ids=lambda rule: rule.code)
def test_tightening_a_limit_never_removes_a_failure(rule: Any) -> None:
    """The limit moves one way, the verdicts of all cases move the same way."""
    numbers = [p for p in rule.parameters if isinstance(BOOK.parameters[p].editions[-1].value, (int, float))]
    numbers = [p for p in numbers if BOOK.parameters[p].unit != "flag"]
    mine = [case for case in CASES if case["rule"] == rule.code]
    for parameter in numbers:
        base = float(BOOK.parameters[parameter].editions[-1].value)  # type: ignore[arg-type]
        steps = sorted({base * f + d for f in (0.5, 1.0, 1.5) for d in (-1.0, 0.0, 1.0)})
        if rule.sense != "at_most":
            steps.reverse()
        for case in mine:
            answers = [judged(case, what_if(parameter, step)).passed for step in steps]
            known = [a for a in answers if a is not None]
            assert known == sorted(known), f"{case['case']}: {list(zip(steps, answers, strict=True))}"
