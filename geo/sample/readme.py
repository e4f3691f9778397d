"""THE README beside a sample: what it is, how it was made, what it holds, whose outlines it starts from."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from importlib.resources import files
from typing import TYPE_CHECKING

from geo.sample.check import shares, totals
from geo.standards.schema import schema

if TYPE_CHECKING:
    from geo.sample.make import SampleZone


def readme_text(sample: SampleZone, hashes: Mapping[str, str]) -> str:
    """The README in Chinese and English; tables are computed, nothing is typed in."""
    extent, key = sample.extent, sample.key
    lines = [
        f"# {extent.name}",
        "",
        f"{extent.name_en}",
        "",
        "**示例数据，非真实地块。** 全部图斑、权属、等别、红线、边界、乡镇与村界均为程序虚构，不得用于任何实际管理。"
        "“承包人、电话、证件号”等字段为占位文字，用来检验读取时是否丢弃。",
        "",
        "**Sample data, not real parcels.** Every parcel, owner, grade, line, town and village is invented by a "
        "program. "
        "The personal fields hold placeholders, to show that they are dropped on reading.",
        "",
        "## 重新生成 / Make it again",
        "",
        "```",
        f"tianchou sample DIR --extent {extent.key} --seed {sample.seed}",
        "```",
        "",
        "同一种子得到同样的文件 / The same seed gives the same files:",
        "",
        "| 文件 file | SHA-256 (.shp+.shx+.dbf+.prj+.cpg) |",
        "|---|---|",
        *[f"| {name} | `{value}` |" for name, value in hashes.items()],
        "",
        "## 图层 / Layers",
        "",
        "| 文件 file | 内容 | content | 行 rows |",
        "|---|---|---|---|",
    ]
    for name, frame in sample.frames.items():
        spec = schema(name)
        lines.append(f"| {spec.official} | {spec.zh} | {spec.en} | {len(frame)} |")
    lines += [
        f"| CZKFBJ_full | 城镇开发边界（未开天窗） | The same boundary without holes | {len(sample.boundary_full)} |",
        "| context/ | 示范区轮廓（示意） | Outlines of the whole zone, schematic | |",
        "| DEM.tif | 虚构高程，30 m | Invented heights | |",
        "| project_boundary.txt | 示例项目界址点 | Footprint of an invented road | |",
        "",
        "坐标系 EPSG:4528；STBHHX 按交付惯例为 EPSG:4490。"
        "Coordinates EPSG:4528; the red line in EPSG:4490, as delivered. "
        "省略的可选字段 / optional fields left out: TBYBH, QSDWMC, HDMC, BZ.",
        "",
        "## 标定 / Calibration",
        "",
        "| 指标 | 目标 target | 实际 achieved |",
        "|---|---|---|",
    ]
    for name, (wanted, got) in totals(sample).items():
        lines.append(f"| {name} | {_figure(name, wanted)} | {_figure(name, got)} |")
    lines += ["", "| 地类 class | 占比 share |", "|---|---|"]
    lines += [f"| {name} | {share:.2%} |" for name, share in shares(sample).items()]
    kinds: dict[str, int] = {}
    for fault in key["faults"]:
        kinds[fault["kind"]] = kinds.get(fault["kind"], 0) + 1
    planted: dict[str, int] = {}
    for row in key["fragments"]:
        planted[row["planted_as"]] = planted.get(row["planted_as"], 0) + 1
    lines += [
        "",
        "`python -m geo.sample.check` 打印同样的表 / prints the same tables.",
        "",
        "## 答案 / The key (key.json)",
        "",
        f"零星地块 {key['counts']['fragments']} 处 / fragments: "
        + "; ".join(f"{k} {v}" for k, v in sorted(planted.items())),
        "",
        f"定义 / definition: {key['definition']['zh']} {key['definition']['en']}",
        "",
        f"植入的错误（仅 DLTB）{key['counts']['faults']} 处 / planted faults (DLTB only): "
        + "; ".join(f"{k} {v}" for k, v in sorted(kinds.items())),
        "",
        "## 来源 / Credits",
        "",
        "| 部分 part | 内容 content | 许可 licence | 署名 credit |",
        "|---|---|---|---|",
    ]
    text = (files("geo.sample.outline") / "credits.csv").read_text("utf-8")
    lines += [
        f"| {r['file']}: {r['part']} | {r['content']} | {r['licence']} | {r['credit']} |"
        for r in csv.DictReader(text.splitlines())
    ]
    return "\n".join(lines) + "\n"


def _figure(name: str, value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:.2%}" if name.endswith("share") else f"{value / 1e6:.4f} km²"
