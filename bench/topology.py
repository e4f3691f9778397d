"""Topology of a parcels layer: this house against the obvious geopandas way, on the same data in the same run.

    python -m bench.topology [folder of a zone] [--copies N]

The obvious way: ``sjoin`` of the layer with itself, the intersections of all pairs with their areas, and for the gaps
the holes of ``union_all``; broken rings are made valid first. Ours tells overlaps and gaps, and besides broken rings,
slivers, spikes, repeated points, ring order, parts, and the sums of the townships. Each side runs in a process of its
own on the layer read from one Parquet file: processor seconds of the work alone (compiled loops warmed up), and the
greatest memory of the whole process, reading included. ``--copies`` lays N × N copies of the zone side by side.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from geo.geometry.ellipsoid import area_m2
from geo.geometry.repair import polygons_only
from geo.io.zone_folder import read_zone
from geo.qc.coverage import coverage_faults
from geo.qc.limits import number
from geo.zone import Zone

WAYS = ("ours", "overlaps", "gaps")


def ours(parcels: gpd.GeoDataFrame) -> dict[str, Any]:
    zone = Zone("bench", "bench", "bench", 2023, {"parcels": parcels})
    coverage_faults(zone.with_layer("parcels", parcels.iloc[:100]))  # compiles, or loads what was compiled
    start = time.process_time()
    faults = coverage_faults(zone, min_patch_m2=400.0)
    seconds = time.process_time() - start
    sizes = {code: [f.finding.measured for f in faults if f.finding.code == code] for code in ("QC202", "QC203")}
    return {
        "seconds": seconds, "overlaps": len(sizes["QC202"]), "overlap_m2": sum(sizes["QC202"]),
        "gaps": len(sizes["QC203"]), "gap_m2": sum(sizes["QC203"]), "findings": len(faults),
    }  # fmt: skip


def overlaps(parcels: gpd.GeoDataFrame) -> dict[str, Any]:
    start = time.process_time()
    layer = parcels[["geometry"]].set_geometry(parcels.make_valid())
    pairs = gpd.sjoin(layer, layer, predicate="intersects")
    pairs = pairs[pairs.index < pairs["index_right"]]
    common = layer.geometry.loc[pairs.index].reset_index(drop=True).intersection(
        layer.geometry.loc[pairs["index_right"]].reset_index(drop=True)
    )  # fmt: skip
    size = area_m2(polygons_only(common.to_numpy()))  # a common border beside an overlap makes a collection
    size = size[size > number("surface_noise_m2")]
    return {"seconds": time.process_time() - start, "overlaps": len(size), "overlap_m2": float(size.sum())}


def gaps(parcels: gpd.GeoDataFrame) -> dict[str, Any]:
    start = time.process_time()
    whole = parcels.make_valid().union_all()
    rings = [ring for part in shapely.get_parts(whole) for ring in part.interiors]
    size = area_m2(np.array([shapely.Polygon(ring) for ring in rings], dtype=object))
    size = size[size > number("surface_noise_m2")]
    return {"seconds": time.process_time() - start, "gaps": len(size), "gap_m2": float(size.sum())}


def spread(parcels: gpd.GeoDataFrame, copies: int) -> gpd.GeoDataFrame:
    """The layer N × N times, apart by more than its extent: copies that touch would be faults that no survey has."""
    west, south, east, north = parcels.total_bounds
    geoms = parcels.geometry.to_numpy()
    moved = [
        shapely.transform(geoms, lambda p, by=by: p + by)
        for i in range(copies)
        for j in range(copies)
        for by in [np.array([(i - copies // 2) * (east - west + 50), (j - copies // 2) * (north - south + 50)])]
    ]
    ids = [f"{name}/{k}" for k in range(copies**2) for name in parcels["parcel_id"]]
    return gpd.GeoDataFrame({"parcel_id": ids, "class_code": "0101"}, geometry=np.concatenate(moved), crs=parcels.crs)


def alone(way: str, layer: Path) -> dict[str, Any]:
    """One way in a process of its own."""
    command = [sys.executable, "-m", "bench.topology", "--way", way, str(layer)]
    return dict(json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.topology", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("folder", nargs="?", type=Path, default=Path("data/shapefiles"))
    parser.add_argument("--copies", type=int, default=5)
    parser.add_argument("--way", choices=WAYS, help=argparse.SUPPRESS)
    chosen = parser.parse_args(arguments)
    if chosen.way:
        warnings.simplefilter("ignore")
        found = globals()[chosen.way](gpd.read_parquet(chosen.folder))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        print(json.dumps({**found, "peak_gb": peak}))
        return
    parcels = read_zone(chosen.folder, layers=("parcels",)).layer("parcels")
    if chosen.copies > 1:
        parcels = spread(parcels, chosen.copies)
    print(f"{len(parcels):,} parcels, {shapely.get_num_coordinates(parcels.geometry).sum():,} points")
    with tempfile.TemporaryDirectory() as folder:
        layer = Path(folder) / "parcels.parquet"
        parcels.to_parquet(layer)
        told = {way: alone(way, layer) for way in WAYS}
    mine, pairs, holes = (told[way] for way in WAYS)
    print(f"{'way':<52} {'cpu s':>8} {'ratio':>6} {'peak GB':>8}  found")
    line("ours: all of the coverage", mine, 1.0,
         f"{mine['overlaps']} overlaps {mine['overlap_m2']:.2f} m², {mine['gaps']} gaps {mine['gap_m2']:.2f} m², "
         f"{mine['findings']} findings in all")  # fmt: skip
    line("geopandas sjoin + intersection: overlaps only", pairs, pairs["seconds"] / mine["seconds"],
         f"{pairs['overlaps']} overlaps {pairs['overlap_m2']:.2f} m²")  # fmt: skip
    line("geopandas union_all: gaps only", holes, holes["seconds"] / mine["seconds"],
         f"{holes['gaps']} holes {holes['gap_m2']:.2f} m²")  # fmt: skip
    both = pairs["seconds"] + holes["seconds"]
    print(f"{'geopandas, overlaps and gaps':<52} {both:8.2f} {both / mine['seconds']:6.1f}")


def line(way: str, told: dict[str, Any], ratio: float, found: str) -> None:
    print(f"{way:<52} {told['seconds']:8.2f} {ratio:6.1f} {told['peak_gb']:8.2f}  {found}")


if __name__ == "__main__":
    main(sys.argv[1:])
