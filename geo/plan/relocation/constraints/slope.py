"""Slope: the land that comes is on average not steeper than the land that goes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from geo.plan.relocation.constraints.mean_not_worse import MeanNotWorse


@dataclass(frozen=True, kw_only=True)
class Slope(MeanNotWorse):
    """Σ a_j (s_j − S − t) x_j ≤ 0, S = Σ a_i s_i / Σ a_i; for every county and for all together, or for all only.

    s: slope class of cropland, 1 flattest to 5; S: mean class of what leaves, weighted by net area; t: ``slack`` in
    classes. The zone is flat: the row almost never binds, but a plan that broke it would fail review.
    """

    name: ClassVar[str] = "slope"
    code: ClassVar[str] = "PL304"
    zh: ClassVar[str] = "坡度级不升高"
    en: ClassVar[str] = "slope class not higher"
    of: ClassVar[str] = "slope"
    step: ClassVar[str] = "class"
