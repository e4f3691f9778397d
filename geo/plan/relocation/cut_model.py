"""The problem as numbers for a solver: a graph cut with side rows.

With x_i x_j = (x_i + x_j − |x_i − x_j|)/2 the objective becomes Σ w_j x_j + Σ κ_ij |x_i − x_j| with
w_j = u_j − Σ_i κ_ij, κ_ij = λ b_ij and u_j the linear cost: without the side rows this is a minimum cut.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from geo.plan.relocation.constraints import Row
from geo.plan.relocation.objective import linear_costs
from geo.plan.relocation.plots import Bools, Floats, Ints
from geo.plan.relocation.problem import Problem

Path = tuple[tuple[int, bool], ...]
"""Plots set in or out, by their place in the pool."""


@dataclass(frozen=True, slots=True, eq=False)
class CutModel:
    """min Σ weight·x + Σ cap·|x_left − x_right| subject to matrix·x ≥ lower, x binary.

    Rows are scaled to a largest coefficient of 1; ``scale`` and ``names`` lead back. ``low``/``high`` are the bounds
    of x (locks); ``constant`` is added to the objective.
    """

    weight: Floats
    left: Ints
    right: Ints
    cap: Floats
    matrix: sparse.csr_matrix
    lower: Floats
    tolerance: Floats
    scale: Floats
    names: tuple[str, ...]
    low: Floats
    high: Floats
    constant: float = 0.0

    @property
    def size(self) -> int:
        return len(self.weight)

    def value(self, x: Bools) -> float:
        """Objective of a 0/1 vector."""
        differ = x[self.left] != x[self.right]
        return float(self.weight[x].sum() + self.cap[differ].sum()) + self.constant

    def holds(self, x: Bools) -> bool:
        """Whether every row and bound holds, to rounding."""
        inside = bool((x >= (self.low > 0.5)).all() and (x <= (self.high > 0.5)).all())
        return inside and bool((self.matrix @ x.astype(float) >= self.lower - self.tolerance).all())

    def dearest(self) -> float:
        """More than any plan can cost: a bound above it proves that there is no plan."""
        return 2 * float(np.maximum(self.weight, 0.0).sum() + self.cap.sum()) + abs(self.constant)

    def slacks(self, x: Bools) -> dict[str, float]:
        """Room left in every row (negative: broken by that much), in its own unit."""
        room = (self.matrix @ x.astype(float) - self.lower) * self.scale
        return {name: float(left) for name, left in zip(self.names, room, strict=True)}


def set_model(model: CutModel, path: Path) -> CutModel:
    """The model with the plots of a path set."""
    if not path:
        return model
    low, high = model.low.copy(), model.high.copy()
    for plot, inside in path:
        low[plot] = high[plot] = float(inside)
    return replace(model, low=low, high=high)


def cut_model(problem: Problem, rows: Sequence[Row] | None = None) -> CutModel:
    """The numbers of a problem; ``rows``: its rows, for who has them already."""
    pool, borders = problem.pool, problem.borders
    cap = problem.weights.exposed_m * borders.shared_m
    size = len(pool)
    weight = linear_costs(pool, problem.weights) - (
        np.bincount(borders.left, cap, size) + np.bincount(borders.right, cap, size)
    )
    kept = cap > 0
    inside, outside = problem.fixed()
    rows = problem.rows() if rows is None else rows
    return CutModel(
        weight=weight,
        left=borders.left[kept],
        right=borders.right[kept],
        cap=cap[kept],
        matrix=row_matrix(rows, size),
        lower=np.array([(r.limit if r.sense == ">=" else -r.limit) / r.scale for r in rows]),
        tolerance=np.array([r.tolerance / r.scale for r in rows]),
        scale=np.array([r.scale for r in rows]),
        names=tuple(r.name for r in rows),
        low=inside.astype(float),
        high=1.0 - outside.astype(float),
    )


def row_matrix(rows: Sequence[Row], size: int) -> sparse.csr_matrix:
    """Rows as one sparse matrix, turned to '≥' and scaled."""
    if not rows:
        return sparse.csr_matrix((0, size))
    sign = [1.0 if r.sense == ">=" else -1.0 for r in rows]
    data = np.concatenate([s * r.value / r.scale for r, s in zip(rows, sign, strict=True)])
    index = np.concatenate([r.index for r in rows])
    start = np.concatenate([[0], np.cumsum([len(r.index) for r in rows])])
    return sparse.csr_matrix((data, index, start), shape=(len(rows), size))
