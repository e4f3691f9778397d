"""COMPREHENSIVE LAND CONSOLIDATION (全域土地综合整治): what a consolidation area must reach.

Facts: subject, kind 'area', cropland_before_m2, new_cropland_m2, construction_before_m2, construction_after_m2,
forest_cleared_m2, redline_touched_m2; cropland_grade_before, cropland_grade_after (optional: area-weighted mean
grade of all cropland, 1 is best).
"""

from __future__ import annotations

from geo.policy.rule import Rule, fact, plus, setting, times

RULES = (
    Rule(
        code="consolidation.new_cropland",
        check="",
        kinds=("area",),
        articles=(
            "cons2019.cropland",
            "zone2020.7a",
        ),
        severity="error",
        unit="m2",
        measured=fact("new_cropland_m2"),
        sense="at_least",
        limit=times("cropland_before_m2", "consolidation.new_cropland_share"),
    ),
    Rule(
        code="consolidation.quality",
        check="",
        kinds=("area",),
        articles=("zone2020.7a",),
        severity="error",
        unit="grade",
        measured=fact("cropland_grade_after"),
        sense="at_most",
        limit=plus("cropland_grade_before", "consolidation.grade_slack"),
        optional=("cropland_grade_before", "cropland_grade_after"),
    ),
    Rule(
        code="consolidation.construction",
        check="",
        kinds=("area",),
        articles=("cons2019.construction",),
        severity="error",
        unit="m2",
        measured=fact("construction_after_m2"),
        sense="at_most",
        limit=plus("construction_before_m2", "consolidation.construction_growth_m2"),
    ),
    Rule(
        code="consolidation.forest",
        check="",
        kinds=("area",),
        articles=("tianchou.consolidation",),
        severity="error",
        unit="m2",
        measured=fact("forest_cleared_m2"),
        sense="at_most",
        limit=setting("consolidation.forest_clear_m2"),
    ),
    Rule(
        code="consolidation.redline",
        check="",
        kinds=("area",),
        articles=("cons2019.construction",),
        severity="error",
        unit="m2",
        measured=fact("redline_touched_m2"),
        sense="at_most",
        limit=setting("consolidation.redline_touch_m2"),
    ),
)
