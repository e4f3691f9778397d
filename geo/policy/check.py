"""IS THE BOOK ITSELF FIT? What no single sheet can show: links between articles, parameters, rules and facts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import combinations
from typing import TYPE_CHECKING

from geo.finding import Finding
from geo.policy.article import SURE

if TYPE_CHECKING:
    from geo.policy.book import RuleBook

_STALE_MONTHS = 12
_MONTHS_A_YEAR = 12


def book_faults(book: RuleBook) -> Iterator[Finding]:
    """Broken links: an article, parameter or fact that is named but not there; an edition older than its article."""
    for spec in book.parameters.values():
        for edition in spec.editions:
            article = book.articles.get(edition.article)
            if article is None:
                yield Finding("POL109", "error", edition.where, values={"field": edition.article})
            elif article.effective and edition.start < article.effective:
                words = {"id": spec.id, "problem": str(edition.start), "wanted": str(article.effective)}
                yield Finding("POL115", "error", edition.where, values=words)
    for rule in book.rules.values():
        where = f"rules/{rule.theme}.py {rule.code}"
        for name in rule.articles:
            if name not in book.articles:
                yield Finding("POL109", "error", where, values={"field": name})
        for name in rule.parameters:
            if name not in book.parameters:
                yield Finding("POL116", "error", where, values={"field": name})
        for name in rule.columns:
            fact = book.facts.get(name)
            if fact is None:
                yield Finding("POL117", "error", where, values={"field": name})
                continue
            for kind in rule.kinds:
                if kind not in fact.kinds:
                    yield Finding("POL118", "error", where, values={"field": name, "problem": kind})
        if rule.check and rule.check not in book.checks:
            yield Finding("POL119", "error", where, values={"field": rule.check})
    for missing in set(book.checks) - {rule.check for rule in book.rules.values()}:
        yield Finding("POL119", "error", "matrices/reviewer_checks.csv", values={"field": missing})
    for definition in book.definitions.values():
        for name in (definition.threshold, definition.gap, definition.min_patch):
            if name and name not in book.parameters:
                where = f"matrices/fragment_definitions.csv {definition.id}"
                yield Finding("POL116", "error", where, values={"field": name})
    yield from _mixed_faults(book)


def _mixed_faults(book: RuleBook) -> Iterator[Finding]:
    """The table of uses: articles and marks that exist, no pair twice, every pair that article 8 lists."""
    seen: set[frozenset[str]] = set()
    for number, pair in enumerate(book.mixed_uses, start=2):
        where = f"matrices/mixed_use.csv:{number}"
        for field, article, sure in (("article", pair.article, pair.sure), ("care", pair.care_article, pair.care_sure)):
            if not article and field == "care":
                continue
            if article not in book.articles:
                yield Finding("POL109", "error", where, values={"field": article})
            if sure not in SURE:
                words = {"field": field, "problem": sure, "wanted": ", ".join(SURE)}
                yield Finding("POL108", "error", where, values=words)
        uses = frozenset((pair.first, pair.second))
        if uses in seen:
            yield Finding("POL105", "error", where, values={"field": f"{pair.first} + {pair.second}"})
        seen.add(uses)
    spec = book.parameters.get("mixed.uses")
    listed = spec.editions[-1].value if spec else ()
    for first, second in combinations(listed if isinstance(listed, tuple) else (), 2):
        if frozenset((str(first), str(second))) not in seen:
            words = {"field": f"{first} + {second}"}
            yield Finding("POL120", "error", "matrices/mixed_use.csv", values=words)


def book_warnings(book: RuleBook, *, on: date) -> Iterator[Finding]:
    """What a keeper of the book should look at: unused parameters, old checks, articles without a first day."""
    used = {name for rule in book.rules.values() for name in rule.parameters}
    for definition in book.definitions.values():
        used |= {definition.threshold, definition.gap, definition.min_patch}
    for spec in book.parameters.values():
        if spec.id not in used and not spec.used_by:
            yield Finding("POL302", "warning", spec.where, values={"field": spec.id})
        for edition in spec.editions:
            if _stale(edition.checked_on, on):
                words = {"field": spec.id, "problem": str(edition.checked_on)}
                yield Finding("POL301", "warning", edition.where, values=words)
    for number, pair in enumerate(book.mixed_uses, start=2):
        if _stale(pair.checked_on, on):
            words = {"field": f"{pair.first} + {pair.second}", "problem": str(pair.checked_on)}
            yield Finding("POL301", "warning", f"matrices/mixed_use.csv:{number}", values=words)
    for article in book.articles.values():
        if _stale(article.checked_on, on):
            words = {"field": article.id, "problem": str(article.checked_on)}
            yield Finding("POL301", "warning", article.where, values=words)
        if article.effective is None:
            words = {"field": article.id, "problem": str(article.assumed_from)}
            yield Finding("POL304", "info", article.where, values=words)


def _stale(checked: date, on: date) -> bool:
    months = (on.year - checked.year) * _MONTHS_A_YEAR + on.month - checked.month
    return months > _STALE_MONTHS or (months == _STALE_MONTHS and on.day >= checked.day)
