"""What stands beside the thematic map: classes with areas, and the histogram in the colours of the map."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from app import cache
from app.parts import change_job
from app.parts.figures import number, percent
from app.parts.guard import told
from app.parts.safe_text import esc, esc_markdown
from app.parts.thematic_words import w
from app.state import session
from app.words import pick
from geo.standards.units import to_mu
from geo.study.change import SPEC

if TYPE_CHECKING:
    from app.cache import OpenZone
    from geo.study.change import ChangeResult
    from geo.study.change_intake import Survey
    from geo.study.thematic import Theme

KINDS, METHODS = ("grade", "block", "owner", "change"), ("natural", "quantile", "equal")
CHANGES = ("change", "change_size")


def choices() -> tuple[str, str, int]:
    """Theme, way of classes, how many; in the current container."""
    names = {k: w(f"theme_{k}") for k in KINDS}
    kind = st.segmented_control(w("theme"), KINDS, default="grade", key="theme_kind", format_func=names.get,
                                width="stretch") or "grade"  # fmt: skip
    if kind == "change":
        kind = st.radio(w("by"), CHANGES, key="theme_by", format_func={k: w(f"by_{k}") for k in CHANGES}.get)
    named = kind not in ("owner", "change")
    ways = {m: w(f"method_{m}") for m in METHODS}
    method = st.selectbox(w("method"), METHODS, key="theme_method", format_func=ways.get, disabled=not named)
    classes = st.slider(w("classes"), 2, 7, 5, key="theme_classes", disabled=not named)
    return kind, method, classes


def theme_or_stop(opened: OpenZone, kind: str, method: str, classes: int) -> tuple[Theme, str]:
    """The theme and the line below it; for change the two surveys at hand, or how to get them, and the page ends."""
    made, note = None, w("note_block") if kind == "block" else w("note_plan")
    with told():
        if not kind.startswith("change"):
            with st.spinner(w("making")):
                made = cache.theme(opened, kind, method, classes)
        else:
            with st.spinner(w("comparing")):
                result = _comparison(opened)
            if result is None:
                _no_second_survey(opened)
            else:
                made = cache.change_theme(result, kind, method, classes)
                before, after = (_named(s) for s in (result.before, result.after))
                note = w("note_change", before=before, after=after)
    if made is None:
        st.stop()
    return made, note


def _comparison(opened: OpenZone) -> ChangeResult | None:
    """What the visitor compared on the page of change, of this zone; else since the survey that the office named."""
    kept = session().change
    if kept is not None and kept.key.startswith(f"{opened.version}|"):
        return kept.result
    return cache.change_since_before(opened)


def _named(survey: Survey) -> str:
    name = survey.title[session().lang == "en"] or survey.name
    return esc_markdown(f"{name} {survey.year}" if survey.year else name)


def _no_second_survey(opened: OpenZone) -> None:
    year = opened.zone.survey_year
    ways = [w("two_page"), w("two_before"), *([w("two_sample")] if opened.zone.synthetic else [])]
    body = "".join(f"<li>{esc(way)}</li>" for way in ways)
    title, text = esc(w("two_title")), esc(w("two_text", year=pick(f"（{year} 年度）", f" ({year})") if year else ""))
    st.html(f'<div class="tc-blank"><h3>{title}</h3><p>{text}</p><ol>{body}</ol><p>{esc(w("two_only"))}</p></div>')
    go, sample = st.columns([1, 1], width=460)
    if go.button(w("go_change"), icon=":material/compare:", type="primary", width="stretch", key="theme_go"):
        st.switch_page("pages/change.py")
    if opened.zone.synthetic and sample.button(w("go_sample"), width="stretch", key="theme_sample"):
        with told(), st.spinner(w("comparing")):
            change_job.compare(opened, (), (), SPEC.values({}), sample=True)
            st.rerun()


def layer_name(made: Theme) -> str:
    """What the layer tree calls it: the sheet's words, with a capital letter."""
    title = made.title(session().lang)
    return title[:1].upper() + title[1:]


def class_table(made: Theme) -> None:
    """Classes with their sign, rows, area and share."""
    lang, whole = session().lang, sum(made.areas_m2) or 1.0
    head = "".join(f"<th>{esc(w(f'col_{c}'))}</th>" for c in ("class", "rows", "area", "share"))
    rows = ""
    for n, (sign, area) in enumerate(zip(made.signs, made.areas_m2, strict=True)):
        tone = sign.colours(cvd=session().cvd)[0]
        swatch = f'<span class="tc-swatch" style="background:{esc(tone)}"></span>{esc(sign.label(lang))}'
        cells = (number(int((made.number == n).sum())), number(to_mu(area), 2), percent(area / whole))
        rows += f"<tr><th>{swatch}</th>{''.join(f'<td>{esc(c)}</td>' for c in cells)}</tr>"
    st.html(f'<table class="tc-plans"><tr>{head}</tr>{rows}</table>')


def histogram(made: Theme) -> None:
    """Bars in the colours of their class: how many rows have what value; for a theme of names the area of each."""
    bars = made.histogram()
    mind = session()
    lang = mind.lang
    names, tones = [s.label(lang) for s in made.signs], [s.colours(cvd=mind.cvd)[0] for s in made.signs]
    if not bars:
        _areas(made, names, tones)
        return
    data = [{**b, "name": names[int(b["class"])]} for b in bars]
    x = {"field": "low", "type": "quantitative", "title": w(f"value_{made.kind}"), "bin": {"binned": True}}
    spec = {
        "height": 230,
        "data": {"values": data},
        "mark": {"type": "bar", "stroke": "#808080A0", "strokeWidth": 0.5},
        "encoding": {
            "x": x, "x2": {"field": "high"},
            "y": {"field": "rows", "type": "quantitative", "title": w("rows")},
            "color": {"field": "name", "type": "nominal", "legend": None, "scale": {"domain": names, "range": tones}},
            "tooltip": [{"field": f, "type": "quantitative", "format": ",.6~g"} for f in ("low", "high", "rows")],
        },
    }  # fmt: skip
    st.vega_lite_chart(spec, width="stretch")


def _areas(made: Theme, names: list[str], tones: list[str]) -> None:
    data = [{"name": n, "mu": round(to_mu(a), 2)} for n, a in zip(names, made.areas_m2, strict=True)]
    spec = {
        "height": 44 * len(names) + 20,
        "data": {"values": data},
        "mark": {"type": "bar", "stroke": "#808080A0", "strokeWidth": 0.5},
        "encoding": {
            "y": {"field": "name", "type": "nominal", "sort": names, "title": None, "axis": {"labelLimit": 190}},
            "x": {"field": "mu", "type": "quantitative", "title": w("area_mu"), "axis": {"format": ",.0f"}},
            "color": {"field": "name", "type": "nominal", "legend": None, "scale": {"domain": names, "range": tones}},
            "tooltip": [{"field": "name"}, {"field": "mu", "type": "quantitative", "format": ",.2f"}],
        },
    }  # fmt: skip
    st.vega_lite_chart(spec, width="stretch")
