"""Names of rules and of the places that they run over, as the visitor reads them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from app import cache
from app.parts.figures import number
from app.parts.plan_words import w
from app.words import pick, place, t
from geo.plan.relocation.infeasible import labels_of
from geo.standards.units import to_mu

if TYPE_CHECKING:
    from geo.plan.relocation.solution import Shortfall

# Units of the rules' rows, by the name that a row gives them: Chinese, English.
_UNITS = {"grade": ("等", "grade"), "class": ("级", "class"), "plots": ("块", "plots"), "yuan": ("元", "yuan")}


def rule_name(constraint: str) -> str:
    """A constraint's name."""
    return pick(*labels_of(constraint))


def scope_name(code: str) -> str:
    """County, township, the whole, or what a row calls its scope."""
    if not code:
        return w("whole")
    if code in ("in", "out"):
        return w("pin_in") if code == "in" else w("pin_out")
    return place(cache.unit_name(code)) if code.isdigit() else code


def row_name(name: str) -> str:
    """A row of the problem: ``area@310118``."""
    constraint, _, scope = name.partition("@")
    return f"{rule_name(constraint)}（{scope_name(scope)}）" if pick("zh", "en") == "zh" else (
        f"{rule_name(constraint)} ({scope_name(scope)})"
    )  # fmt: skip


def amount(value: float, unit: str) -> str:
    """A rule's room, or what it lacks, in the visitor's units; areas in 亩, no plot half."""
    area, _, per = unit.partition("·")
    if area == "m2":
        told = [t("mu"), *([pick(*_UNITS.get(per, (per, per)))] if per else [])]
        return f"{number(to_mu(value) + 0.0, 2)} {'·'.join(told)}"
    told = number(math.ceil(value - 1e-6)) if unit == "plots" else number(value, 2)
    return f"{told} {pick(*_UNITS.get(unit, (unit, unit)))}"


def lacks(short: Shortfall) -> str:
    """How far a rule falls short, in one sentence."""
    return short_of(short.constraint, short.scope, short.amount, short.unit)


def short_of(constraint: str, scope: str, lacking: float, unit: str) -> str:
    """The same from its parts."""
    return w("short_of", where=scope_name(scope), rule=rule_name(constraint), amount=amount(lacking, unit))
