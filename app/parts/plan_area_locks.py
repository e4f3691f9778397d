"""Locks in one act: a whole village, or everything inside an outline drawn on the map."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from app import cache, selecting
from app.parts.figures import mu, number
from app.parts.plan_words import w
from app.state import session
from app.words import place
from geo.study import relocation

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from app.plan_desk import Desk

LISTS = {"lock_in": "pin_in", "lock_out": "pin_out", "hold": "hold"}


def village_locks() -> None:
    """Choose a village; lock its fields in or out, or hold back what would leave it."""
    opened = cache.open_zone()
    if not opened.zone.has("villages"):
        return
    rows = opened.zone.layer("villages")[["unit_code", "unit_name"]].drop_duplicates("unit_code")
    names = {str(c)[:12]: str(n) for c, n in rows.itertuples(index=False, name=None)}
    codes = sorted(names, key=lambda c: names[c])
    code = st.selectbox(w("area_village"), codes, index=None, key=f"area_village_{session().lang}",
                        format_func=lambda c: place(names.get(c, c)), placeholder=w("area_choose"))  # fmt: skip
    for name, word in LISTS.items():
        st.button(w(word), key=f"area_{name}", width="stretch", disabled=code is None, on_click=_add,
                  args=(name, [f"village:{code}"]))  # fmt: skip
    _standing(names)


def _standing(names: Mapping[str, str]) -> None:
    """The places locked so far, each with a way to release it."""
    kept = session().values.get(relocation.SPEC.name, {})
    for name, word in LISTS.items():
        for entry in [e for e in kept.get(name, ()) if ":" in e]:
            told = place(names.get(entry.partition(":")[2], entry))
            st.button(f"{w(word)} · {told}", key=f"area_free_{name}_{entry}", icon=":material/close:", type="tertiary",
                      on_click=_drop, args=(name, entry))  # fmt: skip


def outlined(desk: Desk, lasso: Mapping[str, Any]) -> None:
    """What an outline on the map holds becomes the desk's area."""
    found: list[str] = []
    for layer in ("reserve", "parcels"):
        if cache.has_layer(cache.open_zone().zone, layer):
            found += [row for _, row in selecting.by_outline(layer, lasso)]
    leaves = [row for _, row in selecting.by_outline("farmland", lasso)]
    desk.outlined, desk.outline = (tuple(found), tuple(leaves)), lasso


def outline_panel(desk: Desk) -> None:
    """The candidates inside the outline, and locking all of them at once; nothing without an outline."""
    if desk.outlined is None or desk.result is None:
        return
    found, leaves = desk.outlined
    accepted = desk.result.candidates.accepted
    mine = accepted[accepted["candidate_id"].isin(found)]
    ids = mine["candidate_id"].astype(str).tolist()
    out = desk.result.moved_out
    pieces = out.loc[out["farmland_id"].isin(leaves), "farmland_id"].astype(str).tolist()
    with st.container(border=True, key="area_panel"):
        st.caption(
            w("area_holds", n=number(len(ids)), area=mu(float(mine["net_area_m2"].sum())), m=number(len(pieces)))
        )
        columns = st.columns(4)
        for column, (name, word) in zip(columns, LISTS.items(), strict=False):
            plots = pieces if name == "hold" else ids
            column.button(w(word), key=f"outline_{name}", width="stretch", disabled=not plots, on_click=_take,
                          args=(desk, name, plots))  # fmt: skip
        columns[3].button(w("area_forget"), key="outline_forget", width="stretch", on_click=_forget, args=(desk,))


def _add(name: str, entries: Iterable[str]) -> None:
    """Entries into one list of the form; a plot or place is never locked in and out at once."""
    mind = session()
    kept = mind.values.setdefault(relocation.SPEC.name, {})
    entries = list(entries)
    other = {"lock_in": "lock_out", "lock_out": "lock_in"}.get(name)
    if other:
        gone = set(entries)
        kept[other] = tuple(i for i in kept.get(other, ()) if i not in gone)
    kept[name] = tuple(dict.fromkeys((*kept.get(name, ()), *entries)))
    mind.pins += 1


def _drop(name: str, entry: str) -> None:
    mind = session()
    kept = mind.values.setdefault(relocation.SPEC.name, {})
    kept[name] = tuple(i for i in kept.get(name, ()) if i != entry)
    mind.pins += 1


def _take(desk: Desk, name: str, plots: list[str]) -> None:
    _add(name, plots)
    _forget(desk)


def _forget(desk: Desk) -> None:
    desk.outlined = desk.outline = None
