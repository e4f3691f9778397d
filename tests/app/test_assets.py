"""What the browser loads is ours: every address maps to a shipped file with the hash that was reviewed."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

import pytest

from app import assets
from app.parts import map_component
from app.parts.safe_text import esc, esc_markdown

ROOT = Path(__file__).parents[2]
STATIC = ROOT / "app" / "static"


def test_vendored_files_are_the_reviewed_ones() -> None:
    listed = {a.file for a in assets.manifest()}
    there = {str(p.relative_to(STATIC / "vendor")) for p in (STATIC / "vendor").rglob("*") if p.is_file()}
    assert listed == there - {"manifest.json"}
    for asset in assets.manifest():
        assert asset.intact(), asset.file
        assert asset.path.stat().st_size < 1_500_000
        assert asset.licence


def test_every_address_of_the_map_is_a_shipped_file() -> None:
    """Every script and style sheet is ours; what folium itself would load from a network is never asked for."""
    for url in (*assets.JS, *assets.CSS):
        assert assets.local_path(url).is_file(), url
    assert all(re.search(r"\?v=[0-9a-f]{8}$", url) for url in assets.scripts())
    source = Path(map_component.__file__).read_text("utf-8")
    assert set(re.findall(r"folium\.([A-Z]\w+)", source)) <= {"Map", "TileLayer"}
    options, layers = map_component.plain(map_component.folium_map(((30.5, 120.3), (31.3, 121.2))))
    assert not layers, "no background unless the office chooses one"
    assert "://" not in str(options)
    with pytest.raises(ValueError, match="not one of"):
        assets.local_path("https://cdn.example/leaflet.js")


def test_no_shipped_file_names_another_host() -> None:
    allowed = re.compile(
        r"https?://(www\.w3\.org/|leafletjs\.com|geoman\.io|sketch\.com|www\.bohemiancoding\.com|github\.com|127\.0\.0\.1|localhost)"
    )
    for path in (*(STATIC / "map").iterdir(), STATIC / "page.css", *(STATIC / "vendor").rglob("*.*s")):
        text = re.sub(r"/\*.*?\*/", "", path.read_text("utf-8"), flags=re.DOTALL)  # comments fetch nothing
        for found in re.findall(r"https?://[^\s\"')]+", text):
            assert allowed.match(found), f"{path.name}: {found}"
        assert "@import" not in text


def test_only_one_module_imports_folium() -> None:
    for path in (ROOT / "app").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            if any(n.split(".")[0] in ("folium", "branca") for n in names):
                assert path == Path(map_component.__file__), path


def test_pages_are_thin() -> None:
    for path in (ROOT / "app" / "pages").glob("*.py"):
        text = path.read_text("utf-8")
        assert len(text.splitlines()) <= 95, path.name
        assert not re.search(r"import (pandas|geopandas|shapely)", text), path.name


def test_runs_of_one_visitor_follow_one_another() -> None:
    """With fast reruns a press starts a second thread while the first still writes to the same session: a double click
    then ended now and then in "dictionary changed size during iteration", and the deed was lost."""
    told = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text("utf-8"))
    assert told["runner"]["fastReruns"] is False


def test_raw_html_goes_out_in_few_places_and_every_value_is_escaped() -> None:
    for path in (ROOT / "app").rglob("*.py"):
        text = path.read_text("utf-8")
        assert "unsafe_allow_html" not in text, path.name
        assert "components.html" not in text, path.name


HOSTILE = (
    "<img src=x onerror=alert(1)>",
    "${alert(1)}",
    "\\`+alert(1)+`",
    "</script><script>alert(1)</script>",
    "{{7*7}}",
)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_harmless_in_html_and_templates(text: str) -> None:
    safe = esc(text)
    assert not set(safe) & set("<>$`\\{}\"'")


def test_hostile_text_is_harmless_in_markdown() -> None:
    safe = esc_markdown("![x](http://evil.example/b.png) **b** $x$ `c`\n# h")
    assert not re.search(r"(?<!\\)[!\[\]()*$`#<>]", safe)
    assert "\n" not in safe
