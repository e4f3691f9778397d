"""RULE: one test of a few lines, held against a table of facts; JUDGEMENT: its answer for one subject."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from geo.finding import Finding, Severity
from geo.policy.article import Sure, mark_text
from geo.policy.parameter import Parameter, Value
from geo.standards.messages import message

if TYPE_CHECKING:
    import pandas as pd

Values: TypeAlias = Mapping[str, Any]
Sense = Literal["at_least", "at_most", "more_than"]
Reason = Literal["", "no_figure", "no_column", "not_in_force"]

_SIGNS: Mapping[Sense, str] = MappingProxyType({"at_least": "≥", "at_most": "≤", "more_than": ">"})

# Sums of areas differ in the last binary digit with the order of summing; this is arithmetic, not law.
_ROUNDING = 1e-12
_FEWEST, _MOST, _LARGE = 2, 9, 100.0  # decimals in a sentence


@dataclass(frozen=True, slots=True)
class Figure:
    """How one figure of a rule is computed: the fact columns and parameters it reads, and the arithmetic.

    compute: (facts, values) -> Series or one number; facts and values are in SI. text: the same for a reader.
    """

    text: str
    columns: tuple[str, ...]
    parameters: tuple[str, ...]
    compute: Callable[[pd.DataFrame, Values], Any]


def fact(column: str) -> Figure:
    """The fact itself."""
    return Figure(column, (column,), (), lambda facts, _: facts[column])


def setting(parameter: str) -> Figure:
    """The parameter itself."""
    return Figure(parameter, (), (parameter,), lambda _, values: values[parameter])


def times(column: str, parameter: str) -> Figure:
    """The fact times the parameter; a switch counts as 0 or 1."""
    return Figure(
        f"{column} × {parameter}",
        (column,),
        (parameter,),
        lambda facts, values: facts[column] * float(values[parameter]),
    )


def plus(column: str, parameter: str) -> Figure:
    """The fact plus the parameter."""
    return Figure(
        f"{column} + {parameter}",
        (column,),
        (parameter,),
        lambda facts, values: facts[column] + values[parameter],
    )


def magnitude(column: str) -> Figure:
    """The fact without its sign."""
    return Figure(f"|{column}|", (column,), (), lambda facts, _: facts[column].abs())


def one_of(column: str, parameter: str) -> Figure:
    """1 where the fact is one of the codes of the parameter, else 0; not known where the fact is empty."""
    return Figure(
        f"{column} ∈ {parameter}",
        (column,),
        (parameter,),
        lambda facts, values: facts[column].isin(_codes(values[parameter])).astype(float).where(facts[column].notna()),
    )


def certain() -> Figure:
    """The limit of a figure that is itself the answer."""
    return Figure("1", (), (), _one)


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of the law as figure, sense and limit: ``measured at_least limit``.

    code: ``theme.noun``; its title, sentence and advice stand in ``messages_rules.csv``.
    check: number of the reviewer's check it answers ('' if none). kinds: kinds of subject it is asked about.
    optional: fact columns a plan may lack; the rule is then not judged, while any other missing column raises.
    condition: it only says whether something is so (for a route of approval); not holding is no breach.
    """

    code: str
    check: str
    kinds: tuple[str, ...]
    articles: tuple[str, ...]
    severity: Severity
    unit: str
    measured: Figure
    sense: Sense
    limit: Figure
    optional: tuple[str, ...] = ()
    condition: bool = False

    def __reduce__(self) -> tuple[Callable[[str], Rule], tuple[str]]:
        """A rule travels between processes by its code: its arithmetic is code of the house."""
        return _rule_of, (self.code,)

    @property
    def columns(self) -> tuple[str, ...]:
        """Every fact column it reads."""
        return tuple(dict.fromkeys(self.measured.columns + self.limit.columns))

    @property
    def inputs(self) -> tuple[str, ...]:
        """The fact columns it cannot do without."""
        return tuple(name for name in self.columns if name not in self.optional)

    @property
    def parameters(self) -> tuple[str, ...]:
        """Ids of the parameters it reads."""
        return tuple(dict.fromkeys(self.measured.parameters + self.limit.parameters))

    @property
    def formula(self) -> str:
        """The test in one line, in the names of facts and parameters."""
        if self.limit == certain():
            return self.measured.text
        return f"{self.measured.text} {_SIGNS[self.sense]} {self.limit.text}"

    @property
    def theme(self) -> str:
        return self.code.partition(".")[0]

    def title(self, lang: str = "zh") -> str:
        return message(f"{self.code}.words").text(lang)

    def advice(self, lang: str = "zh") -> str:
        return message(f"{self.code}.words").hint(lang)

    def test(self, facts: pd.DataFrame, values: Values) -> pd.Series:
        """Whether each subject passes: nullable boolean, same index; NA where a figure is missing.

        Facts need the columns of ``inputs`` (SI units); values need the ids of ``parameters`` (SI units).
        """
        return self.verdict(*self.figures(facts, values))

    def verdict(self, measured: pd.Series, limit: pd.Series) -> pd.Series:
        """Whether each measured figure stands in the sense of the rule to its limit; NA where one is not known."""
        slack = _ROUNDING * limit.abs().where(limit.abs() > 1.0, 1.0)
        if self.sense == "at_most":
            passed = measured <= limit + slack
        elif self.sense == "more_than":
            passed = measured > limit + slack
        else:
            passed = measured >= limit - slack
        known = measured.notna() & limit.notna()
        return passed.astype("boolean").where(known)

    def figures(self, facts: pd.DataFrame, values: Values) -> tuple[pd.Series, pd.Series]:
        """Measured figure and limit of each subject, as floats; a figure that is not known is NaN."""
        import pandas as pd

        def column(figure: Figure) -> pd.Series:
            answer = figure.compute(facts, values)
            if not isinstance(answer, pd.Series):
                answer = pd.Series(answer, index=facts.index)
            return pd.to_numeric(answer).astype("float64")

        return column(self.measured), column(self.limit)


