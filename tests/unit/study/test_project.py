"""Study ``project``: four projects end to end on the shipped zone: sums, keys, plans; a bad footprint is an answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely

from geo.errors import Cancelled, InputProblem
from geo.geometry.ellipsoid import areas
from geo.io.boundary_txt import write_boundary_txt
from geo.standards.tables import rows
from geo.study import project
from geo.study.project_intake import drawn_footprint, line_footprint, read_footprint
from geo.study.project_occupation import BY
from tests.unit.study.project_cases import DAY, ZONE, footprint, result, taken, values, zone

NAMES = ("own", "road", "park", "canal")


@pytest.mark.parametrize("name", NAMES)
def test_parts_and_remainders_make_the_parcels(name: str) -> None:
    found = taken(name)
    parcels = zone().layer("parcels").set_index("parcel_id")
    part = found.occupation.groupby("parcel_id")["measured_m2"].sum()
    rest = found.remainders.set_index("parcel_id")["measured_m2"].reindex(part.index).fillna(0.0)
    whole = areas(parcels.loc[part.index])
    assert (part + rest - whole).abs().max() < 0.01


@pytest.mark.parametrize("name", NAMES)
def test_the_pieces_close_to_the_footprint_to_the_cent(name: str) -> None:
    found = taken(name)
    plots = dict(zip(found.footprint["plot_no"], areas(found.footprint), strict=True))
    for row in found.closing.itertuples():
        mine = found.occupation[found.occupation["plot_no"] == row.plot_no]
        assert row.control_m2 == pytest.approx(plots[row.plot_no], abs=0.005 + 1e-9)
        assert round(float(mine["area_m2"].sum()), 2) == row.closed_m2
        assert round(row.closed_m2 + row.uncovered_m2 + row.residual_m2, 2) == row.control_m2
    whole = found.occupation[found.occupation["recorded"]]
    told = zone().layer("parcels").set_index("parcel_id")["area_m2"].loc[whole["parcel_id"]]
    assert whole["area_m2"].to_numpy() == pytest.approx(told.to_numpy(), abs=1e-9), "whole parcels keep their record"


@pytest.mark.parametrize("name", NAMES)
def test_every_key_adds_up_to_the_same_total(name: str) -> None:
    found = taken(name)
    total = float(found.occupation["area_m2"].sum())
    crop = float(found.occupation.loc[found.occupation["cropland"].astype(bool), "net_area_m2"].sum())
    for by in BY:
        rows_ = found.totals[found.totals["by"] == by]
        wanted = crop if by in ("slope", "grade") else total
        assert float(rows_["area_m2"].sum()) == pytest.approx(wanted, abs=0.01 * max(len(rows_), 1)), by
    assert float(found.crosstab["area_m2"].sum()) == pytest.approx(total, abs=0.01 * len(found.crosstab))


def test_ridges_are_booked_as_1203() -> None:
    pieces = taken("road").occupation
    ridge = float(pieces["ridge_area_m2"].sum())
    assert ridge > 0, "no terraced parcel is met: the test proves nothing"
    told = taken("road").totals.set_index(["by", "code"])["area_m2"]
    own = float(pieces.loc[pieces["class_code"] == "1203", "net_area_m2"].sum())
    assert told["class", "1203"] == pytest.approx(ridge + own, abs=0.01)
    cut = pieces[~pieces["recorded"]]
    assert cut["ridge_area_m2"].to_numpy() == pytest.approx(
        (cut["area_m2"] * cut["ridge_factor"]).to_numpy(), abs=0.0051
    )
    assert (pieces["area_m2"] - pieces["ridge_area_m2"] - pieces["net_area_m2"]).abs().max() < 1e-9


def test_the_catalogue_of_overlays_is_told_whole() -> None:
    told = taken("road").overlays
    assert list(dict.fromkeys(told["analysis"])) == [row["id"] for row in rows("overlay_catalogue")]
    assert told["analysis"].nunique() == 21
    none = told[told["status"] == "no_layer"]
    assert set(none["analysis"]) == {
        "urban_periphery", "prereview", "central_city", "planned_use", "control_zone", "linked"
    }  # fmt: skip
    farmland = told.loc[told["analysis"] == "farmland", "net_area_m2"].sum()
    assert farmland == pytest.approx(float(taken("road").farmland_taken["net_area_m2"].sum()), abs=0.02)


@pytest.mark.parametrize("name", NAMES)
def test_a_plan_or_the_reason_why_there_is_none(name: str) -> None:
    found = result(name)
    assert found.status in ("planned", "infeasible")
    if found.planned:
        assert found.comparison[["quantity_ok", "quality_ok", "paddy_ok", "capacity_ok"]].to_numpy().all()
        assert found.proof["gap"].max() <= 1e-3
        assert all(j.passed for j in found.judgements)
    else:
        assert (found.shortfalls["short"] > 0).all()
        assert not len(found.replacement)
    for lang in ("zh", "en"):
        assert project.lines(found, lang)


def test_the_shipped_project_is_planned_with_three_alternatives() -> None:
    found = result("own")
    assert list(found.plans["alternative"]) == ["A", "B", "C", "D"]
    sets = [frozenset(g["lot_id"]) for _, g in found.plan_lots.groupby("alternative")]
    assert len(set(sets)) == 4
    other = project.choose(found, "B")
    assert set(other.replacement["lot_id"]) == set(found.plan_lots.loc[found.plan_lots["alternative"] == "B", "lot_id"])
    assert other.comparison["quantity_ok"].all()
    with pytest.raises(KeyError):
        project.choose(found, "Z")


def test_locks_are_kept_and_bad_locks_are_answers() -> None:
    first = result("own")
    lots = list(first.replacement["lot_id"])
    free = next(i for i in first.candidates["candidate_id"] if i.startswith("320509") and i not in lots)
    again = project.plan(taken("own"), values("own", lock_in=[free], lock_out=[lots[-1]]))
    assert again.planned
    assert free in set(again.replacement["lot_id"])
    assert lots[-1] not in set(again.replacement["lot_id"])
    refused = str(first.refused["candidate_id"].iloc[0])
    away = next(i for i in first.candidates["candidate_id"] if i.startswith("330421"))
    with pytest.raises(InputProblem) as fault:
        project.plan(taken("own"), values("own", lock_in=["nowhere", refused, away, free], lock_out=[free]))
    assert {f.code for f in fault.value.findings} == {"PL204", "PJ401", "PL205", "PJ402"}


def test_a_cut_lot_lowers_what_is_left_over_and_is_joined_to_farmland() -> None:
    whole = result("own")
    cut = project.plan(taken("own"), values("own", allow_split=True, alternatives=0))
    assert (cut.replacement["part"] == "cut").sum() == 1
    assert set(cut.replacement["lot_id"]) == set(whole.replacement["lot_id"])
    assert cut.comparison["surplus_m2"].iloc[-1] < whole.comparison["surplus_m2"].iloc[-1]
    assert cut.comparison[["quantity_ok", "quality_ok", "paddy_ok", "capacity_ok"]].to_numpy().all()
    row = cut.replacement[cut.replacement["part"] == "cut"].iloc[0]
    lot = zone().layer("reserve").set_index("lot_id").geometry[row["lot_id"]]
    assert shapely.covers(shapely.buffer(lot, 1e-6), row.geometry)
    farmland = zone().layer("farmland").geometry
    assert farmland.distance(row.geometry).min() <= cut.values["gap_m"]


def test_options_are_compared_and_one_is_planned() -> None:
    own = footprint("own").assign(option="A")
    moved = own.assign(option="B", geometry=own.geometry.translate(300.0, 0.0))
    import pandas as pd

    both = gpd.GeoDataFrame(pd.concat([own, moved], ignore_index=True), geometry="geometry", crs=own.crs)
    found = project.take(zone(), both, values("own", option=["B"]))
    assert list(found.options["option"]) == ["A", "B"]
    assert list(found.options["chosen"]) == [False, True]
    assert found.options["farmland_m2"].iloc[1] == pytest.approx(float(found.farmland_taken["net_area_m2"].sum()))
    with pytest.raises(InputProblem, match="PJ403"):
        project.take(zone(), both, values("own", option=["C"]))


def test_phases_are_told_apart() -> None:
    told = taken("canal").totals
    phases = told[told["by"] == "phase"]
    assert list(phases["code"]) == ["一期", "二期"]


def test_a_line_and_a_width_are_a_footprint() -> None:
    line = shapely.LineString([(40_585_000.0, 3_431_000.0), (40_586_000.0, 3_431_000.0)])
    frame = line_footprint(line, 30.0)
    # 1000 m on the map are a little less on the ground, 30 m are 30 m on the ground.
    assert frame["area_m2"].iloc[0] == pytest.approx(30.0 * 1000.0, rel=5e-4)
    for given, width in ((line, 0.0), (shapely.Point(40_585_000.0, 3_431_000.0), 10.0)):
        with pytest.raises(InputProblem):
            drawn_footprint([given], width_m=width)


def test_who_approves_and_what_may_be_promised() -> None:
    road = taken("road")
    assert road.facts["counties"] == 3
    assert road.facts["outside_pilot_m2"] == 0.0, "all towns of the shipped zone are pilot towns"
    assert road.route.project == "committee"
    assert road.route.quota == "province"
    assert road.route.land == "state"
    assert road.eligible.passed
    assert not taken("park").eligible.passed
    assert "PJ306" in {f.code for f in taken("park").findings}
    may = taken("road").promises.set_index("indicator")["may"]
    assert not may.any(), "not stated to be urgent"
    urgent = project.take(zone(), footprint("road"), values("road", urgent=True)).promises.set_index("indicator")["may"]
    assert urgent["cropland"]
    assert not urgent["farmland"], "permanent farmland is replaced at once"
    offsets = taken("road").offsets
    assert set(offsets["regime"]) == {"A", "B"}
    assert set(offsets.loc[offsets["in_force"], "regime"]) == {"B"}, DAY


def test_a_zone_without_a_reserve_is_a_short_pool() -> None:
    from dataclasses import replace

    bare = replace(zone(), layers={k: v for k, v in zone().layers.items() if k != "reserve"})
    found = project.plan(replace(taken("own"), zone=bare), values("own"))
    assert found.status == "infeasible"
    assert set(found.shortfalls["limit"]) >= {"quantity", "paddy"}
    assert (found.shortfalls["possible"] == 0.0).all()
    assert project.lines(found, "zh")


def test_a_project_without_farmland_needs_no_plan() -> None:
    water = zone().layer("parcels")
    water = water[water["class_code"].str.startswith("1101")]
    middle = shapely.point_on_surface(water.geometry.iloc[int(np.argmax(areas(water).to_numpy()))])
    found = project.run(zone(), drawn_footprint([shapely.buffer(middle, 8.0)]), values("own"))
    assert found.status == "nothing"
    assert found.allowed
    assert not len(found.replacement)
    assert project.lines(found, "zh")


def _square(x: float, y: float, side: float = 100.0) -> Any:
    return shapely.box(x, y, x + side, y + side)


E, N = 40_585_000.0, 3_431_000.0
BAD: dict[str, tuple[str, Callable[[], Any]]] = {
    "outside the zone": ("PJ111", lambda: [_square(40_510_000.0, 3_470_000.0)]),
    "crossing itself": ("PJ103", lambda: [shapely.Polygon([(E, N), (E + 90, N + 90), (E + 90, N), (E, N + 90)])]),
    "zone 39": ("PJ108", lambda: [_square(39_585_000.0, N)]),
    "no zone number": ("PJ106", lambda: [_square(585_000.0, N)]),
    "swapped": ("PJ107", lambda: [_square(N, E)]),
    "degrees": ("PJ105", lambda: [_square(120.9, 31.0, 0.001)]),
    "a local system": ("PJ109", lambda: [_square(-30_000.0, 12_000.0)]),
    "somewhere else": ("PJ110", lambda: [_square(E, 4_431_000.0)]),
    "larger than the county": ("PJ112", lambda: [_square(40_579_000.0, 3_426_200.0, 11_000.0)]),
    "plots on one another": ("PJ113", lambda: [_square(E, N), _square(E + 50, N + 50)]),
    "no surface": ("PJ102", lambda: [shapely.Point(E, N)]),
    "empty": ("PJ101", list),
}  # fmt: skip


@pytest.mark.parametrize("what", BAD)
def test_a_bad_footprint_is_an_answer(what: str) -> None:
    code, shapes = BAD[what]
    with pytest.raises(InputProblem) as fault:
        project.take(zone(), drawn_footprint(shapes()), values("own"))
    assert code in {f.code for f in fault.value.findings}
    assert fault.value.text("zh")
    assert fault.value.text("en")


def test_every_fault_is_told_at_once() -> None:
    shapes = [_square(39_585_000.0, N), shapely.Polygon([(E, N), (E + 90, N + 90), (E + 90, N), (E, N + 90)])]
    with pytest.raises(InputProblem) as fault:
        project.take(zone(), drawn_footprint([shapes[1], shapely.Polygon()]), values("own"))
    assert {f.code for f in fault.value.findings} == {"PJ103", "PJ102"}


def test_an_approved_project_underneath_is_told() -> None:
    shape = footprint("own").geometry.iloc[0]
    found = project.take(zone(), drawn_footprint([shapely.buffer(shapely.centroid(shape), 60.0)]), values("own"))
    assert "PJ303" in {f.code for f in found.findings}
    assert "PJ308" in {f.code for f in taken("own").findings}, "the same project is no conflict with itself"


def test_files_of_several_options_and_phases(tmp_path: Any) -> None:
    own = read_footprint(ZONE / "project_boundary.txt")
    plots = own.rename(columns={"plot_no": "project_no", "plot_name": "project_name"})
    paths = [write_boundary_txt(plots, tmp_path / f"{k}.txt") for k in ("一", "二")]
    assert list(read_footprint(paths)["option"]) == ["A", "B"]
    assert list(read_footprint(paths, several="phases")["phase"]) == ["第1期", "第2期"]
    with pytest.raises(InputProblem):
        read_footprint([tmp_path / "missing.txt", tmp_path / "also.txt"])


def test_what_the_reader_took_for_granted_is_told(tmp_path: Any) -> None:
    text = (ZONE / "project_boundary.txt").read_text("utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("坐标系")]
    turned = [",".join([*p[:2], p[3], p[2]]) if len(p := line.split(",")) == 4 and p[0][:1] == "J" else line
              for line in lines]  # fmt: skip
    (tmp_path / "turned.txt").write_text("\n".join(turned), "utf-8")
    found = project.take(zone(), read_footprint(tmp_path / "turned.txt"), values("own"))
    assert found.footprint["area_m2"].to_numpy() == pytest.approx(taken("own").footprint["area_m2"].to_numpy())
    assert {"IO302", "IO306"} <= {f.code for f in found.findings}
    assert all(f.text("zh") and f.text("en") for f in found.findings)


def test_cancelling_leaves_nothing(tmp_path: Any) -> None:
    with pytest.raises(Cancelled):
        project.run(zone(), footprint("own"), values("own"), progress=lambda *_: False)
    with pytest.raises(Cancelled):
        project.write(result("own"), tmp_path / "out", progress=lambda *_: False)
    assert not list((tmp_path / "out").glob("*"))
