"""The relaxed problem solved exactly: min Σ n_j x_j + Σ κ_ij |x_i − x_j| over x ∈ {0,1}, a minimum cut.

First the nodes whose side is beyond doubt are peeled off (a weight at least the sum of its edges: out; at most minus
that sum: in), again and again; a maximum flow (``_flow_kernel``) settles what is left. Who knows the flow at other
prices goes on from there, which takes a fraction of the time. The flow on every edge comes back too: it is the proof of
the value (see ``certificate``).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geo.plan.relocation.plots import Bools, Floats, Ints

Ends = tuple[Ints, Ints]
"""The edges of every node (``edges_by_node``)."""
GRAIN = 1e-12
"""What is smaller than this part of the largest number is rounding; it is lost from the bound, never gained."""


@dataclass(frozen=True, slots=True, eq=False)
class Cut:
    """Which nodes are in, and a number on every edge (taken from left, given to right) that proves it."""

    inside: Bools
    flow: Floats


def minimum_cut(
    node: Floats, left: Ints, right: Ints, cap: Floats, ends: Ends | None = None, flow: Floats | None = None
) -> Cut:
    """The minimum of Σ node·x + Σ cap·|x_left − x_right| and its flow. Deterministic.

    ends: ``edges_by_node`` of the same edges, for who asks again and again; flow: one to go on from.
    """
    from geo.plan.relocation._flow_kernel import push
    from geo.plan.relocation._peel_kernel import edges_by_node, peel

    weight = node.astype(np.float64)
    start, edge = ends or edges_by_node(left, right, len(node))
    if flow is None:
        _, flow, _ = peel(weight.copy(), left, right, cap, start, edge)
    flow = np.clip(flow, -cap, cap)
    weight += np.bincount(right, flow, len(node)) - np.bincount(left, flow, len(node))
    grain = GRAIN * max(float(np.abs(node).max(initial=0.0)), float(cap.max(initial=0.0)), 1.0)
    inside = push(weight, left, right, cap, flow, start, edge, grain)
    return Cut(inside, flow)
