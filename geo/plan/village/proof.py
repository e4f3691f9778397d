"""THE PROOF OF A BOUND without a solver: prices on the conditions, added up.

For prices y ≥ 0 on conditions A·v ≤ b (levels kept included) and columns between 0 and 1, every scheme costs at least

    −y·b + Σ_j min(0, c_j + (y·A)_j)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from geo.plan.relocation.plots import Floats
from geo.plan.village.problem import VillageProblem

Kept = tuple[Floats, float]
"""An earlier wish's coefficients and the value that later ones keep to."""


def floor_of(problem: VillageProblem, cost: Floats, kept: Sequence[Kept], prices: Mapping[str, float]) -> float:
    """The lower bound that prices prove, whatever they are; unknown names and negative prices count as nought."""
    matrix, limits, names = problem.rows
    y = np.array([max(float(prices.get(name, 0.0)), 0.0) for name in names])
    reduced = cost + (matrix.T @ y if len(y) else 0.0)
    constant = -float(y @ limits) if len(y) else 0.0
    for k, (row, limit) in enumerate(kept):
        price = max(float(prices.get(f"level{k + 1}", 0.0)), 0.0)
        reduced = reduced + price * row
        constant -= price * limit
    return constant + float(np.minimum(reduced, 0.0).sum())
