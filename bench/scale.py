"""TWO MILLION PARCELS over parts on this machine: ``python -m bench.scale ZONE [--copies 7] [--folder DIR]``.

Copies of a zone, each moved north so that none touches another and every identifier its own, are put into one store;
the command ``tianchou conflicts|facts --cluster local:2`` runs over it, and in the middle of each study one of its two
workers is killed. Printed: seconds, the peak of all its processes together (proportional memory, sampled), whether what
was done before the kill was left alone, and whether the results equal the plain study on one copy row by row and, by
totals, on all of them. A copy's areas differ from the original's (the ellipsoid), so each copy is run plainly too.

With ``--folder`` everything is kept there, and the same command, started again, goes on where it was stopped.
"""

from __future__ import annotations

import argparse
import json
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import psutil

from geo.io.parts import PartStore, is_store, open_parts, write_parts
from geo.io.zone_folder import read_zone
from geo.study import conflicts, facts
from geo.zone import Zone

NORTH_M = 90_000.0  # farther than the zone is long
LAYERS = {"parcels": "parcel_id", "farmland": "farmland_id", "boundary": "boundary_id", "redline": "redline_id",
          "highstandard": "project_id"}  # fmt: skip
# A study, and its first round: the files that say that a part is done, its results, the layer whose parts they are.
STUDIES = {
    "conflicts": ("cut/*.json", "remainders", "farmland"),
    "facts": ("facts/*.parquet", "facts", "parcels"),
}
DAY = "2026-11-26"


class Watch(threading.Thread):
    """Peak of the proportional set size of a process and all its children, GB."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.process, self.peak, self.over = psutil.Process(pid), 0.0, threading.Event()

    def run(self) -> None:
        while not self.over.wait(2.0):
            total = 0
            for process in self.all():
                try:
                    total += process.memory_full_info().pss
                except psutil.Error:
                    continue
            self.peak = max(self.peak, total / 1e9)

    def all(self) -> list[psutil.Process]:
        try:
            return [self.process, *self.process.children(recursive=True)]
        except psutil.Error:
            return []

    def workers(self) -> list[psutil.Process]:
        """dask's workers, the busiest first."""
        found = []
        for process in self.all():
            try:
                if "spawn_main" in " ".join(process.cmdline()):
                    found.append((-process.cpu_times().user, process))
            except psutil.Error:
                continue
        return [process for _, process in sorted(found, key=lambda pair: pair[0])]

    def end(self) -> float:
        self.over.set()
        self.join()
        return self.peak


