"""What a visitor does on the map, kept with undo and redo: selecting, drawing, bringing layers, pinning plots."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import streamlit as st

from app import cache, selecting
from app.history import History
from app.parts.map_view import MapEvent
from app.parts.map_words import PAGE_WORDS, w
from app.parts.safe_text import esc_markdown
from app.state import session
from app.work import Work
from geo.report.view_layers import STYLE_COLUMN

_FORM = "relocate"  # the study whose form takes the pins
DRAW = ("polygon", "line", "rectangle", "edit")


def change(step: Callable[[Work], Work], did: str) -> None:
    """One step of the visitor's work, to be taken back by ``undo``."""
    _put(session().work.do(step(session().work.now), PAGE_WORDS[f"page_did_{did}"]))


def _put(work: History[Work]) -> None:
    """Make it the present work; pins that changed go into the form of 布局调整."""
    mind = session()
    old, mind.work = mind.work.now, work
    for name in ("lock_in", "lock_out"):
        if getattr(old, name) != getattr(work.now, name):
            mind.values.setdefault(_FORM, {})[name] = getattr(work.now, name)
            st.session_state.pop(f"form_{_FORM}_{name}", None)


def take(event: MapEvent, ask: tuple[str, ...]) -> None:
    """What happened on the map becomes a selection, a shape, or a choice of one row."""
    mind = session()
    if event.clicked:
        found = cache.hits(*event.clicked, ask)
        if event.more:
            if found:
                change(lambda work: work.toggle((found[0].layer, found[0].row_id)), "select")
        else:
            mind.choose(found)
    elif event.found and event.found[0] in STYLE_COLUMN and cache.hit(*event.found):
        mind.select(*event.found)
    elif event.lasso:
        rows = selecting.by_outline(ask[0], event.lasso)
        change(lambda work: work.choose(rows), "select")
    elif event.drawn and event.drawn_as == "edit" and event.drawn_id:
        change(lambda work: work.redraw(event.drawn_id, event.drawn or {}), "edit")
    elif event.drawn and event.drawn_as != "edit":
        change(lambda work: work.draw(event.drawn or {}, w("page_shape", n="{n}")), "draw")


def overlay() -> dict[str, Any] | None:
    """The draft's shapes for the map."""
    shapes = session().work.now.shapes
    if not shapes:
        return None
    return {"type": "FeatureCollection", "features": [
        {"type": "Feature", "geometry": s.geojson,
         "properties": {"id": s.id, "title": s.name, "colour": "#4A1FB8", "edit": True}} for s in shapes
    ]}  # fmt: skip


def undo_bar() -> None:
    """Undo and redo, each saying what it would do."""
    mind = session()
    place = 1 if mind.lang == "en" else 0
    left, right, _ = st.columns([0.3, 0.3, 0.4], gap="small")
    back, again = mind.work.undoes, mind.work.redoes
    if left.button("", icon=":material/undo:", key="work_undo", disabled=back is None, width="stretch",
                   help=w("page_undo", what=back[place]) if back else w("page_undo_none")):  # fmt: skip
        _put(mind.work.undo())
        st.rerun()
    if right.button("", icon=":material/redo:", key="work_redo", disabled=again is None, width="stretch",
                    help=w("page_redo", what=again[place]) if again else w("page_redo_none")):  # fmt: skip
        _put(mind.work.redo())
        st.rerun()


def link_notes() -> None:
    """Once: what a link asked for that is not here any more."""
    mind = session()
    opened = cache.open_zone()
    if mind.linked_zone and mind.linked_zone != opened.version:
        st.warning(w("page_link_old", zone=esc_markdown(mind.linked_zone)), icon=":material/link_off:")
    if mind.linked_row and cache.hit(*mind.linked_row) is None:
        st.warning(w("page_link_row", row=esc_markdown(mind.linked_row[1])), icon=":material/link_off:")
        if mind.selected == mind.linked_row:
            mind.clear()
    mind.linked_zone, mind.linked_row = "", None


def pin_selected(*, inside: bool) -> None:
    """The selected reserve lots and parcels become locks of the relocation form."""
    ids = [row_id for layer, row_id in session().work.now.chosen if layer in ("reserve", "parcels")]
    if not ids:
        st.toast(w("page_pin_kinds"))
        return
    change(lambda work: work.pin(ids, inside=inside), "pin")


def unpin() -> None:
    change(lambda work: replace(work, lock_in=(), lock_out=()), "pin")
