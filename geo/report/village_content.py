"""What the papers of a village scheme say, from village.json alone: tables with words, lines of the form."""

# ruff: noqa: E501  # a sentence is one line

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from geo.geometry.ellipsoid import balance_to
from geo.measure.land_structure import lines
from geo.policy.article import mark_text
from geo.policy.book import load_book
from geo.report.village_terms import MODES, STATES, WISHES, told_wish
from geo.report.workbook_table import columns
from geo.standards.messages import catalogue
from geo.standards.units import HA_M2, MU_M2, figure_text, round_half_up

WORDS: Mapping[str, tuple[str, str]] = {
    "title": ("村庄布局调整方案表", "Tables of the village scheme"),
    "form": ("村庄布局调整汇总表", "Summary of the village scheme"),
    "structure": ("用地结构调整", "Land use"), "villages": ("各村对照", "By village"),
    "total": ("总面积", "Total"), "modes": ("方案汇总", "Summary"), "moves": ("搬迁居民点", "Hamlets that move"),
    "places": ("安置点", "Receiving places"), "hamlets": ("居民点现状与去留", "Hamlets and what becomes of them"),
    "quota": ("拆旧建新", "Quota loop"), "proof": ("最优性证明", "Proof"), "figures": ("参数与假定", "Figures used"),
    "given": ("给定", "given"), "assumed": ("假定", "assumed"), "measured": ("量算", "measured"),
    "village": ("村庄", "village"), "town": ("城镇", "town"),
    "note_opening": ("各方式费用不含安置点启用费，另计 {wan} 万元，见“拆旧建新”表。",
                     "Costs of each way leave out opening the places, {wan} x 10k yuan more: see the quota loop."),
    "source": ("资料来源：{files}（{year} 年度）；面积为椭球面积（2000 国家大地坐标系），用地结构以公顷计、保留两位小数并强制调平。依据：{cited}。",
               "Source: {files} ({year}). Areas on the ellipsoid (CGCS2000); land use in ha to two decimals, balanced to the total. Under: {cited}."),
    "land_note": ("腾退地的 {share:.0%} 计为复垦新增耕地（待核），其余计为其他农用地（田间道路、沟渠、田坎）；安置用地先用空闲建设用地，再用其他空闲地。",
                  "{share:.0%} of freed land counts as reclaimed cropland (not confirmed), the rest as other farm land (field roads, ditches, ridges); places are built on idle construction land first, then other idle land."),
    "assumed_list": ("待核（低把握）参数：{named}。", "Not confirmed (low): {named}."),
    "outside": ("另有建新 {ha} 公顷位于所选范围以外的安置点，不在上表内。",
                "{ha} ha more are built at places outside the area chosen and are not in the table above."),
    "note_assumed": ("户均宅基地、造价、容量等标注“待核（低把握）”的数值为假定，签署前须以当地标准替换。",
                     "Figures marked low (land a household, prices, room) are assumed: replace them before signing."),
}  # fmt: skip


def word(key: str, lang: str) -> str:
    return WORDS[key][0 if lang == "zh" else 1]


def structure_rows(structure: Sequence[Mapping[str, Any]], lang: str) -> pd.DataFrame:
    """The land use table as it is printed: a row a line, ha to 0.01, shares in %. structure: rows of that table.

    The lines before are balanced to the rounded total and the changes to nought, a line that does not change shows none,
    and a line that holds others is the sum of the rows shown: every sum on the paper can be added up by hand.
    """
    order = {row["key"]: row for row in lines()}
    rows = {row["line"]: row for row in structure}
    holders = {row["parent"] for row in order.values() if row["parent"]}
    leaves = [key for key in order if key not in holders]
    exact = {side: np.array([max(float(rows[key][f"{side}_m2"]), 0.0) / HA_M2 for key in leaves])
             for side in ("before", "after")}  # fmt: skip
    total = round_half_up(float(rows["total"]["before_m2"]) / HA_M2, 2)
    was_leaf = balance_to(total, exact["before"], digits=2)
    now_leaf = was_leaf + _changes(exact["after"] - exact["before"], was_leaf)
    shown: dict[str, dict[str, float]] = {}
    for side, values in (("before", was_leaf), ("after", now_leaf)):
        figures = dict(zip(leaves, values.tolist(), strict=True))
        for key in reversed(list(order)):  # what a line holds stands below it
            if key in holders:
                figures[key] = sum(figures[k] for k, row in order.items() if row["parent"] == key)
        shown[side] = {key: round_half_up(value, 2) for key, value in {**figures, "total": total}.items()}
    depth = {"": -1}
    told_rows = []
    for key in [*order, "total"]:
        row = order.get(key, {"zh": word("total", "zh"), "en": word("total", "en"), "parent": "", "kept": "yes"})
        depth[key] = depth[row["parent"]] + 1
        was, now = shown["before"][key], shown["after"][key]
        if not row["kept"] and was == 0 and now == 0:
            continue
        told_rows.append({
            "line": key, "depth": depth[key], "name": "　" * depth[key] + row[lang] if lang == "zh" else
            "   " * depth[key] + row[lang], "before_ha": was, "after_ha": now, "change_ha": round_half_up(now - was, 2),
            **{f"{side}_share": round_half_up(100.0 * shown[side][key] / shown[side]["total"], 2)
               if shown[side]["total"] else 0.0 for side in ("before", "after")},
        })  # fmt: skip
    return pd.DataFrame(told_rows)


