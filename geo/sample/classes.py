"""CALIBRATION: parcels change class until cropland, paddy share and stable cropland meet the extent's targets."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from geo.geometry.ellipsoid import area_m2
from geo.sample.ground import BUILT, Ground
from geo.sample.land import Land
from geo.sample.noise import Noise

Floats = NDArray[np.float64]
# What cropland turns into where there is too much of it, and whether it could at once be farmed again.
_OTHER = (("0201", 30), ("0307", 28), ("1104A", 16), ("0301", 10), ("0204", 4), ("0404", 12))
_TERRACE_SHARE = 0.04


def is_cropland(code: NDArray[np.str_]) -> NDArray[np.bool_]:
    """Codes 0101, 0102, 0103."""
    return np.char.startswith(code, "01")


def ridge_factors(land: Land, ground: Ground) -> Floats:
    """Ridge factor of each parcel: 0 on the plain, 0.02–0.05 on the few gently sloping blocks (grade 2, terraced)."""
    rng = ground.rng["classes"]
    _, block = np.unique(land.block, return_inverse=True)
    roll = rng.random(block.max() + 1)
    factor = np.round(rng.uniform(0.02, 0.05, block.max() + 1), 4)
    sloping = (roll < _TERRACE_SHARE)[block] & is_cropland(land.code) & (land.role == "field")
    return np.where(sloping, factor[block], 0.0)


def calibrate(land: Land, ground: Ground, locked: NDArray[np.bool_]) -> tuple[Land, Floats, NDArray[np.bool_]]:
    """Classes that meet the targets; the ridge factors; which parcels were cropland before (recoverable).

    locked: parcels that must stay as they are.
    """
    rng = ground.rng["classes"]
    target = ground.extent.target
    code = land.code.copy()
    size = area_m2(land.geoms)
    ridge = ridge_factors(land, ground)
    net = size * (1 - ridge)
    was = np.zeros(len(code), dtype=bool)
    crop = is_cropland(code)
    total = float(net[crop].sum())
    spots = ground.units.centres[land.polder]
    character = Noise(rng, (3600.0, 1300.0))(spots[:, 0], spots[:, 1])
    _, block = np.unique(land.block, return_inverse=True)
    mood = rng.normal(0, 0.8, block.max() + 1)[block] + character
    # What a town has grown around is the first to be given up, except for the small pieces between the works.
    mood = mood + 4.0 * (np.isin(ground.kind[land.polder], BUILT) & (size > 3400))
    if total > target["cropland_m2"]:
        able = crop & (land.role == "field") & ~locked
        if ground.extent.gardens_given_up:
            # Gardens behind the houses turn into orchards and trees before fields do: they are never farmland.
            garden = crop & (land.role == "garden") & (rng.random(len(code)) < ground.extent.gardens_given_up)
            able, mood = able | (garden & ~locked), mood + 6.0 * garden
        for k in _first_rows(able, -mood, block, net, total - target["cropland_m2"]):
            code[k] = _other(block[k])
            was[k] = True
            ridge[k] = 0.0
    else:
        able = np.isin(code, ("0201", "0307", "0404", "1104")) & np.isin(land.role, ("garden", "field")) & ~locked
        for k in _first_rows(able, mood, block, net, target["cropland_m2"] - total):
            code[k] = "0101"
            land.role[k] = "field"
    net = size * (1 - ridge)
    crop = is_cropland(code)
    dry = crop & (code != "0101")
    surplus = float(net[dry].sum()) - (1 - target["paddy_share"]) * float(net[crop].sum())
    if surplus > 0:
        able = dry & ~locked
        order = np.flatnonzero(able)[np.argsort(-size[able], kind="stable")]
        turned = order[np.cumsum(net[order]) <= surplus]
        code[turned] = "0101"
    else:
        able = (code == "0101") & (land.role == "field") & ~locked
        for k in _first_rows(able, -mood, block, net, -surplus):
            code[k] = "0102"
    fresh = land.take(np.arange(len(code)))
    fresh.code[:] = code
    return fresh, ridge, was


def _first_rows(
    able: NDArray[np.bool_], rank: Floats, block: NDArray[np.intp], net: Floats, amount: float
) -> NDArray[np.intp]:
    """Rows to change, block by block in order of rank, until the amount is reached as nearly as single rows allow."""
    rows = np.flatnonzero(able)
    first = np.full(block.max() + 1, np.inf)
    np.minimum.at(first, block[rows], rank[rows])
    rows = rows[np.lexsort((rows, block[rows], first[block[rows]]))]
    running = np.cumsum(net[rows])
    taken = rows[running <= amount]
    missing = amount - float(net[taken].sum())
    rest = np.setdiff1d(rows, taken)
    for k in rest[np.argsort(-net[rest], kind="stable")]:
        if net[k] <= missing:
            taken = np.append(taken, k)
            missing -= float(net[k])
    return taken


def _other(block: int) -> str:
    roll = (block * 2654435761 % 2**32) / 2**32 * sum(w for _, w in _OTHER)
    for code, weight in _OTHER:
        roll -= weight
        if roll <= 0:
            return code
    return _OTHER[0][0]
