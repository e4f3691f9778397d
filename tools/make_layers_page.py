"""Writes docs/layers.md from the layer schemas: ``python tools/make_layers_page.py`` (a test holds it to them)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from geo.standards.schema import LayerSchema, further_layers, layer_names, schema

PAGE = Path(__file__).parents[1] / "docs" / "layers.md"

HEAD = """<!-- 本页由 tools/make_layers_page.py 从 geo/standards/tables 生成，请勿手改。
     This page is generated from geo/standards/tables; do not edit it by hand. -->

# 图层 / Layers

数据目录里要有哪些图层、每层要有哪些字段。文件用官方名称（Shapefile、GeoPackage、FileGDB 或 zip）；别名也认得。
What a data folder must hold, and the fields of each layer. Files bear the official names (Shapefile, GeoPackage,
FileGDB or zip); the aliases are known too. 缺少的图层和字段一次全部指出 / everything missing is told at once.
**必填** required; 标“个人信息”的字段读取时丢弃 / personal fields are dropped on reading.
"""


def page() -> str:
    """The whole page as Markdown."""
    schemas = [schema(name) for name in (*layer_names(), *further_layers())]
    return "\n".join([HEAD, *_overview(schemas), *(line for s in schemas for line in _layer(s))]).rstrip() + "\n"


def _overview(schemas: list[LayerSchema]) -> Iterator[str]:
    yield "| 文件 / file | 别名 / aliases | 图层 / layer | 必需 / required |"
    yield "| --- | --- | --- | --- |"
    for s in schemas:
        need = "是 yes" if s.required else "否 no"
        yield f"| `{s.official}` | {' '.join(s.aliases) or '–'} | {s.zh} / {s.en} | {need} |"
    yield ""


def _layer(s: LayerSchema) -> Iterator[str]:
    yield f"## {s.official} {s.zh} / {s.en}\n"
    yield "| 字段 field | 含义 meaning | 类型 type | 单位 unit | 必填 required | 内部名 house name | 说明 note |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    for f in s.fields:
        kind = f"{f.kind} {f.length}" + (f".{f.decimals}" if f.decimals else "")
        need = "个人信息 personal" if f.personal else "是 yes" if f.required else "–"
        aliases = f" ({' '.join(f.aliases)})" if f.aliases else ""
        note = f.note.replace("|", "\\|") or "–"
        yield f"| `{f.official}`{aliases} | {f.zh} | {kind} | {f.unit or '–'} | {need} | `{f.name}` | {note} |"
    yield ""


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
