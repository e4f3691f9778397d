"""OVER PARTS AS ON THE WHOLE: conflicts, 零星 and candidate facts, row by row, also after a worker was killed."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geo.cli import main
from geo.errors import Cancelled, InputProblem
from geo.io.parts import PartStore, open_parts, write_parts
from geo.measure.conflicts import ConflictTable, farmland_conflicts
from geo.measure.fragmentation import fragmented, sensitivity
from geo.scale.cluster import Engine, open_engine
from geo.scale.conflicts import ScaledConflicts, conflicts_in_parts
from geo.study import conflicts, facts

if TYPE_CHECKING:
    from geo.zone import Zone

THRESHOLD_M2, GAP_M, PATCH_M2 = 10_000.0, 5.0, 200.0


@pytest.fixture(scope="module")
def store(sample_zone: Zone, tmp_path_factory: pytest.TempPathFactory) -> PartStore:
    """The shipped zone in parts so small that blocks and lines lie across many of them."""
    return write_parts([sample_zone], tmp_path_factory.mktemp("scale") / "store", rows_per_part=450)


@pytest.fixture(scope="module")
def town(sample_zone: Zone) -> Zone:
    """The farmland of one town with the lines of the whole zone."""
    farmland = sample_zone.layer("farmland")
    chosen = farmland[farmland["town_code"] == farmland["town_code"].iloc[0]].reset_index(drop=True)
    return replace(sample_zone, layers={**sample_zone.layers, "farmland": chosen})


@pytest.fixture(scope="module")
def few(town: Zone, tmp_path_factory: pytest.TempPathFactory) -> PartStore:
    """That town in eight parts."""
    zone = replace(
        town, layers={n: town.layer(n) for n in ("farmland", "parcels", "boundary", "redline", "highstandard")}
    )
    rows = -(-len(town.layer("farmland")) // 8)
    return write_parts([zone], tmp_path_factory.mktemp("few") / "store", rows_per_part=rows)


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with open_engine("local:2") as opened:
        yield opened


@pytest.fixture(scope="module")
def found(store: PartStore, engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> ScaledConflicts:
    return conflicts_in_parts(
        store, tmp_path_factory.mktemp("work"), engine, threshold_m2=THRESHOLD_M2, gap_m=GAP_M, gaps_m=(0.0, 20.0),
        min_patch_m2=PATCH_M2,
    )  # fmt: skip


@pytest.fixture(scope="module")
def whole(sample_zone: Zone) -> ConflictTable:
    """The conflicts of the shipped zone, worked out plainly."""
    return farmland_conflicts(sample_zone)


def same(left: pd.DataFrame, right: pd.DataFrame, keys: list[str]) -> None:
    """Equal rows, whatever their order: figures to the last digits (1e-9 relative), the rest to the letter."""
    a, b = (f.sort_values(keys).reset_index(drop=True) for f in (pd.DataFrame(left), pd.DataFrame(right)))
    assert list(a.columns) == list(b.columns)
    assert len(a) == len(b)
    for name in a.columns:
        if name == "geometry":
            assert shapely.equals_exact(a[name].to_numpy(), b[name].to_numpy(), tolerance=0.0).all()
        elif a[name].dtype.kind == "f":
            np.testing.assert_allclose(a[name].to_numpy(), b[name].to_numpy(), rtol=1e-9, atol=1e-9)
        else:
            assert a[name].tolist() == b[name].tolist(), name


def test_the_store_holds_every_row_once_and_says_where(sample_zone: Zone, store: PartStore) -> None:
    assert len(store.parts["farmland"]) > 5
    for name, frame in sample_zone.layers.items():
        held = store.whole(name)
        assert held["row"].tolist() == list(range(len(frame)))
        key = {"parcels": "parcel_id", "farmland": "farmland_id"}.get(name, frame.columns[0])
        same(held.drop(columns="row"), frame, [key])


def test_conflicts_are_the_plain_ones_row_by_row(whole: ConflictTable, found: ScaledConflicts) -> None:
    plain = whole
    for kind in ("pieces", "inside", "remainders"):
        got = pd.concat([gpd.read_parquet(p) for p in getattr(found, kind)], ignore_index=True)
        keys = ["farmland_id", "against", "against_id"] if kind == "pieces" else ["farmland_id"]
        same(got, getattr(plain, kind), keys)
    same(found.totals, plain.totals, ["town_code", "against"])


def test_fragments_are_the_plain_ones_row_by_row(
    sample_zone: Zone, whole: ConflictTable, found: ScaledConflicts
) -> None:
    plain = fragmented(sample_zone, whole, threshold_m2=THRESHOLD_M2, gap_m=GAP_M, min_patch_m2=PATCH_M2)
    assert len(plain.blocks) > 50
    same(found.blocks, plain.blocks, ["block_id"])
    same(found.members, plain.members, ["farmland_id"])
    same(found.parcels, plain.parcels, ["farmland_id"])


def test_blocks_of_every_gap_are_joined_across_parts(sample_zone: Zone, found: ScaledConflicts) -> None:
    from geo.measure.clusters import blocks

    for gap, table in found.tables.items():
        _, plain = blocks(sample_zone.layer("farmland"), id_column="farmland_id", gap_m=gap)
        same(table[plain.columns.tolist()], plain, ["block_id"])


def test_the_command_over_parts_gives_the_rows_and_figures_of_the_plain_one(
    town_folder: Path, town_zone: Zone, engine: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As a user runs it: two processes of this machine, then the scheduler of a cluster by its address."""
    asked = ["--on", "2026-11-23", "-o", str(tmp_path), "--rows-per-part", "400", "--json"]
    assert main(["conflicts", str(town_folder), "--cluster", "local:2", *asked]) == 0
    told = json.loads(capsys.readouterr().out)
    files = ["fragments.gpkg", "pieces", "inside", "remainders", "conflicts.json"]
    assert [Path(name).name for name in told.pop("files")] == files
    plain = conflicts.run(town_zone, conflicts.SPEC.values({"on": "2026-11-23"}))
    assert _rounded({**told, "run_id": ""}) == _rounded({**conflicts.summary(plain), "run_id": ""})
    assert len(list((tmp_path / "pieces").iterdir())) > 1
    assert len(plain.conflicts.pieces) > 20
    same(_parts(tmp_path / "pieces"), plain.conflicts.pieces, ["farmland_id", "against", "against_id"])
    assert main(["facts", str(town_folder), "--cluster", engine.client.scheduler.address, *asked]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [Path(name).name for name in told.pop("files")] == ["facts", "borders", "facts.json"]
    found = facts.run(town_zone, facts.SPEC.values({"on": "2026-11-23"}))
    assert _rounded(told) == _rounded(facts.summary(found))
    assert len(list((tmp_path / "facts").iterdir())) > 4
    same(_parts(tmp_path / "facts"), found.facts, ["parcel_id"])
    same(_undirected(_parts(tmp_path / "borders")), _undirected(found.borders), ["left", "right"])
    assert not list(tmp_path.glob("work-*"))
    assert len(list(tmp_path.glob("store-*"))) == 1


def _parts(folder: Path) -> pd.DataFrame:
    read = gpd.read_parquet if folder.name == "pieces" else pd.read_parquet
    return pd.concat([read(p) for p in sorted(folder.iterdir())], ignore_index=True)


def _undirected(pairs: pd.DataFrame) -> pd.DataFrame:
    ends = np.sort(pairs[["left", "right"]].to_numpy(dtype=str), axis=1)
    return pd.DataFrame({"left": ends[:, 0], "right": ends[:, 1], "border_m": pairs["border_m"].to_numpy()})


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _rounded(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_rounded(v) for v in value]
    return f"{value:.9g}" if isinstance(value, float) else value


@pytest.mark.parametrize("empty", [("boundary", "redline"), ("farmland", "highstandard")])
def test_a_county_without_lines_or_without_farmland_is_an_answer(
    town: Zone, tmp_path: Path, empty: tuple[str, ...]
) -> None:
    """Layers without a feature, and features without a place: the same tables as the plain ones, none of them 零星."""
    layers = {n: town.layer(n) for n in ("farmland", "boundary", "redline", "highstandard")}
    farmland = layers["farmland"].head(40)
    shapes = np.array([None, shapely.Polygon(), *farmland.geometry.to_numpy()[2:]], dtype=object)
    layers["farmland"] = farmland.set_geometry(gpd.GeoSeries(shapes, index=farmland.index, crs=farmland.crs))
    zone = replace(town, layers=layers | {name: layers[name].iloc[:0] for name in empty})
    values: dict[str, Any] = {"threshold_m2": THRESHOLD_M2, "gap_m": GAP_M, "min_patch_m2": PATCH_M2}
    store = write_parts([zone], tmp_path / "store", rows_per_part=15)
    got = conflicts_in_parts(store, tmp_path / "work", Here(), **values)
    plain = farmland_conflicts(zone)
    found = fragmented(zone, plain, **values)
    assert found.blocks.empty
    for kind, keys in (("blocks", "block_id"), ("members", "farmland_id"), ("parcels", "farmland_id")):
        same(getattr(got, kind), getattr(found, kind), [keys])
    same(got.totals, plain.totals, ["town_code", "against"])
    same(pd.concat([gpd.read_parquet(p) for p in got.remainders]), plain.remainders, ["farmland_id"])
    figures = conflicts.figures(got.totals, got.blocks, len(got.members))
    assert figures == conflicts.figures(plain.totals, found.blocks, len(found.members))


class Here(Engine):
    """The engine without a cluster: one task after another."""

    def __init__(self) -> None:
        super().__init__(None)

    def run(self, work: Any, jobs: Any, *, tell: Any = None) -> list[Path]:
        for path, values in jobs.items():
            work(path, *values)
        return list(jobs)


def test_a_killed_worker_costs_its_own_task_and_nothing_else(
    town: Zone, few: PartStore, engine: Engine, tmp_path: Path
) -> None:
    """The worker is killed by the kernel's own signal while it works; what was done is not done again."""
    killed: list[int] = []
    written: dict[Path, int] = {}

    def step(name: str, done: int, _: int) -> bool:
        if name == "cut" and done >= 2 and not killed:
            written.update({p: p.stat().st_mtime_ns for p in (tmp_path / "cut").glob("*.json")})
            pids = engine.client.run(os.getpid)
            killed.append(next(iter(pids.values())))
            os.kill(killed[0], signal.SIGKILL)
        return True

    values: dict[str, Any] = {"threshold_m2": THRESHOLD_M2, "gap_m": GAP_M, "min_patch_m2": PATCH_M2}
    got = conflicts_in_parts(few, tmp_path, engine, **values, step=step)
    assert killed
    assert written
    assert all(p.stat().st_mtime_ns == when for p, when in written.items())
    assert len(got.pieces) == len(few.parts["farmland"]) == 8
    plain = farmland_conflicts(town)
    same(got.totals, plain.totals, ["town_code", "against"])
    same(got.blocks, fragmented(town, plain, **values).blocks, ["block_id"])


def test_a_second_start_goes_on_where_the_first_stopped(few: PartStore, engine: Engine, tmp_path: Path) -> None:
    values: dict[str, Any] = {"threshold_m2": THRESHOLD_M2, "gap_m": GAP_M, "min_patch_m2": PATCH_M2}
    with pytest.raises(Cancelled):
        conflicts_in_parts(few, tmp_path, engine, **values, step=lambda _, done, __: done < 3)
    time.sleep(0.5)  # a task that was running may finish
    before = {p: p.stat().st_mtime_ns for p in (tmp_path / "cut").glob("*.json")}
    assert len(before) >= 3
    conflicts_in_parts(few, tmp_path, engine, **values)
    assert all(p.stat().st_mtime_ns == when for p, when in before.items())


def test_identifiers_that_occur_in_two_counties_are_refused(sample_zone: Zone, tmp_path: Path) -> None:
    small = replace(sample_zone, layers={n: f.head(30) for n, f in sample_zone.layers.items() if n != "towns"})
    with pytest.raises(InputProblem) as caught:
        write_parts([small, small], tmp_path / "store")
    assert {f.code for f in caught.value.findings} == {"SC102"}


def test_a_changed_part_a_full_folder_and_a_cluster_that_is_not_there_are_answers(
    sample_zone: Zone, tmp_path: Path
) -> None:
    small = replace(sample_zone, layers={"farmland": sample_zone.layer("farmland").head(60)})
    made = write_parts([small], tmp_path / "store", rows_per_part=20)
    with pytest.raises(InputProblem, match="SC103"):
        write_parts([small], tmp_path / "store")
    part = made.parts["farmland"][1]
    (made.folder / part.file).write_bytes(b"PAR1")
    with pytest.raises(InputProblem, match="SC101"):
        open_parts(made.folder).read(part)
    with pytest.raises(InputProblem, match="SC105"), open_engine("local:none"):
        pass


def test_sensitivity_of_the_parts_is_the_plain_one(
    sample_zone: Zone, whole: ConflictTable, found: ScaledConflicts
) -> None:
    from geo.measure.fragmentation import is_fragment

    plain = sensitivity(
        sample_zone.layer("farmland"), whole, thresholds_m2=[THRESHOLD_M2],
        gaps_m=[0.0, 20.0], min_patch_m2=PATCH_M2,
    )  # fmt: skip
    for row in plain.itertuples():
        table = found.tables[row.gap_m]
        hit = table[is_fragment(table, row.threshold_m2, PATCH_M2)]
        assert len(hit) == row.blocks
        assert hit["inside_net_area_m2"].sum() == pytest.approx(row.net_area_m2, rel=1e-9)
