"""VECTOR TILES: the envelope of a Mapbox Vector Tile 2.1 around the streams that ``_tile_kernel.draw`` writes.

The map needs no ids (a click is answered by the server), so every polygon of one sign becomes one multipolygon
feature: the tile is smaller, and the browser fills one path a sign instead of thousands. Measured beside
``mapbox-vector-tile`` in ``docs/decisions/0003-tiles.md``.
"""

from __future__ import annotations

EXTENT = 4096
STYLE_TAG = "k"
_POLYGON = 3


def wrap(name: str, streams: list[tuple[str, bytes]]) -> bytes:
    """The tile of a layer from the sign and the geometry stream of each of its features; empty without any."""
    if not streams:
        return b""
    body = b"".join(
        _bytes(2, _bytes(2, _varint(0) + _varint(number)) + _number(3, _POLYGON) + _bytes(4, geometry))
        for number, (_, geometry) in enumerate(streams)
    )
    head = _number(15, 2) + _bytes(1, name.encode())
    words = _bytes(3, STYLE_TAG.encode()) + b"".join(_bytes(4, _bytes(1, word.encode())) for word, _ in streams)
    return _bytes(3, head + body + words + _number(5, EXTENT))


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _bytes(field: int, value: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(value)) + value
