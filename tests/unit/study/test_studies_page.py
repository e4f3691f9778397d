"""docs/studies.md says what the studies declare."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from geo.study import conflicts, relocation

ROOT = Path(__file__).parents[3]


def test_the_page_is_current_and_complete() -> None:
    spec = importlib.util.spec_from_file_location("make_studies_page", ROOT / "tools" / "make_studies_page.py")
    assert spec
    assert spec.loader
    maker = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(maker)
    written = (ROOT / "docs" / "studies.md").read_text("utf-8")
    assert written == maker.page(), "run: python tools/make_studies_page.py"
    for spec_of in (conflicts.SPEC, relocation.SPEC):
        assert not [i.name for i in spec_of.inputs if f"`--{i.name.replace('_', '-')}`" not in written]
        assert not [o.file for o in spec_of.outputs if f"`{o.file}`" not in written]
