"""A unit of the shipped zone: a proven scheme within the rules, its files, its recheck, and tampering that is found."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from geo.errors import InputProblem
from geo.study import consolidation, consolidation_tell, recheck
from geo.zone import Zone

TOWN = "330421103"  # 西塘镇


@pytest.fixture(scope="module")
def made(sample_zone: Zone, tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Path]:
    values = consolidation.SPEC.values({"units": (TOWN,), "on": "2026-01-01"})
    result = consolidation.run(sample_zone, values)
    folder = tmp_path_factory.mktemp("consolidation")
    consolidation_tell.write(result, folder)
    return result, folder


def test_a_township_gets_a_proven_scheme_within_the_rules(made: tuple[Any, Path]) -> None:
    result, _ = made
    assert result.scheme.status == "optimal"
    assert result.scheme.gap <= 1.01 * result.values["gap"]
    assert result.scheme.floor <= result.scheme.bound + 1e-6 * abs(result.scheme.bound)
    area = result.facts[0]
    assert area["new_cropland_m2"] >= 0.05 * area["cropland_before_m2"] - 0.01
    assert area["construction_after_m2"] <= area["construction_before_m2"]
    assert area["forest_cleared_m2"] == area["redline_touched_m2"] == 0
    assert not [j for j in result.judgements if j.passed is False and j.rule.code.startswith("consolidation")]
    ponds = result.sources.set_index("source").loc["pond", "taken_area_m2"]
    assert ponds <= (1 - result.values["pond_keep_share"]) * consolidation.areas_of(result.ground)["ponds"] + 0.01


def test_the_balance_loses_no_land_and_every_refusal_has_a_reason(made: tuple[Any, Path]) -> None:
    result, _ = made
    assert result.balance["before_m2"].sum() == pytest.approx(result.balance["after_m2"].sum(), abs=0.01)
    total = consolidation.areas_of(result.ground)["area"]
    assert result.balance["before_m2"].sum() == pytest.approx(total, abs=0.01)
    refused = result.ground.new.refused
    assert refused["reason"].str.match(r"CN20\d").all()
    assert not set(refused["measure_id"]) & set(result.ground.new.measures["measure_id"])


def test_the_plan_holds_and_tampered_ones_do_not(made: tuple[Any, Path], zone_folder: Path, tmp_path: Path) -> None:
    _, folder = made
    findings = recheck.run(folder, zone_folder)
    assert not [f.text("en") for f in findings if f.severity == "error"]
    assert "CN405" in {f.code for f in findings}
    bad = tmp_path / "bad"
    shutil.copytree(folder, bad)
    told = json.loads((bad / "consolidation.json").read_text("utf-8"))
    scheme = told["results"]["scheme"]
    scheme["measures"] = scheme["measures"][1:]
    scheme["farmland"] = [i for i in scheme["farmland"] if i in scheme["measures"]]
    told["results"]["sources"][0]["cost_yuan"] *= 0.5
    (bad / "consolidation.json").write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")
    codes = {f.code for f in recheck.run(bad, zone_folder) if f.severity == "error"}
    assert {"CN401", "CN402", "CN404"} <= codes


def test_units_that_are_not_there_are_named(sample_zone: Zone) -> None:
    with pytest.raises(InputProblem) as refused:
        consolidation.take(sample_zone, consolidation.SPEC.values({"units": ("990000000", "99")}))
    assert [f.code for f in refused.value.findings] == ["CN102", "CN102"]
