"""成果图: a view of the zone as a printed sheet: which layers, what part of the ground, on what paper."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

from geo.errors import InputProblem
from geo.finding import Finding
from geo.geometry.crs import GEOGRAPHIC_EPSG, HOUSE_EPSG
from geo.io.zone_folder import read_zone
from geo.report.palette import class_style
from geo.report.text import plain as plain_text
from geo.report.view_layers import STANDING, ViewLayer, style_ids, view_layer
from geo.report.view_sheet import PAPERS, ViewSheet, write_view_sheet
from geo.report.words import said, word
from geo.standards.land import admin_units
from geo.standards.schema import schema
from geo.study.record import software

if TYPE_CHECKING:
    import geopandas as gpd

    from geo.report.view_sheet import Paper
    from geo.zone import Zone

Bounds = tuple[float, float, float, float]
_PALE = 0.35
_UNDER_THEME = ("parcels", "farmland", "reserve", "highstandard")
_SCREEN = (1100, 640)  # dots of the map in the page, from which a link's place and zoom make a part of the ground


@dataclass(frozen=True)
class Wish:
    """What to print. layers: house names with opacity, bottom first (empty: what the app shows first); view: a link.

    bounds: west, south, east, north in degrees (CGCS2000); town: code or name of a township; neither: the whole zone.
    """

    layers: tuple[tuple[str, float], ...] = ()
    bounds: Bounds | None = None
    town: str = ""
    title: str = ""
    lang: str = "zh"
    cvd: bool = False
    paper: Paper = "A3"
    portrait: bool = False


def wish_of_link(link: str, wish: Wish) -> Wish:
    """A wish with the place, layers, palette and language of a link that the app copied. Raises InputProblem (MP201).

    link: the whole address or what follows the question mark (at=zoom/lat/lon, on=, off=, fade=, order=, cvd=, lang=).
    """
    asked = {k: v[0] for k, v in parse_qs(urlsplit(link).query or link.lstrip("?")).items()}
    known = [n for n, _, _, _ in STANDING]
    shown = {n: on for n, on, _, _ in STANDING}
    fade = {n: level for n, _, level, _ in STANDING}
    for key, on in (("on", True), ("off", False)):
        shown |= {n: on for n in asked.get(key, "").split(",") if n in shown}
    try:
        fade |= {n: float(v) for n, v in (p.split(":") for p in asked.get("fade", "").split(",") if p) if n in fade}
        zoom, lat, lon = (float(v) for v in asked["at"].split("/"))
        if not (5 <= zoom <= 20 and abs(lat) <= 85 and abs(lon) <= 180 and all(0 <= v <= 1 for v in fade.values())):
            raise ValueError(link)
    except (KeyError, ValueError):
        raise InputProblem([Finding("MP201", "error", "--view", measured=plain_text(link)[:120])]) from None
    order = [n for n in asked.get("order", "").split(",") if n in known]
    order = [*[n for n in known if n not in order], *order] if order else known
    half = [s / 2 * 360 / 256 / 2**zoom for s in _SCREEN]
    tall = half[1] * math.cos(math.radians(lat))
    return replace(
        wish, bounds=(lon - half[0], lat - tall, lon + half[0], lat + tall), cvd=wish.cvd or asked.get("cvd") == "1",
        layers=tuple((n, fade[n]) for n in order if shown[n]), lang=asked.get("lang", wish.lang),
    )  # fmt: skip


def needed_layers(wish: Wish) -> tuple[str, ...]:
    """The house layers that have to be read for a wish."""
    names = [n for n, _ in wish.layers] or [n for n, on, _, _ in STANDING if on]
    return tuple(dict.fromkeys(["towns", *(n for n in names if not n.startswith("context_"))]))


def sheet(
    zone: Zone, wish: Wish, *, extra: Sequence[ViewLayer] = (), instead: Sequence[ViewLayer] | None = None
) -> ViewSheet:
    """The sheet of a wish; ``extra`` layers lie on top; ``instead``: these layers and not the zone's own.

    Raises InputProblem for an unknown layer, paper or township, and for bounds outside the zone.
    """
    faults = []
    if wish.paper not in PAPERS:
        faults.append(Finding("MP202", "error", "--size", measured=plain_text(wish.paper)))
    wanted = wish.layers or tuple((n, level) for n, on, level, _ in STANDING if on)
    known = {n for n, _, _, _ in STANDING}
    for name, _ in wanted:
        if name not in known or (wish.layers and not _has(zone, name) and not name.startswith("context_")):
            faults.append(Finding("MP203", "error", "--layers", measured=plain_text(name)))
    bounds: Bounds | None = None
    try:
        bounds = _ground(zone, wish)
    except InputProblem as problem:
        faults += problem.findings
    if faults or bounds is None:
        raise InputProblem(faults)
    own = [_standing(zone, n, level) for n, level in wanted if _has(zone, n)] if instead is None else instead
    layers = [*own, *extra]
    return ViewSheet(
        title=wish.title or _title(zone, layers, wish),
        layers=layers,
        bounds=bounds,
        made=datetime.now(ZoneInfo("Asia/Shanghai")).replace(microsecond=0),
        synthetic=zone.synthetic,
        source=source_line(zone, [_measured(layer) for layer in layers]),
        software=f"田畴 Tianchou {software()['tianchou']}",
        around=_around(zone),
        lakes=zone.context.get("lakes"),
    )


def _measured(layer: ViewLayer) -> str:
    """The layer of the zone that a layer of the sheet comes from: a theme has the identifiers of the one it colours."""
    if layer.name != "theme":
        return layer.name
    return next((n for n in ("farmland", "parcels") if schema(n).id_column in layer.frame), "parcels")


def source_line(zone: Zone, names: Sequence[str]) -> dict[str, str]:
    """Files and survey year that the layers were read from, by language."""
    files = list(dict.fromkeys(plain_text(zone.sources[n].file) for n in names if n in zone.sources))
    year = zone.survey_year or "–"
    return {g: said("sheet.source", g, files=", ".join(files) or "–", year=year) for g in ("zh", "en")}


def run(
    folder: Path | str,
    wish: Wish,
    path: Path | str,
    *,
    plan: Path | None = None,
    dpi: int = 300,
    theme: tuple[str, str, int] | None = None,
    before: Path | None = None,
) -> dict[str, Any]:
    """Reads what the sheet needs, writes it, and tells what was written. Raises InputProblem, ValueError, OSError.

    plan: folder of a plan of this zone, whose plots are drawn on top; theme: its name, the way of classes, how many:
    drawn in place of the land use; before: folder of an earlier survey, for the theme of change.
    """
    needed = needed_layers(wish)
    have = read_zone(folder, layers=needed) if wish.layers else read_zone(folder, layers=_there(folder, needed))
    extra = [] if plan is None else plan_layers(plan)
    if theme is not None:
        from geo.study.thematic import theme as by_value

        earlier = read_zone(before, layers=("parcels",)) if before is not None else None
        made = by_value(have, theme[0], method=theme[1], classes=theme[2], earlier=earlier)  # type: ignore[arg-type]
        extra = [made.layer(wish.lang), *extra]
        names = wish.layers or tuple((n, o) for n, on, o, _ in STANDING if on)
        # Change covers few places: the land stays to be seen, pale, under it.
        pale = (("parcels", _PALE),) if theme[0].startswith("change") else ()
        kept = tuple((n, o) for n, o in names if n not in _UNDER_THEME and _has(have, n))
        wish = replace(wish, layers=(*pale, *kept))
    view = sheet(have, wish, extra=extra)
    written = write(view, wish, path, dpi=dpi)
    from geo.report.view_sheet import sheet_frame

    frame = sheet_frame(view.bounds, wish.paper, portrait=wish.portrait)
    return {
        "file": str(written), "title": view.title, "scale": frame.scale, "paper": wish.paper, "dpi": dpi,
        "portrait": wish.portrait, "layers": [layer.name for layer in view.layers], "synthetic": view.synthetic,
        "source": view.source[wish.lang],
    }  # fmt: skip


def plan_layers(folder: Path) -> list[ViewLayer]:
    """The plots of a plan's folder as layers of a sheet. Raises InputProblem when the folder holds no plan."""
    from geo.io.plan_folder import read_table, table_names

    there = table_names(folder / "plan.gpkg")
    found = []
    for name, column in (("moved_in", "source"), ("moved_out", "")):
        frame = read_table(folder / "plan.gpkg", name) if name in there else None
        if frame is not None and len(frame) and "geometry" in frame:
            found.append(view_layer(name, frame, style_ids(name, frame, column), group="plan"))
    return found


