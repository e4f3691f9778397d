"""The tables as they stand in the folder: CSV, UTF-8, first line the column names."""

from __future__ import annotations

import csv
from importlib import resources


def rows(table: str, *, missing_ok: bool = False) -> list[dict[str, str]]:
    """Rows of ``<table>.csv`` as dicts of text. Raises FileNotFoundError for a table that does not exist."""
    path = resources.files(__package__).joinpath(f"{table}.csv")
    if not path.is_file():
        if missing_ok:
            return []
        raise FileNotFoundError(f"no table {table}.csv in geo/standards/tables")
    return list(csv.DictReader(path.read_text("utf-8").splitlines()))


def names() -> list[str]:
    """Names of all tables, sorted."""
    folder = resources.files(__package__)
    return sorted(p.name[:-4] for p in folder.iterdir() if p.name.endswith(".csv"))
