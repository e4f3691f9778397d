"""The front door on the formats that people send: recognised, placed, mapped, and read into house columns."""

# ruff: noqa: E501  # tables of cases
from __future__ import annotations

import tomllib
import zipfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

from geo.errors import InputProblem
from geo.geometry.crs import ZONE_FRAME_DEG
from geo.geometry.web_shift import from_bd09, from_gcj02, to_bd09, to_gcj02
from geo.io.door import open_files
from geo.io.join import join_attributes
from geo.io.layer import Layer
from geo.io.place import place, web_readings
from geo.io.postgis import read_postgis
from geo.io.vector import read_layer
from geo.io.zone_folder import read_zone, save_mapping

X, Y = 40_585_000.0, 3_440_000.0


def parcels(**more: object) -> gpd.GeoDataFrame:
    """Three invented squares in the official columns of DLTB."""
    data = {
        "BSM": ["311", "312", "313"], "DLBM": ["0101", "0103", "0601"], "ZLDWDM": ["310118104201"] * 3,
        "TBMJ": [2000.0, 2000.0, 2000.0], **more,
    }  # fmt: skip
    return gpd.GeoDataFrame(
        data, geometry=[shapely.box(X + 50 * k, Y, X + 50 * k + 50, Y + 40) for k in range(3)], crs=4528
    )


def only(path: Path, **options: object) -> Layer:
    (layer,) = open_files([path], **options).layers
    return layer


def codes(layer: Layer) -> set[str]:
    return {f.code for f in layer.findings}


def test_no_path_is_wrong_use_and_a_missing_file_is_a_finding(tmp_path: Path) -> None:
    with pytest.raises(InputProblem):
        open_files([])
    opened = open_files([tmp_path / "nowhere.shp"])
    assert not opened.layers
    assert [(f.code, f.subject) for f in opened.findings] == [("IO107", "nowhere.shp")]


