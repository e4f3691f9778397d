"""THE FLOWS between two sets of classes as one SVG (Sankey): bars left and right, ribbons as wide as their area."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from geo.report.palette import class_style
from geo.report.text import markup

Flow = tuple[str, str, float]

_WIDTH, _BAR, _GAP, _TOP = 660.0, 13.0, 9.0, 40.0
# Room for the words on either side: what the longest needs, between these.
_SIDES = 150.0, 262.0
INK, SOFT = "#22302B", "#5B676E"


@dataclass(frozen=True, slots=True)
class _Block:
    key: str
    y: float
    high: float
    value: float


def flow_chart(
    flows: Sequence[Flow], names: Mapping[str, str], signs: Mapping[str, str], *, heads: tuple[str, str], unit: str,
    per: float, height: float = 540.0, title: str = "",
) -> str:  # fmt: skip
    """SVG text. flows: class before, class after, m²; names by class; signs: land class whose colour stands for it.

    heads: words over the two sides; unit: of the figures, per: m² of one. Text from data is escaped.
    """
    flows = [f for f in flows if f[2] > 0]
    left, right = _side(flows, 0, height), _side(flows, 1, height)
    said = [f"{names.get(b.key, b.key)}  {b.value / per:,.2f} {unit}" for b in (*left, *right)]
    side = min(max([_SIDES[0], *(_wide(text) + 4 for text in said)]), _SIDES[1])
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH:g} {height + _TOP + 12:g}" role="img" '
        f"font-family=\"'Source Han Sans SC','Noto Sans CJK SC','Microsoft YaHei',sans-serif\">"
        f"<title>{markup(title)}</title>",
        _label(side, 22, heads[0], anchor="end", bold=True), _label(_WIDTH - side, 22, heads[1], bold=True),
    ]  # fmt: skip
    at = {(0, b.key): b.y for b in left} | {(1, b.key): b.y for b in right}
    scale = sum(b.high for b in left) / max(sum(b.value for b in left), 1e-9)
    x0, x1 = side + _BAR + 6, _WIDTH - side - _BAR - 6
    order = {b.key: k for k, b in enumerate(right)}
    for a, b, value in sorted(flows, key=lambda f: ([x.key for x in left].index(f[0]), order[f[1]])):
        high = value * scale
        y0, y1 = at[0, a], at[1, b]
        at[0, a], at[1, b] = y0 + high, y1 + high
        middle = (x0 + x1) / 2
        tip = f"{names.get(a, a)} → {names.get(b, b)}: {value / per:,.2f} {unit}"
        out.append(
            f'<path d="M{x0:.1f},{y0:.2f}C{middle:.1f},{y0:.2f} {middle:.1f},{y1:.2f} {x1:.1f},{y1:.2f}'
            f"L{x1:.1f},{y1 + high:.2f}C{middle:.1f},{y1 + high:.2f} {middle:.1f},{y0 + high:.2f} {x0:.1f},"
            f'{y0 + high:.2f}Z" fill="{_colour(a, signs)}" fill-opacity="0.62"><title>{markup(tip)}</title></path>'
        )
    far = _WIDTH - side
    for bars, x, text_x, anchor in ((left, side + 6, side, "end"), (right, far - _BAR - 6, far, "start")):
        for bar in bars:
            out.append(f'<rect x="{x:.1f}" y="{bar.y:.2f}" width="{_BAR:g}" height="{max(bar.high, 0.8):.2f}" '
                       f'fill="{_colour(bar.key, signs)}" stroke="{SOFT}" stroke-width="0.4"/>')  # fmt: skip
            words = f"{names.get(bar.key, bar.key)}  {bar.value / per:,.2f} {unit}"
            out.append(_label(text_x, bar.y + bar.high / 2 + 4, words, anchor=anchor))
    return "\n".join([*out, "</svg>"])


def _side(flows: Sequence[Flow], side: int, height: float) -> list[_Block]:
    """The bars of one side, largest first, no closer than a line of text."""
    sums: dict[str, float] = {}
    for flow in flows:
        key = flow[0] if side == 0 else flow[1]
        sums[key] = sums.get(key, 0.0) + flow[2]
    order = sorted(sums, key=lambda k: -sums[k])
    room = height - _GAP * max(0, max(len({f[0] for f in flows}), len({f[1] for f in flows})) * 2)
    scale = max(room, height * 0.3) / max(sum(sums.values()), 1e-9)
    bars, y = [], _TOP
    for key in order:
        high = sums[key] * scale
        bars.append(_Block(key, y, high, sums[key]))
        y += max(high, 6.0) + _GAP
    return bars


def _colour(key: str, signs: Mapping[str, str]) -> str:
    return class_style("parcels", signs.get(key, key)).colours()[0] or "#CCCCCC"


def _wide(text: str) -> float:
    """About how wide a label is (dots): a Chinese sign is as wide as the type is high."""
    return sum(12.5 if ord(c) > 0x2E80 else 6.9 for c in text)


def _label(x: float, y: float, words: str, *, anchor: str = "start", bold: bool = False) -> str:
    weight = ' font-weight="600"' if bold else ""
    size = 14 if bold else 12.5
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}" fill="{INK}"{weight}>'
        f"{markup(words)}</text>"
    )
