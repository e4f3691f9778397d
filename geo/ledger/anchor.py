"""The anchor: heads kept outside the ledger's folder, so that a cut tail or an old copy put back is noticed."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from geo.finding import Finding
from geo.ledger.refusal import refuse, trouble
from geo.ledger.store import Tx

_TAIL = 700  # bytes read on every write: the last lines are enough to notice a head that went back


def default_folder() -> Path:
    """Where anchors are kept unless told otherwise: TIANCHOU_ANCHORS, else the user's state folder."""
    given = os.environ.get("TIANCHOU_ANCHORS")
    if given:
        return Path(given)
    state = os.environ.get("XDG_STATE_HOME")
    return (Path(state) if state else Path.home() / ".local" / "state") / "tianchou" / "anchors"


class Anchor:
    """One text file a ledger: a line ``number hash`` for each transaction that this machine has seen committed."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def append(self, txn_id: int, digest: str, note: str = "") -> None:
        """Add a line after the commit. A failure is told, because then nothing outside knows of the entry."""
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
        try:
            try:
                handle = os.open(self.path, flags, 0o664)
            except FileNotFoundError:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                handle = os.open(self.path, flags, 0o664)
            try:
                os.write(handle, f"{txn_id} {digest}{' ' + note if note else ''}\n".encode())
            finally:
                os.close(handle)
        except OSError as fault:
            raise trouble("LG912", str(self.path), measured=str(txn_id)) from fault

    def lines(self, *, tail: bool = False) -> list[tuple[int, str]]:
        """The anchored heads; a line that says ``restored`` wipes those before it. Half a line is skipped."""
        try:
            with self.path.open("rb") as file:
                if tail:
                    file.seek(max(0, self.path.stat().st_size - _TAIL))
                text = file.read().decode("utf-8", "replace")
        except FileNotFoundError:
            return []
        except OSError as fault:
            raise trouble("LG912", str(self.path), measured=str(fault.strerror)) from fault
        found: list[tuple[int, str]] = []
        for line in text.splitlines():
            words = line.split()
            if len(words) < 2 or not words[0].isdigit() or len(words[1]) != 64:
                continue
            if words[2:3] == ["restored"]:
                found.clear()
            found.append((int(words[0]), words[1]))
        return found

    def newest(self) -> tuple[int, str] | None:
        """The newest anchored head. A reader asks for it before its snapshot: others write on meanwhile."""
        return max(self.lines(tail=True) or self.lines(), default=None)

    def check_head(self, tx: Tx, head: Sequence[Any] | None, newest: tuple[int, str] | None) -> None:
        """The ledger must still hold the newest anchored entry. Raises Refused LG910 when it does not."""
        if newest is None:
            return
        txn_id, digest = newest
        if head is not None and head[0] == txn_id and head[1] == digest:
            return
        row = tx.one("SELECT hash FROM txn WHERE txn_id = ?", txn_id)
        if row is None or row[0] != digest:
            raise refuse("LG910", str(self.path), measured=str(head[0] if head else 0), limit=str(txn_id))

    def findings(self, tx: Tx, lines: Sequence[tuple[int, str]]) -> list[Finding]:
        """Every anchored head (of ``lines``, read before the snapshot) that the ledger does not hold."""
        hashes = {int(i): str(h) for i, h in tx.all("SELECT txn_id, hash FROM txn")}
        return [
            Finding("LG308" if number not in hashes else "LG309", "error", str(number),
                    measured=str(max(hashes, default=0)), limit=digest[:12])
            for number, digest in lines
            if hashes.get(number) != digest
        ][:20]  # fmt: skip
