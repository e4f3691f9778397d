"""数据: drop the files that were sent: what they are, what is wrong and where, what can be repaired, what to answer."""

from __future__ import annotations

import streamlit as st

from app.parts import data_map, data_view, look
from app.parts.data_files import Drop, accept
from app.parts.data_words import w
from app.parts.guard import told, zone_or_stop
from app.parts.map_view import MapState, map_view
from app.parts.safe_text import esc_markdown
from app.state import session

opened = zone_or_stop()
mind = session()
look.heading(w("page"), w("lead"), mark=False)
uploads = st.file_uploader(w("drop"), accept_multiple_files=True, key="data_files", help=w("drop_note"))
if not uploads:
    st.info(f"**{w('empty_title')}**  {w('empty')}", icon=":material/upload_file:")
    st.caption(w("drop_note"))
    st.stop()
drop = None
with told(), st.spinner(w("reading")):
    drop = accept(uploads)
if drop is None:
    st.stop()
data_view.figures(drop.result)
data_view.ask_systems(drop)


@st.fragment
def table_and_map(drop: Drop) -> None:
    """Tables beside the map; a row or a place chosen runs only this."""
    left, right = st.columns([0.56, 0.44], gap="small")
    with left:
        data_view.layer_table(drop)
        findings, repairs, letter, mapping = st.tabs([
            w("tab_findings", n=len(drop.result.everything)), w("tab_repairs", n=len(drop.result.repairs)),
            w("tab_letter"), w("tab_mapping"),
        ])  # fmt: skip
        with findings:
            data_view.finding_table(drop)
        with repairs:
            data_view.repairs(drop)
        with letter:
            data_view.letter(drop)
        with mapping:
            data_view.mapping(drop)
    with right:
        event = map_view(MapState(f"data_{drop.run}", data_map.map_layers(drop), ask=(), start=data_map.home(drop),
                                  overlay=data_map.overlay(drop), height=470))  # fmt: skip
        if event.overlay_id and event.overlay_id != drop.picked:
            drop.picked = event.overlay_id
            st.rerun(scope="fragment")
        finding = data_map.finding_of(drop, drop.picked)
        if finding is None:
            st.caption(w("pick_finding"))
        else:
            st.markdown(esc_markdown(finding.text(mind.lang)))
            if data_map.place_of(drop, drop.picked) is None:
                st.caption(w("no_place"))


table_and_map(drop)
