"""WHICH LAYER IS THIS: a standard layer told by its name, its fields and its values; the user has the last word."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from geo.finding import Finding
from geo.io.house import AREA, ROW, source_of
from geo.standards.land import base_code, land_classes
from geo.standards.schema import LayerSchema, further_layers, layer_names, schema

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

# Name, fields and values weigh together; a name alone or the fields alone are enough to be offered.
_NAME, _FIELDS, _VALUES = 0.45, 0.45, 0.10
OFFERED = 0.40
_SAMPLE = 2_000
# Codes of administrative units: how many digits tell which layer.
_CODE_DIGITS = {"towns": 9, "villages": 12}
# Columns of every layer, which tell nothing.
_EVERYWHERE = frozenset(("BSM", "YSDM", "BZ", "MJ", "XZQDM", "XZQMC", "OBJECTID", "FID", "SHAPE_AREA", "SHAPE_LENG"))


@dataclass(frozen=True, slots=True)
class Recognition:
    """The standard layer that a layer most likely is.

    layer: house name; official: its file name in the standard; score: 0 to 1; mapping: official field to the file's
    column (or ``#row``, ``#area``); missing: required official fields that nothing holds; reasons: in words, as
    findings; others: the next candidates with their scores.
    """

    layer: str
    official: str
    score: float
    mapping: Mapping[str, str]
    missing: tuple[str, ...]
    reasons: tuple[Finding, ...]
    others: tuple[tuple[str, float], ...]


def recognise(frame: gpd.GeoDataFrame | pd.DataFrame, name: str) -> Recognition | None:
    """The standard layer of a frame by the name of its file or layer (several with ``/`` between), fields and values.

    None when nothing fits well enough; any layer can still be read through a mapping (``mapping_for``).
    """
    if not len(frame.columns):
        return None
    tried = [(_score(frame, name, schema(layer)), layer) for layer in (*layer_names(), *further_layers())]
    tried.sort(key=lambda t: -t[0][0])
    (score, reasons), layer = tried[0]
    if score < OFFERED:
        return None
    spec = schema(layer)
    mapping = mapping_for(frame, layer)
    missing = tuple(f.official for f in spec.fields if f.required and f.official not in mapping)
    if layer == "boundary" and not {"GHFQDM", "GHFQMC"} & set(mapping):
        reasons = [*reasons, Finding("IO147", "warning", name.rpartition("/")[2], measured=spec.official)]
    others = tuple((other, round(s, 3)) for (s, _), other in tried[1:4] if s > 0.2)
    return Recognition(layer, spec.official, round(score, 3), mapping, missing, tuple(reasons), others)


def mapping_for(frame: gpd.GeoDataFrame | pd.DataFrame, layer: str) -> dict[str, str]:
    """Official field to the column that holds it, by names, aliases and Chinese labels; identifiers and areas that
    nothing holds are proposed as ``#row`` and ``#area``."""
    spec = schema(layer)
    columns = [c for c in frame.columns if c != "geometry"]
    labels = {str(c).strip(): str(c) for c in columns}
    found: dict[str, str] = {}
    for field in spec.fields:
        if field.personal:
            continue
        hit = source_of(field, columns, {}) or labels.get(field.zh)
        if hit is not None:
            found[field.official] = hit
    first = spec.fields[0]
    if first.required and first.official not in found:
        found[first.official] = ROW
    for field in spec.fields:
        if field.required and field.name in ("area_m2", "net_area_m2") and field.official not in found:
            found[field.official] = AREA
    return found


def _score(frame: gpd.GeoDataFrame | pd.DataFrame, name: str, spec: LayerSchema) -> tuple[float, list[Finding]]:
    subject = name.rpartition("/")[2]
    reasons = []
    by_name, word = _by_name(name, spec)
    if by_name:
        reasons.append(Finding("IO141", "info", subject, measured=word, values=_words(spec)))
    columns = [str(c) for c in frame.columns if c != "geometry"]
    upper = {c.upper() for c in columns}
    known = {f.official: (f.official in upper or any(a.upper() in upper for a in f.aliases) or f.zh in columns)
             for f in spec.fields}  # fmt: skip
    weights = _weights()
    possible = sum(_weight(c, weights) for c in upper)
    explained = sum(weights.get(official, 1.0) for official, there in known.items() if there)
    needed = [f.official for f in spec.fields if f.required and f.official not in ("BSM", "XMDM")]
    have = sum(known[o] for o in needed) / len(needed) if needed else float(by_name > 0 or explained > 1.5)
    by_fields = 0.0
    if explained > 0.3:
        by_fields = 0.5 * have + 0.5 * min(1.0, explained / max(possible, 1e-9))
        count = sum(known.values())
        reasons.append(
            Finding("IO142", "info", subject, measured=str(count), limit=str(len(spec.fields)), values=_words(spec))
        )
    by_values = _by_values(frame, spec, columns)
    if by_values < 0:
        return 0.3 * (_NAME * by_name + _FIELDS * by_fields), reasons
    if by_values > 0:
        reasons.append(Finding("IO143", "info", subject, measured=f"{by_values:.0%}", values=_words(spec)))
    return _NAME * by_name + _FIELDS * by_fields + _VALUES * by_values, reasons


def _words(spec: LayerSchema) -> dict[str, str]:
    return {"official": spec.official, "zh": spec.zh, "en": spec.en}


def _by_name(name: str, spec: LayerSchema) -> tuple[float, str]:
    """1 for the official name or an alias standing alone in the name, less for the Chinese one or a part of a word."""
    best, word = 0.0, ""
    for part in (PurePosixPath(p).stem for p in name.split("/")):
        tokens = set(re.split(r"[^A-Z_]+|(?<=[A-Z])_|_(?=[A-Z])", part.upper())) | {part.upper()}
        tokens |= {t.strip("_") for t in re.split(r"[^A-Z_]+", part.upper())}
        for official in (spec.official, *spec.aliases):
            if official in tokens and best < 1.0:
                best, word = 1.0, official
        if spec.zh in part and best < 0.9 and not any(o != spec.zh and spec.zh in o and o in part for o in _labels()):
            best, word = 0.9, spec.zh
    return best, word


@cache
def _labels() -> tuple[str, ...]:
    return tuple(schema(n).zh for n in (*layer_names(), *further_layers()))


@cache
def _weights() -> dict[str, float]:
    """How much a field tells: one that stands in a single layer 1, one in every layer next to nothing."""
    counts: Counter[str] = Counter()
    layers = (*layer_names(), *further_layers())
    for layer in layers:
        counts.update({f.official for f in schema(layer).fields})
    return {field: 0.05 if field in _EVERYWHERE else 1.0 / n for field, n in counts.items()}


def _weight(column: str, weights: Mapping[str, float]) -> float:
    return weights.get(column, 0.05 if column in _EVERYWHERE else 0.25)


def _by_values(frame: gpd.GeoDataFrame | pd.DataFrame, spec: LayerSchema, columns: list[str]) -> float:
    """Share of sampled values that are what the layer's codes are; 0 when there is no such column, −1 against it."""
    digits = _CODE_DIGITS.get(spec.layer)
    fields = {f.official: f for f in spec.fields}
    wanted = "DLBM" if digits is None else "XZQDM" if spec.layer == "towns" else "ZLDWDM"
    if wanted not in fields:
        return 0.0
    column = source_of(fields[wanted], columns, {})
    if column is None:
        return 0.0
    values = frame[column].dropna().astype(str).str.strip().head(_SAMPLE)
    values = values[values != ""]
    if not len(values):
        return 0.0
    if digits is not None:
        share = float((values.str.rstrip("0").str.len().le(digits) & values.str.len().ge(digits)).mean())
        return share if share > 0.5 else -1.0
    known = land_classes()
    return float(values.map(lambda v: base_code(v) in known).mean())
