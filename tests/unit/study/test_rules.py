"""``tianchou rules``: every row of the reference sheet is found with its mark; a plan is judged again; all exits."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from geo.cli import main
from geo.errors import InputProblem, PolicyProblem
from geo.io.plan_folder import write_tables
from geo.policy.book import load_book
from geo.policy.scenario import make_scenario
from geo.study import rules

BOOK = load_book()
EVERYTHING = rules.entries(BOOK)
# Row of the reference sheet, words that a reviewer would type, what answers, its mark (C confirmed, K+ high, K medium,
# K- low).
ROWS = """
1.0|执委会|zone2020.2|confirmed
1.0|周转|zone2020.6|confirmed
1.0|全要素|zone2020.7a|confirmed
1.0|布局调整|zone2020.7b|confirmed
1.0|占用补划|zone2020.7c|confirmed
1.0|承诺补充|zone2020.7d|confirmed
1.0|跨村归并|zone2020.8|confirmed
1.1|占多少 第三十条|land_law.30|high
1.1|第三十二条|land_law.32|high
1.1|百分之八十|land_law.33|confirmed
1.1|第三十四条|land_law.34|high
1.1|第三十五条|land_law.35|high
1.1|第四十六条|land_law.46|high
1.1|35 公顷|approval.cropland_ha|high
1.1|70 公顷|approval.other_ha|high
1.1|国发〔2020〕4号|delegation2020.trial|medium
1.1|743号|land_rule.8|high
1.1|水土保持法|soil_law.20|high
1.1|166号|control2021.no_change|confirmed
1.1|3号 重大建设项目|major2018.list|confirmed
1.2|数量不减 布局稳定|pbf2018.principle|high
1.2|集中连片 25°|pbf2018.parcel|high
1.2|由近及远|pbf2018.near_first|high
1.2|储备区 移出|pbf2019.reserve|high
1.2|储备区 选划|pbf2019.reserve_choice|medium
1.2|储备区 15|candidate.reserve_slope_deg|low
1.2|17号 储备区|order17.reserve|confirmed
1.2|储备区 1%|candidate.reserve_min_share|low
1.2|核心保护区 逐步有序退出|lines2019.core|high
1.2|一般控制区|lines2019.general|high
1.2|同步补划|lines2019.scope|high
1.2|跨省|relocation.cross_province|high
1.2|三线矛盾|lines2019.conflict|high
1.2|142号|redline2022.limited|confirmed
1.3|17号 第四条|order17.4|confirmed
1.3|17号 第五条|order17.5|confirmed
1.3|17号 据信|order17.5_tail|low
1.3|1.3 扩展倍数|boundary.expansion_cap|confirmed
1.3|允许优化 7|boundary.permitted_cases|confirmed
1.3|193号|ugb2023.cases|medium
1.3|天窗|boundary.reading|medium
1.4|整治 乡镇 基本|cons2019.unit|high
1.4|149号|cons2024.county|high
1.4|新增耕地 194号|consolidation.new_cropland_share|high
1.4|194号 新增永久基本农田|cons2019.farmland|confirmed
1.4|5% 乡镇 调出|relocation.town_cap_share|confirmed
1.4|质量有提升 高标准|cons2023.quality|confirmed
1.4|连片度提高|relocation.contiguity|confirmed
1.4|建设用地总量|cons2019.construction|high
1.4|省级审核|cons2023.procedure|confirmed
1.4|审查结果四项|review_form|confirmed
1.5|13号 分类|offset2017.three|high
1.5|产能 16|offset2017.capacity|confirmed
1.5|旱改水|offset2017.credit|medium
1.5|204号 造林|offset2024.all|confirmed
1.5|204号 县级政府|offset2024.duty|confirmed
1.5|以补定占|offset2024.balance|confirmed
1.5|净增加量|offset2024.cap|medium
1.5|33469|offset2024.quality|medium
1.5|16号 跨省域|offset2018.cross|high
1.5|138号|quota2008.term|high
1.5|拆旧|quota2008.balance|high
1.5|周转 5|quota.turnover_years|confirmed
1.6|第六十二条|land_law.62|high
1.6|宅基地 江苏|house_lot.jiangsu|medium
1.6|宅基地 浙江|house_lot.zhejiang|medium
1.6|上海市 住房|house_lot.shanghai|low
1.6|平望|case.pingwang|confirmed
1.6|混合 上海|mixed.shanghai|medium
1.6|0701|codes2023.mixed|confirmed
1.6|工业 仓储|工业+仓储|confirmed
1.7|D2|D2|confirmed
1.7|D3|D3|confirmed
1.7|百亩方|D4|confirmed
1.7|17 米|D5|confirmed
1.7|最小上图面积|D6|high
1.7|农村道路|D7|confirmed
1.7|小田块|D8|low
1.7|D1|D1|medium
1.4|审查表 连片|report.bins_mu|confirmed
"""


@pytest.mark.parametrize("row", ROWS.strip().splitlines())
def test_every_row_of_the_reference_sheet_is_found_with_its_mark(row: str) -> None:
    _, words, name, mark = row.split("|")
    found = {e.id: e.sure for e in rules.find(EVERYTHING, words)}
    assert found.get(name) == mark, found


@pytest.mark.parametrize("number", range(1, 13))
def test_every_reviewer_check_is_found_with_its_rules(number: int) -> None:
    found = rules.find(EVERYTHING, f"5.3 #{number}")
    assert [e for e in found if e.kind == "check" and e.id == f"5.3 {number}"]
    assert {e.id for e in found if e.kind == "rule"} >= {r.code for r in BOOK.rules.values() if r.check == str(number)}
    assert [e for e in found if e.kind == "rule"]


def test_the_day_chooses_what_is_listed() -> None:
    for day, value in ((date(2024, 12, 31), "A"), (date(2025, 1, 1), "B")):
        found = rules.find(rules.entries(BOOK, on=day), "offset.regime", kinds=["parameter"])
        assert [e.value_zh for e in found] == [value]
    assert "order17.4" not in {e.id for e in rules.entries(BOOK, on=date(2025, 9, 30))}
    assert "order17.4" in {e.id for e in rules.entries(BOOK, on=date(2025, 10, 1))}


def test_every_entry_can_be_shown_in_both_languages() -> None:
    for entry in EVERYTHING:
        for lang in ("zh", "en"):
            text = rules.show(BOOK, entry.id, on=date(2026, 1, 1), lang=lang)
            assert entry.id in text
            assert "{" not in text
    assert "PL102" in rules.show(BOOK, "PL102", on=date(2026, 1, 1))
    with pytest.raises(PolicyProblem, match="nobody"):
        rules.show(BOOK, "nobody", on=date(2026, 1, 1))


PLAN = {
    "subject": "plan", "kind": "plan", "out_area_m2": 1000.0, "in_area_m2": 1100.0, "out_grade": 5.0, "in_grade": 4.0,
    "out_paddy_m2": 600.0, "in_paddy_m2": 800.0, "out_slope": 1.0, "in_slope": 1.0, "max_slope_grade_in": 1.0,
    "unstable_in": 0, "in_lines_m2": 0.0, "not_available_in": 0, "used_twice_in": 0, "contiguity_before": 0.01,
    "contiguity_after": 0.02, "mean_patch_before_m2": 10.0, "mean_patch_after_m2": 20.0, "cross_county_m2": 0.0,
    "cross_province_m2": 0.0, "out_high_standard_m2": 0.0, "slivers": 0, "balance_residual_m2": 0.0,
    "boundary_multiple_before": 1.0, "boundary_multiple_after": 1.0,
}  # fmt: skip
TOWN = {"subject": "330421103", "kind": "town", "region": "330421", "out_area_m2": 600.0, "town_farmland_m2": 20_000.0}
OTHER = {"subject": "320509110", "kind": "town", "region": "320509", "out_area_m2": 400.0, "town_farmland_m2": None}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A plan's folder of three plots."""
    told = {"values": {"on": "2026-01-01", "scenario": None}, "results": {"facts": [PLAN, TOWN, OTHER]}}
    (tmp_path / "plan.json").write_text(json.dumps(told), "utf-8")
    boxes = [shapely.box(i, 0, i + 1, 1) for i in range(3)]
    towns = ["330421103", "330421103", "320509110"]
    rows = {"net_area_m2": [300.0, 300.0, 400.0], "town_code": towns, "county_code": [t[:6] for t in towns],
            "paddy": [True, True, False], "high_standard": [False] * 3}  # fmt: skip
    out = gpd.GeoDataFrame({"farmland_id": ["F1", "F2", "F3"], **rows}, geometry=boxes, crs=4528)
    inn = gpd.GeoDataFrame({"candidate_id": ["C1", "C2", "C3"], "parent_id": ["L1", "L2", "L3"], **rows},
                           geometry=boxes, crs=4528)  # fmt: skip
    waits = out.iloc[:1].assign(farmland_id="F9", reason="PL404", measured=1.0, limit=0.0, unit="m2", article="")
    refused = pd.DataFrame({"candidate_id": ["P7"], "reason": ["PL102"], "measured": ["5"], "limit": ["4"],
                            "unit": [""], "article": ["pbf2018.parcel"]})  # fmt: skip
    write_tables({"moved_out": out, "moved_in": inn, "waiting": waits, "refused": refused}, tmp_path / "plan.gpkg")
    return tmp_path


