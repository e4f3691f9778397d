"""Beside the map of 布局调整: the plan, alternatives, trade-off, scenarios; and their marks on the map."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import streamlit as st

from app import cache
from app.parts import look, plan_job, plan_questions
from app.parts.figures import number
from app.parts.parcel_names import row_name
from app.parts.plan_facts import plan_facts, why_not_html
from app.parts.plan_results import results
from app.parts.plan_words import w
from app.parts.safe_text import esc, esc_markdown
from app.parts.stages_view import marked, stages_panel
from app.parts.stages_view import told as stages_told
from app.parts.stages_words import s
from app.plan_desk import Desk
from app.state import session
from app.words import pick, t
from geo.geometry.crs import to_degrees
from geo.study import plans
from geo.study.relocation_tell import proven as tell_proven

if TYPE_CHECKING:
    from app.plan_view import PlanView

MOST_MARKS = 1500
KINDS = {"needed": "#7A0177", "always": "#C51B8A", "exchangeable": "#FA9FB5"}
SIDES = ("#D95F02", "#1B9E77")


def desk_of(plan: PlanView) -> Desk:
    """This visitor's desk, about this plan."""
    mind = session()
    if mind.desk is None:
        mind.desk = Desk()
    found: Desk = mind.desk.about(plan)
    return found


def above_the_map(plan: PlanView | None, desk: Desk | None) -> None:
    """What the plan comes to, how good it is and what changed; without a plan, why there is none."""
    if plan is None:
        st.info(t("plan_other_data" if cache.plan_was_left() else "plan_none"), icon=":material/route:")
    elif plan.planned and desk is not None:
        look.facts(plan_facts(plan))
        if math.isfinite(plan.gap):
            st.markdown(f"**{esc_markdown(tell_proven(plan.gap, session().lang))}**")
        if plan.stages is not None:
            st.caption(esc_markdown(s("told_above", told=stages_told(plan.stages))))
        _changed(desk)


def _changed(desk: Desk) -> None:
    """What the last re-plan changed."""
    if desk.changed is not None:
        c = desk.changed
        st.caption(w("changed", inn=int(c["inn"]), out=int(c["out"]), cost=number(c["cost"], 2, sign=True)))


def beside_the_map(desk: Desk, plan: PlanView, opened: cache.OpenZone, asked: Mapping[str, str]) -> None:
    """The side that the visitor chose; without a plan, why there is none and the ways out."""
    if not plan.planned:
        st.html(why_not_html(plan))
        if plan.status == "infeasible" and plan_questions.opened_or_button(desk, opened):
            _ways_out(desk)
        return
    view = plan_questions.view_switch(staged=plan.stages is not None)
    above = st.container()
    if view == "plan":
        results(plan, asked, desk, opened)
    elif view == "stages" and plan.stages is not None:
        stages_panel(plan.stages, desk)
    elif plan_questions.opened_or_button(desk, opened):
        {"others": plan_questions.others, "frontier": plan_questions.frontier,
         "scenarios": plan_questions.scenarios}[view](desk, plan)  # fmt: skip
    chosen = _marked(desk, plan)
    if chosen is not None and len(chosen[1]) > MOST_MARKS:
        above.caption(w("shown_first", n=number(MOST_MARKS), all=number(len(chosen[1]))))


def _ways_out(desk: Desk) -> None:
    assert desk.result is not None
    lang = session().lang
    if desk.explanation is None:
        result = desk.result

        def then(found: Any) -> None:
            desk.explanation = found

        if st.button(w("ways_find"), key="ways_find", icon=":material/signpost:", disabled=session().job is not None):
            plan_job.ask(lambda report: plans.explain_plan(result, progress=report), then)
            st.rerun()
        return
    found = desk.explanation
    towns = [t for rows in (found.towns or {}).values() for t in rows if t.supply_m2 < t.out_m2][:12]
    ways = "".join(f"<li>{esc(_plain(x.finding.text(lang)))}</li>" for x in found.ways)
    where = "".join(f"<li>{esc(_plain(t.finding.text(lang)))}</li>" for t in towns)
    body = f"<p>{esc(w('clash', names=pick('、', ', ').join(row_name(n) for n in found.clashing)))}</p>"
    body += f"<h3>{esc(w('ways'))}</h3><ul>{ways}</ul>" if ways else f"<p>{esc(w('ways_none'))}</p>"
    body += f"<h3>{esc(w('where'))}</h3><ul>{where}</ul>" if where else ""
    st.html(f'<div class="tc-card tc-ways">{body}</div>')


def _plain(text: str) -> str:
    """A finding without its code."""
    return text.partition("] ")[2] or text


def marks(desk: Desk | None, plan: PlanView | None) -> dict[str, Any] | None:
    """What is drawn over the map: the weight of each plot, the year of each parcel, or how two kept plans differ; the
    outline drawn by hand."""
    if desk is None or plan is None:
        return None
    chosen = _marked(desk, plan)
    found = _collection(*chosen) if chosen is not None else None
    if desk.outline is None:
        return found
    look = {"title": "", "colour": "#0A3F86", "dashed": True, "fill": True}
    shape = {"type": "Feature", "geometry": desk.outline, "properties": look}
    return {"type": "FeatureCollection", "features": [*(found["features"] if found else ()), shape]}


def _marked(desk: Desk, plan: PlanView) -> tuple[Any, list[str], list[str], list[str]] | None:
    """Shapes, identifiers, titles and colours of what is marked, the largest first; None when nothing is."""
    if desk.marks == "years" and plan.stages is not None and plan.stages.figures["years"]:
        return marked(plan.stages)
    if desk.marks == "importance" and desk.others is not None and desk.result is not None:
        table = desk.importance().sort_values("net_area_m2", ascending=False, kind="stable")
        shapes = desk.result.candidates.accepted.set_index("candidate_id").geometry
        colour = [KINDS[k] for k in table["kind"]]
        title = [
            f"{w('kind_' + k)} {n}/{of}" for k, n, of in zip(table["kind"], table["times"], table["of"], strict=True)
        ]
        return shapes.reindex(table["candidate_id"]), table["candidate_id"].tolist(), title, colour
    if desk.marks.startswith("compare"):
        names = [n for n in desk.marks.split("\n")[1:] if n in {k.name for k in desk.kept}]
        if len(names) == 2:
            moved = desk.comparison(names).moved
            moved = moved[moved["where"] != "all"].sort_values("net_area_m2", ascending=False, kind="stable")
            first = desk.comparison(names).names
            colour = [SIDES[first.index(p)] for p in moved["where"]]
            title = [w("only", name=p) for p in moved["where"]]
            return moved.geometry, [str(i) for i in moved["id"]], title, colour
    return None


def _collection(shapes: Any, ids: list[str], titles: list[str], colours: list[str]) -> dict[str, Any]:
    import shapely

    degrees = to_degrees(shapes.to_frame("geometry")).geometry
    features = [
        {"type": "Feature", "geometry": shapely.geometry.mapping(shape),
         "properties": {"id": i, "title": title, "colour": colour, "dashed": False, "fill": True}}
        for shape, i, title, colour in list(zip(degrees, ids, titles, colours, strict=True))[:MOST_MARKS]
    ]  # fmt: skip
    return {"type": "FeatureCollection", "features": features}
