"""THE SAME STUDIES OVER PARTS: ``conflicts`` and ``facts`` on a store in parts, by the workers of a cluster.

Results are those of the plain studies row by row, as files of a bounded size. The working folder is named after the
store, the values and the version: the same command, started again, goes on where it stopped.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geo import __version__
from geo.errors import InputProblem
from geo.finding import Finding
from geo.standards.units import from_mu
from geo.study import conflicts, facts
from geo.study.conflicts import editions, numbers
from geo.study.record import plain, record, write_json
from geo.study.spec import Progress
from geo.zone import Source, Zone

if TYPE_CHECKING:
    from geo.io.parts import PartStore
    from geo.scale.cluster import Engine

# What each round is called, and where its progress begins and ends.
_STEPS = {
    "cut": (0.05, 0.45, "切割", "Cutting"),
    "join": (0.45, 0.75, "连片", "Joining blocks"),
    "describe": (0.75, 0.95, "零星", "Describing fragments"),
    "facts": (0.05, 0.95, "地块事实", "Facts of parcels"),
}


@dataclass(frozen=True)
class ScaledResult:
    """Study, zone (names and sources, no layers), figures as the plain study's summary, files written."""

    study: str
    zone: Zone
    values: Mapping[str, Any]
    figures: Mapping[str, Any]
    files: Sequence[Path]


def partition(
    folders: Sequence[Path], store: Path, *, rows_per_part: int, progress: Progress | None = None
) -> PartStore:
    """Put the layers of zone folders (the counties of a province) into one store in parts, one folder at a time.

    Raises InputProblem as ``read_zone`` and ``write_parts`` do; a store that could not be finished is removed.
    """
    from geo.io.parts import LIST, write_parts
    from geo.io.zone_folder import read_zone

    tell = conflicts.teller(progress)
    there = store.exists()

    def zones() -> Iterator[Zone]:
        for number, folder in enumerate(folders):
            tell(number / len(folders), f"读入 {folder.name}", f"Reading {folder.name}")
            yield read_zone(folder)

    try:
        return write_parts(zones(), store, rows_per_part=rows_per_part)
    except BaseException:
        if not there and not (store / LIST).exists():
            shutil.rmtree(store, ignore_errors=True)
        raise


def run_conflicts(
    source: Path, values: Mapping[str, Any], out: Path, *, cluster: str, rows_per_part: int = 0,
    progress: Progress | None = None,
) -> ScaledResult:  # fmt: skip
    """``conflicts`` on a store (or on a zone folder, put into parts first) by the workers of ``cluster``.

    Writes into ``out``: pieces/, inside/, remainders/ (GeoParquet, one file a part), fragments.gpkg, conflicts.json.
    """
    import pandas as pd

    from geo.io.plan_folder import write_tables
    from geo.measure.fragmentation import indices_of, is_fragment
    from geo.scale.conflicts import conflicts_in_parts

    on = values["on"]
    with _opened(source, out, cluster, rows_per_part, conflicts.SPEC.name, values, progress) as (store, work, engine):
        limits = [from_mu(v) for v in numbers("fragment.sensitivity_thresholds_mu", on)]
        gaps = numbers("fragment.sensitivity_gaps_m", on)
        found = conflicts_in_parts(
            store, work, engine, lines=values["lines"], threshold_m2=from_mu(values["threshold_mu"]),
            gap_m=values["gap_m"], gaps_m=gaps, min_patch_m2=values["min_patch_m2"], step=_step(progress),
        )  # fmt: skip
        table = found.tables[float(values["gap_m"])]
        grid = []
        for gap in gaps:
            for limit in limits:
                hit = found.tables[float(gap)]
                hit = hit[is_fragment(hit, limit, values["min_patch_m2"])]
                sums = hit[["inside_area_m2", "inside_net_area_m2", "net_area_m2"]].sum()
                grid.append((float(gap), float(limit), len(hit), *(float(v) for v in sums)))
        names = ["gap_m", "threshold_m2", "blocks", "area_m2", "net_area_m2", "piece_net_area_m2"]
        bins = [from_mu(v) for v in numbers("report.bins_mu", on)]
        shares = [bins[-1], from_mu(numbers("fragment.hundred_mu", on)[0])]
        indices = indices_of(table["net_area_m2"].to_numpy(), bin_limits_m2=bins, shares_at_least_m2=shares)
        zone = _zone(store)
        figures = {
            "run_id": work.name[-12:], "zone": zone.name, "synthetic": zone.synthetic,
            "farmland_parcels": store.rows("farmland"), "farmland_net_m2": float(table["net_area_m2"].sum()),
            **conflicts.figures(found.totals, found.blocks, len(found.members)),
            "sensitivity": pd.DataFrame(grid, columns=names).to_dict("records"),
            "indices": conflicts.indices_record(indices),
        }  # fmt: skip
        layers = {"fragments": found.blocks, "members": found.members}
        files = [write_tables(layers, out / "fragments.gpkg"), *_keep(work, out, ("pieces", "inside", "remainders"))]
        law = editions(on, [i.parameter for i in conflicts.SPEC.inputs if i.parameter])
        data = record(conflicts.SPEC.name, zone, values, editions=law, results=figures)
        files.append(write_json({**data, "cluster": cluster}, out / "conflicts.json"))
    return ScaledResult(conflicts.SPEC.name, zone, values, figures, files)


