"""WHY THERE IS NO PLAN: what each named constraint misses at least, and the smallest set that cannot hold together."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from geo.finding import Finding
from geo.plan.relocation.constraints import Check, Row
from geo.plan.relocation.constraints.constraint import unit_name
from geo.plan.relocation.cut_model import row_matrix
from geo.plan.relocation.highs import Outcome, Program, run
from geo.plan.relocation.problem import Problem
from geo.plan.relocation.solution import Shortfall
from geo.standards.units import to_mu

WHOLE_PLOTS_UP_TO = 3000
"""Above this many candidates plots may be split in the explanation: the shortfall differs by less than one plot."""


def explain(problem: Problem, *, time_limit_s: float = 20.0) -> tuple[tuple[Shortfall, ...], tuple[str, ...]]:
    """Shortfalls of the plan that misses least (Σ of what is missed, in m²), and the names of a smallest clashing set.

    The set is found by dropping rows one at a time and keeping only those without which the rest can hold; every
    proper subset of it has a plan. Locks take part like any other constraint.
    """
    rows = [r for c in problem.named() for r in c.rows(problem.leaving, problem.pool)]
    size, whole = len(problem.pool), len(problem.pool) <= WHOLE_PLOTS_UP_TO
    out, missed = _least_miss(rows, size, whole=whole, time_limit_s=time_limit_s)
    if out.status == "infeasible" or not len(missed):
        return (), ()
    found = tuple(
        shortfall(r, float(m)) for r, m in zip(rows, missed, strict=True) if m > 10 * r.tolerance + 1e-6 * r.scale
    )
    if not found:
        return (), ()
    clash = list(rows)
    for row in list(rows):
        without = [r for r in clash if r is not row]
        _, miss = _least_miss(without, size, whole=whole, time_limit_s=time_limit_s / 4)
        if len(miss) and any(m > 10 * r.tolerance + 1e-6 * r.scale for r, m in zip(without, miss, strict=True)):
            clash = without
    return found, tuple(r.name for r in clash)


def _least_miss(rows: list[Row], size: int, *, whole: bool, time_limit_s: float) -> tuple[Outcome, np.ndarray]:
    """min Σ s_r with every row allowed to miss by s_r ≥ 0; the misses in the rows' own units."""
    count = len(rows)
    scale = np.array([r.scale for r in rows])
    lower = np.array([(r.limit if r.sense == ">=" else -r.limit) / r.scale for r in rows])
    program = Program(
        cost=np.concatenate([np.zeros(size), scale / max(scale.max(initial=0.0), 1e-12)]),
        low=np.zeros(size + count),
        high=np.concatenate([np.ones(size), np.full(count, np.inf)]),
        integer=np.concatenate([np.full(size, whole), np.zeros(count, dtype=bool)]),
        matrix=sparse.hstack([row_matrix(rows, size), sparse.identity(count)], format="csr"),
        row_low=lower,
        row_high=np.full(count, np.inf),
    )
    out = run(program, gap=1e-4, time_limit_s=time_limit_s)
    return out, out.values[size:] * scale if len(out.values) else np.zeros(0)


def shortfall(row: Row, amount: float) -> Shortfall:
    """A missed row as a value with its sentence."""
    area = row.unit.startswith("m2")
    shown = f"{to_mu(amount):,.2f}亩{row.unit[2:]}" if area else f"{amount:,.4g} {row.unit}"
    subject = {"in": "锁定调入 / locked in", "out": "锁定不调入 / locked out"}.get(row.scope) or unit_name(row.scope)
    finding = Finding(
        code="PL401",
        severity="error",
        subject=subject,
        measured=round(amount, 2),
        unit=row.unit,
        values={"name_zh": _labels(row.constraint)[0], "name_en": _labels(row.constraint)[1], "shown": shown},
    )
    return Shortfall(row.name, row.constraint, row.scope, amount, row.unit, finding)


def missed_check(check: Check) -> Shortfall:
    """A check on what leaves (no row over the candidates) that fails, as a shortfall."""
    amount = abs(check.measured - check.limit)
    row = Row(check.constraint, check.scope, np.zeros(0, np.int64), np.zeros(0), check.sense, check.limit, check.unit)
    return shortfall(row, amount)


def _labels(name: str) -> tuple[str, str]:
    from geo.plan.relocation import constraints

    for noun in constraints.__all__:
        kind = getattr(constraints, noun)
        if getattr(kind, "name", None) == name:
            return str(kind.zh), str(kind.en)
    return name, name
