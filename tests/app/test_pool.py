"""指标池 without a browser: make a ledger, act, see the receipt, the balances and a refusal."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from geo.study.pool import open_pool


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TIANCHOU_POOL", str(tmp_path / "pool" / "ledger.db"))
    monkeypatch.setenv("TIANCHOU_ANCHORS", str(tmp_path / "anchors"))
    return tmp_path / "pool" / "ledger.db"


def field(app: AppTest, name: str) -> object:
    return next(x for kind in (app.text_input, app.text_area, app.date_input, app.selectbox) for x in kind
                if x.key and x.key.startswith(name))  # fmt: skip


def press(app: AppTest, label: str) -> AppTest:
    return next(b for b in app.button if b.label == label).click().run()


def test_from_no_ledger_to_a_receipt(place: Path, page: Callable[..., AppTest], clicks: object) -> None:
    app = page("pool")
    assert "还没有台账" in app.info[0].value
    app.text_input(key="pool_init_basis").input("县发〔2026〕1号")
    app = press(app, "建立台账")
    assert place.is_file()
    assert not app.exception
    for name, value in {"lot": "整治1", "name": "某村整治", "ha": "12.5", "kg": "1000", "parcels": "T1=10\nT2=2.5",
                        "basis": "验收5号"}.items():  # fmt: skip
        field(app, f"pool_credit_{name}_").input(value)
    import datetime as dt

    field(app, "pool_credit_accepted_").set_value(dt.date(2026, 3, 1))
    app = press(app, "记账")
    assert not app.exception
    assert not app.error, app.error[0].value
    assert "已记账" in app.success[0].value
    app.selectbox(key="pool_verb_zh").select("reserve").run()
    for name, value in {"project": "公路", "name": "嘉善大道", "ha": "99", "basis": "立项"}.items():
        field(app, f"pool_reserve_{name}_").input(value)
    app = press(app, "记账")
    assert "不足" in app.error[0].value
    assert open_pool(place).head()[0] == 2


def test_english(place: Path, page: Callable[..., AppTest], clicks: object) -> None:
    from geo.study.pool import create_pool

    create_pool(place, basis="b")
    app = page("pool", lang="en")
    assert not app.exception
    assert [t.label for t in app.tabs][:3] == ["Balances", "Flows", "Due"]


def test_the_second_pair_of_eyes(place: Path, page: Callable[..., AppTest], clicks: object) -> None:
    """What a clerk proposed waits on the page until the signed-in approver lets it through."""
    import datetime as dt

    from geo.ledger.entry import Parcel
    from geo.study.pool import create_pool, local_user

    create_pool(place, basis="b", settings={"office": "on", "four_eyes": "on"},
                members=[(local_user(), "approver"), ("小王", "officer")])  # fmt: skip
    clerk = open_pool(place, actor="小王")
    asked = clerk.credit("L1", "330421", {"QTY": 500}, [Parcel("p", 500)], accepted_on=dt.date(2026, 1, 1),
                         act=clerk.act("验收", "验收5号"))  # fmt: skip
    assert asked.status == "pending"
    app = press(page("pool"), "通过")
    assert not app.exception
    assert "已记账" in app.success[0].value
    with clerk.look() as tx:
        assert tx.one("SELECT kind, actor, approver FROM txn WHERE txn_id = 3") == ("credit", "小王", local_user())


def test_overdue_promises_are_named(place: Path, page: Callable[..., AppTest], clicks: object) -> None:
    """A promise of last year whose day has passed stands at the top of the page."""
    import datetime as dt

    from geo.ledger.ledger import create_ledger
    from geo.study.pool import pool_rules, store_of

    place.parent.mkdir(parents=True)
    then = dt.datetime.now(dt.UTC) - dt.timedelta(days=400)
    ledger = create_ledger(store_of(place), pool_rules(), actor="u", basis="b", clock=lambda: then)
    ledger.promise("承诺-1", "断头路", {"QTY": 10_000}, due_on=then.date() + dt.timedelta(days=30), name="n",
                   government="嘉善县", mechanism="zone", county="330421", act=ledger.act("r", "b"))  # fmt: skip
    app = page("pool")
    assert not app.exception
    assert "承诺-1" in app.error[0].value.replace("\\", "")
