"""THE PROOF OF A BOUND, by addition only.

For multipliers μ ≥ 0 on the rows and a flow φ on the shared borders with |φ_ij| ≤ κ_ij every plan costs at least

    μ·b + Σ_j min(0, w_j − (Aᵀμ)_j + Σ_i ±φ_ij)

because κ|x_i − x_j| ≥ φ (x_j − x_i). (A plot locked in counts its term whatever its sign, one locked out counts none.)
Nobody has to optimise anything to check it: the bound is true for any such μ and φ, good or bad.

Where that leaves a gap, cases are told apart: plots set in or out, each case with its own μ and φ. The cases must cover
every plan (for each plot set in one, there is a case with it out); then the least of their bounds holds for all. They
may also price rows that follow because plots are whole; such a row is derived again before it is used (``rounding``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from geo.plan.relocation.cut_model import CutModel, cut_model, set_model
from geo.plan.relocation.plots import Floats
from geo.plan.relocation.problem import Problem
from geo.plan.relocation.rounding import Rounding, with_roundings
from geo.plan.relocation.solution import Branch, Certificate, Derived

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
    if not (np.isfinite(list(multipliers.values())).all() and np.isfinite(flow).all()):
        raise ValueError("multipliers or flows that are not numbers")
    if len(flow) != len(model.left):
        raise ValueError(f"the flow has {len(flow)} numbers, the problem {len(model.left)} shared borders")
    price = np.array([multipliers.get(name, 0.0) for name in model.names])
    return bound_from(model, price, np.asarray(flow, dtype=float))


def proven_by(problem: Problem, certificate: Certificate) -> float:
    """The bound (mu·km) that a certificate proves, everything added up again; its own claims are not read.

    Raises ValueError when a part does not belong to the problem, or the cases do not cover every plan.
    """
    root, *cases = parts_of(problem, certificate)
    return max(root, min(cases, default=root))


def parts_of(problem: Problem, certificate: Certificate) -> list[float]:
    """What the root and each of the cases prove, in mu·km. Raises ValueError as ``proven_by`` does."""
    model, ids = cut_model(problem), problem.pool.ids
    root = bound_of(model, certificate.multipliers, certificate.flow)
    if not certificate.branches:
        return [root]
    if not covers([b.path for b in certificate.branches]):
        raise ValueError("the cases do not cover every plan")
    place = {i: k for k, i in enumerate(ids)}
    used = {i for b in certificate.branches for i, _ in b.path} | {i for d in certificate.derived for i in d.turned}
    if used - place.keys():
        raise ValueError("not candidates: " + ", ".join(sorted(used - place.keys())[:5]))
    wider = with_roundings(model, [_rounding(model, place, d) for d in certificate.derived])
    return [root] + [
        bound_of(set_model(wider, tuple((place[i], inside) for i, inside in b.path)), b.multipliers, flow)
        for b, flow in zip(certificate.branches, certificate.flows(), strict=True)
    ]


def covers(paths: Sequence[tuple[tuple[str, bool], ...]]) -> bool:
    """Whether the cases are the leaves of one tree: each plot that is set in some of them is set out in others."""
    waiting = [(list(paths), 0)]
    while waiting:
        held, depth = waiting.pop()
        if len(held) == 1 and len(held[0]) == depth:
            continue
        if any(len(path) <= depth for path in held) or len({path[depth][0] for path in held}) != 1:
            return False
        sides = [[path for path in held if path[depth][1] is side] for side in (True, False)]
        if not all(sides) or len(sides[0]) + len(sides[1]) != len(held):
            return False
        waiting += [(side, depth + 1) for side in sides]
    return True


def _rounding(model: CutModel, place: Mapping[str, int], row: Derived) -> Rounding:
    unknown = set(row.weights) - set(model.names)
    weights = np.array([float(row.weights.get(name, 0.0)) for name in model.names])
    if unknown or not (np.isfinite(weights).all() and np.isfinite(row.divisor) and row.divisor > 0):
        raise ValueError("a derived row that follows from no row")
    return Rounding(weights, float(row.divisor), np.array([place[i] for i in row.turned], dtype=np.int64))


def flow_table(problem: Problem, certificate: Certificate) -> pd.DataFrame:
    """The flows as a table to be stored with a plan: branch, left, right (candidate ids), flow.

    Branch −1 is the root (zeros left out); 0 and on are the cases, of which only what differs from the root is told.
    """
    import pandas as pd

    kept = np.flatnonzero(problem.weights.exposed_m * problem.borders.shared_m > 0)
    ids = np.array(problem.pool.ids, dtype=object)
    used = np.flatnonzero(certificate.flow != 0)
    parts = [(-1, used, certificate.flow[used])]
    for k, branch in enumerate(certificate.branches):
        differs = branch.flow != certificate.flow[branch.edge]
        parts.append((k, branch.edge[differs], branch.flow[differs]))
    edge = np.concatenate([kept[used] for _, used, _ in parts])
    return pd.DataFrame(
        {
            "branch": np.concatenate([np.full(len(used), k) for k, used, _ in parts]),
            "left": ids[problem.borders.left[edge]],
            "right": ids[problem.borders.right[edge]],
            "flow": np.concatenate([flow for _, _, flow in parts]),
        }
    )


def certificate_from(problem: Problem, told: Mapping[str, Any], table: pd.DataFrame) -> Certificate:
    """The certificate from ``Certificate.record()`` and its flow table. A table without ``branch`` is the root's.

    Raises ValueError for a pair that shares no border, a case that is not told of, or a part that is missing.
    """
    kept = np.flatnonzero(problem.weights.exposed_m * problem.borders.shared_m > 0)
    ids = problem.pool.ids
    pairs = zip(problem.borders.left[kept], problem.borders.right[kept], strict=True)
    place = {(ids[a], ids[b]): k for k, (a, b) in enumerate(pairs)}
    branches, derived = list(told.get("branches", ())), list(told.get("derived", ()))
    number = table["branch"].to_numpy(dtype=int) if "branch" in table.columns else np.full(len(table), -1)
    if len(number) and not (number.min() >= -1 and number.max() < len(branches)):
        raise ValueError("flows of a case that is not told of")
    try:
        ends = zip(table["left"].astype(str), table["right"].astype(str), strict=True)
        edge = np.array([place[pair] for pair in ends], dtype=np.int64)
    except KeyError as pair:
        raise ValueError(f"{pair} share no border") from None
    value = table["flow"].to_numpy(dtype=float)
    root = np.zeros(len(kept))
    root[edge[number == -1]] = value[number == -1]
    order = np.argsort(number, kind="stable")
    start = np.searchsorted(number[order], np.arange(len(branches) + 1))
    mine = [order[start[k] : start[k + 1]] for k in range(len(branches))]
    try:
        return Certificate(
            multipliers={str(n): float(p) for n, p in told["multipliers"].items()},
            flow=root,
            bound=float(told["bound"]),
            branches=tuple(
                Branch(
                    tuple((str(i), bool(inside)) for i, inside in b["path"]),
                    {str(n): float(p) for n, p in b["multipliers"].items()},
                    edge[of],
                    value[of],
                    float(b["bound"]),
                )
                for b, of in zip(branches, mine, strict=True)
            ),
            derived=tuple(
                Derived(
                    {str(n): float(w) for n, w in d["weights"].items()},
                    float(d["divisor"]),
                    tuple(str(i) for i in d["turned"]),
                )
                for d in derived
            ),
        )
    except (KeyError, TypeError, AttributeError) as fault:
        raise ValueError(f"the certificate lacks {fault}") from None
