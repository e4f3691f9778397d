"""A clicked plot and the plan: why it is in or out, what if not, and pins."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import streamlit as st

from app import cache
from app.parts import plan_job
from app.parts.figures import number
from app.parts.parcel_names import row_name
from app.parts.plan_words import w
from app.parts.safe_text import esc
from app.parts.stages_view import year_html
from app.state import session
from geo.finding import Finding
from geo.study import plans, relocation

if TYPE_CHECKING:
    from app.plan_desk import Desk
    from app.plan_view import PlanView
    from geo.plan.relocation.reasons import Reason, WhatIfNot


def plot_panel(desk: Desk, plan: PlanView) -> None:
    """What the plan says about the selected row; nothing when the plan has nothing to say."""
    mind = session()
    if mind.selected is None:
        return
    layer, row_id = cache.layer_of(mind.selected[0]), mind.selected[1]
    year = year_html(plan.stages, row_id)
    if year:
        st.html(year)
    if layer in ("moved_out", "waiting", "farmland"):
        _outgoing(plan, row_id)
        return
    if layer not in ("moved_in", "reserve", "parcels"):
        return
    reason = desk.reason(row_id)
    if reason is not None:
        st.html(
            f'<div class="tc-card tc-why" data-why="{esc(row_id)}">{_reason_html(reason, _locked(desk, row_id))}</div>'
        )
        _answer(desk, plan, reason)
        _pins(row_id)
    elif desk.result is not None:
        _refused(desk, row_id)


def _locked(desk: Desk, row_id: str) -> str:
    """Whether the plan was made with the plot locked: in, out, or empty."""
    problem = desk.result.problem if desk.result is not None else None
    if problem is None:
        return ""
    return "in" if row_id in problem.locks.inside else "out" if row_id in problem.locks.outside else ""


def _listed(parts: Iterable[str]) -> str:
    """Words in a row, with the separator of the language."""
    return ("、" if session().lang == "zh" else ", ").join(parts)


def _reason_html(reason: Reason, locked: str) -> str:
    costs = _listed(f"{w('cost_' + k)} {number(v, 2)}" for k, v in reason.costs.items() if v > 0.005)
    lines = [w(f"why_locked_{locked}")] if locked else []
    lines.append(w("why_costs", total=number(sum(reason.costs.values()), 2), parts=costs))
    if reason.neighbours:
        lines.append(w("why_together", n=reason.neighbours, saves=number(reason.together, 2)))
    earns = sorted(reason.earns.items(), key=lambda pair: -abs(pair[1]))[:4]
    if earns:
        told = _listed(f"{row_name(n)} {number(v, 2)}" for n, v in earns)
        lines.append(w("why_earns", total=number(sum(reason.earns.values()), 2), parts=told))
    net = "why_net_locked" if locked else "why_net_in" if reason.chosen else "why_net_out"
    lines.append(w(net, net=number(reason.net, 2)))
    if not locked:  # what the other way costs is the certificate's to say only where there is another way
        sharp = reason.at_least > 0.005
        lines.append(w("why_least", cost=number(reason.at_least, 2)) if sharp else w("why_least_zero"))
    items = "".join(f"<li>{esc(line)}</li>" for line in lines)
    return f"<h3>{esc(w('why_in' if reason.chosen else 'why_out'))}</h3><ul>{items}</ul>"


def _answer(desk: Desk, plan: PlanView, reason: Reason) -> None:
    """The button "what if not", and its answer."""
    identifier, result = reason.candidate_id, desk.result
    assert result is not None
    answer = desk.answers.get(identifier)
    if answer is None:

        def then(found: Any) -> None:
            desk.answers[identifier] = found

        if _locked(desk, identifier):
            return
        word = w("ask_without" if reason.chosen else "ask_with")
        if st.button(word, key="plot_what_if", icon=":material/psychology_alt:", disabled=session().job is not None):
            plan_job.ask(lambda report: plans.without(result, identifier, progress=report), then)
            st.rerun()
        return
    st.html(f'<div class="tc-card" data-answer="{esc(identifier)}">{esc(_answer_text(answer))}</div>')
    if answer.solution.has_plan and st.button(w("answer_take"), key="answer_take", icon=":material/check:"):
        plan_job.take(plans.as_result(result, answer.problem, answer.solution), plan)
        st.rerun()


def _answer_text(answer: WhatIfNot) -> str:
    if not answer.solution.has_plan:
        none = "answer_none_without" if answer.was_chosen else "answer_none_with"
        return w(none if math.isinf(answer.at_least) else "answer_time")
    text = w("answer", low=number(answer.at_least, 2), high=number(answer.at_most, 2), out=len(answer.goes),
             inn=len(answer.comes))  # fmt: skip
    return f"{text} {w('answer_comes', ids=_listed(answer.comes[:6]))}" if answer.comes else text


def _pins(row_id: str) -> None:
    """Lock in, lock out, release: kept with the terms, obeyed by the next plan."""
    kept = session().values.setdefault(relocation.SPEC.name, {})
    inn, out = tuple(kept.get("lock_in", ())), tuple(kept.get("lock_out", ()))
    columns = st.columns(3)
    for column, word, icon, there in (
        (columns[0], "pin_in", ":material/push_pin:", row_id in inn),
        (columns[1], "pin_out", ":material/block:", row_id in out),
        (columns[2], "pin_free", ":material/lock_open:", row_id not in inn + out),
    ):
        if column.button(w(word), key=word, icon=icon, disabled=there, width="stretch"):
            _pin(word, row_id)
            st.rerun()


def _pin(word: str, row_id: str) -> None:
    mind = session()
    kept = mind.values.setdefault(relocation.SPEC.name, {})
    for name, mine in (("lock_in", "pin_in"), ("lock_out", "pin_out")):
        rest = tuple(i for i in kept.get(name, ()) if i != row_id)
        kept[name] = (*rest, row_id) if word == mine else rest
    mind.pins += 1


def pins_told() -> None:
    """How many plots are pinned and pieces held back, where any are."""
    kept = session().values.get(relocation.SPEC.name, {})
    inn, out, hold = (len(kept.get(name, ())) for name in ("lock_in", "lock_out", "hold"))
    if inn or out:
        st.caption(w("pinned", inn=inn, out=out))
    if hold:
        st.caption(w("held", n=hold))


def _outgoing(plan: PlanView, row_id: str) -> None:
    """A piece that leaves or waits: why, and holding it back."""
    mind = session()
    waits = plan.waits[plan.waits["farmland_id"].astype(str) == row_id]
    leaves = bool((plan.moved_out["farmland_id"].astype(str) == row_id).any())
    if len(waits):
        row = waits.iloc[0]
        told = Finding(str(row["reason"]), "info", row_id, row["measured"], row["limit"], str(row["unit"]))
        st.html(f'<div class="tc-card">{esc(told.text(mind.lang))}</div>')
    if leaves:
        st.html(f'<div class="tc-card">{esc(w("leaves_why"))}</div>')
    kept = mind.values.setdefault(relocation.SPEC.name, {})
    held = row_id in kept.get("hold", ())
    if (leaves or held) and st.button(
        w("pin_free") if held else w("hold"), key="hold_piece", icon=":material/pan_tool:"
    ):
        rest = tuple(i for i in kept.get("hold", ()) if i != row_id)
        kept["hold"] = rest if held else (*rest, row_id)
        mind.pins += 1
        st.rerun()


def _refused(desk: Desk, row_id: str) -> None:
    """Why a plot is no candidate: every reason with its measure, limit and article."""
    assert desk.result is not None
    refused = desk.result.candidates.refused
    rows = refused[refused["candidate_id"].astype(str) == row_id]
    if not len(rows):
        return
    told = "".join(f"<li>{esc(_told(r))}</li>" for r in rows.drop_duplicates(["reason", "measured"]).itertuples())
    st.html(f'<div class="tc-card" data-refused="{esc(row_id)}"><h3>{esc(w("why_not"))}</h3><ul>{told}</ul></div>')


def _told(row: Any) -> str:
    return Finding(row.reason, "info", str(row.candidate_id), row.measured, row.limit, row.unit).text(session().lang)
