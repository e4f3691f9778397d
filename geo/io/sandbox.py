"""A process that opens a stranger's file: little memory, little time, no network, no file but the one that was sent.

Works on Linux without privileges: Landlock for files (kernel 5.13 and later), a network namespace of its own, and
resource limits. What a system does not offer is left out and named by ``confine``; the driver list of
``geo.io.gdal_guard`` and the checks of ``geo.io.sniff`` hold everywhere.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
from collections.abc import Sequence
from pathlib import Path

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_PATH_BENEATH = 1
_NO_NEW_PRIVS, _PDEATHSIG = 38, 1
_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000
# Rights of Landlock (linux/landlock.h): read file, read folder; what only makes sense below a folder is left to it.
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_FOLDER_ONLY = _READ_DIR | sum(1 << bit for bit in range(4, 14))
_TRUNCATE, _CONNECT_TCP = 1 << 14, 0b11


class _Ruleset(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("network", ctypes.c_uint64))


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("rights", ctypes.c_uint64), ("parent", ctypes.c_int32))


def confine(readable: Sequence[str], writable: Sequence[str], *, memory: int, seconds: float, output: int) -> list[str]:
    """Give up, for ever, all that reading one file does not need. Returns what this system could not limit.

    readable, writable: files and folders that stay open; memory: bytes beyond what the process holds now;
    seconds: of processor time; output: bytes of the largest file it may write.
    """
    missing = []
    if not _limits(memory, seconds, output):
        missing.append("memory")
    if not _no_network():
        missing.append("network")
    if not _landlock(readable, writable):
        missing.append("files")
    return missing


def _limits(memory: int, seconds: float, output: int) -> bool:
    try:
        import resource
    except ImportError:  # Windows
        return False
    with contextlib.suppress(OSError, ValueError):
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
        held = pages * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (held + memory, held + memory))
        resource.setrlimit(resource.RLIMIT_CPU, (int(seconds) + 1, int(seconds) + 2))
        resource.setrlimit(resource.RLIMIT_FSIZE, (output, output))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        return True
    return False


def _libc() -> ctypes.CDLL | None:
    return ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def die_with_parent() -> None:
    """On Linux: end when the process that started this one ends."""
    libc = _libc()
    if libc is not None:
        libc.prctl(_PDEATHSIG, 9, 0, 0, 0)


def _no_network() -> bool:
    libc = _libc()
    return libc is not None and libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET) == 0


def _landlock(readable: Sequence[str], writable: Sequence[str]) -> bool:
    libc = _libc()
    if libc is None:
        return False
    edition = libc.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), 1)
    if edition < 1:
        return False
    handled = (1 << 13) - 1
    if edition >= 2:
        handled |= 1 << 13
    if edition >= 3:
        handled |= _TRUNCATE
    rules = _Ruleset(handled, _CONNECT_TCP if edition >= 4 else 0)
    size = ctypes.sizeof(rules) if edition >= 4 else 8
    ruleset = libc.syscall(_CREATE_RULESET, ctypes.byref(rules), ctypes.c_size_t(size), 0)
    if ruleset < 0:
        return False
    try:
        for path in readable:
            _allow(libc, ruleset, path, _READ_FILE | _READ_DIR | _EXECUTE)
        for path in writable:
            _allow(libc, ruleset, path, handled & ~_EXECUTE)
        if libc.prctl(_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
            return False
        return bool(libc.syscall(_RESTRICT_SELF, ruleset, 0) == 0)
    finally:
        os.close(ruleset)


def _allow(libc: ctypes.CDLL, ruleset: int, path: str, rights: int) -> None:
    try:
        handle = os.open(path, os.O_PATH | os.O_CLOEXEC)  # type: ignore[attr-defined,unused-ignore]  # Linux only
    except OSError:
        return
    try:
        if not Path(path).is_dir():
            rights &= ~_FOLDER_ONLY
        rule = _PathBeneath(rights, handle)
        libc.syscall(_ADD_RULE, ruleset, _PATH_BENEATH, ctypes.byref(rule), 0)
    finally:
        os.close(handle)
