"""Values kept by key: made once, the least used dropped, nothing kept of a failure."""

from __future__ import annotations

import threading
import time

import pytest

from app.kept import Kept


def test_made_once_however_many_ask_and_the_least_used_goes() -> None:
    made: list[str] = []
    kept: Kept[str] = Kept(2)

    def make(name: str) -> str:
        time.sleep(0.02)
        made.append(name)
        return name.upper()

    asking = [threading.Thread(target=kept.get, args=("a", lambda: make("a"))) for _ in range(6)]
    for one in asking:
        one.start()
    for one in asking:
        one.join()
    assert made == ["a"]
    kept.get("b", lambda: make("b"))
    assert kept.get("a", lambda: pytest.fail("made twice")) == "A"
    kept.get("c", lambda: make("c"))  # b was used least
    assert kept.get("a", lambda: pytest.fail("made twice")) == "A"
    assert kept.get("b", lambda: make("b")) == "B"
    assert made == ["a", "b", "c", "b"]


def test_a_failure_is_told_and_not_kept() -> None:
    kept: Kept[int] = Kept(2)
    with pytest.raises(ZeroDivisionError):
        kept.get("a", lambda: 1 // 0)
    assert kept.get("a", lambda: 1) == 1
