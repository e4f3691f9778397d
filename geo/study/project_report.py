"""The report of a study ``project``, built from its run record and its layers alone.

So the deliverables can be written when the study ends, and written again by anyone who has the folder: what they say
is compared with what stands in ``project.json`` and ``project.gpkg``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np

from geo.geometry.crs import HOUSE_EPSG
from geo.policy.book import load_book
from geo.policy.project_kind import project_kinds
from geo.report.content import InputFile, Judgement, MapLayers, ParameterLine, SolutionFigures
from geo.report.project_content import (
    ALTERNATIVES,
    INDICATORS,
    OCCUPIED,
    OPTIONS,
    OVERLAYS,
    PLOTS,
    REPLACEMENT,
    TAKEN,
    Project,
    ProjectReport,
)
from geo.report.project_scheme import ELIGIBLE
from geo.standards.land import admin_units
from geo.standards.units import HA_M2, to_ha, to_mu

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

Record = Mapping[str, Any]
_CODE = re.compile(r"^\[[\w.]+\]\s*")
# Layers of project.gpkg that the scheme tells.
LAYERS = ("footprints", "occupation", "farmland_taken", "replacement", "uncovered")
_INDICATORS = {
    "quantity": ("耕地数量", "Cropland, quantity"), "capacity": ("粮食产能", "Grain capacity"),
    "paddy": ("水田", "Paddy"),
}  # fmt: skip


def scheme_report(told: Record, layers: Mapping[str, gpd.GeoDataFrame], ground: MapLayers | None = None) -> Any:
    """The ``ProjectReport`` of a run. told: project.json; layers: those of project.gpkg; ground: what the maps draw.

    Raises KeyError for a record that is not of this study.
    """
    values, results = told["values"], told["results"]
    tables = results["tables"]
    chosen = [str(row["option"]) for row in tables["options"] if row["chosen"]]
    footprints = layers["footprints"]
    plots = footprints[footprints["option"].astype(str).isin(chosen)].reset_index(drop=True)
    occupied, taken = _occupied(layers.get("occupation")), _taken(layers.get("farmland_taken"))
    return ProjectReport(
        project=project_of(told, plots),
        zone_name=str(told["zone"]["name"]),
        zone_name_en=str(told["zone"]["name_en"]),
        synthetic=bool(told["zone"]["synthetic"]),
        on=date.fromisoformat(values["on"]),
        run_id=str(told["run_id"]),
        created=str(told["created_utc"]),
        software=told["software"],
        inputs=tuple(InputFile(i["file"], i["sha256"], int(i["rows"]), int(i["epsg"])) for i in told["inputs"]),
        parameters=tuple(_parameter(e, values) for e in told["parameters"]),
        plots=plots.rename(columns={"plot_no": "project_no", "plot_name": "project_name"})[list(PLOTS)],
        occupied=occupied,
        taken=taken,
        replacement=_replacement(layers.get("replacement"), float(values["gap_m"])),
        options=_options(tables["options"]),
        overlays=_overlays(tables["overlays"]),
        alternatives=_alternatives(tables["plans"], str(results["label"])),
        indicators=_indicators(tables["offsets"]),
        judgements=tuple(_judgements(results["judgements"])),
        route=_lines(results["route"]["zh"], results["route"]["en"]),
        promises=tuple(_promise(row) for row in tables["promises"]),
        shortfalls=_shortfalls(tables["shortfalls"], tables["relaxations"]),
        solution=_solution(results, tables["proof"]),
        layers=ground or MapLayers(parcels=occupied, farmland=taken),
        gap_m=float(values["gap_m"]),
        licence_zh="由 geo.sample 生成" if told["zone"]["synthetic"] else "",
        licence_en="Made by geo.sample" if told["zone"]["synthetic"] else "",
        notes=(*_uncovered(layers.get("uncovered")), *_notes(results["findings"])),
    )


def ground_of(zone: Any) -> MapLayers:
    """What the maps draw under the scheme."""
    return MapLayers(
        parcels=zone.layer("parcels"), farmland=zone.layer("farmland"), boundary=zone.layer("boundary"),
        redline=zone.layer("redline"), towns=zone.layer("towns"),
        reserve=zone.layer("reserve") if zone.has("reserve") else None, context=zone.context,
    )  # fmt: skip


def project_of(told: Record, plots: pd.DataFrame) -> Project:
    """The project as the cover names it: given names first, else those of its plots."""
    values = told["values"]
    kind = project_kinds()[values["type"]]
    names = list(dict.fromkeys(str(n) for n in plots["plot_name"]))
    name = values.get("project_name") or (names[0] if len(names) == 1 else f"{names[0]}等{len(names)}个地块")
    numbers = list(dict.fromkeys(str(n) for n in plots["plot_no"]))
    return Project(
        number=values.get("project_no") or (numbers[0] if len(numbers) == 1 else ""),
        name=name, kind=kind.id, kind_zh=kind.zh, kind_en=kind.en, footprint=str(told["footprint"]),
        applicant=values.get("applicant", ""), designer=values.get("designer", ""), basis=values.get("basis", ""),
    )  # fmt: skip


def _empty(columns: Sequence[str]) -> gpd.GeoDataFrame:
    import geopandas as gpd
    import pandas as pd

    plain = {c: pd.Series(dtype="float64" if c.endswith("_m2") else "object") for c in columns if c != "geometry"}
    return gpd.GeoDataFrame(plain, geometry=gpd.GeoSeries([], crs=HOUSE_EPSG), crs=HOUSE_EPSG)


def _occupied(frame: gpd.GeoDataFrame | None) -> gpd.GeoDataFrame:
    if frame is None or not len(frame):
        return _empty(OCCUPIED)
    named = frame.rename(columns={"ridge_area_m2": "ridge_m2"})
    return _villages(named.assign(whole=named["part"].eq("whole")))[list(OCCUPIED)].reset_index(drop=True)


def _taken(frame: gpd.GeoDataFrame | None) -> gpd.GeoDataFrame:
    if frame is None or not len(frame):
        return _empty((*TAKEN, "phase"))
    named = frame.rename(columns={"ridge_area_m2": "ridge_m2"})
    return _villages(named)[[*TAKEN[:-1], "phase", "geometry"]].reset_index(drop=True)


def _replacement(frame: gpd.GeoDataFrame | None, gap_m: float) -> gpd.GeoDataFrame:
    if frame is None or not len(frame):
        return _empty(REPLACEMENT)
    named = frame.rename(columns={"ridge_area_m2": "ridge_m2"})
    joins = (named["border_farmland_m"].fillna(0.0) > 0) | (named["gap_m"].fillna(np.inf) <= gap_m)
    named = named.assign(touches=joins, split=named["part"].eq("cut"))
    return _villages(named)[list(REPLACEMENT)].reset_index(drop=True)


def _villages(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Village codes of twelve digits; names without the township before them, which has its own column."""
    names = [
        str(v or "").removeprefix(str(t or "")) for t, v in zip(frame["town_name"], frame["village_name"], strict=True)
    ]
    return frame.assign(village_code=frame["village_code"].astype(str).str[:12], village_name=names)


