"""What the 村庄 page shows: figures, tables, the card of a hamlet, the layers and lines of the map."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from app import cache, village_work
from app.parts import look
from app.parts.figures import number, percent
from app.parts.layer_tree import Entry
from app.parts.safe_text import esc_markdown
from app.parts.tables import plain_table
from app.parts.village_words import w
from app.state import session
from app.words import pick
from geo.report.village_content import structure_rows
from geo.report.village_terms import told_wish
from geo.standards.units import to_ha, to_mu
from geo.study.village_result import MODES, STATES, WISHES
from geo.study.village_tell import sums

if TYPE_CHECKING:
    from geo.study.village_result import VillageResult

MOST_LINES = 1500


def _name(table: tuple[tuple[str, str, str], ...], key: str) -> str:
    return next((pick(zh, en) for code, zh, en in table if code == key), key)


def _mu(area_m2: Any) -> str:
    return number(to_mu(float(area_m2)), 2)


def _ha(area_m2: Any) -> str:
    return number(to_ha(float(area_m2)), 4)


def facts(result: VillageResult) -> None:
    """Key figures side by side."""
    s, c = sums(result), result.fields_change
    gain = to_mu(c["area_after_m2"] - c["area_before_m2"])
    look.facts([
        (w("f_hamlets"), number(s["hamlets"]), w("count"), w("f_hamlets_note", n=number(s["scattered"]))),
        (w("f_moved"), number(s["moved"]), w("count"),
         w("f_moved_note", n=number(s["households"]), d=number(s["farthest_m"]))),
        (w("f_freed"), _mu(s["freed_m2"]), w("mu"), w("f_freed_note", n=_mu(s["net_m2"]))),
        (w("f_joined"), number(c["blocks_joined"]), w("joined_unit"), w("f_joined_note", n=number(gain, 2))),
        (w("f_places"), number(s["places"]), w("count"), ""),
        (w("f_cost"), number(s["cost_yuan"] / 10_000, 1), w("wan"), ""),
        (w("f_gap"), percent(s["first_gap"], 2), "", w("f_gap_note", n=percent(s["gap"], 1))),
    ])  # fmt: skip


def map_entries(result: VillageResult) -> list[Entry]:
    """Hamlets by state and places in town, as layers of the map."""
    run = f"{result.run_id}{len(result.given['households'])}"
    key = cache.shelve(run, "hamlets", result.hamlets, id_column="hamlet_id", class_column="state")
    found = [Entry("hamlets", "group_plan", True, 1.0, source=key, title=w("layer_hamlets"))]
    towns = result.places[result.places["kind"].eq("town").to_numpy()].reset_index(drop=True)
    if len(towns):
        key = cache.shelve(run, "places", towns, id_column="place_id", class_column="kind")
        found.append(Entry("places", "group_plan", True, 1.0, source=key, title=w("layer_places")))
    return found


def overlay(result: VillageResult) -> dict[str, Any] | None:
    """Where every hamlet goes, as lines; hovering tells households and metres."""
    from shapely.geometry import mapping

    from geo.geometry.crs import GEOGRAPHIC_EPSG

    moves = result.moves
    if not len(moves) or len(moves) > MOST_LINES:
        return None
    colours = {"within": "#8E0050", "across": "#0A3F86", "town": "#00897B"}
    rows = zip(moves.to_crs(GEOGRAPHIC_EPSG).geometry, moves.to_dict("records"), strict=True)
    return {"type": "FeatureCollection", "features": [
        {"type": "Feature", "geometry": dict(mapping(shape)),
         "properties": {"id": row["hamlet_id"], "colour": colours[row["mode"]], "fill": False, "edit": False,
                        "title": f"{row['from_name']} → {row['to_name']} · {row['households']} · "
                                 f"{number(row['distance_m'])} m"}}
        for shape, row in rows
    ]}  # fmt: skip


def card(result: VillageResult) -> None:
    """The hamlet clicked: what it is, where it goes, and its pin."""
    mine = village_work.work()
    rows = result.hamlets[result.hamlets["hamlet_id"].eq(mine.picked).to_numpy()]
    if not len(rows):
        st.caption(w("pick"))
    else:
        row = rows.iloc[0]
        with st.container(border=True):
            st.markdown(esc_markdown(w("card", name=f"{row['village_name']} {row['hamlet_id']}", n=row["households"],
                                       source=w(row["source"]), state=_name(STATES, row["state"]))))  # fmt: skip
            st.caption(esc_markdown(w("card_land", land=_mu(row["land_m2"]), freed=_mu(row["freed_m2"]),
                                      joined=_mu(row["joined_m2"]))))  # fmt: skip
            move = result.moves[result.moves["hamlet_id"].eq(mine.picked).to_numpy()]
            if len(move):
                m = move.iloc[0]
                st.markdown(esc_markdown(w("goes", to=f"{m['to_name']} {m['place_id']}", d=number(m["distance_m"]),
                                           mode=_name(MODES, m["mode"]))))  # fmt: skip
            on = mine.picked not in mine.pins
            st.button(w("pin" if on else "unpin"), key="village_pin", icon=":material/push_pin:",
                      on_click=_pin, args=(mine.picked, on))  # fmt: skip
    if mine.pins:
        st.caption(esc_markdown(w("pinned", ids="、".join(mine.pins))))


def _pin(hamlet: str, on: bool) -> None:
    village_work.work().pin(hamlet, on=on)


def scheme_tab(result: VillageResult) -> None:
    """The scheme by way to move, the fields, who moves how far, and what is worth knowing."""
    if result.status in ("infeasible", "not_found"):
        st.error(w("not_found"), icon=":material/block:")
    elif result.status == "nothing":
        st.info(w("none_moves"))
    rows = result.modes
    plain_table(pd.DataFrame({
        w("c_mode"): [_name(MODES, m) for m in rows["mode"]], w("c_hamlets"): rows["hamlets"].to_numpy(),
        w("c_households"): [number(v) for v in rows["households"]], w("c_freed"): [_mu(v) for v in rows["freed_m2"]],
        w("c_built"): [_mu(v) for v in rows["built_m2"]], w("c_net"): [_mu(v) for v in rows["net_m2"]],
        w("c_far"): [number(v) for v in rows["farthest_m"]], w("c_mean"): [number(v) for v in rows["mean_m"]],
        w("c_cost"): [number(v / 10_000, 1) for v in rows["cost_yuan"]],
    }))  # fmt: skip
    c = result.fields_change
    st.markdown(w("fields", a=number(c["blocks_before"]), b=number(c["blocks_after"]), c=number(c["blocks_joined"]),
                  d=number(c["merged"])))  # fmt: skip
    st.markdown(f"**{w('bands')}**")
    bands = result.bands
    plain_table(pd.DataFrame({
        w("c_band"): [f"{number(a)}–{number(b)} m" if b == b and b is not None else f"> {number(a)} m"
                      for a, b in zip(bands["above_m"], bands["up_to_m"], strict=True)],
        w("c_hamlets"): bands["hamlets"].to_numpy(), w("c_households"): [number(v) for v in bands["households"]],
    }))  # fmt: skip
    for finding in result.findings:
        show = {"error": st.error, "warning": st.warning}.get(finding.severity, st.caption)
        show(esc_markdown(finding.text(session().lang)))


def land_tab(result: VillageResult) -> None:
    """Land use of the area before and after, by class, and what becomes of permanent farmland."""
    rows = structure_rows(result.structure.to_dict("records"), session().lang)
    plain_table(pd.DataFrame({
        w("c_land"): rows["name"].to_numpy(), w("c_before"): [number(v, 2) for v in rows["before_ha"]],
        w("c_after"): [number(v, 2) for v in rows["after_ha"]],
        w("c_change"): [number(v, 2, sign=True) for v in rows["change_ha"]],
    }), height=560)  # fmt: skip
    c = result.farmland_change
    st.caption(esc_markdown(w("farmland", ha=_ha(c["net_m2"]), n=number(c["patches"]), over=_ha(c["built_over_m2"]),
                              beside=_ha(c["adjoining_m2"]))))  # fmt: skip


def moves_tab(result: VillageResult) -> None:
    """Every hamlet that moves."""
    rows = result.moves.sort_values(["town_code", "hamlet_id"])
    plain_table(pd.DataFrame({
        w("c_hamlet"): rows["hamlet_id"].astype(str).to_numpy(), w("c_from"): rows["from_name"].astype(str).to_numpy(),
        w("c_households"): rows["households"].to_numpy(), w("c_mode"): [_name(MODES, m) for m in rows["mode"]],
        w("c_to"): rows["to_name"].astype(str).to_numpy(), w("c_place"): rows["place_id"].astype(str).to_numpy(),
        w("c_distance"): [number(v) for v in rows["distance_m"]], w("c_freed"): [_mu(v) for v in rows["freed_m2"]],
        w("c_joined"): [_mu(v) for v in rows["joined_m2"]],
    }), height=460)  # fmt: skip


def places_tab(result: VillageResult) -> None:
    """Receiving places: room, what they receive; those that receive first."""
    rows = result.places.sort_values(["received", "capacity"], ascending=False).head(400)
    plain_table(pd.DataFrame({
        w("c_place"): rows["place_id"].astype(str).to_numpy(), w("c_kind"): [w(f"kind_{k}") for k in rows["kind"]],
        w("c_from"): rows["village_name"].astype(str).to_numpy(), w("c_room"): rows["capacity"].to_numpy(),
        w("c_received"): rows["received"].to_numpy(), w("c_hamlets"): rows["hamlets_in"].to_numpy(),
        w("c_build"): [_mu(v) for v in rows["build_m2"]],
        w("c_lot"): [number(v) if v == v else "–" for v in rows["lot_m2"]],
    }), height=460)  # fmt: skip


def quota_tab(result: VillageResult) -> None:
    """拆旧建新 by project area, and the verdicts."""
    rows = result.quota
    plain_table(pd.DataFrame({
        w("c_area"): rows["name"].astype(str).to_numpy(), w("c_old"): [_ha(v) for v in rows["old_m2"]],
        w("c_reclaimed"): [_ha(v) for v in rows["reclaimed_m2"]], w("c_new"): [_ha(v) for v in rows["built_m2"]],
        w("c_spare"): [_ha(v) for v in rows["spare_m2"]], w("c_due"): rows["due_on"].astype(str).to_numpy(),
        w("c_cost"): [number(v / 10_000, 1) for v in rows["cost_yuan"]],
    }))  # fmt: skip
    st.caption(w("quota_note"))
    bad = [j for j in result.judgements if j.passed is not True]
    for verdict in bad[:20]:
        st.warning(esc_markdown(verdict.text(session().lang)))


def proof_tab(result: VillageResult) -> None:
    """Each wish's value, proven bound, and the bound that anyone can add up."""
    rows, zh = result.proof, session().lang == "zh"
    plain_table(pd.DataFrame({
        w("c_area"): rows["area"].astype(str).to_numpy(),
        w("c_wish"): [f"{n} {_name(WISHES, x)}" for n, x in zip(rows["level"], rows["wish"], strict=True)],
        **{w(f"c_{k}"): [told_wish(x, v, zh) for x, v in zip(rows["wish"], rows[k], strict=True)]
           for k in ("value", "bound", "floor")},
        w("c_gap"): [percent(v, 2) for v in rows["gap"]],
    }), height=420)  # fmt: skip
    st.caption(w("proof"))


def assumed_tab(result: VillageResult) -> None:
    """Every figure that is assumed or not certain, with its source and mark."""
    from geo.policy.article import mark_text
    from geo.policy.book import load_book

    lang = session().lang
    rows = [e for e in result.editions if e["sure"] in ("low", "medium")]
    st.caption(w("assumed_note"))
    plain_table(pd.DataFrame({
        w("c_name"): [str(e[lang]) for e in rows],
        w("c_figure"): [f"{e['value']} {_unit(e['unit'], lang)}" for e in rows],
        w("c_region"): [str(e.get("region") or "–") for e in rows],
        w("c_sure"): [mark_text(e["sure"], lang) for e in rows],
        w("c_article"): [load_book().article(e["article"]).citation(lang) for e in rows],
    }), height=460)  # fmt: skip


def _unit(unit: str, lang: str) -> str:
    from geo.standards.messages import catalogue

    entry = catalogue().get(f"unit.{unit}")
    return unit if entry is None else entry.text(lang)
