"""The morning of a county office: one zone read, its conflicts, fragments and candidate facts, step by step.

    python -m bench.county ZONE

Processor seconds and seconds of each step in one process, and the peak of its memory: what docs/benchmarks.md plans a
province from. The second reading finds the layers in the working store (a folder of its own here, removed after).
"""

from __future__ import annotations

import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

LAYERS = ("parcels", "farmland", "boundary", "redline", "highstandard")
LIMITS = {"threshold_m2": 10_000 / 3, "gap_m": 8.0, "min_patch_m2": 200.0}


def step(name: str, work: Callable[[], Any]) -> Any:
    cpu, clock = time.process_time(), time.perf_counter()
    made = work()
    print(f"{name:<34} {time.process_time() - cpu:8.1f} cpu s {time.perf_counter() - clock:8.1f} s", flush=True)
    return made


def main(arguments: list[str]) -> None:
    folder = Path(arguments[0])
    with tempfile.TemporaryDirectory(prefix="tianchou-store-") as store:
        os.environ["TIANCHOU_CACHE"] = store
        from geo.io.zone_folder import read_zone
        from geo.measure.conflicts import farmland_conflicts
        from geo.measure.fragmentation import fragmented
        from geo.study import facts

        zone = step("read from the official files", lambda: read_zone(folder, layers=LAYERS))
        zone = step("read from the working store", lambda: read_zone(folder, layers=LAYERS))
        found = step("conflicts", lambda: farmland_conflicts(zone))
        step("零星 / fragments", lambda: fragmented(zone, found, **LIMITS))
        made = step("candidate facts", lambda: facts.run(zone, facts.SPEC.values({})))
    sizes = ", ".join(f"{name} {len(frame):,}" for name, frame in zone.layers.items())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"{sizes}; {len(made.facts):,} rows of facts; peak {peak:.1f} GB")


if __name__ == "__main__":
    main(sys.argv[1:])
