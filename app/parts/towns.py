"""The township picker: the map flies there."""

from __future__ import annotations

import streamlit as st

from app import cache
from app.state import session
from app.words import place, t


def town_picker() -> str:
    """Code of the township chosen, '' for all."""
    mind = session()
    names = {"": t("town_all"), **{code: place(name) for code, name in cache.towns()}}
    codes = list(names)
    chosen = st.selectbox(t("town"), codes, index=codes.index(mind.town) if mind.town in codes else 0,
                          format_func=lambda c: names.get(c, c), key=f"town_{mind.lang}")  # fmt: skip
    if chosen != mind.town:
        mind.town = chosen
        mind.fly_to(cache.town_bounds(chosen))
    return chosen
