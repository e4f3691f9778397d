"""PLANNING TOTALS OF THE ZONE: what the territorial plan to 2035 keeps at least and allows at most.

Facts: subject, kind 'zone', cropland_m2, farmland_m2, redline_m2, boundary_m2, construction_m2,
construction_pilot_m2.
"""

from __future__ import annotations

from geo.policy.rule import Rule, fact, setting, times

RULES = (
    Rule(
        code="totals.cropland",
        check="",
        kinds=("zone",),
        articles=("plan2023.totals",),
        severity="error",
        unit="m2",
        measured=fact("cropland_m2"),
        sense="at_least",
        limit=setting("totals.cropland_wan_mu"),
    ),
    Rule(
        code="totals.farmland",
        check="",
        kinds=("zone",),
        articles=("plan2023.totals",),
        severity="error",
        unit="m2",
        measured=fact("farmland_m2"),
        sense="at_least",
        limit=setting("totals.farmland_wan_mu"),
    ),
    Rule(
        code="totals.farmland_share",
        check="",
        kinds=("zone",),
        articles=("land_law.33",),
        severity="warning",
        unit="m2",
        measured=fact("farmland_m2"),
        sense="at_least",
        limit=times("cropland_m2", "totals.farmland_share"),
    ),
    Rule(
        code="totals.redline",
        check="",
        kinds=("zone",),
        articles=("plan2023.totals",),
        severity="error",
        unit="m2",
        measured=fact("redline_m2"),
        sense="at_least",
        limit=setting("totals.redline_km2"),
    ),
    Rule(
        code="totals.boundary",
        check="11",
        kinds=("zone",),
        articles=("plan2023.totals",),
        severity="error",
        unit="m2",
        measured=fact("boundary_m2"),
        sense="at_most",
        limit=setting("totals.boundary_km2"),
    ),
    Rule(
        code="totals.construction",
        check="",
        kinds=("zone",),
        articles=("plan2023.totals",),
        severity="error",
        unit="m2",
        measured=fact("construction_m2"),
        sense="at_most",
        limit=setting("totals.construction_km2"),
    ),
    Rule(
        code="totals.construction_pilot",
        check="",
        kinds=("zone",),
        articles=("plan2023.totals",),
        severity="error",
        unit="m2",
        measured=fact("construction_pilot_m2"),
        sense="at_most",
        limit=setting("totals.construction_pilot_km2"),
    ),
)
