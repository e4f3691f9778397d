"""THE ONLY AREA IN THE HOUSE: the official ellipsoidal area on CGCS2000.

The official text defines it. For every edge (B1, L1)–(B2, L2) of a ring the strip between it and a reference
meridian L0 is

    S = 2 b² ΔL [A sin(ΔB/2) cos(Bm) − B sin(3ΔB/2) cos(3Bm) + C sin(5ΔB/2) cos(5Bm)
                 − D sin(7ΔB/2) cos(7Bm) + E sin(9ΔB/2) cos(9Bm)]

    ΔL = (L1 + L2)/2 − L0,  ΔB = B2 − B1,  Bm = (B1 + B2)/2   (radians)

and a polygon is |Σ outer| − Σ |Σ inner|, long edges split until the sum no longer changes.
Source: 国土调查办发〔2008〕32号 (2008-03-27), same in TD/T 1055.

Two ways to the same number:

* ``strip_area_m2`` is the text, term by term, after splitting edges and inverting the projection. Since
  2 sin(kΔB/2) cos(kBm) = sin(kB2) − sin(kB1) and sin 3B … sin 9B are polynomials of s = sin B, the bracket is
  evaluated as (s2 − s1)·P(s1, s2). Degrees always go this way.
* ``area_m2`` takes projected layers to the limit of that splitting at once: with m the scale of the Gauss–Krüger
  projection, the area is ∬ m⁻² dx dy, and by Green's theorem ∮ G dx with ∂G/∂y = m⁻². G is a polynomial fitted to
  Krüger's series (n⁶, Karney 2011, J. Geodesy 85:475) to 1e-14, integrated along each straight map edge by two
  Gauss points; over a ring the size of a parcel m⁻² is its value and slopes in the middle (below 1e-12).
  ``docs/decisions/0001-area.md`` says why; tests hold strips split to 1 m within 1e-9 of it.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.geometry.crs import FALSE_EASTING_M, GEOGRAPHIC_EPSG, HOUSE_EPSG

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

SEMI_MAJOR_M = 6378137.0
INVERSE_FLATTENING = 298.257222101
MAX_EDGE_M = 70.0
SPHERE_M = 6_371_000.0  # mean radius, for the scale of the map at a distance from the meridian

Floats = NDArray[np.float64]


@cache
def area_constants() -> tuple[float, float, float, float, float, float]:
    """b² (m²) and the coefficients A, B, C, D, E of the official text for CGCS2000."""
    b = SEMI_MAJOR_M * (1 - 1 / INVERSE_FLATTENING)
    e2 = 1 - (b / SEMI_MAJOR_M) ** 2
    e4, e6, e8 = e2**2, e2**3, e2**4
    return (
        b * b,
        1 + 3 / 6 * e2 + 30 / 80 * e4 + 35 / 112 * e6 + 630 / 2304 * e8,
        1 / 6 * e2 + 15 / 80 * e4 + 21 / 112 * e6 + 420 / 2304 * e8,
        3 / 80 * e4 + 7 / 112 * e6 + 180 / 2304 * e8,
        1 / 112 * e6 + 45 / 2304 * e8,
        5 / 2304 * e8,
    )


@cache
def _sine_polynomial() -> Floats:
    """c0…c4 with A sin B − B sin 3B + C sin 5B − D sin 7B + E sin 9B = Σ c_k s^(2k+1), s = sin B."""
    _, a, b, c, d, e = area_constants()
    return np.array(
        [
            a - 3 * b + 5 * c - 7 * d + 9 * e,
            4 * b - 20 * c + 56 * d - 120 * e,
            16 * c - 112 * d + 432 * e,
            64 * d - 576 * e,
            256 * e,
        ]
    )


@cache
def _krueger() -> tuple[Floats, Floats, float]:
    """Krüger's inverse series: β (ξ', η' from ξ, η), δ (latitude from conformal latitude), rectifying radius."""
    n = 1 / (2 * INVERSE_FLATTENING - 1)
    n2, n3, n4, n5, n6 = n**2, n**3, n**4, n**5, n**6
    beta = [
        n / 2 - 2 * n2 / 3 + 37 * n3 / 96 - n4 / 360 - 81 * n5 / 512 + 96199 * n6 / 604800,
        n2 / 48 + n3 / 15 - 437 * n4 / 1440 + 46 * n5 / 105 - 1118711 * n6 / 3870720,
        17 * n3 / 480 - 37 * n4 / 840 - 209 * n5 / 4480 + 5569 * n6 / 90720,
        4397 * n4 / 161280 - 11 * n5 / 504 - 830251 * n6 / 7257600,
        4583 * n5 / 161280 - 108847 * n6 / 3991680,
        20648693 * n6 / 638668800,
    ]
    delta = [
        2 * n - 2 * n2 / 3 - 2 * n3 + 116 * n4 / 45 + 26 * n5 / 45 - 2854 * n6 / 675,
        7 * n2 / 3 - 8 * n3 / 5 - 227 * n4 / 45 + 2704 * n5 / 315 + 2323 * n6 / 945,
        56 * n3 / 15 - 136 * n4 / 35 - 1262 * n5 / 105 + 73814 * n6 / 2835,
        4279 * n4 / 630 - 332 * n5 / 35 - 399572 * n6 / 14175,
        4174 * n5 / 315 - 144838 * n6 / 6237,
        601676 * n6 / 22275,
    ]
    radius = SEMI_MAJOR_M / (1 + n) * (1 + n2 / 4 + n4 / 64 + n6 / 256)
    return np.array(beta), np.array(delta), radius


