"""Quality: the land that comes is on average not of a worse grade than the land that goes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from geo.plan.relocation.constraints.mean_not_worse import MeanNotWorse


@dataclass(frozen=True, kw_only=True)
class Quality(MeanNotWorse):
    """Σ a_j (g_j − G − s) x_j ≤ 0, G = Σ a_i g_i / Σ a_i; for every county and for all together, or for all only.

    g: national use grade of cropland, 1 best to 15; G: mean grade of what leaves, weighted by net area; s: ``slack``
    in grades, 0 unless a rule allows more. The form is linear because it never divides by the unknown area.
    """

    name: ClassVar[str] = "quality"
    code: ClassVar[str] = "PL302"
    zh: ClassVar[str] = "质量等别不降低"
    en: ClassVar[str] = "grade not worse"
    of: ClassVar[str] = "grade"
    step: ClassVar[str] = "grade"