def _table(rows: Sequence[Record], columns: Sequence[str]) -> pd.DataFrame:
    import pandas as pd

    frame = pd.DataFrame(list(rows), columns=list(columns))
    return frame.where(frame.notna(), np.nan)


def _options(rows: Sequence[Record]) -> pd.DataFrame:
    told = [{**row, "farmland_net_m2": row["farmland_m2"]} for row in rows]
    return _table(told, OPTIONS)


def _overlays(rows: Sequence[Record]) -> pd.DataFrame:
    told = []
    for row in rows:
        subject = {lang: row[f"subject_{lang}"] for lang in ("zh", "en")}
        told.append({
            "layer": row["analysis"], "status": row["status"], "pieces": row["parcels"], "area_m2": row["area_m2"],
            "zh": f"{row['zh']}：{subject['zh']}" if subject["zh"] else row["zh"],
            "en": f"{row['en']}: {subject['en']}" if subject["en"] else row["en"],
        })  # fmt: skip
    return _table(told, OVERLAYS)


def _alternatives(rows: Sequence[Record], label: str) -> pd.DataFrame:
    told = [
        {
            "label": row["alternative"], "chosen": row["alternative"] == label, "plots": row["plots"],
            "net_area_m2": row["area_m2"], "grade": row["grade"], "paddy_m2": row["paddy_m2"],
            "distance_m": row["distance_mu_km"] / to_mu(row["area_m2"]) * 1000.0,
            "leftover_m2": row["leftover_m2"], "differs": 1.0 - row["shared"], "worse_by": row["worse_by"],
        }
        for row in rows
    ]  # fmt: skip
    return _table(told, ALTERNATIVES)


def _indicators(rows: Sequence[Record]) -> pd.DataFrame:
    told = []
    for row in rows:
        area = row["unit"] == "m2"
        needed = float("nan") if row["occupied"] is None else row["occupied"]
        zh, en = _INDICATORS[row["indicator"]]
        told.append({
            "county_code": row["unit_name"], "regime": row["regime"], "asset": row["indicator"],
            "zh": zh, "en": en, "unit": "公顷" if area else "千克", "needed": needed / HA_M2 if area else needed,
            "in_force": row["in_force"],
        })  # fmt: skip
    return _table(told, (*INDICATORS, "in_force"))


def _citations(articles: Sequence[str], lang: str) -> str:
    book = load_book()
    return ("；" if lang == "zh" else "; ").join(book.article(a).citation(lang) for a in articles)


def _judgements(rows: Sequence[Record]) -> Iterator[Judgement]:
    """The verdicts: whether the project may take farmland once, the rest county by county and for the whole."""
    counties = {u.zh for u in admin_units().values() if not u.parent}
    alone = len({r["subject"] for r in rows if r["subject"] in counties}) == 1
    seen = False
    for row in rows:
        eligible = row["code"] == ELIGIBLE
        if (eligible and seen) or (alone and not eligible and row["subject"] not in counties):
            continue
        seen |= eligible
        yield _judgement({**row, "subject": ""} if eligible else row)


