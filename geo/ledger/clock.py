"""Time as the law reads it: the date in Beijing, the instant in UTC, and years added one way only."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from geo.ledger.refusal import refuse

_BEIJING = ZoneInfo("Asia/Shanghai")


def now_utc() -> datetime:
    """This instant."""
    return datetime.now(UTC)


def today_cn(now: datetime | None = None) -> date:
    """The date in Beijing at an instant (default: now), wherever the machine stands."""
    return (now or now_utc()).astimezone(_BEIJING).date()


def instant_text(now: datetime) -> str:
    """An instant as fixed-width UTC text that sorts like time."""
    return now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def add_years(start: date, years: int) -> date:
    """The same day ``years`` later; 29 February falls back to 28 February (a term never gains a day)."""
    try:
        return start.replace(year=start.year + years)
    except ValueError:
        return start.replace(year=start.year + years, day=28)


def read_date(text: object, subject: str) -> date:
    """A date from ``YYYY-MM-DD``. Raises Refused LG130 for anything else."""
    if isinstance(text, date) and not isinstance(text, datetime):
        return text
    try:
        if not isinstance(text, str) or len(text) != 10:
            raise ValueError
        return date.fromisoformat(text)
    except ValueError:
        raise refuse("LG130", subject, measured=str(text)) from None