# Where the fitted density holds: northings, and distance from the central meridian (m).
_NORTHINGS = (3_250_000.0, 3_650_000.0)
_REACH_M = 220_000.0
_DEGREE_X, _DEGREE_V = 7, 5
# A ring no wider than this needs the density at its middle and few derivatives: the rest is below 1e-12.
_LOCAL_M = 1500.0


def scale_density(northing: Floats, offset: Floats) -> Floats:
    """m⁻² of the Gauss–Krüger projection at northing and distance from the central meridian (m), exact to 1e-14.

    1/m = ν cos B · |dw/dz| with w = isometric latitude + i·longitude, z = northing + i·offset.
    """
    beta, delta, radius = _krueger()
    zeta = (np.asarray(northing) + 1j * np.asarray(offset)) / radius
    k = np.arange(1, 7)
    prime = zeta - sum(beta[j - 1] * np.sin(2 * j * zeta) for j in k)
    slope = 1 - sum(2 * j * beta[j - 1] * np.cos(2 * j * zeta) for j in k)
    chi = np.arcsin(np.sin(prime.real) / np.cosh(prime.imag))
    lat = chi + sum(delta[j - 1] * np.sin(2 * j * chi) for j in k)
    e2 = (2 - 1 / INVERSE_FLATTENING) / INVERSE_FLATTENING
    normal = SEMI_MAJOR_M / np.sqrt(1 - e2 * np.sin(lat) ** 2)
    inverse_scale = normal * np.cos(lat) * np.abs(slope / np.cos(prime)) / radius
    return np.asarray(inverse_scale**2, dtype=np.float64)


@cache
def _green_polynomial() -> Floats:
    """Coefficients g[i, j] with G(x, y) = y Σ g[i, j] u^i v^j, u = scaled northing, v = (y/reach)²."""
    from numpy.polynomial import chebyshev, polynomial

    nodes_u = np.cos(np.pi * (np.arange(24) + 0.5) / 24)
    nodes_v = (np.cos(np.pi * (np.arange(16) + 0.5) / 16) + 1) / 2
    u, v = np.meshgrid(nodes_u, nodes_v, indexing="ij")
    middle, half = (_NORTHINGS[0] + _NORTHINGS[1]) / 2, (_NORTHINGS[1] - _NORTHINGS[0]) / 2
    density = scale_density(middle + half * u.ravel(), _REACH_M * np.sqrt(v.ravel()))
    basis = chebyshev.chebvander2d(u.ravel(), 2 * v.ravel() - 1, (_DEGREE_X, _DEGREE_V))
    fit, *_ = np.linalg.lstsq(basis, density, rcond=None)
    table = fit.reshape(_DEGREE_X + 1, _DEGREE_V + 1)
    # Chebyshev in u and 2v − 1 to powers of u and v, then ∫ dy: v^j = (y/reach)^(2j) -> y v^j / (2j + 1).
    in_u = np.zeros_like(table)
    for j in range(_DEGREE_V + 1):
        row = chebyshev.cheb2poly(table[:, j])
        in_u[: len(row), j] = row
    out = np.zeros_like(table)
    for i in range(_DEGREE_X + 1):
        shifted = np.zeros(1)
        for c in chebyshev.cheb2poly(in_u[i])[::-1]:
            shifted = polynomial.polyadd(polynomial.polymul(shifted, [-1.0, 2.0]), [c])
        out[i, : len(shifted)] = shifted[: _DEGREE_V + 1]
    return out / (2 * np.arange(_DEGREE_V + 1) + 1)


