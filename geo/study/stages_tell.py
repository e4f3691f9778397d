"""Telling a relocation in years: figures as plain data, lines for the terminal, record, layers and tables to keep."""

from __future__ import annotations

import math
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geo.errors import InputProblem
from geo.finding import Finding
from geo.standards.land import admin_units
from geo.standards.units import round_half_up, to_ha, to_mu
from geo.study.record import record, write_json
from geo.study.relocation_facts import names_of
from geo.study.relocation_result import SPEC
from geo.study.relocation_tell import waits_word
from geo.study.stages_result import UNDONE, Stages

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from geo.zone import Zone

STAGES_JSON, STAGES_GPKG = "stages.json", "stages.gpkg"

ENDED: Mapping[str, tuple[str, str]] = {
    "done": ("全部调出。", "Everything that may leave has left."),
    "years": ("年数已用完，尚有地块未调出。", "The years are used up and some land has not left."),
    "stuck": ("余下的整块在任何一年都超过乡镇上限。", "No block that is left fits under its township's cap in a year."),
    "infeasible": ("其后一年没有可行方案。", "The next year has no plan."),
    "time": ("其后一年在时限内没有找到方案。", "No plan was found for the next year in the time allowed."),
    "cancelled": ("已停止；保留已排完的年份。", "Stopped; the years planned in full are kept."),
}  # fmt: skip


def summary(stages: Stages) -> dict[str, Any]:
    """Every figure of the stages as plain data; areas m², a township's cap at the start of its year."""
    rows: list[dict[str, Any]] = []
    for s in stages.stages:
        out = s.moved_out.groupby("town_code")["net_area_m2"].sum()
        towns: list[dict[str, Any]] = [
            {"town_code": str(t), "out_net_m2": float(a), "room_m2": s.room_m2.get(str(t), 0.0),
             "used": float(a) / max(s.room_m2.get(str(t), 0.0), 1e-9)}
            for t, a in out.items()
        ]  # fmt: skip
        used = {str(t["town_code"]): float(t["used"]) for t in towns}
        rows.append({
            "year": s.year, "out_pieces": len(s.moved_out), "out_net_m2": float(s.moved_out["net_area_m2"].sum()),
            "in_plots": len(s.moved_in), "in_net_m2": float(s.moved_in["net_area_m2"].sum()),
            "cost_mu_km": s.solution.objective, "gap": s.solution.gap, "status": s.solution.status,
            "cap_used": used, "fullest_town": max(used, key=lambda t: used[t]), "towns": towns,
            "checks_hold": all(c.holds for c in s.solution.checks),
        })  # fmt: skip
    return {
        "plan_run_id": stages.run_id, "years_asked": stages.years, "ended": stages.ended, "years": rows,
        "cost_mu_km": stages.cost, "at_once_bound_mu_km": stages.at_once_bound, "price_mu_km": stages.price,
        "left": len(stages.left), "left_net_m2": float(stages.left["net_area_m2"].sum()) if len(stages.left) else 0.0,
        "clashing": list(stages.clashing), "town_cap_share": stages.values["town_cap_share"],
        "shortfalls": [
            {"constraint": s.constraint, "scope": s.scope, "amount": s.amount, "unit": s.unit,
             "zh": s.finding.text("zh"), "en": s.finding.text("en")}
            for s in stages.shortfalls
        ],
    }  # fmt: skip


def layers(stages: Stages) -> dict[str, gpd.GeoDataFrame]:
    """What leaves and what comes, each row with its ``year``, and what is left with its reason."""
    import geopandas as gpd
    import pandas as pd

    found = {}
    for side in ("moved_out", "moved_in"):
        parts = [getattr(s, side).assign(year=s.year) for s in stages.stages]
        if parts:
            found[side] = gpd.GeoDataFrame(pd.concat(parts, ignore_index=True), geometry="geometry", crs=parts[0].crs)
    return {**found, "left": stages.left}


def lines(stages: Stages, lang: str) -> list[Any]:
    """What the terminal shows: a row a year, how it ended, what staging costs."""
    from rich.table import Table

    zh, names = lang == "zh", _names(stages.zone, lang)
    table = Table(title="分年实施" if zh else "Year by year", title_justify="left")
    heads = ("年", "调出 亩", "调入 亩", "图斑", "代价 亩·km", "误差", "上限用得最多") if zh else (
        "Year", "Out mu", "In mu", "Plots", "Cost mu·km", "Gap", "Cap most used")  # fmt: skip
    for head in heads:
        table.add_column(head, justify="right")
    for row in summary(stages)["years"]:
        town = row["fullest_town"]
        table.add_row(str(row["year"]), f"{to_mu(row['out_net_m2']):,.2f}", f"{to_mu(row['in_net_m2']):,.2f}",
                      str(row["in_plots"]), f"{row['cost_mu_km']:,.2f}", f"{row['gap']:.2%}",
                      f"{names.get(town, town)} {row['cap_used'][town]:.1%}")  # fmt: skip
    told: list[Any] = [table, "", ENDED[stages.ended][0 if zh else 1]]
    still = stages.left[stages.left["reason"].isin(UNDONE)]
    if len(still):
        area = f"{to_mu(float(still['net_area_m2'].sum())):,.2f}"
        told.append(
            f"尚有 {len(still)} 块、{area} 亩没有调出，逐块原因见“未调出”表。" if zh
            else f"{len(still)} pieces, {area} mu, have not left; the table “Left” gives each one's reason."
        )  # fmt: skip
    told += [f"  {s.finding.text(lang)}" for s in stages.shortfalls]
    if math.isfinite(stages.price):
        told.append(
            f"分年比一次完成（不设上限）至多多花 {stages.price:,.2f} 亩·km" if zh
            else f"The years cost at most {stages.price:,.2f} mu·km more than all at once without the cap"
        )  # fmt: skip
    return told


