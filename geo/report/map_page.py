"""The sheet of paper: an A3 page in millimetres with the shipped font; text that is measured before it is set."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

from geo.report.fonts import BOLD, REGULAR
from geo.report.text import drawn

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.font_manager import FontProperties

A3_MM = (420.0, 297.0)
MM_PER_POINT = 25.4 / 72
INK, SOFT, RULE, PAPER, ALARM = "#1F2A30", "#5B676E", "#C5CCCF", "#FFFFFF", "#B3261E"
GROUND = "#FCFBF7"  # where no layer lies


class Page:
    """One page with its origin at the lower left, x and y in mm. ``axes`` gives map frames on it."""

    def __init__(self, size_mm: tuple[float, float] = A3_MM) -> None:
        from matplotlib.figure import Figure

        self.width, self.height = size_mm
        self.figure: Figure = Figure(figsize=(self.width / 25.4, self.height / 25.4), facecolor=PAPER)
        self.sheet: Axes = self.axes(0, 0, self.width, self.height)
        self.sheet.set_xlim(0, self.width)
        self.sheet.set_ylim(0, self.height)
        self.sheet.set_axis_off()
        self.sheet.set_zorder(5)
        self.sheet.patch.set_alpha(0)

    def axes(self, x: float, y: float, width: float, height: float) -> Axes:
        """A bare set of axes with its lower left corner at (x, y), sizes in mm."""
        return self.figure.add_axes((x / self.width, y / self.height, width / self.width, height / self.height))

    def text(
        self, x: float, y: float, words: Any, *, size: float = 8.0, bold: bool = False, colour: str = INK,
        align: Literal["left", "center", "right"] = "left", spot: str = "baseline",
    ) -> None:  # fmt: skip
        """One line of text; ``size`` in points, ``spot`` its vertical anchor."""
        self.sheet.text(x, y, drawn(words), fontproperties=font(bold), size=size, color=colour, ha=align, va=spot)

    def fitted(
        self, x: float, y: float, words: Any, width: float, *, size: float = 8.0, bold: bool = False,
        colour: str = INK, align: Literal["left", "center", "right"] = "left", smallest: float = 4.5,
    ) -> None:  # fmt: skip
        """One line that gets smaller until it is at most ``width`` mm wide, and is cut with … at ``smallest``."""
        line = drawn(words)
        wide = width_mm(line, size, bold=bold)
        if wide > width:
            size = max(smallest, size * width / wide)
        while width_mm(line, size, bold=bold) > width * 1.002 and len(line) > 2:
            line = line[:-2] + "…"
        self.text(x, y, line, size=size, bold=bold, colour=colour, align=align)

    def paragraph(
        self, x: float, y: float, words: Any, width: float, *, size: float = 6.5, leading: float = 1.45,
        bold: bool = False, colour: str = SOFT,
    ) -> float:  # fmt: skip
        """Text wrapped to ``width`` mm from the baseline y downwards; returns the y below it."""
        for line in wrap(words, width, size, bold=bold):
            self.text(x, y, line, size=size, bold=bold, colour=colour)
            y -= size * MM_PER_POINT * leading
        return y

    def line(self, x1: float, y1: float, x2: float, y2: float, *, colour: str = RULE, width: float = 0.5) -> None:
        """A straight line; ``width`` in points."""
        self.sheet.plot([x1, x2], [y1, y2], color=colour, linewidth=width, solid_capstyle="butt")

    def box(
        self, x: float, y: float, width: float, height: float, *, fill: str = "none", stroke: str = "none",
        line: float = 0.5, hatch: str = "", hatch_colour: str = INK,
    ) -> None:  # fmt: skip
        """A rectangle from its lower left corner; a hatch is drawn as a second one so that it has its own colour."""
        from matplotlib.patches import Rectangle

        self.sheet.add_patch(Rectangle((x, y), width, height, facecolor=fill, edgecolor="none"))
        if hatch:
            self.sheet.add_patch(
                Rectangle((x, y), width, height, facecolor="none", edgecolor=hatch_colour, hatch=hatch, linewidth=0)
            )
        self.sheet.add_patch(Rectangle((x, y), width, height, facecolor="none", edgecolor=stroke, linewidth=line))

    def heading(self, x: float, y: float, words: str, width: float) -> float:
        """A block heading with a rule under it; returns the y where its content starts."""
        self.fitted(x, y, words, width, size=9.5, bold=True)
        self.line(x, y - 1.7, x + width, y - 1.7, colour=INK, width=0.7)
        return y - 6.0

    def table(
        self, x: float, y: float, widths: Sequence[float], lines: Sequence[Sequence[str]], *,
        size: float = 7.5, step: float = 5.0, colours: Sequence[str] | None = None,
    ) -> float:  # fmt: skip
        """Rows from baseline y downwards, the first is the head; first column left, others right. Returns y below."""
        for number, cells in enumerate(lines):
            left = x
            for column, (cell, wide) in enumerate(zip(cells, widths, strict=True)):
                ink = colours[column] if colours and (number == 0 or column) else INK if column or number else SOFT
                self.fitted(
                    left if column == 0 else left + wide - 0.6, y, cell, wide - 1.2, size=size,
                    bold=number == 0, colour=ink, align="left" if column == 0 else "right",
                )  # fmt: skip
                left += wide
            rule = (INK, 0.5) if number == 0 else (RULE, 0.3)
            self.line(x, y - 1.6, x + sum(widths), y - 1.6, colour=rule[0], width=rule[1])
            y -= step
        return y


@cache
def font(bold: bool = False) -> FontProperties:
    """The shipped face."""
    from matplotlib.font_manager import FontProperties

    return FontProperties(fname=str(BOLD if bold else REGULAR))


@cache
def _advances(bold: bool) -> tuple[dict[int, float], float]:
    """Advance of each character in em, and that of a missing one."""
    from fontTools.ttLib import TTFont

    with TTFont(BOLD if bold else REGULAR, lazy=True) as face:
        unit = face["head"].unitsPerEm
        metrics = face["hmtx"].metrics
        return {code: metrics[name][0] / unit for code, name in face.getBestCmap().items()}, 1.0


def width_mm(words: str, size: float, *, bold: bool = False) -> float:
    """Width of a line of text set in ``size`` points."""
    advances, missing = _advances(bold)
    return sum(advances.get(ord(c), missing) for c in words) * size * MM_PER_POINT


def wrap(words: Any, width: float, size: float, *, bold: bool = False) -> list[str]:
    """Lines of at most ``width`` mm: broken at spaces and between Chinese characters, never before closing marks."""
    lines: list[str] = []
    line = ""
    for word in _words(drawn(words)):
        full = width_mm((line + word).rstrip(), size, bold=bold) > width * 0.985
        if line and full and word.strip()[:1] not in "，。；：、）》」！？%":
            lines.append(line.rstrip())
            line = word.lstrip()
        else:
            line += word
    return [*lines, line.rstrip()] if line.strip() else lines


def _words(text: str) -> list[str]:
    """Pieces between which a line may break: Latin words with the space after them, single Chinese characters."""
    found: list[str] = []
    for character in text:
        joins = found and ord(character) < 0x2E80 and ord(found[-1][-1]) < 0x2E80 and found[-1][-1] not in " -/"
        if joins:
            found[-1] += character
        else:
            found.append(character)
    return found
