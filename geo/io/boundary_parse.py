"""勘测定界 TXT, line by line: every dialect that offices write, told by its lines and never by its name.

    approval     报批、供地   header; 点数,面积,编号,名称,面,图幅,用途,地类,@   点号,圈号,X(北),Y(东)
    onemap       一张图       编号,名称,面,图幅,@                              点号,圈号,X(北),Y(东)
    balance      进出平衡     点数,名称,面,类型,@   no header                  点号,圈号,Y(东),X(北)
    enforcement  执法         degrees, no header                             点号,圈号,经度,纬度
    linkage      增减挂钩     ,面积,,名称,,,,地类,@                            点号,X(北),Y(东),边长,圈号,

Whatever a line means, it is kept as written until the whole file is known: axis order and zone are questions to all
points together.
"""

from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import dataclass, field
from typing import Literal

from geo.finding import Finding

Dialect = Literal["approval", "onemap", "balance", "enforcement", "linkage"]
_MOST_FAULTS = 200
_HEADINGS = re.compile(r"^[\[【〔［].{0,80}[\]】〕］]$")
_FAR = 1e9
_LONGEST = 5_000


@dataclass(slots=True)
class Point:
    """A point as written: its line, the ring it belongs to, its two numbers in the order of the file."""

    line: int
    ring: str
    a: float
    b: float


@dataclass(slots=True)
class Plot:
    """A plot line and the points below it."""

    line: int
    cells: list[str]
    points: list[Point] = field(default_factory=list)
    ring_last: bool = False


@dataclass(slots=True)
class Parsed:
    """A whole file: header, plots, dialect, and what is wrong with which line."""

    header: dict[str, str] = field(default_factory=dict)
    plots: list[Plot] = field(default_factory=list)
    faults: list[Finding] = field(default_factory=list)
    dialect: Dialect = "approval"
    implied: int = 0

    def fault(self, line: int, zh: str, en: str) -> None:
        if len(self.faults) < _MOST_FAULTS:
            self.faults.append(Finding("IO301", "error", str(line), measured=f"{zh} / {en}"))


def decode(raw: bytes) -> str | None:
    """Text of a file's bytes: UTF-16 by its mark or its zero bytes, UTF-8, else GB18030; None when none fits."""
    trials: tuple[str, ...] = ("utf-8-sig", "gb18030")
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        trials = ("utf-16",)
    else:
        for start, name in ((1, "utf-16-le"), (0, "utf-16-be")):
            if raw[start:200:2].count(0) > 6 and not raw[1 - start : 200 : 2].count(0):
                trials = (name,)
    for trial in trials:
        try:
            return raw.decode(trial).lstrip("\ufeff")
        except UnicodeDecodeError:
            continue
    return None


def parse(text: str) -> Parsed:
    """Header, plots and points of a boundary TXT, with a fault (IO301, subject = line number) for every bad line."""
    found = Parsed()
    for number, raw in enumerate(re.split(r"\r\n|\r|\n|\u2028|\u2029", text), start=1):
        line = raw.strip(" \t\u3000\ufeff\x00\x1a")
        if not line or _HEADINGS.match(line):
            continue
        if len(line) > _LONGEST:
            found.fault(number, f"行过长（{len(line)} 字符）", "the line is too long")
            continue
        if _is_plot(line):
            found.plots.append(Plot(number, plot_cells(line)))
            continue
        plain = line if line.isascii() else unicodedata.normalize("NFKC", line).replace("、", ",")
        plain = plain.replace(";", ",")
        if "=" in plain and not found.plots:
            key, _, value = plain.partition("=")
            found.header.setdefault(key.strip(), value.strip())
        elif "," in plain or re.match(r"^[JjZz]?\d", plain):
            _point(plain, number, found)
        elif found.plots:
            found.fault(number, "无法识别的行", "a line that is neither plot nor point")
    found.dialect = _dialect(found)
    return found


