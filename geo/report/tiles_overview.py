"""OVERVIEW: a crowded layer as one small grid of signs, from which every small-scale tile is averaged.

Half a million parcels become about 20 million cells of 16 m (one byte each). Painting them one by one for each tile
took 20 s a tile; filling the grid once takes under two, and a tile then some 30 ms.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from geo.report.palette import Style, rgb
from geo.report.tiles_png import PIXELS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from PIL.Image import Image

    from geo.report.tiles_flat import Flat

LAST_ZOOM = 12  # the grid's cells are the pixels of painted tiles of this zoom
_MOST_CELLS = 400_000_000
_HATCHED, _OUTLINE = 150, 90  # opacity of a hatched sign and of one without fill, as seen from afar


class Overview:
    """Grid of the signs of one layer.

    flat: its polygons, at least one; signs: number of the style of each, from 0; styles: at most 255. Larger boxes are
    filled first, so that what lies inside stays seen.
    """

    def __init__(self, flat: Flat, signs: NDArray[np.intp], styles: Sequence[Style]) -> None:
        from geo.report._raster_kernel import fill_polygons

        if len(styles) > 255:
            raise ValueError("a layer of the map has at most 255 signs")
        self._styles = list(styles)
        scale = float(PIXELS << LAST_ZOOM)
        box = flat.box
        west, north = np.floor(box[:, :2].min(axis=0) * scale).astype(np.int64)
        east, south = np.ceil(box[:, 2:].max(axis=0) * scale).astype(np.int64)
        self._column, self._row = int(west), int(north)
        rows, columns = max(1, int(south - north)), max(1, int(east - west))
        if rows * columns > _MOST_CELLS:
            raise ValueError("the layer reaches too far for an overview")
        self._grid = np.zeros((rows, columns), dtype=np.uint8)
        size = (box[:, 2] - box[:, 0]) * (box[:, 3] - box[:, 1])
        fill_polygons(
            self._grid,
            flat.xy,
            scale,
            float(west),
            float(north),
            flat.ring_start[flat.part_ring],
            (signs + 1).astype(np.uint8),
            np.argsort(-size, kind="stable"),
        )

    @property
    def cells(self) -> int:
        """Number of cells; one byte each."""
        return int(self._grid.size)

    def picture(self, z: int, x: int, y: int, *, cvd: bool = False, half: bool = False) -> Image | None:
        """The painted tile of zoom 0 to ``LAST_ZOOM``; None where there is nothing. ``half``: of 256 pixels."""
        from PIL import Image

        from geo.report._raster_kernel import average

        step = 1 << (LAST_ZOOM - z)
        row, column = y * PIXELS * step - self._row, x * PIXELS * step - self._column
        side = PIXELS * step
        if row >= self._grid.shape[0] or column >= self._grid.shape[1] or row + side <= 0 or column + side <= 0:
            return None
        size = PIXELS // 2 if half else PIXELS
        out = np.zeros((size, size, 4), dtype=np.uint8)
        if not average(self._grid, row, column, side // size, self._colours(cvd=cvd), out):
            return None
        return Image.fromarray(out, "RGBA")

    def _colours(self, *, cvd: bool) -> NDArray[np.uint8]:
        found = np.zeros((len(self._styles) + 1, 4), dtype=np.uint8)
        for number, style in enumerate(self._styles, 1):
            fill, stroke = style.colours(cvd=cvd)
            strength = _HATCHED if style.hatch else 255 if fill else _OUTLINE
            found[number] = (*rgb(fill or stroke), strength)
        return found
