"""What the zone is made of: the share of each land class, in its own colour."""

from __future__ import annotations

import streamlit as st

from app import cache
from app.parts.figures import big_area, percent
from app.parts.safe_text import esc
from app.state import session
from app.words import t
from geo.report.palette import styles

_SHOWN = 12


def composition(opened: cache.OpenZone) -> None:
    """Bars of the largest classes; the tail is left to the workbook."""
    mind = session()
    sums = cache.land_sums(opened.version, opened.zone)
    whole = sum(sums.values())
    rows = ""
    for sign, area_m2 in sorted(sums.items(), key=lambda item: -item[1])[:_SHOWN]:
        style = styles()[sign]
        fill, stroke = style.colours(cvd=mind.cvd)
        width = 100 * area_m2 / max(sums.values())
        rows += (
            f'<div class="tc-bar-row"><span>{esc(style.label(mind.lang))}</span><i><em style="width:{width:.1f}%;'
            f'background:{esc(fill)};border-color:{esc(stroke)}"></em></i><b>{esc(percent(area_m2 / whole))}</b>'
            f"<small>{esc(' '.join(big_area(area_m2)))}</small></div>"
        )
    st.html(f'<div class="tc-card"><h3>{esc(t("composition"))}</h3>{rows}</div>')
