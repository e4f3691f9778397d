"""专题图: land by grade, block, owner or change; the way of classes is the visitor's; histogram and legend beside."""

from __future__ import annotations

import streamlit as st

from app import cache
from app.parts import look, thematic_view
from app.parts.guard import zone_or_stop
from app.parts.layer_tree import Entry, layer_tree, legend
from app.parts.map_view import MapState, map_view
from app.parts.parcel_card import parcel_card
from app.parts.thematic_words import w
from app.parts.towns import town_picker
from app.state import session
from app.words import t

opened = zone_or_stop()
mind = session()
look.heading(w("page"), w("lead"), mark=opened.zone.synthetic)
with st.sidebar:
    kind, method, classes = thematic_view.choices()
    town_picker()
made, note = thematic_view.theme_or_stop(opened, kind, method, classes)
source = cache.shelve_theme(opened, made, mind.lang)
with st.sidebar:
    change = bool(made.run)  # it covers few places: the land stays to be seen under it
    over = [Entry("theme", "group_base", True, 1.0, source=source, title=thematic_view.layer_name(made),
                  follows="" if change else "parcels")]  # fmt: skip
    layers = layer_tree(over, without=("farmland",) if change else ("parcels", "farmland"), faint=("parcels",))
    with st.expander(t("legend"), expanded=True):
        legend(layers)


@st.fragment
def map_and_classes() -> None:
    """The map beside the classes; a click runs only this."""
    left, right = st.columns([0.62, 0.38], gap="small")
    with left:
        event = map_view(MapState("thematic", layers, select=mind.selected, fly_to_select=mind.fly_to_selected))
        if event.clicked:
            mind.choose(cache.hits(*event.clicked, ("parcels",)))
    with right:
        thematic_view.class_table(made)
        if made.edges and len(made.signs) < classes:
            st.caption(w("fewer", n=len(made.signs)))
        thematic_view.histogram(made)
        st.caption(note)
        parcel_card()


map_and_classes()
