"""Two surveys of one place: what is planted is found, what is only drawn anew is not, and every total closes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from bench.change_shift import rastered
from geo.errors import InputProblem
from geo.geometry.ellipsoid import areas
from geo.io.plan_folder import read_table
from geo.study import change, change_recheck, change_tell, recheck
from geo.study.change_intake import Survey, edition_of
from geo.study.sample_later import later_zone
from geo.zone import Zone

WINDOW_M, CELL_M = 900.0, 10.0


@pytest.fixture(scope="module")
def window(sample_zone: Zone) -> Zone:
    """A square kilometre or four of the shipped zone, with its farmland and townships."""
    from dataclasses import replace

    parcels = sample_zone.layer("parcels")
    west, south, east, north = parcels.total_bounds
    x, y = (west + east) / 2, (south + north) / 2
    frame = parcels.cx[x - WINDOW_M : x + WINDOW_M, y - WINDOW_M : y + WINDOW_M].reset_index(drop=True)
    layers = {"parcels": frame, "farmland": sample_zone.layer("farmland"), "towns": sample_zone.layer("towns")}
    return replace(sample_zone, layers=layers, sources={})


@pytest.fixture(scope="module")
def compared(window: Zone) -> tuple[change.ChangeResult, Any]:
    later, key = later_zone(window, seed=7, shift_m=1.0)
    return change.run(change.survey_of(window), change.survey_of(later), change.SPEC.values({})), key


def test_rows_and_columns_equal_the_surveys_own_totals(compared: tuple[change.ChangeResult, Any]) -> None:
    result, _ = compared
    for side, survey in (("before", result.before), ("after", result.after)):
        own = areas(survey.parcels).groupby(survey.parcels["class_code"].to_numpy()).sum()
        from geo.standards.comparison import comparison_key

        edition = result.editions_used[0 if side == "before" else 1]
        totals = own.groupby([comparison_key(c, edition) for c in own.index]).sum()
        told = result.matrix.groupby(f"{side}_class")["area_m2"].sum()
        assert (told.reindex(totals.index) - totals).abs().max() < 0.01
        assert abs(told.drop(["only", "doubled"], errors="ignore").sum() - float(areas(survey.parcels).sum())) < 0.01
    assert (result.closing["residual_m2"].abs() < 0.01).all()


def test_planted_changes_are_found_and_borders_drawn_anew_are_not(compared: tuple[change.ChangeResult, Any]) -> None:
    result, key = compared
    real = result.kind_m2("real")
    assert real == pytest.approx(key["planted_m2"], rel=0.05)
    assert result.kind_m2("resurvey") > 0.1 * key["planted_m2"]
    # The places named are those planted: by the parcel's own identifier.
    planted = {p["parcel_id"] for p in key["planted"]}
    parts = result.parts[result.parts["kind"] == "real"]
    assert parts.loc[parts["before_id"].isin(planted), "area_m2"].sum() > 0.95 * real


def test_parts_of_a_change_add_up_and_farmland_has_a_cause(compared: tuple[change.ChangeResult, Any]) -> None:
    result, _ = compared
    long = result.matrix[~result.matrix["before_class"].isin(["only", "doubled"])]
    long = long[~long["after_class"].isin(["only", "doubled"])]
    changed = long.loc[long["before_class"] != long["after_class"], "area_m2"].sum()
    assert result.naive_m2 == pytest.approx(changed, abs=0.01)
    assert result.farmland is not None
    assert set(result.farmland["cause"]) <= set(change.CAUSES)
    assert (result.farmland["net_area_m2"] <= result.farmland["area_m2"] + 1e-9).all()


@pytest.mark.parametrize("north", [0.0, CELL_M / 2])
def test_a_raster_moved_by_half_a_cell_shows_less_than_a_tenth_of_the_naive_change(window: Zone, north: float) -> None:
    frame = window.layer("parcels")
    first, second = rastered(frame, 0.0, 0.0), rastered(frame, CELL_M / 2, north)
    result = change.run(first, second, change.SPEC.values({}))
    assert result.naive_m2 > 0.01 * float(areas(first.parcels).sum())
    # All classes, ditches and lanes thinner than a cell among them; small pieces counted as change as well.
    assert result.kind_m2("real") < 0.001 * result.naive_m2
    assert result.kind_m2("real") + result.kind_m2("small") < 0.1 * result.naive_m2
    told = {f.code: f for f in result.findings}
    assert told["CH108"].measured == pytest.approx(CELL_M)
    assert result.tolerance_m == pytest.approx(CELL_M)


def test_what_is_built_between_two_rasters_is_still_found(window: Zone) -> None:
    frame = window.layer("parcels")
    field = frame[frame["class_code"] == "0101"].assign(size=lambda f: areas(f)).nlargest(1, "size").geometry.iloc[0]
    x, y = field.representative_point().coords[0]
    lane = shapely.box(x - 45, y + 20, x + 45, y + 32).intersection(field)
    works = shapely.box(x - 60, y - 60, x, y).intersection(field)
    more = gpd.GeoDataFrame({"class_code": ["1003", "0601"]}, geometry=[lane, works], crs=frame.crs)
    later = gpd.GeoDataFrame(pd.concat([frame[["class_code", "geometry"]], more], ignore_index=True), crs=frame.crs)
    result = change.run(rastered(frame, 0.0, 0.0), rastered(later, CELL_M / 2, CELL_M / 2), change.SPEC.values({}))
    real = result.parts[result.parts["kind"] == "real"]
    for shape in (lane, works):
        found = float(areas(real.set_geometry(real.geometry.intersection(shape), crs=real.crs)).sum())
        # A lane of 12 m is one row of cells, and the half cell where both rasters disagree may go to either side.
        assert found > 0.5 * float(areas(gpd.GeoSeries([shape], crs=frame.crs)).sum())


def square(x: float, y: float, wide: float, high: float) -> Any:
    return shapely.box(40_500_000 + x, 3_440_000 + y, 40_500_000 + x + wide, 3_440_000 + y + high)


def survey(name: str, rows: list[tuple[str, Any]]) -> Survey:
    frame = gpd.GeoDataFrame(
        {"parcel_id": [f"{name}{k}" for k in range(len(rows))], "class_code": [c for c, _ in rows]},
        geometry=[g for _, g in rows], crs=4528,
    )  # fmt: skip
    return Survey(name, 0, frame, {}, {})


def test_a_new_road_as_narrow_as_a_strip_is_real_and_a_moved_border_is_not() -> None:
    before = survey("a", [("0101", square(0, 0, 400, 200)), ("1107", square(0, 200, 400, 30))])
    after = survey("b", [
        ("0101", square(0, 0, 200, 199)), ("1003", square(200, 0, 2.5, 199)), ("0101", square(202.5, 0, 197.5, 199)),
        ("1107", square(0, 199, 400, 31)),
    ])  # fmt: skip
    result = change.run(before, after, change.SPEC.values({}))
    kinds = result.parts.groupby(["after_class", "kind"])["area_m2"].sum()
    assert set(kinds.index) == {("transport", "real"), ("ditch", "resurvey")}
    assert kinds["transport", "real"] == pytest.approx(2.5 * 199, rel=1e-3)


def test_overlaps_and_gaps_are_rows_of_their_own() -> None:
    before = survey("a", [("0101", square(0, 0, 100, 100)), ("0201", square(90, 0, 110, 100))])
    after = survey("b", [("0101", square(0, 0, 100, 100)), ("0201", square(100, 0, 90, 100))])
    result = change.run(before, after, change.SPEC.values({}))
    cells = result.matrix.set_index(["before_class", "after_class"])["area_m2"]
    assert cells["orchard", "doubled"] == pytest.approx(1000, rel=1e-3)
    assert cells["orchard", "only"] == pytest.approx(1000, rel=1e-3)
    assert cells.groupby(level=0).sum()["orchard"] == pytest.approx(float(areas(before.parcels)[1]), abs=0.01)
    assert {"CH106", "CH107"} <= {f.code for f in result.findings}


def bricks(high: float, wide: float, offset: float) -> list[tuple[str, Any]]:
    """A wall of parcels, every other course moved by half a parcel: corners lie in the middle of others' edges."""
    codes = ["0101", "0102", "0201", "0702", "1104", "1006"]
    return [
        (codes[(7 * r + 3 * c) % len(codes)], square(offset + c * wide + (r % 2) * wide / 2, r * high, wide, high))
        for r in range(12) for c in range(8)
    ]  # fmt: skip


