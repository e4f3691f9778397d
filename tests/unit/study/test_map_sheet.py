"""成果图: every paper holds all its words; a link prints what it shows; wrong wishes are answered in words."""

from __future__ import annotations

import json
from itertools import combinations
from pathlib import Path

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from geo.cli import main
from geo.errors import InputProblem
from geo.report.map_page import Page
from geo.report.view_sheet import draw_view_sheet
from geo.study import map_sheet
from geo.study.map_sheet import Wish
from geo.zone import Zone

LINK = "http://127.0.0.1:8501/?at=14/31.02/120.93&off=redline&fade=parcels:0.5&order=farmland,parcels&cvd=1&lang=en"


@pytest.mark.parametrize(("paper", "portrait", "lang"), [("A3", False, "zh"), ("A4", True, "en"), ("A4", False, "zh")])
def test_everything_on_the_sheet_lies_on_the_paper_and_apart(
    sample_zone: Zone, paper: str, portrait: bool, lang: str
) -> None:
    wish = Wish(paper=paper, portrait=portrait, lang=lang, title="图" * 60 if lang == "zh" else "")  # type: ignore[arg-type]
    view = map_sheet.sheet(sample_zone, wish)
    page = draw_view_sheet(view, paper=wish.paper, portrait=portrait, lang=lang, dpi=60)
    words = _boxes(page)
    outside = [text for text, box in words if box.x0 < 0 or box.y0 < 0 or box.x1 > page.figure.bbox.x1]
    assert outside == []
    # The box of a line holds its ascenders; a hair of overlap between lines is no collision.
    on_another = [
        (a, b)
        for (a, x), (b, y) in combinations(words, 2)
        if min(x.x1, y.x1) - max(x.x0, y.x0) > 1 and min(x.y1, y.y1) - max(x.y0, y.y0) > min(x.height, y.height) * 0.35
    ]
    assert on_another == []
    said = " ".join(text for text, _ in words)
    assert ("示例数据" if lang == "zh" else "Sample data") in said
    assert "DLTB" in said
    assert "2023" in said
    assert "1:" in said


def _boxes(page: Page):  # type: ignore[no-untyped-def]
    renderer = FigureCanvasAgg(page.figure).get_renderer()
    return [(t.get_text(), t.get_window_extent(renderer)) for t in page.sheet.texts if t.get_text().strip()]


def test_a_link_prints_the_layers_the_palette_and_the_place_that_it_shows() -> None:
    wish = map_sheet.wish_of_link(LINK, Wish(paper="A4"))
    assert [n for n, _ in wish.layers] == [
        "context_lakes",
        "context_counties",
        "towns",
        "boundary",
        "farmland",
        "parcels",
    ]
    assert dict(wish.layers)["parcels"] == 0.5
    assert wish.cvd
    assert wish.lang == "en"
    assert wish.paper == "A4"
    west, south, east, north = wish.bounds or (0, 0, 0, 0)
    assert west < 120.93 < east
    assert south < 31.02 < north
    assert east - west == pytest.approx(1100 * 360 / 256 / 2**14)
    for bad in ("", "at=14", "at=99/31/120", "at=14/31/120&fade=parcels:x", "at=a/b/c"):
        with pytest.raises(InputProblem, match="MP201"):
            map_sheet.wish_of_link(bad, Wish())


def test_wrong_wishes_are_told_all_at_once(sample_zone: Zone) -> None:
    wish = Wish(layers=(("nonsense", 1.0), ("parcels", 1.0)), town="无此镇", paper="A0")  # type: ignore[arg-type]
    with pytest.raises(InputProblem) as problem:
        map_sheet.sheet(sample_zone, wish)
    assert [f.code for f in problem.value.findings] == ["MP202", "MP203", "MP205"]
    for bounds in ((0.0, 0.0, 1.0, 1.0), (121.0, 31.1, 120.9, 31.0), (float("nan"), 0.0, 1.0, 1.0)):
        with pytest.raises(InputProblem, match="MP206"):
            map_sheet.sheet(sample_zone, Wish(bounds=bounds))
    with pytest.raises(InputProblem, match="MP204"):
        map_sheet.write(map_sheet.sheet(sample_zone, Wish()), Wish(), "sheet.docx")


def test_the_command_writes_a_township_as_png(
    zone_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from PIL import Image

    out = tmp_path / "图.png"
    args = ["map", str(zone_folder), "--town", "西塘镇", "--size", "A4", "--dpi", "72", "-o", str(out), "--json"]
    assert main(args) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["synthetic"] is True
    assert told["scale"] >= 1000
    assert told["title"].startswith("西塘镇")
    with Image.open(out) as picture:
        assert abs(picture.width - 297 / 25.4 * 72) <= 1
    assert main(["map", str(zone_folder), "--bounds", "1,2,3", "--layers", "towns", "-o", str(out)]) == 2
    assert "MP206" in capsys.readouterr().err
