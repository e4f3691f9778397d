"""THE WORKING STORE: a layer that was read once is kept as GeoParquet, found again by the content of its files.

    CACHE/tianchou/layers/<key>.parquet + <key>.json

The key is a hash of every byte of the layer's files, of what zone.toml says of it, and of the code that reads it: when
any of them changes the layer is read anew. What is kept has gone through the doors (house columns, personal fields
dropped, faults refused). Nothing depends on the store: what cannot be written or read is read from the files. It is
bounded; the oldest go first. TIANCHOU_CACHE names another folder than the user's cache; empty: nothing is kept.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sys
import threading
from collections.abc import Callable
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

from geo.finding import Finding
from geo.io.layer import Reading
from geo.zone import Source

# Smaller files are read as fast as they are found.
KEPT_FROM_BYTES = 16_000_000
MOST_BYTES = 4_000_000_000


def kept(path: Path, said: dict[str, Any], read: Callable[[], Reading]) -> Reading:
    """What ``read`` gives, from the store when the same files were read before. ``said``: all else that it depends on.

    Raises what ``read`` raises; a refused layer is never kept.
    """
    folder = store_folder()
    files = _files(path)
    if folder is None or not files or sum(f.stat().st_size for f in files) < KEPT_FROM_BYTES:
        return read()
    key = _key(files, said)
    held = folder / f"{key}.parquet"
    with contextlib.suppress(Exception):  # anything that is not as it was written is read anew
        return _from(held)
    reading = read()

    def write() -> None:
        with contextlib.suppress(OSError, TypeError, ValueError):
            _keep(reading, held)
            _bound(folder)

    with _lock:
        if _put_off is not None:
            _put_off.append(write)
            return reading
    write()
    return reading


_lock = threading.Lock()
_put_off: list[Callable[[], None]] | None = None


def put_off() -> None:
    """From now on what was read is not written at once: somebody is waiting for it. ``catch_up`` writes it."""
    global _put_off
    with _lock:
        _put_off = [] if _put_off is None else _put_off


def catch_up() -> None:
    """Write what was put off; from now on at once again."""
    global _put_off
    with _lock:
        waiting, _put_off = _put_off or [], None
    for write in waiting:
        write()


def store_folder() -> Path | None:
    """Where layers are kept: TIANCHOU_CACHE, else the user's cache folder; None when it is empty or there is none."""
    named = os.environ.get("TIANCHOU_CACHE")
    if named is not None:
        return Path(named) / "layers" if named.strip() else None
    if sys.platform == "win32":
        home = os.environ.get("LOCALAPPDATA", "")
    else:
        home = os.environ.get("XDG_CACHE_HOME", "") or (f"{os.environ['HOME']}/.cache" if "HOME" in os.environ else "")
    return Path(home) / "tianchou" / "layers" if home else None


def _files(path: Path) -> list[Path]:
    """All files of a layer: those with the same stem for a Shapefile, all of a folder for a FileGDB."""
    if path.is_dir():
        return sorted(p for p in path.rglob("*") if p.is_file())
    if path.suffix.lower() == ".shp":
        return sorted(p for p in path.parent.iterdir() if p.stem.lower() == path.stem.lower() and p.is_file())
    return [path] if path.is_file() else []


def _key(files: list[Path], said: dict[str, Any]) -> str:
    digest = hashlib.sha256(_code().encode())
    digest.update(json.dumps(said, sort_keys=True, default=str).encode())
    for file in files:
        digest.update(f"\0{file.name}\0{file.stat().st_size}\0".encode())
        with file.open("rb") as body:
            while chunk := body.read(1 << 20):
                digest.update(chunk)
    return digest.hexdigest()


@cache
def _code() -> str:
    """A hash of the code and tables that decide what a layer looks like after reading."""
    import geopandas
    import pandas

    digest = hashlib.sha256(f"{sys.version_info[:2]}{geopandas.__version__}{pandas.__version__}".encode())
    house = Path(__file__).parents[1]
    for room in ("io", "standards", "geometry"):
        for file in sorted((house / room).rglob("*")):
            if file.suffix in (".py", ".csv"):
                digest.update(file.read_bytes())
    return digest.hexdigest()


def _keep(reading: Reading, held: Path) -> None:
    held.parent.mkdir(parents=True, exist_ok=True)
    note = json.dumps(
        {"source": asdict(reading.source), "findings": [_plain(f) for f in reading.findings]}, ensure_ascii=False
    )
    for path, write in ((held, reading.frame.to_parquet), (held.with_suffix(".json"), _writer(note))):
        # Under a name of this process, then moved: two that read the same at once do not disturb one another.
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        write(draft)
        draft.replace(path)


def _writer(note: str) -> Callable[[Path], Any]:
    return lambda path: path.write_text(note, encoding="utf-8")


def _plain(finding: Finding) -> dict[str, Any]:
    return {name: getattr(finding, name) for name in finding.__slots__ if name != "values"} | {
        "values": dict(finding.values)
    }


def _from(held: Path) -> Reading:
    import geopandas as gpd

    note = json.loads(held.with_suffix(".json").read_text("utf-8"))
    source = Source(**note["source"])
    frame = gpd.read_parquet(held)
    if len(frame) != source.rows and not note["findings"]:
        raise ValueError("not all rows")
    os.utime(held)
    return Reading(frame, source, tuple(Finding(**f) for f in note["findings"]))


def _bound(folder: Path) -> None:
    """Takes out the layers that were not used for longest until the rest fits."""
    held = sorted(folder.glob("*.parquet"), key=lambda p: p.stat().st_mtime, reverse=True)
    total = 0
    for path in held:
        total += path.stat().st_size
        if total > MOST_BYTES:
            path.unlink()
            path.with_suffix(".json").unlink(missing_ok=True)
