"""Study ``change``: what became what between two surveys, and what of it is only another pen.

Measure (both surveys laid over each other, closed to each one's total), tell real change from borders drawn anew,
then farmland lost by cause, loss and gain by township, and a table for every statement.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geo.errors import InputProblem
from geo.finding import Finding
from geo.policy.book import load_book
from geo.standards.comparison import comparison_classes, comparison_key, edition_names
from geo.study.change_intake import Survey, classes_of, edition_of, read_survey, read_surveys, survey_of
from geo.study.conflicts import editions, teller
from geo.study.spec import Input, Output, Progress, StudySpec

if TYPE_CHECKING:
    import geopandas as gpd

    from geo.measure.change import Crossing

__all__ = ["SPEC", "ChangeResult", "read_survey", "read_surveys", "run", "survey_of"]

_EDITIONS = (("auto", "自动识别", "Recognise"), *((k, *v) for k, v in edition_names().items()))
SPEC = StudySpec(
    name="change",
    zh="变化",
    en="Change",
    summary_zh="两期调查的地类转移：矩阵、流向、耕地与永久基本农田去向，界线重测与真变化分开",
    summary_en="two surveys compared: transition matrix, flows, farmland lost by cause, re-survey told from change",
    inputs=(
        Input("on", "date", "判定日期", "Date of the rules"),
        Input("level", "choice", "比较的地类", "Classes compared", default="common",
              choices=(("common", "对比地类", "Comparison classes"),
                       ("class", "二级类（同版本）", "Codes, one edition"),
                       ("three", "三大类", "Three great classes")),
              help_zh="不同分类版本之间用对比地类", help_en="Between editions use the comparison classes"),
        Input("tolerance_m", "number", "界线容差", "Border tolerance", unit="m", low=0, high=60, step=0.5,
              parameter="change.border_tolerance_m", help_zh="不宽于此且两侧贴邻的条带为界线重测",
              help_en="Strips this narrow along a border are re-surveying"),
        Input("raster", "flag", "栅格数据按像元", "Cells of raster-made surveys", default=True,
              help_zh="由栅格矢量化的一期，容差不小于一个像元", help_en="For raster-made surveys, at least one cell"),
        Input("edition_before", "choice", "前期分类", "Classes of the earlier", default="auto", choices=_EDITIONS,
              advanced=True),
        Input("edition_after", "choice", "后期分类", "Classes of the later", default="auto", choices=_EDITIONS,
              advanced=True),
        Input("contact_share", "number", "贴邻比例", "Share along borders", low=0.02, high=0.5, step=0.01,
              parameter="change.contact_share", help_zh="条带两侧各须贴邻的周长比例",
              help_en="Share of a strip's outline on either side", advanced=True),
    ),
    outputs=(
        Output("change.xlsx", "转移矩阵、闭合、流向、永久基本农田减少", "Matrix, closing, flows, farmland lost"),
        Output("change.gpkg", "变化图斑与两期各自独有的范围", "Changed parcels, and what only one survey covers"),
        Output("change.svg", "地类流向图", "Flows between classes"),
        Output("change.json", "运行记录", "Run record"),
    ),
)  # fmt: skip

PATCHES = {"N": "survey.min_patch_farm_m2", "J": "survey.min_patch_built_m2", "W": "survey.min_patch_other_m2"}
CAUSES = ("nonfarm", "nongrain", "planting", "facility", "other")


@dataclass(frozen=True, eq=False)
class ChangeResult:
    """What the study found; areas m², classes as keys of the level.

    matrix: before_class, after_class, area_m2 (classes, ``only``, ``doubled``), closed to both totals. totals: survey,
    class, area_m2. closing: see ``measure.change.closing``. parts: every changed piece with kind (real, resurvey,
    small) and both parents. flows: before_class, after_class, and m² of each kind. loss: class, lost, gained by kind.
    by_town: town_code, cropland lost and gained. farmland: permanent farmland lost, one row a piece with cause, gross
    and net m²; farmland_by_cause its sums, None when there is no such layer. tolerance_m: the one used. naive_m2: all
    that an overlay would call change.
    """

    before: Survey
    after: Survey
    values: Mapping[str, Any]
    run_id: str
    editions_used: tuple[str, str]
    crossing: Crossing
    matrix: pd.DataFrame
    totals: pd.DataFrame
    closing: pd.DataFrame
    parts: gpd.GeoDataFrame
    flows: pd.DataFrame
    balance: pd.DataFrame
    by_town: pd.DataFrame
    farmland: gpd.GeoDataFrame | None
    farmland_by_cause: pd.DataFrame | None
    tolerance_m: float
    findings: tuple[Finding, ...]
    parameters: tuple[Mapping[str, Any], ...]
    seconds: Mapping[str, float] = field(default_factory=dict)

    @property
    def synthetic(self) -> bool:
        return self.before.synthetic or self.after.synthetic

    @property
    def level(self) -> str:
        return str(self.values["level"])

    def kind_m2(self, kind: str) -> float:
        """Area of one kind of changed part, m²."""
        return float(self.parts.loc[self.parts["kind"] == kind, "area_m2"].sum())

    @property
    def naive_m2(self) -> float:
        return float(self.parts["area_m2"].sum())


def run(before: Survey, after: Survey, values: Mapping[str, Any], *, progress: Progress | None = None) -> ChangeResult:
    """Compare two surveys. ``values`` from ``SPEC.values``.

    Raises InputProblem: unknown codes (CH102), no common ground (CH104), codes of two editions compared (CH105);
    Cancelled when ``progress`` says stop.
    """
    from geo.measure.change import closing, cover, cross, transition_matrix
    from geo.measure.resurvey import changed_parts

    tell, begun = teller(progress), time.monotonic()
    tell(0.05, "核对地类分类", "Reading the classes")
    used, findings = _editions(before, after, values)
    level = values["level"]
    old, new = classes_of(before, used[0], level), classes_of(after, used[1], level)
    tell(0.1, "前期图斑", "The earlier survey")
    first = cover(before.parcels)
    tell(0.25, "后期图斑", "The later survey")
    second = cover(after.parcels)
    tell(0.4, "叠加两期", "Laying one over the other")
    crossing = cross(first, second)
    if not len(crossing.pieces):
        raise InputProblem([Finding("CH104", "error", "", measured=before.name, limit=after.name)])
    matrix = transition_matrix(crossing, old, new)
    account = closing(crossing)
    tolerance, told = _tolerance(before, after, values)
    findings += [*told, *_account(before, after, account, crossing)]
    tell(0.65, "区分界线重测", "Telling re-survey from change")
    pieces = crossing.pieces.assign(
        before_class=old[crossing.pieces["before_row"]], after_class=new[crossing.pieces["after_row"]]
    )
    least = _least(pieces, after, used[1], values)
    parts = changed_parts(
        pieces, width_m=tolerance, contact=values["contact_share"], least_m2=least, cell_m=_cell(told)
    )
    parts = _with_parents(parts, before, after)
    tell(0.85, "永久基本农田去向", "Permanent farmland lost")
    rule = _Rule(tolerance, float(values["contact_share"]))
    farmland = _farmland(before, after, parts, crossing, used, rule)
    if farmland is None:
        findings.append(Finding("CH110", "info", ""))
    flows = _flows(parts)
    return ChangeResult(
        before=before, after=after, values=dict(values), run_id=_run_id(before, after, values), editions_used=used,
        crossing=crossing, matrix=matrix, totals=_totals(first, second, old, new), closing=account, parts=parts,
        flows=flows, balance=_balance(flows, old, new, first, second), by_town=_by_town(parts, used),
        farmland=farmland,
        farmland_by_cause=None if farmland is None else _by_cause(farmland), tolerance_m=tolerance,
        findings=tuple(findings),
        parameters=editions(values["on"], [i.parameter for i in SPEC.inputs if i.parameter] + list(PATCHES.values())),
        seconds={"run": time.monotonic() - begun},
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Rule:
    tolerance_m: float
    contact: float


def _editions(before: Survey, after: Survey, values: Mapping[str, Any]) -> tuple[tuple[str, str], list[Finding]]:
    """The class edition of each survey; faults of both are told at once."""
    used, notes, faults = [], [], []
    for survey, name in ((before, "edition_before"), (after, "edition_after")):
        try:
            edition, told = edition_of(survey, values[name])
        except InputProblem as problem:
            faults += list(problem.findings)
            continue
        used.append(edition)
        notes += told
    if faults:
        raise InputProblem(faults)
    if values["level"] == "class" and used[0] != used[1]:
        names = edition_names()
        raise InputProblem([Finding("CH105", "error", "", measured=names[used[0]][0], limit=names[used[1]][0])])
    return (used[0], used[1]), notes


def _tolerance(before: Survey, after: Survey, values: Mapping[str, Any]) -> tuple[float, list[Finding]]:
    from geo.geometry.opening import cell_m

    tolerance, told = float(values["tolerance_m"]), []
    for survey in (before, after) if values["raster"] else ():
        cell = cell_m(survey.parcels.geometry.to_numpy())
        if cell > 0:
            told.append(Finding("CH108", "info", survey.name, measured=round(cell, 2), unit="m"))
            tolerance = max(tolerance, cell)
    return tolerance, told


def _cell(told: list[Finding]) -> float:
    """The largest cell of the surveys that were made from rasters, m; 0 for none."""
    return max((float(str(f.measured)) for f in told if f.code == "CH108"), default=0.0)


def _account(before: Survey, after: Survey, account: pd.DataFrame, crossing: Crossing) -> list[Finding]:
    """What a reader must know of the two surveys' own areas."""
    from geo.measure.change import SHOWN_M2

    told = []
    for survey, row, cover in zip(
        (before, after), account.itertuples(), (crossing.before, crossing.after), strict=True
    ):
        if cover.lost:
            told.append(Finding("CH112", "warning", survey.name, measured=str(cover.lost)))
        if row.doubled_m2 > SHOWN_M2:
            told.append(Finding("CH106", "warning", survey.name, measured=row.doubled_m2, unit="m²"))
        if row.only_m2 > 1.0:
            told.append(Finding("CH107", "info", survey.name, measured=row.only_m2, unit="m²"))
        # Every parcel's record is rounded to 0.01 m²: no two sums are nearer than that.
        if abs(row.stated_m2 - row.parcels_m2) > max(1.0, 0.005 * row.parcels):
            told.append(Finding("CH109", "info", survey.name, measured=row.stated_m2, limit=row.parcels_m2, unit="m²"))
    return told


