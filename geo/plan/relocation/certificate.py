"""THE PROOF OF A BOUND, by addition only.

For multipliers μ ≥ 0 on the rows and a flow φ on the shared borders with |φ_ij| ≤ κ_ij every plan costs at least

    μ·b + Σ_j min(0, w_j − (Aᵀμ)_j + Σ_i ±φ_ij)

because κ|x_i − x_j| ≥ φ (x_j − x_i). (A plot locked in counts its term whatever its sign, one locked out counts none.)
Nobody has to optimise anything to check it: the bound is true for any such μ and φ, good or bad.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from geo.plan.relocation.cut_model import CutModel
from geo.plan.relocation.plots import Floats
from geo.plan.relocation.problem import Problem

if TYPE_CHECKING:
    import pandas as pd


def bound_from(model: CutModel, multipliers: Floats, flow: Floats) -> float:
    """The lower bound (mu·km) that multipliers (one a row, scaled) and a flow (one an edge) prove."""
    price = np.maximum(multipliers, 0.0)
    push = np.clip(flow, -model.cap, model.cap)
    node = model.weight - model.matrix.T @ price
    node = node - np.bincount(model.left, push, model.size) + np.bincount(model.right, push, model.size)
    terms = np.where(model.high < 0.5, 0.0, np.where(model.low > 0.5, node, np.minimum(node, 0.0)))
    return float(price @ model.lower + terms.sum()) + model.constant


def bound_of(model: CutModel, multipliers: Mapping[str, float], flow: Floats) -> float:
    """The same from a certificate as stored: multipliers by row name. Rows it does not name count as 0.

    Raises ValueError when the flow does not belong to this problem or a multiplier names no row.
    """
    unknown = set(multipliers) - set(model.names)
    if unknown:
        raise ValueError("multipliers of unknown rows: " + ", ".join(sorted(unknown)))
    if len(flow) != len(model.left):
        raise ValueError(f"the flow has {len(flow)} numbers, the problem {len(model.left)} shared borders")
    price = np.array([multipliers.get(name, 0.0) for name in model.names])
    return bound_from(model, price, np.asarray(flow, dtype=float))


def flow_table(problem: Problem, flow: Floats) -> pd.DataFrame:
    """The flow as a table to be stored with a plan: left, right (candidate ids), flow; zeros left out."""
    import pandas as pd

    kept = np.flatnonzero(problem.weights.exposed_m * problem.borders.shared_m > 0)
    used = kept[flow != 0]
    ids = np.array(problem.pool.ids, dtype=object)
    return pd.DataFrame(
        {
            "left": ids[problem.borders.left[used]],
            "right": ids[problem.borders.right[used]],
            "flow": flow[flow != 0],
        }
    )


def flow_from_table(problem: Problem, table: pd.DataFrame) -> Floats:
    """The flow in the order of the problem's edges. Raises ValueError for a pair that shares no border."""
    kept = np.flatnonzero(problem.weights.exposed_m * problem.borders.shared_m > 0)
    ids = problem.pool.ids
    place = {
        (ids[a], ids[b]): k
        for k, (a, b) in enumerate(zip(problem.borders.left[kept], problem.borders.right[kept], strict=True))
    }
    flow = np.zeros(len(kept))
    for left, right, value in zip(table["left"].astype(str), table["right"].astype(str), table["flow"], strict=True):
        if (left, right) not in place:
            raise ValueError(f"{left} and {right} share no border")
        flow[place[left, right]] = float(value)
    return flow
