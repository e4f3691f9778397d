"""The compiled loops behind ``tiles_overview``: fill a grid of signs, average it into a tile."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def fill_polygons(
    grid: Any, world: Any, scale: float, west: float, north: float, starts: Any, signs: Any, order: Any
) -> None:
    """Write ``signs[p]`` into every cell whose centre lies inside polygon p (even-odd over its rings), in order.

    grid: uint8 (rows, columns); world: points, in cells when scaled and counted from west and north,
    the rings of a polygon one after another, each closed: a ring ends
    where its first point comes again (one that touches itself there is cut in two, which fills the same cells);
    starts: first point of each polygon and one more; order: polygons from the first to be filled to the last.
    """
    rows, columns = grid.shape
    slots = np.zeros(rows + 1, dtype=np.int64)
    crossings = np.empty(256, dtype=np.float64)
    xy = np.empty((256, 2), dtype=np.float64)
    for p in order:
        begin, end = 0, starts[p + 1] - starts[p]
        if end > len(xy):
            xy = np.empty((2 * end, 2), dtype=np.float64)
        for i in range(end):
            xy[i, 0], xy[i, 1] = world[starts[p] + i, 0] * scale - west, world[starts[p] + i, 1] * scale - north
        low, high = np.inf, -np.inf
        for i in range(begin, end):
            low, high = min(low, xy[i, 1]), max(high, xy[i, 1])
        if not (high > 0 and low < rows):
            continue
        first, last = max(0, math.ceil(low - 0.5)), min(rows - 1, math.ceil(high - 0.5) - 1)
        if last < first:
            continue
        # Twice over the edges: how many cross each row's middle, then where; each row's crossings stand together.
        for row in range(first, last + 2):
            slots[row - first] = 0
        for turn in range(2):
            ring = begin
            for i in range(begin, end - 1):
                if i > ring and xy[i, 0] == xy[ring, 0] and xy[i, 1] == xy[ring, 1]:
                    ring = i + 1  # the edge from here leads to another ring
                    continue
                y0, y1 = xy[i, 1], xy[i + 1, 1]
                top, bottom = max(first, math.ceil(min(y0, y1) - 0.5)), min(last, math.ceil(max(y0, y1) - 0.5) - 1)
                for row in range(top, bottom + 1):
                    if turn == 1:
                        at = slots[row - first]
                        crossings[at] = xy[i, 0] + (row + 0.5 - y0) / (y1 - y0) * (xy[i + 1, 0] - xy[i, 0])
                    slots[row - first] += 1
            if turn == 0:
                total = 0
                for row in range(first, last + 1):
                    many = slots[row - first]
                    slots[row - first] = total
                    total += many
                if total > len(crossings):
                    crossings = np.empty(2 * total, dtype=np.float64)
        begin_row = 0
        for row in range(first, last + 1):
            end_row = slots[row - first]
            _sort(crossings, begin_row, end_row)
            for k in range(begin_row, end_row - 1, 2):
                left = max(0, math.ceil(crossings[k] - 0.5))
                right = min(columns - 1, math.ceil(crossings[k + 1] - 0.5) - 1)
                for column in range(left, right + 1):
                    grid[row, column] = signs[p]
            begin_row = end_row


@njit(cache=True, nogil=True)
def _sort(values: Any, begin: int, end: int) -> None:
    """Put a few numbers in order, in place; many by numpy."""
    if end - begin > 64:
        values[begin:end] = np.sort(values[begin:end])
        return
    for k in range(begin + 1, end):
        value, at = values[k], k
        while at > begin and values[at - 1] > value:
            values[at] = values[at - 1]
            at -= 1
        values[at] = value


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
