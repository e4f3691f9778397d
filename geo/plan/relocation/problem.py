"""THE PROBLEM AS A VALUE: what leaves, what may come, what must hold, what is minimised, what is locked."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from geo.errors import PlanProblem
from geo.plan.relocation.constraints import Constraint, Locks, Row
from geo.plan.relocation.objective import Borders, Weights
from geo.plan.relocation.plots import Bools, Floats, Plots, Pool, leaving_plots, pool_plots

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """One relocation problem. Build it with ``pose``; every change returns a new one."""

    leaving: Plots
    pool: Pool
    borders: Borders
    constraints: tuple[Constraint, ...]
    weights: Weights
    locks: Locks

    def with_constraint(self, constraint: Constraint) -> Problem:
        """The same problem with one constraint more; one of the same name is replaced."""
        kept = tuple(c for c in self.constraints if c.name != constraint.name)
        return replace(self, constraints=(*kept, constraint))

    def without_constraint(self, name: str) -> Problem:
        """The same problem without the constraint of that name. Raises PlanProblem when there is none."""
        if name == Locks.name:
            return replace(self, locks=Locks())
        kept = tuple(c for c in self.constraints if c.name != name)
        if len(kept) == len(self.constraints):
            raise PlanProblem(f"no constraint named {name!r}")
        return replace(self, constraints=kept)

    def with_weights(self, weights: Weights) -> Problem:
        """The same problem with other weights."""
        return replace(self, weights=weights)

    def lock(self, *, inn: Iterable[str] = (), out: Iterable[str] = ()) -> Problem:
        """The same problem with further candidates locked in or out. Raises PlanProblem naming every bad id."""
        inside = self.locks.inside | {str(i) for i in inn}
        outside = self.locks.outside | {str(i) for i in out}
        known = set(self.pool.ids)
        faults = [f"not a candidate: {i}" for i in sorted((inside | outside) - known)]
        faults += [f"locked in and out at once: {i}" for i in sorted(inside & outside)]
        if faults:
            raise PlanProblem("; ".join(faults))
        return replace(self, locks=Locks(inside=frozenset(inside), outside=frozenset(outside)))

    def named(self) -> tuple[Constraint, ...]:
        """All constraints, the locks last when there are any."""
        locked = bool(self.locks.inside or self.locks.outside)
        return (*self.constraints, self.locks) if locked else self.constraints

    def rows(self) -> list[Row]:
        """Every linear row of the constraints (without the locks, which are bounds)."""
        return [row for c in self.constraints for row in c.rows(self.leaving, self.pool)]

    def fixed(self) -> tuple[Bools, Bools]:
        """Which candidates are locked in, and which out."""
        return self.among(self.locks.inside), self.among(self.locks.outside)

    def among(self, ids: Set[str]) -> Bools:
        """Which candidates are among ids; one that is no candidate is passed over."""
        mask = np.zeros(len(self.pool), dtype=bool)
        if ids:
            mask[[k for k, i in enumerate(self.pool.ids) if i in ids]] = True
        return mask

    def chosen_mask(self, ids: Iterable[str]) -> Bools:
        """0/1 over the pool from candidate ids. Raises PlanProblem for an unknown one."""
        wanted = set(ids)
        unknown = wanted - set(self.pool.ids)
        if unknown:
            raise PlanProblem("not candidates: " + ", ".join(sorted(unknown)[:5]))
        return self.among(wanted)

    def hash(self) -> str:
        """sha256 over the canonical bytes of every array, constraint, weight and lock."""
        digest = hashlib.sha256(b"tianchou relocation 1")
        for table in (self.leaving, self.pool):
            digest.update("\n".join(table.ids).encode())
            for column in (table.area_m2, table.grade, table.slope, table.paddy):
                digest.update(np.ascontiguousarray(column).tobytes())
            digest.update("\n".join([*table.county.tolist(), *table.town.tolist()]).encode())
        digest.update("\n".join(self.pool.source.tolist()).encode())
        for values in (
            self.pool.distance_m, self.pool.perimeter_m, self.pool.border_m,
            self.borders.left, self.borders.right, self.borders.shared_m,
        ):  # fmt: skip
            digest.update(np.ascontiguousarray(values).tobytes())
        told = [f"{c.name}:{_told(c)}" for c in self.constraints] + [repr(self.weights)]
        told += [*sorted(self.locks.inside), "|", *sorted(self.locks.outside)]
        digest.update("\n".join(told).encode())
        return digest.hexdigest()


def pose(
    outgoing: pd.DataFrame,
    candidates: pd.DataFrame,
    borders: pd.DataFrame,
    *,
    constraints: Sequence[Constraint],
    weights: Weights | None = None,
) -> Problem:
    """Puts the problem together from tables.

    outgoing: farmland_id, net_area_m2, grade, slope_grade, paddy, county_code, town_code.
    candidates: candidate_id, source, the same columns, distance_m, perimeter_m, border_retained_m. Rows without a
    finite distance (their county loses nothing) are left out: land of another county does not stand in for them.
    borders: left, right (candidate ids), border_m, every pair once; pairs with an unknown id are left out.
    Raises PlanProblem naming all faults (missing columns or values, nothing leaves, ids or constraints given twice).
    """
    leaving = leaving_plots(outgoing)
    near = candidates[np.isfinite(candidates["distance_m"].to_numpy(dtype=float))]
    pool = pool_plots(near)
    faults = []
    if not len(leaving):
        faults.append("nothing leaves: there is nothing to replace")
    names = [c.name for c in constraints]
    faults += [f"constraint given twice: {n}" for n in sorted({n for n in names if names.count(n) > 1})]
    for name, values in (("net area of what leaves", leaving.area_m2), ("net area of candidates", pool.area_m2)):
        if len(values) and not bool((np.isfinite(values) & (values > 0)).all()):
            faults.append(f"{name}: values that are not above zero")
    if faults:
        raise PlanProblem("; ".join(faults))
    pairs = _borders(pool, borders)
    return Problem(
        leaving=leaving,
        pool=_closed_outline(pool, pairs),
        borders=pairs,
        constraints=tuple(constraints),
        weights=weights or Weights(),
        locks=Locks(),
    )


def _borders(pool: Pool, borders: pd.DataFrame) -> Borders:
    place = {candidate: k for k, candidate in enumerate(pool.ids)}
    left = borders["left"].astype(str).map(place).to_numpy(dtype=float)
    right = borders["right"].astype(str).map(place).to_numpy(dtype=float)
    length = borders["border_m"].to_numpy(dtype=float)
    kept = np.isfinite(left) & np.isfinite(right) & (left != right) & (length > 0)
    first = np.minimum(left[kept], right[kept]).astype(np.int64)
    second = np.maximum(left[kept], right[kept]).astype(np.int64)
    order = np.lexsort((second, first))
    return Borders(first[order], second[order], length[kept][order])


def _closed_outline(pool: Pool, borders: Borders) -> Pool:
    """Outlines at least as long as the borders they hold: lengths measured twice may differ by a rounding."""
    size = len(pool)
    shared: Floats = np.bincount(borders.left, borders.shared_m, size).astype(float)
    shared += np.bincount(borders.right, borders.shared_m, size)
    return replace(pool, perimeter_m=np.maximum(pool.perimeter_m, pool.border_m + shared))


def _told(constraint: Constraint) -> str:
    values = []
    for key in sorted(constraint.__dataclass_fields__):
        value = getattr(constraint, key)
        shown = sorted(value.items()) if isinstance(value, Mapping) else value
        values.append(f"{key}={sorted(shown) if isinstance(shown, frozenset) else shown!r}")
    return ",".join(values)
