"""Beside the map of 布局调整: a plan in years, what each moves against the cap, the year of each parcel."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from app import cache
from app.parts.figures import area, mu, number, percent
from app.parts.parcel_names import short_of
from app.parts.plan_words import w
from app.parts.safe_text import esc
from app.parts.stages_words import s
from app.parts.tables import pick_row, plain_table, table_height, transfer_table
from app.state import session
from app.words import pick, place, t
from geo.standards.units import round_half_up, to_ha, to_mu
from geo.study.relocation_tell import waits_word
from geo.study.stages_result import MOST_YEARS, UNDONE

if TYPE_CHECKING:
    from app.plan_desk import Desk
    from app.plan_stages import StagesView

# Dark to light: the order survives grey print and colour blindness.
_TONES = ((0x44, 0x01, 0x54), (0x3B, 0x52, 0x8B), (0x21, 0x91, 0x8C), (0x5E, 0xC9, 0x62), (0xFD, 0xE7, 0x25))


def years_asked() -> int:
    """In how many years the plan is to be carried out; 1 is not staged."""
    mind = session()
    mind.plan_years = int(
        st.number_input(s("years"), 1, MOST_YEARS, mind.plan_years, key="plan_years", help=s("years_help"))
    )
    return mind.plan_years


def tone(year: int, years: int) -> str:
    """The colour of a year on the map."""
    at = (year - 1) / max(years - 1, 1) * (len(_TONES) - 1)
    low = min(int(at), len(_TONES) - 2)
    mixed = (round(a + (b - a) * (at - low)) for a, b in zip(_TONES[low], _TONES[low + 1], strict=True))
    return "#" + "".join(f"{v:02X}" for v in mixed)


def told(stages: StagesView) -> str:
    """How the years ended, in a sentence or two."""
    figures, done = stages.figures, len(stages.figures["years"])
    still = stages.left[stages.left["reason"].isin(UNDONE)]
    left = {"pieces": number(len(still)), "area": area(float(still["net_area_m2"].sum()) if len(still) else 0.0)}
    ended = str(figures["ended"])
    if ended == "done" and done < 2:
        return s("ended_done_one")
    if ended == "stuck" and not done:
        return s("ended_none") + pick("", " ") + s("ended_stuck", **left)
    n = done + 1 if ended in ("infeasible", "time") else done
    text = s(f"ended_{ended}", n=n) if ended == "done" else s(f"ended_{ended}", n=n, **left)
    price = figures.get("price_mu_km")
    worth = price is not None and math.isfinite(price) and price > 0.005
    return text + pick("", " ") + s("price", cost=number(price, 2)) if worth else text


def stages_panel(stages: StagesView, desk: Desk) -> None:
    """Table of the years, caps by township, lists with their year, what is left and why."""
    st.caption(s("lead"))
    ended, clear = str(stages.figures["ended"]), stages.figures["ended"] == "done"
    if clear:
        st.markdown(f"**{esc(told(stages))}**")
    else:
        st.html(_clash_html(stages) if ended == "infeasible" else f'<div class="tc-card">{esc(told(stages))}</div>')
    marked = st.toggle(w("on_map"), value=desk.marks == "years", key="years_on_map")
    desk.marks = "years" if marked else "" if desk.marks == "years" else desk.marks
    lists = {"moved_out": t("tab_out"), "moved_in": t("tab_in")}
    names = [s("tab_years"), s("tab_caps"), *lists.values(), s("tab_left")]
    tabs = st.tabs(names, key=f"stages_tabs_{session().lang}")
    with tabs[0]:
        st.html(_years_html(stages))
    with tabs[1]:
        plain_table(_caps(stages), digits={s("col_out_ha"): 4, s("col_cap_ha"): 4})
    for tab, side in zip(tabs[2:4], lists, strict=True):
        with tab:
            _list(stages, side, desk)
    with tabs[4]:
        plain_table(_left(stages)) if len(stages.left) else st.caption(s("none_left"))


def _clash_html(stages: StagesView) -> str:
    """Why the next year has no plan."""
    rows = "".join(
        f"<li>{esc(short_of(r['constraint'], r['scope'], r['amount'], r['unit']))}</li>"
        for r in stages.figures["shortfalls"]
    )
    body = f"<p>{esc(told(stages))}</p>"
    body += f"<p>{esc(s('short_lead'))}</p><ul>{rows}</ul>" if rows else ""
    return f'<div class="tc-card">{body}<p>{esc(s("ways"))}</p></div>'


def _years_html(stages: StagesView) -> str:
    rows, years = stages.figures["years"], len(stages.figures["years"])
    heads = f"<th>{esc(t('col_year'))}</th>"
    heads += "".join(f"<th>{esc(s(k))}</th>" for k in ("col_out", "col_in", "col_cap", "col_cost"))
    body = "".join(
        f'<tr><th><i class="tc-swatch" style="background:{tone(r["year"], years)}"></i>{r["year"]}</th>'
        f"{_moved(r['out_net_m2'], r['out_pieces'])}{_moved(r['in_net_m2'], r['in_plots'])}{_cap_cell(r)}"
        f"<td>{esc(number(r['cost_mu_km'], 2))}</td></tr>"
        for r in rows
    )
    if years > 1:
        sums = [sum(r[k] for r in rows) for k in ("out_net_m2", "out_pieces", "in_net_m2", "in_plots", "cost_mu_km")]
        body += (f'<tr class="tc-all"><th>{esc(s("col_all"))}</th>{_moved(*sums[:2])}{_moved(*sums[2:4])}<td></td>'
                 f"<td>{esc(number(sums[4], 2))}</td></tr>")  # fmt: skip
    return f'<div class="tc-wide"><table class="tc-years"><tr>{heads}</tr>{body}</table></div>'


def _moved(area_m2: float, pieces: int) -> str:
    """公顷 and 亩, and how many."""
    ha = f"{number(to_ha(area_m2), 4)} {t('ha')}"
    first, second = pick((mu(area_m2), ha), (ha, mu(area_m2)))
    return f"<td><b>{esc(first)}</b><small>{esc(second)} · {number(pieces)} {esc(t('pieces'))}</small></td>"


def _cap_cell(row: Mapping[str, Any]) -> str:
    """The township that came nearest its cap, as a bar."""
    town = str(row["fullest_town"])
    share = float(row["cap_used"][town])
    room = next(float(x["room_m2"]) for x in row["towns"] if str(x["town_code"]) == town)
    bar = f'<i class="tc-used"><u style="width:{min(share, 1.0):.0%}"></u></i>'
    name = place(cache.unit_name(town))
    return f"<td><b>{esc(percent(share))}</b>{bar}<small>{esc(name)} · {esc(mu(room))}</small></td>"


def _caps(stages: StagesView) -> pd.DataFrame:
    rows = [(r["year"], x) for r in stages.figures["years"] for x in r["towns"]]

    def column(key: str, unit: Any, digits: int) -> list[float]:
        return [round_half_up(unit(float(x[key])), digits) for _, x in rows]

    return pd.DataFrame({
        t("col_year"): [year for year, _ in rows],
        t("col_town"): [place(cache.unit_name(str(x["town_code"]))) for _, x in rows],
        s("col_out_ha"): column("out_net_m2", to_ha, 4), s("col_out_mu"): column("out_net_m2", to_mu, 2),
        s("col_cap_ha"): column("room_m2", to_ha, 4), s("col_cap_mu"): column("room_m2", to_mu, 2),
        s("col_used"): [round_half_up(100 * float(x["used"]), 2) for _, x in rows],
    })  # fmt: skip


def _list(stages: StagesView, side: str, desk: Desk) -> None:
    frame = getattr(stages, side)
    if frame is None:
        st.caption(w("none_known"))
        return
    table, ids = transfer_table(frame)
    row = pick_row(table, ids, key=f"stages_{side}_{desk.run_id}_{session().lang}", height=table_height())
    if not row:
        return
    layer = "farmland"
    if side == "moved_in":
        source = frame.loc[frame["candidate_id"].astype(str) == row, "source"].iloc[0]
        layer = "reserve" if source == "reserve" else "parcels"
    session().select(layer, row, fly=True)
    st.rerun(scope="fragment")


def _left(stages: StagesView) -> pd.DataFrame:
    left = stages.left
    return pd.DataFrame({
        t("col_town"): [place(cache.unit_name(str(c))) for c in left["town_code"]],
        t("col_net_mu"): [round_half_up(to_mu(float(a)), 2) for a in left["net_area_m2"]],
        s("col_why"): [waits_word(str(r), session().lang) for r in left["reason"]],
        t("col_id"): left["farmland_id"].astype(str).to_numpy(),
    })  # fmt: skip


def year_html(stages: StagesView | None, row_id: str) -> str:
    """The year in which a parcel leaves or comes; empty for one that does neither."""
    found = stages.years if stages is not None else {}
    lines = [s(word, n=found[side, row_id]) for side, word in (("moved_out", "leaves"), ("moved_in", "comes"))
             if (side, row_id) in found]  # fmt: skip
    return f'<div class="tc-card" data-year="{esc(row_id)}">{esc(" ".join(lines))}</div>' if lines else ""


def marked(stages: StagesView) -> tuple[Any, list[str], list[str], list[str]]:
    """What is drawn over the map: shapes, identifiers, titles and colours, the largest first."""
    years = len(stages.figures["years"])
    sides = ((stages.moved_out, "farmland_id", "mark_out"), (stages.moved_in, "candidate_id", "mark_in"))
    parts = [
        frame.assign(row_id=frame[key].astype(str), title=[s(word, n=int(y)) for y in frame["year"]])
        for frame, key, word in sides
        if frame is not None
    ]
    both = pd.concat(parts, ignore_index=True).sort_values("net_area_m2", ascending=False, kind="stable")
    colours = [tone(int(y), years) for y in both["year"]]
    return both.geometry, both["row_id"].tolist(), both["title"].tolist(), colours