def _least(pieces: pd.DataFrame, after: Survey, edition: str, values: Mapping[str, Any]) -> Any:
    """The smallest patch that a survey maps of the class that each piece became."""
    book = load_book()
    least = {k: float(str(book.value(name, on=values["on"]).value)) for k, name in PATCHES.items()}
    classes = comparison_classes()
    keys = classes_of(after, edition, "common")[pieces["after_row"]]
    three = {k: "J" if k == "facility" else classes[k].three.replace("U", "W") for k in classes}
    return np.array([least[three[k]] for k in keys])


def _with_parents(parts: Any, before: Survey, after: Survey) -> Any:
    """The parts with their parents' identifiers, codes and places."""
    told = {}
    for side, survey in (("before", before), ("after", after)):
        rows = parts[f"{side}_row"].to_numpy()
        for name, column in (("id", "parcel_id"), ("code", "class_code"), ("crop", "crop_code")):
            values = survey.parcels.get(column)
            told[f"{side}_{name}"] = "" if values is None else values.fillna("").astype(str).to_numpy()[rows]
    towns = [s.parcels["town_code"].astype(str).to_numpy()[parts[f"{side}_row"]]
             for side, s in (("after", after), ("before", before)) if "town_code" in s.parcels]  # fmt: skip
    town = towns[0] if towns else np.full(len(parts), "", dtype=object)
    for other in towns[1:]:
        town = np.where(town == "", other, town)
    number = [f"C{k + 1:07d}" for k in range(len(parts))]
    return parts.assign(change_id=number, town_code=town, **told)


