"""Land classes of the third survey: names, three great classes (N farm, J built, W unused), cropland or not."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from geo.standards.tables import rows


@dataclass(frozen=True, slots=True)
class LandClass:
    """One class of ``tables/land_classes.csv``."""

    code: str
    zh: str
    en: str
    group: str
    group_zh: str
    three: str
    cropland: bool


@cache
def land_classes() -> dict[str, LandClass]:
    """All classes by code, without suffix."""
    return {
        row["code"]: LandClass(
            row["code"], row["zh"], row["en"], row["group"], row["group_zh"], row["three"],
            row["cropland"] == "yes",
        )
        for row in rows("land_classes")
    }  # fmt: skip


def base_code(code: str) -> str:
    """The class code without its A/K suffix (``1104A`` -> ``1104``); unchanged when it is in the table as it stands."""
    return code if code in land_classes() else code[:-1] if code[-1:] in "AK" else code


def cropland_codes() -> frozenset[str]:
    """Codes that count as cropland (耕地)."""
    return frozenset(c.code for c in land_classes().values() if c.cropland)


PADDY = "0101"


@dataclass(frozen=True, slots=True)
class AdminUnit:
    """A county or township of the zone (``tables/admin_units.csv``)."""

    code: str
    zh: str
    parent: str
    pilot: bool
    province_code: str
    prefecture_code: str
    en: str = ""  # in Latin letters


@cache
def admin_units() -> dict[str, AdminUnit]:
    """Counties (6 digits) and townships (9 digits) by code."""
    return {
        row["code"]: AdminUnit(
            row["code"], row["zh"], row["parent"], row["pilot"] == "yes", row["province_code"],
            row["prefecture_code"], row["en"],
        )
        for row in rows("admin_units")
    }  # fmt: skip
