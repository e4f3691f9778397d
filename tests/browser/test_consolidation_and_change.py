"""全域整治 and 变化 walked on two villages in both languages by one visitor: worked out once, read twice."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pyogrio
import pytest
import shapely

from geo.study.pool import create_pool, open_pool
from tests.browser.conftest import SIZE, Visit, serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser
VILLAGES = ("330421103203", "330421103204")
WORDS = {
    "zh": {"make": "编制方案", "pool": "入库", "basis": "验收文号", "book": "验收入库", "receipt": "凭证",
           "try": "用示例后一期试算", "matrix": "转移矩阵", "farmland": "永久基本农田", "quality": "质量提升",
           "once": "未再记账"},
    "en": {"make": "Make the scheme", "pool": "Into the pool", "basis": "Acceptance document",
           "book": "Book into the pool", "receipt": "Receipt", "try": "Try with an invented later survey",
           "matrix": "Matrix", "farmland": "Farmland", "quality": "Quality", "once": "not again"},
}  # fmt: skip


@dataclass
class Office:
    """A running app on two villages, and its ledger."""

    address: str
    place: Path
    anchors: Path


@pytest.fixture(scope="module")
def villages(zone_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of two villages of the shipped zone; lines and townships as they are."""
    folder = tmp_path_factory.mktemp("villages") / "zone"
    shutil.copytree(zone_folder, folder)
    shapes = pyogrio.read_dataframe(zone_folder / "CJDCQ.shp")
    area = shapely.union_all(shapes[shapes["ZLDWDM"].str.startswith(VILLAGES)].geometry.to_numpy())
    for name in ("CJDCQ", "DLTB", "YJJBNTBHTB"):
        rows = pyogrio.read_dataframe(zone_folder / f"{name}.shp")
        inside = shapely.intersects(shapely.point_on_surface(rows.geometry.to_numpy()), area)
        pyogrio.write_dataframe(rows[inside], folder / f"{name}.shp", encoding="UTF-8")
    return folder


@pytest.fixture(scope="module")
def office(villages: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    folder = tmp_path_factory.mktemp("office")
    place, anchors = folder / "pool" / "ledger.db", folder / "anchors"
    create_pool(place, basis="建账", anchors=anchors).store.close()
    with serving(villages, folder, TIANCHOU_POOL=str(place), TIANCHOU_ANCHORS=str(anchors)) as address:
        yield Office(address, place, anchors)


def test_both_pages_are_walked_from_their_own_addresses(browser: Browser, office: Office) -> None:
    context = browser.new_context(viewport=SIZE, locale="zh-CN", accept_downloads=True, reduced_motion="reduce")
    visit = Visit(context.new_page(), office.address)
    visit.listen()
    page = visit.page

    # 全域整治: a scheme, its quality, its lots in the pool once, whoever asks and in whichever language.
    page.goto(f"{office.address}/consolidation?lang=zh")
    visit.map()
    visit.idle()
    page.get_by_role("button", name=WORDS["zh"]["make"]).click()
    for lang, say in WORDS.items():
        if lang == "en":
            page.get_by_text("English", exact=True).click()
        page.get_by_role("tab", name=say["quality"], exact=True).wait_for(timeout=90_000)
        visit.idle()
        _kept(visit, f"consolidation-{lang}")
        page.get_by_role("tab", name=say["quality"], exact=True).click()
        page.get_by_role("tab", name=say["pool"], exact=True).click()
        page.get_by_label(say["basis"]).fill("善自然验〔2026〕1号")
        page.get_by_role("button", name=say["book"]).click()
        page.get_by_text(say["receipt"]).first.wait_for(timeout=60_000)
        visit.idle()
        assert page.get_by_text(say["once"]).count() == (lang == "en")
        assert open_pool(office.place, anchors=office.anchors).head()[0] == 2

    # 变化: the invented later survey, flows, matrix, farmland.
    page.goto(f"{office.address}/change?lang=zh")
    page.get_by_role("button", name=WORDS["zh"]["try"]).click(timeout=60_000)
    for lang, say in WORDS.items():
        if lang == "en":
            page.get_by_text("English", exact=True).click()
        page.get_by_role("tab", name=say["matrix"]).wait_for(timeout=90_000)
        visit.map()
        visit.idle()
        _kept(visit, f"change-{lang}")
        page.get_by_role("tab", name=say["matrix"]).click()
        page.get_by_role("tab", name=say["farmland"], exact=True).click()
        visit.idle()
    context.close()
    assert not visit.faults, "\n".join(visit.faults)


def _kept(visit: Visit, name: str) -> None:
    """A picture for whoever looks, where TIANCHOU_PICTURES says."""
    if folder := os.environ.get("TIANCHOU_PICTURES"):
        visit.page.screenshot(path=str(Path(folder) / f"{name}.png"))
