"""The look of every page beyond the theme: one style sheet, and the small pieces of HTML that use it.

All text goes through ``esc``.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import streamlit as st

from app.parts.safe_text import esc
from app.state import session
from app.words import t

_STATIC = Path(__file__).parents[1] / "static"
# Streamlit speaks English only; what these say stands in their place.
_CHINESE = """
[data-testid="stFileUploaderDropzone"] button p, [data-testid="stFileUploaderDropzoneInstructions"] span,
[data-testid="InputInstructions"], .rc-overflow-item-rest [data-testid="stTopNavSection"] p { font-size: 0 !important; }
[data-testid="stFileUploaderDropzone"] button p::after { content: "选择文件"; font-size: 14px; }
[data-testid="stFileUploaderDropzoneInstructions"] span::after {
  content: "或拖到这里，每个至多 MOST MB"; font-size: 13px; }
.rc-overflow-item-rest [data-testid="stTopNavSection"] p::after { content: "更多"; font-size: 15px; }
[data-testid="InputInstructions"]::after { content: "回车确认"; font-size: 12px; }
"""


def dress() -> None:
    """Put the style sheet on the page, and over the framework's own English words the visitor's language."""
    st.html(_STATIC / "page.css")
    if session().lang == "zh":
        st.html(f"<style>{_CHINESE.replace('MOST', str(st.get_option('server.maxUploadSize')))}</style>")


def heading(title: str, lead: str, *, mark: bool) -> None:
    """Title, one sentence, and the mark of sample data."""
    badge = f'<span class="tc-mark">{esc(t("sample_mark"))}</span>' if mark else ""
    st.html(f'<div class="tc-head"><h1>{esc(title)}</h1><p>{esc(lead)}</p>{badge}</div>')


def facts(rows: Iterable[tuple[str, str, str, str]]) -> None:
    """Key figures side by side: label, number, unit, a small line below (may be empty)."""
    cells = "".join(
        f'<div class="tc-fact"><span>{esc(label)}</span><b>{esc(value)}<i>{esc(unit)}</i></b>'
        f"<small>{esc(below)}</small></div>"
        for label, value, unit, below in rows
    )
    st.html(f'<div class="tc-facts">{cells}</div>')


def chips(rows: Iterable[tuple[str, str]]) -> str:
    """Small labels: text and tone (farm, line, plan, plain, good, bad, unsure)."""
    return "".join(f'<span class="tc-chip tc-{esc(tone)}">{esc(text)}</span>' for text, tone in rows)


def pairs(rows: Iterable[tuple[str, str]]) -> str:
    """A quiet two-column list of label and value."""
    body = "".join(f"<dt>{esc(label)}</dt><dd>{esc(value)}</dd>" for label, value in rows)
    return f'<dl class="tc-pairs">{body}</dl>'
