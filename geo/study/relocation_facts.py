"""The facts of a relocation plan: what the rule book judges, and the balances by county and township."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from geo.report.forms import balance
from geo.standards.land import admin_units, base_code

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from geo.measure.fragmentation import PatchIndices
    from geo.zone import Zone


@dataclass(frozen=True)
class PlanState:
    """A plan and the two states of the farmland it connects, as the facts need them."""

    zone: Zone
    moved_out: gpd.GeoDataFrame
    moved_in: gpd.GeoDataFrame
    before: PatchIndices
    after: PatchIndices
    lines_in_m2: Mapping[str, float]


def names_of(zone: Zone) -> dict[str, str]:
    """Names of counties and townships by code: the zone's own layer first, the official table behind it."""
    found = {code: unit.zh for code, unit in admin_units().items()}
    towns = zone.layer("towns")
    if "unit_name" in towns.columns:
        named = towns[towns["unit_name"].str.len() > 0]
        found |= dict(zip(named["unit_code"].str.slice(0, 9), named["unit_name"], strict=True))
    return found


def town_farmland_m2(zone: Zone) -> dict[str, float]:
    """Net permanent farmland of each township before the plan, m²."""
    sums = zone.layer("farmland").groupby("town_code")["net_area_m2"].sum()
    return {str(k): float(v) for k, v in sums.items()}


def mean(frame: pd.DataFrame, column: str) -> float:
    """Mean of a column weighted by net area; NaN for an empty table."""
    net = frame["net_area_m2"].to_numpy(dtype=float)
    return float(net @ frame[column].to_numpy(dtype=float) / net.sum()) if net.sum() > 0 else float("nan")


def plan_facts(state: PlanState, *, allowed_status: tuple[str, ...], min_patch_m2: float,
               unstable_codes: tuple[str, ...], excluded_crops: tuple[str, ...]) -> list[dict[str, Any]]:  # fmt: skip
    """One row for the plan, one a county, one a township, with the columns of ``policy/rules/relocation.py``."""
    out, inn, zone = state.moved_out, state.moved_in, state.zone
    lots = inn[inn["source"] == "reserve"]
    status = zone.layer("reserve").set_index("lot_id")["status"] if zone.has("reserve") else None
    taken = 0 if status is None else int((~status.reindex(lots["parent_id"]).isin(allowed_status)).sum())
    rows: list[dict[str, Any]] = []
    plan: dict[str, Any] = {
        "subject": "plan",
        "kind": "plan",
        "out_area_m2": float(out["net_area_m2"].sum()),
        "in_area_m2": float(inn["net_area_m2"].sum()),
        "out_grade": mean(out, "grade"),
        "in_grade": mean(inn, "grade"),
        "out_paddy_m2": float(out.loc[out["paddy"].astype(bool), "net_area_m2"].sum()),
        "in_paddy_m2": float(inn.loc[inn["paddy"].astype(bool), "net_area_m2"].sum()),
        "out_slope": mean(out, "slope_grade"),
        "in_slope": mean(inn, "slope_grade"),
        "max_slope_grade_in": float(inn["slope_grade"].max()) if len(inn) else float("nan"),
        "unstable_in": unstable(inn, unstable_codes, excluded_crops),
        "in_lines_m2": float(sum(state.lines_in_m2.values())),
        "not_available_in": taken,
        "used_twice_in": int(inn["candidate_id"].duplicated().sum()),
        "contiguity_before": state.before.contiguity,
        "contiguity_after": state.after.contiguity,
        "mean_patch_before_m2": state.before.mean_patch_m2,
        "mean_patch_after_m2": state.after.mean_patch_m2,
        "cross_county_m2": crossed(out, inn, 6),
        "cross_province_m2": crossed(out, inn, 2),
        "out_high_standard_m2": float(out.loc[out["high_standard"].astype(bool), "net_area_m2"].sum()),
        "slivers": int((inn["area_m2"] < min_patch_m2).sum()),
        "balance_residual_m2": residual(state),
        # A relocation of farmland leaves the boundary as it is.
        "boundary_multiple_before": 1.0,
        "boundary_multiple_after": 1.0,
        "not_cropland_in": int((~inn["class_code"].map(base_code).str.startswith("01")).sum()),
        "incomplete_in": int(inn[["grade", "slope_grade", "net_area_m2"]].isna().any(axis=1).sum()),
    }
    rows.append(plan)
    for kind, column in (("county", "county_code"), ("town", "town_code")):
        for row in balance(out, inn, key=column).to_dict("records"):
            code = str(row[column])
            rows.append(
                {
                    "subject": code,
                    "kind": kind,
                    "region": code[:6],
                    "out_area_m2": row["out_net_m2"],
                    "in_area_m2": row["in_net_m2"],
                    "out_grade": row["out_grade"],
                    "in_grade": row["in_grade"],
                    "out_paddy_m2": row["out_paddy_m2"],
                    "in_paddy_m2": row["in_paddy_m2"],
                    "town_farmland_m2": town_farmland_m2(zone).get(code, float("nan")),
                }
            )
    return rows


def unstable(inn: pd.DataFrame, codes: tuple[str, ...], crops: tuple[str, ...]) -> int:
    """Incoming plots whose survey marks say that they are not stable cropland."""
    bad = np.zeros(len(inn), dtype=bool)
    if "refine_code" in inn.columns:
        bad |= inn["refine_code"].isin(codes).to_numpy()
    if "crop_code" in inn.columns:
        bad |= inn["crop_code"].isin(crops).to_numpy()
    return int(bad.sum())


def crossed(out: pd.DataFrame, inn: pd.DataFrame, digits: int) -> float:
    """Outgoing area (net m²) that land of its own county (6 digits) or province (2) does not replace."""
    gone = out.groupby(out["county_code"].str.slice(0, digits))["net_area_m2"].sum()
    come = inn.groupby(inn["county_code"].str.slice(0, digits))["net_area_m2"].sum().reindex(gone.index).fillna(0.0)
    return float((gone - come).clip(lower=0.0).sum())


def residual(state: PlanState) -> float:
    """Farmland after minus (before − out + in), net m²: what the two states do not explain."""
    gone = float(state.moved_out["net_area_m2"].sum())
    come = float(state.moved_in["net_area_m2"].sum())
    return abs(state.after.area_m2 - (state.before.area_m2 - gone + come))
