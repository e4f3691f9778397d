"""Shapefile and .dbf: every length that is written down agrees with every other, before GDAL is asked for a row."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyproj

from geo.io.inside.dbf import Dbf
from geo.io.inside.readers import Asked, Note, Raw, Refused, gdal_table, lay_out, note, rows_text

_POLYGONS = (5, 15, 25)
_KNOWN = (0, 1, 3, 5, 8, 11, 13, 15, 18, 21, 23, 25, 28)


def read_shapefile(asked: Asked) -> Iterator[Raw]:
    """The layer of a .shp with its parts, whatever their letter case. Refused where its files contradict each other."""
    path = asked.path
    parts = _given(asked.options)
    notes: list[Note] = []
    if ".dbf" not in parts:
        raise Refused(note("IO108", "error", "缺少 / missing .dbf"))
    body = np.memmap(path, dtype=np.uint8, mode="r") if path.stat().st_size >= 100 else np.zeros(0, np.uint8)
    faults = _header_faults(body)
    if faults:
        raise Refused(*faults)
    index, more = _index(parts.get(".shx"), body)
    notes += [n for n in more if n[1] != "error"]
    faults += [n for n in more if n[1] == "error"]
    table = Dbf(parts[".dbf"])
    faults += table.faults
    if index is not None and not table.faults and len(index) != table.count:
        faults.append(note("IO108", "error", f".shx {len(index)} ≠ .dbf {table.count}"))
    if index is not None:
        faults += _record_faults(body, index)
    if faults or index is None:
        raise Refused(*faults)
    encoding, told = table.encoding(parts.get(".cpg"))
    notes += told
    notes += table.number_notes()
    room = lay_out(asked.out, ("layer.shp", path), ("layer.dbf", parts[".dbf"]))
    if ".prj" in parts:
        notes += _prj(parts[".prj"], room)
    _write_shx(room / "layer.shx", body, index)
    frame, crs, more = gdal_table(room / "layer.shp", None, encoding)
    notes += more
    notes += _count_notes(table, frame.num_rows)
    if ".prj" in parts and not crs:
        notes.append(note("IO152", "warning", ".prj"))
    yield Raw(path.stem, frame, crs, table.count, encoding, "vector", notes)


def read_dbf(asked: Asked) -> Iterator[Raw]:
    """A .dbf alone: a table of attributes."""
    path = asked.path
    table = Dbf(path)
    if table.faults:
        raise Refused(*table.faults)
    encoding, notes = table.encoding(_given(asked.options).get(".cpg"))
    notes += table.number_notes()
    room = lay_out(asked.out, ("layer.dbf", path))
    frame, _, _ = gdal_table(room / "layer.dbf", None, encoding)
    notes += _count_notes(table, frame.num_rows)
    yield Raw(path.stem, frame, "", table.count, encoding, "table", notes)


def _given(options: dict[str, Any]) -> dict[str, Path]:
    """The parts that the caller found beside the .shp, by lower-case suffix."""
    return {suffix: Path(part) for suffix, part in options.get("parts", {}).items()}


def _header_faults(body: np.ndarray) -> list[Note]:
    if len(body) < 100:
        return [note("IO108", "error", f".shp {len(body)} B < 100 B")]
    declared = int.from_bytes(body[24:28].tobytes(), "big") * 2
    kind = int.from_bytes(body[32:36].tobytes(), "little")
    faults = []
    if declared != len(body):
        faults.append(note("IO108", "error", f".shp {len(body)} B ≠ {declared} B"))
    if kind not in _KNOWN:
        faults.append(note("IO108", "error", f".shp type {kind}"))
    return faults


def _index(shx: Path | None, body: np.ndarray) -> tuple[np.ndarray | None, list[Note]]:
    """Offset and length (bytes) of every record; made anew from the .shp when the .shx is gone or broken."""
    raw = shx.read_bytes() if shx is not None else b""
    if len(raw) >= 100 and raw[:4] == b"\x00\x00\x27\x0a":
        declared = int.from_bytes(raw[24:28], "big") * 2
        if declared == len(raw) and (len(raw) - 100) % 8 == 0:
            return np.frombuffer(raw, dtype=">i4", offset=100).reshape(-1, 2).astype(np.int64) * 2, []
        if len(raw) >= declared or declared < 100:
            return None, [note("IO108", "error", f".shx {len(raw)} B ≠ {declared} B")]
    found, at = [], 100
    while at + 8 <= len(body):
        length = int.from_bytes(body[at + 4 : at + 8].tobytes(), "big") * 2
        if length < 4 or at + 8 + length > len(body):
            return None, [note("IO108", "error", f".shp +{at}: {length} B")]
        found.append((at, length))
        at += 8 + length
    if at != len(body):
        return None, [note("IO108", "error", f".shp {len(body) - at} B")]
    return np.array(found, dtype=np.int64).reshape(-1, 2), [note("IO124", "warning", len(found))]


def _record_faults(body: np.ndarray, index: np.ndarray) -> list[Note]:
    """Records that lie outside the file, that do not hold what their counts say, or that overlap."""
    if not len(index):
        return []
    start, length = index[:, 0], index[:, 1]
    outside = (start < 100) | (length < 4) | (start + 8 + length > len(body))
    if outside.any():
        return [note("IO108", "error", ".shx → .shp", rows_text(np.flatnonzero(outside)))]
    own = _ints(body, start + 4, ">i4") * 2
    kinds = _ints(body, start + 8, "<i4")
    wrong = (own != length) | ((kinds != 0) & ~np.isin(kinds, _KNOWN))
    rings = np.flatnonzero(np.isin(kinds, (3, *_POLYGONS, 13, 23)) & ~wrong & (length >= 44))
    wrong |= np.isin(kinds, (3, *_POLYGONS, 13, 23)) & (length < 44)
    parts, points = _ints(body, start[rings] + 44, "<i4"), _ints(body, start[rings] + 48, "<i4")
    room = length[rings]
    least = 44 + 4 * parts + 16 * points
    wrong[rings[(parts < 0) | (points < 0) | (least > room)]] = True
    order = np.argsort(start, kind="stable")
    ends = (start + 8 + length)[order]
    wrong[order[1:][start[order][1:] < ends[:-1]]] = True
    if wrong.any():
        return [note("IO108", "error", f".shp {int(wrong.sum())}", rows_text(np.flatnonzero(wrong)))]
    return []


def _ints(body: np.ndarray, at: np.ndarray, kind: str) -> np.ndarray:
    """Four-byte integers at many places."""
    picked = body[at[:, None] + np.arange(4)]
    return np.ascontiguousarray(picked).view(kind).ravel().astype(np.int64)


def _write_shx(path: Path, body: np.ndarray, index: np.ndarray) -> None:
    head = bytearray(body[:100].tobytes())
    head[24:28] = ((100 + 8 * len(index)) // 2).to_bytes(4, "big")
    path.write_bytes(bytes(head) + (index // 2).astype(">i4").tobytes())


def _prj(path: Path, room: Path) -> list[Note]:
    """The .prj as plain text beside the layer; a note when it is no coordinate system at all."""
    raw = path.read_bytes()[:65536]
    text = raw.decode("utf-8-sig", "replace").strip("\x00 \r\n\t")
    if not re.match(r"(PROJCS|GEOGCS|PROJCRS|GEOGCRS|GEODCRS|COMPD_CS|COMPOUNDCRS|BOUNDCRS)\s*\[", text):
        return []
    try:
        pyproj.CRS.from_wkt(text)
    except (pyproj.exceptions.CRSError, RecursionError):
        return []
    (room / "layer.prj").write_text(text, encoding="utf-8")
    return []


def _count_notes(table: Any, read: int) -> list[Note]:
    notes = []
    if len(table.deleted):
        notes.append(note("IO121", "warning", len(table.deleted), rows_text(table.deleted)))
    if read + len(table.deleted) != table.count:
        notes.append(note("IO125", "error", table.count, read))
    return notes