def write(stages: Stages, folder: Path | str) -> list[Path]:
    """``stages.json``, ``stages.gpkg`` (moved_out and moved_in with their year, left) and ``stages.xlsx`` in both
    languages. All or none.

    Raises InputProblem when the folder cannot be written.
    """
    from geo.io.plan_folder import write_tables
    from geo.report.consolidation_workbook import write_tables_workbook

    folder = Path(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".writing-") as name:
            draft = Path(name)
            write_tables(layers(stages), draft / STAGES_GPKG)
            for lang, file, head in (("zh", "stages.xlsx", "分年实施表"), ("en", "stages_en.xlsx", "Stages by year")):
                title = f"{stages.zone.name if lang == 'zh' else stages.zone.name_en} {head}"
                write_tables_workbook(
                    sheets(stages, lang), draft / file, title=title, synthetic=stages.zone.synthetic, lang=lang
                )
            data = record(f"{SPEC.name}.stages", stages.zone, stages.values, editions=(), results=summary(stages))
            write_json(data, draft / STAGES_JSON)
            made = sorted(draft.iterdir())
            for path in made:
                shutil.move(path, folder / path.name)
    except OSError as fault:
        raise InputProblem([Finding("IO118", "error", str(folder), measured=str(fault))]) from None
    return [folder / path.name for path in made]


def sheets(stages: Stages, lang: str) -> list[tuple[str, pd.DataFrame]]:
    """The tables of the workbook, each with its name: years, caps by township, what leaves, what comes, what is left;
    areas in 公顷 and 亩."""
    import pandas as pd

    zh, names, frames = lang == "zh", _names(stages.zone, lang), layers(stages)

    def w(a: str, b: str) -> str:
        return a if zh else b

    def named(code: object) -> str:
        return names.get(str(code), str(code))

    def area(key: tuple[str, str], m2: float) -> dict[str, float]:
        head = w(*key)
        return {w(f"{head}（公顷）", f"{head} (ha)"): round_half_up(to_ha(m2), 4),
                w(f"{head}（亩）", f"{head} (mu)"): round_half_up(to_mu(m2), 2)}  # fmt: skip

    def rows(side: str, extra: Any) -> list[dict[str, Any]]:
        key = "candidate_id" if side == "moved_in" else "farmland_id"
        return [
            {**extra(r), w("标识码", "Id"): str(r[key]), w("乡镇", "Township"): named(r["town_code"]),
             **area(("净面积", "Net area"), float(r["net_area_m2"]))}
            for r in (frames[side].drop(columns="geometry").to_dict("records") if side in frames else ())
        ]  # fmt: skip

    def year(r: Mapping[str, Any]) -> dict[str, Any]:
        return {w("年", "Year"): int(r["year"])}

    told = summary(stages)
    years = [
        {w("年", "Year"): r["year"], w("调出（块）", "Out (pieces)"): r["out_pieces"],
         **area(("调出", "Out"), r["out_net_m2"]), w("调入（块）", "In (plots)"): r["in_plots"],
         **area(("调入", "In"), r["in_net_m2"]),
         w("上限用得最多的乡镇", "Township nearest its cap"): named(r["fullest_town"]),
         w("已用上限（%）", "Cap used (%)"): _percent(r["cap_used"][r["fullest_town"]]),
         w("代价（亩·km）", "Cost (mu·km)"): round_half_up(r["cost_mu_km"], 2),
         w("误差（%）", "Gap (%)"): round_half_up(100 * r["gap"], 3)}
        for r in told["years"]
    ]  # fmt: skip
    caps = [
        {w("年", "Year"): r["year"], w("乡镇", "Township"): named(t["town_code"]),
         **area(("调出", "Out"), t["out_net_m2"]), **area(("上限", "Cap"), t["room_m2"]),
         w("已用上限（%）", "Cap used (%)"): _percent(t["used"])}
        for r in told["years"] for t in r["towns"]
    ]  # fmt: skip
    left = rows("left", lambda _: {})
    for row, reason in zip(left, stages.left["reason"] if len(left) else (), strict=True):
        row[w("原因", "Reason")] = waits_word(str(reason), lang)
    head = {w("结果", "Outcome"): ENDED[stages.ended][0 if zh else 1]}
    tables = (
        (w("各年", "Years"), years or [head]), (w("乡镇上限", "Caps"), caps),
        (w("调出", "Out"), rows("moved_out", year)),
        (w("调入", "In"), rows("moved_in", year)), (w("未调出", "Left"), left),
    )  # fmt: skip
    return [(name, pd.DataFrame(found or [{w("内容", "Rows"): w("无", "none")}])) for name, found in tables]


def _percent(share: float) -> float:
    return round_half_up(100.0 * share, 2)


def _names(zone: Zone, lang: str) -> dict[str, str]:
    """Names of places by code, in Latin letters for English papers where the official table knows them."""
    known = {code: unit.en for code, unit in admin_units().items() if unit.en} if lang == "en" else {}
    return {**names_of(zone), **known}
