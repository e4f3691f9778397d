"""Charts of a plan: how the gap closed, and cost against contiguity."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import streamlit as st

from app.parts.figures import number
from app.parts.plan_words import w

if TYPE_CHECKING:
    from geo.plan.relocation.frontier import Frontier

GREEN, GOLD = "#3f8a66", "#c99a1b"  # to be read on both grounds
GREY, FAINT = "#8d8a80", 0.3  # a middle tone, faint: beside the lines on paper and on the dark ground alike


def gap_chart(looks: Sequence[tuple[float, float, float]]) -> None:
    """Plan and bound over the seconds of a search; nothing until there is a plan."""
    seen = [look for look in looks if math.isfinite(look[1])]
    if len(seen) < 2:
        return
    names = (w("series_plan"), w("series_bound"))
    rows = [{"s": s, "v": o, "series": names[0]} for s, o, _ in seen]
    rows += [{"s": s, "v": b, "series": names[1]} for s, _, b in seen]
    spec = {
        "height": 190,
        "title": {"text": w("gap_chart"), "fontSize": 12, "anchor": "start"},
        "data": {"values": rows},
        "mark": {"type": "line", "interpolate": "step-after", "strokeWidth": 2},
        "encoding": {
            "x": {"field": "s", "type": "quantitative", "title": w("seconds")},
            "y": {"field": "v", "type": "quantitative", "title": None, "scale": {"zero": False}},
            "color": _colours("series", {names[0]: GREEN, names[1]: GOLD}),
        },
    }
    st.vega_lite_chart(spec, width="stretch")


def frontier_chart(found: Frontier, *, key: str) -> int | None:
    """Cost against exposed edge, the proven empty region in grey; the number of the point chosen, else None."""
    this, other = w("frontier_this"), w("frontier_other")
    points = [
        {"n": n, "edge": p.exposed_m, "cost": p.cost_mu_km, "kind": this if p.given else other, "plots": p.parts.plots,
         "weight": f"{p.edge_weight:g}"}
        for n, p in enumerate(found.points)
    ]  # fmt: skip
    points.sort(key=lambda p: p["kind"] == this)  # the plan itself is drawn last, on top
    low, high = found.points[0].exposed_m, found.points[-1].exposed_m
    if high - low < 1.0:
        st.caption(w("frontier_same"))
        return None
    reach = high - low
    edges = [low - 0.05 * reach + 1.1 * reach * k / 60 for k in range(61)]
    bounds = [max(found.least_cost(e), 0.0) for e in edges]
    costs = [p.cost_mu_km for p in found.points]
    floor = min(*bounds, *costs) - 0.06 * max(max(costs) - min(*bounds, *costs), 1.0)
    empty = [{"edge": e, "cost": b, "floor": floor} for e, b in zip(edges, bounds, strict=True)]
    x = {"field": "edge", "type": "quantitative", "title": w("frontier_edge"), "scale": {"zero": False, "nice": False}}
    y = {"field": "cost", "type": "quantitative", "title": w("frontier_cost"), "scale": {"zero": False, "nice": False}}
    tips = (("edge", "frontier_edge", ",.0f"), ("cost", "frontier_cost", ",.1f"), ("plots", "col_plots", ",d"))
    spec = {
        "height": 330,
        "layer": [
            {"data": {"values": empty}, "mark": {"type": "area", "color": GREY, "opacity": FAINT},
             "encoding": {"x": x, "y": y, "y2": {"field": "floor"}}},
            {"data": {"values": points}, "mark": {"type": "line", "color": GREEN, "strokeWidth": 1.5},
             "encoding": {"x": x, "y": y, "order": {"field": "edge"}}},
            {"data": {"values": points}, "mark": {"type": "point", "filled": True, "size": 110},
             "params": [{"name": "points", "select": {"type": "point", "fields": ["n"]}}],
             "encoding": {
                 "x": x, "y": y, "color": _colours("kind", {this: GOLD, other: GREEN}),
                 "tooltip": [{"field": f, "type": "quantitative", "title": w(t), "format": fmt} for f, t, fmt in tips],
             }},
        ],
    }  # fmt: skip
    answer: Any = st.vega_lite_chart(spec, width="stretch", key=key, on_select="rerun")
    chosen = ((answer or {}).get("selection") or {}).get("points") or []
    worth = [p for a, b, p in found.exchange() if a.given or b.given]
    if worth:
        st.caption(w("frontier_worth", price=number(sum(worth) / len(worth), 4)))
    return int(chosen[0]["n"]) if chosen else None


def _colours(field: str, tones: dict[str, str]) -> dict[str, Any]:
    scale = {"domain": list(tones), "range": list(tones.values())}
    return {"field": field, "type": "nominal", "title": None, "legend": {"orient": "top"}, "scale": scale}
