"""A clicked place in plain words: what land, how large, in which village, and how it lies to the lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from app import cache
from app.parts import figures, look
from app.parts.safe_text import esc
from app.state import session
from app.words import FIELDS, pick, place, t
from geo.report.palette import class_style
from geo.standards.land import base_code, land_classes
from geo.standards.schema import Field, schema

# What an official wants first; the rest is behind 全部字段.
FIRST = ("class_code", "net_area_m2", "ridge_area_m2", "grade", "slope_grade", "village_name", "town_code", "parcel_no",
         "refine_name", "crop_name", "survey_year")  # fmt: skip


def parcel_card(plan_layers: Sequence[str] = (), *, hint: bool = False) -> None:
    """The card of the selected row; nothing, or a ``hint``, when nothing is selected."""
    mind = session()
    hit = cache.hit(*mind.selected) if mind.selected else None
    if hit is None:
        if hint:
            st.html(f'<div class="tc-card"><h3>{esc(t("card_hint_title"))}</h3>'
                    f'<p class="tc-empty">{esc(t("card_hint"))}</p></div>')  # fmt: skip
        return
    layer = cache.layer_of(hit.layer)
    row = hit.row
    code = str(row.get("class_code", ""))
    land = land_name(code) or schema_label(layer)
    fill = class_style("parcels", code).colours(cvd=mind.cvd)[0] if code else "#cccccc"
    sentence = ""
    if "area_m2" in row:
        sentence = t("card_sentence", village=place(str(row.get("village_name", ""))) or "–", land=land,
                     area=figures.area(float(row["area_m2"])))  # fmt: skip
    body = (
        f'<h3><span class="tc-swatch" style="background:{esc(fill)}"></span>{esc(land)}</h3>'
        f"<p>{esc(sentence)}</p>{look.chips(_standing(hit, plan_layers))}"
    )
    st.html(f'<div class="tc-card" data-parcel="{esc(hit.row_id)}">{body}{look.pairs(_rows(layer, row, FIRST))}</div>')
    with st.expander(t("card_more")):
        everything = [f.name for f in _fields(layer) if f.name in row]
        st.html(look.pairs(_rows(layer, row, everything, official=True)))
    if st.button(t("card_close"), key="card_close", type="tertiary", icon=":material/close:"):
        mind.clear()
        st.rerun()


def land_name(code: str) -> str:
    """Name of a land class; the code itself where the table has none."""
    found = land_classes().get(base_code(code))
    return pick(found.zh, found.en or found.zh) if found else code


def schema_label(layer: str) -> str:
    words = schema(layer)
    return pick(words.zh, words.en)


def _fields(layer: str) -> tuple[Field, ...]:
    return tuple(f for f in schema(layer).fields if not f.personal)


def _standing(hit: cache.Hit, plan_layers: Sequence[str]) -> list[tuple[str, str]]:
    """How the place lies: one chip a layer that covers a point inside the row."""
    index = cache.layer_index(hit.layer)
    lon, lat = index.inside(index.position(hit.row_id) or 0)
    over = {cache.layer_of(h.layer): h for h in cache.hits(
        lon, lat, ("farmland", "boundary", "redline", "reserve", *plan_layers))}  # fmt: skip
    found = [(t("card_is_farmland"), "farm") if "farmland" in over else (t("card_not_farmland"), "plain")]
    if "boundary" in over:
        found.append((t("card_in_boundary"), "line"))
    if "redline" in over:
        zone = str(over["redline"].row.get("control_zone", ""))
        named = pick(*CONTROL.get(zone, (zone, zone)))
        text = t("card_in_redline_zone", zone=named) if zone else t("card_in_redline")
        found.append((text, "green"))
    if "boundary" not in over and "redline" not in over:
        found.append((t("card_free"), "plain"))
    if "reserve" in over:
        status = str(over["reserve"].row.get("status", ""))
        found.append((t("card_in_reserve", status=pick(*STATUS.get(status, (status, status)))), "green"))
    for name, word in (("moved_out", "card_moved_out"), ("moved_in", "card_moved_in"), ("fragments", "card_fragment")):
        if name in over:
            found.append((t(word), "plan"))
    return found


CONTROL = {"核心保护区": ("核心保护区", "core zone"), "一般控制区": ("一般控制区", "general control zone")}
STATUS = {"可用": ("可用", "available"), "锁定": ("锁定", "locked"), "已补划": ("已补划", "used")}


def _rows(
    layer: str, row: Mapping[str, Any], names: Sequence[str], *, official: bool = False
) -> list[tuple[str, str]]:
    kinds = {f.name: f for f in _fields(layer)}
    found = []
    for name in names:
        if name not in row or (name not in kinds and name not in ("town_code", "county_code")):
            continue
        value = row[name]
        text = _value(name, value, kinds.get(name))
        if text:
            zh = kinds[name].zh if name in kinds else {"town_code": "乡镇", "county_code": "县（区）"}[name]
            head = pick(zh, FIELDS.get(name, name.removesuffix("_m2").replace("_", " ").capitalize()))
            found.append((f"{head} {kinds[name].official}" if official and name in kinds else head, text))
    return found


def _value(name: str, value: Any, field: Field | None) -> str:
    if value is None or value != value or str(value) in ("", "<NA>"):
        return ""
    if name == "class_code":
        return f"{value} {land_name(str(value))}"
    if name in ("town_code", "county_code"):
        return place(cache.unit_name(str(value)))
    if name in ("village_name", "unit_name"):
        return place(str(value))
    if name == "slope_grade":
        words = ("≤2°", "2–6°", "6–15°", "15–25°", ">25°")
        return f"{int(value)}（{words[int(value) - 1]}）" if 1 <= int(value) <= 5 else str(value)
    if field is not None and field.unit == "m2":
        return f"{figures.number(float(value), 2)} m²" if float(value) else "0 m²"
    if field is not None and field.kind == "real":
        return figures.number(float(value), field.decimals or 2)
    return str(value)
