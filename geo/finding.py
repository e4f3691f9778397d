"""ONE FINDING: what is wrong or worth knowing, where, how much against which limit, and what to do.

The same value serves data quality, the law and the checks before a solve. Texts live in
``geo/standards/tables/messages.csv`` (code, severity, Chinese, English, hints); a finding only carries
the code and the figures.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from geo.standards.messages import message

Severity = Literal["error", "warning", "info", "pass"]
_EMPTY: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Finding:
    """One statement about one subject.

    code: stable id from the message catalogue, e.g. ``IO203`` or a rule id such as ``relocation.quantity``.
    severity: error (cannot be relied on / rule broken), warning, info, pass (a rule that holds).
    subject: what it is about: ``DLTB``, ``DLTB#330421…``, a township code, a constraint name.
    measured, limit, unit: the figures; ``unit`` belongs to both.
    article: id of the article of law, empty for data quality.
    values: further words that the message template names.
    """

    code: str
    severity: Severity
    subject: str = ""
    measured: float | str | None = None
    limit: float | str | None = None
    unit: str = ""
    article: str = ""
    values: Mapping[str, str] = field(default_factory=lambda: _EMPTY)

    def text(self, lang: str = "zh") -> str:
        """The sentence for a person, code first, hint last. Raises KeyError for a code not in the catalogue."""
        entry = message(self.code)
        words = {
            "subject": self.subject,
            "measured": _show(self.measured),
            "limit": _show(self.limit),
            "unit": self.unit,
            **self.values,
        }
        body = entry.text(lang).format(**words)
        hint = entry.hint(lang).format(**words)
        return f"[{self.code}] {body}" + (f" → {hint}" if hint else "")

    def record(self) -> dict[str, object]:
        """Plain dict for JSON and tables, both languages included."""
        return {
            "code": self.code,
            "severity": self.severity,
            "subject": self.subject,
            "measured": self.measured,
            "limit": self.limit,
            "unit": self.unit,
            "article": self.article,
            "zh": self.text("zh"),
            "en": self.text("en"),
        }


def worst(findings: Iterable[Finding]) -> Severity:
    """The gravest severity among the findings; ``pass`` when there are none."""
    order: dict[Severity, int] = {"pass": 0, "info": 1, "warning": 2, "error": 3}
    return max((f.severity for f in findings), key=order.__getitem__, default="pass")


def _show(value: float | str | None) -> str:
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:,.2f}".rstrip("0").rstrip(".")
    return str(value)
