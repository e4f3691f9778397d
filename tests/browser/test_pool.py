"""指标池 in headless Chromium: three impatient visitors, each leaves exactly one entry.

A double click, a triple click while the first is still running, and a reload in the middle followed by a second try.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from geo.ledger.entry import Parcel
from geo.study.pool import create_pool, open_pool
from tests.browser.conftest import WIRE, quiet, serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser


@dataclass
class Office:
    """A running app and its ledger."""

    address: str
    place: Path
    anchors: Path

    def entries(self) -> int:
        return open_pool(self.place, anchors=self.anchors).head()[0]

    def settled(self, least: int) -> int:
        """Entries once the server has had time to post whatever it may still post."""
        until = time.monotonic() + 15
        while time.monotonic() < until and self.entries() < least:
            time.sleep(0.2)
        time.sleep(2)
        return self.entries()


@pytest.fixture(scope="module")
def office(zone_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    folder = tmp_path_factory.mktemp("office")
    place, anchors = folder / "pool" / "ledger.db", folder / "anchors"
    ledger = create_pool(place, basis="批文", anchors=anchors)
    ledger.credit("整治1", "330421", {"QTY": 100_000_000}, [Parcel("T1", 100_000_000)], accepted_on=date(2026, 1, 1),
                  act=ledger.act("r", "b"))  # fmt: skip
    ledger.store.close()
    with serving(zone_folder, folder, TIANCHOU_POOL=str(place), TIANCHOU_ANCHORS=str(anchors)) as address:
        yield Office(address, place, anchors)


@pytest.fixture
def form(browser: Browser, office: Office) -> Iterator[Page]:
    """A fresh visitor before a filled-in reservation."""
    tall = {"width": 1440, "height": 1100}
    page = browser.new_context(viewport=tall, locale="zh-CN", reduced_motion="reduce").new_page()
    page.add_init_script(WIRE)
    page.goto(f"{office.address}/pool")
    fill(page)
    yield page
    page.context.close()


def fill(page: Page) -> None:
    page.get_by_role("tab", name="办理").click()
    choice = page.get_by_role("combobox", name="事项")
    choice.wait_for(timeout=60_000)
    choice.click()
    page.get_by_role("option", name="预留").click()
    page.get_by_label("项目编号").wait_for()
    for label, text in (("项目编号", "公路"), ("名称", "嘉善大道"), ("数量 公顷", "0.5"), ("依据文号", "立项")):
        page.get_by_label(label, exact=True).filter(visible=True).first.fill(text)
    page.get_by_role("combobox", name="县（区）").last.click()
    page.get_by_role("option", name="嘉善县").click()
    quiet(page)


def press(page: Page, times: int) -> None:
    """Clicks as fast as a finger can, at one place."""
    button = page.get_by_role("button", name="记账")
    button.scroll_into_view_if_needed()
    box = button.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, click_count=times, delay=15)


def test_a_double_click_leaves_one_entry(form: Page, office: Office) -> None:
    before = office.entries()
    press(form, 2)
    assert office.settled(before + 1) == before + 1
    form.get_by_text(f"ZC-2026-{before + 1:06d}").first.wait_for(timeout=20_000)


def test_impatient_clicks_while_it_runs_leave_one_entry(form: Page, office: Office) -> None:
    before = office.entries()
    for _ in range(3):
        with contextlib.suppress(Exception):
            press(form, 1)
        form.wait_for_timeout(30)
    assert office.settled(before + 1) == before + 1


def test_a_reload_in_the_middle_and_a_second_try_leave_one_entry(form: Page, office: Office) -> None:
    before = office.entries()
    # Wait until the address carries the form's key, as it does for a person who fills in a form.
    form.wait_for_function("location.search.includes('form=')", timeout=20_000)
    asked = form.url
    press(form, 1)
    form.wait_for_timeout(20)
    form.goto(asked)  # the same address again: what a reload does
    fill(form)
    press(form, 1)
    assert office.settled(before + 1) == before + 1
    form.get_by_text("没有再记").or_(form.get_by_text("ZC-2026")).first.wait_for(timeout=20_000)
