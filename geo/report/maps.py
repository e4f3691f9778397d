"""PRINT SHEETS: the plan, before and after, and the fragments, each as an A3 landscape PDF and PNG.

Drawn true to scale on millimetre paper with the shipped font, never through pyplot: two users can print at once.
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from geo.report.content import PlanReport, Told
from geo.report.map_page import Page
from geo.report.words import word
from geo.report.writing import replacing

if TYPE_CHECKING:
    from collections.abc import Callable

Kind = Literal["plan", "before_after", "fragments"]
# rc_context changes settings of the whole process while a file is saved: one sheet at a time.
_ONE_AT_A_TIME = threading.Lock()


def render_map(
    report: PlanReport, path: Path | str, *, kind: Kind = "plan", lang: str = "zh", dpi: int = 220, cvd: bool = False
) -> tuple[Path, Path]:
    """Writes the sheet as ``<path>.pdf`` and ``<path>.png`` (any suffix of ``path`` is replaced); returns both.

    kind: plan (what moves out and in), before_after (two maps), fragments (零星). cvd: the palette for colour-blind
    readers. Raises ValueError for an unknown kind, OSError when the folder cannot be written.
    """
    _known(kind)
    titles = f"{report.name[lang]} {word(f'map.{kind}', lang)}"
    return save_sheet(lambda: draw_sheet(report, kind=kind, lang=lang, cvd=cvd), path, report, title=titles, lang=lang,
                      dpi=dpi)  # fmt: skip


def save_sheet(
    draw: Callable[[], Page], path: Path | str, report: Told, *, title: str, lang: str = "zh", dpi: int = 220
) -> tuple[Path, Path]:
    """Draws a sheet and writes it as ``<path>.pdf`` and ``<path>.png``; returns both. Raises OSError."""
    path = Path(path)
    targets = path.with_suffix(".pdf"), path.with_suffix(".png")
    save_page(draw, targets, about=_metadata(report, title, lang), dpi=dpi)
    return targets


def save_page(draw: Callable[[], Page], targets: tuple[Path, ...], *, about: dict[str, Any], dpi: int = 220) -> None:
    """Draws a page once and writes it to each target, as PDF (``about``: its metadata) or PNG. Raises OSError."""
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    # Type 42 keeps Chinese text searchable in the PDF; thin hatches read as texture and not as lines.
    settings: dict[str, Any] = {
        "pdf.fonttype": 42, "hatch.linewidth": 0.35, "path.simplify": False, "text.hinting": "none",
    }  # fmt: skip
    with _ONE_AT_A_TIME, mpl.rc_context(settings):
        page = draw()
        FigureCanvasAgg(page.figure)
        for target in targets:
            with replacing(target) as temporary:
                if target.suffix == ".pdf":
                    page.figure.savefig(temporary, format="pdf", metadata=about)
                else:
                    page.figure.savefig(temporary, format="png", dpi=dpi, pil_kwargs={"compress_level": 4})


def draw_sheet(report: PlanReport, *, kind: Kind = "plan", lang: str = "zh", cvd: bool = False) -> Page:
    """The sheet as a page in memory. Raises ValueError for an unknown kind."""
    from geo.report.map_sheets import before_after_sheet, fragments_sheet, plan_sheet

    sheets: dict[str, Callable[..., Page]] = {
        "plan": plan_sheet,
        "before_after": before_after_sheet,
        "fragments": fragments_sheet,
    }
    _known(kind)
    return sheets[kind](report, lang=lang, cvd=cvd)


def _known(kind: str) -> None:
    if kind not in get_args(Kind):
        raise ValueError(f"unknown sheet {kind!r}: one of {', '.join(get_args(Kind))}")


def _metadata(report: Told, title: str, lang: str) -> dict[str, Any]:
    from datetime import datetime

    return {
        "Title": title,
        "Subject": word("synthetic", lang) if report.synthetic else "",
        "Creator": f"Tianchou {report.software.get('tianchou', '')}",
        "Keywords": f"run {report.run_id}",
        # The run's own time, so that the same run gives the same bytes.
        "CreationDate": datetime.fromisoformat(report.created),
    }
