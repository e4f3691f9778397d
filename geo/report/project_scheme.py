"""THE SCHEME IN WORDS: the chapters of a 占用补划方案 as blocks of text and tables, before any paper.

Every figure comes from ``project_figures``; nothing is computed here but which sentence stands. What only a person
can say (approvals, field survey, engineering reasons) is a marked blank, never an invented sentence.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from geo.report.project_content import ProjectReport
from geo.report.project_figures import CLASSES, County, SchemeFigures, Side, scheme_figures
from geo.report.project_grids import (
    Grid,
    alternative_grid,
    checks_grid,
    county_grid,
    grade,
    ha,
    indicator_grid,
    known,
    land_grid,
    options_grid,
    overlay_grid,
    shown,
    to_ha,
)
from geo.report.words import coded, said, word
from geo.report.workbook import cited, short_citation, sure_text
from geo.report.workbook_front import mark
from geo.standards.units import round_half_up

ELIGIBLE = "replacement.eligible"
_SMALL = 7.2  # points: a hash of 64 digits stands on one line
Kind = Literal["chapter", "section", "point", "text", "fill", "alarm", "small", "caption", "table"]


@dataclass(frozen=True, slots=True)
class Block:
    """One piece of the document. ``fill`` is a place that a person must complete, ``alarm`` a fault told in red."""

    kind: Kind
    words: str = ""
    grid: Grid | None = None


class _Numbers:
    """Tables in the order in which they stand."""

    def __init__(self) -> None:
        self.last = 0

    def next(self) -> int:
        self.last += 1
        return self.last


def scheme_blocks(report: ProjectReport, lang: str = "zh", figures: SchemeFigures | None = None) -> list[Block]:
    """All chapters in order. ``figures``: those of the report, when they are at hand."""
    f, tables = figures or scheme_figures(report), _Numbers()
    blocks = [*_project(report, f, lang, tables), *_necessity(report, lang, tables), *_reasonable(report, f, lang)]
    blocks += [*_balance(report, f, lang, tables), *_conclusion(report, f, lang, tables)]
    blocks += [Block("chapter", _title("6", lang))]
    blocks += [Block("text", said(f"scheme.s_{k}", lang)) for k in (1, 2, 3)]
    return [*blocks, _fill("fill_duty", lang)]


def _title(number: str, lang: str) -> str:
    return f"{number}  {word(f'scheme.{number}', lang)}"


def _fill(key: str, lang: str) -> Block:
    return Block("fill", said("scheme.fill", lang, what=word(f"scheme.{key}", lang)))


def _caption(number: int, key: str, lang: str) -> Block:
    return Block("caption", f"{'表' if lang == 'zh' else 'Table '}{number}  {word(f'scheme.{key}', lang)}")


def _join(names: tuple[str, ...], lang: str) -> str:
    return ("、" if lang == "zh" else ", ").join(names) or "–"


# -- 1 the project


def _project(report: ProjectReport, f: SchemeFigures, lang: str, tables: _Numbers) -> Iterator[Block]:
    p = report.project
    yield Block("chapter", _title("1", lang))
    yield Block("section", _title("1.1", lang))
    yield Block("text", said("scheme.p_kind", lang, name=p.name, number=p.number or "–", kind=p.kind_label(lang)))
    for judgement in report.judgements:
        if judgement.code == ELIGIBLE:
            yield Block(
                "text",
                said("scheme.p_eligible", lang, on=report.on.isoformat(), rule=judgement.label(lang),
                     verdict=mark(judgement.passed, lang)[0], article=judgement.article(lang),
                     sure=sure_text(judgement.sure, lang)),
            )  # fmt: skip
    yield Block("text", p.basis) if p.basis else _fill("fill_basis", lang)
    yield Block("section", _title("1.2", lang))
    occupied = f.occupied
    towns = tuple(dict.fromkeys(str(t) for t in occupied.sort_values("town_code")["town_name"]))
    counties = _join(tuple(c.name for c in f.counties if f.land_ha(county=c.code)), lang)
    yield Block(
        "text",
        said("scheme.p_place", lang, counties=counties, towns=_join(towns, lang), n_towns=len(towns),
             n_villages=occupied["village_code"].astype(str).nunique(), n_plots=len(report.plots)),
    )  # fmt: skip
    yield Block("text", said("scheme.p_source", lang, hash=p.footprint))
    yield Block("section", _title("1.3", lang))
    yield Block(
        "text",
        said("scheme.p_land", lang, total_ha=ha(f.total_ha), farm_ha=ha(f.land_ha(three="N")),
             crop_ha=ha(f.land_ha(group="01")), built_ha=ha(f.land_ha(three="J")), unused_ha=ha(f.land_ha(three="W")),
             out_ha=ha(f.whole.out.ha), paddy_ha=ha(f.whole.out.paddy_ha), plots=f"{f.whole.out.plots:,}"),
    )  # fmt: skip
    yield Block("text", said("scheme.p_area", lang))
    yield _caption(tables.next(), "t_land", lang)
    yield Block("table", grid=land_grid(f, lang))


# -- 2 necessity


def _necessity(report: ProjectReport, lang: str, tables: _Numbers) -> Iterator[Block]:
    yield Block("chapter", _title("2", lang))
    yield Block("section", _title("2.1", lang))
    if len(report.overlays):
        number = tables.next()
        yield Block("text", said("scheme.p_overlay", lang, n=number))
        yield _caption(number, "t_overlay", lang)
        yield Block("table", grid=overlay_grid(report, lang))
    yield Block("section", _title("2.2", lang))
    if len(report.options) > 1:
        number = tables.next()
        chosen = _chosen(report)
        yield Block("text", said("scheme.p_options", lang, n=len(report.options), table=number, chosen=chosen))
        yield _caption(number, "t_options", lang)
        yield Block("table", grid=options_grid(report, lang))
    else:
        yield Block("text", said("scheme.p_single", lang))
    yield Block("section", _title("2.3", lang))
    yield _fill("fill_survey", lang)


def _chosen(report: ProjectReport) -> str:
    rows = report.options[report.options["chosen"].astype(bool)]
    return str(rows["option"].iloc[0]) if len(rows) else ""


# -- 3 reasons


def _reasonable(report: ProjectReport, f: SchemeFigures, lang: str) -> Iterator[Block]:
    yield Block("chapter", _title("3", lang))
    yield Block("section", _title("3.1", lang))
    options = report.options.to_dict("records")
    if len(options) <= 1:
        yield _whole(f.whole.out, lang)
    for row in options if len(options) > 1 else ():
        yield Block(
            "text",
            said("scheme.p_option", lang, option=row["option"], ha=ha(to_ha(row["farmland_net_m2"])),
                 paddy=ha(to_ha(row["farmland_paddy_m2"])), irrigated=ha(to_ha(row["farmland_irrigated_m2"])),
                 grade=grade(known(row["farmland_grade"]))),
        )  # fmt: skip
    yield Block("section", _title("3.2", lang))
    chosen = _chosen(report)
    if len(options) > 1 and chosen:
        taken = {str(row["option"]): to_ha(row["farmland_net_m2"]) for row in options}
        least = min(taken, key=lambda name: (taken[name], name != chosen))
        if least == chosen:
            yield Block("text", said("scheme.p_least", lang, option=chosen))
        else:
            more = ha(round_half_up(taken[chosen] - taken[least], 4))
            yield Block("text", said("scheme.p_notleast", lang, option=chosen, least=least, more=more))
    yield _fill("fill_reason", lang)
    yield Block("section", _title("3.3", lang))
    yield _fill("fill_measures", lang)


def _whole(out: Side, lang: str) -> Block:
    if not out.plots:
        return Block("text", said("scheme.p_none_taken", lang))
    return Block(
        "text",
        said("scheme.p_whole", lang, out_ha=ha(out.ha), out_paddy=ha(out.paddy_ha), out_plots=f"{out.plots:,}",
             out_grade=grade(out.grade)),
    )  # fmt: skip


# -- 4 taken and replaced, county by county


def _balance(report: ProjectReport, f: SchemeFigures, lang: str, tables: _Numbers) -> Iterator[Block]:
    yield Block("chapter", _title("4", lang))
    yield Block("section", _title("4.1", lang))
    yield _whole(f.whole.out, lang)
    involved = [c for c in f.counties if c.out.plots or c.inn.plots]
    if not involved:
        return
    number = tables.next()
    inn = f.whole.inn
    yield Block(
        "text",
        said("scheme.p_whole_in", lang, in_ha=ha(inn.ha), in_paddy=ha(inn.paddy_ha), in_plots=f"{inn.plots:,}",
             in_grade=grade(inn.grade), table=number),
    )  # fmt: skip
    yield Block("text", _peripheral(report, f.whole, lang))
    yield from _short(report, lang)
    yield _caption(number, "t_counties", lang)
    yield Block("table", grid=county_grid(f, involved, lang))
    for place, county in enumerate(involved, start=2):
        yield Block("section", f"4.{place}  {county.name}")
        yield from _county(report, county, lang)
    yield Block("section", f"4.{len(involved) + 2}  {word('scheme.4.contiguity', lang)}")
    if inn.plots:
        yield Block("text", said("scheme.p_contiguity", lang, plots=f"{inn.plots:,}", touching=f"{inn.touching:,}"))
    reserve = [j for j in report.judgements if j.code == "replacement.reserve"]
    if reserve and all(j.passed for j in reserve):
        yield Block("text", said("scheme.p_pool", lang))
    if report.solution.status in ("optimal", "feasible"):
        yield Block(
            "text",
            said("scheme.p_proof", lang, status=coded("status", report.solution.status, lang),
                 gap=f"{report.solution.gap:.4%}"),
        )  # fmt: skip


def _short(report: ProjectReport, lang: str) -> Iterator[Block]:
    if report.shortfalls:
        yield Block("alarm", said("scheme.p_short", lang))
        for zh, en in report.shortfalls:
            yield Block("alarm", zh if lang == "zh" else en)


def _county(report: ProjectReport, county: County, lang: str) -> Iterator[Block]:
    yield Block("point", word("scheme.h_out", lang))
    yield Block("text", _side_words(county.out, county.name, "out", report, lang))
    yield Block("point", word("scheme.h_in", lang))
    yield Block("text", _side_words(county.inn, county.name, "in", report, lang))
    yield Block("text", _peripheral(report, county, lang))
    yield Block("point", word("scheme.h_compare", lang))
    yield from statements(county, lang)


def _side_words(side: Side, name: str, which: str, report: ProjectReport, lang: str) -> str:
    if not side.plots:
        return said(f"scheme.p_no_{which}", lang, county=name)
    return said(
        f"scheme.p_{which}", lang, county=name, ha=ha(side.ha), plots=f"{side.plots:,}", grade=grade(side.grade),
        slope="–" if side.slope is None else side.slope, towns=_join(side.towns, lang), villages=side.villages,
        standard=ha(side.standard_ha), gap=f"{report.gap_m:g}", touching=f"{side.touching:,}",
        **{f"c{code}": ha(side.by_class[code]) for code in CLASSES},
    )  # fmt: skip


def _peripheral(report: ProjectReport, county: County, lang: str) -> str:
    if not report.periphery_known:
        return said("scheme.p_peripheral_unknown", lang)
    return said("scheme.p_peripheral", lang, out=ha(county.out.peripheral_ha), inn=ha(county.inn.peripheral_ha))


def statements(county: County, lang: str) -> Iterator[Block]:
    """The comparison statements of one county: quantity, paddy, quality; red where the replacement falls short."""
    out, inn = county.out, county.inn
    yield _compare("quantity", county.name, out.ha, inn.ha, county.more_ha, lang)
    if out.paddy_ha or inn.paddy_ha:
        yield _compare("paddy", county.name, out.paddy_ha, inn.paddy_ha, county.more_paddy_ha, lang)
    lifted = county.lifted
    if lifted is None:
        return
    which = "more" if lifted > 0 else "less" if lifted < 0 else "same"
    words = said(
        f"scheme.p_quality_{which}", lang, county=county.name, out=grade(out.grade), inn=grade(inn.grade),
        more=f"{abs(lifted):.2f}",
    )  # fmt: skip
    yield Block("alarm" if which == "less" else "text", words)


def _compare(key: str, name: str, out: float, inn: float, more: float, lang: str) -> Block:
    which = "more" if more > 0 else "less" if more < 0 else "same"
    words = said(f"scheme.p_{key}_{which}", lang, county=name, out=ha(out), inn=ha(inn), more=ha(abs(more)))
    return Block("alarm" if which == "less" else "text", words)


# -- 5 feasibility


def _conclusion(report: ProjectReport, f: SchemeFigures, lang: str, tables: _Numbers) -> Iterator[Block]:
    yield Block("chapter", _title("5", lang))
    yield Block("section", _title("5.1", lang))
    checks, number = report.judgements, tables.next()
    held, failed = (sum(1 for j in checks if j.passed is answer) for answer in (True, False))
    yield Block(
        "text",
        said("scheme.p_checks", lang, on=report.on.isoformat(), n=len(checks), held=held, failed=failed,
             asked=len(checks) - held - failed, table=number),
    )  # fmt: skip
    yield _caption(number, "t_checks", lang)
    yield Block("table", grid=checks_grid(report, lang))
    for zh, en in report.notes:
        yield Block("small", zh if lang == "zh" else en)
    yield Block("section", _title("5.2", lang))
    for zh, en in report.route:
        yield Block("text", zh if lang == "zh" else en)
    yield Block("section", _title("5.3", lang))
    if len(report.indicators):
        number = tables.next()
        yield Block("text", said("scheme.p_balance", lang, table=number))
        yield _caption(number, "t_indicators", lang)
        yield Block("table", grid=indicator_grid(report, f, lang))
    for zh, en in report.promises:
        yield Block("text", zh if lang == "zh" else en)
    if len(report.alternatives) > 1:
        number = tables.next()
        yield Block("section", _title("5.4", lang))
        yield Block("text", said("scheme.p_alternatives", lang, table=number))
        yield _caption(number, "t_alternatives", lang)
        yield Block("table", grid=alternative_grid(report, lang))
    yield Block("section", f"5.{5 if len(report.alternatives) > 1 else 4}  {word('scheme.5.5', lang)}")
    yield from _verdict(report, f, lang)


def _verdict(report: ProjectReport, f: SchemeFigures, lang: str) -> Iterator[Block]:
    out, inn = f.whole.out, f.whole.inn
    if not out.plots:
        yield Block("text", said("scheme.p_none_taken", lang))
        return
    wrong = [said("scheme.s_quantity", lang, county=c.name) for c in f.counties if c.more_ha < 0]
    wrong += [said("scheme.s_paddy", lang, county=c.name) for c in f.counties if c.more_paddy_ha < 0]
    wrong += [said("scheme.s_quality", lang, county=c.name) for c in f.counties if (c.lifted or 0.0) < 0]
    wrong += [j.label(lang) for j in report.judgements if j.passed is False]
    if not wrong:
        yield Block("text", said("scheme.p_conclude_ok", lang, out=ha(out.ha), inn=ha(inn.ha)))
        return
    yield Block("alarm", said("scheme.p_conclude_bad", lang, out=ha(out.ha), inn=ha(inn.ha)))
    for words in dict.fromkeys(wrong):
        yield Block("alarm", f"· {words}")


def record_blocks(report: ProjectReport, lang: str = "zh") -> list[Block]:
    """The last page: run, rule editions with their marks, hashes of the data, software."""
    blocks = [
        Block("chapter", word("scheme.record", lang)),
        Block("text", said("scheme.record_run", lang, run=report.run_id, made=f"{report.made:%Y-%m-%d %H:%M}",
                           on=report.on.isoformat())),
    ]  # fmt: skip
    parameters = tuple(
        (q.label(lang), q.id, f"{shown(q.value)} {coded('unit', q.unit, lang).removeprefix('unit.')}".strip(),
         short_citation(cited(q.article, lang)), sure_text(q.sure, lang))
        for q in report.parameters
    )  # fmt: skip
    heads = ("parameter", "no", "value", "article", "sure")
    inputs = tuple((i.file, i.sha256, f"{i.rows:,}", f"EPSG:{i.epsg}") for i in report.inputs)
    software = tuple((name, version) for name, version in report.software.items())
    named = [word(f"col.{h}", lang) for h in heads]
    named[1] = word("record.id", lang)
    blocks += [
        Block("caption", word("scheme.t_parameters", lang)),
        Block("table", grid=Grid(tuple(named), parameters, (44, 42, 26, 48, 22), size=_SMALL)),
        Block("caption", word("scheme.t_inputs", lang)),
        Block("table", grid=Grid((word("col.file", lang), "SHA-256", word("col.rows", lang), "CRS"), inputs,
                                 (30, 106, 20, 26), size=_SMALL)),
        Block("caption", word("scheme.t_software", lang)),
        Block("small", "  ".join(f"{name} {version}" for name, version in software)),
        Block("small", word("area_method", lang)),
    ]  # fmt: skip
    return blocks
