"""The layers of a view, as the app's map and the printed sheet both show them: order, first state, sign of each row."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from geo.report.palette import Style, class_style, layer_styles, styles

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd
    from numpy.typing import NDArray

# Map layer -> the column whose text chooses the sign; layers of ``zone.context`` are named context_*.
STYLE_COLUMN = {
    "parcels": "class_code", "farmland": "", "boundary": "zone_name", "redline": "control_zone",
    "reserve": "status", "towns": "", "villages": "", "highstandard": "",
}  # fmt: skip
# Bottom of the map first: layer, shown at first, opacity (0-1), group of the legend ('' = not in the tree).
STANDING = (
    ("context_lakes", True, 0.6, ""),
    ("parcels", True, 1.0, "land"),
    ("farmland", True, 0.55, "farm"),
    ("highstandard", False, 0.9, "farm"),
    ("reserve", False, 0.9, "farm"),
    ("villages", False, 0.9, "admin"),
    ("context_counties", True, 0.8, ""),
    ("towns", True, 0.9, "admin"),
    ("redline", True, 0.85, "control"),
    ("boundary", True, 1.0, "control"),
)


def style_ids(layer: str, frame: gpd.GeoDataFrame, column: str = "") -> list[str]:
    """The sign of each row, by the layer's class column. Raises KeyError for a layer without signs."""
    column = column or STYLE_COLUMN.get(layer, "")
    if not column or column not in frame.columns:
        return [layer_styles(layer)[0].style] * len(frame)
    import pandas as pd

    place, codes = pd.factorize(frame[column].astype(str))
    signs = np.array([class_style(layer, str(code)).style for code in codes], dtype=object)
    return list(signs[place])


@dataclass(frozen=True)
class ViewLayer:
    """One layer of a view: house name (decides how it is drawn), rows (EPSG:4528), the signs, and the sign of each row.

    group: heading of the legend (land, farm, control, admin, plan, mine, theme); title: its own heading, if any.
    """

    name: str
    frame: gpd.GeoDataFrame
    signs: tuple[Style, ...]
    number: NDArray[np.intp] = field(repr=False)
    opacity: float = 1.0
    group: str = ""
    title: str = ""


def view_layer(
    name: str, frame: gpd.GeoDataFrame, ids: Sequence[str], *, opacity: float = 1.0, group: str = ""
) -> ViewLayer:
    """A layer whose signs are rows of ``styles.csv``, in legend order."""
    used = set(ids)
    signs = tuple(s for s in styles().values() if s.style in used)
    place = {s.style: n for n, s in enumerate(signs)}
    return ViewLayer(name, frame, signs, np.array([place[i] for i in ids], dtype=np.intp), opacity, group)
