"""What must hold for any bytes at all that are given to the boundary TXT reader."""

from __future__ import annotations

from geo.errors import InputProblem
from geo.io.boundary_parse import decode, is_boundary
from geo.io.boundary_txt import read_text
from geo.io.boundary_write import boundary_text


def boundary_bytes(raw: bytes) -> None:
    """No error but InputProblem, findings that can be said, and what was read without fault survives a round trip."""
    text = decode(raw)
    if text is None:
        return
    is_boundary(text)
    boundary = read_text(text, "fuzz")
    for finding in boundary.findings:
        finding.text("zh")
        finding.text("en")
    if boundary.errors or boundary.frame.crs is None or not len(boundary.frame):
        return
    degrees = boundary.frame.crs.to_epsg() == 4490
    if boundary.frame.crs.to_epsg() not in (4490, 4528):
        return
    dialect = "enforcement" if degrees else "approval"
    try:
        again = read_text(boundary_text(boundary.frame, dialect=dialect), "fuzz")
    except InputProblem as problem:
        raise AssertionError(problem.text("en")) from problem
    rounded = 1e-9 if degrees else 1e-3
    bounds = boundary.frame.total_bounds
    if min(bounds[2] - bounds[0], bounds[3] - bounds[1]) < 1000 * rounded or again.errors:
        return  # so small that rounding to the written decimals may close a ring upon itself
    assert len(again.frame) == len(boundary.frame)
    assert abs(again.frame.total_bounds - bounds).max() <= rounded
