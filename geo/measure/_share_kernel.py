"""The compiled loop behind ``shares``: how much of every cell of a grid each polygon covers, summed by class."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit

# Cells that are held at once for one polygon; a larger one is told in strips of rows.
_CELLS = 1 << 21


@njit(cache=True, error_model="numpy")
def _lay_edge(x0: float, y0: float, x1: float, y1: float, top: int, depth: int, held: Any) -> None:
    """Adds what lies right of an edge (in cells, row numbers downwards) to the rows top … top + depth − 1 of ``held``.

    ``held`` tells differences along a row: its running sum is the share of each cell.
    """
    if y0 == y1:
        return
    sign = 1.0
    if y0 > y1:
        x0, y0, x1, y1, sign = x1, y1, x0, y0, -1.0
    slope = (x1 - x0) / (y1 - y0)
    row = max(math.floor(y0), top)
    while row < top + depth and row < y1:
        ya, yb = max(y0, row), min(y1, row + 1.0)
        xa = x0 if ya == y0 else x0 + (ya - y0) * slope
        xb = x1 if yb == y1 else x0 + (yb - y0) * slope
        high = sign * (yb - ya)
        r = row - top
        row += 1
        if high == 0.0:
            continue
        if xa > xb:
            xa, xb = xb, xa
        col, last = math.floor(xa), math.floor(xb)
        if col == last:
            part = (xa + xb) / 2 - col
            held[r, col] += high * (1 - part)
            held[r, col + 1] += high * part
            continue
        per = high / (xb - xa)
        at = xa
        while col <= last:
            to = min(xb, col + 1.0)
            piece = per * (to - at)
            part = (at + to) / 2 - col
            held[r, col] += piece * (1 - part)
            held[r, col + 1] += piece * part
            at = to
            col += 1


@njit(cache=True, error_model="numpy")
def class_cells(
    xy: Any, cuts: Any, ring0: Any, ringn: Any, west: float, north: float, wide: float, high: float, grade: Any,
    values: Any, kinds: int,
) -> tuple[Any, Any]:  # fmt: skip
    """Cells of each class (grade −1: none) that each polygon covers, and the sum of values over them (NaN adds none).

    Rings run with the surface on their left in the map; closed.
    """
    count = len(ring0)
    tally, total = np.zeros((count, kinds)), np.zeros(count)
    rows, cols = grade.shape
    held = np.zeros((0, 0))
    for p in range(count):
        if not ringn[p]:
            continue
        low_x = low_y = np.inf
        high_x = high_y = -np.inf
        for k in range(cuts[ring0[p]], cuts[ring0[p] + ringn[p]]):
            low_x, high_x = min(low_x, xy[k, 0]), max(high_x, xy[k, 0])
            low_y, high_y = min(low_y, xy[k, 1]), max(high_y, xy[k, 1])
        left = math.floor((low_x - west) / wide)
        right = math.floor((high_x - west) / wide)
        top = max(0, math.floor((north - high_y) / high))
        bottom = min(rows - 1, math.floor((north - low_y) / high))
        if right < 0 or left >= cols or bottom < top:
            continue
        across = right - left + 3
        strip = max(1, _CELLS // across)
        while top <= bottom:
            depth = min(strip, bottom - top + 1)
            if held.shape[0] < depth or held.shape[1] < across:
                held = np.zeros((max(depth, held.shape[0]), max(across, held.shape[1])))
            for r in range(ring0[p], ring0[p] + ringn[p]):
                for k in range(cuts[r], cuts[r + 1] - 1):
                    # The ring's surface lies on its left: downwards along an edge it is to the east.
                    _lay_edge(
                        (xy[k, 0] - west) / wide - left, (north - xy[k, 1]) / high,
                        (xy[k + 1, 0] - west) / wide - left, (north - xy[k + 1, 1]) / high, top, depth, held,
                    )  # fmt: skip
            for r in range(depth):
                share = 0.0
                for c in range(across):
                    share += held[r, c]
                    held[r, c] = 0.0
                    col = left + c
                    if share > 1e-12 and 0 <= col < cols:
                        kind = grade[top + r, col]
                        if kind >= 0:
                            tally[p, kind] += share
                            value = values[top + r, col]
                            if not math.isnan(value):
                                total[p] += share * value
            top += depth
    return tally, total
