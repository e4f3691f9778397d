"""THE EXCEPTIONS OF THE HOUSE. Bad data is an answer (a Finding); bad use is one of these."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from geo.finding import Finding


class TianchouError(Exception):
    """Root of every error that the house raises on purpose."""


class InputProblem(TianchouError):
    """The files, layers, columns or options given cannot be used; carries every fault found, not the first.

    ``problem.findings`` is never empty; ``problem.text("zh")`` is the whole message for a person.
    """

    def __init__(self, findings: Sequence[Finding]) -> None:
        self.findings: tuple[Finding, ...] = tuple(findings)
        super().__init__("\n".join(f.text("en") for f in self.findings))

    def text(self, lang: str = "zh") -> str:
        """Every fault on its own line, with what to do about it."""
        return "\n".join(f.text(lang) for f in self.findings)


class PolicyProblem(InputProblem):
    """The rule book is broken or does not cover what was asked (an unknown id, a date without an edition).

    Like every InputProblem it carries all faults at once; each names its file, line and field.
    """


class PlanProblem(TianchouError):
    """A planning problem that is not well put (contradictory locks, unknown parcel ids)."""


class Cancelled(TianchouError):
    """The user asked a long job to stop before it had anything to return."""
