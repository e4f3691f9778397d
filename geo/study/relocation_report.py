"""From a finished study to the value that every writer of ``geo.report`` reads."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from geo.report.content import (
    InputFile,
    Judgement,
    MapLayers,
    ParameterLine,
    PlanReport,
    SolutionFigures,
)
from geo.report.forms import balance
from geo.standards.messages import message
from geo.study.conflicts import indices_record
from geo.study.record import software
from geo.study.relocation_facts import names_of, town_farmland_m2
from geo.study.relocation_result import SPEC, RelocationResult

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from geo.policy.rule import Judgement as Verdict


def plan_report(result: RelocationResult) -> PlanReport:
    """The report of a plan; also of one that could not be made (nothing moves, the reasons are told)."""
    zone, names = result.zone, names_of(result.zone)
    farmland = zone.layer("farmland")
    blocks = result.study.fragments.blocks
    block_net = blocks.set_index("block_id")["piece_net_area_m2"]
    by_town = balance(result.moved_out, result.moved_in, key="town_code")
    farmland_of = town_farmland_m2(zone)
    return PlanReport(
        zone_name=zone.name,
        zone_name_en=zone.name_en,
        synthetic=zone.synthetic,
        on=result.values["on"],
        run_id=result.run_id,
        created=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        software=software(),
        inputs=tuple(InputFile(s.file, s.sha256, s.rows, s.epsg) for _, s in sorted(zone.sources.items())),
        parameters=tuple(_parameter(e, result.values) for e in result.editions),
        farmland_net_m2=float(farmland["net_area_m2"].sum()),
        moved_out=_out(result, names, block_net),
        moved_in=_named(result.moved_in, names),
        waiting=_named(result.waiting.drop(columns="geometry", errors="ignore"), names),
        refused=result.candidates.refused,
        conflicts=_conflicts(result, names),
        fragments=_named(blocks, names),
        sensitivity=result.study.sensitivity,
        indices_before=indices_record(result.before),
        indices_after=indices_record(result.after),
        by_county=_with(balance(result.moved_out, result.moved_in, key="county_code"), names),
        by_town=_with(by_town.assign(farmland_net_m2=by_town["town_code"].map(farmland_of)), names),
        judgements=tuple(judgement(v, names) for v in result.judgements),
        solution=_figures(result),
        layers=MapLayers(
            parcels=zone.layer("parcels"),
            farmland=farmland,
            boundary=zone.layer("boundary"),
            redline=zone.layer("redline"),
            towns=zone.layer("towns"),
            reserve=zone.layer("reserve") if zone.has("reserve") else None,
            context=zone.context,
        ),
        licence_zh="由 geo.sample 生成" if zone.synthetic else "",
        licence_en="Made by geo.sample" if zone.synthetic else "",
    )


def judgement(verdict: Verdict, names: Mapping[str, str]) -> Judgement:
    """A rule's verdict with the words of its articles, as the report shows it."""
    from geo.policy.book import load_book

    book = load_book()
    articles = [book.article(a) for a in verdict.articles]
    place = "" if verdict.subject == "plan" else names.get(verdict.subject, verdict.subject)
    return Judgement(
        code=verdict.rule.code,
        zh=verdict.rule.title("zh") + (f"（{place}）" if place else ""),
        en=verdict.rule.title("en") + (f" ({place})" if place else ""),
        passed=verdict.passed,
        measured=verdict.measured,
        limit=verdict.limit,
        unit=verdict.rule.unit,
        article_zh="；".join(a.citation("zh") for a in articles),
        article_en="; ".join(a.citation("en") for a in articles),
        sure=verdict.sure,
    )


def _parameter(edition: Mapping[str, Any], values: Mapping[str, Any]) -> ParameterLine:
    """A parameter with the value that was used; one that the user changed is marked as the user's."""
    name = next((i.name for i in SPEC.inputs if i.parameter == edition["id"]), None)
    used = values[name] if name else edition["value"]
    sure = "user" if name and used != edition["value"] else str(edition["sure"])
    shown = " ".join(str(v) for v in used) if isinstance(used, (list, tuple)) else used
    return ParameterLine(
        id=edition["id"], zh=edition["zh"], en=edition["en"], value=shown, unit=edition["unit"],
        article=edition["article"], sure=sure,
    )  # fmt: skip


def _figures(result: RelocationResult) -> SolutionFigures:
    s = result.solution
    if s is None:
        return SolutionFigures("nothing", 0.0, 0.0, 0.0, 0.0, "–")
    from dataclasses import asdict

    return SolutionFigures(
        status=s.status, objective=s.objective, bound=s.bound, gap=s.gap, seconds=s.seconds, solver=s.solver,
        parts=asdict(s.parts) if s.parts else {}, slacks=s.slacks,
    )  # fmt: skip


def _out(result: RelocationResult, names: Mapping[str, str], block_net: pd.Series) -> gpd.GeoDataFrame:
    rows = _named(result.moved_out, names)
    villages = result.zone.layer("farmland").set_index("farmland_id")
    extra = {"block_net_m2": rows["block_id"].map(block_net)}
    if "village_name" in villages.columns:
        extra["village_name"] = villages["village_name"].reindex(rows["farmland_id"]).to_numpy()
    return rows.assign(**extra)


def _named(frame: Any, names: Mapping[str, str]) -> Any:
    added = {}
    if "town_code" in frame.columns:
        added["town_name"] = frame["town_code"].map(names).fillna(frame["town_code"])
    if "county_code" in frame.columns:
        added["county_name"] = frame["county_code"].map(names).fillna(frame["county_code"])
    return frame.assign(**added)


def _with(frame: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    if "town_code" in frame.columns:
        frame = frame.assign(county_code=frame["town_code"].str.slice(0, 6))
    named: pd.DataFrame = _named(frame, names)
    return named


def _conflicts(result: RelocationResult, names: Mapping[str, str]) -> pd.DataFrame:
    totals: pd.DataFrame = _named(result.study.conflicts.totals.rename(columns={"parcels": "pieces"}), names)
    return totals


def reason_text(code: str, lang: str, **words: str) -> str:
    """A refusal or waiting reason in words, without its figures when none are given."""
    blank = {"subject": "", "measured": "–", "limit": "–", "unit": "", "shown": "–", "bound": "–", **words}
    return message(code).text(lang).format(**blank).strip()
