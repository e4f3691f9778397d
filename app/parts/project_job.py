"""The jobs of the 项目 page: bar, cancel button, and what they had to say."""

from __future__ import annotations

import streamlit as st

from app import project_work
from app.parts.figures import number
from app.parts.project_words import w
from app.parts.safe_text import esc_markdown
from app.words import pick, t


@st.fragment(run_every=0.5)
def watch() -> None:
    """The running job; when it is done the page shows its answer."""
    mine = project_work.work()
    job = mine.job or mine.files
    if job is None:
        return
    if job.done:
        project_work.finish(job)
        st.rerun()
    text = pick(job.zh, job.en) or t("job_starting")
    bar, button = st.columns([0.86, 0.14], vertical_alignment="bottom")
    bar.progress(job.fraction, text=f"{esc_markdown(text)} · {number(job.seconds)} s")
    if button.button(t("job_cancel"), key="project_cancel", icon=":material/stop_circle:", disabled=job.stopping,
                     width="stretch"):  # fmt: skip
        job.cancel()


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
