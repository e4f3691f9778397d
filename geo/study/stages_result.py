"""A relocation in years: what each year moves, what is left, and what it cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from geo.zone import Zone

if TYPE_CHECKING:
    import geopandas as gpd

    from geo.plan.relocation.problem import Problem
    from geo.plan.relocation.solution import Shortfall, Solution

MOST_YEARS = 50
UNDONE = ("PL402", "PL405", "PL407")
"""Reasons of what the years could not take; the rest of what is left was never to leave."""


@dataclass(frozen=True)
class Stage:
    """One year: what leaves, what comes, its problem and plan, the cap's room by township at its start (m²)."""

    year: int
    moved_out: gpd.GeoDataFrame
    moved_in: gpd.GeoDataFrame
    problem: Problem
    solution: Solution
    room_m2: Mapping[str, float]


@dataclass(frozen=True)
class Stages:
    """A plan in years. left: what has not left after the last (reason: PL402 cap, PL404, PL405 no plan, PL406 held,
    PL407 not looked at to the end). run_id: of the plan under the same terms.

    ended: done, years (as many as asked were used), stuck (no block fits under the cap in any year), infeasible (the
    next year has no plan; its clashing constraints in ``clashing``, what they lack in ``shortfalls``), time (none was
    found in the time), cancelled. price: what the stages cost together beyond the proven bound of one plan for
    everything without the cap, mu·km (NaN when there is no such plan).
    """

    zone: Zone
    values: Mapping[str, Any]
    run_id: str
    years: int
    stages: tuple[Stage, ...]
    left: gpd.GeoDataFrame
    ended: str
    clashing: tuple[str, ...]
    shortfalls: tuple[Shortfall, ...]
    at_once_bound: float

    @property
    def cost(self) -> float:
        return float(sum(s.solution.objective for s in self.stages))

    @property
    def price(self) -> float:
        return self.cost - self.at_once_bound if self.ended == "done" else float("nan")
