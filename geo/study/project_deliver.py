"""The deliverables of a study ``project``: written when it ends, and compared with its record by anyone afterwards."""

from __future__ import annotations

import contextlib
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geo.finding import Finding
from geo.study.project_report import LAYERS, ground_of, scheme_report
from geo.study.record import write_json

if TYPE_CHECKING:
    import geopandas as gpd

    from geo.report.project_content import ProjectReport
    from geo.report.project_figures import SchemeFigures
    from geo.study.project_result import ProjectResult

Tell = Callable[[float, str, str], None]
MAPS = ("location", "occupation", "replacement", "before_after")
DOCUMENTS = {"zh": "scheme.docx", "en": "scheme_en.docx"}
ANNEXES = {"zh": "annexes.xlsx", "en": "annexes_en.xlsx"}
FOOTPRINT_TXT, STATEMENTS = "footprint.txt", "scheme.json"


def write_deliverables(result: ProjectResult, told: Mapping[str, Any], draft: Path, tell: Tell) -> None:
    """Write document, annexes, maps, 划入划出 layers, boundary TXT and every stated figure into ``draft``.

    told: the run record, as project.json holds it. Raises OSError when the folder cannot be written.
    """
    from geo.report.project_figures import scheme_figures
    from geo.report.project_maps import render_project_map

    layers = {name: getattr(result, name) for name in LAYERS}
    report = scheme_report(told, layers, ground_of(result.zone))
    figures = scheme_figures(report)
    tell(0.93, "写出划入划出图层与界址点", "Writing the transfer layers and boundary points")
    write_plain(report, figures, draft)
    for place, kind in enumerate(MAPS):
        tell(0.94 + 0.01 * place, "绘制 A3 图", "Drawing the A3 maps")
        render_project_map(report, draft / f"map_{kind}", kind=kind, figures=figures)  # type: ignore[arg-type]
    tell(0.98, "写出方案文本与附表", "Writing the scheme and its annexes")
    write_papers(report, figures, draft, maps={kind: draft / f"map_{kind}.png" for kind in MAPS})


def write_plain(report: ProjectReport, figures: SchemeFigures, folder: Path) -> None:
    """Layers, boundary TXT and statements: what needs neither paper nor maps."""
    from geo.io.boundary_txt import write_boundary_txt
    from geo.report.project_layers import write_scheme_layers

    if len(report.taken) or len(report.replacement):
        write_scheme_layers(report, folder)
    header = {"数据产生单位": report.project.designer, "数据产生日期": report.on.isoformat()}
    write_boundary_txt(report.plots, folder / FOOTPRINT_TXT, header=header)
    write_json({"run_id": report.run_id, "statements": statements(figures)}, folder / STATEMENTS)


def write_papers(
    report: ProjectReport, figures: SchemeFigures, folder: Path, *, maps: Mapping[str, Path] | None = None
) -> None:
    """Document and annexes in both languages."""
    from geo.report.project_document import reduced, write_scheme
    from geo.report.project_workbook import write_annexes

    small = {kind: reduced(path) for kind, path in (maps or {}).items()}
    for lang in ("zh", "en"):
        write_scheme(report, folder / DOCUMENTS[lang], lang=lang, maps=small, figures=figures)
        write_annexes(report, folder / ANNEXES[lang], lang=lang, figures=figures)


def statements(f: SchemeFigures) -> list[dict[str, Any]]:
    """Every figure of the county statements as shown, with the table of project.json that it tells."""
    told = []
    for county in (*f.counties, f.whole):
        key = county.code or "all"
        for side, which in ((county.out, "out"), (county.inn, "in")):
            pieces = "pieces" if which == "out" else "plots"
            told += [
                _statement(key, f"{which}_{pieces}", side.plots, "count"),
                _statement(key, f"{which}_area_m2", side.ha, "ha"),
                _statement(key, f"{which}_paddy_m2", side.paddy_ha, "ha"),
                _statement(key, f"{which}_grade", side.grade, "grade"),
            ]
    return told


def _statement(key: str, column: str, value: float | None, unit: str) -> dict[str, Any]:
    return {"key": f"{key}.{column}", "value": value, "unit": unit, "source": f"comparison.{column}@{key}"}


def picture_hashes(folder: Path) -> dict[str, str]:
    """SHA-256 of every picture of a deliverable: the A3 maps by file, those inside the documents by file and place."""
    import hashlib

    found = {}
    for path in sorted(folder.glob("map_*")):
        found[path.name] = hashlib.sha256(path.read_bytes()).hexdigest()
    for name in sorted(DOCUMENTS.values()):
        if not (folder / name).is_file():
            continue
        with contextlib.suppress(zipfile.BadZipFile, NotImplementedError), zipfile.ZipFile(folder / name) as archive:
            for inner in archive.infolist():
                if inner.filename.startswith("word/media/") and inner.file_size <= _MOST_PICTURE_BYTES:
                    found[f"{name}/{inner.filename}"] = hashlib.sha256(archive.read(inner)).hexdigest()
    return found