class Notes(dict[str, Any]):
    """What is measured so far, kept in a file after every change."""

    def __init__(self, path: Path) -> None:
        super().__init__(json.loads(path.read_text("utf-8")) if path.exists() else {})
        self.path = path

    def add(self, key: str, **figures: Any) -> None:
        """Seconds add up over starts, peaks do not."""
        held = self.setdefault(key, {})
        for name, value in figures.items():
            if name == "seconds":
                held[name] = held.get(name, 0.0) + value
            elif name == "gb":
                held[name] = max(held.get(name, 0.0), value)
            else:
                held[name] = value
        self.path.write_text(json.dumps(self, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def copy(zone: Zone, number: int) -> Zone:
    """The zone moved ``number`` times its length to the north, its identifiers with a prefix."""
    layers = {}
    for name, key in LAYERS.items():
        frame = zone.layer(name)
        moved = frame.set_geometry(frame.geometry.translate(0.0, number * NORTH_M))
        layers[name] = moved.assign(**{key: f"{number:02d}" + frame[key].astype(str)})
    return replace(zone, layers=layers, sources={})


def write_store(folder: Path, source: Path, count: int, notes: Notes) -> PartStore:
    """The store of all copies; one that was not finished is written anew."""
    if not is_store(folder):
        shutil.rmtree(folder, ignore_errors=True)
        watch, start = Watch(psutil.Process().pid), time.perf_counter()
        watch.start()
        zone = read_zone(source, layers=tuple(LAYERS))
        write_parts((copy(zone, number) for number in range(count)), folder)
        notes.add("store", seconds=time.perf_counter() - start, gb=watch.end())
    return open_parts(folder)


def run(study: str, store: PartStore, out: Path, notes: Notes, *, kill: bool) -> None:
    """The command over the store; in the middle of its first round one worker is killed."""
    if (out / f"{study}.json").exists():
        return
    marks, kind, layer = STUDIES[study]
    count, start = len(store.parts[layer]), time.perf_counter()
    command = [sys.executable, "-m", "geo.cli", study, str(store.folder), "--cluster", "local:2", "-o", str(out),
               "--on", DAY, "--json"]  # fmt: skip
    out.mkdir(parents=True, exist_ok=True)
    with (out / "log.txt").open("w", encoding="utf-8") as log:
        job = subprocess.Popen(command, stdout=log, stderr=log)
        watch = Watch(job.pid)
        watch.start()
        before: dict[str, int] = {}
        try:
            while job.poll() is None:
                time.sleep(1.0)
                results = [p.parents[1] / kind / f"{p.stem}.parquet" for p in out.glob(f"work-*/{marks}")]
                done = {p.name: p.stat().st_mtime_ns for p in results if p.exists()}
                if kill and not before and "killed" not in notes.get(study, {}) and count // 2 <= len(done) < count:
                    before = done
                    watch.workers()[0].send_signal(signal.SIGKILL)
                    notes.add(study, killed=f"after {len(done)} of {count} parts")
        finally:
            if job.poll() is None:
                job.terminate()
            job.wait()
            notes.add(study, seconds=time.perf_counter() - start, gb=watch.end())
    if job.returncode:
        raise SystemExit(f"{study}: exit {job.returncode}\n{(out / 'log.txt').read_text('utf-8')[-2000:]}")
    if before:
        kept = all((out / kind / name).stat().st_mtime_ns == when for name, when in before.items())
        notes.add(study, kept=kept)


def equal(left: pd.DataFrame, right: pd.DataFrame, keys: list[str]) -> float:
    """Largest relative difference of figures; raises when rows or texts differ."""
    a, b = (f.drop(columns="geometry", errors="ignore").sort_values(keys).reset_index(drop=True) for f in (left, right))
    worst = 0.0
    if len(a) != len(b):
        raise AssertionError(f"{len(a)} rows against {len(b)}")
    for name in b.columns:
        if b[name].dtype.kind == "f":
            x, y = a[name].to_numpy(dtype=float), b[name].to_numpy()
            there = np.isfinite(y)
            if not np.array_equal(np.isfinite(x), there):
                raise AssertionError(name)
            worst = max(worst, float((np.abs(x - y) / np.maximum(np.abs(y), 1.0))[there].max(initial=0.0)))
        elif a[name].tolist() != b[name].tolist():
            raise AssertionError(name)
    return worst


def _undirected(pairs: pd.DataFrame) -> pd.DataFrame:
    ends = np.sort(pairs[["left", "right"]].to_numpy(dtype=str), axis=1)
    return pd.DataFrame({"left": ends[:, 0], "right": ends[:, 1], "border_m": pairs["border_m"].to_numpy()})


def _rows(folder: Path, key: str, prefix: str) -> pd.DataFrame:
    """The rows of one copy from the files of all parts, without geometry."""
    frames = []
    for path in sorted(folder.glob("*.parquet")):
        frame = pd.read_parquet(path)
        frames.append(frame[frame[key].astype(str).str.startswith(prefix)].drop(columns="geometry", errors="ignore"))
    return pd.concat(frames, ignore_index=True)


def _layer(path: Path, layer: str, key: str, prefix: str) -> pd.DataFrame:
    frame = pd.DataFrame(gpd.read_file(path, layer=layer, engine="pyogrio", use_arrow=True).drop(columns="geometry"))
    return frame[frame[key].str.startswith(prefix)]


def compare(folder: Path, zone: Zone, number: int, whole: bool) -> dict[str, Any]:
    """One copy by the plain studies: its figures, and with ``whole`` every row against that of the parts."""
    one, prefix = copy(zone, number), f"{number:02d}"
    found = conflicts.run(one, conflicts.SPEC.values({"on": DAY}))
    mine = facts.run(one, facts.SPEC.values({"on": DAY}))
    told = {"conflicts": conflicts.summary(found), "facts": facts.summary(mine)}
    if not whole:
        return told
    at, there = folder / "conflicts", found.conflicts
    tables = {
        "pieces": (_rows(at / "pieces", "farmland_id", prefix), there.pieces, ["farmland_id", "against", "against_id"]),
        "inside": (_rows(at / "inside", "farmland_id", prefix), there.inside, ["farmland_id"]),
        "remainders": (_rows(at / "remainders", "farmland_id", prefix), there.remainders, ["farmland_id"]),
        "fragments": (_layer(at / "fragments.gpkg", "fragments", "block_id", prefix), found.fragments.blocks,
                      ["block_id"]),
        "members": (_layer(at / "fragments.gpkg", "members", "farmland_id", prefix), found.fragments.members,
                    ["farmland_id"]),
        "facts": (_rows(folder / "facts" / "facts", "parcel_id", prefix), mine.facts, ["parcel_id"]),
        "borders": (_undirected(_rows(folder / "facts" / "borders", "left", prefix)), _undirected(mine.borders),
                    ["left", "right"]),
    }  # fmt: skip
    rows = {name: {"rows": len(plain), "worst": equal(got, plain, keys)} for name, (got, plain, keys) in tables.items()}
    return {**told, "rows": rows}


def numbers(told: dict[str, Any]) -> Iterator[tuple[str, float]]:
    """The figures of both studies that add up over places."""
    told_conflicts, told_facts = told["conflicts"], told["facts"]
    yield from ((f"facts {name}", told_facts[name]) for name in ("parcels", "pairs"))
    yield from ((f"facts {name}", value) for name, value in told_facts["sums"].items())
    yield from ((name, told_conflicts[name]) for name in ("farmland_parcels", "farmland_net_m2"))
    for line, row in told_conflicts["lines"].items():
        yield from ((f"{line} {name}", value) for name, value in row.items())
    yield from ((f"fragments {name}", value) for name, value in told_conflicts["fragments"].items())
    for row in told_conflicts["sensitivity"]:
        for name in ("blocks", "area_m2", "net_area_m2"):
            yield f"gap {row['gap_m']:g} m, limit {row['threshold_m2']:.0f} m²: {name}", row[name]
    yield from ((f"blocks {name}", told_conflicts["indices"][name]) for name in ("patches", "area_m2"))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("zone", type=Path)
    parser.add_argument("--copies", type=int, default=7)
    parser.add_argument("--kill", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--folder", type=Path, help="keep everything here; a second start goes on")
    args = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    folder = args.folder or Path(tempfile.mkdtemp(prefix="tianchou-scale-"))
    folder.mkdir(parents=True, exist_ok=True)
    try:
        return measure(folder, args, lambda text: print(text, flush=True))
    finally:
        if not args.folder:
            shutil.rmtree(folder, ignore_errors=True)


def measure(folder: Path, args: argparse.Namespace, tell: Callable[[str], None]) -> int:
    notes = Notes(folder / "notes.json")
    store = write_store(folder / "store", args.zone, args.copies, notes)
    size = sum(p.stat().st_size for p in (folder / "store").rglob("*.parquet")) / 1e6
    held = ", ".join(f"{name} {store.rows(name):,} in {len(store.parts[name])} parts" for name in LAYERS)
    tell(
        f"store: {held}; {size:.0f} MB, {notes['store']['seconds']:.0f} s to write, peak {notes['store']['gb']:.1f} GB"
    )
    for study in STUDIES:
        run(study, store, folder / study, notes, kill=args.kill)
        n = notes[study]
        kill = f"a worker killed {n['killed']}, what was done left alone: {n.get('kept', '?')}" if args.kill else ""
        tell(f"{study}: {n['seconds']:.0f} s, peak of all processes {n['gb']:.1f} GB; {kill}")
    zone = read_zone(args.zone, layers=tuple(LAYERS))
    plain = []
    for number in range(args.copies):
        if f"plain {number}" not in notes:
            watch, start = Watch(psutil.Process().pid), time.perf_counter()
            watch.start()
            told = compare(folder, zone, number, whole=number == args.copies // 2)
            notes.add(f"plain {number}", seconds=time.perf_counter() - start, gb=watch.end(), told=told)
        plain.append(notes[f"plain {number}"]["told"])
    rows = plain[args.copies // 2]["rows"]
    tell("one copy against the plain studies, row by row: " + ", ".join(f"{k} {v['rows']:,}" for k, v in rows.items())
         + f"; largest relative difference {max(v['worst'] for v in rows.values()):.1e}")  # fmt: skip
    got = {s: json.loads((folder / s / f"{s}.json").read_text("utf-8"))["results"] for s in STUDIES}
    sums: dict[str, float] = {}
    for told in plain:
        for name, value in numbers(told):
            sums[name] = sums.get(name, 0.0) + value
    mine = dict(numbers(got))
    off = {n: abs(mine[n] - v) / max(abs(v), 1.0) for n, v in sums.items()}
    worst = max(off, key=lambda n: off[n])
    tell(f"{len(sums)} totals of all copies; largest relative difference {off[worst]:.1e} ({worst})")
    return int(off[worst] > 1e-9 or mine.keys() != sums.keys())


if __name__ == "__main__":
    sys.exit(main())
