"""Official field names to house names: the columns of a standard layer out of the columns of any file.

A mapping says for an official field which column of the file holds it, or ``#row`` (numbered by row), ``#area`` (the
official area of the shape), ``=text`` (the same for every row). Personal fields never get in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from geo.finding import Finding
from geo.standards.schema import Field, LayerSchema

if TYPE_CHECKING:
    import geopandas as gpd
    import numpy as np
    import pandas as pd

ROW, AREA, SAME = "#row", "#area", "="


def house_columns(
    raw: gpd.GeoDataFrame, spec: LayerSchema, subject: str, mapping: Mapping[str, str]
) -> tuple[gpd.GeoDataFrame, list[Finding], list[Finding]]:
    """The columns that the schema knows, in house names with proper types; notes; faults. Geometry and CRS stay.

    mapping: official field to the column of ``raw`` (or ``#row``, ``#area``, ``=text``); fields it does not name are
    sought under their official name and its aliases, whatever the letter case.
    Faults: IO103 a required column is missing or the mapping names one that is not there, IO110 text in a number
    column, IO111 identifiers given twice. Notes: IO114 personal columns dropped, IO148 columns filled by the mapping.
    """
    import geopandas as gpd

    data: dict[str, Any] = {}
    notes, faults, dropped, made = [], [], [], []
    for field in spec.fields:
        source = source_of(field, raw.columns, mapping)
        if source is None:
            if field.required or field.official in mapping:
                named = mapping.get(field.official, field.official)
                measured = field.official if named == field.official else f"{field.official} ← {named}"
                faults.append(Finding("IO103", "error", subject, measured=measured, values={"zh": field.zh}))
            continue
        if field.personal:
            dropped.append(field.official)
            continue
        column = _made(source, raw) if source[:1] in ("#", SAME) else raw[source]
        if source[:1] in ("#", SAME):
            made.append(f"{field.official} {source}")
        data[field.name], bad = typed(column, field.kind)
        if len(bad):
            faults.append(Finding("IO110", "error", subject, measured=field.official, limit=row_numbers(bad)))
    if dropped:
        notes.append(Finding("IO114", "info", subject, measured=" ".join(dropped)))
    if made:
        notes.append(Finding("IO148", "info", subject, measured=", ".join(made)))
    frame = gpd.GeoDataFrame(data, geometry=flat(raw.geometry.to_numpy()), crs=raw.crs)
    for code in ("village_code", "unit_code"):
        if code in frame.columns:
            frame[code] = frame[code].str.slice(0, 12)
    if any(field.name == "ridge_factor" for field in spec.fields):
        frame["ridge_factor"] = _ridge_factor(frame)
    if spec.id_column in frame.columns:
        ids = frame[spec.id_column]
        again = sorted(set(ids[ids.duplicated() & (ids != "")]))
        if again:
            more = " …" if len(again) > 10 else ""
            faults.append(Finding("IO111", "error", subject, measured=" ".join(again[:10]) + more))
    return frame, notes, faults


def source_of(field: Field, columns: Any, mapping: Mapping[str, str]) -> str | None:
    """The column of a file (or ``#row``, ``#area``, ``=text``) that holds a field; None when nothing does."""
    present = {str(c).upper(): str(c) for c in columns if c != "geometry"}
    named = mapping.get(field.official)
    if named is not None:
        if named in (ROW, AREA) or named.startswith(SAME):
            return named
        return present.get(named.upper())
    wanted = (field.official, *field.aliases)
    return next((present[w.upper()] for w in wanted if w.upper() in present), None)


def _made(source: str, raw: gpd.GeoDataFrame) -> pd.Series:
    """A column that no file holds: numbers of the rows, official areas, or one value for all."""
    import pandas as pd

    if source == ROW:
        return pd.Series([f"R{n:07d}" for n in range(1, len(raw) + 1)], index=raw.index)
    if source == AREA:
        from geo.geometry.ellipsoid import areas

        return areas(raw).round(2)
    return pd.Series([source.removeprefix(SAME)] * len(raw), index=raw.index)


def _ridge_factor(frame: gpd.GeoDataFrame) -> Any:
    """KCXS, 0 where empty. A layer without the column tells it by its areas: 1 - net / gross, to KCXS's 4 decimals."""
    if "ridge_factor" in frame.columns:
        return frame["ridge_factor"].fillna(0.0)
    if not {"area_m2", "net_area_m2"} <= set(frame.columns):
        return 0.0
    gross = frame["area_m2"].where(frame["area_m2"] > 0)
    return (1.0 - frame["net_area_m2"] / gross).clip(lower=0.0).round(4).fillna(0.0)


def flat(shapes: Any) -> Any:
    """Geometries in two dimensions: heights of Z layers are not areas."""
    import shapely

    return shapely.force_2d(shapes) if bool(shapely.has_z(shapes).any()) else shapes


def typed(column: pd.Series, kind: str) -> tuple[pd.Series, np.ndarray]:
    """The column as text without None, float64 or Int64, and the rows that do not fit."""
    import numpy as np
    import pandas as pd

    none = np.zeros(0, dtype=np.intp)
    if kind == "text":
        text = column
        if pd.api.types.is_float_dtype(column) and bool((column.dropna() == column.dropna().round()).all()):
            text = column.astype("Int64")
        return text.astype("string").fillna("").str.strip().astype("str"), none
    blank = column.isna()
    if column.dtype == object or pd.api.types.is_string_dtype(column):
        blank |= column.astype("string").fillna("").str.strip().eq("")
    numbers = pd.to_numeric(column.where(~blank), errors="coerce")
    bad = np.flatnonzero((numbers.isna() & ~blank).to_numpy())
    if kind == "real":
        return numbers.astype("float64"), bad
    fraction = np.flatnonzero((numbers.notna() & (numbers != numbers.round())).to_numpy())
    return numbers.round().astype("Int64"), np.union1d(bad, fraction)


def row_numbers(rows: Sequence[int] | np.ndarray) -> str:
    """Row numbers for a person, counted from 1, ten at most."""
    shown = ", ".join(str(int(r) + 1) for r in list(rows)[:10])
    return shown + (" …" if len(rows) > 10 else "")
