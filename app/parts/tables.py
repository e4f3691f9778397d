"""Tables of results as people read them: names for codes, 亩 and 公顷 for square metres."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from app import cache
from app.parts.figures import number
from app.parts.safe_text import esc
from app.state import session
from app.words import place, t
from geo.report.text import cell_text
from geo.standards.units import to_mu

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from geo.study.conflicts import ConflictsResult

PAGE_ROWS = 5000  # a browser reads no more; the download has all


def table_height() -> int:
    """Room for a table beside the map: less when a parcel's card stands below it."""
    return 300 if session().selected else 540


def pick_row(
    table: pd.DataFrame, ids: Sequence[str], *, key: str, height: int = 380, widths: Mapping[str, int] | None = None
) -> str | None:
    """Show a table; the identifier of the row that was chosen since the last run, else None.

    ``widths``: pixels of the columns that must not take what their text asks for.
    """
    formats = {
        name: st.column_config.NumberColumn(name, format="%.2f" if table[name].dtype.kind == "f" else "%d")
        for name in table.columns
        if table[name].dtype.kind in "fiu"
    }
    formats |= {name: st.column_config.Column(name, width=width) for name, width in (widths or {}).items()}
    if len(table) > PAGE_ROWS:
        st.caption(t("table_cut", n=number(PAGE_ROWS), all=number(len(table))))
    answer = st.dataframe(
        _harmless(table.head(PAGE_ROWS)),
        hide_index=True,
        height=min(height, 38 + 35 * max(len(table), 1)),  # no empty lines below the last
        on_select="rerun",
        selection_mode=["single-row", "single-cell"],
        column_config=formats,
        key=key,
        width="stretch",
    )
    picked = answer["selection"] if answer else {}
    rows = list(picked.get("rows", ())) or [cell[0] for cell in picked.get("cells", ())]
    chosen = ids[rows[0]] if rows and rows[0] < len(ids) else None
    before = f"{key}_before"
    if chosen == st.session_state.get(before):
        return None
    st.session_state[before] = chosen
    return chosen


def plain_table(table: pd.DataFrame, *, height: int | str = "auto", digits: Mapping[str, int] | None = None) -> None:
    """A table to read, not to choose from; figures with two decimals, or as many as ``digits`` says of a column."""
    places = digits or {}
    formats = {
        name: st.column_config.NumberColumn(
            name, format=f"%.{places.get(name, 2)}f" if table[name].dtype.kind == "f" else "%d"
        )
        for name in table.columns
        if table[name].dtype.kind in "fiu"
    }
    st.dataframe(_harmless(table), hide_index=True, height=height, column_config=formats, width="stretch")


def _harmless(table: pd.DataFrame) -> pd.DataFrame:
    """Texts that a spreadsheet would not run: the browser saves the table that it shows as CSV."""
    return table.map(lambda v: cell_text(v) if isinstance(v, str) else v)


def fragment_table(result: ConflictsResult, town: str = "") -> tuple[pd.DataFrame, list[str]]:
    """One row a 零星 block, largest inside part first; and their ids."""
    blocks = result.fragments.blocks
    if town:
        blocks = blocks[blocks["town_code"] == town]
    blocks = blocks.sort_values("inside_net_area_m2", ascending=False, kind="stable")
    table = pd.DataFrame(
        {
            t("col_town"): [place(cache.unit_name(c)) for c in blocks["town_code"]],
            t("col_against"): [line_names(a) for a in blocks["against"]],
            t("col_inside_mu"): to_mu_column(blocks["inside_net_area_m2"]),
            t("col_block_mu"): to_mu_column(blocks["piece_net_area_m2"]),
            t("col_width"): blocks["mean_width_m"].round(1).to_numpy(),
            t("col_shape"): blocks["shape_index"].round(2).to_numpy(),
            t("col_built"): (blocks["built_border_share"] * 100).round(0).to_numpy(),
            t("col_next"): blocks["distance_to_next_m"].round(0).to_numpy(),
            t("col_high"): [t("yes") if v else "" for v in blocks["high_standard"]],
        }
    )
    return table, [str(v) for v in blocks["block_id"]]


def line_table(result: ConflictsResult, town: str = "") -> pd.DataFrame:
    """Farmland inside each line, by township."""
    totals = result.conflicts.totals
    if town:
        totals = totals[totals["town_code"] == town]
    totals = totals[totals["against"] != "any"]
    return pd.DataFrame(
        {
            t("col_town"): [place(cache.unit_name(c)) for c in totals["town_code"]],
            t("col_against"): [line_name(a) for a in totals["against"]],
            t("col_parcels"): totals["parcels"].astype(int).to_numpy(),
            t("col_net_mu"): to_mu_column(totals["net_area_m2"]),
        }
    )


