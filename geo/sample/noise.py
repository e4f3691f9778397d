"""SMOOTH CHANCE: random fields from a seed, which bend the land and let its character vary from place to place."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


_FEW = 4096  # points for which one array of all waves is quicker than an array a wave


class Noise:
    """A smooth random field of mean 0 and deviation about 1: a sum of plane waves of the given wavelengths (m)."""

    def __init__(self, rng: np.random.Generator, wavelengths: tuple[float, ...], *, waves: int = 7) -> None:
        count = len(wavelengths) * waves
        length = np.repeat(np.asarray(wavelengths, dtype=float), waves) * rng.uniform(0.8, 1.25, count)
        angle = rng.uniform(0, 2 * np.pi, length.size)
        self._kx = 2 * np.pi / length * np.cos(angle)
        self._ky = 2 * np.pi / length * np.sin(angle)
        self._phase = rng.uniform(0, 2 * np.pi, length.size)
        self._scale = float(np.sqrt(2.0 / length.size))

    def __call__(self, x: Floats, y: Floats) -> Floats:
        """Values at points (any shape)."""
        x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
        shape = np.broadcast(x, y).shape
        total = np.zeros(shape)
        if total.size <= _FEW:  # all waves at once, added up in the same order: the same values to the last bit
            across = (-1, *(1,) * len(shape))
            east, north, start = (k.reshape(across) for k in (self._kx, self._ky, self._phase))
            for wave in np.sin(east * x + north * y + start):
                total += wave
        else:
            for kx, ky, phase in zip(self._kx, self._ky, self._phase, strict=True):
                total += np.sin(kx * x + ky * y + phase)
        return total * self._scale


class Bend:
    """The warping that turns straight cuts into winding ones: flat coordinates to map coordinates, one to one.

    Three scales, each displacing by a few per cent of its wavelength, so that the map never folds.
    """

    def __init__(self, rng: np.random.Generator) -> None:
        self._parts = [
            (strength * length, Noise(rng, (length,)), Noise(rng, (length,)))
            for length, strength in ((7000.0, 0.035), (2300.0, 0.028), (850.0, 0.013))
        ]

    def __call__(self, points: Floats) -> Floats:
        """Points (n, 2) in flat coordinates moved to the map, on the 1 mm grid."""
        x, y = points[:, 0], points[:, 1]
        dx, dy = np.zeros(len(x)), np.zeros(len(y))
        for amplitude, east, north in self._parts:
            dx += amplitude * east(x, y)
            dy += amplitude * north(x, y)
        return np.column_stack([x + dx, y + dy]).round(3).astype(np.float64)
