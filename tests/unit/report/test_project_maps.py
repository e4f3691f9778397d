"""The A3 maps of the scheme: all inside the page, no text on text, true to scale, both languages."""

from pathlib import Path

import pytest
from PIL import Image

from geo.report.map_frame import SCALES
from geo.report.project_content import ProjectReport
from geo.report.project_maps import draw_project_map, render_project_map

KINDS = [("location", "zh"), ("occupation", "en"), ("replacement", "zh"), ("before_after", "en")]


@pytest.mark.parametrize(("kind", "lang"), KINDS)
def test_nothing_leaves_the_page_and_no_text_lies_on_another(scheme: ProjectReport, kind: str, lang: str) -> None:
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    page = draw_project_map(scheme, kind=kind, lang=lang)  # type: ignore[arg-type]
    canvas = FigureCanvasAgg(page.figure)
    canvas.draw()
    renderer, whole = canvas.get_renderer(), page.figure.bbox
    words = [t for t in page.sheet.texts if t.get_text().strip()]
    assert len(words) > 30
    margin = 5 / 25.4 * page.figure.dpi
    boxes = [(t.get_text(), t.get_window_extent(renderer)) for t in words]
    for number, (text, box) in enumerate(boxes):
        assert box.x0 >= margin, text
        assert box.y0 >= margin, text
        assert box.x1 <= whole.x1 - margin, text
        assert box.y1 <= whole.y1 - margin, text
        for other, second in boxes[number + 1 :]:
            wide = min(box.x1, second.x1) - max(box.x0, second.x0)
            high = min(box.y1, second.y1) - max(box.y0, second.y0)
            assert wide <= 1 or high <= min(box.height, second.height) * 0.35, (text, other)


def test_the_sheet_is_a3_at_a_round_scale(scheme: ProjectReport, tmp_path: Path) -> None:
    pdf, png = render_project_map(scheme, tmp_path / "map_replacement", kind="replacement", dpi=60)
    assert pdf.read_bytes().startswith(b"%PDF")
    with Image.open(png) as picture:
        assert picture.size == pytest.approx((420 / 25.4 * 60, 297 / 25.4 * 60), abs=1.5)
    page = draw_project_map(scheme, kind="replacement")
    axes = page.figure.axes[1]
    low, high = axes.get_xlim()
    width_mm = axes.get_position().width * page.width
    assert (high - low) / width_mm * 1000 == pytest.approx(
        min(SCALES, key=lambda s: abs(s - (high - low) / width_mm * 1000)), rel=1e-6
    )
    with pytest.raises(ValueError, match="unknown sheet"):
        draw_project_map(scheme, kind="nothing")  # type: ignore[arg-type]