def _flows(parts: pd.DataFrame) -> pd.DataFrame:
    kinds = ("real", "small", "resurvey")
    table = parts.pivot_table(
        index=["before_class", "after_class"], columns="kind", values="area_m2", aggfunc="sum", fill_value=0.0
    ).reindex(columns=list(kinds), fill_value=0.0)
    counts = parts[parts["kind"] == "real"].groupby(["before_class", "after_class"]).size()
    out = table.assign(pieces=counts.reindex(table.index).fillna(0).astype(int)).reset_index()
    out.columns.name = None
    out = out.rename(columns={k: f"{k}_m2" for k in kinds})
    back = out.set_index(["before_class", "after_class"])["resurvey_m2"]
    reverse = [float(back.get((b, a), 0.0)) for a, b in zip(out["before_class"], out["after_class"], strict=True)]
    out = out.assign(reverse_m2=reverse, one_way_m2=out["resurvey_m2"] - np.array(reverse))
    return out.sort_values("real_m2", ascending=False, kind="stable").reset_index(drop=True)


def _totals(first: Any, second: Any, old: Any, new: Any) -> pd.DataFrame:
    from geo.measure.change import totals

    rows = [(name, k, v) for name, one, c in (("before", first, old), ("after", second, new))
            for k, v in totals(one, c).items()]  # fmt: skip
    return pd.DataFrame(rows, columns=["survey", "class", "area_m2"])


