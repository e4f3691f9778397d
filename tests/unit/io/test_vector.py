"""Reading and writing official layers: nothing lost, nothing guessed, every fault at once."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from geo.errors import InputProblem
from geo.io.vector import fingerprint, read_layer, write_layer
from geo.io.zone_folder import read_zone

X, Y = 40_585_000.0, 3_440_000.0


def parcels(n: int = 5) -> gpd.GeoDataFrame:
    """A row of squares with the columns that a DLTB must have."""
    boxes = [shapely.box(X + 50 * k, Y, X + 50 * k + 50, Y + 40) for k in range(n)]
    return gpd.GeoDataFrame(
        {
            "parcel_id": [f"31011810010000{k:04d}" for k in range(n)],
            "class_code": ["0101"] * n,
            "class_name": ["水田"] * n,
            "village_code": ["3101181042010000000"] * n,
            "village_name": ["金泽镇示例村"] * n,
            "area_m2": [1999.51 + k / 100 for k in range(n)],
            "ridge_factor": [0.0123] * n,
            "slope_grade": [1] * n,
        },
        geometry=boxes,
        crs=4528,
    )


def codes(problem: pytest.ExceptionInfo[InputProblem]) -> set[str]:
    return {f.code for f in problem.value.findings}


@pytest.mark.parametrize("name", ["DLTB.shp", "DLTB.gpkg"])
def test_write_then_read_is_the_identity(tmp_path: Path, name: str) -> None:
    before = parcels()
    path = write_layer(before, tmp_path / name, "parcels")
    reading = read_layer(path, "parcels")
    after = reading.frame
    assert list(after["parcel_id"]) == list(before["parcel_id"])
    assert list(after["area_m2"]) == list(before["area_m2"])
    assert list(after["ridge_factor"]) == list(before["ridge_factor"])
    assert list(after["village_name"]) == list(before["village_name"])
    assert set(after["village_code"]) == {"310118104201"}
    assert after.geometry.geom_equals(before.geometry).all()
    assert after.crs.to_epsg() == 4528
    assert reading.source.rows == 5
    assert reading.source.encoding == ("GBK" if name.endswith("shp") else "UTF-8")


def test_shapefile_has_the_official_lengths(tmp_path: Path) -> None:
    path = write_layer(parcels(), tmp_path / "DLTB.shp", "parcels")
    body = path.with_suffix(".dbf").read_bytes()
    fields = {}
    for at in range(32, int.from_bytes(body[8:10], "little") - 1, 32):
        fields[body[at : at + 11].rstrip(b"\0").decode()] = (chr(body[at + 11]), body[at + 16], body[at + 17])
    assert fields["BSM"] == ("C", 18, 0)
    assert fields["DLBM"] == ("C", 5, 0)
    assert fields["ZLDWDM"] == ("C", 19, 0)
    assert fields["TBMJ"][0] == "N"
    assert fields["TBMJ"][2] == 2
    assert fields["KCXS"][2] == 4
    assert path.with_suffix(".cpg").read_text() == "GBK"


def test_same_frame_same_bytes(tmp_path: Path) -> None:
    one = write_layer(parcels(), tmp_path / "a" / "DLTB.shp", "parcels")
    two = write_layer(parcels(), tmp_path / "b" / "DLTB.shp", "parcels")
    assert fingerprint(one) == fingerprint(two)


def test_degrees_are_brought_to_the_house_system(tmp_path: Path) -> None:
    frame = parcels().rename(columns={"parcel_id": "redline_id"})[["redline_id", "geometry"]]
    path = write_layer(frame, tmp_path / "STBHHX.shp", "redline", epsg=4490)
    reading = read_layer(path, "redline")
    assert reading.frame.crs.to_epsg() == 4528
    assert reading.source.epsg == 4490
    assert [f.code for f in reading.findings] == ["IO113"]
    assert reading.frame.geometry.iloc[0].symmetric_difference(frame.geometry.iloc[0]).area < 1e-3


@pytest.mark.parametrize("encoding", ["GBK", "UTF-8"])
@pytest.mark.parametrize("with_cpg", [True, False])
def test_chinese_text_with_and_without_cpg(tmp_path: Path, encoding: str, with_cpg: bool) -> None:
    frame = parcels()[["parcel_id", "class_code", "village_code", "village_name", "area_m2", "geometry"]]
    frame.columns = ["BSM", "DLBM", "ZLDWDM", "ZLDWMC", "TBMJ", "geometry"]
    frame.to_file(tmp_path / "DLTB.shp", encoding=encoding)
    if not with_cpg:
        (tmp_path / "DLTB.cpg").unlink()
    reading = read_layer(tmp_path / "DLTB.shp", "parcels")
    assert set(reading.frame["village_name"]) == {"金泽镇示例村"}


def test_missing_columns_are_all_named(tmp_path: Path) -> None:
    parcels()[["parcel_id", "geometry"]].rename(columns={"parcel_id": "BSM"}).to_file(tmp_path / "DLTB.shp")
    with pytest.raises(InputProblem) as problem:
        read_layer(tmp_path / "DLTB.shp", "parcels")
    text = problem.value.text("zh")
    assert all(name in text for name in ("DLBM", "ZLDWDM", "TBMJ"))
    assert codes(problem) == {"IO103"}


def test_columns_of_another_name_are_mapped(tmp_path: Path) -> None:
    frame = parcels()[["parcel_id", "class_code", "village_code", "area_m2", "geometry"]]
    frame.columns = ["BSM", "地类", "ZLDWDM", "TBMJ", "geometry"]
    frame.to_file(tmp_path / "p.gpkg")
    reading = read_layer(tmp_path / "p.gpkg", "parcels", columns={"DLBM": "地类"})
    assert set(reading.frame["class_code"]) == {"0101"}


def test_a_missing_ridge_factor_follows_from_the_areas(tmp_path: Path) -> None:
    frame = parcels().drop(columns="ridge_factor")
    path = write_layer(frame, tmp_path / "DLTB.gpkg", "parcels")
    assert list(read_layer(path, "parcels").frame["ridge_factor"]) == [0.0] * 5
    net = (frame["area_m2"] * (1 - 0.0123)).round(2)
    path = write_layer(frame.assign(net_area_m2=net), tmp_path / "net" / "DLTB.gpkg", "parcels")
    assert list(read_layer(path, "parcels").frame["ridge_factor"]) == [0.0123] * 5


def test_personal_fields_are_dropped(tmp_path: Path) -> None:
    frame = parcels()
    frame = gpd.GeoDataFrame(
        {
            "BSM": frame["parcel_id"], "DLBM": "0101", "ZLDWDM": "3101181042010000000", "YJJBNTTBMJ": 2000.0,
            "YJJBNTMJ": 2000.0, "GDDB": 5, "ZRRZJHM": "310118000000000000", "LXDH": "13800000000",
        },
        geometry=frame.geometry, crs=4528,
    )  # fmt: skip
    frame.to_file(tmp_path / "YJJBNTBHTB.gpkg")
    reading = read_layer(tmp_path / "YJJBNTBHTB.gpkg", "farmland")
    assert not {"duty_id_number", "phone", "ZRRZJHM", "LXDH"} & set(reading.frame.columns)
    assert "13800000000" not in reading.frame.drop(columns="geometry").to_csv()
    assert [f.code for f in reading.findings] == ["IO114"]


def test_truncated_shapefile_is_refused(tmp_path: Path) -> None:
    path = write_layer(parcels(), tmp_path / "DLTB.shp", "parcels")
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(InputProblem) as problem:
        read_layer(path, "parcels")
    assert codes(problem) == {"IO108"}


def test_dbf_that_hides_rows_is_refused(tmp_path: Path) -> None:
    path = write_layer(parcels(), tmp_path / "DLTB.shp", "parcels")
    dbf = bytearray(path.with_suffix(".dbf").read_bytes())
    dbf[4:8] = (3).to_bytes(4, "little")
    path.with_suffix(".dbf").write_bytes(bytes(dbf))
    with pytest.raises(InputProblem) as problem:
        read_layer(path, "parcels")
    assert codes(problem) == {"IO108"}


def test_missing_prj_and_wrong_prj(tmp_path: Path) -> None:
    path = write_layer(parcels(), tmp_path / "DLTB.shp", "parcels")
    prj = path.with_suffix(".prj").read_text()
    path.with_suffix(".prj").unlink()
    with pytest.raises(InputProblem) as problem:
        read_layer(path, "parcels")
    assert codes(problem) == {"IO105"}
    moved = parcels()
    moved.geometry = moved.geometry.translate(-40_000_000)
    path = write_layer(moved, tmp_path / "x" / "DLTB.shp", "parcels")
    path.with_suffix(".prj").write_text(prj)
    with pytest.raises(InputProblem) as problem:
        read_layer(path, "parcels")
    assert codes(problem) == {"IO157"}
    assert "EPSG:4549" in problem.value.text("en")
    assert len(read_layer(path, "parcels", epsg=4549).frame) == 5


def test_unsupported_system_is_refused(tmp_path: Path) -> None:
    frame = parcels()[["parcel_id", "class_code", "village_code", "area_m2", "geometry"]]
    frame.columns = ["BSM", "DLBM", "ZLDWDM", "TBMJ", "geometry"]
    frame.set_crs(2364, allow_override=True).to_file(tmp_path / "DLTB.gpkg")
    with pytest.raises(InputProblem) as problem:
        read_layer(tmp_path / "DLTB.gpkg", "parcels")
    assert codes(problem) == {"IO115"}


def test_vrt_under_another_name_is_refused(tmp_path: Path) -> None:
    for name in ("DLTB.shp", "DLTB.gpkg"):
        (tmp_path / name).write_text("<OGRVRTDataSource><OGRVRTLayer name='x'/></OGRVRTDataSource>")
        with pytest.raises(InputProblem) as problem:
            read_layer(tmp_path / name, "parcels")
        assert codes(problem) == {"IO119"}


def test_null_geometry_empty_layer_duplicates_and_text_in_numbers(tmp_path: Path) -> None:
    def raw(**changes: object) -> gpd.GeoDataFrame:
        base = parcels()
        data = {"BSM": base["parcel_id"], "DLBM": "0101", "ZLDWDM": "310118104201", "TBMJ": 2000.0, **changes}
        return gpd.GeoDataFrame(data, geometry=base.geometry, crs=4528)

    holes = raw()
    holes.loc[1, "geometry"] = None
    holes.to_file(tmp_path / "a.gpkg")
    raw().iloc[:0].to_file(tmp_path / "b.gpkg")
    raw(BSM=["1"] * 5).to_file(tmp_path / "c.gpkg")
    raw(TBMJ=["1,234.5", "x", "3", "4", ""]).to_file(tmp_path / "d.gpkg")
    for name, code, row in (("a", "IO109", "2"), ("b", "IO104", ""), ("c", "IO111", ""), ("d", "IO110", "1, 2")):
        with pytest.raises(InputProblem) as problem:
            read_layer(tmp_path / f"{name}.gpkg", "parcels")
        assert codes(problem) == {code}
        assert row in problem.value.text("en")


def test_a_failed_write_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(KeyError):
        write_layer(parcels().drop(columns="area_m2"), tmp_path / "DLTB.shp", "parcels")
    with pytest.raises(ValueError, match="longer than"):
        write_layer(parcels().assign(class_name="水" * 61), tmp_path / "DLTB.shp", "parcels")
    assert list(tmp_path.iterdir()) == []


def test_zone_folder_names_every_missing_layer_at_once(tmp_path: Path) -> None:
    with pytest.raises(InputProblem) as problem:
        read_zone(tmp_path / "nowhere")
    assert codes(problem) == {"IO101"}
    write_layer(parcels(), tmp_path / "DLTB.shp", "parcels")
    with pytest.raises(InputProblem) as problem:
        read_zone(tmp_path)
    text = problem.value.text("zh")
    assert all(name in text for name in ("YJJBNTBHTB", "CZKFBJ", "STBHHX", "XZQ"))
    (tmp_path / "zone.toml").write_text("[zone\n", encoding="utf-8")
    with pytest.raises(InputProblem) as problem:
        read_zone(tmp_path)
    assert codes(problem) == {"IO116"}
    (tmp_path / "zone.toml").write_text('[layers]\nparcels = "../DLTB.shp"\n', encoding="utf-8")
    with pytest.raises(InputProblem) as problem:
        read_zone(tmp_path, layers=("parcels",))
    assert codes(problem) == {"IO102"}
