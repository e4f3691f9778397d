"""Work that runs beside the page: how far it is, for how long, and a button that stops it."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from app.jobs import Job
from app.parts.figures import number
from app.parts.safe_text import esc_markdown
from app.words import pick, t

SOON_S, LATER_S = 0.6, 1.6
"""Seconds between two looks at a job."""
SHORT_S = 5.0


def pace(job: Job) -> float:
    """Seconds until the next look. A look costs the browser a quarter of a second of work that the job could do: one
    that takes long is looked at less often, one that is asked to stop often again."""
    return SOON_S if job.stopping or job.seconds < SHORT_S else LATER_S


def watch(
    current: Callable[[], Job | None],
    finish: Callable[[Job], None],
    *,
    key: str,
    told: Callable[[Job], str] = lambda _: "",
    below: Callable[[Job], None] = lambda _: None,
) -> None:
    """Bar and button while ``current`` is at work; then ``finish`` takes what it made, and the page shows it.

    key: of the button; told: more to say beside the seconds; below: what is drawn under the bar.
    """
    begun = current()
    if begun is None:
        return
    every = pace(begun)

    @st.fragment(run_every=every)
    def look() -> None:
        job = current()
        if job is None:
            return
        if job.done:
            finish(job)
            st.rerun()
        if pace(job) != every:
            st.rerun()
        words = [pick(job.zh, job.en) or t("job_starting"), f"{number(job.seconds)} s", told(job)]
        bar, button = st.columns([0.86, 0.14], vertical_alignment="bottom")
        bar.progress(job.fraction, text=esc_markdown(" · ".join(filter(None, words))))
        if button.button(t("job_cancel"), key=key, icon=":material/stop_circle:", disabled=job.stopping,
                         width="stretch"):  # fmt: skip
            job.cancel()
            if pace(job) != every:
                st.rerun()
        below(job)

    look()
