"""指标池: what each county has today, what is reserved, what falls due; act, and take the register away."""

from __future__ import annotations

import datetime as dt
import tempfile
from pathlib import Path

import streamlit as st

from app.parts import look, pool_view
from app.parts.guard import told
from app.parts.pool_forms import act_form, last_receipt, post
from app.parts.pool_ledger import form_id, ledger_or_form
from app.parts.pool_words import w
from app.parts.safe_text import esc_markdown
from app.state import session
from geo.ledger.clock import today_cn
from geo.ledger.entry import Act
from geo.report.register import write_register_docx, write_register_xlsx
from geo.study import pool

look.heading(w("page"), w("lead"), mark=False)
ledger = ledger_or_form()
mind = session()
with st.sidebar:
    st.caption(esc_markdown(w("who", who=ledger.actor)))
    on = st.date_input(w("as_of"), value=today_cn(), max_value=today_cn(), key="pool_on")
    kept = st.date_input(w("recorded"), value=None, max_value=today_cn(), key="pool_recorded", help=w("recorded_help"))
view = None
with told():
    view = pool.picture(ledger, on=on if isinstance(on, dt.date) else None, lang=mind.lang, within_days=365,
                        recorded_until=pool.end_of_day(kept) if isinstance(kept, dt.date) else "")  # fmt: skip
if view is None:
    st.stop()
last_receipt()
look.facts(pool_view.facts(view))
for finding in view["overdue"]:
    st.error(esc_markdown(finding.text(mind.lang)), icon=":material/event_busy:")
rooms = ("balance", "flow", "due", "register", "reserve", "act", "approve")
tabs = st.tabs([w("tab_" + n) for n in rooms])
with tabs[0]:
    pool_view.balances(view)
with tabs[1]:
    names = pool_view.asset_names()
    code = st.segmented_control(w("asset"), list(names), default="QTY", key="pool_asset", format_func=names.get)
    drawn = pool_view.flow_picture(view["lines"], code or "QTY")
    if drawn:
        st.image(drawn, width="stretch")
    else:
        st.caption(w("nothing_flows"))
with tabs[2]:
    st.html(pool_view.calendar_html(view) or f"<p>{w('nothing_due')}</p>")
with tabs[3]:
    search = st.text_input(w("search"), key="pool_search")
    shown = {**view, "lines": [x for x in view["lines"] if x.matches(search)]}
    chosen = pool_view.register_table(shown)
    st.html(pool_view.receipt_html(chosen) if chosen else f"<small>{w('pick')}</small>")
    with tempfile.TemporaryDirectory(prefix="tianchou-register-") as folder, told():
        for write, name in ((write_register_xlsx, "register.xlsx"), (write_register_docx, "register.docx")):
            body = write({**shown, "dues": view["dues"]}, Path(folder) / name, lang=mind.lang).read_bytes()
            st.download_button(f"{w('print')} {name[-4:].upper()}", body, f"{view['on']}-{name}", key=f"pool_{name}",
                               on_click="ignore", icon=":material/print:")  # fmt: skip
    st.caption(w("sound", n=view["entries"], head=view["head"][:16]))
with tabs[4]:
    pool_view.reserve_table(view)
with tabs[5]:
    act_form(ledger)
with tabs[6]:
    if not view["open"]:
        st.caption(w("nothing_open"))
    for line in view["open"]:
        st.html(pool_view.receipt_html(line))
        for name, answer in (("approve", ledger.approve), ("reject", ledger.reject)):
            if st.button(w(name), key=f"pool_{name}_{line.txn_id}"):
                act = Act(ledger.actor, w(name), line.basis, f"{form_id(ledger)}{name}{line.txn_id}")
                post(lambda answer=answer, line=line, act=act: answer(line.txn_id, act=act))
