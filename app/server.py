"""``streamlit run app/server.py``: Streamlit and the map's own routes in one process."""

from __future__ import annotations

import threading
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import streamlit as st
from starlette.middleware import Middleware
from streamlit.runtime.pages_manager import PagesManager

from app.direct import DirectPages
from app.read_ahead import read_ahead
from app.routes import ROUTES
from geo.io.gdal_guard import guard

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@asynccontextmanager
async def warm_up(_: st.App) -> AsyncIterator[None]:
    """Read the zone, index its layers and make the first view's tiles while the browser is still opening."""
    threading.Thread(target=read_ahead, name="read-ahead", daemon=True).start()
    yield


guard()  # before anything reads a map: an office machine's own PROJ and GDAL settings must not reach it
# A folder named pages/ beside the entry makes Streamlit guess a menu on the first visit; st.navigation is ours.
PagesManager.uses_pages_directory = False
app = st.App("Home.py", routes=ROUTES, middleware=[Middleware(DirectPages)], lifespan=warm_up)
