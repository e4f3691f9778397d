"""IS THE BOOK ITSELF FIT? What no single sheet can show: links between articles, parameters, rules and facts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING

from geo.finding import Finding

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
