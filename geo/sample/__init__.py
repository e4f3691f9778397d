"""AN INVENTED ZONE from a seed: the water towns where three counties meet, or the whole demonstration zone.

``make_zone`` builds it in memory, ``write_zone`` puts it on disk in the official schema, with a key of everything that
was planted. Nothing in it is a real parcel: 示例数据，非真实地块.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from geo.sample.make import SampleZone

DEFAULT_SEED = 20200701

__all__ = ["DEFAULT_SEED", "make_zone", "write_zone"]


def make_zone(*, extent: str, seed: int, progress: Callable[[str], None] | None = None) -> SampleZone:
    """Invent a zone: 'corner' or 'zone'; see ``geo.sample.make.make_zone``."""
    from geo.sample.make import make_zone as make

    return make(extent=extent, seed=seed, progress=progress)


def write_zone(sample: SampleZone, folder: Path | str) -> tuple[Path, ...]:
    """Write a sample into a folder; see ``geo.sample.write.write_zone``."""
    from geo.sample.write import write_zone as write

    return write(sample, folder)
