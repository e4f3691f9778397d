"""The jobs of the 混合用地 page: bar, cancel button, and what they had to say."""

from __future__ import annotations

import streamlit as st

from app import mixed_work
from app.parts import job_bar
from app.parts.mixed_words import w
from app.parts.safe_text import esc_markdown


def watch() -> None:
    """The running job; when it is done the page shows its answer."""
    mine = mixed_work.work()
    job_bar.watch(lambda: mine.job or mine.files, mixed_work.finish, key="mixed_cancel")


def notice() -> None:
    """What the last job had to say."""
    mine = mixed_work.work()
    if mine.notice is None:
        return
    kind, text = mine.notice
    text = w("cancelled") if text == "cancelled" else text
    {"info": st.info, "error": st.error}[kind](esc_markdown(text))
