"""THE KEY: what a right answer must find in the sample, and nothing else."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.geometry.ellipsoid import area_m2
from geo.sample.farmland import Choice
from geo.sample.fragments import DEFINITION, MU_M2

TEXT = {
    "zh": "永久基本农田图斑间距不超过 8 m 的连成一块（按全图层）；净面积不超过 5 亩，"
    "且在填洞后的城镇开发边界或生态保护红线内不少于 400 m² 的，为零星地块。以上数值均为参数。",
    "en": "Farmland parcels within 8 m of each other are one block, over the whole layer; a block of at most 5 mu "
    "(net) with at least 400 m² inside the filled growth boundary or the red line is 零星. All figures are parameters.",
}


def fragment_rows(
    choice: Choice, farmland: Any, in_hole: NDArray[np.bool_], projects: Any, redline: Any
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The 零星 blocks of the key and the traps (farmland rows aligned with ``choice.rows``).

    in_hole: farmland rows whose block has a hole of its own in the boundary.
    """
    blocks = choice.blocks
    if blocks is None:
        raise ValueError("the choice has no blocks")
    ids = farmland["farmland_id"].to_numpy()
    geoms = farmland.geometry.to_numpy()
    marked = shapely.union_all(projects.geometry.to_numpy())
    shapely.prepare(marked)
    zones = {
        name: shapely.union_all(group.geometry.to_numpy()) for name, group in redline.groupby("control_zone", sort=True)
    }
    rows: list[dict[str, Any]] = []
    members = _members(blocks.label, blocks.fragmented())
    for number in blocks.fragmented().tolist():
        mine = members[number]
        shape = shapely.union_all(geoms[mine])
        size = float(area_m2(shapely.get_parts(shape)).sum())
        against = ["boundary_filled"] if blocks.boundary_m2[number] > 1 else []
        names = {"核心保护区": "redline_core", "一般控制区": "redline_general", "": "redline_other"}
        if blocks.redline_m2[number] > 1:
            against += [names[z] for z, area in zones.items() if _overlap(shape, area) > 1]
        rows.append(
            {
                "farmland_ids": [str(ids[k]) for k in mine],
                "net_area_m2": round(float(blocks.net_m2[number]), 2),
                "net_area_mu": round(float(blocks.net_m2[number]) / MU_M2, 4),
                "inside_area_m2": round(float(blocks.inside_m2[number]), 2),
                "inside_boundary_m2": round(float(blocks.boundary_m2[number]), 2),
                "inside_redline_m2": round(float(blocks.redline_m2[number]), 2),
                "against": against,
                "in_hole": bool(in_hole[mine].all()),
                "high_standard": _overlap(shape, marked) > 0.5 * size,
                "county": str(farmland["village_code"].iloc[mine[0]])[:6],
                "town": str(farmland["village_code"].iloc[mine[0]])[:9],
                "planted_as": choice.planted.get(int(choice.rows[mine[0]]), "natural"),
            }
        )
    place = {int(r): k for k, r in enumerate(choice.rows)}
    traps = [
        {"farmland_id": str(ids[place[r]]), "county": str(ids[place[r]])[:6], "planted_as": word}
        for r, word in sorted(choice.traps.items())
    ]
    return sorted(rows, key=lambda r: str(r["farmland_ids"][0])), traps


def _members(label: NDArray[np.intp], wanted: NDArray[np.intp]) -> dict[int, NDArray[np.intp]]:
    rows = np.flatnonzero(np.isin(label, wanted))
    rows = rows[np.argsort(label[rows], kind="stable")]
    cuts = np.flatnonzero(np.diff(label[rows])) + 1
    return {int(label[chunk[0]]): chunk for chunk in np.split(rows, cuts) if len(chunk)}


def _overlap(shape: Any, other: Any) -> float:
    return float(area_m2(shapely.get_parts(shapely.intersection(shape, other))).sum())


def cut_large(farmland: Any, choice: Choice) -> list[str]:
    """Traps of the commonest kind: large fields of which the line cuts off a small part (never 零星)."""
    inside = choice.boundary_m2 + choice.redline_m2
    whole = area_m2(farmland.geometry.to_numpy())
    small_part = (inside > 50) & (inside < DEFINITION["threshold_m2"]) & (whole > 1.5 * DEFINITION["threshold_m2"])
    return [str(v) for v in farmland["farmland_id"].to_numpy()[small_part]]