@pytest.mark.parametrize("name", ["DLTB.shp", "DLTB.gpkg", "DLTB.gdb", "DLTB.geojson", "DLTB.parquet"])
def test_every_format_gives_the_same_house_layer(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    frame = parcels()
    if name.endswith("parquet"):
        frame.to_parquet(path)
    elif name.endswith("geojson"):
        frame.to_crs(4490).to_file(path, driver="GeoJSON")
    else:
        frame.to_file(
            path, driver="OpenFileGDB" if name.endswith("gdb") else None, layer=None if name.endswith("shp") else "DLTB"
        )
    layer = only(path)
    assert layer.recognised is not None
    assert layer.recognised.layer == "parcels"
    assert layer.declared == layer.read == layer.usable == 3
    reading = layer.to_house()
    assert list(reading.frame["class_code"]) == ["0101", "0103", "0601"]
    assert reading.frame.crs.to_epsg() == 4528
    assert shapely.hausdorff_distance(reading.frame.geometry.to_numpy(), frame.geometry.to_numpy()).max() < 1e-3
    assert layer.areas_m2().to_numpy() == pytest.approx(1999.5, abs=1.0)


def test_a_stick_with_everything(tmp_path: Path) -> None:
    """The story: a zipped shapefile in GBK without .prj, a FileGDB, a red line in degrees, a boundary TXT, a CSV."""
    parcels(ZLDWMC=["金泽镇示例村"] * 3).to_file(tmp_path / "DLTB.shp", encoding="GBK")
    with zipfile.ZipFile(tmp_path / "资料.zip", "w") as pack:
        for suffix in (".shp", ".shx", ".dbf"):
            pack.write(tmp_path / f"DLTB{suffix}", f"青浦/DLTB{suffix}")
    stick = tmp_path / "usb"
    stick.mkdir()
    (tmp_path / "资料.zip").rename(stick / "资料.zip")
    parcels().to_file(stick / "库.gdb", driver="OpenFileGDB", layer="YJJBNTBHTB")
    red = parcels()[["BSM", "geometry"]].assign(HXMC="示例", HXLX="生态保护红线").to_crs(4490)
    red.to_file(stick / "STBHHX.shp", encoding="UTF-8")
    ring = "".join(f"J{i},1,{Y + b:.3f},{X + a:.3f}\n" for i, (a, b) in enumerate([(0, 0), (9, 0), (9, 9), (0, 9)], 1))
    (stick / "项目.txt").write_text("4,0.0081,1,示例项目,面,,公路用地,,@\n" + ring, encoding="gbk")
    (stick / "表.csv").write_text("BSM,等别\n311,5\n", encoding="gbk")
    opened = open_files([stick])
    found = {layer.subject: layer for layer in opened.layers}
    assert set(found) == {
        "usb/库.gdb:YJJBNTBHTB", "usb/资料.zip/青浦/DLTB.shp", "usb/STBHHX.shp", "usb/项目.txt", "usb/表.csv"
    }  # fmt: skip
    assert not opened.findings
    zipped = found["usb/资料.zip/青浦/DLTB.shp"]
    assert "IO105" in codes(zipped)
    assert zipped.source.encoding in ("GBK", "GB18030")
    assert set(zipped.frame["ZLDWMC"]) == {"金泽镇示例村"}
    assert [p.epsg for p in zipped.place.proposals] == [4528]
    assert len(zipped.placed(zipped.place.proposals[0]).to_house().frame) == 3
    assert found["usb/STBHHX.shp"].place.epsg == 4490
    recognised = {s: x.recognised.layer for s, x in found.items() if x.recognised}
    assert recognised["usb/STBHHX.shp"] == "redline"
    assert recognised["usb/库.gdb:YJJBNTBHTB"] == "farmland"


def test_any_parcel_layer_through_a_mapping_saved_beside_it(tmp_path: Path) -> None:
    farm = parcels().rename(columns={"DLBM": "作物", "BSM": "plot"})[["plot", "作物", "geometry"]]
    farm.to_crs(4549).set_crs(4490, allow_override=True).to_file(tmp_path / "农场.gpkg", layer="田块")  # a wrong system
    (tmp_path / "zone.toml").write_text(
        '# 说明\n[zone]\nname = "甲"\n\n[columns.parcels]\nDLBM = "x"\n', encoding="utf-8"
    )
    mapping = {"BSM": "plot", "DLBM": "=0101", "ZLDWDM": "=310118104201", "TBMJ": "#area"}
    for _ in range(2):  # saving again changes nothing
        save_mapping(tmp_path, "parcels", file="农场.gpkg|田块", columns=mapping, epsg=4549)
    text = (tmp_path / "zone.toml").read_text("utf-8")
    assert text.startswith("# 说明\n[zone]")
    assert tomllib.loads(text)["columns"]["parcels"] == mapping
    zone = read_zone(tmp_path, layers=("parcels",))
    frame = zone.layer("parcels")
    assert list(frame["parcel_id"]) == ["311", "312", "313"]
    assert set(frame["class_code"]) == {"0101"}
    assert frame["area_m2"].to_numpy() == pytest.approx(1999.5, abs=1.0)
    assert frame.total_bounds[0] == X


def test_a_mapping_that_names_no_column_is_told(tmp_path: Path) -> None:
    parcels().to_file(tmp_path / "DLTB.gpkg")
    with pytest.raises(InputProblem, match="IO103"):
        read_layer(tmp_path / "DLTB.gpkg", "parcels", columns={"DLBM": "nowhere"})


def test_zone_toml_that_cannot_be_changed_without_loss_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "zone.toml").write_text("layers = {parcels = 'a.shp'}\n", encoding="utf-8")
    with pytest.raises(InputProblem, match="IO116"):
        save_mapping(tmp_path, "parcels", file="b.shp")
    assert (tmp_path / "zone.toml").read_text("utf-8") == "layers = {parcels = 'a.shp'}\n"


RED = {
    "delivered": {
        "HXBM": "1",
        "HXMC": "示例",
        "HXLX": "水源涵养",
        "LXBM": "1",
        "MJ": 1.0,
        "XZQDM": "310118",
        "ZRBHDFQ": "一般控制区",
    },
    "survey": {"XJXZQHDM": "310118", "LXDM": "1", "SLDM": "1", "MC": "示例", "QYMJ": 1.0, "SLSJ": "2020", "GKCS": ""},
    "unified": {"XJXZQDM": "310118", "SJXZQMC": "上海市", "XJXZQMC": "青浦区", "LHLX": "水源涵养", "MJ": 1.0},
}


@pytest.mark.parametrize("kind", RED)
def test_the_three_field_sets_of_the_red_line(tmp_path: Path, kind: str) -> None:
    frame = parcels()[["geometry"]].assign(**RED[kind]).to_crs(4490)
    frame.to_file(tmp_path / "STBHHX.gpkg")
    layer = only(tmp_path / "STBHHX.gpkg")
    assert layer.recognised is not None
    assert layer.recognised.layer == "redline"
    assert layer.recognised.mapping["BSM"] == "#row"
    house = layer.to_house().frame
    assert list(house["redline_id"]) == ["R0000001", "R0000002", "R0000003"]
    assert set(house["unit_code"]) == {"310118"}


