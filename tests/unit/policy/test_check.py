"""A broken book is told all at once, with file, line and field; a sound one says what its keeper should look at."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

import geo.policy
from geo.policy.book import RuleBook, load_book, read_book

HOME = Path(geo.policy.__file__).parent
TODAY = date(2026, 11, 23)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the house's own book, to be broken."""
    for part in ("articles", "parameters", "matrices"):
        shutil.copytree(HOME / part, tmp_path / part)
    return tmp_path


def codes(book: RuleBook) -> set[str]:
    return {f.code for f in book.faults}


def parameter(**changes: str) -> str:
    """One parameter as YAML, with some lines changed."""
    lines = {
        "id": "test.one",
        "zh": "测试",
        "en": "Test",
        "unit": "m",
        "used_by": "[shown]",
        "value": "1",
        "from": "2021-01-01",
        "article": "zone2020.2",
        "sure": "high",
        "checked_on": "2026-01-01",
    } | changes
    top = "".join(f"    {k}: {lines[k]}\n" for k in ("zh", "en", "unit", "used_by"))
    edition = "".join(f"        {k}: {lines[k]}\n" for k in ("from", "article", "sure", "checked_on"))
    return f"  - id: {lines['id']}\n{top}    editions:\n      - value: {lines['value']}\n{edition}"


def write(folder: Path, *parameters: str, name: str = "test.yaml") -> RuleBook:
    (folder / "parameters" / name).write_text("parameters:\n" + "".join(parameters), "utf-8")
    return read_book(folder)


def test_the_house_s_own_book_is_sound() -> None:
    assert load_book().faults == ()
    assert [f.text("en") for f in load_book().check(on=TODAY) if f.severity in ("error", "warning")] == []


def test_a_sound_addition_is_sound(folder: Path) -> None:
    assert write(folder, parameter()).faults == ()


@pytest.mark.parametrize(
    ("changes", "code", "line", "field"),
    [
        ({"unit": "furlong"}, "POL107", 5, "unit"),
        ({"value": "much"}, "POL103", 8, "value"),
        ({"value": "true"}, "POL103", 8, "value"),
        ({"value": "null"}, "POL102", 8, "value"),
        ({"from": "2021-02-30"}, "POL106", 9, "from"),
        ({"from": "soon"}, "POL106", 9, "from"),
        ({"sure": "certainly"}, "POL108", 11, "sure"),
        ({"article": "zone2020.99"}, "POL109", 8, "zone2020.99"),
        ({"id": "relocation.area_ratio"}, "POL110", 2, "relocation.area_ratio"),
        ({"from": "2019-01-01"}, "POL115", 8, "test.one"),
        ({"used_by": "[kitchen]"}, "POL103", 6, "used_by"),
        ({"zh": "测试\n    colour: red"}, "POL104", 4, "colour"),
        ({"zh": "测试\n    zh: 又"}, "POL105", 4, "zh"),
        ({"en": ""}, "POL102", 4, "en"),
    ],
)
def test_a_fault_names_file_line_and_field(
    folder: Path, changes: dict[str, str], code: str, line: int, field: str
) -> None:
    book = write(folder, parameter(**changes))
    (fault,) = [f for f in book.faults if f.code == code]
    assert fault.subject == f"parameters/test.yaml:{line}"
    assert field in fault.text("zh")
    assert field in fault.text("en")


def test_yaml_that_does_not_parse(folder: Path) -> None:
    (folder / "parameters" / "test.yaml").write_text("parameters:\n  - id: [a\n    zh: x\n", "utf-8")
    (fault,) = read_book(folder).faults
    assert (fault.code, fault.subject.partition(":")[0]) == ("POL101", "parameters/test.yaml")


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"just words\n", b"parameters: []\n"])
def test_files_that_are_no_book(folder: Path, content: bytes) -> None:
    (folder / "parameters" / "test.yaml").write_bytes(content)
    assert any(f.subject.startswith("parameters/test.yaml:1") for f in read_book(folder).faults)


EDITIONS = """  - id: test.two
    zh: 测试
    en: Test
    unit: m
    used_by: [shown]
    editions:
      - {{value: 1, from: 2021-01-01, to: {end}, article: zone2020.2, sure: high, checked_on: 2026-01-01}}
      - {{value: 2, from: 2023-01-01, article: zone2020.2, sure: high, checked_on: 2026-01-01}}
"""


@pytest.mark.parametrize(
    ("end", "expected"),
    [
        ("2022-12-31", set()),
        ("2023-01-01", {"POL111"}),
        ("2022-12-30", {"POL112"}),
        ("2020-06-01", {"POL113", "POL112"}),
    ],
)
def test_editions_follow_one_another_day_by_day(folder: Path, end: str, expected: set[str]) -> None:
    assert codes(write(folder, EDITIONS.format(end=end))) == expected


def test_all_faults_come_at_once(folder: Path) -> None:
    bad = parameter(unit="furlong", sure="certainly", article="nowhere.1") + EDITIONS.format(end="2022-01-01")
    assert {"POL107", "POL108", "POL109", "POL112"} <= codes(write(folder, bad))


def test_an_article_in_force_before_it_was_issued(folder: Path) -> None:
    path = folder / "articles" / "zone_policy.yaml"
    path.write_text(path.read_text("utf-8").replace("issued: 2020-07-01", "issued: 2020-08-01"), "utf-8")
    assert "POL114" in codes(read_book(folder))


def test_a_fact_that_nobody_explains(folder: Path) -> None:
    path = folder / "matrices" / "facts.csv"
    path.write_text(path.read_text("utf-8").replace("\nout_grade,", "\nout_rank,"), "utf-8")
    assert codes(read_book(folder)) == {"POL117"}


def test_a_parameter_that_a_rule_needs_is_gone(folder: Path) -> None:
    path = folder / "parameters" / "relocation.yaml"
    path.write_text(path.read_text("utf-8").replace("relocation.area_ratio", "relocation.area_rate"), "utf-8")
    assert codes(read_book(folder)) == {"POL116"}


def test_twelve_months_without_a_look(folder: Path) -> None:
    book = write(folder, parameter(checked_on="2026-01-01"))
    stale = [f for f in book.check(on=date(2027, 1, 1)) if f.code == "POL301"]
    assert [f.values["field"] for f in stale] == ["test.one"]
    assert not [f for f in book.check(on=date(2026, 12, 31)) if f.code == "POL301"]


def test_a_parameter_without_a_user(folder: Path) -> None:
    book = write(folder, parameter(used_by="null"))
    assert [f.values["field"] for f in book.check(on=TODAY) if f.code == "POL302"] == ["test.one"]
