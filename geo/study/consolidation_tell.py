"""Telling a study ``consolidate``: tables in words, the terminal, the workbook, layers, the review form, the record."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from geo.errors import InputProblem
from geo.finding import Finding
from geo.policy.book import load_book
from geo.report.words import coded, word
from geo.report.workbook import told_figures
from geo.standards.comparison import comparison_classes
from geo.standards.units import to_ha, to_mu
from geo.study.change_tell import town_name
from geo.study.conflicts import banner, indices_record, teller
from geo.study.consolidation_figures import limit_name
from geo.study.consolidation_pool import planned_lots
from geo.study.consolidation_result import EVERY, SPEC, ConsolidationResult
from geo.study.record import record, write_json
from geo.study.spec import Progress

if TYPE_CHECKING:
    from geo.study.relocation_result import RelocationResult

PLAN_JSON, PLAN_GPKG = "consolidation.json", "consolidation.gpkg"


def kind_name(kind: str, lang: str) -> str:
    """A source of new cropland in words."""
    return next((zh if lang == "zh" else en for k, zh, en in EVERY if k == kind), kind)


def summary(result: ConsolidationResult) -> dict[str, Any]:
    """Every statement of the study as plain data."""
    s = result.scheme
    return {
        "status": s.status, "planned": result.planned, "allowed": result.allowed, "area": result.ground.outline,
        "parcels": len(result.ground.parcels),
        "scheme": {
            "measures": list(s.measures), "plots": list(s.plots), "farmland": list(s.farmland),
            "objective": s.objective, "bound": s.bound, "gap": s.gap, "floor": s.floor, "prices": dict(s.prices),
            "slacks": dict(s.slacks), "seconds": s.seconds, "solver": s.solver, "problem_hash": s.problem_hash,
        },
        "balance": result.balance.to_dict("records"), "quality": result.quality.to_dict("records"),
        "sources": result.sources.to_dict("records"), "fund": result.fund.to_dict("records"),
        "facts": [dict(f) for f in result.facts], "judgements": [j.record() for j in result.judgements],
        "before": None if result.before is None else indices_record(result.before),
        "after": None if result.after is None else indices_record(result.after),
        "refused": result.ground.new.refused["reason"].value_counts().to_dict(),
        "findings": [f.record() for f in result.findings],
        "credits": planned_lots(result).to_dict("records"),
    }  # fmt: skip


def lines(result: ConsolidationResult, lang: str) -> list[Any]:
    """What the terminal shows."""
    from rich.table import Table

    zh, s = lang == "zh", result.scheme
    status = word(f"cons.status_{s.status}", lang)
    out: list[Any] = [*banner(result.zone, lang), f"{word('cons.status', lang)}：{status}"]
    if result.planned:
        out.append(f"{word('cons.proof', lang)}：{s.objective / 1e4:,.2f} ≥ {s.bound / 1e4:,.2f} 万元，gap {s.gap:.3%}")
    table = Table(title=word("cons.sources", lang), title_justify="left")
    heads = ("来源", "可选", "选用", "新增耕地 亩", "费用 万元", "排除") if zh else (
        "Source", "Possible", "Taken", "New mu", "Cost 10k yuan", "Refused")  # fmt: skip
    for k, head in enumerate(heads):
        table.add_column(head, justify="right" if k else "left")
    for row in result.sources.itertuples():
        table.add_row(kind_name(row.source, lang), str(row.possible), str(row.taken), f"{to_mu(row.taken_m2):,.2f}",
                      f"{row.cost_yuan / 1e4:,.2f}", str(row.refused))  # fmt: skip
    out += ["", table, ""]
    out += [f"{item_name(r.item, lang)}：{r.yuan / 1e4:,.2f} 万元" for r in result.fund.itertuples()]
    mark = {True: "✓", False: "✗", None: "–"}
    out += ["", *(f"{mark[j.passed]} {j.finding().text(lang)}" for j in result.judgements)]
    return [*out, "", *(f.text(lang) for f in result.findings)]


def subject_name(subject: str, lang: str) -> str:
    """The unit, the farmland plan, a county or a township in words."""
    known = coded("cons.subject", subject, lang)
    return known if known != subject else town_name(subject)


def item_name(item: str, lang: str) -> str:
    """A line of the fund or of the quality table in words."""
    base, _, kind = item.partition(".")
    return kind_name(kind, lang) if base == "source" else coded("cons", item, lang)


def as_relocation(result: ConsolidationResult) -> RelocationResult | None:
    """The farmland part as a relocation, for the official form; None when nothing moves."""
    from geo.study.relocation_result import SPEC as RELOCATE
    from geo.study.relocation_result import RelocationResult

    g = result.ground
    if g.study is None or result.moved_out is None or result.moved_in is None or not len(result.moved_out):
        return None
    parts: Any = g  # measured together: where the study is there, all of them are
    return RelocationResult(
        zone=g.zone, values=RELOCATE.values({"on": result.values["on"]}), run_id=result.run_id, scenario=None,
        study=g.study, moved_out=result.moved_out, moved_in=result.moved_in, waiting=parts.waiting,
        retained=parts.retained,
        candidates=parts.candidates, params=parts.params, problem=None, solution=None,
        before=result.before or g.study.indices, after=result.after or g.study.indices,
        judgements=result.judgements, editions=(), facts=result.facts[1:],
    )  # fmt: skip


def tables(result: ConsolidationResult, lang: str) -> list[tuple[str, pd.DataFrame]]:
    """The sheets of the workbook in words: name and table, areas in 公顷 and 亩, money in 万元."""
    names = {k: c.label(lang) for k, c in comparison_classes().items()}
    ha, mu, wan = (word(f"cons.col_{k}", lang) for k in ("ha", "mu", "wan"))
    b = result.balance
    balance = pd.DataFrame({
        word("cons.col_class", lang): [names[k] for k in b["class"]],
        f"{word('before', lang)} {ha}": [round(to_ha(v), 4) for v in b["before_m2"]],
        f"{word('after', lang)} {ha}": [round(to_ha(v), 4) for v in b["after_m2"]],
        f"{word('change', lang)} {ha}": [round(to_ha(v), 4) for v in b["after_m2"] - b["before_m2"]],
    })  # fmt: skip
    q = result.quality
    quality = pd.DataFrame({
        word("cons.col_item", lang): [item_name(i, lang) for i in q["item"]],
        word("before", lang): q["before"].round(6), word("after", lang): q["after"].round(6),
    })  # fmt: skip
    s = result.sources
    sources = pd.DataFrame({
        word("cons.col_source", lang): [kind_name(k, lang) for k in s["source"]],
        word("cons.col_possible", lang): s["possible"], word("cons.col_taken", lang): s["taken"],
        word("cons.col_refused", lang): s["refused"],
        f"{word('cons.col_land', lang)} {mu}": [round(to_mu(v), 2) for v in s["taken_area_m2"]],
        f"{word('cons.col_new', lang)} {mu}": [round(to_mu(v), 2) for v in s["taken_m2"]],
        word("cons.col_yield", lang): s["yield"], word("cons.col_rate", lang): s["rate_yuan_mu"],
        f"{word('cons.col_cost', lang)} {wan}": (s["cost_yuan"] / 1e4).round(2),
        word("cons.col_sure", lang): [coded("sure", v, lang) for v in s["sure"]],
    })  # fmt: skip
    f = result.fund
    fund = pd.DataFrame({word("cons.col_item", lang): [item_name(i, lang) for i in f["item"]],
                         wan.strip("（）()"): (f["yuan"] / 1e4).round(2)})  # fmt: skip
    limits = pd.DataFrame({
        word("cons.col_item", lang): [limit_name(k, lang) for k in result.scheme.slacks],
        word("cons.col_slack", lang): [round(v, 4) for v in result.scheme.slacks.values()],
    })  # fmt: skip
    mark, book = {True: "✓", False: "✗", None: "–"}, load_book()
    figures = [told_figures(j, lang) for j in result.judgements]
    rules = pd.DataFrame({
        word("cons.col_rule", lang): [j.rule.title(lang) for j in result.judgements],
        word("cons.col_subject", lang): [subject_name(j.subject, lang) for j in result.judgements],
        word("cons.col_verdict", lang): [mark[j.passed] for j in result.judgements],
        word("cons.col_measured", lang): [g[0] for g in figures],
        word("cons.col_limit", lang): [g[1] for g in figures],
        word("cons.col_unit", lang): [g[2] for g in figures],
        word("cons.col_article", lang): [
            ("；" if lang == "zh" else "; ").join(book.article(a).citation(lang) for a in j.articles)
            for j in result.judgements
        ],
        word("cons.col_sure", lang): [coded("sure", j.sure, lang) for j in result.judgements],
    })  # fmt: skip
    m = result.measures
    measures = pd.DataFrame({
        word("cons.col_measure", lang): m["measure_id"],
        word("cons.col_source", lang): [kind_name(k, lang) for k in m["source"]],
        word("cons.col_village", lang): m["village_code"],
        f"{word('cons.col_land', lang)} {mu}": [round(to_mu(v), 2) for v in m["area_m2"]],
        f"{word('cons.col_new', lang)} {mu}": [round(to_mu(v), 2) for v in m["gain_m2"]],
        word("cons.col_border", lang): m["border_m"].astype(float).round(1),
        word("cons.col_grade", lang): m["grade"].astype(float).round(2),
    })  # fmt: skip
    r = result.ground.new.refused
    refused = pd.DataFrame({
        word("cons.col_measure", lang): r["measure_id"],
        word("cons.col_source", lang): [kind_name(k, lang) for k in r["source"]],
        word("cons.col_reason", lang): [
            Finding(str(c), "info", "", measured=float(v), limit=float(x)).text(lang).partition("] ")[2]
            for c, v, x in zip(r["reason"], r["measured"], r["limit"], strict=True)
        ],
    })  # fmt: skip
    credits_ = lots_table(result, lang)
    found = {"balance": balance, "quality": quality, "sources": sources, "fund": fund, "limits": limits, "rules": rules,
             "measures": measures, "refused": refused, "credits": credits_}  # fmt: skip
    return [(word(f"cons.{name}", lang), frame) for name, frame in found.items()]


def lots_table(result: ConsolidationResult, lang: str) -> pd.DataFrame:
    """The planned lots in words: one row a township and kind, areas in 公顷."""
    ha = word("cons.col_ha", lang)
    lots = planned_lots(result).groupby(["lot", "county", "town", "kind"], as_index=False).agg(
        parcels=("measure_id", "size"), area_m2=("area_m2", "sum"), paddy_m2=("paddy_m2", "sum"),
        capacity_kg=("capacity_kg", lambda v: v.sum(min_count=len(v))),
    )  # fmt: skip
    return pd.DataFrame({
        word("cons.col_lot", lang): lots["lot"], word("cons.col_county", lang): lots["county"],
        word("cons.col_town", lang): [town_name(c) for c in lots["town"]],
        word("cons.col_kind", lang): [word(f"cons.lot_{k}", lang) for k in lots["kind"]],
        word("cons.col_plots", lang): lots["parcels"],
        f"{word('cons.col_area', lang)} {ha}": [round(to_ha(v), 4) for v in lots["area_m2"]],
        f"{word('cons.col_paddy', lang)} {ha}": [round(to_ha(v), 4) for v in lots["paddy_m2"]],
        word("cons.col_capacity", lang): lots["capacity_kg"].astype(float).round(2),
        word("cons.col_state", lang): [word("cons.planned", lang)] * len(lots),
    })  # fmt: skip


def run_record(result: ConsolidationResult) -> dict[str, Any]:
    """The run record: what ``consolidation.json`` holds."""
    told = record(SPEC.name, result.zone, result.values, editions=result.editions, results=summary(result))
    return {**told, "run_id": result.run_id}


def write(
    result: ConsolidationResult, folder: Path, *, lang: str = "zh", progress: Progress | None = None
) -> list[Path]:
    """Write layers, workbook, review form and record into a folder. Raises InputProblem (IO118)."""
    from geo.io.plan_folder import write_tables
    from geo.report.consolidation_workbook import write_tables_workbook
    from geo.report.review_document import write_review_docx, write_review_xlsx
    from geo.study.consolidation_map import write_map
    from geo.study.relocation_report import plan_report

    tell = teller(progress)
    tell(0.9, "写出成果", "Writing the results")
    layers: dict[str, Any] = {"measures": result.measures}
    moved = {"moved_out": result.moved_out, "moved_in": result.moved_in}
    layers |= {name: frame for name, frame in moved.items() if frame is not None and len(frame)}
    data = run_record(result)
    try:
        files = [write_tables(layers, folder / PLAN_GPKG)]
        for tongue, suffix in (("zh", ""), ("en", "_en")):
            path = folder / f"consolidation{suffix}.xlsx"
            files.append(write_tables_workbook(
                tables(result, tongue), path, title=word("cons.title", tongue), synthetic=result.zone.synthetic,
                lang=tongue))  # fmt: skip
        if result.planned and len(result.measures):
            tell(0.93, "绘制 A3 图", "Drawing the A3 map")
            files.append(write_map(result, folder / "map_consolidation.pdf", lang=lang))
        plan = as_relocation(result)
        if plan is not None:
            report = plan_report(plan)
            files += [write_review_docx(report, folder / "review_form.docx", lang=lang),
                      write_review_xlsx(report, folder / "review_form.xlsx", lang=lang)]  # fmt: skip
        return [*files, write_json(data, folder / PLAN_JSON)]
    except OSError as fault:
        raise InputProblem([Finding("IO118", "error", str(folder), measured=str(fault))]) from None
