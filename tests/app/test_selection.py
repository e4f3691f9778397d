"""Search, selection and uploads on the shipped zone: what is found is what lies there, and bad input is said."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import shapely
from streamlit.testing.v1 import AppTest

from app import cache, finder, selecting, uploads
from geo.errors import InputProblem
from geo.geometry.crs import to_degrees

Page = Callable[..., AppTest]


def parcels() -> Any:
    return cache.layer_index("parcels").frame


def test_a_township_a_village_a_number_and_coordinates_are_found() -> None:
    towns = finder.find("金泽")
    assert (towns[0]["text"], towns[0]["note"]) == ("金泽镇", "乡镇")
    assert any(row["note"] == "村" for row in towns)
    assert finder.find("Jinze", lang="en")[0]["note"] == "township"
    row = parcels().iloc[100]
    (found,) = finder.find(row["parcel_id"])
    assert (found["layer"], found["id"]) == ("parcels", row["parcel_id"])
    assert {f["layer"] for f in finder.find(row["parcel_no"]) if "layer" in f} >= {"parcels"}
    spot = to_degrees(parcels().iloc[[100]]).geometry.representative_point().iloc[0]
    (place,) = finder.find(f"{spot.x:.6f}, {spot.y:.6f}")
    assert place["at"] == pytest.approx([spot.y, spot.x], abs=1e-5)
    for nothing in ("", "   ", "没有这个地方", "<script>", "\x00", "9" * 100):
        assert finder.find(nothing) == []


def test_an_outline_takes_what_it_touches_as_geopandas_does() -> None:
    degrees = to_degrees(parcels())
    west, south, east, north = degrees.total_bounds
    box = shapely.box(west + 0.4 * (east - west), south + 0.4 * (north - south), west + 0.5 * (east - west),
                      south + 0.5 * (north - south))  # fmt: skip
    outline = shapely.geometry.mapping(box)
    touched = selecting.by_outline("parcels", outline)
    assert {i for _, i in touched} == set(degrees.loc[degrees.intersects(box), "parcel_id"])
    wholly = selecting.by_outline("parcels", outline, wholly=True)
    assert {i for _, i in wholly} == set(degrees.loc[degrees.within(box), "parcel_id"])
    assert 0 < len(wholly) < len(touched)
    for bad in ({}, {"type": "Polygon", "coordinates": []}, {"type": "Polygon", "coordinates": [[[1, 2]]]}):
        assert selecting.by_outline("parcels", bad) == []


def test_numbers_and_conditions() -> None:
    ids = list(parcels()["parcel_id"].head(3))
    rows, missing = selecting.by_numbers("parcels", f"{ids[0]}，{ids[1]}\n{ids[2]} NOBODY;{ids[0]}")
    assert (rows, missing) == ([("parcels", i) for i in ids], ["NOBODY"])
    paddy = selecting.by_condition("parcels", "class_code", "=", " 0101 ")
    assert len(paddy) == int((parcels()["class_code"] == "0101").sum())
    large = selecting.by_condition("parcels", "area_m2", "≥", "100,000")
    assert {i for _, i in large} == set(parcels().loc[parcels()["area_m2"] >= 100_000, "parcel_id"])
    assert selecting.by_condition("parcels", "village_name", "∋", "示例01")
    for column, how, value in (("area_m2", "=", "many"), ("area_m2", "∋", "1"), ("class_code", "~", "1")):
        with pytest.raises(ValueError, match=r".*"):
            selecting.by_condition("parcels", column, how, value)


def boxed(west: float = 40_588_000, *, crs: str = "urn:ogc:def:crs:EPSG::4528") -> bytes:
    ring = [[west, 3_430_000], [west + 500, 3_430_000], [west + 500, 3_430_400], [west, 3_430_400], [west, 3_430_000]]
    return json.dumps(
        {"type": "FeatureCollection", "crs": {"type": "name", "properties": {"name": crs}}, "features": [
            {"type": "Feature", "properties": {"NAME": "<img src=x onerror=alert(1)>"},
             "geometry": {"type": "Polygon", "coordinates": [ring]}}]}
    ).encode()  # fmt: skip


def zipped(**files: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, body in files.items():
            archive.writestr(name.replace("__", "/").replace("_DOT_", "."), body)
    return out.getvalue()


def test_an_upload_is_read_and_its_area_is_the_official_one() -> None:
    from geo.geometry.ellipsoid import areas

    plain = uploads.read_upload("draft.geojson", boxed())
    packed = uploads.read_upload("draft.zip", zipped(folder__draft_DOT_geojson=boxed()))
    assert len(plain) == len(packed) == 1
    assert float(areas(plain).iloc[0]) == float(areas(packed).iloc[0]) == pytest.approx(199_963, abs=60)
    address = uploads.shelve_mine("uploaded", plain)
    assert cache.layer_index(address).bounds[0] == pytest.approx(120.92, abs=0.01)
    assert uploads.shelve_mine("uploaded", packed) == address, "the same content is the same layer"


def test_a_kml_from_a_phone_lies_where_it_was_drawn() -> None:
    corners = "120.92,31.0 120.925,31.0 120.925,31.004 120.92,31.004 120.92,31.0"
    body = (
        '<kml xmlns="http://www.opengis.net/kml/2.2"><Document><Placemark><name>a</name><Polygon><outerBoundaryIs>'
        f"<LinearRing><coordinates>{corners}</coordinates></LinearRing></outerBoundaryIs></Polygon></Placemark>"
        "</Document></kml>"
    ).encode()
    address = uploads.shelve_mine("uploaded", uploads.read_upload("phone.kml", body))
    assert cache.layer_index(address).bounds == pytest.approx((120.92, 31.0, 120.925, 31.004), abs=1e-6)


@pytest.mark.parametrize(
    ("name", "body", "code"),
    [
        ("a.exe", b"MZ", "PJ118"), ("a.zip", b"not a zip", "IO107"), ("a.geojson", b"<html>", "IO119"),
        ("a.gpkg", b"SQLite no", "IO119"), ("a.zip", zipped(), "MP101"), ("a.txt", b"", "IO"),
        ("a.zip", zipped(a_DOT_geojson=boxed(), b_DOT_geojson=boxed()), "MP101"),
        ("a.geojson", boxed(west=100.0), "IO106"), ("../../a.zip", zipped(readme_DOT_md=b"x"), "MP101"),
    ],
)  # fmt: skip
def test_a_bad_upload_is_one_clear_answer(name: str, body: bytes, code: str) -> None:
    with pytest.raises(InputProblem) as told:
        uploads.read_upload(name, body)
    assert all(f.code.startswith(code) for f in told.value.findings)
    assert all(told.value.text(lang).strip() for lang in ("zh", "en"))


def test_an_archive_is_bounded_and_cannot_leave_its_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    evil = io.BytesIO()
    with zipfile.ZipFile(evil, "w") as archive:
        archive.writestr("../../escaped.geojson", boxed())
    assert len(uploads.read_upload("evil.zip", evil.getvalue())) == 1
    assert not list(tmp_path.rglob("escaped*"))
    monkeypatch.setattr(uploads, "MOST_BYTES", 100)
    with pytest.raises(InputProblem):
        uploads.read_upload("bomb.zip", zipped(a_DOT_geojson=boxed()))


def test_a_selection_is_listed_pinned_and_taken_back(
    page: Page, monkeypatch: pytest.MonkeyPatch, told: Callable[[AppTest], str]
) -> None:
    events: list[dict[str, Any] | None] = []
    monkeypatch.setattr("app.parts.map_component.show", lambda data, *, key: events.pop() if events else None)
    app = page("overview")
    west, south, east, north = cache.layer_index("parcels").bounds
    middle = (west + east) / 2, (south + north) / 2
    ring = [[middle[0], middle[1]], [middle[0] + 0.004, middle[1]], [middle[0], middle[1] + 0.004], list(middle)]
    outline = {"type": "Polygon", "coordinates": [ring]}
    chosen = selecting.by_outline("parcels", outline)
    events.append({"kind": "lasso", "geometry": outline})
    app.run()
    assert not app.exception
    assert f"选择（{len(chosen)}）" in [tab.label for tab in app.tabs]
    assert f"地类图斑：{len(chosen)} 块" in told(app)
    app.button(key="pin_in").click().run()
    assert app.session_state["tianchou"].values["relocate"]["lock_in"] == tuple(i for _, i in chosen)
    app.button(key="work_undo").click().run()
    assert app.session_state["tianchou"].values["relocate"]["lock_in"] == ()
    app.button(key="work_undo").click().run()
    assert "选择（0）" in [tab.label for tab in app.tabs]
    app.button(key="work_redo").click().run()
    assert f"选择（{len(chosen)}）" in [tab.label for tab in app.tabs]
    events.append({"kind": "draw", "shape": "polygon", "geometry": outline})
    app.run()
    assert "草图：1 个图形" in told(app)
    assert not app.exception


def test_a_link_to_data_that_is_gone_is_said(page: Page, told: Callable[[AppTest], str]) -> None:
    app = AppTest.from_file(str(Path(__file__).parents[2] / "app" / "Home.py"), default_timeout=60)
    app.query_params.update({"lang": "zh", "zone": "000000000000", "sel": "parcels/NOBODY", "off": "parcels"})
    app.run()
    assert not app.exception
    assert "链接是用另一版数据做的（000000000000" in told(app)
    assert "NOBODY 已不在现有数据中" in told(app)
    assert app.session_state["tianchou"].shown == {"parcels": False}
    app.run()
    assert "NOBODY" not in told(app), "said once"


def test_the_curtain_sets_any_two_states_side_by_side(
    page: Page, monkeypatch: pytest.MonkeyPatch, zone_folder: Path
) -> None:
    heard: list[dict[str, Any]] = []
    monkeypatch.setattr("app.parts.map_component.show", lambda data, *, key: heard.append(data["view"]))
    monkeypatch.setenv("TIANCHOU_BEFORE", str(zone_folder))
    app = page("overview")
    assert heard[-1]["swipe"] is None
    app.toggle(key="curtain_on").set_value(True).run()
    app.selectbox(key="curtain_right_zh").set_value("before_farmland").run()
    assert not app.exception
    sides = {e["source"]: e["side"] for e in heard[-1]["layers"] if e["side"]}
    assert sides == {"parcels": "before", "before_farmland": "after"}
    order = [e["id"] for e in heard[-1]["layers"]]
    assert order.index("curtain_after") < order.index("boundary"), "lines stay to be seen on both sides"
    assert "年" in heard[-1]["swipe"]["right"]
    assert bytes(cache.layer_index("before_farmland").mvt(*_middle(14)) or b"")
    app.toggle(key="curtain_on").set_value(False).run()
    assert heard[-1]["swipe"] is None


def _middle(z: int) -> tuple[int, int, int]:
    import math

    west, south, east, north = cache.layer_index("parcels").bounds
    y = 0.5 - math.asinh(math.tan(math.radians((south + north) / 2))) / (2 * math.pi)
    return z, int(((west + east) / 2 + 180) / 360 * (1 << z)), int(y * (1 << z))
