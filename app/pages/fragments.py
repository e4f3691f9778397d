"""零星识别: move a threshold and see which pieces inside the lines count as fragments."""

from __future__ import annotations

import streamlit as st

from app import cache
from app.parts import look
from app.parts.fragment_facts import fragment_facts, fragment_layers
from app.parts.guard import told, zone_or_stop
from app.parts.layer_tree import layer_tree, legend
from app.parts.map_view import MapState, map_view
from app.parts.parameter_form import parameter_form
from app.parts.parcel_card import parcel_card
from app.parts.tables import fragment_table, line_table, pick_row, plain_table, sensitivity_html, table_height
from app.parts.towns import town_picker
from app.state import session
from app.words import t
from geo.study import conflicts

opened = zone_or_stop()
mind = session()
result = None

look.heading(t("page_fragments"), t("fragments_lead"), mark=opened.zone.synthetic)
with st.sidebar:
    chosen = parameter_form(conflicts.SPEC, live=True)
    town = town_picker()
with told(), st.spinner(t("measuring")):
    result = cache.conflicts(opened, conflicts.SPEC.values(chosen))
if result is None:
    st.stop()
with st.sidebar:
    layers = layer_tree(fragment_layers(result), faint=("parcels", "farmland"))
    with st.expander(t("legend"), expanded=False):
        legend(layers)
look.facts(fragment_facts(result, town))


@st.fragment
def map_and_tables() -> None:
    """The map beside the tables; a click or a chosen row runs only this."""
    left, right = st.columns([0.56, 0.44], gap="small")
    asked = tuple(e.source for e in fragment_layers(result) if e.id == "fragments")
    with right:
        listed, by_line, spread = st.tabs([t("tab_list"), t("tab_lines"), t("tab_sensitivity")])
        with listed:
            table, ids = fragment_table(result, town)
            row = pick_row(table, ids, key=f"fragments_{result.run_id}_{town}", height=table_height())
        if row:
            mind.select(asked[0], row, fly=True)
            st.rerun(scope="fragment")
        with by_line:
            plain_table(line_table(result, town))
            st.caption(t("lines_overlap"))
        with spread:
            st.html(sensitivity_html(result))
            st.caption(t("sensitivity_note"))
    with left:
        event = map_view(MapState("fragments", layers, ask=(*asked, "parcels"), select=mind.selected,
                                  fly_to_select=mind.fly_to_selected))  # fmt: skip
        if event.clicked:
            mind.choose(cache.hits(*event.clicked, (*asked, "parcels")))
    with right:
        parcel_card(asked)


map_and_tables()
