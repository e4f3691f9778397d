"""Land use before and after a village scheme: by line of the form, by village, and permanent farmland beside it.

Land that comes free becomes cropland by the share assumed, the rest the ditches, ridges and field roads that go with
it; a receiving place is built up from idle construction land first, then other land, larger parcels first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geo.geometry.topology import MILLIMETRE
from geo.measure.land_structure import by_line, structure

if TYPE_CHECKING:
    from geo.study.village_result import Ground

BUILT_LINES = ("village", "otherbuilt", "town", "business", "traffic")
VILLAGE_COLUMNS = (
    "village_code", "village_name", "area_m2", "households_before", "households_after", "village_before_m2",
    "freed_m2", "built_m2", "village_after_m2", "crop_before_m2", "crop_after_m2",
)  # fmt: skip


def structures(ground: Ground, moves: Any, places: Any) -> dict[str, Any]:
    """``structure`` (a row a line), ``villages`` (a row a village) and ``farmland_change`` of the area chosen."""
    share = float(ground.values["reclaim_share"])
    parcels = ground.zone.layer("parcels")
    chosen = _chosen(parcels, ground)
    own = by_line(parcels[chosen])
    gone = ground.members[
        ground.members["hamlet_id"].isin(set(moves["hamlet_id"])) & ground.members["freed"].to_numpy(dtype=bool)
    ]
    built = built_on(ground, places)
    freed = own.merge(gone[["parcel_id"]].astype(str), on="parcel_id")
    used = own.merge(built, on="parcel_id")
    leaves = {}
    before = _sums(own, "line", "area_m2")
    ridge = _sums(own, "line", "ridge_m2")
    for line, value in ridge.items():
        before[line] = before.get(line, 0.0) - value
        before["otherfarm"] = before.get("otherfarm", 0.0) + value
    after = dict(before)
    for line, value in _sums(freed, "line", "area_m2").items():
        after[line] = after.get(line, 0.0) - value
        after["reclaimed"] = after.get("reclaimed", 0.0) + value * share
        after["otherfarm"] = after.get("otherfarm", 0.0) + value * (1.0 - share)
    for (line, to), value in used.groupby(["line", "to"])["built_m2"].sum().items():
        after[line] = after.get(line, 0.0) - value
        after[to] = after.get(to, 0.0) + value
    leaves = {line: (before.get(line, 0.0), after.get(line, 0.0)) for line in sorted(before.keys() | after.keys())}
    return {
        "structure": structure(leaves), "villages": _villages(ground, own, freed, used, moves, places, share),
        "farmland_change": _farmland(ground, parcels[chosen], freed, used),
    }  # fmt: skip


def built_on(ground: Ground, places: Any) -> pd.DataFrame:
    """The parcels that the scheme builds on: parcel_id, place_id, to (line after), built_m2.

    What a given room asks beyond the land measured stands on no parcel and is left out.
    """
    used = places[places["built_m2"].to_numpy(dtype=float) > 0]
    parcels = ground.zone.layer("parcels")
    sites = ground.sites[ground.sites["place_id"].isin(set(used["place_id"]))].astype({"parcel_id": str})
    classed = by_line(parcels[parcels["parcel_id"].astype(str).isin(set(sites["parcel_id"]))])
    sites = sites[["place_id", "parcel_id"]].merge(classed, on="parcel_id")
    sites["later"] = ~sites["line"].isin(BUILT_LINES)
    sites = sites.sort_values(["place_id", "later", "area_m2", "parcel_id"], ascending=[True, True, False, True])
    wanted = dict(zip(used["place_id"], used["built_m2"].astype(float), strict=True))
    kinds = dict(zip(used["place_id"], used["kind"], strict=True))
    rows = []
    for place, parcel, area in sites[["place_id", "parcel_id", "area_m2"]].itertuples(index=False):
        taken = min(area, wanted[place])
        if taken > 0:
            rows.append((parcel, place, "town" if kinds[place] == "town" else "village", taken))
            wanted[place] -= taken
    return pd.DataFrame(rows, columns=["parcel_id", "place_id", "to", "built_m2"]).astype({"built_m2": float})


def _chosen(parcels: Any, ground: Ground) -> Any:
    units = tuple(ground.values["units"])
    if not units:
        return np.ones(len(parcels), dtype=bool)
    return parcels["village_code"].astype(str).str.startswith(units).to_numpy()


def _sums(frame: pd.DataFrame, by: str, what: str) -> dict[str, float]:
    return {str(k): float(v) for k, v in frame.groupby(by)[what].sum().items()}


def _villages(
    ground: Ground, own: pd.DataFrame, freed: pd.DataFrame, used: pd.DataFrame, moves: Any, places: Any, share: float
) -> pd.DataFrame:
    """A row a village of the area chosen: households and village land before and after."""
    hamlets = ground.hamlets[ground.hamlets["in_area"].to_numpy(dtype=bool)]
    names = dict(zip(hamlets["village_code"], hamlets["village_name"], strict=True))
    index = pd.Index(sorted(names), name="village_code")

    def sums(frame: pd.DataFrame, by: str, what: str) -> Any:
        return frame.groupby(by)[what].sum().reindex(index).fillna(0).to_numpy()

    village = own[own["line"].eq("village")]
    crops = own[own["line"].isin(("paddy", "irrigated", "dry"))].assign(net=lambda f: f["area_m2"] - f["ridge_m2"])
    grown = used[used["to"].eq("village")]
    gone = freed[freed["line"].eq("village")]
    count = sums(hamlets, "village_code", "households")
    came = places[places["kind"].eq("village").to_numpy()]
    was, crop = sums(village, "village_code", "area_m2"), sums(crops, "village_code", "net")
    left, new = sums(freed, "village_code", "area_m2"), sums(used, "village_code", "built_m2")
    kept = grown[~grown["line"].eq("village")]
    told = pd.DataFrame({
        "village_code": index, "village_name": [names[c] for c in index],
        "area_m2": sums(own, "village_code", "area_m2"),
        "households_before": count.astype(np.int64),
        "households_after": (count - sums(moves, "from_village", "households")
                             + sums(came, "village_code", "received")).astype(np.int64),
        "village_before_m2": was, "freed_m2": left, "built_m2": new,
        "village_after_m2": was - sums(gone, "village_code", "area_m2") + sums(kept, "village_code", "built_m2"),
        "crop_before_m2": crop, "crop_after_m2": crop + left * share,
    })  # fmt: skip
    return told[list(VILLAGE_COLUMNS)]


def _farmland(ground: Ground, parcels: Any, freed: pd.DataFrame, used: pd.DataFrame) -> dict[str, float]:
    """Permanent farmland of the area: patches and net area (the scheme leaves both), how much of it is built over, and
    the freed land that adjoins it (m²), which could join it or its reserve after acceptance."""
    import shapely

    zone = ground.zone
    nothing = {"patches": 0, "net_m2": 0.0, "built_over_m2": 0.0, "adjoining_m2": 0.0}
    if not zone.has("farmland"):
        return nothing
    whole = zone.layer("farmland")
    codes = set(parcels["village_code"].astype(str).str[:12])
    layer = whole[whole["village_code"].astype(str).str[:12].isin(codes).to_numpy()]
    if not len(layer):
        return nothing
    shapes = dict(zip(parcels["parcel_id"].astype(str), parcels.geometry.to_numpy(), strict=True))
    tree = shapely.STRtree(whole.geometry.to_numpy())
    gone = np.array([shapes[p] for p in freed["parcel_id"]], dtype=object)
    beside = np.zeros(len(gone), dtype=bool)
    if len(gone):
        beside[tree.query(gone, predicate="dwithin", distance=ground.values["gap_m"] + MILLIMETRE)[0]] = True
    return {
        "patches": len(layer), "net_m2": float(layer["net_area_m2"].sum()),
        "built_over_m2": _over(parcels, used, whole),
        "adjoining_m2": float(freed["area_m2"].to_numpy()[beside].sum()),
    }  # fmt: skip


def _over(parcels: Any, used: pd.DataFrame, farmland: Any) -> float:
    """m² of the parcels built on that lie on permanent farmland (nought but for surveying tolerance)."""
    from geo.measure.overlay import overlay

    rows = parcels[parcels["parcel_id"].astype(str).isin(set(used["parcel_id"]))][["geometry"]]
    if not len(rows):
        return 0.0
    met = overlay(
        rows.reset_index(drop=True).assign(at=lambda f: np.arange(len(f))),
        farmland[["geometry"]].assign(row=lambda f: np.arange(len(f))), left_id="at", right_id="row",
    )  # fmt: skip
    return float(met["area_m2"].sum())
