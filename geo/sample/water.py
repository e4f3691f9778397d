"""WATER FIRST: rivers and canals divide the plain into polders (圩), wide ones first, as the water towns grew.

Every division is one cut: across the longer side of the piece, near its middle, a little askew. Early cuts are rivers,
later ones canals; some carry a road on the bank. What is left between them are polders of some 30–80 ha.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from geo.sample.mesh import Cell, Mesh


@dataclass(frozen=True, slots=True)
class Reach:
    """A stretch of river, canal or bank road: its cell, class, width."""

    cell: Cell
    code: str
    width_m: float


@dataclass(frozen=True, slots=True)
class Polder:
    """A polder, or (``open_water``) a piece of a great lake that was not divided further."""

    cell: Cell
    axis: float
    open_water: bool = False


# Largest piece (m²) that a cut of the rank divides, and the width of the water (m).
_RANKS = ((5.5e6, 38.0, 85.0), (1.5e6, 20.0, 38.0), (0.0, 8.0, 19.0))


def divide_land(
    mesh: Mesh,
    start: Cell,
    rng: np.random.Generator,
    *,
    axis: float,
    verdict: Callable[[list[tuple[float, float]]], str],
) -> tuple[list[Polder], list[Reach]]:
    """Polders and reaches of a starting cell.

    verdict: tells of a piece (its flat corners) whether to 'drop' it (outside), leave it as 'lake', or 'divide' it.
    """
    polders: list[Polder] = []
    reaches: list[Reach] = []
    stack: list[tuple[Cell, float, float]] = [(start, axis, _polder_size(rng))]
    while stack:
        cell, theta, goal = stack.pop()
        size = mesh.size(cell)
        if size > 2.5e5:
            what = verdict([(mesh.x[v], mesh.y[v]) for v in cell[0]])
            if what == "drop":
                continue
            if what == "lake" and size < 6e6:
                polders.append(Polder(cell, theta, open_water=True))
                continue
        if size < goal:
            polders.append(Polder(cell, theta))
            continue
        rank = next(r for r in _RANKS if size > r[0])
        low, high = _across(mesh, cell, theta)
        nx, ny, first, last = low if low[3] - low[2] > high[3] - high[2] else high
        tilt = rng.normal(0, 0.07)
        c, s = math.cos(tilt), math.sin(tilt)
        nx, ny = nx * c - ny * s, nx * s + ny * c
        first, last = mesh.span(cell, nx, ny)
        d = first + (last - first) * rng.uniform(0.36, 0.64)
        width = float(rng.uniform(rank[1], rank[2]))
        below, water, above = mesh.strip(cell, nx, ny, d, width)
        if water is not None:
            reaches += [Reach(c2, "1101", width) for c2 in sections(mesh, water, -ny, nx, 1100.0)]
        if above is not None and rank[1] > 10 and rng.random() < 0.45:
            # A road along the bank.
            lane = float(rng.uniform(7, 14))
            road, above = mesh.cut(above, nx, ny, d + width / 2 + lane)
            if road is not None:
                reaches += [Reach(c2, "1003", lane) for c2 in sections(mesh, road, -ny, nx, 1500.0)]
        turn = theta + tilt + rng.normal(0, 0.05)
        for part in (below, above):
            if part is not None and mesh.size(part) > 3000:
                stack.append((part, turn, _polder_size(rng)))
            elif part is not None:
                reaches.append(Reach(part, "0307", 10.0))
    return polders, reaches


def _polder_size(rng: np.random.Generator) -> float:
    return float(np.clip(rng.lognormal(math.log(5.6e5), 0.35), 3.2e5, 9.5e5))


def _across(
    mesh: Mesh, cell: Cell, theta: float
) -> tuple[tuple[float, float, float, float], tuple[float, float, float, float]]:
    c, s = math.cos(theta), math.sin(theta)
    return (c, s, *mesh.span(cell, c, s)), (-s, c, *mesh.span(cell, -s, c))


def longer_side(mesh: Mesh, cell: Cell, theta: float) -> tuple[float, float, float, float]:
    """Unit direction of the cell's longer side in the frame turned by theta, and its extent along it."""
    a, b = _across(mesh, cell, theta)
    return a if a[3] - a[2] >= b[3] - b[2] else b


def sections(mesh: Mesh, cell: Cell, nx: float, ny: float, length: float) -> list[Cell]:
    """A long strip cut across into sections of about ``length`` m along the direction (nx, ny)."""
    first, last = mesh.span(cell, nx, ny)
    count = max(1, round((last - first) / length))
    parts: list[Cell] = []
    rest: Cell | None = cell
    for k in range(1, count):
        if rest is None:
            break
        part, rest = mesh.cut(rest, nx, ny, first + (last - first) * k / count)
        if part is not None:
            parts.append(part)
    if rest is not None:
        parts.append(rest)
    return parts
