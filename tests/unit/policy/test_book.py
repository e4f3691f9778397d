"""The book answers as of a day and a region, says which edition it used, and raises rather than guess."""

from __future__ import annotations

import pickle
from datetime import date
from pathlib import Path
from types import MappingProxyType

import pandas as pd
import pytest

from geo.errors import PolicyProblem
from geo.policy.book import load_book
from geo.policy.parameter import Value
from geo.policy.scenario import Scenario, load_scenario

BOOK = load_book()
TODAY = date(2026, 11, 23)


def scenario(name: str, **overrides: Value) -> Scenario:
    return Scenario(name, MappingProxyType({key.replace("__", "."): value for key, value in overrides.items()}))


@pytest.mark.parametrize(
    ("parameter", "value", "unit", "sure"),
    [
        ("fragment.threshold_mu", 5, "mu", "medium"),
        ("fragment.gap_m", 8, "m", "medium"),
        ("fragment.min_patch_m2", 400, "m2", "high"),
        ("fragment.sensitivity_thresholds_mu", (5, 10, 20), "mu", "confirmed"),
        ("fragment.sensitivity_gaps_m", (0, 8, 17, 20), "m", "medium"),
        ("fragment.width_m", 10, "m", "medium"),
        ("fragment.shape_index", 3, "ratio", "medium"),
        ("fragment.built_share", 0.5, "share", "medium"),
        ("fragment.isolation_m", 100, "m", "medium"),
        ("relocation.area_ratio", 1.05, "ratio", "confirmed"),
        ("relocation.town_cap_share", 0.05, "share", "confirmed"),
        ("relocation.grade_slack", 0, "grade", "high"),
        ("relocation.slope_max_deg", 25, "deg", "high"),
        ("relocation.slope_max_grade", 4, "grade", "high"),
        ("relocation.scope", ("township", "county", "prefecture"), "code", "high"),
        ("relocation.cross_province", False, "flag", "high"),
        ("relocation.contiguity_gap_m", 8, "m", "medium"),
        ("candidate.unstable_codes", ("HDGD", "HQGD", "LQGD", "MQGD", "SHGD", "SMGD"), "code", "high"),
        ("candidate.excluded_crops", ("WG",), "code", "high"),
        ("candidate.min_patch_m2", 400, "m2", "high"),
        ("candidate.reserve_status", ("可用",), "code", "high"),
        ("report.bins_mu", (5, 10, 20), "mu", "confirmed"),
        ("report.slope_bins_deg", (15, 25), "deg", "confirmed"),
        ("boundary.reading", "filled", "code", "medium"),
        ("quota.turnover_years", 5, "year", "confirmed"),
        ("quota.turnover_general_years", 3, "year", "high"),
        ("offset.capacity_kg_per_ha", 1500, "kg_per_ha", "confirmed"),
        ("approval.cropland_ha", 35, "ha", "high"),
        ("approval.other_ha", 70, "ha", "high"),
        ("survey.slope_classes_deg", (2, 6, 15, 25), "deg", "confirmed"),
        ("promise.term", "unknown", "code", "confirmed"),
        ("totals.farmland_wan_mu", 66.54, "wan_mu", "confirmed"),
    ],
)
def test_values_of_the_reference_sheet(parameter: str, value: Value, unit: str, sure: str) -> None:
    found = BOOK.value(parameter, on=TODAY)
    assert (found.value, found.unit, found.sure) == (value, unit, sure)
    assert BOOK.article(found.article).zh


def test_mu_arrives_in_square_metres() -> None:
    assert BOOK.value("fragment.threshold_mu", on=TODAY).si == pytest.approx(10000 / 3)
    assert BOOK.value("totals.cropland_wan_mu", on=TODAY).si == pytest.approx(510.6666667e6)
    assert BOOK.value("report.bins_mu", on=TODAY).si == pytest.approx((10000 / 3, 20000 / 3, 40000 / 3))


def test_the_number_is_one_number_or_an_error() -> None:
    assert BOOK.value("relocation.area_ratio", on=TODAY).number == 1.05
    with pytest.raises(TypeError, match=r"report\.bins_mu"):
        _ = BOOK.value("report.bins_mu", on=TODAY).number


def test_the_most_specific_region_wins() -> None:
    lots = {c: BOOK.value("village.house_lot_m2", on=TODAY, region=c).value for c in ("310118", "320509", "330421")}
    assert lots == {"310118": 140, "320509": 200, "330421": 140}
    assert BOOK.value("village.house_lot_m2", on=TODAY, region="33").region == "33"


def test_a_region_without_an_edition_of_its_own_takes_what_holds_everywhere() -> None:
    assert BOOK.value("relocation.area_ratio", on=TODAY, region="320509").region == ""


def test_no_province_no_house_lot() -> None:
    with pytest.raises(PolicyProblem, match=r"village\.house_lot_m2"):
        BOOK.value("village.house_lot_m2", on=TODAY)


