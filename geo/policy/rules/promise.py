"""PROMISED COMPENSATION (承诺补充, article 7): a promise is kept by its own due date; the law sets no term.

Facts: subject, kind 'promise', days_overdue.
"""

from __future__ import annotations

from geo.policy.rule import Rule, fact, setting

RULES = (
    Rule(
        code="promise.overdue",
        check="",
        kinds=("promise",),
        articles=("zone2020.7d",),
        severity="error",
        unit="day",
        measured=fact("days_overdue"),
        sense="at_most",
        limit=setting("promise.overdue_max_days"),
    ),
)
