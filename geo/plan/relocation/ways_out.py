"""THE CHEAPEST WAYS OUT when the rules cannot all hold: the smallest change of one thing after which a plan exists.

A constraint gives way in its own terms (a ratio, a tenth of a grade, metres, plots); locks are released, the fewest
there are; pieces that leave are held back, the least area there is. Every way is tried: it is told only with the plan
that it makes possible and what that plan costs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from geo.finding import Finding
from geo.plan.relocation.constraints import Locks, TownCap
from geo.plan.relocation.constraints.constraint import unit_name
from geo.plan.relocation.cut_model import cut_model, row_matrix
from geo.plan.relocation.highs import Program, run, solve_cut_model
from geo.plan.relocation.infeasible import WHOLE_PLOTS_UP_TO, labels_of, misses
from geo.plan.relocation.loosening import Change, Kind, least, loosened, split_plots_hold
from geo.plan.relocation.model import solve
from geo.plan.relocation.problem import Problem
from geo.standards.units import to_mu

_QUANTITIES = ("area", "paddy", "town_balance")
"""Constraints on what comes in by what leaves: holding pieces back eases them."""


@dataclass(frozen=True, slots=True, eq=False)
class WayOut:
    """One change after which a plan exists.

    kind: relax a constraint, unlock plots, hold_back pieces; parameter: what changes, before and after (``before`` and
    ``after`` in ``unit``); ids: the plots unlocked or the pieces held back; article: of the rule that gives way, empty
    for a planner's wish; problem: after the change; objective (mu·km), chosen: a plan of it, good to a twentieth.
    """

    kind: Kind
    constraint: str
    before: float
    after: float
    unit: str
    ids: tuple[str, ...]
    article: str
    problem: Problem
    objective: float
    chosen: tuple[str, ...]
    finding: Finding


@dataclass(frozen=True, slots=True)
class TownShort:
    """A township's part in a shortage: what leaves it and what its candidates could give, m²."""

    town: str
    out_m2: float
    supply_m2: float
    finding: Finding


def ways_out(
    problem: Problem,
    clashing: tuple[str, ...],
    *,
    time_limit_s: float = 10.0,
    blocks: Mapping[str, str] | None = None,
    go_on: Callable[[], bool] = lambda: True,
) -> tuple[WayOut, ...]:
    """Every way found for the constraints of a clashing set, the planner's own wishes first, then the cheapest.

    clashing: row names as ``infeasible.explain`` gives them; time_limit_s: for each plan; blocks: block id by piece id
    (a block is held back whole; without it each piece is a block of its own). ``go_on`` False ends the search early.
    """
    named = {c.name: c for c in problem.named()}
    found: list[WayOut] = []
    for name in dict.fromkeys(n.split("@")[0] for n in clashing):
        constraint = named.get(name)
        if constraint is None or not go_on():
            continue
        if isinstance(constraint, Locks):
            way = _unlock(problem, time_limit_s)
            found += _tried(way, time_limit_s) if way is not None else []
            continue
        for more in (1.0, 1.05, 1.5):  # split plots would do with a little less than whole ones
            way = loosened(problem, constraint, more)
            tried = _tried(way, time_limit_s) if way is not None else []
            found += tried
            if tried or way is None:
                break
    if go_on() and any(n.split("@")[0] in (*_QUANTITIES, "town_cap") for n in clashing):
        way = _hold_back(problem, blocks or {})
        if way is not None:
            found += _tried(way, time_limit_s)
    return tuple(sorted(found, key=lambda w: (bool(w.article), w.objective)))


