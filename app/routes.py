"""The app's own addresses beside Streamlit's: tiles, what-is-here, one feature, names, health.

Plain functions (Starlette runs them in threads). A wrong address is a 404, an unusable zone a 503; texts of data
leave only as JSON.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import math
import os
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from app.tile_store import TileStore, cache_folder
from geo.errors import InputProblem
from geo.report.palette import sign_edition
from geo.report.tiles import EDITION, in_grid

if TYPE_CHECKING:
    from starlette.datastructures import QueryParams
    from starlette.requests import Request

    from app.cache import Hit
    from geo.report.tiles import LayerIndex

_KEEP = {"Cache-Control": "private, max-age=604800, immutable", "X-Content-Type-Options": "nosniff"}
_FRESH = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
_MAX_LAYERS, _MAX_BUNDLE = 12, 40
_MAX_BODY, _MAX_POINTS = 400_000, 5_000
_SMALL = 1_000


store = TileStore(cache_folder(), later=True)
# Places made at once; more threads would only take Python's lock from each other.
_lanes = asyncio.Semaphore(2 * max(1, os.cpu_count() or 1))


def tile(request: Request) -> Response:
    """``/tiles/{layer}/{z}/{x}/{y}.mvt|png?v=version&cvd=1``; 204 where the layer has nothing."""
    from app import cache

    at = request.path_params
    ext, look = at["ext"], _look(request)
    place = (at["z"], at["x"], at["y"])
    if ext not in ("mvt", "png"):
        return _none(404)
    try:
        index = cache.layer_index(at["layer"])
    except KeyError:
        return _none(404)
    except InputProblem:
        return _none(503)
    if not in_grid(*place):
        return _none(404)
    body = make_tile(index, at["layer"], place, ext=ext, look=look)
    if body is None:
        return _none(404)
    if not body:
        return Response(_CLEAR if ext == "png" else b"", 200 if ext == "png" else 204, _KEEP, "image/png")
    return Response(body, 200, _KEEP, "image/png" if ext == "png" else "application/vnd.mapbox-vector-tile")


async def bundle(request: Request) -> Response:
    """``/bundle/{z}/{x}/{y}.mvt|png?s=a,b&v=version``: a place in several layers: four bytes of length, then the tile.

    One request instead of eight for a place of the map. A layer that is unknown or has nothing there is empty.
    """
    async with _lanes:
        return await run_in_threadpool(_bundle, request)


def _bundle(request: Request) -> Response:
    from app import cache

    at = request.path_params
    ext, look = at["ext"], _look(request)
    place = (at["z"], at["x"], at["y"])
    names = [n for n in request.query_params.get("s", "").split(",") if n]
    if ext not in ("mvt", "png") or not in_grid(*place) or not 0 < len(names) <= _MAX_BUNDLE:
        return _none(404)
    body = bytearray()
    for name in names:
        try:
            tile = make_tile(cache.layer_index(name), name, place, ext=ext, look=look) or b""
        except KeyError:
            tile = b""
        except InputProblem:
            return _none(503)
        body += len(tile).to_bytes(4, "big") + tile
    return Response(*_packed(bytes(body), ext, request), "application/octet-stream")


def _packed(body: bytes, ext: str, request: Request) -> tuple[bytes, int, dict[str, str]]:
    """Vector tiles in a fast gzip where it is taken; pictures as they are: nothing is left to gain from them.

    Otherwise Streamlit packs either, thoroughly, while everybody else waits.
    """
    if ext == "png" or len(body) < _SMALL or "gzip" not in request.headers.get("accept-encoding", ""):
        return body, 200, {**_KEEP, "Content-Encoding": "identity"}
    return gzip.compress(body, 1), 200, {**_KEEP, "Content-Encoding": "gzip", "Vary": "Accept-Encoding"}


def _look(request: Request) -> Look:
    return Look(request.query_params.get("cvd") == "1", request.query_params.get("px") == "256")


@dataclass(frozen=True)
class Look:
    """How a painted tile shall look: for colour-blind eyes; of 256 pixels for a plain screen."""

    cvd: bool = False
    half: bool = False


def make_tile(
    index: LayerIndex, layer: str, place: tuple[int, int, int], *, ext: str, look: Look = Look()
) -> bytes | None:
    """The tile's bytes, kept by what the layer was made from and how it is drawn."""
    content = cache_key(layer)
    shown = f"{look.cvd}{look.half}" if ext == "png" else ""
    key = f"{content or index.token}|{layer}|{ext}|{shown}|{'/'.join(map(str, place))}"

    def make() -> bytes | None:
        return index.mvt(*place) if ext == "mvt" else index.png(*place, cvd=look.cvd, half=look.half)

    return store.get_or_make(key, make, keep=bool(content))


def cache_key(layer: str) -> str:
    """Hash of the file that a layer of the zone was read from, with the edition of tiles and signs; '' for a result."""
    from app import cache

    if layer.startswith("r-"):
        return ""
    opened = (cache.earlier_zone() if layer.startswith(cache.BEFORE) else None) or cache.open_zone()
    source = opened.zone.sources.get(layer.removeprefix(cache.BEFORE))
    return f"{source.sha256 if source else opened.version}-{EDITION}-{sign_edition()}"