def is_boundary(text: str) -> bool:
    """Whether a text looks like a boundary TXT at all: a plot line, its headings, or lines of points."""
    lines = [line[:500].strip() for line in text[:200_000].splitlines()[:400]]
    if any(re.match(r"[\[【](属性描述|地块坐标|项目信息)[\]】]", line) or _is_plot(line) for line in lines):
        return True
    point = re.compile(r"[JjＪ]?\d{0,6}\s*[,，]?\s*\d{0,4}\s*[,，]?\s*-?\d{1,9}\.\d+\s*[,，]\s*-?\d{1,9}\.\d+")
    return sum(point.match(line) is not None for line in lines) >= 3


def _is_plot(line: str) -> bool:
    return line.endswith(("@", "＠")) and ("," in line or "，" in line)


def plot_cells(line: str) -> list[str]:
    """Cells of a plot line without the closing @. Full-width commas separate only where there are no others."""
    body = line[:-1].rstrip()
    if body.count(",") < 3:
        body = unicodedata.normalize("NFKC", body)
    cells = [c.strip() for c in body.split(",")]
    return cells[:-1] if cells[-1] == "" else cells


def _point(line: str, number: int, found: Parsed) -> None:
    cells = [c.strip() for c in line.split(",")]
    while cells and cells[-1] == "":
        cells.pop()
    if len(cells) < 2:
        found.fault(number, f"{len(cells)} 列，少于 2 列", "fewer than 2 columns")
        return
    ring_last = False
    if len(cells) == 2:
        ring, a, b = "1", cells[0], cells[1]
    elif len(cells) == 3:
        ring, a, b = "1", cells[1], cells[2]
    elif abs(numeric(cells[1])) > 10_000:  # J2,X,Y,边长,圈号: a coordinate where the ring should be
        ring, a, b = (cells[4] if len(cells) > 4 else "1"), cells[1], cells[2]
        ring_last = True
    else:
        ring, a, b = cells[1], cells[2], cells[3]
    first, second = numeric(a), numeric(b)
    if not (math.isfinite(first) and math.isfinite(second)):
        if not found.plots and not re.search(r"\d", line):
            return  # a title above the first plot
        found.fault(number, "坐标不是数字", "not a number")
        return
    if max(abs(first), abs(second)) > _FAR:
        found.fault(number, "坐标过大", "a coordinate is too large")
        return
    if not found.plots:
        found.plots.append(Plot(number, []))
        found.implied = number
    found.plots[-1].points.append(Point(number, ring or "1", first, second))
    found.plots[-1].ring_last |= ring_last


def numeric(text: str) -> float:
    """A number, NaN for anything else (also for ``1_000``, which Python would take)."""
    try:
        return math.nan if "_" in text else float(text)
    except ValueError:
        return math.nan


def _dialect(found: Parsed) -> Dialect:
    points = [p for plot in found.plots for p in plot.points]
    if any(plot.ring_last for plot in found.plots):
        return "linkage"
    if points and all(abs(p.a) <= 180 and abs(p.b) <= 180 for p in points):
        return "enforcement"
    short = [plot for plot in found.plots if 2 <= len(plot.cells) <= 4]
    if short and len(short) == len(found.plots):
        first = next(((p.a, p.b) for p in points), (0.0, 0.0))
        return "balance" if easting_first(*first) is True else "onemap"
    return "approval"


def easting_first(a: float, b: float) -> bool | None:
    """Whether the first number is the easting (or longitude); None when the numbers do not tell."""
    if _easting(a) and _northing(b):
        return True
    if _northing(a) and _easting(b):
        return False
    if abs(a) <= 180 and abs(b) <= 180:
        if 73 <= a <= 136 and 3 <= b <= 54:
            return True
        if 3 <= a <= 54 and 73 <= b <= 136:
            return False
    return None


def _easting(v: float) -> bool:
    return 100_000 <= v < 1_000_000 or 13_000_000 <= v < 46_000_000


def _northing(v: float) -> bool:
    return 1_000_000 <= v < 6_500_000
