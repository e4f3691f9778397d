"""What the 混合用地 page shows: figures, ranked sites with reasons, facilities, the country, both matrices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from app import cache, mixed_work
from app.parts import look
from app.parts.figures import number, percent
from app.parts.layer_tree import Entry
from app.parts.mixed_words import w
from app.parts.safe_text import esc_markdown
from app.parts.tables import plain_table
from app.state import session
from app.words import pick
from geo.policy.uses import RURAL, USES
from geo.standards.units import to_ha, to_mu
from geo.study.mixed_result import FACILITIES
from geo.study.mixed_tell import sums

if TYPE_CHECKING:
    from geo.study.mixed_result import MixedResult

MOST_ROWS = 400


def use_name(use: str) -> str:
    return pick(use, {**USES, **RURAL}.get(use, use))


def _mu(area_m2: Any) -> str:
    return number(to_mu(float(area_m2)), 2)


def facts(result: MixedResult) -> None:
    """Key figures side by side."""
    s = sums(result)
    look.facts([
        (w("f_plots"), number(s["plots"]), w("plot"), ""),
        (w("f_pairs"), number(s["pairs"]), w("pair"),
         w("f_pairs_note", road=number(s["by_road"]), straight=number(s["straight"]))),
        (w("f_sites"), number(s["sites"]), w("site"), w("f_sites_note", ha=number(to_ha(s["site_m2"]), 2))),
        (w("f_rural"), number(s["hamlets"]), w("count"), ""),
    ])  # fmt: skip


def map_entries(result: MixedResult) -> list[Entry]:
    """Plots by use, and the outlines of the sites."""
    key = cache.shelve(result.run_id, "useplots", result.plots, id_column="plot_id", class_column="use")
    found = [Entry("useplots", "group_plan", True, 0.95, source=key, title=w("layer_plots"))]
    if len(result.sites):
        key = cache.shelve(result.run_id, "usesites", result.sites, id_column="site_id")
        found.append(Entry("usesites", "group_plan", True, 1.0, source=key, title=w("layer_sites")))
    return found


def card(result: MixedResult) -> None:
    """The site clicked, with its reason."""
    rows = result.sites[result.sites["site_id"].eq(mixed_work.work().picked).to_numpy()]
    if len(rows):
        with st.container(border=True):
            row = rows.iloc[0]
            st.markdown(f"**{esc_markdown(w('picked', id=row['site_id']))}** · {number(to_ha(row['area_m2']), 2)} ha")
            st.caption(esc_markdown(str(row[f"reason_{session().lang}"])))


def sites_tab(result: MixedResult) -> None:
    """The sites in their order, each with the reason."""
    st.caption(w("sites_note"))
    rows = result.sites.head(MOST_ROWS)
    lang = session().lang
    plain_table(pd.DataFrame({
        w("c_site"): rows["site_id"].astype(str).to_numpy(),
        w("c_uses"): ["、".join(u.split()) if lang == "zh" else ", ".join(USES[x] for x in u.split())
                      for u in rows["use_list"]],
        w("c_ha"): [number(to_ha(v), 2) for v in rows["area_m2"]],
        w("c_second"): [percent(v, 0) for v in rows["second_share"]],
        w("c_covered"): rows["covered"].to_numpy(),
        w("c_reason"): rows[f"reason_{lang}"].astype(str).to_numpy(),
    }), height=430)  # fmt: skip
    if len(rows):
        chosen = st.selectbox(w("c_site"), list(rows["site_id"]), key="mixed_site", label_visibility="collapsed")
        st.button(w("fly"), key="mixed_fly", icon=":material/my_location:", on_click=_fly, args=(chosen,))


def _fly(site: str) -> None:
    mine = mixed_work.work()
    if mine.result is not None:
        mine.picked = site
        mixed_work.look_at(mine.result.sites[mine.result.sites["site_id"].eq(site).to_numpy()])


def cover_tab(result: MixedResult) -> None:
    """Facilities within walking distance, by use and kind."""
    names = {k: pick(a, b) for k, _, a, b in FACILITIES}
    rows = result.coverage
    plain_table(pd.DataFrame({
        w("c_use"): [use_name(u) for u in rows["use"]], w("c_kind"): [names[k] for k in rows["kind"]],
        w("c_plots"): rows["plots"].to_numpy(), w("c_near"): rows["near"].to_numpy(),
        w("c_road"): rows["near_road"].to_numpy(), w("c_straight"): rows["near_straight"].to_numpy(),
        w("c_share"): [percent(a / b if b else 0.0, 1) for a, b in zip(rows["near_m2"], rows["area_m2"], strict=True)],
    }), height=480)  # fmt: skip
    st.caption(w("cover_note", m=number(result.values["walk_m"])))


def rural_tab(result: MixedResult) -> None:
    """Hamlets with the farm land beside them."""
    rows = result.rural.head(MOST_ROWS)
    plain_table(pd.DataFrame({
        w("c_hamlet"): rows["hamlet_id"].astype(str).to_numpy(),
        w("c_village"): rows["village_name"].astype(str).to_numpy(),
        **{w(f"c_{k}"): [_mu(v) for v in rows[f"{k}_m2"]] for k in ("idle", "garden", "pond", "facility", "tourism")},
        w("c_pbf"): [_mu(v) for v in rows["farmland_m2"]],
        w("c_red"): [w("yes") if v else w("no") for v in rows["redline"]],
    }), height=460)  # fmt: skip
    st.caption(w("rural_note", m=number(result.values["share_m"])))


def matrix_tab(result: MixedResult) -> None:
    """What article 8 says of each pair, with the source and mark."""
    from geo.policy.article import mark_text
    from geo.policy.book import load_book

    lang = session().lang
    for name, rows in result.matrix.groupby("matrix", sort=False):
        st.markdown(f"**{w(str(name))}**")
        plain_table(pd.DataFrame({
            w("c_use"): [f"{use_name(a)} + {use_name(b)}" for a, b in zip(rows["first"], rows["second"], strict=True)],
            w("c_answer"): [w(a) for a in rows["answer"]], w("c_care"): rows[f"care_{lang}"].astype(str).to_numpy(),
            w("c_sure"): [f"{load_book().article(a).citation(lang)} · {mark_text(s, lang)}"
                          for a, s in zip(rows["article"], rows["sure"], strict=True)],
            w("c_care_sure"): [f"{load_book().article(a).citation(lang)} · {mark_text(s, lang)}" if a else "–"
                               for a, s in zip(rows["care_article"], rows["care_sure"], strict=True)],
        }))  # fmt: skip


def notes_tab(result: MixedResult) -> None:
    """What is worth knowing of the data."""
    for finding in result.findings:
        show = {"error": st.error, "warning": st.warning}.get(finding.severity, st.info)
        show(esc_markdown(finding.text(session().lang)))
