"""Work on a plan beside the page: its progress, how the gap closes, its cancel button; one piece at a time."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import streamlit as st

from app import cache, plan_making
from app.jobs import Job, Report
from app.parts import job_bar
from app.parts.figures import percent
from app.parts.plan_charts import gap_chart
from app.parts.safe_text import esc_markdown
from app.plan_desk import change
from app.state import session
from app.words import t
from geo.errors import InputProblem, PlanProblem


def start(opened: cache.OpenZone, values: dict[str, Any], shown: Any = None, *, years: int = 1) -> None:
    """Plan beside the page; ``shown`` is the plan on the page, whose ground and search are taken up where they fit.

    years: in how many at most the plan is carried out; 1 is not staged.
    """
    mind = session()
    earlier = getattr(shown, "result", None)
    further = {"earlier": earlier} if earlier else {}
    further |= {"years": years} if years > 1 else {}

    def work(report: Report) -> Any:
        return plan_making.make_plan(opened, values, report, **further)

    def then(made: Any) -> None:
        _take(made, shown)

    mind.job, mind.then = Job(work, charted=True).start(), then


def ask(work: Callable[[Report], Any], then: Callable[[Any], None]) -> None:
    """A question beside the page; ``then`` puts its answer where it belongs."""
    mind = session()
    if mind.job is None:
        mind.job, mind.then = Job(work).start(), then


def take(result: Any, shown: Any) -> None:
    """Another plan (an alternative, an answer) takes the place of the one shown."""
    _take(plan_making.shown(result), shown)


def _take(made: Any, before: Any) -> None:
    mind = session()
    mind.plan, write = made
    if mind.files is not None:
        mind.files.cancel()  # nobody takes the files of a plan that is no longer shown
    mind.files = Job(write)  # sheets take a while: begun by who comes to take them (app/parts/downloads.py)
    mind.notice = None
    if mind.desk is not None:
        mind.desk.changed = change(before, mind.plan)


def watch() -> None:
    """Bar, figures, chart and cancel button while the work runs; then the page shows the answer."""
    mind = session()
    job_bar.watch(lambda: mind.job, _finish, key="cancel_plan", told=_gap_told, below=_chart)


def _gap_told(job: Job) -> str:
    gap = job.figures.get("gap")
    return t("job_gap", gap=percent(gap, 2)) if gap is not None and math.isfinite(gap) else ""


def _chart(job: Job) -> None:
    if job.charted:
        gap_chart(job.looks)


def _finish(job: Job) -> None:
    mind = session()
    mind.job, then, mind.then = None, mind.then, None
    if job.result is not None:
        then(job.result)
    elif job.cancelled:
        mind.notice = ("info", t("job_cancelled"))
    elif isinstance(job.error, InputProblem):
        mind.notice = ("error", job.error.text(mind.lang))
    elif isinstance(job.error, PlanProblem):
        mind.notice = ("error", str(job.error))
    else:
        mind.notice = ("error", f"{t('went_wrong')} {job.error}")


def notice() -> None:
    """What the last job had to say, once it is over."""
    said = session().notice
    if said:
        {"info": st.info, "error": st.error}[said[0]](esc_markdown(said[1]))
