"""WHICH LAND MAY COME IN, and for every other plot the reason why not.

Looked at: every lot of the reserve pool (储备区) and every cropland parcel of the survey. A plot that a line cuts is
refused as a whole, with the overlap measured: nothing is clipped silently.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from geo.errors import PlanProblem
from geo.geometry.ellipsoid import areas
from geo.geometry.topology import borders_between, perimeter_m, shared_borders
from geo.measure.conflicts import fill_holes
from geo.measure.overlay import overlay
from geo.standards.land import PADDY, base_code

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from geo.zone import Zone

ROW_COLUMNS = (
    "candidate_id", "source", "parent_id", "class_code", "grade", "slope_grade", "refine_code", "crop_code",
    "status", "stable", "ridge_factor", "town_code", "county_code",
)  # fmt: skip
CANDIDATE_COLUMNS = (
    "candidate_id", "source", "parent_id", "class_code", "area_m2", "net_area_m2", "grade", "paddy", "slope_grade",
    "town_code", "county_code", "perimeter_m", "border_retained_m", "distance_m", "geometry",
)  # fmt: skip
REFUSED_COLUMNS = (
    "candidate_id", "source", "parent_id", "reason", "measured", "limit", "unit", "article", "town_code",
    "county_code", "area_m2",
)  # fmt: skip
# Words in the column WDGD (稳定利用耕地) that say no.
NOT_STABLE = frozenset({"否", "N", "0", "不稳定"})


@dataclass(frozen=True, kw_only=True)
class CandidateParams:
    """Limits that a candidate must keep, all from the rule book; ``articles`` gives the article id of a reason code.

    classes: cropland codes; max_slope_grade: steepest slope class allowed; unstable_codes, excluded_crops: refinement
    and crop codes refused; allowed_status: states of a reserve lot that may be drawn; min_patch_m2: smallest net area;
    overlap_tolerance_m2: overlap with a line below which it is a matter of drawing, not of land; contiguity_gap_m:
    distance to the retained farmland up to which a plot counts as joined; require_contiguity: refuse the others.
    same_county: distances count to pieces of the same county only. use_reserve, use_cropland: where plots come from.
    faulty: ids that the data checks condemn. unstable_refused: whether land that is not stable cropland is refused.
    """

    classes: tuple[str, ...]
    max_slope_grade: int
    unstable_codes: tuple[str, ...]
    excluded_crops: tuple[str, ...]
    allowed_status: tuple[str, ...]
    min_patch_m2: float
    overlap_tolerance_m2: float
    contiguity_gap_m: float
    require_contiguity: bool = False
    same_county: bool = True
    use_reserve: bool = True
    use_cropland: bool = True
    faulty: frozenset[str] = frozenset()
    unstable_refused: bool = True
    articles: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class CandidateTable:
    """accepted: CANDIDATE_COLUMNS, one row a plot; refused: REFUSED_COLUMNS, one row a plot and reason."""

    accepted: gpd.GeoDataFrame
    refused: pd.DataFrame


def _silent(share: float) -> None:
    """Nobody watches."""


def find_candidates(
    zone: Zone,
    *,
    outgoing: gpd.GeoDataFrame,
    retained: gpd.GeoDataFrame,
    params: CandidateParams,
    told: Callable[[float], None] = _silent,
) -> CandidateTable:
    """Every plot that may come in, measured, and every refusal with its reason.

    outgoing: pieces that leave (county_code, geometry); retained: farmland that stays (farmland_id, geometry).
    Distances are between centroids (m); ``inf`` when the plot's county loses nothing. told: hears before every step
    what share of the work is done; what it raises ends the work. Raises PlanProblem when the zone has neither a
    reserve pool nor cropland.
    """
    told(0.0)
    rows = base_rows(zone, params)
    if not len(rows):
        raise PlanProblem("no reserve lot and no cropland parcel in the zone")
    refused = refusals(rows, zone, retained=retained, params=params, told=lambda share: told(0.8 * share))
    told(0.8)
    kept = rows[~rows["candidate_id"].isin(set(refused["candidate_id"]))].reset_index(drop=True)
    return CandidateTable(measure_candidates(kept, outgoing=outgoing, retained=retained, params=params), refused)


def base_rows(zone: Zone, params: CandidateParams) -> gpd.GeoDataFrame:
    """Reserve lots and cropland parcels with ROW_COLUMNS, area_m2, net_area_m2 (computed, not declared), geometry."""
    import geopandas as gpd
    import pandas as pd

    parts = []
    if params.use_reserve and zone.has("reserve"):
        lots = zone.layer("reserve")
        parts.append(lots.assign(candidate_id=lots["lot_id"], parent_id=lots["lot_id"], source="reserve"))
    if params.use_cropland:
        parcels = zone.layer("parcels")
        crop = parcels[parcels["class_code"].map(base_code).isin(params.classes)]
        parts.append(crop.assign(candidate_id=crop["parcel_id"], parent_id=crop["parcel_id"], source="cropland"))
    frames = []
    for part in parts:
        missing = {c: "" for c in ("refine_code", "crop_code", "status", "stable") if c not in part.columns}
        if "ridge_factor" not in part.columns:
            missing["ridge_factor"] = 0.0  # type: ignore[assignment]
        frames.append(part.assign(**missing)[[*ROW_COLUMNS, "geometry"]])
    if not frames:
        return gpd.GeoDataFrame(columns=[*ROW_COLUMNS, "area_m2", "net_area_m2", "geometry"], geometry="geometry")
    rows = gpd.GeoDataFrame(pd.concat(frames, ignore_index=True), geometry="geometry", crs=frames[0].crs)
    area = areas(rows)
    net = area * (1.0 - rows["ridge_factor"].fillna(0.0).astype(float))
    return rows.assign(area_m2=area, net_area_m2=net)


def refusals(
    rows: gpd.GeoDataFrame,
    zone: Zone,
    *,
    retained: gpd.GeoDataFrame,
    params: CandidateParams,
    told: Callable[[float], None] = _silent,
) -> pd.DataFrame:
    """Why rows of ``base_rows`` may not come in: REFUSED_COLUMNS, one row a plot and reason; empty when all may.

    told: as in ``find_candidates``.
    """
    sieve = _Sieve(rows, params)
    told(0.1)
    _by_attributes(sieve, params)
    told(0.3)
    same = _already_farmland(sieve, zone)
    rest = rows[~same & shapely.is_valid(rows.geometry.to_numpy())]
    limit = params.overlap_tolerance_m2
    layers: list[tuple[str, Any, str]] = [
        ("PL105", zone.layer("farmland"), "farmland_id"),
        ("PL106", fill_holes(zone.layer("boundary")), "boundary_id"),
        ("PL107", zone.layer("redline"), "redline_id"),
    ]
    if zone.footprints is not None and len(zone.footprints):
        layers.append(("PL111", zone.footprints.assign(footprint=range(len(zone.footprints))), "footprint"))
    for k, (code, layer, layer_id) in enumerate(layers):
        told(0.4 + 0.4 * k / len(layers))
        sieve.add_measured(code, _overlap(rest, layer, layer_id), ">", limit, "m2")
    if zone.has("reserve"):
        lots = zone.layer("reserve")
        crop = rest[rest["source"] == "cropland"]
        told(0.8)
        sieve.add_measured("PL116", _overlap(crop, lots, "lot_id"), ">", limit, "m2")
    if params.require_contiguity:
        far = rest[~_joined(rest, retained, params.contiguity_gap_m)]
        sieve.add("PL113", far.index.to_numpy(), "", params.contiguity_gap_m, "m")
    return sieve.table()


def measure_candidates(
    rows: gpd.GeoDataFrame, *, outgoing: gpd.GeoDataFrame, retained: gpd.GeoDataFrame, params: CandidateParams
) -> gpd.GeoDataFrame:
    """What the planner needs to know of admissible rows: outline, border with retained farmland, distance, paddy."""
    near = retained.iloc[np.unique(shapely.STRtree(rows.geometry.to_numpy()).query(
        retained.geometry.to_numpy(), predicate="intersects")[0])] if len(rows) else retained.iloc[:0]  # fmt: skip
    border = np.zeros(len(rows))
    if len(near):
        pairs = borders_between(rows, near.reset_index(drop=True), a_id="candidate_id", b_id="farmland_id")
        sums = pairs.groupby("left")["border_m"].sum()
        border = rows["candidate_id"].map(sums).fillna(0.0).to_numpy(dtype=float)
    measured = rows.assign(
        paddy=rows["class_code"].map(base_code) == PADDY,
        perimeter_m=perimeter_m(rows) if len(rows) else np.zeros(0),
        border_retained_m=border,
        distance_m=distance_to_outgoing(rows, outgoing, same_county=params.same_county),
    )
    return measured.astype({"grade": int, "slope_grade": int})[list(CANDIDATE_COLUMNS)]


def candidate_borders(accepted: gpd.GeoDataFrame) -> pd.DataFrame:
    """Shared borders between candidates: left, right (candidate ids), border_m; every pair once."""
    return shared_borders(accepted, id_column="candidate_id")


def distance_to_outgoing(
    rows: gpd.GeoDataFrame, outgoing: gpd.GeoDataFrame, *, same_county: bool
) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Distance (m) from each row's centroid to the nearest centroid of a piece that leaves; inf when there is none."""
    from scipy.spatial import cKDTree

    here = shapely.get_coordinates(shapely.centroid(rows.geometry.to_numpy()))
    there = shapely.get_coordinates(shapely.centroid(outgoing.geometry.to_numpy()))
    found = np.full(len(rows), np.inf)
    if not same_county:
        return np.asarray(cKDTree(there).query(here)[0]) if len(there) and len(here) else found
    mine, theirs = rows["county_code"].to_numpy(dtype=str), outgoing["county_code"].to_numpy(dtype=str)
    for county in np.unique(theirs):
        at = np.flatnonzero(mine == county)
        if len(at):
            found[at] = cKDTree(there[theirs == county]).query(here[at])[0]
    return found


