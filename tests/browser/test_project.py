"""项目 in headless Chromium, the user's morning in both languages: drop the TXT, read, plan, lock two in and one out,
plan again, compare, choose, write, download, reserve with a double click: the ledger has exactly one reservation.
"""

from __future__ import annotations

import re
import shutil
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from geo.ledger.balance import register, reserve_states
from geo.study.pool import create_pool, open_pool
from tests.browser.conftest import SIZE, WIRE, quiet, serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser
ROOT = Path(__file__).parents[2]
SLOW = 360_000  # ms: the machine may be busy with other things
WORDS = {
    "zh": {"menu": "项目", "plan": "补划", "replan": "重新补划", "tab_plan": "补划", "tab_compare": "备选比较",
           "tab_files": "成果", "tab_pool": "预留", "write": "写出全部成果", "book": "储备图斑入库",
           "basis": "依据文号", "reserve": "预留本方案", "card": "方案 B", "receipt": "凭证", "release": "释放"},
    "en": {"menu": "Project", "plan": "Plan the replacement", "replan": "Plan again", "tab_plan": "Replacement",
           "tab_compare": "Alternatives", "tab_files": "Files", "tab_pool": "Reserve",
           "write": "Write all deliverables", "book": "Book the reserve lots", "basis": "Basis document",
           "reserve": "Reserve this plan", "card": "Plan B", "receipt": "Receipt", "release": "Release"},
}  # fmt: skip


@dataclass
class Office:
    """A running app and its ledger."""

    address: str
    place: Path
    anchors: Path

    def reservations(self) -> int:
        ledger = open_pool(self.place, anchors=self.anchors)
        with ledger.look() as tx:
            return sum(1 for line in register(tx) if line.kind == "reserve_plan" and line.state != "reversed")

    def locked(self) -> int:
        ledger = open_pool(self.place, anchors=self.anchors)
        with ledger.look() as tx:
            return sum(1 for _, _, held in reserve_states(tx) if held.get("RESERVED"))


