"""What else there is beside a plan: alternatives and the weight of each plot, the trade-off, scenarios side by side."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from app import cache, plan_making
from app.parts import plan_job
from app.parts.figures import number
from app.parts.parcel_names import amount, rule_name, scope_name
from app.parts.plan_charts import frontier_chart
from app.parts.plan_words import w
from app.parts.stages_words import s
from app.parts.tables import pick_row, plain_table
from app.state import session
from app.words import pick, place, t
from geo.standards.units import to_mu
from geo.study import plans

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.plan_desk import Desk
    from app.plan_view import PlanView

VIEWS = ("plan", "others", "frontier", "scenarios")


def view_switch(*, staged: bool) -> str:
    """Which side of the plan is shown beside the map; its years where it is staged."""
    mind = session()
    views = (VIEWS[0], "stages", *VIEWS[1:]) if staged else VIEWS
    if mind.desk_view not in views:
        mind.desk_view = VIEWS[0]
    chosen = st.segmented_control(
        w("view"), views, default=mind.desk_view, key=f"desk_view_{mind.lang}{'_years' if staged else ''}",
        format_func=lambda v: s("view_stages") if v == "stages" else w(f"view_{v}"),
        label_visibility="collapsed", width="stretch",
    )  # fmt: skip
    mind.desk_view = chosen or mind.desk_view
    return mind.desk_view


def opened_or_button(desk: Desk, opened: cache.OpenZone) -> bool:
    """Whether questions can be asked; a button that opens the plan where it was made elsewhere."""
    if desk.result is not None:
        return True
    st.caption(w("prepare_text"))

    def then(result: Any) -> None:
        desk.result = result

    if st.button(w("prepare"), key="plan_prepare", icon=":material/lock_open:", disabled=session().job is not None):
        plan_job.ask(lambda report: plan_making.ask_standing(opened, report), then)
        st.rerun()
    return False


def prices(desk: Desk) -> None:
    """Every rule with its room and its price at the plan."""
    assert desk.result is not None
    if desk.explanation is None:
        desk.explanation = plans.explain_plan(desk.result)
    st.caption(w("prices_lead"))
    found = desk.explanation.prices
    plain_table(
        pd.DataFrame(
            {
                w("col_rule"): [rule_name(p.constraint) for p in found],
                w("col_where"): [scope_name(p.scope) for p in found],
                w("col_step"): [_step(p.step, p.step_unit) for p in found],
                w("col_saves"): [round(p.saves, 3) for p in found],
                w("col_room"): [amount(max(p.room, 0.0), p.unit) for p in found],
                w("col_tight"): [t("yes") if p.tight else "" for p in found],
            }
        ),
        height="content",
    )  # fmt: skip


def _step(step: float, unit: str) -> str:
    words = {
        "grade": ("等", "grade"),
        "class": ("级", "class"),
        "mu": ("亩", "mu"),
        "m": ("米", "m"),
        "%": ("个百分点", "pp"),
        "plots": ("块", "plot"),
        "wan": ("万元", "× 10,000 yuan"),
    }
    return f"{step:g} {pick(*words.get(unit, (unit, unit)))}"


def others(desk: Desk, plan: PlanView) -> None:
    """Find alternatives; a table of them, the weight of every plot, and a button that takes one."""
    assert desk.result is not None
    st.caption(w("others_lead"))
    a, b, c, d = st.columns([0.25, 0.25, 0.2, 0.3], vertical_alignment="bottom")
    within = a.number_input(w("within"), 0.1, 100.0, 3.0, 0.5, key="others_within", format="%g")
    differ = b.number_input(w("differ"), 1.0, 100.0, 25.0, 5.0, key="others_differ", format="%g")
    count = c.number_input(w("count"), 1, 9, 2, key="others_count")
    if d.button(w("find"), key="others_find", icon=":material/alt_route:", width="stretch",
                disabled=session().job is not None):  # fmt: skip
        result = desk.result

        def then(found: Any) -> None:
            desk.others = found

        plan_job.ask(
            lambda report: plans.other_plans(
                result, count=int(count), within=within / 100, differ=differ / 100, progress=report
            ),
            then,
        )
        st.rerun()
    if desk.others is None:
        return
    found = desk.others
    st.caption(w(f"ended_{found.ended}"))
    plain_table(
        pd.DataFrame(
            {
                w("col_plan"): [p.label for p in found.plans],
                w("col_cost"): [round(p.solution.objective, 2) for p in found.plans],
                w("col_worse"): [round(100 * p.worse_by, 2) for p in found.plans],
                w("col_replaces"): [round(100 * p.replaces.get("A", 0.0), 1) for p in found.plans],
                w("col_plots"): [len(p.solution.chosen) for p in found.plans],
                w("col_exposed"): [round(p.solution.parts.exposed_m) if p.solution.parts else 0 for p in found.plans],
            }
        )
    )  # fmt: skip
    for column, other in zip(st.columns(max(len(found.plans) - 1, 1)), found.plans[1:], strict=False):
        if column.button(w("take", name=other.label), key=f"take_{other.label}", width="stretch"):
            plan_job.take(plans.as_result(desk.result, desk.result.problem, other.solution), plan)
            st.rerun()
    if len(found.plans) > 1:  # of one plan alone nothing can be said
        _importance(desk)


def _importance(desk: Desk) -> None:
    st.caption(w("importance_lead"))
    marked = st.toggle(w("on_map"), value=desk.marks == "importance", key="importance_on_map")
    if marked != (desk.marks == "importance"):
        desk.marks = "importance" if marked else ""
        st.rerun()
    table = desk.importance()
    shown = pd.DataFrame(
        {
            t("col_town"): [place(cache.unit_name(str(c))) for c in table["town_code"]],
            t("col_net_mu"): [round(to_mu(float(v)), 2) for v in table["net_area_m2"]],
            w("col_kind"): [w(f"kind_{k}") for k in table["kind"]],
            w("col_times"): [f"{n}/{of}" for n, of in zip(table["times"], table["of"], strict=True)],
            w("col_least"): table["at_least_mu_km"].round(2).to_numpy(),
            w("col_most"): [number(v, 2) if math.isfinite(v) else w("none_known") for v in table["at_most_mu_km"]],
            w("col_instead"): table["instead"].to_numpy(),
            t("col_id"): table["candidate_id"].to_numpy(),
        }
    )
    ids = [str(v) for v in table["candidate_id"]]
    row = pick_row(shown, ids, key=f"importance_{session().lang}_{len(desk.answers)}", height=280)
    if row:
        source = str(table.loc[table["candidate_id"] == row, "source"].iloc[0])
        session().select("reserve" if source == "reserve" else "parcels", row, fly=True)
        st.rerun()


def frontier(desk: Desk, plan: PlanView) -> None:
    """Cost against contiguity with this plan on it."""
    assert desk.result is not None
    st.caption(w("frontier_lead"))
    if desk.frontier is None:
        if st.button(w("frontier_find"), key="frontier_find", icon=":material/show_chart:",
                     disabled=session().job is not None):  # fmt: skip
            result = desk.result

            def then(found: Any) -> None:
                desk.frontier = found

            plan_job.ask(lambda report: plans.cost_and_contiguity(result, time_limit_s=10, progress=report), then)
            st.rerun()
        return
    chosen = frontier_chart(desk.frontier, key=f"frontier_{desk.run_id}_{session().lang}")
    if chosen is None or desk.frontier.points[chosen].given:
        return
    point = desk.frontier.points[chosen]
    if st.button(w("frontier_take", weight=f"{point.edge_weight:g}"), key="frontier_take", type="primary"):
        problem = desk.result.problem
        assert problem is not None
        asked = problem.with_weights(point.weights)
        plan_job.take(plans.as_result(desk.result, asked, point.solution), plan)
        st.rerun()


def scenarios(desk: Desk, plan: PlanView) -> None:
    """Keep this plan under a name; kept plans side by side, on the map, and as files to run again."""
    a, b = st.columns([0.68, 0.32], vertical_alignment="bottom")
    usual, key = f"{w('view_plan')} {len(desk.kept) + 1}", f"keep_name_{len(desk.kept)}"
    name = a.text_input(w("keep_name"), value=usual, key=key, max_chars=60)
    if b.button(w("keep"), key="keep_plan", icon=":material/bookmark_add:", width="stretch") and name.strip():
        desk.keep(name, plan)
        st.rerun()
    if not desk.kept:
        st.caption(w("keep_none"))
        return
    names = [k.name for k in desk.kept]
    figures = desk.comparison(names).figures
    shown: Mapping[str, Any] = {
        w("col_figure"): [_figure_name(r) for r in figures.to_dict("records")],
        **{n: [_figure(r, n) for r in figures.to_dict("records")] for n in names},
    }
    plain_table(pd.DataFrame(shown), height="content")
    if len(names) > 1:
        _compare_two(desk, names)
    for kept in desk.kept:
        st.download_button(
            f"{kept.name} · {w('file_scenario')}", kept.scenario, file_name=f"scenario-{kept.view.run_id}.yaml",
            key=f"scenario_{kept.view.run_id}_{kept.name}", icon=":material/download:", on_click="ignore",
        )  # fmt: skip
    st.caption(w("rerun_hint"))


def _compare_two(desk: Desk, names: list[str]) -> None:
    """Two kept plans to be told apart on the map; with fewer than two chosen nothing is marked."""
    now = [n for n in desk.marks.split("\n")[1:] if n in names]
    boxes = st.columns(2)
    two: list[str] = []
    for k, box in enumerate(boxes):
        offered = [n for n in names if n not in two]
        index = offered.index(now[k]) if len(now) == 2 and now[k] in offered else None
        found = box.selectbox(w(f"compare_{k + 1}"), offered, index=index, key=f"compare_{k + 1}",
                              placeholder=w("compare_choose"), filter_mode=None)  # fmt: skip
        two += [found] if found is not None else []
    comparing = desk.marks.startswith("compare")
    marks = "\n".join(["compare", *two]) if len(two) == 2 else "" if comparing else desk.marks
    if marks != desk.marks:
        desk.marks = marks
        st.rerun()


def _figure_name(row: Mapping[str, Any]) -> str:
    unit = {"m2": t("mu"), "亩·km": pick("亩·km", "mu·km"), "亩": t("mu")}.get(row["unit"], row["unit"])
    name = pick(row["zh"], row["en"])
    return f"{name} {unit}".strip()


def _figure(row: Mapping[str, Any], name: str) -> str:
    value = float(row[name])
    if row["unit"] == "m2":
        return number(to_mu(value), 2)
    if row["key"] == "gap":
        return f"{number(100 * value, 2)}%"
    return number(value, {"plots": 0, "broken": 0, "exposed_m": 0, "contiguity": 6}.get(row["key"], 2))
