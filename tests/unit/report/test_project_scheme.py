"""The 占用补划方案: rows add up to counties and totals, the text says what the annexes say, faults are told in red."""

import re
import zipfile
from collections import Counter
from dataclasses import replace
from pathlib import Path

import docx
import numpy as np
import openpyxl
import pytest

from geo.geometry.ellipsoid import areas
from geo.io.boundary_txt import read_boundary_txt
from geo.io.vector import read_layer
from geo.report.project_content import ProjectReport
from geo.report.project_document import write_scheme
from geo.report.project_figures import balanced, scheme_figures
from geo.report.project_layers import scheme_layer, write_scheme_layers
from geo.report.project_scheme import scheme_blocks
from geo.report.project_workbook import figure_of, write_annexes
from geo.report.words import word
from geo.standards.units import round_half_up


def test_rows_add_up_to_classes_counties_and_the_project(scheme: ProjectReport) -> None:
    f = scheme_figures(scheme)
    for shown, side, frame in ((f.taken, "out", scheme.taken), (f.replacement, "inn", scheme.replacement)):
        total = round_half_up(float(shown["ha"].sum()), 4)
        assert total == getattr(f.whole, side).ha == round_half_up(float(frame["net_area_m2"].sum()) / 1e4, 4)
        assert total == round_half_up(sum(getattr(c, side).ha for c in f.counties), 4)
        for county in f.counties:
            told = getattr(county, side)
            assert round_half_up(sum(told.by_class.values()), 4) == told.ha
    assert f.total_ha == round_half_up(float(scheme.occupied["area_m2"].sum()) / 1e4, 4)
    assert f.total_ha == round_half_up(sum(f.land_ha(three=t) for t in "NJW"), 4)
    assert round_half_up(float((f.occupied["ha"] + f.occupied["ridge_ha"]).sum()), 4) == f.total_ha
    ridges = f.land[f.land["class_code"] == "1203"]["ha"].sum()
    assert ridges == pytest.approx(float(scheme.occupied["ridge_m2"].sum()) / 1e4, abs=2e-4)


def test_balanced_adds_up_at_every_level() -> None:
    rng = np.random.default_rng(3)
    values, first, second = rng.random(400), rng.choice(list("xyz"), 400), rng.choice(list("pq"), 400)
    shown = balanced(values, [first, second])
    assert np.abs(shown - values).max() < 2.5e-4
    assert round(float(shown.sum()), 4) == round_half_up(float(values.sum()), 4)
    for name in "xyz":
        assert abs(float(shown[first == name].sum()) - float(values[first == name].sum())) < 1.01e-4


def test_an_empty_side_has_noughts_and_no_grade(scheme: ProjectReport) -> None:
    nothing = replace(scheme, taken=scheme.taken.iloc[:0], replacement=scheme.replacement.iloc[:0])
    f = scheme_figures(nothing)
    assert f.whole.out.ha == f.whole.inn.ha == 0.0
    assert f.whole.out.grade is None
    text = "\n".join(b.words for b in scheme_blocks(nothing))
    assert word("scheme.p_none_taken") in text


def hectares(text: str) -> set[float]:
    """Every figure with four decimals in a text."""
    return {float(n.replace(",", "")) for n in re.findall(r"[\d,]+\.\d{4}(?![\d%])", text)}


def cells(path: Path) -> set[float]:
    book = openpyxl.load_workbook(path)
    found = {
        abs(round(float(c.value), 4))
        for sheet in book.worksheets
        for row in sheet.iter_rows()
        for c in row
        if isinstance(c.value, int | float)
    }
    book.close()
    return found


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_area_in_the_text_stands_in_an_annex(scheme: ProjectReport, tmp_path: Path, lang: str) -> None:
    told = hectares("\n".join(b.words for b in scheme_blocks(scheme, lang)))
    tables = cells(write_annexes(scheme, tmp_path / "annexes.xlsx", lang=lang))
    f = scheme_figures(scheme)
    # The differences of two figures of a row and the classes of a county are sums of the rows of annexes 1 and 2.
    for c in (*f.counties, f.whole):
        tables |= {abs(c.more_paddy_ha), *c.out.by_class.values(), *c.inn.by_class.values(), c.out.standard_ha}
    options = [round_half_up(v / 1e4, 4) for v in scheme.options["farmland_irrigated_m2"]]
    taken = [round_half_up(v / 1e4, 4) for v in scheme.options["farmland_net_m2"]]
    options.append(round_half_up(max(taken) - min(taken), 4))
    assert told
    assert told <= tables | set(options)


def test_the_statements_of_each_county_are_there(scheme: ProjectReport) -> None:
    f = scheme_figures(scheme)
    blocks = scheme_blocks(scheme)
    text = "\n".join(b.words for b in blocks)
    assert len(f.counties) == 3
    for county in f.counties:
        assert f"数量：{county.name}补划面积 {county.inn.ha:,.4f} 公顷" in text
        assert f"质量：{county.name}补划地块平均质量等别 {county.inn.grade:.2f} 等" in text
    assert not any(b.kind == "alarm" for b in blocks if "数量" in b.words and "不减少。" in b.words)
    fills = [b for b in blocks if b.kind == "fill"]
    assert len(fills) == 5


