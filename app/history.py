"""Undo and redo of any depth: a value, what it was before, and what was taken back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class _Step(Generic[T]):
    value: T
    words: tuple[str, str]
    before: _Step[T] | None


@dataclass(frozen=True)
class History(Generic[T]):
    """Immutable; each change keeps the ones before it as a chain, so that depth costs nothing."""

    now: T
    past: _Step[T] | None = None
    future: _Step[T] | None = None

    def do(self, new: T, words: tuple[str, str] = ("", "")) -> History[T]:
        """A change; what was taken back is forgotten. ``words``: what was done, Chinese and English."""
        return self if new == self.now else History(new, _Step(self.now, words, self.past), None)

    def undo(self) -> History[T]:
        """One step back; itself at the beginning."""
        if self.past is None:
            return self
        return History(self.past.value, self.past.before, _Step(self.now, self.past.words, self.future))

    def redo(self) -> History[T]:
        """One step forward again; itself at the end."""
        if self.future is None:
            return self
        return History(self.future.value, _Step(self.now, self.future.words, self.past), self.future.before)

    @property
    def undoes(self) -> tuple[str, str] | None:
        """What ``undo`` would take back; None at the beginning."""
        return self.past.words if self.past else None

    @property
    def redoes(self) -> tuple[str, str] | None:
        """What ``redo`` would do again; None at the end."""
        return self.future.words if self.future else None
