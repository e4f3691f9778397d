"""整治方案图: the unit's measures and the farmland that moves, as an A3 sheet true to scale."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from geo.report.words import word

if TYPE_CHECKING:
    from geo.study.consolidation_result import ConsolidationResult

UNDER = (("parcels", 0.55), ("farmland", 0.35), ("redline", 1.0), ("boundary", 1.0), ("villages", 1.0), ("towns", 1.0))
# The sheet shows the unit and so much of its surroundings on every side.
MARGIN_SHARE = 0.03


def write_map(result: ConsolidationResult, path: Path | str, *, lang: str = "zh", dpi: int = 220) -> Path:
    """Write the sheet of a scheme as PDF or PNG by the suffix of ``path``. Raises InputProblem, OSError."""
    from geo.report.view_layers import STANDING, style_ids, view_layer
    from geo.study.consolidation_tell import kind_name
    from geo.study.map_sheet import Wish, sheet, write

    zone, extra = result.zone, []
    layers = (("measures", result.measures, "source"), ("moved_out", result.moved_out, ""),
              ("moved_in", result.moved_in, "source"))  # fmt: skip
    for name, frame, column in layers:
        if frame is None or not len(frame):
            continue
        if name == "moved_in":  # new cropland is drawn as a measure; here it is cropland that becomes farmland
            frame = frame.assign(source=frame["source"].replace("new", "cropland"))  # noqa: PLW2901
        extra.append(view_layer(name, frame, style_ids(name, frame, column), group="plan"))
    known = {n for n, _, _, _ in STANDING}
    wish = Wish(layers=tuple((n, o) for n, o in UNDER if n in known and zone.has(n)), lang=lang,
                title=word("cons.title", lang))  # fmt: skip
    view = sheet(zone, wish, extra=extra)
    west, south, east, north = result.ground.parcels.total_bounds
    wide, high = MARGIN_SHARE * (east - west), MARGIN_SHARE * (north - south)
    taken = result.sources[result.sources["taken"] > 0]
    told = ("、" if lang == "zh" else ", ").join(f"{kind_name(r.source, lang)} {r.taken}" for r in taken.itertuples())
    notes = [f"{word('cons.measures', lang)}{'：' if lang == 'zh' else ': '}{told}"]
    view = replace(view, bounds=(west - wide, south - high, east + wide, north + high),
                   notes={lang: notes})  # fmt: skip
    return write(view, wish, path, dpi=dpi)
