"""A boundary TXT as a layer like any other, for the front door."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

from geo.errors import InputProblem
from geo.finding import Finding
from geo.io.boundary_parse import decode, is_boundary
from geo.io.boundary_txt import SIZE_LIMIT, read_text
from geo.io.layer import Frame, Layer, Told, make_layer


def open_boundary(path: Path, name: str, *, zone_frame: Frame | None) -> tuple[list[Layer], list[Finding]]:
    """The plots of a boundary TXT as one layer, or why there is none; a text of another kind is a warning (IO135)."""
    if path.stat().st_size > SIZE_LIMIT:
        return [], [Finding("IO130", "error", name, measured=f"> {SIZE_LIMIT} B")]
    raw = path.read_bytes()
    text = decode(raw)
    if text is None:
        return [], [Finding("IO112", "error", name)]
    if not is_boundary(text):
        return [], [Finding("IO135", "warning", name)]
    try:
        boundary = read_text(text, path.stem)
    except InputProblem as problem:
        return [], list(problem.findings)
    # A missing zone number is told by the layer's place, which also knows what would fit.
    told = [replace(f, subject=f"{name}:{f.subject}") for f in boundary.findings if f.code not in ("IO304", "IO158")]
    if not len(boundary.frame):
        return [], told or list(boundary.findings)
    told.append(Finding("IO311", "info", name, measured=boundary.dialect, limit=str(len(boundary.frame))))
    frame = boundary.frame
    crs = frame.crs.to_wkt() if frame.crs is not None else ""
    sha256 = hashlib.sha256(raw).hexdigest()
    layer = make_layer(
        frame.set_crs(None, allow_override=True),
        Told(name, path.stem, "vector", crs, len(frame), sha256, "", told),
        zone_frame=zone_frame,
    )
    return [layer], []
