"""The contract of a ledger, on both engines: every act, every refusal, and that a refusal writes nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest

from geo.ledger.audit import audit
from geo.ledger.balance import by_county, dues, holdings, register, reserve_states
from geo.ledger.entry import Parcel
from geo.ledger.indicator import capacity, compare, occupation
from geo.ledger.invariants import overdue
from geo.ledger.refusal import Refused

JIASHAN, WUJIANG, JIAXING = "330421", "320509", "330402"


def refused(code: str, pool: Any, act: Callable[[], object]) -> Refused:
    """The act is refused with this code and leaves no entry behind."""
    before = pool.entries()
    with pytest.raises(Refused) as caught:
        act()
    assert caught.value.code == code, caught.value.text()
    assert caught.value.text("zh")
    assert caught.value.text("en")
    assert pool.entries() == before
    return caught.value


def sound(pool: Any) -> None:
    outcome = audit(pool.ledger.store, pool.ledger.anchor)
    assert outcome.findings == ()


def test_the_morning_of_the_official(pool: Any) -> None:
    """Credit, reserve, release half, write off the rest, promise, lend quota; every act leaves a numbered receipt."""
    ledger = pool.ledger
    receipts = [
        pool.credit("整治-1", 100_0000, CAP=500_00, PADDY=30_0000),
        pool.reserve(40_0000, "公路"),
        ledger.release("公路", {"QTY": 20_0000}, act=pool.act()),
        ledger.use("公路", act=pool.act()),
        ledger.promise("承诺-1", "断头路", {"QTY": 5_0000}, due_on=date(2027, 1, 31), government="嘉善县人民政府",
                       mechanism="zone", name="省际断头路", county=JIASHAN, act=pool.act()),
        ledger.quota_issue("周转-1", JIASHAN, 9_0000, approved_on=date(2025, 3, 1), act=pool.act()),
        ledger.quota_use("周转-1", "借-1", "断头路", 4_0000, due_on=date(2030, 3, 1), act=pool.act()),
        ledger.quota_return("借-1", 1_0000, act=pool.act()),
    ]  # fmt: skip
    assert [r.number for r in receipts] == [f"ZC-2026-{n:06d}" for n in range(2, 10)]
    assert pool.amounts() == {
        "ISSUED": -100_0000, "AVAILABLE": 80_0000, "USED": 20_0000, "OWED": -5_0000, "RESERVED": 5_0000,
    }  # fmt: skip
    assert pool.amounts(asset="QUOTA") == {"ISSUED": -9_0000, "AVAILABLE": 5_0000, "LENT": 3_0000, "RETURNED": 1_0000}
    with ledger.look() as tx:
        soon = dues(tx, on=date(2026, 11, 23), within_days=90)
        assert [(d.lot, d.status, d.days) for d in soon] == [("承诺-1", "open", 69)]
        assert overdue(tx, on=date(2027, 2, 1))[0].code == "LG313"
        assert "LG314" in {f.code for f in overdue(tx, on=date(2030, 3, 2))}
        assert by_county(holdings(tx))[JIASHAN, "QTY", "AVAILABLE"] == 80_0000
        assert [line.txn_id for line in register(tx, search="断头路")] == [9, 8, 6]
    ledger.fulfil("承诺-1", "整治-1", {"QTY": 5_0000}, act=pool.act())
    assert "OWED" not in pool.amounts()
    sound(pool)


def test_the_ready_vector_of_the_2017_rules(make_pool: Callable[..., Any]) -> None:
    """domain.md 1.5: 100 ha, 30 paddy, grades 1–4 = 10/20/25/45 ha: 1,942,500 kg; short of paddy needs a promise."""
    hectare, kilogram = 1_000_000, 100
    need = occupation({1: 10 * hectare, 2: 20 * hectare, 3: 25 * hectare, 4: 45 * hectare}, paddy=30 * hectare,
                      kg_per_ha_grade=1500, grade_base=16)  # fmt: skip
    assert need == {"QTY": 100 * hectare, "CAP": 1_942_500 * kilogram, "PADDY": 30 * hectare}
    assert compare(need, need).difference == {"QTY": 0, "CAP": 0, "PADDY": 0}
    short = compare({**need, "PADDY": 20 * hectare}, need, promisable=("CAP", "PADDY"))
    assert (short.difference["PADDY"], short.verdict) == (-10 * hectare, "promise")
    assert compare({**need, "QTY": 90 * hectare}, need, promisable=("CAP", "PADDY")).verdict == "fail"

    pool = make_pool(now=datetime(2023, 6, 1, tzinfo=UTC))  # regime A: three indicators, each by itself
    pool.credit("S", need["QTY"], on=date(2023, 1, 1), CAP=need["CAP"], PADDY=20 * hectare)
    pool.reserve(0, "占用", amounts={**need, "PADDY": 20 * hectare})
    refused("LG122", pool, lambda: pool.ledger.use("占用", need, act=pool.act()))
    pool.ledger.promise("提质", "占用", {"PADDY": 10 * hectare}, due_on=date(2024, 6, 1), government="嘉善县",
                        mechanism="upgrade", act=pool.act())  # fmt: skip
    receipt = pool.ledger.use("占用", need, act=pool.act())
    assert receipt.status == "posted"
    assert pool.amounts(asset="PADDY", project="占用") == {"OWED": -10 * hectare, "USED": 30 * hectare}
    refused("LG106", pool, lambda: pool.ledger.use("占用", {"QTY": 1}, act=pool.act()))
    sound(pool)


def test_regimes_by_date_each_entry_keeps_its_own(make_pool: Callable[..., Any]) -> None:
    pool = make_pool(now=datetime(2024, 12, 31, 4, tzinfo=UTC))
    pool.credit("旧", 1000, on=date(2024, 5, 1))
    refused("LG116", pool, lambda: pool.reserve(1, "秀洲", county=JIAXING, lot="旧"))  # A: own county only
    pool.clock.forward(days=1)
    pool.reserve(10, "秀洲", county=JIAXING, lot="旧")  # B: one provincial pool
    pool.reserve(10, "秀洲", county=JIAXING)
    refused("LG116", pool, lambda: pool.reserve(1, "吴江", county=WUJIANG, lot="旧"))
    pool.reserve(5, "嘉善")
    number = pool.entries()
    pool.ledger.reverse(number, act=pool.act())
    with pool.ledger.look() as tx:
        regimes = [line.regime for line in reversed(register(tx))]
    assert regimes == ["", "A", "B", "B", "B", "B"]
    refused("LG128", pool, lambda: pool.credit("太早", 5, on=date(2016, 1, 1)))


def test_reserve_parcels_are_spent_once_partly_or_whole(pool: Any) -> None:
    parcels = [Parcel("CB001", 500), Parcel("CB002", 300)]
    pool.ledger.reserve_in(JIASHAN, parcels, accepted_on=date(2026, 2, 1), act=pool.act())
    take = {"county": JIASHAN, "name": "高速", "act": pool.act()}
    pool.ledger.reserve("高速", {"PBF": 200}, lot="CB001", **take)
    pool.ledger.use("高速", act=pool.act())
    pool.ledger.reserve("高速", {"PBF": 300}, lot="CB001", act=pool.act())
    with pool.ledger.look() as tx:
        assert reserve_states(tx) == [
            ("CB001", JIASHAN, {"RESERVED": 300, "USED": 200}), ("CB002", JIASHAN, {"AVAILABLE": 300}),
        ]  # fmt: skip
    pool.ledger.use("高速", act=pool.act())
    refused("LG134", pool, lambda: pool.ledger.reserve("高速", {"PBF": 1}, lot="CB001", act=pool.act()))
    refused("LG107", pool, lambda: pool.ledger.reserve_in(
        JIASHAN, [Parcel("CB001", 500)], accepted_on=date(2026, 2, 1), act=pool.act()))  # fmt: skip
    refused("LG116", pool, lambda: pool.ledger.reserve(
        "苏州", {"PBF": 1}, lot="CB002", county=WUJIANG, name="x", act=pool.act()))  # fmt: skip
    sound(pool)


def test_a_parcel_is_credited_once_by_number_and_by_shape(pool: Any) -> None:
    pool.credit("L1", 1000)
    again = Parcel("L1-p1", 50)
    credit = {"county": JIASHAN, "amounts": {"QTY": 50}, "accepted_on": date(2026, 1, 5)}
    fault = refused("LG107", pool, lambda: pool.ledger.credit("L2", parcels=[again], act=pool.act(), **credit))
    assert fault.findings[0].measured == "L1"
    with pool.ledger.look() as tx:
        row = tx.one("SELECT wkb FROM parcel")
    shape = Parcel("另一编号", 50, bytes(row[0]), 4528)
    refused("LG107", pool, lambda: pool.ledger.credit("L2", parcels=[shape], act=pool.act(), **credit))
    refused("LG107", pool, lambda: pool.ledger.credit(
        "L2", parcels=[Parcel("a", 25), Parcel("a", 25)], act=pool.act(), **credit))  # fmt: skip
    pool.ledger.reverse(pool.entries(), act=pool.act())
    pool.ledger.credit("L1", parcels=[again], act=pool.act(), **credit)  # after the reversal the land is free again
    sound(pool)


def test_idempotency_key_from_the_form_to_the_tables(pool: Any) -> None:
    pool.credit("L1", 1000)
    act = pool.act(key="form-1")
    first = pool.reserve(10, act=act)
    for _ in range(3):
        again = pool.reserve(10, act=act)
        assert again.replayed
        assert again.number == first.number
    pool.clock.forward(days=1)
    assert pool.reserve(10, act=act).number == first.number
    refused("LG110", pool, lambda: pool.reserve(11, act=act))
    assert pool.amounts()["RESERVED"] == 10


def test_stale_form(pool: Any) -> None:
    pool.credit("L1", 1000)
    seen = pool.entries()
    pool.reserve(10)
    refused("LG113", pool, lambda: pool.reserve(10, act=pool.act(seen=seen)))
    pool.reserve(10, act=pool.act(seen=pool.entries()))


def test_balance_as_of_a_day_and_as_recorded(pool: Any) -> None:
    """Yesterday's balance prints the same for ever, although an entry of yesterday is recorded today."""
    pool.credit("L1", 1000, act=pool.act(effective_on=date(2026, 11, 1)))
    pool.reserve(100)
    with pool.ledger.look() as tx:
        at = tx.one("SELECT MAX(recorded_at) FROM txn")[0]
        printed = holdings(tx, on=date(2026, 11, 23), recorded_until=at)
    pool.clock.forward(days=1)
    pool.reserve(50, act=pool.act(effective_on=date(2026, 11, 23)))
    with pool.ledger.look() as tx:
        assert holdings(tx, on=date(2026, 11, 23), recorded_until=at) == printed
        now = {(h.kind, h.amount) for h in holdings(tx, on=date(2026, 11, 23))}
        assert ("RESERVED", 150) in now
        assert holdings(tx, on=date(2026, 10, 31)) == []


