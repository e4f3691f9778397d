"""A planner at work in the real app: plans, asks why, pins, re-plans, cancels, compares; in both languages."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from app.parts.plan_words import WORDS

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.browser.conftest import Visit

pytestmark = [pytest.mark.browser, pytest.mark.slow]

MENU = {"zh": "布局调整", "en": "Relocation"}
TAB_IN = {"zh": "调入", "en": "In"}


def word(key: str, lang: str) -> str:
    """The words of a key, up to the first figure in them."""
    return WORDS[key][lang == "en"].split("{")[0].strip()


def plan(visit: Visit) -> None:
    """Press the button and wait for the answer."""
    visit.page.locator(".st-key-plan button").click()
    visit.page.locator(".st-key-cancel_plan").wait_for(timeout=30_000)
    visit.page.locator(".st-key-cancel_plan").wait_for(state="detached", timeout=240_000)
    visit.idle()


def choose_first_row(visit: Visit) -> str:
    """Choose the first plot of the list of land moved in; its identifier."""
    table = visit.page.locator("[data-testid='stDataFrame']:visible").first
    box = table.bounding_box()
    assert box is not None
    visit.page.mouse.click(box["x"] + 60, box["y"] + 52)
    card = visit.page.locator("[data-why]")
    card.wait_for(timeout=30_000)
    return str(card.get_attribute("data-why"))


def show(page: Page, view: str, lang: str) -> None:
    page.locator(f".st-key-desk_view_{lang}").get_by_text(word(f"view_{view}", lang), exact=True).click()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_planner_plans_pins_replans_cancels_and_compares(visit: Visit, lang: str, tmp_path: Path) -> None:
    page = visit.page
    visit.open(lang, menu=MENU[lang])
    plan(visit)
    page.locator(".tc-facts").wait_for(timeout=30_000)
    # Why is a plot in, and what without it?
    page.get_by_role("tab", name=TAB_IN[lang], exact=True).click()
    plot = choose_first_row(visit)
    why = page.locator("[data-why]").inner_text()
    assert word("why_in", lang) in why
    assert re.search(r"\d", why)
    # Keep this plan as a scenario, pin the plot out, plan again.
    show(page, "scenarios", lang)
    page.locator(".st-key-keep_plan button").click()
    visit.idle()
    page.locator(".st-key-pin_out button").click()
    told = WORDS["pinned"][lang == "en"].format(inn=0, out=1)
    page.get_by_text(told).first.wait_for(timeout=60_000)
    visit.idle()
    plan(visit)
    assert page.get_by_text(word("changed", lang)).first.is_visible()
    assert not page.locator(".tc-sign-bad").count()
    # Side by side: the kept plan and the new one; the land that differs is marked on the map.
    show(page, "scenarios", lang)
    page.locator(".st-key-keep_plan button").click()
    visit.idle()
    page.locator(".st-key-compare_two input").click()
    page.get_by_role("option").first.click()
    visit.idle()
    if page.locator(".st-key-compare_two [data-baseweb='tag']").count() < 2:
        page.locator(".st-key-compare_two input").click()
        page.get_by_role("option").first.click()
        visit.idle()
    with page.expect_download(timeout=30_000) as waiting:
        page.get_by_text(word("file_scenario", lang)).last.click()
    assert f"lock_out:\n  - '{plot}'" in Path(waiting.value.path()).read_text("utf-8")
    # A question that is cancelled leaves the plan as it was.
    show(page, "frontier", lang)
    page.locator(".st-key-frontier_find button").click()
    cancel = page.locator(".st-key-cancel_plan button")
    cancel.wait_for(timeout=30_000)
    cancel.click()
    cancel.wait_for(state="detached", timeout=120_000)
    visit.idle()
    assert page.locator(".tc-facts").is_visible()
    assert not page.locator("[data-testid='stException']").count()
