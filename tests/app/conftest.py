"""The app without a browser: each page as a script, with the map's clicks given by the test."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from streamlit.runtime.pages_manager import PagesManager
from streamlit.testing.v1 import AppTest

from app.tile_store import TileStore

ROOT = Path(__file__).parents[2]


class _OurMenu(PagesManager):
    """As under ``app/server.py``: the menu is st.navigation's, not guessed from the pages folder."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        PagesManager.uses_pages_directory = False
        super().__init__(*args, **kwargs)


@pytest.fixture(autouse=True)
def _house(monkeypatch: pytest.MonkeyPatch, zone_folder: Path, tmp_path: Path) -> None:
    """The shipped zone, an empty plan folder, our menu; caches of an earlier test's zone are dropped."""
    monkeypatch.setattr("streamlit.testing.v1.app_test.PagesManager", _OurMenu)
    monkeypatch.setenv("TIANCHOU_ZONE", str(zone_folder))
    monkeypatch.setenv("TIANCHOU_OUT", str(tmp_path / "out"))
    monkeypatch.setattr("app.routes.store", TileStore(tmp_path / "tiles"))
    # Every run of an AppTest would read the metadata of all installed packages, to look for components; ours is inline.
    monkeypatch.setattr("streamlit.components.v2.manifest_scanner.scan_component_manifests", list)


@pytest.fixture
def clicks(monkeypatch: pytest.MonkeyPatch) -> Callable[[float, float], None]:
    """Answers the map's next run with a click; also collects what each map was told."""
    answer: dict[str, Any] = {}

    def show(*_: Any, **__: Any) -> dict[str, Any] | None:
        told = dict(answer)
        answer.clear()  # a trigger is told once
        return told or None

    def click(lon: float, lat: float) -> None:
        answer.update(kind="click", lon=lon, lat=lat, more=False)

    monkeypatch.setattr("app.parts.map_component.show", show)
    return click


@pytest.fixture
def page() -> Callable[..., AppTest]:
    """A page of the app, run once: ``page("about", lang="en")``."""

    def run(name: str, *, lang: str = "zh") -> AppTest:
        app = AppTest.from_file(str(ROOT / "app" / "Home.py"), default_timeout=60)
        app.query_params["lang"] = lang
        app.run()
        if name != "overview":
            app.switch_page(f"pages/{name}.py").run()
        return app

    return run


@pytest.fixture
def told() -> Callable[[AppTest], str]:
    """Everything a visitor reads on a page, in one text."""
    return _told


def _told(app: AppTest) -> str:
    parts = [e.value for kind in (app.markdown, app.caption, app.info, app.error, app.warning) for e in kind]
    parts += [str(e.proto.body) for e in app.get("html")]
    parts += [e.label for kind in (app.button, app.checkbox, app.slider, app.selectbox, app.toggle) for e in kind]
    parts += [" ".join(map(str, e.value.columns)) + e.value.to_csv() for e in app.dataframe]
    return "\n".join(parts)
