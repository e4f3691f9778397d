"""The rules, one file a noun: ``<noun>.py`` holds what exactly is tested, as figure, sense and limit."""

from __future__ import annotations

from geo.policy.rule import Rule


def all_rules() -> tuple[Rule, ...]:
    """Every rule of the house, in the order in which a reviewer goes through them."""
    from geo.policy.rules import (
        approval,
        consolidation,
        mixed,
        offset,
        promise,
        quota,
        redline,
        relocation,
        replacement,
        totals,
        village,
    )

    rooms = (
        relocation,
        replacement,
        redline,
        consolidation,
        offset,
        promise,
        quota,
        village,
        mixed,
        totals,
        approval,
    )
    return tuple(rule for room in rooms for rule in room.RULES)
