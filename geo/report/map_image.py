"""The filled layers of a sheet as one picture: hundreds of thousands of polygons in the time that a PDF needs for ten.

Each layer is filled once into a grid of signs at the sheet's own resolution; the colours of layers that lie on one
another are mixed once for each pair of signs, not once for each dot. Few colours also keep the PDF small.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from geo.report.map_frame import Frame
from geo.report.map_page import GROUND
from geo.report.map_raster import PRINT_DPI
from geo.report.palette import rgb

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MOST_SIGNS = 254


@dataclass(frozen=True)
class Filled:
    """One layer to fill: polygons (EPSG:4528), the sign of each (from 0), the fill of each sign ('' = none), opacity.

    Polygons whose sign has no fill leave what lies below them.
    """

    polygons: NDArray[Any]
    signs: NDArray[np.intp]
    fills: tuple[str, ...]
    opacity: float = 1.0


def sign_picture(
    layers: Sequence[Filled], extent: Frame, *, dpi: int = PRINT_DPI, paper: str = GROUND
) -> NDArray[np.uint8]:
    """The layers, bottom first, on paper colour: uint8 (rows, columns, 3), row 0 in the north.

    Raises ValueError for a layer of more than 254 signs.
    """
    rows = max(1, round(extent.height_mm / 25.4 * dpi))
    columns = max(1, round(extent.width_mm / 25.4 * dpi))
    seen = np.zeros((rows, columns), dtype=np.uint8)
    tones = np.array([rgb(paper)], dtype=np.float64)
    for layer in layers:
        grid = _grid(layer, extent, (rows, columns))
        width = len(layer.fills) + 1
        pair = seen.astype(np.uint16) * np.uint16(width) + grid
        there = np.flatnonzero(np.bincount(pair.ravel(), minlength=len(tones) * width))
        below, above = np.divmod(there, width)
        mixed = tones[below]
        for at, sign in enumerate(above):
            fill = layer.fills[sign - 1] if sign else ""
            if fill:
                mixed[at] = mixed[at] * (1 - layer.opacity) + np.array(rgb(fill)) * layer.opacity
        tones, place = np.unique(np.rint(mixed), axis=0, return_inverse=True)
        if len(tones) > 256:  # more colours than one byte counts: never with the signs of this house
            raise ValueError("the layers of a sheet mix into more than 256 colours")
        lut = np.zeros(int(there[-1]) + 1, dtype=np.uint8)
        lut[there] = place.ravel()
        seen = lut[pair]
    return tones.astype(np.uint8)[seen]


def get_ready() -> None:
    """Loads what the first sheet of a process would wait for: the compiled filler and the writers of PDF and PNG."""
    import matplotlib.backends.backend_agg
    import matplotlib.backends.backend_pdf  # noqa: F401

    from geo.report._raster_kernel import fill_polygons

    corners = np.array([[0.0, 0.0], [2.0, 0.0], [2.0, 2.0], [0.0, 0.0]])
    one, first = np.array([1], dtype=np.uint8), np.argsort(np.array([-1.0]), kind="stable")
    fill_polygons(np.zeros((2, 2), dtype=np.uint8), corners, 1.0, 0.0, 0.0, np.array([0, 4]), one, first)


def _grid(layer: Filled, extent: Frame, shape: tuple[int, int]) -> NDArray[np.uint8]:
    """Sign + 1 of the topmost polygon under each dot; larger ones are filled first."""
    from geo.report._raster_kernel import fill_polygons

    if len(layer.fills) > _MOST_SIGNS:
        raise ValueError(f"a layer has at most {_MOST_SIGNS} signs")
    grid = np.zeros(shape, dtype=np.uint8)
    polygons, owner = shapely.get_parts(layer.polygons, return_index=True)
    if (shapely.get_type_id(polygons) == 7).any() or (shapely.get_type_id(polygons) == 6).any():
        polygons, again = shapely.get_parts(polygons, return_index=True)
        owner = owner[again]
    area = shapely.get_type_id(polygons) == 3
    polygons, owner = polygons[area], owner[area]
    if not len(polygons):
        return grid
    box = shapely.bounds(polygons)
    across = (shape[1] / (extent.east - extent.west), shape[0] / (extent.north - extent.south))
    xy, of = shapely.get_coordinates(polygons, return_index=True)
    xy = (xy - np.array([extent.west, extent.north])) * np.array([across[0], -across[1]])
    fill_polygons(
        grid,
        xy,
        1.0,
        0.0,
        0.0,
        np.searchsorted(of, np.arange(len(polygons) + 1)),
        (layer.signs[owner] + 1).astype(np.uint8),
        np.argsort(-((box[:, 2] - box[:, 0]) * (box[:, 3] - box[:, 1])), kind="stable"),
    )
    return grid
