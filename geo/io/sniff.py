"""What a file is, by its first bytes and never by its name: a .geojson may be a VRT, a .tif a list of addresses."""

from __future__ import annotations

import re
from pathlib import Path

from geo.finding import Finding
from geo.standards.tables import rows

_HEAD = 4096
# A name promises one of these kinds; what is not named here is told by content alone.
_PROMISED = {
    ".shp": {"shapefile"}, ".gpkg": {"gpkg"}, ".geojson": {"geojson"}, ".json": {"geojson"}, ".kml": {"kml"},
    ".kmz": {"zip"}, ".zip": {"zip"}, ".xlsx": {"zip"}, ".tif": {"geotiff"}, ".tiff": {"geotiff"},
    ".parquet": {"geoparquet"}, ".geoparquet": {"geoparquet"}, ".dbf": {"dbf"}, ".csv": {"text"},
    ".txt": {"text"}, ".wkt": {"text"},
}  # fmt: skip
_READ_AS_TEXT = {".csv": "csv", ".tsv": "csv", ".txt": "boundary", ".wkt": "wkt"}


def kind_of(path: Path, name: str) -> tuple[str, list[Finding]]:
    """Kind of a file, or of a .gdb folder; findings when it is refused (kind "").

    Kinds: shapefile, dbf, gpkg, filegdb, zip, xlsx, kmz, geojson, kml, geoparquet, geotiff, csv, boundary, wkt.
    """
    suffix = path.suffix.lower()
    if path.is_dir():
        return ("filegdb", []) if any(path.glob("*.gdbtable")) else ("", [_wrong(name, "FileGDB: .gdbtable")])
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except OSError as fault:
        return "", [Finding("IO107", "error", name, measured=fault.strerror or type(fault).__name__)]
    if not head:
        return "", [Finding("IO107", "error", name, measured="0 B")]
    found = _by_bytes(head)
    for row in rows("unsupported"):
        if (row["magic"] and _starts(head, row["magic"])) or (
            found in ("", "text") and suffix in row["suffix"].split()
        ):
            if found not in ("", "text") and not row["magic"]:
                continue
            words = {"zh": row["zh"], "en": row["en"]}
            return "", [Finding("IO134", "error", name, measured=row["format"], limit=row["instead"], values=words)]
    if found == "dbf" and suffix != ".dbf":
        found = ""
    if found == "text" and suffix in (".geojson", ".json", ".kml", ".shp", ".gpkg", ".tif", ".tiff", ".parquet"):
        return "", [_wrong(name, suffix)]
    if not found or (suffix in _PROMISED and found not in _PROMISED[suffix]):
        return "", [_wrong(name, f"{suffix or '–'} ≠ {found or '?'}")]
    if found == "zip":
        return {".xlsx": "xlsx", ".kmz": "kmz"}.get(suffix, "zip"), []
    if found == "text":
        kind = _READ_AS_TEXT.get(suffix, "")
        return (kind, []) if kind else ("", [Finding("IO134", "error", name, measured=suffix or "–", limit="GPKG")])
    return found, []


def _by_bytes(head: bytes) -> str:
    if head[:4] == b"\x00\x00\x27\x0a":
        return "shapefile"
    if head[:16] == b"SQLite format 3\x00":
        return "gpkg"
    if head[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
        return "zip"
    if head[:4] in (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+"):
        return "geotiff"
    if head[:4] == b"PAR1":
        return "geoparquet"
    text = _as_text(head)
    if text is None:
        return "dbf" if head[0] in (0x03, 0x30, 0x31, 0x83, 0x8B, 0xF5) and len(head) > 32 else ""
    body = text.lstrip("\ufeff \t\r\n")
    if body.startswith("{"):
        return "geojson" if not _GDAL_JSON.search(body) else ""
    if body.startswith("<"):
        return "kml" if re.search(r"<(\w{1,20}:)?kml\b", body) else ""
    if body.startswith("["):
        return "text" if body.startswith("[") and "{" not in body[:3] else ""
    return "text"


_GDAL_JSON = re.compile(r'"(gdal_streamed_alg|command_line|gdal_virtual_[a-z]+)"|"type"\s*:\s*"gdal', re.IGNORECASE)


def _as_text(head: bytes) -> str | None:
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return head[: len(head) // 2 * 2].decode("utf-16", "ignore")
    if b"\x00" in head:
        # UTF-16 without a mark: zeros stand in one half of the byte pairs only.
        for start, name in ((1, "utf-16-le"), (0, "utf-16-be")):
            if head[start:200:2].count(0) > 6 and not head[1 - start : 200 : 2].count(0):
                return head[: len(head) // 2 * 2].decode(name, "ignore")
        return None
    try:
        return head.decode("utf-8-sig", "strict" if len(head) < _HEAD else "ignore")
    except UnicodeDecodeError:
        return head.decode("gb18030", "replace")


def _starts(head: bytes, magic: str) -> bool:
    """``magic`` in the table: text that the file begins with, or ``hex:`` and bytes."""
    if magic.startswith("hex:"):
        return head.startswith(bytes.fromhex(magic[4:]))
    return head.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(magic.encode("ascii"))


def _wrong(name: str, what: str) -> Finding:
    return Finding("IO119", "error", name, measured=what)