def test_a_replacement_that_falls_short_is_told_in_red_and_not_called_feasible(
    short_scheme: ProjectReport,
) -> None:
    blocks = scheme_blocks(short_scheme)
    alarms = [b.words for b in blocks if b.kind == "alarm"]
    assert any("未做到质量不降低" in w for w in alarms)
    assert any("不可上报" in w for w in alarms)
    assert "数量缺 1.0000 公顷" in alarms
    assert not any("方案可行" in b.words for b in blocks)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_document_has_cover_chapters_annexes_and_the_record_on_the_last_page(
    scheme: ProjectReport, tmp_path: Path, lang: str
) -> None:
    path = write_scheme(scheme, tmp_path / "scheme.docx", lang=lang)
    document = docx.Document(str(path))
    text = [p.text for p in document.paragraphs]
    places = [text.index(next(t for t in text if t.endswith(word(f"scheme.{n}", lang)))) for n in "123456"]
    assert places == sorted(places)
    assert text.index(word("scheme.record", lang)) > places[-1]
    last = "\n".join(c.text for t in document.tables[-2:] for row in t.rows for c in row.cells)
    assert scheme.inputs[0].sha256 in last
    assert scheme.parameters[0].id in last
    assert any(word("synthetic", lang) in t for t in text)


def test_hostile_text_stays_text_and_page_numbers_are_the_only_field(
    short_scheme: ProjectReport, tmp_path: Path
) -> None:
    path = write_scheme(short_scheme, tmp_path / "scheme.docx")
    with zipfile.ZipFile(path) as archive:
        parts = {n: archive.read(n).decode("utf-8") for n in archive.namelist() if n.endswith(".xml")}
    codes = [code for xml in parts.values() for code in re.findall(r"<w:instrText[^>]*>([^<]*)", xml)]
    assert set(codes) == {"PAGE"}
    body = parts["word/document.xml"]
    assert "w:hyperlink" not in body
    assert "\u202e" not in body
    assert "\x07" not in body
    assert "&lt;w:r&gt;" in body
    book = openpyxl.load_workbook(write_annexes(short_scheme, tmp_path / "annexes.xlsx"))
    kinds = Counter(c.data_type for s in book.worksheets for row in s.iter_rows() for c in row)
    assert "f" not in kinds
    book.close()


def test_annexes_end_in_their_totals(scheme: ProjectReport, tmp_path: Path) -> None:
    f = scheme_figures(scheme)
    book = openpyxl.load_workbook(write_annexes(scheme, tmp_path / "annexes.xlsx"))
    for key, side in (("1", f.whole.out), ("2", f.whole.inn)):
        sheet = book[word(f"annex.{key}")]
        rows = [[c.value for c in row] for row in sheet.iter_rows()]
        head = next(k for k, row in enumerate(rows) if row[0] == "序号")
        total = next(row for row in rows[head:] if row[0] == word("total"))
        column = next(k for k, name in enumerate(rows[head]) if name and str(name).startswith("面积"))
        body = [row[column] for row in rows[head + 1 : head + 1 + side.plots]]
        assert total[column] == side.ha
        assert round(sum(body), 4) == side.ha
        assert total[column + 1] == side.paddy_ha
        assert total[column + 2] == side.grade
    book.close()


@pytest.mark.parametrize(
    ("text", "value"),
    [("1,234.5000", 1234.5), ("+0.0930", 0.093), ("-2.10", -2.1), ("12.5%", 0.125), ("水田", None), ("–", None),
     ("0101", 101.0)],
)  # fmt: skip
def test_a_figure_shown_is_a_number_in_the_sheet(text: str, value: float | None) -> None:
    found = figure_of(text)
    assert (found is None) == (value is None)
    if found and value is not None:
        assert found[0] == pytest.approx(value)


def test_layers_and_txt_hold_what_goes_out_and_comes_in(scheme: ProjectReport, tmp_path: Path) -> None:
    made = write_scheme_layers(scheme, tmp_path)
    assert {p.name for p in made} == {"JBNTHRHC.gpkg", "JBNTHRHC.shp", "boundary_out.txt", "boundary_in.txt"}
    layer = scheme_layer(scheme)
    out, inn = layer[layer["direction"] == "2"], layer[layer["direction"] == "1"]
    assert list(out["parent_id"]) == list(scheme.taken["farmland_id"])
    assert list(inn["parent_id"]) == list(scheme.replacement["lot_id"])
    assert set(out["reason"]) == {"02"}
    again = read_layer(tmp_path / "JBNTHRHC.shp", "transfer").frame
    assert areas(again).to_numpy() == pytest.approx(areas(layer).to_numpy(), abs=0.01)
    for name, frame in (("boundary_out.txt", scheme.taken), ("boundary_in.txt", scheme.replacement)):
        plots = read_boundary_txt(tmp_path / name)
        assert len(plots) == len(frame)
        # Points to the millimetre: half a millimetre along the outline.
        slack = 0.0005 * 1.5 * frame.geometry.boundary.length.max() + 0.01
        assert np.abs(areas(plots).to_numpy() - areas(frame).to_numpy()).max() <= slack


def test_a_scheme_that_lacks_a_column_says_which(scheme: ProjectReport) -> None:
    with pytest.raises(ValueError, match=r"taken\.grade"):
        replace(scheme, taken=scheme.taken.drop(columns="grade"))
