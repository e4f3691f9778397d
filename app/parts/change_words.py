"""The words of the 变化 page. ``w("key")`` answers in the visitor's language."""

# ruff: noqa: E501  # a sentence is one line
from __future__ import annotations

from app.words import pick

_WORDS: dict[str, tuple[str, str]] = {
    "page": ("变化", "Change"),
    "lead": ("两期调查，什么变成了什么：转移矩阵两向闭合，界线重测与真变化分开，永久基本农田按去向列出。", "Two surveys, what became what: a matrix that closes both ways, re-survey told from change, farmland lost by cause."),
    "before": ("前期调查", "Earlier survey"),
    "after": ("后期调查", "Later survey"),
    "zone": ("不上传则用当前数据（{year}）", "Without files: the open zone ({year})"),
    "drop_note": ("地类图斑（DLTB）的压缩包、Shapefile 全套或 GeoPackage；可附永久基本农田、乡镇图层。文件只在本机读取。", "Parcels (DLTB) as zip, all parts of a shapefile, or GeoPackage; farmland and townships may come with it. Read on this machine only."),
    "run": ("比较两期", "Compare"),
    "sample": ("用示例后一期试算", "Try with an invented later survey"),
    "sample_note": ("由当前示例数据生成：界线重测 1 m 以内，并植入已知变化（示例数据，非真实地块）。", "Made from the open sample: borders drawn up to 1 m apart and known changes (sample data, not real parcels)."),
    "same": ("两期是同一份数据。请至少上传一期，或用示例后一期试算。", "Both are the same data. Upload at least one, or try the invented later survey."),
    "running": ("正在叠加两期图斑…", "Laying one survey over the other…"),
    "fact_real": ("真变化", "Real change"),
    "fact_naive": ("直接叠加 {area}", "overlay alone: {area}"),
    "fact_resurvey": ("界线重测", "Re-survey"),
    "fact_tolerance": ("容差 {m} m", "tolerance {m} m"),
    "fact_lost": ("耕地减少", "Cropland lost"),
    "fact_gained": ("耕地增加", "Cropland gained"),
    "fact_net": ("净变 {area}", "net {area}"),
    "fact_farmland": ("永久基本农田减少", "Farmland lost"),
    "fact_farmland_note": ("非农化 {a}，非粮化 {b}", "built on {a}, other crops {b}"),
    "fact_closing": ("闭合差", "Residual"),
    "fact_closing_note": ("两期各自", "of each survey"),
    "tab_flow": ("流向", "Flows"),
    "tab_matrix": ("转移矩阵", "Matrix"),
    "tab_list": ("变化图斑", "Places"),
    "tab_farmland": ("永久基本农田", "Farmland"),
    "tab_balance": ("地类增减", "Classes"),
    "tab_notes": ("说明 {n}", "Notes {n}"),
    "tab_files": ("成果", "Files"),
    "matrix_unit": ("公顷；行为前期、列为后期，合计与两期面积相等。", "ha; rows earlier, columns later; totals equal the surveys' own."),
    "layer_change": ("变化图斑", "Changes"),
    "layer_resurvey": ("界线重测与零碎", "Re-survey and small pieces"),
    "col_from": ("前期", "Earlier"),
    "col_to": ("后期", "Later"),
    "col_town": ("乡镇", "Township"),
    "col_mu": ("亩", "mu"),
    "col_kind": ("判定", "Told"),
    "kind_real": ("真变化", "real"),
    "kind_small": ("零碎", "small"),
    "col_class": ("地类", "Class"),
    "col_before": ("前期 公顷", "Earlier ha"),
    "col_after": ("后期 公顷", "Later ha"),
    "col_lost": ("减少", "Lost"),
    "col_gained": ("增加", "Gained"),
    "col_small": ("零碎净变", "Small, net"),
    "col_resurvey": ("重测净变", "Re-survey, net"),
    "col_cause": ("去向", "Cause"),
    "col_pieces": ("处数", "Places"),
    "col_net": ("净面积 亩", "Net mu"),
    "no_farmland": ("没有永久基本农田图层。", "There is no layer of permanent farmland."),
    "make_files": ("生成成果文件", "Make the files"),
    "start_title": ("先给出两期调查", "Give two surveys first"),
    "start": ("上传去年与今年的地类图斑；只传一期时，另一期用当前数据。", "Upload last year's and this year's parcels; with one alone the open zone is the other."),
}  # fmt: skip


def w(key: str, **values: object) -> str:
    """The words of a key. Raises KeyError for an unknown key."""
    text = pick(*_WORDS[key])
    return text.format(**values) if values else text
