"""The visitor's own layers: shapes drawn on the map, saved as layers, and files brought in; shown in place at once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePosixPath

import streamlit as st

from app import cache, selecting, uploads
from app.parts import figures
from app.parts.guard import told
from app.parts.map_words import w
from app.parts.safe_text import esc_markdown
from app.parts.work_panel import change
from app.state import session
from app.work import Shape, digest


def mine_panel() -> None:
    """Upload, draft, saved layers."""
    _upload()
    _draft()
    for place, (address, name) in enumerate(session().work.now.layers):
        if address in cache.shelf():
            _layer(place, address, name)


def _upload() -> None:
    mind = session()
    brought = st.file_uploader(w("page_upload"), type=list(uploads.KINDS), key="upload_layer")
    if brought is None:
        return
    body = brought.getvalue()
    mark = digest(brought.name, len(body), body)
    if mark in mind.uploads_seen:
        return
    mind.uploads_seen = (*mind.uploads_seen[-20:], mark)
    with told():
        frame = uploads.read_upload(brought.name, body)
        address = uploads.shelve_mine("uploaded", frame)
        name = PurePosixPath(brought.name).stem[:60]
        others = tuple(x for x in mind.work.now.layers if x[0] != address)
        change(lambda work: replace(work, layers=(*others, (address, name))), "upload")
        _fly(address)
        st.rerun()


def _draft() -> None:
    shapes = session().work.now.shapes
    if not shapes:
        st.caption(w("page_draft_none"))
        return
    st.markdown(f"**{w('page_draft', n=len(shapes))}**")
    for shape in shapes:
        _shape(shape)
    with st.form("save_draft", border=False):
        name = st.text_input(w("page_layer_name"), value=w("page_save_first", n=len(session().work.now.layers) + 1),
                             max_chars=60)  # fmt: skip
        if st.form_submit_button(w("page_save"), key="save_draft_press", icon=":material/save:"):
            frame = uploads.shapes_frame(shapes)
            if not len(frame):
                st.warning(w("page_no_polygon"))
                return
            address = uploads.shelve_mine("drawn", frame)
            kept = tuple(s for s in shapes if s.geojson["type"] not in ("Polygon", "MultiPolygon"))
            change(
                lambda work: replace(work, layers=(*work.layers, (address, name.strip() or "–")), shapes=kept), "save"
            )
            st.rerun()


def _shape(shape: Shape) -> None:
    text, inside, away = st.columns([0.52, 0.32, 0.16], vertical_alignment="center", gap="small")
    frame = uploads.shapes_frame([shape])
    size = f" · {figures.area(float(frame['area_m2'].iloc[0]))}" if len(frame) else ""
    text.caption(esc_markdown(shape.name + size))
    if len(frame) and inside.button(w("page_inside"), key=f"inside_{shape.id}", width="stretch"):
        rows = selecting.by_outline("parcels", shape.geojson)
        change(lambda work: work.choose(rows), "select")
        st.rerun()
    if away.button("", icon=":material/delete:", key=f"drop_{shape.id}", help=w("page_remove")):
        change(lambda work: replace(work, shapes=tuple(s for s in work.shapes if s.id != shape.id)), "delete")
        st.rerun()


def _layer(place: int, address: str, name: str) -> None:
    from geo.geometry.ellipsoid import areas

    frame = cache.layer_index(address).frame
    st.caption(esc_markdown(w("page_uploaded", name=name, n=f"{len(frame):,}",
                              area=figures.area(float(areas(frame).sum())))))  # fmt: skip
    show, take, away = st.columns(3, gap="small")
    if show.button(w("page_fly"), key=f"mine_fly_{place}", width="stretch"):
        _fly(address)
        st.rerun()
    take.download_button(w("page_download"), uploads.as_gpkg(frame, name), f"{name}.gpkg", key=f"mine_take_{place}",
                         on_click="ignore", width="stretch")  # fmt: skip
    if away.button(w("page_remove"), key=f"mine_drop_{place}", width="stretch"):
        change(lambda work: replace(work, layers=tuple(x for x in work.layers if x[0] != address)), "delete")
        st.rerun()


def _fly(address: str) -> None:
    west, south, east, north = cache.layer_index(address).bounds
    session().fly_to(((south, west), (north, east)))
