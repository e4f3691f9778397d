"""CONFLICTS AND 零星 IN PARTS: each part of the farmland with all that touches it, blocks joined across parts.

Three rounds over the parts. 1 *Cut*: a part of the farmland against every line feature that touches it. 2 *Join*: the
parts' own blocks, and which of their parcels lie within the gap of a parcel of another part; the driver joins the
blocks of all parts and has their sums. 3 *Describe*: the blocks that are 零星, each by the part that holds its first
parcel, with all farmland and parcels near it. Every round writes one file a part.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from geo.io.parts import Part, PartStore, open_parts, read_arrays, write_arrays, write_frame
from geo.measure.clusters import block_labels
from geo.measure.conflicts import COUNTED, LINES, ConflictTable, conflicts_with, line_layers
from geo.measure.fragmentation import describe, distance_to_next, is_fragment
from geo.zone import Zone

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from geo.scale.cluster import Engine

# Farmland looked at around a block for the distance to the next; where none is so near, the circle grows.
_NEAR_M = 500.0
_GROWS = 6.0
# Beyond the gap, so that a neighbour's frame is met in any case.
_SLACK_M = 1.0

Step = Callable[[str, int, int], bool]


@dataclass(frozen=True)
class ScaledConflicts:
    """What the parts gave: files of pieces, inside and remainders (one a part), tables of the whole.

    totals: as ``ConflictTable.totals``. blocks, members, parcels: as ``Fragments``. tables: for each gap, one row a
    block of the whole farmland (block_id, parcels, area_m2, net_area_m2, inside_area_m2, inside_net_area_m2).
    """

    pieces: list[Path]
    inside: list[Path]
    remainders: list[Path]
    totals: pd.DataFrame
    blocks: gpd.GeoDataFrame
    members: gpd.GeoDataFrame
    parcels: gpd.GeoDataFrame
    tables: Mapping[float, pd.DataFrame]


def conflicts_in_parts(
    store: PartStore,
    work: Path,
    engine: Engine,
    *,
    lines: Sequence[str] = COUNTED,
    threshold_m2: float,
    gap_m: float,
    gaps_m: Sequence[float] = (),
    min_patch_m2: float,
    step: Step | None = None,
) -> ScaledConflicts:
    """Conflicts and 零星 of a store in parts, equal to ``farmland_conflicts`` and ``fragmented`` on the whole.

    ``work`` receives one file a part and round; what is there is not done again, so it must belong to these values and
    this store. ``gaps_m``: further gaps whose blocks are wanted. Raises as the plain ones do, and as ``Engine.run``.
    """
    import pandas as pd

    gaps = list(dict.fromkeys([float(gap_m), *map(float, gaps_m)]))
    farmland = store.parts["farmland"]
    write_lines(store, work)
    tell = _told(step)
    cut = {
        work / "cut" / f"{n:04d}.json": (str(store.folder), n, str(work), tuple(lines)) for n in range(len(farmland))
    }
    engine.run(_cut, cut, tell=tell("cut"))
    joined = {work / "join" / f"{n:04d}.npz": (str(store.folder), n, str(work), gaps) for n in range(len(farmland))}
    engine.run(_join, joined, tell=tell("join"))
    tables, chosen = {}, pd.DataFrame()
    for gap in gaps:
        table, rows_of = _merge(list(joined), farmland, gaps.index(gap), wanted=(threshold_m2, min_patch_m2))
        tables[gap] = table
        if gap == gaps[0]:
            chosen = rows_of
    found = _described(store, work, engine, tables[gaps[0]], chosen, min_patch_m2, tell)
    files = {kind: [work / kind / f"{n:04d}.parquet" for n in range(len(farmland))] for kind in _KINDS}
    totals = _sum([pd.read_parquet(work / "totals" / f"{n:04d}.parquet") for n in range(len(farmland))])
    return ScaledConflicts(**files, totals=totals, tables=tables, **found)


_KINDS = ("pieces", "inside", "remainders")


def _told(step: Step | None) -> Callable[[str], Any]:
    def of(name: str) -> Any:
        return None if step is None else lambda done, count: step(name, done, count)

    return of


def write_lines(store: PartStore, work: Path) -> None:
    """The lines of the whole store as files: the five and ``redline_all``; holes are those of the whole boundary."""
    folder = work / "lines"
    if not (folder / "done").exists():
        boundary = store.whole("boundary").drop(columns="row")
        redline = store.whole("redline").drop(columns="row")
        layers = line_layers(boundary, redline)
        everything = redline.rename(columns={"redline_id": "line_id"})[["line_id", "geometry"]]
        for name, layer in {**layers, "redline_all": everything}.items():
            write_frame(layer, folder / f"{name}.parquet")
        (folder / "done").write_text("\n", encoding="utf-8")


def _cut(path: Path, folder: str, number: int, work: str, lines: tuple[str, ...]) -> None:
    """Round 1 of one part: pieces, inside and remainders, and their totals."""
    import geopandas as gpd

    store = open_parts(Path(folder))
    part = store.parts["farmland"][number]
    farmland = store.read(part)
    west, south, east, north = part.bounds
    layers = {}
    for name in LINES:
        layer = gpd.read_parquet(Path(work) / "lines" / f"{name}.parquet")
        layers[name] = layer.cx[west:east, south:north].reset_index(drop=True) if len(layer) else layer
    found = conflicts_with(farmland, layers, lines=lines)
    for kind in _KINDS:
        write_frame(getattr(found, kind), Path(work) / kind / f"{number:04d}.parquet")
    write_frame(found.totals, Path(work) / "totals" / f"{number:04d}.parquet")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("{}\n", encoding="utf-8")


def _join(path: Path, folder: str, number: int, work: str, gaps: Sequence[float]) -> None:
    """Round 2 of one part: a block number for each parcel, sums of each block, and ties to parcels of other parts."""
    import pandas as pd

    store = open_parts(Path(folder))
    part = store.parts["farmland"][number]
    reach = max(gaps) + _SLACK_M
    west, south, east, north = part.bounds
    near = store.touching(
        "farmland", (west - reach, south - reach, east + reach, north + reach), columns=["farmland_id", "net_area_m2"]
    )
    row = near["row"].to_numpy()
    mine = (row >= part.first) & (row < part.first + part.rows)
    # Of the other parts only what lies near a parcel of this one matters.
    own, others = near[mine], near[~mine]
    tree_rows = _near_rows(own.geometry.to_numpy(), others.geometry.to_numpy(), reach)
    others = others.iloc[tree_rows]
    inside = pd.read_parquet(
        Path(work) / "inside" / f"{number:04d}.parquet", columns=["farmland_id", "area_m2", "net_area_m2"]
    )
    inside = inside.groupby("farmland_id").sum().reindex(own["farmland_id"])
    sizes = _areas(own)
    geoms = np.concatenate([own.geometry.to_numpy(), others.geometry.to_numpy()])
    arrays: dict[str, Any] = {}
    for k, gap in enumerate(gaps):
        labels = block_labels(geoms, gap_m=gap)
        at, beyond = labels[: len(own)], labels[len(own) :]
        tied = np.isin(beyond, at)
        arrays |= {
            f"label_{k}": at.astype(np.int32),
            f"tie_label_{k}": beyond[tied].astype(np.int32),
            f"tie_row_{k}": others["row"].to_numpy()[tied],
        }
    arrays |= {
        "row": own["row"].to_numpy(), "id": own["farmland_id"].astype(str).to_numpy(dtype=str), "area": sizes,
        "net": np.where(np.isnan(own["net_area_m2"]), sizes, own["net_area_m2"]),
        "inside": inside["area_m2"].fillna(0.0).to_numpy(dtype=float),
        "inside_net": inside["net_area_m2"].fillna(0.0).to_numpy(dtype=float),
    }  # fmt: skip
    write_arrays(path, **arrays)


def _near_rows(own: Any, others: Any, reach: float) -> Any:
    import shapely

    if not len(own) or not len(others):
        return np.zeros(0, dtype=np.int64)
    bounds = shapely.bounds(others) + np.array([-reach, -reach, reach, reach])
    return np.unique(shapely.STRtree(own).query(shapely.box(*bounds.T))[0])


def _areas(frame: gpd.GeoDataFrame) -> Any:
    from geo.geometry.ellipsoid import area_m2

    return area_m2(frame.geometry.to_numpy(), epsg=int(frame.crs.to_epsg()))


def _merge(
    files: Sequence[Path], parts: Sequence[Part], gap: int, *, wanted: tuple[float, float]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The blocks of the whole from those of the parts: (a table of all blocks, rows of those that are 零星).

    Holds twelve bytes a parcel and one row a block of a part, never a geometry.
    """
    import pandas as pd
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    firsts = np.array([p.first for p in parts], dtype=np.int64)
    labels, ties, sums, start = [], [], [], [0]
    for path in files:
        held = read_arrays(path)
        label = held[f"label_{gap}"].astype(np.int64)
        frame = pd.DataFrame({"part": label, "id": held["id"], "area": held["area"], "net": held["net"],
                              "inside": held["inside"], "inside_net": held["inside_net"]})  # fmt: skip
        table = frame.groupby("part", sort=True).agg(
            block_id=("id", "min"), parcels=("id", "size"), area_m2=("area", "sum"), net_area_m2=("net", "sum"),
            inside_area_m2=("inside", "sum"), inside_net_area_m2=("inside_net", "sum"),
        )  # fmt: skip
        # Numbers of a part may have holes where a block lies wholly in the others: number anew.
        codes = np.full(int(label.max()) + 1 if len(label) else 0, -1, dtype=np.int64)
        codes[table.index.to_numpy()] = np.arange(len(table)) + start[-1]
        labels.append(codes[label])
        ties.append((codes[held[f"tie_label_{gap}"]], held[f"tie_row_{gap}"]))
        sums.append(table)
        start.append(start[-1] + len(table))
    node_of = np.concatenate(labels) if labels else np.zeros(0, dtype=np.int64)
    a = np.concatenate([t[0] for t in ties])
    b = node_of[np.concatenate([t[1] for t in ties])]
    count = start[-1]
    graph = coo_array((np.ones(len(a), dtype=np.int8), (a, b)), shape=(count, count))
    block = connected_components(graph, directed=False)[1]
    table = pd.concat(sums, ignore_index=True).assign(block=block)
    whole = table.groupby("block", sort=False).agg(
        block_id=("block_id", "min"), parcels=("parcels", "sum"), area_m2=("area_m2", "sum"),
        net_area_m2=("net_area_m2", "sum"), inside_area_m2=("inside_area_m2", "sum"),
        inside_net_area_m2=("inside_net_area_m2", "sum"),
    )  # fmt: skip
    small = whole.index.to_numpy()[is_fragment(whole, *wanted).to_numpy(dtype=bool)]
    pick = np.zeros(int(block.max()) + 1 if len(block) else 0, dtype=bool)
    pick[small] = True
    rows = np.flatnonzero(pick[block[node_of]])
    names = whole["block_id"].reindex(block[node_of[rows]]).to_numpy()
    chosen = pd.DataFrame({"row": rows, "block_id": names, "part": np.searchsorted(firsts, rows, side="right") - 1})
    return whole.sort_values("block_id").reset_index(drop=True), chosen


