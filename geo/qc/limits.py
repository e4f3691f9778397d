"""The figures and code lists that the checks hold the data to: ``geo/standards/tables/qc_limits.csv``."""

from __future__ import annotations

from functools import cache

from geo.standards.tables import rows


@cache
def limits() -> dict[str, str]:
    """Every limit by name, as text."""
    return {row["name"]: row["value"] for row in rows("qc_limits")}


def number(name: str) -> float:
    """A limit that is a figure. Raises KeyError for a name that the table does not have."""
    return float(limits()[name])


def words(name: str) -> tuple[str, ...]:
    """A limit that is a list of codes. Raises KeyError for a name that the table does not have."""
    return tuple(limits()[name].split())
