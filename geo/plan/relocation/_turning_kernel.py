"""What it costs at least nearly to turn one plot to its other side, as one compiled pass."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

MOST_TURNED = 64
"""Plots that may turn together; a larger group is as good as not to be turned by one."""


@njit(cache=True)
def turning_costs(
    inside: Bools, node: Floats, left: Ints, right: Ints, cap: Floats, start: Ints, edge: Ints, free: Bools
) -> Floats:
    """Cost of turning every plot together with the neighbours that then gain by turning too; inf where it is not free.

    ``node``: weights at the prices; ``inside``: their minimum cut, so that nothing costs less than 0.
    """
    size = len(inside)
    found = np.full(size, np.inf)
    turned_by = np.full(size, -1, dtype=np.int64)
    group = np.empty(MOST_TURNED, dtype=np.int64)
    for seed in range(size):
        if not free[seed]:
            continue
        side = inside[seed]
        sign = -1.0 if side else 1.0
        group[0] = seed
        turned_by[seed] = seed
        count, head = 1, 0
        total = sign * node[seed]
        for place in range(start[seed], start[seed + 1]):
            k = edge[place]
            other = right[k] if left[k] == seed else left[k]
            total += cap[k] if inside[other] == side else -cap[k]
        while head < count and count < MOST_TURNED:
            at = group[head]
            head += 1
            for place in range(start[at], start[at + 1]):
                k = edge[place]
                v = right[k] if left[k] == at else left[k]
                if turned_by[v] == seed or inside[v] != side or not free[v]:
                    continue
                gain = sign * node[v]
                for place_v in range(start[v], start[v + 1]):
                    k_v = edge[place_v]
                    w = right[k_v] if left[k_v] == v else left[k_v]
                    gain += cap[k_v] if inside[w] == side and turned_by[w] != seed else -cap[k_v]
                if gain < 0.0:
                    turned_by[v] = seed
                    group[count] = v
                    count += 1
                    total += gain
                    if count == MOST_TURNED:
                        break
        found[seed] = total
    return found
