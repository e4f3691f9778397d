"""Attributes from a table laid onto a layer: every row that finds no partner, on either side, is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from geo.errors import InputProblem
from geo.finding import Finding
from geo.io.house import row_numbers
from geo.io.layer import Layer
from geo.io.recognise import recognise

if TYPE_CHECKING:
    import pandas as pd


def join_attributes(layer: Layer, table: Layer, *, on: Mapping[str, str]) -> Layer:
    """The layer with the columns of a table (CSV, XLSX or .dbf as opened by the front door).

    on: column of the layer to column of the table, one pair; compared as text, spaces and a trailing ``.0`` aside.
    Columns that both have get the ending ``_table``. Rows keep their order; none is added or lost.
    Raises InputProblem: a column is not there (IO103), a key of the table stands twice (IO111).
    """
    if len(on) != 1:
        raise InputProblem([Finding("IO103", "error", table.subject, measured=str(len(on)), values={"zh": "on"})])
    left, right = next(iter(on.items()))
    faults = [
        Finding("IO103", "error", side.subject, measured=column, values={"zh": column})
        for side, column in ((layer, left), (table, right)) if column not in side.frame.columns
    ]  # fmt: skip
    if faults:
        raise InputProblem(faults)
    mine, theirs = _key(layer.frame[left]), _key(table.frame[right])
    filled = theirs[theirs != ""]
    twice = sorted(set(filled[filled.duplicated()]))
    if twice:
        shown = " ".join(twice[:10]) + (" …" if len(twice) > 10 else "")
        raise InputProblem([Finding("IO111", "error", table.subject, measured=shown)])
    given = table.frame.drop(columns=["geometry", right])
    given = given.rename(columns={c: f"{c}_table" for c in given.columns if c in layer.frame.columns})
    given = given[(theirs != "").to_numpy()].set_index(filled.to_numpy())
    joined = given.reindex(mine.to_numpy()).set_index(layer.frame.index)
    frame = layer.frame.assign(**{str(c): joined[c] for c in joined.columns})
    alone = (~mine.isin(set(filled))).to_numpy().nonzero()[0]
    spare = (~theirs.isin(set(mine)) & (theirs != "")).to_numpy().nonzero()[0]
    told = list(layer.findings)
    if len(alone):
        told.append(Finding("IO149", "warning", layer.subject, measured=str(len(alone)), limit=row_numbers(alone)))
    if len(spare):
        told.append(Finding("IO149", "warning", table.subject, measured=str(len(spare)), limit=row_numbers(spare)))
    known = recognise(frame, f"{layer.file}/{layer.name}")
    return replace(layer, frame=frame, findings=tuple(told), recognised=known)


def _key(column: pd.Series) -> pd.Series:
    text = column.astype("string").fillna("").str.strip()
    return text.str.replace(r"^(\d+)\.0$", r"\1", regex=True).astype("str")
