"""Village schemes: a hundred random small cases against every possible scheme, counted by plain arithmetic."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from geo.plan.village.model import solve
from geo.plan.village.problem import WISHES, VillageProblem
from geo.plan.village.proof import floor_of

CASES = 100


def random_problem(seed: int) -> VillageProblem:
    """Two to five hamlets, one to three places; rooms, costs, fields, quota, pins and budgets at random."""
    rng = np.random.default_rng(seed)
    hamlets, places = int(rng.integers(2, 6)), int(rng.integers(1, 4))
    host = np.array([int(rng.integers(-1, hamlets)) if rng.random() < 0.5 else -1 for _ in range(places)])
    pairs = [(h, p) for h in range(hamlets) for p in range(places) if rng.random() < 0.8 and host[p] != h]
    hamlet = np.array([h for h, _ in pairs], dtype=np.int64)
    place = np.array([p for _, p in pairs], dtype=np.int64)
    households = rng.integers(3, 30, hamlets)
    blocks = int(rng.integers(0, 3))
    lifts = [(h, b) for b in range(blocks) for h in range(hamlets) if rng.random() < 0.5]
    n = len(pairs)
    reach = set(hamlet.tolist())
    must = {f"h{h}" for h in range(hamlets) if h in reach and rng.random() < 0.1}
    return VillageProblem(
        name="t", hamlets=tuple(f"h{k}" for k in range(hamlets)), households=households,
        freed_m2=rng.uniform(1e3, 1e4, hamlets),
        joined_m2=np.where(rng.random(hamlets) < 0.7, 5e3, 0) * rng.random(hamlets),
        places=tuple(f"p{k}" for k in range(places)), capacity=rng.integers(5, 60, places),
        opening_yuan=rng.uniform(1e5, 2e6, places), host=host, hamlet=hamlet, place=place,
        distance_m=rng.uniform(100, 6000, n), cost_yuan=households[hamlet] * rng.choice([25e4, 28e4, 40e4], n),
        built_m2=households[hamlet] * rng.choice([210.0, 80.0, 400.0], n), mode=tuple("within" for _ in range(n)),
        lift_hamlet=np.array([h for h, _ in lifts], dtype=np.int64),
        lift_block=np.array([b for _, b in lifts], dtype=np.int64), block_m2=rng.uniform(1e3, 5e4, blocks),
        must=frozenset(must), budget_yuan=float(rng.uniform(5e6, 3e7)) if rng.random() < 0.3 else float("inf"),
        wishes=tuple(rng.permutation(WISHES)[: rng.integers(1, 5)]), tolerance=float(rng.choice([0.0, 0.02, 0.1])),
    )  # fmt: skip


def every_scheme(q: VillageProblem) -> list[tuple[dict[str, str], dict[str, float]]]:
    """All schemes that keep every condition, with their values: nothing of the model's own matrices is used."""
    ways = {(int(h), int(p)): k for k, (h, p) in enumerate(zip(q.hamlet, q.place, strict=True))}
    options = [[-1, *[p for h, p in ways if h == k]] for k in range(len(q.hamlets))]
    found = []
    for choice in itertools.product(*options):
        used = {p for p in choice if p >= 0}
        taken = [(h, p) for h, p in enumerate(choice) if p >= 0]
        arcs = [ways[pair] for pair in taken]
        load = {p: sum(q.households[h] for h, at in taken if at == p) for p in used}
        cost = sum(q.cost_yuan[k] for k in arcs) + sum(q.opening_yuan[p] for p in used)
        built, freed = sum(q.built_m2[k] for k in arcs), sum(q.freed_m2[h] for h, _ in taken)
        if (
            any(load[p] > q.capacity[p] for p in used)
            or any(q.host[p] >= 0 and choice[q.host[p]] >= 0 for p in used)
            or built > q.build_ratio * freed + 1e-6
            or cost > q.budget_yuan + 1e-6
            or any(choice[h] < 0 for h in range(len(q.hamlets)) if q.hamlets[h] in q.must)
        ):
            continue
        lifted = {int(b) for h, b in zip(q.lift_hamlet, q.lift_block, strict=True) if choice[h] >= 0}
        values = {
            "joined": -sum(q.joined_m2[h] for h, _ in taken) - sum(q.block_m2[b] for b in lifted),
            "freed": built - freed, "cost": cost,
            "distance": sum(q.households[q.hamlet[k]] * q.distance_m[k] for k in arcs),
        }  # fmt: skip
        found.append(({q.hamlets[h]: q.places[p] for h, p in taken}, values))
    return found


@pytest.mark.parametrize("start", range(0, CASES, 20))
def test_equal_to_every_scheme_tried(start: int) -> None:
    infeasible = 0
    for seed in range(start, start + 20):
        q = random_problem(seed)
        schemes = every_scheme(q)
        answer = solve(q, gap=0.0)
        if not schemes:
            infeasible += 1
            assert answer.status == "infeasible", seed
            assert answer.clash
            continue
        assert answer.status == "optimal", (seed, answer.status)
        kept: list[tuple[np.ndarray, float]] = []
        for level in answer.levels:
            best = min(values[level.wish] for _, values in schemes)
            assert level.value == pytest.approx(best, rel=1e-6, abs=1e-4), (seed, level.wish)
            assert level.bound <= best + 1e-4 + 1e-6 * abs(best)
            assert level.floor <= best + 1e-4 + 1e-6 * abs(best)
            assert level.floor == pytest.approx(floor_of(q, q.costs(level.wish), kept, level.prices))
            kept.append((q.costs(level.wish), level.held + 1e-9 * max(abs(level.held), 1.0)))
            limit = q.held_to(best) + 1e-4
            schemes = [s for s in schemes if s[1][level.wish] <= limit]
        assert any(moves == dict(answer.moves) for moves, _ in schemes), seed
        v = q.columns_of(answer.moves)
        assert not q.broken(v)
        for wish in q.wishes:
            told = next(values for moves, values in schemes if moves == dict(answer.moves))
            assert float(q.costs(wish) @ v) == pytest.approx(told[wish])
    assert infeasible < 20  # the cases are not all empty


def test_any_prices_prove_a_floor_below_the_optimum() -> None:
    rng = np.random.default_rng(5)
    for seed in range(12):
        q = random_problem(seed)
        schemes = every_scheme(q)
        names = q.rows[2]
        for wish in WISHES:
            prices = {name: float(rng.uniform(-1, 5e4)) for name in names}
            floor = floor_of(q, q.costs(wish), (), prices)
            assert all(floor <= values[wish] + 1e-6 for _, values in schemes)


def test_broken_names_the_condition() -> None:
    q = random_problem(1)
    v = np.ones(q.size)
    names = {name.split(":")[0] for name, _, _ in q.broken(v)}
    assert "once" in names or "room" in names
