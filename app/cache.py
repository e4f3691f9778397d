"""What the process keeps: zones, layer indexes, study results. The only ``st.cache_*`` decorators of the house.

``cache_resource`` throughout: it hands out the one frozen value, where ``cache_data`` would copy 300,000 rows a click.
Keys are content (file sizes and times, hashes of values), never a user's file name.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import threading
import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

from app.kept import Kept
from app.state import Bounds
from geo.errors import InputProblem
from geo.finding import Finding
from geo.io.zone_folder import read_zone
from geo.report.palette import class_style
from geo.report.tiles import LayerIndex
from geo.report.view_layers import STYLE_COLUMN, style_ids
from geo.standards.land import admin_units
from geo.standards.schema import schema

if TYPE_CHECKING:
    from datetime import date

    import geopandas as gpd

    from app.plan_view import PlanView
    from geo.policy.scenario import Scenario
    from geo.study.change import ChangeResult
    from geo.study.conflicts import ConflictsResult
    from geo.study.rules import Change
    from geo.study.thematic import Theme
    from geo.zone import Zone

FILLED = "boundary_filled"  # the boundary with its holes closed: asked, never drawn
BEFORE = "before_"  # layers of the earlier survey
SHELF_LIMIT = 48


def zone_folder() -> Path:
    """The data folder: TIANCHOU_ZONE, or the shipped sample."""
    return Path(os.environ.get("TIANCHOU_ZONE") or Path(__file__).parents[1] / "data" / "shapefiles")


def out_folder() -> Path:
    """The folder of the plan written by ``make run``: TIANCHOU_OUT, or out/."""
    return Path(os.environ.get("TIANCHOU_OUT") or Path(__file__).parents[1] / "out")


def stamp(folder: Path) -> str:
    """Twelve hex digits that change when any file of the folder changes."""
    body = hashlib.sha256()
    for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
        if path.is_file():
            about = path.stat()
            body.update(f"{path.relative_to(folder)}|{about.st_size}|{about.st_mtime_ns}\n".encode())
    return body.hexdigest()[:12]


@dataclass(frozen=True)
class OpenZone:
    """A zone that was read, and the version that its tile addresses carry."""

    zone: Zone
    version: str


def open_zone() -> OpenZone:
    """The zone of this process. Raises InputProblem when the folder cannot be used."""
    return _open_zone(os.environ.get("TIANCHOU_ZONE") or "")


_zones: Kept[OpenZone] = Kept(2)
_indexes: Kept[LayerIndex] = Kept(40)
_opened: dict[str, tuple[float, OpenZone]] = {}
_STAMP_S = 0.3  # a page asks forty times a run, a tile fourteen times; the folder is looked at once


def _open_zone(named: str) -> OpenZone:
    """The zone of a folder as it is now, or was a moment ago; '' for the shipped sample."""
    at, found = _opened.get(named, (-1.0, None))
    if found is None or time.monotonic() - at > _STAMP_S:
        folder = Path(named) if named else zone_folder()
        if not folder.is_dir():
            raise InputProblem([Finding("IO101", "error", str(folder))])
        version = stamp(folder)
        found = _zones.get((str(folder), version), lambda: OpenZone(read_zone(folder), version))
        if named not in _opened and len(_opened) > 1:  # a zone that was left is not held
            _opened.clear()
        _opened[named] = (time.monotonic(), found)
    return found


def earlier_zone() -> OpenZone | None:
    """An earlier survey to compare with (TIANCHOU_BEFORE); None when none is named. Raises InputProblem."""
    named = os.environ.get("TIANCHOU_BEFORE", "").strip()
    if not named:
        return None
    return _open_zone(named)


def has_layer(zone: Zone, name: str) -> bool:
    """Is there such a layer of the map in the zone?"""
    return name.removeprefix("context_") in zone.context if name.startswith("context_") else zone.has(name)


def layer_index(name: str) -> LayerIndex:
    """The tiles of a layer. Raises KeyError for an unknown name, InputProblem for a bad zone."""
    if name.startswith("r-"):
        return shelf().get(name)
    if name.startswith(BEFORE):
        earlier = earlier_zone()
        if earlier is None or not earlier.zone.has(name.removeprefix(BEFORE)):
            raise KeyError(name)
        return _layer_index(name.removeprefix(BEFORE), earlier.version, earlier.zone)
    opened = open_zone()
    if name not in STYLE_COLUMN and name != FILLED and not name.startswith("context_"):
        raise KeyError(name)
    if not has_layer(opened.zone, "boundary" if name == FILLED else name):
        raise KeyError(name)
    return _layer_index(name, opened.version, opened.zone)


def _layer_index(name: str, version: str, zone: Zone) -> LayerIndex:
    return _indexes.get((name, version), lambda: _index_of(name, zone))


def _index_of(name: str, zone: Zone) -> LayerIndex:
    if name.startswith("context_"):
        frame = zone.context[name.removeprefix("context_")]
        sign = {"context_counties": "counties", "context_lakes": "parcels"}.get(name, name.removeprefix("context_"))
        code = "1102" if name == "context_lakes" else ""
        frame = frame.assign(row_id=[str(i) for i in range(len(frame))])
        return LayerIndex(frame, id_column="row_id", style_ids=[class_style(sign, code).style] * len(frame), name=name)
    if name == FILLED:
        from geo.measure.conflicts import fill_holes

        frame = fill_holes(zone.layer("boundary"))
        return LayerIndex(frame, id_column="boundary_id", style_ids=style_ids("boundary", frame), name="boundary")
    frame = zone.layer(name)
    return LayerIndex(frame, id_column=schema(name).id_column, style_ids=style_ids(name, frame), name=name)


class Shelf:
    """Layers made by studies, by content hash; the oldest fall off. Safe between threads."""

    def __init__(self) -> None:
        self._found: OrderedDict[str, LayerIndex] = OrderedDict()
        self._lock = threading.Lock()

    def put(self, key: str, index: LayerIndex) -> None:
        with self._lock:
            self._found[key] = index
            self._found.move_to_end(key)
            while len(self._found) > SHELF_LIMIT:
                self._found.popitem(last=False)

    def get(self, key: str) -> LayerIndex:
        with self._lock:
            return self._found[key]

    def __contains__(self, key: str) -> bool:
        with self._lock:
            return key in self._found


@st.cache_resource(show_spinner=False)
def shelf() -> Shelf:
    """The process's shelf of result layers."""
    return Shelf()


