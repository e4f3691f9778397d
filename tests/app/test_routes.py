"""The app's own addresses: what they answer, and that a wrong one is a 404."""

from __future__ import annotations

import asyncio
import gzip
import inspect
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Router

from app import cache, routes


def get(path: str, *, takes: str = "") -> Response:
    """Answer of a route, found as the server finds it."""
    at, _, query = path.partition("?")
    heads = [(b"accept-encoding", takes.encode())] if takes else []
    scope: dict[str, Any] = {"type": "http", "method": "GET", "path": at, "query_string": query.encode()}
    scope["headers"] = heads
    for route in Router(routes.ROUTES).routes:
        match, child = route.matches(scope)
        if match is Match.FULL:
            said = child["endpoint"](Request(scope | child))
            if inspect.iscoroutine(said):  # in a thread of its own: this one may have a loop that runs
                with ThreadPoolExecutor(1) as lane:
                    said = lane.submit(asyncio.run, said).result()
            answer: Response = said
            return answer
    return Response(status_code=404)


def here(layer: str = "parcels", z: int = 15) -> tuple[int, int, int]:
    import math

    west, south, east, north = cache.layer_index(layer).bounds
    lon, lat = (west + east) / 2, (south + north) / 2
    y = 0.5 - math.asinh(math.tan(math.radians(lat))) / (2 * math.pi)
    return z, int((lon + 180) / 360 * (1 << z)), int(y * (1 << z))


def test_tiles() -> None:
    z, x, y = here()
    vector, painted = get(f"/tiles/parcels/{z}/{x}/{y}.mvt?v=1"), get(f"/tiles/parcels/11/{x >> 4}/{y >> 4}.png")
    assert (vector.status_code, vector.media_type) == (200, "application/vnd.mapbox-vector-tile")
    assert b"land." in bytes(vector.body)
    assert bytes(painted.body).startswith(b"\x89PNG")
    assert get(f"/tiles/parcels/{z}/{x}/{y}.mvt").body == vector.body  # from the cache
    assert get("/tiles/parcels/15/0/0.mvt").status_code == 204
    assert bytes(get("/tiles/parcels/5/0/0.png").body).startswith(b"\x89PNG")
    assert bytes(get(f"/tiles/parcels/11/{x >> 4}/{y >> 4}.png?cvd=1").body) != bytes(painted.body)


def test_a_bundle_is_the_tiles_of_several_layers_one_after_another() -> None:
    z, x, y = here()
    body = bytes(get(f"/bundle/{z}/{x}/{y}.mvt?s=parcels,nothing,farmland&v=1").body)
    parts = []
    while body:
        length = int.from_bytes(body[:4], "big")
        parts.append(body[4 : 4 + length])
        body = body[4 + length :]
    assert parts[0] == bytes(get(f"/tiles/parcels/{z}/{x}/{y}.mvt").body)
    assert parts[1] == b""
    assert len(parts) == 3
    packed = get(f"/bundle/{z}/{x}/{y}.mvt?s=parcels,nothing,farmland&v=1", takes="gzip, br")
    assert packed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(bytes(packed.body)).endswith(parts[2])
    painted = get(f"/bundle/11/{x >> 4}/{y >> 4}.png?s=parcels", takes="gzip")
    assert painted.headers["content-encoding"] == "identity"
    assert bytes(painted.body)[4:8] == b"\x89PNG"
    for bad in (
        "/bundle/3/8/0.png?s=parcels",
        "/bundle/1/0/0.jpg?s=parcels",
        "/bundle/1/0/0.png",
        "/bundle/1/0/0.png?s=,",
    ):
        assert get(bad).status_code == 404
    assert get("/bundle/1/0/0.png?s=" + ",".join(["parcels"] * 41)).status_code == 404


def test_a_place_is_measured_and_found() -> None:
    found = json.loads(bytes(get("/search?q=%E9%87%91%E6%B3%BD&lang=zh").body))
    assert found[0]["text"] == "金泽镇"
    assert json.loads(bytes(get("/search?q=").body)) == []