def test_surveys_of_other_systems_close_with_slivers_duplicates_and_land_outside(tmp_path: Path) -> None:
    first, second = bricks(83.7, 211.3, 0.0), bricks(97.1, 190.9, 0.013)
    first += [first[5], ("0301", square(-9000, 0, 120, 120)), ("0101", square(500, 200, 0.0004, 800))]
    second += [("0601", square(300, 300, 40, 40)), second[9], second[9]]
    paths = []
    for name, rows, epsg in (("a", first, 4490), ("b", second, 4549)):
        frame = gpd.GeoDataFrame(
            {"BSM": [f"{name}{k}" for k in range(len(rows))], "DLBM": [c for c, _ in rows]},
            geometry=[g for _, g in rows], crs=4528,
        ).to_crs(epsg)  # fmt: skip
        paths.append(tmp_path / f"{name}.gpkg")
        frame.to_file(paths[-1], layer="DLTB")
    result = change.run(*change.read_surveys(*paths), change.SPEC.values({}))
    assert (result.closing["residual_m2"].abs() < 0.01).all()
    assert (result.closing["doubled_m2"] > 1600).all()
    # By arithmetic that knows nothing of the overlay: what a cell holds is land, never less than none.
    assert result.matrix["area_m2"].min() > -1e-3
    for side, one in (("before", result.before), ("after", result.after)):
        own = float(areas(one.parcels).sum())
        told = result.matrix[~result.matrix[f"{side}_class"].isin(["only", "doubled"])]
        assert told["area_m2"].sum() == pytest.approx(own, abs=0.01)
    change.write(result, tmp_path / "out")
    assert [f.code for f in recheck.run(tmp_path / "out", paths[0], after=paths[1])] == ["CH405"]


