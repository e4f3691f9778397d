"""THE CONSOLIDATION PROBLEM AS A VALUE: measures that may be taken, plots that may become farmland, what must hold.

Choose measures x_i ∈ {0, 1} (a pond, an orchard, idle or village land, the ridges of a field, a field made better),
farmland plots z_j ∈ {0, 1} of cropland that is there, and w_i ∈ {0, 1}: measure i's new cropland becomes farmland too
(w_i ≤ x_i):

    new_cropland   Σ gain_i x_i ≥ share · cropland before
    grade          Σ (gain_i (G + slack - grade_i) + lift_i) x_i + slack · cropland before ≥ 0
                   (the mean grade G of all cropland, 1 is best, does not fall behind)
    farmland       Σ net_j z_j + Σ gain_i w_i ≥ ratio · A_out             (in all, and a share of it per county)
    quality        Σ net (G_out - grade) over z and w ≥ 0                 (area-weighted mean grade, 1 is best)
    slope          the same with the slope grade
    paddy          Σ net · paddy over z and w ≥ ratio · P_out
    pond_keep      Σ pond area · x ≤ (1 - keep) · ponds                    (water stays)
    construction   Σ built area · x ≥ -growth                             (construction land does not grow)
    budget         Σ cost_i x_i ≤ fund

T, S, P: net area of the farmland that stays, its squares summed by block, its blocks; C, M: contiguity and mean block
before; B_j: the largest block that plot j joins (alone_j: none). The square of the total after, (T + N)², is held from
above by the chord between l, the least that must come in, and u = 2 l. Plots joining each other only help.

    min  Σ (cost_i - value · border_i) x_i + plot · (Σ z_j + Σ w_i)       (yuan; border with cropland joins fields)
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from geo.errors import PlanProblem
from geo.standards.units import to_mu

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Measures:
    """Measures that may be taken, one a row; areas m², cost in yuan, border with cropland in m.

    gain_m2: net cropland that it yields; lift_m2: cropland that it makes better, times the grades won; pond_m2,
    built_m2: what of ponds and construction land it takes; grade, slope, paddy: of the new cropland; farmland: may its
    cropland become permanent farmland? block_m2: the largest block of farmland that it joins (0: none).
    """

    ids: tuple[str, ...]
    gain_m2: Floats
    lift_m2: Floats
    pond_m2: Floats
    built_m2: Floats
    cost_yuan: Floats
    border_m: Floats
    grade: Floats
    slope: Floats
    paddy: Bools
    farmland: Bools
    county: tuple[str, ...]
    block_m2: Floats = field(default_factory=lambda: np.zeros(0))

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, slots=True, eq=False)
class Plots:
    """Cropland that is there and may become permanent farmland, one a row. block_m2: as of ``Measures``."""

    ids: tuple[str, ...]
    net_m2: Floats
    grade: Floats
    slope: Floats
    paddy: Bools
    county: tuple[str, ...]
    block_m2: Floats = field(default_factory=lambda: np.zeros(0))

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What must hold: figures of the unit and of the rule book (shares, ratios; m², yuan; budget inf: none).

    cropland_grade: mean grade of graded_m2 of cropland (nan: grades are not known, nothing is asked of them).
    out_grade: the mean grade that what comes in must reach. stays_m2, stays_squares_m4, stays_blocks: farmland that
    stays (0: its blocks are not asked about).
    """

    cropland_before_m2: float
    new_cropland_share: float
    ponds_m2: float
    pond_keep_share: float
    construction_growth_m2: float
    budget_yuan: float = float("inf")
    cropland_grade: float = float("nan")
    graded_m2: float = 0.0
    grade_slack: float = 0.0
    out_m2: float = 0.0
    out_grade: float = 0.0
    out_slope: float = 0.0
    out_paddy_m2: float = 0.0
    farmland_ratio: float = 1.0
    paddy_ratio: float = 1.0
    county_out_m2: tuple[tuple[str, float], ...] = ()
    county_ratio: float = 0.0
    stays_m2: float = 0.0
    stays_squares_m4: float = 0.0
    stays_blocks: int = 0
    contiguity_before: float = 0.0
    mean_patch_before_m2: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """One limit: Σ coefficient · v ≥ need over the columns x, z, w; ``unit`` mu, mu_grade or wan (10,000 yuan)."""

    name: str
    row: Floats
    need: float
    unit: str


