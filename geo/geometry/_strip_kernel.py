"""The compiled loops behind ``ellipsoid``: the official strips, and Green's integral. Formulas are told there."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit


@njit(cache=True)
def _inverse(x: float, y: float, beta: Any, delta: Any, radius: float) -> tuple[float, float]:
    """Latitude and longitude difference (radians) from northing x and easting y counted from the meridian (m)."""
    xi, eta = x / radius, y / radius
    # Clenshaw on the complex series Σ β_k sin 2k(ξ + iη).
    s, c = math.sin(2 * xi), math.cos(2 * xi)
    sh, ch = math.sinh(2 * eta), math.cosh(2 * eta)
    ar, ai = 2 * c * ch, -2 * s * sh
    y0r = y0i = y1r = y1i = 0.0
    for k in range(5, -1, -1):
        tr = ar * y0r - ai * y0i - y1r + beta[k]
        ti = ar * y0i + ai * y0r - y1i
        y1r, y1i, y0r, y0i = y0r, y0i, tr, ti
    zr, zi = s * ch, c * sh
    xi_p = xi - (zr * y0r - zi * y0i)
    eta_p = eta - (zr * y0i + zi * y0r)
    sin_xi, cos_xi = math.sin(xi_p), math.cos(xi_p)
    sinh_eta, cosh_eta = math.sinh(eta_p), math.cosh(eta_p)
    lon = math.atan2(sinh_eta, cos_xi)
    chi = math.asin(sin_xi / cosh_eta)
    s2, c2 = math.sin(2 * chi), math.cos(2 * chi)
    a0 = a1 = 0.0
    for k in range(5, -1, -1):
        a0, a1 = 2 * c2 * a0 - a1 + delta[k], a0
    return chi + s2 * a0, lon


@njit(cache=True)
def strip_areas(
    xy: Any, starts: Any, false_easting: float, max_edge: float, beta: Any, delta: Any,
    radius: float, b2: float, poly: Any,
) -> Any:  # fmt: skip
    """Signed area of each ring (m²). ``false_easting`` NaN means that xy are degrees (lon, lat)."""
    n = len(starts) - 1
    out = np.zeros(n)
    degrees = math.isnan(false_easting)
    for ring in range(n):
        first, last = starts[ring], starts[ring + 1]
        if last - first < 4:
            continue
        if degrees:
            l0 = math.radians(xy[first, 0])
            b_prev = math.radians(xy[first, 1])
        else:
            b_prev, l0 = _inverse(xy[first, 1], xy[first, 0] - false_easting, beta, delta, radius)
        l_prev = l0
        s_prev = math.sin(b_prev)
        total = 0.0
        for i in range(first + 1, last):
            x0, y0, x1, y1 = xy[i - 1, 0], xy[i - 1, 1], xy[i, 0], xy[i, 1]
            pieces = 1
            if not degrees and max_edge > 0:
                edge = math.sqrt((x1 - x0) * (x1 - x0) + (y1 - y0) * (y1 - y0))
                if edge > max_edge:
                    pieces = math.ceil(edge / max_edge)
            for k in range(1, pieces + 1):
                t = k / pieces
                px = x1 if k == pieces else x0 + (x1 - x0) * t
                py = y1 if k == pieces else y0 + (y1 - y0) * t
                if degrees:
                    lon, lat = math.radians(px), math.radians(py)
                else:
                    lat, lon = _inverse(py, px - false_easting, beta, delta, radius)
                s1, s2 = s_prev, math.sin(lat)
                # (s2 − s1)·P with P = Σ c_k Σ_{j=0..2k} s1^j s2^(2k−j)
                q1, q2 = s1 * s1, s2 * s2
                m = s1 * s2
                h1 = q1 + m + q2
                h2 = q1 * q1 + q2 * q2 + m * h1
                h3 = q1 * q1 * q1 + q2 * q2 * q2 + m * h2
                h4 = q1 * q1 * q1 * q1 + q2 * q2 * q2 * q2 + m * h3
                bracket = (s2 - s1) * (poly[0] + poly[1] * h1 + poly[2] * h2 + poly[3] * h3 + poly[4] * h4)
                total += ((l_prev + lon) / 2 - l0) * bracket
                l_prev, b_prev, s_prev = lon, lat, s2
        out[ring] = total * b2
    return out


@njit(cache=True)
def green_areas(
    xy: Any, starts: Any, false_easting: float, middle: float, half: float, reach: float, table: Any
) -> Any:
    """Signed ∮ G dx of each ring (m²), G(x, y) = y Σ table[i, j] u^i v^j; edges over 5 km are split."""
    n = len(starts) - 1
    out = np.zeros(n)
    rows, cols = table.shape
    gauss = 0.5 / math.sqrt(3.0)
    for ring in range(n):
        first, last = starts[ring], starts[ring + 1]
        total = 0.0
        y_mid = xy[first, 0] - false_easting if last > first else 0.0
        for i in range(first + 1, last):
            x0, y0 = xy[i - 1, 1], xy[i - 1, 0] - false_easting
            x1, y1 = xy[i, 1], xy[i, 0] - false_easting
            reach_x, reach_y = abs(x1 - x0), abs(y1 - y0)
            pieces = 1
            if reach_x > 5000.0 or reach_y > 5000.0:
                pieces = int(max(reach_x, reach_y) / 5000.0) + 1
            step_x, step_y = (x1 - x0) / pieces, (y1 - y0) / pieces
            for k in range(pieces):
                mean = 0.0
                for side in (-1.0, 1.0):
                    t = k + 0.5 + side * gauss
                    y = y0 + step_y * t
                    u = (x0 + step_x * t - middle) / half
                    v = (y / reach) * (y / reach)
                    g = 0.0
                    for a in range(rows - 1, -1, -1):
                        h = 0.0
                        for b in range(cols - 1, -1, -1):
                            h = h * v + table[a, b]
                        g = g * u + h
                    # y_mid only keeps the numbers small; it sums to nothing around a ring.
                    mean += 0.5 * (y * g - y_mid)
                total += mean * step_x
        out[ring] = total
    return out


@njit(cache=True)
def local_areas(
    xy: Any, starts: Any, false_easting: float, middle: float, half: float, reach: float, table: Any, widest: float
) -> Any:
    """Signed area of each ring no wider than ``widest`` (m²), NaN for wider ones.

    Σ density[i, j] u^i v^j is taken at the middle of the ring with its first derivatives and the second one eastwards,
    and integrated over the ring by its area and moments.
    """
    n = len(starts) - 1
    out = np.full(n, np.nan)
    rows, cols = table.shape
    for ring in range(n):
        first, last = starts[ring], starts[ring + 1]
        if last - first < 4:
            out[ring] = 0.0
            continue
        e_first, n_first = xy[first, 0], xy[first, 1]
        west = east = south = north = 0.0
        area = by_e = by_n = by_ee = 0.0
        e0 = n0 = 0.0
        for i in range(first + 1, last):
            e1, n1 = xy[i, 0] - e_first, xy[i, 1] - n_first
            west, east = min(west, e1), max(east, e1)
            south, north = min(south, n1), max(north, n1)
            c = e0 * n1 - e1 * n0
            area += c
            by_e += c * (e0 + e1)
            by_n += c * (n0 + n1)
            by_ee += c * (e0 * e0 + e0 * e1 + e1 * e1)
            e0, n0 = e1, n1
        if max(east - west, north - south) > widest:
            continue
        # Moments about the middle of the frame.
        me, mn = (west + east) / 2, (south + north) / 2
        area /= 2
        by_ee = by_ee / 12 - 2 * me * (by_e / 6) + me * me * area
        by_e = by_e / 6 - me * area
        by_n = by_n / 6 - mn * area
        y = e_first + me - false_easting
        u = (n_first + mn - middle) / half
        v = (y / reach) * (y / reach)
        d = du = dv = dvv = 0.0
        for a in range(rows - 1, -1, -1):
            h = hv = hvv = 0.0
            for b in range(cols - 1, -1, -1):
                hvv = hvv * v + 2 * hv
                hv = hv * v + h
                h = h * v + table[a, b]
            du = du * u + d
            d = d * u + h
            dv = dv * u + hv
            dvv = dvv * u + hvv
        vy = 2 * y / (reach * reach)
        curve = dvv * vy * vy + dv * 2 / (reach * reach)
        out[ring] = d * area + du / half * by_n + dv * vy * by_e + curve / 2 * by_ee
    return out
