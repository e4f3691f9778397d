"""THE PROOF OF A BOUND without a solver: prices by addition, then a search of what the prices leave open.

For prices μ ≥ 0 on the limits (Σ A x ≥ b) and on the levels kept (Σ c' x ≤ h) every choice costs at least

    μ·b − ν·h + Σ_j min(0, c_j − μ·A_j + ν·c'_j)          (a lot locked in counts its term whatever its sign)

Going against the sign of lot j costs |c_j − …| more. So a cheaper plan than ``target`` may go against few lots only:
``none_below`` tries every such set, smallest first, and finds that none of them keeps the limits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from geo.plan.relocation.plots import Floats

if TYPE_CHECKING:
    from geo.plan.supplement.model import Columns

MOST_TRIES = 400_000


def floor_of(
    columns: Columns, cost: Floats, kept: Sequence[tuple[Floats, float]], prices: Mapping[str, float]
) -> float:
    """The lower bound on a level that prices prove, whatever they are; kept: (coefficients, limit) of levels before."""
    reduced, constant = _reduced(columns, cost, kept, prices)
    return constant + float(np.where(columns.low > 0.5, reduced, np.minimum(reduced, 0.0)).sum())


def none_below(
    columns: Columns, cost: Floats, kept: Sequence[tuple[Floats, float]], prices: Mapping[str, float], target: float
) -> bool | None:
    """Whether no choice of whole lots that keeps every limit costs less than ``target``.

    True: proven. False: a cheaper one was found. None: more than MOST_TRIES sets would have to be tried.
    """
    reduced, constant = _reduced(columns, cost, kept, prices)
    base = np.where(columns.low > 0.5, True, reduced < 0)
    room = target - (constant + float(reduced[base].sum()))
    if room <= 0:
        return True
    # Lots at hand in the order of what going against their sign costs.
    free = np.flatnonzero(columns.low < 0.5)
    free = free[np.argsort(np.abs(reduced[free]), kind="stable")]
    penalty = np.abs(reduced[free])
    free, penalty = free[penalty < room], penalty[penalty < room]
    rows = [(row, need) for _, row, need in columns.rows()]
    # The last row: the plan itself, limits and all, must cost less than the target (prices only tell that it may).
    matrix = np.array([row for row, _ in rows] + [-row for row, _ in kept] + [-cost])
    limits = np.array([need for _, need in rows] + [-limit for _, limit in kept] + [-target])
    slack = 1e-9 * np.maximum(np.abs(limits), 1.0)
    slack[-1] = 0.0
    clash = columns.clashes()
    sign = np.where(base, -1.0, 1.0)
    state = matrix @ base.astype(float)
    steps = (matrix[:, free] * sign[free]).T
    # What the lots from k on could still add to each row: a branch that cannot reach a limit is cut.
    rest = (
        np.vstack([np.cumsum(np.maximum(steps[::-1], 0.0), axis=0)[::-1], np.zeros(len(limits))]) if len(free) else None
    )
    tries = 0
    stack: list[tuple[int, float, np.ndarray, tuple[int, ...]]] = [(0, 0.0, state, ())]
    while stack:
        k, spent, here, flipped = stack.pop()
        tries += 1
        if tries > MOST_TRIES:
            return None
        if (here >= limits - slack).all() and _apart(base, free[list(flipped)], clash):
            return False
        for j in range(k, len(free)):
            if spent + penalty[j] >= room:
                break
            assert rest is not None
            if (here + rest[j] < limits - slack).any():
                break
            stack.append((j + 1, spent + float(penalty[j]), here + steps[j], (*flipped, j)))
    return True


def _apart(base: np.ndarray, flipped: np.ndarray, clash: list[np.ndarray]) -> bool:
    if not clash:
        return True
    chosen = base.copy()
    chosen[flipped] = ~chosen[flipped]
    return all(chosen[group].sum() <= 1 for group in clash)


def _reduced(
    columns: Columns, cost: Floats, kept: Sequence[tuple[Floats, float]], prices: Mapping[str, float]
) -> tuple[Floats, float]:
    reduced, constant = cost.astype(float).copy(), 0.0
    for name, row, need in columns.rows():
        price = max(float(prices.get(name, 0.0)), 0.0)
        reduced -= price * row
        constant += price * need
    for k, (row, limit) in enumerate(kept):
        price = max(float(prices.get(f"level{k + 1}", 0.0)), 0.0)
        reduced += price * row
        constant -= price * limit
    return reduced, constant
