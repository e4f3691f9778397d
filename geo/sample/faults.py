"""PLANTED FAULTS: a known number of each kind in the parcels layer, every one in the key.

They touch the parcels layer only and stay away from planted pieces and reserve lots, so that conflict totals and plans
do not depend on them. Declared areas follow a changed outline, so that each fault is one fault.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.geometry.ellipsoid import area_m2
from geo.sample.ground import Ground


def plant_faults(parcels: Any, keep_off: NDArray[np.bool_], ground: Ground) -> tuple[Any, list[dict[str, Any]]]:
    """The parcels with faults, and the list of them (kind, layer, ids, what). keep_off: rows not to be touched."""
    plant = _Planter(parcels.copy(), keep_off, ground.rng["faults"])
    plant.attributes()
    plant.overlaps_and_gaps()
    plant.crossings()
    plant.slivers()
    return plant.frame, plant.faults


class _Planter:
    def __init__(self, frame: Any, keep_off: NDArray[np.bool_], rng: np.random.Generator) -> None:
        self.frame, self.rng = frame, rng
        self.free = ~keep_off
        self.geoms = frame.geometry.to_numpy().copy()
        self.ids = frame["parcel_id"].to_numpy()
        self.size = area_m2(self.geoms)
        self.faults: list[dict[str, Any]] = []
        self.tree = shapely.STRtree(self.geoms)

    def note(self, kind: str, rows: list[int], what: str) -> None:
        self.faults.append({"kind": kind, "layer": "DLTB", "ids": [str(self.ids[r]) for r in rows], "what": what})

    def draw(self, able: NDArray[np.bool_], count: int) -> list[int]:
        """Rows at random, never two that are neighbours of each other."""
        found: list[int] = []
        for r in self.rng.permutation(np.flatnonzero(able & self.free)).tolist():
            if len(found) == count:
                break
            if not self.free[r]:
                continue
            found.append(r)
            self.free[self.tree.query(self.geoms[r], predicate="dwithin", distance=30.0)] = False
        return found

    def set_area(self, rows: list[int], values: list[float]) -> None:
        """Declared area and the two that follow from it."""
        frame = self.frame
        for r, value in zip(rows, values, strict=True):
            area = round(value, 2)
            ridge = round(area * float(frame["ridge_factor"].iloc[r]), 2)
            for name, number in (("area_m2", area), ("ridge_area_m2", ridge), ("net_area_m2", round(area - ridge, 2))):
                frame.iloc[r, frame.columns.get_loc(name)] = number

    def put(self, row: int, name: str, value: object) -> None:
        self.frame.iloc[row, self.frame.columns.get_loc(name)] = value

    def attributes(self) -> None:
        """Wrong declared areas, missing slope grades, ridge areas that do not add up, unknown classes, wide lanes."""
        code = self.frame["class_code"].to_numpy(dtype="U5")
        crop = np.char.startswith(code, "01")
        middling = (self.size > 3000) & (self.size < 20_000)
        rows = self.draw(middling, 6)
        factors = [1.013, 0.984, 1.021, 0.975, 1.05, 0.962]
        self.set_area(rows, [float(self.size[r]) * f for r, f in zip(rows, factors, strict=True)])
        for r, f in zip(rows, factors, strict=True):
            self.note("area_declared_wrong", [r], f"TBMJ = {f} × area")
        for r in self.draw(crop & (self.frame["ridge_factor"].to_numpy() == 0), 4):
            import pandas as pd

            self.put(r, "slope_grade", pd.NA)
            self.note("slope_grade_missing", [r], "GDPDJB empty on cropland")
        for r in self.draw(crop & (self.frame["ridge_factor"].to_numpy() > 0), 3):
            ridge = round(float(self.frame["ridge_area_m2"].iloc[r]) * 1.3 + 5, 2)
            self.put(r, "ridge_area_m2", ridge)
            self.put(r, "net_area_m2", round(float(self.frame["area_m2"].iloc[r]) - ridge, 2))
            self.note("ridge_area_wrong", [r], "KCMJ ≠ TBMJ × KCXS")
        for r in self.draw(~crop & np.isin(code, ("0201", "0307")), 2):
            self.put(r, "class_code", "0299")
            self.note("class_unknown", [r], "DLBM 0299 is not in the table")
        for r in self.draw(code == "1006", 2):
            self.put(r, "line_width_m", 11.5)
            self.note("lane_too_wide", [r], "1006 with XZDWKD 11.5 m > 8 m")

    def overlaps_and_gaps(self) -> None:
        """One vertex pushed 3 m: outwards it overlaps the neighbour, inwards it leaves a gap."""
        for sign, kind in ((3.0, "overlap"), (-3.0, "gap")):
            done = 0
            for r in self.draw((self.size > 5000) & (self.size < 60_000), 40):
                moved = self.pushed(r, sign)
                if moved is None:
                    continue
                shape, other = moved
                self.change(r, shape)
                self.note(kind, [r, other], f"one vertex pushed {sign:+.0f} m")
                done += 1
                if done == 3:
                    break

    def pushed(self, row: int, by: float) -> tuple[Any, int] | None:
        """The parcel with one mid-edge vertex moved; the one neighbour that shares this vertex."""
        ring = shapely.get_coordinates(self.geoms[row].exterior)[:-1]
        if len(self.geoms[row].interiors):
            return None
        for k in range(1, len(ring) - 1):
            before, here, after = ring[k - 1], ring[k], ring[k + 1]
            a, b = here - before, after - here
            la, lb = float(np.hypot(*a)), float(np.hypot(*b))
            straight = float(np.dot(a, b)) / (la * lb)
            if straight < 0.985 or min(la, lb) < 15:
                continue
            near = self.tree.query(shapely.Point(here), predicate="dwithin", distance=3.5)
            others = [int(n) for n in near if n != row]
            if len(others) != 1 or self.size[others[0]] < 3000:
                continue
            normal = np.array([a[1] + b[1], -(a[0] + b[0])])
            normal /= np.hypot(*normal)
            if not shapely.Polygon(ring).exterior.is_ccw:
                normal = -normal
            shape = ring.copy()
            shape[k] = np.round(here + by * normal, 3)
            moved = shapely.Polygon(shape)
            if moved.is_valid:
                return moved, others[0]
        return None

    def change(self, row: int, shape: Any) -> None:
        self.geoms[row] = shape
        self.set_area([row], [float(area_m2([shape])[0])])

    def crossings(self) -> None:
        """A tiny loop inside the parcel that crosses itself; the outer border stays shared, the area stays."""
        done = 0
        for r in self.draw((self.size > 6000) & (self.size < 40_000), 40):
            ring = shapely.get_coordinates(self.geoms[r].exterior)[:-1]
            if len(self.geoms[r].interiors):
                continue
            middle = shapely.get_coordinates(shapely.point_on_surface(self.geoms[r]))[0]
            start = ring[0]
            ahead = middle - start
            ahead /= np.hypot(*ahead)
            side = np.array([-ahead[1], ahead[0]])
            loop = [start + ahead * u + side * v for u, v in ((0.6, 0.1), (0.6, -0.1), (0.8, 0.1), (0.8, -0.12))]
            if not self.geoms[r].contains(shapely.LineString(loop)):
                continue
            shape = shapely.Polygon(np.round(np.vstack([start, *loop, ring[0], ring[1:]]), 3))
            if shape.is_valid:
                continue
            self.geoms[r] = shape
            self.note("ring_crosses_itself", [r], "a loop inside the parcel crosses itself")
            done += 1
            if done == 2:
                break

    def slivers(self) -> None:
        """A crumb cut off along existing vertices: the coverage stays exact, the parcel is too small."""
        import pandas as pd

        done = 0
        extra = []
        for r in self.draw((self.size > 5000) & (self.size < 40_000), 60):
            ring = shapely.get_coordinates(self.geoms[r].exterior)[:-1]
            if len(self.geoms[r].interiors) or len(ring) < 6:
                continue
            for k in range(1, len(ring) - 1):
                crumb = shapely.Polygon(ring[[k - 1, k, k + 1]])
                rest = shapely.Polygon(np.delete(ring, k, axis=0))
                small = float(area_m2([crumb])[0])
                if not (25 < small < 180) or not rest.is_valid or not self.geoms[r].covers(crumb):
                    continue
                row = self.frame.iloc[[r]].copy()
                row["parcel_id"] = f"{str(self.ids[r])[:6]}1001{90_000_001 + done:08d}"
                row["parcel_no"] = f"{9001 + done}"
                extra.append((row, crumb, small))
                self.change(r, rest)
                self.faults.append(
                    {"kind": "sliver", "layer": "DLTB", "ids": [str(row["parcel_id"].iloc[0])],
                     "what": f"{small:.1f} m² < 400 m²"}
                )  # fmt: skip
                done += 1
                break
            if done == 2:
                break
        frame = self.frame.set_geometry(self.geoms, crs=self.frame.crs)
        for row, crumb, small in extra:
            piece = row.set_geometry([crumb], crs=self.frame.crs)
            ridge = round(small * float(piece["ridge_factor"].iloc[0]), 2)
            piece["area_m2"], piece["ridge_area_m2"] = round(small, 2), ridge
            piece["net_area_m2"] = round(round(small, 2) - ridge, 2)
            frame = pd.concat([frame, piece], ignore_index=True)
        self.frame = frame
