"""IS THE SAMPLE WHAT IT SAYS? Shares, coverage and key of a sample, worked out again without the maker's own steps.

``python -m geo.sample.check [corner|zone] [seed]`` makes a sample and prints the tables.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from geo.geometry.ellipsoid import area_m2
from geo.sample.fragments import DEFINITION
from geo.sample.make import SampleZone

_GROUPS = (
    ("耕地 cropland", ("01",)), ("种植园 orchards", ("02",)), ("林地 woods", ("03",)), ("草地 grass", ("04",)),
    ("河流湖泊 rivers, lakes", ("1101", "1102")), ("坑塘沟渠 ponds, ditches", ("1104", "1107")),
    ("村庄 rural lots", ("0702",)), ("城镇工矿 towns, works", ("05", "06", "0701", "08", "09", "1004", "1201")),
    ("交通水工 roads, works", ("1001", "1003", "1005", "1109")), ("农村道路 lanes", ("1006",)),
    ("设施农用地 farm buildings", ("1202",)),
)  # fmt: skip


def shares(sample: SampleZone) -> dict[str, float]:
    """Area of each great group of classes as a share of the whole."""
    code = sample.clean_parcels["class_code"]
    area = sample.clean_parcels["area_m2"]
    total = float(area.sum())
    return {name: float(area[code.str.startswith(cut)].sum()) / total for name, cut in _GROUPS}


def totals(sample: SampleZone) -> dict[str, tuple[float | None, float]]:
    """Target and achieved figure (m² or share) of everything that is calibrated."""
    parcels, farmland = sample.clean_parcels, sample.frames["farmland"]
    crop = parcels["slope_grade"].notna()
    net = parcels["net_area_m2"]
    cropland = float(net[crop].sum())
    wanted = sample.extent.target
    pbf = float(farmland["net_area_m2"].sum())
    return {
        "cropland_m2": (wanted["cropland_m2"], cropland),
        "farmland_m2": (wanted.get("farmland_m2", wanted.get("farmland_share", 0) * cropland), pbf),
        "farmland_share": (wanted.get("farmland_share"), pbf / cropland),
        "paddy_share": (wanted["paddy_share"], float(net[parcels["class_code"] == "0101"].sum()) / cropland),
        "redline_m2": (wanted["redline_m2"], float(area_m2(sample.frames["redline"].geometry.to_numpy()).sum())),
        "boundary_m2": (wanted["boundary_m2"], float(area_m2(sample.boundary_full.geometry.to_numpy()).sum())),
        "terraced_share": (None, float(net[parcels["ridge_factor"] > 0].sum()) / cropland),
        "area_m2": (None, float(parcels["area_m2"].sum())),
    }


@dataclass(frozen=True, slots=True)
class Brute:
    """零星 blocks found by buffering: sets of farmland ids with net and inside area (m²)."""

    blocks: dict[frozenset[str], tuple[float, float]]


def brute_force(farmland: Any, boundary: Any, redline: Any) -> Brute:
    """零星 blocks by another way than the maker's: every parcel grown by half the gap, what then overlaps is a block.

    farmland: farmland_id, net_area_m2, geometry; boundary, redline: polygons, holes of the boundary are filled.
    """
    geoms = farmland.geometry.to_numpy()
    grown = shapely.buffer(geoms, DEFINITION["gap_m"] / 2, quad_segs=32)
    clumps = shapely.get_parts(shapely.union_all(grown))
    row, clump = shapely.STRtree(clumps).query(shapely.point_on_surface(geoms), predicate="within")
    net = np.bincount(clump, weights=farmland["net_area_m2"].to_numpy()[row], minlength=len(clumps))
    filled = [shapely.Polygon(p.exterior) for p in shapely.get_parts(shapely.union_all(boundary.geometry.to_numpy()))]
    area = shapely.union_all([*filled, *redline.geometry.to_numpy()])
    shapely.prepare(area)
    found: dict[frozenset[str], tuple[float, float]] = {}
    ids = farmland["farmland_id"].to_numpy()
    for k in np.flatnonzero(net <= DEFINITION["threshold_m2"]).tolist():
        members = row[clump == k]
        block = shapely.union_all(geoms[members])
        if not area.intersects(block):
            continue
        inner = float(area_m2(shapely.get_parts(shapely.intersection(block, area))).sum())
        if inner >= DEFINITION["min_inside_m2"]:
            found[frozenset(ids[members].tolist())] = (float(net[k]), inner)
    return Brute(found)


def key_faults(sample: SampleZone) -> list[str]:
    """Differences between the key and the brute-force search; empty when the key lists all and only."""
    found = brute_force(sample.frames["farmland"], sample.frames["boundary"], sample.frames["redline"]).blocks
    listed = {frozenset(row["farmland_ids"]): row for row in sample.key["fragments"]}
    faults = [f"not in the key: {sorted(ids)}" for ids in found.keys() - listed.keys()]
    faults += [f"only in the key: {sorted(ids)}" for ids in listed.keys() - found.keys()]
    for ids in found.keys() & listed.keys():
        net, inner = found[ids]
        if abs(net - listed[ids]["net_area_m2"]) > 0.02 or abs(inner - listed[ids]["inside_area_m2"]) > 0.5:
            faults.append(f"areas differ: {sorted(ids)}")
    return sorted(faults)


def main(words: list[str]) -> list[str]:
    """Lines of the report for an extent and a seed."""
    from geo.sample import DEFAULT_SEED, make_zone

    extent, seed = (words[0] if words else "corner"), int(words[1]) if len(words) > 1 else DEFAULT_SEED
    sample = make_zone(extent=extent, seed=seed)
    lines = [f"{name:28s} {share:7.2%}" for name, share in shares(sample).items()]
    for name, (wanted, got) in totals(sample).items():
        aim = f"  target {wanted:16.4f}  {got / wanted - 1:+.3%}" if wanted else ""
        lines.append(f"{name:28s} {got:16.4f}{aim}")
    geoms = sample.clean_parcels.geometry.to_numpy()
    lines.append(f"parcels {len(geoms)}, coverage exact: {shapely.coverage_is_valid(geoms)}")
    if extent == "corner":
        lines += [f"key: {len(sample.key['fragments'])} fragments, differences: {key_faults(sample) or 'none'}"]
    return lines


if __name__ == "__main__":
    import sys

    sys.stdout.write("\n".join(main(sys.argv[1:])) + "\n")
