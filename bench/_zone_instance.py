"""The whole zone as one relocation problem with every parcel a candidate: the largest real problem of this house."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from geo.plan.candidates import CandidateParams, measure_candidates
from geo.plan.relocation.constraints import Area, Capacity, Paddy, Quality, Slope
from geo.plan.relocation.problem import Problem, pose
from geo.plan.retained import retained_farmland
from geo.standards.land import PADDY, base_code

SMALLEST_M2 = 200.0  # a smaller part inside a line only touches it


def zone_problem(folder: Path) -> Problem:
    """Every piece of permanent farmland inside a line leaves; all parcels of the survey may come in.

    A parcel without a grade or slope class gets the middle one of the zone; it is the size and the borders that count
    here, not the law. Townships take at most 12 % of what they have.
    """
    from geo.geometry.ellipsoid import areas
    from geo.geometry.topology import shared_borders
    from geo.io.zone_folder import read_zone
    from geo.measure.conflicts import farmland_conflicts

    zone = read_zone(folder)
    found = farmland_conflicts(zone).inside
    traits = zone.layer("farmland").set_index("farmland_id")[["grade", "slope_grade", "class_code"]]
    moved_out = found.join(traits, on="farmland_id").assign(paddy=lambda f: f["class_code"].map(base_code) == PADDY)
    moved_out = moved_out[moved_out["net_area_m2"] >= SMALLEST_M2].reset_index(drop=True)
    retained = retained_farmland(zone.layer("farmland"), moved_out)
    parcels = zone.layer("parcels")
    net = areas(parcels) * (1.0 - parcels["ridge_factor"].fillna(0.0).astype(float))
    rows = parcels.assign(
        candidate_id=parcels["parcel_id"], parent_id=parcels["parcel_id"], source="cropland",
        area_m2=areas(parcels), net_area_m2=np.maximum(net, 1.0),
        grade=parcels["grade"].fillna(parcels["grade"].median()).clip(1),
        slope_grade=parcels["slope_grade"].fillna(1).clip(1),
    )  # fmt: skip
    params = CandidateParams(
        classes=(), max_slope_grade=1, unstable_codes=(), excluded_crops=(), allowed_status=(), min_patch_m2=0.0,
        overlap_tolerance_m2=1.0, contiguity_gap_m=5.0, same_county=True,
    )  # fmt: skip
    measured = measure_candidates(rows, outgoing=moved_out, retained=retained, params=params)
    pairs = shared_borders(measured, id_column="candidate_id")
    limits = (measured.groupby("town_code")["net_area_m2"].sum() * 0.12).to_dict()
    rules = (Area(ratio=1.05, county_ratio=1.0), Quality(), Paddy(), Slope(slack=0.05), Capacity(limit_m2=limits))
    return pose(moved_out, measured, pairs, constraints=rules)
