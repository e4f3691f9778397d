"""A clicked place in plain words: what land, how large, in which village, and how it lies to the lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from app import cache
from app.parts import figures, look
from app.parts.safe_text import esc
from app.parts.tables import line_names
from app.state import session
from app.words import FIELDS, RESULT_FIELDS, pick, place, t
from geo.report.palette import class_style
from geo.standards.land import base_code, land_classes
from geo.standards.schema import Field, schema

# What an official wants first; the rest is behind 全部字段.
FIRST = ("class_code", "net_area_m2", "ridge_area_m2", "grade", "slope_grade", "village_name", "town_code", "parcel_no",
         "refine_name", "crop_name", "survey_year", "inside_net_area_m2", "piece_net_area_m2", "against",
         "mean_width_m", "distance_to_next_m", "source", "border_retained_m", "distance_m")  # fmt: skip


@dataclass(frozen=True)
class Card:
    """What is read of a row: title and its colour, one sentence, chips (text, tone), and label-value pairs."""

    row_id: str
    title: str
    fill: str
    sentence: str
    chips: list[tuple[str, str]]
    rows: list[tuple[str, str]]


def card_of(hit: cache.Hit, plan_layers: Sequence[str] = ()) -> Card:
    """The card of a row in the visitor's language; ``plan_layers``: also say how it lies to these."""
    layer, row = cache.layer_of(hit.layer), hit.row
    code = str(row.get("class_code", ""))
    land = land_name(code) or layer_label(layer)
    fill = class_style("parcels", code).colours(cvd=session().cvd)[0] if code else "#cccccc"
    where = place(str(row.get("village_name", ""))) or place(cache.unit_name(str(row.get("town_code", "")))) or "–"
    size = float(row.get("area_m2") or row.get("piece_area_m2") or 0.0)
    sentence = t("card_sentence", village=where, land=land, area=figures.area(size))
    return Card(hit.row_id, land, fill, sentence, _standing(hit, plan_layers), _rows(layer, row, FIRST))


def parcel_card(plan_layers: Sequence[str] = (), *, hint: bool = False) -> None:
    """The card of the selected row; nothing, or a ``hint``, when nothing is selected."""
    mind = session()
    hit = cache.hit(*mind.selected) if mind.selected else None
    if hit is None:
        if hint:
            st.html(f'<div class="tc-card"><h3>{esc(t("card_hint_title"))}</h3>'
                    f'<p class="tc-empty">{esc(t("card_hint"))}</p></div>')  # fmt: skip
        return
    card = card_of(hit, plan_layers)
    st.html(
        f'<div class="tc-card" data-parcel="{esc(card.row_id)}">'
        f'<h3><span class="tc-swatch" style="background:{esc(card.fill)}"></span>{esc(card.title)}</h3>'
        f"<p>{esc(card.sentence)}</p>{look.chips(card.chips)}{look.pairs(card.rows)}</div>"
    )
    with st.expander(t("card_more")):
        layer = cache.layer_of(hit.layer)
        st.html(look.pairs(_rows(layer, hit.row, list(_labels(layer)), official=True)))
    if st.button(t("card_close"), key="card_close", type="tertiary", icon=":material/close:"):
        mind.clear()
        st.rerun()


def land_name(code: str) -> str:
    """Name of a land class; the code itself where the table has none."""
    found = land_classes().get(base_code(code))
    return pick(found.zh, found.en or found.zh) if found else code


def layer_label(layer: str) -> str:
    """What the rows of a layer are called."""
    if layer in RESULT_LAYERS:
        return t(f"card_layer_{layer}")
    words = schema(layer)
    return pick(words.zh, words.en)


RESULT_LAYERS = ("moved_out", "moved_in", "waiting", "fragments", "conflicts")


def _fields(layer: str) -> dict[str, Field]:
    """The columns of a layer that are not personal; a result carries the columns of its parents."""
    parents = ("farmland", "reserve", "parcels") if layer in RESULT_LAYERS else (layer,)
    return {f.name: f for parent in reversed(parents) for f in schema(parent).fields if not f.personal}


def _labels(layer: str) -> dict[str, str]:
    own = {name: pick(zh, en) for name, (zh, en) in RESULT_FIELDS.items()}
    standard = {f.name: pick(f.zh, FIELDS.get(f.name, f.name.removesuffix("_m2").replace("_", " ").capitalize()))
                for f in _fields(layer).values()}  # fmt: skip
    return {**standard, **own} if layer in RESULT_LAYERS else {**own, **standard}


def _standing(hit: cache.Hit, plan_layers: Sequence[str]) -> list[tuple[str, str]]:
    """How the place lies: one chip a layer that covers a point inside the row."""
    index = cache.layer_index(hit.layer)
    lon, lat = index.inside(index.position(hit.row_id) or 0)
    over = {cache.layer_of(h.layer): h for h in cache.hits(
        lon, lat, ("farmland", "boundary", cache.FILLED, "redline", "reserve", *plan_layers))}  # fmt: skip
    found = [(t("card_is_farmland"), "farm") if "farmland" in over else (t("card_not_farmland"), "plain")]
    if "boundary" in over:
        found.append((t("card_in_boundary"), "line"))
    elif cache.FILLED in over:
        found.append((t("card_in_hole"), "line"))
    if "redline" in over:
        zone = str(over["redline"].row.get("control_zone", ""))
        named = pick(*CONTROL.get(zone, (zone, zone)))
        text = t("card_in_redline_zone", zone=named) if zone else t("card_in_redline")
        found.append((text, "green"))
    if cache.FILLED not in over and "boundary" not in over and "redline" not in over:
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


def _rows(layer: str, row: Mapping[str, Any], names: Sequence[str], *, official: bool = False) -> list[tuple[str, str]]:
    fields, labels = _fields(layer), _labels(layer)
    found = []
    for name in names:
        if name not in row or name not in labels:
            continue
        text = _value(name, row[name], fields.get(name))
        if text:
            code = fields[name].official if official and name in fields and layer not in RESULT_LAYERS else ""
            found.append((f"{labels[name]} {code}".strip(), text))
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
    if name == "against":
        return line_names(str(value))
    if name == "source":
        return t(f"source_{value}")
    if name == "slope_grade":
        words = ("≤2°", "2–6°", "6–15°", "15–25°", ">25°")
        return f"{int(value)}（{words[int(value) - 1]}）" if 1 <= int(value) <= 5 else str(value)
    if name.endswith("_m2") or (field is not None and field.unit == "m2"):
        return f"{figures.number(float(value), 2)} m²" if float(value) else "0 m²"
    if name.endswith("_m"):
        return f"{figures.number(float(value), 1)} m"
    if isinstance(value, float):
        return figures.number(value, field.decimals if field else 2)
    return str(value)
