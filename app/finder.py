"""Search: townships, villages, parcel numbers and coordinates that a few words may mean, best first."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from app.cache import has_layer, layer_index, open_zone, unit_name
from app.words import place
from geo.geometry.coordinates import read_coordinates
from geo.standards.schema import schema

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST = 12
# Layers whose rows are found by number, and the columns that hold one.
NUMBERS = {"parcels": ("parcel_id", "parcel_no"), "farmland": ("farmland_id", "farmland_no", "parcel_no"),
           "reserve": ("lot_id", "lot_no")}  # fmt: skip
_KINDS = {"towns": ("乡镇", "township"), "villages": ("村", "village")}


@dataclass(frozen=True)
class _Sorted:
    """Numbers of one column in order, and the row of each."""

    keys: NDArray[np.bytes_]
    rows: NDArray[np.intp]

    def beginning(self, text: bytes, most: int) -> list[int]:
        start = int(np.searchsorted(self.keys, text))
        stop = int(np.searchsorted(self.keys, text + b"\xff"))
        return [int(r) for r in self.rows[start : min(stop, start + most)]]


_built: dict[tuple[str, str, str], _Sorted] = {}
_lock = threading.Lock()


def find(words: str, *, lang: str = "zh", most: int = MOST) -> list[dict[str, Any]]:
    """At most ``most`` findings: text, note, and bounds ((south, west), (north, east)) or a place (lat, lon).

    A finding that is a row carries layer and id. Raises InputProblem for a bad zone.
    """
    words = words.strip()
    if not words:
        return []
    found = [_spot(r, lang) for r in read_coordinates(words)]
    found += _units(words, lang)
    if len(found) < most and len(words) >= 2 and words.isascii():
        found += _numbered(words, lang, most - len(found))
    return found[:most]


def _spot(reading: Any, lang: str) -> dict[str, Any]:
    return {
        "text": f"{reading.lon:.6f}° E, {reading.lat:.6f}° N",
        "note": reading.zh if lang == "zh" else reading.en,
        "at": [reading.lat, reading.lon],
    }


def _units(words: str, lang: str) -> list[dict[str, Any]]:
    """Townships and villages whose name (either language) or code holds the words; names that begin so come first."""
    zone, found = open_zone().zone, []
    asked = words.casefold()
    for layer, kind in _KINDS.items():
        if not has_layer(zone, layer):
            continue
        frame, index = zone.layer(layer), layer_index(layer)
        names = frame["unit_name"].astype(str)
        codes = frame["unit_code"].astype(str)
        for row, (name, code) in enumerate(zip(names, codes, strict=True)):
            both = (name.casefold(), place(name, "en").casefold())
            if any(asked in n for n in both) or (len(asked) >= 4 and code.startswith(asked)):
                west, south, east, north = index.feature(row)["bbox"]
                first = 0 if any(n.startswith(asked) for n in both) else 1
                found.append((first, len(name), {
                    "text": place(name, lang), "note": kind[lang == "en"], "bounds": [[south, west], [north, east]],
                }))  # fmt: skip
    return [row for *_, row in sorted(found, key=lambda f: f[:2])]


def _numbered(words: str, lang: str, most: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    seen: set[tuple[str, str]] = set()
    opened = open_zone()
    for layer, columns in NUMBERS.items():
        if not has_layer(opened.zone, layer):
            continue
        frame, index = opened.zone.layer(layer), layer_index(layer)
        for column in columns:
            if column not in frame or len(found) >= most:
                continue
            for row in numbers(layer, column).beginning(words.encode(), most - len(found)):
                row_id = str(frame[index.id_column].iloc[row])
                if (layer, row_id) in seen:
                    continue
                seen.add((layer, row_id))
                west, south, east, north = index.feature(row)["bbox"]
                label = schema(layer).zh if lang == "zh" else schema(layer).en
                where = place(_where(frame, row), lang)
                found.append({
                    "text": str(frame[column].iloc[row]), "note": " · ".join(n for n in (label, where) if n),
                    "bounds": [[south, west], [north, east]], "layer": layer, "id": row_id,
                })  # fmt: skip
    return found


def _where(frame: Any, row: int) -> str:
    if "village_name" in frame and str(frame["village_name"].iloc[row]):
        return str(frame["village_name"].iloc[row])
    return unit_name(str(frame["town_code"].iloc[row])) if "town_code" in frame else ""


def numbers(layer: str, column: str) -> _Sorted:
    """The column's numbers in order; made once a zone (0.3 s for 300,000 rows)."""
    opened = open_zone()
    key = (opened.version, layer, column)
    with _lock:
        if key not in _built:
            for old in [k for k in _built if k[0] != opened.version]:
                del _built[old]
            keys = opened.zone.layer(layer)[column].astype(str).str.encode("utf-8").to_numpy().astype("S")
            order = np.argsort(keys, kind="stable")
            _built[key] = _Sorted(keys[order], order)
        return _built[key]