@pytest.mark.parametrize(
    ("name", "columns", "layer"),
    [
        ("图层1", {"BSM": "1", "YJJBNTTBBH": "1", "DLBM": "0101", "ZLDWDM": "1", "YJJBNTTBMJ": 1.0, "YJJBNTMJ": 1.0, "GDDB": 5}, "farmland"),
        ("图层1", {"BSM": "1", "JBNTTBBH": "1", "DLBM": "0101", "TKXS": 0.0, "TKMJ": 0.0, "ZLDJDM": 5, "TBMJ": 1.0, "JBNTMJ": 1.0, "ZLDWDM": "1"}, "farmland"),
        ("YJJBNT", {"BSM": "1"}, "farmland"),
        ("DLTB", {"BSM": "1", "DLBM": "011", "GDPDJ": 1, "TKXS": 0.0, "TKMJ": 0.0, "TBMJ": 1.0, "ZLDWDM": "1"}, "parcels"),
        ("310118_DLTB_2023", {"BSM": "1", "DLBM": "0101", "TBMJ": 1.0, "ZLDWDM": "1"}, "parcels"),
        ("GDBHMB", {"BSM": "1", "DLBM": "0101", "TBMJ": 1.0, "ZLDWDM": "1", "SFWHTD": "1"}, "targets"),
        ("PDT", {"BSM": "1", "PDJB": 1}, "slopes"),
        ("XZQ", {"BSM": "1", "XZQDM": "310118104", "XZQMC": "金泽镇", "DCMJ": 1.0, "JSMJ": 1.0}, "towns"),
        ("CJDCQ", {"BSM": "1", "ZLDWDM": "310118104201", "ZLDWMC": "示例村", "DCMJ": 1.0, "JSMJ": 1.0}, "villages"),
        ("CZKFBJ", {"BSM": "1", "GHFQDM": "410", "GHFQMC": "城镇集中建设区"}, "boundary"),
        ("CSKFBJ", {"BSM": "1", "GHFQDM": "410", "GHFQMC": "城镇集中建设区"}, "boundary"),
        ("永久基本农田储备区", {"BSM": "1", "CBQBH": "1", "CBLX": "高标准", "RKSJ": "2023-01-01", "ZT": "可用"}, "reserve"),
        ("XS_XMKJFW", {"XMDM": "1", "XMMC": "示例", "DZJGH": "1", "AJBH": "1"}, "projects"),
        ("JBNTHRHC", {"BSM": "1", "HRHCLXDM": "1", "HRHCTBBH": "1", "TBMJ": 1.0}, "transfer"),
        ("fields", {"crop": "rice", "farmer": "x"}, None),
        ("buildings", {"height": 3.0}, None),
    ],
)  # fmt: skip
def test_layers_are_recognised_by_name_fields_and_values(
    tmp_path: Path, name: str, columns: dict[str, object], layer: str | None
) -> None:
    parcels()[["geometry"]].assign(**columns).to_file(tmp_path / f"{name}.gpkg")
    found = only(tmp_path / f"{name}.gpkg").recognised
    assert (found.layer if found else None) == layer


def test_a_village_boundary_under_the_name_of_the_urban_one_is_doubted(tmp_path: Path) -> None:
    parcels()[["BSM", "geometry"]].to_file(tmp_path / "CZKFBJ.gpkg")
    found = only(tmp_path / "CZKFBJ.gpkg").recognised
    assert found is not None
    assert "IO147" in {r.code for r in found.reasons}


