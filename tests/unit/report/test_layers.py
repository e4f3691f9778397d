"""Plan layers: the official columns, parents named, parts add up to the cent, readable again, GBK safe."""

from dataclasses import replace
from pathlib import Path

import pyogrio
import pytest

from geo.geometry.ellipsoid import areas
from geo.io.vector import read_layer
from geo.report.content import PlanReport
from geo.report.layers import transfer_layer, write_plan_layers
from geo.standards.schema import schema


def test_rows_name_their_parents_and_their_direction(report: PlanReport) -> None:
    layer = transfer_layer(report)
    out, inn = layer[layer["direction"] == "2"], layer[layer["direction"] == "1"]
    assert list(out["parent_id"]) == list(report.moved_out["farmland_id"])
    assert list(inn["parent_id"]) == list(report.moved_in["parent_id"])
    assert layer["row_id"].is_unique
    assert layer["transfer_no"].is_unique
    assert out["transfer_no"].str.fullmatch(r"\d{18}HC").all()
    assert inn["transfer_no"].str.fullmatch(r"\d{18}HR").all()
    assert set(layer.columns) == {f.name for f in schema("transfer").fields} | {"geometry"}


def test_class_areas_add_up_to_the_cent(report: PlanReport) -> None:
    layer = transfer_layer(report)
    parts = layer[["cropland_m2", "other_farm_m2", "built_m2", "unused_m2"]].sum(axis=1)
    assert (parts.round(2) == layer["area_m2"]).all()


@pytest.mark.parametrize("suffix", ["gpkg", "shp"])
def test_round_trip(report: PlanReport, tmp_path: Path, suffix: str) -> None:
    paths = write_plan_layers(report, tmp_path)
    path = next(p for p in paths if p.suffix == f".{suffix}")
    again, written = read_layer(path, "transfer").frame, transfer_layer(report)
    assert len(again) == len(written)
    for column in ("row_id", "unit_code", "unit_name", "transfer_no", "parent_id", "note"):
        assert list(again[column]) == list(written[column]), column
    assert again["area_m2"].to_numpy() == pytest.approx(written["area_m2"].to_numpy(), abs=1e-9)
    assert areas(again).to_numpy() == pytest.approx(areas(written).to_numpy(), abs=0.01)


def test_official_fields_in_order_and_no_personal_data(report: PlanReport, tmp_path: Path) -> None:
    gpkg, shp = write_plan_layers(report, tmp_path)
    official = [f.official for f in schema("transfer").fields]
    assert list(pyogrio.read_info(gpkg)["fields"]) == official
    assert list(pyogrio.read_info(shp)["fields"]) == official
    assert shp.with_suffix(".cpg").read_text() == "GBK"
    assert "LXDH" not in official


def test_invented_data_is_marked_in_every_row(report: PlanReport) -> None:
    assert transfer_layer(report)["note"].str.startswith("示例数据，非真实地块").all()
    assert not transfer_layer(replace(report, synthetic=False))["note"].str.contains("示例").any()


def test_names_beyond_gbk_do_not_break_the_export(report: PlanReport, tmp_path: Path) -> None:
    odd = report.moved_out.assign(village_name="𠮷村" * 40)
    write_plan_layers(replace(report, moved_out=odd), tmp_path)


def test_an_empty_plan_writes_empty_layers(empty_report: PlanReport, tmp_path: Path) -> None:
    gpkg, _ = write_plan_layers(empty_report, tmp_path)
    assert pyogrio.read_info(gpkg)["features"] == 0
