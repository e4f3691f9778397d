"""THE SUMMARY FORM of a village scheme on paper: one table an official reads, checks and signs."""

# ruff: noqa: E501, PERF401  # a row of the form is one line

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from geo.report import village_content as content
from geo.report.docx_style import about, fill_cell, page_a4, page_number, repeat_head, ruled_table, text_line
from geo.report.text import plain
from geo.report.village_content import ha, mu
from geo.report.village_terms import MODES
from geo.report.words import word
from geo.report.workbook_table import ALARM, HEAD_FILL, SOFT, TOTAL_FILL
from geo.report.writing import replacing
from geo.standards.units import HA_M2, figure_text, to_mu

FILL_INK = "#8A5A00"
NO_MARKS = str.maketrans("", "", ",.")
MOST_KEPT = 30
MOST_MOVES = 24


def write_village_form(told: Mapping[str, Any], path: Path | str, *, lang: str = "zh") -> Path:
    """Writes the form as DOCX from village.json; returns its path. Raises OSError; nothing half stays."""
    import docx

    path = Path(path)
    document = docx.Document()
    page_a4(document, margins_mm=(16, 16))
    name, synthetic = content.zone_name(told, lang), bool(told["zone"]["synthetic"])
    created = told["created_utc"].replace("Z", "+00:00")
    about(document, title=f"{name} {content.word('form', lang)}", subject=word("synthetic", lang) if synthetic else "",
          run_id=told["run_id"], created=created)  # fmt: skip
    footer = document.sections[0].footer.paragraphs[0]
    mark = word("synthetic", lang) + "    " if synthetic else ""
    text_line(footer, f"{mark}{word('run', lang)} {plain(told['run_id'])}    ", lang, size=8, ink=SOFT, align="center")
    page_number(footer, lang)

    def line(words: str, **look: Any) -> None:
        text_line(document.add_paragraph(), words, lang, **look)

    villages = [row["village_name"] for row in told["results"]["tables"]["villages"]]
    where = f"{name}  {villages[0]}" if len(villages) == 1 else name
    line(where, size=13, align="center", after=2)
    line(content.word("form", lang), size=18, bold=True, align="center", after=4)
    if synthetic:
        line(word("synthetic", lang), size=11, bold=True, ink=ALARM, align="center", after=4)
    zh = lang == "zh"
    for head, widths, rows, totals in _parts(told, zh):
        line(head, size=11.5, bold=True, before=8, after=3)
        document.paragraphs[-1].paragraph_format.keep_with_next = True
        _table(document, widths, rows, totals, lang)
    outside = content.built_outside(told)
    if outside > 0.005 * HA_M2:
        line(content.word("outside", lang).format(ha=ha(outside)), size=9, before=4)
    line(content.word("land_note", lang).format(share=told["values"]["reclaim_share"]), size=8.5, before=6)
    line(content.source_line(told, lang), size=8.5, before=2)
    line(content.word("note_assumed", lang), size=9, bold=True, ink=FILL_INK, before=3)
    line(content.assumed_line(told, lang), size=8, ink=FILL_INK, before=2, after=6)
    _signatures(document, lang)
    with replacing(path) as temporary:
        document.save(str(temporary))
    return path


Part = tuple[str, tuple[float, ...], list[list[str]], int]


