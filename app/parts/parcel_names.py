"""Names of rules and of the places that they run over, as the visitor reads them."""

from __future__ import annotations

from app import cache
from app.parts.plan_words import w
from app.words import pick, place
from geo.plan.relocation.infeasible import labels_of


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