def test_no_day_may_go_below_zero(pool: Any) -> None:
    pool.credit("L1", 1000, act=pool.act(effective_on=date(2026, 11, 10)))
    refused("LG115", pool, lambda: pool.reserve(10, act=pool.act(effective_on=date(2026, 11, 9))))
    pool.reserve(900, act=pool.act(effective_on=date(2026, 11, 20)))
    pool.credit("L2", 500, act=pool.act(effective_on=date(2026, 11, 15)))
    refused("LG106", pool, lambda: pool.reserve(200, lot="L1", act=pool.act(effective_on=date(2026, 11, 12))))
    pool.reserve(100, lot="L1", act=pool.act(effective_on=date(2026, 11, 12)))
    pool.ledger.release("P1", {"QTY": 900}, lot="L1", act=pool.act())  # on the 23rd
    refused("LG115", pool, lambda: pool.reserve(500, lot="L1", act=pool.act(effective_on=date(2026, 11, 21))))
    refused("LG114", pool, lambda: pool.reserve(1, act=pool.act(effective_on=date(2026, 11, 24))))
    sound(pool)


BAD = [
    ("LG101", lambda p: p.reserve(10.0)),
    ("LG101", lambda p: p.reserve(True)),
    ("LG101", lambda p: p.reserve("10")),
    ("LG102", lambda p: p.reserve(0)),
    ("LG102", lambda p: p.reserve(-5)),
    ("LG102", lambda p: p.reserve(10**13)),
    ("LG103", lambda p: p.reserve(0, amounts={"GOLD": 1})),
    ("LG104", lambda p: p.reserve(1, lot="没有")),
    ("LG105", lambda p: p.ledger.use("没有", act=p.act())),
    ("LG106", lambda p: p.reserve(1001)),
    ("LG106", lambda p: p.reserve(1, county=WUJIANG, project="P9")),
    ("LG108", lambda p: p.credit("L1", 5)),
    ("LG109", lambda p: p.ledger.credit("L3", JIASHAN, {"QTY": 9}, [Parcel("q", 8)],
                                        accepted_on=date(2026, 1, 1), act=p.act())),
    ("LG109", lambda p: p.credit("L3", 10, PADDY=11)),
    ("LG114", lambda p: p.credit("L3", 10, on=date(2026, 12, 1))),
    ("LG117", lambda p: p.ledger.transfer("L1", "T", WUJIANG, {"QTY": 1}, act=p.act())),
    ("LG123", lambda p: p.ledger.promise("K", "P1", {"QTY": 1}, due_on=date(2027, 1, 1), government="县",
                                         mechanism="upgrade", name="n", county=JIASHAN, act=p.act())),
    ("LG112", lambda p: p.ledger.promise("K", "P1", {"QTY": 1}, due_on=None, government="县",
                                         mechanism="zone", name="n", county=JIASHAN, act=p.act())),
    ("LG112", lambda p: p.ledger.promise("K", "P1", {"QTY": 1}, due_on=date(2026, 11, 23), government="县",
                                         mechanism="zone", name="n", county=JIASHAN, act=p.act())),
    ("LG111", lambda p: p.ledger.quota_issue("Q", JIASHAN, 5, approved_on=date(2024, 2, 29),
                                             due_on=date(2029, 3, 1), act=p.act())),
    ("LG143", lambda p: p.ledger.quota_issue("Q", JIASHAN, 5, approved_on=date(2001, 1, 1), act=p.act())),
    ("LG127", lambda p: p.reserve(1, project="")),
    ("LG127", lambda p: p.reserve(1, act=p.ledger.act("", "文号"))),
    ("LG127", lambda p: p.reserve(1, act=p.ledger.act("事由", " "))),
    ("LG127", lambda p: p.reserve(1, act=p.ledger.act("事\x00由", "文号"))),
    ("LG121", lambda p: p.ledger.reverse(1, act=p.act())),
    ("LG129", lambda p: p.ledger.reverse(99, act=p.act())),
    ("LG133", lambda p: p.ledger.credit("L3", JIASHAN, {"QTY": 9}, [Parcel("q", 9, b"\x01\x03")],
                                        accepted_on=date(2026, 1, 1), act=p.act())),
    ("LG137", lambda p: p.credit("L3", 10, county="嘉善")),
    ("LG138", lambda p: p.reserve(0, amounts={"QUOTA": 5})),
    ("LG140", lambda p: p.ledger.expire("L1", act=p.act())),
    ("LG126", lambda p: p.ledger.approve(2, act=p.act())),
]  # fmt: skip


