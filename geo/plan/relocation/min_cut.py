"""The relaxed problem solved exactly: min Σ n_j x_j + Σ κ_ij |x_i − x_j| over x ∈ {0,1}, a minimum cut.

First the nodes whose side is beyond doubt are peeled off (a weight at least the sum of its edges: out; at most minus
that sum: in), again and again; a maximum flow (scipy, Dinic on whole numbers) settles what is left. The flow
on every edge comes back too: it is the proof of the value (see ``certificate``).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geo.plan.relocation.plots import Bools, Floats, Ints

LARGEST_CAPACITY = 2**28
"""The largest capacity as a whole number; what rounding loses is lost from the bound, never gained."""


@dataclass(frozen=True, slots=True, eq=False)
class Cut:
    """Which nodes are in, and a number on every edge (taken from left, given to right) that proves it."""

    inside: Bools
    flow: Floats


def minimum_cut(node: Floats, left: Ints, right: Ints, cap: Floats) -> Cut:
    """The minimum of Σ node·x + Σ cap·|x_left − x_right| and its flow. Deterministic."""
    from geo.plan.relocation._peel_kernel import edges_by_node, peel

    weight = node.astype(np.float64)
    start, edge = edges_by_node(left, right, len(node))
    side, flow, open_ = peel(weight, left, right, cap, start, edge)
    live = np.flatnonzero(open_)
    rest = np.flatnonzero(side < 0)
    if len(rest):
        _flow_rest(weight, left, right, cap, live, rest, side, flow)
    return Cut(side == 1, flow)


def _flow_rest(
    weight: Floats, left: Ints, right: Ints, cap: Floats, live: Ints, rest: Ints, side: np.ndarray, flow: Floats
) -> None:
    """Maximum flow on the nodes that peeling left open; writes their sides and flows."""
    from scipy import sparse
    from scipy.sparse.csgraph import breadth_first_order, maximum_flow

    place = np.full(len(weight), -1)
    place[rest] = np.arange(len(rest))
    count, source, sink = len(rest), len(rest), len(rest) + 1
    terminal = weight[rest]
    unit = max(float(np.abs(terminal).max()), float(cap[live].max(initial=0.0)), 1e-12) / LARGEST_CAPACITY
    whole = np.floor(cap[live] / unit).astype(np.int32)
    give = np.rint(-np.minimum(terminal, 0.0) / unit).astype(np.int32)
    take = np.rint(np.maximum(terminal, 0.0) / unit).astype(np.int32)
    used, drawn = np.flatnonzero(give), np.flatnonzero(take)
    if not (len(used) and len(drawn)):  # all of one sign: no flow, and all of them in or all out
        side[rest] = 1 if len(used) else 0
        return
    a, b = place[left[live]], place[right[live]]
    graph = sparse.coo_matrix(
        (
            np.concatenate([whole, whole, give[used], take[drawn]]),
            (
                np.concatenate([a, b, np.full(len(used), source), drawn]),
                np.concatenate([b, a, used, np.full(len(drawn), sink)]),
            ),
        ),
        shape=(count + 2, count + 2),
    ).tocsr()
    found = maximum_flow(graph, source, sink)
    residual = graph - found.flow
    residual.data = np.maximum(residual.data, 0)
    residual.eliminate_zeros()
    reached = breadth_first_order(residual, source, return_predecessors=False)
    side[rest] = 0
    side[rest[reached[reached < count]]] = 1
    # Two edges between the same nodes share their flow in proportion to their capacities.
    net = np.asarray(found.flow[a, b]).ravel() * unit
    pair = np.asarray(graph[a, b]).ravel() * unit
    part = np.divide(cap[live], pair, out=np.zeros(len(live)), where=pair > 0)
    flow[live] = np.clip(-net * np.minimum(part, 1.0), -cap[live], cap[live])
