"""A replacement plan and the pool: its reserve parcels are booked, locked for the project, released or written off.

Each act is one entry of the ledger under one key: the same key again answers with the first receipt and books nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from geo.geometry.ellipsoid import areas
from geo.ledger.asset import asset
from geo.ledger.balance import reserve_states
from geo.ledger.entry import Act, Receipt
from geo.ledger.ledger import Ledger
from geo.ledger.refusal import refuse
from geo.standards.units import round_half_up
from geo.study.pool_land import AVAILABLE, land_parcels

if TYPE_CHECKING:
    import geopandas as gpd

    from geo.zone import Zone


@dataclass(frozen=True, slots=True)
class PlanLots:
    """The reserve parcels of a plan as the ledger takes them: project, lead county, the rows of ``reserve_plan``."""

    run_id: str
    project: str
    name: str
    county: str
    rows: tuple[Mapping[str, Any], ...]

    @property
    def lots(self) -> tuple[str, ...]:
        return tuple(str(row["lot"]) for row in self.rows)


def plan_lots(told: Mapping[str, Any], replacement: gpd.GeoDataFrame, plots: gpd.GeoDataFrame) -> PlanLots:
    """What a plan locks. told: the run record; replacement and plots: its layers.

    A parcel used whole is locked whole; of one that is cut, the cut part's area. The lead county is the one that gets
    most. Raises Refused LG127 for a plan without parcels.
    """
    from geo.study.project_report import project_of

    if not len(replacement):
        raise refuse("LG127", "lots")
    project = project_of(told, plots)
    cut = replacement["part"].eq("cut").to_numpy()
    units = [_units(a) for a in areas(replacement)]
    county = replacement.groupby(replacement["for_county"].astype(str))["net_area_m2"].sum().idxmax()
    rows = tuple(
        {"lot": str(lot), "county": str(where), "amount": amount if part else None}
        for lot, where, amount, part in zip(
            replacement["lot_id"], replacement["for_county"], units, cut, strict=True
        )
    )  # fmt: skip
    return PlanLots(str(told["run_id"]), project.number or str(told["run_id"]), project.name, str(county), rows)


def reserve(ledger: Ledger, plan: PlanLots, *, act: Act) -> Receipt:
    """Lock the plan's parcels. Raises Refused with every parcel that is not there, not free or out of reach."""
    return ledger.reserve_plan(plan.project, plan.rows, name=plan.name, county=plan.county, act=act)


def release(ledger: Ledger, plan: PlanLots, *, act: Act) -> Receipt:
    """Give the plan's parcels back. Raises Refused LG141 for one that the project does not hold."""
    return ledger.release_plan(plan.project, plan.lots, act=act)


def write_off(ledger: Ledger, plan: PlanLots, *, act: Act) -> Receipt:
    """Write the plan's parcels off: the approval number is the act's basis. Raises Refused LG141."""
    return ledger.use_plan(plan.project, plan.lots, act=act)


def plan_states(ledger: Ledger, plan: PlanLots) -> dict[str, str]:
    """Each parcel of the plan: ``unknown`` to the ledger, ``free``, ``locked`` or ``spent`` (partly counts)."""
    with ledger.look() as tx:
        held = {code: sums for code, _, sums in reserve_states(tx)}
    found = {}
    for lot in plan.lots:
        sums = held.get(lot)
        if sums is None:
            found[lot] = "unknown"
        else:
            found[lot] = "spent" if sums.get("USED") else "locked" if sums.get("RESERVED") else "free"
    return found


def unbooked(ledger: Ledger, zone: Zone) -> gpd.GeoDataFrame:
    """Reserve lots of the zone that are available (可用) and not in the ledger yet."""
    with ledger.look() as tx:
        known = {code for code, _, _ in reserve_states(tx)}
    lots = zone.layer("reserve")
    free = lots["status"].astype(str).str.strip().eq(AVAILABLE)
    return lots[free & ~lots["lot_id"].astype(str).isin(known)].reset_index(drop=True)


def book_reserve(ledger: Ledger, zone: Zone, *, accepted_on: date, basis: str, key: str) -> list[Receipt]:
    """Book the zone's available reserve lots, one entry a county, each lot with its area and shape as evidence.

    ``key``: of the form; the county is added to it. Lots that are booked already are left out.
    """
    lots = unbooked(ledger, zone)
    source = zone.sources["reserve"].sha256 if "reserve" in zone.sources else ""
    receipts = []
    for county, rows in lots.groupby(lots["village_code"].astype(str).str[:6], sort=True):
        parcels = land_parcels(rows, [str(lot) for lot in rows["lot_id"]], source=source)
        act = ledger.act("储备区图斑入库", basis, key=f"{key}:{county}")
        receipts.append(ledger.reserve_in(str(county), parcels, accepted_on=accepted_on, act=act))
    return receipts


def _units(area_m2: float) -> int:
    return int(round_half_up(area_m2 * asset("QTY").per_unit, 0))
