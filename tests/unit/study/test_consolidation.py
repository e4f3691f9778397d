"""A unit of the shipped zone: a proven scheme within the rules, its files, its recheck, and tampering that is found."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from geo.errors import InputProblem
from geo.ledger.balance import holdings
from geo.ledger.refusal import Refused
from geo.policy.scenario import make_scenario
from geo.study import consolidation, consolidation_pool, consolidation_recheck, consolidation_tell, pool, recheck
from geo.study.consolidation_result import with_rates
from geo.zone import Zone

TOWN = "330421111"  # 姚庄镇


@pytest.fixture(scope="module")
def made(town_zone: Zone, tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Path]:
    values = consolidation.SPEC.values({"units": (TOWN,), "on": "2026-01-01"})
    result = consolidation.run(town_zone, values)
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
    # Farmland comes together and its blocks grow: limits of the scheme, judged again by measuring all of it.
    passed = {j.rule.code: j.passed for j in result.judgements}
    assert passed["relocation.contiguity"] is passed["relocation.mean_patch"] is True
    assert {"contiguity", "mean_patch"} <= set(result.scheme.slacks)
    ponds = result.sources.set_index("source").loc["pond", "taken_area_m2"]
    assert ponds <= (1 - result.values["pond_keep_share"]) * consolidation.areas_of(result.ground)["ponds"] + 0.01


def test_a_scheme_that_the_clock_ended_says_so(made: tuple[Any, Path]) -> None:
    result, _ = made
    for status, code in (("feasible", "CN302"), ("cancelled", "CN303")):
        told = consolidation.assemble(result.ground, result.problem, replace(result.scheme, status=status))
        assert [f.code for f in told.findings if f.code.startswith("CN30")] == [code]


def test_the_balance_loses_no_land_and_every_refusal_has_a_reason(made: tuple[Any, Path]) -> None:
    result, _ = made
    assert result.balance["before_m2"].sum() == pytest.approx(result.balance["after_m2"].sum(), abs=0.01)
    total = consolidation.areas_of(result.ground)["area"]
    assert result.balance["before_m2"].sum() == pytest.approx(total, abs=0.01)
    refused = result.ground.new.refused
    assert refused["reason"].str.match(r"CN2\d\d").all()
    assert not set(refused["measure_id"]) & set(result.ground.new.measures["measure_id"])


def test_the_plan_holds_and_tampered_ones_do_not(made: tuple[Any, Path], town_folder: Path, tmp_path: Path) -> None:
    result, folder = made
    findings = recheck.run(folder, town_folder)
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
    told = consolidation_recheck.read_scheme(bad)
    codes = {f.code for f in consolidation_recheck.verify(bad, told, result.ground) if f.severity == "error"}
    assert {"CN401", "CN402", "CN404"} <= codes


def test_units_that_are_not_there_are_named(town_zone: Zone) -> None:
    with pytest.raises(InputProblem) as refused:
        consolidation.take(town_zone, consolidation.SPEC.values({"units": ("990000000", "99")}))
    assert [f.code for f in refused.value.findings] == ["CN102", "CN102"]


def test_quality_does_not_fall_and_says_how(made: tuple[Any, Path]) -> None:
    result, _ = made
    grade = result.quality.set_index("item").loc["grade"]
    assert grade["after"] <= grade["before"] + 1e-9
    rule = next(j for j in result.judgements if j.rule.code == "consolidation.quality")
    assert rule.passed is True
    assert rule.rule.articles == ("zone2020.7a",)
    assert "待核" in rule.finding().text("zh")
    better = result.measures[result.measures["lift"] > 0]
    assert len(better)
    assert result.quality.set_index("item").loc["improved_m2", "after"] == pytest.approx(better["area_m2"].sum())
    # Without any of the works that make fields better, the new cropland alone would bring the mean down: no scheme.
    bare = consolidation.plan(result.ground, {**result.values, "lock_out": tuple(
        m for m in result.ground.new.measures["measure_id"] if m.split(":")[0] in ("upgrade", "repaddy"))})  # fmt: skip
    assert bare.scheme.status == "infeasible"
    assert "耕地质量不降低" in " ".join(f.text("zh") for f in bare.findings)


def test_local_rates_replace_the_conventions(made: tuple[Any, Path]) -> None:
    result, _ = made
    rates = make_scenario("吴江 2026", {"consolidation.cost_pond_yuan_mu": 1, "consolidation.pond_keep_share": 0.9})
    values = with_rates(result.values, rates)
    assert values["pond_keep_share"] == 0.9
    cheap = consolidation.plan(result.ground, values)
    row = cheap.sources.set_index("source").loc["pond"]
    assert row["rate_yuan_mu"] == 1
    assert row["taken"] > result.sources.set_index("source").loc["pond", "taken"]
    assert cheap.run_id != result.run_id


def test_an_accepted_scheme_enters_the_pool_once(made: tuple[Any, Path], tmp_path: Path) -> None:
    _, folder = made
    ledger = pool.create_pool(tmp_path / "ledger.db", basis="建账", anchors=tmp_path / "anchors")
    told, measures = consolidation_pool.scheme_of(folder)
    day = date(2026, 1, 1)

    def book(basis: str, **more: Any) -> Any:
        act = ledger.act("验收", basis, key=consolidation_pool.key_of(told, more.get("only", ())))
        return consolidation_pool.credit(ledger, told, measures, accepted_on=day, act=act, **more)

    first = book("验收〔2026〕1号")
    assert book("验收〔2026〕1号").replayed
    assert first.status == "posted"
    rows = told["results"]["credits"]
    with ledger.look() as tx:
        held = {(h.asset, h.lot[:2]): 0 for h in holdings(tx)}
        for h in holdings(tx):
            held[h.asset, h.lot[:2]] += h.amount * (h.kind == "AVAILABLE")
    for kind, head in (("new", "ZZ"), ("improved", "TZ")):
        mine = [r for r in rows if r["kind"] == kind]
        assert held["CAP", head] == pytest.approx(100 * sum(r["capacity_kg"] for r in mine), abs=10)
        assert ("QTY", head) in held or kind == "improved"
    assert held["QTY", "ZZ"] == sum(int(r["area_m2"] * 100 + 0.5) for r in rows if r["kind"] == "new")
    with pytest.raises(Refused) as twice:
        book("验收〔2026〕2号", only=(rows[0]["measure_id"],))
    assert "LG107" in {f.code for f in twice.value.findings}
    with pytest.raises(InputProblem) as unknown:
        book("验收〔2026〕2号", only=("pond:nowhere",))
    assert [f.code for f in unknown.value.findings] == ["CN411"]
