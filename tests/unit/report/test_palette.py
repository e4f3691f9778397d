"""The palette: every sign has both colour pairs, and the colour-blind one can be told apart by three kinds of eyes."""

from __future__ import annotations

from itertools import combinations, pairwise, product
from typing import TYPE_CHECKING, get_args

import pytest

from geo.report.palette import Vision, class_style, difference, difference_2000, lab, layer_styles, rgb, styles
from geo.standards.land import land_classes
from geo.study.thematic import MOST_CLASSES, class_signs, owner_signs, theme

if TYPE_CHECKING:
    from collections.abc import Sequence

    from geo.report.palette import Style
    from geo.zone import Zone

APART = 12.0  # what two legend neighbours must differ by
VISIONS: tuple[Vision, ...] = get_args(Vision)


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


def _pattern(sign: Style) -> str:
    return sign.hatch or (f"fine {sign.grain}" if sign.grain else "")


def _alike(signs: Sequence[Style]) -> dict[tuple[str, str, bool, str], float]:
    """Legend neighbours that differ by less than 12 (CIEDE2000) in some palette, for some eyes, and in no pattern."""
    found = {}
    for a, b in pairwise(signs):
        if _pattern(a) != _pattern(b):
            continue
        for cvd, vision in product((False, True), VISIONS):
            (fill_a, stroke_a), (fill_b, stroke_b) = a.colours(cvd=cvd), b.colours(cvd=cvd)
            pair = (fill_a, fill_b) if fill_a and fill_b else (stroke_a, stroke_b)
            apart = difference_2000(*pair, vision=vision)
            if apart < APART:
                found[a.style, b.style, cvd, vision] = round(apart, 1)
    return found


def test_neighbours_of_every_legend_are_told_apart_by_colour_or_by_pattern() -> None:
    """Every layer's legend, official-like and colour-blind palette, normal sight, protanopia, deuteranopia."""
    for layer in dict.fromkeys(s.layer for s in styles().values()):
        assert _alike(layer_styles(layer)) == {}, layer


def test_and_where_only_some_land_classes_occur(sample_zone: Zone) -> None:
    """The legend of the map lists what is there: other signs become neighbours."""
    there = {class_style("parcels", c).style for c in sample_zone.layer("parcels")["class_code"].unique()}
    assert _alike([s for s in layer_styles("parcels") if s.style in there]) == {}


@pytest.mark.parametrize("kind", ["grade", "block"])
@pytest.mark.parametrize("classes", range(2, MOST_CLASSES + 1))
def test_classes_of_a_thematic_map_are_told_apart(kind: str, classes: int) -> None:
    assert _alike(class_signs(kind, tuple(float(v) for v in range(classes + 1)))) == {}


def test_kinds_of_ownership_are_told_apart(town_zone: Zone) -> None:
    zone = town_zone
    assert _alike(theme(zone, "owner").signs) == {}
    assert _alike(owner_signs()) == {}


def test_a_fine_pattern_is_seen_on_its_fill() -> None:
    grained = [s for s in styles().values() if s.grain]
    assert grained
    for sign, cvd, vision in product(grained, (False, True), VISIONS):
        assert difference_2000(*sign.colours(cvd=cvd), vision=vision) >= APART, (sign.style, cvd, vision)


@pytest.mark.parametrize("vision", VISIONS)
def test_the_colour_blind_palette_needs_no_pattern_for_land_use(vision: Vision) -> None:
    for a, b in pairwise(layer_styles("parcels")):
        assert difference_2000(a.cvd_fill, b.cvd_fill, vision=vision) >= APART, (a.style, b.style)


def test_ciede2000_of_known_pairs() -> None:
    """Black and white are 100 apart; sRGB red and blue 52.9, red and green 86.6 (published converters agree)."""
    assert difference_2000("#000000", "#FFFFFF") == pytest.approx(100, abs=0.01)
    assert difference_2000("#FF0000", "#0000FF") == pytest.approx(52.88, abs=0.05)
    assert difference_2000("#FF0000", "#00FF00") == pytest.approx(86.61, abs=0.05)
    assert difference_2000("#123456", "#123456") == 0
