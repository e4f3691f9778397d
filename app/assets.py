"""The browser files that the map loads: from this folder, never from a network. See ``static/vendor/manifest.json``.

Addresses are relative to the component's frame at ``/component/streamlit_folium.st_folium/``, so that they also hold
under ``server.baseUrlPath``.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

STATIC = Path(__file__).parent / "static"
_BASE = "../../app/static/"

JS = (("leaflet", _BASE + "vendor/leaflet/leaflet.js"), ("tianchou_map", _BASE + "map/tianchou_map.js"))
CSS = (("leaflet_css", _BASE + "vendor/leaflet/leaflet.css"), ("tianchou_map_css", _BASE + "map/tianchou_map.css"))


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
