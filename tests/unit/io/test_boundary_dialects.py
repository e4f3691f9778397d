"""Every dialect of the boundary TXT: written and read back the same; tolerant where offices differ, strict on faults."""

# ruff: noqa: E501  # tables of cases
from __future__ import annotations

import base64
from pathlib import Path

import geopandas as gpd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.errors import InputProblem
from geo.io.boundary_parse import Dialect
from geo.io.boundary_txt import read_boundary, read_boundary_txt, read_text, write_boundary_txt
from geo.io.boundary_write import boundary_text
from tests.fuzz.target import boundary_bytes

X, Y = 40_585_000.0, 3_440_000.0
SEEDS = sorted((Path(__file__).parents[2] / "fuzz" / "seeds").iterdir())
DIALECTS: tuple[Dialect, ...] = ("approval", "onemap", "balance", "enforcement", "linkage")
KEPT = {
    "approval": ("project_no", "project_name", "use", "shape", "map_sheet", "class_code", "extra"),
    "onemap": ("project_no", "project_name", "shape", "map_sheet"),
    "balance": ("project_name", "use", "shape"),
    "enforcement": ("project_no", "project_name", "use", "shape", "map_sheet", "class_code", "extra"),
    "linkage": ("project_no", "project_name", "use", "shape", "map_sheet", "class_code", "extra"),
}


def plots(epsg: int = 4528) -> gpd.GeoDataFrame:
    """A plot with a hole, one of two parts of which the second has a hole, and one with an island in its hole."""
    hole = [(X + 50, Y + 50), (X + 90, Y + 50), (X + 90, Y + 90), (X + 50, Y + 90)]
    first = shapely.Polygon([(X, Y), (X + 200, Y), (X + 200, Y + 150), (X, Y + 150)], [hole])
    second = shapely.MultiPolygon([
        shapely.box(X + 300, Y, X + 350, Y + 60),
        shapely.Polygon(shapely.box(X + 400, Y, X + 450, Y + 60).exterior, [shapely.box(X + 410, Y + 9, X + 420, Y + 20).exterior]),
    ])  # fmt: skip
    third = shapely.MultiPolygon([
        shapely.Polygon(shapely.box(X, Y + 300, X + 90, Y + 390).exterior, [shapely.box(X + 10, Y + 310, X + 80, Y + 380).exterior]),
        shapely.box(X + 30, Y + 330, X + 50, Y + 350),
    ])  # fmt: skip
    frame = gpd.GeoDataFrame(
        {
            "project_no": ["1", "2", "3"], "project_name": ["示例公路", "示例河道，北段", "岛"], "use": ["公路用地", "", "水浇地"],
            "shape": ["面"] * 3, "map_sheet": ["H51G002051", "", ""], "class_code": ["1003", "", "0102"], "extra": ["", "备注", "a,b,c,d"],
        },
        geometry=[first, second, third], crs=4528,
    )  # fmt: skip
    if epsg == 4490:
        moved = frame.to_crs(4490)
        return moved.set_geometry(shapely.transform(moved.geometry.to_numpy(), lambda xy: xy.round(10)), crs=4490)
    return frame


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_every_dialect_is_read_back_as_written(tmp_path: Path, dialect: Dialect, encoding: str) -> None:
    before = plots(4490 if dialect == "enforcement" else 4528)
    boundary = read_boundary(write_boundary_txt(before, tmp_path / "a.txt", dialect=dialect, encoding=encoding))
    assert not boundary.errors
    assert boundary.dialect == dialect
    assert boundary.frame.geometry.geom_equals_identical(before.geometry).all()
    for column in KEPT[dialect]:
        assert list(boundary.frame[column]) == list(before[column]), column
    assert boundary.frame.crs.to_epsg() == before.crs.to_epsg()


@pytest.mark.parametrize("dialect", DIALECTS)
def test_text_is_the_same_after_reading_and_writing(dialect: Dialect) -> None:
    text = boundary_text(plots(4490 if dialect == "enforcement" else 4528), dialect=dialect)
    again = read_text(text, "x")
    assert boundary_text(again.frame, dialect=dialect) == text


corner = st.integers(0, 400)


@settings(max_examples=60)
@given(
    st.lists(st.tuples(corner, corner, st.integers(1, 90), st.integers(1, 90)), min_size=1, max_size=5),
    st.sampled_from(DIALECTS),
)
def test_any_boxes_survive(boxes: list[tuple[int, int, int, int]], dialect: Dialect) -> None:
    whole = shapely.union_all([shapely.box(X + a, Y + b, X + a + w, Y + b + h) for a, b, w, h in boxes])
    frame = gpd.GeoDataFrame({"project_no": ["1"], "project_name": ["甲"]}, geometry=[whole], crs=4528)
    boundary = read_text(boundary_text(frame, dialect=dialect), "x")
    after = boundary.frame.to_crs(4528).geometry.iloc[0]
    assert not boundary.errors
    assert after.symmetric_difference(whole).area < 1e-2


@pytest.mark.parametrize("seed", SEEDS, ids=lambda p: p.name[:24])
def test_seeds_of_the_fuzzer(seed: Path) -> None:
    boundary_bytes(seed.read_bytes())


def test_inputs_that_the_fuzzer_kept() -> None:
    """What coverage-guided fuzzing found worth keeping (tests/fuzz/kept.txt, one base64 line an input)."""
    kept = (SEEDS[0].parents[1] / "kept.txt").read_text("ascii").split()
    assert len(kept) > 100
    for line in kept:
        boundary_bytes(base64.b64decode(line))


