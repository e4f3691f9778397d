"""TWENTY MINUTES OF RANDOM USE of the real app: ``python -m bench.soak_map [--minutes 20] [--zone FOLDER] [--seed 1]``.

Pans, zooms, clicks, shift-clicks, switches layers and pages and the language, draws, measures, searches, undoes. Fails
when the console said an error, a request left the machine, the server failed, or memory of tab or server went on
growing: its median in the last quarter of the time must stay below 1.3 times that of the second quarter plus 30 MB.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Error as PlaywrightError

from bench import _map_browser as b

HOME = ("资源浏览", "总览")  # group and page, as the menu names them
MENU = (HOME, ("查询统计", "零星识别"), HOME, ("对比分析", "布局调整"), HOME, ("专题制图", "专题图"), HOME,
        ("合规性审查", "规则"), ("合规性审查", "项目"), ("对比分析", "变化"), HOME)  # fmt: skip
WORDS = ("镇", "示例01村", "120.95 31.02", "0287", "3309", "<b>", "40590000 3435000", "zzzz")


class Soak:
    """One visitor who does not stop."""

    def __init__(self, page: Any, seed: int) -> None:
        self.page, self.chance = page, random.Random(seed)
        self.faults: list[str] = []
        self.done: Counter[str] = Counter()
        self.missed: Counter[str] = Counter()
        page.on("console", lambda m: self.faults.append(f"console: {m.text}") if m.type == "error" else None)
        page.on("pageerror", lambda fault: self.faults.append(f"page error: {fault}"))
        page.on("request", self._asked)
        page.on("response", lambda r: self.faults.append(f"{r.status}: {r.url}") if r.status >= 400 else None)

    def _asked(self, request: Any) -> None:
        url = urlsplit(request.url)
        if url.scheme in ("http", "https", "ws", "wss") and url.hostname != "127.0.0.1":
            self.faults.append(f"left the machine: {request.url}")

    def step(self) -> None:
        deeds: list[tuple[int, Callable[[], None]]] = [
            (30, self.pan), (20, self.zoom), (20, self.click), (6, self.more), (8, self.layer), (3, self.menu),
            (1, self.language), (4, self.draw), (3, self.measure), (4, self.search), (3, self.undo), (4, self.history),
        ]  # fmt: skip
        (deed,) = self.chance.choices([d for _, d in deeds], [w for w, _ in deeds])
        if not self.page.locator(".leaflet-container").count():  # a page that has no map today: back to one that has
            deed = self.overview
        try:
            deed()
            self.done[deed.__name__] += 1
        except PlaywrightError:  # an element that is just being made again is not there for a moment
            self.missed[deed.__name__] += 1
        self.page.wait_for_timeout(self.chance.uniform(150, 900))

    def spot(self) -> tuple[float, float]:
        box = self.page.locator(".leaflet-container").bounding_box(timeout=10_000)
        return (box["x"] + box["width"] * self.chance.uniform(0.15, 0.9),
                box["y"] + box["height"] * self.chance.uniform(0.15, 0.9))  # fmt: skip

    def pan(self) -> None:
        self.page.mouse.move(*self.spot())
        self.page.mouse.down()
        self.page.mouse.move(*self.spot(), steps=12)
        self.page.mouse.up()

    def zoom(self) -> None:
        self.page.mouse.move(*self.spot())
        self.page.mouse.wheel(0, self.chance.choice((-240, -120, 120, 240)))

    def click(self) -> None:
        self.page.mouse.click(*self.spot())

    def more(self) -> None:
        self.page.keyboard.down("Shift")
        self.page.mouse.click(*self.spot())
        self.page.keyboard.up("Shift")

    def layer(self) -> None:
        boxes = self.page.locator("section[data-testid='stSidebar'] [data-testid='stCheckbox'] label")
        boxes.nth(self.chance.randrange(max(1, boxes.count()))).click(timeout=3_000)

    def menu(self) -> None:
        self._open(*self.chance.choice(MENU))
        self.page.wait_for_timeout(2_500)

    def _open(self, group: str, title: str) -> None:
        self.page.get_by_test_id("stTopNavSection").filter(has_text=group).click(timeout=5_000)
        self.page.get_by_test_id("stTopNavDropdownLink").filter(has_text=title).last.click(timeout=5_000)

    def overview(self) -> None:
        self._open(*HOME)
        self.page.wait_for_selector(".leaflet-container", timeout=20_000)

    def language(self) -> None:
        for word in ("English", "中文"):  # there and back: the menu's words above are Chinese
            self.page.get_by_text(word, exact=True).first.click(timeout=3_000)
            self.page.wait_for_timeout(1_500)

    def draw(self) -> None:
        self._shape(self.chance.choice(("polygon", "lasso")))

    def measure(self) -> None:
        self._shape("area")

    def _shape(self, tool: str) -> None:
        self.page.locator(f".tc-tool-{tool}").click(timeout=3_000)
        x, y = self.spot()
        for dx, dy in ((0, 0), (60, 5), (55, 60), (5, 50), (0, 0)):
            self.page.mouse.click(x + dx, y + dy)
            self.page.wait_for_timeout(120)
        self.page.keyboard.press("Escape")

    def search(self) -> None:
        field = self.page.locator(".tc-find input")
        field.fill(self.chance.choice(WORDS), timeout=3_000)
        self.page.wait_for_timeout(500)
        field.press("Enter")

    def undo(self) -> None:
        self.page.locator(f".st-key-work_{self.chance.choice(('undo', 'redo'))} button").first.click(timeout=2_000)

    def history(self) -> None:
        self.page.locator(f".tc-tool-{self.chance.choice(('home', 'back', 'forward', 'link'))}").click(timeout=2_000)


def grows(values: list[float]) -> bool:
    """Is the last quarter's median beyond 1.3 times the second quarter's plus 30?"""
    quarter = max(1, len(values) // 4)
    return b.median(values[-quarter:]) > 1.3 * b.median(values[quarter : 2 * quarter] or values[:1]) + 30


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--zone", type=Path, default=b.ROOT / "data" / "shapefiles")
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    heap: list[float] = []
    tab: list[float] = []
    memory: list[float] = []
    with tempfile.TemporaryDirectory(prefix="tianchou-soak-") as scratch, b.chromium() as browser:
        env = {"TIANCHOU_ZONE": str(args.zone), "TIANCHOU_CACHE": f"{scratch}/cache", "TIANCHOU_OUT": f"{scratch}/out"}
        with b.serving("app/server.py", env=env, log=Path(scratch) / "log") as (address, server, _):
            b.wait_for(f"{address}/healthz", server)
            page, _ = b.open_until(browser, f"{address}/?lang=zh", b.READY)
            soak = Soak(page, args.seed)
            begun = told = time.monotonic()
            print("minute  steps  heap MB  tab MB  server MB  faults", flush=True)
            while time.monotonic() - begun < 60 * args.minutes:
                soak.step()
                if time.monotonic() - told >= 60:
                    told = time.monotonic()
                    heap.append(b.heap_mb(page))
                    tab.append(b.renderer_mb())
                    memory.append(b.server_mb(server))
                    print(f"{(told - begun) / 60:6.1f} {soak.done.total():6d} {heap[-1]:8.0f} {tab[-1]:7.0f} "
                          f"{memory[-1]:10.0f} {len(soak.faults):7d}", flush=True)  # fmt: skip
            faults = [*dict.fromkeys(soak.faults)]  # before the server goes: the open page would miss it
            log = (Path(scratch) / "log").read_text(errors="replace")
            page.context.close()
    print("done:", ", ".join(f"{name} {many}" for name, many in soak.done.most_common()))
    print("not there at the moment:", ", ".join(f"{name} {many}" for name, many in soak.missed.most_common()) or "none")
    faults += [f"never done: {name}" for name in soak.missed if not soak.done[name] and soak.missed[name] >= 3]
    faults += ["the server failed:\n" + log[-2_000:]] if "Traceback" in log else []
    for name, values in (("heap", heap), ("tab", tab), ("server", memory)):
        if values:
            print(f"{name}: first {values[0]:.0f}, most {max(values):.0f}, last {values[-1]:.0f} MB")
        if len(values) >= 8 and grows(values):
            faults.append(f"memory of {name} goes on growing")
    for fault in faults[:20]:
        print("FAULT", fault)
    print("no fault" if not faults else f"{len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
