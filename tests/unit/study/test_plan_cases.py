"""The cases of a proof lie beside plan.json and are refused when they are not the ones it was written with."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest

from geo.errors import InputProblem
from geo.study.plan_cases import CASES, joined_cases, part_cases

SOLUTION: dict[str, Any] = {
    "bound": 2.0,
    "certificate": {
        "multipliers": {"area@310118": 1.5},
        "bound": 1.0,
        "proven": 2.0,
        "branches": [
            {"path": [["c1", True]], "multipliers": {"area@310118": 1.0}, "bound": 2.0},
            {"path": [["c1", False]], "multipliers": {}, "bound": 3.0},
        ],
        "derived": [],
    },
}


def test_what_was_parted_is_joined_again(tmp_path):
    told = part_cases(SOLUTION, tmp_path)
    assert told is not None
    assert "branches" not in told["certificate"]
    assert told["certificate"]["cases"]["count"] == 2
    assert joined_cases(json.loads(json.dumps(told)), tmp_path) == SOLUTION


def test_a_plan_without_cases_stays_as_it_is(tmp_path):
    plain = {"certificate": {"multipliers": {}, "bound": 1.0, "branches": [], "derived": []}}
    assert part_cases(plain, tmp_path) == joined_cases(plain, tmp_path) == plain
    assert part_cases(None, tmp_path) is joined_cases(None, tmp_path) is None
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("how", ["gone", "not packed", "changed", "cut short"])
def test_other_cases_are_refused(tmp_path, how):
    told = part_cases(SOLUTION, tmp_path)
    file = tmp_path / CASES
    match how:
        case "gone":
            file.unlink()
        case "not packed":
            file.write_bytes(b"{}")
        case "changed":
            file.write_bytes(gzip.compress(gzip.decompress(file.read_bytes()).replace(b"3.0", b"9.0")))
        case "cut short":
            file.write_bytes(file.read_bytes()[:-12])
    with pytest.raises(InputProblem) as fault:
        joined_cases(told, tmp_path)
    assert "PL608" in {f.code for f in fault.value.findings}