def test_editions_are_told_apart_and_compared_by_meaning() -> None:
    old = survey("a", [("011", square(0, 0, 100, 100)), ("203", square(100, 0, 100, 100))])
    new = survey("b", [("0101", square(0, 0, 100, 100)), ("0702", square(100, 0, 60, 100)),
                       ("0301", square(160, 0, 40, 100))])  # fmt: skip
    assert edition_of(old, "auto")[0] == "survey2"
    result = change.run(old, new, change.SPEC.values({}))
    real = result.flows[result.flows["real_m2"] > 0]
    assert list(zip(real["before_class"], real["after_class"], strict=True)) == [("settlement", "forest")]
    with pytest.raises(InputProblem) as refused:
        change.run(old, new, change.SPEC.values({"level": "class"}))
    assert [f.code for f in refused.value.findings] == ["CH105"]


def test_unknown_codes_are_told_and_most_unknown_is_refused() -> None:
    fine = [("0101", square(100.0 * k, 0, 100, 100)) for k in range(19)]
    odd = survey("odd", [*fine, ("0299", square(1900, 0, 100, 100))])
    edition, told = edition_of(odd, "auto")
    assert (edition, [f.code for f in told]) == ("survey3", ["CH102"])
    with pytest.raises(InputProblem) as refused:
        edition_of(survey("x", [("0101", square(0, 0, 9, 9)), ("zz", square(9, 0, 9, 9))]), "auto")
    assert [f.code for f in refused.value.findings] == ["CH114"]