@pytest.mark.parametrize(("code", "act"), BAD, ids=[f"{c}-{i}" for i, (c, _) in enumerate(BAD)])
def test_bad_input_is_one_clear_refusal_and_nothing_written(pool: Any, code: str, act: Callable[[Any], object]) -> None:
    pool.credit("L1", 1000)
    refused(code, pool, lambda: act(pool))


def test_leap_day_terms(pool: Any) -> None:
    pool.ledger.quota_issue("Q", JIASHAN, 5, approved_on=date(2024, 2, 29), due_on=date(2029, 2, 28), act=pool.act())
    with pool.ledger.look() as tx:
        assert tx.one("SELECT limit_on FROM lot WHERE code = 'Q'") == ("2029-02-28",)
    use = {"name": "n", "county": JIASHAN}
    refused("LG111", pool, lambda: pool.ledger.quota_use(
        "Q", "借", "P", 5, due_on=date(2029, 3, 1), act=pool.act(), **use))  # fmt: skip
    pool.ledger.quota_use("Q", "借", "P", 5, due_on=date(2029, 2, 28), act=pool.act(), **use)
    refused("LG106", pool, lambda: pool.ledger.quota_return("借", 6, act=pool.act()))
    pool.ledger.quota_return("借", act=pool.act())
    sound(pool)


