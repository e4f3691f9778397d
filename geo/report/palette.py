"""Colours of maps, legends and tiles, read from ``geo/standards/tables/styles.csv``; and how different eyes see them.

The official RGB table of TD/T 1055-2019 was not at hand: rows marked 待核 are official-like, not official;
rows marked 自定 are our own signs (no standard has them). Every row has a second pair of colours for readers
with a colour-vision deficiency.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from functools import cache
from typing import Literal

from geo.standards.land import base_code
from geo.standards.tables import rows

Hatch = Literal["", "diagonal", "back", "cross", "dots"]
Grain = Literal["", "diagonal", "back", "cross", "dots", "dashes"]
Vision = Literal["normal", "protan", "deutan"]
Triple = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Style:
    """One sign of the map. ``fill`` is '' for an outline only; ``width`` is in points (1/72 inch).

    class_codes: land classes (as prefixes) or the layer's own class texts that the sign stands for.
    confirmed: 待核 (official-like, to be checked against the standard) or 自定 (our own). grain: a fine pattern in the
    stroke's colour over the full fill, for signs whose neighbour in the legend is near in colour; seen at large scales.
    """

    style: str
    layer: str
    class_codes: tuple[str, ...]
    zh: str
    en: str
    fill: str
    stroke: str
    width: float
    hatch: Hatch
    cvd_fill: str
    cvd_stroke: str
    confirmed: str
    grain: Grain = ""

    def label(self, lang: str = "zh") -> str:
        return self.zh if lang == "zh" else self.en

    def colours(self, *, cvd: bool = False) -> tuple[str, str]:
        """Fill and stroke as ``#RRGGBB`` ('' = none); ``cvd`` for the colour-blind palette."""
        return (self.cvd_fill, self.cvd_stroke) if cvd else (self.fill, self.stroke)


@cache
def styles() -> dict[str, Style]:
    """Every style by its id (``land.paddy``, ``plan.out`` …), in legend order. Raises ValueError on a bad row."""
    found: dict[str, Style] = {}
    for row in rows("styles"):
        style = _style(row)
        if style.style in found:
            raise ValueError(f"style {style.style} stands twice")
        found[style.style] = style
    return found


def _style(row: dict[str, str]) -> Style:
    hatch = row["hatch"]
    if hatch not in ("", "diagonal", "back", "cross", "dots"):
        raise ValueError(f"style {row['style']}: unknown hatch {hatch!r}")
    if row["grain"] not in ("", "diagonal", "back", "cross", "dots", "dashes") or (row["grain"] and hatch):
        raise ValueError(f"style {row['style']}: grain {row['grain']!r} is unknown or lies over a hatch")
    for column in ("fill", "stroke", "cvd_fill", "cvd_stroke"):
        if row[column] and (len(row[column]) != 7 or row[column][0] != "#"):
            raise ValueError(f"style {row['style']}: {column} {row[column]!r} is not #RRGGBB")
    return Style(
        style=row["style"],
        layer=row["layer"],
        class_codes=tuple(row["class_code"].split()),
        zh=row["zh"],
        en=row["en"],
        fill=row["fill"],
        stroke=row["stroke"],
        width=float(row["width"]),
        hatch=hatch,  # type: ignore[arg-type]  # narrowed by the test above
        cvd_fill=row["cvd_fill"],
        cvd_stroke=row["cvd_stroke"],
        confirmed=row["confirmed"],
        grain=row["grain"],  # type: ignore[arg-type]
    )


@cache
def sign_edition() -> str:
    """Eight hex digits that change with any sign: kept tiles of an older legend are then not used."""
    return hashlib.sha256(repr(sorted(styles().items())).encode()).hexdigest()[:8]


def layer_styles(layer: str) -> tuple[Style, ...]:
    """The styles of one layer in legend order; empty for a layer without signs."""
    return tuple(s for s in styles().values() if s.layer == layer)


@cache
def class_style(layer: str, class_code: str) -> Style:
    """The style of a class: longest class code that begins it, else the style without a class, else the first.

    Land classes may carry their A/K suffix; other layers match when the class text holds the code. Raises
    KeyError for a layer without styles.
    """
    candidates = layer_styles(layer)
    if not candidates:
        raise KeyError(f"no style for the layer {layer!r}")
    code = base_code(class_code) if layer == "parcels" else class_code
    if layer == "parcels" and code in _WETLAND:
        code = "00"
    best: tuple[int, Style] | None = None
    for style in candidates:
        for prefix in style.class_codes or ("",):
            fits = code.startswith(prefix) if layer == "parcels" else prefix in code
            if (fits or not prefix) and (best is None or len(prefix) > best[0]):
                best = (len(prefix), style)
    return best[1] if best else candidates[0]


