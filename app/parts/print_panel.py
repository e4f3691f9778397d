"""打印/成果图: the dialog that every map opens: what part, on what paper; the file to take away."""

from __future__ import annotations

import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from app import cache, printing
from app.parts.figures import number
from app.parts.guard import told
from app.parts.print_words import w
from app.parts.safe_text import esc_markdown
from app.state import session
from geo.study import map_sheet

if TYPE_CHECKING:
    from app.parts.map_view import MapState

Corners = tuple[float, float, float, float]
_MIME = {"pdf": "application/pdf", "png": "image/png"}


def ask(state: MapState, corners: Corners | None) -> None:
    """Open the dialog for a map; ``corners``: what the browser shows, in degrees."""
    session().sheet = None
    from geo.report.map_image import get_ready

    threading.Thread(target=get_ready, name="sheets", daemon=True).start()  # while the visitor still chooses
    st.dialog(w("title"), width="medium", icon=":material/print:")(form)(state, corners)


def form(state: MapState, corners: Corners | None) -> None:
    """The choices, and the sheet once it is made. Usable in a dialog or on a page."""
    mind = session()
    st.caption(w("lead"))
    if not any(layer.on for layer in state.layers):
        st.warning(w("nothing"), icon=":material/layers_clear:")
        return
    areas = [*(["view"] if corners else []), "zone", *(["town"] if mind.town else [])]
    left, middle, right = st.columns(3)
    area = st.segmented_control(w("area"), areas, default=areas[0], key="sheet_area",
                                format_func=lambda a: w(f"area_{a}")) or areas[0]  # fmt: skip
    paper = left.segmented_control(w("paper"), ["A3", "A4"], default="A3", key="sheet_paper") or "A3"
    way = middle.segmented_control(w("portrait"), ["wide", "tall"], default="wide", key="sheet_way", format_func=w)
    kind = right.segmented_control(w("kind"), ["pdf", "png"], default="pdf", key="sheet_kind",
                                   format_func=lambda k: w(f"kind_{k}")) or "pdf"  # fmt: skip
    side = ""
    if state.swipe:
        names = dict(zip(("before", "after"), state.swipe, strict=True))
        side = st.segmented_control(w("side"), list(names), default="after", format_func=names.get) or "after"
    title = st.text_input(w("name"), key="sheet_title", max_chars=60, placeholder=_usual(state)).strip()
    wish = map_sheet.Wish(
        bounds=corners if area == "view" else None, town=mind.town if area == "town" else "", title=title,
        lang=mind.lang, cvd=mind.cvd, paper=paper, portrait=way == "tall",
    )  # fmt: skip
    key = (wish, kind, side, tuple(state.layers))
    if st.button(w("make"), type="primary", key="sheet_make", icon=":material/print:", width="stretch"):
        with told(), st.spinner(w("making")):
            mind.sheet = (key, *_made(state, wish, kind, side))
    if mind.sheet and mind.sheet[0] == key:
        _, name, body, scale = mind.sheet
        ready = w("ready", paper=paper, scale=f"{scale:,}".replace(",", " "), size=f"{number(len(body) / 1e6, 1)} MB")
        st.download_button(w("take", name=esc_markdown(name)), body, name, _MIME[kind], key="sheet_take",
                           icon=":material/download:", on_click="ignore", width="stretch", type="primary")  # fmt: skip
        st.caption(esc_markdown(ready))
        if kind == "png":
            st.image(body, width="stretch")


def _usual(state: MapState) -> str:
    zh, en = cache.zone_title()
    return map_sheet.usual_title(zh, en, [printing.theme_title(one) for one in state.layers if one.on], session().lang)


def _made(state: MapState, wish: map_sheet.Wish, kind: str, side: str) -> tuple[str, bytes, int]:
    from geo.report.view_sheet import sheet_frame

    view = printing.sheet_of(state, wish, side=side, heading=w("marked"))
    frame = sheet_frame(view.bounds, wish.paper, portrait=wish.portrait)
    with tempfile.TemporaryDirectory(prefix="tianchou-sheet-") as folder:
        path = map_sheet.write(view, wish, Path(folder) / f"sheet.{kind}")
        return printing.file_name(view.title, wish, kind), path.read_bytes(), frame.scale
