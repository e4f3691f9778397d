"""The words of the 项目 page. ``w("key")`` answers in the visitor's language."""

# ruff: noqa: E501  # a sentence is one line
from __future__ import annotations

from app.words import pick

_WORDS: dict[str, tuple[str, str]] = {
    "page": ("项目", "Project"),
    "lead": ("由用地范围到占用补划方案：占用多少、能否占用、谁来批、用哪些储备地块补。", "From a footprint to its replacement scheme: what it takes, whether it may, who approves, what replaces it."),
    "files": ("用地范围", "Footprint"),
    "files_help": ("界址点 TXT、Shapefile（同名各部分或 ZIP）、GeoPackage、GeoJSON；也可在地图上画面或画线。", "Boundary TXT, shapefile (its parts or a ZIP), GeoPackage, GeoJSON; or draw a polygon or a line on the map."),
    "vertices": ("粘贴界址点坐标", "Paste vertices"),
    "vertices_help": ("每行一点：X(北),Y(东，8 位含带号)；空行分隔地块。CGCS2000 3°带第40带。", "One point a line: northing,easting (8 digits with the zone number); an empty line starts another plot."),
    "width": ("线的宽度（米）", "Width of lines (m)"),
    "several": ("多个文件是", "Several files are"),
    "clear": ("清除画出的范围", "Clear what was drawn"),
    "use_drawn": ("已画 {n} 个范围", "{n} shapes drawn"),
    "drawn_name": ("手绘范围", "Drawn footprint"),
    "option": ("编制方案的比选方案", "Option that is planned"),
    "start_title": ("还没有用地范围", "No footprint yet"),
    "start": ("把设计单位的界址点 TXT 拖到左侧，或在地图上用“面”“线”工具画出范围（线须填宽度）。", "Drop the design institute's boundary TXT at the left, or draw a polygon or a line (with a width) on the map."),
    "reading": ("正在读取占用", "Reading what it takes"),
    "cancelled": ("已取消。", "Cancelled."),
    "again": ("重新读取", "Read again"),
    "plan": ("补划", "Plan the replacement"),
    "replan": ("重新补划", "Plan again"),
    "terms": ("补划要求", "Terms of the replacement"),
    "f_total": ("用地总面积", "Land taken"), "f_crop": ("耕地", "Cropland"), "f_paddy": ("其中水田 {v}", "paddy {v}"),
    "f_pbf": ("占用永久基本农田", "Permanent farmland taken"), "f_pbf_note": ("{n} 块 · 平均等别 {g}", "{n} pieces · mean grade {g}"),
    "f_red": ("生态保护红线", "Red line"), "f_boundary": ("城镇开发边界内", "Inside the urban boundary"),
    "f_may": ("能否占用", "May it?"), "may": ("在清单内", "Listed"), "may_not": ("不得占用", "No"), "none": ("不占用", "None taken"),
    "f_in": ("补划", "Replacement"), "f_in_note": ("{n} 块 · 平均等别 {g}", "{n} lots · mean grade {g}"),
    "ha": ("公顷", "ha"),
    "tab_taken": ("占用", "Taken"), "tab_overlay": ("叠加", "Overlays"), "tab_judge": ("判定", "Judgement"),
    "tab_plan": ("补划", "Replacement"), "tab_compare": ("备选比较", "Alternatives"), "tab_files": ("成果", "Files"), "tab_pool": ("预留", "Reserve"),
    "by": ("分类", "By"), "by_county": ("县（区）", "County"), "by_town": ("乡镇", "Township"), "by_village": ("村", "Village"), "by_owner": ("权属单位", "Owner"),
    "by_class": ("地类", "Class"), "by_three": ("三大类", "Great class"), "by_slope": ("坡度级", "Slope"), "by_grade": ("等别", "Grade"), "by_plot": ("地块", "Plot"), "by_phase": ("分期", "Phase"), "by_owner_kind": ("权属性质", "Tenure"), "by_group": ("一级类", "Group"),
    "c_name": ("名称", "Name"), "c_parcels": ("图斑", "Parcels"), "c_ha": ("公顷", "ha"), "c_mu": ("亩", "mu"), "c_share": ("占比 %", "Share %"),
    "c_analysis": ("分析项", "Analysis"), "c_state": ("状态", "State"), "c_subject": ("对象", "Subject"),
    "s_found": ("涉及", "met"), "s_none": ("不涉及", "not met"), "s_no_layer": ("无图层", "no layer"),
    "options": ("方案比选", "Options compared"), "c_option": ("方案", "Option"), "c_crop": ("耕地 公顷", "Cropland ha"), "c_pbf": ("永农 公顷", "Farmland ha"), "c_pbf_paddy": ("永农水田 公顷", "of it paddy ha"), "c_grade": ("平均等别", "Mean grade"), "c_red": ("红线 公顷", "Red line ha"), "c_boundary": ("开发边界 公顷", "Boundary ha"), "c_total": ("总面积 公顷", "Total ha"),
    "notes": ("提示", "Notes"),
    "c_county": ("县（区）", "County"), "c_out": ("占用 公顷", "Taken ha"), "c_in": ("补划 公顷", "Replaced ha"), "c_out_paddy": ("占用水田", "Paddy taken"), "c_in_paddy": ("补划水田", "Paddy in"), "c_out_grade": ("占用等别", "Grade taken"), "c_in_grade": ("补划等别", "Grade in"), "c_more": ("增加 公顷", "More ha"),
    "c_lot": ("储备图斑", "Reserve lot"), "c_town": ("乡镇", "Township"), "c_land": ("地类", "Class"), "c_g": ("等别", "Grade"), "c_dist": ("距离 米", "Distance m"), "c_locked": ("锁定", "Locked"),
    "lock_in": ("锁定补划", "Locked in"), "lock_out": ("排除", "Locked out"),
    "pick_lots": ("选择储备地块", "Choose reserve lots"),
    "lock_help": ("改动后按“重新补划”。也可在地图上点储备地块。", "Then plan again. Reserve lots can also be clicked on the map."),
    "lock_this": ("锁定补划", "Lock in"), "ban_this": ("排除", "Lock out"), "free_this": ("取消锁定", "Unlock"),
    "picked": ("储备地块 {lot}：{ha} 公顷，{g} 等，距项目 {d} 米", "Reserve lot {lot}: {ha} ha, grade {g}, {d} m away"),
    "reasons": ("审批路径的依据", "Why so"),
    "not_planned": ("尚未补划：按左侧“补划”。", "Not planned yet: press “Plan the replacement” at the left."),
    "nothing": ("项目不占用永久基本农田，无需补划。", "No permanent basic farmland is taken; nothing needs to be replaced."),
    "short": ("储备区不足，没有满足全部要求的补划方案：", "The reserve pool is short; no replacement keeps every rule:"),
    "proof": ("最优性已逐级证明，最大误差 {gap}。", "Proven level by level, greatest gap {gap}."),
    "alt": ("方案 {label}", "Plan {label}"), "alt_now": ("当前方案", "current"), "choose": ("选用", "Choose"),
    "a_plots": ("地块", "Lots"), "a_ha": ("面积 公顷", "Area ha"), "a_paddy": ("水田 公顷", "Paddy ha"), "a_grade": ("平均等别", "Mean grade"), "a_dist": ("亩·公里", "mu·km"), "a_left": ("余量 公顷", "Leftover ha"), "a_worse": ("差于最优", "Behind the best"), "a_shared": ("与方案 A 相同", "Shared with A"),
    "write": ("写出全部成果", "Write all deliverables"), "write_help": ("方案文本、附表、A3 图、划入划出图层、界址点 TXT", "Scheme, annexes, A3 maps, transfer layers, boundary TXT"),
    "no_ledger": ("还没有台账。先到“指标池”页建立台账，再回来预留。", "There is no ledger yet. Make one on the Offset pool page, then come back."),
    "unknown": ("方案中 {n} 个储备图斑还没有入库（数据目录中共有 {all} 个可用图斑未入库）。", "{n} reserve lots of the plan are not in the ledger ({all} available lots of the data are not)."),
    "book": ("储备图斑入库", "Book the reserve lots"), "basis": ("依据文号", "Basis document"), "approval": ("批准文号", "Approval number"),
    "reserve": ("预留本方案", "Reserve this plan"), "release": ("释放", "Release"), "write_off": ("核销", "Write off"),
    "state": ("本方案储备图斑：可用 {free}，锁定 {locked}，已补划 {spent}，未入库 {unknown}", "Reserve lots of this plan: {free} free, {locked} locked, {spent} spent, {unknown} not booked"),
    "receipt": ("凭证", "Receipt"), "once": ("这张表单已经记过账，没有再记。", "This form was posted already; nothing was added."),
    "booked": ("已入库 {n} 笔", "{n} entries booked"),
    "reason": ("占用补划方案 {run}", "Replacement scheme {run}"),
    "running": ("运行 {run}", "run {run}"),
}  # fmt: skip


def w(key: str, **values: object) -> str:
    """The words of a key. Raises KeyError for an unknown key."""
    text = pick(*_WORDS[key])
    return text.format(**values) if values else text
