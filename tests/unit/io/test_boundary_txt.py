"""The 勘测定界 TXT: write then read is the identity; faults name their line."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from geo.errors import InputProblem
from geo.geometry.ellipsoid import areas
from geo.io.boundary_txt import read_boundary_txt, write_boundary_txt

X, Y = 40_585_000.0, 3_440_000.0


def plots() -> gpd.GeoDataFrame:
    outer = shapely.Polygon(
        [(X, Y), (X + 200, Y), (X + 200, Y + 150), (X, Y + 150)],
        [[(X + 50, Y + 50), (X + 90, Y + 50), (X + 90, Y + 90), (X + 50, Y + 90)]],
    )
    two = shapely.MultiPolygon([shapely.box(X + 300, Y, X + 350, Y + 60), shapely.box(X + 400, Y, X + 450, Y + 60)])
    return gpd.GeoDataFrame(
        {"project_no": ["1", "2"], "project_name": ["示例公路", "示例河道"], "use": ["公路用地", ""]},
        geometry=[outer, two],
        crs=4528,
    )


def test_write_then_read_is_the_identity(tmp_path: Path) -> None:
    before = plots()
    after = read_boundary_txt(write_boundary_txt(before, tmp_path / "a.txt"))
    assert list(after["project_name"]) == ["示例公路", "示例河道"]
    assert after.geometry.geom_equals(before.geometry).all()
    assert after["declared_area_m2"].to_numpy() == pytest.approx(areas(before).to_numpy(), abs=0.51)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_encodings_and_line_endings(tmp_path: Path, encoding: str, newline: str) -> None:
    text = write_boundary_txt(plots(), tmp_path / "a.txt").read_text("utf-8")
    (tmp_path / "b.txt").write_bytes(text.replace("\n", newline).encode(encoding))
    assert list(read_boundary_txt(tmp_path / "b.txt")["project_name"]) == ["示例公路", "示例河道"]


def test_bare_easting_needs_the_zone_number(tmp_path: Path) -> None:
    text = write_boundary_txt(plots(), tmp_path / "a.txt").read_text("utf-8").replace(",40585", ",585")
    (tmp_path / "b.txt").write_text(text, encoding="utf-8")
    assert read_boundary_txt(tmp_path / "b.txt").geometry.geom_equals(plots().geometry).all()
    (tmp_path / "c.txt").write_text(text.replace("带号=40", "带号="), encoding="utf-8")
    with pytest.raises(InputProblem, match="IO304"):
        read_boundary_txt(tmp_path / "c.txt")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("J1,1,3440000,40585000\n", "1"),
        ("4,0.1,1,甲,面,,,,@\nJ1,1,abc,40585000\n", "2"),
        ("4,0.1,1,甲,面,,,,@\nJ1,1,40585000,3440000\n", "2"),
        ("4,0.1,1,甲,面,,,,@\nJ1,1\n", "2"),
        ("", "1"),
    ],
)
def test_faults_name_their_line(tmp_path: Path, text: str, line: str) -> None:
    (tmp_path / "a.txt").write_text(text, encoding="utf-8")
    with pytest.raises(InputProblem) as problem:
        read_boundary_txt(tmp_path / "a.txt")
    assert line in {f.subject for f in problem.value.findings}
