"""What the papers of a village scheme say, from village.json alone: tables with words, lines of the form."""

# ruff: noqa: E501  # a sentence is one line

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from geo.policy.article import mark_text
from geo.policy.book import load_book
from geo.report.village_terms import MODES, STATES, WISHES, told_wish
from geo.standards.messages import catalogue
from geo.standards.units import HA_M2, MU_M2, round_half_up

WORDS: Mapping[str, tuple[str, str]] = {
    "title": ("村庄布局调整方案表", "Tables of the village scheme"),
    "form": ("村庄布局调整汇总表", "Summary of the village scheme"),
    "modes": ("方案汇总", "Summary"), "moves": ("搬迁居民点", "Hamlets that move"),
    "places": ("安置点", "Receiving places"), "hamlets": ("居民点现状与去留", "Hamlets and what becomes of them"),
    "quota": ("拆旧建新", "Quota loop"), "proof": ("最优性证明", "Proof"), "figures": ("参数与假定", "Figures used"),
    "given": ("给定", "given"), "assumed": ("假定", "assumed"), "measured": ("量算", "measured"),
    "village": ("村庄", "village"), "town": ("城镇", "town"),
    "note_opening": ("各方式费用不含安置点启用费，另计 {wan} 万元，见“拆旧建新”表。",
                     "Costs of each way leave out opening the places, {wan} x 10k yuan more: see the quota loop."),
    "note_assumed": ("户均宅基地、造价、容量等标注“待核（低把握）”的数值为假定，签署前须以当地标准替换。",
                     "Figures marked low (land a household, prices, room) are assumed: replace them before signing."),
}  # fmt: skip


def word(key: str, lang: str) -> str:
    return WORDS[key][0 if lang == "zh" else 1]


def frames(told: Mapping[str, Any], lang: str) -> dict[str, pd.DataFrame]:
    """The tables of the workbook by name, with words in the language of the paper."""
    tables = told["results"]["tables"]
    at = 1 if lang == "zh" else 2
    modes, states, wishes = ({row[0]: row[at] for row in rows} for rows in (MODES, STATES, WISHES))

    def frame(name: str) -> pd.DataFrame:
        return pd.DataFrame(tables[name])

    out: dict[str, pd.DataFrame] = {}
    sums = frame("modes")
    out["modes"] = sums.assign(mode_name=sums["mode"].map(modes), cost_wan=sums["cost_yuan"] / 1e4)
    moves = frame("moves")
    if len(moves):
        moves = moves.sort_values(["town_code", "from_village", "hamlet_id"]).reset_index(drop=True)
        moves = moves.assign(mode_name=moves["mode"].map(modes), cost_wan=moves["cost_yuan"] / 1e4,
                             source_name=[word(s, lang) for s in moves["source"]])  # fmt: skip
    out["moves"] = _numbered(moves)
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
        {"label": str(p[lang]), "value": f"{_shown(p['value'])} {_unit(p['unit'], lang)}".strip(),
         "region": str(p.get("region") or "–"), "sure_name": mark_text(p["sure"], lang),
         "cited": load_book().article(p["article"]).citation(lang)}
        for p in told["parameters"]
    ])  # fmt: skip
    return out


def _numbered(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(number=np.arange(1, len(frame) + 1))


def _shown(value: Any) -> str:
    return "、".join(map(str, value)) if isinstance(value, list) else str(value)


def _unit(unit: str, lang: str) -> str:
    entry = catalogue().get(f"unit.{unit}")
    return unit if entry is None else entry.text(lang)


def mu(area_m2: float) -> str:
    return f"{round_half_up(area_m2 / MU_M2, 2):,.2f}"


def ha(area_m2: float) -> str:
    return f"{round_half_up(area_m2 / HA_M2, 4):,.4f}"


def zone_name(told: Mapping[str, Any], lang: str) -> str:
    zone = told["zone"]
    name = str(zone["name"] if lang == "zh" else zone["name_en"])
    for mark in ("（示例数据，非真实地块）", " (sample data, not real parcels)"):
        name = name.replace(mark, "")
    return name
