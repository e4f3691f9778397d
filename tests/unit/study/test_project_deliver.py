"""The deliverables of a project: all there, what they say agrees with the record, and a change anywhere is found."""

import json
import shutil
from pathlib import Path

import docx
import openpyxl
import pytest

from geo.errors import Cancelled
from geo.io.boundary_txt import read_boundary_txt
from geo.io.vector import read_layer
from geo.study import project
from geo.study.project_deliver import check_documents
from geo.study.project_intake import read_footprint
from geo.zone import Zone

ROOT = Path(__file__).parents[3]
DATA = ROOT / "data" / "shapefiles"
WANTED = {
    "scheme.docx", "scheme_en.docx", "annexes.xlsx", "annexes_en.xlsx", "JBNTHRHC.gpkg", "JBNTHRHC.shp",
    "boundary_in.txt", "boundary_out.txt", "footprint.txt", "scheme.json", "project.json", "project.gpkg",
    *(f"map_{kind}.{end}" for kind in ("location", "occupation", "replacement", "before_after")
      for end in ("pdf", "png")),
}  # fmt: skip


@pytest.fixture(scope="module")
def result(sample_zone: Zone) -> project.ProjectResult:
    values = project.SPEC.values(
        {"on": "2026-03-01", "type": "国家高速", "alternatives": 1, "project_name": "示例路", "designer": "示例单位"}
    )
    return project.run(sample_zone, read_footprint(DATA / "project_boundary.txt"), values)


@pytest.fixture(scope="module")
def folder(result: project.ProjectResult, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("project")
    project.write(result, out)
    return out


def record(folder: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads((folder / "project.json").read_text("utf-8"))
    return found


def test_every_deliverable_is_there_and_agrees_with_the_record(folder: Path) -> None:
    assert {p.name for p in folder.iterdir()} >= WANTED
    assert not [p for p in folder.iterdir() if p.name.startswith(".")]
    assert check_documents(folder, record(folder)) == []


def test_layers_and_boundary_points_are_those_of_the_plan(folder: Path, result: project.ProjectResult) -> None:
    layer = read_layer(folder / "JBNTHRHC.shp", "transfer").frame
    assert sorted(layer.loc[layer["direction"] == "1", "parent_id"]) == sorted(result.replacement["lot_id"])
    assert sorted(layer.loc[layer["direction"] == "2", "parent_id"]) == sorted(result.farmland_taken["farmland_id"])
    assert set(layer["project_name"]) == {"示例路"}
    assert len(read_boundary_txt(folder / "boundary_in.txt")) == len(result.replacement)
    assert len(read_boundary_txt(folder / "footprint.txt")) == len(result.footprint)


def test_stated_figures_are_those_of_the_comparison(folder: Path, result: project.ProjectResult) -> None:
    told = {s["source"]: s["value"] for s in json.loads((folder / "scheme.json").read_text("utf-8"))["statements"]}
    for row in result.comparison.to_dict("records"):
        key = row["county_code"]
        for side in ("out", "in"):
            assert told[f"comparison.{side}_area_m2@{key}"] == pytest.approx(row[f"{side}_area_m2"] / 1e4, abs=1.01e-4)
            assert told[f"comparison.{side}_grade@{key}"] == pytest.approx(row[f"{side}_grade"], abs=0.0051)


def test_a_change_anywhere_is_found(folder: Path, tmp_path: Path) -> None:
    changed = tmp_path / "changed"
    shutil.copytree(folder, changed)
    document = docx.Document(str(changed / "scheme.docx"))
    line = next(p for p in document.paragraphs if "补划面积" in p.text and "数量：" in p.text)
    run = next(r for r in line.runs if "补划面积" in r.text)
    run.text = run.text.replace("公顷", "公倾", 1)
    document.save(str(changed / "scheme.docx"))
    book = openpyxl.load_workbook(changed / "annexes.xlsx")
    sheet = book.worksheets[1]
    cell = next(c for row in sheet.iter_rows(min_row=5) for c in row if c.value == 1 and c.column > 9)
    cell.value = 2
    book.save(changed / "annexes.xlsx")
    points = (changed / "boundary_in.txt").read_text("utf-8")
    (changed / "boundary_in.txt").write_text(points.replace(",1,3", ",1,4", 1), "utf-8")
    (changed / "JBNTHRHC.gpkg").unlink()
    (changed / "annexes_en.xlsx").write_bytes(b"nothing")
    shutil.copy(changed / "map_location.pdf", changed / "map_replacement.pdf")
    found = {(f.code, f.subject.split(" ")[0]) for f in check_documents(changed, record(changed))}
    assert found == {
        ("PJ603", "scheme.docx"), ("PJ603", "annexes.xlsx"), ("PJ603", "boundary_in.txt"), ("PJ601", "JBNTHRHC.gpkg"),
        ("PJ602", "annexes_en.xlsx"), ("PJ604", "map_replacement.pdf"),
    }  # fmt: skip


def test_a_figure_changed_in_the_record_no_longer_fits_the_documents(folder: Path) -> None:
    told = json.loads((folder / "project.json").read_text("utf-8"))
    told["results"]["tables"]["plans"][0]["leftover_m2"] += 500.0
    codes = {f.subject.split(" ")[0] for f in check_documents(folder, told)}
    assert "scheme.docx" in codes
    assert "annexes.xlsx" in codes


def test_nothing_is_left_behind_when_the_writing_is_cancelled(result: project.ProjectResult, tmp_path: Path) -> None:
    with pytest.raises(Cancelled):
        project.write(result, tmp_path / "out", progress=lambda fraction, *_: fraction < 0.93)
    assert list((tmp_path / "out").iterdir()) == []