def run_facts(
    source: Path, values: Mapping[str, Any], out: Path, *, cluster: str, rows_per_part: int = 0,
    progress: Progress | None = None,
) -> ScaledResult:  # fmt: skip
    """``facts`` on a store or a zone folder by the workers of ``cluster``: facts/, borders/, facts.json."""
    import pandas as pd

    from geo.scale.facts import facts_in_parts

    with _opened(source, out, cluster, rows_per_part, facts.SPEC.name, values, progress) as (store, work, engine):
        found = facts_in_parts(store, work, engine, classes=facts.classes(values), step=_step(progress))
        told = [facts.figures(pd.read_parquet(f), _rows(b)) for f, b in zip(found.facts, found.borders, strict=True)]
        zone = _zone(store)
        sums = {name: sum(t["sums"][name] for t in told) for name in told[0]["sums"]}
        figures = {
            "zone": zone.name, "synthetic": zone.synthetic, "parcels": sum(t["parcels"] for t in told),
            "pairs": sum(t["pairs"] for t in told), "sums": sums,
        }  # fmt: skip
        files = _keep(work, out, ("facts", "borders"))
        data = record(
            facts.SPEC.name, zone, values, editions=editions(values["on"], [facts.PARAMETER]), results=figures
        )
        files.append(write_json({**data, "cluster": cluster}, out / "facts.json"))
    return ScaledResult(facts.SPEC.name, zone, values, figures, files)


def lines(result: ScaledResult, lang: str) -> list[Any]:
    """What the terminal shows: as the plain study."""
    if result.study == facts.SPEC.name:
        return facts.told(result.zone, result.figures, lang)
    return conflicts.told(result.zone, result.values, result.figures, lang)


@contextmanager
def _opened(
    source: Path, out: Path, cluster: str, rows_per_part: int, study: str, values: Mapping[str, Any],
    progress: Progress | None,
) -> Iterator[tuple[PartStore, Path, Engine]]:  # fmt: skip
    """The store, the working folder of this very job, and the engine; the folder is removed once all is done."""
    from geo.io.parts import ROWS_PER_PART, is_store, open_parts
    from geo.scale.cluster import open_engine

    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        raise InputProblem([Finding("IO118", "error", str(out), measured=str(fault))]) from None
    if is_store(source):
        store = open_parts(source)
    else:
        made = out / f"store-{_mark([_fingerprint(source), rows_per_part])}"
        if made.exists() and not is_store(made):
            shutil.rmtree(made)
        store = open_parts(made) if is_store(made) else partition(
            [source], made, rows_per_part=rows_per_part or ROWS_PER_PART, progress=progress
        )  # fmt: skip
    _asked_layers(store, study)
    work = out / f"work-{study}-{_mark([store.key(), plain(values), __version__])}"
    work.mkdir(exist_ok=True)
    with open_engine(cluster, shared=(store.folder.resolve(), work.resolve())) as engine:
        yield _absolute(store), work.resolve(), engine
    shutil.rmtree(work)


def _absolute(store: PartStore) -> PartStore:
    from dataclasses import replace

    return replace(store, folder=store.folder.resolve())


def _asked_layers(store: PartStore, study: str) -> None:
    asked = (
        ("farmland", "boundary", "redline")
        if study == conflicts.SPEC.name
        else ("parcels", "farmland", "boundary", "redline")
    )
    from geo.standards.schema import schema

    gone = [n for n in asked if not store.has(n)]
    if gone:
        raise InputProblem([
            Finding("IO102", "error", store.folder.name, measured=schema(n).official,
                    values={"zh": schema(n).zh, "en": schema(n).en}) for n in gone
        ])  # fmt: skip


def _mark(body: Any) -> str:
    return hashlib.sha256(json.dumps(body, sort_keys=True, ensure_ascii=False).encode()).hexdigest()[:12]


def _fingerprint(folder: Path) -> list[Any]:
    """Names, sizes and times of a zone's files: whether the parts made before are of the same files."""
    if not folder.is_dir():
        raise InputProblem([Finding("IO101", "error", str(folder))])
    return sorted([p.name, p.stat().st_size, p.stat().st_mtime_ns] for p in folder.iterdir() if p.is_file())


def _step(progress: Progress | None) -> Any:
    if progress is None:
        return None

    def step(name: str, done: int, count: int) -> bool:
        low, high, zh, en = _STEPS[name]
        at = low + (high - low) * done / max(count, 1)
        return progress(at, f"{zh} {done}/{count}", f"{en} {done}/{count}", {"done": done, "count": count})

    return step


def _zone(store: PartStore) -> Zone:
    """Names and sources of what the store was made from."""
    sources = {
        f"{about['code']}:{name}" if len(store.about["zones"]) > 1 else name: Source(**source)
        for about in store.about["zones"] for name, source in about["sources"].items()
    }  # fmt: skip
    return Zone(
        code=store.about["code"], name=store.about["name"], name_en=store.about["name_en"],
        survey_year=store.about["survey_year"], layers={}, sources=sources, synthetic=store.about["synthetic"],
    )  # fmt: skip


def _keep(work: Path, out: Path, kinds: Sequence[str]) -> list[Path]:
    """Move finished folders of the work to their place; one of an earlier run goes only when its successor is whole."""
    kept = []
    for kind in kinds:
        old, new = out / f"{kind}.old", out / kind
        shutil.rmtree(old, ignore_errors=True)
        if new.exists():
            new.replace(old)
        (work / kind).replace(new)
        shutil.rmtree(old, ignore_errors=True)
        kept.append(new)
    return kept


def _rows(path: Path) -> int:
    import pyarrow.parquet as pq

    return int(pq.read_metadata(path).num_rows)
