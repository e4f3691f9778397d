"""A consolidation scheme and the pool: after acceptance its new and improved cropland is booked, every lot or none.

Until then its lots are only *planned*: they stand in the record and nowhere in the ledger. The key of the act comes
from the scheme, so that the same scheme booked again answers with the first receipt; another scheme that holds one of
the parcels is refused by the ledger (LG107).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geo.errors import InputProblem
from geo.finding import Finding
from geo.ledger.asset import asset
from geo.ledger.entry import Act, Parcel, Receipt
from geo.ledger.ledger import Ledger
from geo.standards.units import HA_M2, round_half_up

if TYPE_CHECKING:
    from geo.study.consolidation_result import ConsolidationResult

COLUMNS = ("lot", "county", "town", "kind", "measure_id", "parcel_id", "area_m2", "paddy_m2", "capacity_kg", "grade",
           "state")  # fmt: skip
NEW, BETTER = "new", "improved"
# What is told apart from the parcel itself: the same parcel may have its ridges merged and be improved.
_PART = ("ridge", "upgrade", "repaddy")


def planned_lots(result: ConsolidationResult) -> pd.DataFrame:
    """New and improved cropland as lots of the pool, one row a measure (COLUMNS), a lot a township and kind: planned.

    capacity_kg: new cropland net ha · (base - grade) · kg per ha and grade, improved cropland ha · grades won · the
    same (国土资规〔2017〕13号); nan where the grade is not known.
    """
    from geo.study.consolidation import law

    rows, values = result.measures, result.values
    base, each = (float(law(f"offset.{k}", values)) for k in ("capacity_grade_base", "capacity_kg_per_ha"))
    lift, grade = (rows[c].to_numpy(dtype=float) for c in ("lift", "grade"))
    better = lift > 0
    size = np.where(better, rows["area_m2"].to_numpy(dtype=float), rows["gain_m2"].to_numpy(dtype=float))
    won = np.where(better, lift, base - grade)
    wet = (rows["new_class"] == "0101").to_numpy() & np.where(better, (rows["source"] == "repaddy").to_numpy(), True)
    kind = np.where(better, BETTER, NEW)
    town = rows["town_code"].astype(str).to_numpy()
    lots = [f"{'TZ' if b else 'ZZ'}-{result.run_id}-{t}" for b, t in zip(better, town, strict=True)]
    found = pd.DataFrame({
        "lot": lots, "county": rows["county_code"].astype(str), "town": town, "kind": kind,
        "measure_id": rows["measure_id"], "parcel_id": rows["parcel_id"].astype(str), "area_m2": size,
        "paddy_m2": np.where(wet, size, 0.0), "capacity_kg": size / HA_M2 * won * each, "grade": grade,
        "state": "planned",
    })  # fmt: skip
    return found.sort_values(["lot", "measure_id"], kind="stable").reset_index(drop=True)


def scheme_of(folder: Path | str) -> tuple[Mapping[str, Any], Any]:
    """The record and the layer of measures of a scheme's folder. Raises InputProblem (CN406)."""
    from geo.io.plan_folder import read_table
    from geo.study.consolidation_recheck import read_scheme
    from geo.study.consolidation_tell import PLAN_GPKG

    told = read_scheme(Path(folder))
    return told, read_table(Path(folder) / PLAN_GPKG, "measures")


def credit(
    ledger: Ledger, told: Mapping[str, Any], measures: Any, *, accepted_on: date, act: Act, only: Sequence[str] = ()
) -> Receipt:
    """Book the accepted measures of a scheme in one entry: all, or those named by ``only``.

    told: the run record; measures: its layer, whose shapes are the evidence. Raises InputProblem (CN410 the scheme does
    not keep the rules, CN411 nothing or an unknown measure named), Refused with every lot or parcel already booked.
    """
    results = told["results"]
    if not (results["planned"] and results["allowed"]):
        raise InputProblem([Finding("CN410", "error", str(told["run_id"]))])
    rows = pd.DataFrame(results["credits"], columns=list(COLUMNS))
    unknown = sorted(set(only) - set(rows["measure_id"]))
    rows = rows[rows["measure_id"].isin(set(only))] if only else rows
    if unknown or not len(rows):
        raise InputProblem([Finding("CN411", "error", i) for i in unknown or [str(told["run_id"])]])
    shapes = dict(zip(measures["measure_id"].astype(str), measures.geometry, strict=True))
    source = next((i["sha256"] for i in told["inputs"] if i["layer"] == "parcels"), "")
    end = "" if not only else "-" + hashlib.sha256(" ".join(sorted(only)).encode()).hexdigest()[:6]
    lots, parcels = [], []
    for code, group in rows.groupby("lot", sort=True):
        land = [_parcel(row, shapes[row["measure_id"]], source) for row in group.to_dict("records")]
        area = sum(int(p.record()["area"]) for p in land)
        kg, wet = float(group["capacity_kg"].sum(min_count=len(group))), float(group["paddy_m2"].sum())
        amounts = {"QTY": area} if group["kind"].iloc[0] == NEW else {}
        if np.isfinite(kg) and kg > 0:
            amounts["CAP"] = _units(kg, "CAP")
        if wet > 0:
            amounts["PADDY"] = min(_units(wet, "PADDY"), area)
        lots.append({
            "lot": f"{code}{end}", "county": str(group["county"].iloc[0]), "amounts": amounts, "expires_on": "",
            "accepted_on": accepted_on.isoformat(), "name": f"全域整治 {group['town'].iloc[0]}",
        })  # fmt: skip
        parcels.append(land)
    return ledger.import_lots(lots, parcels, act=act)


def key_of(told: Mapping[str, Any], only: Sequence[str] = ()) -> str:
    """The key of the act: of the scheme and the measures named, so that the same acceptance is booked once."""
    return hashlib.sha256(" ".join(["consolidate", str(told["run_id"]), *sorted(only)]).encode()).hexdigest()[:32]


def _parcel(row: Mapping[str, Any], shape: Any, source: str) -> Parcel:
    from geo.geometry.crs import HOUSE_EPSG
    from geo.study.pool_land import AREA_METHOD, shape_bytes

    kind = str(row["measure_id"]).partition(":")[0]
    grade = row["grade"]
    number = round(float(grade)) if grade is not None and grade == grade else 0
    name = f"{row['parcel_id']}/{kind}" if kind in _PART else str(row["parcel_id"])
    area = _units(float(row["area_m2"]), "QTY")
    if kind in _PART:
        return Parcel(name, area, grade=number, area_method=AREA_METHOD, source_sha256=source)
    return Parcel(name, area, shape_bytes(shape), HOUSE_EPSG, number, AREA_METHOD, source)


def _units(value: float, code: str) -> int:
    """Smallest units of an asset: 0.01 m² of land, 0.01 kg."""
    return int(round_half_up(value * asset(code).per_unit, 0))
