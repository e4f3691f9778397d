"""村庄 and 混合用地 in the real app: opened by their own address, one township worked out, every tab read in both
languages, the files written. The visitor's fixture fails on any word of the console and any request that leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app.parts import mixed_words, village_words

if TYPE_CHECKING:
    from types import ModuleType

    from playwright.sync_api import Page

    from tests.browser.conftest import Visit

pytestmark = pytest.mark.browser
SLOW = 240_000  # ms: the machine may be busy with other things
TOWN = "姚庄镇"
TABS = {"village": ("scheme", "land", "moves", "places", "quota", "proof", "assumed", "files"),
        "mixed": ("sites", "cover", "rural", "matrix", "notes", "files")}  # fmt: skip
WORDS = {"village": village_words, "mixed": mixed_words}
SAYS = "[data-testid='stDataFrame'], table, p, button"


def word(module: ModuleType, key: str, lang: str) -> str:
    """A word of a page in a language, as far as its first figure."""
    return str(module._WORDS[key][lang == "en"]).split("{")[0].strip()


def read_tabs(page: Page, name: str, lang: str) -> None:
    """Every tab opens and says something."""
    for tab in TABS[name]:
        page.get_by_role("tab", name=word(WORDS[name], f"tab_{tab}", lang), exact=True).click()
        panel = page.locator("[role=tabpanel]:visible").last
        panel.wait_for()
        panel.locator(SAYS).first.wait_for()


@pytest.mark.parametrize("name", ["village", "mixed"])
def test_a_township_is_worked_out_in_both_languages(town_visit: Visit, name: str) -> None:
    visit, said = town_visit, WORDS[name]
    page = visit.page
    page.goto(f"{visit.address}/{name}?lang=zh")
    page.wait_for_selector(".leaflet-container", timeout=SLOW)
    box = page.locator(f".st-key-{name}_towns input")
    box.click()
    box.fill(TOWN)
    page.get_by_role("option").filter(has_text=TOWN).first.click()
    page.keyboard.press("Escape")
    if name == "village":  # the proof may stay wide here: nobody waits for it
        page.locator("[class*=st-key-form_village_advanced] summary").click()
        seconds = page.locator(".st-key-form_village_time_limit_s input")
        seconds.fill("2")
        seconds.press("Enter")
    visit.idle()
    page.locator(f".st-key-{name}_plan button").click()
    page.get_by_role("tab", name=word(said, f"tab_{TABS[name][0]}", "zh"), exact=True).wait_for(timeout=SLOW)
    visit.idle()
    read_tabs(page, name, "zh")
    page.get_by_text("English", exact=True).click()
    page.get_by_role("tab", name=word(said, f"tab_{TABS[name][0]}", "en"), exact=True).wait_for(timeout=SLOW)
    visit.idle()
    read_tabs(page, name, "en")
    page.locator(f".st-key-{name}_write button").click()
    page.get_by_text(f"{name}_en.xlsx").first.wait_for(timeout=SLOW)
    visit.idle()
    assert page.locator("[data-testid='stException']").count() == 0
