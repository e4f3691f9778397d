"""INVENTED PROJECTS on a zone: a long road across the counties, an industrial park, a canal in two phases.

For tests, benchmarks and trying things out; synthetic (示例数据，非真实项目). The same zone gives the same shapes.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from geo.geometry.crs import HOUSE_EPSG
from geo.geometry.ellipsoid import area_m2, length_m
from geo.geometry.strip import strip
from geo.zone import Zone

if TYPE_CHECKING:
    import geopandas as gpd

ROAD_M, ROAD_WIDTH_M = 35_000.0, 60.0
PARK_M2 = 3_000_000.0
_COUNTIES = 3
_SET_BACK_M = 600.0
CANAL_M, CANAL_WIDTH_M = 9_000.0, 45.0


def road(zone: Zone, *, length: float = ROAD_M, width: float = ROAD_WIDTH_M) -> gpd.GeoDataFrame:
    """A road of this length (m on the ground) and width through all three counties; one plot."""
    return _frame([("GL-01", "示例跨县公路", "公路用地", strip(_across(zone, length), width))])


def park(zone: Zone, *, size: float = PARK_M2) -> gpd.GeoDataFrame:
    """A square park of this area (m²) wholly inside the zone, where there is most permanent farmland."""
    ground = shapely.union_all(zone.layer("towns").geometry.to_numpy())
    shapely.prepare(ground)
    west, south, east, north = shapely.bounds(ground)
    half = np.sqrt(size) / 2
    xs, ys = (np.linspace(a + half, b - half, 15) for a, b in ((west, east), (south, north)))
    boxes = np.array([shapely.box(x - half, y - half, x + half, y + half) for y in ys for x in xs], dtype=object)
    boxes = boxes[shapely.covers(ground, boxes)]
    at = shapely.get_coordinates(shapely.centroid(zone.layer("farmland").geometry.to_numpy()))
    count = [int(((at > b[:2]) & (at < b[2:])).all(axis=1).sum()) for b in shapely.bounds(boxes)]
    box = boxes[int(np.argmax(count))]
    # On the ellipsoid the square is a little smaller than on the map: scaled so that its official area is the size.
    grown = float(np.sqrt(size / float(area_m2([box], epsg=HOUSE_EPSG)[0])))
    middle = shapely.get_coordinates(shapely.centroid(box))[0]
    square = shapely.transform(box, lambda xy: middle + (xy - middle) * grown)
    return _frame([("YQ-01", "示例产业园区", "工业用地", square)])


def canal(zone: Zone, *, length: float = CANAL_M, width: float = CANAL_WIDTH_M) -> gpd.GeoDataFrame:
    """A canal of this length (m) and width in two phases that meet at a common edge; two plots."""
    line = _across(zone, length)
    parts = [_stretch(line, 0.0, 0.5), _stretch(line, 0.5, 1.0)]
    shapes = [strip(part, width) for part in parts]
    shapes[1] = shapely.difference(shapes[1], shapes[0])
    names = ("一期", "二期")
    return _frame([(f"YH-0{k}", f"示例运河{names[k - 1]}", "水工建筑用地", s) for k, s in enumerate(shapes, start=1)])


def write_footprints(zone: Zone, folder: Path) -> dict[str, Path]:
    """road.txt, park.txt and canal.txt (勘测定界 TXT) in a folder, by name."""
    from geo.io.boundary_txt import write_boundary_txt

    folder.mkdir(parents=True, exist_ok=True)
    made = {"road": road(zone), "park": park(zone), "canal": canal(zone)}
    header = {"数据产生单位": "示例数据（虚构）"}
    return {name: write_boundary_txt(frame, folder / f"{name}.txt", header=header) for name, frame in made.items()}


def _across(zone: Zone, length: float) -> Any:
    """A line of this ground length through the counties; where the zone is small it runs to and fro."""
    towns = zone.layer("towns")
    counties = towns["unit_code"].str[:6]
    land = [shapely.union_all(towns.geometry[counties == c].to_numpy()) for c in sorted(counties.unique())]
    line = _through(land, length) if len(land) == _COUNTIES else None
    ground = 0.0 if line is None else float(length_m([line])[0])
    if line is None or ground < length:
        line = _to_and_fro(zone, length)
        ground = float(length_m([line])[0])
    spare = (1.0 - length / ground) / 2
    return _stretch(line, spare, 1.0 - spare)


def _through(land: list[Any], length: float) -> Any:
    """From the first county to the last by way of the second, where that lies nearest to the way between them.

    Where that is too short, the ends move from the counties' middles to their far corners."""
    first, last = (shapely.get_coordinates(shapely.point_on_surface(land[k]))[0] for k in (0, -1))
    inner = shapely.buffer(land[1], -_SET_BACK_M)
    halfway = shapely.Point((first + last) / 2)
    near = shapely.get_coordinates(shapely.shortest_line(inner, halfway))[0]
    line = shapely.linestrings(np.array([first, near, last]))
    if float(length_m([line])[0]) >= length:
        return line
    ends = [shapely.get_coordinates(shapely.buffer(land[k], -_SET_BACK_M)) for k in (0, -1)]
    first, last = (xy[int(np.argmax(((xy - near) ** 2).sum(axis=1)))] for xy in ends)
    return shapely.linestrings(np.array([first, near, last]))


def _to_and_fro(zone: Zone, wanted: float) -> Any:
    """Passes from west to east and back inside the zone, as many as the length needs."""
    ground = shapely.buffer(shapely.union_all(zone.layer("towns").geometry.to_numpy()), -_SET_BACK_M)
    west, south, east, north = shapely.bounds(ground)
    for passes in range(3, 60):
        points: list[tuple[float, float]] = []
        for k in range(passes):
            y = south + (north - south) * (k + 0.5) / passes
            inside = shapely.intersection(ground, shapely.linestrings([(west, y), (east, y)]))
            stretches = shapely.get_parts(inside)
            longest = stretches[int(np.argmax(length_m(stretches)))]
            x0, _, x1, _ = shapely.bounds(longest)
            # A slight wave keeps the road from running along parcel borders.
            row = [(x, y + 37.0 * np.sin(i + k)) for i, x in enumerate(np.linspace(x0, x1, 9))]
            points += row if k % 2 == 0 else row[::-1]
        line = shapely.linestrings(np.array(points))
        if float(length_m([line])[0]) >= wanted:
            return line
    raise ValueError("the zone is too small for so long a line")


def _stretch(line: Any, start: float, end: float) -> Any:
    """The part of a line between two shares of its length."""
    from shapely.ops import substring

    return substring(line, start, end, normalized=True)


def _frame(rows: list[tuple[str, str, str, Any]]) -> gpd.GeoDataFrame:
    import geopandas as gpd

    numbers, names, uses, shapes = zip(*rows, strict=True)
    return gpd.GeoDataFrame(
        {"project_no": numbers, "project_name": names, "use": uses}, geometry=list(shapes), crs=HOUSE_EPSG
    )
