"""What stands beside the thematic map: classes with areas, and the histogram in the colours of the map."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from app.parts.figures import number, percent
from app.parts.safe_text import esc
from app.parts.thematic_words import w
from app.state import session
from geo.standards.units import to_mu

if TYPE_CHECKING:
    from geo.study.thematic import Theme

KINDS, METHODS = ("grade", "block", "owner"), ("natural", "quantile", "equal")


def choices() -> tuple[str, str, int]:
    """Theme, way of classes, how many; in the current container."""
    kind = st.segmented_control(w("theme"), KINDS, default="grade", key="theme_kind",
                                format_func=lambda k: w(f"theme_{k}")) or "grade"  # fmt: skip
    names = kind != "owner"
    method = st.selectbox(w("method"), METHODS, key="theme_method", format_func=lambda m: w(f"method_{m}"),
                          disabled=not names)  # fmt: skip
    classes = st.slider(w("classes"), 2, 7, 5, key="theme_classes", disabled=not names)
    return kind, method, classes


def class_table(made: Theme) -> None:
    """Classes with their sign, rows, area and share."""
    lang, whole = session().lang, sum(made.areas_m2) or 1.0
    head = "".join(f"<th>{esc(w(f'col_{c}'))}</th>" for c in ("class", "rows", "area", "share"))
    rows = ""
    for n, (sign, area) in enumerate(zip(made.signs, made.areas_m2, strict=True)):
        swatch = f'<span class="tc-swatch" style="background:{esc(sign.fill)}"></span>{esc(sign.label(lang))}'
        cells = (number(int((made.number == n).sum())), number(to_mu(area), 2), percent(area / whole))
        rows += f"<tr><th>{swatch}</th>{''.join(f'<td>{esc(c)}</td>' for c in cells)}</tr>"
    st.html(f'<table class="tc-plans"><tr>{head}</tr>{rows}</table>')


def histogram(made: Theme) -> None:
    """Bars in the colours of their class; nothing for a theme of names."""
    bars = made.histogram()
    if not bars:
        return
    lang = session().lang
    names, tones = [s.label(lang) for s in made.signs], [s.fill for s in made.signs]
    data = [{**b, "name": names[int(b["class"])]} for b in bars]
    x = {"field": "low", "type": "quantitative", "title": w(f"value_{made.kind}"), "bin": {"binned": True}}
    spec = {
        "height": 230,
        "data": {"values": data},
        "mark": {"type": "bar", "stroke": "#00000055", "strokeWidth": 0.5},
        "encoding": {
            "x": x, "x2": {"field": "high"},
            "y": {"field": "rows", "type": "quantitative", "title": w("rows")},
            "color": {"field": "name", "type": "nominal", "legend": None, "scale": {"domain": names, "range": tones}},
            "tooltip": [{"field": f, "type": "quantitative", "format": ",.6~g"} for f in ("low", "high", "rows")],
        },
    }  # fmt: skip
    st.vega_lite_chart(spec, width="stretch")
