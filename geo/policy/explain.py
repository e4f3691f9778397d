"""WHY? One rule or one verdict in full: the test, the numbers with their editions, the articles with their words.

What a reviewer gets who clicks a red or green mark, and what ``tianchou rules show`` and ``explain`` print.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING

from geo.policy.article import Article, mark_text
from geo.policy.parameter import Parameter
from geo.policy.rule import Judgement, Rule
from geo.standards.messages import message

if TYPE_CHECKING:
    from geo.policy.book import RuleBook
    from geo.policy.scenario import Scenario


def explain_verdict(book: RuleBook, verdict: Judgement, *, lang: str = "zh") -> str:
    """Everything behind one verdict: the sentence, the test, each number and each article, with dates and marks."""
    lines = [verdict.text(lang), *_test(verdict.rule, lang)]
    lines += [line for p in verdict.parameters for line in _parameter(book, p, lang)]
    lines += [line for a in verdict.articles for line in _article(book.article(a), lang)]
    return "\n".join(lines)


def explain_rule(
    book: RuleBook,
    code: str,
    *,
    on: date,
    region: str | None = None,
    scenario: Scenario | None = None,
    lang: str = "zh",
) -> str:
    """A rule as it stands on a day: title, test, numbers in force, articles.

    Raises PolicyProblem for a code the book does not have. A number without an edition on that day is said to have
    none instead of raising, so that a rule can be read for any day.
    """
    from geo.errors import PolicyProblem

    (rule,) = book.named([code])
    lines = [f"[{rule.code}] {rule.title(lang)}", *_test(rule, lang)]
    for name in rule.parameters:
        try:
            lines += _parameter(book, book.value(name, on=on, region=region, scenario=scenario), lang)
        except PolicyProblem as problem:
            lines.append(f"  {problem.text(lang)}")
    lines += [line for a in rule.articles for line in _article(book.article(a), lang)]
    if not any(book.article(a).in_force(on) for a in rule.articles):
        lines.append(message("rule.not_in_force").text(lang).format(on=on))
    return "\n".join(lines)


def _test(rule: Rule, lang: str) -> Iterator[str]:
    yield message("explain.test").text(lang).format(formula=rule.formula)
    if rule.check:
        yield message("explain.check").text(lang).format(check=rule.check)


def _parameter(book: RuleBook, parameter: Parameter, lang: str) -> Iterator[str]:
    yield (
        message("explain.parameter")
        .text(lang)
        .format(
            id=parameter.id,
            label=parameter.zh if lang == "zh" else parameter.en,
            value=parameter.shown(lang),
            start=parameter.start,
            end=parameter.end or message("explain.open").text(lang),
            article=book.article(parameter.article).citation(lang),
            checked=parameter.checked_on,
            where=parameter.where,
        )
    )
    if parameter.note(lang):
        yield f"    {parameter.note(lang)}"


def _article(article: Article, lang: str) -> Iterator[str]:
    kind = "explain.article" if article.law else "explain.convention"
    start = article.effective or message("explain.assumed").text(lang).format(day=article.assumed_from)
    yield (
        message(kind)
        .text(lang)
        .format(
            citation=article.citation(lang),
            start=start,
            end=article.repealed or message("explain.open").text(lang),
            mark=mark_text(article.sure, lang),
            source=article.source.split(" / ")[0 if lang == "zh" else -1],
        )
    )
    yield f"    {article.zh if lang == 'zh' else article.en}"