def _parts(told: Mapping[str, Any], zh: bool) -> list[Part]:
    """The tables of the form: (head, widths in mm, rows with the head first, rows of totals)."""
    r = told["results"]
    s, c, t = r["sums"], r["fields"], r["tables"]
    values = told["values"]

    def w(a: str, b: str) -> str:
        return a if zh else b

    names = {m: w(a, b) for m, a, b in MODES}
    total = next(float(row["before_m2"]) for row in t["structure"] if row["line"] == "total")
    assumed = w("（待核）", " (not confirmed)")
    pbf, control = r["farmland"], r["control"]["control_area_m2"]
    basics = [
        [w("项目", "Item"), w("数值", "Figure"), w("项目", "Item"), w("数值", "Figure")],
        [w("居民点（个）", "Hamlets"), f"{s['hamlets']:,}", w("其中零散（个）", "of them scattered"), f"{s['scattered']:,}"],
        [w("户数", "Households") + (assumed if s["assumed"] else ""), f"{s['households_all']:,}", w("村庄用地（亩）", "Village land (mu)"),
         mu(s["village_land_m2"])],
        [w("搬迁居民点（个）", "Hamlets that move"), f"{s['moved']:,}", w("搬迁户数", "Households that move"),
         f"{s['households']:,}"],
        [w("每户最远上限（米）", "No household farther (m)"), f"{values['max_distance_m']:,.0f}",
         w("实际最远（米）", "Farthest (m)"), f"{s['farthest_m']:,.0f}"],
        [w("启用安置点（处）", "Places used"), f"{s['places']:,}", w("费用（万元，待核）", "Cost (10k yuan, not confirmed)"),
         f"{s['cost_yuan'] / 10_000:,.2f}"],
        [w("村级控制面积（公顷）", "Area by village borders (ha)"), "–" if control is None else f"{control / HA_M2:,.2f}",
         w("图斑合计（公顷）", "Sum of parcels (ha)"), f"{total / HA_M2:,.2f}"],
    ]  # fmt: skip
    modes = [[w("方式", "Way"), w("居民点", "Hamlets"), w("户数", "Households"), w("拆旧 亩", "Torn down mu"),
              w("建新 亩", "Built mu"), w("净腾退 亩", "Net mu"), w("最远 米", "Farthest m")]]  # fmt: skip
    for row in t["modes"]:
        modes.append([names[row["mode"]], f"{row['hamlets']:,}", f"{row['households']:,.0f}", mu(row["freed_m2"]),
                      mu(row["built_m2"]), mu(row["net_m2"]), f"{row['farthest_m']:,.0f}"])  # fmt: skip
    modes.append([w("合计", "Total"), f"{s['moved']:,}", f"{s['households']:,}", mu(s["freed_m2"]), mu(s["built_m2"]),
                  mu(s["net_m2"]), f"{s['farthest_m']:,.0f}"])  # fmt: skip
    fields = [
        [w("项目", "Item"), w("实施前", "Before"), w("实施后", "After"), w("变化", "Change")],
        [w("百亩方（块）", "Fields of 100 mu"), f"{c['blocks_before']:,}", f"{c['blocks_after']:,}",
         figure_text(c["blocks_after"] - c["blocks_before"], sign=True)],
        [w("百亩方面积（亩）", "Land in them (mu)"), mu(c["area_before_m2"]), mu(c["area_after_m2"]),
         figure_text(to_mu(c["area_after_m2"] - c["area_before_m2"]), 2, sign=True)],
        [w("腾退地并入的百亩方（块）", "Fields that freed land joins"), "–", f"{c['blocks_joined']:,}", "–"],
        [w("连成一片的田块（处）", "Blocks joined that were apart"), "–", f"{c['merged']:,}", "–"],
    ]  # fmt: skip
    farmland = [
        [w("项目", "Item"), w("实施前", "Before"), w("实施后", "After"), w("变化", "Change")],
        [w("永久基本农田（公顷）", "Permanent farmland (ha)"), ha(pbf["net_m2"]), ha(pbf["net_m2"]), "0.0000"],
        [w("图斑（个）", "Patches"), f"{pbf['patches']:,}", f"{pbf['patches']:,}", "0"],
        [w("平均图斑面积（亩）", "Mean patch (mu)"), *[mu(pbf["net_m2"] / pbf["patches"]) if pbf["patches"] else "–"] * 2,
         "0.00" if pbf["patches"] else "–"],
        [w("建新占用永久基本农田（公顷）", "Built on permanent farmland (ha)"), "–", ha(pbf["built_over_m2"]), "–"],
        [w("与永久基本农田相接的拆旧地（公顷，可备补划）", "Freed land adjoining it (ha)"), "–",
         ha(pbf["adjoining_m2"]), "–"],
    ]  # fmt: skip
    land = [[w("地类", "Land use"), w("现状 公顷", "Before ha"), w("比例 %", "%"), w("规划 公顷", "Planned ha"),
             w("比例 %", "%"), w("变化 公顷", "Change ha")]]  # fmt: skip
    for row in content.structure_rows(t["structure"], "zh" if zh else "en").to_dict("records"):
        land.append([row["name"], f"{row['before_ha']:,.2f}", f"{row['before_share']:.2f}", f"{row['after_ha']:,.2f}",
                     f"{row['after_share']:.2f}", figure_text(row["change_ha"], 2, sign=True)])  # fmt: skip
    quota = [[w("项目区", "Project area"), w("拆旧区 公顷", "Torn down ha"), w("复垦耕地 公顷", "Cropland ha"),
              w("建新区 公顷", "Built ha"), w("占耕地 公顷", "On crops ha"), w("节余 公顷", "Spare ha"),
              w("归还期限", "Due")]]  # fmt: skip
    for row in t["quota"]:
        quota.append([str(row["name"]), *(ha(row[k]) for k in ("old_m2", "reclaimed_m2", "built_m2", "built_cropland_m2",
                                                               "spare_m2")), str(row["due_on"])])  # fmt: skip
    keys = ("old_m2", "reclaimed_m2", "built_m2", "built_cropland_m2", "spare_m2")
    quota.append([w("合计", "Total"), *(ha(sum(row[k] for row in t["quota"])) for k in keys), ""])
    moves = [[w("居民点", "Hamlet"), w("所在村", "Village"), w("户数", "Homes"), w("方式", "Way"), w("去向", "To"),
              w("距离 米", "Dist. m"), w("拆旧 公顷", "Freed ha"), w("建新 公顷", "Built ha")]]  # fmt: skip
    for row in t["moves"][:MOST_MOVES]:
        moves.append([row["hamlet_id"], row["from_name"], f"{row['households']:,}", names[row["mode"]],
                      row["place_id"] if row["mode"] != "town" else row["to_name"], f"{row['distance_m']:,.0f}",
                      ha(row["freed_m2"]), ha(row["built_m2"])])  # fmt: skip
    more = len(t["moves"]) - MOST_MOVES
    listed = w("七、搬迁居民点", "7  Hamlets that move")
    listed += w(f"（其余 {more:,} 个见方案表）", f" ({more:,} more in the workbook)") if more > 0 else ""
    return [
        (w("一、基本情况", "1  Basics"), (50, 39, 50, 39), basics, 0),
        (w("二、用地结构调整（公顷）", "2  Land use (ha)"), (62, 25, 19, 25, 19, 28), land, 1),
        (w("三、布局方案", "3  The scheme"), (32, 20, 25, 25, 25, 26, 25), modes, 1),
        (w("四、永久基本农田布局前后对比", "4  Permanent farmland before and after"), (84, 31, 31, 32), farmland, 0),
        (w("五、耕地连片", "5  Fields joined"), (68, 36, 38, 36), fields, 0),
        (w("六、拆旧建新与周转指标", "6  Quota loop"), (28, 24, 25, 24, 25, 24, 28), quota, 1),
        *([(listed, (33, 25, 16, 21, 33, 16, 17, 17), moves, 0)] if len(moves) > 1 else []),
    ]  # fmt: skip


