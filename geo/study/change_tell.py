"""Telling a study ``change``: tables in words, the terminal, the workbook, layers, flows, maps and the record."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geo.errors import InputProblem
from geo.finding import Finding
from geo.report.words import said, word
from geo.standards.comparison import comparison_classes, crosswalk, edition_names, known_code
from geo.standards.land import admin_units
from geo.standards.units import MU_M2, to_ha, to_mu
from geo.study.change_intake import class_names
from geo.study.conflicts import teller
from geo.study.record import plain, software, write_json
from geo.study.spec import Progress

if TYPE_CHECKING:
    from geo.study.change import ChangeResult


def names_of(result: ChangeResult, lang: str) -> dict[str, str]:
    """What the classes of the result are called, in their order."""
    return class_names(result.editions_used, result.level, lang)


def signs_of(result: ChangeResult) -> dict[str, str]:
    """For each class the land class of the third survey whose colour stands for it."""
    signs = {k: c.sign for k, c in comparison_classes().items()}
    if result.level == "common":
        return signs
    if result.level == "three":
        return {"N": "0101", "J": "0701", "W": "1101", "U": "1207"}
    return {code: signs[key] for e in result.editions_used for code, (key, _) in crosswalk(e).items()} | {
        "unknown": "1207"}  # fmt: skip


def summary(result: ChangeResult) -> dict[str, Any]:
    """Every statement of the study as plain data."""
    return {
        "run_id": result.run_id,
        "before": {"name": result.before.name, "year": result.before.year, "edition": result.editions_used[0]},
        "after": {"name": result.after.name, "year": result.after.year, "edition": result.editions_used[1]},
        "synthetic": result.synthetic,
        "tolerance_m": result.tolerance_m,
        "naive_m2": result.naive_m2,
        **{f"{kind}_m2": result.kind_m2(kind) for kind in ("real", "small", "resurvey")},
        "closing": result.closing.to_dict("records"),
        "totals": result.totals.to_dict("records"),
        "matrix": result.matrix.to_dict("records"),
        "balance": result.balance.to_dict("records"),
        "flows": result.flows.to_dict("records"),
        "by_town": result.by_town.to_dict("records"),
        "farmland_by_cause": None if result.farmland_by_cause is None else result.farmland_by_cause.to_dict("records"),
        "findings": [f.record() for f in result.findings],
        "seconds": dict(result.seconds),
    }


def headline(result: ChangeResult, lang: str) -> list[tuple[str, str]]:
    """The key statements as label and text."""
    kept = [(k, word(f"change.{k}", lang)) for k in ("real", "small", "resurvey")]
    lines = []
    for survey, key, edition in ((result.before, "before", result.editions_used[0]),
                                 (result.after, "after", result.editions_used[1])):  # fmt: skip
        title = survey.title[0 if lang == "zh" else 1] or survey.name
        year = f"，{survey.year}" if lang == "zh" and survey.year else f", {survey.year}" if survey.year else ""
        lines.append(
            (word(f"change.{key}", lang), f"{title}{year}；{edition_names()[edition][0 if lang == 'zh' else 1]}")
        )
    lines.append((word("change.naive", lang), _both(result.naive_m2, lang)))
    lines += [(label, _both(result.kind_m2(kind), lang)) for kind, label in kept]
    lines.append((word("change.tolerance", lang), f"{result.tolerance_m:g} m"))
    share = f"{result.values['contact_share']:.0%}"
    lines.append((word("change.rule", lang), said("change.rule_text", lang, share=share)))
    return lines


def _both(m2: float, lang: str) -> str:
    ha, mu = f"{to_ha(m2):,.4f}", f"{to_mu(m2):,.2f}"
    return f"{ha} 公顷（{mu} 亩）" if lang == "zh" else f"{ha} ha ({mu} mu)"


def town_name(code: str, lang: str = "zh") -> str:
    """The name of a township; its code where nobody knows it."""
    known = admin_units().get(str(code))
    if known is None:
        return str(code) or "–"
    return known.en or known.zh if lang == "en" else known.zh


def balance_rows(result: ChangeResult, lang: str) -> pd.DataFrame:
    """By class in words: columns of ``change_balance``."""
    names = names_of(result, lang)
    order = {k: n for n, k in enumerate(names)}
    frame = result.balance.assign(
        name=[names.get(k, k) for k in result.balance["class"]],
        small_net_m2=result.balance["small_gained_m2"] - result.balance["small_lost_m2"],
        order=[order.get(k, 999) for k in result.balance["class"]],
    )
    return frame.sort_values("order", kind="stable").drop(columns="order").reset_index(drop=True)


def flow_rows(result: ChangeResult, lang: str) -> pd.DataFrame:
    """Flows in words: columns of ``change_flows``."""
    names, frame = names_of(result, lang), result.flows
    return frame.assign(before=[names.get(k, k) for k in frame["before_class"]],
                        after=[names.get(k, k) for k in frame["after_class"]], real_mu=frame["real_m2"])  # fmt: skip


def town_rows(result: ChangeResult, lang: str) -> pd.DataFrame:
    """Cropland by township in words: columns of ``change_towns``."""
    return result.by_town.assign(town=[town_name(c, lang) for c in result.by_town["town_code"]])


def cause_rows(result: ChangeResult, lang: str) -> pd.DataFrame | None:
    """Permanent farmland lost by cause: columns of ``change_causes``; None without such a layer."""
    frame = result.farmland_by_cause
    if frame is None:
        return None
    return frame.assign(name=[word(f"cause.{c}", lang) for c in frame["cause"]], net_mu=frame["net_area_m2"])


def farmland_rows(result: ChangeResult, lang: str) -> pd.DataFrame | None:
    """Permanent farmland lost, one row a piece, largest first: columns of ``change_farmland``."""
    if result.farmland is None:
        return None
    frame = pd.DataFrame(result.farmland.drop(columns="geometry")).sort_values("net_area_m2", ascending=False)

    def called(codes: Any, edition: str) -> list[str]:
        table = crosswalk(edition)
        return [table[known_code(c, edition)][1] if known_code(c, edition) else str(c) for c in codes]

    used = result.editions_used
    return frame.assign(
        number=np.arange(1, len(frame) + 1), town=[town_name(c, lang) for c in frame["town_code"]],
        before=called(frame["before_code"], used[0]), after=called(frame["after_code"], used[1]),
        name=[word(f"cause.{c}", lang) for c in frame["cause"]], net_mu=frame["net_area_m2"],
    )  # fmt: skip


def flow_svg(result: ChangeResult, lang: str) -> str:
    """The flows of real change as SVG."""
    from geo.report.flow_chart import flow_chart

    flows = list(result.flows[["before_class", "after_class", "real_m2"]].itertuples(index=False, name=None))
    year = (result.before.year, result.after.year)
    heads = tuple(
        f"{word(f'change.{k}', lang)} {y}" if y else word(f"change.{k}", lang)
        for k, y in zip(("before", "after"), year, strict=True)
    )
    return flow_chart(
        flows, names_of(result, lang), signs_of(result), heads=(heads[0], heads[1]),
        unit="亩" if lang == "zh" else "mu", per=MU_M2, title=word("change.flow_title", lang),
    )  # fmt: skip


def report_of(result: ChangeResult, lang: str) -> Any:
    """What the workbook needs."""
    from geo.report.change_workbook import ChangeReport, matrix_frame

    record = [("run", result.run_id), *((k, str(v)) for k, v in plain(result.values).items())]
    for p in result.parameters:
        value = f"{p['value']} {p['unit']} · {p['article']} · {p['sure']}"
        record.append((f"{p['zh'] if lang == 'zh' else p['en']} ({p['id']})", value))
    for key, survey in (("before", result.before), ("after", result.after)):
        record += [(f"{word(f'change.{key}', lang)} {s.file}", s.sha256) for s in survey.sources.values()]
    record += list(software().items())
    return ChangeReport(
        summary=headline(result, lang), closing=result.closing,
        matrix=matrix_frame(result.matrix, names_of(result, lang), lang), balance=balance_rows(result, lang),
        flows=flow_rows(result, lang), towns=town_rows(result, lang), causes=cause_rows(result, lang),
        farmland=farmland_rows(result, lang), record=record, findings=[f.text(lang) for f in result.findings],
        synthetic=result.synthetic,
    )  # fmt: skip


def write(result: ChangeResult, folder: Path, *, lang: str = "zh", progress: Progress | None = None) -> list[Path]:
    """Write everything into a folder. Raises InputProblem (IO118) when it cannot be written."""
    from geo.io.plan_folder import write_tables
    from geo.measure.change import SHOWN_M2
    from geo.report.change_workbook import write_change_workbook

    tell = teller(progress)
    tell(0.9, "写出成果", "Writing the results")
    parts = result.parts.drop(columns=["before_row", "after_row"])
    layers: dict[str, Any] = {"changed": parts[["change_id", *[c for c in parts.columns if c != "change_id"]]]}
    if len(result.crossing.alone):
        alone = result.crossing.alone
        layers["only_one_survey"] = alone[alone["area_m2"] > SHOWN_M2]
    if result.farmland is not None and len(result.farmland):
        layers["farmland_lost"] = result.farmland
    data = {
        "study": "change", "run_id": result.run_id, "values": plain(result.values),
        "parameters": [dict(p) for p in result.parameters], "inputs": _inputs(result), "software": software(),
        "results": plain(summary(result)),
    }  # fmt: skip
    try:
        files = [write_tables(layers, folder / "change.gpkg"),
                 write_change_workbook(report_of(result, lang), folder / "change.xlsx", lang=lang)]  # fmt: skip
        svg = folder / "change.svg"
        svg.write_text(flow_svg(result, lang), encoding="utf-8")
        return [*files, svg, write_json(data, folder / "change.json")]
    except OSError as fault:
        raise InputProblem([Finding("IO118", "error", str(folder), measured=str(fault))]) from None


def _inputs(result: ChangeResult) -> list[Mapping[str, Any]]:
    return [
        {"survey": key, "layer": name, "file": s.file, "sha256": s.sha256, "rows": s.rows, "epsg": s.epsg}
        for key, survey in (("before", result.before), ("after", result.after))
        for name, s in sorted(survey.sources.items())
    ]


def lines(result: ChangeResult, lang: str) -> list[Any]:
    """What the terminal shows: the statements, the account, classes, farmland lost."""
    from rich.table import Table

    zh = lang == "zh"
    out: list[Any] = []
    if result.synthetic:
        out += [word("synthetic", lang), ""]
    out += [f"{label}：{text}" if zh else f"{label}: {text}" for label, text in headline(result, lang)]
    table = Table(title=word("change.balance", lang), title_justify="left")
    heads = ("地类", "前期 公顷", "后期 公顷", "减少", "增加", "重测净") if zh else (
        "Class", "Earlier ha", "Later ha", "Lost", "Gained", "Re-survey")  # fmt: skip
    for k, head in enumerate(heads):
        table.add_column(head, justify="right" if k else "left")
    for row in balance_rows(result, lang).itertuples():
        figures = (row.before_m2, row.after_m2, row.lost_m2, row.gained_m2, row.resurvey_m2)
        table.add_row(row.name, *(f"{to_ha(v):,.4f}" for v in figures))
    out += ["", table]
    causes = cause_rows(result, lang)
    if causes is not None:
        lost = Table(title=word("change.farmland", lang), title_justify="left")
        for k, head in enumerate(("去向", "处数", "净面积 亩") if zh else ("Cause", "Places", "Net mu")):
            lost.add_column(head, justify="right" if k else "left")
        for row in causes.itertuples():
            lost.add_row(row.name, f"{row.pieces:,}", f"{to_mu(row.net_area_m2):,.2f}")
        out += ["", lost]
    return [*out, "", *(f.text(lang) for f in result.findings)]
