"""What the 项目 page shows of a project: figures, tables, judgement, the plan and its alternatives, map layers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from app import cache, project_work
from app.parts import look
from app.parts.figures import number, percent
from app.parts.layer_tree import Entry
from app.parts.project_words import w
from app.parts.safe_text import esc, esc_markdown
from app.parts.tables import plain_table
from app.state import session
from app.words import pick
from geo.standards.units import to_ha, to_mu

if TYPE_CHECKING:
    from geo.study.project_result import ProjectResult, Taken

BY = ("county", "town", "village", "owner", "owner_kind", "three", "group", "class", "slope", "grade", "plot", "phase")
_CODE = re.compile(r"^\[[\w.]+\]\s*")
LOTS_OFFERED = 400  # of a county's pool, nearest first; the map offers the rest


def facts(taken: Taken, result: ProjectResult | None) -> None:
    """Key figures side by side."""
    row = taken.options[taken.options["chosen"].astype(bool)].iloc[0]
    ha = w("ha")
    may = w("none") if not len(taken.farmland_taken) else w("may") if taken.eligible.passed else w("may_not")
    told = [
        (w("f_total"), _ha(row["area_m2"]), ha, taken.route.text(session().lang).splitlines()[1]),
        (w("f_crop"), _ha(row["cropland_m2"]), ha, w("f_paddy", v=_ha(row["paddy_m2"]))),
        (w("f_pbf"), _ha(row["farmland_m2"]), ha,
         w("f_pbf_note", n=len(taken.farmland_taken), g=number(row["farmland_grade"], 2))),
        (w("f_red"), _ha(row["redline_m2"]), ha, ""),
        (w("f_boundary"), _ha(row["boundary_m2"]), ha, ""),
        (w("f_may"), may, "", ""),
    ]  # fmt: skip
    if result is not None and result.planned:
        told.append((w("f_in"), _ha(result.replacement["net_area_m2"].sum()), ha,
                     w("f_in_note", n=len(result.replacement), g=number(_grade(result.replacement), 2))))  # fmt: skip
    look.facts(told)


def _ha(area_m2: Any) -> str:
    return number(to_ha(float(area_m2)), 4)


def _grade(frame: Any) -> float:
    net = frame["net_area_m2"].astype(float)
    return float((frame["grade"].astype(float) * net).sum() / net.sum()) if net.sum() else float("nan")


def map_entries(run: str, taken: Taken, result: ProjectResult | None) -> list[Entry]:
    """The layers of the page on the map: candidates, what is taken, what replaces it."""
    found = []
    if result is not None and len(result.candidates):
        key = cache.shelve(run, "candidates", result.candidates, id_column="candidate_id")
        found.append(Entry("candidates", "group_plan", True, 0.8, "layer_project_candidates", key))
    if len(taken.farmland_taken):
        key = cache.shelve(run, "taken", taken.farmland_taken, id_column="piece_id")
        found.append(Entry("taken", "group_plan", True, 1.0, "layer_project_taken", key))
    if result is not None and len(result.replacement):
        key = cache.shelve(f"{run}{result.label}", "replacement", result.replacement, id_column="lot_id")
        found.append(Entry("replacement", "group_plan", True, 1.0, "layer_project_in", key))
    return found


def overlay() -> dict[str, Any] | None:
    """The footprint as an overlay of the map; what was drawn can be changed there."""
    mine = project_work.work()
    shapes = [(f"drawn-{k}", shape, True) for k, shape in enumerate(mine.drawn)]
    if not shapes and mine.footprint is not None:
        shapes = [(f"plot-{k}", shape, False) for k, shape in enumerate(project_work.degrees(mine.footprint))]
    if not shapes or len(shapes) > 500:
        return None
    return {"type": "FeatureCollection", "features": [
        {"type": "Feature", "geometry": shape,
         "properties": {"id": key, "title": w("files"), "colour": "#D00000", "fill": True, "edit": edit}}
        for key, shape, edit in shapes
    ]}  # fmt: skip


def taken_tab(taken: Taken) -> None:
    """What it takes, by county, class, owner …; options side by side; what is worth knowing."""
    there = [b for b in BY if (taken.totals["by"] == b).any()]
    chosen = st.segmented_control(w("by"), there, default="class" if "class" in there else there[0],
                                  key=f"project_by_{session().lang}", format_func=lambda b: w(f"by_{b}"),
                                  label_visibility="collapsed")  # fmt: skip
    rows = taken.totals[taken.totals["by"] == (chosen or there[0])]
    plain_table(pd.DataFrame({
        w("c_name"): [pick(z, e) for z, e in zip(rows["zh"].astype(str), rows["en"].astype(str), strict=True)],
        w("c_parcels"): rows["parcels"].to_numpy(),
        w("c_ha"): [_ha(v) for v in rows["area_m2"]],
        w("c_mu"): [number(to_mu(v), 2) for v in rows["area_m2"]],
        w("c_share"): [number(float(v) * 100, 2) for v in rows["share"]],
    }))  # fmt: skip
    if len(taken.options) > 1:
        st.markdown(f"**{w('options')}**")
        plain_table(_options(taken.options))
    said = [f for f in taken.findings if f.severity != "pass"]
    for finding in said[:12]:
        show = {"error": st.error, "warning": st.warning}.get(finding.severity, st.info)
        show(esc_markdown(finding.text(session().lang)))


def _options(rows: pd.DataFrame) -> pd.DataFrame:
    columns = {"c_total": "area_m2", "c_crop": "cropland_m2", "c_pbf": "farmland_m2",
               "c_pbf_paddy": "farmland_paddy_m2", "c_red": "redline_m2", "c_boundary": "boundary_m2"}  # fmt: skip
    told = {w("c_option"): rows["option"].astype(str).to_numpy()}
    told |= {w(word): [_ha(v) for v in rows[column]] for word, column in columns.items()}
    told[w("c_grade")] = [number(float(v), 2) for v in rows["farmland_grade"]]
    return pd.DataFrame(told)


def overlay_tab(taken: Taken) -> None:
    """Every analysis of the catalogue; a layer that is not there is told as such, never as nought."""
    rows = taken.overlays
    known = rows["status"] != "no_layer"
    plain_table(pd.DataFrame({
        w("c_analysis"): [pick(z, e) for z, e in zip(rows["zh"], rows["en"], strict=True)],
        w("c_subject"): [pick(z, e) for z, e in zip(rows["subject_zh"], rows["subject_en"], strict=True)],
        w("c_state"): [w(f"s_{s}") for s in rows["status"]],
        w("c_parcels"): [number(n) if k else "–" for n, k in zip(rows["parcels"], known, strict=True)],
        w("c_ha"): [_ha(v) if k else "–" for v, k in zip(rows["area_m2"], known, strict=True)],
    }), height=460)  # fmt: skip


def judge_tab(taken: Taken, result: ProjectResult | None) -> None:
    """Who approves and why; may it take farmland; the checks of the replacement; what may be promised."""
    lang = session().lang
    heads = [line for line in taken.route.text(lang).splitlines()[1:] if not line.startswith("[")]
    st.markdown("\n".join(f"- {esc_markdown(line)}" for line in heads))
    verdicts = (taken.eligible,) if result is None else result.judgements
    st.markdown("\n".join(f"- {_verdict(v, lang)}" for v in verdicts))
    with st.expander(w("reasons")):
        st.markdown("\n".join(f"- {_verdict(v, lang)}" for v in taken.route.reasons))
    for row in taken.promises.to_dict("records"):
        mark = "✓" if row["may"] else "✕"
        st.caption(esc_markdown(f"{mark} {row[lang]} · {row[f'why_{lang}']}"))


def _verdict(verdict: Any, lang: str) -> str:
    """A verdict as a line: its sign, and its sentence without the code of the rule."""
    sign = {True: "✓", False: "✕", None: "–"}[verdict.passed]
    return f"{sign} {esc_markdown(_CODE.sub('', verdict.text(lang)))}"


def plan_tab(result: ProjectResult) -> None:
    """The statements by county, the lots, and the locks; or why there is no plan."""
    if result.status == "nothing":
        st.success(w("nothing"))
        return
    if not result.planned:
        st.error(w("short"), icon=":material/inventory_2:")
        for frame in (result.shortfalls, result.relaxations):
            if len(frame):
                plain_table(frame.drop(columns=[c for c in ("en" if session().lang == "zh" else "zh", "kind")
                                                if c in frame]))  # fmt: skip
        locks(result)
        return
    rows = result.comparison
    plain_table(pd.DataFrame({
        w("c_county"): rows["county_name"].to_numpy(),
        w("c_out"): [_ha(v) for v in rows["out_area_m2"]], w("c_in"): [_ha(v) for v in rows["in_area_m2"]],
        w("c_more"): [_ha(v) for v in rows["surplus_m2"]],
        w("c_out_paddy"): [_ha(v) for v in rows["out_paddy_m2"]],
        w("c_in_paddy"): [_ha(v) for v in rows["in_paddy_m2"]],
        w("c_out_grade"): [number(v, 2) for v in rows["out_grade"]],
        w("c_in_grade"): [number(v, 2) for v in rows["in_grade"]],
    }))  # fmt: skip
    lots = result.replacement
    plain_table(pd.DataFrame({
        w("c_lot"): lots["lot_id"].astype(str).to_numpy(), w("c_town"): lots["town_name"].astype(str).to_numpy(),
        w("c_land"): lots["class_name"].astype(str).to_numpy(), w("c_ha"): [_ha(v) for v in lots["net_area_m2"]],
        w("c_g"): lots["grade"].to_numpy(), w("c_dist"): [number(v) for v in lots["distance_m"]],
        w("c_locked"): ["●" if v else "" for v in lots["locked"].astype(bool)],
    }), height=min(320, 60 + 36 * len(lots)))  # fmt: skip
    gap = float(result.proof["gap"].max()) if len(result.proof) else 0.0
    st.caption(w("proof", gap=percent(gap, 4)))
    locks(result)


def locks(result: ProjectResult) -> None:
    """Which lots must come and which must not; the next plan obeys."""
    mine = project_work.work()
    mine_too = result.candidates["county_code"].astype(str).isin(set(result.demand["county_code"].astype(str)))
    pool = result.candidates[mine_too].sort_values("distance_m").head(LOTS_OFFERED)
    used = set(result.replacement["lot_id"].astype(str)) if len(result.replacement) else set()
    names = {
        str(r.candidate_id): f"{r.candidate_id} · {_ha(r.net_area_m2)} {w('ha')} · {w('c_g')} {int(r.grade)} · "
        f"{number(r.distance_m)} m" + (" · ✓" if str(r.candidate_id) in used else "")
        for r in pool.itertuples()
    }
    offered = list(dict.fromkeys([*mine.lock_in, *mine.lock_out, *names]))
    left, right = st.columns(2)
    for column, key, kept in ((left, "lock_in", mine.lock_in), (right, "lock_out", mine.lock_out)):
        now = column.multiselect(w(key), offered, default=list(kept), key=f"project_{key}_{hash(kept)}",
                                 format_func=lambda i: names.get(i, i), placeholder=w("pick_lots"))  # fmt: skip
        if tuple(now) != kept:
            other = "lock_out" if key == "lock_in" else "lock_in"
            setattr(mine, key, tuple(now))
            setattr(mine, other, tuple(i for i in getattr(mine, other) if i not in now))
            st.rerun()
    st.caption(w("lock_help"))


def picked_lot(result: ProjectResult) -> None:
    """The lot that was clicked on the map, and what to do with it."""
    mine = project_work.work()
    rows = result.candidates[result.candidates["candidate_id"].astype(str) == mine.picked]
    if not mine.picked or not len(rows):
        return
    row = rows.iloc[0]
    st.info(esc_markdown(w("picked", lot=mine.picked, ha=_ha(row["net_area_m2"]), g=int(row["grade"]),
                           d=number(row["distance_m"]))), icon=":material/grass:")  # fmt: skip
    places = st.columns(3)
    # Callbacks: a press is obeyed even when the map asks for another run at the same moment.
    for column, word, where in zip(places, ("lock_this", "ban_this", "free_this"), ("in", "out", ""), strict=True):
        column.button(w(word), key=f"project_{word}", width="stretch", on_click=mine.lock, args=(mine.picked, where))


def compare_tab(result: ProjectResult) -> None:
    """The plan and its alternatives side by side; one press takes another."""
    if not len(result.plans):
        st.caption(w("not_planned"))
        return
    rows = result.plans.to_dict("records")[:4]
    measures = (
        ("a_plots", lambda r: number(r["plots"])), ("a_ha", lambda r: _ha(r["area_m2"])),
        ("a_paddy", lambda r: _ha(r["paddy_m2"])), ("a_grade", lambda r: number(r["grade"], 2)),
        ("a_dist", lambda r: number(r["distance_mu_km"], 2)), ("a_left", lambda r: _ha(r["leftover_m2"])),
        ("a_worse", lambda r: percent(r["worse_by"], 1)), ("a_shared", lambda r: percent(r["shared"], 0)),
    )  # fmt: skip
    names = ((w("alt", label=r["alternative"]), r["alternative"] == result.label) for r in rows)
    heads = "".join(f"<th>{esc(n)}{' ✓' if now else ''}</th>" for n, now in names)
    body = "".join(
        f"<tr><th>{esc(w(word))}</th>{''.join(f'<td>{esc(show(r))}</td>' for r in rows)}</tr>"
        for word, show in measures
    )
    st.html(f'<table class="tc-plans"><tr><th></th>{heads}</tr>{body}</table>')
    for column, row in zip(st.columns([1.1, *[1.0] * len(rows)])[1:], rows, strict=True):
        now = row["alternative"] == result.label
        column.button(w("alt_now" if now else "choose"), key=f"project_choose_{row['alternative']}", disabled=now,
                      width="stretch", on_click=project_work.choose, args=(row["alternative"],))  # fmt: skip
