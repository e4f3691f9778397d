"""A planner's morning in the real app: every page in both languages, a parcel read, a plan made, a file taken away."""

from __future__ import annotations

import io
import json
import re
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from geo.study.relocation import SPEC

if TYPE_CHECKING:
    from geo.zone import Zone
    from tests.browser.conftest import Visit

pytestmark = [pytest.mark.browser, pytest.mark.slow]

MENU = {
    "zh": {"overview": "总览", "fragments": "零星识别", "relocation": "布局调整", "about": "关于"},
    "en": {"overview": "Overview", "fragments": "Fragments", "relocation": "Relocation", "about": "About"},
}
PIXELS = """
() => {
  const seen = new Set();
  let drawn = 0;
  for (const c of map.getContainer().querySelectorAll('.leaflet-pane canvas.leaflet-tile')) {
    const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
    for (let i = 0; i < d.length; i += 4 * 97) {
      if (d[i + 3] > 200) { drawn++; seen.add(d[i] << 16 | d[i + 1] << 8 | d[i + 2]); }
    }
  }
  return [drawn, seen.size];
}
"""


def a_paddy(zone: Zone) -> tuple[float, float, str, float]:
    """Place, identifier and area of a large paddy parcel: easy to hit at the first zoom."""
    from geo.geometry.crs import to_degrees

    parcels = zone.layer("parcels")
    rows = parcels[parcels["class_code"] == "0101"].nlargest(1, "area_m2")
    spot = to_degrees(rows).geometry.representative_point().iloc[0]
    return spot.x, spot.y, rows["parcel_id"].iloc[0], float(rows["area_m2"].iloc[0])


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_page_opens_and_nothing_leaves_the_machine(visit: Visit, lang: str) -> None:
    visit.open(lang)
    for name, title in MENU[lang].items():
        visit.go(title)
        visit.idle()
        heading = visit.page.locator(".tc-head h1")
        assert heading.is_visible()
        if name != "overview":
            assert heading.inner_text() == title
        assert visit.page.locator(".tc-mark").is_visible()
        assert not visit.page.locator("[data-testid='stException']").count()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_map_is_drawn_and_a_parcel_is_read(visit: Visit, lang: str, sample_zone: Zone) -> None:
    visit.open(lang)
    frame = visit.map()
    drawn, colours = frame.evaluate(PIXELS)
    assert drawn > 5_000
    assert colours > 12
    lon, lat, parcel_id, area_m2 = a_paddy(sample_zone)
    visit.click_map(lon, lat)
    card = visit.page.locator("[data-parcel]")
    card.wait_for(timeout=20_000)
    assert card.get_attribute("data-parcel") == parcel_id
    text = card.inner_text()
    assert ("水田" if lang == "zh" else "Paddy") in text
    assert f"{area_m2 * 3 / 2000:,.2f}" in text
    assert frame.evaluate("map._tianchou.glow.getLayers().length") == 2
    # Layers, palette and language reach the same map: it is never built anew.
    frame.evaluate("window.map.kept = true")
    visit.page.get_by_text("English" if lang == "zh" else "中文").click()
    visit.idle()
    badge = "Sample data, not real parcels" if lang == "zh" else "示例数据，非真实地块"
    frame.wait_for_function(f"map.getContainer().querySelector('.tc-badge').textContent === '{badge}'", timeout=20_000)
    assert frame.evaluate("window.map.kept === true")


def test_town_picker_flies_and_layers_switch(visit: Visit) -> None:
    visit.open("zh")
    frame = visit.map()
    before = frame.evaluate("map.getZoom()")
    visit.page.locator("[data-testid='stSelectbox']").first.click()
    visit.page.get_by_role("option", name=re.compile("镇")).first.click()
    frame.wait_for_function(f"map.getZoom() > {before}", timeout=30_000)
    visit.idle()
    on = "map.hasLayer(map._tianchou.layers.parcels)"
    assert frame.evaluate(on)
    visit.page.locator(".st-key-layer_parcels label").click()
    visit.idle()
    assert not frame.evaluate(on)