@dataclass(frozen=True, kw_only=True, eq=False)
class Consolidation:
    """Measures, plots, limits and what the planner weighs. border_yuan_m: worth of a metre of border with cropland;
    plot_yuan: what one more farmland plot costs to set up; locked_in, locked_out: ids of measures or plots.
    """

    measures: Measures
    plots: Plots
    limits: Limits
    border_yuan_m: float
    plot_yuan: float
    locked_in: frozenset[str] = field(default_factory=frozenset)
    locked_out: frozenset[str] = field(default_factory=frozenset)

    def __post_init__(self) -> None:
        ids = [*self.measures.ids, *self.plots.ids]
        faults = [f"unknown id {i}" for i in sorted((self.locked_in | self.locked_out) - set(ids))]
        faults += [f"{i} is locked in and out" for i in sorted(self.locked_in & self.locked_out)]
        if len(set(ids)) != len(ids):
            faults.append("an id stands twice")
        if len(self.measures) and not (self.measures.gain_m2 + self.measures.lift_m2 > 0).all():
            faults.append("a measure without gain")
        if faults:
            raise PlanProblem("; ".join(faults))

    @property
    def size(self) -> int:
        return 2 * len(self.measures) + len(self.plots)

    def cost(self) -> Floats:
        """The objective's coefficients over x, z, w, yuan."""
        m = self.measures
        first = m.cost_yuan - self.border_yuan_m * m.border_m
        return np.concatenate([first, np.full(len(self.plots) + len(m), self.plot_yuan)])

    def bounds(self) -> tuple[Floats, Floats]:
        """Lowest and highest value of every column: locks, and land that may not become farmland."""
        m, low, high = self.measures, np.zeros(self.size), np.ones(self.size)
        for k, name in enumerate([*m.ids, *self.plots.ids]):
            low[k] = float(name in self.locked_in)
            high[k] = float(name not in self.locked_out)
        high[len(m) + len(self.plots) :] = m.farmland.astype(float) * (self.limits.out_m2 > 0)
        high[len(m) : len(m) + len(self.plots)] *= float(self.limits.out_m2 > 0)
        return low, high

    def lines(self) -> list[Line]:
        """Every limit but w ≤ x, areas in mu."""
        return self._lines

    @cached_property
    def _lines(self) -> list[Line]:
        m, p, rules = self.measures, self.plots, self.limits
        mu, none_z, none_w = to_mu(1.0), np.zeros(len(self.plots)), np.zeros(len(self.measures))

        def over_x(values: Floats) -> Floats:
            return np.concatenate([values, none_z, none_w])

        def over_in(of_plots: Floats, of_new: Floats) -> Floats:
            return np.concatenate([np.zeros(len(m)), of_plots, of_new])

        need = mu * rules.new_cropland_share * rules.cropland_before_m2
        found = [
            Line("new_cropland", over_x(mu * m.gain_m2), need, "mu"),
            Line("pond_keep", over_x(-mu * m.pond_m2), -mu * (1 - rules.pond_keep_share) * rules.ponds_m2, "mu"),
            Line("construction", over_x(mu * m.built_m2), -mu * rules.construction_growth_m2, "mu"),
        ]
        if np.isfinite(rules.cropland_grade):
            level = rules.cropland_grade + rules.grade_slack
            row = over_x(mu * (m.gain_m2 * (level - m.grade) + m.lift_m2))
            found.append(Line("grade", row, -mu * rules.grade_slack * rules.graded_m2, "mu_grade"))
        if np.isfinite(rules.budget_yuan):
            found.append(Line("budget", over_x(-m.cost_yuan / 1e4), -rules.budget_yuan / 1e4, "wan"))
        if rules.out_m2 > 0:
            net, gain = mu * p.net_m2, mu * m.gain_m2
            found += [
                Line("farmland", over_in(net, gain), mu * rules.farmland_ratio * rules.out_m2, "mu"),
                Line("quality", over_in(net * (rules.out_grade - p.grade), gain * (rules.out_grade - m.grade)), 0.0,
                     "mu_grade"),
                Line("slope", over_in(net * (rules.out_slope - p.slope), gain * (rules.out_slope - m.slope)), 0.0,
                     "mu_grade"),
                Line("paddy", over_in(net * p.paddy, gain * m.paddy), mu * rules.paddy_ratio * rules.out_paddy_m2,
                     "mu"),
            ]  # fmt: skip
            found += self._blocks(over_in)
            for county, out in rules.county_out_m2 if rules.county_ratio > 0 else ():
                here = np.array([c == county for c in p.county]), np.array([c == county for c in m.county])
                row = over_in(net * here[0] if len(p) else net, gain * here[1] if len(m) else gain)
                found.append(Line(f"farmland@{county}", row, mu * rules.county_ratio * out, "mu"))
        return found

    def _blocks(self, over_in: Callable[[Floats, Floats], Floats]) -> list[Line]:
        """The blocks of farmland come closer together and grow: both by more than nothing."""
        m, p, rules, mu = self.measures, self.plots, self.limits, to_mu(1.0)
        total, share, mean = rules.stays_m2, rules.contiguity_before, rules.mean_patch_before_m2
        if total <= 0:
            return []
        least = rules.farmland_ratio * rules.out_m2
        most, trace = 2.0 * least, 1e-9 * total
        dilutes = share * (2.0 * total + least + most) / (2.0 * total)
        need = (share * (total**2 - least * most) - rules.stays_squares_m4) / (2.0 * total) + trace
        together = over_in(mu * p.net_m2 * (p.block_m2 / total - dilutes),
                           mu * m.gain_m2 * (m.block_m2 / total - dilutes))  # fmt: skip
        size = over_in(mu * (p.net_m2 - mean * (p.block_m2 <= 0)), mu * (m.gain_m2 - mean * (m.block_m2 <= 0)))
        return [Line("contiguity", together, mu * need, "mu"),
                Line("mean_patch", size, mu * (mean * rules.stays_blocks - total + trace), "mu")]  # fmt: skip

    def holds(self, chosen: Bools, *, slack: float = 1e-6) -> bool:
        """Does a choice of columns (x, z, w) keep every limit?"""
        m, v = len(self.measures), np.asarray(chosen, dtype=float)
        low, high = self.bounds()
        fits = bool(((v >= low) & (v <= high)).all()) and bool((v[len(v) - m :] <= v[:m]).all())
        return fits and all(float(line.row @ v) >= line.need - slack for line in self.lines())

    def hash(self) -> str:
        """Twelve hex digits of everything that decides the scheme.

        Figures count by the sums of their column, to seven digits: the last bit of another machine changes nothing.
        """
        low, high = self.bounds()
        at = np.arange(1, self.size + 1) / max(self.size, 1)

        def told(values: Floats) -> list[str]:
            parts = np.maximum(values, 0.0), np.maximum(-values, 0.0)
            return [f"{float(v):.6e}" for part in parts for v in (part.sum(), (part * at).sum())]

        body = [self.measures.ids, self.plots.ids, low.tolist(), high.tolist(), told(self.cost()),
                [[line.name, told(line.row), f"{line.need + 0.0:.6e}"] for line in self.lines()]]  # fmt: skip
        return hashlib.sha256(json.dumps(body).encode()).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class Shortage:
    """A limit that cannot be reached even alone: needed, the most that is possible, in ``unit``."""

    limit: str
    needed: float
    possible: float
    unit: str


