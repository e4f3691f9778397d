"""WHICH LAND: the corner or the whole zone, with the totals that the sample is calibrated to (``extents.json``)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np

from geo.sample import outline


@dataclass(frozen=True, slots=True)
class Extent:
    """A part of the zone: its region on the map, towns, shares of polder kinds, calibration targets."""

    key: str
    code: str
    name: str
    name_en: str
    region: Any
    towns: frozenset[str]
    axis: float
    share: Mapping[str, float]
    boundary_fringe: float
    redline_lakes: float
    gardens_given_up: float
    invented_lakes: tuple[tuple[float, float, float, float], ...]
    target: Mapping[str, float]
    fragments: Mapping[str, int]


@cache
def extent(key: str) -> Extent:
    """The extent 'corner' or 'zone'. Raises ValueError for another word."""
    import shapely

    table = json.loads((files(outline) / "extents.json").read_text("utf-8"))
    if key not in table:
        raise ValueError(f"no extent {key!r}; there are {', '.join(table)}")
    row = table[key]
    whole = shapely.union_all(list(outline.counties().values()))
    region = shapely.Polygon(row["region"]) & whole if row["region"] else whole.buffer(60).buffer(-60)
    return Extent(
        key, row["code"], row["name"], row["name_en"], region, frozenset(row["towns"]), row["axis"], row["share"],
        row["boundary_fringe"], row["redline_lakes"], row["gardens_given_up"],
        tuple(tuple(v) for v in row["invented_lakes"]), row["target"], row["fragments"],
    )  # fmt: skip


def blob(rng: np.random.Generator, x: float, y: float, across: float, along: float) -> Any:
    """A lake-like shape about (x, y) with the given half axes (m): a circle with soft bays."""
    import shapely

    angle = np.linspace(0, 2 * np.pi, 72, endpoint=False)
    radius = np.ones_like(angle)
    for k in range(2, 7):
        radius += rng.normal(0, 0.24 / k) * np.cos(k * angle + rng.uniform(0, 2 * np.pi))
    radius = np.maximum(radius, 0.35)
    turn = rng.uniform(0, np.pi)
    u, v = radius * across * np.cos(angle), radius * along * np.sin(angle)
    return shapely.Polygon(
        np.column_stack([x + u * np.cos(turn) - v * np.sin(turn), y + u * np.sin(turn) + v * np.cos(turn)])
    )
