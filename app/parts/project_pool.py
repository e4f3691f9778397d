"""Reserving the plan in the pool: parcels booked, locked once, released or written off, with the receipt."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import streamlit as st

from app import cache, project_work
from app.parts.pool_ledger import form_id, place, renew, visitor
from app.parts.project_words import w
from app.parts.safe_text import esc_markdown
from app.state import session
from geo.errors import InputProblem
from geo.ledger.refusal import Refused
from geo.study import pool, project_pool, project_tell
from geo.study.record import plain

if TYPE_CHECKING:
    from geo.ledger.ledger import Ledger
    from geo.study.project_result import ProjectResult


def pool_tab(result: ProjectResult, opened: cache.OpenZone) -> None:
    """The state of the plan's lots in the ledger, and the next act."""
    try:
        ledger = pool.open_pool(place(), actor=visitor())
    except Refused as problem:
        st.info(w("no_ledger") if problem.code == "LG901" else esc_markdown(problem.text(session().lang)),
                icon=":material/account_balance:")  # fmt: skip
        return
    told = plain(project_tell.run_record(result))
    lots = project_pool.plan_lots(told, result.replacement, result.footprint)
    states = list(project_pool.plan_states(ledger, lots).values())
    counts = {name: states.count(name) for name in ("free", "locked", "spent", "unknown")}
    st.markdown(esc_markdown(w("state", **counts)))
    _receipt()
    if counts["unknown"]:
        waiting = len(project_pool.unbooked(ledger, opened.zone))
        st.warning(w("unknown", n=counts["unknown"], all=waiting), icon=":material/inventory:")
        _form(ledger, "book", w("book"), w("basis"), lambda basis, key: _book(ledger, opened, basis, key))
    elif counts["locked"] == len(states):
        _form(ledger, "write_off", w("write_off"), w("approval"), _act(ledger, lots, project_pool.write_off))
        _form(ledger, "release", w("release"), w("basis"), _act(ledger, lots, project_pool.release))
    elif counts["free"]:
        _form(ledger, "reserve", w("reserve"), w("basis"), _act(ledger, lots, project_pool.reserve))


def _act(ledger: Ledger, lots: Any, verb: Callable[..., Any]) -> Callable[[str, str], Any]:
    """The act with its key: that of the form, made when it was shown."""
    return lambda basis, key: verb(ledger, lots, act=ledger.act(w("reason", run=lots.run_id), basis, key=key))


def _book(ledger: Ledger, opened: cache.OpenZone, basis: str, key: str) -> Any:
    day = dt.datetime.now(dt.UTC).astimezone(dt.timezone(dt.timedelta(hours=8))).date()
    receipts = project_pool.book_reserve(ledger, opened.zone, accepted_on=day, basis=basis, key=key)
    return receipts[-1] if receipts else None


def _form(ledger: Ledger, name: str, label: str, basis_label: str, call: Callable[[str, str], Any]) -> None:
    """One act: its document and its button. Two clicks, or a click and a reload, leave one entry."""
    this, mine = form_id(ledger), project_work.work()
    with st.form(f"project_{name}_{this}"):
        basis = f"project_{name}_basis_{this}"
        st.text_input(basis_label, key=basis)
        st.form_submit_button(label, type="primary", icon=":material/edit_note:", on_click=_press,
                              args=(call, f"{this}{name}", basis))  # fmt: skip
    if mine.refusal:
        st.error(esc_markdown(mine.refusal), icon=":material/error:")


def _press(call: Callable[[str, str], Any], key: str, basis: str) -> None:
    """Do the act before the page runs: a press is obeyed even when the map asks for another run at the same moment."""
    mine, mind = project_work.work(), session()
    mine.refusal = ""
    try:
        # No Streamlit call between these lines: a second click cannot get in between the entry and the fresh form.
        mine.receipt, mind.pool_form = call(str(st.session_state.get(basis, "")), key), ""
    except InputProblem as problem:
        mine.refusal = problem.text(mind.lang)
        if problem.findings[0].code not in ("LG110", "LG113"):
            return
    renew()


def _receipt() -> None:
    receipt = project_work.work().receipt
    if receipt is not None:
        words = f" · {w('once')}" if receipt.replayed else ""
        st.success(f"{w('receipt')} **{receipt.number}** · {receipt.effective_on} · `{receipt.hash[:16]}`{words}",
                   icon=":material/receipt_long:")  # fmt: skip
