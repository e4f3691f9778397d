"""A plan as one HTML file, opened from the disk in Chromium: no request, an empty console, no text becomes markup."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from geo.report.plan_page import write_plan_page
from tests.unit.report.conftest import make_report
from tests.unit.report.test_plan_page import with_evil

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = [pytest.mark.browser]


def test_the_file_opens_by_double_click_without_a_request(tmp_path: Path, browser: Browser) -> None:
    hostile = with_evil(make_report())
    path = write_plan_page(hostile, tmp_path / "方案.html")
    asked: list[str] = []
    said: list[str] = []
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.on("request", lambda r: asked.append(r.url))
    page.on("console", lambda m: said.append(m.text))
    page.on("pageerror", lambda e: said.append(str(e)))
    page.goto(path.as_uri())
    page.locator(".plots tr").nth(1).click()
    page.locator(".leaflet-popup-content b").wait_for(timeout=10_000)
    assert "owned" not in page.title()[:5]
    assert page.locator("aside img, header img").count() == 0
    assert page.locator(".plots tr").count() == 1 + len(hostile.moved_out) + len(hostile.moved_in)
    page.get_by_role("button", name="English").click()
    assert page.locator("h2").first.inner_text() == "Key figures"
    page.close()
    assert [url for url in asked if not url.startswith(("file://", "data:", "blob:"))] == []
    assert len([url for url in asked if url.startswith("file://")]) == 1
    assert said == []
