"""Pictures of every page for README and docs: ``python tools/screenshots.py [folder] [--out plan folder]``.

Starts the app on the shipped zone, visits each page in both languages at 1440 × 900 (or ``--size``) in headless
Chromium, and saves them as PNG (under 600 kB). Run it after ``make run``, so that there is a plan to show.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page

ROOT = Path(__file__).parents[1]
MENU = {
    "zh": {
        "overview": "总览", "fragments": "零星识别", "mixed": "混合用地", "relocation": "布局调整", "village": "村庄",
        "consolidation": "全域整治", "change": "变化", "thematic": "专题图", "results": "成果",
        "project": "项目", "rules": "规则", "data": "数据", "pool": "指标池",
        "about": "关于",
    },
    "en": {
        "overview": "Overview", "fragments": "Fragments", "mixed": "Mixed use", "relocation": "Relocation",
        "village": "Villages", "consolidation": "Consolidation", "change": "Change", "thematic": "Thematic maps",
        "results": "Files and prints",
        "project": "Project",
        "rules": "Rules", "data": "Data", "pool": "Offset pool", "about": "About",
    },
}  # fmt: skip
KEPT = ("overview", "fragments", "relocation", "rules", "data", "about", "thematic")  # those that the documents show
LIMIT = 590_000
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=ROOT / "docs" / "images")
    parser.add_argument("--out", type=Path, default=ROOT / "out")
    parser.add_argument("--theme", choices=("light", "dark"), default="light", help="the browser's wish")
    parser.add_argument("--plain", action="store_true", help="every page as it opens, without a pose, to look at")
    parser.add_argument("--only", action="append", default=[], metavar="PAGE", help="these pages (again for more)")
    parser.add_argument("--size", default="1440x900", help="of the window, to look at others")
    args = parser.parse_args()
    wide, high = (int(v) for v in args.size.split("x"))
    args.folder.mkdir(parents=True, exist_ok=True)
    from playwright.sync_api import sync_playwright

    with running(args.out) as address, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        for lang, menu in MENU.items():
            page = browser.new_page(viewport={"width": wide, "height": high}, color_scheme=args.theme)
            page.goto(f"{address}/?lang={lang}")
            page.wait_for_selector(".leaflet-container", timeout=60_000)
            for name, title in menu.items():
                if name not in (args.only or (MENU[lang] if args.plain else KEPT)):
                    continue
                go(page, title)
                idle(page)
                if not args.plain:
                    pose(page, name)
                mark = "" if args.theme == "light" else "-dark"
                save(page, args.folder / f"{name}-{lang}{mark}.png")
            page.close()
        browser.close()


def go(page: Page, title: str) -> None:
    """Open a page by its name: the menu's groups one after another until one offers it."""
    link = page.get_by_test_id("stTopNavDropdownLink").filter(has_text=title)
    for section in page.get_by_test_id("stTopNavSection").all():
        section.click()
        page.get_by_test_id("stTopNavPopoverBody").last.wait_for()
        if link.count():
            link.last.click()
            return
        page.keyboard.press("Escape")
    raise LookupError(title)


@contextlib.contextmanager
def running(out: Path):  # type: ignore[no-untyped-def]
    """The app on a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "app/server.py", "--server.port", str(port)]
    server = subprocess.Popen(command, cwd=ROOT, env={**os.environ, "TIANCHOU_OUT": str(out.resolve())})
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(300):
            with contextlib.suppress(OSError), urllib.request.urlopen(f"{address}/healthz", timeout=10):
                break
            time.sleep(0.2)
        yield address
    finally:
        server.terminate()
        server.wait(10)


def idle(page: Page) -> None:
    """Wait for the page's run and the map's tiles."""
    page.wait_for_timeout(800)
    page.wait_for_selector("[data-testid='stApp'][data-test-script-state='notRunning']", timeout=90_000)
    if page.locator(".tc-host").count():
        page.wait_for_function(
            "window.map && map._tianchou && Object.values(map._tianchou.layers)"
            ".every(l => !map.hasLayer(l) || !l.isLoading())",
            timeout=60_000,
        )
    page.wait_for_timeout(1200)


def pose(page: Page, name: str) -> None:
    """A telling view: a parcel on the overview, a fragment in its place, the curtain on the plan."""
    if name == "overview":
        box = page.locator(".leaflet-container").bounding_box()
        assert box
        page.mouse.click(box["x"] + box["width"] * 0.57, box["y"] + box["height"] * 0.715)
        page.locator("[data-parcel]").wait_for(timeout=20_000)
    if name == "fragments":
        with contextlib.suppress(Exception):
            page.get_by_role("button", name="card_close").click(timeout=500)
        table = page.locator("[data-testid='stDataFrame']:visible").first.bounding_box()
        assert table
        page.mouse.click(table["x"] + 60, table["y"] + 52)
        page.wait_for_timeout(2500)
    if name == "relocation":
        with contextlib.suppress(Exception):  # the card of the page before
            page.locator(".st-key-card_close button").click(timeout=3000)
        idle(page)
        page.locator(".tc-tool-home").click()
        page.locator(".st-key-compare button").nth(1).click()
    if name == "rules":
        page.locator(".st-key-rules_what_if input").click()
        page.get_by_role("option").nth(1).click()
        idle(page)
        thumb = page.locator(".st-key-rules_value_relocation_area_ratio").locator(
            "[role='slider'], input[type='range']"
        )
        thumb.first.focus()
        for _ in range(10):
            thumb.first.press("ArrowRight")
    if name == "data":
        drop(page)
    page.evaluate("document.querySelector('[data-testid=stMain]').scrollTo(0, 0)")
    page.mouse.move(720, 90)
    idle(page)


def drop(page: Page) -> None:
    """The five files of the story on the data page: a system chosen, the first finding on the map."""
    sys.path.insert(0, str(ROOT))
    from geo.io.zone_folder import read_zone
    from geo.sample.parcels_sent import write_story

    with tempfile.TemporaryDirectory() as room:
        files = write_story(read_zone(ROOT / "data" / "shapefiles"), Path(room))
        page.locator("input[type='file']").set_input_files([str(f) for f in files])
        choose = page.locator("[class*='st-key-system_'] button").first
        choose.wait_for(timeout=120_000)
        idle(page)
    choose.click()
    choose.wait_for(state="detached", timeout=120_000)
    idle(page)
    table = page.locator("[data-testid='stDataFrame']:visible").nth(1).bounding_box()
    assert table
    page.mouse.click(table["x"] + 200, table["y"] + 52)
    page.wait_for_timeout(2500)


def save(page: Page, path: Path) -> None:
    """As it is; with 256 colours when it would be larger than the repository wants."""
    from PIL import Image

    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    picture.save(path, optimize=True)
    if path.stat().st_size > LIMIT:
        picture.quantize(256, dither=Image.Dither.NONE).save(path, optimize=True)
    print(f"{path.name}: {path.stat().st_size // 1000} kB")


if __name__ == "__main__":
    main()
