"""THE TABLES of a study of mixed use as a workbook, from mixed.json alone: sites with reasons, pairs, facilities, the
country, both matrices with article and mark, the figures used, what is worth knowing."""

# ruff: noqa: E501  # a row of words is one line

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from geo.policy.article import mark_text
from geo.policy.book import load_book
from geo.policy.uses import RURAL, USES
from geo.report.consolidation_workbook import write_tables_workbook
from geo.report.mixed_terms import BY, FACILITIES
from geo.report.village_content import shown, unit_name, zone_name
from geo.standards.units import round_half_up, to_ha, to_mu

SHEETS: Mapping[str, tuple[str, str]] = {
    "sites": ("混合用地地块组", "Sites"), "pairs": ("相邻用地", "Neighbours"), "coverage": ("共用设施", "Facilities"),
    "rural": ("农业与村庄复合", "Country"), "matrix": ("兼容矩阵", "Matrix"), "figures": ("参数", "Figures used"), "notes": ("说明", "Notes"),
}  # fmt: skip
TITLE = ("混合用地分析表", "Tables of mixed use")
ANSWERS: Mapping[str, tuple[str, str]] = {
    "named": ("第八条所列，可探索混合", "Named by article 8"), "not_named": ("第八条未列", "Not named by article 8"),
}  # fmt: skip
MOST_PAIRS = 100_000


def write_mixed_workbook(told: Mapping[str, Any], path: Path | str, *, lang: str = "zh") -> Path:
    """Writes the XLSX from mixed.json; returns its path. Raises OSError; nothing half stays."""
    at = 0 if lang == "zh" else 1
    tables = [(SHEETS[name][at], frame) for name, frame in frames(told, lang).items()]
    title = f"{zone_name(told, lang)}  {TITLE[at]}"
    return write_tables_workbook(tables, path, title=title, synthetic=bool(told["zone"]["synthetic"]), lang=lang)


