"""What leaves now under the township caps: whole blocks, exact, with a reason for what waits."""

from __future__ import annotations

import itertools

import geopandas as gpd
import numpy as np
import pytest
import shapely

from geo.errors import PlanProblem
from geo.plan.relocation.constraints import TownCap
from geo.plan.relocation.highs import run
from geo.plan.relocation.leaving import Supply, choose_leaving


def blocks(rng: np.random.Generator, count: int) -> gpd.GeoDataFrame:
    town = rng.choice(["330421103", "330421111"], count)
    return gpd.GeoDataFrame(
        {
            "farmland_id": [f"f{k}" for k in range(count)],
            "block_id": [f"b{k // 2}" for k in range(count)],
            "net_area_m2": rng.uniform(300, 3000, count).round(2),
            "town_code": town,
            "county_code": ["330421"] * count,
        },
        geometry=[shapely.box(k, 0, k + 1, 1) for k in range(count)],
        crs="EPSG:4528",
    )


@pytest.mark.parametrize("together", [False, True])
def test_most_that_the_caps_allow(together):
    for seed in range(3):
        out = blocks(np.random.default_rng(seed), 14)
        cap = TownCap(share=0.05, farmland_m2={"330421103": 90_000, "330421111": 120_000}, together=together)
        found = choose_leaving(out, cap=cap)
        assert len(found.leaves) + len(found.waits) == len(out)
        assert not set(found.leaves["block_id"]) & set(found.waits["block_id"])
        best = 0.0
        for keep in itertools.product([False, True], repeat=7):
            kept = out[out["block_id"].isin([f"b{k}" for k in range(7) if keep[k]])]
            sums = kept.groupby("town_code")["net_area_m2"].sum()
            limit = {t: 0.05 * a for t, a in cap.farmland_m2.items()}
            ok = sums.sum() <= sum(limit.values()) if together else all(sums[t] <= limit[t] for t in sums.index)
            if ok and (not together or set(kept["town_code"]) <= set(out["town_code"])):
                best = max(best, float(kept["net_area_m2"].sum()))
        assert found.leaves["net_area_m2"].sum() == pytest.approx(best, rel=1.1e-4)
        assert set(found.waits["reason"]) <= {"PL402"}


def test_everything_leaves_when_it_may():
    out = blocks(np.random.default_rng(0), 10)
    found = choose_leaving(out, cap=TownCap(share=0.05, farmland_m2={"330421103": 1e7, "330421111": 1e7}))
    assert len(found.leaves) == 10
    assert not len(found.waits)
    assert found.leaves["farmland_id"].tolist() == out["farmland_id"].tolist()


def test_a_county_that_cannot_supply_lets_less_leave():
    out = blocks(np.random.default_rng(1), 10)
    cap = TownCap(share=0.05, farmland_m2={"330421103": 1e7, "330421111": 1e7}, article="cons2023.cap")
    supply = Supply(limit_m2={"330421": 6000.0}, ratio=1.05)
    found = choose_leaving(out, cap=cap, supply=supply)
    assert 1.05 * found.leaves["net_area_m2"].sum() <= 6000.0
    assert set(found.waits["reason"]) == {"PL403"}
    assert set(found.waits["unit_code"]) == {"330421"}


def test_the_same_twice_and_a_cap_of_zero():
    out = blocks(np.random.default_rng(2), 12)
    cap = TownCap(share=0.03, farmland_m2={"330421103": 90_000, "330421111": 120_000})
    first, second = choose_leaving(out, cap=cap), choose_leaving(out, cap=cap)
    assert first.leaves.equals(second.leaves)
    with pytest.raises(PlanProblem, match="zero"):
        choose_leaving(out, cap=TownCap(share=0.0))


def test_townships_that_no_block_ties_are_decided_alone_and_no_clock_ends_it(monkeypatch):
    from geo.plan.relocation import leaving

    asked = []
    monkeypatch.setattr(leaving, "run", lambda part, **how: asked.append((part, how)) or run(part, **how))
    out = blocks(np.random.default_rng(5), 40).assign(town_code=lambda f: ["a", "a", "b", "b"] * 10)
    cap = TownCap(share=0.05, farmland_m2={"a": 200_000, "b": 150_000})
    found = choose_leaving(out, cap=cap)
    assert [part.matrix.shape[0] for part, _ in asked] == [1, 1]
    assert all(how["time_limit_s"] == np.inf for _, how in asked)
    sums = found.leaves.groupby("town_code")["net_area_m2"].sum()
    assert 0.97 * 10_000 < sums["a"] <= 10_000
    assert 0.97 * 7_500 < sums["b"] <= 7_500
