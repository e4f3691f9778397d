"""Several projects against one pool on the shipped zone: no lot twice, earlier deadlines first, each checked alone."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import pandas as pd
import pytest

from geo.errors import InputProblem
from geo.study.project_recheck import recheck
from geo.study.project_several import run_several, several_lines
from geo.study.project_tell import LAYERS, run_record
from geo.study.record import plain
from tests.unit.study.project_cases import footprint, values, zone


def _two() -> gpd.GeoDataFrame:
    own = footprint("own").assign(option="A")
    other = own.assign(option="B", plot_no="SL-2", geometry=own.geometry.translate(-400.0, 0.0))
    return gpd.GeoDataFrame(pd.concat([own, other], ignore_index=True), geometry="geometry", crs=own.crs)


@pytest.fixture(scope="module")
def found() -> Any:
    given = values("own", alternatives=0, deadlines=["2027-12-31", "2026-12-31"])
    return run_several(zone(), _two(), given)


def test_no_lot_is_given_twice_and_the_earlier_deadline_comes_first(found: Any) -> None:
    assert list(found.table["project"]) == ["B", "A"], "in the order of deadlines"
    assert bool(found.table["served"].iloc[0])
    lots = [set(r.replacement["lot_id"]) for r in found.results.values()]
    assert not lots[0] & lots[1]
    for row in found.table.itertuples():
        assert row.served == (not row.missing)
    for lang in ("zh", "en"):
        assert several_lines(found, lang)


def test_each_answer_is_checked_again_alone(found: Any) -> None:
    one = found.results["B"]
    layers = {name: getattr(one, name).assign(run_id=one.run_id) for name in LAYERS if len(getattr(one, name))}
    assert not [f.text("zh") for f in recheck(zone(), plain(run_record(one)), layers) if f.severity == "error"]


def test_deadlines_that_cannot_be_meant_are_answers() -> None:
    for given in (["2026-12-31"], ["2026-12-31", "soon"]):
        with pytest.raises(InputProblem):
            run_several(zone(), _two(), values("own", deadlines=given))
