"""THE PLAN AS ONE PAGE: a single HTML file under a million bytes that opens by double-click and asks no network.

Map (Leaflet inside the file, house coordinates in metres), figures, verdicts, plots, legend, in both languages. The
ground is a picture; only the plots of the plan and the control lines are shapes. A content policy inside the file
forbids every request; texts of data are JSON that the page shows as text only.
"""

from __future__ import annotations

import base64
import io
import json
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from geo.report.content import PlanReport
from geo.report.forms import review_form
from geo.report.map_frame import Frame
from geo.report.map_image import Filled, sign_picture
from geo.report.palette import Style, layer_styles, styles
from geo.report.text import plain
from geo.report.view_layers import style_ids, view_layer
from geo.report.words import word
from geo.report.writing import replacing
from geo.standards.units import MU_M2

if TYPE_CHECKING:
    import geopandas as gpd

MOST_BYTES = 1_000_000
_HERE = Path(__file__).parent
# The map library lies with the app's other vendored files, with its licence and hash in their manifest.
_LEAFLET = Path(__file__).parents[2] / "app" / "static" / "vendor" / "leaflet"
_POLICY = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:"
_TRIES = ((2300, 68, 0.3), (1500, 62, 0.5), (1200, 55, 1.0), (950, 50, 2.0), (750, 45, 4.0), (600, 40, 8.0))
_MOST_PLOTS = 4000  # more would not fit whatever their outlines
_FEWEST = 50  # plots that a page shows at least, before it would rather be too large

Bounds = tuple[float, float, float, float]


def write_plan_page(report: PlanReport, path: Path | str) -> Path:
    """Writes the page; returns its path. Raises OSError when it cannot be written, ValueError when it cannot be small.

    The picture gets coarser and the outlines simpler until the file is small enough; a plan of very many plots shows
    the largest ones and says how many it left out.
    """
    path = Path(path)
    body = plan_page(report)
    with replacing(path) as temporary:
        temporary.write_text(body, "utf-8")
    return path


def plan_page(report: PlanReport) -> str:
    """The page as text. Raises ValueError when no plan of this size fits."""
    frames = [f for f in (report.moved_out, report.moved_in) if len(f)]
    bounds = _bounds(report, frames)
    keep = min(len(report.moved_out) + len(report.moved_in), _MOST_PLOTS)
    while True:
        for pixels, quality, fine in _TRIES:
            data = _data(report, bounds, fine, keep)
            data["ground"] = _ground(report, bounds, pixels, quality)
            page = _page(data, report)
            if len(page.encode("utf-8")) < MOST_BYTES:
                return page
        if keep <= _FEWEST:
            raise ValueError("the plan does not fit into one page")
        keep //= 2


def _bounds(report: PlanReport, frames: list[gpd.GeoDataFrame]) -> Bounds:
    """The plots with a kilometre around them, or the whole data for a plan that moves nothing."""
    source = frames or [report.layers.parcels]
    boxes = np.array([f.total_bounds for f in source])
    west, south = boxes[:, :2].min(axis=0) - 1000
    east, north = boxes[:, 2:].max(axis=0) + 1000
    return (float(west), float(south), float(east), float(north))


def _ground(report: PlanReport, bounds: Bounds, pixels: int, quality: int) -> dict[str, Any]:
    """Land use and permanent farmland as a WebP picture of so many dots on its longer side."""
    from PIL import Image

    west, south, east, north = bounds
    longer = max(east - west, north - south)
    wide, high = (east - west) / longer * pixels, (north - south) / longer * pixels
    extent = Frame(west, south, east, north, 1, wide, high, 1000.0)
    layers = []
    for name, frame, opacity in (
        ("parcels", report.layers.parcels, 0.8),
        ("farmland", report.layers.farmland, 0.45),
    ):
        if len(frame):
            layer = view_layer(name, frame, style_ids(name, frame), opacity=opacity)
            fills = tuple(s.fill for s in layer.signs)
            layers.append(Filled(frame.geometry.to_numpy(), layer.number, fills, opacity))
    # Twice as fine, then averaged: thin canals stay.
    picture = Image.fromarray(sign_picture(layers, extent, dpi=51))
    picture = picture.resize((max(1, round(wide)), max(1, round(high))), Image.Resampling.BOX)
    held = io.BytesIO()
    picture.save(held, "WEBP", quality=quality, method=4)
    text = base64.b64encode(held.getvalue()).decode("ascii")
    return {"src": f"data:image/webp;base64,{text}", "low": [0, 0], "high": [east - west, north - south]}


