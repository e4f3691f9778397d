"""Land for the pool: parcels of a layer or a boundary TXT with their official area and their geometry as evidence."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from geo.geometry.crs import HOUSE_EPSG
from geo.geometry.ellipsoid import areas
from geo.ledger.asset import asset
from geo.ledger.entry import Parcel
from geo.ledger.refusal import refuse
from geo.standards.units import round_half_up

AREA_METHOD = "国土调查办发〔2008〕32号 CGCS2000"
AVAILABLE = "可用"


def read_land(path: Path, *, county: str, reserve: bool = False) -> list[Parcel]:
    """Parcels of a boundary TXT or a layer, each with its ellipsoidal area to 0.01 m² and its shape.

    county: of a layer only this county's parcels are read (by 坐落单位代码).
    reserve: the layer is the reserve zone (YJJBNTCBQ): only lots in state 可用 are read; else it is DLTB.
    Raises InputProblem for a file that cannot be used, Refused LG144 when no parcel is in it.
    """
    frame, numbers = _txt(path) if path.suffix.lower() == ".txt" else _layer(path, county, reserve=reserve)
    if not len(frame):
        raise refuse("LG144", path.name)
    return land_parcels(frame, numbers, source=hashlib.sha256(path.read_bytes()).hexdigest())


def land_parcels(frame: Any, numbers: Sequence[str], *, source: str) -> list[Parcel]:
    """Rows as evidence for the ledger: ellipsoidal area to 0.01 m², shape, grade where known, hash of their source."""
    grades = frame["grade"].fillna(0).astype(int) if "grade" in frame.columns else [0] * len(frame)
    per_unit = asset("QTY").per_unit
    return [
        Parcel(
            number,
            int(round_half_up(area * per_unit, 0)),
            shape_bytes(shape),
            HOUSE_EPSG,
            int(grade),
            AREA_METHOD,
            source,
        )
        for number, area, shape, grade in zip(numbers, areas(frame), frame.geometry, grades, strict=True)
    ]


def _txt(path: Path) -> tuple[Any, list[str]]:
    from geo.io.boundary_txt import read_boundary_txt

    frame = read_boundary_txt(path)
    return frame, [str(n) for n in frame["project_no"]]


def _layer(path: Path, county: str, *, reserve: bool) -> tuple[Any, list[str]]:
    from geo.io.vector import read_layer
    from geo.standards.schema import schema

    name = "reserve" if reserve else "parcels"
    frame = read_layer(path, name).frame
    frame = frame[frame["village_code"].str.startswith(county)]
    if reserve:
        frame = frame[frame["status"].str.strip() == AVAILABLE]
    frame = frame.reset_index(drop=True)
    return frame, [str(n) for n in frame[schema(name).id_column]]


def shape_bytes(shape: Any) -> bytes:
    """A shape as the ledger keeps it for evidence: plain WKB, whose hash names it."""
    import shapely

    data: bytes = shapely.to_wkb(shape, output_dimension=2, byte_order=1, include_srid=False)
    return data
