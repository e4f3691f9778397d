"""混合用地: choose townships and distances, look, read why each site stands where it does, take the files."""

from __future__ import annotations

import streamlit as st

from app import cache, mixed_work
from app.parts import look, mixed_job, mixed_view
from app.parts.downloads import downloads
from app.parts.guard import told, zone_or_stop
from app.parts.layer_tree import layer_tree, legend
from app.parts.map_view import MapState, map_view
from app.parts.mixed_words import w
from app.parts.parameter_form import parameter_form
from app.words import t
from geo.study.mixed_result import SPEC

opened = zone_or_stop()
mine = mixed_work.work()
look.heading(w("page"), w("lead"), mark=opened.zone.synthetic)
busy = mine.job is not None or mine.files is not None
values = None
with st.sidebar, told():
    names = dict(cache.towns())
    chosen = st.multiselect(w("area"), list(names), key="mixed_towns", format_func=lambda c: names[c],
                            placeholder=w("area_all"))  # fmt: skip
    asked = parameter_form(SPEC, names=[i.name for i in SPEC.inputs if i.name != "units"])
    values = SPEC.values({**asked, "units": tuple(chosen)})
with st.sidebar:
    if st.button(w("plan"), type="primary", key="mixed_plan", width="stretch", icon=":material/travel_explore:",
                 disabled=busy or values is None):  # fmt: skip
        mixed_work.start(opened, values)
        busy = True
result = mine.result
# Each has a place of its own, whatever stands in it: the map below is never built anew.
running, said, figures = st.container(), st.container(), st.container()
if busy:
    with running:
        mixed_job.watch()
with said:
    mixed_job.notice()
if result is not None:
    with figures:
        mixed_view.facts(result)
extra = [] if result is None else mixed_view.map_entries(result)
with st.sidebar:
    layers = layer_tree(extra, faint=("parcels", "farmland") if result is not None else ())
    with st.expander(t("legend"), expanded=False):
        legend(layers)
left, right = st.columns([0.52, 0.48], gap="small")
with left:
    event = map_view(MapState("mixed", layers, ask=("usesites", "useplots", "parcels")))
    if result is not None:
        if event.clicked:
            hits = cache.hits(*event.clicked, [e.source for e in extra if e.id == "usesites"])
            mine.picked = hits[0].row_id if hits else ""
        mixed_view.card(result)
if result is None:
    if not busy and mine.notice is None:
        right.info(f"**{w('start_title')}**\n\n{w('start')}", icon=":material/travel_explore:")
    st.stop()
with right:
    rooms = ("sites", "cover", "rural", "matrix", "notes", "files")
    tabs = st.tabs([w(f"tab_{n}") for n in rooms])
    for tab, name in zip(tabs[:5], rooms, strict=False):
        with tab:
            getattr(mixed_view, f"{name}_tab")(result)
    with tabs[5]:
        if mine.written is not None:
            downloads(mine.written, result.run_id)
        else:
            st.button(w("write"), key="mixed_write", icon=":material/description:", disabled=busy, type="primary",
                      on_click=mixed_work.start_writing, args=(cache.plans_folder(),))  # fmt: skip
            st.caption(w("write_help"))
