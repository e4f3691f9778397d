"""One way to say no: a refusal names its code, and nothing has been written."""

from __future__ import annotations

from collections.abc import Sequence

from geo.errors import InputProblem
from geo.finding import Finding


class Refused(InputProblem):
    """The ledger refused an act or could not do it; nothing was written."""

    @property
    def code(self) -> str:
        """The code of the first finding."""
        return self.findings[0].code


class StoreTrouble(Refused):
    """The ledger's file or server cannot be used now (full disk, read-only folder, server away, damage)."""


def refuse(
    code: str, subject: str = "", *, measured: str | None = None, limit: str | None = None, unit: str = "",
    values: dict[str, str] | None = None,
) -> Refused:  # fmt: skip
    """A refusal ready to raise."""
    return Refused([Finding(code, "error", subject, measured, limit, unit, values=values or {})])


def refuse_all(findings: Sequence[Finding]) -> None:
    """Raise one refusal that carries every fault; return when there is none."""
    if findings:
        raise Refused(findings)


def trouble(code: str, subject: str = "", *, measured: str | None = None, limit: str | None = None) -> StoreTrouble:
    """A store's trouble ready to raise."""
    return StoreTrouble([Finding(code, "error", subject, measured, limit)])
