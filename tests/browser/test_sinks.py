"""28 sinks of folium × 4 families of hostile text in headless Chromium: nothing runs that went through ``esc``.

One page a family holds every sink; a page without ``esc`` proves that the trap itself works. The map of the app
does not use folium's popups at all; the sinks are those that a page of this house could reach (reliability F4).
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.parts.safe_text import esc

pytestmark = pytest.mark.browser
folium = pytest.importorskip("folium")

MARK = "window.__ran=(window.__ran||0)+1"
FAMILIES = {
    "html": f'<img src=x onerror="{MARK}"><svg onload="{MARK}">',
    "template": "${" + MARK + "}",
    "backtick": "`+(" + MARK + ")+`",
    "script": f"</script><script>{MARK}</script>",
}
AT = [31.0, 120.9]


def feature(properties: dict[str, Any], identifier: str = "1") -> dict[str, Any]:
    square = [[[120.9, 31.0], [120.91, 31.0], [120.91, 31.01], [120.9, 31.0]]]
    return {"type": "FeatureCollection", "features": [
        {"type": "Feature", "id": identifier, "geometry": {"type": "Polygon", "coordinates": square},
         "properties": properties}]}  # fmt: skip


def _geo(kind: str, text: str) -> Any:
    """GeoJson with the text in its value, alias, column name, list, dict, name, id or properties only."""
    shown: dict[str, Any] = {
        "value": text, "list": [text], "dict": {"a": text}, "alias": "v", "column": "v", "name": "v", "only": text,
        "id": "v",
    }  # fmt: skip
    key = text if kind.endswith("column") else "k"
    what = kind.split("_")[-1]
    data = feature({key: shown[what]}, text if what == "id" else "1")
    made: dict[str, Any] = {"name": text if what == "name" else "g"}
    aliases = [text if what == "alias" else "a"]
    if kind.startswith("tip"):
        made["tooltip"] = folium.GeoJsonTooltip([key], aliases=aliases)
    if kind.startswith("pop"):
        made["popup"] = folium.GeoJsonPopup([key], aliases=aliases)
    return folium.GeoJson(data, **made)


Adder = Callable[[Any, str], Any]


def _add(make: Callable[[str], Any]) -> Adder:
    return lambda m, text: make(text).add_to(m)


def _element(m: Any, text: str) -> None:
    from branca.element import Element

    m.get_root().html.add_child(Element(f"<p>{text}</p>"))


def _header(m: Any, text: str) -> None:
    from branca.element import Element

    m.get_root().header.add_child(Element(f"<meta name='description' content=\"{text}\">"))


def _legend(m: Any, text: str) -> None:
    from branca.colormap import LinearColormap

    LinearColormap(["red", "blue"], vmin=0, vmax=1, caption=text).add_to(m)


SINKS: dict[str, Adder] = {
    "marker_popup": _add(lambda t: folium.Marker(AT, popup=t)),
    "marker_tooltip": _add(lambda t: folium.Marker(AT, tooltip=t)),
    "popup": _add(lambda t: folium.Marker(AT, popup=folium.Popup(t))),
    "popup_shown": _add(lambda t: folium.Marker(AT, popup=folium.Popup(t, show=True))),
    "popup_parsed": _add(lambda t: folium.Marker(AT, popup=folium.Popup(t, parse_html=True, show=True))),
    "tooltip": _add(lambda t: folium.Marker(AT, tooltip=folium.Tooltip(t, permanent=True))),
    "circle_popup": _add(lambda t: folium.CircleMarker(AT, popup=folium.Popup(t, show=True))),
    "circle_tooltip": _add(lambda t: folium.CircleMarker(AT, tooltip=folium.Tooltip(t, permanent=True))),
    "polygon_popup": _add(lambda t: folium.Polygon([AT, [31.01, 120.9], [31.0, 120.91]], popup=t)),
    "polygon_tooltip": _add(lambda t: folium.Polygon([AT, [31.01, 120.9], [31.0, 120.91]], tooltip=t)),
    "line_tooltip": _add(lambda t: folium.PolyLine([AT, [31.01, 120.9]], tooltip=folium.Tooltip(t, permanent=True))),
    "tip_value": _add(lambda t: _geo("tip_value", t)),
    "tip_alias": _add(lambda t: _geo("tip_alias", t)),
    "tip_column": _add(lambda t: _geo("tip_column", t)),
    "tip_list": _add(lambda t: _geo("tip_list", t)),
    "tip_dict": _add(lambda t: _geo("tip_dict", t)),
    "pop_value": _add(lambda t: _geo("pop_value", t)),
    "pop_alias": _add(lambda t: _geo("pop_alias", t)),
    "pop_column": _add(lambda t: _geo("pop_column", t)),
    "geo_name": _add(lambda t: _geo("geo_name", t)),
    "geo_only": _add(lambda t: _geo("geo_only", t)),
    "geo_id": _add(lambda t: _geo("geo_id", t)),
    "group_name": _add(lambda t: folium.FeatureGroup(name=t)),
    "tile_attr": _add(lambda t: folium.TileLayer("tiles/{z}/{x}/{y}.png", attr=t, name="t")),
    "div_icon": _add(lambda t: folium.Marker(AT, icon=folium.DivIcon(html=t))),
    "element": _element,
    "legend": _legend,
    "pop_list": _add(lambda t: _geo("pop_list", t)),
}


def test_there_are_28_sinks_and_4_families() -> None:
    assert len(SINKS) == 28
    assert len(FAMILIES) == 4


def _page(folder: Path, family: str, names: list[str], clean: Callable[[str], str]) -> Path:
    """One map with all sinks of a family, its own Leaflet and no network."""
    made = folium.Map(AT, zoom_start=13, tiles=None)
    for name in names:
        SINKS[name](made, clean(FAMILIES[family]))
    folium.LayerControl(collapsed=False).add_to(made)
    text = made.get_root().render()
    vendor = Path(__file__).parents[2] / "app" / "static" / "vendor" / "leaflet"
    for file in ("leaflet.js", "leaflet.css"):
        shutil.copyfile(vendor / file, folder / file)
    first = r'<script src="https?://[^"]*leaflet[^"]*\.js"></script>'
    text = re.sub(first, '<script src="leaflet.js"></script>', text, count=1)
    text = re.sub(r'<script src="https?://[^"]*"></script>', "", text)
    text = re.sub(r'<link rel="stylesheet" href="https?://[^"]*"\s*/?>', "", text)
    # folium's popups ask for jQuery, its legend for d3: what they call, and no more
    shim = (
        "<script>window.$ = window.jQuery = h => { const d = document.createElement('div'); d.innerHTML = h;"
        " return [d.firstChild || d]; };"
        " window.d3 = new Proxy(function () {}, { get: (t, k) => k === Symbol.toPrimitive ? () => '' : window.d3,"
        " apply: () => window.d3 });</script>"
    )
    page = folder / f"{family}-{len(names)}.html"
    page.write_text(text.replace("<head>", "<head>" + shim, 1), "utf-8")
    return page


def _ran(browser: Any, page: Path) -> tuple[int, int, list[str]]:
    """How often something ran when all tips and popups were opened, how many those were, and what went wrong."""
    context = browser.new_context(viewport={"width": 1000, "height": 700})
    opened = context.new_page()
    asked: list[str] = []
    opened.on("pageerror", lambda fault: asked.append(f"page error: {fault}"))
    opened.on("request", lambda r: asked.append(r.url) if not r.url.startswith(("file:", "data:")) else None)
    opened.goto(page.as_uri())
    opened.wait_for_timeout(300)
    shown = opened.evaluate(
        """() => { let shown = 0;
            const show = l => { if (l.openTooltip && l.getTooltip && l.getTooltip()) { l.openTooltip(); shown++; }
                                if (l.openPopup && l.getPopup && l.getPopup()) { l.openPopup(); shown++; }
                                if (l.eachLayer) l.eachLayer(show); };
            for (const k of Object.keys(window)) if (window[k] instanceof L.Map) window[k].eachLayer(show);
            return shown; }"""
    )
    opened.wait_for_timeout(500)
    ran = int(opened.evaluate("window.__ran || 0"))
    context.close()
    return ran, int(shown), asked


@pytest.mark.parametrize("family", FAMILIES)
def test_nothing_runs_in_any_sink(browser, tmp_path: Path, family: str) -> None:
    ran, shown, faults = _ran(browser, _page(tmp_path, family, list(SINKS), esc))
    assert faults == []  # a script that broke off would have run nothing
    assert shown >= 19
    assert ran == 0


@pytest.mark.parametrize("family", FAMILIES)
def test_the_trap_works(browser, tmp_path: Path, family: str) -> None:
    """The same text raw, in a sink that it can break out of, does run: otherwise the test above would prove nothing."""
    sink = {"html": "tip_value", "template": "popup_shown", "backtick": "tooltip", "script": "element"}[family]
    ran, _, _ = _ran(browser, _page(tmp_path, family, [sink], str))
    assert ran > 0


def test_names_of_dropped_files_do_not_run_or_fetch_on_the_data_page(visit, tmp_path: Path) -> None:
    """A layer with hostile names and values on the page itself: markdown pictures, HTML, formulas, templates."""
    import geopandas as gpd
    import shapely

    text = f"![x](http://127.0.0.1:9/p.png)<img src=x onerror={MARK}>$" + "{" + MARK + "}"
    frame = gpd.GeoDataFrame({"BSM": [text, text + "2"], text[:30]: [text, text]},
                             geometry=[shapely.box(120.9, 31.0, 120.91, 31.01)] * 2, crs=4490)  # fmt: skip
    name = tmp_path / "![x](127.0.0.1)<img src=x onerror=alert(1)>.geojson"
    name.write_text(frame.to_json(), "utf-8")
    visit.open("zh", menu="数据")
    visit.page.locator("input[type='file']").set_input_files([str(name)])
    visit.page.locator("[data-testid='stDataFrame']").first.wait_for(timeout=90_000)
    visit.idle()
    visit.page.get_by_role("tab", name="致测绘单位").click()
    visit.idle()
    assert visit.page.evaluate("window.__ran || 0") == 0
    assert visit.page.locator("img[src*='127.0.0.1:9'], img[src='x']").count() == 0