def shelve(run: str, layer: str, frame: gpd.GeoDataFrame, *, id_column: str, class_column: str = "") -> str:
    """Put a result layer on the shelf; returns its address for the map. ``run`` names the content."""
    key = f"r-{layer}-{run}"
    if key not in shelf():
        signs = style_ids(layer, frame, class_column)
        shelf().put(key, LayerIndex(frame, id_column=id_column, style_ids=signs, name=layer))
    return key


@dataclass(frozen=True)
class Hit:
    """One row under a point, or one row asked for: layer as the map names it, identifier, attributes."""

    layer: str
    row_id: str
    row: Mapping[str, Any]


def hits(lon: float, lat: float, layers: Sequence[str]) -> list[Hit]:
    """What lies at a point: at most one row a layer, in the order of ``layers``."""
    found: list[Hit] = []
    for name in layers:
        try:
            index = layer_index(name)
        except KeyError:
            continue
        found += [_hit(name, index, place) for place in index.identify(lon, lat)[:1]]
    return found


def hit(layer: str, row_id: str) -> Hit | None:
    """A row by identifier; None when it is gone."""
    try:
        index = layer_index(layer)
    except KeyError:
        return None
    place = index.position(row_id)
    return None if place is None else _hit(layer, index, place)


def _hit(layer: str, index: LayerIndex, place: int) -> Hit:
    row = index.frame.iloc[place].to_dict()
    row.pop(index.frame.geometry.name)
    return Hit(layer, str(row[index.id_column]), row)


