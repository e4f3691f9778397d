"""The two surveys of a study ``change``: from a data folder, a file or an archive; their class edition is stated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from geo.errors import InputProblem
from geo.finding import Finding
from geo.standards.comparison import (
    UNKNOWN,
    comparison_classes,
    comparison_key,
    crosswalk,
    edition_names,
    editions_of,
    known_code,
)
from geo.standards.land import land_classes
from geo.zone import Source, Zone

if TYPE_CHECKING:
    import geopandas as gpd

CODES_SHOWN = 8
# An edition that knows fewer of the parcels' codes than this is not the one they were written in.
_MOST = 0.9
_EXTRA = ("farmland", "towns")


@dataclass(frozen=True, eq=False)
class Survey:
    """One survey: parcels in house columns (EPSG:4528), farmland and townships where it has them, and its name.

    name: of the folder or file; year: 0 when nobody says; findings: of reading; synthetic: invented data.
    """

    name: str
    year: int
    parcels: gpd.GeoDataFrame
    extra: Mapping[str, gpd.GeoDataFrame]
    sources: Mapping[str, Source]
    findings: tuple[Finding, ...] = ()
    synthetic: bool = False
    title: tuple[str, str] = ("", "")


def read_survey(path: Path | str) -> Survey:
    """A survey from a data folder (``zone.toml`` obeyed) or from one file or archive with a parcel layer.

    Raises InputProblem with all that is wrong; CH101 when nothing in it is a layer of land parcels.
    """
    path = Path(path)
    if not path.is_dir() or path.suffix.lower() == ".gdb":
        return survey_from([path], path.name)
    try:
        return _folder(path)
    except InputProblem as problem:
        # Not one of the official file names in it: what lies there is opened and recognised by its content.
        if any(f.code != "IO102" for f in problem.findings):
            raise
        return survey_from([path], path.name)


def read_surveys(before: Path | str, after: Path | str) -> tuple[Survey, Survey]:
    """Both surveys. Raises InputProblem with the faults of both at once."""
    found, faults = [], []
    for path in (before, after):
        try:
            found.append(read_survey(path))
        except InputProblem as problem:
            faults += list(problem.findings)
    if faults:
        raise InputProblem(faults)
    return found[0], found[1]


def survey_of(zone: Zone) -> Survey:
    """The survey of a zone that is open already."""
    extra = {n: zone.layer(n) for n in _EXTRA if zone.has(n)}
    kept = {n: s for n, s in zone.sources.items() if n in ("parcels", *_EXTRA)}
    return Survey(zone.name, zone.survey_year, zone.layer("parcels"), extra, kept, (), zone.synthetic,
                  (zone.name, zone.name_en))  # fmt: skip


def _folder(path: Path) -> Survey:
    from geo.io.zone_folder import read_zone

    zone = read_zone(path, layers=("parcels",))
    found = survey_of(zone)
    extra, sources = dict(found.extra), dict(found.sources)
    for name in _EXTRA:
        try:
            more = read_zone(path, layers=(name,))
        except InputProblem as problem:
            if any(f.code != "IO102" for f in problem.findings):
                raise
            continue
        extra[name], sources[name] = more.layer(name), more.sources[name]
    return Survey(found.name, found.year, found.parcels, extra, sources, tuple(zone.findings), found.synthetic,
                  found.title)  # fmt: skip


def survey_from(paths: Sequence[Path], name: str) -> Survey:
    """A survey from files that belong together (the parts of a shapefile, an archive), recognised by their content.

    Raises InputProblem as ``read_survey`` does.
    """
    from geo.io.door import open_files
    from geo.study.check import house_frame

    opened = open_files(list(paths))
    layers = [one for one in opened.layers if one.kind == "vector"]
    named: dict[str, Any] = {}
    for one in layers:
        if one.recognised is not None and one.recognised.layer in ("parcels", *_EXTRA):
            named.setdefault(one.recognised.layer, one)
    if "parcels" not in named:
        with_code = [one for one in layers if any(str(c).upper() == "DLBM" for c in one.frame.columns)]
        if len(with_code) != 1:
            raise InputProblem([*opened.findings, Finding("CH101", "error", name)])
        named["parcels"] = with_code[0]
    frames, sources = {}, {}
    faults: list[Finding] = []
    for layer, one in named.items():
        frame, notes = house_frame(one, layer)
        if frame is None:
            faults += notes or [Finding("IO107", "error", one.subject, measured="–")]
        else:
            frames[layer], sources[layer] = frame, one.source
    if "parcels" not in frames:
        raise InputProblem(faults)
    year = frames["parcels"].get("survey_year")
    known = year is not None and year.notna().any()
    return Survey(name, int(year.mode().iloc[0]) if known else 0, frames["parcels"],
                  {n: f for n, f in frames.items() if n != "parcels"}, sources, tuple(faults))  # fmt: skip


def edition_of(survey: Survey, asked: str) -> tuple[str, list[Finding]]:
    """The class edition of a survey: the one asked for, or the first that knows all (else most) of its codes.

    Returns the edition and what to tell: codes that it does not know (CH102), other editions that would know the codes
    too (CH103). Raises InputProblem (CH114) when it does not know most parcels' codes.
    """
    counts = survey.parcels["class_code"].fillna("").astype(str).value_counts()
    names = edition_names()
    known = {e: sum(int(n) for c, n in counts.items() if known_code(str(c), e)) for e in names}
    fits = editions_of(counts.index)
    edition = asked if asked != "auto" else fits[0] if fits else max(names, key=lambda e: known[e])
    bad = counts[[not known_code(c, edition) for c in counts.index]]
    if len(bad):
        shown = "、".join(f"{c or '（空）'}×{n}" for c, n in bad.head(CODES_SHOWN).items())
        words = {"codes": shown + ("…" if len(bad) > CODES_SHOWN else "")}
        lost = known[edition] < _MOST * len(survey.parcels)
        told = Finding("CH114" if lost else "CH102", "error" if lost else "warning", survey.name,
                       measured=str(int(bad.sum())), limit=names[edition][0], values=words)  # fmt: skip
        if lost:
            raise InputProblem([told])
        return edition, [told]
    others = [e for e in fits if e != edition
              and any(comparison_key(c, e) != comparison_key(c, edition) for c in counts.index)]  # fmt: skip
    if asked != "auto" or not others:
        return edition, []
    also = "、".join(names[e][0] for e in others)
    return edition, [Finding("CH103", "info", survey.name, measured=names[edition][0], limit=also)]


def classes_of(survey: Survey, edition: str, level: str) -> Any:
    """The class of each parcel at a level: ``common`` (comparison classes), ``class`` (codes), ``three`` (N, J, W)."""
    codes = survey.parcels["class_code"].fillna("").astype(str)
    unique = codes.unique()
    if level == "class":
        told = {c: known_code(c, edition) or UNKNOWN for c in unique}
    else:
        told = {c: comparison_key(c, edition) for c in unique}
        if level == "three":
            told = {c: comparison_classes()[k].three for c, k in told.items()}
    return np.array([told[c] for c in codes], dtype=object)


def class_names(editions: tuple[str, str], level: str, lang: str) -> dict[str, str]:
    """What the classes of a level are called, in their order."""
    if level == "common":
        return {k: c.label(lang) for k, c in comparison_classes().items()}
    if level == "three":
        zh = {"N": "农用地", "J": "建设用地", "W": "未利用地", "U": "地类不明"}
        en = {"N": "Farm land", "J": "Construction land", "W": "Unused land", "U": "Unknown class"}
        return zh if lang == "zh" else en
    found: dict[str, str] = {}
    for edition in dict.fromkeys(editions):
        for code, (_, name) in crosswalk(edition).items():
            english = land_classes()[code].en if edition == "survey3" and code in land_classes() else ""
            found.setdefault(code, f"{code} {name if lang == 'zh' else english or name}")
    return {**found, UNKNOWN: comparison_classes()[UNKNOWN].label(lang)}
