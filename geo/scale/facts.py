"""CANDIDATE FACTS IN PARTS: what the planner asks of every cropland parcel, and the borders that parcels share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from geo.geometry.topology import shared_borders
from geo.io.parts import PartStore, open_parts, write_frame
from geo.measure.parcel_facts import cropland, parcel_facts
from geo.scale.conflicts import Step, write_lines

if TYPE_CHECKING:
    from geo.scale.cluster import Engine

# A border counts when edges lie within a millimetre of one another.
_TOUCH_M = 0.01


@dataclass(frozen=True)
class ScaledFacts:
    """Files of facts (``parcel_facts``) and of borders (left, right, border_m), one a part."""

    facts: list[Path]
    borders: list[Path]


def facts_in_parts(
    store: PartStore, work: Path, engine: Engine, *, classes: Sequence[str], step: Step | None = None
) -> ScaledFacts:
    """Facts of all cropland parcels of a store and the borders between them, equal to the plain measures.

    A border is told once, in the part of the parcel with the smaller row number. Raises as ``Engine.run``.
    """
    write_lines(store, work)
    parts = range(len(store.parts["parcels"]))
    jobs = {work / "facts" / f"{n:04d}.parquet": (str(store.folder), n, str(work), tuple(classes)) for n in parts}
    engine.run(_facts, jobs, tell=None if step is None else lambda done, count: step("facts", done, count))
    return ScaledFacts(list(jobs), [work / "borders" / path.name for path in jobs])


def _facts(path: Path, folder: str, number: int, work: str, classes: tuple[str, ...]) -> None:
    import geopandas as gpd

    store = open_parts(Path(folder))
    part = store.parts["parcels"][number]
    own = cropland(store.read(part), classes)
    bounds = own.total_bounds if len(own) else np.asarray(part.bounds)
    west, south, east, north = bounds + np.array([-_TOUCH_M, -_TOUCH_M, _TOUCH_M, _TOUCH_M])
    frame = (west, south, east, north)
    lines = {}
    for name in ("boundary_filled", "redline_all"):
        layer = gpd.read_parquet(Path(work) / "lines" / f"{name}.parquet")
        lines[name] = layer.cx[west:east, south:north].reset_index(drop=True) if len(layer) else layer
    farmland = store.touching("farmland", frame, columns=["farmland_id"])
    found = parcel_facts(own, farmland=farmland, filled=lines["boundary_filled"], redline=lines["redline_all"])
    near = cropland(store.touching("parcels", frame, columns=["parcel_id", "class_code"]), classes)
    pairs = shared_borders(near, id_column="row")
    low = pairs[["left", "right"]].min(axis=1)
    pairs = pairs[(low >= part.first) & (low < part.first + part.rows)].reset_index(drop=True)
    names = near.set_index("row")["parcel_id"]
    pairs = pairs.assign(left=names.reindex(pairs["left"]).to_numpy(), right=names.reindex(pairs["right"]).to_numpy())
    write_frame(pairs, Path(work) / "borders" / path.name)
    write_frame(found, path)
