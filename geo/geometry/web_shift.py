"""The two shifted readings of Chinese web maps: GCJ-02 (国测局) and BD-09 (百度), to and from WGS 84 / CGCS2000.

Public formulas (Krasovsky ellipsoid, a = 6378245 m, e² = 0.00669342162296594323). The way back is iterated to 1e-10°.
Nothing in the house shifts data unasked; ``geo.io.place`` only compares.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_A, _E2 = 6378245.0, 0.00669342162296594323
_BD = np.pi * 3000.0 / 180.0


def to_gcj02(xy: Floats) -> Floats:
    """GCJ-02 longitude and latitude (degrees, n × 2) of true ones."""
    lon, lat = xy[:, 0], xy[:, 1]
    x, y = lon - 105.0, lat - 35.0
    root = np.sqrt(np.abs(x))
    wave = (20 * np.sin(6 * np.pi * x) + 20 * np.sin(2 * np.pi * x)) * 2 / 3
    d_lat = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + wave
    d_lat += (20 * np.sin(np.pi * y) + 40 * np.sin(np.pi / 3 * y)) * 2 / 3
    d_lat += (160 * np.sin(np.pi / 12 * y) + 320 * np.sin(np.pi / 30 * y)) * 2 / 3
    d_lon = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + wave
    d_lon += (20 * np.sin(np.pi * x) + 40 * np.sin(np.pi / 3 * x)) * 2 / 3
    d_lon += (150 * np.sin(np.pi / 12 * x) + 300 * np.sin(np.pi / 30 * x)) * 2 / 3
    turn = np.radians(lat)
    w2 = 1 - _E2 * np.sin(turn) ** 2
    w = np.sqrt(w2)
    return np.column_stack([
        lon + np.degrees(d_lon / (_A / w * np.cos(turn))),
        lat + np.degrees(d_lat / (_A * (1 - _E2) / (w2 * w))),
    ])  # fmt: skip


def from_gcj02(xy: Floats) -> Floats:
    """True longitude and latitude of GCJ-02 ones."""
    return _back(xy, to_gcj02)


def to_bd09(xy: Floats) -> Floats:
    """BD-09 longitude and latitude of true ones."""
    lon, lat = to_gcj02(xy).T
    reach = np.hypot(lon, lat) + 2e-5 * np.sin(lat * _BD)
    turn = np.arctan2(lat, lon) + 3e-6 * np.cos(lon * _BD)
    return np.column_stack([reach * np.cos(turn) + 0.0065, reach * np.sin(turn) + 0.006])


def from_bd09(xy: Floats) -> Floats:
    """True longitude and latitude of BD-09 ones."""
    return _back(xy, to_bd09)


def _back(xy: Floats, forth: object) -> Floats:
    assert callable(forth)
    guess = xy.astype(np.float64).copy()
    for _ in range(12):
        step = forth(guess) - xy
        guess -= step
        if len(step) == 0 or np.abs(step).max() < 1e-11:
            break
    return guess
