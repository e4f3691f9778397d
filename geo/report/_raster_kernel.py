"""The compiled loops behind ``tiles_overview``: fill polygons into a grid of signs, and average the grid into a tile."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def fill_polygons(grid: Any, xy: Any, ring_starts: Any, polygon_rings: Any, signs: Any, order: Any) -> None:
    """Write ``signs[p]`` into every cell whose centre lies inside polygon p (even-odd over its rings), in order.

    grid: uint8 (rows, columns); xy: points in cells, rings closed; ring_starts: first point of each ring and one more;
    polygon_rings: first ring of each polygon and one more; order: polygons from the first to be filled to the last.
    """
    rows, columns = grid.shape
    crossings = np.empty(64, dtype=np.float64)
    for p in order:
        begin, end = ring_starts[polygon_rings[p]], ring_starts[polygon_rings[p + 1]]
        low, high = np.inf, -np.inf
        for i in range(begin, end):
            low, high = min(low, xy[i, 1]), max(high, xy[i, 1])
        if not (high > 0 and low < rows):
            continue
        first, last = max(0, math.ceil(low - 0.5)), min(rows - 1, math.floor(high - 0.5))
        for row in range(first, last + 1):
            y = row + 0.5
            count = 0
            for ring in range(polygon_rings[p], polygon_rings[p + 1]):
                for i in range(ring_starts[ring], ring_starts[ring + 1] - 1):
                    y0, y1 = xy[i, 1], xy[i + 1, 1]
                    if (y0 <= y) != (y1 <= y):
                        if count == len(crossings):
                            more = np.empty(2 * count, dtype=np.float64)
                            more[:count] = crossings
                            crossings = more
                        crossings[count] = xy[i, 0] + (y - y0) / (y1 - y0) * (xy[i + 1, 0] - xy[i, 0])
                        count += 1
            found = np.sort(crossings[:count])
            for k in range(0, count - 1, 2):
                left, right = max(0, math.ceil(found[k] - 0.5)), min(columns - 1, math.ceil(found[k + 1] - 0.5) - 1)
                for column in range(left, right + 1):
                    grid[row, column] = signs[p]


@njit(cache=True, nogil=True)
def average(grid: Any, row0: int, column0: int, step: int, colours: Any, out: Any) -> bool:
    """Paint ``out`` (uint8, size, size, RGBA): each pixel the mean colour of step × step cells. False: all empty.

    colours: uint8 (signs, RGBA), row 0 for nothing. The mean weighs colours by their opacity.
    """
    rows, columns = grid.shape
    size = out.shape[0]
    anything = False
    for i in range(size):
        top = row0 + i * step
        for j in range(size):
            left = column0 + j * step
            r = g = b = a = 0
            for row in range(max(0, top), min(rows, top + step)):
                for column in range(max(0, left), min(columns, left + step)):
                    sign = grid[row, column]
                    if sign:
                        alpha = int(colours[sign, 3])
                        r += alpha * colours[sign, 0]
                        g += alpha * colours[sign, 1]
                        b += alpha * colours[sign, 2]
                        a += alpha
            if a:
                anything = True
                out[i, j, 0] = (2 * r + a) // (2 * a)
                out[i, j, 1] = (2 * g + a) // (2 * a)
                out[i, j, 2] = (2 * b + a) // (2 * a)
                out[i, j, 3] = a // (step * step)
            else:
                out[i, j, 3] = 0
    return anything
