"""规则: the book searched as of any day, the plan judged again, and every mark opened to its article and parcels."""

from __future__ import annotations

import streamlit as st

from app import cache
from app.parts import look, rules_view
from app.parts.guard import told, zone_or_stop
from app.parts.rules_what_if import ask, what_if
from app.parts.rules_words import w
from app.state import session
from geo.policy.book import load_book
from geo.study import rules

opened = zone_or_stop()
mind, book = session(), load_book()
look.heading(w("page"), w("lead"), mark=opened.zone.synthetic)
everything = rules.entries(book)
with st.sidebar:
    asked = ask(sorted({e.theme for e in everything}))
    scenario = what_if(book, asked.on)
plan, changes = None, []
with told():
    plan = mind.plan or cache.standing_plan(opened)
    if plan is not None:
        changes = rules_view.ranked(cache.judged_again(plan, asked.on, scenario))
in_force = rules.entries(book, on=asked.on)
look.facts(rules_view.facts(everything, in_force, changes))
left, right = st.columns([0.6, 0.4], gap="small")
with left:
    of_plan, of_book = st.tabs([w("tab_plan"), w("tab_book")], key="rules_tabs")
    with of_plan:
        if changes:
            wanted = {e.id for e in rules.find(everything, asked.words, unconfirmed=asked.unconfirmed)}
            picked = rules_view.verdict_table([c for c in changes if c.now.rule.code in wanted])
            st.caption(w("no_rejudge"))
            if picked:
                mind.verdict, mind.rule = picked, ""
        else:
            st.info(w("no_plan"), icon=":material/gavel:")
    with of_book:
        found = rules.find(in_force, asked.words, kinds=asked.kinds, theme=asked.theme, unconfirmed=asked.unconfirmed)
        mind.rule = rules_view.book_table(found) or mind.rule
with right:
    entry = next((e for e in everything if f"{e.kind}|{e.id}|{e.where}" == mind.rule), None)
    change = next((c for c in changes if (c.now.rule.code, c.now.subject) == mind.verdict), next(iter(changes), None))
    if entry is not None:
        st.html(rules_view.entry_card(book, entry, asked.on))
    elif change is not None and plan is not None:
        parcels = rules.behind(change.now, {"moved_out": plan.moved_out, "moved_in": plan.moved_in})
        st.html(rules_view.verdict_card(book, change, parcels))
    else:
        st.caption(w("pick"))
