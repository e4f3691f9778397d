"""THE MAP OF THE APP: a layer that answers: paint a small-scale tile, encode a large-scale one, what is here?

A :class:`LayerIndex` holds the layer in Web Mercator world units (0..1, y down) beside a spatial index. Nothing is
written; tiles are cached by the caller. Zoom, column and row outside the grid give None (the page answers 404).
"""

from __future__ import annotations

import itertools
import threading
from typing import TYPE_CHECKING, Any

import numpy as np

from geo.geometry.crs import GEOGRAPHIC_EPSG
from geo.report.palette import Style, styles
from geo.report.tiles_flat import Flat
from geo.report.tiles_overview import LAST_ZOOM, Overview
from geo.report.tiles_png import PIXELS, Rings, halved, paint, to_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import geopandas as gpd
    import shapely
    from numpy.typing import NDArray
    from PIL.Image import Image

    Change = Callable[[NDArray[np.float64]], NDArray[np.float64]]

MAX_ZOOM = 22
EDITION = 4  # goes up when the same data gives other tiles: kept ones are then made again
VECTOR_FROM = 12
CROWDED = 2500  # a layer of more rows than this is painted from its overview: a parcel is a pixel or two there
_EDGE = 8 / 256  # tiles reach this far over their edge, so that clipped outlines stay out of sight


_numbers = itertools.count()


def in_grid(z: int, x: int, y: int) -> bool:
    """Is there such a tile?"""
    return 0 <= z <= MAX_ZOOM and 0 <= x < 1 << z and 0 <= y < 1 << z


