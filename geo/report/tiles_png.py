"""RASTER TILES: the same signs painted with Pillow, for the small scales where a parcel is a few pixels.

512 pixels a tile, shown at 256: the browser's shrinking is the anti-aliasing.
"""

from __future__ import annotations

import zlib
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from geo.report.palette import Style, rgb

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from PIL.Image import Image

PIXELS = 512
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_HATCH_STEP = 16  # divides PIXELS, so that hatches run on from tile to tile

# One polygon: its rings as flat pixel lists [x0, y0, x1, y1, …], the outer ring first.
Rings = list[list[float]]


def paint(groups: Iterable[tuple[Style, Sequence[Rings]]], *, cvd: bool = False) -> Image:
    """One transparent tile. Groups come in drawing order; in a group larger polygons come before those inside them.

    A style without fill draws its outline only; a hatched style draws a pale fill under the hatch.
    """
    from PIL import Image, ImageDraw

    tile = Image.new("RGBA", (PIXELS, PIXELS), (0, 0, 0, 0))
    for style, polygons in groups:
        fill, stroke = style.colours(cvd=cvd)
        if fill or style.hatch:
            mask = Image.new("L", (PIXELS, PIXELS), 0)
            pen = ImageDraw.Draw(mask)
            for rings in polygons:
                for place, ring in enumerate(rings):
                    if len(ring) >= 6:
                        pen.polygon(ring, fill=255 if place == 0 else 0)
            if fill:
                strength = 110 if style.hatch else 255
                tile.paste((*rgb(fill), strength), (0, 0), mask)
            if style.hatch:
                from PIL import ImageChops

                lines = ImageChops.multiply(mask, _hatch(style.hatch))
                tile.paste((*rgb(stroke or fill), 255), (0, 0), lines)
        if stroke and style.width >= _VISIBLE_WIDTH:
            pen = ImageDraw.Draw(tile)
            for rings in polygons:
                for ring in rings:
                    if len(ring) >= 6:
                        pen.line([*ring, *ring[:2]], fill=(*rgb(stroke), 255), width=max(1, round(style.width * 2)))
    return tile


_VISIBLE_WIDTH = 0.4  # points; hairlines between parcels only muddy a small scale


def halved(tile: Image) -> Image:
    """The tile at half its size; reduced with premultiplied alpha, which keeps edges from going dark."""
    return tile.convert("RGBa").reduce(2).convert("RGBA")


def to_bytes(tile: Image) -> bytes:
    """The picture (RGBA) as PNG, unfiltered and packed fast: a quarter of Pillow's time for a map's flat colours, and
    smaller."""
    width, height = tile.size
    rows = np.zeros((height, 1 + 4 * width), dtype=np.uint8)
    rows[:, 1:] = np.asarray(tile).reshape(height, -1)
    head = width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes((8, 6, 0, 0, 0))
    return _SIGNATURE + _chunk(b"IHDR", head) + _chunk(b"IDAT", zlib.compress(rows.tobytes(), 1)) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, body: bytes) -> bytes:
    return len(body).to_bytes(4, "big") + kind + body + zlib.crc32(kind + body).to_bytes(4, "big")


@cache
def _hatch(kind: str) -> Image:
    from PIL import Image, ImageDraw

    tile = Image.new("L", (PIXELS, PIXELS), 0)
    pen = ImageDraw.Draw(tile)
    if kind == "dots":
        for x in range(_HATCH_STEP // 2, PIXELS, _HATCH_STEP):
            for y in range(_HATCH_STEP // 2, PIXELS, _HATCH_STEP):
                pen.ellipse((x - 2, y - 2, x + 2, y + 2), fill=255)
        return tile
    for at in range(-PIXELS, 2 * PIXELS, _HATCH_STEP):
        if kind in ("diagonal", "cross"):
            pen.line((at, PIXELS, at + PIXELS, 0), fill=255, width=2)
        if kind in ("back", "cross"):
            pen.line((at, 0, at + PIXELS, PIXELS), fill=255, width=2)
    return tile
