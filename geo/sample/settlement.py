"""TOWNS AND WORKS: streets cut a town into quarters, quarters into plots; an industrial park is coarser."""

from __future__ import annotations

from geo.sample.mesh import Cell
from geo.sample.polder import Cutter
from geo.sample.water import longer_side

_PLOTS: dict[str, dict[str, float]] = {
    "town": {"0701": 46, "05H1": 14, "08H1": 4, "08H2": 7, "0809": 3, "0810": 7, "0601": 8, "0702": 6, "1201": 3,
             "1104": 2, "0301": 3},
    "works": {"0601": 62, "0508": 8, "05H1": 4, "0809": 3, "0810": 4, "1201": 7, "0404": 4, "1104": 3, "0101": 5,
              "0307": 6},
    "fringe": {"0702": 18, "0601": 14, "0101": 26, "0701": 8, "1104": 8, "0201": 5, "0307": 9, "1202": 2, "0404": 4,
               "0102": 5},
}  # fmt: skip
# Part of the plots that are still farmed in small pieces between the works.
_LEFTOVER = {"works": 0.17, "fringe": 0.26}
_PIECES = {"0101": 9, "0102": 2, "0103": 2, "1104": 3, "0307": 3, "0404": 2, "0201": 2, "1201": 1}
_GRAIN = {"town": 9000.0, "works": 21000.0, "fringe": 8500.0}


def built_polder(cutter: Cutter, cell: Cell, theta: float, kind: str) -> None:
    """A polder of a market town ('town'), an industrial park ('works') or the town's edge ('fringe')."""
    rng, mesh = cutter.rng, cutter.mesh
    stack = [(cell, theta, 0)]
    while stack:
        part, turn, depth = stack.pop()
        size = mesh.size(part)
        if size < _GRAIN[kind] * float(rng.uniform(0.6, 1.8)) or size < 2500:
            cutter.next_block()
            if kind != "town" and rng.random() < _LEFTOVER[kind]:
                leftovers(cutter, part, turn)
                continue
            code = cutter.pick(_PLOTS[kind])
            cutter.keep(part, code, "field" if code.startswith("01") else "plot")
            continue
        nx, ny, first, last = longer_side(mesh, part, turn)
        d = first + (last - first) * float(rng.uniform(0.36, 0.64))
        if size > 3.2 * _GRAIN[kind]:
            width = float(rng.uniform(14, 22)) if depth < 2 else float(rng.uniform(6, 12))
            code = "1004" if kind != "fringe" or depth < 2 else "1006"
            width = width if code == "1004" else float(rng.uniform(3.6, 6.0))
            below, street, above = mesh.strip(part, nx, ny, d, width)
            cutter.keep(street, code, "lane", width)
        else:
            below, above = mesh.cut(part, nx, ny, d)
        stack += [(p, turn, depth + 1) for p in (below, above) if p is not None]


def leftovers(cutter: Cutter, cell: Cell, theta: float) -> None:
    """A plot that the town has grown around: small fields, ponds, trees and waste ground side by side."""
    rng, mesh = cutter.rng, cutter.mesh
    stack = [cell]
    while stack:
        part = stack.pop()
        if mesh.size(part) < float(rng.uniform(1300, 5200)):
            code = cutter.pick(_PIECES)
            cutter.keep(part, code, "field" if code.startswith("01") else "odd")
            continue
        nx, ny, first, last = longer_side(mesh, part, theta)
        below, above = mesh.cut(part, nx, ny, first + (last - first) * float(rng.uniform(0.32, 0.68)))
        stack += [p for p in (below, above) if p is not None]
