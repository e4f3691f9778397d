"""Study ``sample``: an invented zone in the official schema (示例数据，非真实地块), for learning and tests."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from geo.study.conflicts import teller
from geo.study.spec import Progress


def run(folder: Path, *, extent: str, seed: int, progress: Progress | None = None) -> dict[str, Any]:
    """Make and write the sample zone. Returns its counts. Raises InputProblem when DIR cannot be written."""
    from geo.errors import InputProblem
    from geo.finding import Finding
    from geo.sample import make_zone, write_zone

    tell = teller(progress)
    tell(0.02, "生成水网、圩田与村镇", "Making water, polders and towns")
    sample = make_zone(extent=extent, seed=seed)
    tell(0.8, "写出图层", "Writing layers")
    try:
        files = write_zone(sample, folder)
    except OSError as fault:
        raise InputProblem([Finding("IO118", "error", str(folder), measured=str(fault))]) from None
    return {
        "folder": str(folder),
        "extent": extent,
        "seed": seed,
        "synthetic": True,
        "layers": {name: len(frame) for name, frame in sample.layers.items()},
        "files": sorted(str(f) for f in files),
    }


def lines(summary: Mapping[str, Any], lang: str) -> list[Any]:
    """What the terminal shows."""
    head = (
        f"示例数据（非真实地块）已写入 {summary['folder']}，种子 {summary['seed']}"
        if lang == "zh"
        else f"Sample data (not real parcels) written to {summary['folder']}, seed {summary['seed']}"
    )
    return [head, *(f"  {name}: {count:,}" for name, count in summary["layers"].items())]
