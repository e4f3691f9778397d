"""MIXED USE OF A PLOT (article 8); the thresholds are those of Shanghai and unconfirmed.

Facts: subject, kind 'plot', region (province code), largest_share, second_share.
"""

from __future__ import annotations

from geo.policy.rule import Rule, fact, setting

RULES = (
    Rule(
        code="mixed.single",
        check="",
        kinds=("plot",),
        articles=("mixed.shanghai",),
        severity="info",
        unit="share",
        measured=fact("largest_share"),
        sense="more_than",
        limit=setting("mixed.single_share"),
        condition=True,
    ),
    Rule(
        code="mixed.mixed",
        check="",
        kinds=("plot",),
        articles=("mixed.shanghai",),
        severity="info",
        unit="share",
        measured=fact("second_share"),
        sense="more_than",
        limit=setting("mixed.each_share"),
        condition=True,
    ),
)
