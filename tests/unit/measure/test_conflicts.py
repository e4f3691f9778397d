"""Farmland against the lines of the little village: every figure can be reckoned by hand."""

from __future__ import annotations

import pytest
import shapely

from geo.geometry.ellipsoid import area_m2
from geo.measure.conflicts import LINES, farmland_conflicts, fill_holes


def rows(conflicts, line: str) -> dict[str, float]:
    pieces = conflicts.pieces
    return pieces[pieces["against"] == line].set_index("farmland_id")["area_m2"].to_dict()


def area(*boxes: shapely.Polygon) -> float:
    return float(area_m2(list(boxes)).sum())


def test_both_readings_of_the_boundary(village, at) -> None:
    conflicts = farmland_conflicts(village)
    filled, net = rows(conflicts, "boundary_filled"), rows(conflicts, "boundary_net")
    assert set(filled) == {"f0", "f1", "f2", "f7"}
    assert set(net) == {"f0", "f2", "f7"}
    assert filled["f1"] == pytest.approx(area(at(200, 100, 230, 130)))
    assert filled["f2"] == pytest.approx(area(at(290, 100, 300, 130)))


def test_red_line_by_control_zone(village, at) -> None:
    conflicts = farmland_conflicts(village)
    assert rows(conflicts, "redline_core") == {"f5": pytest.approx(area(at(600, 100, 640, 140)))}
    assert rows(conflicts, "redline_general") == {"f6": pytest.approx(area(at(700, 100, 720, 300)))}
    assert set(rows(conflicts, "redline_other")) == {"f7"}


def test_net_area_follows_the_ridge_factor(village) -> None:
    pieces = farmland_conflicts(village).pieces
    factor = pieces["farmland_id"].map({f"f{k}": 0.05 if k % 2 == 0 else 0.0 for k in range(8)})
    assert (pieces["net_area_m2"] - pieces["area_m2"] * (1 - factor)).abs().max() < 1e-9


def test_inside_and_remainder_make_the_parents(village) -> None:
    conflicts = farmland_conflicts(village)
    both = conflicts.inside.set_index("farmland_id")["area_m2"].add(
        conflicts.remainders.set_index("farmland_id")["area_m2"], fill_value=0
    )
    farmland = village.layer("farmland").set_index("farmland_id")["area_m2"]
    assert (both - farmland).abs().max() < 1e-6
    # f7 lies in the boundary and in the red line: it counts once
    assert conflicts.inside["farmland_id"].is_unique
    assert conflicts.inside.set_index("farmland_id")["whole"]["f7"]


def test_special_use_zone_can_be_left_out(village, at) -> None:
    conflicts = farmland_conflicts(village, include_features=False)
    assert "f7" not in rows(conflicts, "boundary_filled")
    assert "f7" in rows(conflicts, "redline_other")


def test_lines_can_be_chosen(village) -> None:
    only = farmland_conflicts(village, lines=["redline_core"])
    assert only.inside["farmland_id"].tolist() == ["f5"]
    net = farmland_conflicts(village, lines=["boundary_net"])
    assert set(net.inside["farmland_id"]) == {"f0", "f2", "f7"}
    assert set(net.pieces["against"]) == set(LINES)
    with pytest.raises(ValueError, match="greenbelt"):
        farmland_conflicts(village, lines=["greenbelt"])


def test_totals_add_the_pieces_up(village) -> None:
    conflicts = farmland_conflicts(village)
    totals = conflicts.totals
    assert list(totals.columns) == ["county_code", "town_code", "against", "parcels", "area_m2", "net_area_m2"]
    for line in LINES:
        assert totals.loc[totals["against"] == line, "area_m2"].sum() == pytest.approx(
            sum(rows(conflicts, line).values())
        )
    union = totals[totals["against"] == "any"]
    assert union["area_m2"].sum() == pytest.approx(conflicts.inside["area_m2"].sum())
    assert union.set_index("county_code")["parcels"].to_dict() == {"310118": 3, "330421": 3}


def test_no_line_features_no_conflicts(village) -> None:
    empty = village.with_layer("boundary", village.layer("boundary").iloc[:0])
    empty = empty.with_layer("redline", village.layer("redline").iloc[:0])
    conflicts = farmland_conflicts(empty)
    assert conflicts.pieces.empty
    assert conflicts.inside.empty
    assert conflicts.totals.empty
    assert len(conflicts.remainders) == 8
    assert conflicts.remainders["whole"].all()


def test_a_missing_layer_is_named(village) -> None:
    from dataclasses import replace

    with pytest.raises(KeyError, match="STBHHX"):
        farmland_conflicts(replace(village, layers={k: v for k, v in village.layers.items() if k != "redline"}))


def test_holes_across_features_and_islands(at, make_layer) -> None:
    west = at(0, 0, 100, 100) - at(20, 20, 40, 40) - at(80, 50, 100, 70)
    east = at(100, 0, 200, 100) - at(100, 50, 130, 70) - at(150, 10, 190, 50)
    island = at(160, 20, 170, 30)
    drawn = make_layer("boundary", [west, east, island])
    before = drawn.copy(deep=True)
    filled = fill_holes(drawn)
    assert drawn.geometry.geom_equals(before.geometry).all()
    # the hole on the common border is closed, the island keeps its land, nothing overlaps
    assert shapely.union_all(filled.geometry.to_numpy()).equals(at(0, 0, 200, 100))
    assert area_m2(filled.geometry.to_numpy()).sum() == pytest.approx(area(at(0, 0, 200, 100)))
    assert filled.geometry.iloc[2].equals(island)