def _check_pictures(folder: Path, told: Mapping[str, str]) -> list[Finding]:
    now = picture_hashes(folder)
    names = [*now, *(n for n in told if n not in now)]
    return [
        Finding("PJ604" if n in now else "PJ601", "error", n, now.get(n, "")[:12], told.get(n, "–")[:12])
        for n in names if now.get(n) != told.get(n)
    ]  # fmt: skip


def check_documents(folder: Path, told: Mapping[str, Any]) -> list[Finding]:
    """What the deliverables of a folder say against its project.json and project.gpkg; empty when all agree.

    Document, annexes, layers and boundary TXT are made again from the record and compared: every sentence, cell,
    attribute and point; maps by their hash in the record. A file that is missing is told as well.
    """
    from geo.report.project_figures import scheme_figures

    report = scheme_report(told, read_layers(folder))
    figures = scheme_figures(report)
    found = _check_pictures(folder, told.get("pictures", {}))
    with tempfile.TemporaryDirectory(prefix="tianchou-check-") as name:
        again = Path(name)
        write_plain(report, figures, again)
        write_papers(report, figures, again)
        for path in sorted(again.iterdir()):
            if path.suffix in (".shx", ".prj", ".cpg", ".dbf"):
                continue
            found += compare(folder / path.name, path)
    return found


def read_layers(folder: Path) -> dict[str, gpd.GeoDataFrame]:
    """The layers of project.gpkg that the scheme tells; those without rows are not in the file."""
    import pyogrio

    from geo.io.gdal_guard import guard
    from geo.io.plan_folder import read_table

    guard()
    path = folder / "project.gpkg"
    there = {str(name) for name, _ in pyogrio.list_layers(path)}
    return {name: read_table(path, name) for name in LAYERS if name in there}


def compare(given: Path, made: Path) -> list[Finding]:
    """Where a document given differs from the one made again from its record, place by place (PJ601-PJ603)."""
    if not given.is_file():
        return [Finding("PJ601", "error", made.name)]
    reader = _READERS.get(made.suffix, _lines_of)
    try:
        mine, theirs = reader(made), reader(given)
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as fault:
        return [Finding("PJ602", "error", made.name, measured=str(fault)[:120])]
    found = []
    for place in range(max(len(mine), len(theirs))):
        wanted = mine[place] if place < len(mine) else ("", "–")
        seen = theirs[place] if place < len(theirs) else ("", "–")
        if wanted != seen:
            found.append(Finding("PJ603", "error", f"{made.name} {wanted[0] or seen[0]}", seen[1], wanted[1]))
        if len(found) == _ENOUGH:
            break
    return found


_MOST_PICTURE_BYTES = 50_000_000
_ENOUGH = 20  # differences of one file that are told


def _lines_of(path: Path) -> list[tuple[str, str]]:
    lines = path.read_text("utf-8").splitlines()
    return [(f"{number}", line) for number, line in enumerate(lines, start=1)]


def _document(path: Path) -> list[tuple[str, str]]:
    """Every paragraph of a DOCX in order, those of table cells too; pictures and their captions left out."""
    import docx

    body = docx.Document(str(path)).element.body
    space = {"w": body.nsmap["w"]}
    told: list[str] = []
    for paragraph in body.iter(f"{{{space['w']}}}p"):
        words = "".join(t.text or "" for t in paragraph.findall(".//w:t", space))
        if words and not paragraph.findall(".//w:drawing", space) and not _map_caption(words):
            told.append(words)
    return [(f"¶{number}", words) for number, words in enumerate(told, start=1)]


def _map_caption(words: str) -> bool:
    from geo.report.project_document import is_map_caption

    return is_map_caption(words)


def _workbook(path: Path) -> list[tuple[str, str]]:
    import openpyxl

    book = openpyxl.load_workbook(path, read_only=True)
    told = [
        (f"{sheet.title}!{cell.coordinate}", repr(cell.value))
        for sheet in book.worksheets
        for row in sheet.iter_rows()
        for cell in row
        if cell.value not in (None, "")  # spreadsheet programs drop empty texts when they save
    ]
    book.close()
    return told


def _layer(path: Path) -> list[tuple[str, str]]:
    """Every attribute of every row, and its shape to the millimetre."""
    import shapely

    from geo.io.vector import read_layer

    frame = read_layer(path, "transfer").frame
    shapes = shapely.to_wkt(shapely.normalize(frame.geometry.to_numpy()), rounding_precision=3)
    columns = [c for c in frame.columns if c != "geometry"]
    told = []
    for number, (row, shape) in enumerate(zip(frame[columns].itertuples(index=False), shapes, strict=True), start=1):
        told += [(f"#{number}.{c}", str(v)) for c, v in zip(columns, row, strict=True)]
        told.append((f"#{number}.geometry", shape))
    return told


_READERS: dict[str, Callable[[Path], list[tuple[str, str]]]] = {
    ".docx": _document, ".xlsx": _workbook, ".gpkg": _layer, ".shp": _layer,
}  # fmt: skip
