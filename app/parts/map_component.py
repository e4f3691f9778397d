"""The map in the page: a folium map says what it is, Leaflet in a ``components.v2`` component shows it.

folium stays the map object (options, background tiles); it never carries parcel data. This module is the only importer
of folium. Tests replace ``show``.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import streamlit as st

from app.assets import LOADER, scripts, style_sheet

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.backdrops import Backdrop
    from app.state import Bounds

MAX_ZOOM, MIN_ZOOM = 19, 7


def folium_map(home: Bounds, backdrops: tuple[Backdrop, ...] = ()) -> Any:
    """The map object: where it starts, how far it zooms, and the background that the office chose (none by default)."""
    import folium

    (south, west), (north, east) = home
    made = folium.Map(
        location=[(south + north) / 2, (west + east) / 2], zoom_start=12, tiles=None, control_scale=False,
        max_zoom=MAX_ZOOM, min_zoom=MIN_ZOOM, maxZoom=MAX_ZOOM, minZoom=MIN_ZOOM, zoomSnap=0.5,
        wheelPxPerZoomLevel=90, prefer_canvas=True,
    )  # fmt: skip
    for one in backdrops:
        folium.TileLayer(one.url, attr=one.attribution, name=one.name, max_zoom=one.max_zoom).add_to(made)
    return made


def plain(made: Any) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """A folium map as plain values: Leaflet's options, and the address and options of each background."""
    options = {**made.options, "center": made.location, "minZoom": MIN_ZOOM, "maxZoom": MAX_ZOOM}
    options = {key: value for key, value in options.items() if isinstance(value, (str, int, float, bool, list))}
    layers = []
    for child in made._children.values():
        if child._name == "TileLayer":
            kept = {k: v for k, v in child.options.items() if isinstance(v, (str, int, float, bool))}
            layers.append({"url": child.tiles, "options": kept})
    return options, layers


def show(data: Mapping[str, Any], *, key: str) -> dict[str, Any] | None:
    """Mount or update the map; what the visitor did on it since the last run, or None."""
    answer = _component()(data=dict(data), key=key, on_event_change=_nothing)
    told = answer.get("event")
    return dict(told) if isinstance(told, dict) or hasattr(told, "keys") else None


def _nothing() -> None:
    """Streamlit reports a trigger only to those who listen."""


@cache
def _component() -> Any:
    return st.components.v2.component(
        "tianchou_map", html='<div class="tc-host"></div>', css=style_sheet(), js=LOADER.read_text("utf-8")
    )


def base_address() -> str:
    """Where the app lives on its server: ``/``, or ``/office/`` under ``server.baseUrlPath``."""
    path = str(st.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{path}/" if path else "/"


def script_addresses() -> list[str]:
    return [base_address() + url for url in scripts()]
