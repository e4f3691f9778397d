"""零星 blocks of the little village, their marks, what leaves, and the indices."""

from __future__ import annotations

import numpy as np
import pytest

from geo.geometry.ellipsoid import area_m2
from geo.measure.conflicts import farmland_conflicts
from geo.measure.fragmentation import fragmented, outgoing_pieces, patch_indices, sensitivity


def fragments_of(village, *, threshold_m2=3000.0, gap_m=8.0, min_patch_m2=250.0):
    conflicts = farmland_conflicts(village)
    made = fragmented(village, conflicts, threshold_m2=threshold_m2, gap_m=gap_m, min_patch_m2=min_patch_m2)
    return made, conflicts


def test_small_blocks_inside_the_lines(village) -> None:
    fragments, _ = fragments_of(village)
    # f3 + f4 are small but outside; f6 is large and only cut
    assert fragments.blocks["block_id"].tolist() == ["f0", "f1", "f2", "f5", "f7"]
    assert fragments.members["farmland_id"].tolist() == ["f0", "f1", "f2", "f5", "f7"]


def test_the_smallest_part_inside_that_counts(village) -> None:
    # f2 has 300 m² inside
    assert "f2" in fragments_of(village, min_patch_m2=290)[0].blocks["block_id"].tolist()
    assert "f2" not in fragments_of(village, min_patch_m2=310)[0].blocks["block_id"].tolist()
    assert fragments_of(village, min_patch_m2=0)[0].blocks["block_id"].tolist() == ["f0", "f1", "f2", "f5", "f7"]


def test_threshold_is_of_the_net_area_of_the_whole_block(village) -> None:
    net = village.layer("farmland").set_index("farmland_id")["net_area_m2"]
    just = fragments_of(village, threshold_m2=float(net["f0"]))[0].blocks["block_id"].tolist()
    below = fragments_of(village, threshold_m2=float(net["f0"]) - 0.01)[0].blocks["block_id"].tolist()
    assert "f0" in just
    assert "f0" not in below


def test_figures_of_a_cut_block(village, at) -> None:
    fragments, _ = fragments_of(village)
    block = fragments.blocks.set_index("block_id").loc["f2"]
    inside = area_m2([at(290, 100, 300, 130)])[0]
    assert block["piece_area_m2"] == pytest.approx(area_m2([at(290, 100, 330, 130)])[0])
    assert block["inside_area_m2"] == pytest.approx(inside)
    assert block["inside_net_area_m2"] == pytest.approx(inside * 0.95)
    assert block["against"] == "boundary_filled;boundary_net"
    assert block["boundary_filled_m2"] == pytest.approx(inside)
    assert block["redline_core_m2"] == 0
    member = fragments.members.set_index("farmland_id").loc["f2"]
    assert member.geometry.equals(at(290, 100, 300, 130))
    # 2A/P and P/4√A of 40 m × 30 m
    assert block["mean_width_m"] == pytest.approx(2 * 1200 / 140, rel=1e-3)
    assert block["shape_index"] == pytest.approx(140 / (4 * np.sqrt(1200)), rel=1e-3)


def test_marks_of_a_block_among_houses(village) -> None:
    blocks = fragments_of(village)[0].blocks.set_index("block_id")
    # three of four equal sides of f0 border houses, the fourth water
    assert blocks.loc["f0", "built_border_share"] == pytest.approx(0.75, rel=1e-6)
    assert blocks.loc["f5", "built_border_share"] == 0
    assert blocks.loc["f0", "distance_to_next_m"] == pytest.approx(60)
    assert blocks.loc["f7", "distance_to_next_m"] == pytest.approx(20)
    assert blocks["high_standard"].to_dict() == {"f0": True, "f1": False, "f2": False, "f5": False, "f7": False}
    assert blocks.loc["f5", ["town_code", "county_code"]].tolist() == ["330421103", "330421"]


def test_without_the_optional_layers(village) -> None:
    from dataclasses import replace

    bare = replace(village, layers={k: village.layers[k] for k in ("farmland", "boundary", "redline")})
    blocks = fragments_of(bare)[0].blocks
    assert blocks["built_border_share"].isna().all()
    assert not blocks["high_standard"].any()


def test_far_from_everything(village) -> None:
    lonely = village.with_layer("farmland", village.layer("farmland").iloc[:1])
    assert fragments_of(lonely)[0].blocks["distance_to_next_m"].tolist() == [np.inf]


