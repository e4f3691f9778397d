"""The palette: every sign has both colour pairs, and the colour-blind one can be told apart by three kinds of eyes."""

from itertools import combinations, pairwise

import pytest

from geo.report.palette import class_style, difference, lab, layer_styles, rgb, styles
from geo.standards.land import land_classes

APART = 12.0  # ΔE*ab that two legend neighbours must differ by


@pytest.mark.parametrize("vision", ["normal", "protan", "deutan"])
def test_colour_blind_land_use_colours_are_all_apart(vision: str) -> None:
    fills = {s.style: s.cvd_fill for s in (*layer_styles("parcels"), *layer_styles("farmland"))}
    close = {
        (a, b): round(difference(fills[a], fills[b], vision=vision), 1)  # type: ignore[arg-type]
        for a, b in combinations(fills, 2)
        if difference(fills[a], fills[b], vision=vision) < APART  # type: ignore[arg-type]
    }
    assert close == {}


@pytest.mark.parametrize("vision", ["normal", "protan", "deutan"])
def test_what_moves_stands_out_from_every_ground(vision: str) -> None:
    ground = [s.cvd_fill for s in (*layer_styles("parcels"), *layer_styles("farmland"))]
    plan = [styles()[k].cvd_fill for k in ("plan.out", "plan.in_reserve", "plan.in_cropland")]
    for moved in plan:
        assert min(difference(moved, other, vision=vision) for other in ground) >= APART  # type: ignore[arg-type]
    for first, second in combinations(plan, 2):
        assert difference(first, second, vision=vision) >= APART  # type: ignore[arg-type]


@pytest.mark.parametrize("vision", ["normal", "protan", "deutan"])
def test_neighbours_of_the_legend_are_apart_for_three_kinds_of_eyes(vision: str) -> None:
    """Two signs that stand one under the other: by their fills, or by their outlines where a sign has no fill."""
    close = {}
    for cvd in (False, True) if vision == "normal" else (True,):
        for a, b in pairwise(styles().values()):
            if a.layer != b.layer:
                continue
            (fill_a, stroke_a), (fill_b, stroke_b) = a.colours(cvd=cvd), b.colours(cvd=cvd)
            pair = (fill_a, fill_b) if fill_a and fill_b else (stroke_a, stroke_b)
            apart = difference(*pair, vision=vision)  # type: ignore[arg-type]
            if apart < APART:
                close[a.style, b.style, cvd] = round(apart, 1)
    assert close == {}


def test_official_like_neighbours_are_apart_for_normal_vision() -> None:
    """Wider than the prototype's 5.9 would ask too much of 水田/水浇地/旱地: these are pale by convention."""
    fills = [s.fill for s in layer_styles("parcels")]
    assert min(difference(a, b) for a, b in combinations(fills, 2)) > 4


def test_every_row_is_marked_and_nothing_claims_to_be_official() -> None:
    assert {s.confirmed for s in styles().values()} == {"待核", "自定"}
    assert all(s.confirmed == "待核" for s in layer_styles("parcels"))


def test_every_land_class_has_a_style_that_fits() -> None:
    for code in land_classes():
        assert class_style("parcels", code).layer == "parcels"
    assert class_style("parcels", "0603").style == "land.wetland"
    assert class_style("parcels", "1104A").style == "land.pond"
    assert class_style("parcels", "0810A").style == "land.park"
    assert class_style("redline", "").style == "redline.other"
    assert class_style("redline", "核心保护区").style == "redline.core"
    assert class_style("boundary", "特别用途区（一）").style == "boundary.special"


def test_unknown_layer_is_refused() -> None:
    with pytest.raises(KeyError):
        class_style("nothing", "0101")


def test_colour_arithmetic_against_known_values() -> None:
    """White, black and pure red in CIE Lab (D65); figures of the CIE 1976 definition."""
    assert rgb("#0A10FF") == (10, 16, 255)
    assert lab("#FFFFFF") == pytest.approx((100, 0, 0), abs=0.02)
    assert lab("#000000") == pytest.approx((0, 0, 0), abs=1e-6)
    assert lab("#FF0000") == pytest.approx((53.24, 80.09, 67.20), abs=0.05)
    assert difference("#123456", "#123456") == 0
    # Red and green come together for a deuteranope.
    assert difference("#C00000", "#00A000", vision="deutan") < difference("#C00000", "#00A000") / 2
