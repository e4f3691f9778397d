"""A village scheme and the ledger: the quota that its project areas borrow for building is issued and lent, once.

What is built stands on lent construction quota (周转指标) until the land torn down is reclaimed and accepted; then it
is returned with ``tianchou pool quota return``. Codes and keys come from the scheme: the same scheme posted again
answers with the first receipts; another scheme of a project area that has not returned its quota is refused.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from geo.errors import InputProblem
from geo.finding import Finding
from geo.ledger.asset import asset
from geo.ledger.balance import dues
from geo.ledger.clock import add_years, today_cn
from geo.ledger.entry import Act, Receipt
from geo.ledger.ledger import Ledger
from geo.ledger.refusal import refuse_all
from geo.standards.units import round_half_up

POSTED = "posted"


@dataclass(frozen=True, slots=True)
class Loop:
    """拆旧建新 of one project area as the ledger takes it. amount: quota lent, in the ledger's smallest unit."""

    unit: str
    name: str
    county: str
    amount: int
    years: int
    run_id: str

    @property
    def lot(self) -> str:
        """The code of the batch."""
        return f"ZB-{self.unit}-{self.run_id}"

    @property
    def loan(self) -> str:
        """The code of the loan."""
        return f"JX-{self.unit}-{self.run_id}"

    @property
    def project(self) -> str:
        """The project that borrows: one a project area, whatever scheme it follows."""
        return f"CZ-{self.unit}"

    def key(self, act: str) -> str:
        """The key of an act: the same scheme's act is booked once."""
        return hashlib.sha256(f"village {self.run_id} {self.unit} {act}".encode()).hexdigest()[:32]


def loops_of(told: Mapping[str, Any]) -> tuple[Loop, ...]:
    """The project areas of a scheme that build something. told: village.json.

    Raises InputProblem VG601 when the scheme is not planned, breaks a rule or builds nothing.
    """
    results = told["results"]
    broken = [j for j in results["judgements"] if j["passed"] is False]
    units = asset("QUOTA").per_unit
    rows = [r for r in results["tables"]["quota"] if float(r["lent_m2"]) > 0]
    if not results["planned"] or broken or not rows:
        raise InputProblem([Finding("VG601", "error", str(told["run_id"]), measured=str(len(broken)))])
    return tuple(
        Loop(str(r["area"]), str(r["name"]), str(r["county_code"]), int(round_half_up(float(r["lent_m2"]) * units, 0)),
             int(r["years"]), str(told["run_id"]))
        for r in rows
    )  # fmt: skip


def post(
    ledger: Ledger, told: Mapping[str, Any], *, approved_on: date, reason: str, basis: str, government: str = "",
    effective: date | None = None,
) -> list[Receipt]:  # fmt: skip
    """Issue and lend the quota of every project area; receipts in that order, two an area.

    An issue that waits for approval leaves its loan for the next time: the same call completes what is missing. Raises
    InputProblem VG601, Refused VG602 with every project area whose earlier scheme still holds lent quota.
    """
    loops = loops_of(told)
    with ledger.look() as tx:
        open_loans = [d for d in dues(tx, on=today_cn(ledger.clock())) if d.kind == "loan" and d.left]
    refuse_all([
        Finding("VG602", "error", f"{x.name} {x.unit}", measured=d.lot, limit=d.due_on)
        for x in loops for d in open_loans if d.project == x.project and d.lot != x.loan
    ])  # fmt: skip
    found: list[Receipt] = []
    for x in loops:
        act = Act(ledger.actor, reason, basis, x.key("issue"), effective)
        found.append(ledger.quota_issue(x.lot, x.county, x.amount, approved_on=approved_on, act=act))
        if found[-1].status != POSTED:
            continue
        act = Act(ledger.actor, reason, basis, x.key("use"), effective)
        found.append(ledger.quota_use(x.lot, x.loan, x.project, x.amount, due_on=add_years(approved_on, x.years),
                                      name=f"{x.name} 村庄布局（拆旧建新）", county=x.county, government=government,
                                      act=act))  # fmt: skip
    return found
