"""Kept tiles: made once, bounded, whole or not at all; a disk that refuses costs speed only."""

from __future__ import annotations

import errno
import os
import threading
import time
from pathlib import Path

import pytest

from app.tile_store import TileStore


def test_a_restart_finds_the_tile_again_and_makes_nothing(tmp_path: Path) -> None:
    first = TileStore(tmp_path)
    assert first.get_or_make("a", lambda: b"tile") == b"tile"
    again = TileStore(tmp_path)
    assert again.get_or_make("a", lambda: pytest.fail("made twice")) == b"tile"
    assert again.get_or_make("empty", lambda: b"") == b""
    assert again.get_or_make("empty", lambda: pytest.fail("made twice")) == b""
    assert len(list(tmp_path.rglob("*.tile"))) == 1, "to make an empty one takes less than to read it"
    assert first.get_or_make("gone", lambda: None) is None


def test_files_can_wait_until_nobody_asks(tmp_path: Path) -> None:
    store = TileStore(tmp_path, later=True)
    for number in range(5):
        store.get_or_make(str(number), lambda: b"tile")
    assert not list(tmp_path.rglob("*.tile"))
    for _ in range(200):
        if len(list(tmp_path.rglob("*.tile"))) == 5:
            break
        time.sleep(0.05)
    assert TileStore(tmp_path).get_or_make("4", lambda: pytest.fail("made twice")) == b"tile"


def test_results_of_studies_are_not_written(tmp_path: Path) -> None:
    TileStore(tmp_path).get_or_make("r-plan", lambda: b"x", keep=False)
    assert not list(tmp_path.rglob("*.tile"))


@pytest.mark.parametrize("length", [0, 1, 10, 21])
def test_a_tile_that_was_cut_off_is_made_again(tmp_path: Path, length: int) -> None:
    TileStore(tmp_path).get_or_make("a", lambda: b"a whole tile")
    (path,) = tmp_path.rglob("*.tile")
    path.write_bytes(path.read_bytes()[:length])
    store = TileStore(tmp_path)
    assert store.get_or_make("a", lambda: b"a whole tile") == b"a whole tile"
    assert store.torn == 1
    assert TileStore(tmp_path).get_or_make("a", lambda: pytest.fail("not mended")) == b"a whole tile"


def test_a_flipped_byte_is_noticed(tmp_path: Path) -> None:
    TileStore(tmp_path).get_or_make("a", lambda: b"a whole tile")
    (path,) = tmp_path.rglob("*.tile")
    body = bytearray(path.read_bytes())
    body[-1] ^= 1
    path.write_bytes(bytes(body))
    assert TileStore(tmp_path).get_or_make("a", lambda: b"new") == b"new"


def test_a_full_disk_is_said_and_nothing_is_left_half_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    store = TileStore(tmp_path)
    monkeypatch.setattr(Path, "replace", full)
    assert store.get_or_make("a", lambda: b"tile") == b"tile"
    assert store.about()["problem"] == os.strerror(errno.ENOSPC)
    assert not [p for p in tmp_path.rglob("*") if p.is_file()]
    monkeypatch.undo()
    assert store.get_or_make("a", lambda: pytest.fail("memory forgot")) == b"tile"
    store.get_or_make("b", lambda: b"tile")
    assert not list(tmp_path.rglob("*.tile")), "the disk is left in peace for a minute"


def test_a_folder_that_cannot_be_made_costs_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    assert TileStore(tmp_path / "file").get_or_make("a", lambda: b"tile") == b"tile"
    assert TileStore(None).get_or_make("a", lambda: b"tile") == b"tile"


def test_memory_and_disk_are_bounded(tmp_path: Path) -> None:
    store = TileStore(tmp_path, memory=1_000, disk=10_000)
    for number in range(60):
        store.get_or_make(str(number), lambda: bytes(500))
    assert sum(p.stat().st_size for p in tmp_path.rglob("*.tile")) <= 10_000
    assert 0 < int(str(store.about()["memory_bytes"])) <= 1_000
    for number in range(60):
        store.get_or_make(f"empty {number}", lambda: b"")
    assert int(str(store.about()["memory_bytes"])) <= 1_000


def test_however_many_ask_it_is_made_once(tmp_path: Path) -> None:
    made, gate = [], threading.Event()

    def make() -> bytes:
        gate.wait(5)
        made.append(1)
        return b"tile"

    store = TileStore(tmp_path)
    asking = [threading.Thread(target=store.get_or_make, args=("a", make)) for _ in range(8)]
    for one in asking:
        one.start()
    gate.set()
    for one in asking:
        one.join(10)
    assert len(made) == 1
