"""The browser files that the map loads: from this folder, never from a network. See ``static/vendor/manifest.json``.

Scripts are addressed below ``server.baseUrlPath``; style sheets go into the component's shadow root as text.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

STATIC = Path(__file__).parent / "static"
_BASE = "app/static/"

JS = (
    _BASE + "vendor/leaflet/leaflet.js",
    _BASE + "vendor/leaflet-geoman/leaflet-geoman.js",
    _BASE + "map/tianchou_tiles.js",
    _BASE + "map/tianchou_tools.js",
    _BASE + "map/tianchou_map.js",
)
CSS = (
    _BASE + "vendor/leaflet/leaflet.css",
    _BASE + "vendor/leaflet-geoman/leaflet-geoman.css",
    _BASE + "map/tianchou_map.css",
)
LOADER = STATIC / "map" / "loader.js"


@cache
def scripts() -> tuple[str, ...]:
    """Addresses of the scripts in the order they are needed, each with a mark that changes with its bytes."""
    return tuple(f"{url}?v={hashlib.sha256(local_path(url).read_bytes()).hexdigest()[:8]}" for url in JS)


@cache
def style_sheet() -> str:
    """All style sheets of the map as one text."""
    return "\n".join(local_path(url).read_text("utf-8") for url in CSS)


@dataclass(frozen=True)
class Asset:
    """One vendored file: package, version, licence, where it is, and the hash it must have."""

    name: str
    version: str
    licence: str
    file: str
    sha256: str

    @property
    def path(self) -> Path:
        return STATIC / "vendor" / self.file

    def intact(self) -> bool:
        """Is the file there with the hash of the manifest?"""
        return self.path.is_file() and hashlib.sha256(self.path.read_bytes()).hexdigest() == self.sha256


def manifest() -> tuple[Asset, ...]:
    """Every vendored file."""
    rows = json.loads((STATIC / "vendor" / "manifest.json").read_text("utf-8"))["files"]
    return tuple(Asset(**row) for row in rows)


def local_path(url: str) -> Path:
    """The file behind an address that the map uses. Raises ValueError for an address outside the app's own files."""
    if not url.startswith(_BASE):
        raise ValueError(f"{url} is not one of the app's own files")
    return STATIC / url.removeprefix(_BASE).split("?")[0]