def _described(
    store: PartStore,
    work: Path,
    engine: Engine,
    table: pd.DataFrame,
    chosen: pd.DataFrame,
    min_patch_m2: float,
    tell: Any,
) -> dict[str, gpd.GeoDataFrame]:
    """Round 3: each chosen block by the part that holds its first parcel."""
    import geopandas as gpd
    import pandas as pd

    facts = table[table["block_id"].isin(set(chosen["block_id"]))]
    owner = chosen.groupby("block_id")["part"].min()
    jobs = {}
    for number, blocks in owner.groupby(owner):
        names = set(blocks.index)
        mine = facts[facts["block_id"].isin(names)].to_dict("list")
        rows = chosen[chosen["block_id"].isin(names)].to_dict("list")
        values = (str(store.folder), str(work), mine, rows, min_patch_m2, _NEAR_M)
        jobs[work / "describe" / f"{number:04d}.json"] = values
    if not jobs:
        return _none_described(store, work, table, min_patch_m2)
    engine.run(_describe, jobs, tell=tell("describe"))
    out = {}
    for kind in ("blocks", "members", "parcels"):
        frames = [gpd.read_parquet(p.with_name(f"{p.stem}-{kind}.parquet")) for p in jobs]
        keys = ["block_id"] if kind == "blocks" else ["farmland_id"]
        out[kind] = pd.concat(frames, ignore_index=True).sort_values(keys).reset_index(drop=True)
    return out


