"""EXACT SPLITTING: convex cells cut by straight lines, every cut shared by both sides from the first moment.

A cell is a ring of corners; each of its edges lies on a *border*. When a later cut ends on a border, its end point is
registered there, so that at the last the cells on either side of the border list the same vertices: the coverage has
neither gaps nor overlaps by construction, and stays so under any smooth warping of the vertices.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Cell = tuple[list[int], list[int]]
"""Corners (vertex numbers, counter-clockwise) and, for each, the border of the edge to the next corner."""

_ON_LINE_M = 0.02


class Mesh:
    """Vertices and borders of a growing subdivision of the plane, in flat coordinates (m)."""

    def __init__(self) -> None:
        self.x: list[float] = []
        self.y: list[float] = []
        self.borders: list[list[int]] = []

    def vertex(self, x: float, y: float) -> int:
        self.x.append(x)
        self.y.append(y)
        return len(self.x) - 1

    def polygon(self, points: Sequence[tuple[float, float]]) -> Cell:
        """A first cell from its corners, counter-clockwise and convex."""
        corners = [self.vertex(x, y) for x, y in points]
        edges = []
        for k, v in enumerate(corners):
            self.borders.append([v, corners[(k + 1) % len(corners)]])
            edges.append(len(self.borders) - 1)
        return corners, edges

    def cut(self, cell: Cell, nx: float, ny: float, d: float) -> tuple[Cell | None, Cell | None]:
        """The parts of a cell below and above the line nx·x + ny·y = d (unit normal); None where there is none."""
        corners, edges = cell
        xs, ys = self.x, self.y
        side = [nx * xs[v] + ny * ys[v] - d for v in corners]
        if min(side) >= -_ON_LINE_M:
            return None, cell
        if max(side) <= _ON_LINE_M:
            return cell, None
        fresh = len(self.borders)
        ends: list[int] = []
        low_v: list[int] = []
        low_e: list[int] = []
        high_v: list[int] = []
        high_e: list[int] = []
        count = len(corners)
        for k in range(count):
            v, e, s = corners[k], edges[k], side[k]
            t = side[k + 1 - count]
            if s < -_ON_LINE_M:
                low_v.append(v)
                low_e.append(e)
            elif s > _ON_LINE_M:
                high_v.append(v)
                high_e.append(e)
            else:
                low_v.append(v)
                low_e.append(e if t < -_ON_LINE_M else fresh)
                high_v.append(v)
                high_e.append(e if t > _ON_LINE_M else fresh)
                ends.append(v)
                continue
            if (s < -_ON_LINE_M and t > _ON_LINE_M) or (s > _ON_LINE_M and t < -_ON_LINE_M):
                w = corners[k + 1 - count]
                f = s / (s - t)
                m = self.vertex(xs[v] + f * (xs[w] - xs[v]), ys[v] + f * (ys[w] - ys[v]))
                self.borders[e].append(m)
                ends.append(m)
                low_v.append(m)
                high_v.append(m)
                low_e.append(fresh if s < 0 else e)
                high_e.append(e if s < 0 else fresh)
        self.borders.append(ends)
        return (low_v, low_e), (high_v, high_e)

    def strip(
        self, cell: Cell, nx: float, ny: float, d: float, width: float
    ) -> tuple[Cell | None, Cell | None, Cell | None]:
        """Below, the strip of the given width around the line, above."""
        below, rest = self.cut(cell, nx, ny, d - width / 2)
        if rest is None:
            return below, None, None
        middle, above = self.cut(rest, nx, ny, d + width / 2)
        return below, middle, above

    def size(self, cell: Cell) -> float:
        """Planar size of a cell in flat coordinates, for steering the subdivision only (never reported)."""
        xs, ys, corners = self.x, self.y, cell[0]
        total = 0.0
        px, py = xs[corners[-1]], ys[corners[-1]]
        for v in corners:
            qx, qy = xs[v], ys[v]
            total += px * qy - qx * py
            px, py = qx, qy
        return total / 2

    def middle(self, cell: Cell) -> tuple[float, float]:
        """Mean of the corners."""
        corners = cell[0]
        return sum(self.x[v] for v in corners) / len(corners), sum(self.y[v] for v in corners) / len(corners)

    def span(self, cell: Cell, nx: float, ny: float) -> tuple[float, float]:
        """Least and greatest nx·x + ny·y over the cell."""
        values = [nx * self.x[v] + ny * self.y[v] for v in cell[0]]
        return min(values), max(values)

    def rings(self, cells: Sequence[Cell], *, spacing_m: float) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Vertex numbers of the closed rings of the cells with every shared vertex, and the rings' offsets.

        Edges longer than ``spacing_m`` get further vertices, on the border, so both sides have the same.
        """
        order: dict[int, tuple[list[int], dict[int, int]]] = {}
        flat: list[int] = []
        offsets = [0]
        for corners, edges in cells:
            count = len(corners)
            for k in range(count):
                a, b, e = corners[k], corners[k + 1 - count], edges[k]
                line = order.get(e)
                if line is None:
                    line = order[e] = self._ordered(e, spacing_m)
                points, place = line
                i, j = place[a], place[b]
                flat.extend(points[i:j] if i < j else points[i:j:-1])
            flat.append(corners[0])
            offsets.append(len(flat))
        return np.array(flat, dtype=np.int64), np.array(offsets, dtype=np.int64)

    def _ordered(self, border: int, spacing: float) -> tuple[list[int], dict[int, int]]:
        members = list(dict.fromkeys(self.borders[border]))
        xs, ys = self.x, self.y
        a, b = members[0], members[1]
        dx, dy = xs[b] - xs[a], ys[b] - ys[a]
        members.sort(key=lambda v: dx * xs[v] + dy * ys[v])
        points = [members[0]]
        for v in members[1:]:
            u = points[-1]
            gap = ((xs[v] - xs[u]) ** 2 + (ys[v] - ys[u]) ** 2) ** 0.5
            pieces = int(gap / spacing) + 1
            for p in range(1, pieces):
                f = p / pieces
                points.append(self.vertex(xs[u] + f * (xs[v] - xs[u]), ys[u] + f * (ys[v] - ys[u])))
            points.append(v)
        return points, {v: k for k, v in enumerate(points)}

    def coordinates(self) -> NDArray[np.float64]:
        """Flat coordinates of all vertices, one row each."""
        return np.column_stack([np.asarray(self.x), np.asarray(self.y)])


def polygons(rings: NDArray[np.int64], offsets: NDArray[np.int64], coords: NDArray[np.float64]) -> Any:
    """Shapely polygons of the rings with the vertices at ``coords`` (already warped and on the 1 mm grid)."""
    import shapely

    parts = np.arange(len(offsets), dtype=np.int64)
    return shapely.from_ragged_array(shapely.GeometryType.POLYGON, coords[rings], (offsets, parts))
