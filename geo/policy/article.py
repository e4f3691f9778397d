"""ARTICLE: what the law says, in short, with its dates and how sure we are of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal, cast

from geo.policy.reading import Card
from geo.standards.messages import message

Sure = Literal["confirmed", "high", "medium", "low"]
SURE: tuple[Sure, ...] = ("confirmed", "high", "medium", "low")


def least_sure(marks: Iterable[str]) -> Sure:
    """The weakest of the marks: a verdict is no surer than the weakest thing it rests on."""
    return SURE[max((SURE.index(cast(Sure, mark)) for mark in marks), default=0)]


def mark_text(sure: str, lang: str = "zh") -> str:
    """The mark in words for a person, e.g. 待核（中等把握） / unconfirmed (medium)."""
    return message(f"sure.{sure}").text(lang)


@dataclass(frozen=True, slots=True)
class Article:
    """One article of an instrument.

    effective, repealed: first day in force and first day no longer in force; None = not known / still in force.
    assumed_from: when the first day is not known, the day from which this book counts it (shown as not known).
    sure: how sure we are of the wording. source: where it was read. where: file and line in this folder.
    law: False for a convention of this tool, which is never presented as law.
    """

    id: str
    instrument_zh: str
    instrument_en: str
    number: str
    no: str
    issued: date | None
    effective: date | None
    repealed: date | None
    assumed_from: date | None
    zh: str
    en: str
    sure: Sure
    checked_on: date
    source: str
    theme: str
    law: bool
    where: str

    def in_force(self, on: date) -> bool:
        """Whether the article is in force on a day; if its first day is not known, from the assumed one."""
        start = self.effective or self.assumed_from
        return start is not None and start <= on and (self.repealed is None or on < self.repealed)

    def citation(self, lang: str = "zh") -> str:
        """How a reviewer cites it: instrument, number, article (a label in brackets is told in Chinese only)."""
        if lang == "zh":
            return f"《{self.instrument_zh}》{f'（{self.number}）' if self.number else ''}{self.no}"
        number = f" ({self.number})" if self.number else ""
        return f"{self.instrument_en}{number}{'' if self.no.startswith('（') else f' {self.no}'}".strip()


def read_articles(sheet: Card, *, theme: str) -> list[Article]:
    """The articles of one YAML sheet; faults are noted on the sheet."""
    found = []
    for card in sheet.cards("instruments"):
        zh, en, number = card.text("zh"), card.text("en"), card.text("number", needed=False)
        issued, effective, repealed = card.day("issued"), card.day("effective"), card.day("repealed")
        assumed = card.day("assumed_from", needed=effective is None)
        law = card.raw("law", needed=False) is not False
        if issued and effective and effective < issued:
            card.fault("POL114", "effective", problem=str(effective), wanted=str(issued))
        if effective and repealed and repealed <= effective:
            card.fault("POL113", "repealed", problem=str(repealed), wanted=str(effective))
        for item in card.cards("articles"):
            found.append(
                Article(
                    id=item.text("id"),
                    instrument_zh=zh,
                    instrument_en=en,
                    number=number,
                    no=item.text("no", needed=False),
                    issued=issued,
                    effective=effective,
                    repealed=repealed,
                    assumed_from=assumed,
                    zh=item.text("zh"),
                    en=item.text("en"),
                    sure=cast(Sure, item.one_of("sure", SURE, code="POL108")),
                    checked_on=item.day("checked_on", needed=True) or date.min,
                    source=item.text("source"),
                    theme=theme,
                    law=law,
                    where=item.where("id"),
                )
            )
            item.close()
        card.close()
    sheet.close()
    return found