@pytest.mark.parametrize(
    ("box", "declared", "code", "offer"),
    [
        ((40_585_000, 3_440_000, 40_586_000, 3_441_000), "", "IO105", (4528, False)),
        ((585_000, 3_440_000, 586_000, 3_441_000), "", "IO105", (4549, False)),
        ((121.0, 31.0, 121.1, 31.1), "", "IO105", (4490, False)),
        ((3_440_000, 40_585_000, 3_441_000, 40_586_000), "EPSG:4528", "IO156", (4528, True)),
        ((31.0, 121.0, 31.1, 121.1), "EPSG:4490", "IO156", (4490, True)),
        ((121.0, 31.0, 121.1, 31.1), "EPSG:4528", "IO154", (4490, False)),
        ((585_000, 3_440_000, 586_000, 3_441_000), "EPSG:4490", "IO155", (4549, False)),
        ((40_585_000, 3_440_000, 40_586_000, 3_441_000), "EPSG:4549", "IO157", (4528, False)),
        ((298_000, 3_442_000, 299_000, 3_443_000), "", "IO105", (4550, False)),
        ((21_300_000, 3_442_000, 21_301_000, 3_443_000), "", "IO105", (4499, False)),
        ((-40_000, 1_000, -39_000, 2_000), "EPSG:4549", "IO158", None),
    ],
)
def test_where_it_is(box: tuple[float, ...], declared: str, code: str, offer: tuple[int, bool] | None) -> None:
    placing = place(box, declared, subject="x")
    assert code in {f.code for f in placing.findings}
    assert not placing.trusted
    if offer is None:
        assert not placing.proposals
    else:
        assert offer in [(p.epsg, p.swap) for p in placing.proposals]
        assert placing.proposals[0].epsg == offer[0]


@pytest.mark.parametrize("epsg", [4490, 4528, 4549, 4529, 4550, 4499, 4510, 32651, 3857, 4326])
def test_neighbouring_systems_agree_with_their_coordinates(epsg: int) -> None:
    bounds = parcels().to_crs(epsg).total_bounds
    placing = place(bounds, f"EPSG:{epsg}", subject="x", zone_frame=ZONE_FRAME_DEG)
    assert placing.trusted
    assert placing.epsg == epsg


def test_a_local_grid_needs_its_parameters(tmp_path: Path) -> None:
    turn, scale, dx, dy = np.radians(0.7), 1.00002, 40_621_000.0, 3_455_000.0
    forth = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]]) * scale
    frame = parcels()
    shapes = shapely.transform(frame.geometry.to_numpy(), lambda xy: (xy - [dx, dy]) @ np.linalg.inv(forth))
    frame.set_geometry(shapes, crs=None).set_crs(4549, allow_override=True).to_file(tmp_path / "DLTB.gpkg")
    assert "IO158" in codes(only(tmp_path / "DLTB.gpkg"))
    with pytest.raises(InputProblem, match="IO158"):
        only(tmp_path / "DLTB.gpkg").with_local_grid({"dx": 1.0})
    (tmp_path / "zone.toml").write_text(
        f'[local_grid]\nlayers = ["parcels"]\ndx = {dx}\ndy = {dy}\nrotation_deg = 0.7\nscale = {scale}\n',
        encoding="utf-8",
    )
    found = read_zone(tmp_path, layers=("parcels",)).layer("parcels")
    assert shapely.hausdorff_distance(found.geometry.to_numpy(), frame.geometry.to_numpy()).max() < 1e-3


def test_web_shifts_come_back_and_are_only_offered() -> None:
    from geo.sample.outline import counties

    xy = np.array([[121.0, 31.0], [120.6, 31.1], [120.9, 30.85]])
    for forth, back in ((to_gcj02, from_gcj02), (to_bd09, from_bd09)):
        assert np.abs(back(forth(xy)) - xy).max() < 1e-9
        assert 0.002 < np.abs(forth(xy) - xy).max() < 0.02
    # Published pairs: Shanghai, Shenzhen, Beijing in the tests of github.com/googollee/eviltransform.
    wgs = np.array([[121.5272106, 31.1774276], [113.912316, 22.543847], [116.377817, 39.911954]])
    gcj = [
        [121.531541859215, 31.17530398364597],
        [113.9171764808363, 22.540796131694766],
        [116.38404722455657, 39.91334545536069],
    ]
    assert np.abs(to_gcj02(wgs) - gcj).max() < 1e-9
    outline = shapely.union_all(list(counties().values()))
    true = gpd.GeoDataFrame(geometry=list(counties().values()), crs=4528).to_crs(4490)
    for name, forth in (("CGCS2000", None), ("GCJ-02", to_gcj02), ("BD-09", to_bd09)):
        sent = (
            true if forth is None else true.set_geometry(shapely.transform(true.geometry.to_numpy(), forth), crs=4490)
        )
        readings = web_readings(sent, outline)
        assert readings[0].name == name
        assert readings[0].rim_m < 1.0 < 100.0 < readings[1].rim_m


