"""Tiles that were made once: in memory up to a limit, and on disk by data hash so that a restart finds them again.

A file is written beside its place and moved there whole; its first bytes are a check sum, so one that was cut off is
dropped and made again. An empty tile is never written: to make it takes less than to read it.
A full or forbidden disk costs speed only: it is noted for ``/healthz`` and tried again later.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
import tempfile
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from pathlib import Path

MEMORY_BYTES = 96 * 1024 * 1024
DISK_BYTES = 512 * 1024 * 1024
_KEEP_SHARE = 0.8  # what stays when the disk's share is full
_RETRY_S = 60.0
_MARK = b"tct1"
_HEAD = len(_MARK) + 16
_ENTRY_BYTES = 300  # what a body in memory takes beside itself
_IDLE_S = 0.5
_MOST_PENDING = 4_000


def cache_folder() -> Path | None:
    """TIANCHOU_CACHE, or the user's cache folder; None when TIANCHOU_CACHE is empty: keep nothing on disk."""
    named = os.environ.get("TIANCHOU_CACHE")
    if named is not None:
        return Path(named) / "tiles" if named.strip() else None
    if sys.platform == "win32":
        home = os.environ.get("LOCALAPPDATA") or tempfile.gettempdir()
    else:
        home = os.environ.get("XDG_CACHE_HOME") or str(Path("~/.cache").expanduser())
    return Path(home) / "tianchou" / "tiles"


class TileStore:
    """Bodies by key; safe between threads and between processes that share the folder.

    ``later``: files are written once nobody has asked for half a second; of too many that wait, the oldest never.
    """

    def __init__(
        self, folder: Path | None, *, memory: int = MEMORY_BYTES, disk: int = DISK_BYTES, later: bool = False
    ) -> None:
        self._later = later
        self._pending: deque[tuple[str, bytes]] = deque(maxlen=_MOST_PENDING)
        self._writer: threading.Thread | None = None
        self._folder, self._memory, self._disk = folder, memory, disk
        self._found: OrderedDict[str, bytes] = OrderedDict()
        self._held = 0
        self._on_disk: int | None = None
        self._lock = threading.Lock()
        self._making: dict[str, threading.Lock] = {}
        # As many tiles are made at once as there are cores: more would only make each other late.
        self._cores = threading.BoundedSemaphore(max(1, os.cpu_count() or 1))
        self._off_until = 0.0
        self.problem = ""
        self.torn = 0
        self.asked_at = 0.0

    def get_or_make(self, key: str, make: Callable[[], bytes | None], *, keep: bool = True) -> bytes | None:
        """The body of a key; made once however many ask. ``keep``: also on disk. None is not kept."""
        self.asked_at = time.monotonic()
        name = hashlib.sha256(key.encode()).hexdigest()
        body = self._recall(name)
        if body is not None:
            return body
        with self._lock:
            one = self._making.setdefault(name, threading.Lock())
        try:
            with one:
                body = self._recall(name)
                if body is None and keep:
                    body = self._read(name)
                if body is None:
                    with self._cores:
                        body = make()
                    if body is None:
                        return None
                    if keep and body:
                        self._keep(name, body)
                self._remember(name, body)
                return body
        finally:
            with self._lock:
                self._making.pop(name, None)

    def about(self) -> dict[str, object]:
        """Figures for ``/healthz``."""
        return {"memory_bytes": self._held, "disk_bytes": self._on_disk, "torn": self.torn, "problem": self.problem}

    # ------------------------------------------------------------------ memory
    def _recall(self, name: str) -> bytes | None:
        with self._lock:
            if name in self._found:
                self._found.move_to_end(name)
            return self._found.get(name)

    def _remember(self, name: str, body: bytes) -> None:
        with self._lock:
            if name not in self._found:
                self._held += len(body) + _ENTRY_BYTES
                self._found[name] = body
            while self._held > self._memory and self._found:
                self._held -= len(self._found.popitem(last=False)[1]) + _ENTRY_BYTES

    # ------------------------------------------------------------------ disk
    def _place(self, name: str) -> Path | None:
        return None if self._folder is None else self._folder / name[:2] / f"{name}.tile"

    def _read(self, name: str) -> bytes | None:
        place = self._place(name)
        if place is None:
            return None
        try:
            whole = place.read_bytes()
        except OSError:
            return None
        body = whole[_HEAD:]
        if whole[:_HEAD] == _MARK + _sum(body):
            with contextlib.suppress(OSError):
                os.utime(place)  # the oldest unused go first
            return body
        self.torn += 1
        with contextlib.suppress(OSError):
            place.unlink()
        return None

    def _keep(self, name: str, body: bytes) -> None:
        if not self._later or self._folder is None:
            self._write(name, body)
            return
        with self._lock:
            self._pending.append((name, body))
            if self._writer is None:
                self._writer = threading.Thread(target=self._write_pending, name="tile-files", daemon=True)
                self._writer.start()

    def _write_pending(self) -> None:
        while True:
            while time.monotonic() - self.asked_at < _IDLE_S:
                time.sleep(_IDLE_S / 2)
            with self._lock:
                if not self._pending:
                    self._writer = None
                    return
                one = self._pending.popleft()
            self._write(*one)

    def _write(self, name: str, body: bytes) -> None:
        place = self._place(name)
        if place is None or time.monotonic() < self._off_until:
            return
        beside: str | None = None
        try:
            place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle, beside = tempfile.mkstemp(dir=place.parent, prefix=".new-")
            with os.fdopen(handle, "wb") as file:
                file.write(_MARK + _sum(body) + body)
            Path(beside).replace(place)
            self.problem = ""
        except OSError as fault:
            self.problem = fault.strerror or type(fault).__name__
            self._off_until = time.monotonic() + _RETRY_S
            if beside is not None:
                with contextlib.suppress(OSError):
                    Path(beside).unlink()
            return
        self._count(len(body) + _HEAD)

    def _count(self, more: int) -> None:
        with self._lock:
            if self._on_disk is not None:
                self._on_disk += more
            if self._on_disk is not None and self._on_disk <= self._disk:
                return
            self._on_disk = self._prune()

    def _prune(self) -> int:
        """Bytes on disk, after the least used went when there were too many."""
        files = []
        for path in self._folder.glob("*/*") if self._folder else ():
            with contextlib.suppress(OSError):
                about = path.stat()
                files.append((about.st_mtime, about.st_size, path))
        total = sum(size for _, size, _ in files)
        if total <= self._disk:
            return total
        for _, size, path in sorted(files, key=lambda f: f[0]):
            if total <= self._disk * _KEEP_SHARE:
                break
            with contextlib.suppress(OSError):
                path.unlink()
                total -= size
        return total


def _sum(body: bytes) -> bytes:
    return hashlib.blake2b(body, digest_size=16).digest()
