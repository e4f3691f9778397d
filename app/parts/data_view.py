"""The pieces of the 数据 page: figures, layers, findings, repairs, the text for the surveyor, the mapping."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import streamlit as st

from app.parts import look
from app.parts.data_files import Drop, repaired_bytes, report_bytes, settings_text
from app.parts.data_words import w
from app.parts.figures import number
from app.parts.safe_text import esc_markdown
from app.parts.tables import PAGE_ROWS, pick_row, plain_table
from app.state import session
from app.words import t
from geo.standards.schema import further_layers, layer_names, schema
from geo.study import check_tell
from geo.study.check import CheckResult, Choice

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_GPKG = "application/geopackage+sqlite3"
# How a column of the house may be filled when no column of the file holds it.
_MADE = ("#row", "#area")


def figures(result: CheckResult) -> None:
    """The verdict and the counts."""
    told = result.everything
    read, usable = (sum(getattr(one.layer, name) for one in result.layers) for name in ("read", "usable"))
    known = sum(bool(one.house) for one in result.layers)
    look.facts([
        (w("fact_verdict"), w(f"verdict_{result.verdict}"), "", w(f"verdict_{result.verdict}_note")),
        (w("fact_files"), number(len(result.layers)), "", w("fact_known", n=known)),
        (w("fact_rows"), number(read), "", w("fact_unusable", n=number(read - usable))),
        (w("fact_errors"), number(sum(f.severity == "error" for f in told)), "", ""),
        (w("fact_warnings"), number(sum(f.severity == "warning" for f in told)), "", ""),
        (w("fact_repairs"), number(len(result.repairs)), "", w("fact_repairs_note")),
    ])  # fmt: skip


def ask_systems(drop: Drop) -> None:
    """For each layer without a system that can be trusted: the readings that fall into the zone, one button each."""
    lang = session().lang
    for place, one in enumerate(drop.result.layers):
        if one.layer.kind != "vector" or one.layer.place.trusted:
            continue
        subject = esc_markdown(one.subject)
        with st.container(border=True):
            proposals = one.layer.place.proposals
            st.markdown(w("ask_system" if proposals else "ask_none", subject=subject))
            for k, proposal in enumerate(proposals[:3]):
                if st.button(w("use_system", name=esc_markdown(proposal.text(lang))), key=f"system_{place}_{k}",
                             icon=":material/my_location:"):  # fmt: skip
                    old = drop.choices.get(one.subject, Choice())
                    drop.choose(one.subject, replace(old, epsg=proposal.epsg, swap=proposal.swap))
                    st.rerun()


def layer_table(drop: Drop) -> None:
    """What was read; a row chosen becomes the layer to correct."""
    rows = check_tell.layer_rows(drop.result, session().lang)
    names = ("standard", "system", "encoding", "declared", "read", "usable", "errors", "warnings")
    table = pd.DataFrame({w("col_file"): [one.subject for one in drop.result.layers],
                          **{w(f"col_{name}"): rows[name].to_numpy() for name in names}})  # fmt: skip
    order = [w("col_standard"), w("col_file"), *table.columns[2:]]
    subjects = [one.subject for one in drop.result.layers]
    widths = {w("col_standard"): 150, w("col_file"): 112, w("col_system"): 128, w("col_encoding"): 72}
    widths |= {w(f"col_{name}"): 50 for name in names[3:]}
    height = 38 + 35 * max(1, len(table))
    picked = pick_row(table[order], subjects, key=f"data_layers_{drop.run}", height=min(height, 260), widths=widths)
    if picked:
        drop.layer = picked


def finding_table(drop: Drop) -> None:
    """Every finding, errors first; a row chosen is shown on the map."""
    lang = session().lang
    told = check_tell.told_findings(drop.result)
    if not told:
        st.success(w("no_findings"), icon=":material/check_circle:")
        return
    if len(told) > PAGE_ROWS:
        st.caption(t("table_cut", n=number(PAGE_ROWS), all=number(len(told))))
        told = told[:PAGE_ROWS]
    place = {one.subject: str(k) for k, one in enumerate(drop.result.layers)}
    keys = [f"{place.get(subject, '-')}/{k}" for subject, k, _ in told]
    sign = {"error": "✗", "warning": "!", "info": "·", "pass": "✓"}
    table = pd.DataFrame({
        w("col_severity"): [sign[f.severity] for _, _, f in told],
        w("col_code"): [f.code for _, _, f in told],
        w("col_text"): [f.text(lang).partition("] ")[2] for _, _, f in told],
        w("col_file"): [subject or f.subject for subject, _, f in told],
    })  # fmt: skip
    widths = {w("col_severity"): 48, w("col_code"): 70, w("col_text"): 560, w("col_file"): 180}
    picked = pick_row(table, keys, key=f"data_findings_{drop.run}", height=330, widths=widths)
    if picked:
        from app.parts.data_map import bounds_of, place_of

        drop.picked = picked
        shape = place_of(drop, picked)
        if shape is not None:
            session().fly_to(bounds_of(shape))


def repairs(drop: Drop) -> None:
    """The safe repairs, and one button that makes them all."""
    found = check_tell.repair_rows(drop.result)
    if not len(found):
        st.info(w("no_repairs"), icon=":material/build:")
        return
    names = {
        "subject": "col_subject",
        "codes": "col_codes",
        "area_before_m2": "col_before",
        "area_after_m2": "col_after",
    }
    table = found[list(names)].rename(columns={k: w(v) for k, v in names.items()})
    plain_table(table.assign(**{w("col_moved"): found["moved_m"].round(3)}), height=230)
    result = drop.result
    st.download_button(w("repair", n=len(found)), lambda: repaired_bytes(result), file_name="repaired.gpkg", mime=_GPKG,
                       key="data_repair", icon=":material/build:", on_click="ignore", type="primary")  # fmt: skip
    st.caption(w("repair_note"))


def letter(drop: Drop) -> None:
    """What to send back, ready to copy; and the report."""
    lang, result = session().lang, drop.result
    st.code(check_tell.letter(result, lang), language=None, wrap_lines=True, height=250)
    st.caption(w("letter_note"))
    st.download_button(w("report"), lambda: report_bytes(result, lang), file_name="report.xlsx", mime=_XLSX,
                       key="data_report", icon=":material/table:", on_click="ignore")  # fmt: skip


def mapping(drop: Drop) -> None:
    """Correct which layer it is, its system, and which column holds what; save that as zone.toml."""
    one = drop.checked(drop.layer)
    if one is None:
        st.info(w("mapping_pick"), icon=":material/touch_app:")
        return
    lang, old = session().lang, drop.choices.get(one.subject, Choice())
    st.markdown(f"**{esc_markdown(one.subject)}**")
    known = ["", *layer_names(), *further_layers()]
    left, right = st.columns(2)

    def called(name: str) -> str:
        return f"{schema(name).official} {schema(name).label(lang)}" if name else w("mapping_unknown")

    house = left.selectbox(w("mapping_is"), known, index=known.index(old.layer or one.house), format_func=called,
                           key=f"data_is_{drop.run}_{one.subject}")  # fmt: skip
    systems = [0, *dict.fromkeys([4490, 4528, 4549, *(p.epsg for p in one.layer.place.proposals)])]
    epsg = right.selectbox(w("mapping_system"), systems, index=systems.index(old.epsg) if old.epsg in systems else 0,
                           format_func=lambda v: f"EPSG:{v}" if v else w("mapping_keep"),
                           key=f"data_epsg_{drop.run}_{one.subject}")  # fmt: skip
    if not house:
        return
    table = _mapping_table(drop, house)
    choice = Choice(house, table, epsg, old.swap if epsg == old.epsg else False)
    apply, save = st.columns(2)
    if apply.button(w("mapping_apply"), key="data_apply", icon=":material/refresh:", type="primary"):
        drop.choose(one.subject, choice)
        st.rerun()
    save.download_button(
        w("mapping_save"), lambda: settings_text(one, choice).encode(), file_name="zone.toml", mime="text/plain",
        key="data_save", icon=":material/save:", on_click="ignore",
    )  # fmt: skip
    st.caption(w("mapping_note"))


def _mapping_table(drop: Drop, house: str) -> dict[str, str]:
    """The columns of the standard layer with the file's column of each, to be edited."""
    from geo.io.recognise import mapping_for

    one = drop.checked(drop.layer)
    assert one is not None
    given = drop.choices.get(one.subject, Choice()).mapping or mapping_for(one.layer.frame, house)
    fields = sorted((f for f in schema(house).fields if not f.personal), key=lambda f: not f.required)
    columns = [str(c) for c in one.layer.frame.columns if c != "geometry"]
    head = (w("mapping_field"), w("mapping_label"), w("mapping_needed"), w("mapping_column"))
    table = pd.DataFrame({
        head[0]: [f.official for f in fields], head[1]: [f.zh for f in fields],
        head[2]: ["●" if f.required else "" for f in fields], head[3]: [given.get(f.official, "") for f in fields],
    })  # fmt: skip
    edited = st.data_editor(
        table, hide_index=True, height=215, width="stretch", disabled=list(head[:3]),
        key=f"data_map_{drop.run}_{house}_{one.subject}",
        column_config={head[3]: st.column_config.SelectboxColumn(head[3], options=["", *columns, *_MADE])},
    )  # fmt: skip
    return {str(k): str(v) for k, v in zip(edited[head[0]], edited[head[3]], strict=True) if v}
