"""Values that every tile asks for again: the open zone, the index of a layer.

``st.cache_resource`` takes half a millisecond a question; a place of the map asks it twenty times, which was more than
all its tiles took to make.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class Kept(Generic[T]):
    """At most ``most`` values by key, the least used dropped; one is made at a time, once however many threads ask."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._found: OrderedDict[Hashable, T] = OrderedDict()
        self._lock = threading.Lock()
        self._making = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """The value of a key; whatever ``make`` raises is passed on, and nothing is kept."""
        with self._lock:
            if key in self._found:
                self._found.move_to_end(key)
                return self._found[key]
        with self._making:
            with self._lock:
                if key in self._found:
                    return self._found[key]
            value = make()
            with self._lock:
                self._found[key] = value
                while len(self._found) > self._most:
                    self._found.popitem(last=False)
            return value
