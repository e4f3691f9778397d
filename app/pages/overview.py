"""总览: the zone on one map, and any parcel in plain words."""

from __future__ import annotations

import streamlit as st

from app import cache
from app.parts import look
from app.parts.composition import composition
from app.parts.guard import zone_or_stop
from app.parts.layer_tree import layer_tree, legend
from app.parts.map_view import MapState, map_view
from app.parts.parcel_card import parcel_card
from app.parts.towns import town_picker
from app.parts.zone_facts import zone_facts
from app.state import session
from app.words import pick, t

opened = zone_or_stop()
mind = session()

with st.sidebar:
    town_picker()
    layers = layer_tree()
    mind.cvd = st.toggle(t("cvd"), value=mind.cvd, key="cvd")
    with st.expander(t("legend"), expanded=True):
        legend(layers)

look.heading(pick(*cache.zone_title()), t("overview_lead"), mark=opened.zone.synthetic)
look.facts(zone_facts(opened))


@st.fragment
def map_and_card() -> None:
    """The map beside the card; a click runs only this."""
    left, right = st.columns([0.73, 0.27], gap="small")
    with left:
        event = map_view(MapState("overview", layers, ask=("parcels",), select=mind.selected,
                                  fly_to_select=mind.fly_to_selected))  # fmt: skip
    if event.clicked:
        mind.choose(cache.hits(*event.clicked, ("parcels",)))
    with right:
        parcel_card(hint=True)
        if mind.selected is None:
            composition(opened)


map_and_card()