def run_page(folder: Path | str, plan: Path, path: Path | str) -> dict[str, Any]:
    """A plan of this zone as one web page; tells what was written. Raises InputProblem, ValueError, OSError."""
    from geo.report.plan_page import write_plan_page
    from geo.study.plans import open_plan
    from geo.study.relocation_report import plan_report

    report = plan_report(open_plan(plan, read_zone(folder)))
    written = write_plan_page(report, path)
    return {"file": str(written), "bytes": written.stat().st_size, "run_id": report.run_id}


def write(view: ViewSheet, wish: Wish, path: Path | str, *, dpi: int = 300) -> Path:
    """Writes a sheet as its wish says: PDF or PNG by the suffix of ``path``. Raises InputProblem, OSError."""
    if Path(path).suffix.lower() not in (".pdf", ".png"):
        raise InputProblem([Finding("MP204", "error", "-o", measured=plain_text(Path(path).name))])
    return write_view_sheet(view, path, paper=wish.paper, portrait=wish.portrait, lang=wish.lang, cvd=wish.cvd, dpi=dpi)


def house_bounds(degrees: Bounds) -> Bounds:
    """West, south, east, north from CGCS2000 degrees to metres (EPSG:4528). Raises ValueError when not finite."""
    from pyproj import Transformer

    change = Transformer.from_crs(GEOGRAPHIC_EPSG, HOUSE_EPSG, always_xy=True)
    found = change.transform_bounds(*degrees)
    if not all(map(math.isfinite, found)):
        raise ValueError("bounds outside the projection")
    return tuple(float(v) for v in found)  # type: ignore[return-value]


