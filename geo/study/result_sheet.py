"""A study's answer as a map sheet of the house: its layers over boundary, farmland and townships."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geo.geometry.crs import GEOGRAPHIC_EPSG

if TYPE_CHECKING:
    from geo.zone import Zone

UNDER = (("farmland", 0.35), ("towns", 0.9), ("redline", 0.8), ("boundary", 1.0))
MARGIN = 0.06
"""Room around what is drawn, as a share of its extent."""
DPI = 200


def write_sheets(
    zone: Zone, drawn: Sequence[tuple[str, Any, str]], folder: Path, stem: str, *, zh: str, en: str
) -> list[Path]:
    """Writes ``<stem>.pdf`` and ``<stem>_en.pdf`` (A3) of the layers ``drawn``: layer, rows, column of its signs.

    The sheet shows the extent of all their rows; layers without rows are left out, and without any nothing is written.
    Raises OSError.
    """
    import numpy as np

    from geo.report.view_layers import style_ids, view_layer
    from geo.study.map_sheet import Wish, sheet, write

    layers = [(name, frame, column) for name, frame, column in drawn if len(frame)]
    if not layers or not zone.has("towns"):
        return []
    extents = np.array([frame.to_crs(GEOGRAPHIC_EPSG).total_bounds for _, frame, _ in layers])
    west, south = (float(v) for v in extents[:, :2].min(axis=0))
    east, north = (float(v) for v in extents[:, 2:].max(axis=0))
    wide, tall = MARGIN * (east - west) + 1e-4, MARGIN * (north - south) + 1e-4
    bounds = (west - wide, south - tall, east + wide, north + tall)
    own = [view_layer(n, f, style_ids(n, f, column), group="plan") for n, f, column in layers]
    made = []
    for lang, title, end in (("zh", zh, ""), ("en", en, "_en")):
        under = tuple((name, level) for name, level in UNDER if zone.has(name))
        wish = Wish(layers=under, bounds=bounds, title=title, lang=lang)
        titled = [replace(layer, title=title) for layer in own]
        made.append(write(sheet(zone, wish, extra=titled), wish, folder / f"{stem}{end}.pdf", dpi=DPI))
    return made
