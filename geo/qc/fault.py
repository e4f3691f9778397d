"""A FAULT: a Finding with its place, so that a map can show it and a repair can be offered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    import geopandas as gpd

    from geo.finding import Finding


@dataclass(frozen=True, slots=True)
class Fault:
    """finding: the statement; layer: house name; rows: positions concerned in that layer, the subject first.

    shape: what to show, in the system of the layer (an overlap, a gap, a point); None when it is the row itself.
    """

    finding: Finding
    layer: str
    rows: tuple[int, ...] = ()
    shape: Any = None


def fault_shapes(faults: Iterable[Fault], frames: dict[str, gpd.GeoDataFrame], *, epsg: int) -> gpd.GeoDataFrame:
    """Where the faults are, for a map: columns fault_id (place in the list, from 1), code, severity, geometry.

    Faults that name no row and no shape are left out. ``frames``: the layers by house name, all in ``epsg``.
    """
    import geopandas as gpd

    ids, codes, grave, shapes = [], [], [], []
    for number, fault in enumerate(faults, 1):
        shape = fault.shape
        if shape is None and fault.rows and fault.layer in frames:
            shape = frames[fault.layer].geometry.iloc[fault.rows[0]]
        if shape is None or shape.is_empty:
            continue
        ids.append(str(number))
        codes.append(fault.finding.code)
        grave.append(fault.finding.severity)
        shapes.append(shape)
    return gpd.GeoDataFrame({"fault_id": ids, "code": codes, "severity": grave}, geometry=shapes, crs=epsg)