def short_by_town(problem: Problem, name: str) -> list[TownShort]:
    """Where a shortage of quantity or paddy arises: townships of the row's unit that give up more than they could take.

    The largest shortage first; all of the unit's townships when none alone falls short. Empty for other constraints.
    """
    constraint, _, unit = name.partition("@")
    if constraint not in ("area", "paddy"):
        return []
    leaving, pool = problem.leaving, problem.pool
    _, barred = problem.fixed()
    mine, theirs = leaving.in_unit(unit), pool.in_unit(unit) & ~barred
    if constraint == "paddy":
        mine, theirs = mine & leaving.paddy, theirs & pool.paddy
    found = []
    for town in sorted(set(leaving.town[mine].tolist())):
        out = float(leaving.area_m2[mine & (leaving.town == town)].sum())
        supply = float(pool.area_m2[theirs & (pool.town == town)].sum())
        zh, en = ("水田", "paddy") if constraint == "paddy" else ("面积", "land")
        values = {
            "what_zh": zh, "what_en": en, "out": f"{to_mu(out):,.2f}", "supply": f"{to_mu(supply):,.2f}",
            "short": f"{max(to_mu(out - supply), 0.0):,.2f}",
        }  # fmt: skip
        found.append(TownShort(town, out, supply, Finding("PL711", "info", unit_name(town), values=values)))
    found.sort(key=lambda t: t.supply_m2 - t.out_m2)
    lacking = [t for t in found if t.supply_m2 < t.out_m2]
    return lacking or found


def _tried(change: Change, time_limit_s: float) -> list[WayOut]:
    """The change with its plan; nothing when there is none after all."""
    rows = [r for c in change.problem.named() for r in c.rows(change.problem.leaving, change.problem.pool)]
    if not split_plots_hold(change.problem, rows):
        return []
    objective, chosen = _plan(change.problem, time_limit_s)
    if not chosen:
        return []
    zh, en = labels_of(change.constraint)
    area = change.unit == "m2"
    digits = {"share": 4, "ratio": 4, "grade": 3}.get(change.unit, 2)

    def figure(value: float) -> str:
        return f"{to_mu(value) if area else value:,.{digits}f}".rstrip("0").rstrip(".")

    units = {
        "m2": ("亩", "mu"), "ratio": ("倍", "×"), "grade": ("级（等）", "grade"), "m": ("米", "m"),
        "plots": ("块", "plots"), "yuan": ("元", "yuan"), "share": ("", ""),
    }  # fmt: skip
    unit_zh, unit_en = units.get(change.unit, (change.unit, change.unit))
    code = {"relax": "PL712", "unlock": "PL713", "hold_back": "PL714"}[change.kind]
    first, more = change.ids[:8], "…" if len(change.ids) > 8 else ""
    values = {
        "name_zh": zh, "name_en": en, "before": figure(change.before), "after": figure(change.after),
        "unit_zh": unit_zh, "unit_en": unit_en, "count": str(len(change.ids)),
        "ids_zh": "、".join(first) + more, "ids_en": ", ".join(first) + more, "cost": f"{objective:,.1f}",
    }  # fmt: skip
    finding = Finding(code, "info", zh, article=change.article, values=values)
    return [
        WayOut(change.kind, change.constraint, change.before, change.after, change.unit, change.ids, change.article,
               change.problem, objective, chosen, finding)
    ]  # fmt: skip


def _plan(problem: Problem, time_limit_s: float) -> tuple[float, tuple[str, ...]]:
    """A fair plan of a problem and its objective; none when none is found in the time."""
    if len(problem.pool) > WHOLE_PLOTS_UP_TO:
        solution = solve(problem, gap=0.05, time_limit_s=time_limit_s)
        return solution.objective, solution.chosen
    model = cut_model(problem)
    _, chosen = solve_cut_model(model, gap=0.05, time_limit_s=time_limit_s)
    if not len(chosen) or not model.holds(chosen):
        return np.inf, ()
    return model.value(chosen), tuple(problem.pool.ids[k] for k in np.flatnonzero(chosen))


def _unlock(problem: Problem, time_limit_s: float) -> Change | None:
    """The fewest locks to release (the smaller plots first among equals), all other rows holding."""
    inside, outside = problem.fixed()
    locked = inside | outside
    rows = problem.rows()
    size = len(problem.pool)
    taste = 1.0 + 1e-3 * problem.pool.area_m2 / max(float(problem.pool.area_m2.max()), 1e-9)
    lower = np.array([(r.limit if r.sense == ">=" else -r.limit) / r.scale - r.tolerance / r.scale for r in rows])
    out = run(
        Program(
            cost=np.where(outside, taste, np.where(inside, -taste, 0.0)),
            low=np.zeros(size),
            high=np.ones(size),
            integer=locked if size > WHOLE_PLOTS_UP_TO else np.ones(size, dtype=bool),
            matrix=sparse.csr_matrix(row_matrix(rows, size)),
            row_low=lower,
            row_high=np.full(len(rows), np.inf),
        ),
        gap=1e-4,
        time_limit_s=time_limit_s,
    )
    if not len(out.values):
        return None
    x = out.values > 0.5
    freed = (inside & ~x) | (outside & x)
    ids = tuple(problem.pool.ids[k] for k in np.flatnonzero(freed))
    if not ids:
        return None
    locks = Locks(inside=problem.locks.inside - set(ids), outside=problem.locks.outside - set(ids))
    return Change(
        "unlock",
        "locks",
        float(locked.sum()),
        float(locked.sum()) - len(ids),
        "plots",
        replace(problem, locks=locks),
        ids,
    )


