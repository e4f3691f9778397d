"""THE GROUND PLAN: schematic outlines, lakes, places and ways of the zone, as package data (EPSG:4528, m).

``credits.csv`` names the source and licence of each. Nothing here is a legal boundary; ways are invented.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Any


@dataclass(frozen=True, slots=True)
class Place:
    """A town's centre: the town's code, name of the point, position, weight (how large the town has grown)."""

    town_code: str
    name: str
    easting: float
    northing: float
    weight: float


@dataclass(frozen=True, slots=True)
class Way:
    """A great river, highway or railway laid over the land: class, width, belt beside it, course."""

    name: str
    code: str
    width_m: float
    belt_m: float
    belt_code: str
    course: Any


@cache
def counties() -> Mapping[str, Any]:
    """County code to schematic outline."""
    import shapely

    return {
        c["code"]: shapely.union_all([shapely.make_valid(shapely.Polygon(r)) for r in c["rings"]])
        for c in json.loads(_text("outline.json"))["counties"]
    }


@cache
def lakes() -> tuple[Any, ...]:
    """Lake outlines, corners rounded off (the source is so generalised that lakes look like triangles)."""
    import shapely

    rounded = [shapely.Polygon(_rounded(r)) for r in json.loads(_text("outline.json"))["lakes"]]
    merged = shapely.union_all([shapely.make_valid(g) for g in rounded])
    return tuple(shapely.Polygon(g.exterior) for g in shapely.get_parts(merged))


@cache
def places() -> tuple[Place, ...]:
    """Centres of the towns; a town may have several."""
    return tuple(
        Place(r["town_code"], r["place"], float(r["easting"]), float(r["northing"]), float(r["weight"]))
        for r in csv.DictReader(_text("places.csv").splitlines())
    )


@cache
def ways() -> tuple[Way, ...]:
    """Rivers, highways and the railway, in the order in which they are laid (the last one lies on top)."""
    import shapely

    return tuple(
        Way(
            r["name"], r["code"], float(r["width_m"]), float(r["belt_m"]), r["belt_code"],
            shapely.LineString(_curve([[float(v) for v in p.split()] for p in r["points"].split(";")])),
        )
        for r in csv.DictReader(_text("ways.csv").splitlines())
    )  # fmt: skip


def _text(name: str) -> str:
    return (files(__name__) / name).read_text("utf-8")


def _rounded(ring: list[list[float]], *, times: int = 3) -> list[list[float]]:
    """A closed ring with its corners cut off (Chaikin), so that shores look like shores."""
    for _ in range(times):
        cut: list[list[float]] = []
        for (ax, ay), (bx, by) in zip(ring, ring[1:] + ring[:1], strict=True):
            cut += [[0.75 * ax + 0.25 * bx, 0.75 * ay + 0.25 * by], [0.25 * ax + 0.75 * bx, 0.25 * ay + 0.75 * by]]
        ring = cut
    return ring


def _curve(points: list[list[float]]) -> list[list[float]]:
    """An open course with its bends rounded (Chaikin, ends kept)."""
    for _ in range(4):
        cut = [points[0]]
        for (ax, ay), (bx, by) in pairwise(points):
            cut += [[0.75 * ax + 0.25 * bx, 0.75 * ay + 0.25 * by], [0.25 * ax + 0.75 * bx, 0.25 * ay + 0.75 * by]]
        points = [*cut, points[-1]]
    return points
