"""Telling a study ``mixed``: record, layers, what the terminal shows; and the recheck that measures it all again."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geo.errors import InputProblem
from geo.finding import Finding
from geo.policy.uses import USES
from geo.standards.units import to_ha
from geo.study.conflicts import banner, teller
from geo.study.mixed_result import FACILITIES, SPEC
from geo.study.record import plain, record, write_json
from geo.study.spec import Progress
from geo.study.whole_folder import draft_of

if TYPE_CHECKING:
    from geo.study.mixed_result import MixedResult

MIXED_JSON, MIXED_GPKG = "mixed.json", "mixed.gpkg"
TABLES = ("sites", "pairs", "coverage", "rural", "matrix")


def summary(result: MixedResult) -> dict[str, Any]:
    """Every statement of the study as plain data."""
    from geo.study.project_tell import rows_of

    tables = {}
    for name in TABLES:
        frame = getattr(result, name)
        tables[name] = rows_of(frame.drop(columns=[c for c in ("geometry",) if c in frame.columns]))
    return {
        "sums": sums(result), "tables": tables, "judgements": [j.record() for j in result.judgements],
        "findings": [f.record() for f in result.findings],
    }  # fmt: skip


def sums(result: MixedResult) -> dict[str, float]:
    """The answer in a few figures."""
    plots, pairs = result.plots, result.pairs
    named = pairs[pairs["answer"].eq("named")]
    return {
        "plots": len(plots), "pairs": len(named), "by_road": int(named["by"].eq("road").sum()),
        "straight": int(named["by"].eq("straight").sum()), "sites": len(result.sites),
        "site_m2": float(result.sites["area_m2"].sum()), "hamlets": len(result.rural),
    }  # fmt: skip


def run_record(result: MixedResult) -> dict[str, Any]:
    """The run record of mixed.json."""
    data = record("mixed", result.zone, result.values, editions=result.editions, results=summary(result))
    data["seconds"] = dict(result.seconds)
    return data


def layers(result: MixedResult) -> dict[str, Any]:
    """The layers of mixed.gpkg: plots, sites, rural."""
    frames = {"plots": result.plots, "sites": result.sites, "rural": result.rural}
    return {name: f.assign(run_id=result.run_id) for name, f in frames.items() if len(f)}


def write(
    result: MixedResult, folder: Path | str, *, maps: bool = True, progress: Progress | None = None
) -> list[Path]:
    """Write mixed.json, mixed.gpkg, the tables and (with ``maps``) the sheets into the folder; all of them or none.

    Raises InputProblem when the folder cannot be written, Cancelled when ``progress`` says stop.
    """
    from geo.io.plan_folder import write_tables
    from geo.study.result_sheet import write_sheets

    tell = teller(progress)
    begun = time.monotonic()
    made: list[Path] = []
    with draft_of(folder, made) as draft:
        tell(0.88, "写出图层", "Writing the layers")
        write_tables(layers(result), draft / MIXED_GPKG)
        data = run_record(result)
        tell(0.92, "写出表格", "Writing the tables")
        write_workbooks(plain(data), draft)
        if maps:
            tell(0.95, "绘图", "Drawing the sheets")
            drawn = (("useplots", result.plots, "use"), ("usesites", result.sites, ""))
            write_sheets(result.zone, drawn, draft, "mixed_map", zh="混合用地图", en="Mixed use")
        data["seconds"]["write"] = time.monotonic() - begun
        write_json(data, draft / MIXED_JSON)
    return made


def write_workbooks(told: Mapping[str, Any], folder: Path) -> list[Path]:
    """mixed.xlsx and mixed_en.xlsx from mixed.json."""
    from geo.report.mixed_workbook import write_mixed_workbook

    return [write_mixed_workbook(told, folder / f"mixed{end}.xlsx", lang=g) for g, end in (("zh", ""), ("en", "_en"))]


def recheck(folder: Path | str, zone_folder: Path | str) -> list[Finding]:
    """The whole study measured again from the layers and compared with record, layers and tables, figure by figure.

    Raises InputProblem when the folder is no result of this study."""
    from geo.io.zone_folder import read_zone
    from geo.study import mixed
    from geo.study.village_recheck import differences, layer_findings, statements

    folder = Path(folder)
    try:
        told = json.loads((folder / MIXED_JSON).read_text("utf-8"))
        given = {k: tuple(v) if isinstance(v, list) else v for k, v in told["values"].items()}
        told["results"]["tables"], told["parameters"], told["zone"]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as fault:
        raise InputProblem([Finding("MX503", "error", folder.name, measured=repr(fault)[:120])]) from None
    if not (folder / MIXED_GPKG).is_file():
        raise InputProblem([Finding("MX503", "error", folder.name, measured=MIXED_GPKG)])
    now = mixed.run(read_zone(zone_folder), SPEC.values(given))
    fresh = plain(json.loads(json.dumps(plain(run_record(now)), ensure_ascii=False)))
    differ = [
        Finding("MX501", "error", f.subject, measured=f.measured, limit=f.limit) for f in differences(fresh, told)
    ][:200]
    found = differ or [Finding("MX502", "pass", MIXED_JSON, measured=str(statements(fresh)))]
    found += layer_findings(folder / MIXED_GPKG, layers(now), differs="MX501", agrees="MX502")
    return found + _papers(folder, told)


def _papers(folder: Path, told: Mapping[str, Any]) -> list[Finding]:
    """Every cell of the tables against the record: MX504 for what is missing or differs."""
    from geo.study.project_deliver import compare

    with tempfile.TemporaryDirectory(prefix="tianchou-check-") as name:
        try:
            made = write_workbooks(told, Path(name))
        except (KeyError, ValueError, TypeError, AttributeError) as fault:
            return [Finding("MX504", "error", MIXED_JSON, measured=repr(fault)[:120])]
        differ = [f for path in made for f in compare(folder / path.name, path)]
    return [Finding("MX504", "error", f.subject, measured=str(f.measured or "–")) for f in differ]


def lines(result: MixedResult, lang: str) -> list[Any]:
    """What the terminal shows: the best sites with their reasons, coverage."""
    from rich.table import Table

    zh = lang == "zh"
    s = sums(result)
    head = (f"用地 {s['plots']:,} 块；可混合的相邻用地 {s['pairs']:,} 对"
            f"（沿道路 {s['by_road']:,}，直线 {s['straight']:,}）；"
            f"地块组 {s['sites']:,} 处，{to_ha(s['site_m2']):,.2f} 公顷" if zh else
            f"{s['plots']:,} plots; {s['pairs']:,} compatible neighbours ({s['by_road']:,} by road, {s['straight']:,} "
            f"straight); {s['sites']:,} sites, {to_ha(s['site_m2']):,.2f} ha")  # fmt: skip
    table = Table(title="混合用地地块组" if zh else "Sites of mixed use", title_justify="left")
    for name, side in (("", "right"), ("公顷" if zh else "ha", "right"), ("理由" if zh else "Reason", "left")):
        table.add_column(name, justify=side)  # type: ignore[arg-type]
    for row in result.sites.head(12).to_dict("records"):
        table.add_row(str(row["site_id"]), f"{to_ha(row['area_m2']):,.2f}", str(row[f"reason_{lang}"]))
    cover = Table(title="步行可达的设施（占用地面积）" if zh else "Facilities in walking distance (share of land)",
                  title_justify="left")  # fmt: skip
    cover.add_column("用途" if zh else "Use")
    for _, _, a, b in FACILITIES:
        cover.add_column(a if zh else b, justify="right")
    for use, rows in result.coverage.groupby("use", sort=True):
        share = {r["kind"]: r["near_m2"] / r["area_m2"] if r["area_m2"] else 0.0 for r in rows.to_dict("records")}
        cover.add_row(str(use) if zh else USES[str(use)], *(f"{share[k]:.0%}" for k, _, _, _ in FACILITIES))
    notes = [f.text(lang) for f in result.findings]
    return [*banner(result.zone, lang), head, "", *notes, "", table, "", cover]
