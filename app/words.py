"""Every word that the pages say, Chinese first. ``t("key")`` answers in the visitor's language."""

# ruff: noqa: E501  # a sentence is one line
from __future__ import annotations

from app.state import session
from geo.standards.land import admin_units

WORDS: dict[str, tuple[str, str]] = {
    # the house
    "title": ("田畴", "Tianchou"),
    "subtitle": ("示范区永久基本农田布局调整", "Farmland layout in the Yangtze Delta demonstration zone"),
    "sample_mark": ("示例数据，非真实地块", "Sample data, not real parcels"),
    "page_overview": ("总览", "Overview"),
    "page_fragments": ("零星识别", "Fragments"),
    "page_relocation": ("布局调整", "Relocation"),
    "page_about": ("关于", "About"),
    "language": ("语言", "Language"),
    "bad_input": ("数据无法使用", "The data cannot be used"),
    "bad_input_next": (
        "更正后刷新本页即可；也可用 `make app ZONE=目录` 指定另一数据目录。",
        "Correct it and reload this page, or name another folder with `make app ZONE=folder`.",
    ),
    "went_wrong": ("这一步没有完成", "This step was not completed"),
    # overview
    "overview_lead": (
        "开发边界、生态红线与永久基本农田同图；点击地块查看属性。",
        "Control lines, farmland and parcels on one map; click a parcel to read it.",
    ),
    "fact_parcels": ("地类图斑", "Parcels"),
    "fact_farmland": ("永久基本农田", "Permanent farmland"),
    "fact_boundary": ("城镇开发边界", "Urban boundary"),
    "fact_redline": ("生态保护红线", "Red line"),
    "fact_reserve": ("储备区可用", "Reserve available"),
    "town": ("乡镇", "Township"),
    "town_all": ("全部区域", "Whole area"),
    "layers": ("图层", "Layers"),
    "legend": ("图例", "Legend"),
    "opacity": ("不透明度", "Opacity"),
    "cvd": ("色觉友好配色", "Colour-blind friendly"),
    "group_mine": ("我的图层", "My layers"),
    "group_plan": ("调整方案", "Plan"),
    "group_lines": ("控制线", "Control lines"),
    "group_farm": ("农田", "Farmland"),
    "group_base": ("现状与界线", "Land and limits"),
    "group_result": ("识别结果", "Result"),
    "layer_highstandard": ("高标准农田", "High-standard farmland"),
    "layer_plan_in": ("调入地块", "Moved in"),
    "layer_plan_out": ("调出地块", "Moved out"),
    "layer_project_taken": ("占用永久基本农田", "Farmland taken"),
    "layer_project_in": ("补划地块", "Replacement"),
    "layer_project_candidates": ("可用储备地块", "Reserve lots that may come"),
    "layer_fragments": ("零星地块", "Fragments"),
    "layer_conflicts": ("线内永久基本农田", "Farmland inside the lines"),
    "layer_waiting": ("待调整", "Waiting"),
    "map_home": ("回到全图", "Whole area"),
    "map_zoom_in": ("放大", "Zoom in"),
    "map_zoom_out": ("缩小", "Zoom out"),
    "unchecked_colours": (
        "配色仿三调图式，RGB 待核对标准原文；底纹放大后可见。",
        "Colours follow the survey's symbols; RGB values still to be checked. Fine patterns show when zoomed in.",
    ),
    # a parcel in plain words
    "card_hint_title": ("点击地图上的任一地块", "Click any parcel on the map"),
    "card_hint": (
        "这里会用平实的话说明它是什么地、多大、在哪个村，以及它与三条控制线的关系。",
        "Here you will read what land it is, how large, in which village, and how it lies to the control lines.",
    ),
    "card_nothing": ("此处没有地块。", "There is no parcel here."),
    "card_close": ("取消选择", "Clear"),
    "card_layer_moved_out": ("调出地块", "Moved out"),
    "card_layer_moved_in": ("调入地块", "Moved in"),
    "card_layer_fragments": ("零星地块", "Fragment"),
    "card_layer_conflicts": ("线内永久基本农田", "Farmland inside the lines"),
    "composition": ("地类构成", "Land by class"),
    "composition_note": ("图斑净面积与总面积之比", "Share of the whole area"),
    "card_more": ("全部字段", "All fields"),
    "card_sentence": ("{village}的一块{land}，{area}。", "{land} in {village}, {area}."),
    "card_is_farmland": ("属永久基本农田", "Permanent basic farmland"),
    "card_not_farmland": ("不属永久基本农田", "Not permanent basic farmland"),
    "card_in_boundary": ("在城镇开发边界内", "Inside the urban boundary"),
    "card_in_hole": ("在开发边界的天窗内", "In a hole of the urban boundary"),
    "card_in_redline": ("在生态保护红线内", "Inside the red line"),
    "card_in_redline_zone": ("在生态保护红线内（{zone}）", "Inside the red line ({zone})"),
    "card_in_reserve": ("在储备区内（{status}）", "In the reserve pool ({status})"),
    "card_moved_out": ("方案：调出", "Plan: moved out"),
    "card_moved_in": ("方案：调入", "Plan: moved in"),
    "card_fragment": ("零星地块", "A fragment"),
    "card_free": ("不在控制线内", "Outside the control lines"),
    # forms and tables
    "form_advanced": ("更多参数", "More parameters"),
    "form_more": ("更多条件", "More terms"),
    "form_not_asked": ("不要求", "not asked"),
    "table_cut": (
        "只显示前 {n} 行（共 {all} 行），下载文件中有全部。",
        "The first {n} of {all} rows; the download has all.",
    ),
    "col_year": ("年", "Year"),
    "col_town": ("乡镇", "Township"),
    "col_county": ("县（区）", "County"),
    "col_against": ("控制线", "Line"),
    "col_inside_mu": ("线内净面积 亩", "Inside, mu"),
    "col_block_mu": ("整块净面积 亩", "Whole block, mu"),
    "col_width": ("平均宽度 m", "Mean width m"),
    "col_shape": ("形状指数", "Shape index"),
    "col_built": ("建设用地包围 %", "Built border %"),
    "col_next": ("最近农田 m", "Next farmland m"),
    "col_high": ("高标准", "High-standard"),
    "col_parcels": ("图斑", "Parcels"),
    "col_net_mu": ("净面积 亩", "Net, mu"),
    "yes": ("是", "yes"),
    "line_boundary_filled": ("开发边界（含天窗）", "Urban boundary, holes filled"),
    "line_boundary_net": ("开发边界（扣除天窗）", "Urban boundary, holes kept"),
    "line_redline_core": ("红线·核心保护区", "Red line, core"),
    "line_redline_general": ("红线·一般控制区", "Red line, general"),
    "line_redline_other": ("红线·保护地外", "Red line, other"),
    # fragments
    "fragments_lead": (
        "拖动阈值，看线内哪些永久基本农田算零星；先按全域连片，再看线内部分。",
        "Move a threshold and see which farmland inside the lines counts as fragments.",
    ),
    "measuring": ("正在量算…", "Measuring…"),
    "fact_fragments": ("零星地块", "Fragments"),
    "fact_high": ("其中高标准农田 {n} 处", "{n} in high-standard farmland"),
    "fact_inside": ("零星线内面积", "Fragments, inside"),
    "net_area": ("净面积", "net area"),
    "fact_lines": ("线内永久基本农田", "Farmland inside the lines"),
    "fact_share": ("零星占线内", "Fragments' share"),
    "fact_share_of": ("按净面积", "of net area inside"),
    "fact_contiguity": ("全域连片度", "Contiguity"),
    "fact_mean_patch": ("平均连片 {area}", "mean block {area}"),
    "places": ("处", "places"),
    "tab_list": ("零星清单", "List"),
    "tab_lines": ("分镇分线", "By line"),
    "tab_sensitivity": ("敏感性", "Sensitivity"),
    "tab_parcel": ("地块", "Parcel"),
    "lines_overlap": (
        "各线互有重叠（含天窗与扣除天窗两种口径并列），不可相加。",
        "The lines overlap (both readings of the boundary are listed); do not add them up.",
    ),
    "sensitivity_note": (
        "粗体为处数，下为线内净面积；加框为当前设定。“零星”没有全国统一数值，此表随方案一并上报。",
        "Bold: number of fragments; below: net area inside; framed: the present setting. No national figure defines a fragment, so this table travels with the plan.",
    ),
    "gap_by_limit": ("间隙 ╲ 上限", "gap ╲ limit"),
    # about
    "about_lead": (
        "数据从哪里来、面积怎样算、哪些规则尚未核实。",
        "Where the data comes from, how areas are computed, and what is not confirmed.",
    ),
    "about_data": ("数据与来源", "Data and sources"),
    "about_year": ("调查年份 {year}", "survey of {year}"),
    "about_read_as": ("统一到 CGCS2000 3度带第40带（EPSG:4528）", "brought to CGCS2000 3-degree zone 40 (EPSG:4528)"),
    "about_unconfirmed": ("尚未核实的规则", "Rules not yet confirmed"),
    "about_unconfirmed_text": (
        "下列数值未在公开原文中逐字核实，结论中凡用到均带标记；请经办人对照原文确认后在 `geo/policy/parameters/` 中更新。",
        "These figures were not confirmed word for word in a public source. Every verdict that rests on one carries its mark; confirm it against the text and update `geo/policy/parameters/`.",
    ),
    "about_area": ("面积口径", "How areas are computed"),
    "about_area_text": (
        "- 一律为**椭球面积**：国土调查办发〔2008〕32号公式，CGCS2000 椭球，长边加密至不超过 70 m。\n"
        "- 净面积 = 图斑面积 − 田坎扣除面积；永久基本农田以净面积计。\n"
        "- 1 亩 = 2000/3 m²；内部以 m² 计算，只在显示时换算与四舍五入。\n"
        "- 地图上的图形经过概化，**只供查看，不供量算**。",
        "- Always **on the ellipsoid**: the official formula (Land Survey Office 2008 No. 32) on CGCS2000, long edges densified to 70 m.\n"
        "- Net area = parcel area − field ridges; permanent farmland counts net.\n"
        "- 1 mu = 2000/3 m²; computed in m², converted and rounded only when shown.\n"
        "- Shapes on the map are generalised: **to look at, not to measure**.",
    ),
    "about_limits": ("使用边界", "What this is not"),
    "about_limits_text": (
        "结果供方案编制与论证参考，不能代替主管部门审查；跨省调整默认不做；个人信息字段在读取时即丢弃。",
        "Results support drafting and argument; they do not replace official review. Land is not moved across provinces by default; personal columns are dropped on reading.",
    ),
    "about_software": ("软件版本", "Software"),
    "about_licences": ("许可", "Licences"),
    "about_offline": (
        "全部计算在本机完成，页面不访问外部网络。",
        "Everything is computed on this machine; the pages reach no network.",
    ),
    "see_notice": ("见 NOTICE", "see NOTICE"),
    "sample_name": ("示例数据", "Sample data"),
    "col_layer": ("图层", "Layer"),
    "col_file": ("文件", "File"),
    "col_rows": ("要素", "Rows"),
    "col_encoding": ("编码", "Encoding"),
    "col_rule": ("参数", "Parameter"),
    "col_value": ("取值", "Value"),
    "col_sure": ("把握", "Confidence"),
    "col_article": ("依据", "Article"),
    "col_note": ("说明", "Note"),
    "col_checked": ("核对日期", "Checked on"),
    "col_package": ("组件", "Package"),
    "col_version": ("版本", "Version"),
    "col_what": ("内容", "What"),
    "col_licence": ("许可", "Licence"),
    "col_where": ("位置", "Where"),
    # relocation
    "relocation_lead": (
        "把线内零星永久基本农田调出，从储备区和稳定耕地调入：数量不减、质量不降、布局更连片。",
        "Move fragments out of the lines and reserve or stable cropland in: no less, no worse, better connected.",
    ),
    "plan_terms": ("规划条件", "Terms of the plan"),
    "plan_button": ("规划", "Plan"),
    "plan_none": (
        "还没有方案：在左侧确认条件后按“规划”。",
        "There is no plan yet: check the terms on the left and press Plan.",
    ),
    "no_plan": ("在这些条件下没有可行方案", "No plan meets these terms"),
    "no_plan_text": (
        "以下条件互相冲突；每行写明差多少。放宽其中一项，或扩大候选来源，再规划一次。",
        "The terms below clash; each line says by how much. Relax one of them or widen the sources, and plan again.",
    ),
    "no_plan_nothing": ("没有可以调出的零星地块，无需方案。", "Nothing may leave, so there is nothing to plan."),
    "no_plan_time": (
        "搜索结束时还没有找到方案；可延长时限再试。",
        "The search ended before a plan was found; allow more time and try again.",
    ),
    "no_plan_short": (
        "各项条件不能同时满足。可降低面积比、提高乡镇上限、增加调入来源，或减少调出后再规划。",
        "The terms cannot all hold. Lower the area ratio, raise the township cap, add sources or move less out, and plan again.",
    ),
    "card_layer_waiting": ("待调整地块", "Waiting for now"),
    "not_judged": ("未判定：方案未提供该项", "not judged: the plan does not say"),
    "measured_limit": ("实测 {measured}，限值 {limit}", "measured {measured}, limit {limit}"),
    "each_of": ("（逐一判定 {n} 个）", " (each of {n})"),
    "files_writing": ("正在写出图件与表册", "Writing maps and tables"),
    "plan_other_data": (
        "输出目录里的方案出自另一份数据，未显示。",
        "The plan in the output folder was made from other data and is not shown.",
    ),
    "job_starting": ("准备中", "Getting ready"),
    "job_gap": ("与最优相差不超过 {gap}", "within {gap} of the best"),
    "job_cancel": ("取消", "Cancel"),
    "job_cancelled": ("已取消；没有形成新方案。", "Cancelled; no new plan was made."),
    "compare": ("前后对比", "Before and after"),
    "compare_overlay": ("叠加", "Overlay"),
    "compare_swipe": ("卷帘", "Swipe"),
    "before": ("调整前", "Before"),
    "after": ("调整后", "After"),
    "fact_out": ("调出", "Moved out"),
    "fact_in": ("调入", "Moved in"),
    "fact_grade": ("平均质量等别", "Mean grade"),
    "fact_grade_note": ("调出 → 调入，数小为优", "out → in, lower is better"),
    "fact_mean_block": ("平均连片面积", "Mean block"),
    "fact_proof": ("距最优不超过", "Proven within"),
    "status_optimal": ("已达要求的间隙", "within the gap asked for"),
    "status_feasible": ("可行", "feasible"),
    "status_infeasible": ("无可行方案", "no plan"),
    "status_cancelled": ("提前停止，保留当时最好方案", "stopped early, best so far"),
    "status_time": ("到时停止，保留当时最好方案", "out of time, best so far"),
    "tab_verdicts": ("审查结论", "Verdicts"),
    "tab_balance": ("分县分镇", "By unit"),
    "tab_out": ("调出", "Out"),
    "tab_in": ("调入", "In"),
    "tab_files": ("下载", "Files"),
    "col_out_pieces": ("调出 块", "Out"),
    "col_out_mu": ("调出 亩", "Out, mu"),
    "col_out_grade": ("调出等别", "Out grade"),
    "col_out_paddy": ("调出水田 亩", "Out paddy, mu"),
    "col_in_pieces": ("调入 块", "In"),
    "col_in_mu": ("调入 亩", "In, mu"),
    "col_in_grade": ("调入等别", "In grade"),
    "col_in_paddy": ("调入水田 亩", "In paddy, mu"),
    "col_grade": ("等别", "Grade"),
    "col_paddy": ("水田", "Paddy"),
    "col_source": ("来源", "Source"),
    "col_border": ("相邻边长 m", "Shared border m"),
    "col_id": ("标识码", "Identifier"),
    "source_reserve": ("储备区", "Reserve pool"),
    "source_cropland": ("稳定耕地", "Stable cropland"),
    "file_xlsx": ("表册 XLSX", "Tables XLSX"),
    "file_txt": ("界址点", "Boundary points"),
    "file_docx": ("审查表 DOCX", "Review form DOCX"),
    "file_html": ("单文件网页（双击打开，不联网）", "Web page in one file (offline)"),
    "file_pdf": ("图件 PDF", "Map PDF"),
    "file_png": ("图件 PNG", "Map PNG"),
    "file_gpkg": ("图层 GPKG", "Layers GPKG"),
    "file_zip": ("压缩包 ZIP", "ZIP"),
    "file_shp": ("图层 SHP（划入划出）", "Layers SHP (in and out)"),
    "file_json": ("运行记录 JSON", "Run record JSON"),
    # areas
    "ha": ("公顷", "ha"),
    "mu": ("亩", "mu"),
    "m2": ("m²", "m²"),
    "km2": ("km²", "km²"),
    "pieces": ("块", "pieces"),
    "share": ("占比", "Share"),
}

