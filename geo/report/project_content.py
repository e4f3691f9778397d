"""What a 占用补划方案 says: one frozen value that ``geo.study`` fills and the writers of the scheme read.

Areas are m², lengths m, grades 1 (best) to 15; 公顷 and 亩 are made on the page. Frames may be empty: a project that
takes no permanent basic farmland still has its statistics, and one whose replacement falls short its occupation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from geo.report.content import InputFile, Judgement, MapLayers, ParameterLine, SolutionFigures

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

_PLACE = ("county_code", "town_code", "town_name", "village_code", "village_name")
PLOTS = ("project_no", "project_name", "use", "phase", "declared_area_m2", "area_m2", "geometry")
OCCUPIED = (
    "parcel_id", "parcel_no", *_PLACE, "owner_name", "class_code", "area_m2", "ridge_m2", "net_area_m2",
    "slope_grade", "grade", "whole", "geometry",
)  # fmt: skip
TAKEN = (
    "farmland_id", "parcel_no", *_PLACE, "class_code", "area_m2", "ridge_m2", "net_area_m2", "grade", "slope_grade",
    "high_standard", "geometry",
)  # fmt: skip
REPLACEMENT = (
    "candidate_id", "lot_id", "parcel_no", *_PLACE, "class_code", "area_m2", "ridge_m2", "net_area_m2", "grade",
    "slope_grade", "lot_kind", "touches", "distance_m", "split", "geometry",
)  # fmt: skip
OPTIONS = (
    "option", "chosen", "area_m2", "cropland_m2", "farmland_net_m2", "farmland_paddy_m2", "farmland_irrigated_m2",
    "farmland_grade", "redline_m2", "boundary_m2",
)  # fmt: skip
OVERLAYS = ("layer", "zh", "en", "status", "pieces", "area_m2")
ALTERNATIVES = (
    "label", "chosen", "plots", "net_area_m2", "grade", "paddy_m2", "distance_m", "leftover_m2", "differs", "worse_by",
)  # fmt: skip
INDICATORS = ("county_code", "regime", "asset", "zh", "en", "unit", "needed")


@dataclass(frozen=True, slots=True)
class Project:
    """The project itself: number, name, type (code and words), the hash of its footprint, by whom.

    applicant, designer and basis (the documents that make it a major project) may be empty: the scheme then leaves a
    marked place for a person to fill in.
    """

    number: str
    name: str
    kind: str
    kind_zh: str
    kind_en: str
    footprint: str
    applicant: str = ""
    designer: str = ""
    basis: str = ""

    def kind_label(self, lang: str) -> str:
        return self.kind_zh if lang == "zh" else self.kind_en


@dataclass(frozen=True, slots=True)
class ProjectReport:
    """A whole 占用补划方案, ready to be told.

    on: the date whose rules were applied; created: when the run ended (ISO text with zone). plots, occupied, taken,
    replacement, options, overlays, alternatives, indicators: the columns named at the head of this module.
    ``peripheral`` (城市周边) is read from taken and replacement when there. route: who approves, one line a part, then
    its reasons, in both languages; promises: what may and may not be promised. shortfalls: why there is no
    replacement, both languages. periphery_known: a layer of 城市周边 was given.
    """

    project: Project
    zone_name: str
    zone_name_en: str
    synthetic: bool
    on: date
    run_id: str
    created: str
    software: Mapping[str, str]
    inputs: tuple[InputFile, ...]
    parameters: tuple[ParameterLine, ...]
    plots: gpd.GeoDataFrame
    occupied: gpd.GeoDataFrame
    taken: gpd.GeoDataFrame
    replacement: gpd.GeoDataFrame
    options: pd.DataFrame
    overlays: pd.DataFrame
    alternatives: pd.DataFrame
    indicators: pd.DataFrame
    judgements: tuple[Judgement, ...]
    route: tuple[tuple[str, str], ...]
    promises: tuple[tuple[str, str], ...]
    shortfalls: tuple[tuple[str, str], ...]
    solution: SolutionFigures
    layers: MapLayers
    gap_m: float
    periphery_known: bool = False
    licence_zh: str = ""
    licence_en: str = ""
    notes: tuple[tuple[str, str], ...] = field(default=())

    def __post_init__(self) -> None:
        object.__setattr__(self, "software", MappingProxyType(dict(self.software)))
        wanted = {
            "plots": PLOTS, "occupied": OCCUPIED, "taken": TAKEN, "replacement": REPLACEMENT, "options": OPTIONS,
            "overlays": OVERLAYS, "alternatives": ALTERNATIVES, "indicators": INDICATORS,
        }  # fmt: skip
        missing = [f"{n}.{c}" for n, columns in wanted.items() for c in columns if c not in getattr(self, n).columns]
        if missing:
            raise ValueError("the scheme lacks " + ", ".join(missing))

    @property
    def made(self) -> datetime:
        """When the run ended, in Beijing time: the date that an official's letter bears."""
        moment = datetime.fromisoformat(self.created)
        return moment.astimezone(ZoneInfo("Asia/Shanghai")) if moment.tzinfo else moment

    @property
    def name(self) -> Mapping[str, str]:
        """The project's name; it bears one in both languages."""
        return {"zh": self.project.name, "en": self.project.name}

    @property
    def zone(self) -> Mapping[str, str]:
        """The zone's name by language."""
        return {"zh": self.zone_name, "en": self.zone_name_en or self.zone_name}
