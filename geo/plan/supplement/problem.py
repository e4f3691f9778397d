"""THE REPLACEMENT PROBLEM AS A VALUE: what must be replaced, which reserve lots may do it, in which order of wishes.

Choose lots x_j ∈ {0, 1} of the reserve pool, whole, for every demand d (what one project takes in one county):

    quantity   Σ a_j x_j ≥ ρ · A_d
    paddy      Σ a_j p_j x_j ≥ π · P_d
    quality    Σ a_j (g_j − G_d − s) x_j ≤ 0        (area-weighted mean grade, 1 is best)
    capacity   Σ z_j x_j ≥ Z_d                      (grain capacity, kg)
    locks      x_j = 1 or 0;  a lot serves one demand only

and minimise one wish after the other, each later one within the room that the earlier ones leave (``tolerance``):

    distance   Σ a_j d_j x_j   (mu·km: near before far)
    quality    Σ a_j g_j x_j   (mu·grade: good before poor)
    plots      Σ x_j
    leftover   Σ a_j x_j       (what comes in beyond the need)
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from geo.errors import PlanProblem
from geo.plan.relocation.plots import Floats, Ints, Pool
from geo.standards.units import to_mu

PRIORITIES = ("distance", "quality", "plots", "leftover")
LIMITS = ("quantity", "paddy", "quality", "capacity")
UNITS = {"distance": "mu_km", "quality": "mu_grade", "plots": "count", "leftover": "mu"}


@dataclass(frozen=True, slots=True)
class Demand:
    """What one project takes in one county: net area, paddy, area-weighted mean grade, grain capacity."""

    county: str
    area_m2: float
    paddy_m2: float
    grade: float
    capacity_kg: float
    project: str = ""

    @property
    def name(self) -> str:
        return f"{self.project}@{self.county}" if self.project else self.county


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What the replacement must reach: ratios to what is taken, and how much worse the mean grade may be."""

    area_ratio: float
    paddy_ratio: float
    grade_slack: float
    capacity_ratio: float = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """One limit of one demand over the lots of the pool: Σ value·x[index] ≥ need, in ``unit`` (mu or kg)."""

    limit: str
    demand: str
    index: Ints
    value: Floats
    need: float
    unit: str

    @property
    def name(self) -> str:
        return f"{self.limit}@{self.demand}"

    def measured(self, chosen: np.ndarray) -> float:
        return float(self.value @ chosen[self.index])


