"""总览: the zone on one map: any parcel in plain words, a selection as a table, shapes drawn and layers brought in."""

from __future__ import annotations

import streamlit as st

from app import cache
from app.parts import look, work_panel
from app.parts.background import background
from app.parts.composition import composition
from app.parts.curtain import curtain, uncover
from app.parts.guard import zone_or_stop
from app.parts.layer_tree import layer_tree, legend
from app.parts.map_view import MapState, map_view
from app.parts.map_words import w
from app.parts.mine_panel import mine_panel
from app.parts.parcel_card import parcel_card
from app.parts.selection_panel import selection_panel
from app.parts.towns import town_picker
from app.parts.zone_facts import zone_facts
from app.state import session
from app.words import pick, t

opened = zone_or_stop()
mind = session()

look.heading(pick(*cache.zone_title()), t("overview_lead"), mark=opened.zone.synthetic)
look.facts(zone_facts(opened))
work_panel.link_notes()
with st.sidebar:
    town_picker()
    extra, swipe = curtain(opened)
    layers = uncover(layer_tree(extra), swipe)
    mind.cvd = st.toggle(t("cvd"), value=mind.cvd, key="cvd")
    with st.expander(t("legend"), expanded=True):
        legend(layers)
    background()


@st.fragment
def map_and_card() -> None:
    """The map beside the card; a click runs only this, a change of the layers all."""
    left, right = st.columns([0.73, 0.27], gap="small")
    before = mind.work
    with left:
        event = map_view(MapState(
            "overview", layers, select=mind.selected, fly_to_select=mind.fly_to_selected, swipe=swipe,
            draw=work_panel.DRAW, lasso=True, overlay=work_panel.overlay(),
        ))  # fmt: skip
    work_panel.take(event, ("parcels",))
    if mind.work is not before:
        st.rerun()
    with right:
        work_panel.undo_bar()
        card, chosen, mine = st.tabs(
            [w("page_tab_card"), w("page_tab_selection", n=len(mind.work.now.chosen)), w("page_tab_mine")]
        )
        with card:
            parcel_card(hint=True)
            if mind.selected is None:
                composition(opened)
        with chosen:
            selection_panel()
        with mine:
            mine_panel()


map_and_card()
