"""Farmland against few large outlines: this house against geopandas.overlay, on the same layers in the same run.

    python -m bench.overlay [folder of a zone] [--copies N]

Both sides give every piece with its parents and its ellipsoidal area. geopandas.overlay repairs and intersects; its
areas are taken afterwards by our formula, so only the overlay differs. Also the blocks within a gap against the plain
way (a distance query on all pairs), and shared borders. Processor seconds, best of three. ``--copies`` lays N × N
copies of the zone side by side.
"""

from __future__ import annotations

import argparse
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.geometry.ellipsoid import area_m2
from geo.geometry.topology import shared_borders
from geo.io.zone_folder import read_zone
from geo.measure.clusters import block_labels
from geo.measure.overlay import overlay, split_by


def clocked(work: Callable[[], Any], *, times: int = 3) -> tuple[float, Any]:
    """Least processor seconds of some runs, and the result."""
    best, result = np.inf, None
    for _ in range(times):
        start = time.process_time()
        result = work()
        best = min(best, time.process_time() - start)
    return best, result


def copied(frame: gpd.GeoDataFrame, copies: int, id_column: str) -> gpd.GeoDataFrame:
    """The layer N × N times side by side, ids told apart."""
    west, south, east, north = 40_579_900.0, 3_427_400.0, 40_590_100.0, 3_437_600.0
    rows = []
    for i in range(copies):
        for j in range(copies):
            shift = np.array([(i - copies // 2) * (east - west), (j - copies // 2) * (north - south)])
            moved = shapely.transform(frame.geometry.to_numpy(), lambda p, by=shift: p + by)
            names = frame[id_column].astype(str) + f"/{i}/{j}"
            rows.append(gpd.GeoDataFrame({id_column: names}, geometry=list(moved), crs=frame.crs))
    return gpd.GeoDataFrame(pd.concat(rows, ignore_index=True), crs=frame.crs)


def by_geopandas(left: gpd.GeoDataFrame, right: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    warnings.simplefilter("ignore", UserWarning)  # it warns of the touches that it drops
    made = gpd.overlay(left, right, keep_geom_type=True)
    return made.assign(area_m2=area_m2(made.geometry.to_numpy()))


def plain_blocks(geoms: np.ndarray, gap_m: float) -> np.ndarray:
    """Components of all pairs within the gap, found by one distance query."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    a, b = shapely.STRtree(geoms).query(geoms, predicate="dwithin", distance=gap_m + 0.001)
    graph = coo_array((np.ones(len(a)), (a, b)), shape=(len(geoms), len(geoms)))
    return np.asarray(connected_components(graph, directed=False)[1])


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.overlay", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("folder", nargs="?", type=Path, default=Path("data/shapefiles"))
    parser.add_argument("--copies", type=int, default=2)
    chosen = parser.parse_args(arguments)
    zone = read_zone(chosen.folder, layers=("parcels", "farmland", "boundary", "redline"))
    names = {"parcels": "parcel_id", "farmland": "farmland_id", "boundary": "boundary_id", "redline": "redline_id"}
    layer = {name: copied(zone.layer(name), chosen.copies, column) for name, column in names.items()}
    sizes = {
        name: f"{len(f):,} ({shapely.get_num_coordinates(f.geometry).sum():,} vertices)" for name, f in layer.items()
    }
    print(", ".join(f"{name} {size}" for name, size in sizes.items()))
    print(f"{'work':<46} {'ours cpu s':>10} {'peer cpu s':>10} {'ratio':>6}  peer, and what the two make")
    for name in ("boundary", "redline"):
        for subject in ("farmland", "parcels"):
            left, right = layer[subject], layer[name]
            ours, made = clocked(
                lambda a=left, b=right, s=names[subject], n=names[name]: overlay(a, b, left_id=s, right_id=n)
            )
            theirs, plain = clocked(lambda a=left, b=right: by_geopandas(a, b))
            apart = abs(made.area_m2.sum() - plain.area_m2.sum())
            told = f"{len(made):,} / {len(plain):,} pieces, areas apart by {apart:.1e} m²"
            line(f"{subject} × {name}", ours, theirs, f"geopandas.overlay; {told}")
    farmland = layer["farmland"]
    cover = np.concatenate([layer["boundary"].geometry.to_numpy(), layer["redline"].geometry.to_numpy()])
    union = gpd.GeoDataFrame(geometry=[shapely.union_all(cover)], crs=farmland.crs)
    ours, parts = clocked(lambda: split_by(farmland, cover, left_id="farmland_id"))
    theirs, plain = clocked(
        lambda: (gpd.overlay(farmland, union), gpd.overlay(farmland, union, how="difference")), times=1
    )
    told = f"{len(parts[0]):,} + {len(parts[1]):,} / {len(plain[0]):,} + {len(plain[1]):,} rows"
    line("farmland inside and outside both", ours, theirs, f"geopandas.overlay twice; {told}")
    geoms = farmland.geometry.to_numpy()
    for gap in (0.0, 8.0, 20.0):
        ours, labels = clocked(lambda g=gap: block_labels(geoms, gap_m=g))
        theirs, plain = clocked(lambda g=gap: plain_blocks(geoms, g))
        told = f"{labels.max() + 1:,} / {plain.max() + 1:,} blocks"
        line(f"blocks across {gap:g} m", ours, theirs, f"STRtree dwithin on all; {told}")
    ours, borders = clocked(lambda: shared_borders(layer["parcels"], id_column="parcel_id"))
    print(f"{'shared borders of all parcels':<46} {ours:10.3f} {'':>10} {'':>6}  {len(borders):,} pairs")


def line(work: str, ours: float, theirs: float, told: str) -> None:
    print(f"{work:<46} {ours:10.3f} {theirs:10.3f} {theirs / ours:6.1f}  {told}")


if __name__ == "__main__":
    main(sys.argv[1:])
