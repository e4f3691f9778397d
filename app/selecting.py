"""Choosing rows of a layer: by an outline, by a condition on a column, by a list of numbers."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from app import cache
from app.finder import NUMBERS
from app.work import Row

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

MOST = 20_000  # rows of one selection
HOW = ("=", "≠", "≥", "≤", "∋")


def by_outline(layer: str, geometry: Mapping[str, Any], *, wholly: bool = False) -> list[Row]:
    """Rows that a polygon (GeoJSON, degrees) touches, or holds wholly."""
    index = cache.layer_index(layer)
    ids = index.frame[index.id_column]
    return [(layer, str(ids.iloc[p])) for p in index.within(geometry, wholly=wholly)[:MOST]]


def by_numbers(layer: str, text: str) -> tuple[list[Row], list[str]]:
    """Rows whose identifier or number is in a pasted list, and the entries that nobody has."""
    index = cache.layer_index(layer)
    frame = index.frame
    wanted = list(dict.fromkeys(n for n in re.split(r"[\s,，;；、]+", text.strip()) if n))[:MOST]
    found: list[Row] = []
    missing = []
    columns = [c for c in NUMBERS.get(layer, (index.id_column,)) if c in frame.columns]
    others = {c: frame.groupby(frame[c].astype(str)).indices for c in columns if c != index.id_column} if wanted else {}
    for number in wanted:
        place = index.position(number)
        rows = [place] if place is not None else [r for c in others.values() for r in c.get(number, ())]
        if not rows:
            missing.append(number)
        found += [(layer, str(frame[index.id_column].iloc[int(r)])) for r in rows]
    return list(dict.fromkeys(found))[:MOST], missing


def by_condition(layer: str, column: str, how: str, value: str) -> list[Row]:
    """Rows whose column equals, differs from, is at least, at most, or holds the value. Raises ValueError for a value
    that is no number where the column holds numbers, or a comparison that the column cannot answer."""
    index = cache.layer_index(layer)
    frame = index.frame
    cells = frame[column]
    if how not in HOW:
        raise ValueError(how)
    if cells.dtype.kind in "fiu" or str(cells.dtype) == "Int64":
        if how == "∋":
            raise ValueError(how)
        number = float(value.replace(",", "").replace("，", ""))
        mask = {"=": cells == number, "≠": cells != number, "≥": cells >= number, "≤": cells <= number}[how]
    else:
        text = cells.astype(str)
        value = value.strip()
        mask = {"=": text == value, "≠": text != value, "≥": text >= value, "≤": text <= value,
                "∋": text.str.contains(value, regex=False)}[how]  # fmt: skip
    ids = frame.loc[mask.fillna(False).to_numpy(dtype=bool), index.id_column].astype(str)
    return [(layer, i) for i in ids.head(MOST)]


def rows_of(chosen: Sequence[Row]) -> dict[str, gpd.GeoDataFrame]:
    """The chosen rows by layer, in the order chosen; rows that are gone are left out."""
    by_layer: dict[str, list[int]] = {}
    for layer, row_id in chosen:
        try:
            place = cache.layer_index(layer).position(row_id)
        except KeyError:
            continue
        if place is not None:
            by_layer.setdefault(layer, []).append(place)
    return {layer: cache.layer_index(layer).frame.iloc[places] for layer, places in by_layer.items()}


def selection_frame(chosen: Sequence[Row]) -> gpd.GeoDataFrame | None:
    """The chosen rows as one layer for the map: row_id, geometry; None when nothing is left."""
    import geopandas as gpd
    import pandas as pd

    parts: list[Any] = []
    for layer, frame in rows_of(chosen).items():
        ids = frame[cache.layer_index(layer).id_column].astype(str).to_numpy()
        parts.append(gpd.GeoDataFrame({"row_id": ids}, geometry=frame.geometry.to_numpy(), crs=frame.crs))
    return gpd.GeoDataFrame(pd.concat(parts, ignore_index=True)) if parts else None


def summary(frame: pd.DataFrame) -> tuple[int, float]:
    """Rows, and their recorded or measured area in m²."""
    for column in ("area_m2", "piece_area_m2", "net_area_m2"):
        if column in frame.columns:
            return len(frame), float(frame[column].sum())
    from geo.geometry.ellipsoid import areas

    return len(frame), float(areas(frame).sum())