def identify(request: Request) -> Response:
    """``/identify?lon=&lat=&layers=a,b&geometry=1&card=1&lang=``: at most one row a layer, in that order.

    geometry: the first row's outline; card: what to read of it, as the page says it.
    """
    from app import cache

    asked = request.query_params
    try:
        lon, lat = float(asked.get("lon", "nan")), float(asked.get("lat", "nan"))
    except ValueError:
        return _none(404)
    if not (math.isfinite(lon) and math.isfinite(lat) and abs(lon) <= 180 and abs(lat) <= 85):
        return _none(404)
    layers = [name for name in asked.get("layers", "parcels").split(",") if name][:_MAX_LAYERS]
    try:
        found = cache.hits(lon, lat, layers)
    except InputProblem:
        return _none(503)
    rows: list[dict[str, Any]] = [{"layer": h.layer, "id": h.row_id} for h in found]
    if asked.get("geometry") == "1" and found:
        index = cache.layer_index(found[0].layer)
        rows[0]["feature"] = index.feature(index.position(found[0].row_id) or 0)
    if asked.get("card") == "1" and found:
        rows[0]["card"] = _card(found[0], [n for n in layers if n.startswith("r-")], asked)
    return JSONResponse(rows, headers=_FRESH)


def _card(hit: Hit, results: list[str], asked: QueryParams) -> dict[str, Any] | None:
    """The card of a row as values; None for a layer that has none."""
    from app.parts.parcel_card import card_of
    from app.state import speaking_to

    with speaking_to(asked.get("lang", "zh"), cvd=asked.get("cvd") == "1"):
        try:
            return asdict(card_of(hit, results))
        except (KeyError, ValueError, TypeError):  # no standard layer, so there is nothing to read of it
            return None


def feature(request: Request) -> Response:
    """``/feature/{layer}/{id}``: one row's outline as GeoJSON, without attributes."""
    from app import cache

    try:
        index = cache.layer_index(request.path_params["layer"])
    except (KeyError, InputProblem):
        return _none(404)
    place = index.position(request.path_params["row_id"])
    return _none(404) if place is None else JSONResponse(index.feature(place), headers=_FRESH)


def labels(request: Request) -> Response:
    """``/labels?lang=``: names of counties, townships, lakes and villages with the zooms they are read at."""
    from app import cache
    from app.parts.names import place_names

    lang = "en" if request.query_params.get("lang") == "en" else "zh"
    try:
        key = f"labels|{cache.open_zone().version}|{lang}"
        body = store.get_or_make(key, lambda: json.dumps(place_names(lang), ensure_ascii=False).encode(), keep=False)
    except InputProblem:
        return JSONResponse([], headers=_FRESH)
    return Response(body or b"[]", 200, _KEEP, "application/json")


def healthz(_: Request) -> Response:
    """``/healthz``: is the process up, can the zone be read, under which version?"""
    from app import cache

    try:
        opened = cache.open_zone()
    except InputProblem as problem:
        return JSONResponse({"ok": False, "codes": [f.code for f in problem.findings]}, 503, headers=_FRESH)
    rows = {name: len(frame) for name, frame in opened.zone.layers.items()}
    return JSONResponse({"ok": True, "zone": opened.version, "rows": rows, "tiles": store.about()}, headers=_FRESH)


async def measure(request: Request) -> Response:
    """``POST /measure`` {"kind": "line"|"polygon", "points": [[lon, lat], …], "lang"}: what to read, line by line."""
    from app.parts.map_measure import measured

    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > _MAX_BODY:
            return _none(413)
    try:
        asked = json.loads(bytes(body))
        kind, points, lang = asked["kind"], asked["points"], asked.get("lang", "zh")
    except (ValueError, KeyError, TypeError, AttributeError):
        return _none(400)
    if kind not in ("line", "polygon") or not isinstance(points, list) or len(points) > _MAX_POINTS:
        return _none(400)
    return JSONResponse({"lines": await run_in_threadpool(measured, kind, points, lang)}, headers=_FRESH)


def search(request: Request) -> Response:
    """``/search?q=&lang=``: townships, villages, parcel numbers and coordinates that the words may mean, best first."""
    from app import finder

    asked = request.query_params
    try:
        found = finder.find(asked.get("q", "")[:120], lang=asked.get("lang", "zh"))
    except InputProblem:
        return _none(503)
    return JSONResponse(found, headers=_FRESH)


ROUTES = [
    Route("/tiles/{layer}/{z:int}/{x:int}/{y:int}.{ext}", tile),
    Route("/bundle/{z:int}/{x:int}/{y:int}.{ext}", bundle),
    Route("/identify", identify),
    Route("/feature/{layer}/{row_id}", feature),
    Route("/labels", labels),
    Route("/search", search),
    Route("/measure", measure, methods=["POST"]),
    Route("/healthz", healthz),
]


def _none(status: int) -> Response:
    return Response(b"", status, _FRESH)


# One transparent pixel, for painted tiles where there is nothing.
_CLEAR = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000" "1f15c4890000000d49444154789c6360606060000000050001"
    "a5f645400000000049454e44ae426082"
)  # fmt: skip
