"""Tables of the rule book: facts that rules may ask for, the reviewer's checks, the ways to say what is scattered."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from importlib.resources.abc import Traversable
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Fact:
    """A column that rules may ask for. kinds: the kinds of subject whose row carries it. unit: SI.

    layer, where: the layer of a plan whose rows stand behind the figure ('' if none), and the yes-or-no column that
    picks them ('' for all).
    """

    name: str
    unit: str
    kinds: tuple[str, ...]
    layer: str
    where: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Definition:
    """One way to say what 零星 (scattered) farmland is: ids of the parameters it is made of, '' = not used."""

    id: str
    zh: str
    en: str
    threshold: str
    gap: str
    min_patch: str
    default: bool


@dataclass(frozen=True, slots=True)
class Check:
    """One of the twelve checks that a reviewer goes through."""

    id: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class MixedUse:
    """Whether two uses may stand on one plot.

    answer: ``named`` when article 8 lists both, ``not_named`` when it does not. care: a condition that this tool
    suggests, with its own article and mark; it is never law and decides nothing.
    """

    first: str
    second: str
    answer: str
    article: str
    sure: str
    care_zh: str
    care_en: str
    care_article: str
    care_sure: str
    checked_on: date

    def care(self, lang: str = "zh") -> str:
        return self.care_zh if lang == "zh" else self.care_en


def read_mixed_uses(folder: Traversable) -> tuple[MixedUse, ...]:
    """The compatibility of uses, pair by pair. Raises ValueError for a date that is none."""
    return tuple(
        MixedUse(**{**row, "checked_on": date.fromisoformat(row["checked_on"])})  # type: ignore[arg-type]
        for row in _rows(folder, "mixed_use")
    )


def read_checks(folder: Traversable) -> Mapping[str, Check]:
    """The reviewer's checks, by number, in their order."""
    rows = _rows(folder, "reviewer_checks")
    return MappingProxyType({row["id"]: Check(row["id"], row["zh"], row["en"]) for row in rows})


def read_facts(folder: Traversable) -> Mapping[str, Fact]:
    """The dictionary of facts, by column name."""
    return MappingProxyType(
        {
            row["name"]: Fact(
                row["name"], row["unit"], tuple(row["kinds"].split()), row["layer"], row["where"], row["zh"], row["en"]
            )
            for row in _rows(folder, "facts")
        }
    )


def read_definitions(folder: Traversable) -> Mapping[str, Definition]:
    """The alternative definitions of scattered farmland, D1 to D8, by id."""
    return MappingProxyType(
        {
            row["id"]: Definition(
                row["id"],
                row["zh"],
                row["en"],
                row["threshold"],
                row["gap"],
                row["min_patch"],
                row["default"] == "yes",
            )
            for row in _rows(folder, "fragment_definitions")
        }
    )


def _rows(folder: Traversable, table: str) -> list[dict[str, str]]:
    path = folder.joinpath("matrices", f"{table}.csv")
    return list(csv.DictReader(path.read_text("utf-8").splitlines())) if path.is_file() else []