@dataclass(frozen=True, slots=True)
class Judgement:
    """The answer of one rule about one subject, with everything a reviewer asks for.

    passed: None when the rule was not judged; ``reason`` says why. parameters: the editions used (value, dates, mark).
    sure: the weakest mark among the articles and parameters that decided. scenario: name of the what-if, '' if none.
    """

    rule: Rule
    subject: str
    kind: str
    passed: bool | None
    measured: float | None
    limit: float | None
    articles: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    sure: Sure
    on: date
    region: str = ""
    scenario: str = ""
    reason: Reason = ""

    @property
    def unit(self) -> str:
        return self.rule.unit

    @property
    def severity(self) -> Severity:
        """pass, or the gravity of the rule; a rule that rests on a low mark never says more than warning."""
        if self.passed is None or self.rule.condition:
            return "info"
        if self.passed:
            return "pass"
        return "warning" if self.sure == "low" and self.rule.severity == "error" else self.rule.severity

    def text(self, lang: str = "zh") -> str:
        """One sentence: verdict, subject, measured figure and limit, mark unless confirmed, scenario if any."""
        return self.finding().text(lang)

    def finding(self) -> Finding:
        """The same as a Finding, for tables, JSON and the map."""
        words = {f"{name}_{lang}": text for lang in ("zh", "en") for name, text in self._words(lang).items()}
        shown, bound = _pair(self.measured, self.limit)
        return Finding(
            code=self.rule.code,
            severity=self.severity,
            subject=self.subject,
            measured=self.measured,
            limit=self.limit,
            unit=self.unit,
            article=";".join(self.articles),
            values={"shown": shown, "bound": bound, **words},
        )

    def record(self) -> dict[str, object]:
        """The verdict as a plain dict for run records and JSON: figures, editions used, both languages."""
        return {
            **self.finding().record(),
            "kind": self.kind,
            "passed": self.passed,
            "reason": self.reason,
            "articles": list(self.articles),
            "parameters": [p.record() for p in self.parameters],
            "sure": self.sure,
            "on": self.on.isoformat(),
            "region": self.region,
            "scenario": self.scenario,
        }

    def _words(self, lang: str) -> dict[str, str]:
        yes, no = ("rule.true", "rule.false") if self.rule.condition else ("rule.pass", "rule.fail")
        verdict = {True: yes, False: no, None: f"rule.{self.reason}"}[self.passed]
        unit = message(f"unit.{self.unit}").text(lang)
        mark = message("rule.mark").text(lang).format(mark=mark_text(self.sure, lang))
        what_if = message("rule.what_if").text(lang).format(scenario=self.scenario)
        return {
            "verdict": message(verdict).text(lang).format(on=self.on),
            "unit": f" {unit}" if unit else "",
            "mark": ("" if self.sure == "confirmed" else mark) + (what_if if self.scenario else ""),
            "advice": self.rule.advice(lang) if self.passed is False and not self.rule.condition else "",
        }


def _rule_of(code: str) -> Rule:
    from geo.policy.rules import all_rules

    return next(rule for rule in all_rules() if rule.code == code)


def _one(*_: object) -> float:
    return 1.0


def _codes(value: Value) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else (value,)  # type: ignore[return-value]


def _pair(measured: float | None, limit: float | None) -> tuple[str, str]:
    """Both figures for a sentence, with as many decimals as it takes to see that they differ."""
    texts = [("–" if v is None else _figure(v, digits=_digits(v))) for v in (measured, limit)]
    for digits in range(_FEWEST, _MOST + 1):
        if measured is None or limit is None or measured == limit or texts[0] != texts[1]:
            break
        texts = [_figure(measured, digits=digits), _figure(limit, digits=digits)]
    return texts[0], texts[1]


def _digits(value: float) -> int:
    """Two decimals for what is large, four for shares, grades and indices."""
    return _FEWEST if abs(value) >= _LARGE else _FEWEST * 2


def _figure(value: float, *, digits: int) -> str:
    text = f"{value:,.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
