"""WHY THERE IS NO PLAN: what each named constraint misses at least, and the smallest set that cannot hold together."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from geo.finding import Finding
from geo.plan.relocation.constraints import Check, Row
from geo.plan.relocation.constraints.constraint import unit_name
from geo.plan.relocation.cut_model import row_matrix
from geo.plan.relocation.highs import Program, run
from geo.plan.relocation.problem import Problem
from geo.plan.relocation.solution import Shortfall
from geo.standards.units import to_mu

WHOLE_PLOTS_UP_TO = 3000
"""Above this many candidates plots may be split in the explanation: the shortfall differs by less than one plot."""


def explain(problem: Problem, *, time_limit_s: float = 80.0) -> tuple[tuple[Shortfall, ...], tuple[str, ...]]:
    """What is missing, and the names of a smallest set of rows that cannot hold together.

    The set is found by dropping rows one at a time and keeping only those without which the rest can hold; every
    proper subset of it has a plan. The shortfalls tell for each of its rows how far it alone would have to give way
    for a plan to exist; when no single row is enough, the rows of each of its constraints alone; else all together.
    Locks take part like any other constraint. Empty when a plan exists after all.
    """
    rows = [r for c in problem.named() for r in c.rows(problem.leaving, problem.pool)]
    every = np.ones(len(rows), dtype=bool)
    size, whole = len(problem.pool), False
    missed, price = _least_miss(rows, every, size, whole=whole, time_limit_s=time_limit_s)
    if not misses(rows, missed) and size <= WHOLE_PLOTS_UP_TO:
        # Split plots would do: only whole ones show what is missing.
        whole = True
        missed, price = _least_miss(rows, every, size, whole=whole, time_limit_s=time_limit_s)
    if not misses(rows, missed):
        return (), ()
    # Rows without a price are not needed to prove that nothing holds; that is looked at, not assumed.
    priced = [r for r, p in zip(rows, price, strict=False) if p > 1e-9 * price.max()]
    few = bool(priced) and misses(priced, least_miss(priced, every[: len(priced)], size, whole=whole,
                                                     time_limit_s=time_limit_s))  # fmt: skip
    clash = priced if few else list(rows)
    for row in list(clash):
        without = [r for r in clash if r is not row]
        kept = np.ones(len(without), dtype=bool)
        if misses(without, least_miss(without, kept, size, whole=whole, time_limit_s=time_limit_s / 4)):
            clash = without
    # One row alone, then one noun alone (the same shortage may stand in every county), then whatever it takes.
    names = list(dict.fromkeys(r.constraint for r in clash))
    tries = [[r] for r in clash] + [[r for r in rows if r.constraint == n] for n in names]
    found: list[Shortfall] = []
    for level in (tries[: len(clash)], tries[len(clash) :]):
        for yielding in level:
            yields = np.array([any(r is y for y in yielding) for r in rows])
            gives = least_miss(rows, yields, size, whole=whole, time_limit_s=time_limit_s / 4)
            if len(gives):
                found += [shortfall(rows[k], float(gives[k])) for k in misses(rows, gives)]
        if found:
            return tuple(found), tuple(r.name for r in clash)
    together = [shortfall(rows[k], float(missed[k])) for k in misses(rows, missed)]
    return tuple(together), tuple(r.name for r in clash)


def misses(rows: list[Row], missed: np.ndarray) -> list[int]:
    """Positions of the rows that are missed by more than rounding."""
    return [k for k, (r, m) in enumerate(zip(rows, missed, strict=False)) if m > 10 * r.tolerance + 1e-6 * r.scale]


def least_miss(rows: list[Row], yields: np.ndarray, size: int, *, whole: bool, time_limit_s: float) -> np.ndarray:
    """min Σ s_r, the rows of ``yields`` allowed to miss by s_r ≥ 0; in the rows' own units, empty when impossible."""
    return _least_miss(rows, yields, size, whole=whole, time_limit_s=time_limit_s)[0]


def _least_miss(
    rows: list[Row], yields: np.ndarray, size: int, *, whole: bool, time_limit_s: float
) -> tuple[np.ndarray, np.ndarray]:
    """What ``least_miss`` tells, and the prices of the rows when plots may be split (else none)."""
    count = len(rows)
    scale = np.array([r.scale for r in rows])
    lower = np.array([(r.limit if r.sense == ">=" else -r.limit) / r.scale for r in rows])
    slack = np.array([r.tolerance / r.scale for r in rows])
    out = run(
        Program(
            cost=np.concatenate([np.zeros(size), scale / max(scale.max(initial=0.0), 1e-12)]),
            low=np.zeros(size + count),
            high=np.concatenate([np.ones(size), np.where(yields, np.inf, 0.0)]),
            integer=np.concatenate([np.full(size, whole), np.zeros(count, dtype=bool)]),
            matrix=sparse.hstack([row_matrix(rows, size), sparse.identity(count)], format="csr"),
            row_low=lower - slack,
            row_high=np.full(count, np.inf),
        ),
        gap=1e-4,
        time_limit_s=time_limit_s,
    )
    return (out.values[size:] * scale if len(out.values) else np.zeros(0)), np.abs(out.duals)


def shortfall(row: Row, amount: float) -> Shortfall:
    """A missed row as a value with its sentence."""
    area = row.unit.startswith("m2")
    figure, unit = (f"{to_mu(amount):,.2f}", row.unit[2:]) if area else (f"{amount:,.6g}", "")
    words = {"yuan": (" 元", " yuan"), "plots": (" 块", " plots")}
    zh, en = ("亩", " mu") if area else words.get(row.unit, (f" {row.unit}", f" {row.unit}"))
    subject = {"in": "锁定调入 / locked in", "out": "锁定不调入 / locked out"}.get(row.scope) or unit_name(row.scope)
    finding = Finding(
        code="PL401",
        severity="error",
        subject=subject,
        measured=round(amount, 2),
        unit=row.unit,
        values={
            "name_zh": labels_of(row.constraint)[0], "name_en": labels_of(row.constraint)[1],
            "shown": f"{figure}{zh}{unit}", "shown_en": f"{figure}{en}{unit}",
        },
    )  # fmt: skip
    return Shortfall(row.name, row.constraint, row.scope, amount, row.unit, finding)


def missed_check(check: Check) -> Shortfall:
    """A check on what leaves (no row over the candidates) that fails, as a shortfall."""
    amount = abs(check.measured - check.limit)
    row = Row(check.constraint, check.scope, np.zeros(0, np.int64), np.zeros(0), check.sense, check.limit, check.unit)
    return shortfall(row, amount)


def labels_of(name: str) -> tuple[str, str]:
    """A constraint's name in Chinese and English; the name itself where none is known."""
    from geo.plan.relocation import constraints

    for noun in constraints.__all__:
        kind = getattr(constraints, noun)
        if getattr(kind, "name", None) == name:
            return str(kind.zh), str(kind.en)
    return name, name
