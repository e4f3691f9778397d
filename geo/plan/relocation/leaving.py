"""WHAT MAY LEAVE NOW, when not everything may: whole 零星 blocks chosen exactly under the township caps.

A first stage of its own: maximise Σ a_b y_b over blocks b (never a part of one: half a block moved leaves a smaller
fragment) subject to Σ_{b in t} a_bt y_b ≤ c·F_t for every township (or all together), and, when a county's supply
is known, ρ_k Σ_{b in k} a_bk y_b ≤ S_k. What stays waits for the next year; each piece says why.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from geo.errors import PlanProblem
from geo.plan.relocation.constraints import TownCap
from geo.plan.relocation.highs import Program, run
from geo.plan.relocation.plots import Floats

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

NODES = 20_000
"""Branchings for the blocks of one township: unlike the clock, the same on every machine."""


@dataclass(frozen=True, slots=True, eq=False)
class Leaving:
    """leaves: rows of ``outgoing`` that leave now; waits: the others, with reason (PL402 cap, PL403 supply), measured,
    limit (m²), unit, article."""

    leaves: gpd.GeoDataFrame
    waits: gpd.GeoDataFrame


@dataclass(frozen=True, kw_only=True)
class Supply:
    """How much net area each county's candidates can give (m²), and how much must come for each m² that leaves."""

    limit_m2: Mapping[str, float] = field(default_factory=dict)
    ratio: float = 1.0


def choose_leaving(outgoing: gpd.GeoDataFrame, *, cap: TownCap, supply: Supply | None = None) -> Leaving:
    """As much as may leave under the caps, in whole blocks.

    outgoing: farmland_id, block_id, net_area_m2, town_code, county_code (further columns are kept). Everything leaves
    when the caps allow it; ties go to the earlier block, so a run is reproducible. Raises PlanProblem for a cap that is
    not above zero.
    """
    if cap.share <= 0:
        raise PlanProblem("a township cap of zero: nothing may leave")
    blocks = outgoing["block_id"].astype(str)
    names = list(dict.fromkeys(blocks))
    number = blocks.map({b: k for k, b in enumerate(names)}).to_numpy(dtype=np.int64)
    area = outgoing["net_area_m2"].to_numpy(dtype=float)
    matrix, limits, labels = _limits(outgoing, number, len(names), area, cap, supply)
    value = np.asarray(np.bincount(number, area, len(names)), dtype=float)
    kept = _most(matrix, limits, value)
    stays = outgoing[~kept[number]]
    return Leaving(
        outgoing[kept[number]].reset_index(drop=True),
        _reasons(stays.reset_index(drop=True), number[~kept[number]], matrix, limits, labels, cap),
    )


def _most(matrix: Floats, limits: Floats, value: Floats) -> np.ndarray:
    """Which blocks leave: all that no exceeded limit touches, and the most of the others (to 0.01 % of the area).

    Limits that no block ties together are decided one after the other, and no clock ends the search: the same blocks
    leave on every machine, however busy.
    """
    kept = np.ones(len(value), dtype=bool)
    over = np.flatnonzero(matrix @ np.ones(len(value)) > limits + 1e-6)
    touched = sparse.csr_matrix(matrix[over] > 0)
    count, part = connected_components(sparse.bmat([[None, touched], [touched.T, None]]), directed=False)
    for group in range(count if len(over) else 0):
        rows = over[part[: len(over)] == group]
        if len(rows):
            open_ = np.flatnonzero(part[len(over) :] == group)
            kept[open_] = _packed(matrix[np.ix_(rows, open_)], limits[rows], value[open_])
    return kept


def _packed(matrix: Floats, limits: Floats, value: Floats) -> np.ndarray:
    """The most of some blocks under the limits that they share; none where nothing was found in ``NODES``."""
    # A breath of preference for earlier blocks settles ties the same way every time.
    taste = value * (1.0 - 1e-9 * np.arange(len(value)) / len(value))
    scale = np.maximum(limits, 1.0)
    out = run(
        Program(
            cost=-taste / value.max(),
            low=np.zeros(len(value)),
            high=np.ones(len(value)),
            integer=np.ones(len(value), dtype=bool),
            matrix=sparse.csr_matrix(matrix / scale[:, None]),
            row_low=np.full(len(limits), -np.inf),
            row_high=limits / scale,
        ),
        gap=1e-4,
        time_limit_s=np.inf,
        most_nodes=NODES,
    )
    return out.values > 0.5 if len(out.values) else np.zeros(len(value), dtype=bool)


def _limits(
    outgoing: pd.DataFrame, number: np.ndarray, count: int, area: np.ndarray, cap: TownCap, supply: Supply | None
) -> tuple[np.ndarray, np.ndarray, list[tuple[str, str]]]:
    towns = outgoing["town_code"].to_numpy(dtype=str)
    counties = outgoing["county_code"].to_numpy(dtype=str)
    rows: list[Floats] = []
    limits: list[float] = []
    labels: list[tuple[str, str]] = []
    present = sorted(set(towns.tolist()))
    for unit in [""] if cap.together else present:
        inside = np.ones(len(area), dtype=bool) if cap.together else towns == unit
        farmland = sum(cap.farmland_m2.get(t, 0.0) for t in (present if cap.together else [unit]))
        rows.append(np.asarray(np.bincount(number[inside], area[inside], count), dtype=float))
        limits.append(cap.share * farmland)
        labels.append(("PL402", unit))
    for county in sorted(supply.limit_m2) if supply is not None else []:
        inside = counties == county
        assert supply is not None
        rows.append(np.asarray(supply.ratio * np.bincount(number[inside], area[inside], count), dtype=float))
        limits.append(supply.limit_m2[county])
        labels.append(("PL403", county))
    return np.array(rows).reshape(-1, count), np.array(limits), labels


def _reasons(
    waits: gpd.GeoDataFrame,
    number: np.ndarray,
    matrix: np.ndarray,
    limits: np.ndarray,
    labels: list[tuple[str, str]],
    cap: TownCap,
) -> gpd.GeoDataFrame:
    """The limit that keeps each waiting block: the one it takes the largest part of."""
    strain = matrix / np.maximum(limits, 1e-9)[:, None]
    worst = strain[:, number].argmax(axis=0) if len(number) else np.zeros(0, dtype=int)
    return waits.assign(
        reason=[labels[w][0] for w in worst],
        unit_code=[labels[w][1] for w in worst],
        measured=[float(matrix[w, n]) for w, n in zip(worst, number, strict=True)],
        limit=[float(limits[w]) for w in worst],
        unit="m2",
        article=[cap.article if labels[w][0] == "PL402" else "" for w in worst],
    )