def layer_of(source: str) -> str:
    """House name of the layer behind an address: ``r-moved_out-1a2b`` is ``moved_out``."""
    return source.split("-")[1] if source.startswith("r-") else source.removeprefix(BEFORE)


def unit_name(code: str) -> str:
    """Name of a county or township of the zone; the code where nobody knows it."""
    known = admin_units().get(code)
    if known:
        return known.zh
    towns = open_zone().zone.layer("towns")
    names = towns.loc[towns["unit_code"] == code, "unit_name"]
    return str(names.iloc[0]) if len(names) else code


def zone_title() -> tuple[str, str]:
    """The zone's name in both languages without its bracketed mark (the page shows the mark itself)."""
    zone = open_zone().zone
    return zone.name.split("（")[0], zone.name_en.split(" (")[0]


def towns() -> list[tuple[str, str]]:
    """Code and name of every township."""
    frame = open_zone().zone.layer("towns")
    return sorted(zip(frame["unit_code"].astype(str), frame["unit_name"].astype(str), strict=True))


def town_bounds(code: str) -> Bounds:
    """South-west and north-east corner of a township; of all when the code is empty."""
    index = layer_index("towns")
    frame = index.frame
    west, south, east, north = index.bounds
    if code:
        place = int((frame["unit_code"] == code).to_numpy().argmax())
        west, south, east, north = index.feature(place)["bbox"]
    return ((south, west), (north, east))


@st.cache_resource(show_spinner=False, max_entries=4)
def zone_sums(version: str, _zone: Zone) -> dict[str, float]:  # noqa: ARG001  # part of the key
    """Counts and ellipsoidal areas (m²) of the zone's layers; reserve counts what is available only."""
    from geo.geometry.ellipsoid import areas

    parcels, farmland = _zone.layer("parcels"), _zone.layer("farmland")
    found = {
        "parcels": float(len(parcels)),
        "parcels_m2": float(parcels["area_m2"].sum()),
        "farmland_m2": float(farmland["net_area_m2"].sum()),
    }
    for name in ("boundary", "redline"):
        found[f"{name}_m2"] = float(areas(_zone.layer(name)).sum())
    if _zone.has("reserve"):
        reserve = _zone.layer("reserve")
        found["reserve_m2"] = float(reserve.loc[reserve["status"] == "可用", "area_m2"].sum())
    return found


def conflicts(opened: OpenZone, values: Mapping[str, Any]) -> ConflictsResult:
    """The 零星 study for these values; kept, so that a slider moved back answers at once. Raises InputProblem."""
    key = json.dumps({k: str(v) for k, v in values.items()}, sort_keys=True)
    return _conflicts(opened.version, key, opened.zone, values)


@st.cache_resource(show_spinner=False, max_entries=12)
def _conflicts(version: str, key: str, _zone: Zone, _values: Mapping[str, Any]) -> ConflictsResult:  # noqa: ARG001
    from geo.study import conflicts as study

    return study.run(_zone, _values)


def standing_plan(opened: OpenZone) -> PlanView | None:
    """The plan that ``make run`` left in the plan folder; None when there is none, or it is of other data."""
    return plan_in(out_folder(), opened)


def plan_in(folder: Path, opened: OpenZone) -> PlanView | None:
    """The plan of a folder; None when there is none, or it is of other data. Raises InputProblem when unreadable."""
    record = folder / "plan.json"
    if not record.is_file():
        return None
    about = record.stat()
    return _standing_plan(str(folder), f"{about.st_size}-{about.st_mtime_ns}", opened.version, opened.zone)


def plan_was_left() -> bool:
    """Does the plan folder hold a plan, of whatever data?"""
    return (out_folder() / "plan.json").is_file()


@st.cache_resource(show_spinner=False, max_entries=4)
def _standing_plan(folder: str, key: str, version: str, _zone: Zone) -> PlanView | None:  # noqa: ARG001  # the key
    from app.plan_view import read_plan, same_data

    return read_plan(Path(folder)) if same_data(Path(folder), _zone) else None


