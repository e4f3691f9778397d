"""Reading ahead while the browser is still opening: the zone, its indexes, and the tiles of the first view.

One thread, one tile after another; it steps aside while a visitor is waiting for tiles.
"""

from __future__ import annotations

import gc
import math
import threading
import time
from collections.abc import Iterator

FIRST = ("parcels", "farmland", "boundary", "redline", "towns", "context_lakes", "context_counties", "reserve")
SHOWN = FIRST[:-1]
ZOOMS = (9, 10, 11)  # what a window from 1280 to 2560 px shows of the whole zone, and one step closer
_ASIDE_S = 0.5
_MOST_TILES = 600


def read_ahead() -> None:
    """Never raises for bad data: the page says that, in words."""
    from geo.errors import InputProblem
    from geo.io import store

    store.put_off()  # somebody waits for the first view; keeping what was read can wait
    threading.Thread(target=_get_kernels_ready, name="kernels", daemon=True).start()
    try:
        _first_view()
    except (InputProblem, KeyError):
        return
    finally:
        store.catch_up()
        gc.collect()
        gc.freeze()  # the zone stays as it is: later collections need not walk through it


def _first_view() -> None:
    from app import cache, finder, routes
    from app.parts.parcel_card import card_of
    from app.state import speaking_to

    opened = cache.open_zone()
    there = [name for name in FIRST if cache.has_layer(opened.zone, name)]
    for name in there:
        cache.layer_index(name)
    for place in _places(cache.layer_index("towns").bounds):
        for name in there:
            if name in SHOWN:
                while time.monotonic() - routes.store.asked_at < _ASIDE_S:
                    time.sleep(_ASIDE_S)
                asked = routes.store.asked_at
                routes.make_tile(cache.layer_index(name), name, place, ext="png", look=routes.Look(half=True))
                routes.store.asked_at = asked
    for name in (*there, cache.FILLED):
        cache.layer_index(name).get_ready()
    parcels = cache.layer_index("parcels")
    with speaking_to("zh"):  # what the first click would wait for
        for hit in cache.hits(*parcels.inside(0), ("parcels",)):
            card_of(hit)
    for layer, columns in finder.NUMBERS.items():
        if cache.has_layer(opened.zone, layer):
            for column in columns:
                if column in opened.zone.layer(layer):
                    finder.numbers(layer, column)


def _get_kernels_ready() -> None:
    """Load the compiled loops, or compile them on the very first start, and folium, while the files are being read."""
    import geopandas as gpd
    import shapely

    from app.parts import map_component
    from geo.geometry.ellipsoid import areas
    from geo.report.palette import layer_styles
    from geo.report.tiles import LayerIndex

    box = shapely.box(40_583_000, 3_430_000, 40_584_000, 3_431_000)
    square = gpd.GeoDataFrame({"id": ["1"]}, geometry=[box], crs=4528)
    map_component.folium_map(((30.9, 120.8), (31.1, 121.0)))  # folium takes a second to come
    areas(square)
    LayerIndex(square, id_column="id", style_ids=[layer_styles("parcels")[0].style]).get_kernels_ready()


def _places(bounds: tuple[float, float, float, float]) -> Iterator[tuple[int, int, int]]:
    """Tiles of the first zooms that a box in degrees touches, small scales first."""
    west, south, east, north = bounds
    many = 0
    for z in ZOOMS:
        (left, top), (right, bottom) = _at(west, north, z), _at(east, south, z)
        for x in range(left, right + 1):
            for y in range(top, bottom + 1):
                many += 1
                if many > _MOST_TILES:
                    return
                yield z, x, y


def _at(lon: float, lat: float, z: int) -> tuple[int, int]:
    y = 0.5 - math.asinh(math.tan(math.radians(lat))) / (2 * math.pi)
    return int((lon + 180) / 360 * (1 << z)), int(y * (1 << z))