def frames(told: Mapping[str, Any], lang: str) -> dict[str, pd.DataFrame]:
    """The sheets in their order, heads and words in the language of the paper; areas in 公顷 or 亩 to two decimals."""
    tables = told["results"]["tables"]
    zh = lang == "zh"

    def w(a: str, b: str) -> str:
        return a if zh else b

    def use(name: str) -> str:
        return name if zh else {**USES, **RURAL}.get(name, name)

    def uses(names: str) -> str:
        return ("、" if zh else ", ").join(use(n) for n in names.split())

    kinds = {key: w(a, b) for key, _, a, b in FACILITIES}
    by = {key: w(a, b) for key, a, b in BY}
    sites = [{
        w("次序", "Rank"): r["rank"], w("地块组", "Site"): r["site_id"], w("乡镇代码", "Township"): r["town_code"],
        w("用途", "Uses"): uses(r["use_list"]), w("地块数", "Plots"): r["plots"], w("面积（公顷）", "Area (ha)"): ha(r["area_m2"]),
        w("第二用途占比（%）", "Second use (%)"): share(r["second_share"]), w("开发边界内（%）", "Inside the boundary (%)"): share(r["in_boundary_share"]),
        w("共边（对）", "Sharing a border (pairs)"): r["touching"], w("沿道路可达（对）", "By road (pairs)"): r["by_road"],
        w("步行可达设施", "Facilities in walking distance"): ("、" if zh else ", ").join(kinds[k] for k in r["covered_list"].split()),
        w("紧邻住宅（公顷）", "Beside homes (ha)"): ha(r["beside_homes_m2"]), w("理由", "Reason"): r[f"reason_{lang}"],
    } for r in tables["sites"]]  # fmt: skip
    pairs = [{
        w("地块甲", "Plot A"): r["plot_a"], w("用途甲", "Use A"): use(r["use_a"]), w("地块乙", "Plot B"): r["plot_b"], w("用途乙", "Use B"): use(r["use_b"]),
        w("间距（米）", "Gap (m)"): r["gap_m"], w("共边", "Border shared"): w("是", "yes") if r["touch"] else w("否", "no"),
        w("步行（米）", "Walk (m)"): r["walk_m"], w("量法", "Measured"): by[r["by"]], w("结论", "Answer"): ANSWERS[r["answer"]][0 if zh else 1],
        w("条件", "Condition"): r[f"care_{lang}"], w("把握", "How sure"): mark_text(r["sure"], lang),
    } for r in tables["pairs"][:MOST_PAIRS]]  # fmt: skip
    cover = [{
        w("用途", "Use"): use(r["use"]), w("设施", "Facility"): kinds[r["kind"]], w("地块数", "Plots"): r["plots"], w("步行可达（块）", "In walking distance"): r["near"],
        w("其中沿道路", "of them by road"): r["near_road"], w("其中直线", "of them straight"): r["near_straight"],
        w("面积（公顷）", "Area (ha)"): ha(r["area_m2"]), w("可达面积（%）", "Land in reach (%)"): share(r["near_m2"] / r["area_m2"] if r["area_m2"] else 0.0),
    } for r in tables["coverage"]]  # fmt: skip
    rural = [{
        w("次序", "Rank"): r["rank"], w("居民点", "Hamlet"): r["hamlet_id"], w("村", "Village"): r["village_name"],
        **{name: mu(r[key]) for key, name in (
            ("land_m2", w("村庄用地（亩）", "Village land (mu)")), ("idle_m2", w("空闲地（亩）", "Idle land (mu)")), ("crops_m2", w("旁有耕地（亩）", "Cropland beside (mu)")),
            ("garden_m2", w("旁有园地（亩）", "Gardens beside (mu)")), ("pond_m2", w("旁有坑塘（亩）", "Ponds beside (mu)")),
            ("facility_m2", w("旁有设施农用地（亩）", "Farm facilities beside (mu)")), ("tourism_m2", w("旁有商服、公园（亩）", "Shops and parks beside (mu)")),
            ("farmland_m2", w("旁有永久基本农田（亩）", "Permanent farmland beside (mu)")))},
        w("涉及生态保护红线", "Meets the red line"): w("是", "yes") if r["redline"] else w("否", "no"),
    } for r in tables["rural"]]  # fmt: skip
    matrix = [{
        w("用途甲", "Use A"): use(r["first"]), w("用途乙", "Use B"): use(r["second"]), w("结论", "Answer"): ANSWERS[r["answer"]][0 if zh else 1],
        w("出处", "Source"): cited(r["article"], lang), w("把握", "How sure"): mark_text(r["sure"], lang),
        w("条件", "Condition"): r[f"care_{lang}"], w("条件出处", "Source of the condition"): cited(r["care_article"], lang),
        w("条件把握", "How sure the condition is"): mark_text(r["care_sure"], lang) if r["care_sure"] else "–",
    } for r in tables["matrix"]]  # fmt: skip
    figures = [{
        w("参数", "Parameter"): str(p[lang]), w("数值", "Value"): f"{shown(p['value'])} {unit_name(p['unit'], lang)}".strip(), w("地区", "Region"): str(p.get("region") or "–"),
        w("把握", "How sure"): mark_text(p["sure"], lang), w("出处", "Source"): cited(p["article"], lang),
    } for p in told["parameters"]]  # fmt: skip
    notes = [{w("编号", "Code"): f["code"], w("说明", "Note"): f[lang]} for f in told["results"]["findings"]]
    rows = {
        "sites": sites,
        "pairs": pairs,
        "coverage": cover,
        "rural": rural,
        "matrix": matrix,
        "figures": figures,
        "notes": notes,
    }
    return {name: pd.DataFrame(found or [{w("内容", "Rows"): w("无", "none")}]) for name, found in rows.items()}


def cited(article: str, lang: str) -> str:
    """How a reviewer cites an article; a dash for none."""
    return load_book().article(article).citation(lang) if article else "–"


def ha(area_m2: float) -> float:
    return round_half_up(to_ha(float(area_m2)), 2)


def mu(area_m2: float) -> float:
    return round_half_up(to_mu(float(area_m2)), 2)


def share(value: float) -> float:
    return round_half_up(100.0 * float(value), 2)
