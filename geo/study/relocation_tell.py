"""Telling a relocation plan: figures as plain data, lines for the terminal, and the files of the output folder."""

from __future__ import annotations

import math
import shutil
import tempfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geo.errors import InputProblem
from geo.finding import Finding
from geo.standards.units import to_ha, to_mu
from geo.study.conflicts import banner, indices_record, teller
from geo.study.conflicts import summary as conflicts_summary
from geo.study.plan_cases import part_cases
from geo.study.record import record, write_json
from geo.study.relocation_facts import mean, names_of
from geo.study.relocation_report import judgement, plan_report, reason_text
from geo.study.relocation_result import SPEC, RelocationResult
from geo.study.spec import Progress

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

PLAN_JSON, PLAN_GPKG, CERTIFICATE = "plan.json", "plan.gpkg", "plan_certificate.csv"


def summary(result: RelocationResult) -> dict[str, Any]:
    """Every figure of the plan as plain data; areas m²."""
    study = conflicts_summary(result.study)
    waits = Counter(result.waiting["reason"]) if len(result.waiting) else Counter[str]()
    refused = result.candidates.refused
    return {
        "run_id": result.run_id,
        "zone": result.zone.name,
        "synthetic": result.zone.synthetic,
        "planned": result.planned,
        "fragments": study["fragments"],
        "lines": study["lines"],
        "out": _side(result.moved_out),
        "in": _side(result.moved_in),
        "waiting": {"pieces": len(result.waiting), "reasons": dict(waits)},
        "candidates": {
            "accepted": len(result.candidates.accepted),
            "refused": int(refused["candidate_id"].nunique()),
            "reasons": {str(k): int(v) for k, v in refused["reason"].value_counts().items()},
        },
        "before": indices_record(result.before),
        "after": indices_record(result.after),
        "judgements": [_judged(result, v) for v in result.judgements],
        "facts": [dict(row) for row in result.facts],
        "solution": result.solution.record() if result.solution else None,
        "scenario": result.scenario.name if result.scenario else None,
    }


def lines(result: RelocationResult, lang: str) -> list[Any]:
    """What the terminal shows: what was found, what moves, how much better, every check with its article."""
    zh = lang == "zh"
    figures = summary(result)
    found = figures["fragments"]
    told: list[Any] = [
        *banner(result.zone, lang),
        (
            f"零星地块 {found['blocks']} 处，线内净面积 {to_mu(found['inside_net_area_m2']):,.2f} 亩"
            f"（{to_ha(found['inside_net_area_m2']):,.4f} 公顷）"
            if zh
            else f"{found['blocks']} fragments, {to_mu(found['inside_net_area_m2']):,.2f} 亩 net inside the lines "
            f"({to_ha(found['inside_net_area_m2']):,.4f} ha)"
        ),
        "",
    ]
    if not result.planned:
        return told + _no_plan(result, lang)
    told += [_balance_table(result, lang), "", _index_table(result, lang), "", _checks_table(result, lang), ""]
    if len(result.waiting):
        reasons = "；".join(f"{waits_word(code, lang)} {n}" for code, n in figures["waiting"]["reasons"].items())
        told.append(("暂不调出：" if zh else "Waiting: ") + reasons)
    return [*told, _proof(result, lang)]


def write(result: RelocationResult, folder: Path | str, *, progress: Progress | None = None) -> list[Path]:
    """Write the whole output folder: record, layers, workbook, review form, maps. All files or none are put in place.

    Raises InputProblem when the folder cannot be written.
    """
    from geo.io.plan_folder import write_tables
    from geo.report.layers import write_plan_layers
    from geo.report.maps import Kind, render_map
    from geo.report.plan_page import write_plan_page
    from geo.report.review_document import write_review_docx, write_review_xlsx
    from geo.report.workbook import write_workbook

    folder = Path(folder)
    tell = teller(progress)
    report = plan_report(result)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".writing-") as name:
            draft = Path(name)
            tell(0.9, "写出图层", "Writing layers")
            write_tables(_tables(result), draft / PLAN_GPKG)
            if len(result.moved_out) or len(result.moved_in):
                write_plan_layers(report, draft)
            tell(0.92, "写出表格", "Writing the workbook")
            write_workbook(report, draft / "plan.xlsx", lang="zh")
            write_workbook(report, draft / "plan_en.xlsx", lang="en")
            for lang, form in (("zh", "review_form"), ("en", "review_form_en")):
                write_review_xlsx(report, draft / f"{form}.xlsx", lang=lang)
                write_review_docx(report, draft / f"{form}.docx", lang=lang)
            sheets: tuple[tuple[Kind, str], ...] = (
                ("plan", "plan_map"), ("before_after", "plan_before_after"), ("fragments", "plan_fragments"),
            )  # fmt: skip
            for number, (kind, stem) in enumerate(sheets, 1):
                tell(0.92 + 0.02 * number, f"绘制 A3 图 {number}/3", f"Drawing A3 map {number}/3")
                render_map(report, draft / stem, kind=kind)
            write_plan_page(report, draft / "plan.html")
            write_certificate(result, draft / CERTIFICATE)
            values = told_values(result)
            told = summary(result)
            told["solution"] = part_cases(told["solution"], draft)
            data = record(SPEC.name, result.zone, values, editions=result.editions, results=told)
            write_json(data, draft / PLAN_JSON)
            made = sorted(draft.iterdir())
            for path in made:
                shutil.move(path, folder / path.name)
    except OSError as fault:
        raise InputProblem([Finding("IO118", "error", str(folder), measured=str(fault))]) from None
    tell(1.0, "完成", "Done")
    return [folder / path.name for path in made]


