"""Blocks across small gaps."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from geo.measure.clusters import block_labels, blocks


def test_gaps_up_to_the_limit_do_not_break_a_block(at) -> None:
    row = [at(0, 0, 10, 10), at(18, 0, 28, 10), at(36.1, 0, 46, 10), at(46, 10, 56, 20)]
    assert block_labels(row, gap_m=8).tolist() == [0, 0, 1, 1]
    assert block_labels(row, gap_m=8.2).tolist() == [0, 0, 0, 0]
    # touching in a corner is no gap at all
    assert block_labels(row, gap_m=0).tolist() == [0, 1, 2, 2]


def test_a_corner_on_a_neighbours_edge_is_touching(at) -> None:
    # told to the millimetre it may lie 0.4 mm off
    assert block_labels([at(0, 0, 10, 10), at(10.0004, 3, 20, 7)], gap_m=0).tolist() == [0, 0]


def test_missing_and_empty_are_blocks_of_their_own(at) -> None:
    labels = block_labels([None, at(0, 0, 10, 10), shapely.Polygon(), None, at(5, 5, 20, 20)], gap_m=8)
    assert labels.tolist() == [0, 1, 2, 3, 1]
    assert block_labels([], gap_m=8).tolist() == []


@pytest.mark.parametrize("gap", [-1.0, float("nan")])
def test_impossible_gap(gap: float) -> None:
    with pytest.raises(ValueError, match="gap"):
        block_labels([], gap_m=gap)


def test_blocks_are_named_after_their_smallest_member(village) -> None:
    farmland = village.layer("farmland")
    labels, facts = blocks(farmland, id_column="farmland_id", gap_m=8)
    assert labels.index.equals(farmland.index)
    assert labels.tolist() == ["f0", "f1", "f2", "f3", "f3", "f5", "f6", "f7"]
    assert facts["block_id"].tolist() == ["f0", "f1", "f2", "f3", "f5", "f6", "f7"]
    block = facts.set_index("block_id").loc["f3"]
    assert block["parcels"] == 2
    assert block["net_area_m2"] == pytest.approx(farmland["net_area_m2"].iloc[3:5].sum())
    order = np.array([4, 2, 0, 6, 7, 5, 3, 1])
    turned, _ = blocks(farmland.iloc[order], id_column="farmland_id", gap_m=8)
    assert turned.reindex(farmland.index).tolist() == labels.tolist()


def test_net_area_that_is_not_told_is_the_gross_one(village) -> None:
    farmland = village.layer("farmland").assign(net_area_m2=np.nan)
    _, facts = blocks(farmland, id_column="farmland_id", gap_m=8)
    assert facts["net_area_m2"].tolist() == facts["area_m2"].tolist()
    _, without = blocks(farmland.drop(columns="net_area_m2"), id_column="farmland_id", gap_m=8)
    assert without["net_area_m2"].tolist() == facts["area_m2"].tolist()


def test_a_gap_of_metres_is_not_taken_for_degrees(village) -> None:
    farmland = village.layer("farmland")
    for layer, said in ((farmland.to_crs(4490), "degrees"), (farmland.set_crs(None, allow_override=True), "no CRS")):
        with pytest.raises(ValueError, match=said):
            blocks(layer, id_column="farmland_id", gap_m=8)
