"""The rows of the problem: pieces that leave and plots that may come, as plain columns of equal length."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from geo.errors import PlanProblem

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Plots:
    """Pieces of farmland: net area (m²), grade (1 best), paddy, slope class (1 flattest), county and township code."""

    ids: tuple[str, ...]
    area_m2: Floats
    grade: Floats
    slope: Floats
    paddy: Bools
    county: NDArray[Any]
    town: NDArray[Any]

    def __len__(self) -> int:
        return len(self.ids)

    def take(self, index: NDArray[Any]) -> Self:
        """The rows at these positions, in this order."""
        rows = np.asarray(index, dtype=np.int64)
        values: dict[str, Any] = {
            f.name: tuple(self.ids[i] for i in rows) if f.name == "ids" else getattr(self, f.name)[rows]
            for f in fields(self)
        }
        return type(self)(**values)

    def counties(self) -> list[str]:
        """County codes present, sorted."""
        return sorted(set(self.county.tolist()))

    def in_unit(self, code: str) -> Bools:
        """Which rows lie in a county (6 digits), a township (9 digits) or anywhere (empty code)."""
        if not code:
            return np.ones(len(self.ids), dtype=bool)
        return np.asarray((self.county if len(code) == 6 else self.town) == code)


@dataclass(frozen=True, slots=True, eq=False)
class Pool(Plots):
    """Candidates: also where from, distance to the nearest piece that leaves (m), outline (m), border with the
    farmland that stays (m)."""

    source: NDArray[Any]
    distance_m: Floats
    perimeter_m: Floats
    border_m: Floats


PLOT_COLUMNS = ("net_area_m2", "grade", "slope_grade", "paddy", "county_code", "town_code")
POOL_COLUMNS = (*PLOT_COLUMNS, "source", "distance_m", "perimeter_m", "border_retained_m")


def leaving_plots(outgoing: pd.DataFrame) -> Plots:
    """Pieces that leave as rows. Columns: farmland_id and PLOT_COLUMNS; ids are ``farmland_id`` with ``#n`` when cut.

    Raises PlanProblem naming every missing column or row without a value: a missing grade is never guessed.
    """
    _require(outgoing, ("farmland_id", *PLOT_COLUMNS), "moved out")
    base = outgoing["farmland_id"].astype(str)
    turn = base.groupby(base).cumcount().to_numpy()
    ids = tuple(b if k == 0 else f"{b}#{k}" for b, k in zip(base, turn, strict=True))
    return Plots(ids=ids, **_columns(outgoing))


def pool_plots(candidates: pd.DataFrame) -> Pool:
    """Candidates as rows. Columns: candidate_id and POOL_COLUMNS. Raises PlanProblem as ``leaving_plots`` does."""
    _require(candidates, ("candidate_id", *POOL_COLUMNS), "candidates")
    ids = tuple(candidates["candidate_id"].astype(str))
    if len(set(ids)) != len(ids):
        raise PlanProblem("candidate ids stand twice: " + ", ".join(_twice(ids)[:5]))
    return Pool(
        ids=ids,
        **_columns(candidates),
        source=candidates["source"].to_numpy(dtype=str),
        distance_m=candidates["distance_m"].to_numpy(dtype=float),
        perimeter_m=candidates["perimeter_m"].to_numpy(dtype=float),
        border_m=candidates["border_retained_m"].to_numpy(dtype=float),
    )


def _columns(frame: pd.DataFrame) -> dict[str, Any]:
    return {
        "area_m2": frame["net_area_m2"].to_numpy(dtype=float),
        "grade": frame["grade"].to_numpy(dtype=float),
        "slope": frame["slope_grade"].to_numpy(dtype=float),
        "paddy": frame["paddy"].to_numpy(dtype=bool),
        "county": frame["county_code"].to_numpy(dtype=str),
        "town": frame["town_code"].to_numpy(dtype=str),
    }


def _require(frame: pd.DataFrame, columns: Sequence[str], what: str) -> None:
    missing = [c for c in columns if c not in frame.columns]
    if missing:
        raise PlanProblem(f"{what}: columns missing: {', '.join(missing)}")
    empty = [c for c in columns if bool(frame[c].isna().any())]
    if empty:
        raise PlanProblem(f"{what}: rows without a value in {', '.join(empty)}")


def _twice(ids: Sequence[str]) -> list[str]:
    seen: set[str] = set()
    return sorted({i for i in ids if i in seen or seen.add(i)})  # type: ignore[func-returns-value]
