"""The table of a shapefile, byte by byte: cut numbers, deleted rows and wrong alphabets, which GDAL passes over."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from geo.io.inside.readers import Note, note, rows_text

_NAMED = {"936": "GBK", "CP936": "GBK", "GB2312": "GBK", "54936": "GB18030", "65001": "UTF-8", "UTF8": "UTF-8",
          "950": "BIG5", "CP950": "BIG5", "OEM": "", "SYSTEM": ""}  # fmt: skip
# Language driver byte of the header (29): what the writing program says of its alphabet.
_DRIVER = {0x4D: "GBK", 0x7A: "GBK", 0x4F: "BIG5", 0x78: "BIG5"}
_SAMPLE = 24


class Dbf:
    """A .dbf as it lies on the disk: header, fields, records; ``faults`` say what contradicts itself."""

    def __init__(self, path: Path) -> None:
        self.size = path.stat().st_size
        self.faults: list[Note] = []
        self.count, self.fields = 0, []
        self.records = np.zeros((0, 1), dtype=np.uint8)
        self.deleted = np.zeros(0, dtype=np.intp)
        body = np.memmap(path, dtype=np.uint8, mode="r") if self.size else np.zeros(0, np.uint8)
        if self.size < 33:
            self.faults.append(note("IO108", "error", f".dbf {self.size} B"))
            return
        head = body[:32].tobytes()
        self.count = int.from_bytes(head[4:8], "little")
        start, width = int.from_bytes(head[8:10], "little"), int.from_bytes(head[10:12], "little")
        self.driver = head[29]
        if start < 33 or width < 1 or start > self.size:
            self.faults.append(note("IO108", "error", f".dbf {start}/{width}"))
            return
        room = start + self.count * width
        if self.size < room:
            self.faults.append(note("IO108", "error", f".dbf {self.size} B < {room} B"))
            return
        if self.size >= room + width:
            self.faults.append(note("IO108", "error", f".dbf {self.size} B > {room + 1} B"))
            return
        at = 1
        for place in range(32, start - 1, 32):
            field = body[place : place + 32].tobytes()
            if field[:1] == b"\x0d":
                break
            length, decimals = field[16], field[17]
            if field[11:12] == b"C":  # long text counts the second byte too
                length += 256 * decimals
            self.fields.append((field[:11].split(b"\0")[0], chr(field[11]), at, length))
            at += length
        if at != width:
            self.faults.append(note("IO108", "error", f".dbf {at} B ≠ {width} B"))
            return
        self.records = body[start : start + self.count * width].reshape(self.count, width)
        self.deleted = np.flatnonzero(self.records[:, 0] == ord("*"))

    def encoding(self, cpg: Path | None) -> tuple[str, list[Note]]:
        """The alphabet of the text: .cpg, else strict UTF-8, else GB18030 or Big5 by its bytes. A note when guessed."""
        named = ""
        if cpg is not None:
            named = cpg.read_bytes()[:64].decode("ascii", "ignore").strip().upper().removeprefix("ANSI ")
            named = _NAMED.get(named, named)
        said = _DRIVER.get(self.driver, "")
        texts = self._texts()
        joined = b"\n".join(text for text, _ in texts)
        if not any(byte > 0x7F for byte in joined):
            return (named if _knows(named) else "UTF-8"), []
        trials = [named, "UTF-8", said] if named else ["UTF-8", said]
        # GBK reads UTF-8 as nonsense, but nearly no GBK text is UTF-8: where it is, the .cpg is wrong.
        if named in ("GBK", "GB18030", "BIG5") and sum(b > 0x7F for b in joined) >= 6 and _decodes(texts, "UTF-8"):
            trials.insert(0, "UTF-8")
        trials += ["BIG5", "GB18030"] if _looks_big5(joined) else ["GB18030", "BIG5"]
        for trial in dict.fromkeys(t for t in trials if t):
            if trial in ("LATIN1", "ISO-8859-1", "ISO8859-1", "88591", "1252") or not _decodes(texts, trial):
                continue
            if trial == named:
                return trial, []
            sample = next(t for t, _ in texts if any(b > 0x7F for b in t)).decode(trial, "replace")[:_SAMPLE]
            return trial, [note("IO123", "warning" if named else "info", trial, sample, named=named or "–")]
        return "GB18030", [note("IO112", "error")]

    def number_notes(self) -> list[Note]:
        """Number columns that hold what is no number, or stars for one that did not fit: a driver would cut it."""
        notes = []
        alive = np.ones(self.count, dtype=bool)
        alive[self.deleted] = False
        for name, kind, at, length in self.fields:
            if kind not in "NF" or not self.count or not length:
                continue
            cells = np.ascontiguousarray(self.records[:, at : at + length]).view(f"S{length}").ravel()
            if _all_plain(cells):
                continue
            values, which = np.unique(cells, return_inverse=True)
            verdicts = np.array([_verdict(v) for v in values.tolist()])[which]
            text = name.decode("gb18030", "replace")
            bad = np.flatnonzero((verdicts == _BAD) & alive)
            if len(bad):
                notes.append(note("IO110", "error", text, rows_text(bad)))
            stars = np.flatnonzero((verdicts == _STARS) & alive)
            if len(stars):
                notes.append(note("IO129", "info", text, len(stars)))
        return notes

    def _texts(self) -> list[tuple[bytes, bool]]:
        """Every different text of the file, field names first, and whether it fills its field."""
        found: dict[bytes, bool] = {name: len(name) >= 10 for name, *_ in self.fields}
        for _, kind, at, length in self.fields:
            if kind == "C" and length and self.count:
                column = np.ascontiguousarray(self.records[:, at : at + length])
                if (column > 0x7F).any():
                    high = column[(column > 0x7F).any(axis=1)]
                    for cell in np.unique(high.view(f"S{length}")).tolist():
                        found[cell.rstrip(b" \0")] = len(cell) == length
        return list(found.items())


_FINE, _BAD, _STARS = 0, 1, 2


def _all_plain(cells: np.ndarray) -> bool:
    """Whether every cell is a finite number, told in one go."""
    if (cells.view(np.uint8) == ord("_")).any():  # Python would read 1_000 as a thousand
        return False
    try:
        return bool(np.isfinite(cells.astype(np.float64)).all())
    except ValueError:
        return False


def _verdict(cell: bytes) -> int:
    """Whether a cell of a number column is a number or blank; stars stand for none, or for one that did not fit."""
    text = cell.strip(b" \0")
    if not text:
        return _FINE
    if not text.strip(b"*"):
        return _STARS
    try:
        return _FINE if math.isfinite(float(text)) and b"_" not in text else _BAD
    except ValueError:
        return _BAD


def _knows(encoding: str) -> bool:
    try:
        "".encode(encoding or "?")
    except LookupError:
        return False
    return True


def _decodes(texts: list[tuple[bytes, bool]], encoding: str) -> bool:
    """Whether every text is in the alphabet; a last character that the field's width cut in two is no fault."""
    for text, full in texts:
        for cut in (text, text[:-1], text[:-2], text[:-3]) if full and len(text) > 5 else (text,):
            try:
                cut.decode(encoding)
                break
            except UnicodeDecodeError:
                continue
            except LookupError:
                return False
        else:
            return False
    return True


def _looks_big5(text: bytes) -> bool:
    """Frequent characters begin with A4–C6 in Big5 and with B0–D7 in GB 2312: whichever has more of the pairs."""
    big5 = gb = at = 0
    while at < len(text) - 1:
        lead, trail = text[at], text[at + 1]
        if lead <= 0x80:
            at += 1
            continue
        big5 += 0xA4 <= lead <= 0xC6
        gb += 0xB0 <= lead <= 0xD7 and trail >= 0xA1
        at += 4 if 0x30 <= trail <= 0x39 else 2
    return big5 > gb