def test_a_verdict_names_rule_edition_figures_and_parcels(folder: Path) -> None:
    ((change, parcels),) = rules.explain(folder, "relocation.town_cap", "330421103")
    assert change.now.passed is True
    assert [(b.layer, b.ids, b.net_m2) for b in parcels] == [("moved_out", ("F1", "F2"), 600.0)]
    text = rules.explain_text(change, parcels)
    for word in ("relocation.town_cap_share", "2023-12-31", "待核", "parameters/relocation.yaml:", "F1, F2"):
        assert word in text
    ((_, paddy),) = rules.explain(folder, "relocation.paddy")
    assert {b.layer: b.ids for b in paddy} == {"moved_in": ("C1", "C2"), "moved_out": ("F1", "F2")}


def test_a_what_if_and_a_day_change_only_what_rests_on_them() -> None:
    told: dict[str, Any] = {"values": {"on": "2026-01-01", "scenario": None}, "results": {"facts": [PLAN, TOWN, OTHER]}}
    assert not [c for c in rules.judge_again(told) if c.verdict_changed]
    strict = rules.judge_again(told, scenario=make_scenario("严", {"relocation.town_cap_share": 0.01}))
    assert [(c.now.rule.code, c.now.subject) for c in strict if c.verdict_changed] == [
        ("relocation.town_cap", "330421103")
    ]
    early = rules.judge_again(told, on=date(2021, 1, 1))
    assert {c.now.reason for c in early if c.now.rule.code == "relocation.town_cap"} == {"not_in_force"}
    unknown = next(c for c in early if c.now.subject == "320509110" and c.then is not None)
    assert unknown.then is not None
    assert unknown.then.passed is None


