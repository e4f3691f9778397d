"""A STORE IN PARTS: the layers of one zone or of many as GeoParquet files of a bounded size, near rows in one file.

    STORE/store.json            what it holds: zones, layers, parts with rows, frames and hashes
    STORE/<layer>/0001.parquet  house columns, EPSG:4528, and ``row``, the row's number in the whole layer

Rows of a zone are laid along a Hilbert curve, so a part is a patch of land and its neighbours are few. A part is
written under another name and renamed; the list of parts is written last, so a store is whole or it is none.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from geo.errors import InputProblem
from geo.finding import Finding
from geo.standards.schema import schema
from geo.zone import Zone

if TYPE_CHECKING:
    import geopandas as gpd

VERSION = 1
LIST = "store.json"
# Rows of a part: small enough that a worker holds a part, its neighbours and its results in a fraction of a GB.
ROWS_PER_PART = 50_000


@dataclass(frozen=True, slots=True)
class Part:
    """One file of a layer: its rows are numbered from ``first``; ``bounds`` is the frame of all of them (EPSG:4528)."""

    layer: str
    file: str
    first: int
    rows: int
    bounds: tuple[float, float, float, float]
    sha256: str


@dataclass(frozen=True, slots=True)
class PartStore:
    """The parts of a store by layer; ``about`` tells name, name_en, survey_year, synthetic, sources."""

    folder: Path
    about: Mapping[str, Any]
    parts: Mapping[str, tuple[Part, ...]]

    def has(self, layer: str) -> bool:
        return layer in self.parts

    def rows(self, layer: str) -> int:
        return sum(p.rows for p in self.parts.get(layer, ()))

    def key(self) -> str:
        """A hash of everything that the store holds."""
        body = json.dumps([self.about, [[asdict(p) for p in ps] for ps in self.parts.values()]], sort_keys=True)
        return hashlib.sha256(body.encode()).hexdigest()

    def read(self, part: Part, *, columns: Sequence[str] | None = None, bounds: Any = None) -> gpd.GeoDataFrame:
        """The rows of a part, those whose frames meet ``bounds`` when given. ``row`` and geometry always come along.

        Raises InputProblem (SC101) when the file is gone or is not the one that the list speaks of.
        """
        import geopandas as gpd

        wanted = None if columns is None else list(dict.fromkeys(["row", *columns, "geometry"]))
        try:
            frame = gpd.read_parquet(
                self.folder / part.file, columns=wanted, bbox=None if bounds is None else tuple(map(float, bounds))
            )
        except (OSError, ValueError) as fault:
            raise InputProblem([Finding("SC101", "error", part.file, measured=str(fault))]) from None
        if bounds is None and len(frame) != part.rows:
            raise InputProblem([Finding("SC101", "error", part.file, measured=len(frame), limit=part.rows)])
        return frame.drop(columns="bbox", errors="ignore").reset_index(drop=True)

    def touching(self, layer: str, bounds: Any, *, columns: Sequence[str] | None = None) -> gpd.GeoDataFrame:
        """All rows of a layer whose frames meet ``bounds`` (west, south, east, north), in the order of ``row``."""
        import geopandas as gpd
        import pandas as pd

        west, south, east, north = bounds
        near = [
            p for p in self.parts[layer]
            if p.bounds[0] <= east and p.bounds[2] >= west and p.bounds[1] <= north and p.bounds[3] >= south
        ]  # fmt: skip
        frames = [self.read(p, columns=columns, bounds=bounds) for p in near]
        frames = [f for f in frames if len(f)]
        if not frames:
            first = self.parts[layer][0]
            return self.read(first, columns=columns).iloc[:0]
        whole = pd.concat(frames, ignore_index=True) if len(frames) > 1 else frames[0]
        return gpd.GeoDataFrame(whole.sort_values("row").reset_index(drop=True), geometry="geometry", crs=4528)

    def whole(self, layer: str, *, columns: Sequence[str] | None = None) -> gpd.GeoDataFrame:
        """A layer in one frame, in the order of ``row``: for small layers."""
        return self.touching(layer, (-np.inf, -np.inf, np.inf, np.inf), columns=columns)


def write_parts(
    zones: Iterable[Zone],
    folder: Path,
    *,
    rows_per_part: int = ROWS_PER_PART,
    progress: Callable[[str, int], None] | None = None,
) -> PartStore:
    """A store of the layers of the zones given, one zone in memory at a time.

    Numbers of parcels and of every other feature must be unique over all zones (the official 要素代码 BSM is, within a
    county; a province prefixes it with the county). Raises InputProblem with every layer in which they are not (SC102),
    and when the folder already holds a store (SC103) or is not empty.
    """
    folder = Path(folder)
    if folder.exists() and any(folder.iterdir()):
        raise InputProblem([Finding("SC103", "error", folder.name)])
    folder.mkdir(parents=True, exist_ok=True)
    parts: dict[str, list[Part]] = {}
    seen: dict[str, list[Any]] = {}
    about: list[dict[str, Any]] = []
    for zone in zones:
        about.append(_about(zone))
        for name, frame in zone.layers.items():
            if progress:
                progress(name, len(frame))
            made = parts.setdefault(name, [])
            made += _write_layer(frame, name, folder, made, rows_per_part)
            seen.setdefault(name, []).append(_marks(frame[_id_column(name)]))
    twice = {name: len(v) - len(np.unique(v)) for name, v in ((n, np.concatenate(m)) for n, m in seen.items())}
    faults = [Finding("SC102", "error", name, measured=count) for name, count in twice.items() if count]
    if faults:
        raise InputProblem(faults)
    names = [a["name"] for a in about]
    head = {
        "name": "、".join(names), "name_en": ", ".join(a["name_en"] for a in about), "zones": about,
        "code": about[0]["code"] if len(about) == 1 else "", "survey_year": max(a["survey_year"] for a in about),
        "synthetic": any(a["synthetic"] for a in about),
    }  # fmt: skip
    body = {"version": VERSION, "about": head, "layers": {n: [asdict(p) for p in ps] for n, ps in parts.items()}}
    draft = folder / (LIST + ".writing")
    draft.write_text(json.dumps(body, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    draft.replace(folder / LIST)
    return open_parts(folder)


def is_store(folder: Path) -> bool:
    """Whether a folder holds a store in parts."""
    return (Path(folder) / LIST).is_file()


def open_parts(folder: Path) -> PartStore:
    """A store written by ``write_parts``. Raises InputProblem (SC101) when its list cannot be read."""
    folder = Path(folder)
    try:
        body = json.loads((folder / LIST).read_text("utf-8"))
        if body["version"] != VERSION:
            raise ValueError(f"version {body['version']}")
        parts = {
            name: tuple(Part(**{**row, "bounds": tuple(row["bounds"])}) for row in rows)
            for name, rows in body["layers"].items()
        }
        files = [p.file for rows in parts.values() for p in rows]
        if any(Path(f).is_absolute() or ".." in Path(f).parts for f in files):
            raise ValueError("a part outside of the store")
        return PartStore(folder, body["about"], parts)
    except (OSError, ValueError, KeyError, TypeError) as fault:
        raise InputProblem([Finding("SC101", "error", f"{folder.name}/{LIST}", measured=str(fault))]) from None


def write_frame(frame: Any, path: Path) -> Path:
    """A table or layer as (Geo)Parquet, complete or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(path.name + ".writing")
    frame.to_parquet(draft, index=False)
    draft.replace(path)
    return path


