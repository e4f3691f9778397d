"""Mixed use end to end on a township of the shipped zone; and a hundred small random plans counted by plain arithmetic:
neighbours, sites, walks along roads and the nearest facility equal what trying every pair and every way gives."""

from __future__ import annotations

import itertools
import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import openpyxl
import pytest
import shapely

from geo.errors import InputProblem
from geo.geometry.crs import HOUSE_EPSG
from geo.measure.mixing import neighbours, sites_of, to_facilities
from geo.measure.road_walk import TOUCH_M, walks
from geo.study import mixed, mixed_tell

if TYPE_CHECKING:
    from geo.study.mixed_result import MixedResult
    from geo.zone import Zone

ROOT = Path(__file__).parents[3]
ZONE = ROOT / "data" / "shapefiles"
TOWN = "320509110"
ORIGIN = (40_560_000.0, 3_440_000.0)
ACCESS = 40.0


def values(**more: Any) -> dict[str, Any]:
    return mixed.SPEC.values({"on": "2026-01-01", "units": (TOWN,), **more})


@pytest.fixture(scope="module")
def result(sample_zone: Zone) -> MixedResult:
    return mixed.run(sample_zone, values())


@pytest.fixture(scope="module")
def folder(result: MixedResult, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("mixed")
    mixed_tell.write(result, place, maps=False)
    return place


def test_a_township_has_sites_with_reasons(result: MixedResult) -> None:
    sites = result.sites
    assert len(sites) > 0
    assert sites["rank"].tolist() == list(range(1, len(sites) + 1))
    assert (sites["uses"] >= 2).all()
    assert sites["reason_zh"].str.len().gt(0).all()
    keys = sites[["in_boundary_share", "uses"]].round(4).apply(tuple, axis=1).tolist()
    assert keys == sorted(keys, reverse=True)
    cited = result.matrix
    assert cited["article"].ne("").all()
    assert cited["sure"].ne("").all()
    assert (cited["care_zh"].eq("") | cited["care_sure"].ne("")).all()
    assert set(result.pairs["by"]) <= {"road", "straight", "road_far", "not_measured"}


def test_the_tables_say_what_the_record_says(folder: Path, result: MixedResult) -> None:
    assert {p.name for p in folder.iterdir()} == {"mixed.json", "mixed.gpkg", "mixed.xlsx", "mixed_en.xlsx"}
    for name, sheet in (("mixed.xlsx", "混合用地地块组"), ("mixed_en.xlsx", "Sites")):
        book = openpyxl.load_workbook(folder / name)
        rows = [r for r in book[sheet].iter_rows(values_only=True) if isinstance(r[0], int | float)]
        assert [r[1] for r in rows] == result.sites["site_id"].tolist()
        assert sum(r[5] for r in rows) == pytest.approx(result.sites["area_m2"].sum() / 1e4, abs=0.01 * len(rows))
        assert len(book.sheetnames) == 7


def test_it_stands_up_to_the_recheck_and_tampered_ones_do_not(folder: Path, tmp_path: Path) -> None:
    from geo.study.recheck import run as recheck

    assert [f.text("en") for f in recheck(folder, ZONE) if f.severity == "error"] == []
    place = tmp_path / "copy"
    shutil.copytree(folder, place)
    told = json.loads((place / "mixed.json").read_text("utf-8"))
    told["results"]["tables"]["sites"][0]["area_m2"] += 100
    (place / "mixed.json").write_text(json.dumps(told, ensure_ascii=False), "utf-8")
    codes = {f.code for f in recheck(place, ZONE) if f.severity == "error"}
    assert codes == {"MX501", "MX504"}  # the figure, and the tables that no longer say it
    (place / "mixed.gpkg").unlink()
    with pytest.raises(InputProblem, match="MX503"):
        recheck(place, ZONE)


def test_unknown_townships_are_told(result: MixedResult) -> None:
    with pytest.raises(InputProblem, match="MX102"):
        mixed.run(result.zone, values(units=("999999999",)))


def _plan(seed: int) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Plots (use) and road parcels at random: axis-parallel rectangles on a small piece of ground."""
    rng = np.random.default_rng(seed)

    def boxes(count: int, long: float, wide: float) -> Any:
        at = rng.uniform(0, 160, (count, 2)) + ORIGIN
        size = np.where(rng.random((count, 1)) < 0.5, [[long, wide]], [[wide, long]])
        size = size * rng.uniform(0.6, 1.2, (count, 2))
        return shapely.box(at[:, 0], at[:, 1], at[:, 0] + size[:, 0], at[:, 1] + size[:, 1])

    lanes = boxes(5, 110, 8)
    # A plot that two roads cross has two nearest roads: which one it enters by is nobody's to say.
    lots = boxes(40, 25, 18)
    lots = lots[shapely.intersects(lots[:, None], lanes[None, :]).sum(axis=1) < 2][:6]
    plots = gpd.GeoDataFrame({"use": rng.choice(["工业", "仓储", "商业"], 6)}, geometry=lots, crs=HOUSE_EPSG)
    roads = gpd.GeoDataFrame({"class_code": "1004"}, geometry=lanes, crs=HOUSE_EPSG, index=range(5))
    return plots, roads


def _every_way(plots: gpd.GeoDataFrame, roads: gpd.GeoDataFrame) -> Any:
    """Metres by road between every two plots, by relaxing every step again and again: nothing of the network's code."""
    lots, lanes = plots.geometry.to_numpy(), roads.geometry.to_numpy()
    nodes: list[tuple[Any, float, set[int]]] = []  # place, metres to reach it, roads that it lies on
    for i, j in itertools.combinations(range(len(lanes)), 2):
        if shapely.distance(lanes[i], lanes[j]) <= TOUCH_M:
            line = shapely.shortest_line(lanes[i], lanes[j])
            nodes.append((shapely.point_on_surface(line), 0.0, {i, j}))
    entry = {}
    for k, lot in enumerate(lots):
        away = shapely.distance(lanes, lot)
        near = int(away.argmin())
        if away[near] <= ACCESS + 0.001:
            entry[k] = len(nodes)
            nodes.append((shapely.get_point(shapely.shortest_line(lanes[near], lot), 0), float(away[near]), {near}))
    size = len(nodes)
    metres = np.full((size, size), np.inf)
    np.fill_diagonal(metres, 0.0)
    for i, j in itertools.combinations(range(size), 2):
        if nodes[i][2] & nodes[j][2]:
            metres[i, j] = metres[j, i] = max(
                shapely.distance(nodes[i][0], nodes[j][0]) + nodes[i][1] + nodes[j][1], 0.001
            )
    for k in range(size):
        metres = np.minimum(metres, metres[:, [k]] + metres[[k], :])
    out = np.full((len(lots), len(lots)), np.inf)
    for a, i in entry.items():
        for b, j in entry.items():
            out[a, b] = metres[i, j]
    return out


@pytest.mark.parametrize("start", range(0, 100, 50))
def test_equal_to_every_pair_and_every_way_tried(start: int) -> None:
    joined = 0
    for seed in range(start, start + 50):
        plots, roads = _plan(seed)
        shapes, use = plots.geometry.to_numpy(), plots["use"].to_numpy()
        apart = shapely.distance(shapes[:, None], shapes[None, :])
        pairs = neighbours(plots, reach_m=30.0)
        wanted = [(i, j) for i, j in itertools.combinations(range(6), 2) if apart[i, j] <= 30.001 and use[i] != use[j]]
        assert list(zip(pairs["first"], pairs["second"], strict=True)) == wanted, seed
        site = sites_of(plots, reach_m=30.0)
        same = apart <= 30.001
        for _ in range(6):
            same = (same.astype(int) @ same.astype(int)) > 0
        assert ((site[:, None] == site[None, :]) == same).all(), seed
        net = walks(roads, shapes, access_m=ACCESS)
        truth = _every_way(plots, roads)
        every = np.array(list(itertools.combinations(range(6), 2)))
        got = net.between((every[:, 0], every[:, 1]), limit_m=np.inf)
        expected = truth[every[:, 0], every[:, 1]]
        assert got == pytest.approx(expected, abs=0.02), seed
        joined += int(np.isfinite(expected).sum())
        near, by = to_facilities(shapes[:4], {"k": shapes[4:]}, net, {"k": np.array([4, 5])}, np.arange(4))["k"]
        roadwise = truth[:4, 4:].min(axis=1)
        on = np.isfinite(roadwise)
        assert near == pytest.approx(np.where(on, roadwise, apart[:4, 4:].min(axis=1)), abs=0.02), seed
        assert (by == np.where(on, "road", "straight")).all(), seed
    assert joined > 100  # the roads do lead somewhere
