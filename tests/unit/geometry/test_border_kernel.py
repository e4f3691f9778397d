"""The compiled hash finds the borders and blocks that sorting finds."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely

from bench.clipping import tiles
from geo.geometry import topology
from geo.geometry.topology import shared_borders
from geo.measure import clusters
from geo.measure.clusters import block_labels


@pytest.fixture(params=[0, 1, 2])
def shapes(request: pytest.FixtureRequest) -> np.ndarray:
    rng = np.random.default_rng(request.param)
    cells = tiles(rng, 14, 40, 0.001)
    if request.param:
        # Holes, a parcel told twice, a neighbour without the corner in the middle of an edge, nothing at all.
        cells[20] = shapely.union_all(cells[[20, 21, 22, 34, 36, 48, 49, 50]])
        cells[21:23] = cells[30]
        cells[60] = shapely.Polygon(shapely.get_coordinates(cells[60])[[0, 2, 4, 6, 0]])
        cells[61], cells[62] = None, shapely.Polygon()
    return cells


def test_borders(shapes: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    frame = gpd.GeoDataFrame({"p": [f"p{k}" for k in range(len(shapes))]}, geometry=list(shapes), crs=4528)
    plain = shared_borders(frame, id_column="p")
    monkeypatch.setattr(topology, "KERNEL_CORNERS", 0)
    fast = shared_borders(frame, id_column="p")
    assert plain[["left", "right"]].equals(fast[["left", "right"]])
    assert np.abs(plain["border_m"] - fast["border_m"]).max() < 1e-9
    assert len(plain) > 300


@pytest.mark.parametrize("gap", [0.0, 3.0, 25.0])
def test_blocks(shapes: np.ndarray, gap: float, monkeypatch: pytest.MonkeyPatch) -> None:
    some = shapes[np.random.default_rng(5).random(len(shapes)) < 0.45]
    plain = block_labels(some, gap_m=gap)
    monkeypatch.setattr(clusters, "KERNEL_CORNERS", 0)
    assert block_labels(some, gap_m=gap).tolist() == plain.tolist()