def test_folders_that_are_no_plan(folder: Path, tmp_path: Path) -> None:
    (empty := tmp_path / "empty").mkdir()
    with pytest.raises(InputProblem, match="PL607"):
        rules.plan_record(empty)
    for text, code in (("{", "PL608"), ("[]", "PL608"), ('{"values": {"on": "x"}, "results": {}}', "POL209")):
        (empty / "plan.json").write_text(text, "utf-8")
        with pytest.raises(InputProblem, match=code):
            rules.plan_record(empty)
    with pytest.raises(PolicyProblem, match="POL210"):
        rules.explain(folder, "relocation.quantity", "330421103")


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    code = main(["rules", *words])
    told = capsys.readouterr()
    return code, told.out + told.err


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_command_line(lang: str, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str],
                          monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    what_if = tmp_path / "strict.yaml"
    what_if.write_text("name: 严\noverrides: {relocation.area_ratio: 1.2}\n", "utf-8")
    plan = ("--plan", str(folder), "--lang", lang)
    for words, code, expected in (
        (("list", "零星", "--kind", "parameter", "--lang", lang), 0, "fragment.threshold_mu"),
        (("list", "没有这回事", "--lang", lang), 1, ""),
        (("show", "offset.regime", "--on", "2025-01-01", "--lang", lang), 0, "2024-12-31"),
        (("show", "nobody", "--lang", lang), 2, "POL208"),
        (("check", "--on", "2026-11-23", "--lang", lang), 0, "POL304"),
        (("explain", "relocation.quantity", *plan), 0, "F1, F2, F3"),
        (("explain", "relocation.quantity", *plan, "--scenario", str(what_if)), 0, "严"),
        (("explain", *plan, "--scenario", str(what_if)), 0, "✗"),
        (("explain", "P7", *plan), 0, "PL102"),
        (("explain", "C2", *plan), 0, "C2"),
        (("explain", "F9", *plan), 0, "PL404"),
        (("explain", "PL102", "--lang", lang), 0, "PL102"),
        (("explain", "relocation.quantity", "--lang", lang), 0, "relocation.area_ratio"),
        (("explain", "Z", *plan), 1, "Z"),
        (("explain", "--lang", lang), 2, "PL607"),
    ):
        assert (answer := run(capsys, *words))[0] == code, (words, answer)
        assert expected in answer[1], words


def test_json_is_json(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, text = run(capsys, "list", "1.4", "--json")
    assert code == 0
    assert json.loads(text)["count"] == len(json.loads(text)["entries"]) > 10
    _, text = run(capsys, "explain", "relocation.quantity", "--plan", str(folder), "--json")
    (verdict,) = json.loads(text)["verdicts"]
    assert verdict["parcels"]["moved_in"]["ids"] == ["C1", "C2", "C3"]
    assert verdict["parameters"][0]["from"] == "2019-12-10"
    for words in (
        ["check"],
        ["show", "D1"],
        ["explain", "--plan", str(folder)],
        ["explain", "P7", "--plan", str(folder)],
    ):
        assert json.loads(run(capsys, *words, "--json")[1])


def test_a_broken_what_if_is_told_with_its_line(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (path := tmp_path / "w.yaml").write_text("name: x\noverrides: {no.such: 1}\n", "utf-8")
    code, text = run(capsys, "explain", "relocation.quantity", "--plan", str(folder), "--scenario", str(path))
    assert code == 2
    assert "w.yaml:2" in text
