"""What the law says today, handed in by the caller: regimes by date and terms. The ledger itself knows no number."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from geo.ledger.refusal import refuse


@dataclass(frozen=True, slots=True)
class Regime:
    """One legal order of 占补平衡 and the days on which it rules.

    scope: how far a project may draw without a transfer (its own county, or its own province).
    indicators: the assets that a write-off must cover, each by itself.
    """

    code: str
    zh: str
    en: str
    first_day: date
    last_day: date | None
    scope: Literal["county", "province"]
    indicators: tuple[str, ...]
    article: str = ""


@dataclass(frozen=True, slots=True)
class Term:
    """A longest term in whole years, for what starts on these days."""

    first_day: date
    last_day: date | None
    years: int


@dataclass(frozen=True, slots=True)
class Rules:
    """The terms in force, with the edition they came from.

    quota_terms: longest term of lent construction quota, by the day of the batch's approval.
    promise_years: longest term of a promise; None where the law names none (the approval document then does).
    """

    regimes: tuple[Regime, ...]
    quota_terms: tuple[Term, ...]
    promise_years: int | None = None
    edition: str = ""

    def regime(self, on: date) -> Regime:
        """The regime of a day. Raises Refused LG128 when none or several cover it; it never takes the nearest."""
        found = [r for r in self.regimes if r.first_day <= on and (r.last_day is None or on <= r.last_day)]
        if len(found) != 1:
            raise refuse("LG128", on.isoformat(), measured=str(len(found)))
        return found[0]

    def quota_years(self, approved: date) -> int:
        """The longest term of a batch approved on a day. Raises Refused LG143 when no term covers it."""
        found = [
            t for t in self.quota_terms if t.first_day <= approved and (t.last_day is None or approved <= t.last_day)
        ]
        if len(found) != 1:
            raise refuse("LG143", approved.isoformat())
        return found[0].years
