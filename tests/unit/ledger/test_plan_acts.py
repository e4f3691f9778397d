"""A plan's reserve parcels: locked together once, given back or written off together, every fault at once."""

from datetime import date

import pytest

from geo.ledger.audit import audit
from geo.ledger.balance import reserve_states
from geo.ledger.entry import Parcel
from geo.ledger.refusal import Refused

JIASHAN, WUJIANG = "330421", "320509"
DAY = date(2026, 1, 5)


def booked(pool) -> list[dict[str, object]]:  # type: ignore[no-untyped-def]
    """Two parcels in 嘉善 and one in 吴江, and a plan that takes one of the first in part."""
    for county, codes in ((JIASHAN, ("R1", "R2")), (WUJIANG, ("R3",))):
        parcels = [Parcel(code, 5_000, b"", 4528) for code in codes]
        pool.ledger.reserve_in(county, parcels, accepted_on=DAY, act=pool.act())
    return [
        {"lot": "R1", "county": JIASHAN, "amount": None}, {"lot": "R2", "county": JIASHAN, "amount": 1_200},
        {"lot": "R3", "county": WUJIANG, "amount": None},
    ]  # fmt: skip


def states(pool) -> dict[str, dict[str, int]]:  # type: ignore[no-untyped-def]
    with pool.ledger.look() as tx:
        return {code: {k: n for k, n in held.items() if n} for code, _, held in reserve_states(tx)}


def test_a_plan_is_reserved_once_however_often_it_is_sent(pool) -> None:  # type: ignore[no-untyped-def]
    rows, act = booked(pool), pool.act(key="form-1")
    before = pool.entries()
    first = pool.ledger.reserve_plan("路-1", rows, name="某路", county=JIASHAN, act=act)
    again = pool.ledger.reserve_plan("路-1", rows, name="某路", county=JIASHAN, act=act)
    assert again.replayed
    assert again.txn_id == first.txn_id
    assert pool.entries() == before + 1
    assert states(pool) == {
        "R1": {"RESERVED": 5_000}, "R2": {"AVAILABLE": 3_800, "RESERVED": 1_200}, "R3": {"RESERVED": 5_000},
    }  # fmt: skip
    with pytest.raises(Refused) as second:
        pool.ledger.reserve_plan("路-2", rows, name="另一路", county=JIASHAN, act=pool.act())
    assert {f.subject for f in second.value.findings} == {"R1", "R3"}
    assert pool.entries() == before + 1
    assert audit(pool.ledger.store, pool.ledger.anchor).sound


@pytest.mark.parametrize("end", ["release", "use"])
def test_a_plan_ends_once(pool, end: str) -> None:  # type: ignore[no-untyped-def]
    rows = booked(pool)
    pool.ledger.reserve_plan("路-1", rows, name="某路", county=JIASHAN, act=pool.act())
    lots = [row["lot"] for row in rows]
    call = pool.ledger.release_plan if end == "release" else pool.ledger.use_plan
    call("路-1", lots, act=pool.act())
    kind = "AVAILABLE" if end == "release" else "USED"
    assert states(pool)["R1"] == {kind: 5_000}
    assert sum(held.get("RESERVED", 0) for held in states(pool).values()) == 0
    with pytest.raises(Refused) as problem:
        call("路-1", lots, act=pool.act())
    assert [f.code for f in problem.value.findings] == ["LG141"] * 3
    assert audit(pool.ledger.store, pool.ledger.anchor).sound


def test_every_fault_is_told_at_once_and_nothing_is_written(pool) -> None:  # type: ignore[no-untyped-def]
    rows = booked(pool)
    pool.ledger.reserve("路-0", {"PBF": 10}, name="旧路", county=JIASHAN, lot="R1", act=pool.act())
    before = pool.entries()
    wrong = [*rows, {"lot": "R9", "county": JIASHAN, "amount": None}]
    wrong[2] = {"lot": "R3", "county": JIASHAN, "amount": None}
    with pytest.raises(Refused) as problem:
        pool.ledger.reserve_plan("路-1", wrong, name="某路", county=JIASHAN, act=pool.act())
    assert {(f.subject, f.code) for f in problem.value.findings} == {("R1", "LG106"), ("R3", "LG116"), ("R9", "LG104")}
    assert pool.entries() == before
    for bad in ([], [rows[0], rows[0]], [{**rows[0], "amount": 0}], [{**rows[0], "amount": 1.5}]):
        with pytest.raises(Refused):
            pool.ledger.reserve_plan("路-1", bad, name="某路", county=JIASHAN, act=pool.act())
    assert pool.entries() == before