def _there(folder: Path | str, names: Sequence[str]) -> tuple[str, ...]:
    """Of the layers shown first, those that the folder has: a zone without a red line is still printed."""
    from geo.io.zone_folder import layers_there

    found = layers_there(folder)
    return tuple(n for n in names if n in found) or tuple(names)


def _has(zone: Zone, name: str) -> bool:
    return name.removeprefix("context_") in zone.context if name.startswith("context_") else zone.has(name)


def _standing(zone: Zone, name: str, opacity: float) -> ViewLayer:
    group = next(g for n, _, _, g in STANDING if n == name)
    if not name.startswith("context_"):
        frame = zone.layer(name)
        return view_layer(name, frame, style_ids(name, frame), opacity=opacity, group=group)
    frame = zone.context[name.removeprefix("context_")].to_crs(HOUSE_EPSG)
    sign = class_style("parcels", "1102") if name == "context_lakes" else class_style("counties", "")
    return view_layer(name, frame, [sign.style] * len(frame), opacity=opacity, group=group)


def _ground(zone: Zone, wish: Wish) -> Bounds:
    towns = zone.layer("towns")
    if wish.town:
        mine = towns[_is_town(zone, wish.town)]
        if not len(mine):
            raise InputProblem([Finding("MP205", "error", "--town", measured=plain_text(wish.town))])
        return tuple(float(v) for v in mine.total_bounds)  # type: ignore[return-value]
    whole: Bounds = tuple(float(v) for v in towns.total_bounds)  # type: ignore[assignment]
    if wish.bounds is None:
        return whole
    west, south, east, north = wish.bounds
    try:
        if not (west < east and south < north):
            raise ValueError("empty")
        found = house_bounds(wish.bounds)
    except ValueError:
        raise InputProblem([Finding("MP206", "error", "--bounds", measured=plain_text(wish.bounds))]) from None
    if found[0] > whole[2] or found[2] < whole[0] or found[1] > whole[3] or found[3] < whole[1]:
        raise InputProblem([Finding("MP206", "error", "--bounds", measured=plain_text(wish.bounds))])
    return found


def _around(zone: Zone) -> gpd.GeoDataFrame:
    """Outlines for the location map: the counties of the context, else the townships."""
    counties = zone.context.get("counties")
    if counties is not None and len(counties):
        column = next((c for c in ("unit_name", "name", "zh", "XZQMC") if c in counties.columns), None)
        if column:
            return counties.rename(columns={column: "unit_name"}).to_crs(HOUSE_EPSG)
    return zone.layer("towns")


def _title(zone: Zone, layers: Sequence[ViewLayer], wish: Wish) -> str:
    zh, en = zone.name.split("（")[0], (zone.name_en or zone.name).split(" (")[0]
    if wish.town:
        row = zone.layer("towns").loc[_is_town(zone, wish.town)].iloc[0]
        unit = admin_units().get(str(row["unit_code"]))
        zh = plain_text(str(row["unit_name"]))
        en = unit.en if unit and unit.en else zh
    return usual_title(zh, en, [layer.title for layer in layers if layer.group == "theme"], wish.lang)


def _is_town(zone: Zone, town: str) -> Any:
    """Of each township: is it meant by this code or name?"""
    towns = zone.layer("towns")
    return (towns["unit_code"].astype(str) == town) | (towns["unit_name"].astype(str) == town)


def usual_title(zh: str, en: str, themes: Sequence[str], lang: str) -> str:
    """The title of a sheet that nobody named: the zone or township, and its topmost theme or its land use."""
    what = next((t for t in reversed(themes) if t), word("sheet.landuse", lang))
    return f"{zh}{what}" if lang == "zh" else f"{en}: {what}"
