"""Telling a study ``mixed``: record, layers, what the terminal shows; and the recheck that measures it all again."""

from __future__ import annotations

import json
import shutil
import tempfile
import time
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


def write(result: MixedResult, folder: Path | str, *, progress: Progress | None = None) -> list[Path]:
    """Write mixed.json, mixed.gpkg and the papers into the folder; all of them or none. Raises InputProblem."""
    from geo.io.plan_folder import write_tables

    folder = Path(folder)
    tell = teller(progress)
    begun = time.monotonic()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(dir=folder, prefix=".writing-"))
    except OSError as fault:
        raise InputProblem([Finding("IO118", "error", str(folder), measured=str(fault))]) from None
    try:
        tell(0.9, "写出图层", "Writing the layers")
        write_tables(layers(result), draft / MIXED_GPKG)
        data = run_record(result)
        data["seconds"]["write"] = time.monotonic() - begun
        write_json(data, draft / MIXED_JSON)
        made = sorted(p for p in draft.rglob("*") if p.is_file())
        for path in made:
            path.replace(folder / path.name)
        return [folder / p.name for p in made]
    except OSError as fault:
        raise InputProblem([Finding("IO118", "error", str(folder), measured=str(fault))]) from None
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def recheck(folder: Path | str, zone_folder: Path | str) -> list[Finding]:
    """The whole study measured again from the layers and compared with the record, figure by figure.

    Raises InputProblem when the folder is no result of this study."""
    from geo.io.zone_folder import read_zone
    from geo.study import mixed
    from geo.study.village_recheck import differences, statements

    path = Path(folder) / MIXED_JSON
    try:
        told = json.loads(path.read_text("utf-8"))
        given = {k: tuple(v) if isinstance(v, list) else v for k, v in told["values"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as fault:
        raise InputProblem([Finding("MX503", "error", Path(folder).name, measured=repr(fault)[:120])]) from None
    now = mixed.run(read_zone(zone_folder), SPEC.values(given))
    fresh = plain(json.loads(json.dumps(plain(run_record(now)), ensure_ascii=False)))
    found = [
        Finding("MX501", "error", f.subject, measured=f.measured, limit=f.limit) for f in differences(fresh, told)
    ][:200]
    return found or [Finding("MX502", "pass", MIXED_JSON, measured=str(statements(fresh)))]


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
