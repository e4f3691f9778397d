"""Tiles of the app's map: what is drawn is what the layer holds, addresses are bounded, clicks find the right row."""

from __future__ import annotations

import io

import geopandas as gpd
import mapbox_vector_tile
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from geo.report.palette import rgb, styles
from geo.report.tiles import MAX_ZOOM, LayerIndex, in_grid
from geo.report.tiles_flat import Flat, placed
from geo.report.tiles_mvt import EXTENT
from geo.report.tiles_png import PIXELS

SIGNS = ("land.paddy", "land.river", "land.pond", "land.forest")


def chessboard(side: int, step: float = 60.0, at: tuple[float, float] = (40_583_000.0, 3_430_000.0)) -> LayerIndex:
    """A contiguous board of squares with two signs in turn."""
    shapes = [
        shapely.box(at[0] + i * step, at[1] + j * step, at[0] + (i + 1) * step, at[1] + (j + 1) * step)
        for j in range(side)
        for i in range(side)
    ]
    frame = gpd.GeoDataFrame({"parcel_id": [f"P{i:05d}" for i in range(len(shapes))]}, geometry=shapes, crs=4528)
    signs = [SIGNS[(i // side + i % side) % 2] for i in range(len(shapes))]
    return LayerIndex(frame, id_column="parcel_id", style_ids=signs, name="parcels")


def tile_at(lon: float, lat: float, z: int) -> tuple[int, int, int]:
    x = int((lon + 180) / 360 * (1 << z))
    y = int((0.5 - np.arcsinh(np.tan(np.radians(lat))) / (2 * np.pi)) * (1 << z))
    return z, x, y


def middle(index: LayerIndex) -> tuple[float, float]:
    west, south, east, north = index.bounds
    return (west + east) / 2, (south + north) / 2


def decode(body: bytes) -> dict[str, shapely.Geometry]:
    found = mapbox_vector_tile.decode(body, default_options={"y_coord_down": True})
    return {f["properties"]["k"]: shapely.geometry.shape(f["geometry"]) for f in found["parcels"]["features"]}


def test_vector_tile_holds_each_sign_once_with_its_whole_area() -> None:
    index = chessboard(40)
    shapes = decode(index.mvt(*tile_at(*middle(index), 16)) or b"")
    assert sorted(shapes) == ["land.paddy", "land.river"]
    parts, style = index._in_tile(*tile_at(*middle(index), 16))
    scale = (EXTENT * (1 << 16)) ** 2
    for number, name in enumerate(index.used_styles):
        # Rounding to the tile's grid moves a corner by half a unit at most; the board's squares are 200 units wide.
        rings = shapely.get_coordinates(parts[style == number])
        assert len(rings)
        true = sum(_shoelace(p) for p in parts[style == number]) * scale
        drawn = sum(_shoelace(p) for p in shapely.get_parts(shapes[name]))
        assert abs(drawn - true) / true < 0.01


def _shoelace(polygon: shapely.Polygon) -> float:
    x, y = np.array(polygon.exterior.coords).T
    outer = abs(float(np.dot(x[:-1], y[1:]) - np.dot(x[1:], y[:-1]))) / 2
    return outer - sum(_shoelace(shapely.Polygon(r)) for r in polygon.interiors)


def test_rings_wind_as_the_format_asks_and_holes_stay_open() -> None:
    ring = shapely.box(40_583_000, 3_430_000, 40_584_000, 3_431_000).difference(
        shapely.box(40_583_300, 3_430_300, 40_583_700, 3_430_700)
    )
    frame = gpd.GeoDataFrame({"parcel_id": ["A"]}, geometry=[ring], crs=4528)
    index = LayerIndex(frame, id_column="parcel_id", style_ids=["land.lake"], name="parcels")
    z, x, y = tile_at(*middle(index), 13)
    shape = decode(index.mvt(z, x, y) or b"")["land.lake"]
    assert shape.is_valid
    assert sum(len(p.interiors) for p in shapely.get_parts(shape)) == 1
    assert index.identify(*middle(index)) == []  # the middle is the hole


def test_tiles_next_to_each_other_meet_without_a_gap() -> None:
    index = chessboard(60)
    z, x, y = tile_at(*middle(index), 15)
    left, right = decode(index.mvt(z, x, y) or b""), decode(index.mvt(z, x + 1, y) or b"")
    for name in left:
        edge = shapely.box(EXTENT - 1, 0, EXTENT, EXTENT)
        over = shapely.box(-1 + 1, 0, 1, EXTENT)
        assert (left[name].buffer(0).intersection(edge).is_empty) == (right[name].buffer(0).intersection(over).is_empty)


@pytest.mark.parametrize("address", [(-1, 0, 0), (0, 1, 0), (3, 8, 0), (3, 0, -1), (MAX_ZOOM + 1, 0, 0), (5, 0, 10**9)])
def test_no_tile_outside_the_grid(address: tuple[int, int, int]) -> None:
    index = chessboard(2)
    assert not in_grid(*address)
    assert index.mvt(*address) is None
    assert index.png(*address) is None


def test_nothing_there_is_empty_not_an_error() -> None:
    index = chessboard(2)
    assert index.mvt(10, 0, 0) == b""
    assert index.png(10, 0, 0) == b""
    empty = LayerIndex(index.frame.head(0), id_column="parcel_id", style_ids=[])
    assert (len(empty), empty.bounds, empty.mvt(0, 0, 0), empty.png(0, 0, 0), empty.identify(121, 31)) == (
        0, (0.0, 0.0, 0.0, 0.0), b"", b"", [],
    )  # fmt: skip


def test_painted_tile_shows_the_signs_colours_for_both_kinds_of_eyes() -> None:
    index = chessboard(20)
    place = tile_at(*middle(index), 15)
    for cvd in (False, True):
        picture = Image.open(io.BytesIO(index.png(*place, cvd=cvd) or b""))
        assert picture.size == (PIXELS, PIXELS)
        seen = {c[:3] for _, c in picture.convert("RGBA").getcolors(1 << 20) if c[3] == 255}
        assert {rgb(styles()[s].colours(cvd=cvd)[0]) for s in index.used_styles} <= seen


def test_a_crowded_layer_is_averaged_from_its_overview(monkeypatch: pytest.MonkeyPatch) -> None:
    index = chessboard(30)
    place = tile_at(*middle(index), 9)
    # At this zoom a square is a third of a pixel; painted one by one, the sign that comes last would drown the other.
    monkeypatch.setattr("geo.report.tiles.CROWDED", 100)
    assert index.vector_from == 13
    built = np.asarray(Image.open(io.BytesIO(index.png(*place) or b"")), dtype=int)
    seen = built[built[..., 3] == 255][:, :3].mean(axis=0)
    half = np.mean([rgb(styles()[s].fill) for s in index.used_styles], axis=0)
    assert np.abs(seen - half).max() < 10
    assert index.png(9, 0, 0) == b""
    small = np.asarray(Image.open(io.BytesIO(index.png(*place, half=True) or b"")), dtype=int)
    assert small.shape == (PIXELS // 2, PIXELS // 2, 4)


def test_the_overview_agrees_with_pillow_and_with_shapely() -> None:
    """Each cell carries the sign of the polygon that holds its centre: holes open, what lies inside on top."""
    ring = shapely.box(40_583_000, 3_430_000, 40_589_000, 3_436_000).difference(
        shapely.box(40_585_000, 3_432_000, 40_587_000, 3_434_000)
    )
    far = shapely.box(40_589_500, 3_430_000, 40_590_500, 3_431_000)
    pond = shapely.box(40_583_500, 3_434_500, 40_584_500, 3_435_500)
    line = shapely.LineString([(40_583_000, 3_430_000), (40_583_500, 3_430_500)])
    shapes = [pond, shapely.MultiPolygon([ring, far]), shapely.GeometryCollection([line, pond])]
    frame = gpd.GeoDataFrame({"parcel_id": list("ABC")}, geometry=shapes, crs=4528)
    index = LayerIndex(frame, id_column="parcel_id", style_ids=["land.pond", "land.paddy", "land.pond"])
    found = index.overview()
    scale = PIXELS << 12
    rows, columns = np.nonzero(np.ones_like(found._grid))
    spots = shapely.points((columns + found._column + 0.5) / scale, (rows + found._row + 0.5) / scale)
    world = index._world_of(np.arange(3))
    in_pond, in_paddy = (shapely.contains_xy(world[i], spots_xy) for i, spots_xy in
                         ((0, shapely.get_coordinates(spots)), (1, shapely.get_coordinates(spots))))  # fmt: skip
    number = {s.style: i + 1 for i, s in enumerate(index._styles)}
    wanted = np.where(in_pond, number["land.pond"], np.where(in_paddy, number["land.paddy"], 0))
    assert (found._grid.ravel() == wanted).mean() > 0.9999  # a centre exactly on an edge may go either way
    assert set(np.unique(found._grid)) == {0, 1, 2}


def test_outline_and_hatch_are_painted() -> None:
    frame = gpd.GeoDataFrame(
        {"parcel_id": ["A"]}, geometry=[shapely.box(40_583_000, 3_430_000, 40_585_000, 3_432_000)], crs=4528
    )
    for sign in ("boundary.core", "reserve.available", "farmland.highstandard", "reserve.used"):
        index = LayerIndex(frame, id_column="parcel_id", style_ids=[sign])
        picture = Image.open(io.BytesIO(index.png(*tile_at(*middle(index), 13)) or b"")).convert("RGBA")
        stroke = rgb(styles()[sign].stroke)
        assert any(c[:3] == stroke for _, c in picture.getcolors(1 << 20))


def test_a_click_finds_the_smallest_row_and_its_outline() -> None:
    big = shapely.box(40_583_000, 3_430_000, 40_585_000, 3_432_000)
    small = shapely.box(40_583_900, 3_430_900, 40_584_100, 3_431_100)
    frame = gpd.GeoDataFrame({"parcel_id": ["BIG", "SMALL"]}, geometry=[big, small], crs=4528)
    before = frame.copy()
    index = LayerIndex(frame, id_column="parcel_id", style_ids=["land.paddy", "land.pond"])
    assert index.identify(*middle(index)) == [1, 0]
    assert index.position("SMALL") == 1
    assert index.position("NOBODY") is None
    feature = index.feature(1)
    assert feature["id"] == "SMALL"
    assert feature["properties"] == {}
    inside = index.inside(1)
    assert index.identify(*inside)[0] == 1
    for nowhere in ((0.0, 0.0), (float("nan"), 31.0), (121.0, 90.0)):
        assert index.identify(*nowhere) == []
    assert frame.equals(before)


def test_bad_and_missing_shapes_are_drawn_as_far_as_they_go() -> None:
    west, east, south, north = 40_583_000, 40_584_000, 3_430_000, 3_431_000
    bow = shapely.Polygon([(west, south), (east, north), (east, south), (west, north)])
    frame = gpd.GeoDataFrame({"parcel_id": ["BOW", "NONE", "EMPTY"]}, geometry=[bow, None, shapely.Polygon()], crs=4528)
    index = LayerIndex(frame, id_column="parcel_id", style_ids=["land.paddy"] * 3)
    assert len(index) == 1
    assert index.mvt(*tile_at(*middle(index), 14))
    assert index.png(*tile_at(*middle(index), 14))


def test_one_sign_a_row_is_required() -> None:
    frame = chessboard(2).frame
    with pytest.raises(ValueError, match="one style id a row"):
        LayerIndex(frame, id_column="parcel_id", style_ids=["land.paddy"])
    with pytest.raises(KeyError):
        LayerIndex(frame, id_column="parcel_id", style_ids=["no.such"] * 4)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 4000), st.integers(0, 4000), st.integers(5, 90)), min_size=1, max_size=40))
