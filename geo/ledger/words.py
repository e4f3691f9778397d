"""Texts and codes at the ledger's door: present, short, without control characters; geometry bytes well formed."""

from __future__ import annotations

import struct
import unicodedata

from geo.ledger.refusal import refuse

MAX_TEXT = 500
_POLYGON, _MULTIPOLYGON = 3, 6


def check_text(value: object, subject: str) -> str:
    """A text, trimmed. Raises Refused LG127 when it is missing, too long or holds control characters."""
    text = value.strip() if isinstance(value, str) else ""
    if not text or len(text) > MAX_TEXT or any(unicodedata.category(c) in ("Cc", "Cs", "Cn") for c in text):
        raise refuse("LG127", subject, measured=repr(value)[:80])
    return text


def check_county(value: object) -> str:
    """A six-digit county code. Raises Refused LG137."""
    text = str(value or "").strip()
    if len(text) != 6 or not (text.isascii() and text.isdigit()):
        raise refuse("LG137", text or "–")
    return text


def check_wkb(data: bytes, subject: str) -> None:
    """Evidence must be one plain WKB polygon or multipolygon, whole to the last byte. Raises Refused LG133."""
    try:
        end = _geometry(data, 0, (_POLYGON, _MULTIPOLYGON))
    except (struct.error, IndexError, ValueError):
        end = -1
    if end != len(data):
        raise refuse("LG133", subject, measured=str(len(data)))


def _geometry(data: bytes, at: int, kinds: tuple[int, ...]) -> int:
    order = {0: ">", 1: "<"}.get(data[at])
    if order is None:
        raise ValueError
    kind, count = struct.unpack_from(order + "II", data, at + 1)
    at += 9
    if kind not in kinds or not 0 < count <= len(data):
        raise ValueError
    for _ in range(count):
        if kind == _MULTIPOLYGON:
            at = _geometry(data, at, (_POLYGON,))
        else:
            (points,) = struct.unpack_from(order + "I", data, at)
            at += 4 + 16 * points
            if points < 4 or at > len(data):
                raise ValueError
    return at
