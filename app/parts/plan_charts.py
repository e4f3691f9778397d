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

GREEN, GOLD, GREY = "#2f6b4f", "#c99a1b", "#d8d5ca"


def gap_chart(looks: Sequence[tuple[float, float, float]]) -> None:
    """Plan and bound over the seconds of a search; nothing until there is a plan."""
    import altair as alt
    import pandas as pd

    seen = [look for look in looks if math.isfinite(look[1])]
    if len(seen) < 2:
        return
    rows = [(s, o, w("series_plan")) for s, o, _ in seen] + [(s, b, w("series_bound")) for s, _, b in seen]
    table = pd.DataFrame(rows, columns=["seconds", "value", "series"])
    chart = (
        alt.Chart(table, height=150, title=alt.Title(w("gap_chart"), fontSize=12, anchor="start"))
        .mark_line(interpolate="step-after", strokeWidth=2)
        .encode(
            x=alt.X("seconds:Q", title=w("seconds")),
            y=alt.Y("value:Q", title=None, scale=alt.Scale(zero=False)),
            color=alt.Color(
                "series:N", title=None, legend=alt.Legend(orient="top-right"),
                scale=alt.Scale(domain=[w("series_plan"), w("series_bound")], range=[GREEN, GOLD]),
            ),
        )
    )  # fmt: skip
    st.altair_chart(chart, width="stretch")


def frontier_chart(found: Frontier, *, key: str) -> int | None:
    """Cost against exposed edge, the proven empty region in grey; the number of the point chosen, else None."""
    import altair as alt
    import pandas as pd

    points = pd.DataFrame(
        [
            {"n": n, "edge": p.exposed_m, "cost": p.cost_mu_km,
             "kind": w("frontier_this") if p.given else w("frontier_other"), "plots": p.parts.plots,
             "weight": f"{p.edge_weight:g}"}
            for n, p in enumerate(found.points)
        ]
    )  # fmt: skip
    low, high = points["edge"].min(), points["edge"].max()
    reach = max(high - low, 1.0)
    edges = [low - 0.05 * reach + 1.1 * reach * k / 60 for k in range(61)]
    none = pd.DataFrame({"edge": edges, "cost": [max(found.least_cost(e), 0.0) for e in edges]})
    floor = min(float(none["cost"].min()), float(points["cost"].min()))
    none["floor"] = floor - 0.06 * max(float(points["cost"].max()) - floor, 1.0)
    x = alt.X("edge:Q", title=w("frontier_edge"), scale=alt.Scale(zero=False, nice=False))
    scale = alt.Scale(zero=False, nice=False)
    area = alt.Chart(none).mark_area(color=GREY, opacity=0.7).encode(
        x=x, y=alt.Y("floor:Q", title=w("frontier_cost"), scale=scale), y2="cost:Q")  # fmt: skip
    line = alt.Chart(points.sort_values("edge")).mark_line(color=GREEN, strokeWidth=1.5).encode(x=x, y=alt.Y("cost:Q"))
    pick_one = alt.selection_point(name="points", fields=["n"])
    dots = (
        alt.Chart(points)
        .mark_point(filled=True, size=110)
        .encode(
            x=x,
            y=alt.Y("cost:Q"),
            color=alt.Color(
                "kind:N", title=None, legend=alt.Legend(orient="top-right"),
                scale=alt.Scale(domain=[w("frontier_this"), w("frontier_other")], range=[GOLD, GREEN]),
            ),
            tooltip=[
                alt.Tooltip("edge:Q", title=w("frontier_edge"), format=",.0f"),
                alt.Tooltip("cost:Q", title=w("frontier_cost"), format=",.1f"),
                alt.Tooltip("plots:Q", title=w("col_plots")), alt.Tooltip("weight:N", title="λ"),
            ],
        )
        .add_params(pick_one)
    )  # fmt: skip
    chart = (area + line + dots).properties(height=330)
    answer: Any = st.altair_chart(chart, width="stretch", key=key, on_select="rerun")
    chosen = ((answer or {}).get("selection") or {}).get("points") or []
    worth = [p for a, b, p in found.exchange() if a.given or b.given]
    if worth:
        st.caption(w("frontier_worth", price=number(sum(worth) / len(worth), 4)))
    return int(chosen[0]["n"]) if chosen else None
