"""What ``bench.map`` asks a headless browser: time until all visible tiles are there, frame gaps, memory, clicks."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).parents[1]
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
         "--enable-precise-memory-info"]  # fmt: skip
SIZE = {"width": 1440, "height": 900}
READY = (
    "window.map && map._tianchou && map._tianchou.settled && Object.values(map._tianchou.layers)"
    ".every(l => !map.hasLayer(l) || !l.isLoading())"
)
GAPS = """() => new Promise(done => { const gaps = []; let last = performance.now(), end = last + 3000;
  requestAnimationFrame(function tick(now) { gaps.push(now - last); last = now;
    if (now < end) { requestAnimationFrame(tick); } else { done(gaps.slice(1)); } }); })"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def serving(entry: str, *, env: dict[str, str], log: Path) -> Iterator[tuple[str, subprocess.Popen[bytes], float]]:
    """A Streamlit server: its address, its process, and the seconds until it answered."""
    port, begun = free_port(), time.monotonic()
    command = [sys.executable, "-m", "streamlit", "run", entry, "--server.port", str(port), "--server.headless", "true",
               "--browser.gatherUsageStats", "false", "--server.fileWatcherType", "none"]  # fmt: skip
    with log.open("w") as out:
        process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **env}, stdout=out, stderr=out)
        address = f"http://127.0.0.1:{port}"
        try:
            wait_for(f"{address}/_stcore/health", process)
            yield address, process, time.monotonic() - begun
        finally:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(10)
            process.kill()


def wait_for(url: str, process: subprocess.Popen[bytes], seconds: float = 900) -> bytes:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if process.poll() is not None:
            raise SystemExit(f"the server ended with {process.returncode}")
        with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=seconds) as answer:
            return bytes(answer.read())
        time.sleep(0.1)
    raise SystemExit(f"no answer from {url}")


@contextlib.contextmanager
def chromium() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        yield browser
        browser.close()


def open_until(browser: Any, url: str, ready: str) -> tuple[Any, float]:
    """A new visitor's page without any cache, and the seconds until ``ready``."""
    page = browser.new_context(viewport=SIZE, locale="zh-CN").new_page()
    begun = time.monotonic()
    page.goto(url)
    page.wait_for_function(ready, timeout=600_000, polling=20)
    return page, time.monotonic() - begun


def pan_gaps(page: Any, selector: str) -> list[float]:
    """Milliseconds between frames while the mouse drags the map to and fro for three seconds."""
    box = page.locator(selector).first.bounding_box()
    assert box
    x, y = box["x"] + box["width"] * 0.7, box["y"] + box["height"] * 0.7
    page.mouse.move(x, y)
    page.mouse.down()
    page.evaluate("window.tianchouGaps = (" + GAPS + ")()")
    begun, step = time.monotonic(), 0
    while time.monotonic() - begun < 3.0:
        step += 1
        reach = (step % 60) if (step // 60) % 2 == 0 else 60 - step % 60
        page.mouse.move(x - 6 * reach, y - 4 * reach)
    page.mouse.up()
    found: list[float] = page.evaluate("window.tianchouGaps")
    return found


def heap_mb(page: Any) -> float:
    """JavaScript heap of the page after a collection, MB."""
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    session.send("Performance.enable")
    metrics = {m["name"]: m["value"] for m in session.send("Performance.getMetrics")["metrics"]}
    return float(metrics["JSHeapUsedSize"]) / 1e6


def renderer_mb() -> float:
    """Private memory (unique set size) of the largest renderer process that this process started, MB."""
    most = 0.0
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):
            if any("--type=renderer" in part for part in process.cmdline()):
                most = max(most, process.memory_full_info().uss / 1e6)
    return most


def tab_cpu() -> float:
    """Processor seconds that all renderer processes of this process took so far."""
    total = 0.0
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):
            if any("--type=renderer" in part for part in process.cmdline()):
                total += sum(process.cpu_times()[:2])
    return total


def server_cpu(process: subprocess.Popen[bytes]) -> float:
    """Processor seconds that the server took so far."""
    return float(sum(psutil.Process(process.pid).cpu_times()[:2]))


def server_mb(process: subprocess.Popen[bytes]) -> float:
    """Resident memory of the server, MB."""
    return float(psutil.Process(process.pid).memory_info().rss) / 1e6


def p95(values: Sequence[float]) -> float:
    return sorted(values)[min(len(values) - 1, int(0.95 * len(values)))]


def median(values: Sequence[float]) -> float:
    return statistics.median(values)
