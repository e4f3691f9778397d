"""The real app in headless Chromium: its own server on a free port, the console and every request listened to."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, Request, Response

ROOT = Path(__file__).parents[2]
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
SIZE = {"width": 1440, "height": 900}
# When the page last asked the server something, and when it last heard from it (milliseconds of the page's clock).
WIRE = """
(() => {
  const wire = window.__wire = { asked: 0, heard: 0 };
  const Plain = window.WebSocket;
  window.WebSocket = class extends Plain {
    constructor(...how) {
      super(...how);
      this.addEventListener("message", () => { wire.heard = performance.now(); });
    }
    send(words) {
      wire.asked = performance.now();
      super.send(words);
    }
  };
})();
"""
# Every question answered, the last run over, nothing said for a while, the map with its tiles. A page that asks on its
# own again and again (a bar that moves) is never silent: after a while that its run is over will do.
QUIET = """
(began) => {
  const app = document.querySelector("[data-testid='stApp']"), wire = window.__wire, now = performance.now();
  if (!app || app.dataset.testScriptState !== "notRunning" || !wire.heard) return false;
  const silent = wire.heard >= wire.asked && now - wire.heard > 300;
  if (!silent && Date.now() - began < 15000) return false;
  if (!document.querySelector(".tc-host")) return true;
  const map = window.map;
  return map && map._tianchou && map._tianchou.settled
    && Object.values(map._tianchou.layers).every(l => !map.hasLayer(l) || !l.isLoading());
}
"""


@pytest.fixture(scope="session")
def server(zone_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of the running app on the shipped zone, with an empty plan folder."""
    with serving(zone_folder, tmp_path_factory.mktemp("app")) as address:
        yield address