def _balance(flows: pd.DataFrame, old: Any, new: Any, first: Any, second: Any) -> pd.DataFrame:
    """By class: what each survey has, what is really lost and gained, and what re-surveying moves."""
    from geo.measure.change import totals

    a, b = totals(first, old), totals(second, new)
    names = list(dict.fromkeys([*a.index, *b.index]))
    lost, gained = (flows.groupby(c)[["real_m2", "small_m2", "resurvey_m2"]].sum().reindex(names, fill_value=0.0)
                    for c in ("before_class", "after_class"))  # fmt: skip
    return pd.DataFrame({
        "class": names, "before_m2": a.reindex(names, fill_value=0.0).to_numpy(),
        "after_m2": b.reindex(names, fill_value=0.0).to_numpy(),
        "lost_m2": lost["real_m2"].to_numpy(), "gained_m2": gained["real_m2"].to_numpy(),
        "small_lost_m2": lost["small_m2"].to_numpy(), "small_gained_m2": gained["small_m2"].to_numpy(),
        "resurvey_m2": (gained["resurvey_m2"] - lost["resurvey_m2"]).to_numpy(),
    })  # fmt: skip


def _cropland(codes: Any, edition: str) -> Any:
    classes = comparison_classes()
    known = {c: classes[comparison_key(c, edition)].cropland for c in pd.unique(codes)}
    return np.array([known[c] for c in codes], dtype=bool)


def signs_of(result: ChangeResult) -> Any:
    """Of each part what the map shows: loss, gain (of cropland), other (real change), small, resurvey."""
    parts = result.parts
    was, now = (_cropland(parts[f"{side}_code"], e) for side, e in zip(("before", "after"), result.editions_used,
                                                                       strict=True))  # fmt: skip
    real = np.where(was & ~now, "loss", np.where(now & ~was, "gain", "other"))
    return np.where(parts["kind"] == "real", real, parts["kind"].astype(str))


def _by_town(parts: pd.DataFrame, used: tuple[str, str]) -> pd.DataFrame:
    """Cropland lost and gained by township, real change only."""
    real = parts[parts["kind"] == "real"]
    was, now = _cropland(real["before_code"], used[0]), _cropland(real["after_code"], used[1])
    told = real.assign(
        lost_m2=np.where(was & ~now, real["area_m2"], 0.0), gained_m2=np.where(now & ~was, real["area_m2"], 0.0),
        changed_m2=real["area_m2"],
    )  # fmt: skip
    found = told.groupby("town_code")[["changed_m2", "lost_m2", "gained_m2"]].sum().reset_index()
    return found.assign(net_m2=found["gained_m2"] - found["lost_m2"])


