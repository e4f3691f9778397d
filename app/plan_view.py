"""A relocation plan as the page shows it: one frozen value, read from a plan's folder (``plan.json``, ``plan.gpkg``).

The plan that ``make run`` left and a plan made on the page are read the same way.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd


@dataclass(frozen=True)
class Side:
    """What moves out, or in: pieces, net area, mean grade (1 best), paddy."""

    pieces: int
    net_m2: float
    grade: float
    paddy_m2: float


@dataclass(frozen=True)
class Verdict:
    """One rule about the plan. ``passed`` None: not judged, or for a person to decide."""

    zh: str
    en: str
    passed: bool | None
    article_zh: str
    article_en: str
    sure: str


@dataclass(frozen=True)
class PlanView:
    """A plan, or why there is none."""

    run_id: str
    folder: Path
    created: str
    values: Mapping[str, Any]
    status: str
    gap: float
    seconds: float
    solver: str
    out: Side
    inn: Side
    before: Mapping[str, float]
    after: Mapping[str, float]
    verdicts: tuple[Verdict, ...]
    by_county: pd.DataFrame
    by_town: pd.DataFrame
    moved_out: gpd.GeoDataFrame
    moved_in: gpd.GeoDataFrame
    waiting: int
    refused: Mapping[str, int]
    infeasible: tuple[tuple[str, str], ...]

    @property
    def planned(self) -> bool:
        """Is there a plan to look at?"""
        return bool(len(self.moved_in) or len(self.moved_out))