@dataclass(frozen=True, slots=True)
class Scheme:
    """The answer: ids of measures taken, of plots and of measures whose cropland becomes farmland; the proof.

    status: optimal (within the gap asked), feasible, infeasible, cancelled. objective, bound: yuan. floor: what the
    prices (by limit) prove by addition alone. slacks: by limit, how far beyond its need.
    """

    status: str
    measures: tuple[str, ...]
    plots: tuple[str, ...]
    farmland: tuple[str, ...]
    objective: float
    bound: float
    floor: float
    prices: dict[str, float]
    slacks: dict[str, float]
    shortages: tuple[Shortage, ...]
    problem_hash: str
    seconds: float
    solver: str

    @property
    def has_plan(self) -> bool:
        return self.status in ("optimal", "feasible")

    @property
    def gap(self) -> float:
        """Relative gap between plan and bound."""
        return max(self.objective - self.bound, 0.0) / max(abs(self.objective), 1.0) if self.has_plan else float("inf")


def reduced(problem: Consolidation, prices: dict[str, float]) -> tuple[Floats, float]:
    """What every column costs when the limits are priced (prices ≥ 0 by limit), and Σ price · need, yuan."""
    left, base = problem.cost().copy(), 0.0
    for line in problem.lines():
        price = prices.get(line.name, 0.0)
        left = left - price * line.row
        base += price * line.need
    return left, base


def floor_of(problem: Consolidation, prices: dict[str, float]) -> float:
    """The least objective that prices ≥ 0 prove by addition: Σ price·need + Σ min over [low, high] of what is left.

    A measure and the farmland of its cropland are looked at together, so that w ≤ x needs no price.
    """
    m = len(problem.measures)
    left, base = reduced(problem, prices)
    low, high = problem.bounds()
    z = slice(m, m + len(problem.plots))
    base += float(np.where(left[z] < 0, left[z] * high[z], left[z] * low[z]).sum())
    x, w = left[:m], np.minimum(left[len(left) - m :], 0.0) * high[len(high) - m :]
    taken = x + w
    return base + float(np.where(low[:m] > 0, taken, np.where(high[:m] > 0, np.minimum(taken, 0.0), 0.0)).sum())
