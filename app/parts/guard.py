"""One clear message where something cannot be used; never a traceback, never an empty page."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from app.cache import OpenZone, open_zone
from app.parts.safe_text import esc_markdown
from app.state import session
from app.words import t
from geo.errors import InputProblem, TianchouError


def zone_or_stop() -> OpenZone:
    """The zone; or its faults in words, each with what to do, and the page ends there."""
    try:
        return open_zone()
    except InputProblem as problem:
        lines = "\n".join(f"- {esc_markdown(line)}" for line in problem.text(session().lang).splitlines())
        st.error(f"**{t('bad_input')}**\n\n{lines}\n\n{t('bad_input_next')}", icon=":material/folder_off:")
        st.stop()


@contextmanager
def told() -> Iterator[None]:
    """Run a step; a problem of the house becomes one message and the page goes on below it."""
    try:
        yield
    except InputProblem as problem:
        st.error(esc_markdown(problem.text(session().lang)), icon=":material/error:")
    except TianchouError as problem:
        st.error(f"**{t('went_wrong')}**  {esc_markdown(problem)}", icon=":material/error:")
