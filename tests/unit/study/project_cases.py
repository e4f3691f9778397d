"""Projects on the shipped zone for tests: made once a session, never changed.

TIANCHOU_PROJECT_ZONE names another zone, for the same sums and the same comparison with PostGIS on a whole one.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Any

import geopandas as gpd

from geo.sample import footprints
from geo.study import project
from geo.study.project_intake import drawn_footprint, read_footprint
from geo.study.project_result import ProjectResult
from geo.zone import Zone
from tests.zones import read_once

ZONE = Path(os.environ.get("TIANCHOU_PROJECT_ZONE") or Path(__file__).parents[3] / "data" / "shapefiles")
DAY = "2026-01-01"
KINDS = {"own": "国道", "road": "国家高速", "park": "产业园区", "canal": "水利"}


def zone() -> Zone:
    return read_once(ZONE)


@cache
def footprint(name: str) -> gpd.GeoDataFrame:
    """One of the four footprints of the issue as read from a boundary TXT or made by ``geo.sample.footprints``."""
    if name == "own":
        return read_footprint(ZONE / "project_boundary.txt")
    made = getattr(footprints, name)(zone())
    frame = drawn_footprint(made.geometry.to_numpy())
    phases = ["一期", "二期"] if name == "canal" else [""]
    return frame.assign(plot_no=list(made["project_no"]), plot_name=list(made["project_name"]), phase=phases)


def values(name: str, **given: Any) -> dict[str, Any]:
    return project.SPEC.values({"type": KINDS[name], "on": DAY, **given})


@cache
def result(name: str) -> ProjectResult:
    return project.plan(taken(name), values(name))


@cache
def taken(name: str) -> project.Taken:
    return project.take(zone(), footprint(name), values(name))
