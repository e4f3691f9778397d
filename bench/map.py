"""THE MAP OF HALF A MILLION PARCELS in headless Chromium: ``python -m bench.map [--zone FOLDER]`` (make bench-map).

Medians of ``--rounds`` (five). Printed beside our map: plain folium with the GeoJSON inside the page, and
protomaps-leaflet over the same tiles, the best alternative of the measured prototypes. What is counted:

- framework: a bare Streamlit page until its script has run, in a new browser context (nothing cached).
- new data: server start to the last tile of the first view of a zone that nobody opened before (no kept tiles). The
  shipped zone is opened first, as ``make run`` does after an installation: its compiled code is kept for every zone.
- cold: a view that nobody asked for yet, all its tiles made on demand; warm: the same view, by another visitor, once
  the server does nothing else any more (what it reads ahead and keeps for the next start is done).
- click: mouse down to the parcel's card and its outline on the map.
- tab memory: the page's JavaScript heap after a collection, and the renderer's private memory.
"""

from __future__ import annotations

import argparse
import os
import random
import tempfile
import time
import urllib.request
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from bench import _map_browser as b
from bench._map_peers import folium_page, serve_peer
from bench._map_zone import build_zone, sample_zone

HELLO = "import streamlit as st\nst.write('hello')\n"
RAN = "document.querySelector(\"[data-testid='stApp'][data-test-script-state='notRunning']\")"
WATCH = """() => {
  const turn = window.tianchouTurn = (window.tianchouTurn || 0) + 1;
  window.tianchouSeen = window.tianchouPage = null;
  const page = () => (document.querySelector('[data-parcel]') || {dataset: {}}).dataset.parcel, oldPage = page();
  const card = () => map._tianchou.card.dataset.row, oldCard = card(), oldGlow = map._tianchou.glow;
  map.getContainer().addEventListener('pointerdown', e => {
    const at = e.timeStamp, wait = (there, tell) => (function look() {
      if (turn !== window.tianchouTurn) { return; }
      if (there()) { requestAnimationFrame(() => tell(performance.now() - at)); } else { setTimeout(look, 5); } })();
    wait(() => card() && card() !== oldCard && map._tianchou.glow && map._tianchou.glow !== oldGlow,
      ms => { window.tianchouSeen = ms; });
    wait(() => page() && page() !== oldPage, ms => { window.tianchouPage = ms; });
  }, {once: true, capture: true}); }"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--zone", type=Path, help="the whole sample zone (made from its seed when not given)")
    parser.add_argument("--rows", type=int, default=500_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--folder", type=Path, default=b.ROOT / "build" / "bench-map")
    parser.add_argument("--folium-rows", type=int, default=10_000)
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS, help="only these, to look into one of them")
    parser.add_argument("--write", action="store_true", help="put the figures into docs/map.md")
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    source = args.zone or sample_zone(args.folder / "sample")
    rows = build_zone(source, args.folder / f"zone-{args.rows}", rows=args.rows)
    zone = args.folder / f"zone-{args.rows}"
    load = os.getloadavg()[0]
    print(f"{rows:,} parcels; {os.cpu_count()} cores, load {load:.1f}; medians of {args.rounds}", flush=True)
    with tempfile.TemporaryDirectory(prefix="tianchou-bench-") as scratch, b.chromium() as browser:
        own = framework(browser, Path(scratch), args.rounds)
        say("framework's own start", own, "s")
        installed(browser, Path(scratch))
        ours(browser, zone, Path(scratch), own, args.rounds, args.parts)
        if "folium" in args.parts:
            plain_folium(browser, zone, Path(scratch), args.folium_rows, rows)
        if "sheets" in args.parts:
            part("A3")
            sheets(zone, Path(scratch))
    print(f"load at the end {os.getloadavg()[0]:.1f}")
    if args.write and set(args.parts) == set(PARTS):  # never a table of two runs
        about = f"{rows:,} parcels, {os.cpu_count()} cores, load {load:.1f} before and {os.getloadavg()[0]:.1f} after"
        when = time.strftime("%Y-%m-%d", time.gmtime())
        keep(f"`python -W ignore -m bench.map`, {when}: {about}, medians of {args.rounds}.")


Box = tuple[float, float, float, float]
PARTS = ["open", "views", "users", "peer", "folium", "sheets"]
TOLD: list[str] = []
BEGIN, END = "<!-- bench-map: written by make bench-map ARGS=--write -->\n", "<!-- /bench-map -->"


def part(title: str) -> None:
    print(title, flush=True)
    TOLD.append(f"| **{title}** | | |")


def say(what: str, value: float, unit: str, *, aim: float | None = None, digits: int = 2) -> None:
    held = "" if aim is None else f"   aim {aim:g} {unit}: {'held' if value <= aim else 'MISSED'}"
    print(f"  {what:58s}{value:10,.{digits}f} {unit}{held}", flush=True)
    TOLD.append(f"| {what.strip()} | {value:,.{digits}f} {unit} | {held.strip()} |")


def keep(about: str) -> None:
    """The figures as a table in docs/map.md, in place of those of the last run."""
    page = b.ROOT / "docs" / "map.md"
    text = page.read_text("utf-8")
    head, _, rest = text.partition(BEGIN)
    table = "\n".join([about, "", "| | measured | |", "|---|---|---|", *TOLD])
    page.write_text(f"{head}{BEGIN}\n{table}\n\n{END}{rest.partition(END)[2]}", "utf-8")


def sheets(zone: Path, scratch: Path) -> None:
    """Seconds to print the whole zone on A3 from the open zone: the first sheet of a process, and the next."""
    from geo.io.zone_folder import read_zone
    from geo.study import map_sheet

    opened = read_zone(zone)
    for which in ("first sheet of a process", "next sheet"):
        begun = time.monotonic()
        wish = map_sheet.Wish()
        path = map_sheet.write(map_sheet.sheet(opened, wish), wish, scratch / "sheet.pdf")
        say(f"A3 of the whole zone as PDF, {which}", time.monotonic() - begun, "s", aim=10)
    say("  size of the PDF", path.stat().st_size / 1e6, "MB", digits=1)


def framework(browser: Any, scratch: Path, rounds: int) -> float:
    """Seconds of a bare Streamlit page."""
    (scratch / "hello.py").write_text(HELLO)
    with b.serving(str(scratch / "hello.py"), env={}, log=scratch / "hello.log") as (address, _, _):
        taken = []
        for _ in range(rounds + 1):
            page, seconds = b.open_until(browser, address, RAN)
            taken.append(seconds)
            bare = b.renderer_mb()
            page.context.close()
        say("framework: private memory of the renderer", bare, "MB", digits=0)
    return b.median(taken[1:])  # the first one warms the server's own files


def installed(browser: Any, scratch: Path) -> None:
    """The shipped zone opened once: an installation's first page, which compiles what is not compiled yet."""
    env = {"TIANCHOU_CACHE": str(scratch / "first"), "TIANCHOU_OUT": str(scratch / "out")}
    with b.serving("app/server.py", env=env, log=scratch / "first.log") as (address, server, _):
        b.wait_for(f"{address}/healthz", server)
        page, seconds = b.open_until(browser, address, b.READY)
        for at in ("10/31.05/120.9", "14/31.05/120.9"):  # painted tiles, drawn tiles
            page.goto(f"{address}/?at={at}")
            page.wait_for_function(b.READY, timeout=600_000, polling=20)
        settled(server)
        say("the shipped zone, first page of this installation", seconds, "s")
        page.context.close()


