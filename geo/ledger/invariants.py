"""What must hold at every moment, each as a check that answers Findings. The numbers are those of docs/ledger.md."""

from __future__ import annotations

from datetime import date

from geo.finding import Finding, Severity
from geo.ledger.asset import asset
from geo.ledger.balance import dues
from geo.ledger.store import Tx


def broken(tx: Tx) -> list[Finding]:
    """Errors of the books themselves; an empty list is the only good answer."""
    return [*_sums(tx), *_sides(tx), *_projects(tx), *_areas(tx)]


def overdue(tx: Tx, *, on: date) -> list[Finding]:
    """Every promise and loan past its date, named, and every expired lot not yet written off."""
    found: list[Finding] = []
    for due in dues(tx, on=on):
        if due.status != "overdue":
            continue
        left = "，".join(f"{asset(a).zh} {asset(a).tell(n)}" for a, n in due.left.items())
        code = {"promise": "LG313", "loan": "LG314"}.get(due.kind, "LG316")
        severity: Severity = "warning" if code == "LG316" else "error"
        values = {"government": due.government or "–", "project": due.project or "–"}
        found.append(Finding(code, severity, due.lot, due.due_on, left, values=values))
    return found


def _sums(tx: Tx) -> list[Finding]:
    """I2: per asset the sum over all accounts is zero."""
    rows = tx.all("SELECT asset, SUM(balance) FROM account GROUP BY asset HAVING SUM(balance) <> 0")
    return [Finding("LG305", "error", str(a), measured=str(n)) for a, n in rows]


def _sides(tx: Tx) -> list[Finding]:
    """I1: no account stands on the wrong side of zero."""
    rows = tx.all(
        "SELECT a.account_id, a.kind, l.code, a.asset, a.balance FROM account a JOIN lot l ON l.lot_id = a.lot_id "
        "WHERE (a.kind IN ('ISSUED', 'OWED') AND a.balance > 0) OR (a.kind NOT IN ('ISSUED', 'OWED') AND a.balance < 0)"
    )
    return [Finding("LG306", "error", f"{k} {c} {a}", measured=str(b)) for _, k, c, a, b in rows]


def _projects(tx: Tx) -> list[Finding]:
    """I6: every reservation, use and loan has a registered project."""
    rows = tx.all(
        "SELECT a.kind, l.code, a.project FROM account a JOIN lot l ON l.lot_id = a.lot_id "
        "WHERE a.kind IN ('RESERVED', 'USED', 'LENT', 'RETURNED', 'OWED') "
        "AND NOT EXISTS (SELECT 1 FROM project p WHERE p.code = a.project)"
    )
    return [Finding("LG312", "error", f"{k} {c}", measured=str(p)) for k, c, p in rows]


def _areas(tx: Tx) -> list[Finding]:
    """I7: a lot's area is the sum of its parcels, and so is the quantity it brought in."""
    rows = tx.all(
        "SELECT l.code, l.area, COALESCE(p.area, 0) FROM lot l LEFT JOIN "
        "(SELECT lot_id, SUM(area) AS area FROM parcel GROUP BY lot_id) p ON p.lot_id = l.lot_id "
        "WHERE l.area <> COALESCE(p.area, 0)"
    )
    issued = tx.all(
        "SELECT l.code, -a.balance, l.area FROM account a JOIN lot l ON l.lot_id = a.lot_id "
        "WHERE a.kind = 'ISSUED' AND a.asset IN ('QTY', 'PBF') AND a.balance <> 0 AND -a.balance <> l.area"
    )
    return [Finding("LG315", "error", str(c), measured=str(n), limit=str(m)) for c, n, m in (*rows, *issued)]
