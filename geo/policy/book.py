"""THE RULE BOOK: loads articles, parameters and rules, checks itself, and judges facts as of a day.

A date that no edition covers raises; the book never takes the nearest. A what-if is a named Scenario, and every
answer says which one it used.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeAlias

from geo.errors import PolicyProblem
from geo.finding import Finding
from geo.policy.article import Article, least_sure, read_articles
from geo.policy.check import book_faults, book_warnings
from geo.policy.matrices import (
    Check,
    Definition,
    Fact,
    MixedUse,
    read_checks,
    read_definitions,
    read_facts,
    read_mixed_uses,
)
from geo.policy.parameter import Parameter, ParameterSpec, Value, read_parameters
from geo.policy.reading import Faults, read_sheet
from geo.policy.rule import Judgement, Reason, Rule
from geo.policy.rules import all_rules
from geo.policy.scenario import Scenario

if TYPE_CHECKING:
    import pandas as pd

Answer: TypeAlias = tuple[bool | None, float | None, float | None]
_UNKNOWN: Answer = (None, None, None)


@dataclass(frozen=True, slots=True)
class RuleBook:
    """Everything the house knows of the law, as one frozen value."""

    articles: Mapping[str, Article]
    parameters: Mapping[str, ParameterSpec]
    rules: Mapping[str, Rule]
    facts: Mapping[str, Fact]
    definitions: Mapping[str, Definition]
    checks: Mapping[str, Check]
    mixed_uses: tuple[MixedUse, ...]
    faults: tuple[Finding, ...] = ()

    def article(self, article_id: str) -> Article:
        """The article of an id. Raises PolicyProblem when the book has none."""
        if article_id not in self.articles:
            raise PolicyProblem([Finding("POL109", "error", "articles", values={"field": article_id})])
        return self.articles[article_id]

    def value(
        self, parameter_id: str, *, on: date, region: str | None = None, scenario: Scenario | None = None
    ) -> Parameter:
        """The value of a parameter in force on a day, in the most specific region that has one.

        on: the day. region: county (6 digits), prefecture (4) or province (2); None = what holds everywhere.
        Raises PolicyProblem naming file, id and date when the id is unknown or no edition covers the day.
        """
        spec = self.parameters.get(parameter_id)
        if spec is None:
            raise PolicyProblem([Finding("POL201", "error", parameter_id)])
        edition = spec.edition(on, region)
        if edition is None:
            place = {"field": parameter_id, "region": region or "–", "on": str(on)}
            raise PolicyProblem([Finding("POL202", "error", spec.where, values=place)])
        found = spec.resolve(edition)
        if scenario is None or parameter_id not in scenario.overrides:
            return found
        what_if = scenario.overrides[parameter_id]
        return replace(found, value=what_if, scenario=scenario.name, book_value=found.value)

    def definition(
        self, definition_id: str, *, on: date, region: str | None = None, scenario: Scenario | None = None
    ) -> Mapping[str, Parameter]:
        """What one definition of scattered farmland (D1 … D8) means on a day: threshold, gap, min_patch.

        A part that the definition does not use is left out; D2 has no number at all. Raises PolicyProblem for an id
        that ``definitions`` does not have.
        """
        if definition_id not in self.definitions:
            raise PolicyProblem([Finding("POL206", "error", definition_id)])
        parts = self.definitions[definition_id]
        ids = {"threshold": parts.threshold, "gap": parts.gap, "min_patch": parts.min_patch}
        return {
            name: self.value(parameter, on=on, region=region, scenario=scenario)
            for name, parameter in ids.items()
            if parameter
        }

    def mixed_use(self, first: str, second: str) -> MixedUse:
        """Whether two uses may stand on one plot, in either order. Raises PolicyProblem for a pair not in the table."""
        for pair in self.mixed_uses:
            if {pair.first, pair.second} == {first, second}:
                return pair
        raise PolicyProblem([Finding("POL207", "error", f"{first} + {second}")])

    def rules_of(self, theme: str) -> list[Rule]:
        """The rules of a theme, in their order. Raises PolicyProblem for a theme without rules."""
        found = [rule for rule in self.rules.values() if rule.theme == theme]
        if not found:
            raise PolicyProblem([Finding("POL204", "error", theme)])
        return found

    def judge(
        self,
        facts: pd.DataFrame | Mapping[str, object] | Sequence[Mapping[str, object]],
        *,
        theme: str | None = None,
        rules: Sequence[str] | None = None,
        on: date,
        region: str | None = None,
        scenario: Scenario | None = None,
    ) -> list[Judgement]:
        """Holds facts against the rules of a theme (or the rules named) as they stood on a day.

        facts: one row a subject with columns ``subject`` and ``kind`` and the inputs of the rules (SI units);
        a dict is one subject. A column ``region`` gives each subject its own region, else ``region`` holds for all.
        Returns one Judgement for each rule and each subject of a kind the rule asks about, rules in book order.
        Raises PolicyProblem with every missing column, unknown rule and uncovered date at once.
        """
        frame = _frame(facts)
        chosen = self._chosen(theme, rules)
        problems = self._missing(frame, chosen)
        answers: list[Judgement] = []
        for rule in chosen:
            mine = frame[frame["kind"].isin(rule.kinds)] if "kind" in frame else frame
            for place, rows in _by_region(mine, region):
                try:
                    answers += self._judge_rule(rule, rows, on, place, scenario)
                except PolicyProblem as problem:
                    problems += [f for f in problem.findings if f not in problems]
        if problems:
            raise PolicyProblem(problems)
        return answers

    def check(self, *, on: date) -> list[Finding]:
        """What is wrong with the book itself: the faults met on loading, then what a keeper should look at.

        on: the day that "not checked for twelve months" counts from.
        """
        return [*self.faults, *book_warnings(self, on=on)]

    def named(self, codes: Sequence[str]) -> list[Rule]:
        """The rules of some codes, in that order. Raises PolicyProblem with every code the book does not have."""
        unknown = [Finding("POL204", "error", code) for code in codes if code not in self.rules]
        if unknown:
            raise PolicyProblem(unknown)
        return [self.rules[code] for code in codes]

    def _chosen(self, theme: str | None, codes: Sequence[str] | None) -> list[Rule]:
        if codes is not None:
            return self.named(codes)
        return list(self.rules.values()) if theme is None else self.rules_of(theme)

    def _missing(self, frame: pd.DataFrame, chosen: Sequence[Rule]) -> list[Finding]:
        kinds = set(frame["kind"]) if "kind" in frame else None
        asked = [rule for rule in chosen if kinds is None or kinds & set(rule.kinds)]
        wanted = {"subject": "–", "kind": "–"}
        for rule in asked:
            for name in rule.inputs:
                wanted.setdefault(name, rule.code)
        return [
            Finding("POL203", "error", name, values={"rule": code})
            for name, code in wanted.items()
            if name not in frame
        ]

    def _judge_rule(
        self, rule: Rule, rows: pd.DataFrame, on: date, region: str | None, scenario: Scenario | None
    ) -> Iterator[Judgement]:
        articles = [self.article(a) for a in rule.articles]
        in_force = [a for a in articles if a.in_force(on)]
        reason: Reason = "" if in_force else "not_in_force"
        parameters: tuple[Parameter, ...] = ()
        if in_force:
            parameters = tuple(self.value(p, on=on, region=region, scenario=scenario) for p in rule.parameters)
            if any(name not in rows for name in rule.optional):
                reason = "no_column"
        if reason or any(name not in rows for name in rule.inputs):
            figures = [_UNKNOWN] * len(rows)
        else:
            figures = _figures(rule, rows, {p.id: p.si for p in parameters})
        cited = in_force or articles
        marks = [a.sure for a in cited] + [m for p in parameters for m in (p.sure, self.article(p.article).sure)]
        what_if = scenario.name if scenario and any(p.scenario for p in parameters) else ""
        blank = [""] * len(rows)
        subjects = rows["subject"].astype(str) if "subject" in rows else blank
        kinds = rows["kind"].astype(str) if "kind" in rows else blank
        for (passed, measured, limit), subject, kind in zip(figures, subjects, kinds, strict=True):
            yield Judgement(
                rule=rule,
                subject=subject,
                kind=kind,
                passed=passed,
                measured=measured,
                limit=limit,
                articles=tuple(a.id for a in cited) + _cited_by(parameters, {a.id for a in cited}),
                parameters=parameters,
                sure=least_sure(marks),
                on=on,
                region=region or "",
                scenario=what_if,
                reason=reason or ("no_figure" if passed is None else ""),
            )


@cache
def load_book() -> RuleBook:
    """The rule book of the house. Raises PolicyProblem with every fault of every file at once."""
    book = read_book(resources.files("geo.policy"))
    if book.faults:
        raise PolicyProblem(book.faults)
    return book


def read_book(folder: Traversable) -> RuleBook:
    """A book from a folder with ``articles/``, ``parameters/`` and ``matrices/``; faults are kept, not raised.

    For checking a book that may be broken; ``load_book`` is the one to judge with.
    """
    faults = Faults()
    articles: dict[str, Article] = {}
    parameters: dict[str, ParameterSpec] = {}
    for file, sheet in _sheets(folder, "articles", faults):
        for article in read_articles(sheet, theme=file):
            _add(articles, article, faults)
    for file, sheet in _sheets(folder, "parameters", faults):
        for spec in read_parameters(sheet, theme=file):
            _add(parameters, spec, faults)
    book = RuleBook(
        articles=MappingProxyType(articles),
        parameters=MappingProxyType(parameters),
        rules=MappingProxyType({rule.code: rule for rule in all_rules()}),
        facts=read_facts(folder),
        definitions=read_definitions(folder),
        checks=read_checks(folder),
        mixed_uses=read_mixed_uses(folder),
    )
    return replace(book, faults=(*faults.found, *book_faults(book)))


def _sheets(folder: Traversable, kind: str, faults: Faults) -> Iterator[tuple[str, Any]]:
    for path in sorted(folder.joinpath(kind).iterdir(), key=lambda p: p.name):
        if path.name.endswith(".yaml"):
            sheet = read_sheet(path, file=f"{kind}/{path.name}", faults=faults)
            if sheet is not None:
                yield path.name.removesuffix(".yaml"), sheet


def _add(shelf: dict[str, Any], item: Article | ParameterSpec, faults: Faults) -> None:
    if item.id in shelf:
        faults.note("POL110", item.where, item.id, wanted=shelf[item.id].where)
    elif item.id:
        shelf[item.id] = item


def _frame(facts: pd.DataFrame | Mapping[str, object] | Sequence[Mapping[str, object]]) -> pd.DataFrame:
    import pandas as pd

    if isinstance(facts, pd.DataFrame):
        return facts
    return pd.DataFrame([dict(facts)] if isinstance(facts, Mapping) else [dict(row) for row in facts])


def _by_region(frame: pd.DataFrame, region: str | None) -> Iterator[tuple[str | None, pd.DataFrame]]:
    if not len(frame):
        return
    if "region" not in frame:
        yield region, frame
        return
    own = frame["region"].fillna(region or "").astype(str)
    for place in own.unique():
        yield place or None, frame[own == place]


def _figures(rule: Rule, rows: pd.DataFrame, values: Mapping[str, Value]) -> list[Answer]:
    """Verdict, measured figure and limit of each row; the rule sees its own columns and parameters only."""
    own = rows[list(rule.columns)]
    measured, limit = rule.figures(own, values)
    passed = rule.verdict(measured, limit)
    return [
        (None if p is None or p != p else bool(p), None if m != m else float(m), None if x != x else float(x))
        for p, m, x in zip(passed.astype("object").where(passed.notna(), None), measured, limit, strict=True)
    ]


def _cited_by(parameters: Sequence[Parameter], known: set[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(p.article for p in parameters if p.article not in known))
