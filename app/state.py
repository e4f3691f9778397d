"""What a visitor's session remembers: the only keys of ``st.session_state`` that are not widgets' own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Literal

import streamlit as st

Lang = Literal["zh", "en"]
Bounds = tuple[tuple[float, float], tuple[float, float]]  # ((south, west), (north, east))
_KEY = "tianchou"


def _fresh_work() -> Any:
    from app.work import fresh

    return fresh()


@dataclass
class Session:
    """One visitor. ``shown`` and ``opacity`` by layer of the map; ``selected`` is (layer, id) of the row looked at."""

    lang: Lang = "zh"
    cvd: bool = False
    shown: dict[str, bool] = field(default_factory=dict)
    opacity: dict[str, float] = field(default_factory=dict)
    selected: tuple[str, str] | None = None
    fly_to_selected: bool = False
    cleared: int = 0
    clicks: dict[str, tuple[float, float] | None] = field(default_factory=dict)
    town: str = ""
    flights: int = 0
    fly: Bounds | None = None
    values: dict[str, dict[str, Any]] = field(default_factory=dict)
    job: Any = None
    plan: Any = None
    files: Any = None
    then: Any = None
    desk: Any = None
    desk_view: str = "plan"
    plan_years: int = 1
    pins: int = 0
    notice: tuple[str, str] | None = None
    compare: str = "overlay"
    pool_form: str = ""
    pool_seen: int = 0
    pool_receipt: Any = None
    data: Any = None
    rule: str = ""
    verdict: tuple[str, str] = ("", "")
    project: Any = None
    change: Any = None
    consolidation: Any = None
    consolidation_area: Any = None
    order: tuple[str, ...] = ()
    backdrop: str = "none"
    backdrop_url: str = ""
    village: Any = None
    mixed: Any = None
    tianditu_key: str = ""
    linked_zone: str = ""
    linked_row: tuple[str, str] | None = None
    work: Any = field(default_factory=_fresh_work)
    uploads_seen: tuple[str, ...] = ()
    curtain: tuple[str, str] | None = None
    sheet: Any = None

    def fly_to(self, bounds: Bounds) -> None:
        """Ask the map to move once."""
        self.flights += 1
        self.fly = bounds

    def select(self, layer: str, row_id: str, *, fly: bool = False) -> None:
        self.selected = (layer, row_id)
        self.fly_to_selected = fly

    def clear(self) -> None:
        """Nothing is selected any more, and the map takes its outline away."""
        self.selected = None
        self.cleared += 1

    def choose(self, found: Sequence[Any]) -> None:
        """Take the first of the rows found under a click; none clears the selection."""
        self.selected = None  # the map has answered the click already
        if found:
            self.select(found[0].layer, found[0].row_id)


_guest: ContextVar[Session | None] = ContextVar("guest", default=None)


@contextmanager
def speaking_to(lang: str, *, cvd: bool = False) -> Iterator[None]:
    """Inside: words, figures and colours are for someone who reads ``lang``, on a route that has no page behind it."""
    before = _guest.set(Session(lang="en" if lang == "en" else "zh", cvd=cvd))
    try:
        yield
    finally:
        _guest.reset(before)


def session() -> Session:
    """This visitor's session; a ``?lang=en`` in the address is obeyed on the first call."""
    guest = _guest.get()
    if guest is not None:
        return guest
    if _KEY not in st.session_state:
        wanted = st.query_params.get("lang", "zh")
        st.session_state[_KEY] = Session(lang="en" if wanted == "en" else "zh")
        from app.map_link import read

        read(st.session_state[_KEY], st.query_params.to_dict())
    found: Session = st.session_state[_KEY]
    return found