def area_m2(geometries: Any, *, epsg: int = HOUSE_EPSG) -> Floats:
    """Official ellipsoidal area of each polygon or multipolygon, in m², not rounded.

    geometries: array of shapely geometries (any other kind, empty or None gives 0.0).
    epsg: 4528 or 4549 (metres, zone 40; edges straight on the map) or 4490 (degrees; edges straight in B, L).
    Raises ValueError for another EPSG code or a coordinate that is not finite.
    """
    rings = _Rings(geometries)
    return np.zeros(rings.size) if rings.none else rings.total(ring_areas_m2(rings.xy, rings.starts, epsg=epsg))


def ring_areas_m2(xy: Floats, starts: NDArray[np.int64], *, epsg: int = HOUSE_EPSG) -> Floats:
    """Signed official area of closed rings (points ``xy`` from ``starts[r]`` to ``starts[r + 1]``), m².

    Raises ValueError for an EPSG code that ``area_m2`` does not take.
    """
    false_easting = _false_easting(epsg)
    if not len(xy):
        return np.zeros(len(starts) - 1)
    north, offset = xy[:, 1], xy[:, 0] - (0.0 if false_easting is None else false_easting)
    if (
        false_easting is None
        or north.min() < _NORTHINGS[0]
        or north.max() > _NORTHINGS[1]
        or np.abs(offset).max() > _REACH_M
    ):
        return _strips(xy, starts, false_easting, 5.0)
    from geo.geometry._strip_kernel import green_areas, local_areas

    middle, half = (_NORTHINGS[0] + _NORTHINGS[1]) / 2, (_NORTHINGS[1] - _NORTHINGS[0]) / 2
    table = _green_polynomial()
    place = (false_easting, middle, half, _REACH_M)
    signed = local_areas(xy, starts, *place, table * (2 * np.arange(_DEGREE_V + 1) + 1), _LOCAL_M)
    wide = np.flatnonzero(np.isnan(signed))
    if len(wide):
        sizes = np.diff(starts)[wide]
        cuts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
        at = np.arange(cuts[-1]) + np.repeat(np.asarray(starts)[wide] - cuts[:-1], sizes)
        signed[wide] = green_areas(xy[at], cuts, *place, table)
    return np.asarray(signed)


def strip_area_m2(geometries: Any, *, epsg: int = HOUSE_EPSG, max_edge_m: float = MAX_EDGE_M) -> Floats:
    """The official text term by term: edges split to ``max_edge_m`` in the plane (0: never), inverted, summed; m².

    Use ``area_m2`` for reported numbers; this is its reference. Same arguments, result and errors.
    """
    rings = _Rings(geometries)
    if rings.none:
        return np.zeros(rings.size)
    false_easting = _false_easting(epsg)
    return rings.total(_strips(rings.xy, rings.starts, false_easting, max_edge_m))


def _strips(xy: Floats, starts: NDArray[np.int64], false_easting: float | None, max_edge_m: float) -> Floats:
    from geo.geometry._strip_kernel import strip_areas

    beta, delta, radius = _krueger()
    return np.asarray(
        strip_areas(
            xy, starts, np.nan if false_easting is None else false_easting, max_edge_m, beta, delta, radius,
            area_constants()[0], _sine_polynomial(),
        )
    )  # fmt: skip


class _Rings:
    """The rings of many polygons as flat arrays, and the way back from ring areas to geometries."""

    def __init__(self, geometries: Any) -> None:
        geoms = np.asarray(geometries, dtype=object).ravel()
        self.size = len(geoms)
        kinds = shapely.get_type_id(geoms)
        # Most parcels are a single ring: their coordinates are taken as they stand, without making rings of them.
        plain = (kinds == 3) & (shapely.get_num_interior_rings(geoms) == 0)
        if self.size and plain.all():
            self.owner, self.outer = np.arange(self.size), np.ones(self.size, dtype=bool)
            self.starts = np.concatenate([[0], np.cumsum(shapely.get_num_coordinates(geoms))]).astype(np.int64)
            self._taken(shapely.get_coordinates(geoms))
            return
        single, other = np.flatnonzero(plain), np.flatnonzero(((kinds == 3) | (kinds == 6)) & ~plain)
        parts, part_of = shapely.get_parts(geoms[other], return_index=True)
        rings, ring_part = shapely.get_rings(parts, return_index=True)
        inner = np.zeros(len(rings), dtype=bool)
        inner[1:] = ring_part[1:] == ring_part[:-1]
        counts = [shapely.get_num_coordinates(geoms[single]), shapely.get_num_coordinates(rings)]
        self.owner = np.concatenate([single, other[part_of[ring_part]]])
        self.outer = np.concatenate([np.ones(len(single), dtype=bool), ~inner])
        self.starts = np.concatenate([[0], np.cumsum(np.concatenate(counts))]).astype(np.int64)
        self._taken(np.concatenate([shapely.get_coordinates(geoms[single]), shapely.get_coordinates(rings)]))

    def _taken(self, xy: Floats) -> None:
        self.xy, self.none = xy, len(xy) == 0
        # Of numbers that are not finite at least one is seen at an end of the order, or makes it "not a number".
        if not self.none and not np.isfinite([xy.min(), xy.max()]).all():
            raise ValueError("a coordinate is not a finite number")

    def total(self, signed: Floats) -> Floats:
        size = np.abs(signed)
        return np.bincount(self.owner, weights=np.where(self.outer, size, -size), minlength=self.size).astype(
            np.float64
        )