def test_encoding_is_what_another_reader_decodes(boxes: list[tuple[int, int, int]]) -> None:
    body = encoded([shapely.box(x, y, x + w, y + w) for x, y, w in boxes])
    found = mapbox_vector_tile.decode(body, default_options={"y_coord_down": True})["parcels"]["features"]
    assert len(found) == 1
    shape = found[0]["geometry"]
    parts = [shape["coordinates"]] if shape["type"] == "Polygon" else shape["coordinates"]
    assert sorted(sorted(map(tuple, p[0][:4])) for p in parts) == sorted(
        sorted({(x, y), (x + w, y), (x + w, y + w), (x, y + w)}) for x, y, w in boxes
    )


def encoded(shapes: list[shapely.Geometry], edge: float = 0.5) -> bytes:
    """Shapes in units of one tile as that tile."""
    flat = Flat(np.array(shapes, dtype=object), lambda at: at / EXTENT)
    signs = np.zeros(len(flat), dtype=np.intp)
    return flat.mvt(0, 0, 0, edge=edge, signs=signs, names=["only"], layer="parcels")


def test_what_rounds_to_nothing_is_left_out() -> None:
    crumb = shapely.Polygon([(1.0, 1.0), (1.2, 1.0), (1.2, 1.2)])
    assert encoded([crumb]) == b""
    assert encoded([crumb, None, shapely.Polygon(), shapely.box(9000, 0, 9100, 10)]) == b""


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_a_tile_holds_what_shapely_cuts_out_of_it(seed: int) -> None:
    """Stars with holes across the tile's edges: the area inside the tile is shapely's, to the rounding of corners."""
    chance = np.random.default_rng(seed)
    turn = np.sort(chance.uniform(0, 2 * np.pi, 24))
    reach = chance.uniform(800, 3500, 24)
    star = np.column_stack([np.cos(turn), np.sin(turn)])
    at = chance.uniform(-500, 4600, 2)
    shape = shapely.Polygon(star * reach[:, None] + at, [star * 300 + at]).buffer(0)
    if chance.random() < 0.5:
        shape = shapely.reverse(shape)
    body = encoded([shape], edge=0.125)
    tile = shapely.box(0, 0, EXTENT, EXTENT)
    true = shape.intersection(tile).area
    if not body:
        assert true < 5_000
        return
    drawn = shapely.make_valid(decode(body)["only"]).intersection(tile).area
    assert abs(drawn - true) < 0.5 * shape.length  # half a unit along the outline


def test_many_points_are_placed_as_exactly_as_few() -> None:
    index = chessboard(2)
    chance = np.random.default_rng(5)
    xy = np.column_stack([chance.uniform(40_530_000, 40_610_000, 60_000), chance.uniform(3_400_000, 3_470_000, 60_000)])
    assert np.abs(placed(xy.copy(), index._to_world) - index._to_world(xy)).max() < 2e-12
    wide = xy * [1.0, 1.8]  # too far for one polynomial: exact all the same
    assert np.abs(placed(wide.copy(), index._to_world) - index._to_world(wide)).max() < 2e-12
