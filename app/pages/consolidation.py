"""全域整治: choose or draw a unit; sources of cropland, the scheme with its proof, the form, the fund."""

from __future__ import annotations

import streamlit as st

from app import cache
from app.parts import consolidation_view, look
from app.parts.consolidation_words import w
from app.parts.guard import told, zone_or_stop
from app.parts.layer_tree import layer_tree, legend
from app.parts.map_view import MapState, map_view
from app.parts.parameter_form import parameter_form
from app.state import session
from app.words import t
from geo.study.consolidation_result import SPEC

opened = zone_or_stop()
mind = session()
look.heading(w("page"), w("lead"), mark=opened.zone.synthetic)
with st.sidebar:
    names = dict(cache.towns())
    chosen = st.multiselect(w("towns"), list(names), key="consolidation_towns", format_func=lambda c: names[c],
                            placeholder=w("towns_all"))  # fmt: skip
    if mind.consolidation_area is not None:
        st.caption(w("drawn"))
        if st.button(w("forget"), key="consolidation_forget"):
            mind.consolidation_area = None
            st.rerun()
    asked = parameter_form(SPEC, names=[i.name for i in SPEC.inputs if i.name != "units"])
    go = st.button(w("run"), key="consolidation_run", type="primary", icon=":material/agriculture:", width="stretch")
if go:
    with told(), st.spinner(w("running")):
        values = SPEC.values({**asked, "units": tuple(chosen)})
        mind.consolidation = consolidation_view.make(opened, values, mind.consolidation_area)
standing = mind.consolidation
extra = [] if standing is None else consolidation_view.entries(standing)
with st.sidebar:
    layers = layer_tree(extra, faint=("parcels", "farmland") if extra else ())
    with st.expander(t("legend"), expanded=False):
        legend(layers)
if standing is not None:
    consolidation_view.figures(standing.result)
left, right = st.columns([0.5, 0.5], gap="small")
with left:
    event = map_view(MapState("consolidation", layers, ask=(*(e.source for e in reversed(extra)), "parcels"),
                              draw=("polygon",)))  # fmt: skip
    if event.drawn and event.drawn != mind.consolidation_area:
        mind.consolidation_area = event.drawn
        st.rerun()
with right:
    if standing is None:
        st.info(f"**{w('start_title')}**\n\n{w('start')}", icon=":material/agriculture:")
    else:
        with told():
            consolidation_view.tabs(standing)