def test_two_places_are_no_comparison() -> None:
    with pytest.raises(InputProblem) as refused:
        change.run(survey("a", [("0101", square(0, 0, 9, 9))]), survey("b", [("0101", square(900, 0, 9, 9))]),
                   change.SPEC.values({}))  # fmt: skip
    assert [f.code for f in refused.value.findings] == ["CH104"]


def test_files_are_written_and_text_stays_text(compared: tuple[change.ChangeResult, Any], tmp_path: Any) -> None:
    import json

    import openpyxl

    result, _ = compared
    files = change.write(result, tmp_path, lang="zh")
    assert {f.name for f in files} >= {"change.gpkg", "change.xlsx", "change.svg", "change.json"}
    book = openpyxl.load_workbook(tmp_path / "change.xlsx")
    assert not [c for sheet in book for row in sheet.iter_rows() for c in row if c.data_type == "f"]
    record = json.loads((tmp_path / "change.json").read_text("utf-8"))
    total = sum(row["area_m2"] for row in record["results"]["matrix"])
    both = sum(r["area_m2"] for r in record["results"]["totals"])
    double = sum(r["area_m2"] for r in record["results"]["matrix"]
                 if not {r["before_class"], r["after_class"]} & {"only", "doubled"})  # fmt: skip
    assert total + double == pytest.approx(both, abs=0.02)
    assert "<script" not in change_tell.flow_svg(result, "en")
    parts = read_table(tmp_path / "change.gpkg", "changed")
    surveys = (result.before, result.after)
    assert [f.code for f in change_recheck.verify(record, parts, surveys)] == ["CH405"]
    bad = json.loads(json.dumps(record))
    cell = next(r for r in bad["results"]["matrix"] if r["before_class"] == r["after_class"])
    cell["area_m2"] += 0.02
    assert {f.code for f in change_recheck.verify(bad, parts, surveys)} == {"CH401"}
    moved = parts.set_geometry(parts.geometry.translate(30.0, 0.0))
    assert "CH402" in {f.code for f in change_recheck.verify(record, moved, surveys)}
    with pytest.raises(InputProblem) as refused:
        recheck.run(tmp_path, tmp_path)
    assert [f.code for f in refused.value.findings] == ["CH406"]
    assert isinstance(change_tell.balance_rows(result, "en"), pd.DataFrame)
    assert np.isfinite(result.tolerance_m)


def test_a_piece_thinner_than_a_double_can_say_still_lies_in_its_parcels() -> None:
    from geo.study.change_recheck import _pieces

    # As the overlay of two whole surveys leaves them: 1e-12 m² of land, its inner point nanometres off its parcel.
    parent = survey("b", [("0101", shapely.Polygon([(40_546_663.1, 3_422_279.1), (40_546_700.7, 3_422_279.3),
                                                    (40_546_680.2, 3_422_320.9)]))])  # fmt: skip
    x, y = 40_546_663.1 + 37.6 / 3, 3_422_279.1 + 0.2 / 3 - 3e-9
    thin = shapely.Polygon([(x, y), (x + 1e-4, y), (x + 1e-4, y + 1e-9)])
    told = {"change_id": ["C1"], "area_m2": [0.0], "before_class": ["paddy"], "after_class": ["paddy"]}
    parts = gpd.GeoDataFrame(told | {"before_id": ["0"], "after_id": ["0"]}, geometry=[thin], crs=parent.parcels.crs)
    assert not shapely.intersects(parent.parcels.geometry.iloc[0], shapely.point_on_surface(thin))
    ids = parent.parcels.assign(parcel_id=["0"])
    both = Survey("b", 2020, ids, {}, {})
    assert not _pieces(parts, (both, both), (np.array(["paddy"]), np.array(["paddy"])))
    far = parts.set_geometry(parts.geometry.translate(0, -5.0), crs=parts.crs)
    assert {f.code for f in _pieces(far, (both, both), (np.array(["paddy"]), np.array(["paddy"])))} == {"CH402"}
