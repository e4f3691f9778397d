"""What a visitor made on the map: rows chosen, shapes drawn or brought, plots pinned for planning. One frozen value,
so that any step can be taken back.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from app.history import History

Row = tuple[str, str]  # layer as the map names it, identifier


@dataclass(frozen=True)
class Shape:
    """A drawn shape: its GeoJSON geometry in degrees as text (hashable), and its name."""

    id: str
    name: str
    geometry: str

    @property
    def geojson(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.geometry)
        return found


@dataclass(frozen=True)
class Work:
    """``chosen``: rows selected, in order; ``shapes``: the draft; ``layers``: saved or uploaded layers (address on the
    shelf, name); ``lock_in``, ``lock_out``: identifiers of plots that a plan must, or must not, take in."""

    chosen: tuple[Row, ...] = ()
    shapes: tuple[Shape, ...] = ()
    layers: tuple[tuple[str, str], ...] = ()
    lock_in: tuple[str, ...] = ()
    lock_out: tuple[str, ...] = ()
    serial: int = field(default=0, compare=False)

    def toggle(self, row: Row) -> Work:
        """The row in, or out when it was in."""
        if row in self.chosen:
            return replace(self, chosen=tuple(r for r in self.chosen if r != row))
        return replace(self, chosen=(*self.chosen, row))

    def choose(self, rows: Iterable[Row], *, more: bool = False) -> Work:
        """These rows; ``more``: besides those chosen before."""
        return replace(self, chosen=tuple(dict.fromkeys((*(self.chosen if more else ()), *rows))))

    def pin(self, ids: Iterable[str], *, inside: bool) -> Work:
        """Plots that the plan must take in (or must not); a plot is never both."""
        ids = tuple(dict.fromkeys(ids))
        mine, other = (self.lock_in, self.lock_out) if inside else (self.lock_out, self.lock_in)
        mine, other = tuple(dict.fromkeys((*mine, *ids))), tuple(i for i in other if i not in set(ids))
        return replace(self, lock_in=mine if inside else other, lock_out=other if inside else mine)

    def draw(self, geometry: Mapping[str, Any], name: str) -> Work:
        """One shape more."""
        text = json.dumps(geometry, sort_keys=True)
        number = self.serial + 1
        shape = Shape(f"S{number}", name.format(n=number), text)
        return replace(self, shapes=(*self.shapes, shape), serial=number)

    def redraw(self, shape_id: str, geometry: Mapping[str, Any]) -> Work:
        """A shape's new outline."""
        text = json.dumps(geometry, sort_keys=True)
        return replace(self, shapes=tuple(replace(s, geometry=text) if s.id == shape_id else s for s in self.shapes))


def fresh() -> History[Work]:
    return History(Work())


def digest(*parts: object) -> str:
    """Twelve hex digits of a value's text: the name of a layer made from it."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:12]