class _Sieve:
    """Collects refusals in the order they are found; positions are index labels of ``rows``."""

    def __init__(self, rows: gpd.GeoDataFrame, params: CandidateParams) -> None:
        self.rows, self.params = rows, params
        self.found: list[pd.DataFrame] = []

    def add(self, code: str, index: Any, measured: Any, limit: object, unit: str) -> None:
        if not len(index):
            return
        part = self.rows.loc[index, ["candidate_id", "source", "parent_id", "town_code", "county_code", "area_m2"]]
        self.found.append(
            part.assign(
                reason=code,
                measured=[_word(m) for m in measured] if not isinstance(measured, str) else measured,
                limit=_word(limit),
                unit=unit,
                article=self.params.articles.get(code, ""),
            )[list(REFUSED_COLUMNS)]
        )

    def add_measured(self, code: str, values: pd.Series, sense: str, limit: float, unit: str) -> None:
        """Refuses rows whose value is above (``>``) or below (``<``) the limit."""
        bad = values[values > limit] if sense == ">" else values[values < limit]
        self.add(code, bad.index.to_numpy(), bad.to_numpy(), limit, unit)

    def table(self) -> pd.DataFrame:
        import pandas as pd

        if not self.found:
            return pd.DataFrame(columns=list(REFUSED_COLUMNS))
        return pd.concat(self.found, ignore_index=True)


