"""THE CONTRACTED CORE: the few hundred choices that are really open, as a small exact problem.

Nodes that every good cut agrees on are fixed; open nodes that always move together and touch become one node. A plan of
the small problem is a plan of the whole one, with the same objective.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from geo.plan.relocation.cut_model import CutModel
from geo.plan.relocation.plots import Bools, Floats, Ints


def contract(model: CutModel, base: Bools, label: Ints) -> CutModel:
    """The model with nodes of label −1 fixed to their value in ``base`` and nodes of equal label ≥ 0 made one.

    Labels count from 0 without holes. Names, scales and limits of the rows stay; limits give way to the fixed nodes.
    """
    count = int(label.max(initial=-1)) + 1
    held = label < 0
    value = base.astype(float)
    weight: Floats = np.bincount(label[~held], model.weight[~held], count).astype(float)
    a, b, cap = label[model.left], label[model.right], model.cap
    a_held, b_held = a < 0, b < 0
    x_a, x_b = value[model.left], value[model.right]
    constant = model.constant + float(model.weight[held] @ value[held])
    both = a_held & b_held
    constant += float(cap[both] @ np.abs(x_a[both] - x_b[both]))
    for inner, fixed_value, mine in ((a, x_b, b_held & ~a_held), (b, x_a, a_held & ~b_held)):
        # κ|x − 0| = κx;  κ|x − 1| = κ − κx
        weight += np.bincount(inner[mine], np.where(fixed_value[mine] > 0.5, -cap[mine], cap[mine]), count)
        constant += float(cap[mine] @ fixed_value[mine])
    between = ~a_held & ~b_held & (a != b)
    first, second = np.minimum(a[between], b[between]), np.maximum(a[between], b[between])
    merged = sparse.coo_matrix((cap[between], (first, second)), shape=(count, count)).tocsr().tocoo()
    gather = sparse.csr_matrix(
        (np.ones(int((~held).sum())), (np.flatnonzero(~held), label[~held])), shape=(model.size, count)
    )
    given = model.matrix @ np.where(held, value, 0.0)
    low = np.zeros(count)
    high = np.ones(count)
    np.maximum.at(low, label[~held], model.low[~held])
    np.minimum.at(high, label[~held], model.high[~held])
    return replace(
        model,
        weight=weight,
        left=merged.row.astype(np.int64),
        right=merged.col.astype(np.int64),
        cap=merged.data,
        matrix=(model.matrix @ gather).tocsr(),
        lower=model.lower - given,
        low=low,
        high=high,
        constant=constant,
    )


def expand(base: Bools, label: Ints, small: Bools) -> Bools:
    """The plan of the whole model from one of the contracted model."""
    whole = base.copy()
    open_ = label >= 0
    whole[open_] = small[label[open_]]
    return whole


def labels_of(model: CutModel, pattern: Ints, open_: Bools) -> Ints:
    """One label for open nodes of equal pattern that hang together by edges; −1 for the others."""
    kept = open_[model.left] & open_[model.right] & (pattern[model.left] == pattern[model.right])
    graph = sparse.coo_matrix(
        (np.ones(int(kept.sum())), (model.left[kept], model.right[kept])), shape=(model.size, model.size)
    )
    _, part = connected_components(graph, directed=False)
    label = np.full(model.size, -1, dtype=np.int64)
    label[open_] = np.unique(part[open_], return_inverse=True)[1]
    return label


def reduced_weights(model: CutModel, multipliers: Floats, flow: Floats) -> Floats:
    """Node weights after prices and flow: what forcing a node to the other side adds to the proven bound, at least."""
    node = model.weight - model.matrix.T @ multipliers
    return np.asarray(node - np.bincount(model.left, flow, model.size) + np.bincount(model.right, flow, model.size))
