"""专题图: classes hold every value once, areas add up, neighbours of the legend stay apart, wrong choices are told."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from geo.errors import InputProblem
from geo.geometry.ellipsoid import areas
from geo.study import map_sheet
from geo.study.thematic import breaks, theme
from geo.zone import Zone

VALUES = np.array([1.0, 2.0, 3.0, 4.0, 10.0, 11.0, 12.0, 50.0, 51.0, 100.0])


def test_limits_by_hand() -> None:
    assert breaks(VALUES, method="equal", classes=3) == (1.0, 34.0, 67.0, 100.0)
    assert breaks(VALUES, method="quantile", classes=2) == (1.0, 11.0, 100.0)
    assert breaks(VALUES, method="natural", classes=4) == (1.0, 4.0, 12.0, 51.0, 100.0)
    assert breaks([5.0, 5.0, 5.0], method="natural", classes=5) == (5.0, 5.0)
    assert breaks([1.0, 2.0, 2.0], method="quantile", classes=5) == (1.0, 1.0, 2.0)
    with pytest.raises(ValueError, match="no values"):
        breaks([], method="equal", classes=3)


@pytest.mark.parametrize("method", ["natural", "quantile", "equal"])
@pytest.mark.parametrize("kind", ["grade", "block"])
def test_every_row_is_in_the_class_that_its_value_says(sample_zone: Zone, kind: str, method: str) -> None:
    made = theme(sample_zone, kind, method=method, classes=4)  # type: ignore[arg-type]
    assert len(made.frame) == len(made.number) == len(made.values)
    for n, (low, high) in enumerate(pairwise(made.edges)):
        mine = made.values[made.number == n]
        assert len(mine)
        assert (mine <= high).all()
        assert (mine > low).all() or n == 0
    assert sum(made.areas_m2) == pytest.approx(float(areas(made.frame).sum()))
    assert sum(b["rows"] for b in made.histogram()) == len(made.values)
    assert len({s.zh for s in made.signs}) == len({s.en for s in made.signs}) == len(made.signs)


def test_natural_breaks_are_the_best_of_all_partitions() -> None:
    """Against every way to part twelve values into four classes."""
    from itertools import combinations

    rng = np.random.default_rng(5)
    for _ in range(20):
        values = np.unique(rng.lognormal(2, 1, 12).round(1))
        cuts = combinations(range(1, len(values)), 3)
        best = min(cuts, key=lambda c: sum(((p - p.mean()) ** 2).sum() for p in np.split(values, c)))
        assert breaks(values, method="natural", classes=4)[1:-1] == tuple(values[i - 1] for i in best)


def test_owners_are_told_by_name_and_all_of_the_land_is_there(sample_zone: Zone) -> None:
    made = theme(sample_zone, "owner")
    assert [s.zh for s in made.signs] == ["国有", "集体所有"]
    assert made.histogram() == []
    assert sum(made.areas_m2) == pytest.approx(float(areas(sample_zone.layer("parcels")).sum()))
    sheet = map_sheet.sheet(sample_zone, map_sheet.Wish(layers=(("towns", 1.0),)), extra=[made.layer("zh")])
    assert sample_zone.sources["parcels"].file in sheet.source["zh"], "a themed sheet names the file it colours"


def test_what_does_not_exist_is_said(sample_zone: Zone) -> None:
    for kind, method, classes in (("colour", "equal", 5), ("grade", "jenks?", 5), ("grade", "equal", 99)):
        with pytest.raises(InputProblem, match="MP208"):
            theme(sample_zone, kind, method=method, classes=classes)  # type: ignore[arg-type]
    empty = sample_zone.with_layer("farmland", sample_zone.layer("farmland").head(0))
    with pytest.raises(InputProblem, match="MP209"):
        theme(empty, "block")


def test_change_is_a_theme_once_two_surveys_are_at_hand(town_zone: Zone) -> None:
    from geo.study.sample_later import later_zone

    with pytest.raises(InputProblem, match="MP210"):
        theme(town_zone, "change")
    with pytest.raises(InputProblem, match="MP209"):
        theme(town_zone, "change", earlier=town_zone)  # the same survey twice: nothing changed
    later, _ = later_zone(town_zone, seed=7, shift_m=1.0)
    made = theme(later, "change", earlier=town_zone)
    assert {"change.loss", "change.resurvey"} <= {s.style for s in made.signs} <= {
        "change.loss", "change.gain", "change.other", "change.small", "change.resurvey"}  # fmt: skip
    assert made.run
    assert made.histogram() == []
    assert sum(made.areas_m2) == pytest.approx(float(areas(made.frame).sum()))
    sized = theme(later, "change_size", earlier=town_zone, method="quantile", classes=3)
    real = sum(
        a for s, a in zip(made.signs, made.areas_m2, strict=True) if s.style.split(".")[1] in ("loss", "gain", "other")
    )
    assert sum(sized.areas_m2) == pytest.approx(real)
    assert sized.run == made.run
    assert sum(b["rows"] for b in sized.histogram()) == len(sized.frame)
    assert sized.values.sum() * 10_000 / 15 == pytest.approx(real)
    sheet = map_sheet.sheet(later, map_sheet.Wish(layers=(("towns", 1.0),)), extra=[made.layer("zh")])
    assert sheet.layers[-1].title == made.title("zh")
