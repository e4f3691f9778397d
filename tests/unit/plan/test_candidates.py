"""Which plots may come in, on a zone drawn by hand: every reason of refusal, figures measured, nothing clipped."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from grid_zone import PARAMS, SIDE, field, grid_zone, outgoing, reasons

from geo.errors import PlanProblem
from geo.plan.candidates import CandidateTable, candidate_borders, find_candidates
from geo.plan.retained import retained_farmland


@pytest.fixture(scope="module")
def table() -> CandidateTable:
    zone = grid_zone()
    return find_candidates(
        zone, outgoing=outgoing(), retained=retained_farmland(zone.layer("farmland"), outgoing()), params=PARAMS
    )


@pytest.mark.parametrize(
    ("plot", "codes"),
    [
        ("P020", {"PL103"}),
        ("P021", {"PL104"}),
        ("P022", {"PL112"}),
        ("P023", {"PL114"}),
        ("P025", {"PL102"}),
        ("P040", {"PL105"}),
        ("P000", {"PL105"}),
        ("P011", {"PL106"}),
        ("P003", {"PL106"}),
        ("P113", {"PL107"}),
        ("P107", {"PL107"}),
        ("P081", {"PL116"}),
        ("P090", {"PL116"}),
        ("P100", {"PL109", "PL110"}),
        ("P101", {"PL111"}),
        ("R086", {"PL108"}),
        ("R087", {"PL102"}),
        ("R09S", {"PL109"}),
    ],
)
def test_reason_of_refusal(table, plot, codes):
    assert reasons(table.refused, plot) == codes
    assert plot not in set(table.accepted["candidate_id"])


def test_every_plot_is_accepted_or_refused_with_a_reason(table):
    accepted, refused = set(table.accepted["candidate_id"]), set(table.refused["candidate_id"])
    assert not accepted & refused
    # 95 cropland parcels (one is an orchard) and 9 lots.
    assert len(accepted | refused) == 95 + 9
    assert "P024" not in accepted | refused
    for row in table.refused.itertuples():
        assert row.reason.startswith("PL1")
    assert set(table.refused.loc[table.refused["reason"] == "PL102", "article"]) == {"pbf2018.parcel"}


def test_accepted_plots_are_measured(table):
    rows = table.accepted.set_index("candidate_id")
    lot = rows.loc["R080"]
    assert lot["source"] == "reserve"
    assert lot["border_retained_m"] == pytest.approx(SIDE, abs=0.02)
    assert lot["perimeter_m"] == pytest.approx(4 * SIDE, abs=0.05)
    assert lot["distance_m"] == pytest.approx(8 * SIDE, abs=0.05)
    assert lot["paddy"]
    assert not rows.loc["P095", "paddy"]
    assert rows.loc["P106", "border_retained_m"] == 0.0
    assert lot["area_m2"] == pytest.approx(SIDE**2, rel=3e-4)
    borders = candidate_borders(table.accepted)
    pair = borders[(borders["left"] == "R080") & (borders["right"] == "R081")]
    assert pair["border_m"].tolist() == [pytest.approx(SIDE, abs=0.02)]


def test_overlap_below_the_tolerance_is_drawing_and_measured_above_it(table):
    # The red line reaches 6 mm (0.36 m²) into P106 and 6 m (360 m²) into P107.
    assert "P106" in set(table.accepted["candidate_id"])
    over = table.refused[table.refused["candidate_id"] == "P107"].iloc[0]
    assert float(over["measured"]) == pytest.approx(360, rel=1e-3)
    assert (over["limit"], over["unit"]) == ("1.00", "m2")


def test_contiguity_can_be_required(table):
    zone = grid_zone()
    strict = find_candidates(
        zone, outgoing=outgoing(), retained=retained_farmland(zone.layer("farmland"), outgoing()),
        params=replace(PARAMS, require_contiguity=True),
    )  # fmt: skip
    assert reasons(strict.refused, "P106") == {"PL113"}
    # Farmland that leaves no longer counts: P030 touches column 4, P022's neighbours near (0,2) do not.
    assert {"R080", "P030"} <= set(strict.accepted["candidate_id"])
    assert set(strict.accepted["candidate_id"]) < set(table.accepted["candidate_id"])


def test_condemned_and_double_ids_are_refused():
    zone = grid_zone()
    lots = zone.layer("reserve").copy()
    lots.loc[1, "lot_id"] = "R080"
    found = find_candidates(
        zone.with_layer("reserve", lots), outgoing=outgoing(),
        retained=retained_farmland(zone.layer("farmland"), outgoing()),
        params=replace(PARAMS, faulty=frozenset({"R083"})),
    )  # fmt: skip
    assert reasons(found.refused, "R080") == {"PL115"}
    assert reasons(found.refused, "R083") == {"PL110"}


def test_land_of_another_county_is_not_near():
    zone, out = grid_zone(), outgoing().assign(county_code="310118")
    retained = retained_farmland(zone.layer("farmland"), out)
    far = find_candidates(zone, outgoing=out, retained=retained, params=PARAMS)
    assert np.isinf(far.accepted["distance_m"]).all()
    near = find_candidates(zone, outgoing=out, retained=retained, params=replace(PARAMS, same_county=False))
    assert np.isfinite(near.accepted["distance_m"]).all()


def test_arguments_are_left_alone_and_nothing_to_look_at_is_told():
    zone = grid_zone()
    before = zone.layer("reserve").copy()
    out = outgoing()
    retained = retained_farmland(zone.layer("farmland"), out)
    find_candidates(zone, outgoing=out, retained=retained, params=PARAMS)
    assert before.equals(zone.layer("reserve"))
    bare = zone.with_layer("reserve", before.iloc[:0])
    with pytest.raises(PlanProblem, match="no reserve lot"):
        find_candidates(bare, outgoing=out, retained=retained, params=replace(PARAMS, use_cropland=False))


def test_retained_farmland_loses_exactly_what_leaves():
    farmland = grid_zone().layer("farmland")
    part = outgoing().iloc[:1].assign(geometry=[field(0, 0, 0.5, 1)])
    kept = retained_farmland(farmland, part)
    assert len(kept) == len(farmland)
    rest = kept.loc[kept["farmland_id"] == "F000", "geometry"].iloc[0]
    assert rest.equals(field(0.5, 0, 0.5, 1))
    assert len(retained_farmland(farmland, outgoing())) == len(farmland) - 2
