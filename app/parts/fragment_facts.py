"""Key figures and map layers of the 零星 study."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app import cache
from app.parts.figures import big_area, number, percent
from app.parts.layer_tree import Entry
from app.words import t

if TYPE_CHECKING:
    from geo.study.conflicts import ConflictsResult


def fragment_facts(result: ConflictsResult, town: str = "") -> list[tuple[str, str, str, str]]:
    """Fragments, their area inside, farmland inside the lines, their share, contiguity of the whole layer."""
    blocks, totals = result.fragments.blocks, result.conflicts.totals
    if town:
        blocks, totals = blocks[blocks["town_code"] == town], totals[totals["town_code"] == town]
    union = totals[totals["against"] == "any"]
    inside, all_inside = float(blocks["inside_net_area_m2"].sum()), float(union["net_area_m2"].sum())
    high = int(blocks["high_standard"].sum())
    return [
        (t("fact_fragments"), number(len(blocks)), t("places"), t("fact_high", n=high)),
        (t("fact_inside"), *big_area(inside), t("net_area")),
        (t("fact_lines"), *big_area(all_inside), f"{number(union['parcels'].sum())} {t('pieces')}"),
        (t("fact_share"), percent(inside / all_inside if all_inside else float("nan")), "", t("fact_share_of")),
        (t("fact_contiguity"), number(result.indices.contiguity * 1000, 2), "‰",
         t("fact_mean_patch", area=" ".join(big_area(result.indices.mean_patch_m2)))),
    ]  # fmt: skip


def fragment_layers(result: ConflictsResult) -> list[Entry]:
    """Farmland inside the lines, and the fragments over it."""
    run = result.run_id
    inside = cache.shelve(run, "conflicts", result.conflicts.inside, id_column="farmland_id")
    blocks = result.fragments.blocks
    against = blocks["against"].str.replace("boundary_filled", "boundary", regex=False)
    found = cache.shelve(run, "fragments", blocks.assign(sign=against), id_column="block_id", class_column="sign")
    return [
        Entry("conflicts", "group_result", True, 0.7, "layer_conflicts", inside),
        Entry("fragments", "group_result", True, 1.0, "layer_fragments", found),
    ]
