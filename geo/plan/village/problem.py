"""THE VILLAGE PROBLEM AS A VALUE: which hamlets may move where, what it costs, what it joins, in which order of wishes.

A hamlet moves whole or stays. With x_hp ∈ {0, 1} (hamlet h moves to place p), o_p ∈ {0, 1} (place p is opened) and
0 ≤ z_b ≤ 1 (small field b is lifted into a large one):

    Σ_p x_hp ≤ 1                      one place; = 1 for a hamlet that must move; pinned ones have no arc
    Σ_h households_h·x_hp ≤ capacity_p·o_p      room
    x_hp ≤ o_p                        only to an opened place
    o_p + Σ_p' x_kp' ≤ 1              the hamlet k that hosts an opened place stays
    z_b ≤ Σ_h∈b Σ_p x_hp              a field is lifted only by a hamlet that lifts it on its own
    Σ (built_hp − ratio·freed_h)·x_hp ≤ 0       建新 ≤ 拆旧
    Σ cost_hp·x_hp + Σ opening_p·o_p ≤ budget   where a budget is given

Arcs longer than the fairness limit are never made: no household moves farther. Wishes, one after the other, each held
to its value within the tolerance while the next is sought: ``joined`` (m² newly in large fields), ``freed`` (net
construction land, m²), ``cost`` (yuan), ``distance`` (household·metres).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import sparse

from geo.plan.relocation.plots import Floats, Ints

WISHES = ("joined", "freed", "cost", "distance")


@dataclass(frozen=True, eq=False)
class VillageProblem:
    """One project area. Arrays of hamlets: households, freed_m2, joined_m2; of places: capacity (households),
    opening_yuan, host (position of the hamlet or -1); of arcs: hamlet, place (positions), distance_m, cost_yuan,
    built_m2, mode; of pairs (lift_hamlet, lift_block) of small fields with block_m2."""

    name: str
    hamlets: tuple[str, ...]
    households: Ints
    freed_m2: Floats
    joined_m2: Floats
    places: tuple[str, ...]
    capacity: Ints
    opening_yuan: Floats
    host: Ints
    hamlet: Ints
    place: Ints
    distance_m: Floats
    cost_yuan: Floats
    built_m2: Floats
    mode: tuple[str, ...]
    lift_hamlet: Ints
    lift_block: Ints
    block_m2: Floats
    must: frozenset[str] = frozenset()
    build_ratio: float = 1.0
    budget_yuan: float = float("inf")
    wishes: tuple[str, ...] = ("joined", "cost", "distance")
    tolerance: float = 0.02

    @property
    def arcs(self) -> int:
        return len(self.hamlet)

    @property
    def size(self) -> int:
        """Columns of the program: arcs, places, small fields."""
        return self.arcs + len(self.places) + len(self.block_m2)

    @cached_property
    def rows(self) -> tuple[sparse.csr_matrix, Floats, tuple[str, ...]]:
        """Every condition as matrix·v ≤ limit, with a name each."""
        n, places, blocks = self.arcs, len(self.places), len(self.block_m2)
        arc = np.arange(n)
        body: list[tuple[Ints, Ints, Floats]] = []
        limits: list[float] = []
        names: list[str] = []

        def add(columns: Ints, values: Floats, limit: float, name: str) -> None:
            body.append((np.full(len(columns), len(limits)), columns, values))
            limits.append(limit)
            names.append(name)

        moves = [arc[self.hamlet == h] for h in range(len(self.hamlets))]
        for h, mine in enumerate(moves):
            if len(mine):
                add(mine, np.ones(len(mine)), 1.0, f"once:{self.hamlets[h]}")
            if self.hamlets[h] in self.must:
                add(mine, -np.ones(len(mine)), -1.0, f"must:{self.hamlets[h]}")
        for p in range(places):
            mine = arc[self.place == p]
            if not len(mine):
                continue
            room = float(self.capacity[p])
            columns = np.append(mine, n + p)
            add(columns, np.append(self.households[self.hamlet[mine]].astype(float), -room), 0.0,
                f"room:{self.places[p]}")  # fmt: skip
            for k in mine:
                add(np.array([k, n + p]), np.array([1.0, -1.0]), 0.0,
                    f"open:{self.hamlets[self.hamlet[k]]}>{self.places[p]}")  # fmt: skip
            host = int(self.host[p])
            if host >= 0 and len(moves[host]):
                own = moves[host]
                add(np.append(own, n + p), np.ones(len(own) + 1), 1.0, f"host:{self.places[p]}")
        for b in range(blocks):
            lifters = self.lift_hamlet[self.lift_block == b]
            mine = arc[np.isin(self.hamlet, lifters)]
            add(np.append(mine, n + places + b), np.append(-np.ones(len(mine)), 1.0), 0.0, f"field:{b}")
        if n:
            add(arc, self.built_m2 - self.build_ratio * self.freed_m2[self.hamlet], 0.0, "quota")
            if np.isfinite(self.budget_yuan):
                add(np.arange(n + places), np.concatenate([self.cost_yuan, self.opening_yuan]), self.budget_yuan,
                    "budget")  # fmt: skip
        at = [np.concatenate([part[k] for part in body]) if body else np.zeros(0) for k in range(3)]
        matrix = sparse.csr_matrix(
            (at[2], (at[0].astype(np.int64), at[1].astype(np.int64))), shape=(len(limits), self.size)
        )
        return matrix, np.array(limits), tuple(names)

    def costs(self, wish: str) -> Floats:
        """What a column adds to a wish; every wish is made small. Raises KeyError for an unknown wish."""
        n, places = self.arcs, len(self.places)
        out = np.zeros(self.size)
        if wish == "joined":
            out[:n] = -self.joined_m2[self.hamlet]
            out[n + places :] = -self.block_m2
        elif wish == "freed":
            out[:n] = self.built_m2 - self.freed_m2[self.hamlet]
        elif wish == "cost":
            out[:n] = self.cost_yuan
            out[n : n + places] = self.opening_yuan
        elif wish == "distance":
            out[:n] = self.households[self.hamlet] * self.distance_m
        else:
            raise KeyError(wish)
        return out

    def columns_of(self, moves: Mapping[str, str]) -> Floats:
        """The columns of a scheme given as hamlet → place: arcs taken, places that receive, fields lifted.

        Raises KeyError for a hamlet, a place or a way between them that the problem does not have.
        """
        n, places = self.arcs, len(self.places)
        at = {
            (self.hamlets[h], self.places[p]): k for k, (h, p) in enumerate(zip(self.hamlet, self.place, strict=True))
        }
        v = np.zeros(self.size)
        for pair in moves.items():
            v[at[pair]] = 1.0
        taken = np.flatnonzero(v[:n] > 0.5)
        v[n + np.unique(self.place[taken])] = 1.0
        lifted = np.unique(self.lift_block[np.isin(self.lift_hamlet, self.hamlet[taken])])
        v[n + places + lifted] = 1.0
        return v

    def moves_of(self, v: Floats) -> dict[str, str]:
        """A solver's columns as hamlet → place."""
        taken = np.flatnonzero(v[: self.arcs] > 0.5)
        return {self.hamlets[self.hamlet[k]]: self.places[self.place[k]] for k in taken}

    def broken(self, v: Floats) -> list[tuple[str, float, float]]:
        """Conditions that columns break by more than rounding: (name, measured, limit)."""
        matrix, limits, names = self.rows
        got = matrix @ v
        slack = 1e-6 * np.maximum(
            np.abs(limits), np.maximum(np.asarray(abs(matrix).max(axis=1).todense()).ravel(), 1.0)
        )
        return [(names[k], float(got[k]), float(limits[k])) for k in np.flatnonzero(got > limits + slack)]

    def held_to(self, value: float) -> float:
        """How much later wishes may take of a wish's value."""
        return value + self.tolerance * abs(value)

    def hash(self) -> str:
        """Twelve hex digits of everything that decides the scheme."""
        arrays = (self.households, self.freed_m2, self.joined_m2, self.capacity, self.opening_yuan, self.host,
                  self.hamlet, self.place, self.distance_m, self.cost_yuan, self.built_m2, self.lift_hamlet,
                  self.lift_block, self.block_m2)  # fmt: skip
        body = [self.name, self.hamlets, self.places, [a.tolist() for a in arrays], sorted(self.must),
                self.build_ratio, str(self.budget_yuan), self.wishes, self.tolerance]  # fmt: skip
        return hashlib.sha256(json.dumps(body).encode()).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class Level:
    """One wish as solved: value, proven bound, what later wishes keep to; floor: what ``prices`` prove by addition.

    unit: the project area; moves: the scheme of this level."""

    unit: str
    level: int
    wish: str
    value: float
    bound: float
    held: float
    status: str
    floor: float
    prices: Mapping[str, float]
    moves: Mapping[str, str]

    @property
    def gap(self) -> float:
        return max(self.value - self.bound, 0.0) / max(abs(self.value), 1e-9)


@dataclass(frozen=True, slots=True)
class VillageScheme:
    """The answer for one project area. status: optimal, feasible (a wider gap than asked), infeasible,
    not_found, cancelled."""

    unit: str
    status: str
    moves: Mapping[str, str]
    levels: tuple[Level, ...]
    clash: tuple[str, ...]
    problem_hash: str
    seconds: float
    solver: str

    @property
    def has_plan(self) -> bool:
        return self.status in ("optimal", "feasible")