def _changes(exact: Any, before: Any) -> Any:
    """Changes in ha to 0.01 that add up to nought, largest remainder first; no line falls below nought."""
    exact = np.where(np.abs(exact) < 1e-9, 0.0, exact)
    steps = np.floor(exact * 100 + 1e-7)
    missing = int(-steps.sum())
    order = np.lexsort((-(exact * 100 - steps), before * 100 + steps > -0.5))
    for k in range(max(missing, 0)):
        steps[order[k % len(order)]] += 1
    return steps / 100


def built_outside(told: Mapping[str, Any]) -> float:
    """m² built at places that no village of the area chosen holds."""
    tables = told["results"]["tables"]
    inside = sum(float(row["built_m2"]) for row in tables["villages"])
    return max(float(told["results"]["sums"]["built_m2"]) - inside, 0.0)


def source_line(told: Mapping[str, Any], lang: str) -> str:
    """The files that the paper rests on, their year, how areas are measured, and the article."""
    files = ", ".join(sorted({str(row["file"]) for row in told["inputs"]}))
    cited = load_book().article("zone2020.8").citation(lang)
    year = told["zone"].get("survey_year") or "–"
    return word("source", lang).format(files=files, year=year, cited=cited)


def assumed_line(told: Mapping[str, Any], lang: str) -> str:
    """Every figure of low confidence with its value, in one sentence; empty when there is none."""
    rows = [p for p in told["parameters"] if p["sure"] == "low"]
    named = ("；" if lang == "zh" else "; ").join(
        f"{p[lang]} {shown(p['value'])} {unit_name(p['unit'], lang)}".strip() for p in rows
    )
    return word("assumed_list", lang).format(named=named) if rows else ""


def frames(told: Mapping[str, Any], lang: str) -> dict[str, pd.DataFrame]:
    """The tables of the workbook by name, with words in the language of the paper."""
    tables = told["results"]["tables"]
    at = 1 if lang == "zh" else 2
    modes, states, wishes = ({row[0]: row[at] for row in rows} for rows in (MODES, STATES, WISHES))

    def frame(name: str) -> pd.DataFrame:
        # An empty table keeps its heads.
        heads = [c.key for c in columns(f"village_{name}")]
        return pd.DataFrame(tables[name]) if tables[name] else pd.DataFrame(columns=heads)

    out: dict[str, pd.DataFrame] = {}
    sums = frame("modes")
    out["modes"] = sums.assign(mode_name=sums["mode"].map(modes), cost_wan=sums["cost_yuan"] / 1e4)
    moves = frame("moves")
    if len(moves):
        moves = moves.sort_values(["town_code", "from_village", "hamlet_id"]).reset_index(drop=True)
        moves = moves.assign(mode_name=moves["mode"].map(modes), cost_wan=moves["cost_yuan"] / 1e4,
                             source_name=[word(s, lang) for s in moves["source"]])  # fmt: skip
    out["moves"] = _numbered(moves)
    out["structure"] = structure_rows(tables["structure"], lang)
    out["villages"] = _numbered(frame("villages"))
    places = frame("places")
    places = places[places["received"] > 0].sort_values(["town_code", "place_id"]).reset_index(drop=True)
    out["places"] = _numbered(places.assign(kind_name=[word(k, lang) for k in places["kind"]],
                                            capacity_name=[word(s, lang) for s in places["capacity_source"]]))  # fmt: skip
    hamlets = frame("hamlets")
    hamlets = hamlets[hamlets["in_area"].astype(bool)].reset_index(drop=True)
    out["hamlets"] = _numbered(hamlets.assign(state_name=hamlets["state"].map(states),
                                              source_name=[word(s, lang) for s in hamlets["source"]]))  # fmt: skip
    out["quota"] = frame("quota").assign(cost_wan=lambda f: f["cost_yuan"] / 1e4)
    proof = frame("proof")
    zh = lang == "zh"
    out["proof"] = proof.assign(
        unit=proof["area"], wish_name=[f"{n} {wishes[w]}" for n, w in zip(proof["level"], proof["wish"], strict=True)],
        **{f"{k}_text": [told_wish(w, v, zh) for w, v in zip(proof["wish"], proof[k], strict=True)]
           for k in ("value", "bound", "floor")},
    ) if len(proof) else proof  # fmt: skip
    out["figures"] = pd.DataFrame([
        {"label": str(p[lang]), "value": f"{shown(p['value'])} {unit_name(p['unit'], lang)}".strip(),
         "region": str(p.get("region") or "–"), "sure_name": mark_text(p["sure"], lang),
         "cited": load_book().article(p["article"]).citation(lang)}
        for p in told["parameters"]
    ])  # fmt: skip
    return out


def _numbered(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(number=np.arange(1, len(frame) + 1))


def shown(value: Any) -> str:
    """A parameter's value as a person reads it."""
    if isinstance(value, list):
        return ", ".join(map(str, value))
    plain_number = isinstance(value, int | float) and not isinstance(value, bool)
    return f"{value:,g}" if plain_number and abs(value) < 1e6 else f"{value:,}" if plain_number else str(value)


def unit_name(unit: str, lang: str) -> str:
    """A unit in the language of the paper."""
    entry = catalogue().get(f"unit.{unit}")
    return unit if entry is None else entry.text(lang)


def mu(area_m2: float) -> str:
    return figure_text(round_half_up(area_m2 / MU_M2, 2), 2)


def ha(area_m2: float) -> str:
    return figure_text(round_half_up(area_m2 / HA_M2, 4), 4)


def zone_name(told: Mapping[str, Any], lang: str) -> str:
    zone = told["zone"]
    name = str(zone["name"] if lang == "zh" else zone["name_en"])
    for mark in ("（示例数据，非真实地块）", " (sample data, not real parcels)"):
        name = name.replace(mark, "")
    return name