def sensitivity_html(result: ConflictsResult) -> str:
    """Blocks and 亩 by threshold and gap; darker is more, the setting in force is framed."""
    table = result.sensitivity
    limits, gaps = sorted(table["threshold_m2"].unique()), sorted(table["gap_m"].unique())
    cells = table.set_index(["gap_m", "threshold_m2"])
    most = float(table["net_area_m2"].max()) or 1.0
    now = (float(result.values["gap_m"]), round(float(result.values["threshold_mu"]), 4))
    head = "".join(f"<th>≤ {number(to_mu(v))} {esc(t('mu'))}</th>" for v in limits)
    body = ""
    for gap in gaps:
        body += f"<tr><th>{number(gap)} m</th>"
        for limit in limits:
            cell = cells.loc[(gap, limit)]
            share = round(6 + 50 * float(cell["net_area_m2"]) / most)
            mark = ' class="tc-now"' if (float(gap), round(to_mu(limit), 4)) == now else ""
            tone = f"background:color-mix(in srgb,#d9b64a {share}%,white)"
            body += (f'<td{mark} style="{tone}"><b>{number(cell["blocks"])}</b>'
                     f'<small>{number(to_mu(cell["net_area_m2"]), 1)} {esc(t("mu"))}</small></td>')  # fmt: skip
        body += "</tr>"
    return f'<table class="tc-matrix"><tr><th>{esc(t("gap_by_limit"))}</th>{head}</tr>{body}</table>'


def line_name(code: str) -> str:
    """A control line in words."""
    return t(f"line_{code}")


def line_names(codes: str) -> str:
    """Control lines joined by ";", in words; the net boundary is not told beside the filled one that holds it."""
    parts = [part for part in codes.split(";") if part]
    if "boundary_filled" in parts:
        parts = [part for part in parts if part != "boundary_net"]
    return ("、" if session().lang == "zh" else ", ").join(line_name(part) for part in parts)


def to_mu_column(values: pd.Series) -> list[float]:
    """亩 with two decimals, for tables."""
    return [round(to_mu(float(v)), 2) for v in values]


def rename(table: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """The columns named, in that order, under their words."""
    return table[[c for c in names if c in table.columns]].rename(columns=dict(names))


def balance_table(table: pd.DataFrame) -> pd.DataFrame:
    """Out and in by county or township."""
    code = "town_code" if "town_code" in table.columns else "county_code"
    head = t("col_town") if code == "town_code" else t("col_county")
    columns: dict[str, object] = {head: [place(cache.unit_name(str(c))) for c in table[code]]}
    for side in ("out", "in"):
        columns[t(f"col_{side}_pieces")] = table[f"{side}_pieces"].astype(int).to_numpy()
        columns[t(f"col_{side}_mu")] = to_mu_column(table[f"{side}_net_m2"])
        columns[t(f"col_{side}_grade")] = table[f"{side}_grade"].astype(float).round(2).to_numpy()
        columns[t(f"col_{side}_paddy")] = to_mu_column(table[f"{side}_paddy_m2"])
    return pd.DataFrame(columns)


def transfer_table(frame: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Pieces moved out or in, largest first (of a plan in years by year); and their ids."""
    key = "candidate_id" if "candidate_id" in frame.columns else "farmland_id"
    frame = frame.sort_values("net_area_m2", ascending=False, kind="stable")
    columns: dict[str, object] = {}
    if "year" in frame.columns:
        frame = frame.sort_values("year", kind="stable")
        columns[t("col_year")] = frame["year"].astype(int).to_numpy()
    columns |= {
        t("col_town"): [place(cache.unit_name(str(c))) for c in frame["town_code"]],
        t("col_net_mu"): to_mu_column(frame["net_area_m2"]),
        t("col_grade"): frame["grade"].astype(float).to_numpy(),
        t("col_paddy"): [t("yes") if bool(v) else "" for v in frame["paddy"]],
    }
    if "source" in frame.columns:
        columns[t("col_source")] = [t(f"source_{s}") for s in frame["source"]]
        columns[t("col_border")] = frame["border_retained_m"].astype(float).round(0).to_numpy()
    if "against" in frame.columns:
        columns[t("col_against")] = [line_names(str(a)) for a in frame["against"]]
    columns[t("col_id")] = frame[key].astype(str).to_numpy()
    return pd.DataFrame(columns), [str(v) for v in frame[key]]
