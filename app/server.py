"""``streamlit run app/server.py``: Streamlit and the map's own routes in one process."""

from __future__ import annotations

import threading
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import streamlit as st
from streamlit.runtime.pages_manager import PagesManager

from app.routes import ROUTES

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@asynccontextmanager
async def warm_up(_: st.App) -> AsyncIterator[None]:
    """Read the zone and index its layers while the browser is still opening."""
    threading.Thread(target=_read_ahead, name="read-ahead", daemon=True).start()
    yield


def _read_ahead() -> None:
    from app import cache
    from geo.errors import InputProblem

    try:
        for name in ("parcels", "farmland", "boundary", "redline", "reserve"):
            if cache.has_layer(cache.open_zone().zone, name):
                cache.layer_index(name)
    except (InputProblem, KeyError):
        return  # the page says it, in words


# A folder named pages/ beside the entry makes Streamlit guess a menu on the first visit; st.navigation is ours.
PagesManager.uses_pages_directory = False
app = st.App("Home.py", routes=ROUTES, lifespan=warm_up)
