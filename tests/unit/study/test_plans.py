"""A plan opened again is the plan; alternatives hold; scenarios make it again (a township); years keep the cap."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from geo.cli import main
from geo.errors import InputProblem
from geo.study import conflicts, plan_compare, plan_scenarios, plans, recheck, relocation, stages
from geo.study.relocation_result import RelocationResult
from geo.zone import Zone

TERMS: dict[str, Any] = {"on": "2026-01-01", "gap": 0.03}


@pytest.fixture(scope="module", autouse=True)
def _no_pictures() -> Iterator[None]:
    """Maps, workbooks and forms have tests of their own, and take their time."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("maps.render_map", "workbook.write_workbook", "review_document.write_review_docx",
                     "review_document.write_review_xlsx"):  # fmt: skip
            patch.setattr(f"geo.report.{name}", lambda *_, **__: [])
        yield


@pytest.fixture(scope="module")
def result(town_zone: Zone) -> RelocationResult:
    return relocation.run(town_zone, relocation.SPEC.values(TERMS))


@pytest.fixture(scope="module")
def folder(result: RelocationResult, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("plan")
    relocation.write(result, out)
    return out


def test_a_plan_opened_again_is_the_same(result: RelocationResult, folder: Path, town_zone: Zone) -> None:
    again = plans.open_plan(folder, town_zone)
    assert again.problem is not None
    assert again.solution is not None
    assert result.solution is not None
    assert again.run_id == result.run_id
    assert set(again.solution.chosen) == set(result.solution.chosen)
    assert again.solution.parts == result.solution.parts
    assert again.solution.bound == result.solution.bound
    told = plans.explain_plan(again)
    assert told.prices == plans.explain_plan(result).prices
    assert not told.ways
    reason = plans.reason_of(again, again.solution.chosen[0])
    assert reason.chosen
    assert reason.costs["plot"] == result.values["plot_weight"]


def test_a_plan_of_other_data_cannot_be_asked(result: RelocationResult, folder: Path, town_zone: Zone) -> None:
    gone = set(result.moved_in["parent_id"])
    fewer = town_zone
    for name, key in (("reserve", "lot_id"), ("parcels", "parcel_id")):
        frame = town_zone.layer(name)
        fewer = fewer.with_layer(name, frame[~frame[key].isin(gone)].reset_index(drop=True))
    with pytest.raises(InputProblem, match="PL721"):
        plans.open_plan(folder, fewer)


def test_an_alternative_is_a_plan_that_a_reviewer_accepts(
    result: RelocationResult, town_zone: Zone, town_folder: Path, tmp_path: Path
) -> None:
    found = plans.other_plans(result, count=1, within=0.5, differ=0.2, time_limit_s=30)
    assert len(found.plans) == 2, found.ended
    assert result.problem is not None
    other = plans.as_result(result, result.problem, found.plans[1].solution)
    assert other.run_id != result.run_id
    assert other.solution is not None
    assert other.solution.bound == result.solution.bound  # type: ignore[union-attr]
    relocation.write(other, tmp_path)
    assert not [f.text("en") for f in recheck.run(tmp_path, town_folder) if f.severity == "error"]
    side = plan_compare.compare([plan_compare.card(result, "A"), plan_compare.card_of_folder(tmp_path, "B")])
    rows = side.figures.set_index("key")
    assert rows.loc["out_m2", "A"] == pytest.approx(rows.loc["out_m2", "B"], abs=0.02)
    only = side.moved[(side.moved["side"] == "in") & (side.moved["where"] == "A")]
    lost = set(result.solution.chosen) - set(other.solution.chosen)  # type: ignore[union-attr]
    assert set(only["id"]) == lost
    assert only["net_area_m2"].sum() >= 0.2 * rows.loc["in_m2", "A"] - 0.02
    table = plans.plot_importance(result, found)
    assert set(table["candidate_id"]) == set(found.plans[0].solution.chosen) | set(found.plans[1].solution.chosen)


def test_a_scenario_makes_the_plan_again(result: RelocationResult, town_zone: Zone, tmp_path: Path) -> None:
    assert result.solution is not None
    gone = result.solution.chosen[0]
    path = plan_scenarios.save_scenario(
        plan_scenarios.SavedScenario("不要它", {**TERMS, "lock_out": (gone,)}), tmp_path / "without.yaml"
    )
    saved = plan_scenarios.save_scenario(plan_scenarios.scenario_of_result(result, "原方案"), tmp_path / "plan.yaml")
    made = plan_scenarios.run_scenarios(town_zone, plan_scenarios.load_scenarios([saved, path]))
    assert made[0].solution is not None
    assert made[0].run_id == result.run_id
    assert made[0].solution.chosen == result.solution.chosen
    assert made[1].ground is made[0].ground  # measured once
    assert made[1].solution is not None
    assert gone not in made[1].solution.chosen


def test_bad_scenario_files_are_told_all_at_once(tmp_path: Path) -> None:
    texts = {"a": "name: [", "b": "nome: x", "c": "values: {area_ratio: 99, nothing: 1}", "d": "overrides: {x.y: 1}",
             "e": "values: [1]", "f": "years: 0"}  # fmt: skip
    for name, text in texts.items():
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(InputProblem) as told:
        plan_scenarios.load_scenarios([*sorted(tmp_path.glob("*.yaml")), tmp_path / "absent.yaml"])
    text = told.value.text("en")
    for name in ("a.yaml", "b.yaml", "area_ratio", "nothing", "x.y", "e.yaml", "f.yaml", "absent.yaml"):
        assert name in text


def test_every_year_keeps_the_cap(sample_zone: Zone, tmp_path: Path) -> None:
    """On the shipped zone: each of several townships has a cap of its own."""
    values = relocation.SPEC.values({**TERMS, "gap": 0.05, "town_cap_share": 0.004})
    found = stages.run(sample_zone, values, years=6)
    figures = stages.summary(found)
    assert figures["ended"] == "done"
    assert len(figures["years"]) > 1
    assert all(row["checks_hold"] for row in figures["years"])
    assert all(share <= 1 + 1e-9 for row in figures["years"] for share in row["cap_used"].values())
    assert len(figures["years"][0]["cap_used"]) > 1
    gone = [i for s in found.stages for i in s.moved_out["farmland_id"]]
    study = conflicts.run(sample_zone, conflicts.SPEC.values({"on": TERMS["on"]}))
    leaving, _ = relocation.leaving(study, relocation.SPEC.values(TERMS))
    assert sorted(gone) == sorted(leaving["farmland_id"])  # everything leaves once
    came = [i for s in found.stages for i in s.moved_in["candidate_id"]]
    assert len(came) == len(set(came))
    assert found.price >= -1e-6
    stages.write(found, tmp_path)
    assert json.loads((tmp_path / "stages.json").read_text("utf-8"))["results"]["ended"] == "done"
    # What the years could not take is counted, what was never to leave is not.
    last = found.stages[-1].moved_out
    left = pd.concat([last.assign(reason="PL402"), last.iloc[:1].assign(reason="PL406")], ignore_index=True)
    for lang, words in (("zh", f"尚有 {len(last)} 块"), ("en", f"{len(last)} pieces")):
        assert any(words in str(line) for line in stages.lines(replace(found, ended="years", left=left), lang))
    with pytest.raises(InputProblem, match="IO201"):
        stages.run(sample_zone, values, years=0)


def test_what_is_held_back_waits(town_zone: Zone, result: RelocationResult) -> None:
    piece = str(result.moved_out["farmland_id"].iloc[0])
    block = result.moved_out["block_id"].iloc[0]
    moved, waits = relocation.leaving(result.study, {**result.values, "hold": (piece,)})
    assert block not in set(moved["block_id"])
    assert set(waits.loc[waits["reason"] == "PL406", "block_id"]) == {block}
    with pytest.raises(InputProblem, match="PL206"):
        relocation.leaving(result.study, {**result.values, "hold": ("nobody",)})


def test_the_command_compares_and_saves(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plans", "compare", str(folder), str(folder), "--json", "-o", str(tmp_path)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert len(told["names"]) == 2
    assert {row["where"] for row in told["moved"]} == {"all"}
    assert (tmp_path / "compare.gpkg").is_file()
    assert main(["plans", "save", str(folder), str(tmp_path / "s.yaml"), "--name", "甲", "--lang", "en"]) == 0
    assert plan_scenarios.load_scenarios([tmp_path / "s.yaml"])[0].name == "甲"
