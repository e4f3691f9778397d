"""Telling a check: tables for the report and the page, the text for the surveyor, the files, plain data for scripts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geo.errors import InputProblem
from geo.finding import Finding
from geo.report.words import said, word
from geo.standards.schema import schema
from geo.study.check import FIT, CheckedLayer, CheckResult

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

_ORDER = {"error": 0, "warning": 1, "info": 2, "pass": 3}
# Examples of a kind of finding that the terminal and the letter name.
_EXAMPLES = 3


def standard_name(one: CheckedLayer, lang: str) -> str:
    """The standard layer in words: ``DLTB 地类图斑``."""
    if any(f.code == "IO311" for f in one.findings):
        return word("check.boundary_txt", lang)
    if one.layer.kind in ("table", "raster"):
        return word(f"check.{one.layer.kind}", lang)
    if not one.house:
        return word("check.unknown_layer", lang)
    spec = schema(one.house)
    return f"{spec.official} {spec.label(lang)}"


def system_name(one: CheckedLayer, lang: str) -> str:
    """The coordinate system and datum of a layer, with a mark when they are in doubt."""
    place = one.layer.place
    if one.layer.kind == "table":
        return "–"
    if place.crs is None:
        return word("check.no_system", lang)
    name = f"EPSG:{place.epsg}" if place.epsg else str(place.crs.name)
    told = f"{name} {place.datum}".strip()
    return told if place.trusted else f"{told} ({word('check.untrusted', lang)})"


def layer_rows(result: CheckResult, lang: str) -> pd.DataFrame:
    """One row a layer, columns of ``check_layers`` in ``report_columns.csv``."""
    import pandas as pd

    rows = []
    for one in result.layers:
        grave = Counter(f.severity for f in one.everything)
        layer = one.layer
        rows.append((layer.file, layer.name, standard_name(one, lang), system_name(one, lang), layer.source.encoding,
                     layer.declared, layer.read, layer.usable, grave["error"], grave["warning"]))  # fmt: skip
    columns = ("file", "layer", "standard", "system", "encoding", "declared", "read", "usable", "errors", "warnings")
    return pd.DataFrame(rows, columns=list(columns))


def told_findings(result: CheckResult) -> list[tuple[str, int, Finding]]:
    """Every finding with the subject of its layer (empty: of a file) and its place there; errors first."""
    found = [("", k, f) for k, f in enumerate(result.files)]
    found += [(one.subject, k, f) for one in result.layers for k, f in enumerate(one.everything)]
    return sorted(found, key=lambda row: _ORDER[row[2].severity])


def finding_rows(result: CheckResult, lang: str) -> pd.DataFrame:
    """One row a finding, columns of ``check_findings`` in ``report_columns.csv``."""
    import pandas as pd

    rows = [
        (n, subject or f.subject, f.code, word(f"severity.{f.severity}", lang), f.subject, f.text(lang))
        for n, (subject, _, f) in enumerate(told_findings(result), 1)
    ]
    return pd.DataFrame(rows, columns=["number", "file", "code", "severity", "subject", "text"])


def repair_rows(result: CheckResult) -> pd.DataFrame:
    """One row a safe repair, columns of ``check_repairs`` in ``report_columns.csv``."""
    import pandas as pd

    rows = [
        (one.subject, r.subject, " ".join(r.codes), r.area_before_m2, r.area_after_m2, r.moved_m)
        for one in result.layers
        for r in one.repairs
    ]
    columns = ["file", "subject", "codes", "area_before_m2", "area_after_m2", "moved_m"]
    found = pd.DataFrame(rows, columns=columns)
    return found.assign(number=range(1, len(found) + 1))


def letter(result: CheckResult, lang: str = "zh") -> str:
    """What to send back to the surveyor: by layer and kind, with places, numbers and what to do; repairs left out."""
    body = [line for one in result.layers for line in _letter_layer(one, lang)]
    body = [*_numbered([f for f in result.files if f.severity != "info"], lang), *body]
    if not body:
        return word("check.letter_fine", lang)
    tail = said("check.letter_tail", lang, on=result.values["on"])
    return "\n".join([word("check.letter_head", lang), *body, tail])


def _letter_layer(one: CheckedLayer, lang: str) -> Iterator[str]:
    mended = {(r.subject, code) for r in one.repairs for code in r.codes}
    found = [f for f in one.everything if f.severity in ("error", "warning") and (f.subject, f.code) not in mended]
    if found:
        yield said("check.letter_layer", lang, subject=one.subject, name=standard_name(one, lang),
                   rows=f"{one.layer.read:,}", usable=f"{one.layer.usable:,}")  # fmt: skip
        yield from _numbered(found, lang)


def _numbered(found: Sequence[Finding], lang: str) -> Iterator[str]:
    kinds: dict[str, list[Finding]] = {}
    for finding in sorted(found, key=lambda f: (_ORDER[f.severity], f.code)):
        kinds.setdefault(finding.code, []).append(finding)
    for k, same in enumerate(kinds.values(), 1):
        text = said("check.letter_line", lang, k=k, text=same[0].text(lang))
        if len(same) > 1:
            others = ("、" if lang == "zh" else ", ").join(f.subject for f in same[1 : 1 + _EXAMPLES])
            text += said("check.letter_more", lang, n=f"{len(same):,}", others=others)
        yield text


def summary(result: CheckResult) -> dict[str, Any]:
    """Everything as plain data, for ``--json``."""
    layers = []
    for one, row in zip(result.layers, layer_rows(result, "en").to_dict("records"), strict=True):
        recognised = one.layer.recognised
        layers.append({
            **row, "house": one.house, "score": None if recognised is None else recognised.score,
            "mapping": {} if recognised is None else dict(recognised.mapping),
            "proposals": [p.text("en") for p in one.layer.place.proposals],
            "checked_rows": 0 if one.frame is None else len(one.frame),
            "findings": [f.record() for f in one.everything],
            "repairs": [{"subject": r.subject, "codes": list(r.codes), "area_before_m2": r.area_before_m2,
                         "area_after_m2": r.area_after_m2, "moved_m": r.moved_m} for r in one.repairs],
        })  # fmt: skip
    grave = Counter(f.severity for f in result.everything)
    return {
        "verdict": result.verdict, "fit": result.verdict == FIT, "counts": dict(grave), "layers": layers,
        "findings": [f.record() for f in result.files],
        "letter": {lang: letter(result, lang) for lang in ("zh", "en")},
    }  # fmt: skip


def lines(result: CheckResult, lang: str) -> list[Any]:
    """What the terminal shows: layers, kinds of findings with examples, what can be repaired, the verdict."""
    from rich.table import Table
    from rich.text import Text

    zh = lang == "zh"
    table = Table(box=None, pad_edge=False, header_style="bold")
    rows = layer_rows(result, lang)
    heads = ("文件", "标准图层", "坐标系", "编码", "声明", "读出", "可用", "错误", "警告") if zh else (
        "File", "Standard layer", "System", "Encoding", "Declared", "Read", "Usable", "Errors", "Warnings")  # fmt: skip
    for head in heads:
        table.add_column(head, justify="right" if head in heads[4:] else "left", overflow="fold")
    for one, row in zip(result.layers, rows.itertuples(), strict=True):
        counts = (row.declared, row.read, row.usable, row.errors, row.warnings)
        texts = (one.subject, row.standard, row.system, row.encoding)
        table.add_row(*(Text(str(v)) for v in texts), *(f"{v:,}" for v in counts))
    out: list[Any] = [table, ""]
    kinds: dict[tuple[str, str], list[Finding]] = {}
    for subject, _, finding in told_findings(result):
        kinds.setdefault((subject, finding.code), []).append(finding)
    sign = {"error": "✗", "warning": "!", "info": "·", "pass": "✓"}
    for same in kinds.values():
        first = same[0]
        out.append(f"{sign[first.severity]} {first.text(lang)}")
        if len(same) > 1:
            more = ", ".join(f.subject for f in same[1 : 1 + _EXAMPLES])
            out.append(
                f"    同类共 {len(same):,} 处，另如 {more}" if zh else f"    {len(same):,} of this kind, also {more}"
            )
    if result.repairs:
        n = f"{len(result.repairs):,}"
        out += ["", f"可安全修复 {n} 个图斑：--repair OUT.gpkg 写出，附原图形可撤销。" if zh else
                f"{n} features can be repaired safely: --repair OUT.gpkg writes them, undo included."]  # fmt: skip
    words = ("可用", "有错误，更正前不宜使用", "有文件无法读取") if zh else (
        "Fit for use", "There are errors: correct them before use", "A file could not be read")  # fmt: skip
    return [*out, "", words[result.verdict]]


def write_report(result: CheckResult, path: Path | str, lang: str = "zh") -> Path:
    """Write the XLSX report. Raises InputProblem (IO118) when it cannot be written."""
    from geo.report.check_workbook import CheckReport, write_check_workbook

    report = CheckReport(
        layer_rows(result, lang), finding_rows(result, lang), repair_rows(result), letter(result, lang)
    )  # fmt: skip
    try:
        return write_check_workbook(report, path, lang=lang)
    except OSError as fault:
        told = str(fault.strerror or fault)
        raise InputProblem([Finding("IO118", "error", Path(path).name, measured=told)]) from None


def write_repairs(result: CheckResult, path: Path | str) -> Path:
    """Write every layer that has safe repairs with all its rows and columns, and the layer ``REPAIRS`` for the undo.

    EPSG:4528. Raises InputProblem (IO118) when it cannot be written.
    """
    import geopandas as gpd

    from geo.io.repaired import COLUMNS, write_repaired

    layers: dict[str, gpd.GeoDataFrame] = {}
    told: list[tuple[Any, ...]] = []
    shapes: list[Any] = []
    for one in result.layers:
        if not one.repairs or one.frame is None:
            continue
        name = _free_name(schema(one.house).official, layers)
        frame = one.layer.frame.to_crs(4528) if one.layer.frame.crs.to_epsg() != 4528 else one.layer.frame
        geoms = frame.geometry.to_numpy().copy()
        for repair in one.repairs:
            row = one.rows[repair.row]
            geoms[row] = repair.after
            told.append((name, row, repair.subject, " ".join(repair.codes), repair.area_before_m2,
                         repair.area_after_m2, repair.moved_m))  # fmt: skip
            shapes.append(repair.before)
        layers[name] = frame.set_geometry(geoms, crs=4528)
    columns = {name: [row[k] for row in told] for k, name in enumerate(COLUMNS)}
    return write_repaired(layers, gpd.GeoDataFrame(columns, geometry=shapes, crs=4528), path)


def undo(repaired: Path | str, path: Path | str) -> Path:
    """Write the layers of a repaired file with every shape as it was. Raises InputProblem for another kind of file."""
    from geo.io.repaired import read_repaired, write_repaired

    layers, repairs = read_repaired(repaired)
    for name, frame in layers.items():
        geoms = frame.geometry.to_numpy().copy()
        for row, shape in zip(repairs["row_no"], repairs.geometry, strict=True):
            if (repairs["table_name"] == name).any():
                geoms[int(row)] = shape
        layers[name] = frame.set_geometry(geoms, crs=frame.crs)
    return write_repaired(layers, repairs.iloc[:0], path)


def _free_name(name: str, taken: Any) -> str:
    number = 1
    while (found := name if number == 1 else f"{name}_{number}") in taken:
        number += 1
    return found
