"""Instances of the relocation problem of any size, from a seed, without geometry: a lattice of fields.

Three kinds: ``mixed`` (candidates scattered), ``belt`` (candidates in belts around retained farmland, most of them
touching others) and ``dear`` (good land and paddy are far away, so that quality and paddy rows bind).
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from geo.plan.relocation.constraints import Area, Capacity, Paddy, Quality, Slope
from geo.plan.relocation.objective import Weights
from geo.plan.relocation.problem import Problem, pose

KINDS = ("mixed", "belt", "dear")


def instance(size: int, kind: str, seed: int = 0, *, weights: Weights | None = None, share: float = 0.04) -> Problem:
    """A problem with exactly ``size`` candidates in 3 counties × 8 townships; ``share`` of their area is needed."""
    rng = np.random.default_rng([seed, size, KINDS.index(kind)])
    density = {"mixed": 0.45, "belt": 0.7, "dear": 0.45}[kind]
    side = int(np.ceil(np.sqrt(size / density))) + 2
    cells = _cells(rng, side, size, kind)
    pitch = 75.0
    x, y = (cells % side) * pitch, (cells // side) * pitch
    county = np.minimum((3 * x / (side * pitch)).astype(int), 2)
    town = np.minimum((8 * y / (side * pitch)).astype(int), 7)
    area = np.clip(rng.lognormal(8.4, 0.55, size), 700, 50_000)
    paddy = rng.random(size) < 0.7
    grade = np.clip(np.rint(rng.normal(5.0, 1.2, size) - 0.3 * paddy), 2, 9)
    distance = 300 + np.abs(np.sin(x / 4000) + np.cos(y / 5200)) * 2200 + rng.random(size) * 300
    if kind == "dear":
        distance = distance + 700 * (6 - grade).clip(0) + 600 * paddy
    perimeter = 4.6 * np.sqrt(area)
    retained = np.where(rng.random(size) < (0.6 if kind == "belt" else 0.25), rng.random(size) * 0.35, 0) * perimeter
    pairs = _pairs(cells, side, rng, np.sqrt(area))
    codes = ("310118", "320509", "330421")
    candidates = pd.DataFrame(
        {
            "candidate_id": [f"c{k:06d}" for k in range(size)],
            "source": np.where(rng.random(size) < 0.3, "reserve", "cropland"),
            "net_area_m2": np.round(area, 2),
            "grade": grade,
            "slope_grade": np.where(rng.random(size) < 0.03, 2.0, 1.0),
            "paddy": paddy,
            "county_code": [codes[c] for c in county],
            "town_code": [f"{codes[c]}{100 + t}" for c, t in zip(county, town, strict=True)],
            "distance_m": np.round(distance, 2),
            "perimeter_m": np.round(perimeter, 3),
            "border_retained_m": np.round(retained, 3),
        }
    )
    out = _outgoing(rng, candidates, share, codes)
    ids = candidates["candidate_id"].to_numpy()
    borders = pd.DataFrame({"left": ids[pairs[0]], "right": ids[pairs[1]], "border_m": pairs[2]})
    limits = (candidates.groupby("town_code")["net_area_m2"].sum() * 0.12).to_dict()
    rules = (Area(ratio=1.05, county_ratio=1.0), Quality(), Paddy(), Slope(slack=0.05), Capacity(limit_m2=limits))
    return pose(out, candidates, borders, constraints=rules, weights=weights or Weights())


def _cells(rng: np.random.Generator, side: int, size: int, kind: str) -> np.ndarray:
    cells = np.arange(side * side)
    if kind == "belt":
        x, y = cells % side, cells // side
        rank = np.abs(np.sin(x / 9.0) + np.sin(y / 13.0)) + 0.15 * rng.random(side * side)
        return np.sort(np.argsort(rank, kind="stable")[:size])
    return np.sort(rng.permutation(side * side)[:size])


def _pairs(cells: np.ndarray, side: int, rng: np.random.Generator, root: np.ndarray) -> tuple[np.ndarray, ...]:
    place = np.full(side * side + side + 1, -1)
    place[cells] = np.arange(len(cells))
    left, right = [], []
    for step in (1, side):
        other = place[cells + step]
        ok = other >= 0
        if step == 1:
            ok &= (cells % side) < side - 1
        left.append(np.flatnonzero(ok))
        right.append(other[ok])
    first, second = np.concatenate(left), np.concatenate(right)
    length = np.round(np.minimum(root[first], root[second]) * (0.5 + 0.4 * rng.random(len(first))), 3)
    return first, second, length


def _outgoing(rng: np.random.Generator, candidates: pd.DataFrame, share: float, codes: tuple[str, ...]) -> pd.DataFrame:
    rows = []
    for code in codes:
        mine = candidates[candidates["county_code"] == code]
        need, total = float(mine["net_area_m2"].sum()) * share, 0.0
        while total < need:
            area = float(np.clip(rng.lognormal(7.3, 0.6), 300, 3300))
            total += area
            rows.append(
                (f"f{len(rows):06d}", round(area, 2), float(rng.integers(4, 7)), 1.0, bool(rng.random() < 0.8), code,
                 f"{code}{100 + int(rng.integers(0, 8))}")
            )  # fmt: skip
    columns = ["farmland_id", "net_area_m2", "grade", "slope_grade", "paddy", "county_code", "town_code"]
    return pd.DataFrame(rows, columns=columns)
