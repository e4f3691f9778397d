"""The map's tools in the real app: draw, measure, choose by outline, search, views back, the link of a view."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from geo.zone import Zone
    from tests.browser.conftest import Visit

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def outline(visit: Visit, tool: str, side: float = 0.004) -> tuple[float, float]:
    """Draw a square of so many degrees in the middle of the map with a tool; its centre."""
    page = visit.page
    lon, lat = page.evaluate("(() => { const c = map.getCenter(); return [c.lng, c.lat]; })()")
    page.locator(f".tc-tool-{tool}").click()
    half = side / 2
    for dx, dy in ((-half, -half), (half, -half), (half, half), (-half, half), (-half, -half)):
        visit.click_map(lon + dx, lat + dy)
        page.wait_for_timeout(150)
    return lon, lat


def test_tools_of_the_map(visit: Visit, sample_zone: Zone) -> None:
    page = visit.page
    visit.open("zh")
    page.evaluate("map.setZoom(15, {animate: false})")
    visit.idle()
    # Measured on the ellipsoid, by the server.
    outline(visit, "area")
    panel = page.locator(".tc-panel")
    page.wait_for_function("/公顷/.test(map.getContainer().querySelector('.tc-panel').textContent)", timeout=20_000)
    hectares = float(re.search(r"面积 ([\d.,]+) 公顷", panel.inner_text()).group(1).replace(",", ""))  # type: ignore[union-attr]
    assert hectares == pytest.approx(0.004 * 95_470 * 0.004 * 110_870 / 10_000, rel=0.03)
    # Drawn, shown as the page's own shape, taken back and brought again.
    outline(visit, "polygon")
    page.wait_for_function("map._tianchou.overlay && map._tianchou.overlay.getLayers().length === 1", timeout=30_000)
    visit.idle()
    page.locator(".st-key-work_undo button").first.click()
    page.wait_for_function("!map._tianchou.overlay", timeout=30_000)
    visit.idle()
    page.locator(".st-key-work_redo button").first.click()
    page.wait_for_function("map._tianchou.overlay", timeout=30_000)
    visit.idle()
    # An outline chooses parcels: a layer of their own on the map, and a table.
    outline(visit, "lasso")
    page.wait_for_function("map._tianchou.layers.selection", timeout=30_000)
    visit.idle()
    assert page.get_by_role("tab", name=re.compile("选择（[1-9]")).is_visible()
    # Search flies, back returns.
    before = page.evaluate("[map.getZoom(), map.getCenter().lng]")
    page.locator(".tc-find input").fill("西塘镇")
    page.locator(".tc-find li").first.wait_for(timeout=20_000)
    page.locator(".tc-find input").press("Enter")
    page.wait_for_function(f"map.getZoom() !== {before[0]}", timeout=20_000)
    visit.idle()
    page.locator(".tc-tool-back").click()
    page.wait_for_function(f"map.getZoom() === {before[0]}", timeout=20_000)
    assert page.evaluate("map.getCenter().lng") == pytest.approx(before[1], abs=1e-4)


def test_a_click_is_answered_on_the_map_and_beside_it(visit: Visit, sample_zone: Zone) -> None:
    """Outline, card on the map and card of the page tell of the same parcel, click after click; closing ends all."""
    page = visit.page
    visit.open("zh")
    page.evaluate("map.setZoom(15, {animate: false})")
    visit.idle()
    lon, lat = page.evaluate("(() => { const c = map.getCenter(); return [c.lng, c.lat]; })()")
    seen = set()
    for step in (0.0, 0.003, 0.006):
        visit.click_map(lon + step, lat)
        page.wait_for_function(f"map._tianchou.glow && !{sorted(seen)}.includes(map._tianchou.card.dataset.row)")
        page.wait_for_function(
            "(document.querySelector('[data-parcel]') || {dataset: {}}).dataset.parcel"
            " === map._tianchou.card.dataset.row",
            timeout=20_000,
        )
        visit.idle()
        card = page.locator(".tc-here.tc-brief")
        assert "公顷" in card.inner_text() or "亩" in card.inner_text()
        row = card.get_attribute("data-row")
        assert row not in seen
        seen.add(row)
        shape = page.evaluate("map._tianchou.glow.getLayers()[0].getLayers()[0].feature.id")
        assert shape == row
    page.locator(".st-key-card_close button").click()
    page.wait_for_function("!map._tianchou.glow && map._tianchou.card.style.display === 'none'", timeout=20_000)


def test_a_link_opens_the_very_same_view(visit: Visit) -> None:
    page = visit.page
    visit.open("zh")
    page.locator(".st-key-layer_farmland label").click()
    visit.idle()
    page.evaluate("map.setView([31.02, 120.93], 14.5, {animate: false})")
    page.wait_for_function("location.search.includes('at=14.5/')", timeout=20_000)
    link = page.url
    assert "off=farmland" in link
    page.goto("about:blank")
    page.goto(link)
    page.wait_for_selector(".leaflet-container", timeout=60_000)
    visit.idle()
    assert page.evaluate("map.getZoom()") == 14.5
    assert page.evaluate("[map.getCenter().lat, map.getCenter().lng]") == pytest.approx(
        [31.02, 120.93], abs=6e-5
    )  # a pixel
    assert not page.evaluate("map.hasLayer(map._tianchou.layers.farmland)")
    assert page.evaluate("map.hasLayer(map._tianchou.layers.parcels)")
    # Next time, under the bare address: the layers as they were left.
    page.goto(visit.address)
    page.wait_for_selector(".leaflet-container", timeout=60_000)
    page.wait_for_function("map._tianchou && map._tianchou.settled && location.search.includes('off=farmland')")
    assert not page.evaluate("map.hasLayer(map._tianchou.layers.farmland)")
