"""The selection: made by click, outline, numbers or a column; read as a table; taken to the plan or away as CSV."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from app import cache, selecting
from app.finder import NUMBERS
from app.parts import figures
from app.parts.map_words import w
from app.parts.parcel_card import land_name, layer_label
from app.parts.safe_text import esc_markdown
from app.parts.tables import pick_row
from app.parts.work_panel import change, pin_selected, unpin
from app.state import session
from app.words import FIELDS, pick, place
from geo.report.text import csv_bytes
from geo.standards.schema import schema
from geo.standards.units import to_mu

_SHOWN = 5_000
_HIDDEN = {"feature_code", "note", "owner_name", "geometry"}


def selection_panel() -> None:
    """Totals, table, pins, and the two forms that select."""
    mind = session()
    work = mind.work.now
    if work.chosen:
        _chosen(work.chosen)
    else:
        st.caption(w("page_how_to_select"))
    layers = [name for name in NUMBERS if cache.has_layer(cache.open_zone().zone, name)]
    with st.expander(w("page_by_numbers"), expanded=not work.chosen):
        _by_numbers(layers)
    with st.expander(w("page_by_column")):
        _by_column(layers)
    if work.lock_in or work.lock_out:
        st.caption(w("page_pins", a=len(work.lock_in), b=len(work.lock_out)))
        st.button(w("page_unpin"), key="unpin", on_click=unpin, type="tertiary")


def _chosen(chosen: tuple[tuple[str, str], ...]) -> None:
    mind = session()
    parts = selecting.rows_of(chosen)
    for layer, frame in parts.items():
        rows, area_m2 = selecting.summary(frame)
        st.markdown(
            "**" + esc_markdown(w("page_totals", layer=_name(layer), n=f"{rows:,}", area=figures.area(area_m2))) + "**"
        )
    table, rows = _table(parts)
    st.caption(w("page_table_hint"))
    row = pick_row(table, [str(i) for i in range(len(rows))], key="selection_table", height=260)
    if row is not None:
        mind.select(*rows[int(row)], fly=True)
        st.rerun(scope="fragment")
    take, clear = st.columns(2, gap="small")
    take.download_button(w("page_take"), _csv(parts), "selection.csv", "text/csv", key="selection_csv",
                         on_click="ignore", icon=":material/download:", width="stretch")  # fmt: skip
    clear.button(w("page_clear"), key="selection_clear", icon=":material/close:", width="stretch",
                 on_click=lambda: change(lambda work: work.choose(()), "select"))  # fmt: skip
    inn, out = st.columns(2, gap="small")
    inn.button(w("page_pin_in"), key="pin_in", width="stretch", on_click=pin_selected, kwargs={"inside": True})
    out.button(w("page_pin_out"), key="pin_out", width="stretch", on_click=pin_selected, kwargs={"inside": False})


def _name(layer: str) -> str:
    return layer_label(cache.layer_of(layer))


def _table(parts: dict[str, Any]) -> tuple[pd.DataFrame, list[tuple[str, str]]]:
    rows: list[tuple[str, str]] = []
    columns: dict[str, list[Any]] = {w(f"page_table_{k}"): [] for k in ("id", "class", "where", "area")}
    ids, classes, wheres, sizes = columns.values()
    for layer, frame in parts.items():
        id_column = cache.layer_index(layer).id_column
        shown = frame.head(_SHOWN)
        rows += [(layer, str(i)) for i in shown[id_column]]
        ids += [str(i) for i in shown[id_column]]
        classes += [land_name(str(c)) for c in shown["class_code"]] if "class_code" in shown else [""] * len(shown)
        wheres += [place(str(v)) for v in shown["village_name"]] if "village_name" in shown else [""] * len(shown)
        sizes += [round(to_mu(float(a)), 2) for a in shown["area_m2"]] if "area_m2" in shown else [None] * len(shown)
    return pd.DataFrame(columns), rows


def _csv(parts: dict[str, Any]) -> bytes:
    """All columns that are not personal, by their official names, for a spreadsheet."""
    frames = []
    for layer, frame in parts.items():
        official = {f.name: f.official for f in schema(layer).fields} if layer in NUMBERS else {}
        plain = pd.DataFrame(frame.drop(columns=frame.geometry.name)).rename(columns=official)
        frames.append(plain)
    return csv_bytes(pd.concat(frames, ignore_index=True))


def _by_numbers(layers: list[str]) -> None:
    with st.form("select_numbers", border=False):
        names = {n: _name(n) for n in layers}
        layer = st.selectbox(w("page_layer"), layers, format_func=names.get, key=f"numbers_layer_{session().lang}")
        text = st.text_area(w("page_numbers"), key="numbers_text", height=90)
        fresh, more = _buttons("numbers")
    if fresh or more:
        rows, missing = selecting.by_numbers(layer, text)
        if missing:
            st.warning(
                w("page_missing", list=esc_markdown("、".join(missing[:20]) + (" …" if len(missing) > 20 else "")))
            )
        _select(rows, more=more)


def _by_column(layers: list[str]) -> None:
    titles = {n: _name(n) for n in layers}
    layer = st.selectbox(w("page_layer"), layers, format_func=titles.get, key=f"column_layer_{session().lang}")
    frame = cache.layer_index(layer).frame
    fields = {f.name: f for f in schema(layer).fields if f.name in frame.columns and not f.personal}
    names = [n for n in fields if n not in _HIDDEN]
    with st.form("select_column", border=False):
        column = st.selectbox(w("page_column"), names, key=f"column_{layer}_{session().lang}", index=_first(names),
                              format_func={n: pick(fields[n].zh, FIELDS.get(n, n)) for n in names}.get)  # fmt: skip
        how = st.segmented_control(w("page_compare"), selecting.HOW, default="=", key="column_how") or "="
        value = st.text_input(w("page_value"), key="column_value", max_chars=120)
        fresh, more = _buttons("column")
    if fresh or more:
        try:
            rows = selecting.by_condition(layer, column, how, value)
        except ValueError:
            st.warning(w("page_bad_value", value=esc_markdown(value)))
            return
        if len(rows) == selecting.MOST:
            st.caption(w("page_cut", n=f"{selecting.MOST:,}"))
        _select(rows, more=more)


def _first(names: list[str]) -> int:
    return names.index("class_code") if "class_code" in names else 0


def _buttons(kind: str) -> tuple[bool, bool]:
    left, right = st.columns(2, gap="small")
    fresh = left.form_submit_button(w("page_select"), key=f"{kind}_select", type="primary", width="stretch")
    more = right.form_submit_button(w("page_add"), key=f"{kind}_add", width="stretch")
    return fresh, more


def _select(rows: list[tuple[str, str]], *, more: bool) -> None:
    if not rows:
        st.info(w("page_none"))
        return
    change(lambda work: work.choose(rows, more=more), "select")
    frame = selecting.selection_frame(session().work.now.chosen)
    if frame is not None:
        from geo.geometry.crs import to_degrees

        west, south, east, north = (float(v) for v in to_degrees(frame).total_bounds)
        session().fly_to(((south, west), (north, east)))
    st.rerun()