def _farmland(
    before: Survey, after: Survey, parts: Any, crossing: Crossing, used: tuple[str, str], rule: _Rule
) -> gpd.GeoDataFrame | None:
    """Permanent farmland on land that really stopped being grain land: columns of the part, cause, gross and net m²."""
    import geopandas as gpd

    from geo.measure.overlay import overlay

    layer = before.extra.get("farmland", after.extra.get("farmland"))
    if layer is None:
        return None
    classes = comparison_classes()
    real = parts[parts["kind"] != "resurvey"]
    was, now = _cropland(real["before_code"], used[0]), _cropland(real["after_code"], used[1])
    cause = [classes[comparison_key(c, used[1])].cause for c in real["after_code"]]
    lost = real.assign(cause=cause)[was & ~now][["change_id", "cause", "kind", "town_code", "before_code", "after_code",
                                                "geometry"]]  # fmt: skip
    planted = _planting(before, after, crossing, used, rule)
    lost = gpd.GeoDataFrame(pd.concat([lost, planted], ignore_index=True), geometry="geometry", crs=parts.crs)
    factor = layer.get("ridge_factor")
    factor = np.zeros(len(layer)) if factor is None else factor.fillna(0.0).to_numpy(dtype=float)
    met = overlay(lost[["change_id", "geometry"]], layer[["farmland_id", "geometry"]], left_id="change_id",
                  right_id="farmland_id")  # fmt: skip
    own = pd.Series(factor, index=layer["farmland_id"].astype(str)).groupby(level=0).first()
    ridge = met["farmland_id"].astype(str).map(own).fillna(0.0).to_numpy(dtype=float)
    more = lost.drop(columns="geometry").drop_duplicates("change_id").set_index("change_id").reindex(met["change_id"])
    found = met.drop(columns="whole").assign(**{c: more[c].to_numpy() for c in more.columns})
    return found.assign(net_area_m2=found["area_m2"].to_numpy() * (1 - ridge)).reset_index(drop=True)


def _planting(before: Survey, after: Survey, crossing: Crossing, used: tuple[str, str], rule: _Rule) -> pd.DataFrame:
    """Cropland in both surveys that grew grain and now grows something else (种植属性 LS to FLS)."""
    from geo.measure.resurvey import changed_parts

    columns = ["change_id", "cause", "kind", "town_code", "before_code", "after_code", "geometry"]
    if "crop_code" not in before.parcels or "crop_code" not in after.parcels:
        return pd.DataFrame(columns=columns)
    pieces = crossing.pieces
    rows = (pieces["before_row"].to_numpy(), pieces["after_row"].to_numpy())
    told, codes = [], []
    for survey, edition, row in zip((before, after), used, rows, strict=True):
        code = survey.parcels["class_code"].fillna("").astype(str).to_numpy()[row]
        crop = survey.parcels["crop_code"].fillna("").astype(str).to_numpy()[row]
        told.append(np.where(_cropland(code, edition), crop, "-").astype(object))
        codes.append(code)
    if not ((told[0] == "LS") & (told[1] == "FLS")).any():
        return pd.DataFrame(columns=columns)
    near = pieces.assign(before_class=told[0], after_class=told[1], before_code=codes[0], after_code=codes[1])
    sown = changed_parts(near, width_m=rule.tolerance_m, contact=rule.contact, least_m2=0.0)
    sown = sown[(sown["before_class"] == "LS") & (sown["after_class"] == "FLS") & (sown["kind"] == "real")]
    town = after.parcels["town_code"].astype(str).to_numpy()[sown["after_row"]] if "town_code" in after.parcels else ""
    number = [f"P{k + 1:07d}" for k in range(len(sown))]
    return pd.DataFrame(sown.assign(change_id=number, cause="planting", town_code=town)[columns])


def _by_cause(farmland: pd.DataFrame) -> pd.DataFrame:
    sums = farmland.groupby("cause").agg(pieces=("change_id", "nunique"), area_m2=("area_m2", "sum"),
                                         net_area_m2=("net_area_m2", "sum"))  # fmt: skip
    return sums.reindex(list(CAUSES), fill_value=0).rename_axis("cause").reset_index()


def _run_id(before: Survey, after: Survey, values: Mapping[str, Any]) -> str:
    import hashlib
    import json

    from geo import __version__
    from geo.study.record import plain

    hashes = [[n, s.sha256] for survey in (before, after) for n, s in sorted(survey.sources.items())]
    body = json.dumps([SPEC.name, plain(values), hashes, __version__], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(body.encode()).hexdigest()[:12]


def write(result: ChangeResult, folder: Path, *, lang: str = "zh", progress: Progress | None = None) -> list[Path]:
    """Write the layers, tables, flows, maps and the record; see ``change_tell.write``."""
    from geo.study.change_tell import write as write_all

    return write_all(result, folder, lang=lang, progress=progress)
