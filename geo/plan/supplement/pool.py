"""THE POOL FOR A PROJECT: reserve lots that may replace what it takes, measured, and for every other lot the reason.

Works on the candidates of the house (``geo.plan.candidates``): available lots of the reserve, cropland, not too steep,
stable, off the lines and off every project's footprint, joined to farmland that stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import shapely

from geo.errors import PlanProblem
from geo.plan.candidates import (
    CANDIDATE_COLUMNS,
    REFUSED_COLUMNS,
    CandidateParams,
    CandidateTable,
    distance_to_outgoing,
    find_candidates,
)
from geo.plan.relocation.plots import Floats, Pool, pool_plots

if TYPE_CHECKING:
    import geopandas as gpd

    from geo.plan.supplement.problem import Demand
    from geo.zone import Zone


def reserve_candidates(
    zone: Zone, *, taken: gpd.GeoDataFrame, retained: gpd.GeoDataFrame, params: CandidateParams
) -> CandidateTable:
    """Reserve lots that may come in, areas rounded to 0.01 m² as the survey's tables are, and every refusal.

    taken: pieces of farmland that the project takes (county_code, geometry); retained: farmland that stays. A zone
    without a reserve layer, or with an empty one, gives empty tables.
    """
    import geopandas as gpd
    import pandas as pd

    params = replace(params, use_cropland=False, use_reserve=True)
    try:
        table = find_candidates(zone, outgoing=taken, retained=retained, params=params)
    except PlanProblem:
        columns = [*CANDIDATE_COLUMNS[:-1], "gap_m", "geometry"]
        none = gpd.GeoDataFrame({c: [] for c in columns}, geometry="geometry", crs=taken.crs)
        return CandidateTable(none, pd.DataFrame(columns=list(REFUSED_COLUMNS)))
    accepted = table.accepted
    accepted = accepted.assign(
        area_m2=_cents(accepted["area_m2"]), net_area_m2=_cents(accepted["net_area_m2"]),
        gap_m=gaps(accepted, retained),
    )  # fmt: skip
    return CandidateTable(accepted.sort_values("candidate_id", kind="stable").reset_index(drop=True), table.refused)


def gaps(lots: gpd.GeoDataFrame, retained: gpd.GeoDataFrame) -> Floats:
    """Distance (m on the map) from each lot to the farmland that stays; inf when none does."""
    if not len(lots) or not len(retained):
        return np.full(len(lots), np.inf)
    geoms = retained.geometry.to_numpy()
    tree = shapely.STRtree(geoms)
    near, far = tree.query_nearest(lots.geometry.to_numpy(), all_matches=False)
    found = np.full(len(lots), np.inf)
    found[near] = shapely.distance(lots.geometry.to_numpy()[near], geoms[far])
    return found


def pool_of(accepted: gpd.GeoDataFrame) -> Pool:
    """Lots as the problem's rows."""
    return pool_plots(accepted)


def distances(
    accepted: gpd.GeoDataFrame, taken: gpd.GeoDataFrame, demands: Sequence[Demand], *, same_county: bool = True
) -> Floats:
    """Distance (m) from every lot to what each demand loses: one row a demand, inf where the lot may not serve it.

    taken: county_code, project (where several), geometry. Centroid to the nearest centroid.
    """
    out = np.full((len(demands), len(accepted)), np.inf)
    for d, demand in enumerate(demands):
        mine = taken[taken["county_code"] == demand.county]
        if demand.project and "project" in taken.columns:
            mine = mine[mine["project"] == demand.project]
        if not len(mine) or not len(accepted):
            continue
        if same_county:
            out[d] = distance_to_outgoing(accepted, mine, same_county=True)
        else:
            out[d] = distance_to_outgoing(accepted, mine, same_county=False)
    return out


def _cents(values: object) -> Floats:
    return np.asarray(np.floor(np.asarray(values, dtype=float) * 100.0 + 0.5 + 1e-9) / 100.0)