def is_unstable(rows: pd.DataFrame, codes: tuple[str, ...]) -> Any:
    """Which rows are not stable cropland: by their refinement code, or by the word in the column ``stable``."""
    found = np.zeros(len(rows), dtype=bool)
    if "refine_code" in rows.columns:
        found |= rows["refine_code"].isin(codes).to_numpy(dtype=bool)
    if "stable" in rows.columns:
        found |= rows["stable"].isin(NOT_STABLE).to_numpy(dtype=bool)
    return found


def _by_attributes(sieve: _Sieve, params: CandidateParams) -> None:
    rows = sieve.rows

    def refuse(code: str, bad: pd.Series, column: str, limit: object, unit: str = "") -> None:
        index = rows.index[bad.fillna(False).to_numpy(dtype=bool)]
        sieve.add(code, index, rows.loc[index, column].to_numpy(dtype=object), limit, unit)

    refuse("PL101", ~rows["class_code"].map(base_code).isin(params.classes), "class_code", " ".join(params.classes))
    refuse("PL102", rows["slope_grade"] > params.max_slope_grade, "slope_grade", params.max_slope_grade)
    if params.unstable_refused:
        refuse("PL103", rows["refine_code"].isin(params.unstable_codes), "refine_code", "")
        refuse("PL103", rows["stable"].isin(NOT_STABLE), "stable", "")
    refuse("PL104", rows["crop_code"].isin(params.excluded_crops), "crop_code", "")
    lots = rows["source"] == "reserve"
    refuse("PL108", lots & ~rows["status"].isin(params.allowed_status), "status", " ".join(params.allowed_status))
    refuse("PL109", rows["net_area_m2"] < params.min_patch_m2, "net_area_m2", params.min_patch_m2, "m2")
    refuse("PL112", rows["grade"].isna() | (rows["grade"].fillna(0) < 1), "grade", "")
    refuse("PL114", rows["slope_grade"].isna() | (rows["slope_grade"].fillna(0) < 1), "slope_grade", "")
    refuse("PL115", rows["candidate_id"].duplicated(keep=False), "candidate_id", "")
    geoms = rows.geometry.to_numpy()
    broken = ~shapely.is_valid(geoms) | shapely.is_empty(geoms) | shapely.is_missing(geoms)
    index = rows.index[broken]
    sieve.add("PL110", index, list(shapely.is_valid_reason(geoms[broken])), "", "")
    known = rows["candidate_id"].isin(params.faulty).to_numpy() & ~broken
    sieve.add("PL110", rows.index[known], ["qc"] * int(known.sum()), "", "")


