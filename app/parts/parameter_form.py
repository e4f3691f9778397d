"""Forms made from a study's declaration: one widget an input, with its unit, bounds, default and help."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from app.state import session
from app.words import t
from geo.study.spec import LINE_LENGTH, Input, StudySpec

_SLIDER_STEPS = 240  # finer ranges get a number box


def parameter_form(spec: StudySpec, *, names: Sequence[str] = (), live: bool = False) -> dict[str, Any]:
    """Widgets for the inputs of a study (all, or those named); returns what was chosen, not yet checked.

    ``live``: sliders that answer at once; otherwise number boxes. Choices outlive a change of page.
    """
    mind = session()
    kept = mind.values.setdefault(spec.name, {})
    defaults = spec.values({})
    wanted = [i for i in spec.inputs if not names or i.name in names]
    for item in (i for i in wanted if not (i.advanced or i.group)):
        kept[item.name] = _widget(spec, item, kept.get(item.name, defaults[item.name]), live)
    parts = {"advanced": [i for i in wanted if i.advanced], "more": [i for i in wanted if i.group == "more"]}
    for part, items in parts.items():
        if not items:
            continue
        with st.expander(t(f"form_{part}"), key="_".join(["form", spec.name, part, *names[:1]])):
            for item in items:
                kept[item.name] = _widget(spec, item, kept.get(item.name, defaults[item.name]), live)
    return {i.name: kept[i.name] for i in wanted}


def changed(spec: StudySpec, values: dict[str, Any]) -> bool:
    """Does any value differ from the default in force today?"""
    defaults = spec.values({})
    return any(defaults[name] != value for name, value in values.items())


def _widget(spec: StudySpec, item: Input, value: Any, live: bool) -> Any:
    lang = session().lang
    label = item.label(lang)
    if item.unit:
        label += f"（{unit(item.unit)}）" if lang == "zh" else f" ({unit(item.unit)})"
    key, tip = f"form_{spec.name}_{item.name}", item.help(lang) or None
    if item.kind in ("number", "integer"):
        return _number(item, label, key, tip, value, live)
    if item.kind == "flag":
        return st.toggle(label, value=bool(value), key=key, help=tip)
    if item.kind == "date":
        return st.date_input(label, value=value, key=key, help=tip, format="YYYY-MM-DD")
    words = {c[0]: c[1] if lang == "zh" else c[2] for c in item.choices}
    if item.kind == "choice":
        return st.selectbox(label, list(words), index=list(words).index(value), key=f"{key}_{lang}", help=tip,
                            format_func=lambda c: words.get(c, c))  # fmt: skip
    if item.kind == "choices":
        st.caption(label, help=tip)
        picked = [c for c in words if st.checkbox(words[c], value=c in value, key=f"{key}_{c}")]
        return tuple(picked)
    if item.kind == "text":
        return st.text_input(label, value=value or "", key=key, help=tip, max_chars=LINE_LENGTH)
    if session().pins:  # a pin set elsewhere: the box is made anew with what is pinned now
        key = f"{key}_{session().pins}"
    text = st.text_area(label, value="\n".join(value or ()), key=key, help=tip, height=68)
    return tuple(line.strip() for line in text.replace("，", ",").replace(",", "\n").splitlines() if line.strip())


def _number(item: Input, label: str, key: str, tip: str | None, value: Any, live: bool) -> float | int | None:
    whole = item.kind == "integer"
    kind = int if whole else float
    step = kind(item.step or (1 if whole else 0.1))
    low = None if item.low is None else kind(item.low)
    high = None if item.high is None else kind(item.high)
    if live and value is not None and low is not None and high is not None and (high - low) / step <= _SLIDER_STEPS:
        return st.slider(label, low, high, kind(value), step, key=key, help=tip, format="%d" if whole else "%g")
    held = None if value is None else kind(value)
    found = st.number_input(label, low, high, held, step, key=key, help=tip, format="%d" if whole else "%g",
                            placeholder=t("form_not_asked") if item.optional else None)  # fmt: skip
    return None if found is None else kind(found)


def unit(text: str) -> str:
    """A unit as the visitor reads it."""
    if session().lang == "en":
        words = (
            ("万元", "10,000 yuan"),
            ("元", "yuan"),
            ("块", "plot"),
            ("亩", "mu"),
            ("倍", "×"),
            ("比例", "share"),
            ("户", "households"),
            ("人", "persons"),
        )
        for zh, en in words:
            text = text.replace(zh, en)
    return text
