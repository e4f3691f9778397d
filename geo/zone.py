"""THE ZONE: the layers of a planning zone as one frozen value, with where each came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from geo.finding import Finding
from geo.standards.schema import schema

if TYPE_CHECKING:
    import geopandas as gpd


@dataclass(frozen=True, slots=True)
class Source:
    """Where a layer came from: file name (never its folder), hash of its bytes, encoding, its own EPSG, row count."""

    file: str
    sha256: str
    encoding: str
    epsg: int
    rows: int


@dataclass(frozen=True, slots=True)
class Zone:
    """Layers by house name (EPSG:4528, house column names, RangeIndex), their sources, and what was found on reading.

    Built only by ``geo.io`` or ``geo.sample``. ``dem`` is the path of an elevation GeoTIFF or None; ``footprints``
    are the project boundaries (columns project_no, project_name, geometry), None when there are none.
    ``synthetic`` must be shown wherever the zone is shown.
    """

    code: str
    name: str
    name_en: str
    survey_year: int
    layers: Mapping[str, gpd.GeoDataFrame]
    sources: Mapping[str, Source] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    dem: Path | None = None
    footprints: gpd.GeoDataFrame | None = None
    context: Mapping[str, gpd.GeoDataFrame] = field(default_factory=dict)
    synthetic: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "layers", MappingProxyType(dict(self.layers)))
        object.__setattr__(self, "sources", MappingProxyType(dict(self.sources)))
        object.__setattr__(self, "context", MappingProxyType(dict(self.context)))

    def layer(self, name: str) -> gpd.GeoDataFrame:
        """A layer by house name. Raises KeyError with the official file name when the zone does not have it."""
        try:
            return self.layers[name]
        except KeyError:
            raise KeyError(f"this zone has no layer {schema(name).official} ({name})") from None

    def has(self, name: str) -> bool:
        return name in self.layers

    def with_layer(self, name: str, frame: gpd.GeoDataFrame) -> Zone:
        """A new zone with one layer replaced."""
        return replace(self, layers={**self.layers, name: frame})
