"""The cases that analysts write: every YAML case under tests/cases gets the verdict it expects."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
import yaml

from geo.policy.book import load_book
from geo.policy.parameter import frozen_value
from geo.policy.scenario import Scenario

FOLDER = Path(__file__).parents[2] / "cases"
FIELDS = {"rule", "case", "date", "facts", "expect", "what_if", "kind", "region"}
VERDICT = {True: "pass", False: "fail"}
REASON = {"no_figure": "unknown", "no_column": "unknown", "not_in_force": "not in force"}


def _cases() -> list[tuple[str, dict[str, Any]]]:
    return [
        (path.stem, case)
        for path in sorted(FOLDER.glob("*.yaml"))
        for case in yaml.safe_load(path.read_text())["cases"]
    ]


CASES = _cases()


@pytest.mark.parametrize(("noun", "case"), CASES, ids=[f"{c['rule']}: {c['case']}" for _, c in CASES])
def test_case(noun: str, case: dict[str, Any]) -> None:
    assert set(case) <= FIELDS, f"unknown words in the case: {sorted(set(case) - FIELDS)}"
    book = load_book()
    rule = book.rules[case["rule"]]
    assert rule.theme == noun, f"{case['rule']} belongs into {rule.theme}.yaml"
    what_if = {name: frozen_value(value) for name, value in case.get("what_if", {}).items()}
    (judgement,) = book.judge(
        {"subject": case["case"], "kind": case.get("kind", rule.kinds[0]), **case["facts"]},
        rules=[rule.code],
        on=case["date"],
        region=case.get("region"),
        scenario=Scenario("case", MappingProxyType(what_if)) if what_if else None,
    )
    verdict = REASON[judgement.reason] if judgement.passed is None else VERDICT[judgement.passed]
    assert verdict == case["expect"], judgement.text("en")


def test_every_rule_has_a_pass_a_fail_and_an_edge() -> None:
    verdicts = defaultdict(list)
    for _, case in CASES:
        verdicts[case["rule"]].append(case["expect"])
    for code in load_book().rules:
        assert len(verdicts[code]) >= 3, f"{code} has {len(verdicts[code])} cases"
        assert {"pass", "fail"} <= set(verdicts[code]), f"{code} lacks a pass or a fail"