def _judgement(row: Record) -> Judgement:
    """A verdict of the record with the title of its rule and its place, when that is a county."""
    rule = load_book().rules[row["code"]]
    counties = {u.zh for u in admin_units().values() if not u.parent}
    place = str(row["subject"]) if row["subject"] in counties else ""
    return Judgement(
        code=row["code"],
        zh=rule.title("zh") + (f"（{place}）" if place else ""),
        en=rule.title("en") + (f" ({place})" if place else ""),
        passed=row["passed"], measured=row["measured"], limit=row["limit"], unit=rule.unit,
        article_zh=_citations(row["articles"], "zh"), article_en=_citations(row["articles"], "en"), sure=row["sure"],
    )  # fmt: skip


def _parameter(edition: Record, values: Record) -> ParameterLine:
    """A parameter with the value that was used; one that the user changed is marked as the user's."""
    from geo.study.project_result import SPEC

    name = next((i.name for i in SPEC.inputs if i.parameter == edition["id"]), None)
    used = values[name] if name else edition["value"]
    sure = "user" if name and used != edition["value"] else str(edition["sure"])
    shown = " ".join(str(v) for v in used) if isinstance(used, (list, tuple)) else used
    return ParameterLine(
        id=edition["id"], zh=edition["zh"], en=edition["en"], value=shown, unit=edition["unit"],
        article=edition["article"], sure=sure,
    )  # fmt: skip


def _lines(zh: str, en: str) -> tuple[tuple[str, str], ...]:
    """The route line by line, without its first, the subject, and without the codes of the conditions."""
    told = [[_CODE.sub("", line) for line in text.splitlines()[1:]] for text in (zh, en)]
    return tuple(zip(*told, strict=True))


def _promise(row: Record) -> tuple[str, str]:
    from geo.policy.article import mark_text

    zh, en = (_citations([row["article"]], lang) for lang in ("zh", "en"))
    marks = {lang: "" if row["sure"] == "confirmed" else mark_text(row["sure"], lang) for lang in ("zh", "en")}
    return (
        f"{row['zh']}：{'可以承诺补充' if row['may'] else '不得承诺补充'}。{row['why_zh']}"
        f"（{'；'.join(filter(None, (zh, marks['zh'])))}）",
        f"{row['en']}: {'may be promised' if row['may'] else 'may not be promised'}. {row['why_en']} "
        f"({'; '.join(filter(None, (en, marks['en'])))})",
    )


def _shortfalls(short: Sequence[Record], relaxations: Sequence[Record]) -> tuple[tuple[str, str], ...]:
    units = admin_units()

    def place(code: str) -> str:
        return units[code].zh if code in units else code

    def amount(value: float, unit: str, lang: str) -> str:
        if unit == "m2":
            return f"{to_ha(value):,.4f} {'公顷' if lang == 'zh' else 'ha'}"
        return f"{value:,.2f} {unit}"

    told = []
    for row in short:
        words = {lang: [amount(row[c], row["unit"], lang) for c in ("needed", "possible", "short")]
                 for lang in ("zh", "en")}  # fmt: skip
        zhs, ens = words["zh"], words["en"]
        told.append((
            f"{place(row['county_code'])} {row['zh']}：需 {zhs[0]}，储备区至多 {zhs[1]}，缺 {zhs[2]}。",
            f"{place(row['county_code'])} {row['en']}: {ens[0]} needed, at most {ens[1]}, short {ens[2]}.",
        ))  # fmt: skip
    for row in relaxations:
        zh, en = ("", "") if row["lawful"] else ("（须修改规则，不可自行放宽）", " (needs a change of the rule)")
        change = f"{row['from_value']:g} → {row['to_value']:g} {row['unit']}"
        told.append((f"可行的最小放宽：{place(row['county_code'])} {row['zh']} {change}{zh}",
                     f"Smallest relaxation: {place(row['county_code'])} {row['en']} {change}{en}"))  # fmt: skip
    return tuple(told)


def _solution(results: Record, proof: Sequence[Record]) -> SolutionFigures:
    solution = results["solution"]
    if solution is None:
        return SolutionFigures("nothing", 0.0, 0.0, 0.0, 0.0, "–")
    gap = max((float(row["gap"] or 0.0) for row in proof), default=0.0)
    return SolutionFigures(solution["status"], 0.0, 0.0, gap, float(solution["seconds"]), solution["solver"])


def _notes(findings: Sequence[Record]) -> tuple[tuple[str, str], ...]:
    return tuple((f["zh"], f["en"]) for f in findings if f["severity"] != "info")


def _uncovered(frame: gpd.GeoDataFrame | None) -> tuple[tuple[str, str], ...]:
    area = 0.0 if frame is None or not len(frame) else float(frame["area_m2"].sum())
    if area < 0.01:
        return ()
    return ((
        f"用地范围内有 {to_ha(area):,.4f} 公顷没有地类图斑，未计入上列各项。",
        f"{to_ha(area):,.4f} ha of the footprint have no parcel and are in none of these figures.",
    ),)  # fmt: skip
