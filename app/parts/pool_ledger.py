"""The ledger behind the 指标池 page: who is asking, where the ledger is, and the first step when there is none."""

from __future__ import annotations

import os
import uuid
from pathlib import Path

import streamlit as st

from app.parts.guard import told
from app.parts.pool_words import w
from app.parts.safe_text import esc_markdown
from app.state import session
from geo.ledger.ledger import Ledger
from geo.ledger.refusal import Refused
from geo.study import pool


def place() -> str:
    """Where the pool is: TIANCHOU_POOL, else pool/ledger.db."""
    return pool.default_place()


def visitor() -> str:
    """Who asks: the signed-in person where a sign-in is configured, else the user of this machine.

    The name never comes from a form. What the person may do is decided by the ledger's own list of roles.
    """
    if not _sign_in_configured():
        return pool.local_user()
    if not getattr(st.user, "is_logged_in", False):
        st.info(w("sign_in_text"), icon=":material/lock:")
        if st.button(w("sign_in"), key="pool_login", type="primary"):
            st.login()
        st.stop()
    claim = os.environ.get("TIANCHOU_USER_CLAIM", "email")
    name = str(st.user.get(claim) or st.user.get("sub") or "")
    if not name:
        st.stop()
    return name


def _sign_in_configured() -> bool:
    try:
        return "auth" in st.secrets
    except (FileNotFoundError, st.errors.StreamlitSecretNotFoundError):
        return False


def ledger_or_form() -> Ledger:
    """The open ledger; or the form that makes one, and the page ends there."""
    who = visitor()
    try:
        ledger = pool.open_pool(place(), actor=who)
    except Refused as problem:
        if problem.code == "LG901":
            _make_form(who)
        else:
            st.error(esc_markdown(problem.text(session().lang)), icon=":material/error:")
        st.stop()
    return ledger


def _make_form(who: str) -> None:
    text = esc_markdown(w("none_text", place=Path(place())))
    st.info(f"**{w('none')}**\n\n{text}", icon=":material/account_balance:")
    with st.form("pool_init"):
        basis = st.text_input(w("basis"), key="pool_init_basis")
        pressed = st.form_submit_button(w("make"), type="primary")
    if pressed:
        with told():
            pool.create_pool(place(), basis=basis, actor=who)
            st.rerun()


def form_id(ledger: Ledger) -> str:
    """The identity of the forms now on the page: made when they are shown, kept through a reload by the address.

    Every act of a form carries it as its key, so that two clicks, or a click and a reload, leave one entry.
    """
    mind = session()
    if not mind.pool_form:
        kept = st.query_params.get("form", "")
        mind.pool_form = kept if kept.isalnum() and len(kept) == 32 else uuid.uuid4().hex
        mind.pool_seen = ledger.head()[0]
    if st.query_params.get("form") != mind.pool_form:
        st.query_params["form"] = mind.pool_form
    return mind.pool_form


def renew() -> None:
    """Fresh forms: after an entry, or after a refusal that says the form is out of date."""
    session().pool_form = ""
    if "form" in st.query_params:
        del st.query_params["form"]
