"""The terms of a village scheme in both languages: ways to move, wishes, states of a hamlet, values as read."""

from __future__ import annotations

from geo.standards.units import to_mu

MODES = (
    ("within", "村内平移", "Within the village"),
    ("across", "跨村归并", "Across villages"),
    ("town", "城镇安置", "Into town"),
)
WISHES = (
    ("joined", "连片耕地多（并入百亩方）", "More farmland in fields of a hundred mu"),
    ("freed", "净腾退建设用地多", "More construction land set free"),
    ("cost", "费用低", "Low cost"),
    ("distance", "搬迁近（户×距离）", "Near (households × distance)"),
)
# Why a hamlet is where it is.
STATES = (
    ("moves", "搬迁", "Moves"),
    ("host", "接收", "Receives"),
    ("stays", "保留", "Stays"),
    ("pinned", "钉住不动", "Pinned"),
    ("large", "规模以上，保留", "Large enough, stays"),
    ("no_room", "无处可去，保留", "No place with room, stays"),
    ("outside", "不在所选范围", "Not in the area chosen"),
)


def told_wish(wish: str, value: float, zh: bool) -> str:
    """A wish's value as a person reads it: fields and land in 亩, cost in 万元, distance in household·kilometres."""
    if wish in ("joined", "freed"):
        return f"{to_mu(abs(value)) + 0.0:,.2f} {'亩' if zh else 'mu'}"
    if wish == "cost":
        return f"{value / 10_000:,.2f} {'万元' if zh else '10k yuan'}"
    return f"{value / 1000:,.2f} {'户·公里' if zh else 'household·km'}"
