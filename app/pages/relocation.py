"""布局调整: set the terms, plan, watch, compare before and after, take the files away."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from app import cache
from app.parts import look, plan_desk_view, plan_job, stages_view
from app.parts.guard import told, zone_or_stop
from app.parts.layer_tree import layer_tree, legend
from app.parts.map_view import MapState, map_view
from app.parts.parameter_form import parameter_form
from app.parts.parcel_card import parcel_card
from app.parts.plan_area_locks import outline_panel, outlined, village_locks
from app.parts.plan_facts import plan_layers
from app.parts.plan_words import w
from app.parts.plot_panel import pins_told, plot_panel
from app.parts.towns import town_picker
from app.state import session
from app.words import t
from geo.study import relocation

if TYPE_CHECKING:
    from app.plan_desk import Desk
    from app.plan_view import PlanView

opened = zone_or_stop()
mind = session()
look.heading(t("page_relocation"), t("relocation_lead"), mark=opened.zone.synthetic)

with st.sidebar:
    press = st.button(t("plan_button"), type="primary", key="plan", icon=":material/route:", width="stretch",
                      disabled=mind.job is not None)  # fmt: skip
    with st.expander(t("plan_terms"), expanded=False, key="plan_terms"):
        chosen, years = parameter_form(relocation.SPEC), stages_view.years_asked()
    with st.expander(w("area_locks"), expanded=False, key="area_locks"):
        village_locks()
    pins_told()
    mind.compare = st.segmented_control(
        t("compare"), ["overlay", "swipe"], default=mind.compare, key="compare",
        format_func=lambda c: t("compare_" + c), width="stretch",
    ) or mind.compare  # fmt: skip
    town_picker()
if press:
    with told():
        plan_job.start(opened, relocation.SPEC.values(chosen), mind.plan, years=years)
with st.container(key="plan_job"):  # always there: what stands below keeps its place, and the map its life
    if mind.job is not None:
        plan_job.watch()
    plan_job.notice()
plan = None
with told():
    plan = mind.plan or cache.standing_plan(opened)
desk = plan_desk_view.desk_of(plan) if plan is not None else None
compare = mind.compare == "swipe" and plan is not None and plan.planned
with st.sidebar:
    extra = plan_layers(plan, opened, compare=compare) if plan is not None else []
    layers = layer_tree(extra, faint=("parcels",) if compare or plan is None else ("parcels", "farmland"),
                        before=("farmland",) if compare else ())  # fmt: skip
    with st.expander(t("legend"), expanded=False):
        legend(layers)
with st.container(key="plan_facts"):
    plan_desk_view.above_the_map(plan, desk)


@st.fragment
def map_and_results(plan: PlanView | None, desk: Desk | None) -> None:
    """The map beside the results; a click or a chosen row runs only this. Without a plan, the land as it is."""
    left, right = st.columns([0.56, 0.44], gap="small")
    asked = {e.id: e.source for e in extra if e.id in ("moved_out", "moved_in", "waiting")}
    ask = (*asked.values(), *(["reserve"] if opened.zone.has("reserve") else []), "parcels")
    with right:
        if plan is not None and desk is not None:
            plan_desk_view.beside_the_map(desk, plan, opened, asked)
    with left:
        event = map_view(MapState("relocation", layers, ask=ask, select=mind.selected,
                                  lasso=desk is not None and desk.result is not None,
                                  fly_to_select=mind.fly_to_selected,
                                  swipe=(t("before"), t("after")) if compare else None,
                                  overlay=plan_desk_view.marks(desk, plan)))  # fmt: skip
        if event.clicked:
            mind.choose(cache.hits(*event.clicked, ask))
        if event.lasso and desk is not None:
            outlined(desk, event.lasso)
            st.rerun(scope="fragment")  # the map draws the outline as the page's own, and forgets it with the page
    with right:
        if plan is not None and desk is not None:
            outline_panel(desk)
            plot_panel(desk, plan)
        parcel_card(tuple(asked.values()))


map_and_results(plan, desk)