def _table(document: Any, widths: Sequence[float], rows: list[list[str]], totals: int, lang: str) -> None:
    grid = ruled_table(document, len(rows), widths, row_mm=6.4)
    repeat_head(grid)
    cells = list(grid._cells)
    for number, row in enumerate(rows):
        total = number >= len(rows) - totals
        for place, words in enumerate(row):
            figure = words == "–" or words.lstrip("+-").translate(NO_MARKS).isdigit()
            cell = cells[number * len(row) + place]
            fill_cell(cell, words, lang, size=9, bold=number == 0 or (total and not figure),
                      figure=figure and number > 0, align="center" if number == 0 else "right" if figure else "left",
                      fill=HEAD_FILL if number == 0 else TOTAL_FILL if total else "")  # fmt: skip
            # A table stays on one page, with its head.
            cell.paragraphs[0].paragraph_format.keep_with_next = number < len(rows) - 1 and len(rows) <= MOST_KEPT


def _signatures(document: Any, lang: str) -> None:
    zh = lang == "zh"
    rows = (("编制单位（盖章）", "Drafted by (seal)"), ("村民（代表）会议意见", "Villagers' assembly"),
            ("乡镇人民政府（盖章）", "Township government (seal)"),
            ("自然资源主管部门（盖章）", "Natural resources office (seal)"))  # fmt: skip
    grid = ruled_table(document, len(rows), (52, 76, 50), row_mm=13)
    for k, (a, b) in enumerate(rows):
        fill_cell(grid.cell(k, 0), a if zh else b, lang, size=10, bold=True, align="center", fill=HEAD_FILL)
        fill_cell(grid.cell(k, 1), "", lang, size=10)
        fill_cell(grid.cell(k, 2), "年    月    日" if zh else "Date", lang, size=10, align="center")
