"""The shipped zone against its key: the planted 零星 blocks all and only, every planted fault found.

``data/shapefiles/key.json`` was written by the generator from its own plain arithmetic, before our code saw the zone.
"""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from geo.measure.conflicts import farmland_conflicts
from geo.measure.fragmentation import fragmented, outgoing_pieces, sensitivity
from geo.qc.attributes import check_attributes
from geo.qc.coverage import check_coverage


@pytest.fixture(scope="module")
def key(zone_folder: Path) -> dict[str, Any]:
    return json.loads((zone_folder / "key.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def conflicts(sample_zone):
    return farmland_conflicts(sample_zone)


@pytest.fixture(scope="module")
def fragments(sample_zone, conflicts, key):
    limits = key["definition"]
    return fragmented(
        sample_zone, conflicts, threshold_m2=limits["threshold_m2"], gap_m=limits["gap_m"],
        min_patch_m2=limits["min_inside_m2"],
    )  # fmt: skip


def test_fragments_are_the_planted_ones_all_and_only(fragments, key) -> None:
    found = fragments.parcels.groupby("block_id")["farmland_id"].agg(frozenset)
    planted = {frozenset(row["farmland_ids"]) for row in key["fragments"]}
    assert len(planted) == key["counts"]["fragments"] > 0
    assert set(found) == planted


def test_traps_are_not_taken_for_fragments(fragments, key) -> None:
    named = set(fragments.parcels["farmland_id"])
    assert not named & {row["farmland_id"] for row in key["traps"]}
    assert not named & set(key["large_fields_cut_by_a_line"])


def test_figures_of_every_fragment(fragments, key) -> None:
    blocks = fragments.blocks.set_index("block_id")
    for row in key["fragments"]:
        ours = blocks.loc[min(row["farmland_ids"])]
        assert ours["piece_net_area_m2"] == pytest.approx(row["net_area_m2"], abs=0.01)
        assert ours["inside_area_m2"] == pytest.approx(row["inside_area_m2"], abs=0.011)
        assert ours["boundary_filled_m2"] == pytest.approx(row["inside_boundary_m2"], abs=0.011)
        red = ours[["redline_core_m2", "redline_general_m2", "redline_other_m2"]].sum()
        assert red == pytest.approx(row["inside_redline_m2"], abs=0.011)
        lines = ("boundary_filled", "redline_core", "redline_general", "redline_other")
        assert {line for line in lines if ours[f"{line}_m2"] > 1} == set(row["against"])
        assert (ours["county_code"], ours["town_code"]) == (row["county"], row["town"])
        assert bool(ours["high_standard"]) == row["high_standard"]
        if row["in_hole"]:
            assert ours["boundary_net_m2"] < ours["boundary_filled_m2"] / 2


def test_outgoing_pieces_come_from_the_fragments_alone(fragments, conflicts, key) -> None:
    limit = key["definition"]["min_inside_m2"]
    out = outgoing_pieces(fragments, conflicts, min_patch_m2=limit)
    assert set(out["block_id"]) <= set(fragments.blocks["block_id"])
    assert out["farmland_id"].is_unique
    # nothing small stays behind, nothing but parts of members leaves
    rest = conflicts.remainders.set_index("farmland_id")["area_m2"]
    stays = out.loc[~out["whole_leaves"], "farmland_id"]
    assert (rest.reindex(stays) >= limit).all()
    assert out["area_m2"].sum() <= fragments.blocks["piece_area_m2"].sum() + 1e-6


def test_the_sensitivity_table_holds_the_definition(sample_zone, conflicts, key) -> None:
    limits = key["definition"]
    table = sensitivity(
        sample_zone.layer("farmland"), conflicts, min_patch_m2=limits["min_inside_m2"],
        thresholds_m2=[limits["threshold_m2"] * k for k in (1, 2, 4)], gaps_m=[0, limits["gap_m"], 20],
    )  # fmt: skip
    row = table[(table["gap_m"] == limits["gap_m"]) & (table["threshold_m2"] == limits["threshold_m2"])]
    assert row["blocks"].tolist() == [key["counts"]["fragments"]]
    # a higher threshold never finds less
    assert table.groupby("gap_m")["blocks"].is_monotonic_increasing.all()


ATTRIBUTE_CODES = {
    "area_declared_wrong": "QC112",
    "slope_grade_missing": "QC102",
    "ridge_area_wrong": "QC110",
    "class_unknown": "QC101",
    "lane_too_wide": "QC107",
}


def test_attribute_faults_are_the_planted_ones_all_and_only(sample_zone, key) -> None:
    found = defaultdict(set)
    for finding in check_attributes(sample_zone):
        if finding.severity != "info":
            found[finding.code].add(finding.subject)
    planted = defaultdict(set)
    for fault in key["faults"]:
        if fault["kind"] in ATTRIBUTE_CODES:
            planted[ATTRIBUTE_CODES[fault["kind"]]].add(f"{fault['layer']}#{fault['ids'][0]}")
    assert dict(found) == dict(planted)


def test_geometry_faults_are_all_found(sample_zone, key) -> None:
    findings = check_coverage(sample_zone, min_patch_m2=key["definition"]["min_inside_m2"])
    by_code = defaultdict(list)
    for finding in findings:
        by_code[finding.code].append(finding)
    planted = defaultdict(list)
    for fault in key["faults"]:
        planted[fault["kind"]].append(fault)
    broken = {f"DLTB#{fault['ids'][0]}" for fault in planted["ring_crosses_itself"]}
    assert {f.subject for f in by_code["QC201"]} == broken
    overlaps = {frozenset([f.subject, f.values["other"]]) for f in by_code["QC202"]}
    assert overlaps == {frozenset(f"DLTB#{i}" for i in fault["ids"]) for fault in planted["overlap"]}
    beside = [set(f.values["other"].split(", ")) for f in by_code["QC203"]]
    for fault in planted["gap"]:
        assert any(set(fault["ids"]) <= ids for ids in beside), fault
    slivers = {f.subject for f in by_code["QC204"]}
    assert {f"DLTB#{fault['ids'][0]}" for fault in planted["sliver"]} <= slivers
