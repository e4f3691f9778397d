"""A planner at work in the real app: plans, asks why, pins, re-plans, cancels, compares; in both languages."""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING

import pytest

from app.parts.plan_words import WORDS
from app.words import WORDS as APP_WORDS
from geo.plan.relocation.infeasible import labels_of
from tests.browser.test_the_map import outline

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.browser.conftest import Visit

pytestmark = [pytest.mark.browser, pytest.mark.slow]

VILLAGE = "示例05村"
FIELD = (31.008412, 120.91446)  # latitude and longitude of a field that may come, in another village
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
    assert not visit.page.locator(".st-key-plan_job [data-testid='stAlert']").count()  # no term was refused


def choose_first_row(visit: Visit) -> str:
    """Choose the first plot of the list of land moved in; its identifier."""
    table = visit.page.locator("[data-testid='stDataFrame']:visible").first
    box = table.bounding_box()
    assert box is not None
    visit.page.mouse.move(box["x"] + 80, box["y"] + 90)  # a table just uncovered hears a click only after a move
    visit.page.mouse.move(box["x"] + 60, box["y"] + 52, steps=5)
    visit.page.mouse.click(box["x"] + 60, box["y"] + 52)
    card = visit.page.locator("[data-why]")
    card.wait_for(timeout=30_000)
    return str(card.get_attribute("data-why"))


def show(page: Page, view: str, lang: str) -> None:
    page.locator(f".st-key-desk_view_{lang}").get_by_text(word(f"view_{view}", lang), exact=True).click()


def choose(visit: Visit, key: str, name: str) -> None:
    """Choose from a list; one that a run of the page has closed is opened again."""
    from playwright.sync_api import TimeoutError as TooLate

    box = visit.page.locator(f".st-key-{key}").get_by_role("combobox")
    for _ in range(4):
        if name in box.input_value():
            return
        box.click()
        with contextlib.suppress(TooLate):
            visit.page.get_by_role("option", name=name).click(timeout=10_000)
        visit.idle()
    raise AssertionError(f"{name} was not chosen")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_planner_plans_pins_replans_cancels_and_compares(town_visit: Visit, lang: str) -> None:
    """In Chinese she also locks a village's fields out and an outline in, and lowers the cap."""
    visit, page = town_visit, town_visit.page
    visit.open(lang, menu=MENU[lang])
    plan(visit)
    page.locator(".tc-facts").wait_for(timeout=30_000)
    # Why is a plot in, and what without it?
    page.get_by_role("tab", name=TAB_IN[lang], exact=True).click()
    plot = choose_first_row(visit)
    why = page.locator("[data-why]").inner_text()
    assert word("why_in", lang) in why
    assert re.search(r"\d", why)
    # Keep this plan as a scenario, pin the plot out (in Chinese a whole village too), plan again.
    show(page, "scenarios", lang)
    page.locator(".st-key-keep_plan button").click()
    visit.idle()
    page.locator(".st-key-pin_out button").click()
    told = WORDS["pinned"][lang == "en"].format(inn=0, out=1)
    page.get_by_text(told).first.wait_for(timeout=60_000)
    visit.idle()
    if lang == "zh":
        lock_village_out(visit, lang)
    plan(visit)
    gone = changed(page, lang)[1]
    assert gone >= 1
    # Side by side: the kept plan and the new one; the land that differs is marked on the map.
    show(page, "scenarios", lang)
    page.locator(".st-key-keep_plan button").click()
    visit.idle()
    for k in (1, 2):
        choose(visit, f"compare_{k}", f"{word('view_plan', lang)} {k}")
    page.wait_for_function("map._tianchou.overlay && map._tianchou.overlay.getLayers().length > 0", timeout=30_000)
    kept = visit.download(page.get_by_text(word("file_scenario", lang)).last).read_text("utf-8")
    assert f"- '{plot}'" in kept.partition("lock_out:")[2]
    if lang == "zh":
        assert gone >= 2  # the village's plots too
        lock_outline_in(visit, lang)
        lower_the_cap(visit, lang)
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


def changed(page: Page, lang: str) -> tuple[int, int]:
    """What the page says of the last change: plots new, plots gone."""
    said = page.get_by_text(word("changed", lang)).first
    said.wait_for(timeout=30_000)
    inn, out = re.findall(r"\d+", said.inner_text())[:2]
    return int(inn), int(out)


def lock_village_out(visit: Visit, lang: str) -> None:
    page = visit.page
    page.locator(".st-key-area_locks summary").click()
    choose(visit, f"area_village_{lang}", VILLAGE)
    page.locator(".st-key-area_lock_out button:enabled").click()
    page.locator("[class*='st-key-area_free_lock_out_village']").wait_for(timeout=30_000)
    visit.idle()


def lock_outline_in(visit: Visit, lang: str) -> None:
    """Everything that may come inside an outline drawn on the map; plan, and read what changed."""
    page = visit.page
    page.evaluate(f"map.setView({list(FIELD)}, 16, {{animate: false}})")
    visit.idle()
    outline(visit, "lasso", 0.0012)
    panel = page.locator(".st-key-area_panel")
    panel.wait_for(timeout=30_000)
    page.locator(".st-key-outline_lock_in button").click()
    panel.wait_for(state="detached", timeout=30_000)
    visit.idle()
    plan(visit)
    assert changed(page, lang)[0] >= 1


def lower_the_cap(visit: Visit, lang: str) -> None:
    """Under a cap that binds, part of what leaves waits; plan, and read what changed."""
    page = visit.page
    leaving = page.locator(".tc-fact small").first.inner_text()
    page.locator(".st-key-plan_terms summary").first.click()
    cap = page.locator(".st-key-form_relocate_town_cap_share input")
    cap.fill("0.002")
    cap.press("Enter")
    visit.idle()
    plan(visit)
    changed(page, lang)
    assert page.locator(".tc-fact small").first.inner_text() != leaving


def test_a_plan_that_cannot_be_is_explained_in_the_visitor_s_words(town_visit: Visit) -> None:
    """At most one plot: the page names the clash by its rules, by how much, and ways out that were tried; it says the
    same in Chinese when the visitor changes the language."""
    visit, page = town_visit, town_visit.page
    visit.open("en", menu=MENU["en"])
    page.locator(".st-key-plan_terms summary").first.click()
    page.locator(".st-key-form_relocate_more summary").click()
    most = page.locator(".st-key-form_relocate_plots_limit input")
    most.fill("1")
    most.press("Enter")
    visit.idle()
    plan(visit)
    page.locator(".st-key-ways_find button").click()
    page.locator(".tc-ways").wait_for(timeout=120_000)
    explained(page, "en")
    page.get_by_text("中文", exact=True).click()
    page.get_by_text(word("ways", "zh")).wait_for(timeout=30_000)
    visit.idle()
    explained(page, "zh")


def explained(page: Page, lang: str) -> None:
    """The cards of a plan that cannot be, in words of one language: the rules, the shortage, what helps."""
    told = " ".join(page.locator(".tc-card").all_inner_texts())
    assert APP_WORDS["no_plan"][lang == "en"] in told
    area, plots = (labels_of(name)[lang == "en"] for name in ("area", "plots_limit"))
    assert told.count(area) >= 2
    assert told.count(plots) >= 2
    assert word("ways", lang) in told
    assert not re.search(r"[a-z_]@|plots_limit|PL\d{3}", told)  # names and sentences, not codes
    assert not re.search({"en": r"[\u4e00-\u9fff]", "zh": r"[A-Za-z]{3,}"}[lang], told)
