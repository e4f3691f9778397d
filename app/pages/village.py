"""村庄: choose townships, make the scheme, pin hamlets that will not move, run again, take the files."""

from __future__ import annotations

import streamlit as st

from app import cache, village_work
from app.parts import look, village_job, village_view
from app.parts.downloads import downloads
from app.parts.guard import told, zone_or_stop
from app.parts.layer_tree import layer_tree, legend
from app.parts.map_view import MapState, map_view
from app.parts.parameter_form import parameter_form
from app.parts.village_words import w
from app.state import session
from app.words import t
from geo.study.village_result import SPEC

opened = zone_or_stop()
mind, mine = session(), village_work.work()
look.heading(w("page"), w("lead"), mark=opened.zone.synthetic)
busy = mine.job is not None or mine.files is not None
values = None
with st.sidebar, told():
    names = dict(cache.towns())
    chosen = st.multiselect(w("area"), list(names), key="village_towns", format_func=lambda c: names[c],
                            placeholder=w("area_all"))  # fmt: skip
    with st.expander(w("tables"), expanded=False):
        households, rooms = (st.file_uploader(w(n), type=["csv"], key=f"village_{n}", help=w(f"{n}_help"))
                             for n in ("households", "capacities"))  # fmt: skip
    asked = parameter_form(SPEC, names=[i.name for i in SPEC.inputs if i.name not in ("units", "pins")])
    village_work.read_tables(households, rooms)
    values = SPEC.values({**asked, "units": tuple(chosen), "pins": mine.pins})
with st.sidebar:
    if st.button(w("plan" if mine.result is None else "replan"), type="primary", key="village_plan", width="stretch",
                 icon=":material/holiday_village:", disabled=busy or values is None):  # fmt: skip
        village_work.start(opened, values)
        busy = True
result = mine.result
# Each has a place of its own, whatever stands in it: the map below is never built anew.
running, said, figures = st.container(), st.container(), st.container()
if busy:
    with running:
        village_job.watch()
with said:
    village_job.notice()
if result is not None:
    with figures:
        village_view.facts(result)
extra = [] if result is None else village_view.map_entries(result)
with st.sidebar:
    layers = layer_tree(extra, faint=("parcels", "farmland") if result is not None else ())
    with st.expander(t("legend"), expanded=False):
        legend(layers)
left, right = st.columns([0.52, 0.48], gap="small")
with left:
    event = map_view(MapState("village", layers, ask=("hamlets", "parcels"),
                              overlay=None if result is None else village_view.overlay(result)))  # fmt: skip
    if result is not None:
        if event.clicked:
            hits = cache.hits(*event.clicked, [e.source for e in extra if e.id == "hamlets"])
            mine.picked = hits[0].row_id if hits else ""
        elif event.overlay_id:
            mine.picked = event.overlay_id
        village_view.card(result)
if result is None:
    if not busy and mine.notice is None:
        right.info(f"**{w('start_title')}**\n\n{w('start')}", icon=":material/holiday_village:")
    st.stop()
with right:
    rooms_of = ("scheme", "land", "moves", "places", "quota", "proof", "assumed", "files")
    tabs = st.tabs([w(f"tab_{n}") for n in rooms_of])
    for tab, name in zip(tabs[:-1], rooms_of, strict=False):
        with tab:
            getattr(village_view, f"{name}_tab")(result)
    with tabs[-1]:
        if mine.written is not None:
            downloads(mine.written, result.run_id)
        else:
            st.button(w("write"), key="village_write", icon=":material/description:", disabled=busy, type="primary",
                      on_click=village_work.start_writing, args=(cache.plans_folder(),))  # fmt: skip
            st.caption(w("write_help"))