def test_what_leaves(village) -> None:
    fragments, conflicts = fragments_of(village)
    out = outgoing_pieces(fragments, conflicts, min_patch_m2=250).set_index("farmland_id")
    assert out["reason"].to_dict() == {"f0": "inside", "f1": "inside", "f2": "part", "f5": "inside", "f7": "inside"}
    assert out.loc["f2", "area_m2"] == pytest.approx(fragments.members.set_index("farmland_id").loc["f2", "area_m2"])
    assert out["paddy"].to_dict() == {"f0": True, "f1": False, "f2": True, "f5": False, "f7": False}
    # a remainder of 900 m² would be too small to stay
    grown = outgoing_pieces(fragments, conflicts, min_patch_m2=1000).set_index("farmland_id")
    assert "f2" not in grown.index  # both parts too small: the larger one, outside, decides


def test_a_parcel_with_a_crumb_outside_leaves_whole(village, at, make_land) -> None:
    field = make_land([at(100, 100, 140, 140), at(270, 60, 305, 90)], ["0101", "0101"], "farmland")
    fragments, conflicts = fragments_of(village.with_layer("farmland", field))
    out = outgoing_pieces(fragments, conflicts, min_patch_m2=400).set_index("farmland_id")
    assert out.loc["f1", "reason"] == "remainder_too_small"
    assert bool(out.loc["f1", "whole_leaves"])
    assert out.loc["f1"].geometry.equals(at(270, 60, 305, 90))
    assert out.loc["f1", "area_m2"] == pytest.approx(area_m2([at(270, 60, 305, 90)])[0])
    stays = outgoing_pieces(fragments, conflicts, min_patch_m2=100).set_index("farmland_id")
    assert stays.loc["f1", "reason"] == "part"


def test_a_touch_stays(village, at, make_land) -> None:
    field = make_land([at(100, 100, 140, 140), at(146, 100, 166, 140), at(295, 60, 335, 90)], ["0101"] * 3, "farmland")
    fragments, conflicts = fragments_of(village.with_layer("farmland", field), min_patch_m2=100)
    out = outgoing_pieces(fragments, conflicts, min_patch_m2=200)
    assert out["farmland_id"].tolist() == ["f0", "f1"]


def test_sensitivity_has_a_row_for_every_pair(village) -> None:
    conflicts = farmland_conflicts(village)
    table = sensitivity(
        village.layer("farmland"), conflicts, thresholds_m2=[1000, 2000], gaps_m=[0, 25], min_patch_m2=250
    )
    assert table[["gap_m", "threshold_m2", "blocks"]].to_numpy().tolist() == [
        [0, 1000, 1], [0, 2000, 5], [25, 1000, 1], [25, 2000, 3],
    ]  # fmt: skip
    assert (table["net_area_m2"] <= table["area_m2"]).all()


def test_indices(village) -> None:
    farmland = village.layer("farmland")
    index = patch_indices(farmland, gap_m=8, bin_limits_m2=(1000, 2000), shares_at_least_m2=(10_000,))
    net = farmland["net_area_m2"].to_numpy()
    sizes = np.array([net[0], net[1], net[2], net[3] + net[4], net[5], net[6], net[7]])
    assert index.patches == 7
    assert index.mean_patch_m2 == pytest.approx(sizes.mean())
    assert index.contiguity == pytest.approx((sizes**2).sum() / sizes.sum() ** 2)
    assert index.share_at_least == ((10_000.0, pytest.approx(net[6] / sizes.sum())),)
    assert [(limit, count) for limit, count, _ in index.bins] == [(1000.0, 1), (2000.0, 5), (np.inf, 1)]
    assert sum(area for *_, area in index.bins) == pytest.approx(sizes.sum())


def test_empty_layers(village) -> None:
    nothing = village.with_layer("farmland", village.layer("farmland").iloc[:0])
    fragments, conflicts = fragments_of(nothing)
    assert fragments.blocks.empty
    assert fragments.members.empty
    assert outgoing_pieces(fragments, conflicts, min_patch_m2=1).empty
    assert patch_indices(nothing.layer("farmland"), gap_m=8).patches == 0
    full, _ = fragments_of(village)
    assert list(fragments.blocks.columns) == list(full.blocks.columns)
    assert set(fragments.members.columns) == set(full.members.columns)
