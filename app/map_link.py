"""The link of a view: language, page, layers, opacity, order, palette, selected row, and the data it was made from.

The map writes it into the address as the visitor moves; whoever opens it sees the same. Position and zoom are the
browser's own (``at=zoom/lat/lon``); the rest is read once, when a session begins. Nothing in a link is trusted.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from app.state import Session, session

_NAME = re.compile(r"^[A-Za-z0-9_\-]{1,80}$")
_LIMIT = 60  # layers in a link


def wanted(version: str) -> dict[str, str]:
    """The keys of the present view's link; '' for a key that shall not stand there."""
    mind = session()
    return {
        "lang": mind.lang,
        "zone": version,
        "on": _switched(mind, on=True),
        "off": _switched(mind, on=False),
        "fade": ",".join(f"{k}:{v:g}" for k, v in sorted(mind.opacity.items()) if _NAME.match(k)),
        "order": ",".join(n for n in mind.order if _NAME.match(n)),
        "cvd": "1" if mind.cvd else "",
        "sel": "/".join(mind.selected) if mind.selected and not mind.selected[0].startswith("r-") else "",
    }  # fmt: skip


def _switched(mind: Session, *, on: bool) -> str:
    return ",".join(sorted(k for k, v in mind.shown.items() if v == on and _NAME.match(k) and not k.startswith("r-")))


def remembered() -> dict[str, Any]:
    """What the browser keeps for the next visit; ``static/map/recall.js`` puts it into the address then."""
    mind = session()
    return {
        "shown": mind.shown, "opacity": mind.opacity, "order": list(mind.order), "cvd": mind.cvd, "lang": mind.lang,
    }  # fmt: skip


def read(mind: Session, asked: Mapping[str, str]) -> None:
    """Take a link's wishes into a new session; what is not understood is left out."""
    for key, value in (("on", True), ("off", False)):
        for name in _names(asked.get(key, "")):
            mind.shown[name] = value
    for part in asked.get("fade", "").split(",")[:_LIMIT]:
        name, _, level = part.partition(":")
        try:
            share = float(level)
        except ValueError:
            continue
        if _NAME.match(name) and 0.0 <= share <= 1.0:
            mind.opacity[name] = share
    mind.order = tuple(_names(asked.get("order", "")))
    mind.cvd = asked.get("cvd") == "1"
    mind.linked_zone = asked.get("zone", "")[:40]
    layer, _, row = asked.get("sel", "").partition("/")
    if _NAME.match(layer) and 0 < len(row) <= 200:
        mind.select(layer, row)
        mind.linked_row = (layer, row)


def _names(text: str) -> list[str]:
    return [n for n in text.split(",")[:_LIMIT] if _NAME.match(n)]