class LayerIndex:
    """One polygon layer as tiles.

    frame: GeoDataFrame in any known CRS with ``id_column``; style_ids: one id of ``styles.csv`` a row, or of ``signs``,
    the classes of a thematic map, which has a ``title``. ``name`` goes into the vector tile. Rows without geometry are
    left out. Invalid rings are repaired for the picture only. The frame is kept, not copied, and never changed.
    """

    def __init__(
        self, frame: gpd.GeoDataFrame, *, id_column: str, style_ids: Sequence[str], name: str = "layer",
        signs: Sequence[Style] = (), title: str = "",
    ) -> None:  # fmt: skip
        import shapely

        if len(style_ids) != len(frame):
            raise ValueError("one style id a row is needed")
        self.name = name
        self.token = f"{next(_numbers)}"  # for caches: no other index of this process has it
        self.frame = frame
        self.id_column = id_column
        self.title = title
        known = {s.style: s for s in signs} if signs else styles()
        self._styles: list[Style] = [known[s] for s in dict.fromkeys(style_ids)]
        # Drawing order is legend order; the picture and the vector tile must agree.
        order = {s: i for i, s in enumerate(known)}
        self._styles.sort(key=lambda s: order[s.style])
        number = {s.style: i for i, s in enumerate(self._styles)}
        self._shapes: NDArray[Any] = np.asarray(frame.geometry.array)
        self._to_world, self._to_own, self._to_degrees = _changes(frame.crs)
        self._rows = np.flatnonzero(~(shapely.is_missing(self._shapes) | shapely.is_empty(self._shapes)))
        sign = np.array([number[s] for s in style_ids], dtype=np.intp)
        self._style = sign[self._rows]
        self._flat = Flat(self._shapes, self._to_world)
        self._sign = sign[self._flat.row]
        self._drawn: NDArray[Any] | None = None
        self._found: shapely.STRtree | None = None
        self._positions: dict[str, int] | None = None
        self._overview: Overview | None = None
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north in degrees; zeros for an empty layer."""
        if not len(self._flat):
            return (0.0, 0.0, 0.0, 0.0)
        west, north = self._flat.box[:, :2].min(axis=0)
        east, south = self._flat.box[:, 2:].max(axis=0)
        lon, lat = _degrees(np.array([[west, south], [east, north]])).T
        return (float(lon[0]), float(lat[0]), float(lon[1]), float(lat[1]))

    @property
    def vector_from(self) -> int:
        """Zoom from which the map asks for vector tiles; below it, for painted ones."""
        return LAST_ZOOM + 1 if self.crowded else VECTOR_FROM

    @property
    def crowded(self) -> bool:
        """More rows than are worth painting one by one at a small scale?"""
        return len(self._rows) > CROWDED

    def overview(self) -> Overview:
        """The layer's grid for the small scales; made once, at the first call."""
        with self._lock:
            if self._overview is None:
                self._overview = Overview(self._flat, self._sign, self._styles)
            return self._overview

    @property
    def used_styles(self) -> tuple[str, ...]:
        """Ids of the signs that occur, in legend order."""
        return tuple(s.style for s in self._styles)

    @property
    def signs(self) -> tuple[Style, ...]:
        """The signs that occur, in legend order."""
        return tuple(self._styles)

    def drawn(self) -> tuple[gpd.GeoDataFrame, NDArray[np.intp]]:
        """The rows that have a geometry, and for each the number of its sign in ``signs``: what a sheet prints."""
        whole = len(self._rows) == len(self.frame)
        return (self.frame if whole else self.frame.iloc[self._rows]), self._style

    # ------------------------------------------------------------------ tiles
    def mvt(self, z: int, x: int, y: int) -> bytes | None:
        """The vector tile (empty bytes: nothing there); None outside the grid."""
        if not in_grid(z, x, y):
            return None
        names = [s.style for s in self._styles]
        return self._flat.mvt(z, x, y, edge=_EDGE, signs=self._sign, names=names, layer=self.name)

    def png(self, z: int, x: int, y: int, *, cvd: bool = False, half: bool = False) -> bytes | None:
        """The painted tile (empty bytes: nothing there); None outside the grid. ``half``: 256 pixels, not 512."""
        if not in_grid(z, x, y):
            return None
        tile = self._picture(z, x, y, cvd=cvd, half=half)
        return b"" if tile is None else to_bytes(tile)

    def _picture(self, z: int, x: int, y: int, *, cvd: bool, half: bool) -> Image | None:
        if self.crowded and z <= LAST_ZOOM:
            return self.overview().picture(z, x, y, cvd=cvd, half=half)
        parts, style = self._in_tile(z, x, y)
        if len(parts) == 0:
            return None
        groups = [(self._styles[number], _pixel_rings(parts[style == number], z, x, y)) for number in np.unique(style)]
        tile = paint(groups, cvd=cvd)
        return halved(tile) if half else tile

    def _in_tile(self, z: int, x: int, y: int) -> tuple[NDArray[Any], NDArray[np.intp]]:
        """Polygons of a tile, clipped where they reach far out of it, larger boxes first; and their style numbers."""
        import shapely

        side = 1.0 / (1 << z)
        west, north, east, south = (v * side for v in (x - _EDGE, y - _EDGE, x + 1 + _EDGE, y + 1 + _EDGE))
        rows = np.unique(self._flat.row[self._flat.touching(west, north, east, south)])
        shapes, style = self._world_of(rows), self._style[np.searchsorted(self._rows, rows)]
        b = shapely.bounds(shapes).reshape(-1, 4)
        cut = ~((b[:, 0] >= west) & (b[:, 1] >= north) & (b[:, 2] <= east) & (b[:, 3] <= south))
        if cut.any():
            shapes[cut] = shapely.clip_by_rect(shapes[cut], west, north, east, south)
        size = (b[:, 2] - b[:, 0]) * (b[:, 3] - b[:, 1])
        order = np.argsort(-size, kind="stable")
        parts, of = shapely.get_parts(shapes[order], return_index=True)
        # A repaired shape may be a collection of lines and a nested multipolygon; only areas are shown.
        if (shapely.get_type_id(parts) == _MULTI).any():
            parts, again = shapely.get_parts(parts, return_index=True)
            of = of[again]
        area = (shapely.get_type_id(parts) == _POLYGON) & ~shapely.is_empty(parts)
        parts = shapely.orient_polygons(parts[area], exterior_cw=False)
        return parts, style[order][of[area]]

    def _world_of(self, rows: NDArray[np.intp]) -> NDArray[Any]:
        """Repaired shapes of rows in world units; kept for a small layer, which is painted again and again."""
        if self.crowded:
            return _sound(self._shapes[rows], self._to_world)
        if self._drawn is None:
            self._drawn = _sound(self._shapes, self._to_world)
        return np.asarray(self._drawn[rows])

    # ------------------------------------------------------------------ questions
    def _tree(self) -> Any:
        """The index of the rows' own shapes; made once, at the first question."""
        import shapely

        with self._lock:
            if self._found is None:
                self._found = shapely.STRtree(self._shapes)
            return self._found

    def get_ready(self) -> None:
        """Make now what the first click would wait for."""
        self._tree()
        self.position("")

    def identify(self, lon: float, lat: float) -> list[int]:
        """Row positions of the frame that hold the point (CGCS2000 degrees), the smallest box first."""
        import shapely

        if not (np.isfinite(lon) and np.isfinite(lat) and abs(lat) < _LAT_LIMIT):
            return []
        here = shapely.Point(self._to_own(np.array([[lon, lat]]))[0])
        hits = self._tree().query(here, predicate="intersects")
        b = shapely.bounds(self._shapes[hits]).reshape(-1, 4)
        size = (b[:, 2] - b[:, 0]) * (b[:, 3] - b[:, 1])
        return [int(i) for i in hits[np.argsort(size, kind="stable")]]

    def within(self, geometry: Mapping[str, Any], *, wholly: bool = False) -> list[int]:
        """Row positions that a polygon (GeoJSON, CGCS2000 degrees) touches, or holds wholly; rising, [] for none."""
        import shapely

        try:
            # Its edges are straight on the map; in pieces of 500 m they bend less than a centimetre.
            outline = shapely.segmentize(shapely.geometry.shape(geometry), _PIECE_DEG)
            outline = shapely.transform(outline, self._to_own)
        except (ValueError, KeyError, TypeError, AttributeError, IndexError, shapely.errors.GEOSException):
            return []
        if not shapely.is_valid(outline):
            outline = shapely.make_valid(outline)
        hits = self._tree().query(outline, predicate="contains" if wholly else "intersects")
        return sorted(int(i) for i in hits)

    def position(self, row_id: str) -> int | None:
        """Row position of an identifier; None when the layer has no such row."""
        with self._lock:
            if self._positions is None:
                ids = self.frame[self.id_column].astype(str).to_list()
                self._positions = dict(zip(ids, range(len(ids)), strict=True))
            return self._positions.get(str(row_id))

    def inside(self, position: int) -> tuple[float, float]:
        """A point well inside a row (degrees), for asking other layers what lies there."""
        import shapely

        spot = shapely.point_on_surface(self._shape(position))
        return (float(spot.x), float(spot.y))

    def get_kernels_ready(self) -> None:
        """Load or compile every loop that a layer of any size uses, on this small one."""
        from geo.report.tiles_flat import placed

        placed(np.repeat(self._flat.xy * 100.0, _MANY, axis=0), lambda at: at)
        x, y = self._flat.box[0, :2] * (1 << 14)
        self.mvt(14, int(x), int(y))
        self.overview().picture(10, int(x) >> 4, int(y) >> 4)

    def _shape(self, position: int) -> Any:
        """Geometry of a row in degrees; an empty polygon for a row without one."""
        import shapely

        shape = self._shapes[position] if 0 <= position < len(self._shapes) else None
        if shape is None or shape.is_empty:
            return shapely.Polygon()
        return _sound(np.array([shape]), self._to_degrees)[0]

    def feature(self, position: int) -> dict[str, Any]:
        """GeoJSON feature of a row: geometry in degrees, the identifier, and its box; no other attribute."""
        import shapely

        shape = self._shape(position)
        return {
            "type": "Feature",
            "id": str(self.frame[self.id_column].iloc[position]),
            "bbox": [round(float(v), 7) for v in shapely.bounds(shape)],
            "properties": {},
            "geometry": _rounded(shapely.geometry.mapping(shape)),
        }


