"""THE ECOLOGICAL RED LINE: farming inside is a permitted limited activity as long as it does not grow.

Facts: subject, kind 'redline', cropland_before_m2, cropland_after_m2 (inside the red line, outside the core zone).
``exit_class`` says what the control zone asks of a farmland parcel: classify, do not condemn.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from geo.policy.rule import Rule, fact, plus

if TYPE_CHECKING:
    from geo.policy.book import RuleBook
    from geo.policy.parameter import Parameter

RULES = (
    Rule(
        code="redline.no_growth",
        check="",
        kinds=("redline",),
        articles=("redline2022.limited",),
        severity="error",
        unit="m2",
        measured=fact("cropland_after_m2"),
        sense="at_most",
        limit=plus("cropland_before_m2", "redline.growth_max_m2"),
    ),
)

_CLASSES = {"核心保护区": "redline.exit_core", "一般控制区": "redline.exit_general"}


def exit_class(book: RuleBook, control_zone: str, *, on: date) -> Parameter:
    """What the law asks of permanent basic farmland in a control zone of the red line, on a day.

    control_zone: 核心保护区, 一般控制区, or anything else for the red line outside nature reserves.
    Returns the parameter (exit_gradually, exit_if_harmful or classify) with its article and mark.
    Source: 厅字〔2019〕48号; 自然资发〔2022〕142号.
    """
    return book.value(_CLASSES.get(control_zone.strip(), "redline.exit_other"), on=on)
