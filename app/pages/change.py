"""变化: two surveys in, what became what out; re-survey told from change, farmland lost by cause."""

from __future__ import annotations

import streamlit as st

from app.parts import change_job, change_view, look
from app.parts.change_words import w
from app.parts.downloads import downloads
from app.parts.guard import told, zone_or_stop
from app.parts.layer_tree import layer_tree, legend
from app.parts.map_view import MapState, map_view
from app.parts.parameter_form import parameter_form
from app.state import session
from app.words import t
from geo.study.change import SPEC

opened = zone_or_stop()
mind = session()
look.heading(w("page"), w("lead"), mark=opened.zone.synthetic)
with st.sidebar:
    year = opened.zone.survey_year or "–"
    first = st.file_uploader(w("before"), accept_multiple_files=True, key="change_before", help=w("drop_note"))
    second = st.file_uploader(w("after"), accept_multiple_files=True, key="change_after", help=w("drop_note"))
    st.caption(w("zone", year=year))
    values = parameter_form(SPEC)
    asked = st.button(w("run"), key="change_run", type="primary", icon=":material/compare:", width="stretch")
    sample = opened.zone.synthetic and not second and st.button(w("sample"), key="change_sample", help=w("sample_note"),
                                                               width="stretch")  # fmt: skip
if asked and not first and not second:
    st.warning(w("same"), icon=":material/info:")
elif asked or sample:
    with told(), st.spinner(w("running")):
        change_job.compare(opened, first, second, SPEC.values(values), sample=bool(sample))
if mind.change is None:
    st.info(f"**{w('start_title')}**  {w('start')}", icon=":material/compare:")
    st.stop()
result = mind.change.result
with st.sidebar:
    found = change_view.layers(result)
    layers = layer_tree(found, faint=("parcels", "farmland"))
    with st.expander(t("legend"), expanded=False):
        legend(layers)
change_view.figures(result)


@st.fragment
def map_and_tables() -> None:
    """The map beside the tables; a place chosen runs only this."""
    left, right = st.columns([0.5, 0.5], gap="small")
    sources = tuple(e.source for e in reversed(found))
    with right:
        tabs = st.tabs([w(f"tab_{k}", **({"n": len(result.findings)} if k == "notes" else {}))
                        for k in ("flow", "list", "balance", "matrix", "farmland", "notes", "files")])  # fmt: skip
        with tabs[0]:
            change_view.flow(result)
        with tabs[1]:
            row = change_view.places(result)
        for tab, show in zip(tabs[2:6], (change_view.balance, change_view.matrix, change_view.farmland,
                                         change_view.notes), strict=True):  # fmt: skip
            with tab:
                show(result)
        with tabs[6], told():
            if st.button(w("make_files"), key="change_files", icon=":material/folder_zip:"):
                mind.change.files = change_job.files(mind.change, mind.lang)
            if mind.change.files is not None:
                downloads(mind.change.files, result.run_id)
    if row:
        mind.select(sources[0], row, fly=True)
        st.rerun(scope="fragment")
    with left:
        map_view(MapState("change", layers, ask=(*sources, "parcels"), select=mind.selected,
                          fly_to_select=mind.fly_to_selected))  # fmt: skip


map_and_tables()