def settled(server: Any) -> float:
    """Waits until the server is idle: under a twentieth of a core for a second, a minute at most; seconds waited."""
    begun = time.monotonic()
    while time.monotonic() - begun < 60:
        before = b.server_cpu(server)
        time.sleep(1.0)
        if b.server_cpu(server) - before < 0.05:
            break
    return time.monotonic() - begun


def ours(browser: Any, zone: Path, scratch: Path, own: float, rounds: int, parts: Sequence[str]) -> None:
    env = {"TIANCHOU_ZONE": str(zone), "TIANCHOU_CACHE": str(scratch / "cache"), "TIANCHOU_OUT": str(scratch / "out")}
    with b.serving("app/server.py", env=env, log=scratch / "app.log") as (address, server, started):
        begun = time.monotonic()
        b.wait_for(f"{address}/healthz", server)
        page, _ = b.open_until(browser, address, b.READY)
        fresh, worked = time.monotonic() - begun, b.server_cpu(server)
        part("田畴")
        say("server start", started, "s")
        say("new data to usable map (beyond server and framework)", fresh - own, "s", aim=20)
        say("  processor time of the server until then, imports included", worked, "s")
        say("tab: JavaScript heap, whole zone", b.heap_mb(page), "MB", aim=150, digits=0)
        west, south, east, north = page.evaluate(
            "(() => { const h = map._tianchou.homeBounds; return [h[0][1], h[0][0], h[1][1], h[1][0]]; })()"
        )
        page.context.close()
        say("  after that it reads ahead and keeps what it read for", settled(server), "s")
        if "open" in parts:
            opened(browser, address, server, own, rounds)
        if "views" in parts:
            views(browser, address, server, own, (west, south, east, north), rounds)
        if "users" in parts:
            settled(server)
            five = five_users(address, west, south, east, north)
            told = f"five users at once, {len(five)} requests for tiles: 95th percentile"
            say(told, 1000 * b.p95(five), "ms", aim=400, digits=0)
        say("server memory at the end", b.server_mb(server), "MB", aim=2000, digits=0)
        if "peer" in parts:
            best_alternative(browser, address, (west, south, east, north), rounds)


