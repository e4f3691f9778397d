"""Areas and numbers as people read them; the only place of the app where 公顷 and 亩 are made."""

from __future__ import annotations

import math

from app.state import session
from app.words import t
from geo.standards.units import figure_text, round_half_up, to_ha, to_mu


def number(value: float, digits: int = 0, *, sign: bool = False) -> str:
    """With thousands separators, a true minus and commercial rounding, ``sign`` with + for gains; a dash for none."""
    if value is None or not math.isfinite(float(value)):
        return "–"
    return figure_text(round_half_up(float(value), digits), digits, sign=sign)


def mu(area_m2: float, digits: int = 2) -> str:
    text = number(to_mu(area_m2), digits)
    return f"{text}亩" if session().lang == "zh" else f"{text} {t('mu')}"


def area(area_m2: float) -> str:
    """亩 first and 公顷 in brackets; 平方米 for a piece under one 亩."""
    if to_mu(area_m2) < 1:
        text = f"{number(area_m2, 1)} m²"
        return f"{text}（{mu(area_m2)}）" if session().lang == "zh" else f"{text} ({mu(area_m2)})"
    if session().lang == "zh":
        return f"{mu(area_m2)}（{number(to_ha(area_m2), 4)} 公顷）"
    return f"{number(to_ha(area_m2), 4)} ha ({mu(area_m2)})"


def big_area(area_m2: float) -> tuple[str, str]:
    """Number and unit of an area of many parcels: 万亩 above 10,000 亩, else 亩 (English: ha)."""
    if session().lang == "en":
        return (number(area_m2 / 1e6, 2), "km²") if area_m2 >= 5e6 else (number(to_ha(area_m2), 1), "ha")
    value = to_mu(area_m2)
    return (number(value / 1e4, 2), "万亩") if value >= 1e4 else (number(value, 1), "亩")


def percent(share: float, digits: int = 1) -> str:
    if share is None or not math.isfinite(float(share)):
        return "–"
    return f"{number(float(share) * 100, digits)}%"
