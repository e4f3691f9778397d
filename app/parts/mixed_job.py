"""The jobs of the 混合用地 page: bar, cancel button, and what they had to say."""

from __future__ import annotations

import streamlit as st

from app import mixed_work
from app.parts.figures import number
from app.parts.mixed_words import w
from app.parts.safe_text import esc_markdown
from app.words import pick, t


@st.fragment(run_every=0.5)
def watch() -> None:
    """The running job; when it is done the page shows its answer."""
    mine = mixed_work.work()
    job = mine.job or mine.files
    if job is None:
        return
    if job.done:
        mixed_work.finish(job)
        st.rerun()
    text = pick(job.zh, job.en) or t("job_starting")
    bar, button = st.columns([0.86, 0.14], vertical_alignment="bottom")
    bar.progress(job.fraction, text=f"{esc_markdown(text)} · {number(job.seconds)} s")
    if button.button(t("job_cancel"), key="mixed_cancel", icon=":material/stop_circle:", disabled=job.stopping,
                     width="stretch"):  # fmt: skip
        job.cancel()


def notice() -> None:
    """What the last job had to say."""
    mine = mixed_work.work()
    if mine.notice is None:
        return
    kind, text = mine.notice
    text = w("cancelled") if text == "cancelled" else text
    {"info": st.info, "error": st.error}[kind](esc_markdown(text))