@pytest.mark.parametrize(
    "path",
    [
        "/tiles/parcels/3/8/0.png", "/tiles/parcels/30/0/0.mvt", "/tiles/nothing/1/0/0.png", "/tiles/parcels/1/0/0.jpg",
        "/tiles/r-none-1/1/0/0.mvt", "/tiles/..%2f..%2fetc/1/0/0.png", "/tiles/context_nothing/1/0/0.png",
        "/tiles/parcels/-1/0/0.png", "/tiles/parcels/1/x/0.png", "/tiles/parcels/1/0/99999999999999999999.png",
        "/identify?lon=a&lat=1", "/identify?lon=nan&lat=31", "/identify?lon=999&lat=31", "/identify?lon=1&lat=inf",
        "/feature/parcels/NOBODY", "/feature/nothing/1", "/elsewhere",
    ],
)  # fmt: skip
def test_wrong_address_is_a_404(path: str) -> None:
    assert get(path).status_code == 404


def test_identify_and_feature_tell_ids_and_shapes_only() -> None:
    index = cache.layer_index("parcels")
    lon, lat = index.inside(7)
    rows = json.loads(bytes(get(f"/identify?lon={lon}&lat={lat}&layers=parcels,towns,nothing&geometry=1").body))
    assert [r["layer"] for r in rows] == ["parcels", "towns"]
    assert rows[0]["id"] == index.frame["parcel_id"].iloc[7]
    assert rows[0]["feature"]["properties"] == {}
    assert set(rows[0]) == {"layer", "id", "feature"}
    shape = json.loads(bytes(get(f"/feature/parcels/{rows[0]['id']}").body))
    assert shape == rows[0]["feature"]
    assert json.loads(bytes(get("/identify?lon=0&lat=0").body)) == []


def test_a_click_is_answered_in_words_without_a_page() -> None:
    index = cache.layer_index("parcels")
    lon, lat = index.inside(7)
    zh, en = (
        json.loads(bytes(get(f"/identify?lon={lon}&lat={lat}&layers=parcels,towns&card=1&lang={lang}").body))[0]["card"]
        for lang in ("zh", "en")
    )
    row = index.frame.iloc[7]
    assert zh["row_id"] == en["row_id"] == row["parcel_id"]
    assert "公顷" in zh["sentence"] or "亩" in zh["sentence"]
    assert " ha " in en["sentence"] or " m² " in en["sentence"]
    assert row["parcel_no"] in dict(map(tuple, zh["rows"])).values()
    assert zh["chips"]
    assert len(zh["chips"]) == len(en["chips"])
    assert "owner_name" not in json.dumps(zh)
    # A background layer is outlined, but there is nothing to read of it.
    lakes = cache.layer_index("context_counties")
    lon, lat = lakes.inside(0)
    (found,) = json.loads(bytes(get(f"/identify?lon={lon}&lat={lat}&layers=context_counties&card=1").body))
    assert found["card"] is None


def test_names_and_health() -> None:
    zh, en = (json.loads(bytes(get(f"/labels?lang={lang}").body)) for lang in ("zh", "en"))
    assert "金泽镇" in {n["text"] for n in zh}
    assert "Jinze" in {n["text"] for n in en}
    health = json.loads(bytes(get("/healthz").body))
    assert health["ok"] is True
    assert health["rows"]["parcels"] > 1000


def test_a_folder_that_cannot_be_used_is_a_503(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TIANCHOU_ZONE", str(tmp_path))
    assert get("/healthz").status_code == 503
    assert get("/tiles/parcels/1/0/0.png").status_code == 503
    assert get("/identify?lon=121&lat=31").status_code == 503
    assert get("/feature/parcels/1").status_code == 404
    assert json.loads(bytes(get("/labels").body)) == []
