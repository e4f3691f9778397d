"""A zone on disk read once a process: frames are shared by all tests that ask for it, none may change them."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from geo.io.zone_folder import read_zone
from geo.zone import Zone


def read_once(folder: Path) -> Zone:
    """The zone in a folder, kept for whoever asks next."""
    return _kept(folder.resolve())


@cache
def _kept(folder: Path) -> Zone:
    return read_zone(folder)