def test_a_threshold_moves_the_table_and_the_map(visit: Visit) -> None:
    visit.open("zh", menu="零星识别")
    frame = visit.map()
    source = "map._tianchou.layers.fragments.options.spec.source"
    first, figure = frame.evaluate(source), visit.page.locator(".tc-fact b").first.inner_text()
    slider = visit.page.locator(".st-key-form_conflicts_threshold_mu")
    thumb = slider.locator("[role='slider'], input[type='range']").first
    thumb.focus()
    for _ in range(20):
        thumb.press("ArrowRight")
    frame.wait_for_function(f"{source} !== '{first}'", timeout=60_000)
    visit.idle()
    assert visit.page.locator(".tc-fact b").first.inner_text() != figure


def test_a_plan_is_made_compared_and_taken_away(town_visit: Visit) -> None:
    visit, page = town_visit, town_visit.page
    visit.open("zh", menu="布局调整")
    page.locator(".st-key-plan button").click()
    page.locator(".st-key-cancel_plan").wait_for(timeout=20_000)
    page.locator("[data-testid='stProgress']").wait_for(timeout=20_000)
    page.locator(".tc-facts").wait_for(timeout=180_000)
    visit.idle()
    assert page.locator(".tc-verdicts li").count() >= 12
    assert not page.locator(".tc-sign-bad").count()
    assert page.locator(".tc-verdicts small").first.inner_text().strip()
    page.get_by_text("卷帘").first.click()
    visit.idle()
    frame = visit.map()
    clips = frame.evaluate("['farmland', 'farmland_after'].map(n => map.getPane('tc-' + n).style.clip)")
    assert all(c.startswith("rect(") for c in clips)
    assert clips[0] != clips[1]
    page.get_by_role("tab", name="下载").click()
    page.locator("[data-testid='stProgress']").wait_for(timeout=30_000)
    page.locator("[data-testid='stDownloadButton']").first.wait_for(timeout=360_000)
    offered = " ".join(page.locator("[data-testid='stDownloadButton']").all_inner_texts())
    assert all(o.file in offered for o in SPEC.outputs if not o.file.endswith((".shp", ".csv")))
    kept = {}
    files = ("表册 XLSX · plan.xlsx", "图层 SHP", "运行记录 JSON", "图件 PDF · plan_map.pdf", "图层 GPKG · plan.gpkg")
    for word in files:
        button = page.get_by_role("button", name=word).or_(page.get_by_text(word)).first
        kept[word.split(" · ")[0]] = visit.download(button).read_bytes()
    assert kept["表册 XLSX"].startswith(b"PK")
    assert kept["图件 PDF"].startswith(b"%PDF")
    assert {Path(n).suffix for n in zipfile.ZipFile(io.BytesIO(kept["图层 SHP"])).namelist()} >= {
        ".shp",
        ".shx",
        ".dbf",
    }
    assert zipfile.ZipFile(io.BytesIO(kept["图层 GPKG"])).namelist() == ["plan.gpkg"]
    assert json.loads(kept["运行记录 JSON"])["results"]["planned"] is True


def test_a_plan_can_be_cancelled(town_visit: Visit) -> None:
    visit, page = town_visit, town_visit.page
    visit.open("en", menu="Relocation")
    page.locator(".st-key-plan button").click()
    cancel = page.locator(".st-key-cancel_plan button")
    cancel.wait_for(timeout=20_000)
    cancel.click()
    cancel.wait_for(state="detached", timeout=120_000)
    visit.idle()
    assert page.get_by_text("Cancelled").or_(page.locator(".tc-facts")).or_(page.locator(".tc-card")).first.is_visible()
    assert not page.locator("[data-testid='stException']").count()
