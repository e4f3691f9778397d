"""CLASSES THAT SURVEYS OF DIFFERENT EDITIONS HAVE IN COMMON: which code of which edition means what.

三调, 二调 and 用地用海 reuse one another's digits for other things: a code is only read within its edition.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from geo.standards.tables import rows

UNKNOWN = "unknown"
_FINEST = 6  # digits of the finest codes of 用地用海


@dataclass(frozen=True, slots=True)
class ComparisonClass:
    """One class of ``tables/comparison_classes.csv``.

    cause: how cropland that becomes this is lost (nonfarm 非农化, nongrain 非粮化, facility, other; empty: it is
    cropland); sign: the land class of the third survey whose colour stands for it.
    """

    key: str
    zh: str
    en: str
    three: str
    cropland: bool
    cause: str
    sign: str

    def label(self, lang: str) -> str:
        return self.zh if lang == "zh" else self.en


@cache
def comparison_classes() -> Mapping[str, ComparisonClass]:
    """All comparison classes by key, in their order."""
    return {
        r["key"]: ComparisonClass(
            r["key"], r["zh"], r["en"], r["three"], r["cropland"] == "yes", r["cause"], r["sign"]
        )
        for r in rows("comparison_classes")
    }  # fmt: skip


@cache
def edition_names() -> Mapping[str, tuple[str, str]]:
    """Names of the class editions in both languages."""
    return {r["edition"]: (r["zh"], r["en"]) for r in rows("class_editions")}


@cache
def crosswalk(edition: str) -> Mapping[str, tuple[str, str]]:
    """Code to comparison class and name, of one edition. Raises KeyError for an unknown edition."""
    if edition not in edition_names():
        raise KeyError(edition)
    return {r["code"]: (r["key"], r["zh"]) for r in rows("class_crosswalk") if r["edition"] == edition}


def known_code(code: str, edition: str) -> str:
    """The code as the edition's table has it (suffixes A, K of the surveys and finer digits of 用地用海 cut off).

    Empty when the edition does not know it.
    """
    table = crosswalk(edition)
    text = code.strip().upper()
    if text in table:
        return text
    if edition == "spatial":
        return text[:4] if text.isdigit() and len(text) == _FINEST and text[:4] in table else ""
    return text[:-1] if text[-1:] in "AK" and text[:-1] in table else ""


def comparison_key(code: str, edition: str) -> str:
    """The comparison class of a code in its edition; ``unknown`` when the edition does not know it."""
    known = known_code(code, edition)
    return crosswalk(edition)[known][0] if known else UNKNOWN


def editions_of(codes: Iterable[str]) -> list[str]:
    """The editions that know every one of these codes, in the order of the table."""
    wanted = set(codes)
    return [e for e in edition_names() if all(known_code(c, e) for c in wanted)]
