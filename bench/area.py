"""Area of a whole layer: this house against a loop over pyproj.Geod, on the same polygons in the same run.

    python -m bench.area [folder of a zone] [--polygons N] [--accuracy]

Each side is given the geometries of the layer and returns areas; what it needs on the way (taking the coordinates out,
splitting edges, inverting the projection) counts. Processor seconds, best of three; parcels are repeated until there
are N. ``--accuracy`` prints how far the ways are apart (the table of docs/decisions/0001-area.md).
"""

from __future__ import annotations

import argparse
import itertools
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import shapely
from pyproj import Geod, Transformer

from geo.geometry.ellipsoid import area_m2, strip_area_m2

CGCS2000 = Geod(a=6378137.0, rf=298.257222101)
BACK = Transformer.from_crs(4528, 4490, always_xy=True)


def geod_loop(geoms: np.ndarray, *, max_edge_m: float = 0.0) -> np.ndarray:
    """pyproj.Geod on every ring; longer edges split in the plane first when ``max_edge_m`` is given."""
    fine = shapely.segmentize(geoms, max_edge_m) if max_edge_m else geoms
    parts, owner = shapely.get_parts(fine, return_index=True)
    rings, part = shapely.get_rings(parts, return_index=True)
    xy = shapely.get_coordinates(rings)
    lon, lat = BACK.transform(xy[:, 0], xy[:, 1])
    cuts = np.concatenate([[0], np.cumsum(shapely.get_num_coordinates(rings))])
    size = np.array([CGCS2000.polygon_area_perimeter(lon[a:b], lat[a:b])[0] for a, b in itertools.pairwise(cuts)])
    outer = np.concatenate([[True], part[1:] != part[:-1]])
    return np.bincount(owner[part], weights=np.where(outer, np.abs(size), -np.abs(size)), minlength=len(geoms))


def geod_each(geoms: np.ndarray) -> np.ndarray:
    """What one would write first: polygon by polygon through Geod.geometry_area_perimeter."""
    lonlat = shapely.transform(geoms, lambda p: np.column_stack(BACK.transform(p[:, 0], p[:, 1])))
    return np.array([abs(CGCS2000.geometry_area_perimeter(shapely.orient_polygons(g))[0]) for g in lonlat])


def clocked(work: Callable[[], np.ndarray], *, times: int = 3) -> tuple[float, np.ndarray]:
    """Least processor seconds of some runs, and the result."""
    best, result = np.inf, np.zeros(0)
    for _ in range(times):
        start = time.process_time()
        result = work()
        best = min(best, time.process_time() - start)
    return best, result


def parcels_of(folder: Path, count: int) -> np.ndarray:
    """The parcels of a zone, repeated 20 m further north as often as needed."""
    from geo.io.zone_folder import read_zone

    geoms = read_zone(folder, layers=("parcels",)).layer("parcels").geometry.to_numpy()
    copies = [geoms]
    while sum(map(len, copies)) < count:
        shift = np.array([0.0, 20.0 * len(copies)])
        copies.append(shapely.transform(geoms, lambda p, by=shift: p + by))
    return np.concatenate(copies)[:count] if count else geoms


def random_polygons(count: int, smallest_m: float, largest_m: float, rng: np.random.Generator) -> np.ndarray:
    """Simple polygons of 6 to 13 corners in the zone, radius between the limits."""
    found = []
    for _ in range(count):
        corners = int(rng.integers(6, 14))
        angle = (np.arange(corners) + rng.uniform(0, 0.8, corners)) * 2 * np.pi / corners
        radius = rng.uniform(0.4, 1, corners) * np.exp(rng.uniform(np.log(smallest_m), np.log(largest_m)))
        middle = np.array([rng.uniform(40_533_000, 40_622_000), rng.uniform(3_400_000, 3_480_000)])
        found.append(shapely.Polygon(middle + radius[:, None] * np.c_[np.cos(angle), np.sin(angle)]))
    return np.array(found, dtype=object)


def accuracy() -> None:
    """How far strips, Geod and an equal-area map are from the integral, for polygons of several sizes."""
    rng = np.random.default_rng(20231)
    equal = Transformer.from_crs(4528, "+proj=cea +lon_0=120.8 +lat_ts=31 +ellps=GRS80 +units=m", always_xy=True)

    def cea(geoms: np.ndarray, edge: float) -> np.ndarray:
        fine = shapely.segmentize(geoms, edge)
        east, north = equal.transform(*shapely.get_coordinates(fine).T)
        return np.asarray(shapely.area(shapely.set_coordinates(fine, np.c_[east - east.mean(), north - north.mean()])))

    print(f"{'radius m':>12} {'way':<28} {'largest m²':>12} {'mean m²':>12} {'largest relative':>17}")
    for low, high in ((15, 30), (50, 100), (300, 600), (700, 1500)):
        geoms = random_polygons(1000, low, high, rng)
        ours = area_m2(geoms)
        fine = 1.0 if high <= 100 else 5.0
        ways = {
            "strips, edges as drawn": strip_area_m2(geoms, max_edge_m=0.0),
            "strips, edges ≤ 70 m": strip_area_m2(geoms, max_edge_m=70.0),
            f"strips, edges ≤ {fine:g} m": strip_area_m2(geoms, max_edge_m=fine),
            "Geod, edges as drawn": geod_loop(geoms),
            "Geod, edges ≤ 20 m": geod_loop(geoms, max_edge_m=20.0),
            f"equal-area map, edges ≤ {fine:g} m": cea(geoms, fine),
        }
        for name, theirs in ways.items():
            off = theirs - ours
            worst, relative = np.abs(off).max(), np.abs(off / ours).max()
            print(f"{f'{low}–{high}':>12} {name:<28} {worst:12.2e} {off.mean():12.2e} {relative:17.1e}")


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.area", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("folder", nargs="?", type=Path, default=Path("data/shapefiles"))
    parser.add_argument("--polygons", type=int, default=60_000)
    parser.add_argument("--accuracy", action="store_true")
    chosen = parser.parse_args(arguments)
    if chosen.accuracy:
        accuracy()
        return
    geoms = parcels_of(chosen.folder, chosen.polygons)
    area_m2(geoms[:10])  # compiled and fitted once per installation
    strip_area_m2(geoms[:10])
    ours, areas = clocked(lambda: area_m2(geoms))
    rows = [("geo: area_m2", ours, areas)]
    rows.append(("geo: strips of the official text, 70 m", *clocked(lambda: strip_area_m2(geoms))))
    rows.append(("pyproj.Geod, loop over rings, edges as drawn", *clocked(lambda: geod_loop(geoms))))
    rows.append(("pyproj.Geod, loop over geometries", *clocked(lambda: geod_each(geoms), times=1)))
    rows.append(("pyproj.Geod, loop, edges ≤ 20 m", *clocked(lambda: geod_loop(geoms, max_edge_m=20.0), times=1)))
    print(f"{len(geoms):,} parcels, {shapely.get_num_coordinates(geoms).sum():,} vertices")
    print(f"{'way':<46} {'cpu s':>8} {'× ours':>8} {'total off m²':>13} {'of':>16}")
    for name, seconds, sizes in rows:
        off = sizes.sum() - areas.sum()
        print(f"{name:<46} {seconds:8.3f} {seconds / ours:8.1f} {off:13.5f} {areas.sum():16.2f}")


if __name__ == "__main__":
    main(sys.argv[1:])
