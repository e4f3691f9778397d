"""The key figures of a zone, in one row."""

from __future__ import annotations

from app import cache
from app.parts.figures import big_area, number, percent
from app.words import t


def zone_facts(opened: cache.OpenZone) -> list[tuple[str, str, str, str]]:
    """Label, number, unit and a small line for: parcels, permanent farmland, boundary, red line, reserve."""
    sums = cache.zone_sums(opened.version, opened.zone)
    found = [(t("fact_parcels"), number(sums["parcels"]), t("pieces"), " ".join(big_area(sums["parcels_m2"])))]
    for name in ("farmland", "boundary", "redline", "reserve"):
        if f"{name}_m2" not in sums:
            continue
        share = percent(sums[f"{name}_m2"] / sums["parcels_m2"])
        found.append((t(f"fact_{name}"), *big_area(sums[f"{name}_m2"]), f"{t('share')} {share}"))
    return found
