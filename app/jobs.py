"""Long work beside the page: one thread a job, with progress, a way to stop it, and one answer at the end."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from geo.errors import Cancelled

Report = Callable[[float, str, str, Mapping[str, float]], bool]


@dataclass
class Job:
    """A running or finished piece of work. ``error`` is shown to the visitor by the page, never raised here.

    ``looks``: seconds, objective and bound of a search, as it reported them; ``charted``: they are of one search and
    may be drawn.
    """

    work: Callable[[Report], Any]
    fraction: float = 0.0
    zh: str = ""
    en: str = ""
    figures: Mapping[str, float] = field(default_factory=dict)
    result: Any = None
    error: BaseException | None = None
    done: bool = False
    cancelled: bool = False
    started: float = field(default_factory=time.monotonic)
    looks: list[tuple[float, float, float]] = field(default_factory=list)
    charted: bool = False
    begun: bool = False
    _stop: threading.Event = field(default_factory=threading.Event)

    def start(self) -> Job:
        """Begin; a piece of work that runs or has run is left alone."""
        if not self.begun:
            self.begun, self.started = True, time.monotonic()
            threading.Thread(target=self._run, name="job", daemon=True).start()
        return self

    def cancel(self) -> None:
        """Ask the work to stop at its next report; a plan found so far is kept."""
        self._stop.set()

    @property
    def stopping(self) -> bool:
        return self._stop.is_set() and not self.done

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.started

    def report(self, fraction: float, zh: str, en: str, figures: Mapping[str, float]) -> bool:
        """Called by the work; False asks it to stop."""
        self.fraction, self.zh, self.en, self.figures = min(1.0, max(0.0, fraction)), zh, en, dict(figures)
        if "objective" in figures and "bound" in figures:
            self.looks.append((self.seconds, figures["objective"], figures["bound"]))
        return not self._stop.is_set()

    def _run(self) -> None:
        try:
            self.result = self.work(self.report)
        except Cancelled:
            self.cancelled = True
        except Exception as fault:  # shown to the visitor; a thread has nobody else to tell
            self.error = fault
        finally:
            self.done = True
