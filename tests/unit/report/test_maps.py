"""Print sheets: round scales, true to scale, all inside the page, Chinese text in the PDF, no trace left behind."""

import subprocess
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from PIL import Image

from geo.report.content import PlanReport
from geo.report.map_draw import polygons_to_paths
from geo.report.map_frame import SCALES, fit_frame, letters, plan_frame
from geo.report.map_page import width_mm, wrap
from geo.report.maps import draw_sheet, render_map

KINDS = ["plan", "before_after", "fragments"]


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("kind", KINDS)
def test_nothing_leaves_the_page(report: PlanReport, kind: str, lang: str) -> None:
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    page = draw_sheet(report, kind=kind, lang=lang)  # type: ignore[arg-type]
    canvas = FigureCanvasAgg(page.figure)
    canvas.draw()
    renderer, whole = canvas.get_renderer(), page.figure.bbox
    words = [t for t in page.sheet.texts if t.get_text().strip()]
    assert len(words) > 40
    margin = 5 / 25.4 * page.figure.dpi
    for item in words:
        box = item.get_window_extent(renderer)
        assert box.x0 >= margin, item.get_text()
        assert box.y0 >= margin, item.get_text()
        assert box.x1 <= whole.x1 - margin, item.get_text()
        assert box.y1 <= whole.y1 - margin, item.get_text()


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("kind", KINDS)
def test_no_text_lies_on_another(report: PlanReport, kind: str, lang: str) -> None:
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    page = draw_sheet(report, kind=kind, lang=lang)  # type: ignore[arg-type]
    canvas = FigureCanvasAgg(page.figure)
    canvas.draw()
    renderer = canvas.get_renderer()
    boxes = [(t.get_text(), t.get_window_extent(renderer)) for t in page.sheet.texts if t.get_text().strip()]
    for number, (text, box) in enumerate(boxes):
        for other, second in boxes[number + 1 :]:
            wide = min(box.x1, second.x1) - max(box.x0, second.x0)
            high = min(box.y1, second.y1) - max(box.y0, second.y0)
            # The box of a line holds its ascenders; a hair of overlap between lines is no collision.
            assert wide <= 1 or high <= min(box.height, second.height) * 0.35, (text, other)


def test_the_map_is_true_to_scale(report: PlanReport) -> None:
    page, frame = draw_sheet(report), plan_frame(report)
    axes = page.figure.axes[1]
    inches = axes.get_position().width * page.figure.get_size_inches()[0]
    low, high = axes.get_xlim()
    assert (high - low) / (inches * 0.0254) == pytest.approx(frame.scale, rel=1e-9)
    assert frame.scale in SCALES


@pytest.mark.usefixtures("poppler")
def test_pdf_and_png(report: PlanReport, tmp_path: Path) -> None:
    pdf, png = render_map(report, tmp_path / "plan", dpi=60)
    info = subprocess.run(["pdfinfo", pdf], capture_output=True, text=True, check=True).stdout
    assert "Pages:           1" in info
    assert "1190.55 x 841.89" in info  # A3 landscape in points
    text = subprocess.run(["pdftotext", pdf, "-"], capture_output=True, text=True, check=True).stdout
    for wanted in ("示例数据，非真实地块", "图例", "调出地块", "比例尺", "EPSG:4528", report.run_id):
        assert wanted in text, wanted
    fonts = subprocess.run(["pdffonts", pdf], capture_output=True, text=True, check=True).stdout
    assert "NotoSansSCTianchou" in fonts
    assert "DejaVu" not in fonts
    with Image.open(png) as picture:
        assert picture.size == (992, 702) or abs(picture.size[0] - 992) <= 1
        assert np.asarray(picture.convert("L")).std() > 10
    assert sorted(p.name for p in tmp_path.iterdir()) == ["plan.pdf", "plan.png"]


def test_the_same_run_writes_the_same_bytes(report: PlanReport, tmp_path: Path) -> None:
    first, second = (render_map(report, tmp_path / name, dpi=40)[0] for name in "ab")
    assert first.read_bytes() == second.read_bytes()


def test_settings_of_the_process_are_left_alone(report: PlanReport, tmp_path: Path) -> None:
    before = dict(mpl.rcParams)
    render_map(report, tmp_path / "plan", dpi=40, cvd=True)
    assert dict(mpl.rcParams) == before


@pytest.mark.parametrize("kind", KINDS)
def test_a_plan_that_moves_nothing_still_has_its_sheets(empty_report: PlanReport, tmp_path: Path, kind: str) -> None:
    pdf, _ = render_map(empty_report, tmp_path / kind, kind=kind, dpi=40)  # type: ignore[arg-type]
    assert pdf.stat().st_size > 10_000


def test_unknown_sheet_is_refused_and_nothing_stays(report: PlanReport, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="one of plan, before_after, fragments"):
        render_map(report, tmp_path / "x", kind="poster")  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []


def test_round_scales_and_squares() -> None:
    frame = fit_frame((40_580_000, 3_430_000, 40_590_000, 3_440_000), (254, 247))
    assert frame.scale == 50_000
    assert frame.step_m == 1000
    assert frame.square(40_585_000 + 10, 3_435_000 - 10)[0] == "H8"
    east, north = np.array([40_580_500.0, 40_581_500.0]), np.array([3_439_500.0, 3_438_500.0])
    first, second = frame.square(east, north)
    assert (ord(second[0]) - ord(first[0]), int(second[1:]) - int(first[1:])) == (1, 1)
    assert [letters(n) for n in (0, 25, 26, 52)] == ["A", "Z", "AA", "BA"]
    with pytest.raises(ValueError, match="no extent"):
        fit_frame((float("nan"),) * 4, (100, 100))


def test_wrapping_keeps_every_character_and_the_width() -> None:
    words = "面积：CGCS2000 椭球面积（国土调查办发〔2008〕32号），净面积扣田坎；1亩=2000/3 m²。Long words too."
    lines = wrap(words, 40, 7)
    assert "".join(lines).replace(" ", "") == words.replace(" ", "")
    assert all(width_mm(line, 7) <= 43 for line in lines)
    assert not any(line[0] in "，。；：）》" for line in lines)


def test_paths_keep_holes_and_parts() -> None:
    import shapely

    ring = shapely.box(0, 0, 10, 10) - shapely.box(4, 4, 6, 6)
    both = shapely.multipolygons([ring, shapely.box(20, 0, 30, 10)])
    paths = polygons_to_paths([both, None, shapely.Polygon()])
    assert len(paths) == 2
    assert [len(p.vertices) for p in paths] == [10, 5]
    # Holes turn against their shell whatever the file did: filling by the non-zero winding rule leaves them open.
    same_turn = shapely.Polygon([(0, 0), (10, 0), (10, 10), (0, 10)], [[(4, 4), (6, 4), (6, 6), (4, 6)]])
    for path in (paths[0], polygons_to_paths([same_turn])[0]):
        outer, inner = (shapely.LinearRing(path.vertices[part]).is_ccw for part in (slice(0, 5), slice(5, 10)))
        assert outer is not inner
    assert polygons_to_paths([]) == []
