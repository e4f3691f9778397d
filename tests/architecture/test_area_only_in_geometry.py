"""One area in the house: ``.area`` and ``.length`` of a geometry are asked for in geo/geometry and nowhere else."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NAMES = {"area", "length"}

# receiver as written -> why it is no geometry
NO_GEOMETRY = {
    "field": "a field of a layer schema: the width of a text column",
    "figures": "app.parts figures: words for an area",
    "figure": "words for an area",
    "self": "an attribute of the value itself, not of a geometry",
}
# rooms that may not import a geometry library (import contract "touch a polygon"): an area there is a booked number
NO_POLYGONS = ("geo/ledger", "geo/policy", "geo/standards")


def _planar(path: Path) -> Iterator[str]:
    """Every place in a file that asks a geometry, or shapely, for a planar area or length."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "shapely":
            for alias in node.names:
                if alias.name in NAMES:
                    yield f"{path.relative_to(ROOT)}:{node.lineno} from {node.module} import {alias.name}"
        elif isinstance(node, ast.Attribute) and node.attr in NAMES and ast.unparse(node.value) not in NO_GEOMETRY:
            yield f"{path.relative_to(ROOT)}:{node.lineno} {ast.unparse(node)}"


def _exempt(path: str) -> bool:
    return path.startswith(("geo/geometry/", *(f"{room}/" for room in NO_POLYGONS)))


def test_the_rooms_without_polygons_are_held_by_a_contract() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    (held,) = [c for c in contracts if "touch a polygon" in c["name"]]
    assert {room.replace("/", ".") for room in NO_POLYGONS} <= set(held["source_modules"])
    assert {"shapely", "geopandas"} <= set(held["forbidden_modules"])


def test_no_planar_area_outside_geometry() -> None:
    rooms = [ROOT / room for room in ("geo", "app")]
    files = [p for room in rooms for p in room.rglob("*.py") if not _exempt(p.relative_to(ROOT).as_posix())]
    found = [place for path in files for place in _planar(path)]
    assert not found, "use geo.geometry.ellipsoid instead of:\n" + "\n".join(found)


@pytest.mark.parametrize(
    "line", ["frame.geometry.area.sum()", "shapely.area(shapes)", "from shapely import length", "x = shape.length"]
)
def test_the_search_finds_what_it_should(line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    path = tmp_path / "room.py"
    path.write_text(line, "utf-8")
    assert list(_planar(path))
