"""The tables of what a footprint takes: pieces with their parcels' facts, sums by every key, the account of closing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geo.finding import Finding
from geo.geometry.ellipsoid import areas
from geo.measure.occupation import (
    CLOSING_COLUMNS,
    booked_areas,
    cents,
    close_to_control,
    cut_by_plots,
    doubled,
    sums,
    uncovered,
)
from geo.qc.limits import number
from geo.standards.land import PADDY, admin_units, base_code, land_classes

if TYPE_CHECKING:
    import geopandas as gpd

    from geo.zone import Zone

RIDGE = "1203"
"""The class under which deducted field ridges (田坎) are booked."""
BY = ("county", "town", "village", "owner", "owner_kind", "class", "group", "three", "slope", "grade", "plot", "phase")
_PARCEL = (
    "parcel_no", "class_code", "class_name", "owner_kind", "owner_code", "owner_name", "village_code", "village_name",
    "town_code", "county_code", "slope_grade", "grade", "refine_code", "ridge_factor",
)  # fmt: skip
_OWNERS = {
    "10": ("国有", "State-owned"), "20": ("国有土地使用权", "State land, use right"), "30": ("集体所有", "Collective"),
    "31": ("村民小组集体所有", "Villagers' group"), "32": ("村集体所有", "Village collective"),
    "33": ("乡镇集体所有", "Township collective"), "34": ("其他农民集体所有", "Other collective"),
    "40": ("集体土地使用权", "Collective land, use right"),
}  # fmt: skip
_THREE = {
    "N": ("农用地", "Farm land"),
    "J": ("建设用地", "Built land"),
    "W": ("未利用地", "Unused land"),
    "": ("未分类", "Not classified"),
}


@dataclass(frozen=True, slots=True, eq=False)
class Occupation:
    """Columns of every table: ``geo.study.project_result`` and docs/project.md."""

    pieces: gpd.GeoDataFrame
    remainders: gpd.GeoDataFrame
    closing: pd.DataFrame
    uncovered: gpd.GeoDataFrame
    totals: pd.DataFrame
    crosstab: pd.DataFrame
    findings: tuple[Finding, ...]


def occupation(zone: Zone, footprint: gpd.GeoDataFrame) -> Occupation:
    """Every parcel cut by the footprint, measured, closed to the plots' own area, and summed by every key."""
    parcels = zone.layer("parcels")
    noise = number("surface_noise_m2")
    cut = cut_by_plots(parcels, footprint, id_column="parcel_id")
    pieces = cut.pieces
    twice = doubled(pieces, noise_m2=noise)
    open_ = uncovered(footprint, pieces, noise_m2=noise)
    parents = parcels[parcels["parcel_id"].isin(set(pieces["parcel_id"]))]
    booked = booked_areas(
        pieces, parents, id_column="parcel_id", tolerance_m2=number("area_tolerance_m2"), doubled_m2=twice
    )
    facts = _facts(pieces, parents)
    factor = facts["ridge_factor"].to_numpy(dtype=float)
    open_by_plot = open_.groupby("plot_no")["area_m2"].sum().to_dict()
    control = dict(zip(footprint["plot_no"], areas(footprint), strict=True))
    closed, closing = close_to_control(
        booked, pieces["plot_no"], control_m2=control, uncovered_m2=open_by_plot, factor=factor
    )
    twice_by_plot = pd.Series(twice).groupby(pieces["plot_no"].to_numpy()).sum()
    closing["doubled_m2"] = cents(closing["plot_no"].map(twice_by_plot).fillna(0.0).to_numpy())
    phase = pieces["plot_no"].map(dict(zip(footprint["plot_no"], footprint["phase"], strict=True)))
    out = pieces.assign(
        piece_id=[f"Z{k:06d}" for k in range(1, len(pieces) + 1)], phase=phase.to_numpy(), doubled_m2=twice,
        recorded=closed["recorded"].to_numpy(), area_m2=closed["area_m2"].to_numpy(),
        ridge_area_m2=closed["ridge_area_m2"].to_numpy(), net_area_m2=closed["net_area_m2"].to_numpy(),
        **{name: facts[name].to_numpy() for name in facts.columns},
    )  # fmt: skip
    head = ["piece_id", "parcel_id", "plot_no", "phase", "part", "recorded", *facts.columns]
    out = out[[*head, "measured_m2", "doubled_m2", "area_m2", "ridge_area_m2", "net_area_m2", "geometry"]]
    notes = _notes(out, parents, closing, open_)
    return Occupation(
        out.reset_index(drop=True), cut.remainders, closing[list(CLOSING_COLUMNS)], open_, totals_of(out),
        crosstab_of(out), tuple(notes),
    )  # fmt: skip


