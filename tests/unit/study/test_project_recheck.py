"""``tianchou recheck`` on a project: passes on what was written, fails on every tampered copy."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pyogrio
import pytest
import shapely

from geo.errors import InputProblem
from geo.finding import Finding
from geo.study.project import take
from geo.study.project_recheck import _differences, _layers, _record, recheck, run
from geo.study.project_tell import write_core
from tests.unit.study.project_cases import result, zone


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The deliverable of the shipped footprint."""
    out = tmp_path_factory.mktemp("project")
    write_core(result("own"), out)
    return out


@pytest.fixture(autouse=True, scope="module")
def _measured_once() -> Iterator[None]:
    """What a footprint takes is measured once for the same shapes and values: many copies differ in other things."""
    held: dict[str, Any] = {}

    def measured(where: Any, footprint: Any, values: Any) -> Any:
        key = f"{footprint.to_json()}{sorted(values.items())}"
        if key not in held:
            held[key] = take(where, footprint, values)
        return held[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("geo.study.project_recheck.take", measured)
        yield


def _bad(folder: Path) -> list[Finding]:
    return [f for f in recheck(zone(), _record(folder), _layers(folder)) if f.severity == "error"]


def test_what_was_written_holds(folder: Path) -> None:
    findings = recheck(zone(), _record(folder), _layers(folder))
    assert not [f.text("zh") for f in findings if f.severity == "error"]
    proven = [f for f in findings if f.code == "PJ511"]
    assert len(proven) == 4, "every level of the only county is proven without the solver"
    assert all(f.text("zh") and f.text("en") for f in findings)


@pytest.mark.parametrize("name", ["canal"])
def test_a_deliverable_of_a_short_pool_holds_as_well(name: str, tmp_path: Path) -> None:
    write_core(result(name), tmp_path)
    assert not [f.text("zh") for f in _bad(tmp_path)]


Tamper = Callable[[Path], None]


def _json(change: Callable[[dict[str, Any]], None]) -> Tamper:
    def tamper(folder: Path) -> None:
        told = json.loads((folder / "project.json").read_text("utf-8"))
        change(told)
        (folder / "project.json").write_text(json.dumps(told, ensure_ascii=False), "utf-8")

    return tamper


def _sql(statement: str) -> Tamper:
    def tamper(folder: Path) -> None:
        path = folder / "project.gpkg"
        frames = {name: pyogrio.read_dataframe(path, layer=name) for name in pyogrio.list_layers(path)[:, 0]}
        table = statement.split()[1]
        with sqlite3.connect(":memory:") as scratch:
            own = frames[table]
            own.drop(columns="geometry").to_sql(table, scratch, index=False)
            changed = scratch.execute(statement)
            assert changed.rowcount > 0
            import pandas as pd

            told = pd.read_sql(f"SELECT * FROM {table}", scratch)
        for column in told.columns:
            own[column] = told[column].astype(own[column].dtype)
        path.unlink()
        for k, (name, frame) in enumerate(frames.items()):
            pyogrio.write_dataframe(frame, path, layer=name, driver="GPKG", append=k > 0)

    return tamper


def _shape(layer: str, change: Callable[[Any], Any]) -> Tamper:
    def tamper(folder: Path) -> None:
        path = folder / "project.gpkg"
        frames = {name: pyogrio.read_dataframe(path, layer=name) for name in pyogrio.list_layers(path)[:, 0]}
        geoms = list(frames[layer].geometry)
        geoms[0] = change(geoms[0])
        frames[layer] = gpd.GeoDataFrame(frames[layer].drop(columns="geometry"), geometry=geoms, crs=frames[layer].crs)
        path.unlink()
        for k, (name, frame) in enumerate(frames.items()):
            pyogrio.write_dataframe(frame, path, layer=name, driver="GPKG", append=k > 0)

    return tamper


def _table(told: dict[str, Any], name: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = told["results"]["tables"][name]
    return rows


def _another_lot(told: dict[str, Any]) -> None:
    """One lot of the plan swapped for one that the plan does not use."""
    used = {r["lot_id"] for r in _table(told, "plan_lots")}
    spare = next(i for i in result("own").candidates["candidate_id"] if i.startswith("320509") and i not in used)
    row = next(r for r in _table(told, "plan_lots") if r["alternative"] == "A")
    chosen = told["results"]["solution"]["chosen"]["320509"]
    chosen[chosen.index(row["lot_id"])] = spare
    row["lot_id"] = spare


def _refused_lot(told: dict[str, Any]) -> None:
    row = next(r for r in _table(told, "plan_lots") if r["alternative"] == "B")
    row["lot_id"] = str(result("own").refused["candidate_id"].iloc[0])


TAMPERED: dict[str, Tamper] = {
    "one figure of a total": _json(
        lambda t: _table(t, "totals")[3].update(area_m2=_table(t, "totals")[3]["area_m2"] + 0.01)
    ),
    "one parcel's area in the layer": _sql("UPDATE occupation SET area_m2 = area_m2 + 0.01 WHERE piece_id = 'Z000007'"),
    "one grade of the farmland": _sql("UPDATE farmland_taken SET grade = grade + 1 WHERE piece_id = 'N000002'"),
    "a lot of the plan swapped": _json(_another_lot),
    "a refused lot in an alternative": _json(_refused_lot),
    "a corner moved by a centimetre": _shape(
        "replacement", lambda g: shapely.transform(g, lambda xy: xy + np.array([0.01, 0.0]) * (xy[:, :1] == xy[0, 0]))
    ),
    "the footprint moved": _shape("footprints", lambda g: shapely.transform(g, lambda xy: xy + np.array([0.5, 0.0]))),
    "a bound raised above the plan": _json(
        lambda t: _table(t, "proof")[0].update(bound=_table(t, "proof")[0]["value"] * 1.01)
    ),
    "a row of the layer gone": lambda folder: _drop_row(folder),
    "the kind of project": _json(lambda t: t["values"].update(type="国家高速")),
}


def _drop_row(folder: Path) -> None:
    path = folder / "project.gpkg"
    frames = {name: pyogrio.read_dataframe(path, layer=name) for name in pyogrio.list_layers(path)[:, 0]}
    frames["replacement"] = frames["replacement"].iloc[1:]
    path.unlink()
    for k, (name, frame) in enumerate(frames.items()):
        pyogrio.write_dataframe(frame, path, layer=name, driver="GPKG", append=k > 0)


WORDS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "the mean grade that comes in": lambda t: _table(t, "comparison")[0].update(in_grade=4.2),
    "a level's value": lambda t: _table(t, "proof")[1].update(value=_table(t, "proof")[1]["value"] * 0.999),
    "a verdict": lambda t: t["results"]["judgements"][1].update(passed=not t["results"]["judgements"][1]["passed"]),
    "who approves": lambda t: t["results"]["route"].update(land="province"),
    "an overlay left out": lambda t: _table(t, "overlays").pop(),
    "a promise": lambda t: _table(t, "promises")[0].update(may=True),
    "a warning left out": lambda t: t["results"]["findings"].pop(0),
    "the data's hash": lambda t: t["inputs"][0].update(sha256="0" * 64),
}


@pytest.mark.parametrize("what", WORDS)
def test_a_changed_word_or_figure_of_the_record_is_seen(what: str, folder: Path) -> None:
    now, told = _record(folder), _record(folder)
    assert not list(_differences(now, told))
    WORDS[what](told)
    assert list(_differences(now, told))


@pytest.mark.parametrize("what", TAMPERED)
def test_a_tampered_deliverable_fails(what: str, folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    TAMPERED[what](copy)
    found = _bad(copy)
    assert found, what
    assert all(f.text("zh") and f.text("en") for f in found)


def test_a_file_written_again_without_a_change_still_holds(folder: Path, tmp_path: Path) -> None:
    """The tampering itself (reading and writing the GeoPackage) is not what fails."""
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    _shape("replacement", lambda g: g)(copy)
    _json(lambda t: None)(copy)
    assert not [f.text("zh") for f in _bad(copy)]


def test_a_folder_that_is_no_deliverable_is_an_answer(folder: Path, tmp_path: Path) -> None:
    for name in ("project.gpkg", "project.json"):
        copy = tmp_path / name
        shutil.copytree(folder, copy)
        (copy / name).unlink()
        with pytest.raises(InputProblem):
            run(copy, zone().name)
    copy = tmp_path / "broken"
    shutil.copytree(folder, copy)
    (copy / "project.json").write_text("{", "utf-8")
    with pytest.raises(InputProblem, match="PJ509"):
        run(copy, "data")


def test_a_plan_on_disk_is_locked_and_written_off_once_from_the_terminal(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from geo.cli import main

    monkeypatch.setattr("geo.io.zone_folder.read_zone", lambda _: zone())
    where = ["--pool", str(tmp_path / "ledger.db"), "--anchors", str(tmp_path / "anchors")]

    def act(*words: str, basis: str = "示例文号") -> tuple[int, str]:
        code = main(["pool", *words, *where, *(["--basis", basis] if basis else [])])
        told = capsys.readouterr()
        return code, told.out + told.err

    assert act("init")[0] == 0
    refused, why = act("reserve-plan", str(folder))
    assert refused
    assert "LG" in why, "nothing is booked yet"
    assert act("book-reserve", "--accepted", "2026-01-01")[0] == 0
    assert "LG144" in act("book-reserve", "--accepted", "2026-01-01")[1]
    assert act("reserve-plan", str(folder), "--key", "a")[0] == 0
    assert "未再记" in act("reserve-plan", str(folder), "--key", "a")[1]
    again, why = act("reserve-plan", str(folder))
    assert again
    assert why.count("LG134") == len(result("own").replacement)
    assert act("release-plan", str(folder))[0] == 0
    assert act("reserve-plan", str(folder))[0] == 0
    assert act("use-plan", str(folder), basis="批准文号")[0] == 0
    assert act("release-plan", str(folder))[0] != 0
    assert act("audit", basis="")[0] == 0
    assert "PJ508" in act("use-plan", str(tmp_path))[1]