@st.cache_resource(show_spinner=False)
def _plans() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="tianchou-plans-")


def plans_folder() -> Path:
    """A folder of this process for the files of plans; gone with it."""
    return Path(_plans().name)


def theme(opened: OpenZone, kind: str, method: str, classes: int) -> Theme:
    """A thematic layer by value; kept, so that a choice taken back answers at once. Raises InputProblem."""
    return _theme(f"{opened.version}|{kind}|{method}|{classes}", opened.zone, kind, method, classes)


@st.cache_resource(show_spinner=False, max_entries=8)
def _theme(key: str, _zone: Zone, _kind: str, _method: str, _classes: int) -> Theme:  # noqa: ARG001  # the key
    from geo.study.thematic import theme as made

    return made(_zone, _kind, method=_method, classes=_classes)  # type: ignore[arg-type]  # told when wrong


def change_theme(result: ChangeResult, kind: str, method: str, classes: int) -> Theme:
    """A comparison as a thematic layer; kept. Raises InputProblem when nothing changed."""
    return _change_theme(f"{result.run_id}|{kind}|{method}|{classes}", result, kind, method, classes)


@st.cache_resource(show_spinner=False, max_entries=8)
def _change_theme(key: str, _result: ChangeResult, _kind: str, _method: str, _classes: int) -> Theme:  # noqa: ARG001
    from geo.study.thematic_change import change_theme as made

    return made(_result, _kind, method=_method, classes=_classes)  # type: ignore[arg-type]


def change_since_before(opened: OpenZone) -> ChangeResult | None:
    """What changed since the earlier survey that the office named; None without one. Raises InputProblem."""
    earlier = earlier_zone()
    return None if earlier is None else _change(f"{earlier.version}|{opened.version}", earlier.zone, opened.zone)


@st.cache_resource(show_spinner=False, max_entries=2)
def _change(key: str, _earlier: Zone, _later: Zone) -> ChangeResult:  # noqa: ARG001  # the key
    from geo.study.thematic_change import change_since

    return change_since(_earlier, _later)


def shelve_theme(opened: OpenZone, made: Theme, lang: str) -> str:
    """Put a theme on the shelf; returns its address for the map."""
    words = json.dumps([made.run, made.edges, [s.zh for s in made.signs]])
    mark = hashlib.sha256(f"{opened.version}{made.kind}{words}{lang}".encode()).hexdigest()[:12]
    key = f"r-theme-{mark}"
    if key not in shelf():
        ids = [made.signs[n].style for n in made.number]
        shelf().put(key, LayerIndex(made.frame, id_column=made.id_column, style_ids=ids, name="theme",
                                    signs=made.signs, title=made.title(lang)))  # fmt: skip
    return key


@st.cache_resource(show_spinner=False, max_entries=4)
def land_sums(version: str, _zone: Zone) -> dict[str, float]:  # noqa: ARG001  # part of the key
    """Area (m²) of the parcels by sign of the map."""
    import numpy as np
    import pandas as pd

    parcels = _zone.layer("parcels")
    place, signs = pd.factorize(np.array(style_ids("parcels", parcels), dtype=object))
    return dict(zip(signs, np.bincount(place, parcels["area_m2"].fillna(0.0)).tolist(), strict=True))


def judged_again(plan: PlanView, on: date | None = None, scenario: Scenario | None = None) -> list[Change]:
    """The plan's verdicts held against the book on a day and under a what-if; none for a plan without its facts."""
    asked = "" if scenario is None else f"{scenario.name}{dict(scenario.overrides)}"
    return _judged_again(f"{plan.run_id}|{on}|{asked}", plan, on, scenario) if plan.told else []


@st.cache_resource(show_spinner=False, max_entries=32)
def _judged_again(key: str, _plan: PlanView, _on: date | None, _scenario: Scenario | None) -> list[Change]:  # noqa: ARG001
    from geo.study.rules import judge_again

    return judge_again(_plan.told, on=_on, scenario=_scenario)
