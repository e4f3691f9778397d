"""项目: drop or draw a footprint, read what it takes, plan what replaces it, compare, take the files, reserve."""

from __future__ import annotations

import streamlit as st

from app import cache, project_work
from app.parts import look, project_job, project_pool, project_view
from app.parts.downloads import downloads
from app.parts.guard import told, zone_or_stop
from app.parts.layer_tree import layer_tree, legend
from app.parts.map_view import MapState, map_view
from app.parts.project_intake import intake, take_drawing
from app.parts.project_words import w
from app.state import session
from app.words import t

opened = zone_or_stop()
mind, mine = session(), project_work.work()
look.heading(w("page"), w("lead"), mark=opened.zone.synthetic)
values = None
with st.sidebar, told():
    values = intake()
if values is None:
    st.stop()
busy = mine.job is not None or mine.files is not None
if mine.footprint is not None and not busy and mine.taken_key != project_work.wanted(values):
    mind.fly_to(project_work.bounds(mine.footprint))
    project_work.start_taking(opened, values)
    busy = True
with st.sidebar:
    label = w("replan" if mine.result is not None else "plan")
    if st.button(label, type="primary", key="project_plan", icon=":material/route:", width="stretch",
                 disabled=busy or mine.taken is None):  # fmt: skip
        project_work.start_planning(values)
        busy = True
taken, result = mine.taken, mine.result
# Each has a place of its own, whatever stands in it: the map below is never built anew, and a last tick of the bar
# cannot wipe the figures away.
running, said, figures = st.container(), st.container(), st.container()
if busy:
    with running:
        project_job.watch()
with said:
    project_job.notice()
if taken is not None:
    with figures:
        project_view.facts(taken, result)
extra = [] if taken is None else project_view.map_entries(f"{mine.key}{opened.version}", taken, result)
with st.sidebar:
    layers = layer_tree(extra, faint=("parcels", "farmland") if taken is not None else ())
    with st.expander(t("legend"), expanded=False):
        legend(layers)
left, right = st.columns([0.5, 0.5] if taken is not None else [0.74, 0.26], gap="small")
with left:
    lots = [e.source for e in extra if e.id in ("replacement", "candidates")][::-1]
    event = map_view(MapState("project", layers, ask=("parcels",), draw=("polygon", "line", "rectangle", "edit"),
                              overlay=project_view.overlay()))  # fmt: skip
    take_drawing(event)
    if event.clicked:
        hits = cache.hits(*event.clicked, lots)
        mine.picked = hits[0].row_id if hits else ""
    if result is not None:
        project_view.picked_lot(result)
if taken is None:
    if not busy and mine.notice is None:
        right.info(f"**{w('start_title')}**\n\n{w('start')}", icon=":material/upload_file:")
    st.stop()
with right:
    tabs = st.tabs([w(f"tab_{n}") for n in ("taken", "overlay", "judge", "plan", "compare", "files", "pool")])
    with tabs[0]:
        project_view.taken_tab(taken)
    with tabs[1]:
        project_view.overlay_tab(taken)
    with tabs[2]:
        project_view.judge_tab(taken, result)
    if result is None:
        for tab in tabs[3:]:
            tab.caption(w("not_planned"))
        st.stop()
    with tabs[3]:
        project_view.plan_tab(result)
    with tabs[4]:
        project_view.compare_tab(result)
    with tabs[5]:
        if mine.written is not None:
            downloads(mine.written, result.run_id)
        else:
            st.button(w("write"), key="project_write", icon=":material/description:", disabled=busy, type="primary",
                      on_click=project_work.start_writing, args=(cache.plans_folder(),))  # fmt: skip
            st.caption(w("write_help"))
    with tabs[6], told():
        if result.planned:
            project_pool.pool_tab(result, opened)
