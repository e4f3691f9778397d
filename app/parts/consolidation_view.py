"""The pieces of the 全域整治 page: the scheme at hand, figures, map layers, tables, files."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

from app import cache
from app.parts import look
from app.parts.consolidation_words import w
from app.parts.figures import big_area, number, percent
from app.parts.layer_tree import Entry
from app.parts.safe_text import esc_markdown
from app.parts.tables import plain_table
from app.state import session
from geo.study import consolidation, consolidation_tell

if TYPE_CHECKING:
    from geo.study.consolidation_result import ConsolidationResult


@dataclass
class Standing:
    """The scheme at hand. key: of unit and values; files: the folder of its files once made."""

    key: str
    result: ConsolidationResult
    files: Path | None = None


def make(opened: cache.OpenZone, values: dict[str, Any], drawn: dict[str, Any] | None) -> Standing:
    """Make the scheme of a unit. Raises InputProblem."""
    area = None
    if drawn is not None:
        import geopandas as gpd
        from shapely.geometry import shape

        area = gpd.GeoSeries([shape(drawn)], crs=4490).to_crs(4528).iloc[0]
    key = hashlib.sha256(f"{opened.version}{sorted(values.items(), key=str)}{drawn}".encode()).hexdigest()[:12]
    return Standing(key, consolidation.run(opened.zone, values, area=area))


def figures(result: ConsolidationResult) -> None:
    """New cropland, cost, proof, construction land, farmland."""
    if not result.planned:
        if result.scheme.status == "infeasible":
            st.warning(w("no_plan"), icon=":material/block:")
        for finding in result.findings:
            if finding.code in ("CN301", "CN303"):
                st.markdown("- " + esc_markdown(finding.text(session().lang)))
        return
    for finding in result.findings:
        if finding.code == "CN302":
            st.warning(esc_markdown(finding.text(session().lang)), icon=":material/timer:")
    area = result.facts[0]
    share = area["new_cropland_m2"] / max(area["cropland_before_m2"], 1e-9)
    quality = result.quality.set_index("item")
    grade, better = quality.loc["grade"], float(quality.loc["improved_m2", "after"])
    total = float(result.fund.set_index("item").loc["total", "yuan"])
    rows = [
        (w("fact_new"), *big_area(area["new_cropland_m2"]),
         w("fact_share", share=percent(share), need=percent(result.values["new_cropland_share"]))),
        (w("fact_cost"), number(total / 1e4, 1), w("wan"), w("fact_cost_note")),
        (w("fact_proof"), percent(result.scheme.gap, 3), "", result.scheme.solver),
        (w("fact_grade"), number(float(grade["after"]), 4) if grade["after"] == grade["after"] else "–", "",
         w("fact_grade_note", was=number(float(grade["before"]), 4), area=" ".join(big_area(better)))),
        (w("fact_built"), *big_area(area["construction_before_m2"] - area["construction_after_m2"]), ""),
    ]  # fmt: skip
    if result.moved_out is not None and result.moved_in is not None and len(result.moved_out):
        out, inn = (float(f["net_area_m2"].sum()) for f in (result.moved_out, result.moved_in))
        rows.append((w("fact_farmland"), f"{big_area(out)[0]} → {big_area(inn)[0]}", big_area(inn)[1], ""))
    look.facts(rows)
    st.caption(w("joints"))


def entries(standing: Standing) -> list[Entry]:
    """Measures, and farmland that moves, for the map."""
    result, found = standing.result, []
    layers = (("measures", result.measures, "measure_id", "source"),
              ("moved_out", result.moved_out, "farmland_id", ""),
              ("moved_in", result.moved_in, "candidate_id", "source"))  # fmt: skip
    for name, frame, key, column in layers:
        if frame is None or not len(frame):
            continue
        if name == "moved_in":
            frame = frame.assign(source=frame["source"].replace("new", "cropland"))  # noqa: PLW2901
        source = cache.shelve(standing.key, name, frame, id_column=key, class_column=column)
        found.append(Entry(name, "group_plan", True, 1.0, title=w(f"layer_{name}"), source=source))
    return found


def tabs(standing: Standing) -> None:
    """The tables of the workbook, one a tab, and the files."""
    from app.parts.consolidation_pool import pool_tab
    from app.parts.downloads import downloads
    from geo.report.words import word

    lang = session().lang
    tables = consolidation_tell.tables(standing.result, lang)[:-1]
    rooms = st.tabs([*(name for name, _ in tables), word("cons.pool", lang), w("tab_files")])
    for room, (_, frame) in zip(rooms[:-2], tables, strict=True):
        with room:
            plain_table(frame)
    with rooms[-2]:
        pool_tab(standing.result)
    with rooms[-1]:
        if st.button(w("make_files"), key="consolidation_files", icon=":material/folder_zip:"):
            folder = cache.plans_folder() / f"consolidation-{standing.key}-{lang}"
            consolidation_tell.write(standing.result, folder, lang=lang)
            standing.files = folder
        if standing.files is not None:
            downloads(standing.files, standing.result.run_id)
