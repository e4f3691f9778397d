"""Pictures of the questions asked of a plan: ``python tools/plan_screenshots.py [folder] [--lang zh]``.

Starts the app on the shipped zone without a plan, plans, asks for alternatives, the trade-off and the reason of a plot,
pins it, plans again and compares; 1440 × 900 in headless Chromium, saved as PNG. A minute or two a language.
"""

from __future__ import annotations

import argparse
import contextlib
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from screenshots import FLAGS, MENU, ROOT, go, running, save

from app.parts.plan_words import WORDS  # found through the line above

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=ROOT / "docs" / "images")
    parser.add_argument("--lang", choices=("zh", "en"), action="append")
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as empty, running(Path(empty)) as address, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        for lang in args.lang or ("zh", "en"):
            page = browser.new_page(viewport={"width": 1440, "height": 900})
            page.on("console", lambda said: print(said.text, file=sys.stderr) if said.type == "error" else None)
            page.goto(f"{address}/?lang={lang}")
            page.locator(".leaflet-container").wait_for(timeout=90_000)
            go(page, MENU[lang]["relocation"])
            tour(page, lang, args.folder)
            page.close()
        browser.close()


def tour(page: Page, lang: str, folder: Path) -> None:
    """The planner's morning, a picture at each stop."""

    def word(key: str) -> str:
        return WORDS[key][lang == "en"].split("{")[0].strip()

    def view(name: str) -> None:
        page.locator(f".st-key-desk_view_{lang}").get_by_text(word(f"view_{name}"), exact=True).click()
        quiet(page)

    page.locator(".st-key-plan button").click()
    work(page)
    page.locator(".tc-facts").wait_for(timeout=90_000)
    view("others")
    page.locator(".st-key-others_find button").click()
    work(page)
    page.locator(".st-key-importance_on_map label").first.click()
    quiet(page)
    save(page, folder / f"plan-alternatives-{lang}.png")
    view("frontier")
    page.locator(".st-key-frontier_find button").click()
    page.locator(".st-key-cancel_plan").wait_for(timeout=30_000)
    page.wait_for_timeout(4000)
    save(page, folder / f"plan-running-{lang}.png")
    page.locator(".st-key-cancel_plan").wait_for(state="detached", timeout=400_000)
    quiet(page)
    save(page, folder / f"plan-frontier-{lang}.png")
    view("plan")
    page.get_by_role("tab", name={"zh": "调入", "en": "In"}[lang], exact=True).click()
    quiet(page)
    table = page.locator("[data-testid='stDataFrame']:visible").first.bounding_box()
    assert table
    page.mouse.click(table["x"] + 60, table["y"] + 52)
    page.locator("[data-why]").wait_for(timeout=30_000)
    quiet(page)
    page.locator(".st-key-plot_what_if button").click()
    work(page)
    page.locator("[data-answer]").wait_for(timeout=30_000)
    page.locator("[data-why]").scroll_into_view_if_needed()
    quiet(page)
    save(page, folder / f"plan-why-{lang}.png")
    view("scenarios")
    page.locator(".st-key-keep_plan button").click()
    quiet(page)
    page.locator(".st-key-pin_out button").click()
    quiet(page)
    page.locator(".st-key-plan button").click()
    work(page)
    page.locator(".st-key-keep_plan button").click()
    quiet(page)
    for k in (1, 2):
        choose_first(page, page.locator(f".st-key-compare_{k}").get_by_role("combobox"))
    save(page, folder / f"plan-compare-{lang}.png")


def choose_first(page: Page, box: Locator) -> None:
    """Choose the first of a list; one that a run of the page has closed is opened again."""
    from playwright.sync_api import TimeoutError as TooLate

    while not box.input_value():
        box.click()
        with contextlib.suppress(TooLate):
            page.get_by_role("option").first.click(timeout=8_000)
        quiet(page)


def work(page: Page) -> None:
    """Wait for a piece of work beside the page."""
    page.locator(".st-key-cancel_plan").wait_for(timeout=30_000)
    page.locator(".st-key-cancel_plan").wait_for(state="detached", timeout=400_000)
    quiet(page)


def quiet(page: Page) -> None:
    """Wait for the page's run and the map's tiles."""
    page.wait_for_timeout(800)
    page.wait_for_selector("[data-testid='stApp'][data-test-script-state='notRunning']", timeout=120_000)
    page.wait_for_timeout(2000)


if __name__ == "__main__":
    main()