@dataclass(frozen=True, kw_only=True, eq=False)
class SupplementProblem:
    """Demands, the pool, limits and wishes.

    pool: reserve lots (``geo.plan.relocation.plots.Pool``); capacity_kg: grain capacity of each lot; distance_m: one
    row a demand, one column a lot (m, inf: the lot may not serve it); locked_in, locked_out: lot ids; tolerance: share
    by which each wish may give way to the later ones; gap: relative gap asked of every proof.
    """

    demands: tuple[Demand, ...]
    pool: Pool
    capacity_kg: Floats
    distance_m: Floats
    limits: Limits
    priorities: tuple[str, ...] = PRIORITIES
    tolerance: float = 0.0
    locked_in: frozenset[str] = field(default_factory=frozenset)
    locked_out: frozenset[str] = field(default_factory=frozenset)

    def __post_init__(self) -> None:
        faults = [f"unknown priority {p}" for p in self.priorities if p not in PRIORITIES]
        if len(set(self.priorities)) != len(self.priorities) or not self.priorities:
            faults.append("priorities must be given once each")
        if self.distance_m.shape != (len(self.demands), len(self.pool)):
            faults.append("distance_m needs one row a demand and one column a lot")
        unknown = sorted((self.locked_in | self.locked_out) - set(self.pool.ids))
        faults += [f"unknown lot {i}" for i in unknown]
        faults += [f"lot {i} is locked in and out" for i in sorted(self.locked_in & self.locked_out)]
        if len(self.pool) and not (self.pool.area_m2 > 0).all():
            faults.append("a lot without area")
        if faults:
            raise PlanProblem("; ".join(faults))

    def usable(self, d: int) -> Ints:
        """Positions of the lots that may serve a demand: its own county, a finite distance, not locked out."""
        out = np.array([i in self.locked_out for i in self.pool.ids], dtype=bool)
        return np.flatnonzero(np.isfinite(self.distance_m[d]) & ~out)

    def lines(self, d: int, index: Ints | None = None) -> list[Line]:
        """The limits of a demand over the lots at ``index`` (by default those that may serve it)."""
        demand, rules = self.demands[d], self.limits
        at = self.usable(d) if index is None else index
        area = to_mu(1.0) * self.pool.area_m2[at]
        grade = self.pool.grade[at]
        worst = demand.grade + rules.grade_slack
        return [
            Line("quantity", demand.name, at, area, to_mu(demand.area_m2) * rules.area_ratio, "mu"),
            Line(
                "paddy", demand.name, at, area * self.pool.paddy[at], to_mu(demand.paddy_m2) * rules.paddy_ratio, "mu"
            ),
            Line("quality", demand.name, at, area * (worst - grade), 0.0, "mu_grade"),
            Line("capacity", demand.name, at, self.capacity_kg[at], demand.capacity_kg * rules.capacity_ratio, "kg"),
        ]

    def cost(self, priority: str, d: int, at: Ints) -> Floats:
        """The coefficients of a wish for the lots at ``at`` when they serve a demand."""
        area = to_mu(1.0) * self.pool.area_m2[at]
        if priority == "distance":
            return np.asarray(area * self.distance_m[d][at] / 1000.0)
        if priority == "quality":
            return area * self.pool.grade[at]
        return np.ones(len(at)) if priority == "plots" else area

    def only(self, d: int) -> SupplementProblem:
        """The same problem for one demand; locks on lots that cannot serve it fall away."""
        mine = set(np.array(self.pool.ids, dtype=object)[np.isfinite(self.distance_m[d])])
        return replace(
            self, demands=(self.demands[d],), distance_m=self.distance_m[d : d + 1],
            locked_in=self.locked_in & mine, locked_out=self.locked_out,
        )  # fmt: skip

    def hash(self) -> str:
        """Twelve hex digits of everything that decides the plan."""
        body = {
            "demands": [[d.name, d.area_m2, d.paddy_m2, d.grade, d.capacity_kg] for d in self.demands],
            "pool": [
                list(self.pool.ids),
                self.pool.area_m2.tolist(),
                self.pool.grade.tolist(),
                self.pool.paddy.tolist(),
            ],
            "capacity": self.capacity_kg.tolist(),
            "distance": np.where(np.isfinite(self.distance_m), self.distance_m, -1.0).tolist(),
            "limits": [self.limits.area_ratio, self.limits.paddy_ratio, self.limits.grade_slack],
            "priorities": [list(self.priorities), self.tolerance],
            "locks": [sorted(self.locked_in), sorted(self.locked_out)],
        }
        return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class Level:
    """One wish as solved: its value, the bound proven, the relative gap, what later levels must keep to.

    prices: multipliers of the limits (by name) that prove ``floor`` by addition alone (``proof``). lots: the plan of
    this level, by demand."""

    demand: str
    level: int
    priority: str
    value: float
    bound: float
    held_to: float
    status: str
    floor: float
    prices: Mapping[str, float]
    lots: Mapping[str, tuple[str, ...]]

    @property
    def gap(self) -> float:
        return max(self.value - self.bound, 0.0) / max(abs(self.value), 1e-9)


@dataclass(frozen=True, slots=True)
class Shortage:
    """A limit that cannot be reached: needed, the most that is possible, both in ``unit``."""

    demand: str
    limit: str
    needed: float
    possible: float
    unit: str

    @property
    def short(self) -> float:
        return self.needed - self.possible


@dataclass(frozen=True, slots=True)
class Supplement:
    """The answer: chosen lot ids by demand, the levels with their proofs; or why there is none.

    status: ``optimal`` (every level within the gap asked), ``feasible`` (a plan with a wider gap), ``infeasible``,
    ``cancelled``.
    """

    status: str
    chosen: Mapping[str, tuple[str, ...]]
    levels: tuple[Level, ...]
    shortages: tuple[Shortage, ...]
    problem_hash: str
    seconds: float
    solver: str

    @property
    def has_plan(self) -> bool:
        return self.status in ("optimal", "feasible")
