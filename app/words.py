"""Every word that the pages say, Chinese first. ``t("key")`` answers in the visitor's language."""

from __future__ import annotations

from app.state import session

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
    "overview_lead": ("开发边界、生态红线与永久基本农田同图；点击地块查看属性。",
                      "Urban boundary, red line and permanent farmland on one map; click a parcel to read it."),
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
    "group_plan": ("调整方案", "Plan"),
    "group_lines": ("控制线", "Control lines"),
    "group_farm": ("农田", "Farmland"),
    "group_base": ("现状与界线", "Land and limits"),
    "group_result": ("识别结果", "Result"),
    "layer_highstandard": ("高标准农田", "High-standard farmland"),
    "layer_plan_in": ("调入地块", "Moved in"),
    "layer_plan_out": ("调出地块", "Moved out"),
    "layer_fragments": ("零星地块", "Fragments"),
    "layer_conflicts": ("线内永久基本农田", "Farmland inside the lines"),
    "layer_waiting": ("待调整", "Waiting"),
    "map_home": ("回到全图", "Whole area"),
    "map_zoom_in": ("放大", "Zoom in"),
    "map_zoom_out": ("缩小", "Zoom out"),
    "unchecked_colours": ("配色仿三调图式，RGB 待核对标准原文。", "Colours follow the survey's symbols; RGB values still to be checked."),
    # a parcel in plain words
    "card_hint_title": ("点击地图上的任一地块", "Click any parcel on the map"),
    "card_hint": ("这里会用平实的话说明它是什么地、多大、在哪个村，以及它与三条控制线的关系。",
                  "Here you will read what land it is, how large, in which village, and how it lies to the control lines."),
    "card_nothing": ("此处没有地块。", "There is no parcel here."),
    "card_close": ("取消选择", "Clear"),
    "card_more": ("全部字段", "All fields"),
    "card_sentence": ("{village}的一块{land}，{area}。", "{land} in {village}, {area}."),
    "card_is_farmland": ("属永久基本农田", "Permanent basic farmland"),
    "card_not_farmland": ("不属永久基本农田", "Not permanent basic farmland"),
    "card_in_boundary": ("在城镇开发边界内", "Inside the urban boundary"),
    "card_in_redline": ("在生态保护红线内", "Inside the red line"),
    "card_in_redline_zone": ("在生态保护红线内（{zone}）", "Inside the red line ({zone})"),
    "card_in_reserve": ("在储备区内（{status}）", "In the reserve pool ({status})"),
    "card_moved_out": ("方案：调出", "Plan: moved out"),
    "card_moved_in": ("方案：调入", "Plan: moved in"),
    "card_fragment": ("零星地块", "A fragment"),
    "card_free": ("不在控制线内", "Outside the control lines"),
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

# Names of places in Latin letters; the official files carry Chinese names only.
PLACES = {
    "青浦区": "Qingpu", "吴江区": "Wujiang", "嘉善县": "Jiashan", "夏阳街道": "Xiayang", "盈浦街道": "Yingpu",
    "香花桥街道": "Xianghuaqiao", "朱家角镇": "Zhujiajiao", "练塘镇": "Liantang", "金泽镇": "Jinze", "赵巷镇": "Zhaoxiang",
    "徐泾镇": "Xujing", "华新镇": "Huaxin", "重固镇": "Chonggu", "白鹤镇": "Baihe", "松陵街道": "Songling",
    "横扇街道": "Hengshan", "八坼街道": "Bache", "江陵街道": "Jiangling", "平望镇": "Pingwang", "盛泽镇": "Shengze",
    "七都镇": "Qidu", "震泽镇": "Zhenze", "桃源镇": "Taoyuan", "黎里镇": "Lili", "同里镇": "Tongli",
    "魏塘街道": "Weitang", "罗星街道": "Luoxing", "惠民街道": "Huimin", "大云镇": "Dayun", "西塘镇": "Xitang",
    "干窑镇": "Ganyao", "陶庄镇": "Taozhuang", "姚庄镇": "Yaozhuang", "天凝镇": "Tianning",
}  # fmt: skip


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
