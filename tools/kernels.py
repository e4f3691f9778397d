"""Compiles every numba kernel of the house once, into the cache that all later processes read.

    python tools/kernels.py

On a fresh clone dozens of processes start side by side (test workers, app servers, notebooks); without this each of
them would compile the same loops again. Kernels are reached through the doors that everybody uses, on tiny inputs, so
that the types are the real ones; a kernel that nothing here reaches ends it with exit code 1 and its name.
"""

from __future__ import annotations

import importlib
import sys
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))


def main() -> int:
    """Reach every kernel; returns 0 when each of them is in the cache."""
    begun = time.process_time()
    for job in (areas, borders, cuts, elevation, maps, rings, plans):
        job()
    without = missing()
    print(f"[kernels] {len(list(every()))} in {time.process_time() - begun:.0f} processor seconds")
    for name in without:
        print(f"[kernels] no job of tools/kernels.py reaches {name}")
    return 1 if without else 0


def every() -> Iterator[tuple[str, Path, str]]:
    """Every compiled function of ``geo``: its name, the folder of its cache, and how its files there begin."""
    from numba.core.dispatcher import Dispatcher

    for path in sorted((ROOT / "geo").rglob("_*_kernel.py")):
        module = importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
        for name, found in vars(module).items():
            inlined = isinstance(found, Dispatcher) and found.targetoptions.get("inline") == "always"
            if isinstance(found, Dispatcher) and not inlined and found.py_func.__module__ == module.__name__:
                line = found.py_func.__code__.co_firstlineno
                yield f"{module.__name__}.{name}", Path(found.stats.cache_path), f"{path.stem}.{name}-{line}."


def missing() -> list[str]:
    """Compiled functions that are not in the cache."""
    return [name for name, folder, start in every() if not any(folder.glob(f"{start}*.nbi"))]


def areas() -> None:
    """Small and wide polygons on the map, and one in degrees."""
    import shapely

    from geo.geometry.ellipsoid import area_m2

    area_m2([shapely.box(*_place(0, 0, 100)), shapely.box(*_place(0, 0, 5000))])
    area_m2([shapely.box(120.9, 31.0, 120.91, 31.01)], epsg=4490)


def borders() -> None:
    """Parcels side by side: their borders, blocks and union, by the ways of a large layer."""
    from geo.geometry import topology
    from geo.geometry.dissolve import dissolve
    from geo.measure import clusters

    parcels = _parcels()
    for module in (topology, clusters):
        module.KERNEL_CORNERS = 0
    topology.shared_borders(parcels, id_column="id")
    clusters.block_labels(parcels.geometry.to_numpy(), gap_m=1.0)
    dissolve(parcels, by="village")


def cuts() -> None:
    """Polygons cut with one another: few edges, many edges, holes."""
    import numpy as np
    import shapely

    from geo.geometry.clipping import clip_sized, surfaces

    box, round_ = shapely.box(*_place(0, 0, 100)), shapely.Point(*_place(100, 100, 0)[:2]).buffer(60, quad_segs=32)
    both = surfaces([box, round_, box.difference(box.buffer(-30))], epsg=4528)
    left, right = np.array([0, 1, 2]), np.array([1, 2, 0])
    for minus in (False, True):
        clip_sized(both, left, right, epsg=4528, minus=minus)


def elevation() -> None:
    """Classes of slope under a polygon."""
    import numpy as np
    import shapely

    from geo.measure.terrain import Elevation, class_shares

    west, south, east, north = _place(0, 0, 100)
    model = Elevation(np.zeros((10, 10)), float(west), float(north), (10.0, 10.0), "", np.full((10, 2), 10.0))
    inside = shapely.box(west + 5, south + 5, east - 5, north - 5)
    class_shares([inside], model, np.zeros((10, 10)), np.ones((10, 10)), 2)


def maps() -> None:
    """Tiles of every kind and the filler of the printed sheets."""
    from geo.report import map_image
    from geo.report.palette import layer_styles
    from geo.report.tiles import LayerIndex

    parcels = _parcels()
    style = layer_styles("parcels")[0].style
    LayerIndex(parcels, id_column="id", style_ids=[style] * len(parcels)).get_kernels_ready()
    map_image.get_ready()


def rings() -> None:
    """The rings of a layer as the checks walk them."""
    from geo.geometry.rings import Rings

    found = Rings(_parcels().geometry.to_numpy())
    _ = found.walk
    found.lone_edges()


def plans() -> None:
    """The first steps of a large plan: prices, minimum cuts, cases, small exchanges."""
    import numpy as np

    from bench._instances import instance
    from geo.plan.relocation.cut_model import cut_model
    from geo.plan.relocation.model import Search
    from geo.plan.relocation.polish import polished
    from geo.plan.relocation.sift import sift
    from geo.plan.relocation.tree import Tree

    problem = instance(400, "mixed", 1)
    model = cut_model(problem)
    search = Search(model=model, ids=problem.pool.ids, gap=1e-3, deadline=time.monotonic() + 600, watcher=None)
    proof, _ = sift(search, np.zeros(len(model.lower)))
    polished(search, Tree(search, model, proof, 400), None, 1, steps=20_000)  # to a plan that holds: exchanges need one


def _place(east: float, north: float, side: float) -> tuple[float, float, float, float]:
    """A square's box in the zone, m (EPSG:4528)."""
    return 40_583_000 + east, 3_430_000 + north, 40_583_000 + east + side, 3_430_000 + north + side


def _parcels() -> object:
    """Nine squares side by side, in two villages."""
    import geopandas as gpd
    import shapely

    squares = [shapely.box(*_place(100 * i, 100 * j, 100)) for i in range(3) for j in range(3)]
    ids = [str(k) for k in range(len(squares))]
    return gpd.GeoDataFrame({"id": ids, "village": list("aaaabbbbb")}, geometry=squares, crs=4528)


if __name__ == "__main__":
    sys.exit(main())
