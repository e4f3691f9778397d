"""The data page as an official uses it: five files dropped, a system chosen, a finding seen, repairs taken."""

from __future__ import annotations

from pathlib import Path

import pytest

from geo.io.repaired import read_repaired
from geo.sample.parcels_sent import FILES, write_story

pytestmark = pytest.mark.browser

MENU = {"zh": "数据", "en": "Data"}
USE = {"zh": "按 EPSG:4528", "en": "Read as EPSG:4528"}
TABS = {"zh": ("可安全修复", "致测绘单位"), "en": ("Safe repairs", "To the surveyor")}


@pytest.fixture(scope="module")
def story(sample_zone, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return write_story(sample_zone, tmp_path_factory.mktemp("story"))


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_five_files_dropped_together(visit, story: list[Path], lang: str, tmp_path: Path) -> None:
    visit.open(lang, menu=MENU[lang])
    page = visit.page
    page.locator("input[type='file']").set_input_files([str(p) for p in story])
    choose = page.get_by_role("button", name=USE[lang])
    choose.wait_for(timeout=90_000)
    visit.idle()
    choose.click()
    choose.wait_for(state="detached", timeout=90_000)
    visit.idle()
    # Parcels, farmland, red line, urban boundary; the project boundary is an outline on top.
    shown = "Object.keys(window.map._tianchou.layers).filter(k => k.startsWith('data_')).length"
    page.wait_for_function(f"{shown} == 4", timeout=30_000)
    table = page.locator("[data-testid='stDataFrame']:visible").nth(1).bounding_box()
    assert table
    before = page.evaluate("window.map.getZoom()")
    page.mouse.click(table["x"] + 200, table["y"] + 52)
    visit.idle()
    page.wait_for_function(f"window.map.getZoom() > {before}", timeout=20_000)
    assert "QC202" in page.locator("[data-testid='stMarkdownContainer']:visible", has_text="QC202").last.inner_text()
    page.get_by_role("tab", name=TABS[lang][0]).click()
    with page.expect_download() as coming:
        page.locator(".st-key-data_repair button").click()
    coming.value.save_as(tmp_path / "repaired.gpkg")
    layers, repairs = read_repaired(tmp_path / "repaired.gpkg")
    assert len(repairs) >= 1
    assert set(repairs["table_name"]) <= set(layers)
    page.get_by_role("tab", name=TABS[lang][1]).click()
    letter = page.locator("[data-testid='stCode']:visible").inner_text()
    assert "QC202" in letter
    assert FILES[0].split(".")[0] in letter


def test_the_page_opens_by_its_own_address(visit) -> None:
    """No failed request and an empty console: what the fixture holds after every visit."""
    visit.page.goto(f"{visit.address}/data?lang=en")
    visit.page.locator("input[type='file']").first.wait_for(state="attached", timeout=60_000)
    visit.idle()
    assert visit.page.url.split("?")[0].endswith("/data")
    assert visit.page.get_by_test_id("stTopNavSection").count() == 7
