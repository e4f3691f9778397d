"""Each attribute rule: the sound village passes, one change breaks one rule."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from geo.qc.attributes import check_attributes
from geo.standards.messages import catalogue
from geo.zone import Zone


def codes(zone: Zone) -> list[tuple[str, str]]:
    return [(f.code, f.subject) for f in check_attributes(zone) if f.severity != "info"]


def changed(zone: Zone, layer: str, row: int, **values: Any) -> Zone:
    """One row of a layer with other values."""
    frame = zone.layer(layer).copy()
    for name, value in values.items():
        if isinstance(value, float):
            frame[name] = frame[name].astype(float)
        frame.loc[row, name] = value
    return zone.with_layer(layer, frame)


def test_a_sound_village_has_no_findings(sound) -> None:
    assert check_attributes(sound) == []


# what is changed in which parcel (0 paddy, 1 terrace, 2 road, 3 houses), and the one code that must come of it
BREACHES = [
    (0, {"class_code": "9999"}, {"QC101", "QC102"}),
    (3, {"class_code": "07"}, {"QC101"}),
    (0, {"slope_grade": pd.NA}, {"QC102"}),
    (0, {"slope_grade": 6}, {"QC102"}),
    (3, {"slope_grade": 1}, {"QC102"}),
    (0, {"terrace_kind": "PD"}, {"QC103"}),
    (0, {"slope_grade": 3}, {"QC104"}),
    (1, {"terrace_kind": "XX"}, {"QC104"}),
    (0, {"deduct_code": "1203"}, {"QC106"}),
    (1, {"class_code": "0201", "slope_grade": pd.NA}, {"QC106"}),
    (2, {"line_width_m": 8.5}, {"QC107"}),
    (1, {"crop_code": "WG"}, {"QC108"}),
    (2, {"class_code": "0601"}, {"QC109"}),
    (0, {"net_area_m2": 1.0}, {"QC111"}),
    (0, {"net_area_m2": np.nan}, {"QC111"}),
    (0, {"grade": 16}, {"QC113"}),
    (1, {"grade": pd.NA}, {"QC113"}),
    (0, {"village_code": "310118104299"}, {"QC114"}),
]


@pytest.mark.parametrize(("row", "values", "expected"), BREACHES)
def test_one_change_breaks_one_rule(sound, row: int, values: dict[str, Any], expected: set[str]) -> None:
    found = codes(changed(sound, "parcels", row, **values))
    assert {code for code, _ in found} == expected
    assert {subject for _, subject in found} == {f"DLTB#31011810010000000{row}"}


def test_ridge_area_and_declared_area(sound) -> None:
    parcels = sound.layer("parcels")
    ridge = float(parcels["ridge_area_m2"].iloc[1])
    net = float(parcels["net_area_m2"].iloc[1])
    wrong = changed(sound, "parcels", 1, ridge_area_m2=ridge + 5, net_area_m2=net - 5)
    assert [code for code, _ in codes(wrong)] == ["QC110"]
    half = changed(sound, "parcels", 0, area_m2=1500.0, net_area_m2=1500.0)
    (finding,) = check_attributes(half)
    assert (finding.code, finding.measured, finding.unit) == ("QC112", 1500.0, "m²")
    assert float(finding.limit) == pytest.approx(2999, abs=2)
    # rounding is no fault
    area = float(parcels["area_m2"].iloc[0])
    assert codes(changed(sound, "parcels", 0, area_m2=area + 0.01, net_area_m2=area + 0.01)) == []


def test_a_terrace_without_a_factor(sound) -> None:
    area = float(sound.layer("parcels")["area_m2"].iloc[1])
    flat = changed(sound, "parcels", 1, ridge_factor=0.0, ridge_area_m2=0.0, net_area_m2=area, deduct_code="")
    assert [code for code, _ in codes(flat)] == ["QC105"]


def test_numbers_given_twice_in_a_village(sound) -> None:
    assert [code for code, _ in codes(changed(sound, "parcels", 1, parcel_no="0001"))] == ["QC115", "QC115"]


def test_farmland_on_other_land(sound) -> None:
    other = changed(sound, "farmland", 0, class_code="0201")
    assert ("QC116", "YJJBNTBHTB#310118100100000000") in codes(other)


def test_suffixes_are_part_of_the_classification(sound) -> None:
    assert codes(changed(sound, "parcels", 3, class_code="0201K", settlement_code="")) == []


def test_a_column_that_nobody_filled_is_told_once(sound) -> None:
    parcels = sound.layer("parcels").assign(settlement_code="", line_width_m=np.nan)
    found = check_attributes(sound.with_layer("parcels", parcels))
    assert [(f.code, f.severity, f.subject, f.measured) for f in found] == [
        ("QC190", "info", "DLTB", "XZDWKD"),
        ("QC190", "info", "DLTB", "CZCSXM"),
    ]


def test_columns_that_are_not_there_are_passed_over(sound) -> None:
    needed = ["parcel_id", "class_code", "village_code", "area_m2", "town_code", "county_code", "geometry"]
    bare = sound.with_layer("parcels", sound.layer("parcels")[needed])
    assert [f for f in check_attributes(bare) if f.subject.startswith("DLTB")] == []


def test_without_villages_townships_are_looked_up(sound) -> None:
    nothing = sound.with_layer("villages", sound.layer("villages").iloc[:0])
    assert codes(nothing) == []
    assert [code for code, _ in codes(changed(nothing, "parcels", 0, village_code="999999001001"))] == ["QC114"]


def test_empty_layers(sound) -> None:
    nothing = sound.with_layer("parcels", sound.layer("parcels").iloc[:0])
    assert check_attributes(nothing) == []


def test_every_code_has_words_in_both_languages(sound) -> None:
    broken = sound
    for row, values, _ in BREACHES[2:]:
        broken = changed(broken, "parcels", row, **values)
    for finding in check_attributes(broken):
        assert finding.code in finding.text("zh")
        assert "{" not in finding.text("zh") + finding.text("en")
    told = {code for code in catalogue() if code.startswith("QC")}
    assert {f"QC1{k:02d}" for k in range(1, 22)} | {"QC190"} < told