def write_certificate(result: RelocationResult, path: Path) -> None:
    """The flows of the proof (branch, left, right, flow) as text with every digit; nothing when there are none."""
    from geo.plan.relocation.certificate import flow_table

    if result.problem is None or result.solution is None or result.solution.certificate is None:
        return
    table = flow_table(result.problem, result.solution.certificate)
    table.to_csv(path, index=False, float_format="%.17g", encoding="utf-8")


def _tables(result: RelocationResult) -> dict[str, gpd.GeoDataFrame | pd.DataFrame]:
    """The layers of plan.gpkg, each row with its parents and its run."""
    tables = {
        "moved_out": result.moved_out,
        "moved_in": result.moved_in,
        "waiting": result.waiting,
        "fragments": result.study.fragments.blocks,
        "conflicts": result.study.conflicts.pieces,
        "refused": result.candidates.refused,
    }
    return {name: frame.assign(run_id=result.run_id) for name, frame in tables.items()}


def told_values(result: RelocationResult) -> dict[str, Any]:
    """The values of the study as the run record keeps them, the what-if with its overrides."""
    scenario = result.scenario
    told = None if scenario is None else {"name": scenario.name, "overrides": dict(scenario.overrides)}
    return {**result.values, "scenario": told}


def _side(frame: gpd.GeoDataFrame) -> dict[str, Any]:
    return {
        "pieces": len(frame),
        "area_m2": float(frame["area_m2"].sum()),
        "net_area_m2": float(frame["net_area_m2"].sum()),
        "grade": mean(frame, "grade"),
        "paddy_m2": float(frame.loc[frame["paddy"].astype(bool), "net_area_m2"].sum()),
    }


def _judged(result: RelocationResult, verdict: Any) -> dict[str, Any]:
    told = judgement(verdict, names_of(result.zone))
    return {
        **asdict(told),
        "subject": verdict.subject,
        "articles": list(verdict.articles),
        "zh": verdict.text("zh"),
        "en": verdict.text("en"),
    }


def _balance_table(result: RelocationResult, lang: str) -> Any:
    from rich.table import Table

    zh = lang == "zh"
    table = Table(title="调出与调入" if zh else "Out and in", title_justify="left")
    heads = ("", "块数", "净面积 亩", "净面积 公顷", "平均等别", "水田 亩") if zh else (
        "", "Pieces", "Net 亩", "Net ha", "Mean grade", "Paddy 亩")  # fmt: skip
    for head in heads:
        table.add_column(head, justify="right" if head else "left")
    for label, frame in ((("调出" if zh else "Out"), result.moved_out), (("调入" if zh else "In"), result.moved_in)):
        row = _side(frame)
        table.add_row(
            label, f"{row['pieces']:,}", f"{to_mu(row['net_area_m2']):,.2f}", f"{to_ha(row['net_area_m2']):,.4f}",
            f"{row['grade']:.2f}", f"{to_mu(row['paddy_m2']):,.2f}",
        )  # fmt: skip
    return table


