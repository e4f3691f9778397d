"""A project from its boundary TXT to the folder of its deliverables: the shares of reading, cutting, planning, writing.

    python -m bench.project [--zone data/shapefiles] [--names own road park canal] [--cold] [--peer]

Each footprint runs in a process of its own, as the command does (imports included), and must stay below 60 s on a
machine that does nothing else (processor seconds stand beside, for one that does). The four footprints: the zone's
own, a 35 km road of 60 m through the counties, a 3 km² park, a canal in two phases (``geo.sample.footprints``).
Layers read before come from the working store (``geo.io.store``), as on any but the first day; ``--cold``: without it.
``--peer``: the cutting alone against ``geopandas.overlay`` on the same layers.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

KINDS = {"own": "国道", "road": "国家高速", "park": "产业园区", "canal": "水利"}
LIMIT_S = 60.0
SHARES = ("read", "cut", "judge", "plan", "write")


def made_footprints(zone_folder: Path, folder: Path) -> dict[str, Path]:
    """The boundary TXT of each footprint."""
    from geo.io.zone_folder import read_zone
    from geo.sample.footprints import write_footprints

    zone = read_zone(zone_folder, layers=("towns", "farmland"))
    return {"own": zone_folder / "project_boundary.txt", **write_footprints(zone, folder)}


def one(name: str, path: Path, zone_folder: Path, folder: Path, *, cold: bool) -> dict[str, Any]:
    """One run of the command: wall seconds in all and by part, what came out."""
    out = folder / f"out-{name}"
    command = [sys.executable, "-m", "geo.cli", "project", str(path), "--zone", str(zone_folder), "-o", str(out)]
    begun, spent = time.monotonic(), _children_s()
    ran = subprocess.run(
        [*command, "--type", KINDS[name], "--on", "2026-01-01", "--json"], capture_output=True, text=True, check=False,
        env={**os.environ, **({"TIANCHOU_CACHE": ""} if cold else {})},
    )  # fmt: skip
    wall, cpu = time.monotonic() - begun, _children_s() - spent
    if ran.returncode == 2 or not ran.stdout:
        raise SystemExit(f"{name}: {ran.stderr[-2000:]}")
    told = json.loads(ran.stdout)
    kept = json.loads((out / "project.json").read_text("utf-8"))
    return {
        "name": name,
        "wall": wall,
        "cpu": cpu,
        "seconds": {**told["seconds"], **kept["seconds"]},
        "status": told["status"],
        "files": len(told["files"]),
        "gap": max((r["gap"] for r in told["tables"]["proof"]), default=0.0),
        "pieces": sum(r["parcels"] for r in told["tables"]["totals"] if r["by"] == "county"),
    }


def _children_s() -> float:
    """Processor seconds of the processes started so far: what the clock says less the load of others."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def peer(path: Path, zone_folder: Path) -> tuple[float, float]:
    """Processor seconds of our cut (with remainders and closing) and of geopandas.overlay (pieces only)."""
    import geopandas as gpd

    from geo.io.zone_folder import read_zone
    from geo.study.project_intake import read_footprint
    from geo.study.project_occupation import occupation

    zone, plots = read_zone(zone_folder, layers=("parcels",)), read_footprint(path)
    begun = time.process_time()
    occupation(zone, plots)
    ours = time.process_time() - begun
    begun = time.process_time()
    gpd.overlay(
        zone.layer("parcels")[["parcel_id", "geometry"]], plots[["plot_no", "geometry"]], how="intersection",
        make_valid=True,
    )  # fmt: skip
    return ours, time.process_time() - begun


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--zone", type=Path, default=Path("data/shapefiles"))
    parser.add_argument("--names", nargs="+", default=list(KINDS), choices=list(KINDS))
    parser.add_argument("--cold", action="store_true")
    parser.add_argument("--peer", action="store_true")
    args = parser.parse_args()
    slow = 0
    with tempfile.TemporaryDirectory(prefix="tianchou-bench-") as scratch:
        folder = Path(scratch)
        paths = made_footprints(args.zone, folder / "footprints")
        print(
            f"{'project':8} {'wall s':>7} {'cpu s':>7}  "
            + " ".join(f"{s:>12}" for s in SHARES)
            + "  pieces  status      worst gap"
        )
        for name in args.names:
            row = one(name, paths[name], args.zone, folder, cold=args.cold)
            parts = row["seconds"]
            shares = " ".join(f"{parts.get(s, 0):5.1f} {parts.get(s, 0) / row['wall']:5.0%} " for s in SHARES)
            told = f"{row['pieces']:7,}  {row['status']:10}  {row['gap']:.4%}"
            print(f"{name:8} {row['wall']:7.1f} {row['cpu']:7.1f}  {shares} {told}", flush=True)
            slow += row["wall"] > LIMIT_S
            if args.peer:
                ours, theirs = peer(paths[name], args.zone)
                print(f"{'':8} cutting {ours:.2f} cpu s, geopandas.overlay {theirs:.2f}: {theirs / ours:.2f} times")
    return int(slow > 0)


if __name__ == "__main__":
    sys.exit(main())
