"""OFFSETTING OF CROPLAND (占补平衡): regime A until 2024-12-31, regime B from 2025-01-01.

Regime A compares three indicators one by one; paddy and capacity may include commitments. Regime B compares all
occupation of a province with all supply of the year. A rule of the other regime answers 'not in force'.
Facts: kind 'offset': occupied_m2, supply_m2, occupied_capacity_kg, supply_capacity_kg, occupied_paddy_m2,
supply_paddy_m2; kind 'province': occupied_m2, supply_m2, gain_last_year_m2.
"""

from __future__ import annotations

from geo.policy.rule import Rule, fact, times

RULES = (
    Rule(
        code="offset.quantity",
        check="",
        kinds=("offset",),
        articles=("offset2017.three",),
        severity="error",
        unit="m2",
        measured=fact("supply_m2"),
        sense="at_least",
        limit=times("occupied_m2", "offset.ratio"),
    ),
    Rule(
        code="offset.capacity",
        check="",
        kinds=("offset",),
        articles=("offset2017.three",),
        severity="error",
        unit="kg",
        measured=fact("supply_capacity_kg"),
        sense="at_least",
        limit=times("occupied_capacity_kg", "offset.ratio"),
    ),
    Rule(
        code="offset.paddy",
        check="",
        kinds=("offset",),
        articles=("offset2017.three",),
        severity="error",
        unit="m2",
        measured=fact("supply_paddy_m2"),
        sense="at_least",
        limit=times("occupied_paddy_m2", "offset.ratio"),
    ),
    Rule(
        code="offset.province",
        check="",
        kinds=("province",),
        articles=("offset2024.balance",),
        severity="error",
        unit="m2",
        measured=fact("supply_m2"),
        sense="at_least",
        limit=times("occupied_m2", "offset.ratio"),
    ),
    Rule(
        code="offset.gain_cap",
        check="",
        kinds=("province",),
        articles=("offset2024.cap",),
        severity="warning",
        unit="m2",
        measured=fact("occupied_m2"),
        sense="at_most",
        limit=times("gain_last_year_m2", "offset.gain_cap_ratio"),
    ),
)
