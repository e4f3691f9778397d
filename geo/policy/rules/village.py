"""VILLAGES (article 8): house lots by household; the provincial limits are unconfirmed and only warn.

Facts: subject, kind 'household', region (county code), lots, lot_m2.
"""

from __future__ import annotations

from geo.policy.rule import Rule, fact, setting

RULES = (
    Rule(
        code="village.one_lot",
        check="",
        kinds=("household",),
        articles=("land_law.62",),
        severity="error",
        unit="count",
        measured=fact("lots"),
        sense="at_most",
        limit=setting("village.lots_per_household"),
    ),
    Rule(
        code="village.house_lot",
        check="",
        kinds=("household",),
        articles=("land_law.62",),
        severity="warning",
        unit="m2",
        measured=fact("lot_m2"),
        sense="at_most",
        limit=setting("village.house_lot_m2"),
    ),
)
