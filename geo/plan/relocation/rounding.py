"""ROUNDED ROWS: what follows from the rows because plots are whole, found where a split plan breaks it.

From rows with weights w ≥ 0 follows Σ g_j y_j ≥ h, y_j = x_j or, for the turned plots, 1 − x_j. Divided by δ > 0 and
with f(t) = t − ⌊t⌋, f₀ = f(h/δ) > 0, every plan of whole plots also holds

    Σ (⌊g_j/δ⌋ + min(1, f(g_j/δ)/f₀)) y_j ≥ ⌈h/δ⌉

(mixed-integer rounding; Marchand and Wolsey 2001). Anybody can derive the row again from w, δ and the turned plots.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from geo.plan.relocation.cut_model import CutModel
from geo.plan.relocation.highs import Relaxation, dear_price
from geo.plan.relocation.plots import Bools, Floats, Ints

ROUNDS = 12
CUTS_A_ROUND = 20
DIVISORS = 40
LEAST_VIOLATION = 1e-3


@dataclass(frozen=True, slots=True, eq=False)
class Rounding:
    """How a row follows: weights of the rows (scaled, in the model's order), the divisor, the plots turned."""

    weights: Floats
    divisor: float
    turned: Ints


def derive(model: CutModel, cut: Rounding) -> tuple[Floats, float] | None:
    """Coefficients (one a plot) and limit of a rounded row, scaled; None when it says nothing."""
    rows = len(cut.weights)
    weights = np.maximum(cut.weights, 0.0)
    given = np.asarray(weights @ model.matrix[:rows]).ravel()
    turned = np.zeros(model.size, dtype=bool)
    turned[cut.turned] = True
    limit = float(weights @ (model.lower - model.tolerance)[:rows])
    found = _rounded(given, limit, turned, cut.divisor, positive=_positive(given, turned))
    if found is None:
        return None
    scale = float(np.abs(found[0]).max())
    return (found[0] / scale, found[1] / scale) if scale > 0 else None


def with_roundings(model: CutModel, cuts: list[Rounding]) -> CutModel:
    """The model with the rounded rows added at its end, named ``rounded:1`` and on."""
    from scipy import sparse

    found = [(k, row) for k, cut in enumerate(cuts, 1) if (row := derive(model, cut)) is not None]
    if not found:
        return model
    extra = sparse.csr_matrix(np.array([row[0] for _, row in found]))
    none = np.zeros(len(found))
    return replace(
        model,
        matrix=sparse.vstack([model.matrix, extra], format="csr"),
        # What rounding of floats could take from a row is given back: a bound may lose by it, never gain.
        lower=np.concatenate([model.lower, [row[1] - 1e-7 for _, row in found]]),
        tolerance=np.concatenate([model.tolerance, none]),
        scale=np.concatenate([model.scale, none + 1.0]),
        names=(*model.names, *(f"rounded:{k}" for k, _ in found)),
    )


def tightened(model: CutModel, x: Floats, price: Floats, value: float, goal: float) -> tuple[CutModel, list[Rounding]]:
    """The model with rounded rows, in rounds as long as they lift its continuous value; and those rows."""
    rows, cuts, now = len(model.lower), list[Rounding](), model
    for _ in range(ROUNDS):
        new = broken_by(model, x, price, rows)
        if not new:
            break
        wider = [c for c, p in zip(cuts, price[rows:], strict=True) if p > 1e-9] + new
        then = with_roundings(model, wider)
        if len(then.lower) != rows + len(wider):
            break
        found = Relaxation(then, dear=dear_price(model, price)).solve(model.low, model.high)
        if found.missing > 1e-6 or found.value < value:
            break
        gained, cuts, now = found.value - value, wider, then
        x, price, value = found.x, found.price, found.value
        if gained < 0.02 * min(max(goal - value, 0.0), 0.01 * max(abs(value), 1.0)):
            break
    return now, cuts


def broken_by(model: CutModel, x: Floats, price: Floats, rows: int) -> list[Rounding]:
    """Rounded rows that the split plan ``x`` breaks most, from the first ``rows`` rows: each alone, and tight pairs."""
    tight = np.flatnonzero(price[:rows] > 1e-7)
    sums = [np.eye(1, rows, r).ravel() for r in range(rows)]
    for k, r in enumerate(tight):
        for other in tight[:k]:
            weights = np.zeros(rows)
            weights[r], weights[other] = price[r], price[other]
            sums.append(weights)
    if len(tight) > 2:
        sums.append(np.where(price[:rows] > 1e-7, price[:rows], 0.0))
    matrix = model.matrix[:rows]
    lower = (model.lower - model.tolerance)[:rows]
    found: list[tuple[float, int, Rounding]] = []
    for turn, weights in enumerate(sums):
        given, limit = np.asarray(weights @ matrix).ravel(), float(weights @ lower)
        if given @ x - limit > 0.02 * abs(limit) + 1e-9:
            continue
        best = _worst(given, limit, x)
        if best is not None:
            found.append((-best[0], turn, Rounding(weights, best[1], np.flatnonzero(best[2]))))
    found.sort(key=lambda entry: entry[:2])
    return [cut for _, _, cut in found[:CUTS_A_ROUND]]


def _worst(given: Floats, limit: float, x: Floats) -> tuple[float, float, Bools] | None:
    """The most broken rounding of one row: (how far, divisor, turned). Only plots in use matter for how far."""
    used = np.flatnonzero((np.abs(given) > 1e-12) & (x > 1e-9))
    sizes = np.unique(np.round(np.abs(given[used]), 12))
    sizes = sizes[sizes > 1e-6]
    if len(sizes) > DIVISORS:
        sizes = sizes[np.linspace(0, len(sizes) - 1, DIVISORS).astype(int)]
    best: tuple[float, float, Bools] | None = None

    def look(divisor: float, turned: Bools, positive: bool) -> None:
        nonlocal best
        row = _rounded(given[used], limit, turned[used], divisor, positive=positive)
        if row is None:
            return
        far = (row[1] - row[0] @ x[used]) / (float(np.linalg.norm(row[0])) + 1e-9)
        if far > LEAST_VIOLATION and (best is None or far > best[0]):
            best = (float(far), divisor, turned)

    for turned in (x > 0.5, np.zeros(len(x), dtype=bool)):
        positive = _positive(given, turned)
        for size in sizes:
            look(float(size), turned, positive)
    if best is not None:
        for part in (2.0, 4.0, 8.0):
            look(best[1] / part, best[2], _positive(given, best[2]))
    return best


def _positive(given: Floats, turned: Bools) -> bool:
    return bool((np.where(turned, -given, given) >= 0).all())


def _rounded(
    given: Floats, limit: float, turned: Bools, divisor: float, *, positive: bool
) -> tuple[Floats, float] | None:
    parts = np.where(turned, -given, given) / divisor
    height = (limit - float(given[turned].sum())) / divisor
    fraction = height - np.floor(height)
    if not 1e-3 < fraction < 1.0 - 1e-6:
        return None
    floor = np.floor(parts + 1e-11)
    coefficient, top = floor + np.minimum(np.maximum(parts - floor, 0.0) / fraction, 1.0), float(np.ceil(height))
    if positive:  # no plot can give more than is asked for
        coefficient = np.minimum(coefficient, max(top, 0.0))
    return np.where(turned, -coefficient, coefficient), top - float(coefficient[turned].sum())