def _hold_back(problem: Problem, blocks: Mapping[str, str]) -> Change | None:
    """Whole blocks that stay so that the rest has a plan: where land is short, as little as a few trials find."""
    leaving = problem.leaving
    block = [blocks.get(i, i) for i in leaving.ids]
    order: dict[str, list[int]] = {}
    for k, name in enumerate(block):
        order.setdefault(name, []).append(k)
    size = {name: float(leaving.area_m2[rows].sum()) for name, rows in order.items()}
    stays: set[str] = set()
    for unit, need, paddy in _needs(problem):
        inside = leaving.in_unit(unit) & (leaving.paddy | (not paddy))
        mine = {n: float(leaving.area_m2[rows][inside[rows]].sum()) for n, rows in order.items() if inside[rows].any()}
        left = need - sum(a for n, a in mine.items() if n in stays)
        enough = [n for n, a in mine.items() if a >= left and n not in stays]
        if left > 0 and enough:
            stays.add(min(enough, key=lambda n: size[n]))
            continue
        for name in sorted(set(mine) - stays, key=lambda n: (-mine[n], n)):
            if left > 0:
                stays.add(name)
                left -= mine[name]
    rest = [n for n in sorted(order, key=lambda n: size[n]) if n not in stays]
    for _ in range(5):
        kept = np.array([k for k, name in enumerate(block) if name not in stays], dtype=np.int64)
        if not stays or len(kept) < len(block) / 2:  # half of all staying is no way out
            return None
        tried = replace(problem, leaving=leaving.take(kept))
        rows = [r for c in tried.named() for r in c.rows(tried.leaving, tried.pool)]
        if not _over(tried) and split_plots_hold(tried, rows):
            return _held(problem, tried, order, stays)
        stays |= set(rest[: max(1, len(stays) // 4)])
        rest = [n for n in rest if n not in stays]
    return None


def _held(problem: Problem, rest: Problem, order: Mapping[str, list[int]], stays: set[str]) -> Change:
    ids = tuple(problem.leaving.ids[k] for name in sorted(stays) for k in order[name])
    before, after = float(problem.leaving.area_m2.sum()), float(rest.leaving.area_m2.sum())
    return Change("hold_back", "area", before, after, "m2", rest, ids)


def _over(problem: Problem) -> set[str]:
    """Townships over a cap on what leaves."""
    none = problem.pool.take(np.zeros(0, dtype=int))
    return {
        c.scope
        for k in problem.constraints
        if isinstance(k, TownCap)
        for c in k.check(problem.leaving, none)
        if not c.holds
    }


def _needs(problem: Problem) -> list[tuple[str, float, bool]]:
    """Unit, net area that must stay there (m²), and whether it must be paddy, for every shortage of quantity."""
    none = problem.pool.take(np.zeros(0, dtype=int))
    found = [
        (c.scope, c.measured - c.limit, False)
        for k in problem.constraints
        if isinstance(k, TownCap)
        for c in k.check(problem.leaving, none)
        if not c.holds
    ]
    rows = [r for c in problem.named() for r in c.rows(problem.leaving, problem.pool)]
    gives = least(problem, rows, np.array([r.constraint in _QUANTITIES for r in rows]))
    if gives is None:
        return found
    for k in misses(rows, gives):
        row = rows[k]
        mine = problem.leaving.in_unit(row.scope) & (problem.leaving.paddy | (row.constraint != "paddy"))
        ratio = row.limit / max(float(problem.leaving.area_m2[mine].sum()), 1e-9)
        found.append((row.scope, float(gives[k]) / max(ratio, 1e-9), row.constraint == "paddy"))
    return found
