"""规则 in the real app: the book found and opened, a plan's mark opened by one click, a number moved."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.browser.conftest import Visit

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def click_row(visit: Visit, number: int) -> None:
    """A real click on a row of the table that is in sight."""
    box = visit.page.locator("[data-testid='stDataFrame']:visible").first.bounding_box()
    assert box is not None
    visit.page.mouse.click(box["x"] + 90, box["y"] + 35 * number + 17)
    visit.idle()


@pytest.mark.parametrize(("lang", "menu", "tab"), [("zh", "规则", "规则库"), ("en", "Rules", "The book")])
def test_the_book_is_searched_and_an_entry_opened(town_visit: Visit, lang: str, menu: str, tab: str) -> None:
    visit, page = town_visit, town_visit.page
    visit.open(lang, menu=menu)
    assert page.locator(".tc-head h1").inner_text() == menu
    search = page.locator(".st-key-rules_search input")
    search.fill("offset.regime")
    search.press("Enter")
    visit.idle()
    page.get_by_role("tab", name=tab).click()
    visit.idle()
    click_row(visit, 1)
    card = page.locator("[data-rule]")
    card.wait_for(timeout=20_000)
    assert card.get_attribute("data-rule") == "offset.regime"
    text = card.inner_text()
    assert "2024-12-31" in text
    assert "parameters/offset.yaml:" in text
    assert not page.locator("[data-testid='stException']").count()


def test_a_mark_of_a_plan_opens_and_a_number_moved_changes_its_verdict(town_visit: Visit) -> None:
    visit, page = town_visit, town_visit.page
    visit.open("zh", menu="布局调整")
    page.locator(".st-key-plan button").click()
    page.locator(".tc-facts").wait_for(timeout=240_000)
    visit.idle()
    mark = page.locator(".tc-verdicts details").first
    assert mark.get_attribute("open") is None
    mark.locator("summary").click()
    why = mark.locator(".tc-why").inner_text()
    for word in ("实测", "限值", "调入", "parameters/relocation.yaml:", "2019-12-10", "自然资发〔2019〕194号"):
        assert word in why
    visit.go("规则")
    visit.idle()
    page.locator("[data-rule]").wait_for(timeout=20_000)
    page.locator(".st-key-rules_what_if input").click()
    page.get_by_role("option").nth(1).click()
    visit.idle()
    thumb = page.locator(".st-key-rules_value_relocation_area_ratio").locator("[role='slider'], input[type='range']")
    thumb.first.focus()
    for _ in range(30):
        thumb.first.press("ArrowRight")
    page.locator("[data-rule='relocation.quantity'] .tc-bad").wait_for(timeout=30_000)
    visit.idle()
    card = page.locator("[data-rule]").inner_text()
    assert "编制时" in card
    assert "假设" in card
