"""The side bar of the 项目 page: where the footprint comes from, what kind of project, what the plan must keep."""

from __future__ import annotations

from typing import Any

import streamlit as st

from app import project_work
from app.parts.map_view import MapEvent
from app.parts.parameter_form import parameter_form
from app.parts.project_words import w
from app.state import session
from app.words import pick
from geo.study import project

KINDS = ["txt", "zip", "shp", "shx", "dbf", "prj", "cpg", "gpkg", "geojson", "json", "kml"]
ABOUT = ("type", "project_name", "project_no", "urgent", "on", "applicant", "designer", "basis")
TERMS = ("area_ratio", "require_contiguity", "allow_split", "priorities", "alternatives", "paddy_ratio", "grade_slack",
         "gap_m", "tolerance", "difference", "near_equal", "gap", "time_limit_s", "seed")  # fmt: skip


def intake() -> dict[str, Any]:
    """The widgets; the values of the study as chosen. The footprint is read on the way."""
    mine, lang = project_work.work(), session().lang
    uploads = st.file_uploader(w("files"), type=KINDS, accept_multiple_files=True, key="project_files",
                               help=w("files_help"))  # fmt: skip
    several = "options"
    if len(uploads) > 1:
        words = {c[0]: pick(c[1], c[2]) for c in project.SPEC.input("several").choices}
        several = st.segmented_control(w("several"), list(words), default="options", key=f"project_several_{lang}",
                                       format_func=words.get) or "options"  # fmt: skip
    width = st.number_input(w("width"), 0.0, 2000.0, 0.0, 5.0, key="project_width", format="%g")
    with st.expander(w("vertices"), expanded=False, key="project_pasted"):
        pasted = st.text_area(w("vertices"), key="project_vertices", height=160, help=w("vertices_help"),
                              label_visibility="collapsed", placeholder=w("vertices_help"))  # fmt: skip
    if mine.drawn and st.button(f"{w('use_drawn', n=len(mine.drawn))} · {w('clear')}", key="project_clear",
                                icon=":material/delete:", type="tertiary"):  # fmt: skip
        mine.drawn = []
        st.rerun()
    project_work.read(uploads, pasted, width_m=float(width), several=several)
    chosen = parameter_form(project.SPEC, names=ABOUT)
    option: tuple[str, ...] = ()
    labels = [] if mine.footprint is None else list(dict.fromkeys(mine.footprint["option"]))
    if len(labels) > 1:
        option = (st.segmented_control(w("option"), labels, default=labels[0], key="project_option") or labels[0],)
    with st.expander(w("terms"), expanded=False):
        chosen |= parameter_form(project.SPEC, names=TERMS)
    return project.SPEC.values({**chosen, "width_m": float(width), "several": several, "option": option})


def take_drawing(event: MapEvent) -> None:
    """A shape drawn or changed on the map becomes (part of) the footprint."""
    mine = project_work.work()
    if event.drawn is None:
        return
    place = event.drawn_id.removeprefix("drawn-")
    if event.drawn_as == "edit" and place.isdigit() and int(place) < len(mine.drawn):
        mine.drawn[int(place)] = event.drawn
    else:
        mine.drawn = [*mine.drawn, event.drawn]
    st.rerun()
