"""Locks by place: ``village:330421111201``, ``town:姚庄镇``, ``county:330421`` stand for every plot there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from geo.errors import InputProblem
from geo.finding import Finding
from geo.standards.land import admin_units

if TYPE_CHECKING:
    import pandas as pd

    from geo.zone import Zone

_PLACE = re.compile(r"^(village|town|county|村|镇|县)[:：](.+)$")
_KINDS = {"村": "village", "镇": "town", "县": "county"}
_LAYERS = (("reserve", "lot_id"), ("parcels", "parcel_id"))


def place_of(entry: str) -> tuple[str, str] | None:
    """village, town or county and its code or name; None for an entry that is an identifier."""
    found = _PLACE.match(entry.strip())
    return (_KINDS.get(found[1], found[1]), found[2].strip()) if found else None


def resolved(zone: Zone, candidates: Iterable[str], values: Mapping[str, Any]) -> dict[str, Any]:
    """The values with ``lock_in`` and ``lock_out`` as candidates by name: places become the candidates there.

    A plot that is locked out but may not come in anyway needs no lock and is left out; a place is locked in as far as
    its plots may come in. Raises InputProblem naming every unknown place, every identifier that is no candidate to be
    locked in or no plot at all, and every plot that is in both lists.
    """
    known = {str(i) for i in candidates}
    faults: list[Finding] = []
    lists: dict[str, list[str]] = {}
    plots: set[str] | None = None
    for name in ("lock_in", "lock_out"):
        lists[name] = []
        for entry in values[name]:
            place = place_of(str(entry))
            if place is not None:
                there = _plots_at(zone, *place)
                if there is None:
                    faults.append(Finding("PL209", "error", str(entry)))
                lists[name] += sorted((there or set()) & known)
            elif entry in known:
                lists[name].append(str(entry))
            else:
                plots = _plots(zone) if plots is None else plots
                if name == "lock_in" or entry not in plots:
                    faults.append(Finding("PL204", "error", str(entry)))
    both = set(lists["lock_in"]) & set(lists["lock_out"])
    faults += [Finding("PL205", "error", i) for i in sorted(both)]
    if faults:
        raise InputProblem(faults)
    return {**values, **{name: tuple(dict.fromkeys(ids)) for name, ids in lists.items()}}


def pieces_at(zone: Zone, entries: Iterable[str], pieces: pd.DataFrame) -> tuple[set[str], list[Finding]]:
    """Identifiers of the pieces that entries name, one by one or by place, and what is wrong with the entries."""
    ids = pieces["farmland_id"].astype(str)
    known, found, faults = set(ids), set(), []
    for entry in entries:
        place = place_of(str(entry))
        if place is None:
            if entry not in known:
                faults.append(Finding("PL206", "error", str(entry)))
            found.add(str(entry))
            continue
        farmland = zone.layer("farmland")
        mask = _mask(zone, farmland, *place)
        if mask is None:
            faults.append(Finding("PL209", "error", str(entry)))
        else:
            found |= set(farmland.loc[mask, "farmland_id"].astype(str)) & known
    return found, faults


def _plots(zone: Zone) -> set[str]:
    return {i for layer, key in _LAYERS if zone.has(layer) for i in zone.layer(layer)[key].astype(str)}


def _plots_at(zone: Zone, kind: str, name: str) -> set[str] | None:
    """Lots and parcels of a place; None when no layer knows the place."""
    found: set[str] = set()
    known = False
    for layer, key in _LAYERS:
        if zone.has(layer):
            rows = zone.layer(layer)
            mask = _mask(zone, rows, kind, name)
            known |= mask is not None
            found |= set() if mask is None else set(rows.loc[mask, key].astype(str))
    return found if known else None


def _mask(zone: Zone, rows: pd.DataFrame, kind: str, name: str) -> Any:
    """Rows of a place by its code or its name; None when there is no such place here."""
    code = name
    if not name.isdigit():
        units = {u.zh: c for c, u in admin_units().items()}
        if zone.has("towns") and "unit_name" in zone.layer("towns").columns:
            towns = zone.layer("towns")
            units |= dict(zip(towns["unit_name"], towns["unit_code"].str.slice(0, 9), strict=True))
        if kind == "village" and "village_name" in rows.columns:
            mask = (rows["village_name"] == name).to_numpy(dtype=bool)
            return mask if mask.any() else None
        code = units.get(name, "")
    column = f"{kind}_code"
    if not code or column not in rows.columns:
        return None
    mask = rows[column].astype(str).str.startswith(code).to_numpy(dtype=bool)
    return mask if mask.any() else None
