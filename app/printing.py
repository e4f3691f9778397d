"""What the map shows, as a sheet to print: the layers that are on, the visitor's marks, the selection."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from app import cache
from geo.geometry.crs import GEOGRAPHIC_EPSG, HOUSE_EPSG
from geo.report.palette import Style, styles
from geo.report.view_layers import STANDING, ViewLayer
from geo.study import map_sheet

if TYPE_CHECKING:
    from app.parts.map_view import MapLayer, MapState
    from geo.report.view_sheet import ViewSheet

_GROUPS = {name: group for name, _, _, group in STANDING}
_RESULTS = ("moved_in", "moved_out", "waiting", "taken", "replacement", "footprint", "candidates")


def sheet_of(state: MapState, wish: map_sheet.Wish, *, side: str = "", heading: str = "") -> ViewSheet:
    """The sheet of a map. side: before or after, of a map with a curtain; heading: what the visitor's marks are called.

    Raises InputProblem for a wish that cannot be met.
    """
    zone = cache.open_zone().zone
    layers = [_printed(one) for one in state.layers if one.on and (not one.side or not side or one.side == side)]
    extra = [*_marks(state.overlay, heading), *_selected(state)]
    return map_sheet.sheet(zone, wish, extra=extra, instead=[x for x in layers if x])


def theme_title(one: MapLayer) -> str:
    """What a thematic layer is called; '' for any other."""
    return cache.layer_index(one.source).title


def _printed(one: MapLayer) -> ViewLayer | None:
    index = cache.layer_index(one.source)
    frame, number = index.drawn()
    if not len(frame):
        return None
    if frame.crs is not None and frame.crs.to_epsg() != HOUSE_EPSG:
        frame = frame.to_crs(HOUSE_EPSG)
    name = one.id if one.id.startswith("context_") else index.name
    group = _GROUPS.get(name, "plan" if name in _RESULTS else "mine" if name in ("drawn", "uploaded") else "result")
    if name == "selection":
        group = "mine"
    return ViewLayer(name, frame, index.signs, number, one.opacity, "theme" if index.title else group, index.title)


def _marks(overlay: Mapping[str, Any] | None, heading: str) -> list[ViewLayer]:
    """The shapes on top of the map: drafts, findings, a footprint; one sign a colour."""
    import geopandas as gpd
    import shapely

    found = [f for f in (overlay or {}).get("features", ()) if f.get("geometry")]
    if not found:
        return []
    shapes = gpd.GeoSeries([shapely.geometry.shape(f["geometry"]) for f in found], crs=GEOGRAPHIC_EPSG)
    shapes = shapes.to_crs(HOUSE_EPSG)
    flat = shapely.get_dimensions(shapes.to_numpy()) < 2
    shapes[flat] = shapely.buffer(shapes.to_numpy()[flat], 10.0)
    tones = [str(f.get("properties", {}).get("colour") or "#C2185B") for f in found]
    drawn = styles()["mine.drawn"]
    signs = {
        tone: Style("mark" + tone, "drawn", (), drawn.zh, drawn.en, "", tone, 1.6, "", "", tone, "自定")
        for tone in dict.fromkeys(tones)
    }
    order = list(signs)
    frame = gpd.GeoDataFrame(geometry=shapes.to_numpy(), crs=HOUSE_EPSG)
    number = np.array([order.index(t) for t in tones], dtype=np.intp)
    return [ViewLayer("drawn", frame, tuple(signs.values()), number, 1.0, "mine", heading)]


def _selected(state: MapState) -> list[ViewLayer]:
    if state.select is None:
        return []
    try:
        index = cache.layer_index(state.select[0])
    except KeyError:
        return []
    place = index.position(state.select[1])
    if place is None:
        return []
    frame = index.frame.iloc[[place]].to_crs(HOUSE_EPSG)
    return [ViewLayer("selection", frame, (styles()["selection"],), np.zeros(1, dtype=np.intp), 1.0, "mine")]


def file_name(title: str, wish: map_sheet.Wish, kind: str) -> str:
    """A name that every system takes."""
    kept = "".join(c for c in title if c.isalnum() or c in "-_")[:60]
    return f"{kept or 'tianchou'}-{wish.paper}.{kind}"
