"""成果: print the zone as it is shown, and take the files of the plan."""

from __future__ import annotations

import streamlit as st

from app import cache
from app.parts import look, print_panel
from app.parts.downloads import downloads
from app.parts.guard import told, zone_or_stop
from app.parts.layer_tree import layer_tree
from app.parts.map_view import MapState
from app.parts.nav_words import w
from app.parts.print_words import w as print_word
from app.parts.towns import town_picker
from app.state import session

opened = zone_or_stop()
mind = session()
look.heading(w("results"), w("results_lead"), mark=opened.zone.synthetic)
with st.sidebar:
    town_picker()
    layers = layer_tree()
left, right = st.columns([0.55, 0.45], gap="medium")
with left:
    st.subheader(print_word("title"), anchor=False)
    print_panel.form(MapState("results", layers), None)
with right:
    st.subheader(w("results_files"), anchor=False)
    plan = None
    with told():
        plan = mind.plan or cache.standing_plan(opened)
    if plan is None or not plan.planned:
        st.info(w("results_none"), icon=":material/folder_open:")
    else:
        downloads(plan.folder, plan.run_id, job=mind.files)