@pytest.fixture(scope="session")
def town_server(town_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The same on one township of it, where a plan is made in a few seconds."""
    with serving(town_folder, tmp_path_factory.mktemp("town_app")) as address:
        yield address


@contextlib.contextmanager
def serving(zone_folder: Path, folder: Path, **settings: str) -> Iterator[str]:
    """Address of the app on a zone, everything it keeps in ``folder``; further settings of the environment by name."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    # As on an office machine where other software left its settings behind.
    stray = {"PROJ_LIB": "/nowhere/proj", "PROJ_DATA": "/nowhere/proj", "GDAL_DATA": "/nowhere/gdal"}
    environment = {
        **os.environ,
        **stray,
        "TIANCHOU_CACHE": str(folder / "cache"),
        "TIANCHOU_ZONE": str(zone_folder),
        "TIANCHOU_OUT": str(folder / "out"),
        **settings,
    }
    command = [sys.executable, "-m", "streamlit", "run", "app/server.py", "--server.port", str(port)]
    log = (folder / "log").open("w+")
    running = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
    address = f"http://127.0.0.1:{port}"
    try:
        _wait(running, f"{address}/_stcore/health", folder / "log")
        yield address
    finally:
        running.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            running.wait(10)
        running.kill()
        running.wait()  # under load ten seconds may not do; a process left behind would fail whatever test comes next
        log.close()
    text = (folder / "log").read_text(errors="replace")
    assert "Traceback" not in text, text[-4000:]


def _wait(running: subprocess.Popen[bytes], address: str, log: Path) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until and running.poll() is None:
        with contextlib.suppress(OSError), urllib.request.urlopen(address, timeout=2) as answer:
            if answer.status == 200:
                return
        time.sleep(0.2)
    pytest.fail(f"the app did not start:\n{log.read_text(errors='replace')[-3000:]}", pytrace=False)


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        opened = play.chromium.launch(executable_path=chromium, args=list(FLAGS))
        yield opened
        opened.close()


def go_to(page: Page, title: str) -> None:
    """Open a page by its name: the menu's groups are opened one after another until one offers it."""
    link = page.get_by_test_id("stTopNavDropdownLink").filter(has_text=title)
    for section in page.get_by_test_id("stTopNavSection").all():
        section.click()
        page.get_by_test_id("stTopNavPopoverBody").last.wait_for()
        if link.count():
            link.last.click()
            return
        page.keyboard.press("Escape")
    raise AssertionError(f"no group of the menu offers {title}")


def quiet(page: Page) -> None:
    """Wait until the page has finished its run and the map its tiles; the page was opened with WIRE."""
    page.wait_for_timeout(250)  # a slider and a table tell what was pressed a fifth of a second later
    page.wait_for_function(QUIET, arg=time.time() * 1000, timeout=90_000, polling=100)


@dataclass
class Visit:
    """One visitor's page, with everything that must not happen on it."""

    page: Page
    address: str
    faults: list[str] = field(default_factory=list)

    def listen(self) -> None:
        self.page.add_init_script(WIRE)
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda fault: self.faults.append(f"page error: {fault}"))
        self.page.on("request", self._asked)
        self.page.on("response", self._answered)

    def _said(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.faults.append(f"console: {message.text}")

    def _asked(self, request: Request) -> None:
        host = urlsplit(request.url).hostname
        if host not in (None, "", "127.0.0.1"):
            self.faults.append(f"left the machine: {request.url}")

    def _answered(self, response: Response) -> None:
        if response.status >= 400:
            self.faults.append(f"{response.status}: {response.url}")

    def open(self, lang: str = "zh", *, menu: str = "") -> None:
        """The app in a language, on the page that the menu calls ``menu``."""
        self.page.goto(f"{self.address}/?lang={lang}")
        self.page.wait_for_selector(".leaflet-container", timeout=60_000)
        if menu:
            self.go(menu)
        self.idle()

    def go(self, title: str) -> None:
        """Open the page that the menu calls ``title``."""
        go_to(self.page, title)

    def idle(self) -> None:
        """Wait until the page has finished its run and the map its tiles."""
        quiet(self.page)

    def download(self, button: Locator) -> Path:
        """The file that a button gives, pressed again when a run of the page swallowed the press."""
        from playwright.sync_api import TimeoutError as TooLate

        def pressed(wait_ms: int) -> Path:
            self.idle()
            with self.page.expect_download(timeout=wait_ms) as waiting:
                button.click()
            return Path(waiting.value.path())

        for _ in range(2):
            with contextlib.suppress(TooLate):
                return pressed(60_000)
        return pressed(120_000)

    def map(self) -> Page:
        """The page when its map is there; ``window.map`` is Leaflet's."""
        self.page.wait_for_selector(".leaflet-container", timeout=60_000)
        return self.page

    def click_map(self, lon: float, lat: float) -> None:
        """A real click of the mouse at a place."""
        x, y = self.map().evaluate(
            f"(() => {{ const p = map.latLngToContainerPoint([{lat}, {lon}]); return [p.x, p.y]; }})()"
        )
        box = self.page.locator(".leaflet-container").bounding_box()
        assert box is not None
        self.page.mouse.click(box["x"] + x, box["y"] + y)


@pytest.fixture
def visit(browser: Browser, server: str) -> Iterator[Visit]:
    """A fresh visitor; the test fails when the console said an error or a request left the machine."""
    with _visiting(browser, server) as found:
        yield found


@pytest.fixture
def town_visit(browser: Browser, town_server: str) -> Iterator[Visit]:
    """The same on the small zone."""
    with _visiting(browser, town_server) as found:
        yield found


@contextlib.contextmanager
def _visiting(browser: Browser, server: str) -> Iterator[Visit]:
    # Without motion: a page that only waits would take an eighth of a processor to draw it.
    context = browser.new_context(viewport=SIZE, locale="zh-CN", accept_downloads=True, reduced_motion="reduce")
    found = Visit(context.new_page(), server)
    found.listen()
    yield found
    context.close()
    assert not found.faults, "\n".join(found.faults)


@pytest.fixture(scope="session")
def go() -> Callable[[Page, str], None]:
    """Opens a page of the menu by its name."""
    return go_to