def write_arrays(path: Path, **arrays: Any) -> Path:
    """Named arrays in one file, complete or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(path.name + ".writing")
    with draft.open("wb") as out:
        np.savez(out, **arrays)
    draft.replace(path)
    return path


def read_arrays(path: Path) -> dict[str, Any]:
    """The arrays of ``write_arrays``; never runs anything that a file holds."""
    with np.load(path, allow_pickle=False) as held:
        return {name: held[name] for name in held.files}


def _write_layer(
    frame: gpd.GeoDataFrame, name: str, folder: Path, before: list[Part], rows_per_part: int
) -> list[Part]:
    first = sum(p.rows for p in before)
    order = _along_the_curve(frame)
    made: list[Part] = []
    count = max(1, -(-len(frame) // rows_per_part))
    for rows in np.array_split(order, count):
        part = frame.iloc[rows].reset_index(drop=True)
        part.insert(0, "row", np.arange(first, first + len(part), dtype=np.int64))
        path = folder / name / f"{len(before) + len(made) + 1:04d}.parquet"
        path.parent.mkdir(exist_ok=True)
        draft = path.with_name(path.name + ".writing")
        part.to_parquet(draft, index=False, write_covering_bbox=True, row_group_size=max(1, rows_per_part // 8))
        draft.replace(path)
        sha = hashlib.sha256(path.read_bytes()).hexdigest()
        made.append(Part(name, f"{name}/{path.name}", first, len(part), _frame_of(part), sha))
        first += len(part)
    return made


def _along_the_curve(frame: gpd.GeoDataFrame) -> Any:
    """Rows in the order of a Hilbert curve; those without a place, in their order, last."""
    import shapely

    geoms = frame.geometry.to_numpy()
    bare = shapely.is_missing(geoms) | shapely.is_empty(geoms)
    there = np.flatnonzero(~bare)
    if len(there):
        there = there[np.argsort(frame.geometry.iloc[there].hilbert_distance().to_numpy(), kind="stable")]
    return np.concatenate([there, np.flatnonzero(bare)])


def _frame_of(part: gpd.GeoDataFrame) -> tuple[float, float, float, float]:
    """The frame of all rows; zeros where nothing has a place."""
    import shapely

    bounds = shapely.bounds(part.geometry.to_numpy())
    bounds = bounds[np.isfinite(bounds).all(axis=1)]
    if not len(bounds):
        return 0.0, 0.0, 0.0, 0.0
    (west, south), (east, north) = bounds[:, :2].min(axis=0), bounds[:, 2:].max(axis=0)
    return float(west), float(south), float(east), float(north)


def _about(zone: Zone) -> dict[str, Any]:
    return {
        "code": zone.code, "name": zone.name, "name_en": zone.name_en, "survey_year": zone.survey_year,
        "synthetic": zone.synthetic, "sources": {n: asdict(s) for n, s in sorted(zone.sources.items())},
    }  # fmt: skip


def _id_column(layer: str) -> str:
    return schema(layer).id_column


def _marks(ids: Any) -> Any:
    """A 64-bit mark for each identifier: 8 bytes a row instead of the text, equal texts equal marks."""
    import pandas as pd

    return pd.util.hash_array(ids.astype(str).to_numpy(dtype=object), categorize=False)
