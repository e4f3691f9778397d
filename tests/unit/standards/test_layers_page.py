"""docs/layers.md says what the layer schemas say."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from geo.standards.schema import layer_names, schema

ROOT = Path(__file__).parents[3]


def test_the_page_is_current_and_complete() -> None:
    spec = importlib.util.spec_from_file_location("make_layers_page", ROOT / "tools" / "make_layers_page.py")
    assert spec
    assert spec.loader
    maker = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(maker)
    written = (ROOT / "docs" / "layers.md").read_text("utf-8")
    assert written == maker.page(), "run: python tools/make_layers_page.py"
    for name in layer_names():
        assert f"`{schema(name).official}`" in written
        assert not [f.official for f in schema(name).fields if f"`{f.official}`" not in written]
