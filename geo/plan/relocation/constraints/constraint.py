"""What a named constraint is: rows for a solver, the same test in plain arithmetic, and a sentence for a person."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from geo.finding import Finding
from geo.plan.relocation.plots import Floats, Ints, Plots, Pool
from geo.standards.land import admin_units
from geo.standards.units import to_mu

Scope = Literal["county", "zone"]
Sense = Literal[">=", "<="]


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """One linear row over the candidates: Σ value·x[index] (sense) limit; ``name`` is ``constraint@unit``."""

    constraint: str
    scope: str
    index: Ints
    value: Floats
    sense: Sense
    limit: float
    unit: str

    @property
    def name(self) -> str:
        return f"{self.constraint}@{self.scope}" if self.scope else self.constraint

    @property
    def scale(self) -> float:
        """What the row is divided by before a solver sees it: its largest coefficient."""
        largest = float(np.abs(self.value).max()) if len(self.value) else 0.0
        return largest if largest > 0 else 1.0

    @property
    def tolerance(self) -> float:
        """How far a sum of floats may miss the limit: a rounding matter, never a plot."""
        return 1e-9 * max(abs(self.limit), float(np.abs(self.value).sum()), 1e-3)

    def measured(self, chosen: np.ndarray) -> float:
        """Left-hand side for a 0/1 (or fractional) vector over all candidates."""
        return float(self.value @ chosen[self.index])

    def slack(self, chosen: np.ndarray) -> float:
        """How much room is left (negative: broken by that much), in ``unit``."""
        room = self.measured(chosen) - self.limit
        return room if self.sense == ">=" else -room


@dataclass(frozen=True, slots=True)
class Check:
    """A constraint tested on a plan by plain arithmetic, in the figures a reviewer knows."""

    code: str
    constraint: str
    scope: str
    measured: float
    limit: float
    sense: Sense
    unit: str
    article: str
    tolerance: float

    @property
    def name(self) -> str:
        return f"{self.constraint}@{self.scope}" if self.scope else self.constraint

    @property
    def holds(self) -> bool:
        room = self.measured - self.limit if self.sense == ">=" else self.limit - self.measured
        return bool(room >= -self.tolerance)

    def finding(self) -> Finding:
        """The check as a Finding: ``pass`` when it holds, ``error`` when it does not."""
        return Finding(
            code=self.code,
            severity="pass" if self.holds else "error",
            subject=unit_name(self.scope),
            measured=round(self.measured, 4),
            limit=round(self.limit, 4),
            unit=self.unit,
            article=self.article,
            values=shown(self.measured, self.limit, self.unit),
        )


@dataclass(frozen=True, kw_only=True)
class Constraint(ABC):
    """A named requirement on the plan. ``article`` is the id of the text it comes from, empty for a planner's wish.

    Subclasses state their formula in the first lines of their docstring; ``docs/relocation-model.md`` is made of them.
    """

    name: ClassVar[str]
    code: ClassVar[str]
    zh: ClassVar[str]
    en: ClassVar[str]
    article: str = ""

    @abstractmethod
    def rows(self, leaving: Plots, pool: Pool) -> list[Row]:
        """The constraint as linear rows over the candidates."""

    @abstractmethod
    def check(self, leaving: Plots, chosen: Pool) -> list[Check]:
        """The constraint on a plan, from its two lists alone."""

    def label(self, lang: str) -> str:
        return self.zh if lang == "zh" else self.en

    def _row(self, scope: str, index: np.ndarray, value: np.ndarray, sense: Sense, limit: float, unit: str) -> Row:
        return Row(self.name, scope, index.astype(np.int64), value.astype(float), sense, float(limit), unit)

    def _check(
        self, scope: str, measured: float, limit: float, sense: Sense, unit: str, *, tolerance: float = 1e-6
    ) -> Check:
        return Check(self.code, self.name, scope, float(measured), float(limit), sense, unit, self.article, tolerance)


def scopes(scope: Scope, leaving: Plots, *, total: bool) -> list[str]:
    """Units that a balance is struck for: every county with something leaving, and the whole ('' ) when asked."""
    if scope == "zone":
        return [""]
    counties = leaving.counties()
    return [*counties, ""] if total and len(counties) > 1 else counties


def unit_name(code: str) -> str:
    """County or township in words with its code; the whole zone for an empty code."""
    if not code:
        return "全部 / all"
    unit = admin_units().get(code)
    return f"{unit.zh} {code}" if unit else code


def shown(measured: float, limit: float, unit: str) -> dict[str, str]:
    """Figures as words for a message: areas also in mu."""
    if unit != "m2":
        return {"shown": f"{measured:.4g}", "bound": f"{limit:.4g}"}
    return {"shown": f"{to_mu(measured):,.2f}亩", "bound": f"{to_mu(limit):,.2f}亩"}


def mean(values: Sequence[float] | np.ndarray, weights: np.ndarray) -> float:
    """Area-weighted mean; 0.0 of nothing.

    Reckoned from the least value up, so that equal values give exactly that value: on a plain every slope class is 1,
    and a mean of 1 − 1e-16 would refuse every plot.
    """
    total = float(np.sum(weights))
    if total <= 0:
        return 0.0
    least = float(np.min(values))
    return least + float(np.dot(np.asarray(values) - least, weights) / total)
