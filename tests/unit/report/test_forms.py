"""The review form: its parts add up to its totals, its verdicts follow the figures."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pandas as pd
import pytest

from geo.report.content import PlanReport
from geo.report.forms import balance, block_net_m2, form_rows, review_form, weighted_grade
from geo.standards.units import round_half_up


@pytest.mark.parametrize("measure", ["class", "slope", "block"])
def test_parts_of_a_group_add_up_to_the_total_in_the_last_digit(report: PlanReport, measure: str) -> None:
    form = review_form(report)
    for side in (form.out, form.inn):
        parts = [Decimal(str(side[r.key])) for r in form_rows() if r.measure == measure]
        assert sum(parts) == Decimal(str(side["total_mu"]))


def test_figures_against_plain_arithmetic(report: PlanReport) -> None:
    form, out, inn = review_form(report), report.moved_out, report.moved_in
    assert form.out["pieces"] == len(out)
    assert form.out["total_ha"] == round_half_up(out["net_area_m2"].sum() / 10_000, 4)
    assert form.inn["share"] == round_half_up(inn["net_area_m2"].sum() / out["net_area_m2"].sum() * 100, 2)
    grade = (out["grade"] * out["net_area_m2"]).sum() / out["net_area_m2"].sum()
    assert form.out["grade"] == round_half_up(grade, 2)
    assert form.out["standard_mu"] == round_half_up(out.loc[out["high_standard"], "net_area_m2"].sum() * 3 / 2000, 2)
    assert form.out["new_ha"] is None
    assert form.inn["new_ha"] == round_half_up(inn.loc[inn["lot_kind"].eq("整治新增"), "net_area_m2"].sum() / 10_000, 4)
    assert form.towns[0] in {"金泽镇", "黎里镇", "西塘镇", "姚庄镇"}


def test_blocks_come_from_the_measured_block_when_there_is_one(report: PlanReport) -> None:
    out = report.moved_out
    assert block_net_m2(out)[:2] == pytest.approx([out["net_area_m2"].iloc[:2].sum()] * 2)
    measured = out.assign(block_net_m2=1234.0)
    assert set(block_net_m2(measured)) == {1234.0}


def test_verdicts_follow_the_figures(report: PlanReport) -> None:
    assert [v.passed for v in review_form(report).verdicts] == [True, True, True, True]
    swapped = replace(report, indices_before=report.indices_after, indices_after=report.indices_before)
    assert review_form(swapped).verdicts[3].passed is False
    town = report.moved_out.assign(against="boundary_filled")
    assert review_form(replace(report, moved_out=town)).verdicts[2].passed is None
    worse = report.moved_in.assign(grade=15)
    assert review_form(replace(report, moved_in=worse)).verdicts[1].passed is False


def test_a_plan_that_moves_nothing_has_a_form_without_invented_means(empty_report: PlanReport) -> None:
    form = review_form(empty_report)
    assert form.out["total_mu"] == 0
    assert form.out["grade"] is None
    assert form.out["mean_mu"] is None
    assert [v.passed for v in form.verdicts] == [None, None, None, None]


def test_balance_splits_without_losing(report: PlanReport) -> None:
    table = balance(report.moved_out, report.moved_in, key="town_code")
    assert list(table["town_code"]) == sorted(table["town_code"])
    assert table["out_net_m2"].sum() == pytest.approx(report.moved_out["net_area_m2"].sum(), abs=1e-6)
    assert table["in_pieces"].sum() == len(report.moved_in)


def test_weighted_grade_ignores_rows_without_a_grade() -> None:
    frame = pd.DataFrame({"grade": pd.array([4, None, 6], dtype="Int64"), "net_area_m2": [100.0, 50.0, 300.0]})
    assert weighted_grade(frame) == pytest.approx(5.5)
    assert weighted_grade(frame.iloc[:0]) is None


def test_a_report_without_a_column_is_refused_with_its_name(make: Callable[..., PlanReport]) -> None:
    whole = make(60)
    with pytest.raises(ValueError, match=r"moved_out\.grade, conflicts\.pieces"):
        replace(
            whole,
            moved_out=whole.moved_out.drop(columns="grade"),
            conflicts=whole.conflicts.drop(columns="pieces"),
        )