_POLYGON, _MULTI = 3, 6
_LAT_LIMIT = 85.0
_PIECE_DEG = 0.005
_MANY = 20_000


def _changes(crs: Any) -> tuple[Change, Change, Change]:
    """From a known system to world units, from degrees to it, and from it to degrees."""
    from pyproj import Transformer

    if crs is None:
        raise ValueError("the layer has no CRS")
    out = Transformer.from_crs(crs, GEOGRAPHIC_EPSG, always_xy=True)
    back = Transformer.from_crs(GEOGRAPHIC_EPSG, crs, always_xy=True)

    def to_degrees(at: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack(out.transform(at[:, 0], at[:, 1])) if len(at) else at

    def to_own(at: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack(back.transform(at[:, 0], at[:, 1])) if len(at) else at

    return (lambda at: _world(to_degrees(at)) if len(at) else at), to_own, to_degrees


def _sound(shapes: NDArray[Any], change: Change) -> NDArray[Any]:
    """Shapes in another system, those with crossing rings repaired for the picture."""
    import shapely

    moved = np.array(shapely.transform(shapes, change))
    bad = ~(shapely.is_valid(moved) | shapely.is_missing(moved))
    if bad.any():
        moved[bad] = shapely.make_valid(moved[bad])
    return moved


def _world(degrees: NDArray[np.float64]) -> NDArray[np.float64]:
    """Web Mercator world units from longitude and latitude; only for pictures, never for a measure."""
    lat = np.radians(degrees[:, 1])
    return np.column_stack(((degrees[:, 0] + 180.0) / 360.0, 0.5 - np.arcsinh(np.tan(lat)) / (2.0 * np.pi)))


def _degrees(world: NDArray[np.float64]) -> NDArray[np.float64]:
    lat = np.degrees(np.arctan(np.sinh(np.pi * (1.0 - 2.0 * world[:, 1]))))
    return np.column_stack((world[:, 0] * 360.0 - 180.0, lat))


def _pixel_rings(parts: NDArray[Any], z: int, x: int, y: int) -> list[Rings]:
    """Each polygon as flat pixel lists, its outer ring first."""
    import shapely

    rings, part = shapely.get_rings(parts, return_index=True)
    points, ring = shapely.get_coordinates(rings, return_index=True)
    points = (points * (1 << z) - np.array([x, y], dtype=float)) * PIXELS
    edges = np.searchsorted(ring, np.arange(len(rings) + 1))
    found: list[Rings] = [[] for _ in range(len(parts))]
    for number, owner in enumerate(part):
        found[owner].append(points[edges[number] : edges[number + 1]].ravel().tolist())
    return found


def _rounded(geometry: dict[str, Any]) -> dict[str, Any]:
    def walk(value: Any) -> Any:
        if isinstance(value, (tuple, list)):
            return [walk(v) for v in value]
        return round(value, 7) if isinstance(value, float) else value

    return {key: walk(value) for key, value in geometry.items()}