def _none_described(
    store: PartStore, work: Path, table: pd.DataFrame, min_patch_m2: float
) -> dict[str, gpd.GeoDataFrame]:
    """The tables of a store in which no block is 零星: their columns, no row."""
    import geopandas as gpd
    import pandas as pd

    names = [n for n in ("farmland", "parcels", "highstandard") if store.has(n)]
    layers = {n: store.read(store.parts[n][0]).drop(columns="row").iloc[:0] for n in names}
    pieces, inside, rest = (gpd.read_parquet(work / kind / "0000.parquet").iloc[:0] for kind in _KINDS)
    zone = Zone(code="", name="", name_en="", survey_year=0, layers=layers)
    conflicts = ConflictTable(pieces, inside, rest, pd.DataFrame())
    found = describe(table.iloc[:0], pd.Series([], dtype=object), zone, conflicts, min_patch_m2=min_patch_m2)
    blocks = found.blocks.assign(distance_to_next_m=np.zeros(0))
    return {"blocks": blocks, "members": found.members, "parcels": found.parcels}


def _describe(
    path: Path,
    folder: str,
    work: str,
    facts: dict[str, list[Any]],
    rows: dict[str, list[Any]],
    min_patch_m2: float,
    near_m: float,
) -> None:
    """Round 3 of one part: ``describe`` and the distance to the next block on what lies near the blocks."""
    import geopandas as gpd
    import pandas as pd
    import shapely

    store = open_parts(Path(folder))
    table, wanted = pd.DataFrame(facts), pd.DataFrame(rows)
    own = _rows(store, wanted)
    bounds = shapely.total_bounds(own.geometry.to_numpy())
    labels = wanted.set_index("row")["block_id"].reindex(own["row"]).reset_index(drop=True)
    ids = set(own["farmland_id"])
    pieces, inside, rest = (_with_ids(Path(work) / kind, wanted["part"].unique(), ids) for kind in _KINDS)
    conflicts = ConflictTable(pieces, inside, rest, pd.DataFrame())
    layers = {"farmland": own.drop(columns="row")}
    for name in ("parcels", "highstandard"):
        if store.has(name):
            layers[name] = store.touching(name, _wider(bounds, _SLACK_M)).drop(columns="row")
    zone = Zone(code="", name="", name_en="", survey_year=0, layers=layers)
    found = describe(table, labels, zone, conflicts, min_patch_m2=min_patch_m2)
    blocks = found.blocks.assign(distance_to_next_m=_distances(store, found.blocks, wanted, near_m))
    for kind, frame in (("blocks", blocks), ("members", found.members), ("parcels", found.parcels)):
        write_frame(gpd.GeoDataFrame(frame), path.with_name(f"{path.stem}-{kind}.parquet"))
    path.write_text("{}\n", encoding="utf-8")


