"""An accepted scheme enters the pool from the 全域整治 page: one form, one entry, however often it is pressed."""

from __future__ import annotations

import datetime as dt

import streamlit as st

from app.parts.consolidation_words import w
from app.parts.pool_ledger import place, visitor
from app.parts.safe_text import esc_markdown
from app.parts.tables import plain_table
from app.state import session
from geo.errors import InputProblem
from geo.ledger.ledger import Ledger
from geo.ledger.refusal import Refused
from geo.study import consolidation_pool, consolidation_tell, pool
from geo.study.consolidation_result import ConsolidationResult


def pool_tab(result: ConsolidationResult) -> None:
    """The planned lots, and the form that books them once the scheme is accepted."""
    lang = session().lang
    plain_table(consolidation_tell.lots_table(result, lang))
    st.caption(w("pool_note"))
    if not (result.planned and result.allowed and len(result.measures)):
        st.info(w("pool_not"), icon=":material/block:")
        return
    try:
        ledger = pool.open_pool(place(), actor=visitor())
    except Refused as problem:
        st.info(w("pool_none") if problem.code == "LG901" else esc_markdown(problem.text(lang)),
                icon=":material/account_balance:")  # fmt: skip
        return
    with st.form("consolidation_pool"):
        today = dt.datetime.now(dt.UTC).astimezone(dt.timezone(dt.timedelta(hours=8))).date()
        day = st.date_input(w("pool_day"), value=today, max_value=today, key="consolidation_pool_day")
        basis = st.text_input(w("pool_basis"), key="consolidation_pool_basis")
        pressed = st.form_submit_button(w("pool_book"), type="primary", icon=":material/edit_note:")
    if pressed:
        _book(ledger, result, day, basis)


def _book(ledger: Ledger, result: ConsolidationResult, day: dt.date, basis: str) -> None:
    told = consolidation_tell.run_record(result)
    try:
        act = ledger.act(w("pool_reason", run=result.run_id), basis, key=consolidation_pool.key_of(told))
        receipt = consolidation_pool.credit(ledger, told, result.measures, accepted_on=day, act=act)
    except InputProblem as problem:
        st.error(esc_markdown(problem.text(session().lang)), icon=":material/error:")
        return
    again = f" · {w('pool_once')}" if receipt.replayed else ""
    st.success(f"{w('pool_receipt')} **{receipt.number}** · {receipt.effective_on} · `{receipt.hash[:16]}`{again}",
               icon=":material/receipt_long:")  # fmt: skip
