"""THE MAP: one function for every page. ``map_view(state)`` shows it and tells what was clicked.

folium makes an empty Leaflet map; the layers are tiles of our own routes, drawn by ``static/map/tianchou_map.js``.
Every change (layers, opacity, selection, language) is sent as one small JSON value, so that the map in the page is
never built anew. This module is the only importer of folium and streamlit_folium.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.assets import CSS, JS
from app.cache import layer_index, open_zone
from app.state import Bounds, session
from app.words import t
from geo.report.palette import layer_styles, styles

if TYPE_CHECKING:
    from collections.abc import Sequence


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
    """What the map shall show. ``ask``: layers that a click asks, the first that answers is outlined at once."""

    key: str
    layers: Sequence[MapLayer]
    ask: Sequence[str] = ("parcels",)
    select: tuple[str, str] | None = None
    fly_to_select: bool = False
    swipe: tuple[str, str] | None = None
    start: Bounds | None = None
    height: int = 620


@dataclass(frozen=True)
class MapEvent:
    """A new click in degrees, or None."""

    clicked: tuple[float, float] | None = None


def map_view(state: MapState) -> MapEvent:
    """Show the map and return what happened on it since the last run."""
    from streamlit_folium import st_folium

    remembered = session()
    empty, change = _map(json.dumps(_view(state), ensure_ascii=True, sort_keys=True))
    answer = st_folium(
        empty, key=f"map_{state.key}", height=state.height, use_container_width=True,
        returned_objects=["last_clicked"], feature_group_to_add=change,
    )  # fmt: skip
    at = (answer or {}).get("last_clicked")
    clicked = (float(at["lng"]), float(at["lat"])) if at else None
    if clicked is None or remembered.clicks.get(state.key) == clicked:
        return MapEvent()
    remembered.clicks[state.key] = clicked
    return MapEvent(clicked)


def _view(state: MapState) -> dict[str, Any]:
    mind, opened = session(), open_zone()
    west, south, east, north = layer_index("towns").bounds
    layers = []
    for layer in state.layers:
        index = layer_index(layer.source)
        w, s, e, n = index.bounds
        layers.append({
            "id": layer.id, "source": layer.source, "v": f"{opened.version}-{_look()}", "on": layer.on,
            "opacity": round(layer.opacity, 2), "side": layer.side, "cvd": mind.cvd,
            "bounds": [[s, w], [n, e]], "styles": _styles(index.name, mind.cvd),
        })  # fmt: skip
    return {
        "lang": mind.lang,
        "badge": t("sample_mark") if opened.zone.synthetic else "",
        "words": {k: t("map_" + k) for k in ("home", "zoom_in", "zoom_out")},
        "home": [[south, west], [north, east]],
        "start": state.start,
        "layers": layers,
        "ask": list(state.ask),
        "select": _selected(state),
        "swipe": {"left": state.swipe[0], "right": state.swipe[1]} if state.swipe else None,
        "labels": opened.version,
        "fly": {"n": mind.flights, "bounds": mind.fly} if mind.fly else None,
    }


def _selected(state: MapState) -> dict[str, Any] | None:
    if state.select is None:
        return None
    return {"layer": state.select[0], "id": state.select[1], "fly": state.fly_to_select}


def _styles(layer: str, cvd: bool) -> dict[str, dict[str, Any]]:
    name = {"context_lakes": "parcels", "context_counties": "counties"}.get(layer, layer.removeprefix("context_"))
    found = {}
    for sign in layer_styles(name):
        fill, stroke = sign.colours(cvd=cvd)
        found[sign.style] = {"fill": fill, "stroke": stroke, "width": sign.width, "hatch": sign.hatch}
    return found


@cache
def _look() -> str:
    """Version of the signs: a browser must not keep painted tiles of an older legend."""
    return sha256(repr(sorted(styles().items())).encode()).hexdigest()[:8]


@cache
def _script_version() -> str:
    folder = Path(__file__).parents[1] / "static" / "map"
    return sha256(b"".join(p.read_bytes() for p in sorted(folder.iterdir()))).hexdigest()[:8]


def _map(view: str) -> tuple[Any, Any]:
    """The empty folium map, and the change to apply to it."""
    import folium
    from jinja2 import Template

    class QuietMap(folium.Map):
        """A folium map that fetches nothing from outside."""

        default_js = [(name, f"{url}?v={_script_version()}") for name, url in JS]  # noqa: RUF012
        default_css = [(name, f"{url}?v={_script_version()}") for name, url in CSS]  # noqa: RUF012

    class Change(folium.MacroElement):
        """Runs in the frame after each rerun. ``view`` is JSON in ASCII: data cannot become script."""

        _template = Template(
            "{% macro script(this, kwargs) %}window.tianchou.apply(window.map, {{ this.view }});{% endmacro %}"
        )

        def __init__(self, text: str) -> None:
            super().__init__()
            self._name = "Change"
            self.view = text

    west, south, east, north = layer_index("towns").bounds
    empty = QuietMap(
        location=[(south + north) / 2, (west + east) / 2], zoom_start=12, tiles=None, control_scale=False,
        max_zoom=19, min_zoom=7, maxZoom=19, minZoom=7, zoomSnap=0.5, wheelPxPerZoomLevel=90, prefer_canvas=True,
    )  # fmt: skip
    group = folium.FeatureGroup(name="view")
    group.add_child(Change(view))
    return empty, group