def test_transfer_between_counties_by_switch_and_coefficient(pool: Any) -> None:
    pool.credit("L1", 1001)
    pool.ledger.setting("cross_county", "on", act=pool.act())
    refused("LG118", pool, lambda: pool.ledger.transfer("L1", "T", WUJIANG, {"QTY": 1}, act=pool.act()))
    for bad in ("0", "1.2", "abc", "NaN"):
        refused("LG119", pool, lambda b=bad: pool.ledger.transfer(
            "L1", "T", JIAXING, {"QTY": 10}, coefficient=b, act=pool.act()))  # fmt: skip
    pool.ledger.transfer("L1", "T", JIAXING, {"QTY": 1001}, coefficient="0.9", act=pool.act())
    assert pool.amounts() == {"ISSUED": -1001, "AVAILABLE": 900, "DISCOUNT": 101}
    assert pool.amounts(county=JIAXING) == {"AVAILABLE": 900}
    pool.ledger.reverse(pool.entries(), act=pool.act())
    assert pool.amounts(county=JIASHAN) == {"ISSUED": -1001, "AVAILABLE": 1001}
    pool.ledger.setting("cross_province", "on", act=pool.act())
    pool.ledger.transfer("L1", "T", WUJIANG, {"QTY": 1}, act=pool.act())
    sound(pool)


