"""Every order of three actors with three steps each (9!/(3!·3!·3!) = 1,680) over one lot, on both engines.

Writers queue for one lock, so an interleaving is an order of whole transactions; each step is one. The three actors do
the same, so the orders fall into 280 that differ by more than the actors' names: PostgreSQL, where each act costs a
round trip to a server, walks those; SQLite walks all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from geo.ledger.audit import audit
from geo.ledger.balance import holdings
from geo.ledger.invariants import broken
from geo.ledger.refusal import Refused

STOCK, WANTED, RELEASED, USED = 100, 60, 20, 40


def orders(left: tuple[int, int, int]) -> Iterator[tuple[int, ...]]:
    """All orders of so many steps of each actor."""
    if not any(left):
        yield ()
    for actor in range(3):
        if left[actor]:
            rest = tuple(n - (i == actor) for i, n in enumerate(left))
            for tail in orders(rest):  # type: ignore[arg-type]
                yield (actor, *tail)


def expected(order: tuple[int, ...]) -> tuple[int, list[int], list[int]]:
    """The outcome by hand: reserve 60 if it is there, release 20 of what is held, use 40 of what is held."""
    free, held, used, step = STOCK, [0, 0, 0], [0, 0, 0], [0, 0, 0]
    for actor in order:
        act, step[actor] = step[actor], step[actor] + 1
        if act == 0 and free >= WANTED:
            free, held[actor] = free - WANTED, held[actor] + WANTED
        elif act == 1 and held[actor] >= RELEASED:
            free, held[actor] = free + RELEASED, held[actor] - RELEASED
        elif act == 2 and held[actor] >= USED:
            held[actor], used[actor] = held[actor] - USED, used[actor] + USED
    return free, held, used


def told_apart(order: tuple[int, ...]) -> bool:
    """Whether the actors first act in the order of their numbers: one of six orders that are equal but for names."""
    return list(dict.fromkeys(order)) == [0, 1, 2]


@pytest.mark.slow
def test_all_1680_orders_of_reserve_release_and_use(
    make_pool: Callable[..., Any], request: pytest.FixtureRequest
) -> None:
    pool = make_pool()
    everything = list(orders((3, 3, 3)))
    assert len(everything) == 1680
    if "postgres" in request.node.callspec.id:
        everything = [order for order in everything if told_apart(order)]
        assert len(everything) == 280
    for number, order in enumerate(everything):
        lot, step = f"L{number}", [0, 0, 0]
        pool.credit(lot, STOCK)
        for actor in order:
            project, act = f"{number}-{actor}", step[actor]
            step[actor] += 1
            try:
                if act == 0:
                    pool.reserve(WANTED, project, lot=lot)
                elif act == 1:
                    pool.ledger.release(project, {"QTY": RELEASED}, act=pool.act())
                else:
                    pool.ledger.use(project, {"QTY": USED}, act=pool.act())
            except Refused as refusal:
                if refusal.code not in ("LG105", "LG106"):
                    raise
    with pool.ledger.look() as tx:
        assert broken(tx) == []
        real: dict[tuple[str, str, str], int] = {(h.kind, h.lot, h.project): h.amount for h in holdings(tx)}
    for number, order in enumerate(everything):
        free, held, used = expected(order)
        lot = f"L{number}"
        assert real.get(("AVAILABLE", lot, ""), 0) == free, order
        for actor in range(3):
            assert real.get(("RESERVED", lot, f"{number}-{actor}"), 0) == held[actor], order
            assert real.get(("USED", lot, f"{number}-{actor}"), 0) == used[actor], order
    assert audit(pool.ledger.store, pool.ledger.anchor).findings == ()
