"""ONE TABLE: each hot path by us, geopandas, DuckDB spatial, SedonaDB, PostGIS and the field's own tool for it.

    python -m bench.speed [--parcels 50000 200000 500000] [--works areas …] [--ways geo …] [--records FILE] [--write]

Every measurement is a process of its own on the same layers (``bench._layers``, from a seed): processor seconds of all
its threads (for PostGIS also of the server's session), the least of four runs, fewer once half a minute is spent (the
first also compiles and asks for memory), and the peak of its memory beyond what the layers take. Answers are told and
compared: a way that makes something else is marked.
``--records`` keeps the measurements, one JSON a line, and does not repeat those it holds. ``--write`` puts the table
into docs/benchmarks.md with machine and date, after every measurement: a run that is stopped keeps its rows.
``--run NAME`` marks a later run: it measures ours again, and its ratios are to its own. PostGIS
needs its server programs, DuckDB the package ``duckdb-extension-spatial`` (or its extension installed); a way that
cannot run says why.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import threading
import time
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from bench._ways import SAMPLES, WORKS

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "benchmarks.md"
BEGIN, END = "<!-- table: python -m bench.speed --write -->", "<!-- end of table -->"
LAYERS = ("parcels", "urban", "redline", "farmland")
# A way that makes something a little else, and why; all others must agree to 1e-9.
LOOSE = {
    ("blocks", "buffer+union"): 1e-2,  # round caps made of straight pieces
    ("borders", "momepy"): 1e-3,  # lengths on the map, outer walls not of the ellipsoid
    ("areas", "pyproj.Geod"): 1e-9,
    ("shares", "exactextract"): 1e-7,  # shares told in single precision
}


class _Here(Exception):
    """To be measured in this process."""


def one(work: str, way: str, folder: Path) -> dict[str, Any]:
    """Measures one way in this process."""
    import geopandas as gpd

    return timed(work, way, {name: gpd.read_parquet(folder / f"{name}.parquet") for name in LAYERS})


def timed(work: str, way: str, layers: dict[str, Any]) -> dict[str, Any]:
    """Measures one way on layers in memory."""
    todo = WORKS[work][1][way](layers)
    server = getattr(todo, "server", None)
    base = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    server_base, server_peak, over = (server.memory() if server else 0.0), [0.0], threading.Event()

    def watch() -> None:
        while server and not over.wait(0.2):
            server_peak[0] = max(server_peak[0], server.memory())

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    best, spent, told = float("inf"), 0.0, (0.0, 0.0)
    for _ in range(4):
        start, there = time.process_time(), server.seconds() if server else 0.0
        told = todo()
        used = time.process_time() - start + ((server.seconds() - there) if server else 0.0)
        best, spent = min(best, used), spent + used
        if spent > 30.0:
            break
    over.set()
    watcher.join()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - base + max(0.0, server_peak[0] - server_base)
    if hasattr(todo, "told"):
        told = todo.told()
    if server:
        server.close()
    count = len(layers["parcels"])
    scale = count / min(count, SAMPLES[way]) if way in SAMPLES else 1.0
    return {"cpu": best * scale, "gb": max(0.0, peak) / 1e9, "told": told, "scaled": scale > 1}


def measure(arguments: argparse.Namespace, records: list[dict[str, Any]]) -> None:
    """Measures what ``records`` does not hold yet; each in a process of its own."""
    done = {(r["work"], r["way"], r["parcels"]) for r in records if r.get("run", "") == arguments.run}
    for parcels in arguments.parcels:
        with tempfile.TemporaryDirectory(prefix="tianchou-bench-") as name:
            folder = Path(name)
            todo = [
                (work, way)
                for work in arguments.works or WORKS
                for way in WORKS[work][1]
                if (not arguments.ways or way in arguments.ways) and (work, way, parcels) not in done
            ]
            given = {}
            if todo:
                from bench._layers import layers

                given = layers(parcels)
                for layer, frame in ({} if arguments.together else given).items():
                    frame.to_parquet(folder / f"{layer}.parquet")
            for work, way in todo:
                command = [sys.executable, "-m", "bench.speed", "--one", work, way, name]
                try:
                    if arguments.together:
                        raise _Here
                    run = subprocess.run(
                        command, cwd=ROOT, capture_output=True, text=True, timeout=arguments.patience, check=False
                    )
                    last = run.stdout.strip().splitlines()[-1:] or [""]
                    told = json.loads(last[0]) if run.returncode == 0 else {"fault": run.stderr.strip()[-300:]}
                except _Here:
                    try:
                        told = timed(work, way, given)
                    except Exception as fault:  # a peer that is not there
                        told = {"fault": repr(fault)[-300:]}
                except subprocess.TimeoutExpired:
                    told = {"fault": f"longer than {arguments.patience} s"}
                record = {"work": work, "way": way, "parcels": parcels, **told}
                if arguments.run:
                    record["run"] = arguments.run
                records.append(record)
                if arguments.records:
                    with arguments.records.open("a", encoding="utf-8") as out:
                        out.write(json.dumps(record) + "\n")
                if arguments.write:
                    write(records)
                print(f"{parcels:>8,} {work:<9} {way:<13} {_told(record)}", flush=True)


def _told(record: dict[str, Any]) -> str:
    if "fault" in record:
        return record["fault"].splitlines()[-1] if record["fault"] else "no answer"
    return f"{record['cpu']:9.2f} cpu s {record['gb']:6.2f} GB  {record['told']}"


def _differs(record: dict[str, Any], ours: dict[str, Any]) -> str:
    """A mark when the answer is not ours, by the figures that both tell."""
    worst = 0.0
    for mine, theirs in zip(ours["told"], record["told"], strict=True):
        if mine == mine and theirs == theirs and record["way"] != "rasterstats":  # NaN: not told
            worst = max(worst, abs(mine - theirs) / max(abs(mine), 1e-300))
    return "" if worst <= LOOSE.get((record["work"], record["way"]), 1e-9) else " ≠"


def table(records: list[dict[str, Any]]) -> str:
    """The measurements as a Markdown table: a row a way, a pair of columns a size."""
    sizes = sorted({r["parcels"] for r in records})
    at: dict[tuple[str, str, int], dict[str, Any]] = {}
    ours_in, cost = {}, {}
    for r in records:
        cost[r["work"], r["way"], r["parcels"], r.get("run", "")] = r.get("cpu")
        at.setdefault((r["work"], r["way"], r["parcels"]), r)
        if r["way"] == "geo":
            ours_in[r["work"], r["parcels"], r.get("run", "")] = r
    head = "| | " + " | ".join(f"{n:,} cpu s | × | GB" for n in sizes) + " | growth |"
    lines = [head, "|---|" + "---:|---:|---:|" * len(sizes) + "---:|"]
    for work, (title, ways) in WORKS.items():
        rows = []
        for way in ways:
            cells, known = [], []
            for n in sizes:
                record = at.get((work, way, n))
                # A ratio is always to ours of the same run.
                run = (record or {}).get("run", "")
                ours = ours_in.get((work, n, run))
                if record is None or "cpu" not in record:
                    cells += ["–" if record is None else "✗", "", ""]
                    continue
                known.append((n, record["cpu"]))
                mark = _differs(record, ours) if ours and "cpu" in ours else ""
                ratio = f"{record['cpu'] / ours['cpu']:.1f}" if ours and "cpu" in ours and way != "geo" else ""
                scaled = (" *" if record.get("scaled") else "") + (" ‡" if run else "")
                cells += [f"{record['cpu']:.2f}{scaled}{mark}", ratio, f"{record['gb']:.2f}"]
            growth = ""
            if len(known) > 1:
                run = at[work, way, known[-1][0]].get("run", "")
                growth = f"{known[-1][1] / (cost.get((work, way, known[0][0], run)) or known[0][1]):.1f}"
            name = f"**{way}**" if way == "geo" else way
            if any(cell not in ("–", "") for cell in cells):
                rows.append(f"| {name} | " + " | ".join(cells) + f" | {growth} |")
        if rows:
            lines += [f"| *{title}* |" + " |" * (3 * len(sizes) + 1), *rows]
    return "\n".join(lines)


def machine() -> str:
    """Processor, cores, memory, day, versions."""
    model = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        model = next((x.split(":")[1].strip() for x in info.read_text().splitlines() if "model name" in x), model)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9 if hasattr(os, "sysconf") else 0.0
    named = []
    for package in ("geopandas", "shapely", "numba", "duckdb", "sedonadb", "libpysal", "momepy", "exactextract"):
        try:
            named.append(f"{package} {metadata.version(package)}")
        except metadata.PackageNotFoundError:
            continue
    day = datetime.now(UTC).date().isoformat()
    return f"{day}; {model}, {os.cpu_count()} cores, {memory:.0f} GB; Python {platform.python_version()}, " + ", ".join(
        named
    )


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.speed", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--parcels", type=int, nargs="+", default=[50_000, 200_000, 500_000])
    parser.add_argument("--works", nargs="+", choices=list(WORKS), default=[])
    parser.add_argument("--ways", nargs="+", default=[])
    parser.add_argument("--patience", type=int, default=1800, help="seconds after which a way is given up")
    parser.add_argument("--together", action="store_true", help="all in one process: quicker, no figure of memory")
    parser.add_argument("--records", type=Path)
    parser.add_argument("--run", default="", help="name of a later run, told apart in --records")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--tell", action="store_true", help="only the table of what --records holds")
    parser.add_argument("--one", nargs=3, metavar=("WORK", "WAY", "FOLDER"), help=argparse.SUPPRESS)
    chosen = parser.parse_args(arguments)
    if chosen.one:
        print(json.dumps(one(chosen.one[0], chosen.one[1], Path(chosen.one[2]))))
        return 0
    records: list[dict[str, Any]] = []
    if chosen.records and chosen.records.exists():
        records = [json.loads(line) for line in chosen.records.read_text("utf-8").splitlines()]
    if not chosen.tell:
        measure(chosen, records)
    print(machine())
    print(table(records))
    if chosen.write:
        write(records)
    return 0


def write(records: list[dict[str, Any]]) -> None:
    """Puts the table of what is measured so far into the page."""
    before, _, rest = PAGE.read_text("utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    PAGE.write_text(f"{before}{BEGIN}\n\n{machine()}\n\n{table(records)}\n\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
