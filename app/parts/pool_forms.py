"""The forms of the 指标池 page: one an act, each posted at most once however often it is clicked."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st

from app.parts.pool_ledger import form_id, renew
from app.parts.pool_words import w
from app.parts.safe_text import esc_markdown
from app.state import session
from app.words import pick, place
from geo.errors import InputProblem
from geo.ledger.asset import asset, promise_kinds
from geo.ledger.entry import Act, Receipt, txn_of
from geo.ledger.ledger import Ledger
from geo.ledger.refusal import refuse
from geo.report.register import verb_label
from geo.standards.land import admin_units
from geo.study.pool import counties, read_amounts, read_parcels
from geo.study.pool_import import import_pool, write_template

_AMOUNTS = ("ha", "kg", "paddy")
# What each act asks for, in the order of the form.
FIELDS: dict[str, tuple[str, ...]] = {
    "credit": ("lot", "name", "county", "ha", "kg", "paddy", "parcels", "accepted", "expires"),
    "reserve_in": ("county", "parcels", "accepted"),
    "reserve": ("project", "name", "county", "optional_lot", "ha", "kg", "paddy", "pbf"),
    "release": ("project", "optional_lot", "ha", "kg", "paddy", "pbf"),
    "use": ("project", "optional_lot", "ha", "kg", "paddy", "pbf"),
    "promise": ("lot", "project", "name", "county", "mechanism", "government", "due_on", "ha", "kg", "paddy"),
    "fulfil": ("promise", "lot", "ha", "kg", "paddy"),
    "quota_issue": ("lot", "county", "quota", "accepted", "due_on"),
    "quota_use": ("lot", "loan", "project", "name", "county", "quota", "due_on", "government"),
    "quota_return": ("loan", "quota"),
    "transfer": ("lot", "code", "to_county", "ha", "kg", "paddy", "coefficient"),
    "reverse": ("number",),
}


def act_form(ledger: Ledger) -> None:
    """Choose an act, fill it in, post it; the receipt stays on the page."""
    # A selectbox remembers the word that was shown, so each language has its own; the act chosen goes along.
    lang, kept = session().lang, st.session_state.get("pool_verb_kept", "credit")
    verb = st.selectbox(w("act"), list(FIELDS), index=list(FIELDS).index(kept), key=f"pool_verb_{lang}",
                        format_func=lambda v: verb_label(v, lang))  # fmt: skip
    st.session_state["pool_verb_kept"] = verb
    this = form_id(ledger)
    with st.form(f"pool_{verb}_{this}"):
        columns = st.columns(3)
        values = {}
        for i, name in enumerate(FIELDS[verb]):
            with columns[i % 3]:
                values[name] = _widget(name, f"pool_{verb}_{name}_{this}")
        if verb in ("release", "use", "quota_return"):
            st.caption(w("empty_all"))
        left, middle, right = st.columns(3)
        basis = left.text_input(w("basis"), key=f"pool_{verb}_basis_{this}")
        reason = middle.text_input(w("reason"), key=f"pool_{verb}_reason_{this}")
        effective = right.date_input(w("effective"), value=None, key=f"pool_{verb}_effective_{this}")
        pressed = st.form_submit_button(w("submit"), type="primary", icon=":material/edit_note:")
    if pressed:
        act = Act(ledger.actor, reason or verb_label(verb, session().lang), basis, f"{this}{verb}",
                  _date(effective), session().pool_seen)  # fmt: skip
        post(lambda: _POST[verb](ledger, values, act))
    with st.expander(w("upload"), icon=":material/upload_file:"):
        _import_form(ledger, this)


def post(call: Callable[[], Receipt]) -> None:
    """Do one act; keep its receipt and make fresh forms, or say why not."""
    mind = session()
    try:
        receipt = call()
        # No Streamlit call between these lines: a second click cannot get in between the entry and the fresh form.
        mind.pool_receipt, mind.pool_form = receipt, ""
    except InputProblem as problem:
        if problem.findings[0].code in ("LG110", "LG113"):
            renew()
        st.error(esc_markdown(problem.text(mind.lang)), icon=":material/error:")
        return
    renew()
    st.rerun()


def last_receipt() -> None:
    """The receipt of the last act."""
    receipt = session().pool_receipt
    if receipt is None:
        return
    label = verb_label(receipt.kind, session().lang)
    words = w("again") if receipt.replayed else w(receipt.status)
    text = f"**{receipt.number}** {esc_markdown(label)} · {words} · {receipt.effective_on} · `{receipt.hash[:16]}`"
    (st.warning if receipt.status == "pending" else st.success)(text, icon=":material/receipt_long:")


def _import_form(ledger: Ledger, this: str) -> None:
    with tempfile.TemporaryDirectory(prefix="tianchou-sheet-") as folder:
        empty = write_template(Path(folder) / "sheet.xlsx").read_bytes()
        st.download_button(w("template"), empty, "pool-import.xlsx", key="pool_template", on_click="ignore")
        with st.form(f"pool_import_{this}"):
            given = st.file_uploader("XLSX", type=["xlsx"], key=f"pool_file_{this}", label_visibility="collapsed")
            basis = st.text_input(w("basis"), key=f"pool_import_basis_{this}")
            pressed = st.form_submit_button(w("do_import"))
        if pressed and given is not None:
            path = Path(folder) / "given.xlsx"  # never the name that the visitor's machine gives
            path.write_bytes(given.getvalue())
            act = Act(ledger.actor, w("do_import"), basis, f"{this}import")
            post(lambda: import_pool(ledger, path, act=act))


def _widget(name: str, key: str) -> Any:
    if name in ("county", "to_county"):
        return st.selectbox(
            w(name), counties(), key=f"{key}_{session().lang}", format_func=lambda c: place(admin_units()[c].zh)
        )
    if name in ("accepted", "expires", "due_on"):
        return st.date_input(w(name), value=None, key=key, min_value=dt.date(2000, 1, 1), max_value=dt.date(2100, 1, 1))
    if name == "mechanism":
        kinds = promise_kinds()
        return st.selectbox(
            w(name), list(kinds), key=f"{key}_{session().lang}", format_func=lambda k: pick(kinds[k].zh, kinds[k].en)
        )
    if name == "parcels":
        return st.text_area(w(name), key=key, height=110)
    return st.text_input(w(name), key=key, value="1" if name == "coefficient" else "")


def _date(value: Any) -> dt.date | None:
    return value if isinstance(value, dt.date) else None


def _given(v: dict[str, Any]) -> dict[str, int]:
    told = {"QTY": v.get("ha"), "CAP": v.get("kg"), "PADDY": v.get("paddy"), "PBF": v.get("pbf")}
    return read_amounts({code: text for code, text in told.items() if text})


def _land(v: dict[str, Any]) -> list[Any]:
    return read_parcels([line for line in str(v["parcels"]).splitlines() if line.strip()])


def _quota(v: dict[str, Any]) -> int:
    return asset("QUOTA").read(v["quota"], w("quota"))


def _reversed(ledger: Ledger, v: dict[str, Any], act: Act) -> Receipt:
    try:
        number = txn_of(str(v["number"]).strip())
    except ValueError:
        raise refuse("LG129", str(v["number"])) from None
    return ledger.reverse(number, act=act)


_POST: dict[str, Callable[[Ledger, dict[str, Any], Act], Receipt]] = {
    "credit": lambda g, v, a: g.credit(v["lot"], v["county"], _given(v), _land(v), accepted_on=v["accepted"],
                                       expires_on=v["expires"], name=v["name"], act=a),
    "reserve_in": lambda g, v, a: g.reserve_in(v["county"], _land(v), accepted_on=v["accepted"], act=a),
    "reserve": lambda g, v, a: g.reserve(v["project"], _given(v), name=v["name"], county=v["county"],
                                         lot=v["optional_lot"], act=a),
    "release": lambda g, v, a: g.release(v["project"], _given(v) or None, lot=v["optional_lot"], act=a),
    "use": lambda g, v, a: g.use(v["project"], _given(v) or None, lot=v["optional_lot"], act=a),
    "promise": lambda g, v, a: g.promise(v["lot"], v["project"], _given(v), due_on=v["due_on"], act=a, name=v["name"],
                                         government=v["government"], mechanism=v["mechanism"], county=v["county"]),
    "fulfil": lambda g, v, a: g.fulfil(v["promise"], v["lot"], _given(v), act=a),
    "quota_issue": lambda g, v, a: g.quota_issue(v["lot"], v["county"], _quota(v), approved_on=v["accepted"],
                                                 due_on=v["due_on"], act=a),
    "quota_use": lambda g, v, a: g.quota_use(v["lot"], v["loan"], v["project"], _quota(v), due_on=v["due_on"], act=a,
                                             name=v["name"], county=v["county"], government=v["government"]),
    "quota_return": lambda g, v, a: g.quota_return(v["loan"], _quota(v) if v["quota"] else None, act=a),
    "transfer": lambda g, v, a: g.transfer(v["lot"], v["code"], v["to_county"], _given(v),
                                           coefficient=v["coefficient"], act=a),
    "reverse": _reversed,
}  # fmt: skip
