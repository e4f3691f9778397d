"""WHOLE LOTS FIRST, then at most one straight cut a demand: what comes in beyond the need stays in the pool.

After the plan with whole lots: for every lot that is not locked in, the least share of it with which every limit still
holds is plain arithmetic (one unknown, four limits). The lot whose cut saves most of the first wish is cut; when no
straight line cuts it without a sliver, the next. Both parts are single polygons of at least the smallest patch and no
narrower than the given mean width (2·area/outline); the part that comes in still joins the farmland that stays.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from geo.geometry.crs import HOUSE_EPSG
from geo.geometry.ellipsoid import area_m2, length_m
from geo.plan.supplement.problem import SupplementProblem

_STEPS = 60
_TURNS = (0.0, 90.0, 30.0, 60.0, 120.0, 150.0, 15.0, 45.0, 75.0, 105.0, 135.0, 165.0)


@dataclass(frozen=True, slots=True)
class Cut:
    """A lot cut: what comes in and what stays in the pool, with their official areas (m², 0.01)."""

    lot_id: str
    kept: Any
    rest: Any
    kept_m2: float
    rest_m2: float


@dataclass(frozen=True, kw_only=True)
class CutRules:
    """min_patch_m2, min_width_m: a part below either is a sliver; gap_m: farthest the kept part may lie from
    ``retained`` (inf: anywhere)."""

    min_patch_m2: float
    min_width_m: float
    gap_m: float = float("inf")


def least_shares(problem: SupplementProblem, d: int, lots: Sequence[str]) -> dict[str, float]:
    """For each lot of a plan, the least share of it with which every limit holds when all others stay whole."""
    place = {i: k for k, i in enumerate(problem.pool.ids)}
    at = np.array([place[i] for i in lots], dtype=np.int64)
    lines = problem.lines(d, at)
    shares: dict[str, float] = {}
    for k, lot in enumerate(lots):
        low, high = 0.0, 1.0
        for line in lines:
            rest = float(line.value.sum() - line.value[k])
            own = float(line.value[k])
            short = line.need - rest
            if own > 0:
                low = max(low, short / own)
            elif own < 0:
                high = min(high, short / own)
        if low <= high and low < 1.0:
            shares[lot] = low
    return shares


def cut_surplus(
    problem: SupplementProblem, d: int, lots: Sequence[str], shapes: Mapping[str, Any], net_factor: Mapping[str, float],
    rules: CutRules, retained: Any,
) -> Cut | None:  # fmt: skip
    """The one cut of a demand's plan that saves most of the first wish, or None when no lot can be cut.

    shapes: polygon of each lot (EPSG:4528); net_factor: net area over area; retained: shapes of farmland that stays.
    """
    place = {i: k for k, i in enumerate(problem.pool.ids)}
    area = problem.pool.area_m2
    wanted = []
    for lot, least in least_shares(problem, d, lots).items():
        if lot in problem.locked_in:
            continue
        whole = float(area[place[lot]])
        # A part below the smallest patch is a sliver: the share is raised to it, and the rest must be a patch as well.
        share = max(least, rules.min_patch_m2 / whole)
        if (1.0 - share) * whole < rules.min_patch_m2:
            continue
        saved = (1.0 - share) * float(problem.cost(problem.priorities[0], d, np.array([place[lot]]))[0])
        wanted.append((-saved, lot, share * whole))
    near = shapely.STRtree(np.asarray(retained, dtype=object)) if len(retained) else None
    for _, lot, target in sorted(wanted):
        found = straight_cut(shapes[lot], target / net_factor[lot], rules, near)
        if found is not None:
            kept, rest = found
            sizes = area_m2([kept, rest], epsg=HOUSE_EPSG)
            return Cut(lot, kept, rest, _cents(sizes[0]), _cents(sizes[1]))
    return None


def straight_cut(shape: Any, target_m2: float, rules: CutRules, near: shapely.STRtree | None) -> tuple[Any, Any] | None:
    """(kept, rest) by one straight line, kept no smaller than target_m2 and by less than 0.01 m² larger; None if none.

    Tried: across the lot's long axis first, then along it, then turned; from either side.
    """
    whole = float(area_m2([shape], epsg=HOUSE_EPSG)[0])
    if not 0 < target_m2 < whole:
        return None
    corners = shapely.get_coordinates(shapely.minimum_rotated_rectangle(shape))
    sides = np.diff(corners[:3], axis=0)
    long = sides[int(np.argmax((sides**2).sum(axis=1)))]
    base = float(np.degrees(np.arctan2(long[1], long[0])))
    for turn in _TURNS:
        for side in (0.0, 180.0):
            pair = _halves(shape, target_m2, base + turn + side)
            if pair is not None and _sound(pair, rules) and _joined(pair[0], rules, near):
                return pair
    return None


def _halves(shape: Any, target_m2: float, angle: float) -> tuple[Any, Any] | None:
    """The part of a shape on the near side of a line across ``angle`` with the area wanted, and the rest."""
    along = np.array([np.cos(np.radians(angle)), np.sin(np.radians(angle))])
    across = np.array([-along[1], along[0]])
    xy = shapely.get_coordinates(shape)
    middle = xy.mean(axis=0)
    reach = float(np.abs(xy - middle).sum(axis=1).max()) + 10.0
    low, high = (float(v) for v in np.quantile((xy - middle) @ along, (0.0, 1.0)))

    def near_side(offset: float) -> Any:
        edge, back = middle + along * offset, middle - along * reach
        wide = across * reach
        return shapely.intersection(shape, shapely.polygons([edge - wide, edge + wide, back + wide, back - wide]))

    for _ in range(_STEPS):
        offset = (low + high) / 2
        if float(area_m2([near_side(offset)], epsg=HOUSE_EPSG)[0]) < target_m2:
            low = offset
        else:
            high = offset
    kept = near_side(high)
    rest = shapely.difference(shape, kept)
    if kept.geom_type != "Polygon" or rest.geom_type != "Polygon":
        return None
    return kept, rest


def _sound(pair: tuple[Any, Any], rules: CutRules) -> bool:
    sizes = area_m2(list(pair), epsg=HOUSE_EPSG)
    outline = length_m(list(pair))
    wide = 2.0 * sizes / np.maximum(outline, 1e-9)
    return bool((sizes >= rules.min_patch_m2).all() and (wide >= rules.min_width_m).all())


def _joined(kept: Any, rules: CutRules, near: shapely.STRtree | None) -> bool:
    if not np.isfinite(rules.gap_m):
        return True
    return near is not None and len(near.query(kept, predicate="dwithin", distance=rules.gap_m)) > 0


def _cents(value: float) -> float:
    return float(np.floor(value * 100.0 + 0.5 + 1e-9) / 100.0)