def _rows(store: PartStore, wanted: pd.DataFrame) -> gpd.GeoDataFrame:
    """Farmland rows by number, in the order of their numbers."""
    import geopandas as gpd
    import pandas as pd

    frames = []
    for number, group in wanted.groupby("part"):
        frame = store.read(store.parts["farmland"][int(number)])
        frames.append(frame[frame["row"].isin(set(group["row"]))])
    whole = pd.concat(frames, ignore_index=True).sort_values("row").reset_index(drop=True)
    return gpd.GeoDataFrame(whole, geometry="geometry", crs=4528)


def _with_ids(folder: Path, parts: Sequence[int], ids: set[str]) -> gpd.GeoDataFrame:
    import geopandas as gpd
    import pandas as pd

    frames = [gpd.read_parquet(folder / f"{int(n):04d}.parquet") for n in parts]
    frames = [f[f["farmland_id"].isin(ids)] for f in frames]
    return gpd.GeoDataFrame(pd.concat(frames, ignore_index=True), geometry="geometry", crs=4528)


def _wider(bounds: Any, by: float) -> Any:
    return np.asarray(bounds) + np.array([-by, -by, by, by])


def _distances(store: PartStore, blocks: gpd.GeoDataFrame, wanted: pd.DataFrame, near_m: float) -> Any:
    """Distance of each block to farmland of another one; a wider circle for those that find none near."""
    import pandas as pd

    out = np.full(len(blocks), np.inf)
    left = np.arange(len(blocks))
    extent = _extent(store)
    while len(left):
        some = blocks.iloc[left]
        near = store.touching("farmland", _wider(some.total_bounds, near_m), columns=[])
        named = wanted.set_index("row")["block_id"].reindex(near["row"])
        # A parcel of no chosen block belongs to another one in any case.
        labels = pd.Series(named.fillna("").to_numpy())
        found = distance_to_next(some.reset_index(drop=True), near, labels)
        sure = found <= near_m
        out[left[sure]] = found[sure]
        if near_m > extent:
            out[left] = found
            break
        left, near_m = left[~sure], near_m * _GROWS
    return out


def _extent(store: PartStore) -> float:
    bounds = np.array([p.bounds for p in store.parts["farmland"] if any(p.bounds)])
    return float(max(bounds[:, 2].max() - bounds[:, 0].min(), bounds[:, 3].max() - bounds[:, 1].min()))


def _sum(totals: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Totals of parts added up: a parcel lies in one part."""
    import pandas as pd

    keys = ["county_code", "town_code", "against"]
    rows = pd.concat(totals, ignore_index=True)
    out = rows.groupby(keys, as_index=False, sort=True)[["parcels", "area_m2", "net_area_m2"]].sum()
    order = {name: k for k, name in enumerate((*LINES, "any"))}
    out = out.assign(rank=out["against"].map(order)).sort_values(["county_code", "town_code", "rank"])
    return out.drop(columns="rank").reset_index(drop=True)
