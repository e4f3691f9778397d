"""The curtain: any two states on either side of a line: layers, plans, an earlier survey, one's own layers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import streamlit as st

from app import cache
from app.parts.guard import told
from app.parts.layer_tree import Entry, entries, label, mine
from app.parts.map_view import MapLayer
from app.parts.map_words import w
from app.plan_view import PlanView
from app.state import session
from geo.errors import InputProblem
from geo.report.tiles_plan import farmland_after
from geo.standards.schema import schema

Sides = tuple[str, str]
_MOST_PLANS = 12
_SURVEY = ("parcels", "farmland", "reserve", "boundary", "redline", "highstandard")


@dataclass(frozen=True)
class Offer:
    """One state: its name, and what makes its address when it is chosen."""

    title: str
    source: Callable[[], str]


def curtain(opened: cache.OpenZone) -> tuple[list[Entry], Sides | None]:
    """Draw the choice in the current container; layers that only the curtain shows, and the two names, or None."""
    mind = session()
    with st.expander(w("page_curtain"), expanded=mind.curtain is not None):
        if not st.toggle(w("page_curtain_on"), value=mind.curtain is not None, key="curtain_on"):
            mind.curtain = None
            return [], None
        offered: dict[str, Offer] = {}
        with told():
            offered = _offered(opened)
        names = list(offered)
        if len(names) < 2:
            return [], None
        chosen = mind.curtain if mind.curtain and all(n in offered for n in mind.curtain) else _first(names)
        titles = {n: o.title for n, o in offered.items()}
        sides = []
        for side, name in zip(("left", "right"), chosen, strict=True):
            sides.append(st.selectbox(w(f"page_curtain_{side}"), names, names.index(name), format_func=titles.get,
                                      key=f"curtain_{side}_{mind.lang}"))  # fmt: skip
        mind.curtain = (sides[0], sides[1])
    extra = [
        Entry(f"curtain_{side}", "", True, 1.0, source=offered[name].source(), side=side, title=offered[name].title)
        for name, side in zip(mind.curtain, ("before", "after"), strict=True)
    ]
    return extra, (titles[sides[0]], titles[sides[1]])


def uncover(layers: Sequence[MapLayer], swipe: Sides | None) -> list[MapLayer]:
    """While the curtain is drawn, its sides take the place of the survey's filled layers, below all lines."""
    if swipe is None:
        return list(layers)
    hidden = ("parcels", "farmland", "reserve")
    sides = [layer for layer in layers if layer.side]
    rest = [replace(layer, on=False) if layer.id in hidden else layer for layer in layers if not layer.side]
    above = max((n + 1 for n, layer in enumerate(rest) if layer.id in hidden), default=len(rest))
    return [*rest[:above], *sides, *rest[above:]]


def _first(names: list[str]) -> Sides:
    plans = [n for n in names if n.startswith("plan-")]
    if len(plans) >= 2:
        return plans[0], plans[1]
    if plans:
        return "farmland", plans[0]
    return names[0], names[1]


def _offered(opened: cache.OpenZone) -> dict[str, Offer]:
    """What may stand on a side, by name; nothing is made before it is chosen."""
    found = {e.id: Offer(_plain(e), partial(str, e.id)) for e in entries() if e.id in _SURVEY}
    for plan in plans(opened):
        title = w("page_curtain_plan", id=plan.run_id[:8])
        found[f"plan-{plan.run_id}"] = Offer(title, partial(_after, plan, opened))
    earlier = cache.earlier_zone()
    for layer in _SURVEY if earlier else ():
        if earlier is not None and earlier.zone.has(layer):
            name = schema(layer).label(session().lang)
            title = w("page_curtain_earlier", layer=name, year=earlier.zone.survey_year)
            found[cache.BEFORE + layer] = Offer(title, partial(str, cache.BEFORE + layer))
    for entry in mine():
        found[entry.id] = Offer(_plain(entry), partial(str, entry.source))
    return found


def _plain(entry: Entry) -> str:
    return entry.title or label(entry)


def _after(plan: PlanView, opened: cache.OpenZone) -> str:
    """Address of the farmland after a plan."""
    key = f"{plan.run_id}{opened.version}"
    if f"r-farmland-{key}" in cache.shelf():
        return f"r-farmland-{key}"
    after = farmland_after(opened.zone.layer("farmland"), plan.moved_out, plan.moved_in)
    return cache.shelve(key, "farmland", after, id_column="farmland_id")


def plans(opened: cache.OpenZone) -> list[PlanView]:
    """Plans of this data: the session's, the one that was left, and those in folders beside it; newest first."""
    found: dict[str, PlanView] = {}
    here = session().plan or cache.standing_plan(opened)
    if here is not None and here.planned:
        found[here.run_id] = here
    for folder in _folders(cache.out_folder()):
        try:
            plan = cache.plan_in(folder, opened)
        except InputProblem:
            continue  # a folder that cannot be read is no plan to compare with
        if plan is not None and plan.planned:
            found.setdefault(plan.run_id, plan)
    return list(found.values())


def _folders(out: Path) -> list[Path]:
    records = [p for p in out.glob("*/plan.json") if p.is_file()] if out.is_dir() else []
    return [p.parent for p in sorted(records, key=lambda p: -p.stat().st_mtime)[:_MOST_PLANS]]
