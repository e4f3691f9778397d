"""The words of the reports in both languages, from ``report_words.csv`` and its neighbours."""

from __future__ import annotations

from functools import cache

from geo.report.text import plain
from geo.standards.tables import rows

_TABLES = ("report_words", "project_words", "check_words", "change_words", "consolidation_words")


@cache
def _words() -> dict[str, tuple[str, str]]:
    return {row["key"]: (row["zh"], row["en"]) for table in _TABLES for row in rows(table)}


def word(key: str, lang: str = "zh") -> str:
    """The word of a key. Raises KeyError for a key without one."""
    return _words()[key][0 if lang == "zh" else 1]


def said(key: str, lang: str = "zh", **values: object) -> str:
    """The sentence of a key with its values as plain text; ``\\n`` of the table becomes a line break."""
    return word(key, lang).replace("\\n", "\n").format(**{name: plain(value) for name, value in values.items()})


def coded(group: str, code: object, lang: str = "zh") -> str:
    """The word of a code of a group (``against``, ``source``, ``status``); the code itself when there is none."""
    found = _words().get(f"{group}.{code}")
    return str(code) if found is None else found[0 if lang == "zh" else 1]


def inside(code: object, lang: str = "zh") -> str:
    """Where a plot lies, from the lines it meets (``boundary_filled;boundary_net`` …).

    A plot inside the filled boundary but not the net one lies in a hole cut for farmland (天窗).
    """
    lines = [part for part in str(code).split(";") if part]
    told: list[str] = []
    if "boundary_net" in lines:
        told.append(word("inside.town", lang))
    elif "boundary_filled" in lines:
        told.append(word("inside.window", lang))
    told += [coded("against", part, lang) for part in lines if not part.startswith("boundary")]
    return ("、" if lang == "zh" else ", ").join(told)
