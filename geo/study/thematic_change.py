"""变化专题: what became of the land between two surveys, by kind or by the size of the changed place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from geo.errors import InputProblem
from geo.finding import Finding
from geo.report.palette import layer_styles
from geo.report.words import word
from geo.standards.units import MU_M2
from geo.study import change
from geo.study.thematic import Kind, Method, Theme, by_value, sums_m2

if TYPE_CHECKING:
    from geo.study.change import ChangeResult
    from geo.zone import Zone


def change_since(earlier: Zone, later: Zone) -> ChangeResult:
    """The comparison of two open surveys with the study's own values. Raises InputProblem."""
    return change.run(change.survey_of(earlier), change.survey_of(later), change.SPEC.values({}))


def change_theme(result: ChangeResult, kind: Kind = "change", *, method: Method = "natural", classes: int = 5) -> Theme:
    """A comparison as a theme. change: every piece by kind (cropland lost or gained, other change, small, re-survey);
    change_size: the real changes by area (亩). Raises InputProblem when nothing changed (MP209)."""
    from dataclasses import replace

    parts = result.parts
    names = change.signs_of(result)
    if kind == "change_size":
        real = (parts["kind"] == "real").to_numpy()
        kept = parts.loc[real, ["change_id", "geometry"]].reset_index(drop=True)
        sizes = parts.loc[real, "area_m2"].to_numpy(dtype=float) / MU_M2
        made = by_value(kind, kept, "change_id", sizes, method=method, classes=classes)
        return replace(made, run=result.run_id)
    if not len(parts):
        raise InputProblem([Finding("MP209", "error", word(f"theme.{kind}", "zh"))])
    signs = [s for s in layer_styles("change") if set(s.class_codes) & set(names)]
    place = {code: n for n, s in enumerate(signs) for code in s.class_codes}
    number = np.array([place[n] for n in names], dtype=np.intp)
    frame = parts[["change_id", "geometry"]].reset_index(drop=True)
    values = np.full(len(frame), np.nan)
    areas = sums_m2(frame, number, len(signs))
    return Theme(kind, frame, "change_id", values, number, tuple(signs), (), areas, result.run_id)
