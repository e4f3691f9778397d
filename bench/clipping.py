"""The clipping kernel against GEOS, pair by pair: what it decides must be what GEOS makes, doubtful cases included.

    python -m bench.clipping [--pairs N] [--seed S]

Families of pairs: stars laid anywhere, with and without holes; neighbours of one coverage; parcels and parts or unions
of them; corners on a coarse lattice, so that nearly every pair touches, coincides or runs along; slivers; outlines of
thousands of corners; rings that touch themselves. Each pair is intersected and subtracted, both ways round. Printed:
pairs, how many the kernel left to GEOS, pairs lost or found once too often, largest difference of area relative to the
parents and, for the pieces larger than a square metre, to the piece; invalid results. Any such pair is a failure.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator

import numpy as np
import shapely

from geo.geometry.clipping import clip, doubted, surfaces

ORIGIN = np.array([40_585_000.0, 3_432_000.0])
FAMILIES = ("stars", "coverage", "parts", "lattice", "slivers", "outlines", "touching")


def stars(rng: np.random.Generator, count: int, corners: int, size: float, spread: float, grain: float) -> np.ndarray:
    """Star-shaped polygons, some with holes, told to ``grain`` metres."""
    angle = (np.arange(corners) + rng.uniform(0, 0.8, (count, corners))) * 2 * np.pi / corners
    reach = size * rng.uniform(0.25, 1, (count, corners))
    middle = rng.uniform(0, spread, (count, 1, 2))
    ring = middle + reach[..., None] * np.stack([np.cos(angle), np.sin(angle)], axis=-1)
    made = shapely.polygons(np.round(ring / grain) * grain + ORIGIN)
    holed = rng.random(count) < 0.3
    made[holed] = shapely.difference(made[holed], shapely.buffer(shapely.centroid(made[holed]), size / 8, quad_segs=3))
    return np.asarray(made, dtype=object)


def tiles(rng: np.random.Generator, side: int, pitch: float, grain: float) -> np.ndarray:
    """A coverage of quadrilaterals with a corner in the middle of some edges."""
    node = np.stack(np.meshgrid(np.arange(side + 1.0), np.arange(side + 1.0), indexing="ij"), axis=-1) * pitch
    node = np.round((node + rng.uniform(-0.25, 0.25, node.shape) * pitch) / grain) * grain + ORIGIN
    mid_x, mid_y = (node[:-1] + node[1:]) / 2, (node[:, :-1] + node[:, 1:]) / 2
    ring = [node[:-1, :-1], mid_x[:, :-1], node[1:, :-1], mid_y[1:], node[1:, 1:], mid_x[:, 1:], node[:-1, 1:],
            mid_y[:-1]]  # fmt: skip
    return shapely.polygons(np.stack(ring, axis=2).reshape(side * side, 8, 2))


def _shaken(rng: np.random.Generator, cells: np.ndarray) -> np.ndarray:
    """The same cells with corners moved by nothing, less than a grain, a millimetre, a centimetre."""
    ring = shapely.get_coordinates(cells).reshape(len(cells), -1, 2)[:, :-1]
    return shapely.polygons(ring + rng.choice([0, 0, 1e-7, 1e-5, 1e-3, 0.01], ring.shape))


def family(name: str, rng: np.random.Generator, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Polygons of two sides whose frames meet in about ``count`` pairs."""
    side = max(2, int(np.sqrt(count / 12)))
    if name == "stars":
        many = max(2, count // 24)
        spread = 55 * np.sqrt(many)
        return stars(rng, many, 9, 60, spread, 0.001), stars(rng, many, 23, 70, spread, 0.001)
    if name == "coverage":
        cells = tiles(rng, side, 40, 0.001)
        return cells, cells
    if name == "parts":
        cells = tiles(rng, side, 40, 0.001)
        keys = rng.integers(0, max(1, len(cells) // 5), len(cells))
        unions = [shapely.union_all(cells[keys == k]) for k in np.unique(keys)]
        halves = shapely.intersection(cells, stars(rng, len(cells), 7, 60, 40.0 * side, 0.001))
        return cells, np.concatenate([np.array(unions, dtype=object), halves])
    if name == "lattice":
        many = max(2, count // 40)
        spread = 12 * np.sqrt(many)
        return stars(rng, many, 6, 20, spread, 5.0), stars(rng, many, 9, 25, spread, 5.0)
    if name == "slivers":
        cells = tiles(rng, side, 40, 0.001)
        moved = _shaken(rng, cells)
        return cells, moved
    if name == "outlines":
        angle = np.linspace(0, 2 * np.pi, 4000, endpoint=False)
        reach = 500 + 40 * np.sin(37 * angle) + rng.uniform(-0.3, 0.3, len(angle))
        ring = ORIGIN + 600 + reach[:, None] * np.c_[np.cos(angle), np.sin(angle)]
        big = shapely.Polygon(ring, [ORIGIN + 600 + 80 * np.c_[np.cos(angle[::-9]), np.sin(angle[::-9])]])
        cells = tiles(rng, max(2, int(np.sqrt(count))), 1200 / max(2, np.sqrt(count)), 0.001)
        return cells, np.array([big], dtype=object)
    cells = tiles(rng, side, 40, 0.001)
    keys = (np.arange(len(cells)) // side + np.arange(len(cells)) % side) % 2
    # Every other cell as one multipolygon that touches itself in corners, a few at a time.
    block = np.arange(len(cells)) // (4 * side)
    chess = [shapely.multipolygons(cells[(block == b) & (keys == 0)]) for b in np.unique(block)]
    return np.concatenate([cells, stars(rng, len(cells), 8, 40, 40.0 * side, 0.001)]), np.array(chess, dtype=object)


def pairs_of(name: str, rng: np.random.Generator, count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """All polygons of a family and the pairs of them whose frames meet."""
    left, right = family(name, rng, count)
    right = right[shapely.is_valid(right) & (shapely.area(right) > 0)]
    left = left[shapely.is_valid(left) & (shapely.area(left) > 0)]
    j, i = shapely.STRtree(left).query(right)
    return np.concatenate([left, right]), i, j + len(left)


def proven(name: str, rng: np.random.Generator, count: int) -> Iterator[dict[str, float]]:
    """The kernel against GEOS on one family: one result for each operation."""
    geoms, i, j = pairs_of(name, rng, count)
    both = surfaces(geoms)
    for minus, a, b in ((False, i, j), (True, i, j), (True, j, i)):
        left_out = len(doubted(both, a, b, minus=minus))
        _, made = clip(both, a, b, minus=minus)
        plain = (shapely.difference if minus else shapely.intersection)(geoms[a], geoms[b])
        ours, theirs = np.nan_to_num(shapely.area(made)), shapely.area(plain)
        apart = np.abs(ours - theirs)
        there = theirs > 1e-6
        large = theirs > 1.0
        yield {
            "pairs": len(a),
            "geos": left_out,
            "lost": int((there & (ours <= 0)).sum()),
            "extra": int((~there & (ours > 2e-6)).sum()),
            "parent": float((apart / shapely.area(geoms[a])).max(initial=0)),
            "piece": float((apart[large] / theirs[large]).max(initial=0)),
            "invalid": int((~shapely.is_valid(made) & ~shapely.is_missing(made)).sum()),
        }


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.clipping", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--pairs", type=int, default=100_000, help="pairs of each family and operation")
    parser.add_argument("--seed", type=int, default=9)
    chosen = parser.parse_args(arguments)
    names = ("pairs", "geos", "lost", "extra", "parent", "piece", "invalid")
    print(f"{'family':<10}" + "".join(f"{n:>11}" for n in names) + "   (intersection, difference, turned difference)")
    total = failures = 0
    for k, name in enumerate(FAMILIES):
        start = time.process_time()
        for told in proven(name, np.random.default_rng([chosen.seed, k]), chosen.pairs):
            cells = [f"{told[n]:>11.1e}" if n in ("parent", "piece") else f"{told[n]:>11,}" for n in names]
            bad = told["lost"] + told["extra"] + told["invalid"] + (told["parent"] > 1e-9) + (told["piece"] > 1e-9)
            print(f"{name:<10}" + "".join(cells) + ("   FAILED" if bad else ""), flush=True)
            failures += bool(bad)
            total += int(told["pairs"])
        print(f"{'':<10} {time.process_time() - start:.0f} cpu s", flush=True)
    print(f"{total:,} pairs, {failures} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