def test_expiry_is_an_entry_of_its_own_and_happens_once(pool: Any) -> None:
    pool.credit("L1", 1000, expires=date(2026, 12, 1))
    pool.reserve(400)
    assert pool.ledger.expire_due(basis="台账", reason="到期") == []
    pool.clock.forward(days=9)
    refused("LG135", pool, lambda: pool.reserve(1, lot="L1"))
    refused("LG106", pool, lambda: pool.reserve(1))
    with pool.ledger.look() as tx:
        assert [f.code for f in overdue(tx, on=date(2026, 12, 2))] == ["LG316"]
    assert len(pool.ledger.expire_due(basis="台账", reason="到期")) == 1
    assert pool.ledger.expire_due(basis="台账", reason="到期") == []
    assert pool.amounts() == {"ISSUED": -1000, "RESERVED": 400, "EXPIRED": 600}


def test_reversal_once_and_only_while_the_balance_is_there(pool: Any) -> None:
    credit = pool.credit("L1", 1000)
    reserve = pool.reserve(700)
    refused("LG106", pool, lambda: pool.ledger.reverse(credit.txn_id, act=pool.act()))
    undo = pool.ledger.reverse(reserve.txn_id, act=pool.act())
    refused("LG120", pool, lambda: pool.ledger.reverse(reserve.txn_id, act=pool.act()))
    refused("LG121", pool, lambda: pool.ledger.reverse(undo.txn_id, act=pool.act()))
    pool.ledger.reverse(credit.txn_id, act=pool.act())
    refused("LG104", pool, lambda: pool.reserve(1, lot="L1"))
    assert pool.amounts() == {}
    sound(pool)


def test_releasing_a_promise_shrinks_the_debt(pool: Any) -> None:
    pool.credit("L1", 100)
    pool.reserve(100)
    pool.ledger.promise("K", "P1", {"QTY": 50}, due_on=date(2027, 5, 1), government="县", mechanism="zone",
                        act=pool.act())  # fmt: skip
    pool.ledger.release("P1", {"QTY": 60}, act=pool.act())
    assert pool.amounts() == {"ISSUED": -100, "AVAILABLE": 10, "RESERVED": 90}
    refused("LG139", pool, lambda: pool.ledger.fulfil("K", "L1", {"QTY": 1}, act=pool.act()))
    sound(pool)


OFFICE = {"settings": {"office": "on", "four_eyes": "on"}, "actor": "局长",
          "members": [("局长", "approver"), ("小王", "officer"), ("审批", "approver"), ("审批", "officer"),
                      ("客", "viewer")]}  # fmt: skip


