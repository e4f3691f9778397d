"""The words of the report in both languages, from ``geo/standards/tables/report_words.csv``."""

from __future__ import annotations

from functools import cache

from geo.standards.tables import rows


@cache
def _words() -> dict[str, tuple[str, str]]:
    return {row["key"]: (row["zh"], row["en"]) for row in rows("report_words")}


def word(key: str, lang: str = "zh") -> str:
    """The word of a key. Raises KeyError for a key without one."""
    return _words()[key][0 if lang == "zh" else 1]


def coded(group: str, code: object, lang: str = "zh") -> str:
    """The word of a code of a group (``against``, ``source``, ``status``); the code itself when there is none."""
    found = _words().get(f"{group}.{code}")
    return str(code) if found is None else found[0 if lang == "zh" else 1]
