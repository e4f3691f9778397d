"""Archives are unpacked under guard: bounded in size, number and depth, and never outside of their own folder."""

from __future__ import annotations

import unicodedata
import zipfile
import zlib
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path, PurePosixPath

from geo.finding import Finding

_MEGABYTE = 1 << 20
MOST_BYTES = 2_000 * _MEGABYTE
MOST_FILES = 2_000
MOST_RATIO = 200
RATIO_FROM = 10 * _MEGABYTE  # small archives of regular data compress well
DEEPEST = 2
_SYMLINK = 0o120000
_FORBIDDEN = frozenset('<>:"|?*')


@dataclass(frozen=True, slots=True)
class Unpacked:
    """Files of an archive as (path on the disk, name inside the archive), and what was refused."""

    files: tuple[tuple[Path, str], ...]
    findings: tuple[Finding, ...]


def unpack(archive: Path, folder: Path, *, name: str, budget: int = MOST_BYTES, depth: int = 0) -> Unpacked:
    """Unpack a zip into an empty folder. Names without the UTF-8 mark are read as GBK; zips inside are unpacked too.

    Refused as a whole: names that lead outside, links, encrypted or overlapping entries, more than ``MOST_FILES``
    files, ``budget`` bytes or a ratio of ``MOST_RATIO``, damaged entries. ``name`` is what the findings call it.
    """
    try:
        with zipfile.ZipFile(archive, metadata_encoding="gbk") as opened:
            return _unpack(opened, archive, folder, name, budget, depth)
    except UnicodeDecodeError:
        pass
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, zlib.error, ValueError) as fault:
        return Unpacked((), (_refusal(name, f"{type(fault).__name__}"),))
    try:
        with zipfile.ZipFile(archive) as opened:
            return _unpack(opened, archive, folder, name, budget, depth)
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, zlib.error, ValueError) as fault:
        return Unpacked((), (_refusal(name, f"{type(fault).__name__}"),))


def _unpack(opened: zipfile.ZipFile, archive: Path, folder: Path, name: str, budget: int, depth: int) -> Unpacked:
    entries = opened.infolist()
    faults = _faults(entries, archive, budget)
    if faults:
        return Unpacked((), tuple(_refusal(name, fault) for fault in faults))
    files: list[tuple[Path, str]] = []
    findings: list[Finding] = []
    written = 0
    for entry in entries:
        if entry.is_dir() or _hidden(entry.filename):
            continue
        target = folder.joinpath(*PurePosixPath(entry.filename).parts)
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.exists():
            return Unpacked((), (_refusal(name, f"{entry.filename!a} × 2"),))
        with opened.open(entry) as source, target.open("xb") as sink:
            while chunk := source.read(_MEGABYTE):
                written += len(chunk)
                if written > budget:
                    return Unpacked((), (_refusal(name, f"> {budget // _MEGABYTE} MB"),))
                sink.write(chunk)
        files.append((target, entry.filename))
    inner: list[tuple[Path, str]] = []
    for path, inside in files:
        if path.suffix.lower() == ".zip":
            if depth + 1 >= DEEPEST:
                findings.append(_refusal(f"{name}/{inside}", f"zip > {DEEPEST}"))
                continue
            room = path.with_name(path.name + ".unpacked")
            room.mkdir()
            more = unpack(path, room, name=f"{name}/{inside}", budget=budget - written, depth=depth + 1)
            inner += [(p, f"{inside}/{n}") for p, n in more.files]
            written += sum(p.stat().st_size for p, _ in more.files)
            findings += more.findings
        else:
            inner.append((path, inside))
    return Unpacked(tuple(inner), tuple(findings))


def _faults(entries: list[zipfile.ZipInfo], archive: Path, budget: int) -> list[str]:
    """What makes an archive one that is not unpacked at all."""
    faults = []
    total = sum(e.file_size for e in entries)
    packed = max(archive.stat().st_size, 1)
    if len(entries) > MOST_FILES:
        faults.append(f"{len(entries)} > {MOST_FILES} files")
    if total > budget or (total > RATIO_FROM and total / packed > MOST_RATIO):
        faults.append(f"{packed} B → {total} B")
    offsets = [e.header_offset for e in entries]
    if len(set(offsets)) < len(offsets) or _overlap(entries):
        faults.append("重叠条目 / overlapping entries")
    for entry in entries:
        path = PurePosixPath(entry.filename)
        parts = path.parts
        if path.is_absolute() or ".." in parts or "\\" in entry.filename or any(_bad(p) for p in parts) or not parts:
            faults.append(f"{entry.filename!a:.60}")
        elif (entry.external_attr >> 16) & 0o170000 == _SYMLINK:
            faults.append(f"link {entry.filename!a:.60}")
        elif entry.flag_bits & 1:
            faults.append(f"加密 / encrypted {entry.filename!a:.60}")
    return faults[:10]


def _overlap(entries: list[zipfile.ZipInfo]) -> bool:
    """Whether the packed bytes of one entry lie inside another's."""
    spans = sorted((e.header_offset, e.header_offset + 30 + e.compress_size) for e in entries)
    return any(later < end for (_, end), (later, _) in pairwise(spans))


def _bad(part: str) -> bool:
    return any(c in _FORBIDDEN or unicodedata.category(c) == "Cc" for c in part) or len(part.encode()) > 255


def _hidden(name: str) -> bool:
    return any(p.startswith(".") or p == "__MACOSX" for p in PurePosixPath(name).parts)


def _refusal(name: str, what: str) -> Finding:
    return Finding("IO130", "error", name, measured=what)
