"""PERMANENT BASIC FARMLAND, its reserve and the high-standard projects, chosen among the cropland parcels.

Outside the lines farmland is chosen in whole blocks, the best first, until the target is met. Inside the lines every
choice is deliberate: fields that the line cuts, larger blocks that stay, planted 零星 pieces, and traps that look
like them. What turns out to be 零星 without having been planted is dropped again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.sample.fragments import DEFINITION, Blocks, Inside, blocks_of, inside
from geo.sample.ground import Ground
from geo.sample.land import Land
from geo.sample.lines import Lines
from geo.sample.noise import Noise

Floats = NDArray[np.float64]
_CLEAR_M = 9.5


@dataclass(slots=True)
class Choice:
    """Which parcels are farmland, what each planted piece or trap was planted as, and the resulting blocks."""

    rows: NDArray[np.intp]
    planted: dict[int, str]
    traps: dict[int, str]
    boundary_m2: Floats
    redline_m2: Floats
    blocks: Blocks | None = None
    members: dict[int, NDArray[np.intp]] = field(default_factory=dict)


def choose_farmland(parcels: Any, land: Land, lines: Lines, ground: Ground) -> Choice:
    """Choose the farmland among the parcels (rows aligned with ``land``)."""
    pick = _Picker(parcels, land, lines, ground)
    pick.straddling()
    pick.retained()
    pick.outside()
    pick.plant()
    pick.decoys()
    for _ in range(6):
        if not pick.drop_accidents():
            break
    pick.trim()
    pick.drop_accidents()
    return pick.result()


class _Picker:
    def __init__(self, parcels: Any, land: Land, lines: Lines, ground: Ground) -> None:
        self.ground, self.land = ground, land
        self.rng = ground.rng["farmland"]
        self.crop = np.flatnonzero(parcels["slope_grade"].notna().to_numpy())
        self.geoms = land.geoms[self.crop]
        self.net = parcels["net_area_m2"].to_numpy()[self.crop]
        self.role = land.role[self.crop]
        self.county = land.village[self.crop].astype("U6")
        _, self.block = np.unique(land.block[self.crop], return_inverse=True)
        self.boundary: Inside = inside(self.geoms, lines.boundary)
        self.redline: Inside = inside(self.geoms, lines.red)
        self.inner = self.boundary.area_m2 + self.redline.area_m2
        self.touched = self.inner > 0.5
        self.whole = self.boundary.whole | self.redline.whole
        self.chosen = np.zeros(len(self.crop), dtype=bool)
        self.planted: dict[int, str] = {}
        self.traps: dict[int, str] = {}
        both = shapely.union_all([lines.boundary, lines.red])
        tree = shapely.STRtree(self.geoms)
        self.near = np.zeros(len(self.crop), dtype=bool)
        self.near[tree.query(shapely.get_parts(both), predicate="dwithin", distance=90.0)[1]] = True
        self.target = ground.extent.target.get("farmland_m2") or (
            ground.extent.target["farmland_share"] * float(self.net.sum())
        )
        spots = ground.units.centres[land.polder[self.crop]]
        mood = Noise(self.rng, (4000.0, 1500.0))(spots[:, 0], spots[:, 1])
        self.score = mood + self.rng.normal(0, 0.7, self.block.max() + 1)[self.block] - 0.5 * self.near

    def straddling(self) -> None:
        """Fields cut by a line: more than half of them stay farmland (large fields, not 零星)."""
        cut = self.touched & ~self.whole & (self.role == "field") & (self.net > 1.2 * DEFINITION["threshold_m2"])
        self.chosen |= cut & (self.rng.random(len(cut)) < 0.6)

    def retained(self) -> None:
        """Larger blocks that are kept inside the lines: many in the red line, few in the boundary."""
        size = np.bincount(self.block, weights=np.where(self.whole & (self.role == "field"), self.net, 0))
        roll = self.rng.random(len(size))
        large = size > 3 * DEFINITION["threshold_m2"]
        red = np.bincount(self.block, weights=self.redline.whole) > 0
        keep = large & (roll < np.where(red, 0.65, 0.2))
        self.chosen |= keep[self.block] & self.whole & (self.role == "field")

    def outside(self) -> None:
        """Whole blocks outside the lines by rank until the target is nearly met."""
        able = np.flatnonzero(~self.touched & (self.role == "field"))
        first = np.full(self.block.max() + 1, -np.inf)
        np.maximum.at(first, self.block[able], self.score[able])
        able = able[np.lexsort((able, self.block[able], -first[self.block[able]]))]
        # The same share in every county, so that each has land left for its own reserve.
        share = (self.target - float(self.net[self.chosen].sum())) / float(self.net[able].sum())
        for code in np.unique(self.county):
            mine = able[self.county[able] == code]
            self.chosen[mine[np.cumsum(self.net[mine]) <= share * float(self.net[mine].sum())]] = True

    def plant(self) -> None:
        """Small pieces alone inside the lines, so many a county, some of two parcels, some at the threshold."""
        limit = 0.965 * DEFINITION["threshold_m2"]
        fit = self.touched & (self.inner > 1.1 * DEFINITION["min_inside_m2"]) & (self.net < limit)
        fit &= ~self.chosen & (self.role != "barred")
        fit |= np.char.startswith(self.role, "at")
        rows = np.flatnonzero(fit)
        tree = shapely.STRtree(self.geoms[rows])
        a, b = tree.query(self.geoms[rows], predicate="dwithin", distance=_CLEAR_M)
        close: dict[int, list[int]] = {}
        for i, j in zip(rows[a].tolist(), rows[b].tolist(), strict=True):
            if i != j:
                close.setdefault(i, []).append(j)
        mine = np.flatnonzero(self.chosen)
        _, taken = tree.query(self.geoms[mine], predicate="dwithin", distance=_CLEAR_M)
        blocked = set(rows[taken].tolist())
        exact = [r for r in rows.tolist() if self.role[r].startswith("at")]
        for r in exact:
            # A piece at the threshold stands alone whatever else was chosen there.
            around = np.flatnonzero(shapely.dwithin(self.geoms, self.geoms[r], _CLEAR_M))
            self.chosen[around] = False
            if self.role[r] == "at4.9":
                self.planted[r] = "just below the threshold"
            else:
                self.traps[r] = "just above the threshold"
            self.chosen[r] = True
            blocked.update(around.tolist())
        done = {c: sum(self.county[r] == c for r in self.planted) for c in self.ground.extent.fragments}
        partial = self.touched & ~self.whole
        rank = self.rng.random(len(rows)) - 0.5 * self.redline.whole[rows] - 0.35 * partial[rows]
        for r in rows[np.argsort(rank, kind="stable")].tolist():
            code = str(self.county[r])
            if r in blocked or done.get(code, 0) >= self.ground.extent.fragments.get(code, 0):
                continue
            friends = [
                j
                for j in close.get(r, [])
                if j not in blocked
                and self.net[j] + self.net[r] < limit
                and shapely.distance(self.geoms[r], self.geoms[j]) < DEFINITION["gap_m"] - 1
            ]
            word = "partly across the line" if partial[r] else "whole"
            group = [r]
            if friends and self.rng.random() < 0.4:
                group.append(friends[0])
                word += ", two parcels"
            for k in group:
                self.chosen[k] = True
                blocked.update(close.get(k, []))
                blocked.add(k)
                self.planted[k] = word
            done[code] = done.get(code, 0) + 1

    def decoys(self) -> None:
        """Traps: a small field joined to a large block across a road; a small piece just outside the line."""
        limit = 0.9 * DEFINITION["threshold_m2"]
        small = np.flatnonzero(~self.chosen & (self.net < limit) & (self.role != "barred"))
        tree = shapely.STRtree(self.geoms[small])
        mine = np.flatnonzero(self.chosen & (self.role == "field") & (self.net > 2 * DEFINITION["threshold_m2"]))
        a, b = tree.query(self.geoms[mine], predicate="dwithin", distance=7.0)
        gap = shapely.distance(self.geoms[mine[a]], self.geoms[small[b]])
        joined = np.unique(small[b[(gap > 3.0)]])
        own = np.array(sorted(self.planted), dtype=np.intp)
        _, risky = tree.query(self.geoms[own], predicate="dwithin", distance=_CLEAR_M)
        joined = np.setdiff1d(joined, small[risky])
        joined = joined[self.whole[joined]]
        for code in self.ground.extent.fragments:
            for r in self.rng.permutation(joined[self.county[joined] == code])[:4].tolist():
                self.chosen[r] = True
                self.traps[r] = "joined to a large block across a road"
        others = np.flatnonzero(self.chosen)
        _, linked = tree.query(self.geoms[others], predicate="dwithin", distance=_CLEAR_M)
        alone = np.setdiff1d(small, small[linked])
        alone = alone[self.near[alone] & ~self.touched[alone]]
        for code in self.ground.extent.fragments:
            for r in self.rng.permutation(alone[self.county[alone] == code])[:4].tolist():
                self.chosen[r] = True
                self.traps[r] = "small, but outside the lines"

    def blocks(self) -> tuple[NDArray[np.intp], Blocks]:
        rows = np.flatnonzero(self.chosen)
        return rows, blocks_of(
            self.geoms[rows], self.net[rows], self.boundary.area_m2[rows], self.redline.area_m2[rows]
        )

    def drop_accidents(self) -> bool:
        """Drop 零星 blocks that nobody planted, and planted ones that became something else; tells if any was."""
        rows, blocks = self.blocks()
        found = set(blocks.fragmented().tolist())
        label = blocks.label
        planted = {int(label[np.searchsorted(rows, r)]) for r in self.planted if self.chosen[r]}
        accidents = found - planted
        lost = planted - found
        marginal = {
            k
            for k in np.flatnonzero(blocks.net_m2 < 1.2 * DEFINITION["threshold_m2"]).tolist()
            if abs(blocks.inside_m2[k] - DEFINITION["min_inside_m2"]) < 15
        }
        for k in accidents | marginal:
            self.chosen[rows[label == k]] = False
        for r in list(self.planted):
            if not self.chosen[r] or int(label[np.searchsorted(rows, r)]) in lost:
                word = self.planted.pop(r)
                if self.chosen[r]:
                    self.traps[r] = f"no longer alone ({word})"
        return bool(accidents | marginal | lost)

    def trim(self) -> None:
        """Add or drop single fields far from the lines until the total meets the target."""
        gap = self.target - float(self.net[self.chosen].sum())
        free = ~self.touched & ~self.near & (self.role == "field")
        if gap > 0:
            rows = np.flatnonzero(free & ~self.chosen)
            rows = rows[np.argsort(-self.score[rows], kind="stable")]
        else:
            rows = np.flatnonzero(free & self.chosen)
            rows = rows[np.argsort(self.score[rows], kind="stable")]
        for r in rows.tolist():
            if self.net[r] <= abs(gap):
                self.chosen[r] = gap > 0
                gap -= self.net[r] if gap > 0 else -self.net[r]
            if abs(gap) < 300:
                break

    def result(self) -> Choice:
        rows, blocks = self.blocks()
        return Choice(
            rows=self.crop[rows],
            planted={int(self.crop[r]): w for r, w in self.planted.items()},
            traps={int(self.crop[r]): w for r, w in self.traps.items() if self.chosen[r]},
            boundary_m2=self.boundary.area_m2[rows],
            redline_m2=self.redline.area_m2[rows],
            blocks=blocks,
        )
