"""REPLACEMENT FOR MAJOR PROJECTS: a project takes permanent basic farmland and replaces it (article 7, 占用补划).

Facts: subject, kind 'project', project_kind, out_area_m2 (taken), in_area_m2 (replaced), out_grade, in_grade,
out_paddy_m2, in_paddy_m2, max_slope_grade_in, out_of_reserve_m2.
"""

from __future__ import annotations

from geo.policy.rule import Rule, certain, fact, one_of, plus, setting, times

RULES = (
    Rule(
        code="replacement.eligible",
        check="9",
        kinds=("project",),
        articles=(
            "major2018.list",
            "land_law.35",
            "zone2020.7c",
        ),
        severity="error",
        unit="flag",
        measured=one_of("project_kind", "replacement.eligible_kinds"),
        sense="at_least",
        limit=certain(),
    ),
    Rule(
        code="replacement.quantity",
        check="1",
        kinds=("project",),
        articles=(
            "pbf2018.principle",
            "land_law.30",
        ),
        severity="error",
        unit="m2",
        measured=fact("in_area_m2"),
        sense="at_least",
        limit=times("out_area_m2", "replacement.area_ratio"),
    ),
    Rule(
        code="replacement.quality",
        check="2",
        kinds=("project",),
        articles=("pbf2018.principle",),
        severity="error",
        unit="grade",
        measured=fact("in_grade"),
        sense="at_most",
        limit=plus("out_grade", "replacement.grade_slack"),
    ),
    Rule(
        code="replacement.paddy",
        check="2",
        kinds=("project",),
        articles=("pbf2018.principle",),
        severity="error",
        unit="m2",
        measured=fact("in_paddy_m2"),
        sense="at_least",
        limit=times("out_paddy_m2", "replacement.paddy_ratio"),
    ),
    Rule(
        code="replacement.slope",
        check="4",
        kinds=("project",),
        articles=("pbf2018.parcel",),
        severity="error",
        unit="grade",
        measured=fact("max_slope_grade_in"),
        sense="at_most",
        limit=setting("relocation.slope_max_grade"),
    ),
    Rule(
        code="replacement.reserve",
        check="6",
        kinds=("project",),
        articles=(
            "zone2020.7c",
            "pbf2019.reserve",
            "order17.reserve",
        ),
        severity="error",
        unit="m2",
        measured=fact("out_of_reserve_m2"),
        sense="at_most",
        limit=setting("replacement.outside_reserve_max_m2"),
    ),
)