def _data(report: PlanReport, bounds: Bounds, fine: float, keep: int) -> dict[str, Any]:
    origin = (bounds[0], bounds[1])
    signs: dict[str, Style] = {}
    plots, towns = _plots(report, origin, fine, signs)
    left_out = max(0, len(plots) - keep)
    plots = sorted(plots, key=lambda p: -p[4])[:keep]
    lines = _lines(report, origin, fine * 6, bounds, signs)
    form = review_form(report)
    share = form.inn["share"]
    facts = [
        (("out", "unit.mu"), form.out["total_mu"], 2), (("in", "unit.mu"), form.inn["total_mu"], 2),
        (("ratio", ""), share, 2), (("pieces_out", ""), form.out["pieces"], 0),
        (("pieces_in", ""), form.inn["pieces"], 0), (("grade_in", ""), form.inn["grade"], 2),
    ]  # fmt: skip
    # The mark of invented data has its own place on the page: not twice.
    marks = {"zh": f"（{word('synthetic', 'zh')}）", "en": " (sample data, not real parcels)"}
    name = {g: plain(report.name[g]).replace(mark, "") for g, mark in marks.items()}
    title = [f"{name['zh']}{word('map.plan', 'zh')}", f"{word('map.plan', 'en')} – {name['en']}"]
    made = report.made.date().isoformat()
    return {
        "title": title,
        "lead": [f"{word('rules_on', g)} {report.on.isoformat()}  {word('made', g)} {made}" for g in ("zh", "en")],
        "synthetic": report.synthetic,
        "size": [bounds[2] - bounds[0], bounds[3] - bounds[1]],
        "words": {k: [word(f"page.{k}", "zh"), word(f"page.{k}", "en")] for k in _WORDS},
        "facts": [[_label(keys), _figure(value, digits)] for keys, value, digits in facts],
        "verdicts": [
            *([[v.zh, v.en], v.passed, [plain(v.figures_zh), plain(v.figures_en)]] for v in form.verdicts),
            *([[plain(j.zh), plain(j.en)], j.passed, [plain(j.article_zh), plain(j.article_en)]]
              for j in report.judgements),
        ],
        "by_town": [
            [plain(n), round(float(o) / MU_M2, 2), round(float(i) / MU_M2, 2)]
            for n, o, i in zip(report.by_town["town_name"], report.by_town["out_net_m2"], report.by_town["in_net_m2"],
                               strict=True)
        ],
        "plots": plots,
        "towns": towns,
        "left_out": left_out,
        "lines": lines,
        "signs": {
            k: {"fill": s.fill, "stroke": s.stroke, "width": s.width, "label": [s.zh, s.en]} for k, s in signs.items()
        },
        "notes": _notes(report),
    }  # fmt: skip


_WORDS = (
    "id", "town", "class", "area", "mu", "ha", "grade", "synthetic", "figures", "verdicts", "by_town", "out_mu",
    "in_mu", "change_mu", "plots", "left_out", "legend", "about",
)  # fmt: skip


def _label(keys: tuple[str, str]) -> list[str]:
    key, unit = keys
    return [f"{word(f'page.{key}', g)} {word(unit, g) if unit else ''}".strip() for g in ("zh", "en")]


def _figure(value: float | None, digits: int) -> str:
    return "–" if value is None else f"{value:,.{digits}f}"


def _notes(report: PlanReport) -> list[list[str]]:
    found = [[word("page.note", g) for g in ("zh", "en")], [word("area_method", g) for g in ("zh", "en")]]
    run = f"{report.run_id} · 田畴 Tianchou {report.software.get('tianchou', '')}"
    found.append([f"{word('run', g)} {run}" for g in ("zh", "en")])
    if report.licence_zh or report.licence_en:
        found.append([plain(report.licence_zh), plain(report.licence_en)])
    return found


