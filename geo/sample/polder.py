"""INSIDE A POLDER: villages and tree belts on the banks, blocks between roads and ditches, fields in strips.

Everything is cut, nothing is placed: each function takes a convex cell and divides it completely, so nothing is lost
between the pieces. ``Piece.role`` says what the piece was cut for; classes may still be changed by calibration.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from geo.sample.mesh import Cell, Mesh
from geo.sample.water import longer_side


@dataclass(slots=True)
class Piece:
    """One parcel to be: cell, class, role (field, pond, lot, lane, ditch, belt, garden, ...), its block and polder."""

    cell: Cell
    code: str
    role: str
    block: int
    polder: int
    width_m: float = 0.0


class Cutter:
    """Divides polders into pieces; one per run, numbering blocks as it goes."""

    def __init__(self, mesh: Mesh, rng: np.random.Generator) -> None:
        self.mesh = mesh
        self.rng = rng
        self.pieces: list[Piece] = []
        self.block = 0
        self.polder = 0

    # -- taking pieces ------------------------------------------------------------------------------------------

    def keep(self, cell: Cell | None, code: str, role: str, width: float = 0.0) -> None:
        if cell is not None:
            self.pieces.append(Piece(cell, code, role, self.block, self.polder, width))

    def next_block(self) -> None:
        self.block += 1

    def pick(self, choices: Mapping[str, float]) -> str:
        """A key with probability in proportion to its weight."""
        roll = self.rng.random() * sum(choices.values())
        for key, weight in choices.items():
            roll -= weight
            if roll <= 0:
                return key
        return next(iter(choices))

    def edge_line(self, cell: Cell, k: int) -> tuple[float, float, float, float]:
        """Inward unit normal of edge k, its offset, its length."""
        mesh, corners = self.mesh, cell[0]
        a, b = corners[k], corners[k + 1 - len(corners)]
        dx, dy = mesh.x[b] - mesh.x[a], mesh.y[b] - mesh.y[a]
        length = math.hypot(dx, dy)
        nx, ny = -dy / length, dx / length
        return nx, ny, nx * mesh.x[a] + ny * mesh.y[a], length

    # -- a polder -----------------------------------------------------------------------------------------------

    def rural_polder(self, cell: Cell, theta: float, kind: str, village: float) -> None:
        """A polder of the given kind (paddy, pond, orchard, wood); ``village``: chance that a bank is built on."""
        rng = self.rng
        self.next_block()
        core: Cell | None = cell
        edges = [self.edge_line(cell, k) for k in range(len(cell[0]))]
        for nx, ny, d, length in edges:
            if core is None:
                return
            first, _ = self.mesh.span(core, nx, ny)
            bank = max(d, first)
            if length > 160 and rng.random() < village:
                depth = float(rng.uniform(45, 85))
                band, core = self.mesh.cut(core, nx, ny, bank + depth)
                if band is not None:
                    self.village_band(band, nx, ny, bank)
            elif length > 90 and rng.random() < 0.55:
                belt, core = self.mesh.cut(core, nx, ny, bank + float(rng.uniform(5, 13)))
                for part in self.chop(belt, -ny, nx, 560.0):
                    self.keep(part, self.pick({"0307": 6, "0301": 3, "0404": 2, "1006": 3}), "belt", 5.0)
        if core is not None:
            self.blocks(core, theta, kind)

    def chop(self, cell: Cell | None, nx: float, ny: float, length: float) -> list[Cell]:
        """A cell cut across the direction (nx, ny) into parts of about the length, unevenly."""
        if cell is None:
            return []
        first, last = self.mesh.span(cell, nx, ny)
        count = max(1, round((last - first) / length))
        stops = (np.arange(1, count) + self.rng.uniform(-0.28, 0.28, count - 1)) / count
        parts: list[Cell] = []
        rest: Cell | None = cell
        for stop in stops:
            if rest is None:
                break
            part, rest = self.mesh.cut(rest, nx, ny, first + (last - first) * float(stop))
            if part is not None:
                parts.append(part)
        if rest is not None:
            parts.append(rest)
        return parts

    # -- farmland -----------------------------------------------------------------------------------------------

    def blocks(self, cell: Cell, theta: float, kind: str) -> None:
        """Blocks of 3–9 ha between field roads and ditches, then fields."""
        rng, mesh = self.rng, self.mesh
        stack = [(cell, theta)]
        while stack:
            part, turn = stack.pop()
            size = mesh.size(part)
            if size < 1500:
                self.next_block()
                self.keep(part, self.pick({"0307": 2, "0404": 1, "1104": 1, "0103": 1}), "corner")
                continue
            if size < rng.uniform(5.0e4, 10.5e4):
                self.next_block()
                self.field_block(part, turn, kind)
                continue
            nx, ny, first, last = longer_side(mesh, part, turn)
            tilt = rng.normal(0, 0.03)
            nx, ny = nx * math.cos(tilt) - ny * math.sin(tilt), nx * math.sin(tilt) + ny * math.cos(tilt)
            first, last = mesh.span(part, nx, ny)
            d = first + (last - first) * float(rng.uniform(0.38, 0.62))
            if rng.random() < 0.5:
                code, width = "1006", float(rng.uniform(3.6, 6.2))
            else:
                code, width = "1107", float(rng.uniform(2.6, 6.5))
            below, lane, above = mesh.strip(part, nx, ny, d, width)
            self.keep(lane, code, "lane", width)
            if code == "1006" and above is not None and rng.random() < 0.35:
                ditch = float(rng.uniform(2.0, 3.5))
                side, above = mesh.cut(above, nx, ny, d + width / 2 + ditch)
                self.keep(side, "1107", "ditch", ditch)
            stack += [(p, turn) for p in (below, above) if p is not None]

    def field_block(self, cell: Cell, theta: float, kind: str) -> None:
        """A block cut into strips across its longer side."""
        rng = self.rng
        use = self.pick(_USES[kind])
        nx, ny, first, last = longer_side(self.mesh, cell, theta)
        size = self.mesh.size(cell)
        depth = size / max(last - first, 1.0)
        if use == "paddy":
            width = float(np.clip(rng.lognormal(math.log(69), 0.36), 26, 145))
            if depth < 70:
                width *= 2.2
            for part in self.chop(cell, nx, ny, width):
                self.field(part)
        elif use == "pond":
            width = float(rng.uniform(45, 95))
            for part in self.chop(cell, nx, ny, width):
                self.keep(part, "1104A" if rng.random() < 0.5 else "1104", "pond")
        elif use == "dry":
            for part in self.chop(cell, nx, ny, float(rng.uniform(30, 60))):
                self.keep(part, self.pick({"0103": 4, "0102": 5, "0201": 2}), "field")
        else:
            code = {"orchard": "0201", "nursery": "0307", "wood": "0301", "tea": "0204", "farm": "1202"}[use]
            for part in self.chop(cell, nx, ny, float(rng.uniform(80, 190))):
                self.keep(part, code if rng.random() < 0.85 else "0404", "garden")

    def field(self, cell: Cell) -> None:
        """One paddy strip; now and then a small piece of something else is cut from its end."""
        rng, mesh = self.rng, self.mesh
        if rng.random() < 0.07:
            nx, ny, first, last = longer_side(mesh, cell, math.atan2(1, 0))
            if last - first > 60:
                share = float(rng.uniform(0.1, 0.3))
                end, cell2 = mesh.cut(cell, nx, ny, first + (last - first) * share)
                self.keep(end, self.pick({"1104": 3, "0307": 3, "0103": 3, "1202": 2, "0201": 2}), "odd")
                if cell2 is None:
                    return
                cell = cell2
        self.keep(cell, "0101", "field")

    # -- villages -----------------------------------------------------------------------------------------------

    def village_band(self, band: Cell, nx: float, ny: float, bank: float) -> None:
        """A band along a bank: stretches of houses on the water with a lane behind, gardens and ponds between."""
        rng, mesh = self.rng, self.mesh
        for part in self.chop(band, -ny, nx, 190.0):
            self.next_block()
            if rng.random() < 0.62:
                front, back = mesh.cut(part, nx, ny, bank + float(rng.uniform(26, 44)))
                for lot in self.chop(front, -ny, nx, float(rng.uniform(75, 145))):
                    self.keep(lot, "0702" if rng.random() < 0.86 else self.pick(_BETWEEN), "lot")
                if back is not None:
                    lane, back = mesh.cut(back, nx, ny, mesh.span(back, nx, ny)[0] + 4.0)
                    self.keep(lane, "1004", "lane", 4.0)
                for lot in self.chop(back, -ny, nx, float(rng.uniform(60, 120))):
                    self.keep(lot, self.pick(_BEHIND), "garden")
            else:
                for lot in self.chop(part, -ny, nx, float(rng.uniform(50, 110))):
                    self.keep(lot, self.pick(_BETWEEN), "garden")


_USES: dict[str, dict[str, float]] = {
    "paddy": {"paddy": 84, "dry": 2, "pond": 5, "orchard": 3, "nursery": 3, "wood": 1, "farm": 1.5},
    "pond": {"paddy": 14, "pond": 66, "orchard": 6, "nursery": 8, "wood": 3, "farm": 3},
    "orchard": {"paddy": 16, "dry": 5, "pond": 10, "orchard": 38, "nursery": 26, "wood": 6, "farm": 4},
    "wood": {"paddy": 8, "pond": 12, "nursery": 30, "wood": 44, "orchard": 6},
}
_BETWEEN = {"0307": 4, "0102": 3, "0103": 2, "1104": 4, "0201": 2, "0301": 2, "0404": 1}
_BEHIND = {"0702": 4, "0102": 3, "0103": 2, "0307": 3, "1104": 3, "0201": 2, "1202": 0.6, "1201": 0.4}
