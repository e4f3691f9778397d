"""The pieces of the 变化 page: figures, map layers, flows, matrix, places, farmland lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from app import cache
from app.parts import look
from app.parts.change_words import w
from app.parts.figures import big_area, number
from app.parts.layer_tree import Entry
from app.parts.safe_text import esc_markdown
from app.parts.tables import pick_row, plain_table, to_mu_column
from app.state import session
from app.words import place
from geo.report.change_workbook import matrix_frame
from geo.standards.units import HA_M2, to_ha
from geo.study import change_tell
from geo.study.change import signs_of

if TYPE_CHECKING:
    from geo.study.change import ChangeResult

_FLOW_WIDTH = 660


def figures(result: ChangeResult) -> None:
    """Real change, re-survey, cropland, permanent farmland, the residual."""
    towns = result.by_town
    lost, gained = float(towns["lost_m2"].sum()), float(towns["gained_m2"].sum())
    rows = [
        (w("fact_real"), *big_area(result.kind_m2("real")), w("fact_naive", area=" ".join(big_area(result.naive_m2)))),
        (w("fact_resurvey"), *big_area(result.kind_m2("resurvey")), w("fact_tolerance", m=f"{result.tolerance_m:g}")),
        (w("fact_lost"), *big_area(lost), ""),
        (w("fact_gained"), *big_area(gained), w("fact_net", area=" ".join(_signed(gained - lost)))),
    ]
    causes = result.farmland_by_cause
    if causes is not None:
        net = causes.set_index("cause")["net_area_m2"]
        other = float(net["nongrain"] + net["planting"])
        rows.append((w("fact_farmland"), *big_area(float(net.sum())),
                     w("fact_farmland_note", a=" ".join(big_area(float(net["nonfarm"]))),
                       b=" ".join(big_area(other)))))  # fmt: skip
    worst = float(result.closing["residual_m2"].abs().max())
    rows.append((w("fact_closing"), number(worst, 4), "m²", w("fact_closing_note")))
    look.facts(rows)


def _signed(m2: float) -> tuple[str, str]:
    text, unit = big_area(abs(m2))
    return f"{'-' if m2 < 0 else '+'}{text}", unit


def layers(result: ChangeResult) -> list[Entry]:
    """The changed places, and under them what is of re-surveying."""
    parts = result.parts
    real = (parts["kind"] == "real").to_numpy()
    columns = ["change_id", "before_code", "after_code", "area_m2", "town_code", "kind", "sign", "geometry"]
    frame = parts.assign(sign=signs_of(result))[columns]
    found = []
    for name, rows, on in (("resurvey", ~real, False), ("change", real, True)):
        if rows.any():
            kept = frame[rows].reset_index(drop=True)
            run = f"{name}{result.run_id}"
            source = cache.shelve(run, "change", kept, id_column="change_id", class_column="sign")
            found.append(Entry(name, "group_result", on, 0.9, title=w(f"layer_{name}"), source=source))
    return found


def flow(result: ChangeResult) -> None:
    """The flows of real change as a picture."""
    st.image(change_tell.flow_svg(result, session().lang), width=_FLOW_WIDTH)


def matrix(result: ChangeResult) -> None:
    """The whole matrix, ha."""
    lang = session().lang
    frame = matrix_frame(result.matrix, change_tell.names_of(result, lang), lang) / HA_M2
    st.caption(w("matrix_unit"))
    st.dataframe(frame.style.format(lambda v: "" if abs(v) < 5e-5 else f"{v:,.4f}"), height=560, width="stretch")


def places(result: ChangeResult) -> str | None:
    """Every changed place, largest first; the one chosen."""
    lang = session().lang
    names = change_tell.names_of(result, lang)
    frame = result.parts[result.parts["kind"] != "resurvey"].sort_values("area_m2", ascending=False, kind="stable")
    table = pd.DataFrame({
        w("col_from"): [names.get(k, k) for k in frame["before_class"]],
        w("col_to"): [names.get(k, k) for k in frame["after_class"]],
        w("col_mu"): to_mu_column(frame["area_m2"]),
        w("col_town"): [place(change_tell.town_name(c)) for c in frame["town_code"]],
        w("col_kind"): [w(f"kind_{k}") for k in frame["kind"]],
    })  # fmt: skip
    return pick_row(table, list(frame["change_id"]), key=f"change_places_{result.run_id}", height=520)


def balance(result: ChangeResult) -> None:
    """By class, ha."""
    rows = change_tell.balance_rows(result, session().lang)
    names = {"before_m2": "col_before", "after_m2": "col_after", "lost_m2": "col_lost", "gained_m2": "col_gained",
             "small_net_m2": "col_small", "resurvey_m2": "col_resurvey"}  # fmt: skip
    table = {w("col_class"): list(rows["name"])}
    table |= {w(word): [round(to_ha(v), 4) for v in rows[c]] for c, word in names.items()}
    plain_table(pd.DataFrame(table), height=560)


def farmland(result: ChangeResult) -> None:
    """Permanent farmland lost, by cause."""
    rows = change_tell.cause_rows(result, session().lang)
    if rows is None:
        st.info(w("no_farmland"), icon=":material/info:")
        return
    plain_table(pd.DataFrame({
        w("col_cause"): list(rows["name"]), w("col_pieces"): list(rows["pieces"]),
        w("col_net"): to_mu_column(rows["net_area_m2"]),
    }))  # fmt: skip


def notes(result: ChangeResult) -> None:
    """The rule, and every finding."""
    lang = session().lang
    for label, text in change_tell.headline(result, lang)[-2:]:
        st.markdown(f"**{esc_markdown(label)}**  {esc_markdown(text)}")
    for finding in result.findings:
        st.markdown("- " + esc_markdown(finding.text(lang)))