def test_a_date_nothing_covers_raises_with_file_id_and_date() -> None:
    with pytest.raises(PolicyProblem) as problem:
        BOOK.value("relocation.town_cap_share", on=date(2021, 1, 1))
    text = problem.value.text("en")
    assert "parameters/relocation.yaml:" in text
    assert "relocation.town_cap_share" in text
    assert "2021-01-01" in text


def test_an_unknown_parameter_raises() -> None:
    with pytest.raises(PolicyProblem, match=r"relocation\.nonsense"):
        BOOK.value("relocation.nonsense", on=TODAY)


@pytest.mark.parametrize(
    ("day", "regime", "source_article", "turnover"),
    [
        (date(2021, 1, 1), "A", "pbf2019.reserve", 5),
        (date(2024, 12, 31), "A", "pbf2019.reserve", 5),
        (date(2025, 1, 1), "B", "pbf2019.reserve", 5),
        (date(2025, 10, 1), "B", "order17.reserve", 5),
    ],
)
def test_each_date_reads_its_own_edition(day: date, regime: str, source_article: str, turnover: int) -> None:
    assert BOOK.value("offset.regime", on=day).value == regime
    assert BOOK.value("relocation.source_order", on=day).article == source_article
    assert BOOK.value("quota.turnover_years", on=day).value == turnover


def test_one_plan_on_four_dates_is_judged_by_four_editions() -> None:
    """The same facts: the township cap begins with 2024, offsetting changes with 2025, order 17 with October 2025."""
    facts = [
        {"subject": "t", "kind": "town", "out_area_m2": 60.0, "town_farmland_m2": 1000.0},
        {"subject": "p", "kind": "plan", "lines_changed_m2": 5.0},
        {"subject": "o", "kind": "offset", "occupied_m2": 10.0, "supply_m2": 9.0},
        {"subject": "s", "kind": "province", "occupied_m2": 10.0, "supply_m2": 9.0},
    ]
    rules = ["relocation.town_cap", "relocation.lines_unchanged", "offset.quantity", "offset.province"]
    seen = {}
    for day in (date(2021, 1, 1), date(2024, 12, 31), date(2025, 1, 1), date(2025, 10, 1)):
        seen[str(day)] = [(j.passed, j.reason) for j in BOOK.judge(facts, rules=rules, on=day)]
    off, fails = (None, "not_in_force"), (False, "")
    assert seen == {
        "2021-01-01": [off, off, fails, off],
        "2024-12-31": [fails, off, fails, off],
        "2025-01-01": [fails, off, off, fails],
        "2025-10-01": [fails, fails, off, fails],
    }


def test_a_judgement_answers_every_question_of_a_reviewer() -> None:
    (answer,) = BOOK.judge(
        {"subject": "plan 7", "kind": "plan", "out_area_m2": 100.0, "in_area_m2": 104.0},
        rules=["relocation.quantity"],
        on=TODAY,
    )
    assert (answer.passed, answer.measured, answer.limit, answer.unit) == (False, 104.0, 105.0, "m2")
    assert answer.articles == ("cons2019.farmland",)
    assert answer.parameters[0].start == date(2019, 12, 10)
    assert (answer.sure, answer.scenario, answer.on) == ("confirmed", "", TODAY)
    finding = answer.finding()
    assert (finding.code, finding.severity, finding.article) == ("relocation.quantity", "error", "cons2019.farmland")
    assert "plan 7" in answer.text("zh")
    assert "105" in answer.text("en")


def test_an_unconfirmed_basis_shows_its_mark() -> None:
    """The 5 % of a township is a confirmed number in an instrument that is not confirmed."""
    (cap,) = BOOK.judge(
        {"subject": "t", "kind": "town", "out_area_m2": 1.0, "town_farmland_m2": 100.0},
        rules=["relocation.town_cap"],
        on=TODAY,
    )
    assert cap.sure == "medium"
    assert "待核" in cap.text("zh")
    assert "unconfirmed" in cap.text("en")
    assert "待核" in BOOK.value("fragment.threshold_mu", on=TODAY).shown("zh")
    assert "[" not in BOOK.value("relocation.area_ratio", on=TODAY).shown("zh")


def test_a_low_mark_warns_and_never_condemns() -> None:
    facts = {"subject": "h", "kind": "household", "lots": 3, "lot_m2": 999.0}
    lots, size = BOOK.judge(facts, theme="village", on=TODAY, region="310118")
    assert (lots.severity, size.sure, size.severity) == ("error", "low", "warning")


def test_every_subject_can_have_its_own_region() -> None:
    facts = pd.DataFrame(
        {"subject": ["a", "b"], "kind": "household", "lot_m2": [180.0, 180.0], "region": ["320509", "330421"]}
    )
    answers = BOOK.judge(facts, rules=["village.house_lot"], on=TODAY)
    assert {a.subject: (a.passed, a.region) for a in answers} == {"a": (True, "320509"), "b": (False, "330421")}


def test_judging_leaves_the_facts_alone() -> None:
    facts = pd.DataFrame({"subject": ["a"], "kind": ["plan"], "out_area_m2": [1.0], "in_area_m2": [2.0]}, index=[7])
    before = facts.copy(deep=True)
    BOOK.judge(facts, rules=["relocation.quantity"], on=TODAY)
    pd.testing.assert_frame_equal(facts, before)


