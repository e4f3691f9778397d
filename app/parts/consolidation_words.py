"""The words of the 全域整治 page. ``w("key")`` answers in the visitor's language."""

# ruff: noqa: E501  # a sentence is one line
from __future__ import annotations

from app.words import pick

_WORDS: dict[str, tuple[str, str]] = {
    "page": ("全域整治", "Consolidation"),
    "lead": ("选乡镇或画一个范围：能新增哪些耕地、花多少钱，在规则内求最省的方案，附证明、审查表与资金表。", "What could become cropland and at what cost: the cheapest scheme within the rules, proven."),
    "towns": ("整治单元（乡镇）", "Unit (townships)"),
    "towns_all": ("全部区域", "Whole area"),
    "drawn": ("已用地图上画的范围作为整治单元。", "The area drawn on the map is the unit."),
    "forget": ("取消画的范围", "Forget the area drawn"),
    "run": ("编制方案", "Make the scheme"),
    "running": ("正在量算来源并求解…", "Measuring sources and solving…"),
    "start_title": ("先选整治单元", "Choose a unit first"),
    "start": ("在左侧选乡镇，或用地图上的多边形工具画一个范围，然后编制方案。", "Choose townships on the left, or draw a polygon on the map, then make the scheme."),
    "fact_new": ("新增耕地", "New cropland"),
    "fact_share": ("占原有耕地 {share}，应 ≥ {need}", "{share} of the original, {need} needed"),
    "fact_cost": ("费用", "Cost"),
    "fact_cost_note": ("单价为约定值，待核", "rates are conventions, to be confirmed"),
    "fact_proof": ("最优性误差", "Proven gap"),
    "fact_built": ("建设用地净减", "Construction land, less"),
    "fact_farmland": ("永久基本农田 调出→调入", "Farmland out → in"),
    "wan": ("万元", "10k yuan"),
    "joints": ("连片只计新增耕地与原有耕地相邻的边界；新垦地块相互之间的连片不计价，方案偏保守。", "Joined fields: only borders with cropland that is there have a price; borders among new plots have none, so the scheme is on the cautious side."),
    "no_plan": ("没有满足全部约束的方案，缺口如下：", "No scheme keeps all limits; what is short:"),
    "pool_note": ("验收前只是计划，不在台账里。提质改造只计粮食产能，旱改水另计水田。", "Until accepted these are plans and stand nowhere in the ledger. Improved fields count grain capacity, fields made paddy count paddy too."),
    "pool_not": ("方案未满足全部规则，不能入库。", "The scheme does not keep all the rules, so it cannot be booked."),
    "pool_none": ("还没有台账：请先在“指标池”页面建立。", "There is no ledger yet: make one on the page Offset pool."),
    "pool_day": ("验收日期", "Accepted on"),
    "pool_basis": ("验收文号", "Acceptance document"),
    "pool_book": ("验收入库", "Book into the pool"),
    "pool_reason": ("全域整治方案 {run} 验收入库 / scheme accepted", "全域整治方案 {run} 验收入库 / scheme accepted"),
    "pool_receipt": ("凭证", "Receipt"),
    "pool_once": ("此前已入库，未再记账", "booked before, not again"),
    "fact_grade": ("耕地平均等别", "Mean grade of cropland"),
    "fact_grade_note": ("整治前 {was}，1 最好；提质 {area}", "{was} before, 1 is best; improved {area}"),
    "make_files": ("生成成果文件", "Make the files"),
    "tab_files": ("成果", "Files"),
    "layer_measures": ("整治措施", "Measures"),
    "layer_moved_out": ("调出永久基本农田", "Farmland moved out"),
    "layer_moved_in": ("调入永久基本农田", "Farmland moved in"),
}  # fmt: skip


def w(key: str, **values: object) -> str:
    """The words of a key. Raises KeyError for an unknown key."""
    text = pick(*_WORDS[key])
    return text.format(**values) if values else text
