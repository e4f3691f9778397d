"""KML: parsed first without entities or links, written plain, and only then shown to GDAL, folder by folder."""

from __future__ import annotations

import re
import xml.etree.ElementTree as Tree
from collections.abc import Iterator
from typing import Any

from geo.io.inside.geojson import decoded
from geo.io.inside.readers import GEOMETRY, Asked, Raw, Refused, gdal_table, note

_DECLARED = re.compile(rb"<\?xml[^>]*encoding=[\"']([A-Za-z0-9_.-]{1,20})[\"']")
_FOREIGN = ("NetworkLink", "GroundOverlay", "PhotoOverlay", "ScreenOverlay", "Style", "StyleMap", "styleUrl", "Link",
            "Schema", "NetworkLinkControl", "Model", "Tour", "atom:link")  # fmt: skip
_DEEPEST = 100


def read_kml(asked: Asked) -> Iterator[Raw]:
    """All placemarks of a KML, one layer a folder, on WGS 84. A file with a document type or entities is refused."""
    path = asked.path
    raw = path.read_bytes()
    text = _text(raw)
    if re.search(r"<!(DOCTYPE|ENTITY)", text, re.IGNORECASE):
        raise Refused(note("IO132", "error", "DOCTYPE / ENTITY"))
    text = re.sub(r"^\s*<\?xml[^>]*\?>", "", text.lstrip("\ufeff"))
    try:
        root = Tree.fromstring(text)  # noqa: S314  # no document type: nothing to expand
    except Tree.ParseError as fault:
        raise Refused(note("IO107", "error", f"XML: {str(fault)[:80]}")) from None
    if _local(root) != "kml":
        raise Refused(note("IO119", "error", f"KML: <{_local(root)[:30]}>"))
    notes = []
    links = _strip(root, 0)
    if links:
        notes.append(note("IO133", "warning", f"{links} link"))
    placemarks = sum(_local(e) == "Placemark" for e in root.iter())
    if not placemarks:
        raise Refused(note("IO104", "error"), *notes)
    import pyogrio

    room = asked.out / "room"
    room.mkdir(exist_ok=True)
    clean = room / "layer.kml"
    Tree.register_namespace("", "http://www.opengis.net/kml/2.2")
    clean.write_bytes(Tree.tostring(root, encoding="utf-8", xml_declaration=True))
    layers = []
    for name in dict.fromkeys(str(n) for n in pyogrio.list_layers(clean)[:, 0]):
        table, crs, more = gdal_table(clean, name)
        if table.num_rows and GEOMETRY in table.column_names:
            layers.append(Raw(name, table, crs, table.num_rows, "UTF-8", "vector", [*notes, *more]))
    read = sum(raw.table.num_rows for raw in layers)
    if read != placemarks and layers:
        layers[0].notes.append(note("IO125", "error", placemarks, read))
    if not layers:
        raise Refused(note("IO138", "error", placemarks), *notes)
    yield from layers


def _text(raw: bytes) -> str:
    said = _DECLARED.search(raw[:200])
    if said and said[1].upper() in (b"GBK", b"GB2312", b"GB18030", b"BIG5"):
        try:
            return raw.decode("big5" if said[1].upper() == b"BIG5" else "gb18030")
        except UnicodeDecodeError:
            pass
    return decoded(raw)[0]


def _local(element: Any) -> str:
    return str(element.tag).rpartition("}")[2]


def _strip(element: Any, depth: int) -> int:
    """Take out what points elsewhere or only paints; how many network links there were."""
    if depth > _DEEPEST:
        raise Refused(note("IO107", "error", "XML: nesting"))
    links = 0
    for child in list(element):
        if _local(child) in _FOREIGN:
            links += _local(child) == "NetworkLink"
            element.remove(child)
        else:
            links += _strip(child, depth + 1)
    return links