def _plots(
    report: PlanReport, origin: tuple[float, float], fine: float, signs: dict[str, Style]
) -> tuple[list[list[Any]], list[str]]:
    """Every plot of the plan: sign, id, township, class, 亩, grade, outline; and the names of the townships."""
    towns: dict[str, int] = {}
    found: list[list[Any]] = []
    for name, frame, column in (
        ("moved_in", report.moved_in, "candidate_id"), ("moved_out", report.moved_out, "farmland_id")
    ):  # fmt: skip
        chosen = style_ids(name, frame, "source" if name == "moved_in" else "")
        for row, sign in zip(frame.itertuples(), chosen, strict=True):
            signs.setdefault(sign, styles()[sign])
            town = towns.setdefault(plain(row.town_name), len(towns))
            grade = None if row.grade is None or row.grade != row.grade else round(float(row.grade), 2)
            mu = round(float(row.net_area_m2) / MU_M2, 2)
            outline = _outline(row.geometry, origin, fine)
            found.append([sign, plain(getattr(row, column)), town, plain(row.class_code), mu, grade, outline])
    return found, list(towns)


def _lines(
    report: PlanReport, origin: tuple[float, float], fine: float, bounds: Bounds, signs: dict[str, Style]
) -> list[list[Any]]:
    """Control lines and townships, simplified, as far as they are in sight."""
    found = []
    sight = shapely.box(*bounds)
    for name, frame in (
        ("towns", report.layers.towns), ("redline", report.layers.redline), ("boundary", report.layers.boundary)
    ):  # fmt: skip
        if frame is None or not len(frame):
            continue
        ids = style_ids(name, frame)
        for style in layer_styles(name):
            mine = frame.geometry.to_numpy()[[i == style.style for i in ids]]
            mine = shapely.intersection(shapely.make_valid(shapely.simplify(mine, fine)), sight)
            outlines = [o for g in mine for o in _outline(g, origin, 0.0)]
            if outlines:
                signs.setdefault(style.style, style)
                found.append([style.style, outlines])
    return found


def _outline(geometry: Any, origin: tuple[float, float], fine: float) -> list[list[list[int]]]:
    """Polygons of rings, each ring as steps in decimetres from point to point, from the south-west corner."""
    if fine:
        simple = shapely.simplify(geometry, fine)
        geometry = geometry if shapely.is_empty(simple) else simple
    polygons = []
    for part in shapely.get_parts(geometry):
        if shapely.get_type_id(part) != 3:
            continue
        rings = []
        for ring in shapely.get_rings(part):
            points = np.rint((shapely.get_coordinates(ring)[:-1] - origin) * 10).astype(int)
            steps = np.diff(points, axis=0, prepend=np.zeros((1, 2), dtype=int))
            rings.append(steps.ravel().tolist())
        polygons.append(rings)
    return polygons


@cache
def _vendored() -> tuple[str, str]:
    """Leaflet's script without its map of sources, and its style sheet without pictures."""
    script = (_LEAFLET / "leaflet.js").read_text("utf-8")
    style = (_LEAFLET / "leaflet.css").read_text("utf-8")
    return re.sub(r"//# sourceMappingURL=.*", "", script), re.sub(r"url\([^)]*\)", "none", style)


def _page(data: dict[str, Any], report: PlanReport) -> str:
    import html

    script, style = _vendored()
    # No text of the data can end the element or begin a comment: every < is written as an escape of JSON.
    told = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    told = told.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    own_style = (_HERE / "plan_page.css").read_text("utf-8")
    own_script = (_HERE / "plan_page.js").read_text("utf-8")
    for text in (script, own_script):
        if "</script" in text.lower():
            raise ValueError("a script of the page would end early")
    title = html.escape(data["title"][0])
    mark = html.escape(word("synthetic", "zh")) if report.synthetic else ""
    return (
        f'<!DOCTYPE html>\n<html lang="zh-CN"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><title>{title}</title>'
        f'<link rel="icon" href="data:,"><style>{style}\n{own_style}</style></head>\n'
        f"<body><header><h1>{title}</h1><p>{mark}</p></header><main>"
        f'<div id="map" role="application" aria-label="{title}"></div><aside></aside></main>'
        f'<script type="application/json" id="data">{told}</script>'
        f"<script>{script}</script>\n<script>{own_script}</script></body></html>\n"
    )
