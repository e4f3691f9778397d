"""The choice of a background: none by default, never required."""

from __future__ import annotations

import streamlit as st

from app import backdrops
from app.parts.map_words import w
from app.state import session


def background() -> None:
    """In the current container: none, the office's tiles, 天地图."""
    mind = session()
    with st.expander(w("page_background"), expanded=False):
        there = list(backdrops.choices())
        offered = ["none", "office", "tianditu"]
        now = mind.backdrop if mind.backdrop in offered else "none"
        names = {n: w(f"page_bg_{n}") for n in offered}
        mind.backdrop = st.radio(w("page_background"), offered, offered.index(now), key=f"backdrop_{mind.lang}",
                                 format_func=names.get, label_visibility="collapsed")  # fmt: skip
        if mind.backdrop == "office":
            mind.backdrop_url = st.text_input(w("page_bg_address"), value=mind.backdrop_url, key="backdrop_url",
                                              max_chars=500).strip()  # fmt: skip
            if mind.backdrop_url and "office" not in backdrops.choices():
                st.warning(w("page_bg_bad"))
        if mind.backdrop == "tianditu" and ("tianditu" not in there or mind.tianditu_key):
            mind.tianditu_key = st.text_input(w("page_bg_key"), value=mind.tianditu_key, key="backdrop_key",
                                              type="password", max_chars=64).strip()  # fmt: skip
            if mind.tianditu_key and "tianditu" not in backdrops.choices():
                st.warning(w("page_bg_bad_key"))
        if mind.backdrop != "none":
            st.caption(w("page_bg_note"))