def test_attributes_of_a_table_are_joined_and_strays_are_told(tmp_path: Path) -> None:
    parcels().to_file(tmp_path / "DLTB.gpkg")
    (tmp_path / "等别.csv").write_text("编号,GDDB,DLBM\n311,5,x\n313,6,y\n999,7,z\n", encoding="gbk")
    layer, table = open_files([tmp_path / "DLTB.gpkg", tmp_path / "等别.csv"]).layers
    joined = join_attributes(layer, table, on={"BSM": "编号"})
    assert joined.frame["GDDB"].fillna("").tolist() == ["5", "", "6"]
    assert joined.frame["DLBM"].tolist() == ["0101", "0103", "0601"]
    assert joined.frame["DLBM_table"].fillna("").tolist() == ["x", "", "y"]
    assert [(f.code, f.limit) for f in joined.findings if f.code == "IO149"] == [("IO149", "2"), ("IO149", "3")]
    with pytest.raises(InputProblem, match="IO103"):
        join_attributes(layer, table, on={"BSM": "nowhere"})


def test_personal_columns_stay_outside(tmp_path: Path) -> None:
    parcels(姓名="示例", 联系电话="13800000000", SFZH="310118190001010000", LXDH="1").to_file(tmp_path / "DLTB.gpkg")
    layer = only(tmp_path / "DLTB.gpkg")
    assert {"姓名", "联系电话", "SFZH", "LXDH"}.isdisjoint(layer.frame.columns)
    assert "IO114" in codes(layer)


@pytest.mark.postgis
def test_a_table_of_a_server(postgis: str) -> None:
    import psycopg

    with psycopg.connect(postgis) as session:
        session.execute('DROP TABLE IF EXISTS "DLTB"')
        session.execute('CREATE TABLE "DLTB"("BSM" text, "TBMJ" numeric(10, 2), shape geometry(Polygon, 4528))')
        for row in parcels().itertuples():
            session.execute(
                'INSERT INTO "DLTB" VALUES (%s, %s, ST_GeomFromWKB(%s, 4528))',
                (row.BSM, row.TBMJ, shapely.to_wkb(row.geometry)),
            )
    layer = read_postgis(postgis, "public.DLTB")
    assert layer.declared == layer.read == layer.usable == 3
    assert layer.place.epsg == 4528
    assert layer.recognised is not None
    assert layer.frame["TBMJ"].tolist() == [2000.0] * 3
    for name in ("nowhere", 'x"; DROP TABLE "DLTB"; --'):
        with pytest.raises(InputProblem):
            read_postgis(postgis, name)
    with pytest.raises(InputProblem, match="IO107"):
        read_postgis("host=127.0.0.1 port=9 connect_timeout=1", "DLTB")


FOREIGN = {
    "1_vietnam_areas.gpkg": 32648, "4_cambodia_areas.gpkg": 32648, "Feldbloecke_2026_GPKG.zip": 4647,
    "brpgewaspercelen_definitief_2023.gpkg": 28992, "i15_crop_mapping_2023_provisional_20241127.gdb.zip": 4269,
    "iti1_2023.parquet": 3035, "land_parcels.gpkg": 3765, "se2023.zip": 3006, "nl_plots_epsg_28992.wkt": 28992,
    "nl_zones.wkt": 4326,
}  # fmt: skip


@pytest.mark.parametrize("name", FOREIGN)
def test_parcels_of_other_countries_have_their_system_and_area(repo_root: Path, name: str) -> None:
    import pyproj

    folder = repo_root.parent / "shared" / "data" / "parcels"
    if not folder.is_dir():
        pytest.skip("shared/data is not here")
    layer = only(folder / name, zone_frame=None)
    if name == "nl_zones.wkt":  # bare degrees: the user names the system
        assert "IO105" in codes(layer)
        assert 4326 in [p.epsg for p in layer.place.proposals]
        layer = layer.placed(4326)
    assert layer.place.epsg == FOREIGN[name]
    assert layer.place.trusted
    assert layer.declared == layer.read == layer.usable
    geod = pyproj.Geod(ellps="GRS80")
    step = 5.0 if layer.frame.crs.is_projected else 0.00005
    degrees = layer.frame.geometry.segmentize(step).to_crs(4490)
    sizes = [sum(_geodesic(geod, part) for part in shapely.get_parts(shape)) for shape in degrees]
    assert layer.areas_m2().to_numpy() == pytest.approx(sizes, rel=1e-6, abs=0.01)


def _geodesic(geod: object, polygon: shapely.Polygon) -> float:
    """Area by another program: outer ring less inner rings."""
    rings = [polygon.exterior, *polygon.interiors]
    sizes = [abs(geod.polygon_area_perimeter(*np.asarray(r.coords)[:, :2].T)[0]) for r in rings]
    return sizes[0] - sum(sizes[1:])
