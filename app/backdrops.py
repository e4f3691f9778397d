"""The map's background: none by default; the office's own tiles, or 天地图 with the office's key. Never required.

What an office sets once stands in the environment (TIANCHOU_TILES, TIANCHOU_TILES_NAME, TIANCHOU_TIANDITU_KEY); a
visitor chooses among what is set, or types an address or a key that lasts as long as the session.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from app.state import session

_KEY = re.compile(r"^[0-9A-Za-z]{16,64}$")
_PARTS = {"z", "x", "y", "-y", "s", "r"}


@dataclass(frozen=True)
class Backdrop:
    """Tiles behind the layers: Leaflet's address pattern and what must be said about their source."""

    name: str
    url: str
    attribution: str
    max_zoom: int = 18


def tile_address(text: str) -> str:
    """The address of an office's tiles when it is one: http(s), {z}, {x} and {y} and no other pattern; else ''."""
    text = text.strip()
    parts = urlsplit(text)
    asked = set(re.findall(r"{([^{}]*)}", text))
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or set(text) & set("<>\"' \t\n"):
        return ""
    return text if {"z", "x"} <= asked <= _PARTS and asked & {"y", "-y"} else ""


def tianditu(key: str) -> tuple[Backdrop, ...]:
    """Map and names of 天地图 for a key; () when the text cannot be a key."""
    key = key.strip()
    if not _KEY.match(key):
        return ()
    ask = "SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0&STYLE=default&TILEMATRIXSET=w&FORMAT=tiles"
    said = "© 国家地理信息公共服务平台 天地图（审图号以其公布为准）"
    where = "https://t0.tianditu.gov.cn/{layer}_w/wmts?{ask}&LAYER={layer}&TILEMATRIX={{z}}&TILEROW={{y}}&TILECOL={{x}}"
    return tuple(
        Backdrop("tianditu", f"{where.format(layer=layer, ask=ask)}&tk={key}", said) for layer in ("vec", "cva")
    )


def choices() -> dict[str, tuple[Backdrop, ...]]:
    """What this visitor may choose: name -> layers. ``none`` is always there and always first."""
    mind = session()
    found: dict[str, tuple[Backdrop, ...]] = {"none": ()}
    url = tile_address(mind.backdrop_url or os.environ.get("TIANCHOU_TILES", ""))
    if url:
        found["office"] = (Backdrop("office", url, _office_name(url)),)
    key = tianditu(mind.tianditu_key or os.environ.get("TIANCHOU_TIANDITU_KEY", ""))
    if key:
        found["tianditu"] = key
    return found


def _office_name(url: str) -> str:
    import html

    return html.escape(os.environ.get("TIANCHOU_TILES_NAME", "") or str(urlsplit(url).hostname))


def chosen_backdrop() -> tuple[Backdrop, ...]:
    """The background in force; () for none."""
    return choices().get(session().backdrop, ())
