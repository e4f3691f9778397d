"""The frame of a map: its round scale, its extent on the ground, its kilometre squares (A1, B3 …) that tables name."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from geo.report.content import PlanReport

if TYPE_CHECKING:
    import numpy.typing as npt

SCALES = (
    1000, 2000, 2500, 5000, 10_000, 15_000, 20_000, 25_000, 30_000, 40_000, 50_000, 60_000, 65_000, 70_000, 75_000,
    80_000, 90_000, 100_000, 150_000, 200_000, 250_000, 300_000, 400_000, 500_000, 750_000, 1_000_000, 2_000_000,
)  # fmt: skip
# For sheets that nothing else names squares of: a scale that fills the paper.
FINE_SCALES = tuple(
    round(k * 10**p) for p in range(3, 7)
    for k in (1, 1.25, 1.5, 1.75, 2, 2.25, 2.5, 2.8, 3, 3.2, 3.5, 3.8, 4, 4.5, 5, 5.5, 6, 6.5, 7, 7.5, 8, 9)
)  # fmt: skip
STEPS_M = (100.0, 200.0, 500.0, 1000.0, 2000.0, 5000.0, 10_000.0, 20_000.0, 50_000.0, 1_000_000.0)
PLAN_FRAME_MM = (254.0, 247.0)
Bounds = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Frame:
    """West, south, east, north in m (EPSG:4528), scale denominator, size of the frame in mm, grid step in m."""

    west: float
    south: float
    east: float
    north: float
    scale: int
    width_mm: float
    height_mm: float
    step_m: float

    @property
    def columns(self) -> list[float]:
        """Eastings of the grid lines inside the frame."""
        return _multiples(self.west, self.east, self.step_m)

    @property
    def rows(self) -> list[float]:
        """Northings of the grid lines inside the frame, from the north."""
        return _multiples(self.south, self.north, self.step_m)[::-1]

    def square(self, east: Any, north: Any) -> npt.NDArray[np.str_]:
        """Name of the grid square of each point: column letter from the west, row number from the north."""
        column = np.floor(np.asarray(east, dtype=float) / self.step_m) - math.floor(self.west / self.step_m)
        row = math.floor(self.north / self.step_m) - np.floor(np.asarray(north, dtype=float) / self.step_m)
        return np.array(
            [f"{letters(int(c))}{int(r) + 1}" for c, r in zip(column.ravel(), row.ravel(), strict=True)], dtype=str
        )


def letters(number: int) -> str:
    """0 → A, 25 → Z, 26 → AA."""
    name = ""
    while number >= 0:
        name = chr(65 + number % 26) + name
        number = number // 26 - 1
    return name


def fit_frame(
    bounds: Bounds, size_mm: tuple[float, float], *, margin: float = 0.015, scales: Sequence[int] = SCALES
) -> Frame:
    """The largest round scale at which ``bounds`` with a margin fit into a frame of ``size_mm``, centred.

    Raises ValueError when the bounds are not finite.
    """
    west, south, east, north = bounds
    if not all(map(math.isfinite, bounds)):
        raise ValueError("an empty map has no extent")
    wide, high = max(east - west, 10.0) * (1 + 2 * margin), max(north - south, 10.0) * (1 + 2 * margin)
    needed = max(wide / size_mm[0], high / size_mm[1]) * 1000 * (1 - 1e-9)
    scale = next((s for s in scales if s >= needed), math.ceil(needed / 1e6) * 1_000_000)
    middle_e, middle_n = (west + east) / 2, (south + north) / 2
    half_e, half_n = size_mm[0] / 2000 * scale, size_mm[1] / 2000 * scale
    # Squares of at least 18 mm on paper, in round numbers.
    step = next(s for s in STEPS_M if s / scale * 1000 >= 18)
    return Frame(middle_e - half_e, middle_n - half_n, middle_e + half_e, middle_n + half_n, scale, *size_mm, step)


def plan_frame(report: PlanReport) -> Frame:
    """The frame of the plan sheet; the workbook names the same squares."""
    west, south, east, north = (float(v) for v in report.layers.parcels.total_bounds)
    return fit_frame((west, south, east, north), PLAN_FRAME_MM)


def _multiples(low: float, high: float, step: float) -> list[float]:
    first = math.ceil(low / step)
    return [k * step for k in range(first, math.floor(high / step) + 1)]
