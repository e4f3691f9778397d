"""THE ANSWER: a plan with its proof, or the reason why there is none."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

import numpy as np

from geo.finding import Finding
from geo.plan.relocation.constraints import Check
from geo.plan.relocation.objective import Parts

Status = Literal["optimal", "feasible", "infeasible", "cancelled", "time"]


@dataclass(frozen=True, slots=True)
class Progress:
    """One look at a running search; ``objective`` is inf and ``gap`` is inf until there is a plan."""

    seconds: float
    objective: float
    bound: float
    gap: float
    message: str


Watcher = Callable[[Progress], bool]
"""Return False to cancel; the best plan so far is kept."""


@dataclass(frozen=True, slots=True, eq=False)
class Branch:
    """One case of a proof: plots set (candidate id, in or out), and prices and flow that prove its bound.

    The flow is told by what differs from the root's: ``flow`` on the shared borders ``edge``.
    """

    path: tuple[tuple[str, bool], ...]
    multipliers: Mapping[str, float]
    edge: np.ndarray
    flow: np.ndarray
    bound: float


@dataclass(frozen=True, slots=True, eq=False)
class Derived:
    """A row that follows because plots are whole (``rounding``): weights of rows, divisor, plots turned (ids)."""

    weights: Mapping[str, float]
    divisor: float
    turned: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Certificate:
    """A proof of the bound that anyone can add up (see ``certificate.proven_by``).

    multipliers: price of one scaled unit of each row, ≥ 0, by row name; flow: one number a shared border, |flow| ≤ its
    capacity, in the order of ``problem.borders``; bound: what they prove, in mu·km. branches: where cases were told
    apart, one proof each; together they cover every plan, and the least of their bounds holds for all. derived: the
    rounded rows (named ``rounded:1`` and on) that the branches' multipliers may price.
    """

    multipliers: Mapping[str, float]
    flow: np.ndarray
    bound: float
    branches: tuple[Branch, ...] = ()
    derived: tuple[Derived, ...] = ()

    def flows(self) -> Iterator[np.ndarray]:
        """The whole flow of each branch in turn, in one array that the next one overwrites."""
        whole = self.flow.copy()
        for branch in self.branches:
            whole[branch.edge] = branch.flow
            yield whole
            whole[branch.edge] = self.flow[branch.edge]

    @property
    def proven(self) -> float:
        """The bound that all of it proves."""
        return max(self.bound, min((b.bound for b in self.branches), default=-np.inf))

    def record(self) -> dict[str, Any]:
        """Everything but the flows, as plain values."""
        return {
            "multipliers": dict(self.multipliers),
            "bound": self.bound,
            "proven": self.proven,
            "branches": [
                {"path": [list(step) for step in b.path], "multipliers": dict(b.multipliers), "bound": b.bound}
                for b in self.branches
            ],
            "derived": [
                {"weights": dict(d.weights), "divisor": d.divisor, "turned": list(d.turned)} for d in self.derived
            ],
        }


@dataclass(frozen=True, slots=True)
class Shortfall:
    """How much a named constraint misses in the plan that misses least overall."""

    name: str
    constraint: str
    scope: str
    amount: float
    unit: str
    finding: Finding


@dataclass(frozen=True, slots=True, eq=False)
class Solution:
    """A plan, its proof and its checks.

    status: ``optimal`` (gap within what was asked), ``feasible`` (a plan, gap wider), ``time`` or ``cancelled`` (ended
    early; ``chosen`` holds the best plan so far, empty when there was none), ``infeasible``.
    objective, bound: mu·km; gap = (objective − bound) / max(objective, 1): the objective is a sum of burdens, never
    negative, so 0.001 means that no plan under these rules can be more than 0.1 % better.
    slacks: room left in each row, in its unit. shadow_prices: what one more unit of a row's limit would cost, mu·km.
    """

    status: Status
    objective: float
    bound: float
    gap: float
    chosen: tuple[str, ...]
    parts: Parts | None
    checks: tuple[Check, ...]
    slacks: Mapping[str, float]
    seconds: float
    solver: str
    method: str
    problem_hash: str
    seed: int
    reason: str
    certificate: Certificate | None = None
    shadow_prices: Mapping[str, float] = field(default_factory=dict)
    shortfalls: tuple[Shortfall, ...] = ()
    clashing: tuple[str, ...] = ()
    history: tuple[Progress, ...] = ()

    @property
    def has_plan(self) -> bool:
        return bool(self.chosen)

    def findings(self) -> list[Finding]:
        """Every check, then every shortfall, as findings."""
        return [c.finding() for c in self.checks] + [s.finding for s in self.shortfalls]

    def record(self) -> dict[str, Any]:
        """The figures for the run record: plain values only; the flow of the certificate is left to its own table."""
        return {
            "status": self.status,
            "objective": _plain(self.objective),
            "bound": _plain(self.bound),
            "gap": _plain(self.gap),
            "chosen": len(self.chosen),
            "parts": asdict(self.parts) if self.parts else None,
            "checks": [{**asdict(c), "name": c.name, "holds": c.holds} for c in self.checks],
            "slacks": dict(self.slacks),
            "seconds": round(self.seconds, 3),
            "solver": self.solver,
            "method": self.method,
            "problem_hash": self.problem_hash,
            "seed": self.seed,
            "reason": self.reason,
            "certificate": None if self.certificate is None else self.certificate.record(),
            "shadow_prices": dict(self.shadow_prices),
            "shortfalls": [{"name": s.name, "amount": s.amount, "unit": s.unit} for s in self.shortfalls],
            "clashing": list(self.clashing),
        }


def relative_gap(objective: float, bound: float) -> float:
    """(objective − bound) / max(objective, 1), never below 0; inf without a plan."""
    if not np.isfinite(objective) or not np.isfinite(bound):
        return float("inf")
    return max(objective - bound, 0.0) / max(objective, 1.0)


def good_enough(bound: float, gap: float) -> float:
    """The dearest objective whose ``relative_gap`` to a bound is at most ``gap``; -inf without a bound."""
    return max(bound / (1.0 - gap), min(bound + gap, 1.0)) if np.isfinite(bound) and gap < 1.0 else -np.inf


def _plain(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