def test_no_subjects_no_answers() -> None:
    empty = pd.DataFrame({"subject": [], "kind": [], "out_area_m2": [], "in_area_m2": []})
    assert BOOK.judge(empty, rules=["relocation.quantity"], on=TODAY) == []


def test_every_missing_fact_is_told_at_once() -> None:
    with pytest.raises(PolicyProblem) as problem:
        BOOK.judge({"subject": "p", "kind": "plan", "in_area_m2": 1.0}, theme="relocation", on=TODAY)
    missing = {f.subject for f in problem.value.findings}
    wanted = {n for r in BOOK.rules_of("relocation") if "plan" in r.kinds for n in r.inputs}
    assert missing == wanted - {"in_area_m2"}


def test_an_optional_fact_may_be_missing() -> None:
    (answer,) = BOOK.judge({"subject": "p", "kind": "plan"}, rules=["relocation.overlap"], on=TODAY)
    assert (answer.passed, answer.reason, answer.severity) == (None, "no_column", "info")


def test_unknown_rules_and_themes_raise() -> None:
    with pytest.raises(PolicyProblem, match="weather"):
        BOOK.judge({"subject": "p", "kind": "plan"}, theme="weather", on=TODAY)
    with pytest.raises(PolicyProblem, match=r"relocation\.luck"):
        BOOK.judge({"subject": "p", "kind": "plan"}, rules=["relocation.luck"], on=TODAY)


def test_a_scenario_is_named_only_where_it_decided() -> None:
    facts = {"subject": "p", "kind": "plan", "out_area_m2": 100.0, "in_area_m2": 106.0, "slivers": 0}
    what_if = scenario("一成", relocation__area_ratio=1.1)
    quantity, slivers = BOOK.judge(
        facts, rules=["relocation.quantity", "relocation.slivers"], on=TODAY, scenario=what_if
    )
    assert (quantity.passed, quantity.scenario) == (False, "一成")
    assert (slivers.passed, slivers.scenario) == (True, "")
    assert "一成" in quantity.text("zh")
    used = quantity.parameters[0]
    assert (used.value, used.book_value, used.scenario) == (1.1, 1.05, "一成")


def test_a_scenario_file(tmp_path: Path) -> None:
    path = tmp_path / "what_if.yaml"
    path.write_text("name: 更严\noverrides:\n  relocation.area_ratio: 1.1\n  report.bins_mu: [3, 6]\n", "utf-8")
    found = load_scenario(path, parameters=BOOK.parameters)
    assert (found.name, dict(found.overrides)) == ("更严", {"relocation.area_ratio": 1.1, "report.bins_mu": (3, 6)})


def test_a_broken_scenario_file_tells_everything(tmp_path: Path) -> None:
    path = tmp_path / "what_if.yaml"
    path.write_text("nam: x\noverrides:\n  relocation.ratio: 1\n  relocation.area_ratio: much\n", "utf-8")
    with pytest.raises(PolicyProblem) as problem:
        load_scenario(path, parameters=BOOK.parameters)
    text = problem.value.text("en")
    for word in ("what_if.yaml", "field name", "unknown field nam", "relocation.ratio", "relocation.area_ratio"):
        assert word in text
    assert "what_if.yaml:3" in text
    assert "what_if.yaml:4" in text
    with pytest.raises(PolicyProblem, match=r"nowhere\.yaml"):
        load_scenario(tmp_path / "nowhere.yaml", parameters=BOOK.parameters)


def test_the_definitions_of_scattered() -> None:
    assert list(BOOK.definitions) == ["D1", "D2", "D3", "D4", "D5", "D6", "D7", "D8"]
    assert [d.id for d in BOOK.definitions.values() if d.default] == ["D1"]
    numbers = {
        name: {part: p.si for part, p in BOOK.definition(name, on=TODAY).items()} for name in ("D1", "D2", "D4", "D5")
    }
    assert numbers["D1"] == pytest.approx({"threshold": 10000 / 3, "gap": 8, "min_patch": 400})
    assert numbers["D2"] == {}
    assert numbers["D4"]["threshold"] == pytest.approx(200000 / 3)
    assert numbers["D5"] == {"threshold": 400000.0, "gap": 17, "min_patch": 400}
    with pytest.raises(PolicyProblem, match="D9"):
        BOOK.definition("D9", on=TODAY)


def test_verdicts_and_scenarios_travel_between_processes() -> None:
    """The app caches results by pickling them."""
    what_if = scenario("一成", relocation__area_ratio=1.1)
    facts = {"subject": "p", "kind": "plan", "out_area_m2": 100.0, "in_area_m2": 106.0}
    (verdict,) = BOOK.judge(facts, rules=["relocation.quantity"], on=TODAY, scenario=what_if)
    assert pickle.loads(pickle.dumps(verdict)) == verdict
    assert pickle.loads(pickle.dumps(what_if)) == what_if
