"""TWO MILLION PARCELS over parts on this machine: ``python -m bench.scale ZONE [--copies 7] [--kill]``.

Copies of a zone, each moved north so that none touches another and every identifier its own, are put into one store;
``conflicts`` and ``facts`` run over it on two workers, one of which is killed on the way. Printed: seconds, the peak of
all processes together (proportional memory, sampled), and whether the results equal the plain run on one copy row by
row and, by totals, that of all copies. A copy's areas differ from the original's (the ellipsoid), so every copy that is
compared is run plainly too.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import psutil

from geo.io.parts import PartStore, write_parts
from geo.io.zone_folder import read_zone
from geo.measure.conflicts import farmland_conflicts
from geo.measure.fragmentation import fragmented
from geo.scale.cluster import open_engine
from geo.scale.conflicts import conflicts_in_parts
from geo.scale.facts import facts_in_parts
from geo.study import facts
from geo.zone import Zone

NORTH_M = 90_000.0  # farther than the zone is long
LIMITS = {"threshold_m2": 10_000 / 3, "gap_m": 8.0, "min_patch_m2": 200.0}
LAYERS = ("parcels", "farmland", "boundary", "redline", "highstandard")


class Memory(threading.Thread):
    """Peak of the proportional set size of this process and all its children, GB."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.peak, self.over = 0.0, threading.Event()

    def run(self) -> None:
        me = psutil.Process()
        while not self.over.wait(0.25):
            total = 0
            for process in [me, *me.children(recursive=True)]:
                try:
                    total += process.memory_full_info().pss
                except psutil.Error:
                    continue
            self.peak = max(self.peak, total / 1e9)


def copy(zone: Zone, number: int) -> Zone:
    """The zone moved ``number`` times its length to the north, its identifiers with a prefix."""
    layers = {}
    for name in LAYERS:
        frame = zone.layer(name)
        key = {"parcels": "parcel_id", "farmland": "farmland_id", "boundary": "boundary_id", "redline": "redline_id",
               "highstandard": "project_id"}[name]  # fmt: skip
        moved = frame.set_geometry(frame.geometry.translate(0.0, number * NORTH_M))
        layers[name] = moved.assign(**{key: f"{number:02d}" + frame[key].astype(str)})
    return replace(zone, layers=layers, sources={})


def copies(zone: Zone, count: int) -> Iterator[Zone]:
    for number in range(count):
        yield copy(zone, number)


def equal(left: pd.DataFrame, right: pd.DataFrame, keys: list[str]) -> float:
    """Largest relative difference of figures; raises when rows or texts differ."""
    a, b = (f.drop(columns="geometry", errors="ignore").sort_values(keys).reset_index(drop=True) for f in (left, right))
    worst = 0.0
    if len(a) != len(b):
        raise AssertionError(f"{len(a)} rows against {len(b)}")
    for name in b.columns:
        if b[name].dtype.kind == "f":
            x, y = a[name].to_numpy(), b[name].to_numpy()
            there = np.isfinite(y)
            if not np.array_equal(np.isfinite(x), there):
                raise AssertionError(name)
            worst = max(worst, float((np.abs(x - y) / np.maximum(np.abs(y), 1.0))[there].max(initial=0.0)))
        elif a[name].tolist() != b[name].tolist():
            raise AssertionError(name)
    return worst


def run(store: PartStore, work: Path, kill: bool) -> dict[str, Any]:
    """Both studies on two workers; the first worker is killed in the middle of the first round."""
    out: dict[str, Any] = {"killed": ""}
    memory = Memory()
    memory.start()
    with open_engine("local:2", memory_gb=3.4) as engine:

        def step(name: str, done: int, count: int) -> bool:
            if kill and name == "cut" and done >= count // 2 and not out["killed"]:
                pids = engine.client.run(os.getpid)
                out["killed"] = f"after {done} of {count} parts of round 1"
                os.kill(next(iter(pids.values())), signal.SIGKILL)
            return True

        start = time.perf_counter()
        out["conflicts"] = conflicts_in_parts(
            store, work / "conflicts", engine, gaps_m=(0.0, 20.0), **LIMITS, step=step
        )
        out["conflicts_s"] = time.perf_counter() - start
        start = time.perf_counter()
        out["facts"] = facts_in_parts(store, work / "facts", engine, classes=facts.classes(facts.SPEC.values({})))
        out["facts_s"] = time.perf_counter() - start
    memory.over.set()
    memory.join()
    out["peak_gb"] = memory.peak
    return out


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("zone", type=Path)
    parser.add_argument("--copies", type=int, default=7)
    parser.add_argument("--kill", action=argparse.BooleanOptionalAction, default=True)
    args = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="tianchou-scale-"))
    try:
        zone = read_zone(args.zone)
        start = time.perf_counter()
        store = write_parts(copies(zone, args.copies), folder / "store")
        size = sum(p.stat().st_size for p in (folder / "store").rglob("*.parquet")) / 1e6
        rows = {name: store.rows(name) for name in LAYERS}
        print(f"store: {rows}, {size:.0f} MB, {time.perf_counter() - start:.0f} s to write", flush=True)
        one, several = copy(zone, args.copies // 2), args.copies
        del zone
        got = run(store, folder / "work", args.kill)
        print(f"conflicts and 零星 {got['conflicts_s']:.0f} s, facts {got['facts_s']:.0f} s, peak of all processes "
              f"{got['peak_gb']:.1f} GB; worker killed: {got['killed'] or 'no'}", flush=True)  # fmt: skip
        prefix = f"{several // 2:02d}"
        scaled = got["conflicts"]
        plain = farmland_conflicts(one)
        pieces = pd.concat([_of(p, prefix) for p in scaled.pieces], ignore_index=True)
        worst = [equal(pieces, plain.pieces, ["farmland_id", "against", "against_id"])]
        found = fragmented(one, plain, **LIMITS)
        worst.append(equal(scaled.blocks[scaled.blocks["block_id"].str.startswith(prefix)], found.blocks, ["block_id"]))
        mine = facts.run(one, facts.SPEC.values({}))
        rows_of = pd.concat([pd.read_parquet(p) for p in got["facts"].facts], ignore_index=True)
        worst.append(equal(rows_of[rows_of["parcel_id"].str.startswith(prefix)], mine.facts, ["parcel_id"]))
        print(f"one copy against the plain run, row by row: {len(pieces):,} pieces, {len(found.blocks):,} fragments, "
              f"{len(mine.facts):,} parcels; largest relative difference {max(worst):.1e}")  # fmt: skip
        parcels = scaled.totals.groupby("against")["parcels"].sum()
        base = plain.totals.groupby("against")["parcels"].sum() * several
        print("totals of all copies, parcels by line:", "equal" if parcels.equals(base) else f"{parcels} {base}")
        print(f"fragments: {len(scaled.blocks):,} = {several} × {len(found.blocks):,}:",
              len(scaled.blocks) == several * len(found.blocks))  # fmt: skip
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 0


def _of(path: Path, prefix: str) -> pd.DataFrame:
    frame = gpd.read_parquet(path)
    return frame[frame["farmland_id"].str.startswith(prefix)]


if __name__ == "__main__":
    sys.exit(main())