# Classes that the third survey counts as wetland although their digits say forest, grass, industry or water.
_WETLAND = frozenset({"0303", "0304", "0306", "0402", "0603", "1105", "1106", "1108"})


def rgb(colour: str) -> tuple[int, int, int]:
    """``#RRGGBB`` as three numbers 0–255."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


# Full dichromacy in linear RGB: Machado, Oliveira & Fernandes (2009), "A physiologically-based model for
# simulation of color vision deficiency", severity 1.0.
_SEEN: dict[Vision, tuple[Triple, Triple, Triple]] = {
    "normal": ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
    "protan": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deutan": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
}


def lab(colour: str, *, vision: Vision = "normal") -> Triple:
    """CIE L*a*b* (D65) of a colour as an eye with that vision sees it."""
    linear = [_linear(v / 255) for v in rgb(colour)]
    seen = [min(1.0, max(0.0, sum(m * v for m, v in zip(row, linear, strict=True)))) for row in _SEEN[vision]]
    r, g, b = seen
    x = (0.4124564 * r + 0.3575761 * g + 0.1804375 * b) / 0.95047
    y = 0.2126729 * r + 0.7151522 * g + 0.0721750 * b
    z = (0.0193339 * r + 0.1191920 * g + 0.9503041 * b) / 1.08883
    fx, fy, fz = (_cube(v) for v in (x, y, z))
    return 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)


def difference(first: str, second: str, *, vision: Vision = "normal") -> float:
    """Colour difference ΔE*ab (CIE 1976) between two colours for that vision."""
    pairs = zip(lab(first, vision=vision), lab(second, vision=vision), strict=True)
    return float(sum((a - b) ** 2 for a, b in pairs) ** 0.5)


def _linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


def _cube(value: float) -> float:
    return value ** (1 / 3) if value > 0.008856 else 7.787 * value + 16 / 116


def difference_2000(first: str, second: str, *, vision: Vision = "normal") -> float:
    """Colour difference CIEDE2000 between two colours for that vision (Sharma, Wu and Dalal 2005, all weights 1)."""
    (l1, a1, b1), (l2, a2, b2) = lab(first, vision=vision), lab(second, vision=vision)
    mean7 = ((math.hypot(a1, b1) + math.hypot(a2, b2)) / 2) ** 7
    lift = 1 + 0.5 * (1 - math.sqrt(mean7 / (mean7 + 25**7)))
    c1, c2 = math.hypot(a1 * lift, b1), math.hypot(a2 * lift, b2)
    h1, h2 = (math.degrees(math.atan2(b, a * lift)) % 360 for a, b in ((a1, b1), (a2, b2)))
    turn = 0.0 if c1 * c2 == 0 else (h2 - h1 + 180) % 360 - 180
    dl, dc, dh = l2 - l1, c2 - c1, 2 * math.sqrt(c1 * c2) * math.sin(math.radians(turn / 2))
    lm, cm = (l1 + l2) / 2, (c1 + c2) / 2
    hm = h1 + h2 if c1 * c2 == 0 else (h1 + h2) / 2 + (0 if abs(h1 - h2) <= 180 else 180 if h1 + h2 < 360 else -180)
    weigh = (
        1 - 0.17 * math.cos(math.radians(hm - 30)) + 0.24 * math.cos(math.radians(2 * hm))
        + 0.32 * math.cos(math.radians(3 * hm + 6)) - 0.20 * math.cos(math.radians(4 * hm - 63))
    )  # fmt: skip
    sl = 1 + 0.015 * (lm - 50) ** 2 / math.sqrt(20 + (lm - 50) ** 2)
    sc, sh = 1 + 0.045 * cm, 1 + 0.015 * cm * weigh
    bend = 2 * math.sqrt(cm**7 / (cm**7 + 25**7)) * math.sin(math.radians(60 * math.exp(-(((hm - 275) / 25) ** 2))))
    return math.sqrt((dl / sl) ** 2 + (dc / sc) ** 2 + (dh / sh) ** 2 - bend * (dc / sc) * (dh / sh))
