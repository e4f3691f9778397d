"""The jobs of the 村庄 page: bar, cancel button, and what they had to say."""

from __future__ import annotations

import streamlit as st

from app import village_work
from app.parts import job_bar
from app.parts.safe_text import esc_markdown
from app.parts.village_words import w


def watch() -> None:
    """The running job; when it is done the page shows its answer."""
    mine = village_work.work()
    job_bar.watch(lambda: mine.job or mine.files, village_work.finish, key="village_cancel")


def notice() -> None:
    """What the last job had to say."""
    mine = village_work.work()
    if mine.notice is None:
        return
    kind, text = mine.notice
    text = w("cancelled") if text == "cancelled" else text
    {"info": st.info, "error": st.error}[kind](esc_markdown(text))
