"""Strangers' files are opened by another process, one child for each file, and only tables come back.

A helper process starts once (a second), holds the reading libraries in memory and forks a child for every file
(10 ms). The child gives up network, files, memory and time (``geo.io.sandbox``), reads, writes Arrow tables into a
folder that only this call knows, and ends. Whatever happens to it, the caller gets an answer.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import queue
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from geo.io.gdal_guard import worker_environment

_MEGABYTE = 1 << 20
# A small file gets 5 s of processor time and 1 GB, a large one more, in proportion to its size. By the clock it may
# take longer: on a machine with other work to do, a sound file must not be called broken.
SECONDS, SECONDS_PER_MB = 5.0, 0.2
CLOCK = 5.0
MEMORY, MEMORY_PER_BYTE = 1 << 30, 12
OUTPUT, OUTPUT_PER_BYTE = 256 * _MEGABYTE, 8
_START_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class Answer:
    """How a child ended: ok, refused (``reason`` says why), timeout, memory, or died; and what it told."""

    status: str
    reason: str
    told: dict[str, Any]


class _Helper:
    """The helper process of this process; made anew when it dies or when this process was forked."""

    def __init__(self) -> None:
        self.owner = os.getpid()
        self.lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        started: queue.SimpleQueue[subprocess.Popen[bytes] | OSError] = queue.SimpleQueue()
        # The helper ends with the thread that started it (see die_with_parent): that must be one that stays.
        threading.Thread(target=self._attend, args=(started,), name="reading", daemon=True).start()
        found = started.get()
        if isinstance(found, OSError):
            raise found
        self.process = found
        if self.hear(_START_SECONDS).get("status") != "ready":
            self.end()
            raise OSError("the reading process did not start")

    def _attend(self, started: queue.SimpleQueue[subprocess.Popen[bytes] | OSError]) -> None:
        try:
            process = subprocess.Popen(
                [sys.executable, "-m", "geo.io.worker_process"], env=worker_environment(),
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            )  # fmt: skip
        except OSError as fault:
            started.put(fault)
            return
        started.put(process)
        assert process.stdout is not None
        with contextlib.suppress(ValueError, OSError):
            for line in process.stdout:
                self.lines.put(line)
        self.lines.put(b"")

    def alive(self) -> bool:
        return self.owner == os.getpid() and self.process.poll() is None

    def say(self, request: dict[str, Any]) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(request).encode("ascii") + b"\n")
        self.process.stdin.flush()

    def hear(self, seconds: float) -> dict[str, Any]:
        try:
            line = self.lines.get(timeout=seconds)
        except queue.Empty:
            return {"status": "timeout"}
        if not line:
            return {"status": "died"}
        return dict(json.loads(line))

    def end(self) -> None:
        if self.owner != os.getpid():
            return
        self.process.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(5)
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()


_lock = threading.Lock()
_helper: _Helper | None = None


def ask(kind: str, path: Path, out: Path, *, size: int, options: dict[str, Any] | None = None) -> Answer:
    """Have one file read by a confined child: ``kind`` names the reader, ``out`` the folder for its tables.

    size: bytes of the file and what belongs to it; time and memory follow from it. Never raises: also a helper that
    cannot be started is an answer ("died").
    """
    global _helper
    seconds = SECONDS + SECONDS_PER_MB * size / _MEGABYTE
    request = {
        "kind": kind, "path": os.fspath(path.resolve()), "out": os.fspath(out.resolve()), "options": options or {},
        "seconds": seconds, "clock": CLOCK * seconds,
        "memory": MEMORY + MEMORY_PER_BYTE * size, "output": OUTPUT + OUTPUT_PER_BYTE * size,
    }  # fmt: skip
    with _lock:
        try:
            if _helper is not None and not _helper.alive():
                _helper.end()
                _helper = None
            if _helper is None:
                _helper = _Helper()
            _helper.say(request)
            heard = _helper.hear(CLOCK * seconds + 10.0)
        except OSError:
            heard = {"status": "died"}
        if heard["status"] != "done" and _helper is not None:
            _helper.end()
            _helper = None
    if heard["status"] == "timeout":
        return Answer("timeout", f"> {seconds:.0f} s", {})
    if heard["status"] == "died":
        return Answer("died", "", {})
    if heard["how"] != "ok":
        return Answer(str(heard["how"]), str(heard.get("reason", "")), {})
    try:
        told = json.loads((out / "told.json").read_text("utf-8"))
    except (OSError, ValueError):
        return Answer("died", "", {})
    if told.get("refused"):
        return Answer("refused", "", told)
    return Answer("ok", "", told)


@atexit.register
def stop() -> None:
    """End the helper process; the next question starts a new one."""
    global _helper
    if _helper is not None:
        _helper.end()
        _helper = None