def opened(browser: Any, address: str, server: Any, own: float, rounds: int) -> None:
    home, tabs = [], []
    before = b.server_cpu(server)
    for _ in range(rounds):
        page, seconds = b.open_until(browser, address, b.READY)
        home.append(seconds - own)
        tabs.append(b.tab_cpu())
        page.context.close()
    say("open the whole zone, warm", b.median(home), "s", aim=2.5)
    say("  processor time of the server, one opening", (b.server_cpu(server) - before) / rounds, "s")
    say("  processor time of the tab, one opening, framework included", b.median(tabs), "s")


def views(
    browser: Any, address: str, server: Any, own: float, box: tuple[float, float, float, float], rounds: int
) -> None:
    spots = places(*box, rounds)
    cold, warm, gaps, clicks, heaps, private, worked_clicks = [], [], [], [], [], [], []
    for lon, lat in spots:
        url = f"{address}/?at=14/{lat:.5f}/{lon:.5f}"
        page, seconds = b.open_until(browser, url, b.READY)
        cold.append(seconds - own)
        page.context.close()
        page, seconds = b.open_until(browser, url, b.READY)
        warm.append(seconds - own)
        page.wait_for_timeout(1500)
        before, known = b.server_cpu(server), len(clicks)
        clicks += click_times(page, 12)
        worked_clicks.append((b.server_cpu(server) - before) / max(1, len(clicks) - known))
        gaps.append(b.p95(b.pan_gaps(page, ".leaflet-container")))
        heaps.append(b.heap_mb(page))
        private.append(b.renderer_mb())
        page.context.close()
    say("click: processor time of the server", b.median(worked_clicks), "s", digits=3)
    say("open a view at zoom 14, cold", b.median(cold), "s", aim=5)
    say("open a view at zoom 14, warm", b.median(warm), "s", aim=2.5)
    say("pan: frame gaps, 95th percentile", b.median(gaps), "ms", aim=33, digits=1)
    say(f"click to attributes and outline, median of {len(clicks)}", b.median([c for c, _ in clicks]), "s")
    say("click to attributes and outline, 95th percentile", b.p95([c for c, _ in clicks]), "s", aim=0.3)
    say("  to the page's own card beside the map, 95th percentile", b.p95([c for _, c in clicks]), "s")
    say("tab: JavaScript heap after panning", b.median(heaps), "MB", aim=150, digits=0)
    say("tab: private memory of the renderer", b.median(private), "MB", digits=0)


def places(west: float, south: float, east: float, north: float, many: int) -> list[tuple[float, float]]:
    """Places in the middle part of the zone, from a seed."""
    chance = random.Random(20261125)
    return [
        (west + (east - west) * chance.uniform(0.45, 0.65), south + (north - south) * chance.uniform(0.45, 0.65))
        for _ in range(many)
    ]


def click_times(page: Any, many: int) -> list[tuple[float, float]]:
    """Seconds from mouse down to card and outline on the map, and to the card beside it, for ever other parcels."""
    chance = random.Random(7)
    box = page.locator(".leaflet-container").bounding_box()
    found = []
    for _ in range(many):
        page.evaluate(WATCH)
        across, down = chance.uniform(0.3, 0.65), chance.uniform(0.2, 0.9)
        page.mouse.click(box["x"] + box["width"] * across, box["y"] + box["height"] * down)
        try:
            page.wait_for_function("window.tianchouSeen && window.tianchouPage", timeout=8_000, polling=20)
        except Exception:  # the same parcel again, or a place without one
            continue
        found.append((page.evaluate("window.tianchouSeen") / 1000, page.evaluate("window.tianchouPage") / 1000))
        page.wait_for_timeout(400)
    return found


