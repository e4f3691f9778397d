"""A plan end to end: made, written, rechecked from its files, refused when tampered with.

What is asked of the plan itself is asked on the shipped zone; what is asked of its files, on one township of it.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import pyogrio
import pytest

from geo.errors import Cancelled, InputProblem
from geo.finding import Finding
from geo.io.plan_folder import read_table
from geo.io.zone_folder import read_zone
from geo.study import recheck, relocation
from geo.study.relocation import SPEC, RelocationResult
from geo.zone import Zone

VALUES = {"on": "2026-11-23"}


@pytest.fixture(scope="module")
def whole(sample_zone: Zone) -> RelocationResult:
    """The shipped zone's plan: two counties give land up."""
    return relocation.run(sample_zone, SPEC.values(VALUES))


@pytest.fixture(scope="module")
def result(town_zone: Zone) -> RelocationResult:
    return relocation.run(town_zone, SPEC.values(VALUES))


@pytest.fixture(scope="module")
def written(result: RelocationResult, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("plan")
    relocation.write(result, out)
    return out


@pytest.fixture
def _no_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody looks at the maps of this test."""
    monkeypatch.setattr("geo.report.maps.render_map", lambda *_, **__: [])


def rechecked(plan: Path, zone: Zone) -> list[Finding]:
    """The plan in a folder held against a zone that was read before."""
    told = recheck.read_record(plan)
    frames = [read_table(plan / "plan.gpkg", n) for n in ("moved_out", "moved_in", "waiting")]
    return recheck.recheck(zone, told, *frames, certificate=recheck.read_certificate(plan))


def faults(plan: Path, zone: Zone) -> set[str]:
    return {f.code for f in rechecked(plan, zone) if f.severity == "error"}


def test_plan_is_optimal_within_a_thousandth_and_breaks_no_rule(whole: RelocationResult) -> None:
    result = whole
    assert result.solution is not None
    assert result.solution.status == "optimal"
    assert result.solution.gap <= 1e-3
    assert result.solution.bound <= result.solution.objective + 1e-9
    assert [v.text("en") for v in result.judgements if v.passed is False] == []
    out, inn = result.moved_out, result.moved_in
    assert out["county_code"].nunique() > 1
    assert inn["net_area_m2"].sum() >= 1.05 * out["net_area_m2"].sum() - 1e-6
    for county, rows in out.groupby("county_code"):
        back = inn[inn["county_code"] == county]
        assert back["net_area_m2"].sum() >= rows["net_area_m2"].sum() - 1e-6


def test_every_fragment_leaves_or_says_why_it_waits(whole: RelocationResult) -> None:
    result = whole
    blocks = set(result.study.fragments.blocks["block_id"])
    assert set(result.moved_out["block_id"]) | set(result.waiting["block_id"]) == blocks
    assert not set(result.moved_out["block_id"]) & set(result.waiting["block_id"])
    assert (result.waiting["reason"] != "").all()
    assert not result.moved_out["high_standard"].any()


def test_every_refusal_has_a_reason_and_no_candidate_is_refused(whole: RelocationResult) -> None:
    result = whole
    refused = result.candidates.refused
    assert (refused["reason"].str.startswith("PL1")).all()
    assert not set(refused["candidate_id"]) & set(result.candidates.accepted["candidate_id"])


def test_written_folder_has_every_file_and_no_leftovers(written: Path) -> None:
    names = {p.name for p in written.iterdir()}
    wanted = {o.file for o in SPEC.outputs} | {"plan_certificate.csv", "plan_map.png", "JBNTHRHC.gpkg"}
    assert wanted <= names
    assert not [n for n in names if n.startswith(".")]


def test_same_data_same_plan(town_folder: Path, result: RelocationResult) -> None:
    again = relocation.run(read_zone(town_folder), dict(result.values))
    assert list(again.moved_in["candidate_id"]) == list(result.moved_in["candidate_id"])
    assert again.run_id == result.run_id
    assert again.solution is not None
    assert result.solution is not None
    assert again.solution.problem_hash == result.solution.problem_hash


def test_recheck_accepts_the_plan_from_its_files(written: Path, town_folder: Path) -> None:
    findings = recheck.run(written, town_folder)
    assert [f.text("en") for f in findings if f.severity == "error"] == []
    assert {"PL512", "PL609", "PL610"} <= {f.code for f in findings}
    assert recheck.lines(findings, "zh")[0].startswith("方案通过复核")


@pytest.mark.usefixtures("_no_pictures")
def test_recheck_accepts_the_whole_zone_s_plan(whole: RelocationResult, tmp_path: Path) -> None:
    relocation.write(whole, tmp_path)
    findings = rechecked(tmp_path, whole.zone)
    assert [f.text("en") for f in findings if f.severity == "error"] == []
    assert {"PL512", "PL609", "PL610"} <= {f.code for f in findings}


def edit_layer(plan: Path, layer: str, change: Callable[[gpd.GeoDataFrame], gpd.GeoDataFrame]) -> None:
    path = plan / "plan.gpkg"
    tables = {n: pyogrio.read_dataframe(path, layer=n) for n in ("moved_out", "moved_in", "waiting")}
    tables[layer] = change(tables[layer])
    path.unlink()
    for number, (name, frame) in enumerate(tables.items()):
        pyogrio.write_dataframe(frame, path, layer=name, driver="GPKG", append=number > 0)


def edit_json(plan: Path, change: Callable[[dict[str, Any]], None]) -> None:
    told = json.loads((plan / "plan.json").read_text("utf-8"))
    change(told)
    (plan / "plan.json").write_text(json.dumps(told), encoding="utf-8")


def swapped(result: RelocationResult) -> Callable[[gpd.GeoDataFrame], gpd.GeoDataFrame]:
    """The first chosen plot replaced by another admissible one, with all its true figures."""

    def change(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        spare = result.candidates.accepted
        spare = spare[~spare["candidate_id"].isin(frame["candidate_id"])].iloc[[0]]
        frame = frame.copy()
        for column in spare.columns:
            if column in frame.columns:
                frame.loc[frame.index[0], column] = spare[column].iloc[0]
        return frame

    return change


def test_recheck_refuses_a_plan_with_one_plot_swapped(
    result: RelocationResult, written: Path, town_zone: Zone, tmp_path: Path
) -> None:
    plan = shutil.copytree(written, tmp_path / "plan")
    edit_layer(plan, "moved_in", swapped(result))
    assert faults(plan, town_zone) & {"PL506", "PL604"}


@pytest.mark.parametrize(
    "change",
    [
        lambda f: f.iloc[1:],
        lambda f: f.assign(net_area_m2=f["net_area_m2"] + 1.0),
        lambda f: f.assign(grade=1),
        lambda f: f.assign(paddy=~f["paddy"].astype(bool)),
    ],
    ids=["dropped", "area", "grade", "paddy"],
)
@pytest.mark.parametrize("layer", ["moved_out", "moved_in"])
def test_recheck_refuses_tampered_layers(
    written: Path, town_zone: Zone, tmp_path: Path, layer: str, change: Callable[[gpd.GeoDataFrame], gpd.GeoDataFrame]
) -> None:
    plan = shutil.copytree(written, tmp_path / "plan")
    edit_layer(plan, layer, change)
    assert faults(plan, town_zone)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda t: t["results"]["solution"].update(bound=t["results"]["solution"]["objective"] * 1.5), "PL507"),
        (lambda t: t["results"]["solution"].update(objective=1.0), "PL506"),
        (lambda t: t["results"]["fragments"].update(blocks=1), "PL604"),
        (lambda t: t["results"]["after"].update(contiguity=0.9), "PL604"),
        (lambda t: t["results"]["lines"]["any"].update(net_area_m2=1.0), "PL604"),
        (lambda t: t["results"]["judgements"][0].update(passed=False), "PL605"),
        (lambda t: t["inputs"][0].update(sha256="0" * 64), "PL601"),
    ],
    ids=["bound", "objective", "fragments", "contiguity", "lines", "verdict", "data"],
)
def test_recheck_refuses_tampered_claims(
    written: Path, town_zone: Zone, tmp_path: Path, change: Callable[[dict[str, Any]], None], code: str
) -> None:
    plan = shutil.copytree(written, tmp_path / "plan")
    edit_json(plan, change)
    assert code in faults(plan, town_zone)


def test_recheck_of_something_else_says_what_is_missing(town_folder: Path, tmp_path: Path) -> None:
    with pytest.raises(InputProblem, match="PL607"):
        recheck.run(tmp_path, town_folder)
    (tmp_path / "plan.json").write_text("{}", encoding="utf-8")
    (tmp_path / "plan.gpkg").write_bytes(b"")
    with pytest.raises(InputProblem, match="PL608"):
        recheck.run(tmp_path, town_folder)


def test_locks_are_kept(town_zone: Zone, result: RelocationResult) -> None:
    out = str(result.moved_in["candidate_id"].iloc[0])
    spare = result.candidates.accepted
    near = spare[spare["county_code"].isin(set(result.moved_out["county_code"]))]
    inn = str(near.loc[~near["candidate_id"].isin(result.moved_in["candidate_id"]), "candidate_id"].iloc[0])
    again = relocation.run(town_zone, {**result.values, "lock_in": (inn,), "lock_out": (out,)})
    assert inn in set(again.moved_in["candidate_id"])
    assert out not in set(again.moved_in["candidate_id"])
    assert again.solution is not None
    assert result.solution is not None
    assert again.solution.objective >= result.solution.bound - 1e-6


@pytest.mark.usefixtures("_no_pictures")
def test_an_impossible_ratio_is_explained_and_nothing_moves(
    town_zone: Zone, result: RelocationResult, tmp_path: Path
) -> None:
    zone = town_zone
    none = relocation.run(zone, {**result.values, "area_ratio": 3.0, "sources": ("reserve",), "lock_out": ()})
    if none.planned:
        none = relocation.run(
            zone,
            {**result.values, "area_ratio": 3.0, "lock_out": tuple(result.candidates.accepted["candidate_id"][5:])},
        )
    assert not none.planned
    assert none.solution is not None
    assert none.solution.status == "infeasible"
    assert none.solution.clashing
    assert none.solution.shortfalls
    assert len(none.moved_out) == 0
    assert len(none.waiting) >= len(result.moved_out)
    text = "\n".join(str(line) for line in relocation.lines(none, "zh"))
    assert "冲突" in text
    relocation.write(none, tmp_path)
    told = json.loads((tmp_path / "plan.json").read_text("utf-8"))
    assert told["results"]["planned"] is False


def test_a_township_cap_of_zero_is_refused_in_words(town_zone: Zone, result: RelocationResult) -> None:
    with pytest.raises(InputProblem, match="PL202"):
        relocation.run(town_zone, {**result.values, "town_cap_share": 0.0})


def test_cancel_before_the_solver_leaves_nothing(town_zone: Zone, result: RelocationResult) -> None:
    with pytest.raises(Cancelled):
        relocation.run(town_zone, dict(result.values), progress=lambda *_: False)


def test_who_cancels_while_candidates_are_sifted_is_heard_before_every_layer(
    town_zone: Zone, result: RelocationResult
) -> None:
    heard: list[float] = []

    def watch(fraction: float, _zh: str, en: str, _figures: object) -> bool:
        if en == "Sifting candidates":
            heard.append(fraction)
        return len(heard) < 7  # past the attributes, among the lines that cut plots

    with pytest.raises(Cancelled):
        relocation.run(town_zone, dict(result.values), progress=watch)
    assert len(heard) == 7
    assert heard == sorted(set(heard))


@pytest.mark.usefixtures("_no_pictures")
def test_scenario_overrides_the_law_and_says_so(town_zone: Zone, tmp_path: Path, result: RelocationResult) -> None:
    (tmp_path / "s.yaml").write_text("name: 县内放宽\noverrides:\n  relocation.county_ratio: 0.5\n", encoding="utf-8")
    loose = relocation.run(town_zone, dict(result.values), scenario=tmp_path / "s.yaml")
    assert loose.run_id != result.run_id
    assert loose.solution is not None
    assert result.solution is not None
    assert loose.solution.objective <= result.solution.objective * (1 + 1e-3)
    assert relocation.summary(loose)["scenario"] == "县内放宽"
    relocation.write(loose, tmp_path / "out")
    data = json.loads((tmp_path / "out" / "plan.json").read_text("utf-8"))
    assert data["values"]["scenario"]["overrides"] == {"relocation.county_ratio": 0.5}


def test_bad_values_are_all_named_at_once() -> None:
    with pytest.raises(InputProblem) as problem:
        SPEC.values({"area_ratio": "x", "gap_m": -1, "lines": "moon", "nonsense": 1})
    text = problem.value.text("zh")
    assert all(word in text for word in ("area_ratio", "gap_m", "lines", "nonsense"))


@pytest.mark.parametrize("suffix", ["", "_en"])
def test_the_review_form_says_what_the_plan_file_says(written: Path, suffix: str) -> None:
    """To the last digit shown, in the DOCX, in the XLSX of its own and in the workbook."""
    import docx
    import openpyxl

    from geo.report.forms import form_rows
    from geo.standards.units import round_half_up

    results = json.loads((written / "plan.json").read_text("utf-8"))["results"]
    units = {"total_mu": ("net_area_m2", 2000 / 3), "total_ha": ("net_area_m2", 10_000.0), "grade": ("grade", 1.0),
             "pieces": ("pieces", 1.0), "class_paddy": ("paddy_m2", 2000 / 3)}  # fmt: skip
    told = {}
    for row in (r for r in form_rows() if r.key in units):
        key, size = units[row.key]
        told[row.key] = tuple(round_half_up(results[side][key] / size, row.decimals) for side in ("out", "in"))
    (table,) = docx.Document(str(written / f"review_form{suffix}.docx")).tables
    printed = [[cell.text for cell in row.cells[-2:]] for row in table.rows[7 : 7 + len(form_rows())]]
    sheets = []
    for name, place in ((f"review_form{suffix}.xlsx", 0), (f"plan{suffix}.xlsx", 1)):
        book = openpyxl.load_workbook(written / name)
        sheet = book.worksheets[place]
        top = next(r for r in range(1, 30) if sheet.cell(r, 4).value in ("单位", "Unit")) + 1
        sheets.append([(sheet.cell(top + k, 5).value, sheet.cell(top + k, 6).value) for k in range(len(form_rows()))])
        book.close()
    assert sheets[0] == sheets[1]
    for row, text, cells in zip(form_rows(), printed, sheets[0], strict=True):
        shown = ["–" if v == "–" else f"{v:,.{row.decimals}f}" for v in cells]
        assert text == shown
        if row.key in told:
            assert cells == told[row.key]


def test_a_plan_carries_the_facts_it_was_judged_by(written: Path, town_zone: Zone, tmp_path: Path) -> None:
    told = json.loads((written / "plan.json").read_text("utf-8"))
    assert {row["kind"] for row in told["results"]["facts"]} == {"plan", "county", "town"}
    forged = tmp_path / "forged"
    shutil.copytree(written, forged)
    told["results"]["facts"][0]["out_grade"] += 0.5
    (forged / "plan.json").write_text(json.dumps(told), "utf-8")
    assert "PL604" in faults(forged, town_zone)
