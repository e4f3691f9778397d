"""A plan as one HTML file: small, closed to every network, and no text of the data can become markup."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from geo.report.content import PlanReport
from geo.report.plan_page import MOST_BYTES, _vendored, plan_page, write_plan_page

EVIL = "</script><script>document.title='owned'</script><img src=x onerror=document.title='owned'>${1}`\u2028"


def with_evil(report: PlanReport) -> PlanReport:
    """The plan with markup in every text that a file may bring."""
    out = report.moved_out.assign(farmland_id=[EVIL + str(k) for k in range(len(report.moved_out))], town_name=EVIL)
    return replace(report, moved_out=out, zone_name=EVIL, zone_name_en=EVIL, licence_zh=EVIL)


@pytest.fixture(scope="module")
def hostile(report: PlanReport) -> PlanReport:
    return with_evil(report)


def _told(page: str) -> dict[str, object]:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    assert found
    told: dict[str, object] = json.loads(found.group(1))
    return told


def test_the_page_is_one_small_file_with_the_plans_figures(report: PlanReport, tmp_path: Path) -> None:
    path = write_plan_page(report, tmp_path / "plan.html")
    page = path.read_text("utf-8")
    assert path.stat().st_size < MOST_BYTES
    assert [p.name for p in tmp_path.iterdir()] == ["plan.html"]
    told = _told(page)
    assert len(told["plots"]) == len(report.moved_out) + len(report.moved_in)  # type: ignore[arg-type]
    total = sum(p[4] for p in told["plots"] if p[0] == "plan.out")  # type: ignore[attr-defined]
    assert total == pytest.approx(float(report.moved_out["net_area_m2"].sum()) * 3 / 2000, abs=0.2)
    ours = page.replace(_vendored()[0], "")  # Leaflet holds its own address in a text that the page never shows
    assert not re.search(r"(src|href)\s*=\s*[\"']?(https?:)?//", ours)
    assert "default-src 'none'" in page
    assert "示例数据，非真实地块" in page


def test_no_text_of_the_data_leaves_its_place(hostile: PlanReport) -> None:
    page = plan_page(hostile)
    assert len(re.findall(r"</script", page, re.IGNORECASE)) == 3  # data, Leaflet, ours
    assert "<img" not in page
    assert "\u2028" not in page
    told = _told(page)
    assert EVIL.replace("\u2028", " ") in str(told["towns"])


def test_a_plan_that_moves_nothing_and_one_of_very_many_plots(
    empty_report: PlanReport, make: Callable[..., PlanReport]
) -> None:
    import pandas as pd

    assert _told(plan_page(empty_report))["plots"] == []
    many = make(count=900)
    crowd = replace(many, moved_out=pd.concat([many.moved_out] * 150, ignore_index=True))
    page = plan_page(crowd)
    assert len(page.encode()) < MOST_BYTES
    told = _told(page)
    assert len(told["plots"]) + told["left_out"] == len(crowd.moved_out) + len(crowd.moved_in)  # type: ignore[arg-type, operator]
