"""The jobs of the 项目 page: bar, cancel button, and what they had to say."""

from __future__ import annotations

import streamlit as st

from app import project_work
from app.parts import job_bar
from app.parts.project_words import w
from app.parts.safe_text import esc_markdown


def watch() -> None:
    """The running job; when it is done the page shows its answer."""
    mine = project_work.work()
    job_bar.watch(lambda: mine.job or mine.files, project_work.finish, key="project_cancel")


def notice() -> None:
    """What the last job had to say; and a way to try again."""
    mine = project_work.work()
    if mine.notice is None:
        return
    kind, text = mine.notice
    if text == "cancelled":
        text = w("cancelled")
    {"info": st.info, "error": st.error}[kind](esc_markdown(text))
    if mine.footprint is not None and mine.taken is None and st.button(w("again"), key="project_again"):
        mine.taken_key, mine.notice = "", None
        st.rerun()
