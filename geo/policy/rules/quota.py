"""TURNOVER OF CONSTRUCTION-LAND QUOTAS (建设用地指标周转, article 6).

Facts: subject, kind 'quota', years_out, built_m2, reclaimed_m2.
"""

from __future__ import annotations

from geo.policy.rule import Rule, fact, setting, times

RULES = (
    Rule(
        code="quota.turnover",
        check="",
        kinds=("quota",),
        articles=(
            "zone2020.6",
            "quota2008.term",
        ),
        severity="error",
        unit="year",
        measured=fact("years_out"),
        sense="at_most",
        limit=setting("quota.turnover_years"),
    ),
    Rule(
        code="quota.balance",
        check="",
        kinds=("quota",),
        articles=("quota2008.balance",),
        severity="error",
        unit="m2",
        measured=fact("built_m2"),
        sense="at_most",
        limit=times("reclaimed_m2", "quota.build_ratio"),
    ),
)