def _false_easting(epsg: int) -> float | None:
    """False easting of a supported system; None for degrees. Raises ValueError for any other."""
    table = {HOUSE_EPSG: FALSE_EASTING_M, 4549: 500_000.0, GEOGRAPHIC_EPSG: None}
    if epsg not in table:
        raise ValueError(f"areas are computed in EPSG:4528, 4549 or 4490, not in EPSG:{epsg}")
    return table[epsg]


def areas(frame: gpd.GeoDataFrame) -> pd.Series:
    """Official area of each row as a Series ``area_m2`` with the frame's index. Raises ValueError without a CRS."""
    import pandas as pd

    if frame.crs is None:
        raise ValueError("the layer has no CRS: its area cannot be known")
    values = area_m2(frame.geometry.to_numpy(), epsg=frame.crs.to_epsg() or 0)
    return pd.Series(values, index=frame.index, name="area_m2")


def length_m(geometries: Any, *, epsg: int = HOUSE_EPSG) -> Floats:
    """Length of each line (or boundary length of each polygon) on the ellipsoid, in m.

    Planar length divided by the scale of the projection at the geometry's middle, m = 1 + y²/2R² + y⁴/24R⁴
    with y the distance from the central meridian; differs from the geodesic by less than 1e-7 below 5 km.
    """
    if epsg not in (HOUSE_EPSG, 4549):
        raise ValueError(f"lengths are computed in EPSG:4528 or 4549, not in EPSG:{epsg}")
    geoms = np.asarray(geometries, dtype=object).ravel()
    planar = shapely.length(geoms)
    bounds = shapely.bounds(geoms)
    scale = line_scale((bounds[:, 0] + bounds[:, 2]) / 2, epsg=epsg)
    return np.where(planar > 0, planar / np.where(np.isfinite(scale), scale, 1.0), 0.0)


def line_scale(easting: Floats, *, epsg: int = HOUSE_EPSG) -> Floats:
    """Scale of the projection at an easting (m): map length = ground length · scale, 1 + y²/2R² + y⁴/24R⁴.

    Raises ValueError for a system that is not EPSG:4528 or 4549.
    """
    if epsg not in (HOUSE_EPSG, 4549):
        raise ValueError(f"lengths are computed in EPSG:4528 or 4549, not in EPSG:{epsg}")
    y = np.asarray(easting, dtype=np.float64) - (FALSE_EASTING_M if epsg == HOUSE_EPSG else 500_000.0)
    return np.asarray(1 + y**2 / (2 * SPHERE_M**2) + y**4 / (24 * SPHERE_M**4), dtype=np.float64)


def balance_to(total: float, parts: Floats, *, digits: int = 2) -> Floats:
    """Parts rounded so that they add up to the rounded total exactly (强制调平, largest remainder).

    Every part is rounded down to ``digits``; the missing steps go to the largest remainders, ties to the earlier
    row, so that a run is reproducible. Raises ValueError when the parts are further from the total than rounding
    explains (half a step a part plus half a step).
    """
    scale = 10.0**digits
    scaled = np.asarray(parts, dtype=float) * scale
    floors = np.floor(scaled + 1e-9)
    target = int(np.floor(total * scale + 0.5))
    missing = target - int(floors.sum())
    if not -1 <= missing <= len(floors) + 1:
        raise ValueError(f"parts sum to {scaled.sum() / scale}, total is {total}: not a matter of rounding")
    if len(floors):
        order = np.argsort(-(scaled - floors), kind="stable")
        step = 1 if missing > 0 else -1
        for k in range(abs(missing)):
            floors[order[k % len(order)]] += step
    return floors / scale
