"""The rules, one file a noun: ``<noun>.py`` holds what exactly is tested, as figure, sense and limit."""

from __future__ import annotations

from geo.policy.rule import Rule


def all_rules() -> tuple[Rule, ...]:
    """Every rule of the house, in the order in which a reviewer goes through them."""
    from geo.policy.rules import relocation

    return relocation.RULES
