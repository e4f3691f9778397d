"""The results of a plan beside the map: verdicts, balances, what leaves, what comes, the files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import streamlit as st

from app.parts import plan_questions
from app.parts.downloads import downloads
from app.parts.plan_facts import verdicts_html
from app.parts.plan_words import w
from app.parts.tables import balance_table, pick_row, plain_table, table_height, transfer_table
from app.state import session
from app.words import t

if TYPE_CHECKING:
    from app.cache import OpenZone
    from app.plan_desk import Desk
    from app.plan_view import PlanView


def results(plan: PlanView, sources: Mapping[str, str], desk: Desk, opened: OpenZone) -> None:
    """Tabs; a row chosen in a list is selected on the map. ``sources``: address of each layer of the plan."""
    mind = session()
    names = [t("tab_verdicts"), t("tab_balance"), t("tab_out"), t("tab_in"), t("tab_files"), w("tab_prices")]
    tabs = st.tabs(names, key=f"plan_tabs_{mind.lang}", on_change="rerun")
    with tabs[0]:
        st.html(verdicts_html(plan))
    with tabs[1]:
        plain_table(balance_table(plan.by_county))
        plain_table(balance_table(plan.by_town))
    for tab, frame, layer in ((tabs[2], plan.moved_out, "moved_out"), (tabs[3], plan.moved_in, "moved_in")):
        with tab:
            table, ids = transfer_table(frame)
            row = pick_row(table, ids, key=f"{sources[layer]}_{mind.lang}", height=table_height())
            if row:
                mind.select(sources[layer], row, fly=True)
                st.rerun(scope="fragment")
    with tabs[4]:
        if tabs[4].open:
            downloads(plan.folder, plan.run_id, job=mind.files)
    with tabs[5]:
        if plan_questions.opened_or_button(desk, opened):
            plan_questions.prices(desk)
