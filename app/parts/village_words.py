"""The words of the 村庄 page, in both languages."""

# ruff: noqa: E501  # a sentence is one line

from __future__ import annotations

from app.words import pick

_WORDS: dict[str, tuple[str, str]] = {
    "page": ("村庄", "Villages"),
    "lead": ("零散居民点搬到哪里、多少户、腾出多少地、连成多少百亩方", "Where scattered hamlets could move, what comes free, which fields it joins"),
    "area": ("乡镇", "Townships"), "area_all": ("全部乡镇", "All townships"),
    "plan": ("计算方案", "Make the scheme"), "replan": ("按钉住的居民点重算", "Run again"),
    "tables": ("户数与容量（可选）", "Households and room (optional)"),
    "households": ("户数表 CSV", "Households CSV"), "households_help": ("列：hamlet_id（或 parcel_id、village_code）、households，可有 persons；其他列不读取", "Columns hamlet_id (or parcel_id, village_code), households, optionally persons; nothing else is read"),
    "capacities": ("安置点容量 CSV", "Room of places CSV"), "capacities_help": ("列：place_id、capacity（户）", "Columns place_id, capacity (households)"),
    "start_title": ("还没有方案", "No scheme yet"),
    "start": ("在左侧选择乡镇和方式，按“计算方案”。居民点由村庄用地（0702 与属性码 203）归并；没有户数表时按户均宅基地假定户数。点选地图上的居民点可以钉住，再算一次。", "Choose townships and ways to move on the left, then make the scheme. Hamlets are village land (0702 and code 203) joined; without a table, households are assumed from house-lot area. Click a hamlet to pin it, then run again."),
    "cancelled": ("已取消。", "Cancelled."), "again": ("再试一次", "Try again"),
    "f_hamlets": ("居民点", "Hamlets"), "f_hamlets_note": ("其中零散 {n} 个", "{n} of them scattered"),
    "f_moved": ("搬迁", "Moving"), "f_moved_note": ("{n} 户 · 最远 {d} m", "{n} households · {d} m at most"),
    "f_freed": ("腾退建设用地", "Land set free"), "f_freed_note": ("净腾退 {n} 亩", "net {n} mu"),
    "f_joined": ("百亩方", "Fields of 100 mu"), "f_joined_note": ("面积增加 {n} 亩", "{n} mu more in them"),
    "f_cost": ("费用（假定单价）", "Cost (assumed)"), "f_gap": ("首要目标差距（已证）", "First gap (proven)"), "f_gap_note": ("各级最大 {n}", "{n} at most over all wishes"),
    "f_places": ("启用安置点", "Places used"),
    "count": ("个", " "), "mu": ("亩", "mu"), "wan": ("万元", "10k ¥"), "joined_unit": ("块", " "),
    "tab_land": ("用地结构", "Land use"), "c_land": ("地类", "Land use"), "c_before": ("现状 公顷", "Before ha"),
    "c_after": ("规划 公顷", "Planned ha"), "c_change": ("变化 公顷", "Change ha"),
    "farmland": ("永久基本农田 {ha} 公顷、{n} 个图斑不变；建新占用 {over} 公顷；与其相接的拆旧地 {beside} 公顷。", "Permanent farmland stays: {ha} ha in {n} patches; {over} ha of it built on; {beside} ha of freed land adjoin it."),
    "tab_scheme": ("方案", "Scheme"), "tab_moves": ("搬迁表", "Moves"), "tab_places": ("安置点", "Places"),
    "tab_quota": ("拆旧建新", "Quota"), "tab_proof": ("证明", "Proof"), "tab_assumed": ("假定", "Assumed"),
    "tab_files": ("成果", "Files"), "tab_pool": ("台账", "Ledger"),
    "c_mode": ("方式", "Way"), "c_hamlets": ("居民点", "Hamlets"), "c_households": ("户", "Households"),
    "c_freed": ("腾退 亩", "Freed mu"), "c_built": ("建新 亩", "Built mu"), "c_net": ("净腾退 亩", "Net mu"),
    "c_far": ("最远 m", "Farthest m"), "c_mean": ("户均 m", "Mean m"), "c_cost": ("费用 万元", "Cost 10k yuan"),
    "c_band": ("搬迁距离", "Distance"), "c_hamlet": ("居民点", "Hamlet"), "c_from": ("所在村", "Village"),
    "c_to": ("去向", "To"), "c_place": ("安置点", "Place"), "c_kind": ("类型", "Kind"), "c_town": ("乡镇", "Township"),
    "c_room": ("容量 户", "Room"), "c_received": ("接收 户", "Received"), "c_build": ("可用地 亩", "Land mu"),
    "c_lot": ("每户宅基地 m²", "House lot m²"), "c_distance": ("距离 m", "Distance m"), "c_joined": ("连片 亩", "Joined mu"),
    "c_area": ("项目区", "Project area"), "c_old": ("拆旧 公顷", "Torn down ha"), "c_reclaimed": ("复垦耕地 公顷", "Cropland ha"),
    "c_new": ("建新 公顷", "Built ha"), "c_spare": ("节余 公顷", "Spare ha"), "c_due": ("归还期限", "Due"),
    "c_wish": ("次序", "Wish"), "c_value": ("目标值", "Value"), "c_bound": ("已证界限", "Proven bound"),
    "c_floor": ("可手算界限", "Bound by addition"), "c_gap": ("差距", "Gap"),
    "c_name": ("参数", "Parameter"), "c_figure": ("数值", "Value"), "c_region": ("地区", "Region"), "c_sure": ("把握", "How sure"),
    "c_article": ("出处", "Source"), "kind_village": ("村庄", "Village"), "kind_town": ("城镇", "Town"),
    "fields": ("百亩方 {a} → {b} 块；腾退地并入 {c} 块，{d} 处原不相连的田块连成一片。", "Fields of 100 mu: {a} → {b}; freed land joins {c} of them; {d} blocks joined that were apart."),
    "bands": ("谁搬多远", "Who moves how far"), "none_moves": ("在这些条件下没有居民点搬迁。", "Under these conditions no hamlet moves."),
    "not_found": ("没有满足全部条件的方案。", "No scheme meets every condition."),
    "pin": ("钉住不动", "Pin here"), "unpin": ("取消钉住", "Let it go"), "pinned": ("已钉住：{ids}", "Pinned: {ids}"),
    "card": ("{name} · {n} 户（{source}）· {state}", "{name} · {n} households ({source}) · {state}"),
    "given": ("给定", "given"), "assumed": ("假定", "assumed"), "goes": ("搬往 {to} · {d} m · {mode}", "to {to} · {d} m · {mode}"),
    "card_land": ("村庄用地 {land} 亩，可腾退 {freed} 亩；单独腾退可使 {joined} 亩并入百亩方", "{land} mu of village land, {freed} mu could come free; alone it would bring {joined} mu into fields of 100 mu"),
    "pick": ("点选一个居民点，看它的户数、去向，或钉住它。", "Click a hamlet for its households and where it goes, or to pin it."),
    "layer_hamlets": ("居民点", "Hamlets"), "layer_places": ("城镇安置点", "Places in town"), "layer_moves": ("搬迁去向", "Moves"),
    "write": ("写出全部成果", "Write all deliverables"), "write_help": ("方案表 XLSX、汇总表 DOCX、图层与运行记录（中英文）", "Tables XLSX, form DOCX, layers and run record (both languages)"),
    "proof": ("每一级目标都附已证界限；“可手算界限”只用加减乘即可复核（tianchou recheck）。", "Every wish has a proven bound; the bound by addition needs no solver to check (tianchou recheck)."),
    "assumed_note": ("以下数值为假定或把握不高，须以当地标准替换；在“计算方案”的表单里可以逐项改。", "These figures are assumed or not certain: replace them by local standards in the form."),
    "quota_note": ("建新不大于拆旧；示范区周转指标最长五年归还。", "Built at most what is torn down; in the zone quota is returned within five years."),
    "no_ledger": ("还没有台账。先到“指标池”页建立台账，再回来登记周转指标。", "There is no ledger yet. Make one on the Offset pool page, then come back."),
    "issue": ("登记周转指标（下达并借出）", "Book the quota (issue and lend)"), "return": ("登记拆旧复垦归还", "Book its return"),
    "basis": ("批准文号", "Approval number"), "return_basis": ("复垦验收文号", "Acceptance number"),
    "state_none": ("未登记", "not booked"), "state_lent": ("已借出 {n} 公顷，{due} 前归还", "{n} ha lent, due {due}"), "state_returned": ("已归还", "returned"),
    "receipt": ("凭证", "Receipt"), "running": ("运行 {run}", "run {run}"),
    "synthetic": ("示例数据，非真实地块", "Sample data, not real parcels"),
}  # fmt: skip


def w(key: str, **values: object) -> str:
    """The words of a key. Raises KeyError for an unknown key."""
    text = pick(*_WORDS[key])
    return text.format(**values) if values else text