def _already_farmland(sieve: _Sieve, zone: Zone) -> Any:
    """Rows whose shape is a farmland parcel's: refused at once, no overlay needed (most of the survey's cropland)."""
    rows = sieve.rows
    shapes = set(shapely.to_wkb(shapely.normalize(zone.layer("farmland").geometry.to_numpy())))
    mine = shapely.to_wkb(shapely.normalize(rows.geometry.to_numpy()))
    same = np.fromiter((shape in shapes for shape in mine), bool, len(mine))
    index = rows.index[same]
    limit = sieve.params.overlap_tolerance_m2
    sieve.add("PL105", index, rows.loc[index, "area_m2"].to_numpy(), limit, "m2")
    return same


def _overlap(rows: gpd.GeoDataFrame, layer: gpd.GeoDataFrame, layer_id: str) -> pd.Series:
    """Overlap with a layer in m² by index label of the row; rows without overlap are left out."""
    import pandas as pd

    if not len(rows) or not len(layer):
        return pd.Series(dtype=float)
    numbered = rows[["geometry"]].assign(row=rows.index)
    pieces = overlay(numbered, layer[[layer_id, "geometry"]], left_id="row", right_id=layer_id)
    sums: pd.Series = pieces.groupby("row")["area_m2"].sum()
    return sums


def _joined(rows: gpd.GeoDataFrame, retained: gpd.GeoDataFrame, gap_m: float) -> Any:
    near = np.zeros(len(rows), dtype=bool)
    if len(rows) and len(retained):
        tree = shapely.STRtree(retained.geometry.to_numpy())
        near[tree.query(rows.geometry.to_numpy(), predicate="dwithin", distance=gap_m)[0]] = True
    return near


def _word(value: object) -> str:
    """A figure or code as text for a table of mixed kinds."""
    import pandas as pd

    if value is None or (not isinstance(value, str) and bool(pd.isna(value))):
        return ""
    if isinstance(value, float | np.floating):
        return f"{float(value):.2f}"
    return str(value)