def test_roles_are_checked_in_every_call(make_pool: Callable[..., Any]) -> None:
    boss = make_pool(**OFFICE)
    clerk, guest, stranger = boss.as_("小王"), boss.as_("客"), boss.as_("路人")
    for act in (lambda: guest.credit("L1"), lambda: guest.reserve(1), lambda: boss.credit("L1")):
        refused("LG124", boss, act)
    for act in (
        lambda: clerk.ledger.grant("小王", "approver", act=clerk.act()),
        lambda: clerk.ledger.setting("four_eyes", "off", act=clerk.act()),
        lambda: clerk.ledger.approve(2, act=clerk.act()),
        lambda: stranger.ledger.head(),
        lambda: stranger.amounts(),
        lambda: clerk.ledger.reserve("P", {"QTY": 1}, act=boss.act()),  # somebody else's name on the act
    ):
        refused("LG124", boss, act)
    assert guest.amounts() == {}
    boss.ledger.grant("客", "viewer", granted=False, act=boss.act())
    refused("LG124", boss, lambda: guest.amounts())
    boss.ledger.grant("审批", "approver", granted=False, act=boss.act())
    refused("LG142", boss, lambda: boss.ledger.grant("局长", "approver", granted=False, act=boss.act()))


def test_four_eyes_on_credits_write_offs_and_reversals(make_pool: Callable[..., Any]) -> None:
    boss = make_pool(**OFFICE)
    clerk, both = boss.as_("小王"), boss.as_("审批")
    asked = clerk.credit("L1", 1000)
    assert asked.status == "pending"
    assert boss.amounts() == {}
    done = boss.ledger.approve(asked.txn_id, act=boss.act())
    assert (done.kind, done.actor, done.status) == ("credit", "小王", "posted")
    with boss.ledger.look() as tx:
        assert tx.one("SELECT approver, actor FROM txn WHERE txn_id = ?", done.txn_id) == ("局长", "小王")
        assert tx.one("SELECT wkb FROM parcel")[0]
    refused("LG126", boss, lambda: boss.ledger.approve(asked.txn_id, act=boss.act()))
    clerk.reserve(600)
    assert clerk.reserve(1).status == "posted"  # a reservation needs one pair of eyes
    mine = both.ledger.use("P1", {"QTY": 100}, act=both.act())
    refused("LG125", boss, lambda: both.ledger.approve(mine.txn_id, act=both.act()))
    boss.ledger.reject(mine.txn_id, act=boss.act())
    refused("LG126", boss, lambda: boss.ledger.approve(mine.txn_id, act=boss.act()))
    undo = clerk.ledger.reverse(done.txn_id + 1, act=clerk.act())
    assert undo.status == "pending"
    boss.ledger.approve(undo.txn_id, act=boss.act())
    assert boss.amounts()["RESERVED"] == 1
    refused("LG106", boss, lambda: clerk.ledger.use("P1", {"QTY": 2}, act=clerk.act()))  # refused before it is proposed
    sound(boss)


def test_a_day_between_may_not_go_below_zero_either(pool: Any) -> None:
    """Enough on the day itself and today, but not on a day between."""
    pool.credit("L1", 1000, act=pool.act(effective_on=date(2026, 11, 10)))
    pool.reserve(900, act=pool.act(effective_on=date(2026, 11, 15)))
    pool.ledger.release("P1", act=pool.act(effective_on=date(2026, 11, 20)))
    refused("LG115", pool, lambda: pool.reserve(500, "P2", act=pool.act(effective_on=date(2026, 11, 12))))
    pool.reserve(100, "P2", act=pool.act(effective_on=date(2026, 11, 12)))
    pool.reserve(500, "P2", act=pool.act(effective_on=date(2026, 11, 20)))


def test_a_release_takes_the_promise_first_however_old(pool: Any) -> None:
    pool.ledger.promise("K", "P1", {"QTY": 50}, due_on=date(2027, 5, 1), government="县", mechanism="zone",
                        name="某路", county=JIASHAN, act=pool.act())  # fmt: skip
    pool.credit("L1", 100)
    pool.reserve(100)
    pool.ledger.release("P1", {"QTY": 60}, act=pool.act())
    assert pool.amounts() == {"ISSUED": -100, "AVAILABLE": 10, "RESERVED": 90}


def test_capacity_is_added_exactly_and_rounded_once_half_up() -> None:
    """0.03 m² of grade 15 make 0.45 of a hundredth of a kilogram, 0.04 m² make 0.60, three such parts 1.8."""
    terms = {"kg_per_ha_grade": 1500, "grade_base": 16}
    assert [capacity({15: n}, **terms) for n in (3, 4, 12)] == [0, 1, 2]
    assert capacity({15: 1, 14: 1, 13: 1}, **terms) == 1  # 0.15 + 0.30 + 0.45: parts would round to 0
