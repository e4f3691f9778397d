"""The peers of ``bench.map``: plain folium with GeoJSON in the page, and protomaps-leaflet over the same tiles.

protomaps-leaflet 5.1.0 ((c) Protomaps LLC, BSD 3-Clause: peers/protomaps-leaflet.LICENSE.txt) with painted tiles up to
zoom 12 is the best alternative of the measured prototypes: "hybrid raster≤12 + protomaps dyn MVT ≥13".
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from bench._map_browser import ROOT

VENDOR = ROOT / "app" / "static" / "vendor" / "leaflet"
PEERS = Path(__file__).parent / "peers"
PAGE = """<!doctype html><meta charset=utf-8><style>html,body,#m{margin:0;height:100%}</style>
<link rel=stylesheet href=/peer/leaflet.css><div id=m></div><script src=/peer/leaflet.js></script>
<script src=/peer/protomaps-leaflet.js></script><script>
const COLOURS = __COLOURS__, map = L.map("m", {preferCanvas: true, maxZoom: 19, zoomSnap: 0.5});
const png = L.tileLayer("/tiles/parcels/{z}/{x}/{y}.png?v=peer", {maxZoom: 12.49});
const rules = Object.keys(COLOURS).map(k => ({dataLayer: "parcels", filter: (z, f) => f.props.k === k,
  symbolizer: new protomapsL.PolygonSymbolizer({fill: COLOURS[k], stroke: "#888", width: 0.3})}));
const mvt = protomapsL.leafletLayer({url: "/tiles/parcels/{z}/{x}/{y}.mvt?v=peer", maxDataZoom: 16, paintRules: rules,
  labelRules: [], noWrap: true});
let loading = true;
mvt.on("loading", () => loading = true); mvt.on("load", () => loading = false);
png.on("loading", () => loading = true); png.on("load", () => loading = false);
function place() { const v = map.getZoom() >= 12.5; [[mvt, v], [png, !v]].forEach(([l, on]) =>
  on && !map.hasLayer(l) ? l.addTo(map) : !on && map.hasLayer(l) ? l.remove() : 0); }
map.on("zoomend", place); map.setView([__LAT__, __LON__], __ZOOM__); place();
</script>"""


def serve_peer(context: Any, address: str, view: tuple[float, float, float]) -> str:
    """Let a browser context find the peer's page beside the app's own tiles; the page's address."""
    from geo.report.palette import layer_styles

    colours = {s.style: s.fill for s in layer_styles("parcels")}
    zoom, lat, lon = view
    text = PAGE.replace("__COLOURS__", json.dumps(colours)).replace("__LAT__", str(lat))
    text = text.replace("__LON__", str(lon)).replace("__ZOOM__", str(zoom))
    files = {"leaflet.css": VENDOR / "leaflet.css", "leaflet.js": VENDOR / "leaflet.js",
             "protomaps-leaflet.js": PEERS / "protomaps-leaflet.js"}  # fmt: skip

    bodies = {name: path.read_text("utf-8") for name, path in files.items()}

    def answer(route: Any) -> None:
        name = route.request.url.rsplit("/", 1)[-1]
        if name in bodies:
            kind = "text/css" if name.endswith("css") else "text/javascript"
            route.fulfill(body=bodies[name], content_type=kind)
        else:
            route.fulfill(body=text, content_type="text/html")

    context.route("**/peer/*", answer)
    return f"{address}/peer/page"


def folium_page(frame: Any, folder: Path, *, rows: int) -> tuple[Path, float]:
    """Plain folium: GeoJSON inside the page, one JavaScript style, canvas; the file and the seconds to build it."""
    import folium
    from folium.utilities import JsCode

    from geo.geometry.crs import to_degrees

    begun = time.monotonic()
    part = to_degrees(frame.iloc[:rows][["parcel_id", "class_code", "geometry"]])
    west, south, east, north = part.total_bounds
    made = folium.Map(location=[(south + north) / 2, (west + east) / 2], zoom_start=12, tiles=None, prefer_canvas=True)
    style = JsCode("function(f){return {weight:0.5,color:'#888',fillOpacity:0.8,fillColor:'#A5CC90'};}")
    folium.GeoJson(part.to_json(), style=style).add_to(made)
    made.fit_bounds([[south, west], [north, east]])
    path = folder / "folium.html"
    made.save(str(path))
    text = path.read_text("utf-8")
    # The page as folium writes it asks a network for Leaflet and more; only Leaflet is needed, and given from here.
    script, sheet = (VENDOR / "leaflet.js").read_text("utf-8"), (VENDOR / "leaflet.css").read_text("utf-8")
    import re

    text = re.sub(r"<script src=\"https://[^>]*></script>|<link rel=\"stylesheet\" href=\"https://[^>]*/>", "", text)
    text = text.replace("<head>", f"<head><style>{sheet}</style><script>{script}</script>", 1)
    path.write_text(text, "utf-8")
    return path, time.monotonic() - begun