@pytest.fixture(params=["zh", "en"])
def lang(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def server(project_town: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """One running app for both languages."""
    tmp_path = tmp_path_factory.mktemp("office")
    place, anchors = tmp_path / "pool" / "ledger.db", tmp_path / "anchors"
    with serving(project_town, tmp_path, TIANCHOU_POOL=str(place), TIANCHOU_ANCHORS=str(anchors)) as address:
        yield Office(address, place, anchors)


@pytest.fixture
def office(server: Office) -> Office:
    """The app with a ledger in which nothing is booked."""
    for folder in (server.place.parent, server.anchors):
        shutil.rmtree(folder, ignore_errors=True)
    create_pool(server.place, basis="批文", anchors=server.anchors).store.close()
    return server


@pytest.fixture
def page(browser: Browser, office: Office, lang: str, go: Callable[[Page, str], None]) -> Iterator[Page]:
    faults: list[str] = []
    context = browser.new_context(viewport=SIZE, locale="zh-CN", accept_downloads=True, reduced_motion="reduce")
    page = context.new_page()
    page.add_init_script(WIRE)
    page.set_default_timeout(SLOW)
    page.on("console", lambda m: faults.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda fault: faults.append(str(fault)))
    page.on("request", lambda r: faults.append(r.url) if not _here(r.url) else None)
    page.goto(f"{office.address}/?lang={lang}")
    page.wait_for_selector(".leaflet-container")
    go(page, WORDS[lang]["menu"])
    page.locator(".st-key-project_files input[type=file]").wait_for(state="attached")
    yield page
    context.close()
    assert faults == []


def _here(address: str) -> bool:
    return address.startswith(("http://127.0.0.1", "blob:", "data:"))


def tab(page: Page, name: str) -> None:
    page.get_by_role("tab", name=name, exact=True).click()
    quiet(page)


def pick(page: Page, kind: str, lot: str) -> str:
    """Choose one more lot in a list of locks (lock_in, lock_out)."""
    box = page.locator(f"[class*='st-key-project_{kind}_'] input")
    once = f"document.querySelectorAll(\"[class*='st-key-project_{kind}_'] input\").length === 1"
    page.wait_for_function(once)  # a list that a run replaces stands twice for a moment
    box.click()
    page.wait_for_function(once)
    box.fill(lot)
    page.get_by_role("option").filter(has_text=lot).first.click()
    page.locator(f"[class*='st-key-project_{kind}_']").get_by_text(lot).first.wait_for()
    quiet(page)
    return lot


def plan(page: Page, word: str, after: str) -> None:
    page.locator(".st-key-project_plan button").get_by_text(word, exact=True).click()
    page.locator(".st-key-project_plan button:not([disabled])").get_by_text(after, exact=True).wait_for()
    quiet(page)


def deliverables(page: Page, folder: Path) -> str:
    """All files written and downloaded; the text of the boundary points."""
    page.locator(".st-key-project_write button").click()
    download = page.locator("[class*='st-key-download_'] button")
    download.first.wait_for()
    names = {}
    for number in range(download.count()):
        if re.search(
            r"scheme\.docx|annexes\.xlsx|map_replacement\.pdf|boundary_in\.txt|SHP", download.nth(number).inner_text()
        ):
            with page.expect_download(timeout=180_000) as caught:
                download.nth(number).click()
            target = folder / caught.value.suggested_filename
            caught.value.save_as(target)
            names[target.suffix] = target
    assert set(names) >= {".docx", ".xlsx", ".pdf", ".txt"}
    with zipfile.ZipFile(names[".docx"]) as archive:
        body = archive.read("word/document.xml").decode("utf-8")
    assert "数量：吴江区补划面积" in body or "Quantity:" in body
    return names[".txt"].read_text("utf-8")


def test_the_morning(page: Page, office: Office, lang: str, tmp_path: Path) -> None:
    said = WORDS[lang]
    footprint = ROOT / "data" / "shapefiles" / "project_boundary.txt"
    page.locator(".st-key-project_files input[type=file]").set_input_files(str(footprint))
    page.get_by_role("tab", name=said["tab_plan"], exact=True).wait_for()
    page.locator(".tc-fact").filter(has_text="3.3118").first.wait_for()
    quiet(page)
    plan(page, said["plan"], said["replan"])
    tab(page, said["tab_compare"])
    page.get_by_text(said["card"], exact=False).first.wait_for()
    assert page.locator("[class*='st-key-project_choose_']").count() >= 3
    page.locator(".st-key-project_choose_B button").click()
    quiet(page)
    tab(page, said["tab_plan"])
    # Two lots in that the plan did not take, one out that it took.
    inside = {pick(page, "lock_in", "320509200200000004"), pick(page, "lock_in", "320509200200000023")}
    outside = pick(page, "lock_out", "320509200200000024")
    plan(page, said["replan"], said["replan"])
    page.locator(".tc-fact").filter(has_text="3.9833").first.wait_for()
    quiet(page)
    tab(page, said["tab_files"])
    page.locator(".st-key-project_write button").wait_for()
    # Both languages' papers are written at once, whatever the page's: once is enough.
    text = deliverables(page, tmp_path) if lang == "zh" else ""
    tab(page, said["tab_pool"])
    page.get_by_label(said["basis"]).filter(visible=True).first.fill("储备区批复1号")
    page.get_by_role("button", name=said["book"]).click()
    button = page.get_by_role("button", name=said["reserve"])
    button.wait_for()
    quiet(page)
    page.get_by_label(said["basis"]).filter(visible=True).first.fill("预审〔2026〕9号")
    quiet(page)
    button.scroll_into_view_if_needed()
    place = button.bounding_box()
    assert place is not None
    page.mouse.click(place["x"] + place["width"] / 2, place["y"] + place["height"] / 2, click_count=2, delay=15)
    page.get_by_text(re.compile(rf"{said['receipt']} ZC-")).first.wait_for()
    page.wait_for_timeout(1500)
    assert office.reservations() == 1
    assert office.locked() >= 2
    # The file withdrawn: the lots are free again and may be reserved anew.
    page.get_by_role("button", name=said["release"], exact=False).filter(visible=True).first.wait_for()
    page.locator("[class*='st-key-project_release_basis_'] input").fill("撤件〔2026〕1号")
    page.get_by_role("button", name=said["release"]).filter(visible=True).first.click()
    button.wait_for()
    quiet(page)
    assert office.locked() == 0
    assert lang != "zh" or (all(lot in text for lot in inside) and outside not in text)
