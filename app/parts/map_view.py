"""THE MAP: one function for every page. ``map_view(state)`` shows it and tells what happened on it.

The layers are tiles of our own routes, drawn by ``static/map/*.js``. Every change (layers, opacity, selection,
language, overlay) is sent as one small JSON value, so that the map in the page is never built anew.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app import map_link
from app.backdrops import chosen_backdrop
from app.cache import layer_index, open_zone
from app.parts import map_component
from app.parts.map_words import WORDS, w
from app.state import Bounds, session
from app.words import t
from geo.report.palette import Style, sign_edition
from geo.report.tiles import EDITION

OVERLAY_LIMIT = 2000  # features; more belong on the shelf as tiles
TOOLS = ("home", "back", "forward", "search", "length", "area", "link", "print")
DRAWN = ("polygon", "line", "rectangle", "edit")


@dataclass(frozen=True)
class MapLayer:
    """One layer, bottom first. source: its address (see ``cache.layer_index``); side: left or right of the swipe."""

    id: str
    source: str
    on: bool = True
    opacity: float = 1.0
    side: str = ""


@dataclass(frozen=True)
class MapState:
    """What the map shall show. ``ask``: layers that a click asks, the first that answers is outlined at once.

    ``draw``: shapes that may be drawn here (polygon, line, rectangle, edit); ``lasso``: offer choosing by an outline;
    ``overlay``: a GeoJSON FeatureCollection in degrees of at most 2,000 features on top of all layers; properties:
    id (a click tells it), title (read under the pointer), colour (#RRGGBB), dashed, fill, edit (may be moved).
    """

    key: str
    layers: Sequence[MapLayer]
    ask: Sequence[str] = ("parcels",)
    select: tuple[str, str] | None = None
    fly_to_select: bool = False
    swipe: tuple[str, str] | None = None
    start: Bounds | None = None
    height: int = 0
    draw: tuple[str, ...] = ()
    lasso: bool = False
    overlay: Mapping[str, Any] | None = None
    tools: tuple[str, ...] = TOOLS


@dataclass(frozen=True)
class MapEvent:
    """What happened since the last run; everything empty when nothing did.

    clicked: a place in degrees; more: it was clicked with Shift or Ctrl; drawn: a GeoJSON geometry in degrees, with
    drawn_as (polygon, line, rectangle, edit) and, after an edit, drawn_id (the id of the overlay's feature); lasso: an
    outline to choose by; overlay_id: the overlay's feature that was clicked; found: layer and id found by search.
    """

    clicked: tuple[float, float] | None = None
    more: bool = False
    drawn: dict[str, Any] | None = None
    drawn_as: str = ""
    drawn_id: str = ""
    lasso: dict[str, Any] | None = None
    overlay_id: str = ""
    found: tuple[str, str] | None = None


def map_view(state: MapState) -> MapEvent:
    """Show the map and return what happened on it since the last run. Raises ValueError for too large an overlay."""
    if state.overlay is not None and len(state.overlay.get("features", ())) > OVERLAY_LIMIT:
        raise ValueError(f"an overlay carries at most {OVERLAY_LIMIT} features; put more on the shelf as tiles")
    view = _view(state)
    # One round through JSON: numpy scalars and tuples fail here, in Python, and not silently in the browser.
    data = json.loads(json.dumps({"view": view, "scripts": map_component.script_addresses(), "height": state.height}))
    told = map_component.show(data, key=f"map_{state.key}")
    if told and told.get("kind") == "print":
        from app.parts.print_panel import ask

        ask(state, _corners(told))
    return _event(told)


def _corners(told: Mapping[str, Any]) -> tuple[float, float, float, float] | None:
    """West, south, east, north that the browser shows; None when it did not say it properly."""
    low, high = _place(told.get("west"), told.get("south")), _place(told.get("east"), told.get("north"))
    return (*low, *high) if low and high and low[0] < high[0] and low[1] < high[1] else None


def _event(told: Mapping[str, Any] | None) -> MapEvent:
    """What the browser said, taken only when it has the expected shape."""
    if not told:
        return MapEvent()
    kind, geometry = told.get("kind"), _geometry(told.get("geometry"))
    if kind == "click":
        at = _place(told.get("lon"), told.get("lat"))
        return MapEvent(clicked=at, more=bool(told.get("more"))) if at else MapEvent()
    if kind == "draw" and geometry and told.get("shape") in DRAWN:
        return MapEvent(drawn=geometry, drawn_as=str(told["shape"]), drawn_id=str(told.get("id", ""))[:200])
    if kind == "lasso" and geometry:
        return MapEvent(lasso=geometry)
    if kind == "overlay":
        return MapEvent(overlay_id=str(told.get("id", ""))[:200])
    if kind == "found":
        return MapEvent(found=(str(told.get("layer", ""))[:100], str(told.get("id", ""))[:200]))
    return MapEvent()


def _place(lon: Any, lat: Any) -> tuple[float, float] | None:
    try:
        found = float(lon), float(lat)
    except (TypeError, ValueError):
        return None
    return found if all(map(math.isfinite, found)) and abs(found[0]) <= 360 and abs(found[1]) <= 90 else None


_SHAPES = {"Polygon": 2, "MultiPolygon": 3, "LineString": 1, "MultiLineString": 2, "Point": 0}


def _geometry(value: Any) -> dict[str, Any] | None:
    """A GeoJSON geometry with finite places and nothing else; None for anything that is not one."""

    def walk(part: Any, depth: int) -> Any:
        if depth == 0:
            at = _place(part[0], part[1])
            if at is None:
                raise ValueError
            return list(at)
        return [walk(p, depth - 1) for p in part]

    kind = value.get("type") if isinstance(value, Mapping) else None
    if kind not in _SHAPES:
        return None
    try:
        return {"type": kind, "coordinates": walk(value["coordinates"], _SHAPES[kind])}
    except (KeyError, IndexError, TypeError, ValueError):
        return None


def _view(state: MapState) -> dict[str, Any]:
    mind, opened = session(), open_zone()
    west, south, east, north = layer_index("towns").bounds
    home: Bounds = ((south, west), (north, east))
    options, backdrop = map_component.plain(map_component.folium_map(home, chosen_backdrop()))
    layers = []
    for layer in state.layers:
        index = layer_index(layer.source)
        w_, s, e, n = index.bounds
        layers.append({
            "id": layer.id, "source": layer.source, "v": f"{opened.version}-{sign_edition()}.{EDITION}", "on": layer.on,
            "opacity": round(layer.opacity, 2), "side": layer.side, "cvd": mind.cvd, "vector": index.vector_from,
            "bounds": [[s, w_], [n, e]], "styles": _styles(index.signs, mind.cvd),
        })  # fmt: skip
    tools = [*state.tools, *state.draw, *(("lasso",) if state.lasso else ())]
    return {
        "lang": mind.lang,
        "cvd": mind.cvd,
        "base": map_component.base_address(),
        "map": options,
        "backdrop": backdrop,
        "badge": t("sample_mark") if opened.zone.synthetic else "",
        "words": {
            **{k: t("map_" + k) for k in ("home", "zoom_in", "zoom_out")},
            **{k: w(k) for k in WORDS if not k.startswith("page_")},
        },
        "tools": tools,
        "home": [[south, west], [north, east]],
        "start": state.start,
        "layers": layers,
        "ask": list(state.ask),
        "select": _selected(state),
        "cleared": mind.cleared,
        "swipe": {"left": state.swipe[0], "right": state.swipe[1]} if state.swipe else None,
        "labels": opened.version,
        "overlay": state.overlay,
        "link": map_link.wanted(opened.version),
        "remember": map_link.remembered(),
        "fly": {"n": mind.flights, "bounds": mind.fly} if mind.fly else None,
    }


def _selected(state: MapState) -> dict[str, Any] | None:
    if state.select is None:
        return None
    return {"layer": state.select[0], "id": state.select[1], "fly": state.fly_to_select}


def _styles(signs: Sequence[Style], cvd: bool) -> dict[str, dict[str, Any]]:
    found = {}
    for sign in signs:
        fill, stroke = sign.colours(cvd=cvd)
        found[sign.style] = {"fill": fill, "stroke": stroke, "width": sign.width, "hatch": sign.hatch}
        if sign.grain:
            found[sign.style]["grain"] = sign.grain
    return found
