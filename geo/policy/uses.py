"""Uses of land for mixing: which class of the survey stands for which use, and what may go together in the country."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources

from geo.policy.matrices import MixedUse


@dataclass(frozen=True, slots=True)
class UseClass:
    """A land class and the use it stands for in the matrix of article 8, with its source and how sure that is."""

    class_code: str
    use: str
    article: str
    sure: str
    note_zh: str
    note_en: str
    checked_on: date

    def note(self, lang: str = "zh") -> str:
        return self.note_zh if lang == "zh" else self.note_en


RURAL = {"农业生产": "Farm production", "村庄建设": "Village building", "乡村旅游": "Rural tourism"}
USES = {
    "工业": "Industry",
    "仓储": "Storage",
    "研发": "Research",
    "办公": "Offices",
    "商业": "Commerce",
    "居住": "Housing",
}


@cache
def use_classes() -> dict[str, UseClass]:
    """The use of each land class that has one, by class code."""
    return {
        r["class_code"]: UseClass(**{**r, "checked_on": date.fromisoformat(r["checked_on"])})  # type: ignore[arg-type]
        for r in _rows("mixed_classes")
    }


@cache
def rural_pairs() -> tuple[MixedUse, ...]:
    """What article 8 says of farming, village building and tourism on the same land, pair by pair."""
    return tuple(
        MixedUse(**{**r, "checked_on": date.fromisoformat(r["checked_on"])})  # type: ignore[arg-type]
        for r in _rows("rural_use")
    )


def _rows(table: str) -> list[dict[str, str]]:
    path = resources.files("geo.policy").joinpath("matrices", f"{table}.csv")
    return list(csv.DictReader(path.read_text("utf-8").splitlines()))