def _index_table(result: RelocationResult, lang: str) -> Any:
    from rich.table import Table

    zh = lang == "zh"
    table = Table(title="连片程度" if zh else "Contiguity", title_justify="left")
    for head in ("", "调整前", "调整后") if zh else ("", "Before", "After"):
        table.add_column(head, justify="right" if head else "left")
    before, after = indices_record(result.before), indices_record(result.after)
    table.add_row("片数" if zh else "Blocks", f"{before['patches']:,}", f"{after['patches']:,}")
    for label, key in (("平均单片 亩", "mean_patch_m2"), ("合计 亩", "area_m2")):
        name = label if zh else {"mean_patch_m2": "Mean block 亩", "area_m2": "In all 亩"}[key]
        table.add_row(name, f"{to_mu(before[key]):,.2f}", f"{to_mu(after[key]):,.2f}")
    name = "连片度 Σa²/(Σa)²" if zh else "Index Σa²/(Σa)²"
    table.add_row(name, f"{before['contiguity']:.6f}", f"{after['contiguity']:.6f}")
    return table


def _checks_table(result: RelocationResult, lang: str) -> Any:
    """The plan's checks; those asked of each county and township are told by their worst."""
    from rich.table import Table

    from geo.policy.article import mark_text
    from geo.policy.book import load_book

    zh, book = lang == "zh", load_book()
    table = Table(title="规则判定" if zh else "Checks", title_justify="left", show_lines=False)
    heads = (
        ("", "检查", "实测", "限值", "依据", "把握")
        if zh
        else ("", "Check", "Measured", "Limit", "Article", "How sure")
    )
    for head in heads:
        table.add_column(head, overflow="fold", justify="right" if head in heads[2:4] else "left")
    grouped: dict[str, list[Any]] = {}
    for verdict in result.judgements:
        grouped.setdefault(verdict.rule.code, []).append(verdict)
    for verdicts in grouped.values():
        shown = next((v for v in verdicts if v.passed is False), verdicts[0])
        mark = {True: "✓", False: "✗", None: "–"}[shown.passed]
        count = f" ×{len(verdicts)}" if len(verdicts) > 1 else ""
        article, words = book.article(shown.articles[0]), shown.finding().values
        cited = f"{article.number} {article.no}".strip() or article.citation(lang)
        table.add_row(
            mark, shown.rule.title(lang) + count, words["shown"], words["bound"], cited, mark_text(shown.sure, lang)
        )
    return table


def proven(gap: float, lang: str) -> str:
    """How good a plan is, in one sentence; the share is rounded up, so that no more is claimed than was proven."""
    if gap <= 1e-9:
        zh = "在现行条件下，本方案已证明是最优方案。"
        return zh if lang == "zh" else "This plan is proven to be the best possible under these rules."
    share = f"{math.ceil(max(gap, 0.0) * 1e5 - 1e-6) / 1e3:.3f}%"
    if lang == "zh":
        return f"在现行条件下，本方案距最优方案不超过 {share}。"
    return f"This plan is within {share} of the best possible plan under these rules."


def _proof(result: RelocationResult, lang: str) -> str:
    s = result.solution
    assert s is not None
    figures = (f"{s.objective:,.3f}", f"{s.bound:,.3f}", f"{s.seconds:.1f}")
    told = (
        "求解：{0}，目标 {1} 亩·km，下界 {2}（{3} 秒，{4}）" if lang == "zh"
        else "Solved: {0}, objective {1} mu·km, bound {2} ({3} s, {4})"
    )  # fmt: skip
    return f"{proven(s.gap, lang)}\n{told.format(s.status, *figures, s.solver)}"


def _no_plan(result: RelocationResult, lang: str) -> list[Any]:
    zh = lang == "zh"
    s = result.solution
    if s is None:
        return ["没有可以调出的零星地块，无需方案。" if zh else "Nothing may leave: there is nothing to plan."]
    if s.status != "infeasible":
        return ["在时限内没有找到方案。" if zh else "No plan was found in the time allowed."]
    head = "没有同时满足全部规则的方案。相互冲突的约束：" if zh else "No plan meets all rules. Clashing constraints:"
    told: list[Any] = [head, *(f"  {f.finding.text(lang)}" for f in s.shortfalls)]
    return [*told, ("最小冲突组：" if zh else "Smallest clashing set: ") + "、".join(s.clashing)]


def waits_word(code: str, lang: str) -> str:
    """Why pieces wait, in a few words."""
    short: Mapping[str, tuple[str, str]] = {
        "PL402": ("乡镇调整上限已用完", "township cap used up"),
        "PL403": ("县内可调入面积不足", "county supply too small"),
        "PL404": ("高标准农田，只报告不移动", "high-standard farmland, reported only"),
        "PL406": ("规划人员要求暂留", "held back by the planner"),
        "PL405": ("没有可行方案", "no plan possible"),
        "PL407": ("尚未排入年份", "no year planned yet"),
    }
    return short[code][0 if lang == "zh" else 1] if code in short else reason_text(code, lang)
