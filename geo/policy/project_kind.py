"""KINDS OF PROJECT: how each is named by the list of major projects, by article 6 and by article 7(d)."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class ProjectKind:
    """One kind of project (``matrices/project_kinds.csv``).

    eligible_as: its word in ``replacement.eligible_kinds``, '' when the list does not name it; quota_as: its word in
    ``approval.province_quota_kinds``; promise: whether it is of the sort that article 7(d) names (infrastructure or
    ecological works): that it is major and urgent as well is for the applicant to show.
    """

    id: str
    zh: str
    en: str
    eligible_as: str
    quota_as: str
    promise: bool
    note_zh: str
    note_en: str

    def label(self, lang: str) -> str:
        return self.zh if lang == "zh" else self.en


@cache
def project_kinds() -> Mapping[str, ProjectKind]:
    """All kinds by id, in the order of the table."""
    text = resources.files("geo.policy").joinpath("matrices", "project_kinds.csv").read_text("utf-8")
    rows = csv.DictReader(text.splitlines())
    kinds = [
        ProjectKind(
            r["id"],
            r["zh"],
            r["en"],
            r["eligible_as"],
            r["quota_as"],
            r["promise"] == "yes",
            r["note_zh"],
            r["note_en"],
        )
        for r in rows
    ]
    return MappingProxyType({kind.id: kind for kind in kinds})
