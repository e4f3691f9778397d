"""The process that opens strangers' files: few drivers, no network, no other file, little memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import threading
from pathlib import Path

import pytest

from geo.io import worker
from geo.io.door import open_files
from geo.io.gdal_guard import ALLOWED, worker_environment

PROBE = """
import json, socket, sys
from geo.io.sandbox import confine
readable, memory = json.loads(sys.argv[1]), int(sys.argv[2])
loose = confine(readable, [], memory=memory, seconds=5, output=1000)
told = {"loose": loose}
for name, path in (("mine", sys.argv[3]), ("other", sys.argv[4])):
    try:
        told[name] = open(path).read()
    except OSError as fault:
        told[name] = type(fault).__name__
try:
    socket.create_connection(("127.0.0.1", int(sys.argv[5])), timeout=2)
    told["network"] = "open"
except OSError:
    told["network"] = "closed"
try:
    bytearray(3 * memory)
    told["memory"] = "open"
except MemoryError:
    told["memory"] = "closed"
print(json.dumps(told))
"""


def test_gdal_knows_only_the_allowed_drivers() -> None:
    """A new GDAL with a new driver fails here: add it to the list of ``geo.io.gdal_guard``."""
    code = "import rasterio; e = rasterio.Env(); e.__enter__(); print(sorted(e.drivers()))"
    done = subprocess.run(
        [sys.executable, "-c", code], env=worker_environment(), capture_output=True, text=True, check=True
    )
    assert set(json.loads(done.stdout.replace("'", '"'))) <= ALLOWED
    # Also where nothing but the guard limits it: a process that asks for it before its first reading library.
    plain = {key: value for key, value in os.environ.items() if key != "GDAL_SKIP"}
    code = "from geo.io.gdal_guard import extra_drivers; print(extra_drivers())"
    for environment in (worker_environment(), plain):
        done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
        assert done.stdout.strip() == "[]"


@pytest.mark.skipif(sys.platform != "linux", reason="Landlock and namespaces are Linux")
def test_a_confined_process_sees_its_own_file_and_nothing_else(tmp_path: Path) -> None:
    import socket

    mine, other = tmp_path / "mine", tmp_path / "other"
    mine.write_text("mine", encoding="utf-8")
    other.write_text("other", encoding="utf-8")
    readable = [sys.prefix, sys.base_prefix, sysconfig.get_path("purelib"), "/usr", "/lib", "/lib64", str(mine)]
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        port = server.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "-c", PROBE, json.dumps(readable), str(1 << 28), str(mine), str(other), str(port)],
            env=worker_environment(), capture_output=True, text=True, check=True,
        )  # fmt: skip
    told = json.loads(done.stdout)
    assert told["mine"] == "mine"
    assert told["memory"] == "closed"
    if "files" not in told["loose"]:
        assert told["other"] == "PermissionError"
    if "network" not in told["loose"] or "files" not in told["loose"]:
        assert told["network"] == "closed"


def test_a_dead_helper_is_replaced(zone_folder: Path) -> None:
    path = zone_folder / "XZQ.shp"
    assert open_files([path]).layers
    helper = worker._helper
    assert helper is not None
    os.kill(helper.process.pid, 9)
    helper.process.wait(10)
    assert open_files([path]).layers


def test_the_helper_outlives_the_thread_that_asked_first(zone_folder: Path) -> None:
    """Linux ends a child of ours with the *thread* that started it: a reading under way was then called damaged."""
    worker.stop()
    path = zone_folder / "GBZNT.shp"
    first = threading.Thread(target=open_files, args=([path],))
    first.start()
    first.join()
    assert worker._helper is not None
    process = worker._helper.process
    for _ in range(3):
        assert len(open_files([path]).layers) == 1
    assert worker._helper.process is process


def test_a_helper_that_cannot_start_is_a_finding(zone_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    worker.stop()
    monkeypatch.setattr(worker.sys, "executable", "/nonexistent/python")
    opened = open_files([zone_folder / "XZQ.shp"])
    assert [f.code for f in opened.findings] == ["IO131"]
    monkeypatch.undo()
    assert open_files([zone_folder / "XZQ.shp"]).layers


def test_what_the_confined_reader_may_not_read_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program folder closed to others, or a file of another user, is no fault of the data."""
    from geo.io import worker_process
    from geo.io.door import _finding

    shut: list[str] = []
    monkeypatch.setattr(worker_process, "_opens", lambda path: path.name not in shut)
    assert worker_process.closed_doors("a.shp", {"parts": {".dbf": "a.dbf"}}) == []
    shut += ["proj.db", "a.dbf"]
    notes = worker_process.closed_doors("a.shp", {"parts": {".dbf": "a.dbf"}})
    told = [_finding(n, "a.shp") for n in notes]
    assert [(f.code, f.severity) for f in told] == [("IO161", "error"), ("IO162", "error")]
    assert "a+rX" in told[0].text("zh")
    assert "a.dbf" in told[1].text("en")


@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="only an administrator meets this")
def test_a_file_that_only_an_administrator_may_read_is_said(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("BSM\n1\n", encoding="utf-8")
    path.chmod(0)
    probe = "from geo.io.sandbox import _no_network; print(_no_network())"
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    wanted = ["IO162"] if done.stdout.strip() == "True" else []  # without a namespace the reader keeps its rights
    assert [f.code for f in open_files([path]).findings] == wanted
