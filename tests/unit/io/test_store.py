"""A layer read once is found again by its content, the same to the last digit, and never when anything changed."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from geopandas.testing import assert_geodataframe_equal

from geo.errors import InputProblem
from geo.io import store, zone_folder
from geo.io.zone_folder import read_zone

ROOT = Path(__file__).parents[3]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for file in (ROOT / "data" / "shapefiles").glob("*"):
        if file.stem in ("GBZNT", "STBHHX"):
            shutil.copy(file, tmp_path / file.name)
    (tmp_path / "zone.toml").write_text('[zone]\nname = "示例"\n', encoding="utf-8")
    monkeypatch.setenv("TIANCHOU_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(store, "KEPT_FROM_BYTES", 0)
    return tmp_path


def read(folder: Path):
    return read_zone(folder, layers=("highstandard", "redline"))


def counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    seen: list[str] = []
    plain = zone_folder.read_layer
    monkeypatch.setattr(
        zone_folder, "read_layer", lambda path, name, **k: (seen.append(name), plain(path, name, **k))[1]
    )
    return seen


def test_the_second_reading_is_the_first_one(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = counted(monkeypatch)
    one, two = read(folder), read(folder)
    assert sorted(seen) == ["highstandard", "redline"]
    assert one.sources == two.sources
    assert one.findings == two.findings
    for name in ("highstandard", "redline"):
        assert_geodataframe_equal(one.layer(name), two.layer(name))
        assert one.layer(name).geometry.geom_equals_exact(two.layer(name).geometry, 0.0).all()


def test_a_changed_byte_or_setting_is_read_anew(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = counted(monkeypatch)
    read(folder)
    (folder / "STBHHX.cpg").write_text("GBK\n", encoding="ascii")
    read(folder)
    assert sorted(seen) == ["highstandard", "redline", "redline"]
    with (folder / "zone.toml").open("a", encoding="utf-8") as out:
        out.write("\n[systems]\nhighstandard = 4528\n")
    read(folder)
    assert seen[3:] == ["highstandard"]


def test_what_is_spoilt_is_read_anew_and_a_refusal_is_not_kept(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read(folder)
    for held in (folder / "cache" / "layers").glob("*.parquet"):
        held.write_bytes(b"PAR1")
    seen = counted(monkeypatch)
    read(folder)
    assert sorted(seen) == ["highstandard", "redline"]
    (folder / "STBHHX.prj").unlink()
    for _ in range(2):
        with pytest.raises(InputProblem):
            read(folder)
    assert seen[2:] == ["redline", "redline"]


def test_bounded_and_switched_off(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "MOST_BYTES", 0)
    read(folder)
    assert not list((folder / "cache" / "layers").glob("*.parquet"))
    monkeypatch.setenv("TIANCHOU_CACHE", "")
    assert store.store_folder() is None
    assert len(read(folder).layer("redline"))


def test_a_folder_that_cannot_be_written_is_no_fault(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "file").write_text("x", encoding="ascii")
    monkeypatch.setenv("TIANCHOU_CACHE", os.fspath(folder / "file"))
    assert len(read(folder).layer("redline"))