def farmland_taken(zone: Zone, footprint: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Permanent basic farmland cut by the footprint: whole patches by their recorded area, cut ones measured again."""
    farmland = zone.layer("farmland")
    cut = cut_by_plots(farmland, footprint, id_column="farmland_id").pieces
    parents = farmland[farmland["farmland_id"].isin(set(cut["farmland_id"]))]
    booked = booked_areas(cut, parents, id_column="farmland_id", tolerance_m2=number("area_tolerance_m2"))
    own = parents.set_index("farmland_id").reindex(cut["farmland_id"])
    high = np.zeros(len(cut))
    if zone.has("highstandard") and len(cut):
        from geo.measure.overlay import overlay

        built = zone.layer("highstandard").assign(row_id=lambda f: np.arange(len(f)))
        met = overlay(
            cut[["geometry"]].assign(row=np.arange(len(cut))),
            built[["row_id", "geometry"]],
            left_id="row",
            right_id="row_id",
        )
        high = cents(np.bincount(met["row"], weights=met["area_m2"], minlength=len(cut))[: len(cut)])
    phase = cut["plot_no"].map(dict(zip(footprint["plot_no"], footprint["phase"], strict=True)))
    names = unit_names(zone)
    code = own["class_code"].map(base_code).to_numpy()
    out = cut.assign(
        piece_id=[f"N{k:06d}" for k in range(1, len(cut) + 1)],
        phase=phase.to_numpy(),
        farmland_no=_column(own, "farmland_no"),
        parcel_no=_column(own, "parcel_no"),
        class_code=_column(own, "class_code"),
        class_name=_column(own, "class_name"),
        paddy=code == PADDY,
        grade=own["grade"].to_numpy(dtype=float, na_value=np.nan),
        slope_grade=_numbers(own, "slope_grade"),
        ridge_factor=own["ridge_factor"].fillna(0.0).to_numpy(dtype=float),
        village_code=_column(own, "village_code"),
        village_name=_column(own, "village_name"),
        town_code=_column(own, "town_code"),
        town_name=[names.get(c, c) for c in _column(own, "town_code")],
        county_code=_column(own, "county_code"),
        county_name=[names.get(c, c) for c in _column(own, "county_code")],
        owner_kind=_column(own, "owner_kind"),
        owner_code=_column(own, "owner_code"),
        owner_name=_column(own, "owner_name"),
        high_standard_m2=high,
        high_standard=high > number("surface_noise_m2"),
        recorded=booked["recorded"].to_numpy(),
        area_m2=booked["area_m2"].to_numpy(),
        ridge_area_m2=booked["ridge_area_m2"].to_numpy(),
        net_area_m2=booked["net_area_m2"].to_numpy(),
    )
    head = ["piece_id", "farmland_id", "plot_no", "phase", "part", "recorded", "farmland_no", "parcel_no", "class_code",
            "class_name", "paddy", "grade", "slope_grade", "ridge_factor", "village_code", "village_name", "town_code",
            "town_name", "county_code", "county_name", "owner_kind", "owner_code", "owner_name", "high_standard_m2",
            "high_standard", "measured_m2", "area_m2", "ridge_area_m2", "net_area_m2", "geometry"]  # fmt: skip
    # A sliver told as 0.00 m² is no occupation.
    return out[out["area_m2"] > 0][head].reset_index(drop=True)


def totals_of(pieces: pd.DataFrame) -> pd.DataFrame:
    """Sums by every key of BY: by, code, zh, en, parcels, whole, cut, area_m2, share. Ridges stand under 1203."""
    keys: dict[str, Any] = {
        "county": pieces["county_code"], "town": pieces["town_code"], "village": pieces["village_code"],
        "owner": pieces["owner_code"], "owner_kind": pieces["owner_kind"], "slope": _labels(pieces["slope_grade"]),
        "grade": _labels(pieces["grade"]), "plot": pieces["plot_no"], "phase": pieces["phase"],
    }  # fmt: skip
    names: dict[str, Mapping[str, str]] = {
        "county": _lookup(pieces, "county_code", "county_name"),
        "town": _lookup(pieces, "town_code", "town_name"),
        "village": _lookup(pieces, "village_code", "village_name"),
        "owner": _lookup(pieces, "owner_code", "owner_name"),
    }
    total = float(pieces["area_m2"].sum()) or 1.0
    frames = []
    for by in BY:
        if by in ("class", "group", "three"):
            frame = _by_class(pieces, by)
        else:
            chosen = pieces
            # Slope and grade are told of cropland only.
            if by in ("slope", "grade"):
                chosen = pieces[pieces["cropland"].to_numpy(dtype=bool)]
            frame = sums(
                chosen, by=by, codes=keys[by].loc[chosen.index] if hasattr(keys[by], "loc") else keys[by],
                area=chosen["net_area_m2"] if by in ("slope", "grade") else chosen["area_m2"], id_column="parcel_id",
            )  # fmt: skip
        frame["zh"] = [_title(by, c, names.get(by), "zh") for c in frame["code"]]
        frame["en"] = [_title(by, c, names.get(by), "en") for c in frame["code"]]
        frame["share"] = frame["area_m2"] / total
        frames.append(frame)
    return pd.concat(frames, ignore_index=True)[
        ["by", "code", "zh", "en", "parcels", "whole", "cut", "area_m2", "share"]
    ]


def crosstab_of(pieces: pd.DataFrame) -> pd.DataFrame:
    """Township by class, ridges under 1203: county_code … class_name, three, area_m2, parcels."""
    booked = _with_ridges(pieces)
    keys = ["county_code", "county_name", "town_code", "town_name", "class_code"]
    out = booked.groupby(keys, sort=True, as_index=False).agg(
        area_m2=("booked_m2", "sum"), parcels=("parcel_id", "nunique")
    )
    out["area_m2"] = cents(out["area_m2"])
    out["class_name"] = [_class_name(c, "zh") for c in out["class_code"]]
    out["three"] = [_three(c) for c in out["class_code"]]
    return out[
        [
            "county_code",
            "county_name",
            "town_code",
            "town_name",
            "class_code",
            "class_name",
            "three",
            "area_m2",
            "parcels",
        ]
    ]


def unit_names(zone: Zone) -> dict[str, str]:
    """Names of counties, townships and villages by code, the zone's own where it has them."""
    names = {code: unit.zh for code, unit in admin_units().items()}
    for layer in ("towns", "villages"):
        if zone.has(layer):
            frame = zone.layer(layer)
            names.update(zip(frame["unit_code"].astype(str), frame["unit_name"].astype(str), strict=True))
    return names


def _facts(pieces: pd.DataFrame, parents: pd.DataFrame) -> pd.DataFrame:
    own = parents.drop_duplicates("parcel_id").set_index("parcel_id").reindex(pieces["parcel_id"])
    out = pd.DataFrame(index=pieces.index)
    for name in _PARCEL:
        if name in ("slope_grade", "grade"):
            out[name] = _numbers(own, name)
        elif name == "ridge_factor":
            out[name] = own["ridge_factor"].fillna(0.0).to_numpy(dtype=float)
        else:
            out[name] = _column(own, name)
    units = admin_units()
    base = [base_code(c) for c in out["class_code"]]
    known = [land_classes().get(c) for c in base]
    out["group_code"] = ["" if k is None else k.group for k in known]
    out["group_name"] = ["" if k is None else k.group_zh for k in known]
    out["three"] = ["" if k is None else k.three for k in known]
    out["cropland"] = [k is not None and k.cropland for k in known]
    out["paddy"] = [c == PADDY for c in base]
    for level in ("town", "county"):
        out[f"{level}_name"] = [units[c].zh if c in units else c for c in out[f"{level}_code"]]
    return out


def _column(frame: pd.DataFrame, name: str) -> Any:
    if name not in frame.columns:
        return np.full(len(frame), "", dtype=object)
    return frame[name].fillna("").astype(str).to_numpy(dtype=object)


def _numbers(frame: pd.DataFrame, name: str) -> Any:
    if name not in frame.columns:
        return np.full(len(frame), np.nan)
    return frame[name].to_numpy(dtype=float, na_value=np.nan)


def _labels(values: pd.Series) -> pd.Series:
    return values.map(lambda v: "" if v != v else str(int(v)))


def _lookup(pieces: pd.DataFrame, code: str, name: str) -> dict[str, str]:
    return dict(zip(pieces[code].astype(str), pieces[name].astype(str), strict=True))


def _with_ridges(pieces: pd.DataFrame) -> pd.DataFrame:
    """Net areas under their class, deducted ridges as rows of class 1203: columns class_code, booked_m2 …"""
    keep = ["parcel_id", "part", "class_code", "county_code", "county_name", "town_code", "town_name"]
    net = pieces[keep].assign(booked_m2=pieces["net_area_m2"].to_numpy(dtype=float), ridge=False)
    net["class_code"] = [base_code(c) for c in net["class_code"]]
    edge = pieces[keep].assign(booked_m2=pieces["ridge_area_m2"].to_numpy(dtype=float), class_code=RIDGE, ridge=True)
    return pd.concat([net, edge[edge["booked_m2"] > 0]], ignore_index=True)


def _by_class(pieces: pd.DataFrame, by: str) -> pd.DataFrame:
    booked = _with_ridges(pieces)
    codes = booked["class_code"]
    if by == "group":
        codes = codes.map(lambda c: land_classes()[c].group if c in land_classes() else "")
    elif by == "three":
        codes = codes.map(_three)
    frame = sums(booked, by=by, codes=codes, area=booked["booked_m2"], id_column="parcel_id")
    if by == "class":
        return frame
    # A parcel and its own ridge are one parcel.
    first = booked[~booked["ridge"]]
    count = first.groupby(codes[first.index])["part"].agg(whole=lambda p: int((p == "whole").sum()), pieces="size")
    for k, code in enumerate(frame["code"]):
        if code in count.index:
            frame.loc[k, "whole"] = int(count.loc[code, "whole"])
            frame.loc[k, "cut"] = int(count.loc[code, "pieces"] - count.loc[code, "whole"])
    return frame


def _three(code: str) -> str:
    known = land_classes().get(base_code(code))
    return "" if known is None else known.three


def _class_name(code: str, lang: str) -> str:
    known = land_classes().get(base_code(code))
    return code if known is None else ((known.zh if lang == "zh" else known.en) or known.zh)


def _title(by: str, code: str, names: Mapping[str, str] | None, lang: str) -> str:
    if names is not None:
        return names.get(code, "") or code
    if by == "class":
        return _class_name(code, lang)
    if by == "group":
        return next((c.group_zh for c in land_classes().values() if c.group == code), code)
    if by == "three":
        return _THREE.get(code, _THREE[""])[0 if lang == "zh" else 1]
    if by == "owner_kind":
        return _OWNERS.get(code, (code or "未填", code or "not given"))[0 if lang == "zh" else 1]
    blank = {"slope": ("未填坡度级", "no slope grade"), "grade": ("未填等别", "no grade")}
    if by in blank:
        word = {"slope": ("级", "slope grade "), "grade": ("等", "grade ")}[by]
        if not code:
            return blank[by][0 if lang == "zh" else 1]
        return f"{code} {word[0]}" if lang == "zh" else f"{word[1]}{code}"
    return code


def _notes(pieces: pd.DataFrame, parents: pd.DataFrame, closing: pd.DataFrame, open_: pd.DataFrame) -> list[Finding]:
    """Data faults met on the way, each with its figures: nothing is passed over."""
    notes: list[Finding] = []
    told = dict(zip(parents["parcel_id"], parents["area_m2"], strict=True))
    wrong = pieces[(pieces["part"] == "whole") & ~pieces["recorded"] & (pieces["doubled_m2"] == 0)]
    notes += [
        Finding("PJ201", "warning", str(i), float(told[i]), float(m), "m²")
        for i, m in zip(wrong["parcel_id"], wrong["measured_m2"], strict=True)
    ]
    twice = pieces[pieces["doubled_m2"] > 0]
    notes += [
        Finding("PJ202", "warning", str(i), float(m), None, "m²")
        for i, m in zip(twice["parcel_id"], twice["doubled_m2"], strict=True)
    ]
    for plot, area in open_.groupby("plot_no")["area_m2"].sum().items():
        notes.append(Finding("PJ203", "warning", str(plot), float(area), None, "m²"))
    allowed = number("surface_noise_m2") * max(len(pieces), 1)
    loose = closing[closing["correction_m2"].abs() > allowed]
    notes += [
        Finding("PJ204", "warning", str(p), float(c), allowed, "m²")
        for p, c in zip(loose["plot_no"], loose["correction_m2"], strict=True)
    ]
    over = closing[closing["residual_m2"].abs() > 0]
    notes += [
        Finding("PJ205", "info", str(p), float(c), None, "m²")
        for p, c in zip(over["plot_no"], over["residual_m2"], strict=True)
    ]
    blind = pieces[pieces["cropland"].to_numpy(dtype=bool) & pieces["grade"].isna()]
    if len(blind):
        notes.append(
            Finding(
                "PJ206", "warning", " ".join(blind["parcel_id"].head(6)), float(blind["net_area_m2"].sum()), None, "m²"
            )
        )
    return notes
