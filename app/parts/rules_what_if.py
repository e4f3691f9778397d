"""The controls of the 规则 page: what to look for, as of which day, and a number moved to see what changes."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import streamlit as st

from app.parts.rules_words import w
from app.parts.safe_text import esc_markdown
from app.state import session
from geo.policy.book import RuleBook
from geo.policy.parameter import ParameterSpec, Value, shown_value
from geo.policy.scenario import Scenario, make_scenario
from geo.study.rules import KINDS, today

_FIRST_DAY = dt.date(2020, 1, 1)
_THEME = "relocation"


@dataclass(frozen=True)
class Asked:
    """What the visitor looks for: words, kinds, theme, only the unconfirmed, the day."""

    words: str
    kinds: tuple[str, ...]
    theme: str
    unconfirmed: bool
    on: dt.date


def ask(themes: list[str]) -> Asked:
    """The search, the filters and the day."""
    words = st.text_input(w("search"), placeholder=w("search_hint"), key="rules_search")
    on = st.slider(w("on"), _FIRST_DAY, today(), today(), dt.timedelta(days=1), format="YYYY-MM-DD", key="rules_on")
    names = {"": w("all_themes"), **{name: name for name in themes}}
    theme = st.selectbox(w("theme"), list(names), key="rules_theme", format_func=names.get)
    theme = theme if theme in names else ""
    words_of = {kind: w(f"kind_{kind}") for kind in KINDS}
    kinds = st.pills(w("kinds"), KINDS, selection_mode="multi", key="rules_kinds", format_func=words_of.get)
    unconfirmed = st.toggle(w("unconfirmed"), key="rules_unconfirmed")
    return Asked(words, tuple(kinds), theme, unconfirmed, on if isinstance(on, dt.date) else today())


def what_if(book: RuleBook, on: dt.date) -> Scenario | None:
    """A number of the book that the plan's rules read, moved; None when it stands where the book has it."""
    lang = session().lang
    read = {p: None for rule in book.rules_of(_THEME) for p in rule.parameters}
    specs = {name: book.parameters[name] for name in read if _movable(book.parameters[name])}
    words = {"": w("what_if_none")} | {n: spec.zh if lang == "zh" else spec.en for n, spec in specs.items()}
    name = st.selectbox(w("what_if_number"), list(words), key="rules_what_if", format_func=words.get)
    if not name or name not in words:  # after a change of language the box still holds the other one's word
        return None
    spec = specs[name]
    edition = spec.edition(on, None) or spec.editions[-1]
    article = book.article(edition.article).citation(lang)
    st.caption(esc_markdown(w("what_if_now", value=shown_value(edition.value, spec.unit, lang), article=article)))
    value = _moved(spec, edition.value)
    if value == edition.value:
        return None
    label = w("what_if_name", label=words[name], value=shown_value(value, spec.unit, lang))
    return make_scenario(label, {name: value})


def _movable(spec: ParameterSpec) -> bool:
    return isinstance(spec.editions[-1].value, (bool, int, float))


def _moved(spec: ParameterSpec, value: Value) -> Value:
    key = f"rules_value_{spec.id.replace('.', '_')}"
    if isinstance(value, bool):
        return st.toggle(w("what_if"), value=value, key=key)
    assert isinstance(value, (int, float))
    if spec.unit == "share":
        top = 20.0 if value <= 0.1 else 100.0
        percent = st.slider(w("what_if"), 0.0, top, float(value * 100), 0.5, format="%g %%", key=key)
        return value if percent == value * 100 else percent / 100
    if spec.unit in ("count", "year", "day"):
        return st.slider(w("what_if"), 0, max(20, int(value) * 2), int(value), 1, key=key)
    step, least = {"ratio": (0.01, 2.0), "grade": (0.1, 5.0), "deg": (1.0, 45.0)}.get(spec.unit, (1.0, 100.0))
    return st.slider(w("what_if"), 0.0, max(least, float(value) * 2), float(value), step, format="%g", key=key)
