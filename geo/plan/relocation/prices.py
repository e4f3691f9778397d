"""WHAT A RULE COSTS AT THE MARGIN, in words: one mu more or less, a tenth of a grade, one plot.

The prices are the multipliers of the certificate. They tell the slope at the plan: true for a small step, a guide for a
large one (plots are whole).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geo.finding import Finding
from geo.plan.relocation.constraints import Row
from geo.plan.relocation.constraints.constraint import unit_name
from geo.plan.relocation.infeasible import labels_of
from geo.plan.relocation.problem import Problem
from geo.plan.relocation.solution import Solution
from geo.standards.units import from_mu, to_mu

TIGHT = 0.01
"""A row with less room than this share of its limit (or of what it adds up) is called tight."""


@dataclass(frozen=True, slots=True)
class Price:
    """A row of the problem at a plan. room: what is left before it binds, in ``unit``; step: the change that the price
    is told for, in ``step_unit``; saves: what easing the rule by one step saves, mu·km (0: it does not bind)."""

    name: str
    constraint: str
    scope: str
    room: float
    unit: str
    tight: bool
    step: float
    step_unit: str
    saves: float
    finding: Finding


def prices(problem: Problem, plan: Solution) -> tuple[Price, ...]:
    """Every row with its room and its price in words, the dearest first."""
    chosen = problem.chosen_mask(plan.chosen).astype(float)
    found = [_price(problem, row, chosen, plan) for row in problem.rows()]
    return tuple(sorted(found, key=lambda p: (-p.saves, not p.tight, p.name)))


def _price(problem: Problem, row: Row, chosen: np.ndarray, plan: Solution) -> Price:
    room = row.slack(chosen)
    size = max(abs(row.limit), float(np.abs(row.value * chosen[row.index]).sum()), 1e-9)
    each = max(float(plan.shadow_prices.get(row.name, 0.0)), 0.0)
    step, step_unit, per_step = _step(problem, row, chosen)
    saves = each * per_step
    zh, en = labels_of(row.constraint)
    tight = room <= TIGHT * size
    area = row.unit.startswith("m2")
    left = f"{to_mu(room):,.2f}亩{row.unit[2:]}" if area else f"{room:,.4g} {row.unit}"
    finding = Finding(
        code="PL701" if saves > 5e-4 else "PL702" if tight else "PL703",
        severity="info",
        subject=unit_name(row.scope),
        measured=round(saves, 3),
        unit="mu·km",
        values={
            "name_zh": zh, "name_en": en, "step_zh": _words(step, step_unit, "zh"),
            "step_en": _words(step, step_unit, "en"), "saves": f"{saves:,.3g}", "room": left,
        },
    )  # fmt: skip
    return Price(row.name, row.constraint, row.scope, room, row.unit, tight, step, step_unit, saves, finding)


def _step(problem: Problem, row: Row, chosen: np.ndarray) -> tuple[float, str, float]:
    """A step that a planner can picture, its unit, and how many units of the row it is."""
    inside_m2 = float(problem.pool.area_m2[row.index] @ chosen[row.index])
    if row.constraint in ("quality", "slope"):
        return 0.1, "grade", 0.1 * inside_m2
    if row.constraint == "distance":
        return 100.0, "m", 0.1 * inside_m2
    if row.unit == "yuan":
        return 1.0, "wan", 10_000.0
    if row.constraint in ("reserve_share", "fair_share", "joined", "stability", "block_size"):
        return 1.0, "%", 0.01 * inside_m2
    if row.unit == "m2":
        return 1.0, "mu", from_mu(1.0)
    return 1.0, row.unit, 1.0


def _words(step: float, unit: str, lang: str) -> str:
    words = {
        "grade": ("级（等）", "grade"), "mu": ("亩", "mu"), "m": ("米", "m"), "%": ("个百分点", "percentage point"),
        "plots": ("块", "plot"), "wan": ("万元", "× 10,000 yuan"),
    }  # fmt: skip
    zh, en = words.get(unit, (unit, unit))
    return f"{step:g} {zh if lang == 'zh' else en}"
