"""The 规划 button, its progress and its cancel button."""

from __future__ import annotations

from typing import Any

import streamlit as st

from app import cache
from app.jobs import Job
from app.parts.figures import number, percent
from app.parts.safe_text import esc_markdown
from app.state import session
from app.words import pick, t
from geo.errors import InputProblem


def start(opened: cache.OpenZone, values: dict[str, Any]) -> None:
    """Plan beside the page."""
    mind = session()
    mind.job = Job(lambda report: cache.make_plan(opened, values, report)).start()


@st.fragment(run_every=0.7)
def watch() -> None:
    """Bar, figures and cancel button while the work runs; then the page shows the plan."""
    mind = session()
    job: Job | None = mind.job
    if job is None:
        return
    if job.done:
        _finish(job)
        st.rerun()
    text = pick(job.zh, job.en) or t("job_starting")
    gap = job.figures.get("gap")
    figures = [f"{number(job.seconds)} s"]
    if gap is not None and gap == gap and gap != float("inf"):
        figures.append(t("job_gap", gap=percent(gap, 2)))
    bar, button = st.columns([0.86, 0.14], vertical_alignment="bottom")
    bar.progress(job.fraction, text=f"{esc_markdown(text)} · {esc_markdown(' · '.join(figures))}")
    if button.button(t("job_cancel"), key="cancel_plan", icon=":material/stop_circle:", disabled=job.stopping,
                     width="stretch"):  # fmt: skip
        job.cancel()


def _finish(job: Job) -> None:
    mind = session()
    mind.job = None
    if job.result is not None:
        mind.plan, write = job.result
        mind.files = Job(write).start()
        mind.notice = None
    elif job.cancelled:
        mind.notice = ("info", t("job_cancelled"))
    elif isinstance(job.error, InputProblem):
        mind.notice = ("error", job.error.text(mind.lang))
    else:
        mind.notice = ("error", f"{t('went_wrong')} {job.error}")


def notice() -> None:
    """What the last job had to say, once it is over."""
    said = session().notice
    if said:
        {"info": st.info, "error": st.error}[said[0]](esc_markdown(said[1]))
