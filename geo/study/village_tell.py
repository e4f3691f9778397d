"""Telling a study ``village``: the record and its tables, the layers, and what the terminal shows."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geo.report.village_terms import told_wish
from geo.standards.units import figure_text, to_ha, to_mu
from geo.study.conflicts import banner, teller
from geo.study.record import plain, record, write_json
from geo.study.spec import Progress
from geo.study.village_result import MODES, WISHES
from geo.study.whole_folder import draft_of

if TYPE_CHECKING:
    import pandas as pd

    from geo.study.village_result import VillageResult

VILLAGE_JSON, VILLAGE_GPKG = "village.json", "village.gpkg"
TABLES = ("hamlets", "places", "moves", "modes", "bands", "towns", "quota", "proof", "structure", "villages")
LAYERS = ("hamlets", "places", "moves", "freed")


def summary(result: VillageResult) -> dict[str, Any]:
    """Every statement of the study as plain data: status, sums, tables, verdicts, proof."""
    from geo.study.project_tell import rows_of

    tables = {}
    for name in TABLES:
        frame = getattr(result, name)
        tables[name] = rows_of(frame.drop(columns=[c for c in ("geometry",) if c in frame.columns]))
    return {
        "status": result.status, "planned": result.planned, "sums": sums(result),
        "fields": dict(result.fields_change), "farmland": dict(result.farmland_change), "control": control_of(result),
        "tables": tables, "given": dict(result.given),
        "judgements": [j.record() for j in result.judgements], "findings": [f.record() for f in result.findings],
        "schemes": [
            {"area": s.unit, "status": s.status, "problem_hash": s.problem_hash, "solver": s.solver,
             "seconds": s.seconds, "clash": list(s.clash)}
            for s in result.schemes
        ],
    }  # fmt: skip


def sums(result: VillageResult) -> dict[str, float]:
    """The scheme in a dozen figures."""
    moves, quota, hamlets = result.moves, result.quota, result.hamlets
    area = hamlets[hamlets["in_area"]]
    return {
        "hamlets": len(area), "assumed": int(area["source"].eq("assumed").sum()),
        "scattered": int(area["small"].sum()), "households_all": int(area["households"].sum()),
        "village_land_m2": float(area["land_m2"].sum()), "moved": len(moves),
        "households": int(moves["households"].sum()), "freed_m2": float(moves["freed_m2"].sum()),
        "reclaimed_m2": float(moves["reclaimed_m2"].sum()), "built_m2": float(moves["built_m2"].sum()),
        "net_m2": float(moves["net_m2"].sum()), "joined_m2": float(moves["joined_m2"].sum()),
        "cost_yuan": float(quota["cost_yuan"].sum()) if len(quota) else 0.0,
        "places": int((result.places["received"] > 0).sum()),
        "farthest_m": float(moves["distance_m"].max()) if len(moves) else 0.0,
        "gap": float(result.proof["gap"].max()) if len(result.proof) else 0.0,
        "first_gap": float(result.proof.loc[result.proof["level"] == 1, "gap"].max()) if len(result.proof) else 0.0,
    }  # fmt: skip


def control_of(result: VillageResult) -> dict[str, float | None]:
    """The area of the villages chosen by the layer of village borders, m²: computed (计算面积) and surveyed (调查面积);
    None without the layer or the figure."""
    zone, units = result.zone, tuple(result.values["units"])
    if not zone.has("villages"):
        return {"control_area_m2": None, "declared_area_m2": None}
    layer = zone.layer("villages")
    mine = layer[layer["unit_code"].astype(str).str.startswith(units or "").to_numpy()]
    told: dict[str, float | None] = {}
    for name in ("control_area_m2", "declared_area_m2"):
        given = mine[name] if name in mine.columns else None
        told[name] = float(given.sum()) if given is not None and len(mine) and given.notna().all() else None
    return told


def run_record(result: VillageResult) -> dict[str, Any]:
    """The run record of village.json."""
    data = record("village", result.zone, result.values, editions=result.editions, results=summary(result))
    data["run_id"] = result.run_id
    data["seconds"] = dict(result.seconds)
    return data


def layers(result: VillageResult) -> dict[str, Any]:
    """The layers of village.gpkg: hamlets, places, moves (lines), freed (parcels that come free)."""
    gone = set(result.moves["hamlet_id"])
    members = result.members
    freed = members[members["hamlet_id"].isin(gone) & members["freed"]].reset_index(drop=True)
    frames = {"hamlets": result.hamlets, "places": result.places, "moves": result.moves, "freed": freed}
    return {name: f.assign(run_id=result.run_id) for name, f in frames.items() if len(f)}


def write(
    result: VillageResult, folder: Path | str, *, maps: bool = True, progress: Progress | None = None
) -> list[Path]:
    """Write village.json, village.gpkg, the papers and (with ``maps``) the sheets into the folder; all of them or none.

    Raises InputProblem when the folder cannot be written, Cancelled when ``progress`` says stop.
    """
    from geo.study.result_sheet import write_sheets
    from geo.study.village_deliver import write_deliverables

    tell = teller(progress)
    begun = time.monotonic()
    made: list[Path] = []
    with draft_of(folder, made) as draft:
        tell(0.93, "写出图层", "Writing the layers")
        write_layers(result, draft / VILLAGE_GPKG)
        data = run_record(result)
        write_deliverables(plain(data), draft, tell)
        if maps:
            tell(0.97, "绘图", "Drawing the sheets")
            area = result.hamlets[result.hamlets["in_area"].to_numpy(dtype=bool)]
            write_sheets(
                result.zone, (("hamlets", area, "state"),), draft, "village_map", zh="村庄布局图", en="Villages"
            )
        data["seconds"]["write"] = time.monotonic() - begun
        write_json(data, draft / VILLAGE_JSON)
    return made


def write_layers(result: VillageResult, path: Path) -> Path:
    """Polygons as layers of one GeoPackage, the moves as lines beside them."""
    import pyogrio

    from geo.io.plan_folder import write_tables

    told = layers(result)
    lines = told.pop("moves", None)
    write_tables(told, path)
    if lines is not None:
        pyogrio.write_dataframe(lines, path, layer="moves", driver="GPKG", append=True, geometry_type="LineString")
    return path


def lines(result: VillageResult, lang: str) -> list[Any]:
    """What the terminal shows: the scheme by way to move, the fields, the quota, the proof."""
    zh = lang == "zh"
    told: list[Any] = [*banner(result.zone, lang), _head(result, zh), ""]
    told += [f.text(lang) for f in result.findings]
    if result.status in ("infeasible", "not_found"):
        return told
    told += ["", _modes_table(result, zh), "", _fields_line(result, zh), "", _quota_table(result, zh)]
    told += ["", _proof_table(result.proof, zh)]
    bad = [j for j in result.judgements if j.passed is False]
    return told + ([""] + [j.text(lang) for j in bad] if bad else [])


def _head(result: VillageResult, zh: bool) -> str:
    s = sums(result)
    share = f"{s['scattered']:,} / {s['hamlets']:,}"
    if zh:
        return (f"居民点 {s['hamlets']:,} 个、{s['households_all']:,} 户；零散 {share}；方案搬迁 {s['moved']:,} 个、"
                f"{s['households']:,} 户，最远 {s['farthest_m']:,.0f} m")  # fmt: skip
    return (f"{s['hamlets']:,} hamlets, {s['households_all']:,} households; scattered {share}; moving {s['moved']:,} "
            f"hamlets, {s['households']:,} households, {s['farthest_m']:,.0f} m at most")  # fmt: skip


def _table(title: str, heads: tuple[str, ...]) -> Any:
    from rich.table import Table

    table = Table(title=title, title_justify="left")
    for number, head in enumerate(heads):
        table.add_column(head, justify="right" if number else "left")
    return table


def _modes_table(result: VillageResult, zh: bool) -> Any:
    heads = (("方式", "居民点", "户", "腾退 亩", "建新 亩", "净腾退 亩", "最远 m", "平均 m", "费用 万元") if zh else
             ("Way", "Hamlets", "Homes", "Freed mu", "Built mu", "Net mu", "Far m", "Mean m", "10k yuan"))  # fmt: skip
    table = _table("村庄布局方案" if zh else "The scheme", heads)
    names = {m: (a if zh else b) for m, a, b in MODES}
    for row in result.modes.to_dict("records"):
        table.add_row(
            names[row["mode"]], f"{row['hamlets']:,}", f"{row['households']:,.0f}", f"{to_mu(row['freed_m2']):,.2f}",
            f"{to_mu(row['built_m2']):,.2f}", f"{to_mu(row['net_m2']):,.2f}", f"{row['farthest_m']:,.0f}",
            f"{row['mean_m']:,.0f}", f"{row['cost_yuan'] / 10_000:,.2f}",
        )  # fmt: skip
    return table


def _fields_line(result: VillageResult, zh: bool) -> str:
    c = result.fields_change
    gain = to_mu(c["area_after_m2"] - c["area_before_m2"])
    if zh:
        return (f"百亩方：{c['blocks_before']:,.0f} → {c['blocks_after']:,.0f} 块，面积增加 {gain:,.2f} 亩；腾退地并入 "
                f"{c['blocks_joined']:,.0f} 块百亩方，{c['merged']:,.0f} 处原不相连的田块连成一片")  # fmt: skip
    gained = figure_text(gain, 2, sign=True)
    return (f"Fields of 100 mu: {c['blocks_before']:,.0f} → {c['blocks_after']:,.0f}, {gained} mu; freed land "
            f"joins {c['blocks_joined']:,.0f} of them; {c['merged']:,.0f} blocks joined that were apart")  # fmt: skip


def _quota_table(result: VillageResult, zh: bool) -> Any:
    heads = (("项目区", "拆旧 公顷", "复垦耕地 公顷", "建新 公顷", "节余 公顷", "归还期限", "费用 万元") if zh else
             ("Project area", "Torn down ha", "Cropland ha", "Built ha", "Spare ha", "Due", "10k yuan"))  # fmt: skip
    table = _table("拆旧建新与周转指标" if zh else "Quota loop", heads)
    for row in result.quota.to_dict("records"):
        table.add_row(
            str(row["name"]), f"{to_ha(row['old_m2']):,.4f}", f"{to_ha(row['reclaimed_m2']):,.4f}",
            f"{to_ha(row['built_m2']):,.4f}", f"{to_ha(row['spare_m2']):,.4f}", row["due_on"],
            f"{row['cost_yuan'] / 10_000:,.2f}",
        )  # fmt: skip
    return table


def _proof_table(proof: pd.DataFrame, zh: bool) -> Any:
    heads = (("项目区", "次序", "目标值", "已证界限", "可手算界限", "差距") if zh else
             ("Project area", "Wish", "Value", "Proven bound", "Bound by addition", "Gap"))  # fmt: skip
    table = _table("最优性证明" if zh else "Proof", heads)
    names = {w: (a if zh else b) for w, a, b in WISHES}
    for row in proof.to_dict("records"):
        value, bound, floor = (told_wish(row["wish"], row[k], zh) for k in ("value", "bound", "floor"))
        wish = f"{row['level']} {names[row['wish']]}"
        table.add_row(str(row["area"]), wish, value, bound, floor, f"{row['gap']:.2%}")
    return table
