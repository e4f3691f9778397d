"""What a relocation report says: one frozen value that ``geo.study`` fills and every writer of this room reads.

Areas are m², lengths m; 公顷 and 亩 are made on the page. Frames may be empty: a plan that moves nothing, or an
infeasible one, still has its report.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

MOVED_OUT = (
    "farmland_id", "block_id", "area_m2", "net_area_m2", "grade", "paddy", "slope_grade", "class_code",
    "town_code", "town_name", "county_code", "against", "high_standard", "geometry",
)  # fmt: skip
MOVED_IN = (
    "candidate_id", "source", "parent_id", "area_m2", "net_area_m2", "grade", "paddy", "slope_grade",
    "class_code", "town_code", "town_name", "county_code", "lot_kind", "border_retained_m", "distance_m",
    "geometry",
)  # fmt: skip
CONFLICTS = (
    "county_code", "county_name", "town_code", "town_name", "against", "pieces", "area_m2", "net_area_m2",
)  # fmt: skip
BALANCE = (
    "out_pieces", "out_net_m2", "out_grade", "out_paddy_m2", "in_pieces", "in_net_m2", "in_grade",
    "in_paddy_m2",
)  # fmt: skip
BY_COUNTY = ("county_code", "county_name", *BALANCE)
BY_TOWN = ("county_name", "town_code", "town_name", *BALANCE, "farmland_net_m2")
SENSITIVITY = ("gap_m", "threshold_m2", "blocks", "area_m2", "net_area_m2")
FRAGMENTS = ("block_id", "town_name", "against", "parcels", "piece_area_m2", "inside_net_area_m2")
REFUSED = ("candidate_id", "reason")
WAITING = ("farmland_id", "reason")
INDICES = ("patches", "mean_patch_m2", "contiguity")


@dataclass(frozen=True, slots=True)
class InputFile:
    """One layer that was read: file name, sha256 of its bytes, rows, its own EPSG code."""

    file: str
    sha256: str
    rows: int
    epsg: int


@dataclass(frozen=True, slots=True)
class ParameterLine:
    """One parameter in force: value, unit, the article it rests on, how sure (C, K+, K, K-, user)."""

    id: str
    zh: str
    en: str
    value: float | str
    unit: str
    article: str
    sure: str

    def label(self, lang: str) -> str:
        return self.zh if lang == "zh" else self.en


@dataclass(frozen=True, slots=True)
class Judgement:
    """One rule applied to the plan. ``passed`` is None when the rule does not apply or a person must decide."""

    code: str
    zh: str
    en: str
    passed: bool | None
    measured: float | str | None
    limit: float | str | None
    unit: str
    article_zh: str
    article_en: str
    sure: str

    def label(self, lang: str) -> str:
        return self.zh if lang == "zh" else self.en

    def article(self, lang: str) -> str:
        return self.article_zh if lang == "zh" else self.article_en


@dataclass(frozen=True, slots=True)
class SolutionFigures:
    """What the planner reached: status (optimal, feasible, infeasible, cancelled), value, proven bound, gap (0–1).

    parts: the terms of the objective by name; slacks: how far each named constraint is from its limit.
    """

    status: str
    objective: float
    bound: float
    gap: float
    seconds: float
    solver: str
    parts: Mapping[str, float] = field(default_factory=dict)
    slacks: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "parts", MappingProxyType(dict(self.parts)))
        object.__setattr__(self, "slacks", MappingProxyType(dict(self.slacks)))


@dataclass(frozen=True, slots=True)
class MapLayers:
    """Layers that the sheet draws, EPSG:4528; all but ``parcels`` and ``farmland`` may be None or empty.

    parcels: parcel_id, class_code. farmland: farmland_id. boundary: zone_name. redline: control_zone.
    towns: unit_code, unit_name. context: outlines of the whole zone (counties, lakes) for the location map.
    """

    parcels: gpd.GeoDataFrame
    farmland: gpd.GeoDataFrame
    boundary: gpd.GeoDataFrame | None = None
    redline: gpd.GeoDataFrame | None = None
    towns: gpd.GeoDataFrame | None = None
    reserve: gpd.GeoDataFrame | None = None
    context: Mapping[str, gpd.GeoDataFrame] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "context", MappingProxyType(dict(self.context)))


class Told(Protocol):
    """What every printed sheet and document of a run tells about itself."""

    @property
    def name(self) -> Mapping[str, str]: ...
    @property
    def synthetic(self) -> bool: ...
    @property
    def on(self) -> date: ...
    @property
    def run_id(self) -> str: ...
    @property
    def created(self) -> str: ...
    @property
    def made(self) -> datetime: ...
    @property
    def software(self) -> Mapping[str, str]: ...
    @property
    def layers(self) -> MapLayers: ...
    @property
    def licence_zh(self) -> str: ...
    @property
    def licence_en(self) -> str: ...


@dataclass(frozen=True, slots=True)
class PlanReport:
    """A whole relocation plan, ready to be told.

    on: the date whose rules were applied; created: when the run ended (ISO text with zone); run_id names every file.
    farmland_net_m2: legal area of all permanent farmland before. moved_out, moved_in, conflicts, by_county,
    by_town, sensitivity, fragments, refused, waiting: the columns named at the head of this module (village_name,
    block_net_m2 and candidate_net_m2 are read when there). indices_*: patches, mean_patch_m2, contiguity (0–1) and any
    ``share_…`` (0–1) over the whole farmland layer. licence: the line about the data's licence.
    """

    zone_name: str
    zone_name_en: str
    synthetic: bool
    on: date
    run_id: str
    created: str
    software: Mapping[str, str]
    inputs: tuple[InputFile, ...]
    parameters: tuple[ParameterLine, ...]
    farmland_net_m2: float
    moved_out: gpd.GeoDataFrame
    moved_in: gpd.GeoDataFrame
    waiting: pd.DataFrame
    refused: pd.DataFrame
    conflicts: pd.DataFrame
    fragments: pd.DataFrame
    sensitivity: pd.DataFrame
    indices_before: Mapping[str, float]
    indices_after: Mapping[str, float]
    by_county: pd.DataFrame
    by_town: pd.DataFrame
    judgements: tuple[Judgement, ...]
    solution: SolutionFigures
    layers: MapLayers
    licence_zh: str = ""
    licence_en: str = ""

    def __post_init__(self) -> None:
        for name in ("software", "indices_before", "indices_after"):
            object.__setattr__(self, name, MappingProxyType(dict(getattr(self, name))))
        wanted = {
            "moved_out": MOVED_OUT, "moved_in": MOVED_IN, "conflicts": CONFLICTS, "by_county": BY_COUNTY,
            "by_town": BY_TOWN, "sensitivity": SENSITIVITY, "fragments": FRAGMENTS, "refused": REFUSED,
            "waiting": WAITING,
        }  # fmt: skip
        missing = [
            f"{name}.{column}"
            for name, columns in wanted.items()
            for column in columns
            if column not in getattr(self, name).columns
        ]
        missing += [f"indices.{k}" for k in INDICES if k not in self.indices_before or k not in self.indices_after]
        if missing:
            raise ValueError("the report lacks " + ", ".join(missing))

    @property
    def made(self) -> datetime:
        """When the run ended, in Beijing time: the date that an official's letter bears."""
        moment = datetime.fromisoformat(self.created)
        return moment.astimezone(ZoneInfo("Asia/Shanghai")) if moment.tzinfo else moment

    @property
    def name(self) -> Mapping[str, str]:
        """The zone's name by language."""
        return {"zh": self.zone_name, "en": self.zone_name_en or self.zone_name}