HEAD = "坐标系=2000国家大地坐标系\n带号=40\n[地块坐标]\n"
RING = [(Y, X), (Y, X + 100), (Y + 80, X + 100), (Y + 80, X), (Y, X)]


def lines(points: list[tuple[float, float]], *, ring: str = "1", name: str = "J{}") -> str:
    return "".join(f"{name.format(k + 1)},{ring},{n:.3f},{e:.3f}\n" for k, (n, e) in enumerate(points))


@pytest.mark.parametrize(
    ("plot", "want"),
    [
        (
            "5,0.8,7,甲,面,H51,公路用地,1003,@",
            {"project_no": "7", "use": "公路用地", "class_code": "1003", "map_sheet": "H51"},
        ),
        ("5,0.8,7,甲,面,H51,公路用地,@", {"project_no": "7", "use": "公路用地", "class_code": ""}),
        ("5,0.8,7,甲,面,H51,公路用地,1003,备注,@", {"class_code": "1003", "extra": "备注"}),
        ("5,0.8,7,甲,面,H51,公路用地,1003,a,b,c,d,@", {"class_code": "1003", "extra": "a,b,c,d"}),
        ("5,0.8,7,甲,面,H51,公路用地,1003@", {"class_code": "1003"}),
        ("5，0.8，7，甲，面，，公路用地，，＠", {"project_no": "7", "use": "公路用地"}),
        ("5,,7,,面,,,,@", {"project_no": "7", "project_name": "x"}),
        ("7,甲,面,,@", {"project_no": "7", "project_name": "甲"}),
    ],
)
def test_plot_lines_of_every_length(plot: str, want: dict[str, str]) -> None:
    boundary = read_text(HEAD + plot + "\n" + lines(RING), "x")
    assert not boundary.errors
    row = boundary.frame.iloc[0]
    assert {k: row[k] for k in want} == want


@pytest.mark.parametrize("name", ["J{}", "J0{}", "{}", "Z{}", "j{}"])
@pytest.mark.parametrize("closed", [True, False])
def test_point_names_and_closing_points(name: str, closed: bool) -> None:
    text = HEAD + "4,0.8,1,甲,面,,,,@\n" + lines(RING if closed else RING[:4], name=name)
    boundary = read_text(text, "x")
    assert not boundary.errors
    assert boundary.frame.geometry.iloc[0].equals(shapely.box(X, Y, X + 100, Y + 80))


def test_ring_two_is_a_hole_or_a_part_by_containment() -> None:
    inner = [(Y + 10, X + 10), (Y + 10, X + 30), (Y + 30, X + 30)]
    outer = [(Y + 10, X + 210), (Y + 10, X + 230), (Y + 30, X + 230)]
    plot = "9,0.8,1,甲,面,,,,@\n"
    hole = read_text(HEAD + plot + lines(RING) + lines(inner, ring="2"), "x").frame.geometry.iloc[0]
    part = read_text(HEAD + plot + lines(RING) + lines(outer, ring="2"), "x").frame.geometry.iloc[0]
    unsaid = read_text(HEAD + plot + lines(RING) + lines([*outer, outer[0]]), "x").frame.geometry.iloc[0]
    first = read_text(HEAD + plot + lines(inner) + lines(RING, ring="2"), "x").frame.geometry.iloc[0]
    assert len(hole.interiors) == 1
    assert len(part.geoms) == 2
    assert unsaid.equals(part)
    assert first.equals(hole)


def test_easting_first_is_read_and_told() -> None:
    text = HEAD + "5,0.8,1,甲,面,,,,@\n" + lines([(e, n) for n, e in RING])
    boundary = read_text(text, "x")
    assert boundary.frame.geometry.iloc[0].equals(shapely.box(X, Y, X + 100, Y + 80))
    assert "IO302" in {f.code for f in boundary.findings}


@pytest.mark.parametrize(
    ("said", "epsg"), [("80国家大地坐标系", 2364), ("西安80坐标系", 2364), ("1954年北京坐标系", 2416)]
)
def test_older_datums_are_named_and_refused(tmp_path: Path, said: str, epsg: int) -> None:
    text = HEAD.replace("2000国家大地坐标系", said) + "5,0.8,1,甲,面,,,,@\n" + lines(RING)
    assert read_text(text, "x").frame.crs.to_epsg() == epsg
    (tmp_path / "a.txt").write_text(text, encoding="utf-8")
    with pytest.raises(InputProblem, match="IO115"):
        read_boundary_txt(tmp_path / "a.txt")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (("甲", "甲"), ""), (("5,0.8,", "5,0.9,"), "IO307"), (("5,0.8,", "50,0.8,"), "IO308"), (("坐标系=2000国家大地坐标系", "坐标系="), "IO306"),
        (("带号=40", "带号=40\n转换参数=1,2,3,0,0,0,0"), "IO305"), (("带号=40", "带号=39"), "IO301"), (("带号=40", "带号=40\n计量单位=公里"), "IO301"),
    ],
)  # fmt: skip
def test_what_is_worth_telling(change: tuple[str, str], code: str) -> None:
    text = (HEAD + "5,0.8,1,甲,面,,,,@\n" + lines(RING)).replace(*change)
    assert {f.code for f in read_text(text, "x").findings} == ({code} if code else set())
