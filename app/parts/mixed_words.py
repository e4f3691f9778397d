"""The words of the 混合用地 page, in both languages."""

# ruff: noqa: E501  # a sentence is one line

from __future__ import annotations

from app.words import pick

_WORDS: dict[str, tuple[str, str]] = {
    "page": ("混合用地", "Mixed use"),
    "lead": ("哪些产业用地相邻且可混合，共用哪些设施；农业与村庄、旅游的复合利用", "Which plots lie close and may share land and facilities; farms with villages and tourism"),
    "area": ("乡镇", "Townships"), "area_all": ("全部乡镇", "All townships"), "plan": ("查找", "Look"),
    "start_title": ("还没有结果", "Nothing yet"),
    "start": ("在左侧选择乡镇和距离，按“查找”。可混合的用途按政策第八条：工业、仓储、研发、办公、商业；步行距离沿数据中的道路图斑，没有道路处为直线并注明。", "Choose townships and distances on the left, then look. Uses are those of article 8: industry, storage, research, offices, commerce; walks follow road parcels, and are straight, and said so, where no road leads."),
    "cancelled": ("已取消。", "Cancelled."),
    "f_plots": ("用地图斑", "Plots"), "f_pairs": ("可混合的相邻用地", "Compatible neighbours"), "f_pairs_note": ("沿道路 {road} · 直线 {straight}", "{road} by road · {straight} straight"),
    "f_sites": ("地块组", "Sites"), "f_sites_note": ("{ha} 公顷", "{ha} ha"), "f_rural": ("居民点", "Hamlets"),
    "pair": ("对", "pairs"), "site": ("处", " "), "count": ("个", " "), "plot": ("块", " "),
    "tab_sites": ("地块组", "Sites"), "tab_cover": ("设施", "Facilities"), "tab_rural": ("农业复合", "Country"),
    "tab_matrix": ("兼容矩阵", "Matrix"), "tab_notes": ("说明", "Notes"), "tab_files": ("成果", "Files"),
    "c_site": ("编号", "Site"), "c_uses": ("用途", "Uses"), "c_ha": ("公顷", "ha"), "c_second": ("第二用途", "Second use"),
    "c_covered": ("可达设施", "Facilities"), "c_homes": ("紧邻住宅 公顷", "Beside homes ha"), "c_reason": ("理由", "Reason"), "c_town": ("乡镇", "Township"),
    "c_use": ("用途", "Use"), "c_kind": ("设施", "Facility"), "c_near": ("可达 块", "Near"), "c_plots": ("全部 块", "All"),
    "c_share": ("可达占用地", "Share of land"), "c_road": ("沿道路", "By road"), "c_straight": ("直线", "Straight"),
    "c_hamlet": ("居民点", "Hamlet"), "c_village": ("村", "Village"), "c_idle": ("空闲 亩", "Idle mu"), "c_garden": ("园地 亩", "Orchard mu"),
    "c_pond": ("坑塘 亩", "Ponds mu"), "c_facility": ("设施农用 亩", "Farm facilities mu"), "c_tourism": ("商服公园 亩", "Shops, parks mu"), "c_pbf": ("永农 亩", "Permanent farmland mu"),
    "c_red": ("涉红线", "Red line"), "c_answer": ("第八条", "Article 8"), "c_care_sure": ("条件出处", "Source of the condition"), "c_care": ("条件（田畴建议）", "Condition (our suggestion)"), "c_sure": ("把握", "How sure"),
    "named": ("列入，可混合", "Listed"), "not_named": ("未列", "Not listed"), "yes": ("是", "yes"), "no": ("", ""),
    "mixed": ("产业用地（第八条）", "Industry and commerce (article 8)"), "rural": ("农业、村庄、旅游", "Farming, village, tourism"),
    "rural_note": ("居民点旁 {m} m 内的土地整块计；永久基本农田不得安排建设。排序：不涉红线，种类多，园地多。", "Land within {m} m of a hamlet, each parcel whole; nothing is built on permanent farmland. Order: off the red line, more kinds, more orchards."),
    "cover_note": ("步行 {m} m 以内；本身就是该类设施的地块计为可达。", "Within {m} m on foot; a plot that is such a facility itself counts as near."),
    "sites_note": ("次序：开发边界内、用途多、不紧邻住宅、第二用途占比高、可达设施多、面积大。混合按用地面积判断，供踏勘参考，不作结论。", "Order: inside the boundary, more uses, not beside homes, larger second use, more facilities, larger. By land area; a place to look at, not a decision."),
    "fly": ("到图上看", "Show on the map"), "picked": ("地块组 {id}", "Site {id}"),
    "layer_plots": ("用地图斑", "Plots by use"), "layer_sites": ("混合用地地块组", "Sites of mixed use"),
    "write": ("写出全部成果", "Write all deliverables"), "write_help": ("表格、图件（中英文）、图层与运行记录", "Tables and sheets in both languages, layers, run record"),
}  # fmt: skip


def w(key: str, **values: object) -> str:
    """The words of a key. Raises KeyError for an unknown key."""
    text = pick(*_WORDS[key])
    return text.format(**values) if values else text