def five_users(address: str, west: float, south: float, east: float, north: float) -> list[float]:
    """Seconds of every place's tiles while five visitors move about, among new and known views, as the page asks: one
    request a place for all layers that are on, six connections each, painted tiles of 256 pixels."""
    import math

    def at(lon: float, lat: float, z: int) -> tuple[int, int]:
        y = 0.5 - math.asinh(math.tan(math.radians(lat))) / (2 * math.pi)
        return int((lon + 180) / 360 * (1 << z)), int(y * (1 << z))

    def get(url: str) -> float:
        begun = time.monotonic()
        with urllib.request.urlopen(url, timeout=120) as answer:
            answer.read()
        return time.monotonic() - begun

    def visit(user: int) -> list[float]:
        chance, times = random.Random(user), []
        with ThreadPoolExecutor(6) as lines:
            for _ in range(8):
                z = chance.choice((11, 12, 13, 14, 15))
                x, y = at(chance.uniform(west, east), chance.uniform(south, north), z)
                urls = []
                for i in range(5):
                    for j in range(4):
                        place = f"{address}/bundle/{z}/{x + i}/{y + j}"
                        # As tianchou_tiles.js asks: crowded layers are painted up to zoom 12, others to 11.
                        painted = LAYERS if z < 12 else CROWDED if z == 12 else ()
                        drawn = [n for n in LAYERS if n not in painted]
                        urls += [f"{place}.png?s={','.join(painted)}&px=256&v=five"] if painted else []
                        urls += [f"{place}.mvt?s={','.join(drawn)}&v=five"] if drawn else []
                times += list(lines.map(get, urls))
                time.sleep(chance.uniform(0.5, 1.5))  # the visitor looks
        return times

    with ThreadPoolExecutor(5) as users:
        return [t for times in users.map(visit, range(5)) for t in times]


CROWDED = ("parcels", "farmland")
LAYERS = (*CROWDED, "context_lakes", "context_counties", "towns", "redline", "boundary")


def best_alternative(browser: Any, address: str, box: Box, rounds: int) -> None:
    """protomaps-leaflet over our tiles: no Streamlit around it, parcels only."""
    part("protomaps-leaflet 5.1.0 over the same tiles (a bare page, parcels only, no Streamlit)")
    west, south, east, north = box
    whole = [((west + east) / 2, (south + north) / 2)] * rounds
    spots = places(west, south, east, north, rounds)
    for name, zoom, views in (("whole zone", 10.0, whole), ("zoom 14", 14.0, spots)):
        taken, gaps, heaps = [], [], []
        for lon, lat in views:
            context = browser.new_context(viewport=b.SIZE)
            url = serve_peer(context, address, (zoom, lat, lon))
            page = context.new_page()
            begun = time.monotonic()
            page.goto(url)
            page.wait_for_function("!loading", timeout=300_000, polling=20)
            taken.append(time.monotonic() - begun)
            gaps.append(b.p95(b.pan_gaps(page, "#m")))
            heaps.append(b.heap_mb(page))
            context.close()
        say(f"open, {name}, server warm", b.median(taken), "s")
        say(f"pan: frame gaps, 95th percentile, {name}", b.median(gaps), "ms", digits=1)
        say(f"tab: JavaScript heap, {name}", b.median(heaps), "MB", digits=0)


def plain_folium(browser: Any, zone: Path, scratch: Path, many: int, rows: int) -> None:
    from geo.io.vector import read_layer

    part(f"plain folium, GeoJSON in the page, {many:,} of the {rows:,} parcels")
    path, built = folium_page(read_layer(zone / "DLTB.gpkg", "parcels").frame, scratch, rows=many)
    say("build the page", built, "s")
    say("size of the page", path.stat().st_size / 1e6, "MB", digits=1)
    drawn = "document.querySelector('canvas') && document.readyState === 'complete'"
    page, seconds = b.open_until(browser, path.as_uri(), drawn)
    say("open", seconds, "s")
    say("pan: frame gaps, 95th percentile", b.p95(b.pan_gaps(page, ".leaflet-container")), "ms", digits=1)
    say("tab: JavaScript heap", b.heap_mb(page), "MB", digits=0)
    page.context.close()


if __name__ == "__main__":
    main()
