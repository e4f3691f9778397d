"""A comparison of two surveys verified from its files and both surveys alone: no overlay is made again.

Each survey's totals by class come from its own parcels; rows and columns of the matrix must equal them; every changed
piece must lie in both its parents with the area it states; pieces must add up to the cells of the matrix; strips told
to be of re-surveying must be as narrow as the tolerance says.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from geo.errors import InputProblem
from geo.finding import Finding

if TYPE_CHECKING:
    from geo.study.change_intake import Survey

TOLERANCE_M2 = 0.01
_FILES = ("change.json", "change.gpkg")
_SIDES = ("before", "after")
_EDGE = ("only", "doubled")
_SHOWN = 20
_KEYS = ("before", "after", "matrix", "totals", "closing", "flows", "balance", "tolerance_m", "naive_m2", "real_m2",
         "small_m2", "resurvey_m2")  # fmt: skip


def run(folder: Path | str, before: Path | str, after: Path | str | None) -> list[Finding]:
    """Every figure of the comparison that can be had without an overlay, computed again from both surveys.

    Returns faults (CH401–CH404, CH407) first, then what was verified (CH405). Raises InputProblem when the folder is no
    comparison (CH403), the later survey is not named (CH406), or a survey cannot be read.
    """
    from geo.io.plan_folder import read_table
    from geo.study.change_intake import read_surveys

    folder = Path(folder)
    told = _read(folder)
    if after is None:
        raise InputProblem([Finding("CH406", "error", folder.name)])
    return verify(told, read_table(folder / "change.gpkg", "changed"), read_surveys(before, after))


def verify(told: Mapping[str, Any], parts: Any, surveys: tuple[Survey, Survey]) -> list[Finding]:
    """The same from values: ``told`` is the record of change.json, ``parts`` the layer of changed pieces."""
    from geo.study.change import SPEC
    from geo.study.change_intake import classes_of

    values, results = SPEC.values(told["values"]), told["results"]
    found = _data(surveys, told)
    classes = [classes_of(s, results[side]["edition"], values["level"])
               for side, s in zip(_SIDES, surveys, strict=True)]  # fmt: skip
    found += _totals(surveys, classes, results)
    found += _sums(parts, results)
    found += _pieces(parts, surveys, classes)
    found += _narrow(parts, float(results["tolerance_m"]))
    if not any(f.severity == "error" for f in found):
        found.append(Finding("CH405", "pass", "", measured=str(len(parts)), limit=f"{TOLERANCE_M2:g}", unit="m²"))
    return sorted(found, key=lambda f: f.severity != "error")


def _read(folder: Path) -> dict[str, Any]:
    missing = [n for n in _FILES if not (folder / n).is_file()]
    if missing:
        raise InputProblem([Finding("CH403", "error", folder.name, measured=" ".join(missing))])
    try:
        told = json.loads((folder / "change.json").read_text("utf-8"))
        for key in ("values", "inputs", "results"):
            told[key]
        for key in _KEYS:
            told["results"][key]
    except (ValueError, KeyError, TypeError) as fault:
        raise InputProblem([Finding("CH403", "error", folder.name, measured=f"change.json {fault!r}")]) from None
    return dict(told)


def _data(surveys: Any, told: Mapping[str, Any]) -> list[Finding]:
    now = {(k, n): s.sha256 for k, one in zip(_SIDES, surveys, strict=True) for n, s in one.sources.items()}
    then = {(row["survey"], row["layer"]): row["sha256"] for row in told["inputs"]}
    return [
        Finding("CH404", "error", " ".join(k)) for k in sorted(now.keys() | then.keys()) if now.get(k) != then.get(k)
    ]


def _differs(subject: str, said: float, computed: float) -> list[Finding]:
    if abs(said - computed) <= TOLERANCE_M2:
        return []
    return [Finding("CH401", "error", subject, measured=f"{said:,.4f}", limit=f"{computed:,.4f}", unit="m²")]


def _totals(surveys: Any, classes: Any, results: Mapping[str, Any]) -> list[Finding]:
    """Totals from the parcels themselves; rows and columns of the matrix; the account of each survey."""
    from geo.geometry.ellipsoid import area_m2
    from geo.geometry.repair import valid_polygons

    matrix, said = pd.DataFrame(results["matrix"]), pd.DataFrame(results["totals"])
    found = []
    for side, survey, keys, account in zip(_SIDES, surveys, classes, results["closing"], strict=True):
        geoms = valid_polygons(survey.parcels.geometry.to_numpy())
        own = pd.Series(np.nan_to_num(area_m2(geoms, epsg=int(survey.parcels.crs.to_epsg())))).groupby(keys).sum()
        sums = matrix.groupby(f"{side}_class")["area_m2"].sum()
        mine = said[said["survey"] == side].set_index("class")["area_m2"]
        for key in sorted({*own.index, *mine.index, *(k for k in sums.index if k not in _EDGE)}):
            total = float(own.get(key, 0.0))
            found += _differs(f"{side} {key}", float(mine.get(key, 0.0)), total)
            found += _differs(f"matrix {side} {key}", float(sums.get(key, 0.0)), total)
        found += _differs(f"{side} Σ", account["parcels_m2"], float(own.sum()))
        parts = account["common_m2"] + account["only_m2"] + account["doubled_m2"]
        found += _differs(f"{side} common + only + doubled", parts, account["parcels_m2"])
    return found


def _sums(parts: Any, results: Mapping[str, Any]) -> list[Finding]:
    """Changed pieces against the cells of the matrix, the flows, and the sums by kind."""
    cells = {(r["before_class"], r["after_class"]): r["area_m2"] for r in results["matrix"]}
    mine = parts.groupby(["before_class", "after_class"])["area_m2"].sum()
    changed = {k for k in cells if k[0] != k[1] and not {*k} & {*_EDGE}}
    found = []
    for key in sorted({*mine.index, *changed}):
        found += _differs(" → ".join(key), float(cells.get(key, 0.0)), float(mine.get(key, 0.0)))
    kinds = parts.groupby("kind")["area_m2"].sum()
    flows = pd.DataFrame(results["flows"])
    for kind in ("real", "small", "resurvey"):
        found += _differs(kind, results[f"{kind}_m2"], float(kinds.get(kind, 0.0)))
        found += _differs(f"Σ flows {kind}", float(flows[f"{kind}_m2"].sum()) if len(flows) else 0.0,
                          float(kinds.get(kind, 0.0)))  # fmt: skip
    return [*found, *_differs("naive", results["naive_m2"], float(parts["area_m2"].sum()))]


def _pieces(parts: Any, surveys: Any, classes: Any) -> list[Finding]:
    """Each piece has the area it states, and lies in a parcel of each survey with the identifier and class it names."""
    from geo.geometry.ellipsoid import area_m2
    from geo.geometry.repair import valid_polygons
    from geo.geometry.topology import MILLIMETRE

    if not len(parts):
        return []
    epsg = int(parts.crs.to_epsg())
    geoms = parts.geometry.to_numpy()
    off = np.abs(np.nan_to_num(area_m2(geoms, epsg=epsg)) - parts["area_m2"].to_numpy(dtype=float))
    found = [
        Finding("CH401", "error", str(parts["change_id"].iloc[k]), measured=f"{parts['area_m2'].iloc[k]:,.4f}",
                limit=f"{float(area_m2(geoms[k : k + 1], epsg=epsg)[0]):,.4f}", unit="m²")
        for k in np.flatnonzero(off > TOLERANCE_M2)[:_SHOWN]
    ]  # fmt: skip
    for side, survey, keys in zip(_SIDES, surveys, classes, strict=True):
        ids = survey.parcels["parcel_id"].astype(str).to_numpy() if "parcel_id" in survey.parcels else None
        parents = valid_polygons(survey.parcels.geometry.to_numpy())
        # A piece thinner than a double can say has its inner point a breath outside: the millimetre of the layers.
        inner = shapely.point_on_surface(geoms)
        piece, row = shapely.STRtree(parents).query(inner, predicate="dwithin", distance=MILLIMETRE)
        fits = keys[row] == parts[f"{side}_class"].to_numpy()[piece]
        if ids is not None:
            fits &= ids[row] == parts[f"{side}_id"].astype(str).to_numpy()[piece]
        piece, row = piece[fits], row[fits]
        rest = shapely.difference(geoms[piece], parents[row])
        inside = np.nan_to_num(area_m2(rest, epsg=epsg)) <= TOLERANCE_M2
        held = np.zeros(len(geoms), dtype=bool)
        held[piece[inside]] = True
        found += [Finding("CH402", "error", str(parts["change_id"].iloc[k]), measured=side)
                  for k in np.flatnonzero(~held)[:_SHOWN]]  # fmt: skip
    return found


def _narrow(parts: Any, tolerance_m: float) -> list[Finding]:
    from geo.geometry.opening import opened

    strips = parts[parts["kind"] == "resurvey"]
    if not len(strips):
        return []
    wide = ~shapely.is_missing(opened(strips.geometry.to_numpy(), tolerance_m))
    return [
        Finding("CH407", "error", str(i), measured=tolerance_m, unit="m") for i in strips["change_id"][wide][:_SHOWN]
    ]