# Columns in English; the Chinese label stands in the layer's schema.
FIELDS = {
    "parcel_id": "Identifier", "farmland_id": "Identifier", "lot_id": "Identifier", "parcel_no": "Parcel number",
    "class_code": "Land class", "class_name": "Class name", "area_m2": "Area", "net_area_m2": "Net area",
    "ridge_area_m2": "Field ridges deducted", "ridge_factor": "Ridge factor", "grade": "Quality grade (1 best)",
    "soil_grade": "Soil grade", "slope_grade": "Slope grade", "village_name": "Village", "village_code": "Village code",
    "town_code": "Township", "county_code": "County", "refine_name": "Kind of cropland", "crop_name": "What grows",
    "survey_year": "Survey year", "owner_kind": "Ownership", "line_width_m": "Width", "stable": "Stable cropland",
    "lot_no": "Lot number", "lot_kind": "Kind of lot", "booked_on": "Booked on", "status": "Status",
    "terrace_kind": "Terrace or slope", "zone_name": "Planning zone", "control_zone": "Control zone",
    "redline_name": "Red line", "unit_name": "Unit", "note": "Note", "was_farmland": "Was permanent farmland",
}  # fmt: skip

# Columns of results that no standard layer has.
RESULT_FIELDS = {
    "area_m2": ("图斑面积", "Area"),
    "net_area_m2": ("净面积", "Net area"),
    "piece_net_area_m2": ("整块净面积", "Whole block, net"), "inside_net_area_m2": ("线内净面积", "Inside the lines, net"),
    "against": ("控制线", "Line"), "parcels": ("图斑数", "Parcels"), "mean_width_m": ("平均宽度", "Mean width"),
    "shape_index": ("形状指数", "Shape index"), "distance_to_next_m": ("距最近农田", "To the next farmland"),
    "source": ("来源", "Source"), "border_retained_m": ("与保留农田相邻边长", "Border with kept farmland"),
    "distance_m": ("距最近调出地块", "To the nearest land moved out"), "lot_kind": ("储备类型", "Kind of lot"),
    "farmland_id": ("永久基本农田标识码", "Farmland identifier"), "candidate_id": ("候选标识码", "Candidate identifier"),
    "parent_id": ("原图斑标识码", "Parent identifier"), "block_id": ("连片编号", "Block identifier"),
    "town_code": ("乡镇", "Township"), "county_code": ("县（区）", "County"),
}  # fmt: skip

# Names of places in Latin letters; the official files carry Chinese names only.
PLACES = {unit.zh: unit.en for unit in admin_units().values()}


def t(key: str, **values: object) -> str:
    """The words of a key in the visitor's language, with ``values`` filled in. Raises KeyError for an unknown key."""
    zh, en = WORDS[key]
    text = zh if session().lang == "zh" else en
    return text.format(**values) if values else text


def pick(zh: str, en: str) -> str:
    """Chinese or English, by the visitor's language; the other where one is empty."""
    return (zh or en) if session().lang == "zh" else (en or zh)


def place(name: str, lang: str | None = None) -> str:
    """A place's name in the language; a village keeps its own characters after its township's Latin name."""
    if (lang or session().lang) == "zh" or not name:
        return name
    if name in PLACES:
        return PLACES[name]
    for town, latin in PLACES.items():
        if name.startswith(town):
            rest = name.removeprefix(town)
            digits = "".join(c for c in rest if c.isdigit())
            return f"{latin} sample village {digits}" if "示例" in rest and digits else f"{latin} {rest}"
    return name
